"""What the strict providers of normalized services have in common: refusals, rules, a journal."""

from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING, Any

from pydicom import Dataset
from pydicom.datadict import tag_for_keyword

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pynetdicom import evt

_UID = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+")

NO_SUCH_ATTRIBUTE = 0x0105
INVALID_ATTRIBUTE_VALUE = 0x0106
ATTRIBUTE_LIST_ERROR = 0x0107
DUPLICATE_SOP_INSTANCE = 0x0111
NO_SUCH_SOP_INSTANCE = 0x0112
NO_SUCH_ARGUMENT = 0x0114
INVALID_ARGUMENT_VALUE = 0x0115
MISSING_ATTRIBUTE = 0x0120
MISSING_ATTRIBUTE_VALUE = 0x0121
NO_SUCH_ACTION = 0x0123


class Refusal(Exception):
    """A status other than success, with its words and the attributes it is about."""

    def __init__(self, status: int, comment: str = "", *keywords: str) -> None:
        self.status = status
        self.comment = comment
        self.tags = [tag_for_keyword(keyword) for keyword in keywords]

    def data_set(self, *, listed: bool = True) -> Dataset:
        """Return what pynetdicom makes a response of."""
        answer = Dataset()
        answer.Status = self.status
        if self.comment:
            answer.ErrorComment = self.comment[:64]
        if self.tags and listed:
            answer.AttributeIdentifierList = self.tags
        return answer


Answer = tuple[int | Dataset, Dataset | None]
"""What a handler of pynetdicom returns: a status and a data set."""


def answering(work: Callable[..., Answer], lock: threading.Lock) -> Callable[..., Answer]:
    """Make a handler that does one thing at a time and answers refusals."""

    def handle(event: evt.Event) -> Answer:
        with lock:
            try:
                return work(event)
            except Refusal as refusal:
                return refusal.data_set(), None

    return handle


class Journal:
    """What was asked, a line of JSON for each request, for the test to read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def write(self, operation: str, uid: str | None, dataset: Dataset | None, **more: Any) -> None:
        """Write a line."""
        content = None if dataset is None else dataset.to_json_dict()
        line = {"operation": operation, "uid": uid, "dataset": content, **more}
        with self._lock, self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")


def check_uid(value: object, keyword: str) -> None:
    """Refuse what is no UID."""
    text = str(value)
    if len(text) > 64 or not _UID.fullmatch(text):
        raise Refusal(INVALID_ATTRIBUTE_VALUE, f"{keyword} is no UID", keyword)


def check_types(dataset: Dataset, types: dict[str, str]) -> None:
    """Refuse attributes that are missing, empty, or not of the table (PS3.5 section 7.4)."""
    missing = [name for name, kind in types.items() if kind in "12" and name not in dataset]
    if missing:
        raise Refusal(MISSING_ATTRIBUTE, f"missing {', '.join(missing)}", *missing)
    empty = [name for name, kind in types.items() if kind == "1" and dataset[name].is_empty]
    if empty:
        raise Refusal(MISSING_ATTRIBUTE_VALUE, f"no value in {', '.join(empty)}", *empty)
    unknown = [
        element.keyword or str(element.tag) for element in dataset if element.keyword not in types
    ]
    if unknown:
        raise Refusal(NO_SUCH_ATTRIBUTE, f"unknown {', '.join(unknown)}", *unknown)


def check_terms(dataset: Dataset, terms: dict[str, tuple[str, ...]]) -> None:
    """Refuse values that are none of the enumerated ones."""
    for keyword, values in terms.items():
        if keyword in dataset and dataset[keyword].value not in values:
            raise Refusal(INVALID_ATTRIBUTE_VALUE, f"{keyword} is none of {values}", keyword)


def check_text(dataset: Dataset) -> None:
    """Refuse text beyond ASCII without Specific Character Set (0008,0005)."""
    if "SpecificCharacterSet" in dataset:
        return
    for element in dataset:
        if (
            element.VR in ("LO", "LT", "PN", "SH", "ST", "UC", "UT")
            and not str(element.value).isascii()
        ):
            raise Refusal(INVALID_ATTRIBUTE_VALUE, "no character set", "SpecificCharacterSet")
