"""Tasks for workers of a sweep's pool, which import this file by its name: one kills its worker, one waits."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple


class Deadly(NamedTuple):
    """Kills its worker so often, as lack of memory does."""

    tally: Path
    times: int


class Slow(NamedTuple):
    """Ends when a file is there."""

    tally: Path
    until: Path


def die(task: Deadly) -> int:
    """The number of the start that lived."""
    starts = _started(task.tally)
    if starts <= task.times:
        os._exit(9)
    return starts


def wait(task: Slow) -> int:
    """How often it was started."""
    starts = _started(task.tally)
    while not task.until.exists():
        time.sleep(0.02)
    return starts


def fail(task: str) -> None:
    """An error is an answer."""
    raise ValueError(task)


def _started(tally: Path) -> int:
    with tally.open("a") as file:
        file.write(".")
    return tally.stat().st_size
