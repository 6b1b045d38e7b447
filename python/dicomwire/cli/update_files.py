"""``dicomwire update-files``: carry out updates of patients on files, for migrations."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .exit_codes import ALL_WELL, SOME_FAILED
from .options import AsJson, Quiet
from .output import complain, print_json, print_result
from .output_files import make_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydicom import Dataset

    from dicomwire import PatientUpdate

__all__ = ["update_files"]

Updates = Annotated[
    list[Path],
    typer.Option(
        "--update",
        "-u",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="What to do: what `dicomwire patient PEER … --dry-run` prints. May be repeated; they "
        "are carried out in this order.",
    ),
]
Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH…", exists=True, help="Files, or directories of files."),
]
Target = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output-directory",
        metavar="DIR",
        file_okay=False,
        help="Write changed files to DIR, under the names they have; made if it does not exist.",
    ),
]
PatientFile = Annotated[
    Path | None,
    typer.Option(
        "--patient",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Any file of the patient who remains, or gets something: name, birth date and so on "
        "are taken from it.",
        show_default=False,
    ),
]
Issuer = Annotated[
    str | None,
    typer.Option(
        "--issuer",
        metavar="TEXT",
        help="Who issued the patient IDs; files that name another one are left alone.",
        show_default=False,
    ),
]
Everything = Annotated[
    bool,
    typer.Option("--all", help="Write the files too that no update is about."),
]


@dataclass
class _Account:
    """How many files became what."""

    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    failed: int = 0


def update_files(
    *,
    paths: Paths,
    updates: Updates,
    directory: Target,
    patient: PatientFile = None,
    issuer: Issuer = None,
    everything: Everything = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Carry out updates on files, as an archive would; the files themselves stay as they are."""
    from dicomwire import DicomWireError, read_file, write_file

    wanted = [_read_update(path) for path in updates]
    _check_apart(paths, directory)
    target = make_directory(directory)
    known = None if patient is None else _read_patient(patient)
    account = _Account()
    for source, name in list(_sources(paths, target)):
        try:
            before = read_file(source)
            after = _apply(before, wanted, known, issuer)
            if after is None:
                account.deleted += 1
                continue
            if after is not before or everything:
                place = target / name
                place.parent.mkdir(parents=True, exist_ok=True)
                write_file(place, after, overwrite=False)
            if after is before:
                account.unchanged += 1
            else:
                account.changed += 1
        except FileExistsError:
            account.failed += 1
            complain(f"{source}: {target / name} exists; give an empty -o DIR")
        except (DicomWireError, OSError) as error:
            account.failed += 1
            complain(f"{source}: {error}")
    _tell(account, as_json=as_json, quiet=quiet)
    raise typer.Exit(SOME_FAILED if account.failed else ALL_WELL)


def _read_update(path: Path) -> PatientUpdate:
    """Read an update from a file.

    Raises
    ------
    typer.BadParameter
        If it is none.
    """
    from pydicom import Dataset

    from dicomwire import DicomWireError, decode_update

    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        dataset = Dataset.from_json(content["action_information"])
        return decode_update(content["action"], dataset)
    except (DicomWireError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise typer.BadParameter(
            f"{path} is no update as `dicomwire patient PEER … --dry-run` prints it: {why}",
            param_hint="'--update'",
        ) from None


def _read_patient(path: Path) -> Dataset:
    """Read who the patient is from a file.

    Raises
    ------
    typer.BadParameter
        If it is not DICOM.
    """
    from dicomwire import DecodeError, read_file

    try:
        return read_file(path, stop_before_pixels=True)
    except DecodeError as error:
        raise typer.BadParameter(f"{path}: {error}", param_hint="'--patient'") from None


def _check_apart(paths: Sequence[Path], target: Path) -> None:
    """Make sure that what is read is not where is written: none of it would be looked at.

    Raises
    ------
    typer.BadParameter
        If a directory of files is the target, or in it.
    """
    for path in paths:
        if path.is_dir() and path.resolve().is_relative_to(target.resolve()):
            raise typer.BadParameter(
                f"{path} is in {target}, where changed files go; give a directory of its own",
                param_hint="'--output-directory'",
            )


def _sources(paths: Sequence[Path], target: Path) -> Iterator[tuple[Path, Path]]:
    """Find the files, each with the name it gets; what is in the target already is none."""
    for path in paths:
        if not path.is_dir():
            yield path, Path(path.name)
            continue
        for file in sorted(path.rglob("*")):
            if file.is_file() and not file.resolve().is_relative_to(target.resolve()):
                yield file, file.relative_to(path)


def _apply(
    dataset: Dataset,
    updates: Sequence[PatientUpdate],
    patient: Dataset | None,
    issuer: str | None,
) -> Dataset | None:
    """Carry out one update after the other; None once it is deleted."""
    from dicomwire import apply_locally

    for update in updates:
        changed = apply_locally(dataset, update, patient=patient, issuer_of_patient_id=issuer)
        if changed is None:
            return None
        dataset = changed
    return dataset


def _tell(account: _Account, *, as_json: bool, quiet: bool) -> None:
    """Print how many files became what."""
    if as_json:
        print_json(asdict(account))
    elif not quiet:
        print_result(
            f"{account.changed} changed, {account.unchanged} unchanged, "
            f"{account.deleted} to be deleted, {account.failed} failed"
        )
