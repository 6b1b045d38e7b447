"""Queries of our own: what a retrieval has to know beforehand, asked on one association."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dicomwire.errors import ConfigError, StatusError
from dicomwire.query import build, encode_query
from dicomwire.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dicomwire._core import Association
    from dicomwire.config import Peer
    from dicomwire.query import Model, Query

__all__ = ["RELATIONAL", "Inquiry", "grants_relational", "listed_level"]

RELATIONAL = b"\x01"
"""The first byte of an extended negotiation that asks for, or grants, relational queries and
retrievals (PS3.4 sections C.5.1 to C.5.3)."""

_MEDIUM = 0
# Seconds for a peer to end a query of ours that is not needed any more.
_PATIENCE = 10.0


class Inquiry:
    """Queries one after the other on one association, each answered before the next."""

    def __init__(
        self,
        peer: Peer,
        association: Association,
        model: Model,
        context: tuple[int, str],
        relational: bool,
    ) -> None:
        self.relational = relational
        self._peer = peer
        self._association = association
        self._model = model
        self._context_id, self._syntax = context

    def ask(
        self, level: str, keys: Mapping[str, str], return_keys: Sequence[str]
    ) -> Iterator[dict[str, Any]]:
        """Yield the matches of a query; the next one may be asked when all were taken.

        Raises
        ------
        StatusError
            If the peer answers with a failure.
        """
        query = build(
            None, keys, level=level, model=self._model, return_keys=return_keys, check=False
        )
        find = self._association.find(
            self._context_id,
            self._model.sop_class_uid("find"),
            _MEDIUM,
            encode_query(query.dataset, self._syntax),
            None,
        )
        try:
            while (batch := find.next_rows()) is not None:
                yield from batch
        except GeneratorExit:
            # Enough was seen. If it does not end, what is asked next will tell.
            find.finish(_PATIENCE)
            raise
        outcome = find.outcome()
        if outcome is not None:
            status = Status(outcome[0], service="find", comment=outcome[1])
            if status.is_failure or status.is_cancel:
                raise StatusError(
                    f"{self._peer} answered {status} to a query at {level} level",
                    status=status,
                    category=status.category,
                    comment=status.comment,
                )


def listed_level(query: Query) -> str:
    """Return the level of an identifier whose instances can be listed.

    Raises
    ------
    ConfigError
        If its model has no instances.
    """
    if query.level is None or "IMAGE" not in query.model.levels:
        raise ConfigError(
            f"model={query.model.name!r}: has no IMAGE level, so its instances cannot be listed"
        )
    return query.level


def grants_relational(association: Association, uid: str) -> bool:
    """Say whether the peer granted relational queries or retrievals for a SOP class."""
    return any(
        sop_class == uid and information[:1] == RELATIONAL
        for sop_class, information in association.extended()
    )
