"""How far a sweep is and how long it may take still: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

LINE_EVERY_S = 15.0


class SweepProgress:
    """Counts cases; the time left follows the work that is left, not the number of cases."""

    def __init__(self, stream: IO[str] | None) -> None:
        self._console = Console(file=stream, quiet=stream is None)
        self._bars = self._console.is_terminal
        self._bar = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(30),
            TextColumn("{task.completed:,}/{task.total:,}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[detail]}"),
            console=self._console,
            disable=not self._bars,
        )
        self._task = self._bar.add_task("cases", total=1, detail="")
        self._started = self._told = time.monotonic()

    def __enter__(self) -> SweepProgress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def checking(self, detail: str, done: int, total: int) -> None:
        """Before anything starts, and what is worked out when all cases are done."""
        self._bar.update(self._task, description=detail, total=max(total, 1), completed=done)

    def start(self) -> None:
        """The work begins: what is left is measured from here."""
        self._started = self._told = time.monotonic()

    def __call__(self, done: int, failed: int, total: int, share_frac: float) -> None:
        """`share_frac`: of the work of this run, done."""
        detail = f"{left(time.monotonic() - self._started, share_frac)}{f', {failed:,} failed' if failed else ''}"
        self._bar.update(self._task, description="cases", total=max(total, 1), completed=done, detail=detail)
        now = time.monotonic()
        if not self._bars and (now - self._told >= LINE_EVERY_S or done + failed >= total):
            self._told = now
            self._console.print(f"{done:,} of {total:,} cases, {detail}", highlight=False)


def left(elapsed_s: float, share_frac: float) -> str:
    """Words for the time left when a share of the work took so long."""
    if share_frac >= 1.0:
        return "nothing left"
    if share_frac <= 0.0 or elapsed_s < 1.0:
        return "time left not known yet"
    return f"about {in_words(elapsed_s * (1.0 / share_frac - 1.0))} left"


def in_words(duration_s: float) -> str:
    """Seconds, minutes or hours, as coarse as they are known."""
    if duration_s < 90:
        return f"{duration_s:.0f} s"
    if duration_s < 90 * 60:
        return f"{duration_s / 60:.0f} min"
    return f"{duration_s / 3600:.1f} h"
