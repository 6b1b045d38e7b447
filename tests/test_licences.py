"""What is linked into the wheel may be given away under MIT or Apache-2.0."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Permissive licences that ask for no more than to be named.
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
}


def linked_packages():
    """Name what a wheel contains, with its licence: the normal dependencies of the extension.

    Cargo's tree knows what this platform builds; its metadata would name what only WebAssembly
    wants, too.
    """
    command = ["cargo", "tree", "--locked", "--package", "dicomwire-py", "--edges", "normal"]
    command += ["--prefix", "none", "--no-dedupe", "--format", "{p}|{l}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=50)
    return {tuple(line.split("|")) for line in done.stdout.splitlines()}


def is_allowed(expression):
    """Judge an SPDX expression: any branch of an OR, every part of an AND."""
    plain = re.sub(r"[()]", " ", expression.replace("/", " OR "))
    branches = [branch.split(" AND ") for branch in plain.split(" OR ")]
    return any(all(part.strip() in ALLOWED for part in branch) for branch in branches)


def test_every_linked_crate_has_an_allowed_licence():
    packages = linked_packages()
    assert len(packages) > 10
    refused = sorted(name for name, licence in packages if not is_allowed(licence or "none"))
    assert refused == []


def test_the_judgement():
    assert is_allowed("MIT OR GPL-3.0")
    assert is_allowed("MIT/Apache-2.0")
    assert not is_allowed("MIT AND GPL-3.0")
    assert not is_allowed("none")


def test_our_own_licence_is_in_the_package():
    for name in ("LICENSE", "LICENSE-MIT", "LICENSE-APACHE"):
        assert (ROOT / name).read_text().strip()
