"""An N-1 secure dispatch: the rows of outages that a solved dispatch breaks are added until none is broken.

A row holds the flow that an outage leaves on one branch or cut: with the outage's answer a (MW on l per MW that branch
k carried; `greengrid.security.sensitivities`) it is f_l + a f_k, linear in the columns of the step, between the limits
after an outage. All of them would be 40,000 rows an hour; a dispatch breaks some hundreds. Every round solves the
problem with the pairs known so far (in which only broken hours enter the program, as for every row family), looks for
pairs that are broken now, and adds them (Kelley's cutting planes, as in `families`). It ends: pairs are finite.

What the rows cost is the objective of the last round less that of the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from greengrid.dispatch.network import FACTOR_ROUNDING
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.year import Optimum, optimise
from greengrid.errors import CalculationFailed
from greengrid.hourly import Array

Progress = Callable[[str, int, int], None]
ROUNDS_MAX = 30


@dataclass(frozen=True)
class OutagePair:
    """What is left on one limit after one outage."""

    outage: str
    """Name of the branch of which one circuit trips."""
    limit: str
    """Name of the branch or cut that is held."""
    answer_ratio: float
    """MW on the limit per MW that the outage's branch carried; of itself, what is lost of it."""
    upper_mw: float
    lower_mw: float

    @property
    def name(self) -> str:
        return f"{self.limit} without {self.outage}"


Find = Callable[[Array], tuple[OutagePair, ...]]
"""Flows of every limit of the network, shape (steps, limits) -> pairs that they break."""


@dataclass(frozen=True)
class Secured:
    """A dispatch in which no pair that can be found is broken."""

    problem: Problem
    """With the outage rows as the last cuts of its network."""
    optimum: Optimum
    pairs: tuple[OutagePair, ...]
    rounds: int
    unsecured_usd: float
    """Objective without the rows."""
    left: tuple[OutagePair, ...] = ()
    """Pairs that are left to automatics after the outage: holding them beforehand costs more than `relief_max`."""

    @property
    def cost_usd(self) -> float:
        """What security costs over the hours of the dispatch."""
        return self.optimum.objective_usd - self.unsecured_usd


def secure(
    problem: Problem, optimum: Optimum, find: Find, progress: Progress, *, relief_max: float = np.inf
) -> Secured:
    """Adds rows to a solved problem and solves again until `find` finds nothing in its flows.

    `relief_max` is the highest price, USD/MWh, of a MW less on a limit after an outage: a pair that costs more in any
    hour is left to automatics (a pocket that one outage leaves short would be shed beforehand, which no operator does).
    Raises `CalculationFailed` after ROUNDS_MAX rounds, and what `optimise` raises.
    """
    known: dict[tuple[str, str], OutagePair] = {}
    left: dict[tuple[str, str], OutagePair] = {}
    secured, current = problem, optimum
    for number in range(1, ROUNDS_MAX + 1):
        found = {(pair.outage, pair.limit): pair for pair in find(flows_of(current))}
        broken = {key: pair for key, pair in found.items() if key not in known and key not in left}
        dear = _dear(secured, current, tuple(known), relief_max)
        progress(f"N-1, round {number}: {len(broken)} more outage rows, {len(dear)} too dear", number, ROUNDS_MAX)
        if not broken and not dear:
            unsecured_usd = optimum.objective_usd
            return Secured(secured, current, tuple(known.values()), number, unsecured_usd, tuple(left.values()))
        left |= {key: known.pop(key) for key in dear}
        known |= broken
        secured = with_outages(problem, tuple(known.values()))
        current = optimise(secured, progress)
    raise CalculationFailed(f"outages were still broken after {ROUNDS_MAX} rounds of rows")


def _dear(
    secured: Problem, current: Optimum, names: tuple[tuple[str, str], ...], relief_max: float
) -> list[tuple[str, str]]:
    """Pairs whose row costs more than `relief_max` per MWh in some hour; they are the last cuts of the network."""
    first, own = len(secured.network.limits) - len(names), len(current.program.row_lower)
    prices = np.zeros(len(names))
    duals = current.solution.row_dual[own:]
    for row, dual in zip(current.solution.limit_rows, duals, strict=True):
        if first <= row.limit < first + len(names):
            prices[row.limit - first] = max(prices[row.limit - first], abs(dual) / secured.hours_per_step)
    return [name for name, price in zip(names, prices.tolist(), strict=True) if price > relief_max]


def flows_of(optimum: Optimum) -> Array:
    """Flows on every branch and interface, shape (steps, limits of the network)."""
    program = optimum.program
    return program.flows(np.clip(optimum.solution.values, program.lower, program.upper))


def with_outages(problem: Problem, pairs: tuple[OutagePair, ...]) -> Problem:
    """The problem with each pair as one more cut of its network, so that its price is in the nodal prices."""
    network = problem.network
    number = {name: k for k, name in enumerate(network.limits)}
    held = [number[pair.limit] for pair in pairs]
    gone = [number[pair.outage] for pair in pairs]
    answer = np.array([pair.answer_ratio for pair in pairs])
    factors = network.factors[held] + answer[:, None] * network.factors[gone]
    factors[np.abs(factors) < FACTOR_ROUNDING] = 0.0
    wider = replace(
        network,
        interfaces=(*network.interfaces, *(pair.name for pair in pairs)),
        factors=np.vstack([network.factors, factors]),
        flow_max_mw=np.concatenate([network.flow_max_mw, [pair.upper_mw for pair in pairs]]),
        flow_min_mw=np.concatenate([network.flow_min_mw, [pair.lower_mw for pair in pairs]]),
    )
    return replace(problem, network=wider)
