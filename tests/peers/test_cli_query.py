"""``dicomwire find``, ``move`` and ``get`` as people run them, against real archives."""

from __future__ import annotations

import csv
import io
import json
import signal
import threading

import pyarrow.feather
import pyarrow.parquet
import pytest
from comparing import differences, read
from processes import free_port
from scripted_queries import end, match, matches, query_scp, reset, silence, wait_for_cancel
from scripted_retrieves import counters, failed_list, get_stores
from studies import JOHN, MANY, TARO

from dicomwire import StorageReceiver

THORAX, KNEE = JOHN.studies
FORTY = MANY.studies[0]
FORTY_SERIES = [FORTY.series_uid(number) for number in range(1, 41)]
OF_STUDY = ["-k", f"StudyInstanceUID={THORAX.uid}"]
VERBS = pytest.mark.parametrize(
    "verb",
    [
        ["find"],
        ["move", "--dest", "X"],
        ["get", "-o", "x", "--sop-class", "CTImageStorage"],
    ],
    ids=lambda verb: verb[0],
)


@pytest.fixture(params=["dcmtk_archive", "orthanc_archive"])
def archive(request):
    """Return each of the archives that tell every match once."""
    return request.getfixturevalue(request.param)


def test_a_table(cli, archive):
    done = cli("find", archive.peer, "-k", "PatientName=DOE^*", "--date", "20240102")
    assert done.code == 0, done.stderr
    header, line = done.stdout.splitlines()
    assert header.split()[0] == "Date"
    assert "DOE^JOHN" in line
    # All of it, as nobody's terminal is too narrow.
    assert THORAX.uid in line
    assert done.stderr.startswith("1 match in ")


def test_json_lines_are_unicode(cli, archive):
    done = cli("find", archive.peer, "-k", "PatientID=DW-*", "--format", "jsonl", "--quiet")
    assert (done.code, done.stderr) == (0, "")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    uids = {item["0020000D"]["Value"][0] for item in found}
    assert {THORAX.uid, KNEE.uid, FORTY.uid} <= uids
    (taro,) = [item for item in found if item["00100020"]["Value"] == [TARO.id]]
    assert taro["00100010"]["Value"][0]["Ideographic"] == "山田^太郎"


def test_csv_of_the_series_of_a_study(cli, archive):
    arguments = [*OF_STUDY, "--level", "SERIES", "--modality", "CT", "--return", "SeriesNumber"]
    done = cli("find", archive.peer, *arguments, "--format", "csv", "--quiet")
    assert (done.code, done.stderr) == (0, "")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert sorted(row["SeriesInstanceUID"] for row in rows) == [
        THORAX.series_uid(1),
        THORAX.series_uid(2),
    ]
    assert {row["Modality"] for row in rows} == {"CT"}


@pytest.mark.parametrize(
    ("name", "load"),
    [("x.arrow", pyarrow.feather.read_table), ("x.parquet", pyarrow.parquet.read_table)],
)
def test_arrow_and_parquet(cli, archive, tmp_path, name, load):
    keys = ["-k", f"StudyInstanceUID={FORTY.uid}", "--level", "SERIES"]
    done = cli("find", archive.peer, *keys, "-o", tmp_path / name, "--json")
    assert (done.code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["matches"] == 40
    table = load(tmp_path / name)
    assert sorted(table.column("SeriesInstanceUID").to_pylist()) == sorted(FORTY_SERIES)
    assert set(table.column("StudyInstanceUID").to_pylist()) == {FORTY.uid}


def test_a_limit(cli, archive):
    done = cli("find", archive.peer, "--limit", "2", "--format", "jsonl")
    assert done.code == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2


@pytest.mark.parametrize("server", ["dcmtk_worklist", "orthanc_worklist"])
def test_a_worklist(cli, request, server):
    peer = request.getfixturevalue(server).peer
    arguments = ["--model", "MODALITY_WORKLIST", "--date", "20240102-20240104"]
    arguments += ["--modality", "CT", "--station-aet", "CT1"]
    done = cli("find", peer, *arguments)
    assert done.code == 0, done.stderr
    header, *lines = done.stdout.splitlines()
    assert header.split()[:4] == ["Date", "Time", "Modality", "Station"]
    assert sorted(line.split()[4] for line in lines) == [
        "DOE^JANE",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    ]


def test_a_key_of_another_level_is_an_error_before_anything_is_sent(cli):
    done = cli("find", f"PACS@127.0.0.1:{free_port()}", "-k", "Modality=CT")
    assert done.code == 2
    assert "use ModalitiesInStudy, or --relational, or --no-check" in done.stderr


@VERBS
def test_nobody_listens(cli, tmp_path, monkeypatch, verb):
    monkeypatch.chdir(tmp_path)
    done = cli(*verb, f"PACS@127.0.0.1:{free_port()}", *OF_STUDY)
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "refused" in done.stderr


RETRIEVALS = pytest.mark.parametrize(
    "verb",
    [["move", "--dest", "X"], ["get", "-o", "x", "--sop-class", "CTImageStorage"]],
    ids=lambda verb: verb[0],
)


def test_ctrl_c_cancels_a_query(spawn, scripted_peer):
    script = query_scp(matches(1), wait_for_cancel, matches(1), end(0xFE00))
    process = spawn("find", scripted_peer(script).peer, *OF_STUDY, "--format", "jsonl")
    # A match is written when it came, though nobody knows when the next one comes.
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert [json.loads(line)["00100020"]["Value"] for line in [first, *rest.splitlines()]] == [
        ["P0"],
        ["P1"],
    ]
    assert stderr.splitlines()[-1] == "dicomwire: interrupted: the query was cancelled"


def test_a_second_ctrl_c_does_not_wait_for_the_peer(spawn, scripted_peer):
    cancelled = threading.Event()
    script = query_scp(matches(1), wait_for_cancel, lambda _: cancelled.set(), silence)
    process = spawn("find", scripted_peer(script).peer, *OF_STUDY, "--format", "jsonl")
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert cancelled.wait(20)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130


def test_a_reader_that_leaves_is_no_failed_match(spawn, scripted_peer):
    # As `head` does; it is far more than a pipe holds.
    script = query_scp(matches(5000), end())
    process = spawn("find", scripted_peer(script).peer, *OF_STUDY, "--format", "jsonl")
    assert process.stdout.readline()
    process.stdout.close()
    # No traceback either.
    assert process.stderr.read() == ""
    assert process.wait(20) == 2


FORMATS = pytest.mark.parametrize("form", ["table", "json", "arrow"])


@FORMATS
def test_a_connection_that_breaks_is_an_error_in_every_format(cli, scripted_peer, tmp_path, form):
    peer = scripted_peer(query_scp(matches(3), reset)).peer
    done = cli("find", peer, *OF_STUDY, "--format", form, "-o", tmp_path / "out")
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert peer in done.stderr


@FORMATS
def test_a_failure_is_told_after_the_matches_in_every_format(cli, scripted_peer, tmp_path, form):
    script = query_scp(matches(3), end(0xA700, error_comment="disk full"))
    peer = scripted_peer(script).peer
    done = cli("find", peer, *OF_STUDY, "--format", form, "-o", tmp_path / "out")
    assert done.code == 1
    assert done.stdout.startswith("3 matches in ")
    assert done.stderr == (
        f"dicomwire: {peer} ended the query with 0xA700 (Out of resources: disk full)\n"
    )


@FORMATS
def test_an_undecodable_match_is_named_in_every_format(cli, scripted_peer, tmp_path, form):
    script = query_scp(matches(1), match(b"\x08\x00\x20"), matches(1), end())
    done = cli(
        "find", scripted_peer(script).peer, *OF_STUDY, "--format", form, "-o", tmp_path / "x"
    )
    assert done.code == 1
    assert done.stdout.startswith("3 matches in ")
    assert "1 of them undecodable" in done.stdout
    assert done.stderr.startswith("failed: match 1: ")
    assert done.stderr.count("\n") == 1


@RETRIEVALS
def test_ctrl_c_cancels_a_retrieval(spawn, scripted_peer, tmp_path, monkeypatch, verb):
    monkeypatch.chdir(tmp_path)
    asked = threading.Event()
    script = query_scp(lambda _: asked.set(), wait_for_cancel, end(0xFE00))
    process = spawn(*verb, scripted_peer(script).peer, *OF_STUDY, "--json")
    assert asked.wait(20)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 130, stderr
    assert json.loads(stdout)["completed"] == 0
    assert "interrupted" in stderr


def check_files(directory, expected, archive):
    got = {path.stem: path for path in directory.iterdir()}
    assert sorted(got) == sorted(expected)
    for uid, path in got.items():
        assert differences(read(archive.sources[uid]), read(path)) == []


def test_move_to_us(cli, archive, destinations, tmp_path):
    target = ["-o", tmp_path / "in", "--ae-title", "DICOMWIRE", "--port", destinations["DICOMWIRE"]]
    done = cli("move", archive.peer, *target, *OF_STUDY, "--verify")
    assert done.code == 0, done.stderr
    check_files(tmp_path / "in", THORAX.instance_uids(), archive)
    assert done.stdout.startswith("retrieved 6, warnings 0, failed 0: ")
    assert done.stderr.startswith("listening as DICOMWIRE on 127.0.0.1 port ")


@pytest.mark.usefixtures("engine")
def test_move_to_somebody_else(cli, archive, destinations, tmp_path):
    with StorageReceiver("RECEIVER", port=destinations["RECEIVER"], sink=tmp_path):
        done = cli("move", archive.peer, "--dest", "RECEIVER", *OF_STUDY, "--json")
    assert (done.code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["completed"] == 6
    check_files(tmp_path, THORAX.instance_uids(), archive)


def test_move_of_nothing_to_somebody_else_is_told_where_it_can_be_known(cli, dcmtk_archive):
    done = cli(
        *("move", dcmtk_archive.peer, "--dest", "RECEIVER", "--verify"),
        *("-k", "StudyInstanceUID=2.25.404"),
    )
    assert done.code == 1
    assert "it has no instances of what the keys say" in done.stderr


def test_move_to_nobody(cli, dcmtk_archive):
    done = cli("move", dcmtk_archive.peer, "--dest", "NOBODY", *OF_STUDY)
    assert (done.code, done.stdout[:12]) == (1, "retrieved 0,")
    assert "0xA801 (Move destination unknown" in done.stderr


def test_get_into_a_directory(cli, archive, tmp_path):
    done = cli("get", archive.peer, "-o", tmp_path / "in", *OF_STUDY, "--verify")
    assert done.code == 0, done.stderr
    check_files(tmp_path / "in", THORAX.instance_uids(), archive)
    assert done.stdout.startswith("retrieved 6, warnings 0, failed 0: ")


@pytest.mark.usefixtures("engine")
def test_get_and_send_on(cli, archive, tmp_path):
    with StorageReceiver("ANY", sink=tmp_path) as receiver:
        to = f"ANY@127.0.0.1:{receiver.port}"
        done = cli("get", archive.peer, "--to", to, *OF_STUDY, "--json")
    assert (done.code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["completed"] == 6
    check_files(tmp_path, THORAX.instance_uids(), archive)


def test_what_came_before_a_connection_broke_is_told(cli, scripted_peer, tmp_path):
    peer = scripted_peer(query_scp(get_stores(["2.25.1", "2.25.2"]), reset)).peer
    target = ["-o", tmp_path / "in", "--sop-class", "CTImageStorage"]
    done = cli("get", peer, *target, *OF_STUDY)
    assert done.code == 2
    assert done.stdout.startswith("received 2: ")
    assert done.stderr.count("\n") == 1
    assert {path.name for path in (tmp_path / "in").iterdir()} == {"2.25.1.dcm", "2.25.2.dcm"}


def test_instances_that_failed_are_named(cli, scripted_peer, tmp_path):
    final = end(0xB000, failed_list(["2.25.2"]), **counters(completed=1, failed=1))
    peer = scripted_peer(query_scp(get_stores(["2.25.1"]), final)).peer
    target = ["-o", tmp_path / "in", "--sop-class", "CTImageStorage"]
    done = cli("get", peer, *target, *OF_STUDY)
    assert done.code == 1
    assert done.stdout.startswith("retrieved 1, warnings 0, failed 1")
    assert "failed: 2.25.2\n" in done.stderr
