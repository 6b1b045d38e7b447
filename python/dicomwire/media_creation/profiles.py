"""The media application profiles of PS3.11 by name.

A media creation request may name one for each instance, as Requested Media Application Profile
(2200,000C). Most requests name none and leave the choice to the media creation device.
"""

from __future__ import annotations

import difflib
import re

__all__ = ["APPLICATION_PROFILES", "is_known_profile", "near_profiles"]

_ULTRASOUND_MEDIA = (
    "MOD128",
    "MOD230",
    "MOD540",
    "MOD640",
    "MOD650",
    "MOD12",
    "MOD23",
    "CDR",
    "DVD",
)
_CT_AND_MR_MEDIA = ("MOD650", "MOD12", "MOD23", "CD", "DVD")

APPLICATION_PROFILES: tuple[str, ...] = (
    # Cardiac X-ray, 1024 X-ray angiography, ultrasound.
    "STD-XABC-CD",
    "STD-XA1K-CD",
    "STD-XA1K-DVD",
    *(
        f"STD-US-{purpose}-{frames}-{media}"
        for purpose in ("ID", "SC", "CC")
        for frames in ("SF", "MF")
        for media in _ULTRASOUND_MEDIA
    ),
    # Whatever composite instance there is.
    "STD-GEN-CD",
    "STD-GEN-DVD-RAM",
    "STD-GEN-DVD-JPEG",
    "STD-GEN-DVD-J2K",
    "STD-GEN-SEC-CD",
    "STD-GEN-SEC-DVD-RAM",
    "STD-GEN-SEC-DVD-JPEG",
    "STD-GEN-SEC-DVD-J2K",
    # CT and MR.
    *(f"STD-CTMR-{media}" for media in _CT_AND_MR_MEDIA),
    # Waveforms on diskette.
    "STD-WVFM-ECG-FD",
    "STD-WVFM-HD-FD",
    # Video, mail, dental images, memory sticks.
    "STD-DVD-MPEG2-MPML",
    "STD-DVD-SEC-MPEG2-MPML",
    "STD-GEN-MIME",
    "STD-DEN-CD",
    "STD-DEN-SEC-CD",
    *(
        f"STD-GEN-{media}-{compression}"
        for media in ("USB", "MMC", "CF", "SD")
        for compression in ("JPEG", "J2K")
    ),
    # Blu-ray.
    "STD-GEN-BD-JPEG",
    "STD-GEN-BD-J2K",
    "STD-GEN-BD-MPEG2-MPML",
    "STD-GEN-BD-MPEG2-MPHL",
    "STD-GEN-BD-MPEG4-HPLV41",
    "STD-GEN-BD-MPEG4-HPLV41BD",
    "STD-GEN-BD-MPEG4-HPLV42-2D",
    "STD-GEN-BD-MPEG4-HPLV42-3D",
    "STD-GEN-BD-MPEG4-SHPLV42",
)
"""The names of the standard. A device may have profiles of its own besides."""

# What a conformance statement calls a profile with additions, and one that is the device's own.
_OWN_PROFILE = re.compile(r"(?:AUG|PRI)-[A-Z0-9_-]+")


def is_known_profile(name: str) -> bool:
    """Say whether the standard has this profile, or it is called augmented or private."""
    return name in APPLICATION_PROFILES or _OWN_PROFILE.fullmatch(name) is not None


def near_profiles(name: str) -> list[str]:
    """Return up to three names that somebody may have meant."""
    return difflib.get_close_matches(name.upper(), APPLICATION_PROFILES, n=3)
