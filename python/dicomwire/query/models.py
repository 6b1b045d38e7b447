"""Query/Retrieve information models: their levels and the SOP classes of their services.

See PS3.4 section C.6 for Patient Root, Study Root and the retired Patient/Study Only, and section
K.6 for the modality worklist, which has no levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from dicomwire.errors import ConfigError
from dicomwire.uids import is_valid_uid

__all__ = [
    "MODALITY_WORKLIST",
    "MODELS",
    "PATIENT_ROOT",
    "PATIENT_STUDY_ONLY",
    "STUDY_ROOT",
    "Model",
    "Service",
    "model_of",
]

Service: TypeAlias = Literal["find", "move", "get"]
"""The DIMSE-C operations of the Query/Retrieve service class (PS3.4 section C.4)."""


@dataclass(frozen=True)
class Model:
    """An information model that a query is asked of.

    Parameters
    ----------
    name : str
        What `model_of` finds it by.
    find_uid, move_uid, get_uid : str, optional
        The SOP class of each service; None where the model has no such service.
    levels : tuple of str
        The values of Query/Retrieve Level (0008,0052), topmost first; empty if the model has none.
    """

    name: str
    find_uid: str | None = None
    move_uid: str | None = None
    get_uid: str | None = None
    levels: tuple[str, ...] = ()

    def sop_class_uid(self, service: Service) -> str:
        """Return the SOP class of a service.

        Raises
        ------
        ConfigError
            If the model has no such service.
        """
        uid = {"find": self.find_uid, "move": self.move_uid, "get": self.get_uid}[service]
        if uid is None:
            raise ConfigError(f"model={self.name!r}: has no C-{service.upper()}")
        return uid


PATIENT_ROOT = Model(
    "PATIENT_ROOT",
    "1.2.840.10008.5.1.4.1.2.1.1",
    "1.2.840.10008.5.1.4.1.2.1.2",
    "1.2.840.10008.5.1.4.1.2.1.3",
    ("PATIENT", "STUDY", "SERIES", "IMAGE"),
)
STUDY_ROOT = Model(
    "STUDY_ROOT",
    "1.2.840.10008.5.1.4.1.2.2.1",
    "1.2.840.10008.5.1.4.1.2.2.2",
    "1.2.840.10008.5.1.4.1.2.2.3",
    ("STUDY", "SERIES", "IMAGE"),
)
PATIENT_STUDY_ONLY = Model(
    "PATIENT_STUDY_ONLY",
    "1.2.840.10008.5.1.4.1.2.3.1",
    "1.2.840.10008.5.1.4.1.2.3.2",
    "1.2.840.10008.5.1.4.1.2.3.3",
    ("PATIENT", "STUDY"),
)
MODALITY_WORKLIST = Model("MODALITY_WORKLIST", "1.2.840.10008.5.1.4.31")

MODELS = (STUDY_ROOT, PATIENT_ROOT, PATIENT_STUDY_ONLY, MODALITY_WORKLIST)
"""The models that have a name."""

_BY_NAME = {model.name: model for model in MODELS}
_BY_UID = {
    uid: model
    for model in MODELS
    for uid in (model.find_uid, model.move_uid, model.get_uid)
    if uid is not None
}


def model_of(model: str | Model) -> Model:
    """Find an information model.

    Parameters
    ----------
    model : str or Model
        A name in any case, the UID of a SOP class, or a model, which is returned as it is. A SOP
        class that is not one of `MODELS` is taken for the service it is used with; such a model
        has no levels, and its keys are not checked.

    Raises
    ------
    ConfigError
        If there is no model of that name.
    """
    if isinstance(model, Model):
        return model
    if isinstance(model, str):
        text = model.strip()
        known = _BY_NAME.get(text.upper().replace("-", "_")) or _BY_UID.get(text)
        if known is not None:
            return known
        if is_valid_uid(text):
            return Model(text, text, text, text)
    names = ", ".join(_BY_NAME)
    raise ConfigError(f"model={model!r}: must be one of {names}, or the UID of a SOP class")
