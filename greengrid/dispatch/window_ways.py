"""Ways of a long span chosen week by week: the rows that join the weeks are priced, the rest of each week is exact.

With prices on the rows that reach over the end of a week, each week is a mixed-integer program of its own, and the
sum of their optima is a bound on every choice of ways of the whole span (Lagrangian relaxation: Geoffrion 1974,
Mathematical Programming Study 2). Weeks in which nothing is broken keep the part of the bound that their duals give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from greengrid.dispatch.bound import row_worths
from greengrid.dispatch.exact_ways import Answer, integer_ways
from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.program import Ints, Program
from greengrid.dispatch.solver import new_solver, with_limits
from greengrid.dispatch.ways import Device, Key, Piece, broken_steps, by_step, least_costs
from greengrid.hourly import Array

WINDOW_DAYS = 7
PASSES_MAX = 6
"""Times that a week is solved anew because other device-hours of it broke their ways."""


@dataclass(frozen=True)
class Window:
    """Some days of a program: its columns, the rows that stay within them, and the bound's part that is theirs."""

    first_step: int
    columns: Ints
    rows: NDArray[np.bool_]
    part_usd: float


@dataclass(frozen=True)
class _Model:
    """A week's program: costs less what the rows that leave it are worth, the other rows, their sides."""

    cost: Array
    matrix: sparse.csr_matrix
    sides: tuple[Array, Array]


def best_weeks(
    program: Program,
    found: Sequence[Device],
    keys: Sequence[Key],
    duals: tuple[Sequence[LimitRow], Array],
    gap_frac: float,
) -> Answer:
    """The best pieces of these device-hours, week by week at these duals, and a bound on every choice of the span."""
    rows, row_dual = duals
    worth, reduced = row_worths(program, rows, row_dual)
    steps, stored = least_costs(program, found, reduced)
    bound = float(worth.sum() + steps.sum() + stored.sum())
    matrix, lower, upper = with_limits(program, list(rows))
    week = _week_of_column(program)
    chosen: dict[Key, Piece] = {}
    for number in sorted({_week_of_step(program, step) for _, step in keys}):
        own = [key for key in keys if _week_of_step(program, key[1]) == number]
        window = _window(program, matrix, week, number, (worth, steps, stored))
        # Rows that leave the week are priced into its costs.
        outside = np.where(window.rows, 0.0, _counted(row_dual, lower, upper))
        cost = (program.cost - matrix.T @ outside)[window.columns]
        inside = matrix[window.rows][:, window.columns]
        model = _Model(cost, inside, (lower[window.rows], upper[window.rows]))
        answer = _week(program, found, window, model, own, gap_frac=gap_frac)
        if answer is not None:
            chosen |= answer.chosen
            bound += max(0.0, answer.bound_usd - window.part_usd)
    return Answer(chosen, bound, np.zeros(0))


def _week(
    program: Program, found: Sequence[Device], window: Window, model: _Model, keys: list[Key], *, gap_frac: float
) -> Answer | None:
    """The best pieces of a week, other device-hours of it added as they break their ways."""
    answer = None
    for _ in range(PASSES_MAX):
        solver = new_solver()  # type: ignore[no-untyped-call]
        _load(solver, program, window, model)
        better = integer_ways(solver, program, found, keys, gap_frac=gap_frac, first_step=window.first_step)
        if better is None:
            return answer
        answer = better
        fresh = _broken(program, found, window, answer.values)
        if not fresh:
            return answer
        keys = sorted({*keys, *fresh})
    return answer


def _broken(program: Program, found: Sequence[Device], window: Window, values: Array) -> list[Key]:
    """Device-hours that break their ways in a week's answer."""
    count = int((window.columns < program.levels_at).sum()) // program.template
    upper = by_step(program, program.upper)[window.first_step : window.first_step + count]
    output = values[: upper.size].reshape(upper.shape)
    return [(device, step + window.first_step) for device, step in broken_steps(output, upper, found)]


def _counted(row_dual: Array, lower: Array, upper: Array) -> Array:
    """Duals without those that price a side that is not there, as `row_worths` counts them."""
    absent = ((row_dual > 0) & ~np.isfinite(lower)) | ((row_dual < 0) & ~np.isfinite(upper))
    return np.where(absent, 0.0, row_dual)


def _week_of_step(program: Program, step: int) -> int:
    return step // (program.problem.steps_per_day * WINDOW_DAYS)


def _week_of_column(program: Program) -> Ints:
    per_week = program.problem.steps_per_day * WINDOW_DAYS
    steps = np.repeat(np.arange(program.count) // per_week, program.template)
    days = np.repeat(np.arange(program.days) // WINDOW_DAYS, len(program.problem.stores))
    return np.concatenate([steps, days, days])


def _window(
    program: Program, matrix: sparse.csr_matrix, week: Ints, number: int, parts: tuple[Array, Array, Array]
) -> Window:
    worth, steps, stored = parts
    mine = week == number
    total = np.diff(matrix.indptr)
    own_entries = np.add.reduceat(np.append(mine[matrix.indices], False).astype(np.int64), matrix.indptr[:-1])
    inside = (own_entries == total) & (total > 0)
    per_week = program.problem.steps_per_day * WINDOW_DAYS
    first = number * per_week
    part = worth[inside].sum() + steps[first : first + per_week].sum() + stored[mine[program.levels_at :]].sum()
    return Window(first, np.flatnonzero(mine), inside, float(part))


def _load(  # type: ignore[no-untyped-def]  # highspy ships no types
    solver, program: Program, window: Window, model: _Model
) -> None:
    import highspy

    columns, matrix = window.columns, model.matrix
    solver.passModel(
        len(columns),
        matrix.shape[0],
        matrix.nnz,
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        model.cost,
        program.lower[columns],
        program.upper[columns],
        *model.sides,
        matrix.indptr.astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data,
        np.zeros(len(columns), dtype=np.int32),
    )
