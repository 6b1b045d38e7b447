"""The types of the public names catch mistakes; what they allow is checked in ``tests/typing``."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Each line with a comment holds one mistake; the comment is the code of mypy's error for it.
MISTAKES = """
from pathlib import Path

import dicomwire as dw
from dicomwire.events import AfterCStore, BeforeCStore, InstanceReceived

peer = dw.Peer("AET", "host", "104")  # arg-type
dw.Peer.parse("AET@host:104").port = 105  # misc
dw.Timeouts(10.0)  # call-arg
dw.Timeouts(dimse="60")  # arg-type
dw.AssociationOptions(timeouts=60)  # arg-type
dw.AssociationOptions(asynchronous_operations=8)  # arg-type
dw.AssociationOptions(tiemouts=dw.Timeouts())  # call-arg
dw.VerificationScu("AET@host:104").echo().is_sucess  # attr-defined
scu = dw.StoreScu("AET@host:104")
scu.store("directory", associations="four")  # arg-type
scu.store("directory", transcode=True)  # arg-type
scu.store("directory", on_failure="retry")  # arg-type
scu.store("directory").sent = "many"  # assignment
for result in scu.store_iter("directory"):
    print(result.path.name)  # union-attr
    print(result.status + 1)  # operator
    print(result.outcome == "lost")  # comparison-overlap
    result.outcome = "sent"  # misc
scu.last_report.sent  # union-attr


def before(event: BeforeCStore) -> None:
    event.skip = "yes"  # assignment
    event.dataset.PatientName  # union-attr


def received(event: InstanceReceived) -> str:
    return event.sop_instance_uid


scu.before_c_store += received  # arg-type
dw.StorageReceiver("AET", sink=received)  # arg-type
dw.StorageReceiver("AET", sink=Path("directory"), duplicates="overwrite")  # arg-type
dw.StorageReceiver()  # call-arg
"""


def test_mistakes_are_found(tmp_path):
    file = tmp_path / "mistakes.py"
    file.write_text(MISTAKES)
    wanted = {
        (number, line.rpartition("# ")[2])
        for number, line in enumerate(MISTAKES.splitlines(), 1)
        if re.search(r"# [a-z-]+$", line)
    }
    assert wanted
    # A cache of its own: `make lint` may be running beside.
    cache = ROOT / ".mypy_cache" / "mistakes"
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--cache-dir", cache, file]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=55, check=False
    )
    pattern = r"mistakes\.py:(\d+): error: .*\[([a-z-]+)\]$"
    found = {(int(line), code) for line, code in re.findall(pattern, done.stdout, re.MULTILINE)}
    assert found == wanted, done.stdout + done.stderr
