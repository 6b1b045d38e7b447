"""The Python blocks of the guide run, in their order, against a receiver."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from generated import write_series
from pages import assert_output, blocks_of, translated

from dicomwire import StorageReceiver

GUIDE = Path(__file__).parents[2] / "docs" / "guide"


# They talk to more than a receiver, or to nobody, and have tests of their own.
WITH_OTHERS = {
    "querying.md",
    "procedure-steps.md",
    "storage-commitment.md",
    "media-creation.md",
    "other-normalized-services.md",
    "patient-updates.md",
    "printing.md",
    "printing-preview.md",
}


def blocks(page):
    return re.findall(
        r"^```python\n(.*?)^```", (GUIDE / page).read_text(), re.MULTILINE | re.DOTALL
    )


@pytest.mark.parametrize(
    "page", sorted(path.name for path in GUIDE.glob("*.md") if path.name not in WITH_OTHERS)
)
def test_the_python_of_the_guide(receiver, monkeypatch, tmp_path, capsys, page):
    write_series(tmp_path / "study", 4)
    monkeypatch.setattr("builtins.input", lambda prompt: "")
    scope = {}
    assert blocks(page)
    for code in blocks(page):
        for old, new in {
            "ORTHANC@pacs.example:4242": f"RECEIVER@127.0.0.1:{receiver.port}",
            "/data/study": str(tmp_path / "study"),
            "/data/missing": str(tmp_path / "missing"),
            "/data/incoming": str(tmp_path / "incoming"),
            "/data/changed": str(tmp_path / "changed"),
            "/data/implicit": str(tmp_path / "implicit"),
            "/data/deflated": str(tmp_path / "deflated"),
            "port=11112": "port=0",
        }.items():
            code = code.replace(old, new)  # noqa: PLW2901 - the block, made to fit
        exec(compile(code, page, "exec"), scope)
    shown = capsys.readouterr().out.splitlines()
    if page == "sending.md":
        assert shown[0] == "4 sent, 0 failed"
        assert "missing.dcm failed" in shown[1]
        assert shown[2:4] == ["5 in all", "0 left out"]
        assert {line.split()[0] for line in shown[4:8]} == {f"2.25.{1000 + n}" for n in range(4)}
        assert all(re.fullmatch(r"2\.25\.\d+ is 2\.25\.\d{30,}", line) for line in shown[4:8])
        assert shown[8:] == ["4 sent with permission to decompress"]
        assert receiver.received == 4 * 8
    elif page == "datasets.md":
        assert shown[0] == "Phantom^Water 8 (8, 8)"
        assert shown[1] == "False ['Modality', 'PatientID']"
        assert shown[2:4] == ["Phantom^Anonymous", "20 P1"]
        assert shown[4] == "Deflated Explicit VR Little Endian"
        assert "not a DICOM file" in shown[5]
        assert shown[6] == "(0028,0010)"
    elif page == "scanning.md":
        assert shown[0] == "['path', 'PatientID', 'StudyDate', 'Rows', 'ImageType', 'error']"
        assert shown[1] == "4 files, 0 with errors"
        assert "did you mean PatientName" in shown[2]
        assert shown[3:] == ["P1 None", "None cannot be read: No such file or directory", "4"]
    else:
        assert shown == ["0 received, 0 refused"]


@pytest.fixture
def others(orthanc_archive, dcmtk_worklist, destinations, tmp_path):
    """What the names in the page on queries stand for; somebody listens where it moves things."""
    with StorageReceiver("RELAY", port=destinations["RELAY"], sink=tmp_path / "archive") as archive:
        yield {
            "ORTHANC@pacs.example:4242": orthanc_archive.peer,
            "RIS@ris.example:104": dcmtk_worklist.peer,
            "ARCHIVE@archive.example:104": f"RELAY@127.0.0.1:{archive.port}",
            'move("ARCHIVE"': 'move("RELAY"',
            "WORKSTATION": "DICOMWIRE",
            "port=11112": f"port={destinations['DICOMWIRE']}",
            "/data/incoming": str(tmp_path / "incoming"),
        }


@pytest.mark.usefixtures("engine")
def test_the_python_of_the_page_on_queries(others, capsys, tmp_path):
    scope = {}
    runnable = blocks_of((GUIDE / "querying.md").read_text())
    assert all(block.output for block in runnable), "every block shows what it prints"
    for block in runnable:
        exec(compile(translated(block.code, others), "querying.md", "exec"), scope)
        assert_output(capsys.readouterr().out, block.output)
    assert len(list((tmp_path / "archive").iterdir())) == 6
    assert len(list((tmp_path / "incoming").iterdir())) == 6


@pytest.mark.usefixtures("engine")
def test_the_python_of_the_page_on_storage_commitment(
    commitment_scp, destinations, capsys, tmp_path
):
    write_series(tmp_path / "study", 4)
    names = {
        "VNA@vna.example:104": commitment_scp.peer("STORED-BACK"),
        "port=11113": f"port={destinations['DICOMWIRE']}",
        'host="0.0.0.0"': 'host="127.0.0.1"',
        "/data/study": str(tmp_path / "study"),
    }
    scope = {}
    for block in blocks_of((GUIDE / "storage-commitment.md").read_text()):
        exec(compile(translated(block.code, names), "storage-commitment.md", "exec"), scope)
        shown = capsys.readouterr().out
        if "received:" in shown:
            # The two lines of two threads.
            assert sorted(shown.splitlines()) == sorted(block.output.splitlines())
        else:
            assert_output(shown, block.output)


@pytest.mark.usefixtures("engine")
def test_the_python_of_the_page_on_printing(strict_printer, capsys, tmp_path):
    write_series(tmp_path / "study", 4)
    (tmp_path / "films").mkdir()
    strict_printer.behave(jobs=["DONE"], report_jobs=True)
    names = {
        "PRINTER@printer.example:104": strict_printer.peer,
        "/data/study": str(tmp_path / "study"),
        "/data/films": str(tmp_path / "films"),
    }
    scope = {}
    runnable = blocks_of((GUIDE / "printing.md").read_text())
    assert all(block.output for block in runnable), "every block shows what it prints"
    for block in runnable:
        exec(compile(translated(block.code, names), "printing.md", "exec"), scope)
        assert_output(capsys.readouterr().out, block.output)
    assert len(strict_printer.films()) == 5
    assert len(list((tmp_path / "films").iterdir())) == 1


def test_every_page_is_named_in_the_readme():
    readme = (GUIDE.parents[1] / "README.md").read_text()
    for path in [*GUIDE.glob("*.md"), *GUIDE.parent.glob("*.md")]:
        assert str(path.relative_to(GUIDE.parents[1])) in readme
