"""The names people import: all of `__all__`, nothing by accident, each one documented."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest

import dicomwire

# The names design and documentation promise. Removing one is a change for a new major version.
PROMISED = {
    "AssociationOptions",
    "DicomEngine",
    "Limits",
    "Peer",
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
    assert list(dicomwire.__all__) == sorted(set(dicomwire.__all__), key=str)
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
