"""Runs what is missing of a sweep: dispatches in the order of their starts, then the cases financed on each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from greengrid.sweep import work
from greengrid.sweep.cases import Sweep, SweepCase
from greengrid.sweep.folder import SweepFolder
from greengrid.sweep.pool import Pool
from greengrid.sweep.progress import SweepProgress
from greengrid.sweep.records import DispatchRecord, FinanceRecord

BATCH = 100
"""Cases that are financed in one task."""
LOOK_S = 0.5
DISPATCH_WEIGHT = 200.0
"""Work of a dispatch against that of financing one case, until both have been measured."""


@dataclass
class Outcome:
    """What a run of a sweep left."""

    cases: int
    finished: int = 0
    """All in the folder, those of earlier runs included."""
    failed: dict[str, str] = field(default_factory=dict)
    """Dispatch key or case digest -> why."""


class SweepRun:
    """One run over what is missing."""

    def __init__(self, sweep: Sweep, folder: SweepFolder, pool: Pool, progress: SweepProgress) -> None:
        self.sweep, self.folder, self.pool, self.progress = sweep, folder, pool, progress
        self.cases: dict[str, list[SweepCase]] = {key: [] for key in sweep.dispatches}
        for one in sweep.cases:
            self.cases[one.dispatch_key].append(one)
        self.children: dict[str, list[str]] = {}
        for child, parent in sweep.parents.items():
            self.children.setdefault(parent, []).append(child)
        known = folder.financed()
        self.done = {one.identity for one in sweep.cases if one.identity in known}
        self.open_dispatches = {key for key in sweep.dispatches if folder.dispatch(key) is None}
        self.dispatches: deque[str] = deque()
        self.batches: deque[tuple[str, list[SweepCase]]] = deque()
        self.running: dict[str, tuple[str, list[SweepCase]]] = {}
        self.failed: dict[str, str] = {}
        self.work_all = self._work_left()

    def run(self) -> Outcome:
        """Works until nothing is left that can be done; what fails is told and stops nothing else."""
        self.progress.start()
        for key in self.sweep.dispatches:
            if key not in self.open_dispatches:
                self._finance(key)
            elif self.sweep.parents.get(key) not in self.open_dispatches:
                self.dispatches.append(key)
        self._tell()
        try:
            while self.batches or self.dispatches or self.running:
                self._fill()
                ended = self.pool.next_done(LOOK_S)
                if ended is not None:
                    self._ended(*ended)
                    self._tell()
        finally:
            self.folder.write("failed.json", self.failed)
        if not self.failed:
            self.folder.drop_starts()
        return Outcome(len(self.sweep.cases), self._finished(), dict(self.failed))

    def _fill(self) -> None:
        """Keeps every worker busy; financing first, as it is short."""
        while len(self.running) < self.pool.slots and (self.batches or self.dispatches):
            if self.batches:
                self._submit_batch(*self.batches.popleft())
            else:
                self._submit_dispatch(self.dispatches.popleft())

    def _submit_dispatch(self, key: str) -> None:
        parent = self.sweep.parents.get(key)
        start = self.folder.start(parent) if parent else None
        task = work.DispatchTask(key, self.sweep.dispatches[key], start, key in self.children, self.sweep.file.security)
        self.running[key] = (key, [])
        self.pool.submit(key, work.dispatch, task)

    def _submit_batch(self, key: str, cases: list[SweepCase]) -> None:
        record = self.folder.dispatch(key)
        assert record is not None
        name = f"{key}:{cases[0].digest}"
        contents = tuple(one.content for one in cases)
        self.running[name] = (key, cases)
        digests = tuple(one.mixes_digest for one in cases)
        self.pool.submit(name, work.finance, work.FinanceTask(key, contents, record.year, digests))

    def _ended(self, name: str, answer: Any) -> None:
        key, cases = self.running.pop(name)
        if isinstance(answer, BaseException):
            reason = f"{type(answer).__name__}: {answer}"
            self.failed |= {one.digest: reason for one in cases} if cases else {key: reason}
            if not cases:
                self._release(key)
        elif cases:
            self._financed(key, answer)
        else:
            self._dispatched(key, *answer)

    def _dispatched(self, key: str, record: DispatchRecord, start: bytes) -> None:
        self.folder.save_dispatch(record, start)
        self._finance(key)
        self._release(key)

    def _release(self, key: str) -> None:
        """The neighbours may start; where this one failed, from nothing."""
        self.open_dispatches.discard(key)
        self.dispatches.extendleft(reversed(self.children.get(key, [])))

    def _financed(self, key: str, records: Iterable[FinanceRecord]) -> None:
        found = list(records)
        self.folder.save_financed(key, found)
        self.done |= {(key, *one.identity) for one in found if not one.problem}
        self.failed |= {one.digest: one.problem for one in found if one.problem}

    def _finance(self, key: str) -> None:
        missing = {one.digest: one for one in self.cases[key] if one.identity not in self.done}
        left = list(missing.values())
        self.batches.extend((key, left[k : k + BATCH]) for k in range(0, len(left), BATCH))

    def _finished(self) -> int:
        return sum(one.identity in self.done for one in self.sweep.cases)

    def _work_left(self) -> float:
        cases = sum(one.identity not in self.done for one in self.sweep.cases)
        return cases + DISPATCH_WEIGHT * len(self.open_dispatches)

    def _tell(self) -> None:
        failed = sum(one.dispatch_key in self.failed or one.digest in self.failed for one in self.sweep.cases)
        share = 1.0 - (self._work_left() - failed) / self.work_all if self.work_all else 1.0
        self.progress(self._finished(), failed, len(self.sweep.cases), share)
