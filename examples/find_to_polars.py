"""Make an inventory of an archive: ``python find_to_polars.py PACS@127.0.0.1:104 all.parquet``.

All studies, then the series of each over four associations, joined into one table of a row per
series. Matches go from the wire into Arrow columns, so a million of them is no trouble here; ask
for a year at a time if it is one for the archive.
"""

from __future__ import annotations

import sys

import dicomwire as dw

STUDY_KEYS = ["StudyInstanceUID", "StudyDate", "StudyDescription", "PatientID", "PatientName"]
SERIES_KEYS = ["SeriesInstanceUID", "SeriesNumber", "Modality", "NumberOfSeriesRelatedInstances"]


def main(peer: str, file: str) -> int:
    """Ask, join, write, and print what there is of each modality."""
    scu = dw.QueryRetrieveScu(peer)
    with dw.DicomEngine():
        studies = scu.find(return_keys=STUDY_KEYS).to_polars()
        queries = [{"StudyInstanceUID": uid} for uid in studies["StudyInstanceUID"]]
        found = scu.find_many(queries, level="SERIES", return_keys=SERIES_KEYS)
        series = found.to_polars()
    for failure in found.failures:
        study_uid = queries[failure.number]["StudyInstanceUID"]
        print(f"{study_uid}: {failure.error}", file=sys.stderr)
    table = studies.select(STUDY_KEYS).join(
        series.select("StudyInstanceUID", *SERIES_KEYS), on="StudyInstanceUID"
    )
    table.write_parquet(file)
    for modality, count in sorted(table["Modality"].value_counts().iter_rows()):
        print(f"{modality}: {count} series")
    return 1 if found.failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
