"""Workers of a sweep on this machine: processes that end with their parent and are replaced when they die."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import Any, Protocol

from greengrid.errors import CalculationFailed
from greengrid.interruptible import interruptible

ATTEMPTS_MAX = 3
"""Workers that may die on a task, each time a new one takes it up, before it is given up."""
Work = Callable[[Any], Any]


class WorkerDied(CalculationFailed):
    """The process that worked on a task ended without an answer, again and again: most often for want of memory."""


class Pool(Protocol):
    """Where tasks are worked on."""

    @property
    def slots(self) -> int:
        """How many tasks it works on at a time; no more are given to it."""

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
    """Processes side by side, each with a task of its own: one that dies takes no other task with it."""

    def __init__(self, jobs: int) -> None:
        self.slots = jobs
        self._free = [_worker() for _ in range(jobs)]
        self._running: dict[Future[Any], _Running] = {}

    def submit(self, name: str, work: Work, task: Any) -> None:
        self._begin(_Running(name, work, task, self._free.pop(0)))

    def _begin(self, one: _Running) -> None:
        try:
            future = one.worker.submit(one.work, one.task)
        except BrokenProcessPool:  # it died between two tasks
            one = replace(one, worker=_anew(one.worker))
            future = one.worker.submit(one.work, one.task)
        self._running[future] = one

    def next_done(self, timeout_s: float) -> tuple[str, Any] | None:
        done, _ = wait(list(self._running), timeout=timeout_s, return_when=FIRST_COMPLETED)
        for future in done:
            one = self._running.pop(future)
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                one = replace(one, worker=_anew(one.worker), deaths=one.deaths + 1)
                if one.deaths < ATTEMPTS_MAX:
                    self._begin(one)
                    continue
                error = WorkerDied(f"its worker died {ATTEMPTS_MAX} times: is there enough memory? Fewer -j helps")
            self._free.append(one.worker)
            return one.name, future.result() if error is None else error
        return None

    def close(self) -> None:
        for worker in [*self._free, *(one.worker for one in self._running.values())]:
            processes = list((getattr(worker, "_processes", None) or {}).values())
            worker.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.kill()


@dataclass(frozen=True)
class _Running:
    """A task and the worker that is on it."""

    name: str
    work: Work
    task: Any
    worker: ProcessPoolExecutor
    deaths: int = 0
    """Workers that died on it."""


def _worker() -> ProcessPoolExecutor:
    """One process, started with its first task."""
    # Started anew, not forked: a fork of a process with threads may hang.
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=end_with_parent)


def _anew(dead: ProcessPoolExecutor) -> ProcessPoolExecutor:
    dead.shutdown(wait=False, cancel_futures=True)
    return _worker()


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
