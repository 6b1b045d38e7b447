"""The data sets of the media creation service (PS3.4 Tables S.3.2.1.1-1 and S.3.2.2.1-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dicomwire.dataset import encode
from dicomwire.errors import ConfigError, EncodeError

from .check import check_copies, check_instances, check_option, check_priority, check_profile
from .options import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydicom import Dataset

    from .instances import MediaCreationInstance

__all__ = ["action_information", "media_creation_request"]

_UNICODE = "ISO_IR 192"
_EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_DEFAULT_REPERTOIRE = ("ISO_IR 6", "ISO 2022 IR 6")
_NAMES = {option.keyword: name for name, option in OPTIONS.items()}


def media_creation_request(
    instances: Iterable[MediaCreationInstance],
    options: Mapping[str, Any],
    *,
    check: bool = True,
    character_set: str | None = None,
) -> Dataset:
    """Make the attribute list of an N-CREATE request.

    Parameters
    ----------
    instances : iterable of MediaCreationInstance
        What is to go on the media.
    options : mapping
        `dicomwire.media_creation.MediaOptions`; None leaves one out.
    check : bool
        Whether the names of application profiles have to be of PS3.11.
    character_set : str, optional
        Specific Character Set (0008,0005) of label, disposition and barcode; ISO_IR 192 where one
        is needed.

    Returns
    -------
    Dataset
        It has been encoded once, so that nothing in it can fail later.

    Raises
    ------
    ConfigError
        If something in it cannot be; the message names the option.
    """
    from pydicom import Dataset

    dataset = Dataset()
    for name, value in options.items():
        if value is not None:
            text = check_option(name, value)
            setattr(dataset, OPTIONS[name].keyword, text)
    if "BarcodeSymbology" in dataset and "BarcodeValue" not in dataset:
        raise ConfigError("barcode_symbology: says how to print a barcode; give barcode=, too")
    dataset.ReferencedSOPSequence = [
        _item(instance, check=check) for instance in check_instances(instances)
    ]
    _set_character_set(dataset, character_set)
    return dataset


def _item(instance: MediaCreationInstance, *, check: bool) -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID = instance.sop_class_uid
    item.ReferencedSOPInstanceUID = instance.sop_instance_uid
    if instance.application_profile is not None:
        item.RequestedMediaApplicationProfile = check_profile(
            instance.application_profile, known_only=check
        )
    if instance.icon is not None:
        item.IconImageSequence = [instance.icon]
    return item


def _set_character_set(dataset: Dataset, wanted: str | None) -> None:
    """Name the character set if text needs one, and make sure that it has all the characters."""
    texts = {
        name: str(dataset[keyword].value)
        for keyword, name in _NAMES.items()
        if keyword in dataset and not str(dataset[keyword].value).isascii()
    }
    chosen = wanted or (_UNICODE if texts else None)
    if chosen is not None:
        dataset.SpecificCharacterSet = chosen
        _check_encodings(chosen, texts)
    try:
        encode(dataset, _EXPLICIT_VR_LITTLE_ENDIAN)
    except EncodeError as error:
        raise ConfigError(f"the media creation request cannot be encoded: {error}") from error


def _check_encodings(character_set: str, texts: Mapping[str, str]) -> None:
    """Make sure that the text can be written; pydicom would write something else instead."""
    from pydicom.charset import python_encoding

    if character_set not in python_encoding:
        raise ConfigError(
            f"character_set={character_set!r}: no character set of PS3.3 C.12.1.1.2; {_UNICODE!r} "
            "has all characters"
        )
    # To pydicom the default repertoire is Latin-1, which a device need not understand.
    is_default = character_set in _DEFAULT_REPERTOIRE
    encoding = "ascii" if is_default else python_encoding[character_set]
    for name, text in texts.items():
        try:
            text.encode(encoding)
        except UnicodeEncodeError as error:
            raise ConfigError(
                f"{name}={text!r}: {text[error.start]!r} is not in the character set "
                f"{character_set!r}; {_UNICODE!r} has all characters"
            ) from None


def action_information(copies: int | None, priority: str | None) -> Dataset | None:
    """Make the action information of Initiate Media Creation; None if there is nothing to say.

    Raises
    ------
    ConfigError
        If the number of copies or the priority cannot be.
    """
    from pydicom import Dataset

    dataset = Dataset()
    if copies is not None:
        dataset.NumberOfCopies = check_copies(copies)
    if priority is not None:
        dataset.RequestPriority = check_priority(priority)
    return dataset if len(dataset) else None
