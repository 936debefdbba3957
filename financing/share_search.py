"""The best shares of a mix by search, where no linear program holds: a sculpted loan's size follows its cash.

Mesh adaptive direct search (Audet and Dennis 2006, SIAM Journal on Optimization 17): exchanges between two sources and
directions drawn at random are tried one step away; the step doubles where one is better and halves where none is. The
drawn directions lead out of kinks, at which another covenant binds on each side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from financing.funding import FundingModel
from financing.goals import exact_value, is_better, shares_of, with_shares
from financing.metrics import Measure
from financing.operation import operate
from financing.project import Project
from financing.share_room import Room
from financing.structure import Structure
from financing.timeline import FloatArray

STEP_FIRST_FRAC = 0.1
SEARCH_TOLERANCE_FRAC = 1e-4
"""Of uses: the search ends where no mix is better that moves a share by this much in any direction tried."""
TRIES_MAX = 2000
SEED = 1
GAIN_MIN = {"charge": 2e-4, "subsidy": 1.0, "equity_npv": 1.0}
"""USD/MWh (above the tolerance of the charge itself) and USD: what counts as better."""


@dataclass(frozen=True, slots=True)
class Searched:
    """Where a search ended."""

    shares: FloatArray
    value: Measure
    rounds: int
    """Sets of directions that were tried."""
    settled: bool
    """Whether the step came down to the tolerance."""


def search(project: Project, structure: Structure, goal: str, room: Room) -> Searched:
    """The best shares near those of a mix; raises FinancingProblems where no shares keep every limit."""
    generator = np.random.default_rng(SEED)
    shares = room.nearest(shares_of(structure))
    best = _judged(project, with_shares(structure, shares), goal, room)
    step, tries, rounds = STEP_FIRST_FRAC, 0, 0
    while step >= SEARCH_TOLERANCE_FRAC and tries < TRIES_MAX:
        rounds += 1
        for direction in _directions(room, generator):
            length = min(step, room.step_max(shares, direction))
            if length < 0.5 * SEARCH_TOLERANCE_FRAC:
                continue
            tries += 1
            tried = shares + length * direction
            value = _judged(project, with_shares(structure, tried), goal, room)
            if is_better(value, best, goal, GAIN_MIN[goal]):
                shares, best, step = tried, value, min(STEP_FIRST_FRAC, 4.0 * step)
                break
        step *= 0.5
    return Searched(shares, best, rounds, step < SEARCH_TOLERANCE_FRAC)


def _directions(room: Room, generator: np.random.Generator) -> list[FloatArray]:
    """Exchanges, and as many drawn ones as there are blocks twice; two blocks have no more than two directions."""
    blocks = len(room.units)
    drawn = room.drawn(generator, 2 * blocks) if blocks > 2 else ()
    return [*room.exchanges(), *drawn]


def _judged(project: Project, structure: Structure, goal: str, room: Room) -> Measure:
    """The goal by the whole model; none where what a sculpted loan leaves to the owners breaks a limit."""
    value = exact_value(project, structure, goal)
    if value.value is None:
        return value
    revenue = project.revenue_at_charge_usd_nominal(value.value) if goal == "charge" else project.revenue_usd_nominal
    reached = np.array(reached_shares(project, structure, revenue))
    if not room.holds_over_kinds(reached) or (reached > room.high + SEARCH_TOLERANCE_FRAC).any():
        return Measure(None, "the shares that the sculpted loan reaches break a limit")
    return value


def reached_shares(project: Project, structure: Structure, revenue_usd_nominal: FloatArray) -> tuple[float, ...]:
    """Shares drawn at a yearly revenue: those stated, but for a sculpted loan below its cap and its owners."""
    return operate(FundingModel(project, structure), revenue_usd_nominal).funded.shares
