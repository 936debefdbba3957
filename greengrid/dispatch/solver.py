"""HiGHS on one program: rounds of violated limit rows, warm starts, values and duals as arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from greengrid.dispatch import sifting
from greengrid.dispatch.bound import priced
from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.limits import positions
from greengrid.dispatch.program import BASIC, LOWER, UPPER, Ints, Program, Status
from greengrid.dispatch.sifting import Present
from greengrid.errors import CalculationFailed
from greengrid.hourly import Array

ROUNDS_MAX = 40


class NoOptimum(CalculationFailed):
    """A program without an optimum, with what is needed to find out why."""

    def __init__(self, program: Program, rows: list[LimitRow], status: str) -> None:
        first, last = program.span.first + 1, program.span.last
        super().__init__(f"the dispatch of days {first} to {last} has no optimum: {status}")
        self.program, self.rows = program, rows


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
    row_dual: Array | None = None,
    margin_frac: float = 0.0,
    report: Callable[[int, int, float], None] | None = None,
) -> Solution:
    """Solves to optimality with every limit kept.

    `rows` start in the program; `basis` (columns, rows) warm-starts it; `row_dual`, duals of the program's own rows and
    of `rows` that are nearly right, leave out columns that will not move (see `sifting`). Raises `NoOptimum` when the
    program is infeasible or unbounded.
    """
    model = Model(program, rows=rows, basis=basis, row_dual=row_dual)
    return model.solution(*model.settle(margin_frac=margin_frac, report=report))


class Model:
    """A program in the solver, with the limit rows and the columns that it needed so far."""

    def __init__(
        self,
        program: Program,
        *,
        rows: list[LimitRow] | None = None,
        basis: tuple[Status, Status] | None = None,
        row_dual: Array | None = None,
    ) -> None:
        self.program, self.rows, self.started = program, list(rows or []), basis is not None
        self.known = np.zeros((program.count, program.limits.total), dtype=bool)
        self.known[positions(self.rows)] = True
        missing = [row for row in program.limits.permanent() if not self.known[row.step, row.limit]]
        self.known[positions(missing)] = True
        self.present = sifting.everything(program)
        if basis is not None and row_dual is not None:
            self.present = sifting.near(program, basis[0], priced(program, self.rows, row_dual)[1])
        self.rows += missing
        self.solver = load(program, self.rows, self.present)
        if basis is not None:
            # Perturbed costs would undo what the basis knows: 2.4 times slower on a join of eight weeks.
            self.solver.setOptionValue("dual_simplex_cost_perturbation_multiplier", 0.0)
            columns, row_status = basis
            row_status = np.concatenate([row_status, np.full(len(missing), BASIC, dtype=np.int8)])
            set_basis(self.solver, columns[self.present.columns], row_status)

    def settle(
        self, *, margin_frac: float = 0.0, report: Callable[[int, int, float], None] | None = None
    ) -> tuple[Array, int, int]:
        """Rounds until no limit is broken and no column that is left out would help: (values, rounds, iterations)."""
        iterations = 0
        for number in range(1, ROUNDS_MAX + 1):
            self._run()
            info, found = self.solver.getInfo(), self.solver.getSolution()
            iterations += int(info.simplex_iteration_count)
            values = self.present.values(np.array(found.col_value))
            added = self.program.violated(values, self.known, margin_frac)
            if report is not None:
                report(number, len(added), float(info.objective_function_value))
            wanted = _wanted(self.program, self.rows, self.present, np.array(found.row_dual))
            if not added and not len(wanted):
                return values, number, iterations
            if len(wanted):
                self.present = append_columns(self.solver, self.program, self.rows, self.present, wanted)
            append_rows(self.solver, self.program, added, self.present)
            self.rows += added
            self.known[positions(added)] = True
        raise CalculationFailed(f"limits were still violated after {ROUNDS_MAX} rounds")

    def _run(self) -> None:
        solver = self.solver
        solver.run()
        if self.started and _failed(solver):
            # Put together from parts, a start may be too far from any basis; it never says what to find.
            solver.clearSolver()
            solver.run()
        if not _optimal(solver) and not self.present.whole:
            # What rests out of sight may be what is needed.
            absent = sifting.absent(self.program, self.present)
            self.present = append_columns(solver, self.program, self.rows, self.present, absent)
            solver.run()
        _check(solver, self.program, self.rows)

    @property
    def objective_usd(self) -> float:
        """Of what was found last."""
        return float(self.solver.getInfo().objective_function_value)

    def move_to(self, program: Program) -> None:
        """Takes the sides of a program that differs in nothing else; the next solve starts from the last basis."""
        self.program = program
        matrix, lower, upper = with_limits(program, self.rows)
        taken = self.present.taken(matrix)
        every = np.arange(len(lower), dtype=np.int32)
        self.solver.changeRowsBounds(len(every), every, lower - taken, upper - taken)

    def solution(self, values: Array, rounds: int, iterations: int) -> Solution:
        """What `settle` found, as arrays."""
        measured = self.program.slack_frac(values, self.rows), rounds, iterations
        return _solution(self.solver, self.program, self.present, self.rows, measured)


def _wanted(program: Program, rows: list[LimitRow], present: Present, row_dual: Array) -> Ints:
    if present.whole:
        return np.zeros(0, dtype=np.int64)
    return sifting.wanted(program, present, priced(program, rows, row_dual)[1])


def load(  # type: ignore[no-untyped-def]  # highspy ships no types
    program: Program, rows: list[LimitRow], present: Present | None = None
):
    """A HiGHS model of the program with these limit rows and the columns that are present (all of them)."""
    import highspy

    present = present or sifting.everything(program)
    at = present.columns
    matrix, lower, upper = with_limits(program, rows)
    taken = present.taken(matrix)
    matrix = present.matrix(matrix)
    solver = new_solver()  # type: ignore[no-untyped-call]
    solver.passModel(
        len(at),
        matrix.shape[0],
        matrix.nnz,
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        float(program.cost @ present.rest),
        program.cost[at],
        (program.lower - present.rest)[at],
        (program.upper - present.rest)[at],
        lower - taken,
        upper - taken,
        matrix.indptr.astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data,
        np.zeros(len(at), dtype=np.int32),
    )
    return solver


def new_solver():  # type: ignore[no-untyped-def]
    """HiGHS without a model: quiet, one thread, the same steps every time."""
    import highspy

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
    return solver


def with_limits(program: Program, rows: list[LimitRow]) -> tuple[sparse.csr_matrix, Array, Array]:
    """(matrix, lower, upper side) of the program's own rows, then of the limit rows."""
    matrix, lower, upper = program.matrix, program.row_lower, program.row_upper
    if rows:
        extra, extra_lower, extra_upper = program.limit_matrix(rows)
        matrix = sparse.vstack([matrix, extra], format="csr")
        lower, upper = np.concatenate([lower, extra_lower]), np.concatenate([upper, extra_upper])
    return matrix, lower, upper


def set_basis(solver, columns: Status, rows: Status) -> None:  # type: ignore[no-untyped-def]
    """Starts a loaded model from these statuses; where they are no basis, from one that is near."""
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
    basis.alien = int((columns == BASIC).sum() + (rows == BASIC).sum()) != len(rows)
    solver.setBasis(basis)


def append_rows(  # type: ignore[no-untyped-def]
    solver, program: Program, rows: list[LimitRow], present: Present | None = None
) -> None:
    """Adds limit rows to a loaded model that holds the present columns (all of them)."""
    if not rows:
        return
    present = present or sifting.everything(program)
    matrix, lower, upper = program.limit_matrix(rows)
    taken = present.taken(matrix)
    matrix = present.matrix(matrix)
    solver.addRows(
        len(rows),
        lower - taken,
        upper - taken,
        matrix.nnz,
        matrix.indptr[:-1].astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data,
    )


def append_columns(  # type: ignore[no-untyped-def]
    solver, program: Program, rows: list[LimitRow], present: Present, columns: Ints
) -> Present:
    """Adds columns to a loaded model, resting where they did; what is present then."""
    matrix = with_limits(program, rows)[0][:, columns].tocsc()
    solver.addCols(
        len(columns),
        program.cost[columns],
        (program.lower - present.rest)[columns],
        (program.upper - present.rest)[columns],
        matrix.nnz,
        matrix.indptr[:-1].astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data,
    )
    return present.with_columns(columns)


def _optimal(solver) -> bool:  # type: ignore[no-untyped-def]
    import highspy

    return bool(solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)


def _failed(solver) -> bool:  # type: ignore[no-untyped-def]
    """Whether the simplex itself gave up, and did not find that there is no optimum."""
    import highspy

    return bool(solver.getModelStatus() == highspy.HighsModelStatus.kSolveError)


def _check(solver, program: Program, rows: list[LimitRow]) -> None:  # type: ignore[no-untyped-def]
    if not _optimal(solver):
        raise NoOptimum(program, rows, solver.modelStatusToString(solver.getModelStatus()))


def _solution(  # type: ignore[no-untyped-def]
    solver, program: Program, present: Present, rows: list[LimitRow], measured: tuple[Array, int, int]
) -> Solution:
    found = solver.getSolution()
    values = present.values(np.array(found.col_value))
    columns, row_status = _statuses(solver, program, rows, values, present)
    objective = float(solver.getInfo().objective_function_value)
    return Solution(objective, values, np.array(found.row_dual), columns, row_status, tuple(rows), *measured)


def _statuses(  # type: ignore[no-untyped-def]
    solver, program: Program, rows: list[LimitRow], values: Array, present: Present
) -> tuple[Status, Status]:
    """Statuses of columns and rows from the list of what is basic: what is not rests at its nearer side.

    Millions of statuses asked for one by one cost as much as a round of the simplex.
    """
    matrix, lower, upper = with_limits(program, rows)
    row_values = matrix @ values
    columns = np.where(values - program.lower <= program.upper - values, LOWER, UPPER).astype(np.int8)
    row_status = np.where(row_values - lower <= upper - row_values, LOWER, UPPER).astype(np.int8)
    _, basic = solver.getBasicVariables()
    columns[present.columns[basic[basic >= 0]]] = BASIC
    row_status[-basic[basic < 0] - 1] = BASIC
    return columns, row_status
