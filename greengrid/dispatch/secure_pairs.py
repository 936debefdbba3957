"""Outage pairs: what is left on one limit after one outage, as cuts of a problem's network.

With the outage's answer a (MW on l per MW that branch k carried; `greengrid.security.sensitivities`) the flow after it
is f_l + a f_k, linear in the columns of the step, between the limits after an outage. A pair is one more cut of the
network, so that its price is in the nodal prices; of its hours only the broken ones enter the program, as for every row
family.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.limits import positions
from greengrid.dispatch.network import thinned
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.program import Program
from greengrid.dispatch.solver import Solution
from greengrid.hourly import Array

SLACK_MW = 1e-3
"""Rows keep this distance from the limit, so that rounding of the solver breaks none anew."""
Key = tuple[str, str]
"""(outage, limit)."""


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

    @property
    def key(self) -> Key:
        return self.outage, self.limit


Find = Callable[[Array], tuple[OutagePair, ...]]
"""Flows of every limit of the network, shape (steps, limits) -> pairs that they break."""


def with_outages(problem: Problem, pairs: Sequence[OutagePair], left: NDArray[np.bool_] | None = None) -> Problem:
    """The problem with each pair as one more cut of its network, after its own.

    `left`, shape (steps, pairs): hours in which a pair is left to automatics, and has no sides.
    """
    if not pairs:
        return problem
    network = problem.network
    number = {name: k for k, name in enumerate(network.limits)}
    held = [number[pair.limit] for pair in pairs]
    gone = [number[pair.outage] for pair in pairs]
    answer = np.array([pair.answer_ratio for pair in pairs])
    # As thin as the network's own rows: two thirds of the coefficients, and as many steps of the simplex less dear.
    weight = 1.0 + np.diff(problem.columns.injection.tocsr().indptr)
    factors = thinned(network.factors[held] + answer[:, None] * network.factors[gone], network.area_of_bus, weight)
    wider = replace(
        network,
        interfaces=(*network.interfaces, *(pair.name for pair in pairs)),
        factors=np.vstack([network.factors, factors]),
        flow_max_mw=np.concatenate([network.flow_max_mw, [pair.upper_mw for pair in pairs]]),
        flow_min_mw=np.concatenate([network.flow_min_mw, [pair.lower_mw for pair in pairs]]),
    )
    if left is None or not left.any():
        return replace(problem, network=wider)
    room = problem.headroom_mw if problem.headroom_mw is not None else np.zeros((2, problem.steps, len(network.limits)))
    none = np.where(left, -np.inf, 0.0)
    return replace(problem, network=wider, headroom_mw=np.concatenate([room, np.stack([none, none])], axis=2))


@dataclass(frozen=True)
class Numbering:
    """Where pairs stand among the limits of a program: after the `own` limits of the network, before other families."""

    own: int
    pairs: tuple[OutagePair, ...]

    def prices(self, program: Program, solution: Solution) -> Array:
        """Price of each pair in every step of the program, USD per MWh less on its limit, shape (steps, pairs)."""
        steps, limits = positions(solution.limit_rows)
        price = np.abs(solution.row_dual[len(program.row_lower) :]) / program.problem.hours_per_step
        mine = (limits >= self.own) & (limits < self.own + len(self.pairs))
        found = np.zeros((program.count, len(self.pairs)))
        found[steps[mine], limits[mine] - self.own] = price[mine]
        return found

    def moved(self, solution: Solution, after: Numbering) -> Solution:
        """The solution under a numbering with more pairs, whose first ones are these."""
        assert after.pairs[: len(self.pairs)] == self.pairs
        more, last = len(after.pairs) - len(self.pairs), self.own + len(self.pairs)
        rows = (
            LimitRow(row.step, row.limit + more, row.choice) if row.limit >= last else row
            for row in solution.limit_rows
        )
        return replace(solution, limit_rows=tuple(rows))
