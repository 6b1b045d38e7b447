"""Media creation requests as data: instances, options, states (PS3.4 annex S).

Nothing here talks to anybody; `dicomwire.MediaCreationManagementScu` does.
"""

from __future__ import annotations

from .execution import (
    STATUS_ATTRIBUTES,
    ExecutionStatus,
    FailedMediaInstance,
    MediaCreationStatus,
    ProducedMedia,
)
from .instances import InstanceSource, MediaCreationInstance, instances_of
from .made import MediaCreationRequest
from .options import OPTIONS, MediaOptions
from .profiles import APPLICATION_PROFILES, is_known_profile
from .request import action_information, media_creation_request

__all__ = [
    "APPLICATION_PROFILES",
    "OPTIONS",
    "STATUS_ATTRIBUTES",
    "ExecutionStatus",
    "FailedMediaInstance",
    "InstanceSource",
    "MediaCreationInstance",
    "MediaCreationRequest",
    "MediaCreationStatus",
    "MediaOptions",
    "ProducedMedia",
    "action_information",
    "instances_of",
    "is_known_profile",
    "media_creation_request",
]
