"""Decompressing pixel data with pydicom's decoders and the codecs that are installed."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeAlias

from dicomwire.errors import EncodeError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["Pixels", "decompress"]

Pixels: TypeAlias = "tuple[bytes, str, str, int | None, int | None]"
"""All frames, their VR, photometric interpretation, planar configuration, number of frames."""

# The beginning of compressed pixel data in Explicit VR Little Endian (PS3.5 section A.4).
_COMPRESSED = b"\xe0\x7f\x10\x00OB\x00\x00\xff\xff\xff\xff"
_INSTALL = 'pip install "dicomwire[pixels]"'


def decompress(file: bytes, limit: int) -> Pixels | None:
    """Decompress the image in a file; called by the core (``rust/py/src/decompression.rs``).

    Parameters
    ----------
    file : bytes
        A whole file in a compressed transfer syntax.
    limit : int
        The most bytes the pixels may have.

    Returns
    -------
    Pixels or None
        The pixels and what describes them (PS3.3 section C.7.6.3), as pydicom leaves them; None
        for an object without pixel data.

    Raises
    ------
    EncodeError
        If it cannot be decompressed: why, and what to install.
    """
    try:
        from pydicom import dcmread

        dataset = dcmread(BytesIO(file))
        has_pixels = "PixelData" in dataset
        if file.count(_COMPRESSED) > has_pixels:
            _refuse_compressed_items(dataset)
        if not has_pixels:
            return None
        expected = _expected_length(dataset, limit)
        _decode(dataset)
        return _result(dataset, expected)
    except EncodeError as error:
        raise EncodeError(f"cannot be decompressed: {error}") from None
    except BaseException as error:
        # Decoders raise all kinds of things at damaged data; those in Rust panic, which is no
        # Exception. The threads this is called from get no KeyboardInterrupt.
        raise EncodeError(f"cannot be decompressed: {_one_line(error)}") from error


def _refuse_compressed_items(dataset: Dataset) -> None:
    """Raise if an item, as of Icon Image Sequence, holds compressed pixel data.

    pydicom leaves those as they are, which no uncompressed transfer syntax allows (PS3.5 section
    A.4).
    """
    for tag in [element.tag for element in dataset.elements() if element.VR == "SQ"]:
        for number, item in enumerate(dataset[tag].value):
            if "PixelData" in item and item["PixelData"].is_undefined_length:
                raise EncodeError(
                    f"{tag}[{number}] holds compressed pixel data, too; rewrite= can leave it out"
                )
            _refuse_compressed_items(item)


def _expected_length(dataset: Dataset, limit: int) -> int:
    """Return the size of the pixels, without padding, if it is not more than allowed."""
    frames = int(dataset.get("NumberOfFrames") or 1)
    samples = int(dataset.get("SamplesPerPixel") or 1)
    bits = int(dataset.Rows) * int(dataset.Columns) * samples * frames * int(dataset.BitsAllocated)
    expected = (bits + 7) // 8
    if expected > limit:
        raise EncodeError(
            f"it would have {expected} bytes of pixel data, more than are held in memory"
        )
    return expected


def _decode(dataset: Dataset) -> None:
    from pydicom.pixels.decoders.base import get_decoder

    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        raise EncodeError(f"there is no decoder for {syntax.name} ({syntax})") from None
    if not decoder.is_available:
        missing = "; ".join(decoder.missing_dependencies)
        raise EncodeError(f"no codec for {syntax.name} is installed ({missing}): {_INSTALL}")
    first: BaseException | None = None
    # pydicom's choice, and then each codec by itself: pydicom stumbles over what one of them gives
    # without asking the next.
    for plugin in ("", *decoder.available_plugins):
        try:
            # The image stays what it is, and so does its identity (PS3.3 section C.7.6.1.1.5).
            dataset.decompress(decoding_plugin=plugin, generate_instance_uid=False)
        except ImportError as error:
            raise EncodeError(f"{_one_line(error)}: {_INSTALL}") from error
        except BaseException as error:  # noqa: BLE001 (the first is raised below)
            first = first or error
        else:
            return
    assert first is not None  # noqa: S101 (no plugin has succeeded)
    raise first


def _result(dataset: Dataset, expected: int) -> Pixels:
    element = dataset["PixelData"]
    pixels: bytes = element.value
    if len(pixels) != expected + expected % 2:
        raise EncodeError(
            f"its decoder gave {len(pixels)} bytes of pixel data where {expected} are described"
        )
    samples = int(dataset.get("SamplesPerPixel") or 1)
    return (
        pixels,
        str(element.VR),
        str(dataset.PhotometricInterpretation),
        _number(dataset, "PlanarConfiguration") if samples > 1 else None,
        _number(dataset, "NumberOfFrames"),
    )


def _number(dataset: Dataset, keyword: str) -> int | None:
    value: Any = dataset.get(keyword)
    return None if value is None else int(value)


def _one_line(error: BaseException) -> str:
    """Say what a decoder raised, in one line."""
    text = " ".join(str(error).split())
    return text or type(error).__name__
