"""Workers of this machine: one that dies costs its own task an attempt and no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pool_work
import pytest
from pool_work import Deadly, Slow

from greengrid.sweep.pool import ATTEMPTS_MAX, LocalPool, WorkerDied

GIVEN_UP_S = 60.0


@pytest.fixture
def pool() -> Iterator[LocalPool]:
    """Two workers, ended after the test."""
    made = LocalPool(2)
    yield made
    made.close()


def _next(pool: LocalPool) -> tuple[str, Any]:
    """What ends next; a task that is taken up again is no end."""
    for _ in range(ATTEMPTS_MAX):
        if (ended := pool.next_done(GIVEN_UP_S)) is not None:
            return ended
    raise AssertionError("nothing ended")


def test_a_task_that_kills_its_worker_fails_alone(pool: LocalPool, tmp_path: Path) -> None:
    """Given up after three workers, while its neighbour runs on, started once; both workers serve again."""
    done = tmp_path / "done"
    pool.submit("slow", pool_work.wait, Slow(tmp_path / "slow", done))
    pool.submit("deadly", pool_work.die, Deadly(tmp_path / "deadly", ATTEMPTS_MAX))
    name, error = _next(pool)
    assert name == "deadly"
    assert isinstance(error, WorkerDied)
    assert "died 3 times" in str(error)
    assert (tmp_path / "deadly").stat().st_size == ATTEMPTS_MAX
    done.touch()
    pool.submit("after", pool_work.wait, Slow(tmp_path / "after", done))
    assert sorted([_next(pool), _next(pool)]) == [("after", 1), ("slow", 1)]


def test_a_task_whose_worker_died_once_is_taken_up_again(pool: LocalPool, tmp_path: Path) -> None:
    """The second worker's answer counts; an error of the work itself is its answer, at once."""
    pool.submit("once", pool_work.die, Deadly(tmp_path / "once", ATTEMPTS_MAX - 1))
    assert _next(pool) == ("once", ATTEMPTS_MAX)
    pool.submit("bad", pool_work.fail, "no such size")
    name, error = _next(pool)
    assert (name, repr(error)) == ("bad", "ValueError('no such size')")


def test_a_worker_that_died_between_two_tasks_is_replaced(tmp_path: Path) -> None:
    """No task is lost."""
    pool = LocalPool(1)
    try:
        pool.submit("first", pool_work.die, Deadly(tmp_path / "first", 0))
        assert _next(pool) == ("first", 1)
        (process,) = pool._free[0]._processes.values()
        process.kill()
        process.join()
        pool.submit("second", pool_work.die, Deadly(tmp_path / "second", 0))
        assert _next(pool) == ("second", 1)
    finally:
        pool.close()
