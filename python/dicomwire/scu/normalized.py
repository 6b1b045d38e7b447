"""Any normalized service, by its SOP classes (PS3.7 chapter 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomwire.errors import ConfigError
from dicomwire.uids import is_valid_uid

from .normalized_operations import Acting, Creating, Deleting, Getting, Reported, Setting

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pydicom import Dataset

    from dicomwire.config import AssociationOptions, Peer
    from dicomwire.dataset.tags import TagLike
    from dicomwire.normalized_result import NResult
    from dicomwire.status import Service

__all__ = ["NormalizedScu"]

# Where codes such as 0xC301 mean what the service says and nothing else.
_SERVICES: dict[str, Service] = {
    "1.2.840.10008.1.20.": "commitment",
    "1.2.840.10008.3.1.2.3.": "mpps",
    "1.2.840.10008.5.1.1.33": "media",
    "1.2.840.10008.5.1.1.": "print",
    "1.2.840.10008.5.1.4.34.6.": "ups",
}


class NormalizedScu(Creating, Setting, Getting, Acting, Deleting, Reported):
    """Use a normalized service that has no class of its own here.

    Parameters
    ----------
    peer : Peer or str
        The application entity to talk to, ``"AET@host:port"`` as a string.
    sop_classes : str or collection of str
        The SOP classes, proposed together. The first is that of every operation which names
        none.
    calling_ae_title : str
        Our own application entity title.
    options : AssociationOptions, optional
        What to negotiate and how long to wait; `AssociationOptions.role_selections` are the roles
        to propose.

    Raises
    ------
    ConfigError
        If one of them cannot be.

    Attributes
    ----------
    before_n_create, before_n_set, before_n_get, before_n_action, before_n_delete : Hook
        A request is about to be sent; it may be edited.
    after_n_create, after_n_set, after_n_get, after_n_action, after_n_delete : Hook
        Its response came.
    event_report : Hook of EventReport
        The peer reports an event on the association and waits for the answer.
    """

    def __init__(
        self,
        peer: Peer | str,
        sop_classes: str | Collection[str],
        *,
        calling_ae_title: str = "DICOMWIRE",
        options: AssociationOptions | None = None,
    ) -> None:
        super().__init__(peer, calling_ae_title=calling_ae_title, options=options)
        uids = [sop_classes] if isinstance(sop_classes, str) else list(sop_classes)
        for uid in uids:
            if not is_valid_uid(uid):
                raise ConfigError(f"sop_classes: {uid!r} is not a UID")
        if not uids:
            raise ConfigError("sop_classes: name one SOP class or more")
        self.sop_classes = tuple(str(uid) for uid in uids)

    def _abstract_syntaxes(self) -> Sequence[str]:
        return self.sop_classes

    def _service_of(self, sop_class_uid: str) -> Service | None:
        matches = (word for root, word in _SERVICES.items() if sop_class_uid.startswith(root))
        return next(matches, None)

    def n_create(
        self,
        dataset: Dataset | None = None,
        sop_instance_uid: str | None = None,
        *,
        sop_class_uid: str | None = None,
        abstract_syntax: str | None = None,
    ) -> NResult:
        """Create a SOP instance (PS3.7 section 10.1.5).

        Parameters
        ----------
        dataset : Dataset, optional
            The attribute list.
        sop_instance_uid : str, optional
            The UID of the instance; without one the peer chooses it.
        sop_class_uid : str, optional
            The SOP class, by default the first of `sop_classes`.
        abstract_syntax : str, optional
            The presentation context to use if it is not that of the SOP class, as with a meta
            SOP class.

        Returns
        -------
        NResult
            The response; a failed status is not raised.

        Raises
        ------
        NoAcceptedContext
            If the peer does not offer the service.
        DicomWireError
            If the association cannot be had or ends, or a data set cannot be encoded or decoded.
        """
        return self._n_create(
            dataset,
            sop_class_uid=self._class(sop_class_uid),
            sop_instance_uid=sop_instance_uid,
            abstract_syntax=abstract_syntax,
        )

    def n_set(
        self,
        sop_instance_uid: str,
        dataset: Dataset,
        *,
        sop_class_uid: str | None = None,
        abstract_syntax: str | None = None,
    ) -> NResult:
        """Change a SOP instance (PS3.7 section 10.1.3).

        Parameters
        ----------
        sop_instance_uid : str
            The instance.
        dataset : Dataset
            The modification list.
        sop_class_uid, abstract_syntax : str, optional
            As for `n_create`.

        Returns
        -------
        NResult
            The response; a failed status is not raised.

        Raises
        ------
        DicomWireError
            As for `n_create`.
        """
        return self._n_set(
            sop_instance_uid,
            dataset,
            sop_class_uid=self._class(sop_class_uid),
            abstract_syntax=abstract_syntax,
        )

    def n_get(
        self,
        sop_instance_uid: str,
        attributes: Iterable[TagLike] = (),
        *,
        sop_class_uid: str | None = None,
        abstract_syntax: str | None = None,
    ) -> NResult:
        """Ask for attributes of a SOP instance (PS3.7 section 10.1.2).

        Parameters
        ----------
        sop_instance_uid : str
            The instance.
        attributes : iterable of str or int
            Keywords or tags; none asks for all.
        sop_class_uid, abstract_syntax : str, optional
            As for `n_create`.

        Returns
        -------
        NResult
            The response; a failed status is not raised.

        Raises
        ------
        ConfigError
            If one is no tag.
        DicomWireError
            As for `n_create`.
        """
        return self._n_get(
            sop_instance_uid,
            attributes,
            sop_class_uid=self._class(sop_class_uid),
            abstract_syntax=abstract_syntax,
        )

    def n_action(
        self,
        sop_instance_uid: str,
        action_type_id: int,
        dataset: Dataset | None = None,
        *,
        sop_class_uid: str | None = None,
        abstract_syntax: str | None = None,
    ) -> NResult:
        """Have an action performed on a SOP instance (PS3.7 section 10.1.4).

        Parameters
        ----------
        sop_instance_uid : str
            The instance.
        action_type_id : int
            Action Type ID (0000,1008), which the SOP class defines.
        dataset : Dataset, optional
            The action information.
        sop_class_uid, abstract_syntax : str, optional
            As for `n_create`.

        Returns
        -------
        NResult
            The response; a failed status is not raised.

        Raises
        ------
        DicomWireError
            As for `n_create`.
        """
        return self._n_action(
            sop_instance_uid,
            action_type_id,
            dataset,
            sop_class_uid=self._class(sop_class_uid),
            abstract_syntax=abstract_syntax,
        )

    def n_delete(
        self,
        sop_instance_uid: str,
        *,
        sop_class_uid: str | None = None,
        abstract_syntax: str | None = None,
    ) -> NResult:
        """Delete a SOP instance (PS3.7 section 10.1.6).

        Parameters
        ----------
        sop_instance_uid : str
            The instance.
        sop_class_uid, abstract_syntax : str, optional
            As for `n_create`.

        Returns
        -------
        NResult
            The response; a failed status is not raised.

        Raises
        ------
        DicomWireError
            As for `n_create`.
        """
        return self._n_delete(
            sop_instance_uid,
            sop_class_uid=self._class(sop_class_uid),
            abstract_syntax=abstract_syntax,
        )

    def _class(self, sop_class_uid: str | None) -> str:
        return self.sop_classes[0] if sop_class_uid is None else sop_class_uid
