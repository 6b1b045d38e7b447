"""What the compiled core is told about an association, and the log it writes to.

The core reads these objects attribute by attribute (``rust/py/src/spec.rs``), so the names
here and there are one contract.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .logs import LOGGER_NAME, wants_messages
from .uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .config import AssociationOptions, Limits, Peer, Timeouts
    from .events import AssociateRequest

__all__ = ["AssociateSpec", "ContextTuple", "RequestSpec", "message_log"]

ContextTuple = tuple[int, str, "list[str]"]
"""A presentation context: (identifier, abstract syntax, transfer syntaxes)."""


@dataclass(slots=True)
class RequestSpec:
    """The part of an A-ASSOCIATE-RQ that may differ from one association to the next."""

    called_ae_title: str
    calling_ae_title: str
    contexts: list[ContextTuple]
    max_pdu_length: int
    asynchronous_operations: tuple[int, int] | None
    roles: list[tuple[str, bool, bool]]
    extended: list[tuple[str, bytes]]
    user_identity: tuple[int, bool, bytes, bytes] | None

    @classmethod
    def from_request(cls, request: AssociateRequest) -> RequestSpec:
        """Take over a request as event handlers left it."""
        identity = request.user_identity
        return cls(
            called_ae_title=request.called_ae_title,
            calling_ae_title=request.calling_ae_title,
            contexts=[
                (
                    context.id,
                    str(context.abstract_syntax),
                    [str(s) for s in context.transfer_syntaxes],
                )
                for context in request.presentation_contexts
            ],
            max_pdu_length=request.max_pdu_length,
            asynchronous_operations=request.asynchronous_operations,
            roles=[(role.sop_class_uid, role.scu, role.scp) for role in request.role_selections],
            extended=[
                (item.sop_class_uid, item.information) for item in request.extended_negotiations
            ],
            user_identity=None
            if identity is None
            else (
                identity.identity_type,
                identity.response_requested,
                identity.primary,
                identity.secondary,
            ),
        )


@dataclass(slots=True)
class AssociateSpec:
    """Whom to associate with, and how."""

    name: str
    host: str
    port: int
    request: RequestSpec
    timeouts: Timeouts
    limits: Limits
    implementation_class_uid: str = field(default=IMPLEMENTATION_CLASS_UID)
    implementation_version_name: str = field(default=IMPLEMENTATION_VERSION_NAME)

    @classmethod
    def make(
        cls, peer: Peer, request: AssociateRequest, options: AssociationOptions
    ) -> AssociateSpec:
        """Join the peer, a request and the caller's options."""
        return cls(
            name=str(peer),
            host=peer.host,
            port=peer.port,
            request=RequestSpec.from_request(request),
            timeouts=options.timeouts,
            limits=options.limits,
        )


def message_log(prefix: str) -> Callable[[Sequence[str]], None] | None:
    """Return a function that takes lines for the message log, or None while nobody listens."""
    if not wants_messages():
        return None
    logger = logging.getLogger(LOGGER_NAME)

    def write(lines: Sequence[str]) -> None:
        for line in lines:
            logger.debug("%s: %s", prefix, line)

    return write
