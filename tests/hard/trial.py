"""One trial: a command in a process of its own, and whether it ended as a tool should."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

WELL = (0, 1, 2)
LIMIT_S = 600


@dataclass(frozen=True)
class Outcome:
    """What a command did: its exit code, what it printed, and what is wrong with that (empty: nothing)."""

    name: str
    code: int
    errors: str
    wrong: str = ""


def greengrid(*arguments: str, cwd: Path | None = None) -> tuple[int, str]:
    """Exit code and standard error of a command."""
    done = subprocess.run(
        [sys.executable, "-m", "greengrid", *arguments],
        cwd=cwd, capture_output=True, text=True, errors="replace", timeout=LIMIT_S, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


def judged(name: str, code: int, errors: str, allowed: Sequence[int] = WELL) -> Outcome:
    """An outcome with what is wrong: a trace, an exit code that is not allowed, a refusal without a word."""
    wrong = ""
    if "Traceback" in errors or "unexpectedly" in errors:
        wrong = "a trace or an unexpected error"
    elif code not in allowed:
        wrong = f"exit code {code}"
    elif code == 2 and "in the input:" not in errors and "Usage:" not in errors:
        wrong = "refused without a message"
    return Outcome(name, code, errors, wrong)


def left_over(folder: Path) -> list[str]:
    """Files that only a half-made run has."""
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))
