"""HiGHS on one program: rounds of violated limit rows, warm starts, values and duals as arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.limits import positions
from greengrid.dispatch.program import BASIC, LOWER, UPPER, Program
from greengrid.errors import CalculationFailed
from greengrid.hourly import Array

ROUNDS_MAX = 40


class NoOptimum(CalculationFailed):
    """A program without an optimum, with what is needed to find out why."""

    def __init__(self, program: Program, rows: list[LimitRow], status: str) -> None:
        first, last = program.span.first + 1, program.span.last
        super().__init__(f"the dispatch of days {first} to {last} has no optimum: {status}")
        self.program, self.rows = program, rows


Status = NDArray[np.int8]


@dataclass(frozen=True)
class Solution:
    """An optimal basis of a program and its active limit rows."""

    objective_usd: float
    values: Array
    row_dual: Array
    """Duals of the program's own rows, then of the limit rows."""
    column_status: Status
    row_status: Status
    limit_rows: tuple[LimitRow, ...]
    limit_slack_frac: Array
    """Distance of each limit row to its nearer limit, as a share of that limit."""
    rounds: int
    iterations: int


def solve(
    program: Program,
    *,
    rows: list[LimitRow] | None = None,
    basis: tuple[Status, Status] | None = None,
    margin_frac: float = 0.0,
    report: Callable[[int, int, float], None] | None = None,
) -> Solution:
    """Solves to optimality with every limit kept.

    `rows` start in the program; `basis` (columns, rows) warm-starts it. Raises `NoOptimum` when the program is
    infeasible or unbounded.
    """
    rows = list(rows or [])
    known = np.zeros((program.count, program.limits.total), dtype=bool)
    known[positions(rows)] = True
    missing = [row for row in program.limits.permanent() if not known[row.step, row.limit]]
    known[positions(missing)] = True
    rows += missing
    solver = load(program, rows)
    if basis is not None:
        # Perturbed costs would undo what the basis knows: 2.4 times slower on a join of eight weeks.
        solver.setOptionValue("dual_simplex_cost_perturbation_multiplier", 0.0)
        columns, row_status = basis
        set_basis(solver, columns, np.concatenate([row_status, np.full(len(missing), BASIC, dtype=np.int8)]))
    iterations = 0
    for number in range(1, ROUNDS_MAX + 1):
        solver.run()
        _check(solver, program, rows)
        info = solver.getInfo()
        iterations += int(info.simplex_iteration_count)
        values = np.array(solver.getSolution().col_value)
        added = program.violated(values, known, margin_frac)
        if report is not None:
            report(number, len(added), float(info.objective_function_value))
        if not added:
            return _solution(solver, program, values, rows, (program.slack_frac(values, rows), number, iterations))
        append_rows(solver, program, added)
        rows += added
        known[positions(added)] = True
    raise CalculationFailed(f"limits were still violated after {ROUNDS_MAX} rounds")


def load(program: Program, rows: list[LimitRow]):  # type: ignore[no-untyped-def]  # highspy ships no types
    """A HiGHS model of the program with these limit rows."""
    import highspy

    matrix, lower, upper = program.matrix, program.row_lower, program.row_upper
    if rows:
        extra, extra_lower, extra_upper = program.limit_matrix(rows)
        matrix = sparse.vstack([matrix, extra], format="csr")
        lower, upper = np.concatenate([lower, extra_lower]), np.concatenate([upper, extra_upper])
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (
        ("output_flag", False),
        ("log_to_console", False),
        ("threads", 1),
        ("parallel", "off"),
        ("solver", "simplex"),
        ("presolve", "off"),
        # The numbers are of one size as they are: scaled, a month takes a tenth longer, a week a third.
        ("simplex_scale_strategy", 0),
        ("random_seed", 0),
    ):
        solver.setOptionValue(name, value)
    solver.passModel(
        program.width,
        matrix.shape[0],
        matrix.nnz,
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        program.cost,
        program.lower,
        program.upper,
        lower,
        upper,
        matrix.indptr.astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data,
        np.zeros(program.width, dtype=np.int32),
    )
    return solver


def set_basis(solver, columns: Status, rows: Status) -> None:  # type: ignore[no-untyped-def]
    """Starts a loaded model from these statuses."""
    import highspy

    kinds = {
        int(kind): kind
        for kind in (
            highspy.HighsBasisStatus.kLower,
            highspy.HighsBasisStatus.kBasic,
            highspy.HighsBasisStatus.kUpper,
            highspy.HighsBasisStatus.kZero,
            highspy.HighsBasisStatus.kNonbasic,
        )
    }
    basis = highspy.HighsBasis()
    basis.col_status = [kinds[k] for k in columns.tolist()]
    basis.row_status = [kinds[k] for k in rows.tolist()]
    basis.valid = True
    basis.alien = False
    solver.setBasis(basis)


def append_rows(solver, program: Program, rows: list[LimitRow]) -> None:  # type: ignore[no-untyped-def]
    """Adds limit rows to a loaded model."""
    matrix, lower, upper = program.limit_matrix(rows)
    solver.addRows(
        len(rows),
        lower,
        upper,
        matrix.nnz,
        matrix.indptr[:-1].astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data,
    )


def _check(solver, program: Program, rows: list[LimitRow]) -> None:  # type: ignore[no-untyped-def]
    import highspy

    status = solver.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise NoOptimum(program, rows, solver.modelStatusToString(status))


def _solution(  # type: ignore[no-untyped-def]
    solver, program: Program, values: Array, rows: list[LimitRow], measured: tuple[Array, int, int]
) -> Solution:
    found = solver.getSolution()
    columns, row_status = _statuses(solver, program, rows, values, np.array(found.row_value))
    objective = float(solver.getInfo().objective_function_value)
    return Solution(objective, values, np.array(found.row_dual), columns, row_status, tuple(rows), *measured)


def _statuses(  # type: ignore[no-untyped-def]
    solver, program: Program, rows: list[LimitRow], values: Array, row_values: Array
) -> tuple[Status, Status]:
    """Statuses of columns and rows from the list of what is basic: what is not rests at its nearer side.

    Millions of statuses asked for one by one cost as much as a round of the simplex.
    """
    extra = program.limit_matrix(rows)[1:] if rows else (np.zeros(0), np.zeros(0))
    lower = np.concatenate([program.row_lower, extra[0]])
    upper = np.concatenate([program.row_upper, extra[1]])
    columns = np.where(values - program.lower <= program.upper - values, LOWER, UPPER).astype(np.int8)
    row_status = np.where(row_values - lower <= upper - row_values, LOWER, UPPER).astype(np.int8)
    _, basic = solver.getBasicVariables()
    columns[basic[basic >= 0]] = BASIC
    row_status[-basic[basic < 0] - 1] = BASIC
    return columns, row_status
