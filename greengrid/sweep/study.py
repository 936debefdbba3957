"""A sweep end to end: checked, run where it stopped, gathered in its tables."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from greengrid.sweep.axes import SweepFile, read_sweep
from greengrid.sweep.cases import Sweep, make_cases
from greengrid.sweep.decision import write_decision
from greengrid.sweep.folder import SweepFolder
from greengrid.sweep.pool import LocalPool, OwnProcess, Pool
from greengrid.sweep.progress import SweepProgress
from greengrid.sweep.run import SweepRun
from greengrid.sweep.table import Gathered, write_tables


def run_sweep(
    case: str,
    file: Path | SweepFile,
    out: Path,
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    overrides: Iterable[str] = (),
    progress: SweepProgress | None = None,
) -> Gathered:
    """Runs a sweep, or what is missing of it, and writes its tables, also when it is stopped on the way.

    Raises `BadInput` with every problem of every case before any of them starts.
    """
    progress = progress or SweepProgress(None)
    swept = read_sweep(file) if isinstance(file, Path) else file
    return run_cases(make_cases(case, swept, overrides, progress.checking), out, jobs, scheduler, progress)


def run_cases(sweep: Sweep, out: Path, jobs: int, scheduler: str | None, progress: SweepProgress) -> Gathered:
    """As `run_sweep`, of cases that are checked."""
    folder = SweepFolder(out)
    with folder.opened(sweep):
        pool = _pool(jobs, scheduler)
        try:
            SweepRun(sweep, folder, pool, progress).run()
        finally:
            pool.close()
            found = write_tables(folder)
        write_decision(found, sweep, folder, progress.checking)
    return found


def _pool(jobs: int, scheduler: str | None) -> Pool:
    if scheduler is not None:
        from greengrid.sweep.cluster import ClusterPool

        return ClusterPool(scheduler)
    return LocalPool(jobs) if jobs > 1 else OwnProcess()
