"""The exact year: a coarse year places the water, blocks of days run side by side, their bases join into one program.

1. The year in day-long steps gives reservoir levels at the ends of the blocks and prices for the energy caps.
2. Each block is solved to optimality between those levels (two at a time), network rows added where violated.
3. The blocks' optimal bases and network rows, put together, are a basis of the whole undecomposed year. Its dual
   simplex warm start frees the levels; rounds of violated network rows end in the optimum of the year.
The certificate is computed apart from the solver: `lower_bound` holds for any duals.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from greengrid.dispatch.problem import HOURS_PER_DAY, Problem, coarsen
from greengrid.dispatch.program import BASIC, LOWER, UPPER, NetworkRow, Program, Span
from greengrid.dispatch.solver import Solution, Status, solve
from greengrid.hourly import Array

Progress = Callable[[str, int, int], None]
"""(what is going on, done, of how many)"""
BLOCK_DAYS = 7
SINGLE_DAYS_MAX = 28
"""Up to this length the problem is one block: there is nothing to gain from a decomposition."""
WORKERS = 2


@dataclass(frozen=True)
class Optimum:
    """The solved year and how good it provably is."""

    program: Program
    solution: Solution
    objective_usd: float
    lower_bound_usd: float
    balance_residual_max_mw: float
    method: str

    @property
    def gap_frac(self) -> float:
        return max(0.0, (self.objective_usd - self.lower_bound_usd) / max(1.0, abs(self.objective_usd)))


def optimise(problem: Problem, progress: Progress = lambda what, done, total: None) -> Optimum:
    """The least-cost dispatch of all steps of the problem, stores cyclic."""
    whole = Span(0, problem.days, cyclic=True)
    if problem.days <= SINGLE_DAYS_MAX:
        program = Program(problem, whole)
        progress("dispatch", 0, 1)
        solution = solve(program)
        progress("dispatch", 1, 1)
        return certify(program, solution, "one linear program")
    coarse = _coarse(problem, progress)
    spans = _spans(problem, *coarse)
    blocks = _solve_blocks(problem, spans, progress)
    program = Program(problem, whole)
    rows, basis = join(program, spans, blocks, coarse[1])
    count = len(spans)

    def report(number: int, violated: int, bound: float) -> None:
        progress(
            f"whole year, round {number}: {violated} limits added, bound {bound / 1e6:,.1f} M USD", count, count + 1
        )

    progress("whole year, from the blocks' joined basis", count, count + 1)
    solution = solve(program, rows=rows, basis=basis, report=report)
    progress("whole year", count + 1, count + 1)
    return certify(program, solution, "one linear program of the whole year, started from weekly blocks")


def _coarse(problem: Problem, progress: Progress) -> tuple[Array, Array]:
    """Levels at the end of every day, shape (days, reservoirs), and the prices of the caps."""
    progress("coarse year", 0, 1)
    program = Program(coarsen(problem, HOURS_PER_DAY), Span(0, problem.days, cyclic=True))
    solution = solve(program)
    levels = solution.values[program.levels_at : program.spills_at].reshape(problem.days, -1)
    own_rows = len(program.row_lower)
    prices = -solution.row_dual[own_rows - len(problem.caps) : own_rows]
    return levels, np.maximum(prices, 0.0)


def _spans(problem: Problem, levels: Array, cap_prices: Array) -> list[Span]:
    """Blocks of whole weeks; the last takes the days that are left over."""
    starts = list(range(0, max(problem.days - BLOCK_DAYS + 1, 1), BLOCK_DAYS))
    ends = [*starts[1:], problem.days]
    per_day = problem.steps_per_day
    least = problem.lower[:, list(problem.reservoirs)] * problem.hours_per_step
    spans = []
    before = levels[-1]
    for number, (first, last) in enumerate(zip(starts, ends, strict=True)):
        reach = problem.inflow_mwh[first:last].sum(axis=0) - least[first * per_day : last * per_day].sum(axis=0)
        # A day's mean hides what the hours need: never ask for more water than the block can keep.
        after = np.minimum(levels[last - 1], before + reach)
        if number == len(starts) - 1:
            after = np.minimum(levels[-1], before + reach)
        spans.append(Span(first, last, False, before, np.maximum(after, 0.0), cap_prices))
        before = spans[-1].level_end_mwh if spans[-1].level_end_mwh is not None else before
    return spans


def _solve_blocks(problem: Problem, spans: list[Span], progress: Progress) -> list[Solution]:
    done = 0
    progress("weekly blocks", 0, len(spans) + 1)

    def one(span: Span) -> Solution:
        return solve(Program(problem, span))

    blocks = []
    # HiGHS releases the interpreter lock while it solves, so threads use both cores.
    with ThreadPoolExecutor(WORKERS) as pool:
        for solution in pool.map(one, spans):
            blocks.append(solution)
            done += 1
            progress("weekly blocks", done, len(spans) + 1)
    return blocks


def join(
    program: Program, spans: list[Span], blocks: list[Solution], cap_prices: Array
) -> tuple[list[NetworkRow], tuple[Status, Status]]:
    """The blocks' network rows and bases as one start for the whole program."""
    problem = program.problem
    reservoirs, batteries, joints = len(problem.reservoirs), len(problem.batteries), len(problem.joint)
    template = program.template
    steps, levels, spills = [], [], []
    kinds: list[list[Status]] = [[], [], [], []]
    network_status, rows, water_dual = [], [], []
    for span, block in zip(spans, blocks, strict=True):
        days = span.last - span.first
        first_step = span.first * problem.steps_per_day
        count = (len(block.column_status) - 2 * days * reservoirs) // template
        cut = count * template
        steps.append(block.column_status[:cut])
        levels.append(block.column_status[cut : cut + days * reservoirs].reshape(days, reservoirs).copy())
        spills.append(block.column_status[cut + days * reservoirs :])
        sizes = [count * program.areas, count * joints, count * batteries, days * reservoirs]
        at = 0
        for kind, size in zip(kinds, sizes, strict=True):
            kind.append(block.row_status[at : at + size])
            at += size
        water_dual.append(block.row_dual[at - days * reservoirs : at].reshape(days, reservoirs))
        network_status.append(block.row_status[at:])
        rows += [NetworkRow(row.step + first_step, row.limit) for row in block.network_rows]
    for number, level in enumerate(levels):
        following = water_dual[(number + 1) % len(levels)][0]
        reduced = following - water_dual[number][-1]
        loose = level[-1] != BASIC
        # A boxed level may rest at either end: the sign of its reduced cost says which one is dual feasible.
        level[-1] = np.where(loose, np.where(reduced >= 0, LOWER, UPPER), level[-1])
    columns = np.concatenate([*steps, *[level.ravel() for level in levels], *spills]).astype(np.int8)
    caps = _cap_basis(program, columns, blocks, spans, cap_prices)
    own = np.concatenate([np.concatenate(kind) if kind else np.zeros(0, np.int8) for kind in kinds] + [caps])
    return rows, (columns, np.concatenate([own, *network_status]).astype(np.int8))


def _cap_basis(
    program: Program, columns: Status, blocks: list[Solution], spans: list[Span], cap_prices: Array
) -> Status:
    """A priced cap becomes an active row; the capped column that is nearest to marginal takes its place as basic."""
    caps = program.problem.caps
    status = np.full(len(caps), BASIC, dtype=np.int8)
    if not caps or not np.any(cap_prices > 0):
        return status
    template = program.template
    reduced = np.concatenate(
        [
            block.reduced_cost[: (span_steps(program, span)) * template]
            for block, span in zip(blocks, spans, strict=True)
        ]
    ).reshape(-1, template)
    for number, (cap, price) in enumerate(zip(caps, cap_prices, strict=True)):
        if price <= 0:
            continue
        grid = columns[: program.levels_at].reshape(-1, template)
        candidates = np.abs(reduced[:, cap.columns])
        width = (program.problem.upper - program.problem.lower)[:, cap.columns]
        candidates = np.where((grid[:, cap.columns] != BASIC) & (width > 0), candidates, np.inf)
        step, which = np.unravel_index(int(np.argmin(candidates)), candidates.shape)
        if np.isfinite(candidates[step, which]):
            columns[int(step) * template + int(cap.columns[which])] = BASIC
            status[number] = UPPER
    return status


def span_steps(program: Program, span: Span) -> int:
    """Steps of a span of the program's problem."""
    per_day = program.problem.steps_per_day
    return min(span.last * per_day, program.problem.steps) - span.first * per_day


def certify(program: Program, solution: Solution, method: str) -> Optimum:
    """Objective, lower bound and residual, from the arrays of the problem and not from the solver's report."""
    values = np.clip(solution.values, program.lower, program.upper)
    objective = float(program.cost @ values)
    areas = program.count * program.areas
    residual = np.abs(program.matrix[:areas] @ values - program.row_lower[:areas])
    bound = lower_bound(program, list(solution.network_rows), solution.row_dual)
    return Optimum(program, solution, objective, bound, float(residual.max(initial=0.0)), method)


def lower_bound(program: Program, rows: list[NetworkRow], row_dual: Array) -> float:
    """A bound on the optimum that holds for any duals (weak duality; Bertsimas and Tsitsiklis 1997, theorem 4.3).

    With reduced costs d = c - A'y, no feasible x costs less than the sum of y times the row side it prices plus the sum
    over columns of the smaller of d x lower and d x upper. Rows not listed only raise the optimum.
    """
    extra, extra_lower, extra_upper = program.network_matrix(rows)
    own = len(program.row_lower)
    lower = np.concatenate([program.row_lower, extra_lower])
    upper = np.concatenate([program.row_upper, extra_upper])
    # A dual that prices a side a row does not have would make the bound infinite: it is left out.
    dual = np.where((row_dual > 0) & ~np.isfinite(lower), 0.0, row_dual)
    dual = np.where((dual < 0) & ~np.isfinite(upper), 0.0, dual)
    side = np.where(dual > 0, np.where(np.isfinite(lower), lower, 0), np.where(np.isfinite(upper), upper, 0))
    reduced = program.cost - program.matrix.T @ dual[:own] - extra.T @ dual[own:]
    return float(dual @ side + np.minimum(reduced * program.lower, reduced * program.upper).sum())
