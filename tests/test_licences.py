"""What is linked into the wheel may be given away under MIT or Apache-2.0."""

from __future__ import annotations

import json
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


def metadata():
    # A crate that only WebAssembly wants is in no wheel of ours.
    told = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True, timeout=50)
    platform = re.search(r"^host: (\S+)$", told.stdout, re.MULTILINE)[1]
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    command += ["--filter-platform", platform]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=50)
    return json.loads(done.stdout)


def linked_packages(data):
    """Follow the normal dependencies of the extension, which is what a wheel contains."""
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    (root,) = (p["id"] for p in data["packages"] if p["name"] == "dicomwire-py")
    waiting, seen = [root], set()
    while waiting:
        identifier = waiting.pop()
        if identifier in seen:
            continue
        seen.add(identifier)
        waiting += [
            dependency["pkg"]
            for dependency in nodes[identifier]["deps"]
            if any(kind["kind"] is None for kind in dependency["dep_kinds"])
        ]
    return [package for package in data["packages"] if package["id"] in seen]


def is_allowed(expression):
    """Judge an SPDX expression: any branch of an OR, every part of an AND."""
    plain = re.sub(r"[()]", " ", expression.replace("/", " OR "))
    branches = [branch.split(" AND ") for branch in plain.split(" OR ")]
    return any(all(part.strip() in ALLOWED for part in branch) for branch in branches)


def test_every_linked_crate_has_an_allowed_licence():
    packages = linked_packages(metadata())
    assert len(packages) > 10
    refused = [
        f"{package['name']} {package['version']}: {package['license']}"
        for package in packages
        if not is_allowed(package["license"] or "none")
    ]
    assert refused == []


def test_the_judgement():
    assert is_allowed("MIT OR GPL-3.0")
    assert is_allowed("MIT/Apache-2.0")
    assert not is_allowed("MIT AND GPL-3.0")
    assert not is_allowed("none")


def test_our_own_licence_is_in_the_package():
    for name in ("LICENSE", "LICENSE-MIT", "LICENSE-APACHE"):
        assert (ROOT / name).read_text().strip()
