"""How far what a flow earns at nodal prices moves between the optimal duals.

Where an hour's demand ends exactly at the step of a supply curve, every price between the two steps is a dual of the
same optimum, and a rent at those prices is a range. What some MW at some buses are worth is a linear function of the
duals; its most and least over all optimal duals are the slopes of the optimal cost when those MW are added to the
demand and taken off it (Bertsimas and Tsitsiklis 1997, Introduction to Linear Optimization, theorem 5.2). The cost is
convex in that share, so that differences over a small share enclose both: the range shown is never too narrow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greengrid.dispatch.problem import Problem
from greengrid.dispatch.program import LOWER, Status
from greengrid.dispatch.solver import Model
from greengrid.dispatch.ways import Key, Piece, by_step, devices, with_ways
from greengrid.dispatch.year import Optimum
from greengrid.hourly import Array

SHARE = 1e-4
"""Of the flow: 0.2 MW of 2,000, far above the solver's tolerance of 1e-5 MW and far below any step of supply."""
FULL_MW = 1e-4


@dataclass(frozen=True)
class Range:
    """Least and most over all optimal duals, enclosed."""

    least_usd: float
    most_usd: float

    @property
    def spread_frac(self) -> float:
        """Width as a share of the larger end's size."""
        size = max(abs(self.least_usd), abs(self.most_usd))
        return (self.most_usd - self.least_usd) / size if size else 0.0


class Ranges:
    """Ranges of one optimum's duals: its program stays in the solver, each range moves demand up and down."""

    def __init__(self, problem: Problem, optimum: Optimum) -> None:
        self.problem, self.optimum = problem, optimum
        self.program = optimum.program
        if optimum.repairs:
            self.program = with_ways(self.program, devices(problem), _held(problem, optimum))
        solution = optimum.solution
        basis = _whole(problem, optimum), solution.row_status
        self.model = Model(self.program, rows=list(solution.limit_rows), basis=basis, row_dual=solution.row_dual)

    def worth(self, bought_mw: Array) -> Range:
        """What MW at the buses, shape (steps, buses), negative where sold, are worth at the nodal prices.

        Two solves from a near basis. Raises `NoOptimum` where no dispatch serves the share more.
        """
        before = self.optimum.solution.objective_usd
        more, less = (self._cost_usd(share * bought_mw) for share in (SHARE, -SHARE))
        # One price, one worth: rounding may turn the two round.
        least, most = sorted(((before - less) / SHARE, (more - before) / SHARE))
        return Range(least, most)

    def rent(self, link: str, ends: tuple[str, str], idle_mw: float) -> Range:
        """Rent of a link from `ends[0]` to `ends[1]`: worth received less worth sent, less idle loss at both ends."""
        columns, output = self.problem.columns, self.optimum.program.output(self.optimum.solution.values)
        own = [k for k in columns.of("link") if columns.name[k] == link]
        bought = np.asarray((columns.injection[:, own] @ output[:, own].T).T)
        place = [self.problem.network.buses.index(end) for end in ends]
        bought[:, place] -= idle_mw / 2
        return self.worth(bought)

    def _cost_usd(self, added_mw: Array) -> float:
        self.model.move_to(self.program.with_demand(added_mw))
        self.model.settle()
        return self.model.objective_usd


def _whole(problem: Problem, optimum: Optimum) -> Status:
    """Statuses of all columns; those that were set aside rest at zero."""
    own = int(optimum.kept.sum()) * problem.steps
    found = optimum.solution.column_status
    steps = np.full((problem.steps, problem.columns.count), LOWER, dtype=np.int8)
    steps[:, optimum.kept] = found[:own].reshape(problem.steps, -1)
    return np.concatenate([steps.ravel(), found[own:]])


def _held(problem: Problem, optimum: Optimum) -> dict[Key, Piece]:
    """The pieces that the repair held device-hours to: prices are the duals with those ways fixed."""
    found = devices(problem)
    number = {(device.name, device.kind): k for k, device in enumerate(found)}
    output, upper = (by_step(optimum.program, part) for part in (optimum.solution.values, optimum.program.upper))
    held: dict[Key, Piece] = {}
    for repair in optimum.repairs:
        key = number[repair.device, repair.kind]
        columns = found[key].ways[repair.way]
        full = output[repair.step, columns] >= upper[repair.step, columns] - FULL_MW
        piece = min(int(np.argmin(np.r_[full, False])), len(columns) - 1) if found[key].ordered else 0
        held[key, repair.step] = (repair.way, piece)
    return held
