"""The exact year: a coarse year places the water, blocks of days are solved apart and joined until one program is left.

1. The year in day-long steps gives the levels of the stores (water, energy caps) at the ends of the blocks.
2. Each block is solved to optimality between those levels (two at a time), limit rows added where violated.
3. Columns for shedding and dumping that no block uses are set aside; the certificate counts them in again.
4. Neighbouring blocks are joined: their optimal bases and limit rows, put together, are a basis of the joint program,
   whose dual simplex then frees the levels between them. The last join is the whole undecomposed year, cyclic; rounds
   of violated limit rows end in its optimum.
The certificate is computed apart from the solver: `lower_bound` holds for any duals.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.infeasible import check_bounds, explain
from greengrid.dispatch.problem import Problem, Store, coarsen, without
from greengrid.dispatch.program import BASIC, LOWER, UPPER, Program, Span
from greengrid.dispatch.solver import NoOptimum, Solution, Status, solve
from greengrid.errors import CalculationFailed
from greengrid.hourly import Array

Progress = Callable[[str, int, int], None]
"""(what is going on, done, of how many)"""
Item = TypeVar("Item")
BLOCK_DAYS = 7
JOIN = 4
"""How many neighbours a join takes."""
JOIN_MARGIN_FRAC = 0.01
"""With a violated limit of a joint program come those of the same hour that are this close: fewer rounds."""
KEPT_MARGIN_FRAC = 0.05
"""A join takes over the limit rows that bind or are this close to it."""
COARSE_HOURS = 24
GAP_TARGET_FRAC = 1e-6
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
        """Distance to the bound as a share of the objective."""
        return max(0.0, (self.objective_usd - self.lower_bound_usd) / max(1.0, abs(self.objective_usd)))


@dataclass(frozen=True)
class Block:
    """An optimally solved span."""

    span: Span
    solution: Solution

    def steps(self, problem: Problem) -> Status:
        """Statuses of the template's columns, shape (steps, columns)."""
        stored = 2 * (self.span.last - self.span.first) * len(problem.stores)
        return self.solution.column_status[: len(self.solution.column_status) - stored].reshape(
            -1, problem.columns.count
        )

    def without(self, problem: Problem, kept: NDArray[np.bool_]) -> Block:
        """The block's basis for a problem without some columns, all of which rest at their lower bound."""
        steps = self.steps(problem)
        status = np.concatenate([steps[:, kept].ravel(), self.solution.column_status[steps.size :]])
        return replace(self, solution=replace(self.solution, column_status=status))


def optimise(problem: Problem, progress: Progress = lambda what, done, total: None) -> Optimum:
    """The least-cost dispatch of all steps of the problem, stores cyclic.

    Raises `BadInput` for bounds that cannot be met or do not bound, and `Infeasible` with the smallest relaxation where
    no dispatch meets every limit.
    """
    check_bounds(problem)
    try:
        return _optimise(problem, progress)
    except NoOptimum as error:
        progress("no dispatch meets every limit: looking for the smallest relaxation", 0, 1)
        raise explain(error) from error


def _optimise(problem: Problem, progress: Progress) -> Optimum:
    whole = Span(0, problem.days, cyclic=True)
    if problem.days <= SINGLE_DAYS_MAX:
        program = Program(problem, whole)
        progress("one program", 0, 1)
        solution = solve(program)
        progress("one program", 1, 1)
        return certify(program, solution, "one linear program")
    spans = _spans(problem, _coarse(problem, progress))
    blocks = _side_by_side(spans, lambda span: Block(span, solve(Program(problem, span))), progress, "blocks of days")
    kept = _used(problem, blocks)
    try:
        optimum = _finish(problem, blocks, kept, progress)
        if optimum.gap_frac <= GAP_TARGET_FRAC or kept.all():
            return optimum
    except CalculationFailed:
        if kept.all():
            raise
    # Joined, the blocks need a column of last resort that none needed alone.
    return _finish(problem, blocks, np.ones_like(kept), progress)


def _used(problem: Problem, blocks: list[Block]) -> NDArray[np.bool_]:
    """False for columns of last resort that rest at zero in every block."""
    kept = np.ones(problem.columns.count, dtype=bool)
    last_resort = problem.columns.of("shed", "dump")
    for column in last_resort:
        kept[column] = any(np.any(block.steps(problem)[:, column] != LOWER) for block in blocks)
    return kept


def _finish(problem: Problem, blocks: list[Block], kept: NDArray[np.bool_], progress: Progress) -> Optimum:
    """Joins the blocks, without the columns that are not kept, up to the whole year."""
    smaller = without(problem, kept)
    blocks = [block.without(problem, kept) for block in blocks]
    while len(blocks) > JOIN:
        groups = [blocks[k : k + JOIN] for k in range(0, len(blocks), JOIN)]
        blocks = _side_by_side(groups, lambda group: _joined(smaller, group), progress, f"joining {len(blocks)} blocks")
    program = Program(smaller, Span(0, problem.days, cyclic=True))
    rows, basis = join(program, blocks)

    def report(number: int, violated: int, bound: float) -> None:
        progress(f"whole year, round {number}: {violated} limits added, bound {bound / 1e6:,.1f} M USD", number, 8)

    progress("whole year", 0, 8)
    solution = solve(program, rows=rows, basis=basis, margin_frac=JOIN_MARGIN_FRAC, report=report)
    full = Program(problem, program.span)
    values = np.zeros(full.width)
    values[: full.levels_at].reshape(-1, len(kept))[:, kept] = solution.values[: program.levels_at].reshape(
        -1, smaller.columns.count
    )
    values[full.levels_at :] = solution.values[program.levels_at :]
    method = "one linear program of all hours, started from joined blocks of days"
    return certify(full, replace(solution, values=values), method)


def _coarse(problem: Problem, progress: Progress) -> Array:
    """Levels at the end of every day, shape (days, stores)."""
    progress("coarse year", 0, 1)
    program = Program(coarsen(problem, COARSE_HOURS), Span(0, problem.days, cyclic=True))
    return program.levels_mwh(solve(program).values)


def _spans(problem: Problem, levels: Array) -> list[Span]:
    """Blocks of whole weeks; the last takes the days that are left over."""
    starts = list(range(0, max(problem.days - BLOCK_DAYS + 1, 1), BLOCK_DAYS))
    ends = [*starts[1:], problem.days]
    per_day = problem.steps_per_day
    drawn = [_least_draw_mwh(problem, store) for store in problem.stores]
    least = np.column_stack(drawn) if drawn else np.zeros((problem.steps, 0))
    spans = []
    # What an account may hold after a week depends on the network: each block closes it, the joins open it again.
    closed = np.array([len(store.zero_days) > 0 for store in problem.stores], dtype=bool)
    start = np.array([store.start_mwh for store in problem.stores])
    before = np.where([store.cyclic for store in problem.stores], levels[-1], start)
    for first, last in zip(starts, ends, strict=True):
        reach = problem.inflow_mwh[first:last].sum(axis=0) - least[first * per_day : last * per_day].sum(axis=0)
        # A day's mean hides what the hours need: never ask for more water than the block can keep.
        after = np.where(closed, 0.0, np.maximum(np.minimum(levels[last - 1], before + reach), 0.0))
        spans.append(Span(first, last, False, before, after))
        before = after
    return spans


def _least_draw_mwh(problem: Problem, store: Store) -> Array:
    """What the columns' bounds force out of a store, or may put into it, in every step."""
    lower, upper = problem.lower[:, store.columns] * store.draw, problem.upper[:, store.columns] * store.draw
    least: Array = np.minimum(lower, upper).sum(axis=1) * problem.hours_per_step
    return least


def _side_by_side(items: Sequence[Item], work: Callable[[Item], Block], progress: Progress, what: str) -> list[Block]:
    """Solves independent spans on all workers, in order."""
    progress(what, 0, len(items))
    done = []
    # HiGHS releases the interpreter lock while it solves, so threads use both cores.
    with ThreadPoolExecutor(WORKERS) as pool:
        for block in pool.map(work, items):
            done.append(block)
            progress(what, len(done), len(items))
    return done


def _joined(problem: Problem, blocks: list[Block]) -> Block:
    """Neighbouring blocks as one, the levels between them free."""
    if len(blocks) == 1:
        return blocks[0]
    first, last = blocks[0].span, blocks[-1].span
    span = replace(first, last=last.last, level_end_mwh=last.level_end_mwh)
    program = Program(problem, span)
    rows, basis = join(program, blocks)
    return Block(span, solve(program, rows=rows, basis=basis, margin_frac=JOIN_MARGIN_FRAC))


def join(program: Program, blocks: Sequence[Block]) -> tuple[list[LimitRow], tuple[Status, Status]]:
    """The limit rows and the basis (columns, rows) that the blocks' optima make for the program of all of them."""
    parts = [_Part(program, block) for block in blocks]
    for part, following in itertools.pairwise(parts):
        part.free_end(following.water_dual[0])
    if program.span.cyclic:
        # After the last day reservoirs go on with the first; what is left of a cap is worth nothing.
        goes_on = [store.cyclic for store in program.problem.stores]
        parts[-1].free_end(np.where(goes_on, parts[0].water_dual[0], 0.0))
    columns = np.concatenate(
        [part.steps for part in parts] + [part.levels.ravel() for part in parts] + [part.spills for part in parts]
    )
    kinds = [np.concatenate([part.rows[kind] for part in parts]) for kind in range(len(parts[0].rows))]
    network = [part.network for part in parts]
    rows = [row for part in parts for row in part.limit_rows]
    return rows, (columns.astype(np.int8), np.concatenate([*kinds, *network]).astype(np.int8))


class _Part:
    """A block's statuses and duals, cut by kind of column and row."""

    def __init__(self, program: Program, block: Block) -> None:
        problem, span, solution = program.problem, block.span, block.solution
        stores = len(problem.stores)
        days = span.last - span.first
        stored = days * stores
        cut = len(solution.column_status) - 2 * stored
        count = cut // program.template
        self.steps = solution.column_status[:cut].copy()
        self.levels = solution.column_status[cut : cut + stored].reshape(days, stores).copy()
        self.spills = solution.column_status[cut + stored :]
        sizes = [count * program.areas, count * len(problem.joint), count * len(problem.batteries), stored]
        ends = np.cumsum(sizes)
        own = int(ends[-1])
        self.rows = [solution.row_status[end - size : end] for size, end in zip(sizes, ends, strict=True)]
        self.water_dual = solution.row_dual[own - stored : own].reshape(days, stores)
        # Rows far from binding are left behind: the joint program finds those it needs again.
        network = solution.row_status[own:]
        near = (network != BASIC) | (solution.limit_slack_frac < KEPT_MARGIN_FRAC)
        self.network = network[near]
        shift = (span.first - program.span.first) * problem.steps_per_day
        kept = itertools.compress(solution.limit_rows, near)
        self.limit_rows = [LimitRow(row.step + shift, row.limit) for row in kept]

    def free_end(self, dual_after: Array) -> None:
        """A boxed level may rest at either end: the sign of its reduced cost says which one is dual feasible."""
        resting = np.where(dual_after - self.water_dual[-1] >= 0, LOWER, UPPER)
        self.levels[-1] = np.where(self.levels[-1] == BASIC, BASIC, resting)


def certify(program: Program, solution: Solution, method: str) -> Optimum:
    """Objective, lower bound and residual, from the arrays of the problem and not from the solver's report."""
    values = np.clip(solution.values, program.lower, program.upper)
    objective = float(program.cost @ values)
    areas = program.count * program.areas
    residual = np.abs(program.matrix[:areas] @ values - program.row_lower[:areas])
    bound = lower_bound(program, list(solution.limit_rows), solution.row_dual)
    return Optimum(program, solution, objective, bound, float(residual.max(initial=0.0)), method)


def lower_bound(program: Program, rows: list[LimitRow], row_dual: Array) -> float:
    """A bound on the optimum that holds for any duals (weak duality; Bertsimas and Tsitsiklis 1997, theorem 4.3).

    With reduced costs d = c - A'y, no feasible x costs less than the sum of y times the row side it prices plus the sum
    over columns of the smaller of d x lower and d x upper. Rows not listed only raise the optimum.
    """
    extra, extra_lower, extra_upper = program.limit_matrix(rows)
    own = len(program.row_lower)
    lower = np.concatenate([program.row_lower, extra_lower])
    upper = np.concatenate([program.row_upper, extra_upper])
    # A dual that prices a side a row does not have would make the bound infinite: it is left out.
    dual = np.where((row_dual > 0) & ~np.isfinite(lower), 0.0, row_dual)
    dual = np.where((dual < 0) & ~np.isfinite(upper), 0.0, dual)
    side = np.where(dual > 0, np.where(np.isfinite(lower), lower, 0), np.where(np.isfinite(upper), upper, 0))
    reduced = program.cost - program.matrix.T @ dual[:own] - extra.T @ dual[own:]
    return float(dual @ side + np.minimum(reduced * program.lower, reduced * program.upper).sum())
