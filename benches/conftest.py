"""What the benches that run inside pytest share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benches.corpora import Corpora
from benches.scenario import AE_TITLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def corpora(tmp_path: Path) -> Corpora:
    """Files of every corpus, the multi-frame ones small."""
    return Corpora(tmp_path / "corpora", quick=True)


@pytest.fixture
def peer() -> Iterator[str]:
    """Our own receiver, discarding, in this process: it competes for the same cores."""
    from dicomwire import DicomEngine, StorageReceiver

    with DicomEngine(), StorageReceiver(AE_TITLE, port=0, sink=None) as receiver:
        yield f"{AE_TITLE}@127.0.0.1:{receiver.port}"
