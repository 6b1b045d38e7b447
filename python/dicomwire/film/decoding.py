"""Images as they are given, numpy arrays, data sets or files, into the samples of one frame."""

from __future__ import annotations

import os
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from dicomwire.dataset import read_file
from dicomwire.errors import ConfigError, DicomWireError

from .values import items_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from .options import ImageBox

__all__ = ["FilmImage", "Frame", "ImageSource", "Voi", "Window", "frames_of", "need_numpy"]

ImageSource: TypeAlias = Union["NDArray[Any]", "Dataset", str, "os.PathLike[str]"]
"""An array of (rows, columns) or (rows, columns, 3), a data set with pixel data, or a file."""

Window: TypeAlias = tuple[float, float]
"""Window Center (0028,1050) and Window Width (0028,1051)."""

Voi: TypeAlias = int | str | None
"""Which of an image's VOI LUTs and windows: see `prepare`."""

_PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
_EXPLICIT_BIG = "1.2.840.10008.1.2.2"
_INSTALL = 'pip install "dicomwire[print]"'
_INSTALL_DECODERS = 'pip install "dicomwire[pixels]"'
_COLORS = 3


@dataclass(frozen=True, eq=False)
class FilmImage:
    """An image that is printed otherwise than the rest.

    Parameters
    ----------
    source : numpy.ndarray, pydicom.Dataset, str or os.PathLike
        The image: an array, a data set or a file.
    frame : int, optional
        One frame, from 1; None stands for all of them.
    window : tuple of float, optional
        Window centre and width.
    voi : int or str, optional
        Which of the image's VOI LUTs and windows, as in `prepare`.
    box : ImageBox, optional
        How it is printed; None for what holds for the rest.
    name : str, optional
        What messages call it; None for its file or SOP Instance UID.
    """

    source: ImageSource
    _: KW_ONLY
    frame: int | None = None
    window: Window | None = None
    voi: Voi = None
    box: ImageBox | None = None
    name: str | None = None


@dataclass(frozen=True, eq=False)
class Frame:
    """The samples of one frame and what describes them.

    Parameters
    ----------
    samples : numpy.ndarray
        Of (rows, columns), or (rows, columns, 3) in RGB.
    dataset : pydicom.Dataset, optional
        What the frame is from; None for an array.
    number : int
        The frame, from 1.
    photometric_interpretation : str
        Of the samples, which decoders may have changed.
    name : str
        What messages call it.
    """

    samples: NDArray[Any]
    dataset: Dataset | None = None
    number: int = 1
    photometric_interpretation: str = "MONOCHROME2"
    name: str = "image"

    def attributes(self, sequence: str) -> Dataset | None:
        """Return the data set that holds the attributes of a functional group for this frame.

        Multi-frame images keep them per frame or shared (PS3.3 section C.7.6.16), others in the
        data set itself.
        """
        if self.dataset is None:
            return None
        per_frame = items_of(self.dataset, "PerFrameFunctionalGroupsSequence")
        shared = items_of(self.dataset, "SharedFunctionalGroupsSequence")
        for groups in (*per_frame[self.number - 1 : self.number], *shared[:1]):
            if items := items_of(groups, sequence):
                return items[0]
        return self.dataset


def need_numpy() -> None:
    """Refuse to go on without numpy and Pillow.

    Raises
    ------
    ConfigError
        If one of them is not installed: how to install it.
    """
    try:
        import numpy  # noqa: F401, ICN001
        import PIL  # noqa: F401
    except ImportError as error:
        raise ConfigError(f"films need numpy and Pillow ({error}): {_INSTALL}") from None


def frames_of(image: FilmImage, default_name: str = "image") -> Iterator[Frame]:
    """Give the frames of an image, decoded one at a time.

    Parameters
    ----------
    image : FilmImage
        What to print.
    default_name : str
        What messages call an array.

    Yields
    ------
    Frame
        Each frame that is asked for.

    Raises
    ------
    ConfigError
        If it is no image, or cannot be read or decoded: which one, why, and what to install.
    """
    from pydicom.dataset import Dataset

    need_numpy()
    source = image.source
    name = image.name
    if isinstance(source, (str, os.PathLike)):
        name = name or os.fspath(source)
        try:
            source = read_file(source)
        except (OSError, DicomWireError) as error:
            raise ConfigError(f"{name}: cannot be read: {error}") from error
    if isinstance(source, Dataset):
        name = name or str(source.get("SOPInstanceUID") or default_name)
        yield from _frames_of_data_set(source, image.frame, name)
    else:
        name = name or default_name
        if image.frame not in (None, 1):
            raise ConfigError(f"{name}: frame={image.frame!r}: an array has one frame")
        yield _frame_of_array(source, name)


def _frame_of_array(array: object, name: str) -> Frame:
    import numpy as np

    if not isinstance(array, np.ndarray):
        rule = "is no image: give a numpy array, a pydicom Dataset or the path of a file"
        raise ConfigError(f"{name}: {type(array).__name__} {rule}")
    is_color = array.ndim == _COLORS and array.shape[2] == _COLORS
    if (array.ndim != 2 and not is_color) or 0 in array.shape:  # noqa: PLR2004
        rule = "must be (rows, columns), or (rows, columns, 3) for RGB; give frames one by one"
        raise ConfigError(f"{name}: an array of {array.shape}: {rule}")
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:  # noqa: PLR2004
        raise ConfigError(f"{name}: dtype {array.dtype}: must be integers, floats or bool")
    if array.dtype.kind == "b":
        array = array.astype(np.uint8) * np.uint8(255)
    return Frame(
        samples=array,
        photometric_interpretation="RGB" if is_color else "MONOCHROME2",
        name=name,
    )


def _frames_of_data_set(dataset: Dataset, frame: int | None, name: str) -> Iterator[Frame]:
    if not any(keyword in dataset for keyword in _PIXEL_KEYWORDS):
        kind = f" (SOP class {dataset.SOPClassUID})" if dataset.get("SOPClassUID") else ""
        raise ConfigError(f"{name}: has no pixel data{kind}")
    try:
        count = int(dataset.get("NumberOfFrames") or 1)
    except (TypeError, ValueError, OverflowError) as error:
        raise ConfigError(f"{name}: Number of Frames cannot be read: {error}") from error
    if frame is not None and (isinstance(frame, bool) or not 1 <= frame <= count):
        raise ConfigError(f"{name}: frame={frame!r}: there are frames 1 to {count}")
    for number in range(1, count + 1) if frame is None else (frame,):
        samples, photometric = _decoded(dataset, number - 1, name)
        yield Frame(samples, dataset, number, photometric, name)


def _transfer_syntax(dataset: Dataset, name: str) -> str:
    """Tell how the pixel data is encoded; data sets made in memory may not say so."""
    meta = getattr(dataset, "file_meta", None)
    if meta is not None and meta.get("TransferSyntaxUID"):
        return str(meta.TransferSyntaxUID)
    if dataset.get("PixelData") is not None and dataset["PixelData"].is_undefined_length:
        rule = "compressed pixel data needs file_meta.TransferSyntaxUID to tell how"
        raise ConfigError(f"{name}: {rule}")
    _, is_little = dataset.original_encoding
    return _EXPLICIT_BIG if is_little is False else _EXPLICIT_LITTLE


def _decoded(dataset: Dataset, index: int, name: str) -> tuple[NDArray[Any], str]:
    """Decode a frame with pydicom's decoders, YBR into RGB."""
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    syntax = UID(_transfer_syntax(dataset, name))
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        raise ConfigError(f"{name}: there is no decoder for {syntax.name} ({syntax})") from None
    if not decoder.is_available:
        missing = "; ".join(decoder.missing_dependencies)
        raise ConfigError(
            f"{name}: no codec for {syntax.name} is installed ({missing}): {_INSTALL_DECODERS}"
        )
    first: BaseException | None = None
    # pydicom's choice, and then each codec by itself: one may read what another stumbles over.
    for plugin in ("", *decoder.available_plugins):
        try:
            samples, meta = decoder.as_array(dataset, index=index, decoding_plugin=plugin)
        except BaseException as error:
            # Decoders raise all kinds of things at damaged data; those in Rust panic.
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
            first = first or error
        else:
            return samples, str(meta.get("photometric_interpretation") or "MONOCHROME2")
    why = " ".join(str(first).split()) or type(first).__name__
    raise ConfigError(f"{name}: frame {index + 1} cannot be decoded: {why}") from first
