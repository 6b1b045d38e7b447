"""pynetdicom's application qrscp, without the race that loses it the responses of a C-MOVE.

Usage: as qrscp, with the directory above in PYTHONPATH
"""

from __future__ import annotations

import sys

from patient_pynetdicom import make_patient
from pynetdicom.apps.qrscp import qrscp

if __name__ == "__main__":
    make_patient()
    qrscp.main(sys.argv[1:])
