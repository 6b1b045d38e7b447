"""The operations on film sessions and film boxes, one method each (PS3.4 section H.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomwire.errors import StateError
from dicomwire.uids import generate_uid

from .print_base import PrintBase, PrintSession, is_proposed
from .print_classes import (
    COLOR_META,
    FILM_BOX,
    FILM_SESSION,
    GRAYSCALE_META,
    PRESENTATION_LUT,
)
from .print_results import FilmBoxResult, PrintResult

if TYPE_CHECKING:
    from pydicom import Dataset

    from dicomwire.film import Film, FilmSession, PresentationLut
    from dicomwire.normalized_result import NResult

__all__ = ["PrintOperations", "as_dataset", "refer_to"]

_PRINT = 1
"""The one action of film sessions and film boxes (PS3.4 Tables H.4-3 and H.4-8)."""
# What N-SET of a film box cannot change (PS3.4 Table H.4-7).
_FIXED = (
    "ImageDisplayFormat",
    "FilmOrientation",
    "FilmSizeID",
    "AnnotationDisplayFormatID",
    "RequestedResolutionID",
)


class PrintOperations(PrintBase):
    """Film sessions, film boxes and presentation LUTs.

    One film session is open at a time, and only its last film box can be worked on: that is
    how the standard has it, so no method asks which one is meant.
    """

    def create_film_session(
        self, session: FilmSession | Dataset | None = None, *, color: bool = False
    ) -> NResult:
        """Create the film session; it ends with the association (PS3.4 section H.4.1.2.1).

        Parameters
        ----------
        session : FilmSession or Dataset, optional
            Copies, medium, destination and the like; what is left out the printer chooses.
        color : bool
            Whether color images will be printed.

        Returns
        -------
        NResult
            The answer; a failed status is not raised, and there is no film session then.

        Raises
        ------
        StateError
            Outside of ``with scu:``, or if there is a film session.
        NoAcceptedContext
            If the peer does not print in grayscale or, with `color`, in color.
        DicomWireError
            If the association cannot be had or ends.
        """
        self._need_association("create_film_session")
        if self._session is not None and not self._is_gone(self._session):
            raise StateError(
                "PrintScu.create_film_session(): there is one, and an association has one film "
                "session at a time (PS3.4 section H.4.1.2.1.3); call delete_film_session() first"
            )
        meta = COLOR_META if color else GRAYSCALE_META
        result = self._n_create(
            as_dataset(session),
            sop_class_uid=FILM_SESSION,
            sop_instance_uid=generate_uid(),
            abstract_syntax=meta,
        )
        association = self._associated
        if not result.is_failure and result.sop_instance_uid and association is not None:
            self._session = PrintSession(result.sop_instance_uid, meta, association)
        return result

    def set_film_session(self, session: FilmSession | Dataset) -> NResult:
        """Change the film session (N-SET, PS3.4 section H.4.1.2.2).

        Raises
        ------
        StateError
            If there is none, or it is gone.
        DicomWireError
            If the association ends.
        """
        current = self._need_session("set_film_session")
        return self._n_set(
            current.uid,
            as_dataset(session),
            sop_class_uid=FILM_SESSION,
            abstract_syntax=current.meta,
        )

    def print_film_session(self) -> PrintResult:
        """Print all films of the film session, the copies collated (PS3.4 section H.4.1.2.4).

        Not every printer can: it may answer 0xB601 or fail. Printing each film box as soon as
        its images are set works with all of them.

        Raises
        ------
        StateError
            If there is no film session, or it is gone.
        DicomWireError
            If the association ends.
        """
        current = self._need_session("print_film_session")
        return PrintResult.of(
            self._n_action(
                current.uid, _PRINT, sop_class_uid=FILM_SESSION, abstract_syntax=current.meta
            )
        )

    def delete_film_session(self) -> NResult:
        """Delete the film session and its film boxes (PS3.4 section H.4.1.2.3).

        What was printed stays printed.

        Raises
        ------
        StateError
            If there is none, or it is gone.
        DicomWireError
            If the association ends.
        """
        current = self._need_session("delete_film_session")
        result = self._n_delete(
            current.uid, sop_class_uid=FILM_SESSION, abstract_syntax=current.meta
        )
        if not result.is_failure:
            self._session = None
        return result

    def create_film_box(
        self, film: Film | Dataset, *, presentation_lut_uid: str | None = None
    ) -> FilmBoxResult:
        """Create a film box; the printer makes its image boxes (PS3.4 section H.4.2.2.1).

        Parameters
        ----------
        film : Film or Dataset
            Display format, size and the like.
        presentation_lut_uid : str, optional
            The presentation LUT for all its images.

        Returns
        -------
        FilmBoxResult
            The answer, with the image boxes and annotation boxes in the order of their positions.

        Raises
        ------
        StateError
            If there is no film session, or it is gone.
        ConfigError
            If the display format is ``auto``: only `PrintScu.print` knows how many images come.
        DicomWireError
            If the association ends.
        """
        current = self._need_session("create_film_box")
        dataset = as_dataset(film)
        refer_to(dataset, "ReferencedFilmSessionSequence", FILM_SESSION, current.uid)
        if presentation_lut_uid is not None:
            keyword = "ReferencedPresentationLUTSequence"
            refer_to(dataset, keyword, PRESENTATION_LUT, presentation_lut_uid)
        result = FilmBoxResult.of(
            self._n_create(
                dataset,
                sop_class_uid=FILM_BOX,
                sop_instance_uid=generate_uid(),
                abstract_syntax=current.meta,
            )
        )
        if not result.is_failure:
            current.film_box = result.sop_instance_uid
            current.image_boxes = result.image_box_uids
            current.annotation_boxes = result.annotation_box_uids
        return result

    def set_film_box(
        self, film: Film | Dataset, *, presentation_lut_uid: str | None = None
    ) -> NResult:
        """Change the last film box (N-SET, PS3.4 section H.4.2.2.2).

        Display format, orientation, size, annotation format and resolution cannot be changed:
        those of a `Film` are not sent. A printer need not offer this operation.

        Parameters
        ----------
        film : Film or Dataset
            The new values.
        presentation_lut_uid : str, optional
            The presentation LUT for all its images; an empty text takes the reference away.

        Raises
        ------
        StateError
            If there is no film box, or it is gone.
        DicomWireError
            If the association ends.
        """
        from dicomwire.film import Film

        current = self._need_film_box("set_film_box")
        dataset = as_dataset(film)
        if isinstance(film, Film):
            for keyword in _FIXED:
                if keyword in dataset:
                    delattr(dataset, keyword)
        if presentation_lut_uid is not None:
            keyword = "ReferencedPresentationLUTSequence"
            refer_to(dataset, keyword, PRESENTATION_LUT, presentation_lut_uid)
        return self._n_set(
            str(current.film_box), dataset, sop_class_uid=FILM_BOX, abstract_syntax=current.meta
        )

    def print_film_box(self) -> PrintResult:
        """Print the last film box (N-ACTION, PS3.4 section H.4.2.2.4).

        Raises
        ------
        StateError
            If there is no film box, or it is gone.
        DicomWireError
            If the association ends.
        """
        current = self._need_film_box("print_film_box")
        return PrintResult.of(
            self._n_action(
                str(current.film_box), _PRINT, sop_class_uid=FILM_BOX, abstract_syntax=current.meta
            )
        )

    def delete_film_box(self) -> NResult:
        """Delete the last film box; no other can be deleted (PS3.4 section H.4.2.2.3).

        Raises
        ------
        StateError
            If there is no film box, or it is gone.
        DicomWireError
            If the association ends.
        """
        current = self._need_film_box("delete_film_box")
        result = self._n_delete(
            str(current.film_box), sop_class_uid=FILM_BOX, abstract_syntax=current.meta
        )
        if not result.is_failure:
            current.film_box = None
            current.image_boxes, current.annotation_boxes = [], []
        return result

    def create_presentation_lut(self, lut: PresentationLut | Dataset) -> NResult:
        """Create a presentation LUT for film boxes and image boxes to refer to.

        It ends with the association (PS3.4 section H.4.9.2.1). The SOP class is proposed only if
        this is called, so call it before `create_film_session`.

        Returns
        -------
        NResult
            The answer; `NResult.sop_instance_uid` is what to refer to.

        Raises
        ------
        StateError
            Outside of ``with scu:``, or if a film session is open and presentation LUTs were not
            proposed on its association.
        NoAcceptedContext
            If the peer does not offer the Presentation LUT SOP class.
        DicomWireError
            If the association cannot be had or ends.
        """
        self._need_room_for_luts("create_presentation_lut")
        return self._n_create(
            as_dataset(lut), sop_class_uid=PRESENTATION_LUT, sop_instance_uid=generate_uid()
        )

    def delete_presentation_lut(self, sop_instance_uid: str) -> NResult:
        """Delete a presentation LUT that nothing refers to any more (PS3.4 section H.4.9.2.2).

        Raises
        ------
        StateError
            Outside of ``with scu:``, or if a film session is open and presentation LUTs were not
            proposed on its association.
        NoAcceptedContext
            If the peer does not offer the Presentation LUT SOP class.
        DicomWireError
            If the association cannot be had or ends.
        """
        self._need_room_for_luts("delete_presentation_lut")
        return self._n_delete(sop_instance_uid, sop_class_uid=PRESENTATION_LUT)

    def _need_room_for_luts(self, what: str) -> None:
        """Check that no film session is in the way of an association with presentation LUTs.

        Raises
        ------
        StateError
            If one is, since it would end with its association; or outside of ``with scu:``.
        """
        self._need_association(what)
        current = self._session
        if (
            current is not None
            and not self._is_gone(current)
            and not is_proposed(current.association, PRESENTATION_LUT)
        ):
            raise StateError(
                f"PrintScu.{what}(): presentation LUTs were not proposed on the association of the "
                "film session; create the presentation LUT before it"
            )


def as_dataset(options: FilmSession | Film | PresentationLut | Dataset | None) -> Dataset:
    """Return the attributes to send; a data set is copied, since references come into it."""
    from pydicom import Dataset

    if options is None:
        return Dataset()
    if isinstance(options, Dataset):
        copied = Dataset()
        copied.update(options)
        return copied
    return options.to_dataset()


def refer_to(dataset: Dataset, keyword: str, sop_class_uid: str, sop_instance_uid: str) -> None:
    """Refer to an instance in a sequence of one item; to none if the UID is empty."""
    from pydicom import Dataset

    if not sop_instance_uid:
        setattr(dataset, keyword, [])
        return
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class_uid
    item.ReferencedSOPInstanceUID = sop_instance_uid
    setattr(dataset, keyword, [item])
