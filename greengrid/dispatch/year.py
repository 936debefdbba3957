"""The exact year: a coarse year places the water, blocks of days are solved apart and joined until one program is left.

1. The year in day-long steps gives the levels of the stores (water, energy caps) at the ends of the blocks.
2. Each block is solved to optimality between those levels (two at a time), limit rows added where violated; caps on
   the year are prices there (see `priced_caps`).
3. Columns for shedding and dumping that no block uses are set aside; the certificate counts them in again.
4. Neighbouring blocks are joined: their optimal bases and limit rows, put together, are a basis of the joint program,
   whose dual simplex then frees the levels between them, on the columns that may move (see `sifting`). The last join
   is the whole undecomposed year, cyclic; rounds of violated limit rows end in its optimum.
5. Hours in which the program uses a link or a battery both ways at once are repaired (see `both_ways`).
Where no order breaks ties between dispatches that cost the same, an interior point takes the place of all this
(`interior.answer`); where it does not end, the simplex goes its way.
The certificate is computed apart from the solver: `ways.bound` holds for any duals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from greengrid.dispatch import both_ways, ways
from greengrid.dispatch.blocks import (
    BLOCK_MARGIN_FRAC,
    JOIN_MARGIN_FRAC,
    Block,
    Kept,
    Progress,
    block_spans,
    coarse_year,
    join,
    joined,
    side_by_side,
    solve_blocks,
)
from greengrid.dispatch.both_ways import Repair, Repaired, Report
from greengrid.dispatch.bound import lower_bound
from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.infeasible import check_bounds, explain
from greengrid.dispatch.interior.answer import interior_solution, suits
from greengrid.dispatch.priced_caps import Prices, settle, with_caps, without_caps
from greengrid.dispatch.problem import Problem, without
from greengrid.dispatch.program import LOWER, Program, Span, Status
from greengrid.dispatch.solver import NoOptimum, Solution, solve
from greengrid.dispatch.warm import WarmStart, warm_start
from greengrid.errors import CalculationFailed
from greengrid.hourly import Array

JOIN = 4
"""How many neighbours a join takes."""
GAP_TARGET_FRAC = 1e-6
SINGLE_DAYS_MAX = 28
"""Up to this length the problem is one block: there is nothing to gain from a decomposition."""
JOINED_METHOD = "one linear program of all hours, started from joined blocks of days"
LIKE_METHOD = "one linear program of all hours, started from a like one"
INTERIOR_METHOD = "interior point on all hours"
INTERIOR_USUAL = 45
"""Steps of the interior point, for the progress bar only."""
ROUNDS_USUAL = 8
"""Rounds of the whole year, for the progress bar only."""


@dataclass(frozen=True)
class Joined:
    """Blocks put together, where the year's simplex begins: limit rows, statuses of columns and rows, their cost."""

    rows: list[LimitRow]
    basis: tuple[Status, Status]
    cost_usd: float
    row_dual: Array
    """Duals that are nearly right, of the program's own rows and of `rows`."""
    price: Prices
    """At which the caps were left out; the duals do not count them."""


@dataclass(frozen=True)
class Optimum:
    """The solved year and how good it provably is."""

    program: Program
    solution: Solution
    """Values of every column; duals; the basis is that of the program of the `kept` columns."""
    objective_usd: float
    lower_bound_usd: float
    """No dispatch that uses every device one way at a time costs less."""
    balance_residual_max_mw: float
    method: str
    kept: Kept
    repairs: tuple[Repair, ...] = ()
    """Device-hours that the linear program used both ways, fixed to one."""
    repair_cost_usd: float = 0.0
    """What the repair adds to the linear program's optimum."""
    relaxed_gap_frac: float = 0.0
    """Gap of the linear program itself: above rounding, columns that were set aside are needed."""
    foresight_cost_usd: float | None = None
    """What seven-day foresight costs more than perfect foresight, stores made good; None where foresight is perfect."""

    @property
    def gap_frac(self) -> float:
        """Distance to the bound as a share of the objective."""
        return max(0.0, (self.objective_usd - self.lower_bound_usd) / max(1.0, abs(self.objective_usd)))

    def start(self) -> WarmStart:
        """Where a like problem may begin; small, where the optimum itself holds every value."""
        own_rows = len(self.program.row_lower)
        return warm_start(self.program.problem, self.kept, self.solution, own_rows, self.objective_usd)


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
    found = _from_interior(problem, progress) if suits(problem) else None
    if found is not None:
        return found
    if problem.days <= SINGLE_DAYS_MAX:
        everything = np.ones(problem.columns.count, dtype=bool)
        return finish(problem, everything, None, progress, "one linear program")
    levels, price = coarse_year(problem, progress)
    priced = without_caps(problem, price)
    blocks = solve_blocks(priced, block_spans(priced, levels[:, ~price.capped]), progress)
    return year_of_blocks(problem, price, blocks, progress)


def _from_interior(problem: Problem, progress: Progress) -> Optimum | None:
    """The middle of the optimal dispatches, certified like any other; None where that way does not end."""
    program = Program(problem, Span(0, problem.days, cyclic=True))

    def report(step: int, gap_frac: float) -> None:
        progress(f"interior point, step {step}, gap {gap_frac:.1e}", min(step, INTERIOR_USUAL), INTERIOR_USUAL)

    solution = interior_solution(program, report)
    if solution is None:
        progress("the interior point does not end: simplex", 0, 1)
        return None
    duals = (solution.limit_rows, solution.row_dual)
    bound_usd = lower_bound(program, *duals)
    repaired = Repaired(solution, bound_usd, (), solution.objective_usd, (duals,))
    optimum = certify(problem, np.ones(problem.columns.count, dtype=bool), program, repaired, INTERIOR_METHOD)
    return optimum if optimum.gap_frac <= GAP_TARGET_FRAC else None


def year_of_blocks(problem: Problem, price: Prices, blocks: list[Block], progress: Progress) -> Optimum:
    """The optimum of all hours from optimal blocks of days, in which the caps were left out at their price."""
    everything = np.ones(problem.columns.count, dtype=bool)
    kept = _used(without_caps(problem, price), blocks)
    try:
        optimum = _from_blocks(problem, price, blocks, kept, progress)
        if optimum.relaxed_gap_frac <= GAP_TARGET_FRAC or kept.all():
            return _with_all_columns(problem, optimum, progress) if _repaired_roughly(optimum) else optimum
    except CalculationFailed:
        if kept.all():
            raise
    # Joined, the blocks need a column of last resort that none needed alone.
    return _from_blocks(problem, price, blocks, everything, progress)


def _repaired_roughly(optimum: Optimum) -> bool:
    return bool(optimum.repairs) and optimum.gap_frac > GAP_TARGET_FRAC and not optimum.kept.all()


def _with_all_columns(problem: Problem, optimum: Optimum, progress: Progress) -> Optimum:
    """The optimum again, begun where it was found, with the columns set aside: a bound by integers asks for them."""
    start = _widened(problem, optimum.start())
    return finish(problem, start.kept, start, progress, JOINED_METHOD)


def _widened(problem: Problem, start: WarmStart) -> WarmStart:
    """The start with the columns set aside in their place, at rest."""
    own = start.columns[: problem.steps * int(start.kept.sum())].reshape(problem.steps, -1)
    steps = np.full((problem.steps, problem.columns.count), LOWER, dtype=np.int8)
    steps[:, start.kept] = own
    columns = np.concatenate([steps.ravel(), start.columns[own.size :]])
    return replace(start, kept=np.ones(problem.columns.count, dtype=bool), columns=columns)


def _used(problem: Problem, blocks: list[Block]) -> Kept:
    """False for columns of last resort that rest at zero in every block."""
    kept = np.ones(problem.columns.count, dtype=bool)
    last_resort = problem.columns.of("shed", "dump")
    for column in last_resort:
        kept[column] = any(np.any(block.steps(problem)[:, column] != LOWER) for block in blocks)
    return kept


def _from_blocks(problem: Problem, price: Prices, blocks: list[Block], kept: Kept, progress: Progress) -> Optimum:
    """Joins the blocks, without the columns that are not kept, up to the whole year; there the caps come back."""
    smaller = without(problem, kept)
    priced = without_caps(smaller, price)
    blocks = [block.without(without_caps(problem, price), kept) for block in blocks]
    while len(blocks) > JOIN:
        groups = [blocks[k : k + JOIN] for k in range(0, len(blocks), JOIN)]
        blocks = side_by_side(groups, lambda group: joined(priced, group), progress, f"joining {len(blocks)} blocks")
    span = Span(0, problem.days, cyclic=True)
    rows, basis, row_dual = join(Program(priced, span), blocks)
    basis, row_dual = with_caps(Program(smaller, span), price, basis, row_dual)
    paid_usd = sum(p * store.start_mwh for p, store in zip(price.usd_per_mwh, problem.stores, strict=True))
    cost_usd = sum(block.solution.objective_usd for block in blocks) - float(paid_usd)
    start = Joined(rows, basis, cost_usd, row_dual, price)
    return finish(problem, kept, start, progress, JOINED_METHOD)


def finish(problem: Problem, kept: Kept, start: Joined | WarmStart | None, progress: Progress, method: str) -> Optimum:
    """The optimum of the undecomposed problem, from a start if there is one; columns that are not kept rest at zero."""
    smaller = without(problem, kept)
    program = Program(smaller, Span(0, problem.days, cyclic=True))

    def report(number: int, violated: int, bound: float) -> None:
        gap = "" if start is None else f", gap {abs(start.cost_usd - bound) / max(1.0, abs(bound)):.1e}"
        progress(f"all hours, round {number}: {violated} limits added{gap}", number, ROUNDS_USUAL)

    def report_repair(number: int, wrong: int, cost: float) -> None:
        progress(f"both ways at once, pass {number}: {wrong} hours to repair", number, both_ways.PASSES_MAX)

    progress("all hours", 0, ROUNDS_USUAL)
    repaired = both_ways.repair(
        program, _solved(program, start, report), GAP_TARGET_FRAC, report_repair, whole=bool(kept.all())
    )
    optimum = certify(problem, kept, program, repaired, method)
    progress(f"certified gap {optimum.gap_frac:.1e}", ROUNDS_USUAL, ROUNDS_USUAL)
    return optimum


def _solved(program: Program, start: Joined | WarmStart | None, report: Report) -> Solution:
    if start is None:
        return solve(program, margin_frac=BLOCK_MARGIN_FRAC, report=report)
    rows, basis, margin_frac = list(start.rows), start.basis, JOIN_MARGIN_FRAC
    if isinstance(start, WarmStart):
        return solve(program, rows=rows, basis=basis, margin_frac=margin_frac, report=report)
    return settle(
        program, start.price, rows=rows, basis=basis, row_dual=start.row_dual, margin_frac=margin_frac, report=report
    )


def certify(problem: Problem, kept: Kept, program: Program, repaired: Repaired, method: str) -> Optimum:
    """Objective, lower bound and residual, from the arrays of the problem and not from the solver's report."""
    solution, full = repaired.solution, program
    bound_usd = repaired.bound_usd
    if not kept.all():
        full = Program(problem, program.span)
        values = np.zeros(full.width)
        own = solution.values[: program.levels_at].reshape(-1, program.template)
        values[: full.levels_at].reshape(-1, full.template)[:, kept] = own
        values[full.levels_at :] = solution.values[program.levels_at :]
        solution = replace(solution, values=values)
        devices = ways.devices(problem)
        bound_usd = max(ways.bound(full, devices, rows, duals) for rows, duals in repaired.duals)
    if repaired.repairs:
        method += f"; {len(repaired.repairs)} device-hours held to one way"
    if repaired.integer:
        method += ", bound by a mixed-integer program"
    values = np.clip(solution.values, full.lower, full.upper)
    objective = float(full.cost @ values)
    areas = full.count * full.areas
    residual = np.abs(full.matrix[:areas] @ values - full.row_lower[:areas])
    return Optimum(
        full,
        solution,
        objective,
        bound_usd,
        float(residual.max(initial=0.0)),
        method,
        kept,
        repaired.repairs,
        max(0.0, objective - repaired.relaxed_usd) if repaired.repairs else 0.0,
        (repaired.relaxed_usd - lower_bound(full, *repaired.duals[0])) / max(1.0, abs(repaired.relaxed_usd)),
    )


def solve_again(problem: Problem, previous: Optimum, progress: Progress = lambda what, done, total: None) -> Optimum:
    """The optimum of a problem with the columns of one that is solved, from that one's basis and limit rows.

    For another rating of a link, other prices or another demand: bounds, costs and coefficients may differ. A problem
    with other columns, hours or stores is solved from the start.
    Raises what `optimise` raises.
    """
    return optimise_from(problem, previous.start(), progress)


def optimise_from(problem: Problem, start: WarmStart, progress: Progress = lambda what, done, total: None) -> Optimum:
    """As `solve_again`, from what was kept of the first; a problem that it does not fit is solved from nothing.

    Columns that the first set aside come back where they are needed.
    """
    if not start.fits(problem) or suits(problem):
        return optimise(problem, progress)
    check_bounds(problem)
    try:
        optimum = finish(problem, start.kept, start, progress, LIKE_METHOD)
        if optimum.relaxed_gap_frac <= GAP_TARGET_FRAC:
            return optimum
        start = optimum.start()
    except CalculationFailed:
        if start.kept.all():
            return optimise(problem, progress)
    try:
        everything = _widened(problem, start)
        optimum = finish(problem, everything.kept, everything, progress, LIKE_METHOD)
    except CalculationFailed:
        return optimise(problem, progress)
    return optimum if optimum.relaxed_gap_frac <= GAP_TARGET_FRAC else optimise(problem, progress)
