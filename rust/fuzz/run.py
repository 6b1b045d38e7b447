"""Fuzz everything that reads bytes from strangers: ``python rust/fuzz/run.py SECONDS``.

Installs cargo-fuzz if it is missing, builds the targets, seeds their corpora from real files, and
runs each for its share of the time, and then the comparison with pydicom. Inputs that violate a
property are minimised and listed; the exit status tells whether there were any.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).resolve().parent
RUST = HOME.parent
CORPUS, ARTIFACTS = HOME / "corpus", HOME / "artifacts"

# The longest input in bytes, the most memory in MB, and the longest time for one input in seconds.
BOUNDS = ["-max_len=8200", "-rss_limit_mb=2048", "-timeout=10"]
# cargo-fuzz asks for flags that only nightly compilers take unless told so. Our crates forbid
# unsafe code, so the address sanitizer, at half the speed, would guard little.
ENVIRONMENT = {**os.environ, "RUSTC_BOOTSTRAP": "1"}
BUILT = HOME / "target"
MINIMISING_SECONDS = 30


@dataclass
class Result:
    """What the run of one target came to."""

    target: str
    executions: int
    coverage: int
    peak_mb: int
    corpus: int
    findings: list[Path]


def cargo_fuzz(*arguments: str) -> str:
    """Run cargo-fuzz and return what it printed; its progress is shown."""
    command = ["cargo", "fuzz", *arguments]
    done = subprocess.run(
        command, cwd=RUST, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def prepare() -> list[str]:
    """Install, build and seed what is needed; return the targets."""
    has_it = subprocess.run(["cargo", "fuzz", "--version"], capture_output=True, check=False)
    if has_it.returncode:
        subprocess.run(["cargo", "install", "cargo-fuzz", "--locked", "--quiet"], check=True)
    where = ["--fuzz-dir", str(HOME), "--target-dir", str(BUILT)]
    cargo_fuzz("build", "--sanitizer", "none", *where)
    subprocess.run([sys.executable, str(HOME / "seed.py"), str(CORPUS)], check=True)
    return cargo_fuzz("list", "--fuzz-dir", str(HOME)).split()


def fuzz(target: str, *arguments: str) -> tuple[int, str]:
    """Run the program of a target; return its status and what it said."""
    (program,) = BUILT.glob(f"*/release/{target}")
    command = [str(program), *BOUNDS, *arguments]
    done = subprocess.run(command, cwd=HOME, capture_output=True, check=False)
    return done.returncode, done.stderr.decode(errors="replace")


def run(target: str, seconds: int) -> Result:
    """Run one target until its time is over or a property was violated."""
    corpus, artifacts = CORPUS / target, ARTIFACTS / target
    corpus.mkdir(parents=True, exist_ok=True)
    artifacts.mkdir(parents=True, exist_ok=True)
    before = set(artifacts.iterdir())
    status, output = fuzz(
        target,
        f"-max_total_time={seconds}",
        f"-dict={HOME / 'dicom.dict'}",
        f"-artifact_prefix={artifacts}/",
        "-print_final_stats=1",
        str(corpus),
    )
    findings = sorted(set(artifacts.iterdir()) - before)
    if status and not findings:
        sys.exit(f"{target} ended with {status}:\n{output[-2000:]}")
    if findings:
        print(output[output.find("panicked at") :][:1500])
    return Result(
        target,
        last_number(r"stat::number_of_executed_units: (\d+)", output),
        last_number(r"cov: (\d+)", output),
        last_number(r"stat::peak_rss_mb: +(\d+)", output),
        len(list(corpus.iterdir())),
        [minimised(target, finding) for finding in findings],
    )


def last_number(pattern: str, text: str) -> int:
    """Return the number of the last match."""
    numbers = re.findall(pattern, text)
    return int(numbers[-1]) if numbers else 0


def minimised(target: str, finding: Path) -> Path:
    """Make an input as short as it can be made in half a minute and still be a finding."""
    shorter = finding.with_name(f"{finding.name}.minimised")
    limits = ["-minimize_crash=1", f"-max_total_time={MINIMISING_SECONDS}"]
    fuzz(target, *limits, f"-exact_artifact_path={shorter}", str(finding))
    return shorter if shorter.exists() and shorter.stat().st_size else finding


def compare(seconds: int) -> bool:
    """Run the comparison with pydicom; tell whether it found nothing."""
    seed = str(int(time.time()))
    command = [
        sys.executable,
        str(RUST.parent / "tests" / "differential.py"),
        "--seconds",
        str(seconds),
    ]
    return subprocess.run([*command, "--seed", seed], check=False).returncode == 0


def main() -> None:
    """Run everything and print a line for each target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=int, help="for all targets together")
    seconds: int = parser.parse_args().seconds
    targets = prepare()
    share = max(1, seconds // (len(targets) + 1))
    print("| target | executions | coverage | peak MB | corpus | findings |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    findings = []
    for target in targets:
        result = run(target, share)
        findings += result.findings
        names = " ".join(str(finding.relative_to(RUST)) for finding in result.findings)
        numbers = (result.executions, result.coverage, result.peak_mb, result.corpus)
        print(f"| {target} | {' | '.join(f'{n:,}' for n in numbers)} | {names or 'none'} |")
        sys.stdout.flush()
    agrees = compare(share)
    if findings:
        print("docs/fuzzing.md says how a finding becomes a vector.")
    sys.exit(1 if findings or not agrees else 0)


if __name__ == "__main__":
    main()
