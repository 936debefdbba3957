"""Workers of a sweep on this machine: processes that end with their parent and are replaced when they die."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

from greengrid.errors import CalculationFailed
from greengrid.interruptible import interruptible

ATTEMPTS_MAX = 3
"""So often is a task given to a new worker when its worker died."""
Work = Callable[[Any], Any]


class WorkerDied(CalculationFailed):
    """The process that worked on a task ended without an answer, again and again: most often for want of memory."""


class Pool(Protocol):
    """Where tasks are worked on."""

    @property
    def slots(self) -> int:
        """How many tasks it works on at a time."""

    def submit(self, name: str, work: Work, task: Any) -> None:
        """Begins a task under a name of its own."""

    def next_done(self, timeout_s: float) -> tuple[str, Any] | None:
        """(name, answer or exception) of a task that has ended; None when none has within the time."""

    def close(self) -> None:
        """Ends the workers, whatever they do."""


class OwnProcess:
    """One task after another in this process."""

    slots = 1

    def __init__(self) -> None:
        self._waiting: list[tuple[str, Work, Any]] = []

    def submit(self, name: str, work: Work, task: Any) -> None:
        self._waiting.append((name, work, task))

    def next_done(self, timeout_s: float) -> tuple[str, Any] | None:
        if not self._waiting:
            return None
        name, work, task = self._waiting.pop(0)
        try:
            return name, interruptible(lambda: work(task))
        except Exception as error:
            return name, error

    def close(self) -> None:
        self._waiting.clear()


class LocalPool:
    """Processes side by side."""

    def __init__(self, jobs: int) -> None:
        self.slots = jobs
        self._pool = self._make()
        self._running: dict[Future[Any], tuple[str, Work, Any]] = {}
        self._attempts: dict[str, int] = {}

    def _make(self) -> ProcessPoolExecutor:
        # Started anew, not forked: a fork of a process with threads may hang.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.slots, mp_context=context, initializer=end_with_parent)

    def submit(self, name: str, work: Work, task: Any) -> None:
        self._attempts[name] = self._attempts.get(name, 0) + 1
        try:
            future = self._pool.submit(work, task)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = self._make()
            future = self._pool.submit(work, task)
        self._running[future] = (name, work, task)

    def next_done(self, timeout_s: float) -> tuple[str, Any] | None:
        done, _ = wait(list(self._running), timeout=timeout_s, return_when=FIRST_COMPLETED)
        for future in done:
            name, work, task = self._running.pop(future)
            error = future.exception()
            if error is None:
                return name, future.result()
            if not isinstance(error, BrokenProcessPool):
                return name, error
            if self._attempts[name] >= ATTEMPTS_MAX:
                return name, WorkerDied(f"its worker died {ATTEMPTS_MAX} times: is there enough memory? Fewer -j helps")
            self.submit(name, work, task)
        return None

    def close(self) -> None:
        processes = list((getattr(self._pool, "_processes", None) or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()


def end_with_parent() -> None:
    """A worker whose parent is gone has nobody to answer to; Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="end with parent").start()
