"""Print management (PS3.4 annex H)."""

from __future__ import annotations

from .print_boxes import PrintBoxes
from .print_inquiries import PrintInquiries

__all__ = ["PrintScu"]


class PrintScu(PrintBoxes, PrintInquiries):
    """Print."""
