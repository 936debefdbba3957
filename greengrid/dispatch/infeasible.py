"""Why a problem has no optimum: bounds that cannot be met, or the smallest relaxation of its limits that mends it.

Elastic programming (Chinneck and Dravnieks 1991, ORSA Journal on Computing 3(2), 157-168): every limit may give way at
one unit of cost per MWh and nothing else costs anything, so that the optimum is the least sum of relaxations. Power may
appear or vanish at a bus, a flow may pass its limit, a unit may stay below its least output, water may come from
outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.problem import Columns, Problem
from greengrid.dispatch.program import STORE_UNIT_MWH, Ints, Program
from greengrid.dispatch.solver import ROUNDS_MAX, NoOptimum, append_rows, load
from greengrid.errors import BadInput, CalculationFailed
from greengrid.errors import Problem as InputProblem
from greengrid.hourly import Array

BY_BUS_STEPS_MAX = 28 * 24
"""A longer span was already solved in parts: only what couples them can be at fault, not a bus in an hour."""
LIMIT_PREFERENCE = 1e-4
"""Of two equal relaxations the one of a named limit is said, not the power that its bus lacks."""
SHOWN_MAX = 8
SMALLEST_MWH = 1e-5
MISSING, EXCESS = "missing", "excess"


@dataclass(frozen=True)
class Relaxation:
    """One limit that must give way in one step."""

    what: str
    """The limit in words, with its bus, branch, plant or store."""
    step: int
    amount: float
    """In `unit`."""
    unit: str


class Infeasible(CalculationFailed):
    """No dispatch meets every limit; says where, and the smallest relaxation that would mend it."""

    def __init__(self, problem: Problem, relaxations: tuple[Relaxation, ...], days: tuple[int, int]) -> None:
        self.relaxations = relaxations
        total_mwh = sum(item.amount * (problem.hours_per_step if item.unit == "MW" else 1) for item in relaxations)
        lines = [
            f"no dispatch meets every limit on days {days[0] + 1} to {days[1]} of the period. "
            f"The smallest relaxation that mends it, {total_mwh:,.6g} MWh in all:"
        ]
        super().__init__("\n".join([*lines, *_sentences(problem, relaxations)]))


def _sentences(problem: Problem, relaxations: tuple[Relaxation, ...]) -> list[str]:
    grouped: dict[tuple[str, str], list[Relaxation]] = {}
    for item in relaxations:
        grouped.setdefault((item.what, item.unit), []).append(item)
    ordered = sorted(grouped.items(), key=lambda pair: -sum(item.amount for item in pair[1]))
    lines = []
    for (what, unit), items in ordered[:SHOWN_MAX]:
        worst = max(items, key=lambda item: item.amount)
        hours = f"; {len(items)} steps in all, the first at {problem.time_of(items[0].step)}" if len(items) > 1 else ""
        lines.append(f"  {what} by {worst.amount:,.6g} {unit} at {problem.time_of(worst.step)}{hours}")
    if len(ordered) > SHOWN_MAX:
        lines.append(f"  and {len(ordered) - SHOWN_MAX} limits more")
    return lines


def check_bounds(problem: Problem) -> None:
    """Raises `BadInput` naming column, hour and repair for every bound or figure that no dispatch can meet.

    Figures that are not finite (an output without a limit makes the cost fall without end), a least above the most,
    a limit of a branch, interface or store that excludes every flow or level.
    """
    found = [*_bad_columns(problem), *_bad_limits(problem)]
    for name, values in (("demand", problem.demand), ("inflow", problem.inflow_mwh)):
        names = problem.network.buses if name == "demand" else tuple(store.name for store in problem.stores)
        for row, column in _first_by_column(~np.isfinite(values)):
            hours = problem.steps_per_day if name == "inflow" else 1
            where = f"dispatch, {name} of {names[column]}, {problem.time_of(row * hours)}"
            found.append(InputProblem(where, str(values[row, column]), "a finite number"))
    if found:
        raise BadInput(found)


def _first_by_column(wrong: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(first row, column) of each column with something wrong."""
    columns = np.flatnonzero(wrong.any(axis=0))
    return [(int(np.argmax(wrong[:, column])), int(column)) for column in columns]


def _bad_columns(problem: Problem) -> Iterator[InputProblem]:
    kinds, names = problem.columns.kind, problem.columns.name
    for what, values in (("cost", problem.cost), ("least", problem.lower), ("most", problem.upper)):
        for row, column in _first_by_column(~np.isfinite(values)):
            where = f"dispatch, {what} of {kinds[column]} {names[column]}, {problem.time_of(row)}"
            remedy = "Without a limit the cost could fall without end" if what != "cost" else ""
            yield InputProblem(where, str(values[row, column]), "a finite number", remedy)
    short = problem.lower - problem.upper
    for row, column in _first_by_column(short > 1e-9):
        hours = int(np.sum(short[:, column] > 1e-9))
        where = f"dispatch, {kinds[column]} {names[column]}, {problem.time_of(row)} ({hours} steps in all)"
        least, most = problem.lower[row, column], problem.upper[row, column]
        remedy = f"Smallest repair: {short[row, column]:,.6g} less must run or {short[row, column]:,.6g} more available"
        yield InputProblem(where, f"a least of {least:,.6g} above the most of {most:,.6g}", "least <= most", remedy)


def _bad_limits(problem: Problem) -> Iterator[InputProblem]:
    network = problem.network
    for name, most, least in zip(network.limits, network.flow_max_mw, network.flow_min_mw, strict=True):
        if not least <= most:
            remedy = f"Smallest repair: {least - most:,.6g} MW wider"
            yield InputProblem(
                f"dispatch, limit of {name}", f"{least} to {most} MW", "a range that holds a flow", remedy
            )
    for store in problem.stores:
        if not 0 <= store.level_max_mwh < np.inf:
            yield InputProblem(
                f"dispatch, store {store.name}", f"{store.level_max_mwh} MWh", "a finite size, 0 or more"
            )


def explain(error: NoOptimum) -> CalculationFailed:
    """The failure with its smallest relaxation; the same error where the elastic program finds none."""
    program = error.program
    relaxations = smallest_relaxation(program, error.rows)
    if not relaxations:
        return error
    return Infeasible(program.problem, relaxations, (program.span.first, program.span.last))


def smallest_relaxation(program: Program, rows: list[LimitRow]) -> tuple[Relaxation, ...]:
    """The least sum of overstepped limits (MWh) with which the span has a solution.

    Steps count from the problem's start. Empty when there is nothing to relax. `rows` are network rows
    known to bind; more are added where violated.
    """
    elastic = Program(_elastic(program), program.span)
    _hold(elastic, program)
    return _Model(elastic, program, rows).relaxations()


def _held(program: Program) -> NDArray[np.bool_]:
    """Where the program's own bounds differ from the problem's: what was decided before; shape (steps, columns)."""
    problem, own = program.problem, slice(0, program.levels_at)
    lower, upper = problem.lower[program.steps].ravel(), problem.upper[program.steps].ravel()
    different: NDArray[np.bool_] = (program.lower[own] != lower) | (program.upper[own] != upper)
    return different.reshape(program.count, program.template)


def _hold(elastic: Program, program: Program) -> None:
    """Takes over what the program says beyond its problem: bounds of what was decided, levels, sides of rows."""
    held, shape = _held(program), (program.count, program.template)
    for wide, own in ((elastic.lower, program.lower), (elastic.upper, program.upper)):
        wide[: elastic.levels_at].reshape(program.count, -1)[:, : program.template][held] = own[
            : program.levels_at
        ].reshape(shape)[held]
        stored = elastic.width - elastic.levels_at
        wide[elastic.levels_at :] = own[program.levels_at : program.levels_at + stored]
    rows = len(elastic.row_lower)
    elastic.row_lower[:], elastic.row_upper[:] = program.row_lower[:rows], program.row_upper[:rows]
    elastic.limits.lower[:], elastic.limits.upper[:] = program.limits.lower, program.limits.upper


def _elastic(program: Program) -> Problem:
    """The problem with power that may appear and vanish at every bus, at cost 1; nothing else costs or must run."""
    problem = program.problem
    by_bus = program.count <= BY_BUS_STEPS_MAX
    buses = problem.network.buses if by_bus else ()
    names = (*problem.columns.name, *buses, *buses)
    kinds = (*problem.columns.kind, *[MISSING] * len(buses), *[EXCESS] * len(buses))
    unit = sparse.identity(len(problem.network.buses), format="csc")[:, : len(buses)]
    zeros = np.zeros(2 * len(buses), dtype=np.int64)
    columns = Columns(
        kinds, names, sparse.hstack([problem.columns.injection, unit, -unit], format="csc"),
        np.concatenate([problem.columns.segment, zeros]), np.concatenate([problem.columns.direction, zeros]),
    )  # fmt: skip
    shape = (problem.steps, len(zeros))

    def wider(values: Array, added: float) -> Array:
        return np.hstack([values, np.full(shape, added)])

    nothing, least = np.zeros_like(problem.cost), np.minimum(problem.lower, 0.0) if by_bus else problem.lower
    return replace(
        problem, columns=columns, cost=wider(nothing, 1.0), lower=wider(least, 0.0), upper=wider(problem.upper, np.inf)
    )


class _Model:
    """The elastic program in HiGHS: slack columns stand behind the program's own."""

    def __init__(self, program: Program, original: Program, rows: list[LimitRow]) -> None:
        self.program, self.original = program, original
        self.rows: list[LimitRow] = []
        self.solver = load(program, [])
        self.slack: list[tuple[str, int, float, str]] = []
        """(what, step, size of one unit, unit) of each slack column, in order."""
        self.row_count = len(program.row_lower)
        self._relax_own_rows()
        self._relax_least_output()
        self._add_network(rows)

    def relaxations(self) -> tuple[Relaxation, ...]:
        import highspy

        known = np.zeros((self.program.count, self.program.limits.total), dtype=bool)
        for _ in range(ROUNDS_MAX):
            for row in self.rows:
                known[row.step, row.limit] = True
            self.solver.run()
            if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                return ()
            values = np.array(self.solver.getSolution().col_value)
            added = self.program.violated(values[: self.program.width], known, 0.0)
            if not added:
                return self._read(values)
            self._add_network(added)
        return ()

    def _add_columns(self, rows: Ints, signs: Array, cost: Array, upper: Array) -> None:
        """One slack column per row of the model, with this sign in it."""
        count = len(rows)
        self.solver.addCols(
            count, cost, np.zeros(count), upper, count,
            np.arange(count, dtype=np.int32), rows.astype(np.int32), signs.astype(float),
        )  # fmt: skip

    def _relax_own_rows(self) -> None:
        program = self.program
        first = program.count * program.areas
        labels = list(_labels(program))
        both = np.repeat(np.arange(first, self.row_count), 2)
        signs = np.tile([1.0, -1.0], len(labels))
        sizes = np.repeat([size for _, _, size, _ in labels], 2)
        self._add_columns(both, signs, sizes * (1 - LIMIT_PREFERENCE), np.full(len(both), np.inf))
        self.slack += [label for label in labels for _ in range(2)]

    def _relax_least_output(self) -> None:
        """A row output + slack >= least for every output that must be there."""
        problem, steps = self.original.problem, self.original.steps
        least = np.where(_held(self.original), 0.0, problem.lower[steps])
        step, column = np.nonzero(least > 0)
        if self.program.count > BY_BUS_STEPS_MAX or not len(step):
            return
        count, amounts = len(step), least[step, column]
        hours = problem.hours_per_step
        self.solver.addRows(
            count, amounts, np.full(count, np.inf), count,
            np.arange(count, dtype=np.int32), (step * self.program.template + column).astype(np.int32), np.ones(count),
        )  # fmt: skip
        rows = np.arange(self.row_count, self.row_count + count)
        self._add_columns(rows, np.ones(count), np.full(count, hours * (1 - LIMIT_PREFERENCE)), amounts)
        self.row_count += count
        for at, k in zip(step.tolist(), column.tolist(), strict=True):
            what = f"less must run: {problem.columns.kind[k]} {problem.columns.name[k]}"
            self.slack.append((what, at, 1.0, "MW"))

    def _add_network(self, rows: list[LimitRow]) -> None:
        if not rows:
            return
        append_rows(self.solver, self.program, rows)
        numbers = np.repeat(np.arange(self.row_count, self.row_count + len(rows)), 2)
        hours = self.program.problem.hours_per_step
        cost = np.full(len(numbers), hours * (1 - LIMIT_PREFERENCE))
        self._add_columns(numbers, np.tile([-1.0, 1.0], len(rows)), cost, np.full(len(numbers), np.inf))
        limits = self.program.limits.names
        for row in rows:
            for way in ("forward", "reverse"):
                self.slack.append((f"wider {way} limit of {limits[row.limit]}", row.step, 1.0, "MW"))
        self.row_count += len(rows)
        self.rows += rows

    def _read(self, values: Array) -> tuple[Relaxation, ...]:
        program, first_step = self.program, self.program.steps.start
        found = []
        kinds, names = program.problem.columns.kind, program.problem.columns.name
        output = values[: program.levels_at].reshape(program.count, program.template)
        for column in program.problem.columns.of(MISSING, EXCESS):
            verb = "more supply or less demand" if kinds[column] == MISSING else "an outlet for unwanted power"
            for step in np.flatnonzero(output[:, column] > SMALLEST_MWH).tolist():
                what = f"{verb} at bus {names[column]}"
                found.append(Relaxation(what, first_step + step, float(output[step, column]), "MW"))
        for (what, step, size, unit), value in zip(self.slack, values[program.width :], strict=True):
            if value * size > SMALLEST_MWH:
                found.append(Relaxation(what, first_step + step, float(value * size), unit))
        return tuple(sorted(found, key=lambda item: (item.step, item.what)))


def _labels(program: Program) -> Iterator[tuple[str, int, float, str]]:
    """(what, step, size of one unit of the row, unit) of the program's rows after the balances, in order."""
    problem = program.problem
    names = problem.columns.name
    for step in range(program.count):
        for cross, _, _ in problem.joint:
            yield f"balance of the borders with {names[cross[0]]}", step, 1.0, "MW"
    for step in range(program.count):
        for _, _, content, _ in problem.batteries:
            yield f"content of storage {names[content]}", step, 1.0, "MWh"
    for day in range(program.days):
        for store in problem.stores:
            what = (
                f"more or less water in {store.name}" if store.cyclic else f"more or less in the account {store.name}"
            )
            unit = "tCO2" if store.name.startswith("CO2 ") else "MWh"
            yield what, day * problem.steps_per_day, STORE_UNIT_MWH, unit
