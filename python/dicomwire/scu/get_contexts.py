"""The presentation contexts of a C-GET: which storage classes come in which transfer syntaxes.

An association has room for 128 presentation contexts (PS3.8 section 9.3.2.2), one of them for the
C-GET itself. A context is accepted with one transfer syntax, so compressed instances can come as
they are only if each compressed syntax has a context of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomwire import sop
from dicomwire.config import RoleSelection
from dicomwire.events import PresentationContext

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["UNCOMPRESSED", "common_classes", "plan", "provider_roles"]

UNCOMPRESSED = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
"""Explicit and Implicit VR Little Endian: one context is enough, every archive converts."""

# Storage contexts of one association.
_ROOM = 127
# How many compressed syntaxes the first classes of a long list get.
_FEW = 5

# What instances are stored in, roughly the most frequent first.
_COMPRESSED = (
    "1.2.840.10008.1.2.4.70",  # JPEG Lossless, first-order prediction
    "1.2.840.10008.1.2.4.90",  # JPEG 2000 Lossless
    "1.2.840.10008.1.2.4.50",  # JPEG Baseline
    "1.2.840.10008.1.2.5",  # RLE Lossless
    "1.2.840.10008.1.2.4.91",  # JPEG 2000
    "1.2.840.10008.1.2.4.80",  # JPEG-LS Lossless
    "1.2.840.10008.1.2.4.51",  # JPEG Extended
    "1.2.840.10008.1.2.4.81",  # JPEG-LS Near-lossless
    "1.2.840.10008.1.2.4.57",  # JPEG Lossless
    "1.2.840.10008.1.2.4.102",  # MPEG-4 AVC/H.264 High Profile
    "1.2.840.10008.1.2.4.100",  # MPEG-2 Main Level
    "1.2.840.10008.1.2.4.103",  # MPEG-4 AVC/H.264 BD-compatible
    "1.2.840.10008.1.2.4.101",  # MPEG-2 High Level
    "1.2.840.10008.1.2.1.99",  # Deflated Explicit VR Little Endian
    "1.2.840.10008.1.2.4.201",  # High-Throughput JPEG 2000 Lossless
    "1.2.840.10008.1.2.4.202",  # High-Throughput JPEG 2000 with RPCL, Lossless
    "1.2.840.10008.1.2.4.203",  # High-Throughput JPEG 2000
    "1.2.840.10008.1.2.4.107",  # HEVC/H.265 Main
    "1.2.840.10008.1.2.4.108",  # HEVC/H.265 Main 10
    "1.2.840.10008.1.2.4.110",  # JPEG XL Lossless
    "1.2.840.10008.1.2.4.111",  # JPEG XL JPEG Recompression
    "1.2.840.10008.1.2.4.112",  # JPEG XL
)

# The classes that most archives hold most of.
_FREQUENT = (
    "CTImageStorage",
    "MRImageStorage",
    "ComputedRadiographyImageStorage",
    "DigitalXRayImageStorageForPresentation",
    "DigitalMammographyXRayImageStorageForPresentation",
    "UltrasoundImageStorage",
    "UltrasoundMultiFrameImageStorage",
    "SecondaryCaptureImageStorage",
    "XRayAngiographicImageStorage",
    "XRayRadiofluoroscopicImageStorage",
    "NuclearMedicineImageStorage",
    "PositronEmissionTomographyImageStorage",
    "EnhancedCTImageStorage",
    "EnhancedMRImageStorage",
    "BreastTomosynthesisImageStorage",
    "GrayscaleSoftcopyPresentationStateStorage",
    "BasicTextSRStorage",
    "EnhancedSRStorage",
    "ComprehensiveSRStorage",
    "KeyObjectSelectionDocumentStorage",
    "EncapsulatedPDFStorage",
    "XRayRadiationDoseSRStorage",
    "RTImageStorage",
    "RTDoseStorage",
    "RTStructureSetStorage",
    "RTPlanStorage",
    "SegmentationStorage",
    "VLPhotographicImageStorage",
    "VLEndoscopicImageStorage",
    "VideoEndoscopicImageStorage",
    "VLWholeSlideMicroscopyImageStorage",
    "TwelveLeadECGWaveformStorage",
)


def common_classes() -> list[str]:
    """Return the UIDs of all storage SOP classes, those that most archives hold first."""
    first = [sop.uid_of(word) for word in _FREQUENT]
    return list(dict.fromkeys([*first, *sop.storage_classes()]))


def plan(
    get_class_uid: str,
    sop_classes: Iterable[str],
    transfer_syntaxes: Sequence[str] | None = None,
) -> list[list[PresentationContext]]:
    """Divide storage classes over as few associations as they need.

    Every class is on one of them, with one context for the uncompressed syntaxes and one for each
    compressed syntax, as many of these as there is room for. If the classes alone are more than
    one association has room for, the first ones get a few compressed syntaxes, the others none.

    Parameters
    ----------
    get_class_uid : str
        The SOP class of the C-GET, the first context of each association.
    sop_classes : iterable of str
        UIDs of storage classes, the most important first.
    transfer_syntaxes : sequence of str, optional
        What instances may come in; by default all known ones.

    Returns
    -------
    list of list of PresentationContext
        What to propose, one list for each association.
    """
    classes = list(dict.fromkeys(sop_classes))
    wanted = (*UNCOMPRESSED, *_COMPRESSED) if transfer_syntaxes is None else transfer_syntaxes
    uncompressed = [syntax for syntax in wanted if syntax in UNCOMPRESSED]
    compressed = [syntax for syntax in wanted if syntax not in UNCOMPRESSED]
    # Each inner list is one context of a class.
    groups = [uncompressed] if uncompressed else []
    groups += [[syntax] for syntax in compressed]
    if len(classes) <= _ROOM:
        fitting = groups[: max(1, _ROOM // max(1, len(classes)))]
        return [_contexts(get_class_uid, classes, fitting)]
    few = groups[: 1 + _FEW]
    head = _ROOM // len(few)
    parts = [_contexts(get_class_uid, classes[:head], few)]
    rest = classes[head:]
    parts += [
        _contexts(get_class_uid, rest[start : start + _ROOM], groups[:1])
        for start in range(0, len(rest), _ROOM)
    ]
    return parts


def _contexts(
    get_class_uid: str, classes: Sequence[str], groups: Sequence[list[str]]
) -> list[PresentationContext]:
    proposals = [(get_class_uid, list(UNCOMPRESSED))]
    proposals += [(uid, list(syntaxes)) for uid in classes for syntaxes in groups]
    return [
        PresentationContext(2 * place + 1, uid, syntaxes)
        for place, (uid, syntaxes) in enumerate(proposals)
    ]


def provider_roles(contexts: Sequence[PresentationContext]) -> list[RoleSelection]:
    """Offer to be provider of the storage classes of a plan (PS3.7 section D.3.3.4)."""
    classes = dict.fromkeys(context.abstract_syntax for context in contexts[1:])
    return [RoleSelection(uid, scu=False, scp=True) for uid in classes]
