"""Blocks of days: levels of the stores at their ends from a coarse year, and how solved neighbours make one program."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.priced_caps import Prices, prices
from greengrid.dispatch.problem import Problem, Store, coarsen
from greengrid.dispatch.program import BASIC, LOWER, UPPER, Program, Span, Status
from greengrid.dispatch.solver import Solution, solve
from greengrid.hourly import Array

Progress = Callable[[str, int, int], None]
"""(what is going on, done, of how many)"""
Item = TypeVar("Item")
Kept = NDArray[np.bool_]
"""Columns of the template that take part."""
BLOCK_DAYS = 7
JOIN_MARGIN_FRAC = 0.01
"""With a violated limit of a joint program come those of the same hour that are this close: fewer rounds."""
BLOCK_MARGIN_FRAC = 0.1
"""The same for a program that is small or begun from nothing."""
KEPT_MARGIN_FRAC = 0.05
"""A join takes over the limit rows that bind or are this close to it."""
COARSE_HOURS = 24
WORKERS = 2
CHAINS = 2
"""Whatever the workers, so that every machine takes the same way."""


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

    def without(self, problem: Problem, kept: Kept) -> Block:
        """The block's basis for a problem without some columns, all of which rest at their lower bound."""
        steps = self.steps(problem)
        status = np.concatenate([steps[:, kept].ravel(), self.solution.column_status[steps.size :]])
        return replace(self, solution=replace(self.solution, column_status=status))


def coarse_year(problem: Problem, progress: Progress) -> tuple[Array, Prices]:
    """Levels at the end of every day, shape (days, stores), and what the caps are worth, from steps of a day."""
    progress("coarse year", 0, 1)
    program = Program(coarsen(problem, COARSE_HOURS), Span(0, problem.days, cyclic=True))
    solution = solve(program)
    return program.levels_mwh(solution.values), prices(program, solution)


def block_spans(problem: Problem, levels: Array) -> list[Span]:
    """Blocks of whole weeks; the last takes the days that are left over."""
    starts = list(range(0, max(problem.days - BLOCK_DAYS + 1, 1), BLOCK_DAYS))
    ends = [*starts[1:], problem.days]
    per_day = problem.steps_per_day
    drawn = [least_draw_mwh(problem, store) for store in problem.stores]
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


def least_draw_mwh(problem: Problem, store: Store) -> Array:
    """What the columns' bounds force out of a store, or may put into it, in every step."""
    lower, upper = problem.lower[:, store.columns] * store.draw, problem.upper[:, store.columns] * store.draw
    least: Array = np.minimum(lower, upper).sum(axis=1) * problem.hours_per_step
    return least


def side_by_side(items: Sequence[Item], work: Callable[[Item], Block], progress: Progress, what: str) -> list[Block]:
    """Solves independent spans on all workers, in order."""
    progress(what, 0, len(items))
    done = []
    # HiGHS releases the interpreter lock while it solves, so threads use both cores.
    with ThreadPoolExecutor(WORKERS) as pool:
        for block in pool.map(work, items):
            done.append(block)
            progress(what, len(done), len(items))
    return done


def solve_blocks(problem: Problem, spans: Sequence[Span], progress: Progress) -> list[Block]:
    """Every span solved by itself, in two chains side by side; each goes on from the basis of the span before it.

    Weeks are alike: three quarters of the time of a start from nothing.
    """
    half = -(-len(spans) // CHAINS)
    count = itertools.count(1)

    def chain(own: Sequence[Span]) -> list[Block]:
        found: list[Block] = []
        for span in own:
            found.append(_block(problem, span, found[-1] if found else None))
            progress("blocks of days", next(count), len(spans))
        return found

    progress("blocks of days", 0, len(spans))
    # HiGHS releases the interpreter lock while it solves, so threads use both cores.
    with ThreadPoolExecutor(WORKERS) as pool:
        chains = pool.map(chain, [spans[k : k + half] for k in range(0, len(spans), half)])
    return [block for found in chains for block in found]


def _block(problem: Problem, span: Span, before: Block | None) -> Block:
    program = Program(problem, span)
    if before is None or len(before.solution.values) != program.width:
        return Block(span, solve(program, margin_frac=BLOCK_MARGIN_FRAC))
    rows, basis = near_start(before.solution, len(program.row_lower))
    return Block(span, solve(program, rows=rows, basis=basis, margin_frac=BLOCK_MARGIN_FRAC))


def near_start(solution: Solution, own: int) -> tuple[list[LimitRow], tuple[Status, Status]]:
    """Limit rows that bind or nearly do, and the basis without the others; `own` rows come before the limit rows."""
    near = _near(solution, own)
    status = np.concatenate([solution.row_status[:own], solution.row_status[own:][near]])
    return list(itertools.compress(solution.limit_rows, near)), (solution.column_status, status)


def _near(solution: Solution, own: int) -> NDArray[np.bool_]:
    near: NDArray[np.bool_] = (solution.row_status[own:] != BASIC) | (solution.limit_slack_frac < KEPT_MARGIN_FRAC)
    return near


def joined(problem: Problem, blocks: list[Block]) -> Block:
    """Neighbouring blocks as one, the levels between them free."""
    if len(blocks) == 1:
        return blocks[0]
    first, last = blocks[0].span, blocks[-1].span
    span = replace(first, last=last.last, level_end_mwh=last.level_end_mwh)
    program = Program(problem, span)
    rows, basis, row_dual = join(program, blocks)
    return Block(span, solve(program, rows=rows, basis=basis, row_dual=row_dual, margin_frac=JOIN_MARGIN_FRAC))


def join(program: Program, blocks: Sequence[Block]) -> tuple[list[LimitRow], tuple[Status, Status], Array]:
    """Limit rows, basis (columns, rows) and duals that the blocks' optima make for the program of all of them."""
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
    kinds = range(len(parts[0].rows))
    status = np.concatenate([part.rows[kind] for kind in kinds for part in parts])
    dual = np.concatenate([part.duals[kind] for kind in kinds for part in parts])
    rows = [row for part in parts for row in part.limit_rows]
    return rows, (columns.astype(np.int8), status.astype(np.int8)), dual


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
        # Rows far from binding are left behind: the joint program finds those it needs again.
        near = _near(solution, own)
        places = [slice(int(end) - size, int(end)) for size, end in zip(sizes, ends, strict=True)]
        self.rows = [*(solution.row_status[place] for place in places), solution.row_status[own:][near]]
        self.duals = [*(solution.row_dual[place] for place in places), solution.row_dual[own:][near]]
        self.water_dual = self.duals[-2].reshape(days, stores)
        shift = (span.first - program.span.first) * problem.steps_per_day
        kept = itertools.compress(solution.limit_rows, near)
        self.limit_rows = [replace(row, step=row.step + shift) for row in kept]

    def free_end(self, dual_after: Array) -> None:
        """A boxed level may rest at either end: the sign of its reduced cost says which one is dual feasible."""
        resting = np.where(dual_after - self.water_dual[-1] >= 0, LOWER, UPPER)
        self.levels[-1] = np.where(self.levels[-1] == BASIC, BASIC, resting)
