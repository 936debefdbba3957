"""Where the simplex of a problem may begin: the optimal basis of a like problem, small enough to keep and to send.

It holds no values and no costs, so it says where to begin and never what comes out: the optimum is the optimum of the
problem it is used on, certified as ever. Where several dispatches cost exactly the same, the start may decide which of
them is found.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.blocks import Kept, near_start
from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.program import Status
from greengrid.dispatch.solver import Solution
from greengrid.hourly import Array


@dataclass(frozen=True)
class WarmStart:
    """Limit rows and basis of a solved problem; fits every problem with the same columns, hours, stores and limits."""

    shape: str
    """SHA-256 of what a problem must have in common."""
    kept: Kept
    """Columns of the template that took part."""
    rows: tuple[LimitRow, ...]
    columns: Status
    row_status: Status
    """Own rows of the program, then the limit rows."""
    cost_usd: float
    """For the progress bar only."""

    @property
    def basis(self) -> tuple[Status, Status]:
        """Statuses of columns and rows."""
        return self.columns, self.row_status

    def fits(self, problem: Problem) -> bool:
        """Whether the basis is one of this problem too: bounds, costs and coefficients may differ."""
        return self.shape == shape_of(problem)

    def to_bytes(self) -> bytes:
        """Compressed arrays; nothing in them can run."""
        choices = [np.frombuffer(row.choice, dtype=np.uint8) for row in self.rows]
        target = io.BytesIO()
        np.savez_compressed(
            target,
            shape=np.frombuffer(bytes.fromhex(self.shape), dtype=np.uint8),
            kept=self.kept,
            step=np.array([row.step for row in self.rows], dtype=np.int32),
            limit=np.array([row.limit for row in self.rows], dtype=np.int32),
            choice_length=np.array([len(choice) for choice in choices], dtype=np.int32),
            choice=np.concatenate([np.zeros(0, dtype=np.uint8), *choices]),
            columns=self.columns,
            row_status=self.row_status,
            cost=np.array([self.cost_usd]),
        )
        return target.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> WarmStart:
        """What `to_bytes` wrote. Raises ValueError (or OSError, KeyError) for anything else."""
        with np.load(io.BytesIO(content), allow_pickle=False) as found:
            parts: dict[str, Array] = {name: found[name] for name in found.files}
        return cls(
            shape=parts["shape"].tobytes().hex(),
            kept=parts["kept"].astype(bool),
            rows=tuple(_rows(parts["step"], parts["limit"], parts["choice_length"], parts["choice"])),
            columns=parts["columns"].astype(np.int8),
            row_status=parts["row_status"].astype(np.int8),
            cost_usd=float(parts["cost"][0]),
        )


def warm_start(problem: Problem, kept: Kept, solution: Solution, own_rows: int, cost_usd: float) -> WarmStart:
    """The start that a solution leaves; `own_rows` of its rows come before the limit rows."""
    rows, (columns, row_status) = near_start(solution, own_rows)
    return WarmStart(shape_of(problem), kept, tuple(rows), columns, row_status, cost_usd)


def shape_of(problem: Problem) -> str:
    """SHA-256 over the names of columns, stores and limits, and the number of steps."""
    columns = problem.columns
    families = [family.limits for family in problem.families] + [family.limits for family in problem.concave]
    names = {
        "columns": [columns.kind, columns.name, columns.segment.tolist(), columns.direction.tolist()],
        "steps": [problem.steps, problem.days],
        "stores": [store.name for store in problem.stores],
        "limits": [problem.network.limits, *families],
        "rows": [len(problem.joint), len(problem.batteries), len(set(problem.network.area_of_bus.tolist()))],
    }
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()


def _rows(
    step: NDArray[np.generic], limit: NDArray[np.generic], length: NDArray[np.generic], choice: NDArray[np.generic]
) -> list[LimitRow]:
    ends = np.cumsum(length.astype(np.int64))
    cuts = itertools.pairwise([0, *ends.tolist()])
    packed = choice.astype(np.uint8).tobytes()
    places = zip(step.tolist(), limit.tolist(), cuts, strict=True)
    return [LimitRow(int(at), int(which), packed[first:last]) for at, which, (first, last) in places]
