"""The data elements behind the fields of an update: how each is checked, written and read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from . import checks

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = [
    "Element",
    "IdentifierItems",
    "Moment",
    "OneReference",
    "OtherPatientId",
    "References",
    "Text",
    "Texts",
    "Uid",
]


@dataclass(frozen=True, slots=True)
class OtherPatientId:
    """Another identifier of a patient, an item of Other Patient IDs Sequence (0010,1002).

    Parameters
    ----------
    patient_id : str
        The identifier.
    issuer : str, optional
        Issuer of Patient ID (0010,0021), who gave it.
    type_of_patient_id : str
        Type of Patient ID (0010,0022): ``"TEXT"``, ``"RFID"`` or ``"BARCODE"``.

    Raises
    ------
    ConfigError
        If one of them cannot be.
    """

    patient_id: str
    issuer: str | None = None
    type_of_patient_id: str = "TEXT"

    def __post_init__(self) -> None:
        """Check every field."""
        name = type(self).__name__
        patient_id = checks.check_text(f"{name}.patient_id", "LO", self.patient_id, required=True)
        object.__setattr__(self, "patient_id", patient_id)
        if self.issuer is not None:
            issuer = checks.check_text(f"{name}.issuer", "LO", self.issuer)
            object.__setattr__(self, "issuer", issuer or None)
        kind = checks.check_text(
            f"{name}.type_of_patient_id", "CS", self.type_of_patient_id, required=True
        )
        object.__setattr__(self, "type_of_patient_id", kind)

    @classmethod
    def parse(cls, text: str) -> OtherPatientId:
        """Read ``ID`` or ``ID^^^ISSUER``, as HL7 writes identifiers with their authority.

        Raises
        ------
        ConfigError
            If it is none.
        """
        patient_id, divided, issuer = text.partition("^^^")
        return cls(patient_id, issuer if divided else None)


class Element:
    """What one field is in the action information.

    Parameters
    ----------
    keyword : str
        The data element.
    summary : str
        What it is, in a few words, for help on the command line.
    required : bool
        Whether it must be there and have a value.
    """

    def __init__(self, keyword: str, summary: str, *, required: bool = False) -> None:
        self.keyword: Final = keyword
        self.summary: Final = summary
        self.required: Final = required

    def check(self, field: str, value: Any) -> Any:  # noqa: ANN401 (whatever the caller gave)
        """Return the value as the field keeps it.

        Raises
        ------
        ConfigError
            If it cannot be.
        """
        raise NotImplementedError

    def put(self, dataset: Dataset, value: Any) -> None:  # noqa: ANN401 (a checked one)
        """Write a value that was checked."""
        setattr(dataset, self.keyword, value)

    def take(self, dataset: Dataset) -> Any:  # noqa: ANN401 (to be checked)
        """Read the value; None if the element is not there."""
        return dataset.get(self.keyword) if self.keyword in dataset else None


class Text(Element):
    """One value of a text VR."""

    def __init__(self, keyword: str, vr: str, summary: str, *, required: bool = False) -> None:
        super().__init__(keyword, summary, required=required)
        self.vr: Final = vr

    def check(self, field: str, value: Any) -> str:  # noqa: ANN401
        """Return the text."""
        if self.keyword == "PatientSex":
            return checks.check_sex(field, value)
        return checks.check_text(field, self.vr, value, required=self.required)

    def put(self, dataset: Dataset, value: Any) -> None:  # noqa: ANN401
        """Write it; a number without a value has none rather than an empty text."""
        setattr(dataset, self.keyword, None if self.vr == "DS" and not value else value)

    def take(self, dataset: Dataset) -> str | None:
        """Read it, empty if the element has no value."""
        value = super().take(dataset)
        if self.keyword not in dataset:
            return None
        return "" if value is None else str(value)


class Uid(Element):
    """One UID."""

    def check(self, field: str, value: Any) -> str:  # noqa: ANN401
        """Return the UID."""
        return checks.check_uid(field, value)

    def take(self, dataset: Dataset) -> str | None:
        """Read it; without a value it is not there."""
        return str(super().take(dataset) or "") or None


class Texts(Element):
    """Several values of LO."""

    def check(self, field: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401
        """Return the texts."""
        several = checks.check_several(field, value)
        return tuple(checks.check_text(field, "LO", one, required=True) for one in several)

    def put(self, dataset: Dataset, value: Any) -> None:  # noqa: ANN401
        """Write them, if there are any."""
        if value:
            setattr(dataset, self.keyword, list(value))

    def take(self, dataset: Dataset) -> tuple[str, ...] | None:
        """Read them."""
        value = super().take(dataset)
        if not value:
            return None
        return (value,) if isinstance(value, str) else tuple(str(one) for one in value)


class References(Element):
    """Items of one value each: patients by their ID, studies by their UID."""

    def __init__(self, keyword: str, inside: str, summary: str, *, required: bool = False) -> None:
        super().__init__(keyword, summary, required=required)
        self.inside: Final = inside

    def check(self, field: str, value: Any) -> Any:  # noqa: ANN401
        """Return the values of the items."""
        several = checks.check_several(field, value)
        checked = tuple(self._check_one(field, one) for one in several)
        if len(set(checked)) != len(checked):
            raise checks.refuse(field, value, "names one of them twice")
        if self.required and not checked:
            raise checks.refuse(field, value, "must not be empty")
        return checked

    def _check_one(self, field: str, value: object) -> str:
        if self.inside.endswith("UID"):
            return checks.check_uid(field, value)
        return checks.check_text(field, "LO", value, required=True)

    def put(self, dataset: Dataset, value: Any) -> None:  # noqa: ANN401
        """Write an item for each; none if there are none."""
        from pydicom.dataset import Dataset as PydicomDataset

        items = []
        for one in value:
            item = PydicomDataset()
            setattr(item, self.inside, one)
            items.append(item)
        if items:
            setattr(dataset, self.keyword, items)

    def take(self, dataset: Dataset) -> Any:  # noqa: ANN401
        """Read the values of the items."""
        items = super().take(dataset)
        return tuple(str(item.get(self.inside) or "") for item in items) if items else None


class OneReference(References):
    """A sequence of exactly one item of one value."""

    def check(self, field: str, value: Any) -> str:  # noqa: ANN401
        """Return the value of the item."""
        if isinstance(value, tuple):
            # As read: how many there were is what is wrong.
            if len(value) != 1:
                raise checks.refuse(field, value, "must be exactly one")
            value = value[0]
        return self._check_one(field, value)

    def put(self, dataset: Dataset, value: Any) -> None:  # noqa: ANN401
        """Write the item."""
        super().put(dataset, (value,))


class IdentifierItems(Element):
    """Other Patient IDs Sequence (0010,1002)."""

    def check(self, field: str, value: Any) -> tuple[OtherPatientId, ...]:  # noqa: ANN401
        """Return the identifiers; plain text is the ID."""
        several = (value,) if isinstance(value, OtherPatientId) else value
        checked = []
        for one in checks.check_several(field, several):
            if not isinstance(one, (str, OtherPatientId)):
                raise checks.refuse(field, one, "must be an OtherPatientId or text")
            checked.append(OtherPatientId(one) if isinstance(one, str) else one)
        return tuple(checked)

    def put(self, dataset: Dataset, value: Any) -> None:  # noqa: ANN401
        """Write an item for each; an empty sequence says that there are none."""
        from pydicom.dataset import Dataset as PydicomDataset

        items = []
        for identifier in value:
            item = PydicomDataset()
            item.PatientID = identifier.patient_id
            if identifier.issuer is not None:
                item.IssuerOfPatientID = identifier.issuer
            item.TypeOfPatientID = identifier.type_of_patient_id
            items.append(item)
        setattr(dataset, self.keyword, items)

    def take(self, dataset: Dataset) -> tuple[OtherPatientId, ...] | None:
        """Read the items."""
        if self.keyword not in dataset:
            return None
        return tuple(
            OtherPatientId(
                str(item.get("PatientID") or ""),
                str(item.get("IssuerOfPatientID") or "") or None,
                str(item.get("TypeOfPatientID") or "TEXT"),
            )
            for item in super().take(dataset) or ()
        )


class Moment(Element):
    """A date and time, in Instance Creation Date and Time (0008,0012), (0008,0013)."""

    def check(self, field: str, value: Any) -> dt.datetime:  # noqa: ANN401
        """Return the date and time."""
        return checks.check_date_time(field, value)

    def put(self, dataset: Dataset, value: Any) -> None:  # noqa: ANN401
        """Write the two elements."""
        dataset.InstanceCreationDate = checks.check_text("", "DA", value.date())
        dataset.InstanceCreationTime = checks.check_text("", "TM", value.time())

    def take(self, dataset: Dataset) -> Any:  # noqa: ANN401
        """Read them; what cannot be read is left to `check` to complain about."""
        date, time = (
            str(dataset.get(keyword) or "")
            for keyword in ("InstanceCreationDate", "InstanceCreationTime")
        )
        if not date:
            return None
        for form in ("%Y%m%d%H%M%S.%f", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d%H", "%Y%m%d"):
            try:
                return dt.datetime.strptime(date + time, form)  # noqa: DTZ007 (local, as sent)
            except ValueError:
                continue
        return f"{date} {time}"
