"""pynetdicom's application qrscp, without the race that loses sub-operations of a C-MOVE.

It takes the arguments of qrscp, and wants the directory above in PYTHONPATH.
"""

from __future__ import annotations

from patient_pynetdicom import make_all_patient
from pynetdicom.apps.qrscp.qrscp import main

if __name__ == "__main__":
    make_all_patient()
    main()
