"""What the verbs of one service have in common: whom they call, and how they print."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from .options import association_options, show_messages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomwire.config import Peer
    from dicomwire.scu.base import Scu

__all__ = ["ServiceCall"]

_Scu = TypeVar("_Scu", bound="Scu")


@dataclass(frozen=True)
class ServiceCall:
    """The options that all verbs of a service have."""

    peer: Peer
    calling_ae_title: str
    timeout: float | None
    as_json: bool
    quiet: bool
    verbose: bool

    @contextmanager
    def using(self, kind: type[_Scu]) -> Iterator[_Scu]:
        """Start the engine, and make a service class user for the peer."""
        from dicomwire import DicomEngine

        options = association_options(self.timeout)
        show_messages(self.verbose)
        with DicomEngine():
            yield kind(self.peer, calling_ae_title=self.calling_ae_title, options=options)
