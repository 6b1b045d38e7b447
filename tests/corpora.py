"""The directories of real DICOM files which pydicom and pydicom-data bring along.

Run as a program it prints them joined by ``:``, which is how the Rust tests want them. The
directories are found without importing pydicom's own lookup, since that one goes to the network
for files it lacks.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def _package_directory(package: str, distribution: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        message = f"tests need {distribution}: pip install {distribution}"
        raise RuntimeError(message)
    return Path(spec.origin).parent


def pydicom_directory() -> Path:
    """Return the directory of the files in pydicom's wheel."""
    return _package_directory("pydicom", "pydicom") / "data"


def pydicom_data_directory() -> Path:
    """Return the directory of the files in pydicom-data's wheel."""
    return _package_directory("data_store", "pydicom-data") / "data"


def corpus_directories() -> list[Path]:
    """Return every corpus directory; each one exists and holds files."""
    directories = [pydicom_directory(), pydicom_data_directory()]
    for directory in directories:
        if not any(path.is_file() for path in directory.rglob("*")):
            message = f"no files under {directory}: the package is damaged, install it again"
            raise RuntimeError(message)
    return directories


def corpus_files() -> list[Path]:
    """Return every file of the corpora that a person would call a DICOM file, in a stable order."""
    return sorted(
        path
        for directory in corpus_directories()
        for path in directory.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc", ".json", ".txt", ".md", ".csv"}
    )


if __name__ == "__main__":
    print(":".join(str(directory) for directory in corpus_directories()))
