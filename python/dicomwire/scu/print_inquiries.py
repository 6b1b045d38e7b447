"""Asking a printer about itself and its print jobs (PS3.4 sections H.4.5, H.4.6 and H.4.11)."""

from __future__ import annotations

import time

from dicomwire.errors import ConfigError

from .print_base import PrintBase
from .print_classes import (
    COLOR_META,
    GRAYSCALE_META,
    PRINT_JOB,
    PRINTER,
    PRINTER_CONFIGURATION,
    PRINTER_CONFIGURATION_INSTANCE,
    PRINTER_INSTANCE,
)
from .print_configuration import PrinterConfiguration
from .print_status import PrinterStatus, PrintJob

__all__ = ["PrintInquiries"]


class PrintInquiries(PrintBase):
    """What can be asked at any time, with or without a film session."""

    _is_cancelled = False

    def printer(self) -> PrinterStatus:
        """Ask for the state of the printer and what it is (N-GET, PS3.4 section H.4.6.2.2).

        Returns
        -------
        PrinterStatus
            The answer; a failed status is not raised.

        Raises
        ------
        NoAcceptedContext
            If the peer offers neither printing nor the Printer SOP class.
        DicomWireError
            If the association cannot be had or ends.
        """
        with self._conversation("printer"):
            # All attributes: some printers refuse the whole request for one they do not know.
            return PrinterStatus.from_result(
                self._n_get(
                    PRINTER_INSTANCE,
                    sop_class_uid=PRINTER,
                    abstract_syntax=self._offered(GRAYSCALE_META, COLOR_META, PRINTER),
                )
            )

    def printer_configuration(self) -> PrinterConfiguration:
        """Ask what the printer can do (N-GET, PS3.4 section H.4.11.2.2).

        Returns
        -------
        PrinterConfiguration
            The answer; a failed status is not raised.

        Raises
        ------
        NoAcceptedContext
            If the peer does not offer the Printer Configuration Retrieval SOP class; few do.
        DicomWireError
            If the association cannot be had or ends.
        """
        return PrinterConfiguration.from_result(
            self._n_get(PRINTER_CONFIGURATION_INSTANCE, sop_class_uid=PRINTER_CONFIGURATION)
        )

    def print_job(self, sop_instance_uid: str) -> PrintJob:
        """Ask how far a print job has come (N-GET, PS3.4 section H.4.5.2.2).

        Parameters
        ----------
        sop_instance_uid : str
            The job, from `PrintResult.print_job_uid`.

        Returns
        -------
        PrintJob
            The answer; a failed status is not raised. Jobs that are done or failed may be
            forgotten by the printer (0x0112).

        Raises
        ------
        NoAcceptedContext
            If the peer does not offer the Print Job SOP class.
        DicomWireError
            If the association cannot be had or ends.
        """
        result = self._n_get(sop_instance_uid, sop_class_uid=PRINT_JOB)
        return PrintJob.from_result(sop_instance_uid, result)

    def wait_for_print_job(
        self, sop_instance_uid: str, timeout: float, *, interval: float = 2.0
    ) -> PrintJob:
        """Wait until a print job is done or has failed.

        The printer reports it by itself on the association that printed, so call this inside the
        same ``with scu:``. As not every printer does, it is asked now and then.

        Parameters
        ----------
        sop_instance_uid : str
            The job, from `PrintResult.print_job_uid`.
        timeout : float
            Seconds to wait.
        interval : float
            Seconds without a report after which the printer is asked.

        Returns
        -------
        PrintJob
            The last that is known: `PrintJob.is_finished` is False if the time was not enough,
            and for a job the printer does not know (any more).

        Raises
        ------
        ConfigError
            If one of the times is negative, or the interval 0.
        NoAcceptedContext
            If the peer does not offer the Print Job SOP class.
        DicomWireError
            If the association cannot be had or ends.
        """
        if timeout < 0 or interval <= 0:
            raise ConfigError("timeout must not be negative, and interval above 0")
        deadline = time.monotonic() + timeout
        self._is_cancelled = False
        with self._conversation("wait_for_print_job", PRINT_JOB):
            while True:
                left = deadline - time.monotonic()
                reported = self._job_reports.get(sop_instance_uid)
                if reported is not None and (job := PrintJob.from_report(reported)).is_finished:
                    return job
                if left > 0 and self._wait_for_report(min(interval, left), PRINT_JOB) is not None:
                    continue
                job = self._ask_about(sop_instance_uid)
                is_over = left <= interval or self._is_cancelled
                if job.is_finished or job.is_unknown or is_over:
                    return job

    def cancel(self) -> None:
        """End a wait for an event report or a print job early; any thread may call this."""
        self._is_cancelled = True
        super().cancel()

    def _ask_about(self, sop_instance_uid: str) -> PrintJob:
        """Ask for a job; what was reported before is better than no answer."""
        job = self.print_job(sop_instance_uid)
        reported = self._job_reports.get(sop_instance_uid)
        if job.execution_status is None and reported is not None:
            return PrintJob.from_report(reported)
        return job
