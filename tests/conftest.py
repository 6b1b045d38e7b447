"""The fixtures of all tests, one plugin for each kind of peer."""

from __future__ import annotations

pytest_plugins = [
    "fix_archives",
    "fix_commitment",
    "fix_dcmtk",
    "fix_engine",
    "fix_media_creation",
    "fix_orthanc",
    "fix_patient_updates",
    "fix_printers",
    "fix_procedure_steps",
    "fix_pynetdicom",
    "fix_scripted",
    "fix_unified_procedures",
    "fix_worklists",
]
