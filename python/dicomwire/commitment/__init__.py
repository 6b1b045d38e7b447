"""Storage commitment without its network: what is asked for, what is reported (PS3.4 annex J)."""

from __future__ import annotations

from .instance import CommitmentInstance
from .report import CommitmentReport, ReportError, read_report
from .request import action_information, divide
from .result import CommitmentResult, Unreadable
from .transaction import CommitmentTransaction

__all__ = [
    "CommitmentInstance",
    "CommitmentReport",
    "CommitmentResult",
    "CommitmentTransaction",
    "ReportError",
    "Unreadable",
    "action_information",
    "divide",
    "read_report",
]
