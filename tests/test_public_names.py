"""The names people import: all of `__all__`, nothing by accident, each one documented."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from enum import Enum

import pytest

import dicomwire

# The names design and documentation promise. Removing one is a change for a new major version.
PROMISED = {
    "AssociationOptions",
    "DicomEngine",
    "Limits",
    "Peer",
    "PerformedProcedureStepScu",
    "StorageReceiver",
    "StoreScu",
    "Timeouts",
    "UserIdentity",
    "VerificationScu",
    "debug_logger",
}
PROMISED |= {
    "AssociationAborted",
    "AssociationError",
    "AssociationRejected",
    "ConfigError",
    "ConnectError",
    "ConnectionLost",
    "DatasetError",
    "DecodeError",
    "DicomTimeout",
    "DicomWireError",
    "EncodeError",
    "EngineNotStartedError",
    "LocalProtocolError",
    "NoAcceptedContext",
    "ProtocolError",
    "RemoteProtocolError",
    "StateError",
    "StatusError",
    "TlsError",
    "TransportError",
}


def modules():
    found = [info.name for info in pkgutil.walk_packages(dicomwire.__path__, "dicomwire.")]
    return sorted(name for name in found if not name.startswith("dicomwire._"))


def test_everything_promised_is_there():
    assert set(dicomwire.__all__) >= PROMISED


def test_all_is_what_can_be_imported():
    # Constants first, as Ruff has it.
    in_order = sorted(set(dicomwire.__all__), key=lambda name: (not name.isupper(), name))
    assert list(dicomwire.__all__) == in_order
    for name in dicomwire.__all__:
        assert hasattr(dicomwire, name)
    public = {name for name in vars(dicomwire) if not name.startswith("_")}
    modules_seen = {name for name in public if inspect.ismodule(getattr(dicomwire, name))}
    assert public - modules_seen - {"annotations"} == set(dicomwire.__all__) - {"__version__"}


@pytest.mark.parametrize("module", modules())
def test_every_module_is_documented_and_says_what_is_public(module):
    loaded = importlib.import_module(module)
    assert loaded.__doc__
    for name in getattr(loaded, "__all__", []):
        assert hasattr(loaded, name), f"{module}.__all__ names {name}, which is not there"


@pytest.mark.parametrize("name", sorted(set(dicomwire.__all__) - {"__version__"}))
def test_every_public_name_is_documented(name):
    thing = getattr(dicomwire, name)
    assert inspect.getdoc(thing)
    if not inspect.isclass(thing):
        return
    assert thing.__doc__, "a docstring of its own, not one that is inherited"
    for member, value in vars(thing).items():
        is_api = inspect.isfunction(value) or isinstance(value, (property, classmethod))
        if is_api and not member.startswith("_"):
            assert inspect.getdoc(getattr(thing, member)), f"{name}.{member}"


def documented(thing):
    """Return the parameters and attributes that a docstring of numpy's form describes."""
    names = set()
    sections = re.split(r"^([A-Z][a-z ]+)\n-+\n", inspect.getdoc(thing) or "", flags=re.MULTILINE)
    for title, text in zip(sections[1::2], sections[2::2], strict=True):
        if title in ("Parameters", "Attributes"):
            for entry in re.findall(r"^(\S.*?)(?: : .*)?$", text, re.MULTILINE):
                names.update(name.strip("* ") for name in entry.split(","))
    return names


def parameters(thing):
    return set(inspect.signature(thing).parameters) - {"self", "cls", "_"}


# What a class hands on to a base or a method, whose docstring describes it.
DESCRIBED_ELSEWHERE = {"DicomEngine": {"log_level"}, "StoreScu": {"args", "options"}}
CLASSES = [
    name
    for name in dicomwire.__all__
    # The parameters of an enumeration's class are Python's.
    if inspect.isclass(thing := getattr(dicomwire, name)) and not issubclass(thing, Enum)
]


@pytest.mark.parametrize("name", CLASSES)
def test_every_parameter_of_a_class_is_documented(name):
    thing = getattr(dicomwire, name)
    # An error without parameters of its own takes those of its base.
    known = set().union(*(documented(base) for base in thing.__mro__ if base.__doc__))
    assert parameters(thing) <= known | {"message"} | DESCRIBED_ELSEWHERE.get(name, set())


@pytest.mark.parametrize("name", sorted(set(dicomwire.__all__) - {"__version__"}))
def test_a_list_of_parameters_is_complete(name):
    thing = getattr(dicomwire, name)
    members = [thing]
    if inspect.isclass(thing):
        members = [value for key, value in vars(thing).items() if not key.startswith("_")]
    for member in members:
        function = getattr(member, "__func__", member)
        if not inspect.isfunction(function):
            continue
        text = inspect.getdoc(function) or ""
        if "Parameters\n---" in text:
            assert parameters(function) == documented(function), function.__qualname__
        else:
            # Few enough to speak for themselves, or the docstring says whose they are.
            few = len(parameters(function)) <= 3
            assert few or "Parameters and exceptions are those of" in text, function.__qualname__


@pytest.mark.parametrize("module", modules())
def test_the_examples_of_docstrings_are_right(module):
    failed, _ = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert failed == 0


def test_there_are_examples_in_docstrings():
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in modules() for test in finder.find(importlib.import_module(name))]
    assert sum(bool(test.examples) for test in found) >= 5


def test_what_is_slow_to_import_is_not_imported():
    script = "import sys, dicomwire; print({'pydicom', 'typer', 'rich', 'numpy'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "set()\n"


def test_every_error_is_one_of_ours():
    for name in dicomwire.__all__:
        thing = getattr(dicomwire, name)
        if inspect.isclass(thing) and issubclass(thing, Exception):
            assert issubclass(thing, dicomwire.DicomWireError), name
    # Ctrl-C stays Ctrl-C: `except Exception` must not swallow it.
    assert not issubclass(dicomwire.StoreInterrupted, Exception)
    assert issubclass(dicomwire.StoreInterrupted, KeyboardInterrupt)


def test_the_version_is_that_of_the_package():
    from importlib.metadata import version

    assert dicomwire.__version__ == version("dicomwire")
