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

Beside the pairs, room is kept on limits for the loss of units, poles and islands (`headroom`).

What both cost is the objective at the end less that of the dispatch that was to be secured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.blocks import BLOCK_MARGIN_FRAC, Block, block_spans, near_start, side_by_side, solve_blocks
from greengrid.dispatch.headroom import Headroom, Keep
from greengrid.dispatch.priced_caps import Prices, prices, without_caps
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.program import Program, Span
from greengrid.dispatch.result import LeftToAutomatics
from greengrid.dispatch.secure_pairs import SLACK_MW, Find, Key, Numbering, OutagePair, with_outages
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
    left: NDArray[np.bool_]
    """Shape (steps, pairs): hours in which a pair is left to automatics: holding it beforehand is too dear."""
    headroom: Headroom | None = None
    """Kept for losses of units, poles and islands; None where they were not asked for."""

    @property
    def cost_usd(self) -> float:
        """What security costs over the hours of the dispatch."""
        return self.optimum.objective_usd - self.unsecured_usd

    def left_to_automatics(self) -> tuple[LeftToAutomatics, ...]:
        """What the dispatch breaks after an outage, by hours: pairs that are left, and room that is not kept."""
        network, flow_mw = self.problem.network, flows_of(self.optimum)
        rows = [row for pair in self.pairs for row in _broken(network.limits, pair, flow_mw)]
        if self.headroom is not None:
            rows += self.headroom.left_to_automatics(network.limits)
        return tuple(sorted(rows, key=lambda row: (-row.hours, row.outage, row.limit, row.way)))


def secure(
    problem: Problem,
    optimum: Optimum,
    find: Find,
    progress: Progress,
    *,
    keep: Keep | None = None,
    relief_max_usd_per_mwh: float = np.inf,
) -> Secured:
    """Adds rows to a solved problem and solves again until `find` finds nothing in its flows and no room lacks.

    `keep` says what room a dispatch must leave on its limits. `relief_max_usd_per_mwh` is the highest price of a MW
    less on a limit: a pair or room that costs more is left to automatics in that hour (a pocket that one outage leaves
    short would be shed beforehand, which no operator does).
    Raises `CalculationFailed` after ROUNDS_MAX rounds, and what `optimise` raises.
    """
    room = Headroom.none(problem, keep, relief_max_usd_per_mwh)
    pairs = _Pairs(find, relief_max_usd_per_mwh, len(problem.network.limits), room)
    pairs.learn(flows_of(optimum), np.zeros((problem.steps, 0)))
    lacking = room.grow(problem, optimum, flows_of(optimum))
    numbering, current = pairs.numbering(), optimum
    if pairs.known or lacking:
        numbering, current = _first(problem, optimum, pairs, progress)
    for number in range(1, ROUNDS_MAX + 1):
        more, dear = pairs.learn(flows_of(current), numbering.prices(current.program, current.solution))
        dropped = int(room.drop(current.program, current.solution).sum())
        lacking = room.grow(problem, current, flows_of(current)[:, : pairs.own])
        told = f"{more} more outage rows, {dear} hours too dear; room lacks {lacking} times, {dropped} hours too dear"
        progress(f"N-1, all hours, round {number}: {told}", number, ROUNDS_MAX)
        secured = pairs.on(problem)
        if not (more or dear or dropped or lacking):
            kept = None if keep is None else room
            left = pairs.left_hours()
            return Secured(secured, current, numbering.pairs, number, optimum.objective_usd, left, kept)
        before, numbering = numbering, pairs.numbering()
        current = optimise_from(secured, _start(current, secured, before, numbering), progress)
    raise CalculationFailed(f"outages still broke limits after {ROUNDS_MAX} rounds")


def _broken(limits: Sequence[str], pair: OutagePair, flow_mw: Array) -> Iterator[LeftToAutomatics]:
    after = flow_mw[:, limits.index(pair.limit)] + pair.answer_ratio * flow_mw[:, limits.index(pair.outage)]
    for way, excess in (("forward", after - pair.upper_mw), ("reverse", pair.lower_mw - after)):
        hours = int((excess > SLACK_MW).sum())
        if hours:
            yield LeftToAutomatics(pair.outage, pair.limit, way, hours, float(excess.max()))


def flows_of(optimum: Optimum) -> Array:
    """Flows on every branch and interface, shape (steps, limits of the network)."""
    return _flows(optimum.program, optimum.solution)


def _flows(program: Program, solution: Solution) -> Array:
    return program.flows(np.clip(solution.values, program.lower, program.upper))


@dataclass
class _Pairs:
    """What is known so far of pairs, and of the room to keep."""

    find: Find
    relief_max_usd_per_mwh: float
    own: int
    """Limits of the network itself."""
    room: Headroom
    """On them, for what is no outage of a branch."""
    known: dict[Key, OutagePair] = field(default_factory=dict)
    left: dict[Key, NDArray[np.bool_]] = field(default_factory=dict)
    """Of a pair: the hours in which it is too dear."""

    def numbering(self) -> Numbering:
        """Where the known pairs stand now."""
        return Numbering(self.own, tuple(self.known.values()))

    def left_hours(self) -> NDArray[np.bool_]:
        """Hours in which each known pair is left, shape (steps, pairs)."""
        return np.column_stack([self.left[key] for key in self.known]) if self.known else np.zeros((0, 0), dtype=bool)

    def on(self, problem: Problem) -> Problem:
        """The problem with all that is held."""
        return with_outages(self.room.on(problem), tuple(self.known.values()), self.left_hours())

    def learn(self, flow_mw: Array, price: Array) -> tuple[int, int]:
        """Leaves pairs where they are too dear at these prices, adds those that the flows break.

        Returns (pairs added, hours of pairs left). `price`, shape (steps, pairs), is of the first pairs that are known:
        the rest has no price yet.
        """
        dear = price > self.relief_max_usd_per_mwh
        for key, hours in zip(tuple(self.known), dear.T, strict=False):
            self.left[key] = self.left[key] | hours
        broken = {pair.key: pair for pair in self.find(flow_mw[:, : self.own])}
        more = {key: pair for key, pair in broken.items() if key not in self.known}
        self.known |= more
        self.left |= {key: np.zeros(len(flow_mw), dtype=bool) for key in more}
        return len(more), int(dear.sum())


def _first(problem: Problem, optimum: Optimum, pairs: _Pairs, progress: Progress) -> tuple[Numbering, Optimum]:
    """The dispatch of all hours with the pairs that the weeks found."""
    price, spans = _weeks(problem, optimum)
    if price is None:
        start = Block(spans[0], optimum.solution)
        numbering, blocks = _rounds(problem, [start], Numbering(pairs.own, ()), pairs, progress)
        secured = pairs.on(problem)
        own = len(optimum.program.row_lower)
        begin = warm_start(secured, optimum.kept, blocks[0].solution, own, blocks[0].solution.objective_usd)
        return numbering, optimise_from(secured, begin, progress)
    priced, numbering = without_caps(problem, price), pairs.numbering()
    blocks = solve_blocks(pairs.on(priced), spans, progress)
    numbering, blocks = _rounds(priced, blocks, numbering, pairs, progress)
    return numbering, year_of_blocks(pairs.on(problem), price, blocks, progress)


def _weeks(problem: Problem, optimum: Optimum) -> tuple[Prices | None, list[Span]]:
    """The spans of the rounds, and what the caps are worth in them; None where the only span is the whole."""
    if problem.days <= SINGLE_DAYS_MAX:
        return None, [optimum.program.span]
    price = prices(optimum.program, optimum.solution)
    levels = optimum.program.levels_mwh(optimum.solution.values)
    return price, block_spans(without_caps(problem, price), levels[:, ~price.capped])


def _rounds(
    problem: Problem,
    blocks: list[Block],
    numbering: Numbering,
    pairs: _Pairs,
    progress: Progress,
) -> tuple[Numbering, list[Block]]:
    """Blocks of which none breaks a pair that is not left; `blocks` are optimal with the pairs of `numbering`.

    A single block is that of the dispatch without any room.
    """
    changed = np.full(problem.steps, len(blocks) == 1 and bool(pairs.room.mw.any()))
    held = with_outages(pairs.room.on(problem), numbering.pairs, pairs.left_hours()[:, : len(numbering.pairs)])
    for number in range(1, ROUNDS_MAX + 1):
        solved = [(Program(held, block.span), block.solution) for block in blocks]
        price = np.vstack([numbering.prices(*one) for one in solved])
        more, dear = pairs.learn(np.vstack([_flows(*one) for one in solved]), price)
        if not changed.any():
            dropped = np.concatenate([pairs.room.drop(*one) for one in solved])
            changed = dropped | (price > pairs.relief_max_usd_per_mwh).any(axis=1)
        before, numbering = numbering, pairs.numbering()
        if before.pairs == numbering.pairs and not changed.any():
            return numbering, blocks
        told = f"{more} more outage rows, {dear} hours of them too dear, other limits in {int(changed.sum())} hours"
        progress(f"N-1, round {number}: {told}", number, ROUNDS_MAX)
        held = pairs.on(problem)
        blocks = _again(held, blocks, (before, numbering), changed, progress)
        changed = np.zeros(problem.steps, dtype=bool)
    raise CalculationFailed(f"outages still broke limits after {ROUNDS_MAX} rounds")


def _again(
    secured: Problem,
    blocks: Sequence[Block],
    numberings: tuple[Numbering, Numbering],
    changed: NDArray[np.bool_],
    progress: Progress,
) -> list[Block]:
    """The blocks with the pairs of the second numbering, from their optima with those of the first.

    In the steps of `changed` sides of limits are others than before.
    """
    before, after = numberings

    def work(block: Block) -> Block:
        program = Program(secured, block.span)
        solution = before.moved(block.solution, after)
        known = np.zeros((program.count, program.limits.total), dtype=bool)
        if not changed[program.steps].any() and not program.violated(solution.values, known, 0.0):
            return replace(block, solution=solution)
        rows, basis = near_start(solution, len(program.row_lower))
        return Block(block.span, solve(program, rows=rows, basis=basis, margin_frac=BLOCK_MARGIN_FRAC))

    return side_by_side(blocks, work, progress, "weeks with outages")


def _start(optimum: Optimum, secured: Problem, before: Numbering, after: Numbering) -> WarmStart:
    """Where the dispatch with other pairs may begin."""
    own = len(optimum.program.row_lower)
    solution = before.moved(optimum.solution, after)
    return warm_start(secured, optimum.kept, solution, own, optimum.objective_usd)
