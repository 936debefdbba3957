"""Hard places: killed while writing, a full disk, a folder nobody may write to, two runs at once, damaged results."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from greengrid.errors import BadInput
from greengrid.store import check_digests, read_summary
from tests.hard.mutations import A_DAY
from tests.hard.trial import Outcome, greengrid, judged, left_over

RUN_S = 12.0
"""A run of a day of `tiny` takes about this long from start to end on a busy machine."""


def kill(number: int, seed: int, folder: Path) -> Outcome:
    """A run that replaces a whole one, killed at a random moment: what stands in its place is whole, old or new."""
    moment_s = Random(seed * 7919 + number).uniform(0.2, RUN_S)
    target = folder / "run"
    command = [sys.executable, "-m", "greengrid", "run", "tiny", "-o", str(target), "--replace", *A_DAY]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            process.wait(moment_s)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
    name = f"killed after {moment_s:.1f} s"
    standing = target if target.exists() else target.with_name(f".{target.name}.old")
    try:
        read_summary(standing)
        check_digests(standing)
    except BadInput as error:
        return Outcome(name, -9, str(error), "a result that is not whole")
    return Outcome(name, process.returncode, "")


def after_kills(folder: Path) -> Outcome:
    """The next run after all kills ends well and clears away what they left."""
    code, errors = greengrid("run", "tiny", "-o", str(folder / "run"), "--replace", *A_DAY)
    found = judged("a run after the kills", code, errors, (0,))
    if not found.wrong and left_over(folder):
        found = Outcome(found.name, code, errors, f"left over: {left_over(folder)}")
    return found


def full_disk(folder: Path, size_kb: int) -> Outcome | None:
    """A disk that is full before the run has written all; None where this user cannot make one."""
    disk = folder / f"disk{size_kb}"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(disk)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        return None
    try:
        code, errors = greengrid("run", "tiny", "-o", str(disk / "run"), *A_DAY)
        left = [path.name for path in disk.iterdir()]
    finally:
        subprocess.run(["umount", str(disk)], check=False)
    found = judged(f"a disk of {size_kb} kB", code, errors, (2, 3))
    return found if found.wrong or not left else Outcome(found.name, code, errors, f"left over: {left}")


def read_only(folder: Path) -> Outcome:
    """A folder in which nothing can be written, for this user or for any."""
    place = folder / "closed"
    place.mkdir()
    place.chmod(0o500)
    target = Path("/proc/run") if os.access(place, os.W_OK) else place / "run"
    code, errors = greengrid("run", "tiny", "-o", str(target), *A_DAY)
    place.chmod(0o700)
    return judged("a read-only folder", code, errors, (2,))


def two_at_once(folder: Path) -> Outcome:
    """Two runs into one folder: one ends whole, the other is told and writes nothing."""
    target = folder / "both"
    command = [sys.executable, "-m", "greengrid", "run", "tiny", "-o", str(target), *A_DAY]
    first, second = (subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2))
    errors = first.communicate()[1] + second.communicate()[1]
    codes = sorted((first.returncode, second.returncode))
    found = judged("two runs into one folder", codes[-1], errors)
    if codes != [0, 2] or left_over(folder):
        found = Outcome(found.name, codes[-1], errors, f"exit codes {codes}, left over {left_over(folder)}")
    return found


def damage(number: int, seed: int, whole: Path, folder: Path) -> Outcome:
    """A finished run with one file cut, overwritten or gone: report and page refuse it by name."""
    random = Random(seed * 104729 + number)
    place = folder / f"d{number}"
    shutil.copytree(whole, place)
    path = random.choice(sorted(p for p in place.rglob("*") if p.is_file() and p.suffix != ".pdf"))
    content = bytearray(path.read_bytes())
    kind = random.choice(("flip", "cut", "gone", "noise"))
    if kind == "gone":
        path.unlink()
    elif kind == "cut":
        path.write_bytes(content[: random.randrange(len(content))])
    elif kind == "noise":
        path.write_bytes(random.randbytes(200))
    else:
        spot = random.randrange(len(content))
        content[spot] ^= 1 << random.randrange(8)
        path.write_bytes(content)
    command = random.choice(("report", "view"))
    before = time.time_ns()
    code, errors = greengrid(command, str(place), "-o", str(folder / f"new{number}"))
    name = f"{kind} {path.relative_to(place)}, then {command}"
    expected = (0, 2) if path.name == "digests.json" else (2,)
    found = judged(name, code, errors, expected)
    new = folder / f"new{number}"
    if code == 2 and new.exists() and new.stat().st_mtime_ns >= before:
        found = Outcome(name, code, errors, "wrote a file from a damaged run")
    shutil.rmtree(place)
    return found
