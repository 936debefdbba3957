"""The least sum of a convex cost known by cuts and a convex cost known by lines, over a box, with a certified gap.

Cutting planes (Kelley 1960, J. SIAM 8(4), 703-712) with level stabilisation (Lemarechal, Nemirovskii and Nesterov 1995,
Mathematical Programming 69, 111-147): the next trial is the point nearest to the best one, in the largest norm, at
which the model of cuts lies a stated share of the gap above its minimum. Each part of the cost has cuts of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from greengrid.errors import CalculationFailed
from greengrid.hourly import Array

LEVEL_FRAC = 0.3
"""Share of the gap above the model's minimum at which the next trial lies."""


@dataclass(frozen=True)
class Cut:
    """cost(x) >= constant + slope x for every x."""

    constant_usd: float
    slope_usd_per_mw: Array


@dataclass(frozen=True)
class Value:
    """One part of the cost at a point, with a cut that holds everywhere."""

    cost_usd: float
    cut: Cut


@dataclass(frozen=True)
class Box:
    """What is chosen: bounds, cost per MW, and a convex cost that is the largest of some lines."""

    lower_mw: Array
    upper_mw: Array
    annual_usd_per_mw: Array
    lines: tuple[Cut, ...] = ()
    """Cost beside `annual_usd_per_mw`: the largest of these lines; none: nothing."""

    def investment_usd(self, capacity_mw: Array) -> float:
        """Annual cost of the capacities."""
        largest = max(
            (line.constant_usd + float(line.slope_usd_per_mw @ capacity_mw) for line in self.lines), default=0
        )
        return float(self.annual_usd_per_mw @ capacity_mw) + largest


@dataclass(frozen=True)
class Search:
    """When a search ends: whatever comes first."""

    gap_frac: float
    trials_max: int
    worse_than_usd: float = np.inf
    """Once the bound lies above this, no choice costs as little."""


@dataclass(frozen=True)
class Trial:
    """One evaluated point."""

    capacity_mw: Array
    cost_usd: float
    lower_bound_usd: float
    """After the cuts of this trial."""
    best_usd: float


@dataclass(frozen=True)
class Found:
    """The best point and how good it provably is."""

    capacity_mw: Array
    cost_usd: float
    lower_bound_usd: float
    values: tuple[Value, ...]
    trials: tuple[Trial, ...]

    @property
    def gap_frac(self) -> float:
        """Distance to the bound as a share of the cost."""
        return max(0.0, self.cost_usd - self.lower_bound_usd) / max(1.0, abs(self.cost_usd))


def minimise(
    box: Box,
    evaluate: Callable[[Array], Sequence[Value]],
    start_mw: Array,
    search: Search,
    report: Callable[[Trial], None] = lambda trial: None,
) -> Found:
    """The least of investment plus the parts that `evaluate` gives, as far as the search goes."""
    cuts: list[Sequence[Value]] = []
    trials: list[Trial] = []
    best: tuple[float, Array, Sequence[Value]] | None = None
    lower = -np.inf
    trial_mw = np.clip(start_mw, box.lower_mw, box.upper_mw)
    while len(trials) < search.trials_max:
        values = evaluate(trial_mw)
        cuts.append(values)
        cost = box.investment_usd(trial_mw) + sum(value.cost_usd for value in values)
        if best is None or cost < best[0]:
            best = (cost, trial_mw, values)
        master = _Master(box, cuts)
        lower = max(lower, master.lower_bound_usd())
        trials.append(Trial(trial_mw, cost, lower, best[0]))
        report(trials[-1])
        if best[0] - lower <= search.gap_frac * max(1.0, abs(best[0])) or lower > search.worse_than_usd:
            break
        trial_mw = master.near(best[1], lower + LEVEL_FRAC * (best[0] - lower))
    assert best is not None
    return Found(best[1], best[0], lower, tuple(best[2]), tuple(trials))


class _Master:
    """The model of cuts as a linear program in shares of the box, millions of USD."""

    def __init__(self, box: Box, cuts: Sequence[Sequence[Value]]) -> None:
        self.box = box
        self.span_mw = np.where(box.upper_mw > box.lower_mw, box.upper_mw - box.lower_mw, 1.0)
        groups = [[value.cut for value in part] for part in zip(*cuts, strict=True)]
        if box.lines:
            groups.append(list(box.lines))
        self.cuts = [cut for group in groups for cut in group]
        self.group = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        self.parts = len(groups)
        self.slopes = np.array([cut.slope_usd_per_mw for cut in self.cuts])
        self.at_lower = np.array([cut.constant_usd for cut in self.cuts]) + self.slopes @ box.lower_mw
        size = len(box.lower_mw)
        self.cost = np.concatenate([box.annual_usd_per_mw * self.span_mw / 1e6, np.ones(self.parts)])
        self.rows = np.zeros((len(self.cuts), size + self.parts))
        self.rows[:, :size] = self.slopes * self.span_mw / 1e6
        self.rows[np.arange(len(self.cuts)), size + self.group] = -1.0
        self.sides = -self.at_lower / 1e6
        reach = (box.upper_mw > box.lower_mw).astype(float)
        self.bounds = [(0.0, most) for most in reach] + [(None, None)] * self.parts

    def lower_bound_usd(self) -> float:
        """From the duals alone: cuts weighted to one in each part are a line, whose least over the box is a bound."""
        from scipy.optimize import linprog

        found = linprog(self.cost, A_ub=self.rows, b_ub=self.sides, bounds=self.bounds, method="highs-ds")
        if found.status != 0:
            raise CalculationFailed(f"the choice of capacities has no optimum: {found.message}")
        weight = np.maximum(-np.asarray(found.ineqlin.marginals), 0.0)
        total = np.bincount(self.group, weight, minlength=self.parts)
        weight /= total[self.group]
        slope = (self.box.annual_usd_per_mw + weight @ self.slopes) * self.span_mw
        reach = np.array([most for _, most in self.bounds[: len(slope)]])
        fixed = float(self.box.annual_usd_per_mw @ self.box.lower_mw)
        return fixed + float(weight @ self.at_lower) + float(np.minimum(slope * reach, 0.0).sum())

    def near(self, centre_mw: Array, level_usd: float) -> Array:
        """The point nearest to the centre, in the largest norm of shares of the box, with the model at the level."""
        from scipy.optimize import linprog

        size, width = len(centre_mw), len(self.cost)
        centre = (centre_mw - self.box.lower_mw) / self.span_mw
        level = level_usd / 1e6 - float(self.box.annual_usd_per_mw @ self.box.lower_mw) / 1e6
        beside = np.zeros((2 * size, width + 1))
        beside[:size, :size], beside[size:, :size] = np.eye(size), -np.eye(size)
        beside[:, width] = -1.0
        rows = np.vstack([np.column_stack([self.rows, np.zeros(len(self.rows))]), np.append(self.cost, 0.0), beside])
        sides = np.concatenate([self.sides, [level], centre, -centre])
        distance = np.append(np.zeros(width), 1.0)
        found = linprog(distance, A_ub=rows, b_ub=sides, bounds=[*self.bounds, (0.0, None)], method="highs-ds")
        if found.status != 0:
            raise CalculationFailed(f"the choice of capacities has no next trial: {found.message}")
        share = np.clip(found.x[:size], 0.0, 1.0)
        return np.asarray(np.clip(self.box.lower_mw + share * self.span_mw, self.box.lower_mw, self.box.upper_mw))
