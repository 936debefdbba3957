"""Progress of long work: a bar per stage on a terminal, a quiet line per stage elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Reporter:
    """Stages one after another; also keeps how long each took (`timings_s`)."""

    def __init__(self, stream: IO[str] | None) -> None:
        self.timings_s: dict[str, float] = {}
        self._console = Console(file=stream, quiet=stream is None)
        self._bars = self._console.is_terminal
        self._progress = Progress(
            TextColumn("{task.description:<28}"),
            BarColumn(30),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[detail]}"),
            console=self._console,
            disable=not self._bars,
        )
        self._task: TaskID | None = None
        self._stage = ""
        self._started = 0.0

    def __enter__(self) -> Reporter:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.finish()
        self._progress.stop()

    def stage(self, name: str) -> None:
        """Ends the running stage and begins the next."""
        self.finish()
        self._stage, self._started = name, time.perf_counter()
        self._task = self._progress.add_task(name, total=None, detail="")

    def __call__(self, detail: str, done: int, total: int) -> None:
        """Where the running stage is: usable as the progress argument of any stage."""
        if self._task is not None:
            self._progress.update(self._task, total=max(total, 1), completed=done, detail=detail)

    def finish(self) -> None:
        """Ends the running stage."""
        if self._task is None:
            return
        seconds = time.perf_counter() - self._started
        self.timings_s[self._stage] = self.timings_s.get(self._stage, 0.0) + seconds
        self._progress.update(self._task, total=1, completed=1, detail="")
        if not self._bars:
            self._console.print(f"{self._stage:<28} {seconds:7.1f} s", highlight=False)
        self._task = None
