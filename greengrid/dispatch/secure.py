"""An N-1 secure dispatch: the rows of outages that a solved dispatch breaks are added until none is broken.

All pairs of an outage and a limit (`secure_pairs`) would be 40,000 rows an hour; a dispatch breaks some hundreds.
Every round solves with the pairs known so far, looks for pairs that are broken now, and adds them (Kelley's cutting
planes, as in `families`). It ends: pairs are finite, and one that is left to automatics stays left.

1. Rounds run on weeks (a short span is one), their levels of stores and prices of caps taken from the dispatch that is
   to be secured, each from its own basis of the round before; only weeks that a new pair breaks are solved again.
   Devices may go both ways at once there: a pair that is too dear and not yet left makes prices negative behind it, and
   what devices then do is not worth repairing (a week of it kept a mixed-integer program for hours).
2. The weeks are joined into one program of all hours, solved as every dispatch is: repaired and certified.
3. What that breaks still is added, from its own basis, until nothing is.

What the rows cost is the objective at the end less that of the dispatch that was to be secured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from greengrid.dispatch.blocks import BLOCK_MARGIN_FRAC, Block, block_spans, near_start, side_by_side, solve_blocks
from greengrid.dispatch.priced_caps import Prices, prices, without_caps
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.program import Program, Span
from greengrid.dispatch.secure_pairs import Find, Key, Numbering, OutagePair, with_outages
from greengrid.dispatch.solver import Solution, solve
from greengrid.dispatch.warm import WarmStart, warm_start
from greengrid.dispatch.year import SINGLE_DAYS_MAX, Optimum, optimise_from, year_of_blocks
from greengrid.errors import CalculationFailed
from greengrid.hourly import Array

Progress = Callable[[str, int, int], None]
ROUNDS_MAX = 30


@dataclass(frozen=True)
class Secured:
    """A dispatch in which no pair that can be found is broken."""

    problem: Problem
    """With the outage rows as the last cuts of its network."""
    optimum: Optimum
    pairs: tuple[OutagePair, ...]
    rounds: int
    """Of all hours."""
    unsecured_usd: float
    """Objective without the rows."""
    left: tuple[OutagePair, ...] = ()
    """Pairs that are left to automatics after the outage: holding them beforehand is too dear."""

    @property
    def cost_usd(self) -> float:
        """What security costs over the hours of the dispatch."""
        return self.optimum.objective_usd - self.unsecured_usd


def secure(
    problem: Problem, optimum: Optimum, find: Find, progress: Progress, *, relief_max_usd_per_mwh: float = np.inf
) -> Secured:
    """Adds rows to a solved problem and solves again until `find` finds nothing in its flows.

    `relief_max_usd_per_mwh` is the highest price of a MW less on a limit after an outage: a pair that costs more in any
    hour is left to automatics (a pocket that one outage leaves short would be shed beforehand, which no operator does).
    Raises `CalculationFailed` after ROUNDS_MAX rounds, and what `optimise` raises.
    """
    pairs = _Pairs(find, relief_max_usd_per_mwh, len(problem.network.limits))
    pairs.learn(flows_of(optimum), np.zeros(0))
    numbering, current = pairs.numbering(), optimum
    if pairs.known:
        numbering, current = _first(problem, optimum, pairs, progress)
    for number in range(1, ROUNDS_MAX + 1):
        more, dear = pairs.learn(flows_of(current), numbering.prices(current.program, current.solution))
        progress(f"N-1, all hours, round {number}: {more} more outage rows, {dear} too dear", number, ROUNDS_MAX)
        if not more and not dear:
            left = tuple(pairs.left.values())
            secured = with_outages(problem, numbering.pairs)
            return Secured(secured, current, numbering.pairs, number, optimum.objective_usd, left)
        before, numbering = numbering, pairs.numbering()
        secured = with_outages(problem, numbering.pairs)
        current = optimise_from(secured, _start(current, secured, before, numbering), progress)
    raise CalculationFailed(f"outages were still broken after {ROUNDS_MAX} rounds of rows")


def flows_of(optimum: Optimum) -> Array:
    """Flows on every branch and interface, shape (steps, limits of the network)."""
    return _flows(optimum.program, optimum.solution)


def _flows(program: Program, solution: Solution) -> Array:
    return program.flows(np.clip(solution.values, program.lower, program.upper))


@dataclass
class _Pairs:
    """What is known of the pairs so far."""

    find: Find
    relief_max_usd_per_mwh: float
    own: int
    """Limits of the network itself."""
    known: dict[Key, OutagePair] = field(default_factory=dict)
    left: dict[Key, OutagePair] = field(default_factory=dict)

    def numbering(self) -> Numbering:
        """Where the known pairs stand now."""
        return Numbering(self.own, tuple(self.known.values()))

    def learn(self, flow_mw: Array, price: Array) -> tuple[int, int]:
        """Leaves pairs that are too dear at these prices, adds those that the flows break; how many of both.

        `price` is by known pair; it may be shorter where none is priced yet.
        """
        dear = [
            key
            for key, usd in zip(tuple(self.known), price.tolist(), strict=False)
            if usd > self.relief_max_usd_per_mwh
        ]
        self.left |= {key: self.known.pop(key) for key in dear}
        broken = {pair.key: pair for pair in self.find(flow_mw[:, : self.own])}
        more = {key: pair for key, pair in broken.items() if key not in self.known and key not in self.left}
        self.known |= more
        return len(more), len(dear)


def _first(problem: Problem, optimum: Optimum, pairs: _Pairs, progress: Progress) -> tuple[Numbering, Optimum]:
    """The dispatch of all hours with the pairs that the weeks found."""
    price, spans = _weeks(problem, optimum)
    if price is None:
        start = Block(spans[0], optimum.solution)
        numbering, blocks = _rounds(problem, [start], Numbering(pairs.own, ()), pairs, progress)
        secured = with_outages(problem, numbering.pairs)
        own = len(optimum.program.row_lower)
        begin = warm_start(secured, optimum.kept, blocks[0].solution, own, blocks[0].solution.objective_usd)
        return numbering, optimise_from(secured, begin, progress)
    priced, numbering = without_caps(problem, price), pairs.numbering()
    blocks = solve_blocks(with_outages(priced, numbering.pairs), spans, progress)
    numbering, blocks = _rounds(priced, blocks, numbering, pairs, progress)
    return numbering, year_of_blocks(with_outages(problem, numbering.pairs), price, blocks, progress)


def _weeks(problem: Problem, optimum: Optimum) -> tuple[Prices | None, list[Span]]:
    """The spans of the rounds, and what the caps are worth in them; None where the only span is the whole."""
    if problem.days <= SINGLE_DAYS_MAX:
        return None, [optimum.program.span]
    price = prices(optimum.program, optimum.solution)
    levels = optimum.program.levels_mwh(optimum.solution.values)
    return price, block_spans(without_caps(problem, price), levels[:, ~price.capped])


def _rounds(
    problem: Problem, blocks: list[Block], numbering: Numbering, pairs: _Pairs, progress: Progress
) -> tuple[Numbering, list[Block]]:
    """Blocks of which none breaks a pair that is not left; `blocks` are optimal with the pairs of `numbering`."""
    for number in range(1, ROUNDS_MAX + 1):
        programs = [Program(with_outages(problem, numbering.pairs), block.span) for block in blocks]
        flows = [_flows(program, block.solution) for program, block in zip(programs, blocks, strict=True)]
        price = [numbering.prices(program, block.solution) for program, block in zip(programs, blocks, strict=True)]
        more, dear = pairs.learn(np.vstack(flows), np.max(price, axis=0))
        before, numbering = numbering, pairs.numbering()
        if before.pairs == numbering.pairs:
            return numbering, blocks
        progress(f"N-1, round {number}: {more} more outage rows, {dear} too dear", number, ROUNDS_MAX)
        blocks = _again(problem, blocks, (before, numbering), progress)
    raise CalculationFailed(f"outages were still broken after {ROUNDS_MAX} rounds of rows")


def _again(
    problem: Problem, blocks: Sequence[Block], numberings: tuple[Numbering, Numbering], progress: Progress
) -> list[Block]:
    """The blocks with the pairs of the second numbering, from their optima with those of the first."""
    before, after = numberings
    secured = with_outages(problem, after.pairs)

    def work(block: Block) -> Block:
        program = Program(secured, block.span)
        own = len(program.row_lower)
        solution, whole = before.moved(block.solution, own, after)
        known = np.zeros((program.count, program.limits.total), dtype=bool)
        if whole and not program.violated(solution.values, known, 0.0):
            return replace(block, solution=solution)
        rows, basis = near_start(solution, own)
        return Block(block.span, solve(program, rows=rows, basis=basis, margin_frac=BLOCK_MARGIN_FRAC))

    return side_by_side(blocks, work, progress, "weeks with outages")


def _start(optimum: Optimum, secured: Problem, before: Numbering, after: Numbering) -> WarmStart:
    """Where the dispatch with other pairs may begin."""
    own = len(optimum.program.row_lower)
    solution, _ = before.moved(optimum.solution, own, after)
    return warm_start(secured, optimum.kept, solution, own, optimum.objective_usd)
