"""Room kept free on flow limits for what the loss of a unit, a pole or an island would add to them.

What is lost and who makes it good follow from the dispatch itself (`greengrid.security.screening`), and neither is
linear in it. So the room is taken from the dispatch of the round before, by hour, and every round keeps what it lacked:
a limit that was broken in any hour keeps its room in all hours from then on, later ones only grow. That ends, since no
loss exceeds what can be lost; it is an upper bound on the cost of security, since a plant is never asked to make less
so that less can be lost. Where losses on both sides of a limit ask for more room than it has, the larger is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.problem import Problem
from greengrid.dispatch.program import Program
from greengrid.dispatch.result import LOSSES, LeftToAutomatics
from greengrid.dispatch.solver import Solution
from greengrid.dispatch.year import Optimum
from greengrid.hourly import Array

Keep = Callable[[Optimum], Array]
"""What must stay free on each limit of a dispatch, MW, shape (2, steps, limits): forward, reverse."""
GROWTH_FRAC = 0.01
"""Kept beyond what was lacking: who makes a loss good changes a little from round to round."""
GROWTH_RATIO = 2.0
"""By so much the step grows each time it lacks again: where less is imported, more is made and can be lost at home."""
TOLERANCE_MW = 1e-2
FORWARD, REVERSE = 0, 1


@dataclass
class Headroom:
    """The room that is kept so far."""

    keep: Keep | None
    relief_max_usd_per_mwh: float
    mw: Array
    """Shape (2, steps, limits of the network)."""
    left: NDArray[np.bool_]
    """Likewise: where it is too dear, and automatics act after the loss."""
    grown: NDArray[np.int64]
    """Likewise: how often it grew."""
    lacking_mw: Array
    """Likewise: what flows lacked last."""

    @classmethod
    def none(cls, problem: Problem, keep: Keep | None, relief_max_usd_per_mwh: float) -> Headroom:
        shape = (2, problem.steps, len(problem.network.limits))
        empty = np.zeros(shape), np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.int64), np.zeros(shape)
        return cls(keep, relief_max_usd_per_mwh, *empty)

    @property
    def hours(self) -> int:
        """Hours of limits in which room is kept."""
        return int((self.mw > 0).any(axis=0).sum())

    def left_to_automatics(self, limits: Sequence[str]) -> list[LeftToAutomatics]:
        """Limits and ways on which room is not kept though it lacks."""
        rows = []
        for way, name in enumerate(("forward", "reverse")):
            for k in np.flatnonzero((self.lacking_mw[way] > TOLERANCE_MW).any(axis=0)).tolist():
                lacking = self.lacking_mw[way, :, k]
                hours = int((lacking > TOLERANCE_MW).sum())
                rows.append(LeftToAutomatics(LOSSES, limits[k], name, hours, float(lacking.max())))
        return rows

    def on(self, problem: Problem) -> Problem:
        """The problem with this room kept."""
        return replace(problem, headroom_mw=self.mw.copy()) if self.mw.any() else problem

    def grow(self, problem: Problem, optimum: Optimum, flow_mw: Array) -> int:
        """Keeps what the flows, shape (steps, limits), lack; in how many hours of limits anything was lacking."""
        if self.keep is None:
            return 0
        network, own = problem.network, self.mw.shape[2]
        need = self.keep(optimum)
        most = np.stack([network.flow_max_mw[:own], -network.flow_min_mw[:own]])[:, None, :]
        self.lacking_mw = np.stack([flow_mw, -flow_mw]) - (most - need)
        broken = (self.lacking_mw > TOLERANCE_MW) & ~self.left
        known = self.mw.any(axis=1) | self.left.any(axis=1)
        new = np.asarray(broken.any(axis=1) & ~known)
        more = broken | new[:, None, :] & ~self.left
        step = (need - self.mw) * GROWTH_RATIO ** np.maximum(self.grown - 1, 0)
        self.mw = np.where(more, np.maximum(self.mw + step, need * (1 + GROWTH_FRAC)), self.mw)
        self.grown += broken
        shut = np.asarray(self.mw.sum(axis=0) > most.sum(axis=0))
        larger: NDArray[np.bool_] = self.mw[FORWARD] >= self.mw[REVERSE]
        self._leave(np.stack([shut & larger, shut & ~larger]))
        return int((broken & ~self.left).sum())

    def drop(self, program: Program, solution: Solution) -> NDArray[np.bool_]:
        """Leaves what is too dear at these prices; the steps of the span in which that happened."""
        dropped = np.zeros(program.count, dtype=bool)
        duals = solution.row_dual[len(program.row_lower) :] / program.problem.hours_per_step
        there = np.zeros_like(self.left)
        for row, dual in zip(solution.limit_rows, duals.tolist(), strict=True):
            way, step = FORWARD if dual < 0 else REVERSE, program.steps.start + row.step
            dear = row.limit < self.mw.shape[2] and abs(dual) > self.relief_max_usd_per_mwh
            if dear and self.mw[way, step, row.limit] > 0:
                there[way, step, row.limit] = dropped[row.step] = True
        self._leave(there)
        return dropped

    def _leave(self, there: NDArray[np.bool_]) -> None:
        self.left |= there
        self.mw[there] = 0.0
