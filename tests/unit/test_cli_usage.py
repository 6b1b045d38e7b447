"""The command line refuses what makes no sense: exit code 2 and one line that helps."""

from __future__ import annotations

import pytest

import dicomwire
from dicomwire.cli.main import app, main
from dicomwire.errors import ConnectError, StatusError


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the only line on standard error; nothing may be on standard output."""
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1, captured.err
    return captured.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Missing command (see dicomwire --help)"),
        (["sned"], "sned"),
        (["--no-such-option"], "--no-such-option"),
        (["echo"], "PEER' (see dicomwire echo --help)"),
        (["echo", "PACS"], "ORTHANC@pacs.example:4242"),
        (["echo", "PACS@host:99999"], "1 to 65535"),
        (["echo", "PACS@host:104", "more"], "more"),
        (["echo", "PACS@host:104", "--timeout", "0"], "--timeout"),
        (["echo", "PACS@host:104", "--timeout", "soon"], "--timeout"),
        (["echo", "PACS@host:104", "--calling-ae-title", "A" * 17], "at most 16"),
        (["send", "PACS@host:104"], "PATH"),
        (["send", "PACS@host:104", "/no/such/file"], "/no/such/file"),
        (["send", "PACS@host:104", ".", "--associations", "0"], "1 to 64, or auto"),
        (["send", "PACS@host:104", ".", "--associations", "many"], "1 to 64, or auto"),
        (["send", "PACS@host:104", ".", "--max-pdu", "5"], "--max-pdu"),
        (["send", "PACS@host:104", ".", "--transcode", "maybe"], "uncompressed"),
        (["send", "PACS@host:104", ".", "--on-failure", "cry"], "continue"),
        (["send", "PACS@host:104", ".", "--report", "/no/such/directory/r.jsonl"], "report"),
        (["send", "PACS@host:104", ".", "--wait", "3"], "are for --commit"),
        (["send", "PACS@host:104", ".", "--commit", "--wait", "-1"], "--wait"),
        (["commit", "PACS@host:104"], "PATH"),
        (["commit", "PACS@host:104", "/no/such/file"], "/no/such/file"),
        (["commit", "PACS@host:104", ".", "--wait", "-1"], "--wait"),
        (["commit", "PACS@host:104", ".", "--max-instances", "0"], "--max-instances"),
        (["commit", "PACS@host:104", ".", "--host", "127.0.0.1"], "are for --listen PORT"),
        (["receive", "--port", "0", "--discard"], "--ae-title"),
        (["receive", "--ae-title", "X", "--discard"], "--port"),
        (["receive", "--ae-title", "X", "--port", "0"], "-o DIR, or --discard"),
        (["receive", "--ae-title", "X", "--port", "65536", "--discard"], "--port"),
        (["receive", "--ae-title", "A\\B", "--port", "0", "--discard"], "backslash"),
        (["receive", "--ae-title", "X", "--port", "0", "--discard", "-o", "x"], "leave out one"),
        (
            ["receive", "--ae-title", "X", "--port", "0", "--discard", "--max-instances", "0"],
            "--max-instances",
        ),
        (["find"], "PEER' (see dicomwire find --help)"),
        (["find", "PACS@host:104", "--limit", "0"], "--limit"),
        (["move", "PACS@host:104", "--port", "many"], "--port"),
        (["get", "PACS@host:104", "--to", "PACS2"], "AET@host:port"),
        (["mpps"], "PEER' (see dicomwire mpps --help)"),
        (["mpps", "PACS@host:104"], "Missing command (see dicomwire mpps --help)"),
        (["mpps", "PACS@host:104", "start"], "-f FILE, or --worklist PEER"),
        (["patient"], "PEER' (see dicomwire patient --help)"),
        (["patient", "PACS"], "ORTHANC@pacs.example:4242"),
        (["patient", "PACS@host:104"], "Missing command (see dicomwire patient --help)"),
        (["patient", "PACS@host:104", "burn"], "burn"),
        (["patient", "PACS@host:104", "merge-patient"], "--patient-id"),
        (["update-files", "--update", "/no/such/file", ".", "-o", "x"], "/no/such/file"),
        (["update-files", ".", "-o", "x"], "--update' / '-u' (see dicomwire update-files --help)"),
        (["print"], "PEER' (see dicomwire print --help)"),
        (["print", "PACS@host:104"], "FILEs to print, or --status (see dicomwire print --help)"),
        (["demo", "please"], "please"),
        (["media"], "PEER' (see dicomwire media --help)"),
        (["media", "PACS"], "ORTHANC@pacs.example:4242"),
        (["media", "PACS@host:104"], "Missing command (see dicomwire media --help)"),
        (["media", "PACS@host:104", "burn"], "burn"),
        (["media", "PACS@host:104", "create"], "PATH"),
        (["media", "PACS@host:104", "create", "/no/such/file"], "/no/such/file"),
        (["media", "PACS@host:104", "create", ".", "--wait", "--no-initiate"], "leave out one"),
        (["media", "PACS@host:104", "create", ".", "--copies", "0"], "--copies"),
        (["media", "PACS@host:104", "create", ".", "--priority", "now"], "medium"),
        (["media", "PACS@host:104", "status", "one"], "'one' is no UID"),
        (["media", "PACS@host:104", "cancel"], "UID"),
    ],
    ids=" ".join,
)
def test_usage_errors(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    line = one_line(capsys)
    assert line.startswith("dicomwire: ")
    assert says in line


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == "dicomwire 0.1.0\n"


@pytest.mark.parametrize(
    "verb",
    [
        [],
        ["echo"],
        ["send"],
        ["commit"],
        ["find"],
        ["move"],
        ["get"],
        ["receive"],
        ["scan"],
        ["transcode"],
        ["patient"],
        ["patient", "PACS@host:104", "merge-patient"],
        ["update-files"],
        ["demo"],
        ["mpps"],
        ["mpps", "PACS@host:104", "start"],
        ["media"],
        *(["media", "PACS@host:104", verb] for verb in ("create", "initiate", "cancel", "status")),
    ],
)
def test_help(verb: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*verb, "--help"]) == 0
    captured = capsys.readouterr()
    assert "Usage: dicomwire" in captured.out
    assert captured.err == ""


def test_the_verbs_of_this_version() -> None:
    names = {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert names == {
        "echo",
        "send",
        "commit",
        "find",
        "move",
        "get",
        "receive",
        "scan",
        "transcode",
        "update_files",
        "demo",
        "print_films",
    }
    groups = {str(group.typer_instance.info.name) for group in app.registered_groups}
    assert groups == {"media", "mpps", "patient"}


def test_defaults_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", "--help"]) == 0
    # Not taken for markup.
    assert "[default: 10, 30 and" in capsys.readouterr().out


class Failing:
    """A service whose call fails."""

    error: BaseException

    def __init__(self, *arguments: object, **options: object) -> None:
        pass

    def echo(self) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConnectError("nobody listens on host port 104: is the PACS up?"), 2),
        (StatusError("the peer answered\n0x0122"), 2),
        (OSError("too many open files"), 2),
    ],
)
def test_errors_of_the_service_are_one_line(
    error: BaseException,
    code: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Failing, "error", error, raising=False)
    monkeypatch.setattr(dicomwire, "VerificationScu", Failing)
    assert main(["echo", "PACS@host:104"]) == code
    assert " ".join(str(error).split()) in one_line(capsys)


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Failing, "error", ZeroDivisionError("ours"), raising=False)
    monkeypatch.setattr(dicomwire, "VerificationScu", Failing)
    with pytest.raises(ZeroDivisionError):
        main(["echo", "PACS@host:104"])


def test_ctrl_c_in_an_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Failing, "error", KeyboardInterrupt(), raising=False)
    monkeypatch.setattr(dicomwire, "VerificationScu", Failing)
    assert main(["echo", "PACS@host:104"]) == 130


def test_a_terminal_is_safe_from_what_a_peer_sends(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Failing, "error", ConnectError("\x1b[2Jgone\r\n\x07"), raising=False)
    monkeypatch.setattr(dicomwire, "VerificationScu", Failing)
    assert main(["echo", "PACS@host:104"]) == 2
    assert one_line(capsys) == "dicomwire: \\x1b[2Jgone \\x07\n"
