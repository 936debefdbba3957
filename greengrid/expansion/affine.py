"""The dispatch of one span as a function of capacities: every bound and side is affine in them, nothing else moves.

The least cost is then convex in the capacities, and the dual function at any duals (weak duality; Bertsimas and
Tsitsiklis 1997, theorem 4.3) is affine in them: a bound on the cost of every other choice, computed from arrays apart
from the solver. Devices may go both ways at once here, as in any linear program: real dispatch costs no less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from greengrid.dispatch.blocks import BLOCK_MARGIN_FRAC, near_start
from greengrid.dispatch.bound import lower_bound
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.program import Program, Span
from greengrid.dispatch.solver import Solution, solve
from greengrid.dispatch.warm import shape_of
from greengrid.errors import CalculationFailed
from greengrid.expansion.bundle import Cut, Value
from greengrid.hourly import Array


class CapacitySpan:
    """One span of days, dispatched again and again for other capacities, each time from where it ended before."""

    def __init__(self, base: Problem, moved: Sequence[Problem], base_mw: Array, moved_mw: Array) -> None:
        """`moved[j]` is `base` with capacity j at `moved_mw[j]` instead of `base_mw[j]`.

        Raises `CalculationFailed` where the problems differ in more than numbers.
        """
        if any(shape_of(each) != shape_of(base) for each in moved):
            raise CalculationFailed("dispatches of other capacities have other columns or limits")
        self.base, self.moved, self.base_mw = base, tuple(moved), base_mw
        self.step_mw = moved_mw - base_mw
        self.corners = [self._program(corner) for corner in self._corners()]
        self.last: Solution | None = None

    def _corners(self) -> list[Array]:
        return [self.base_mw, *(self.base_mw + step for step in np.diag(self.step_mw))]

    def problem(self, capacity_mw: Array) -> Problem:
        """The dispatch with these capacities."""
        return blended(self.base, self.moved, (capacity_mw - self.base_mw) / self.step_mw)

    def _program(self, capacity_mw: Array) -> Program:
        return Program(self.problem(capacity_mw), Span(0, self.base.days, cyclic=True))

    def evaluate(self, capacity_mw: Array, weight: float = 1.0) -> Value:
        """Least operating cost of the span and its cut, both times `weight`."""
        program = self._program(capacity_mw)
        own = len(program.row_lower)
        if self.last is None:
            solution = solve(program, margin_frac=BLOCK_MARGIN_FRAC)
        else:
            rows, basis = near_start(self.last, own)
            solution = solve(program, rows=rows, basis=basis, margin_frac=BLOCK_MARGIN_FRAC)
        self.last = solution
        values = np.clip(solution.values, program.lower, program.upper)
        return Value(weight * float(program.cost @ values), self._cut(solution, weight))

    def _cut(self, solution: Solution, weight: float) -> Cut:
        """The dual function at this solution's duals, from its values at the corners."""
        rows = list(solution.limit_rows)
        bounds = np.array([lower_bound(corner, rows, solution.row_dual) for corner in self.corners])
        slope = weight * (bounds[1:] - bounds[0]) / self.step_mw
        return Cut(weight * float(bounds[0]) - float(slope @ self.base_mw), slope)


def blended(base: Problem, moved: Sequence[Problem], shares: Array) -> Problem:
    """base + sum of shares x (moved - base) in every bound, demand and side; coefficients stay those of the base."""

    def mixed(of: Callable[[Problem], Array]) -> Array:
        first = of(base)
        finite = np.isfinite(first)
        found = first.copy()
        for problem, share in zip(moved, shares.tolist(), strict=True):
            found[finite] += share * (of(problem)[finite] - first[finite])
        return found

    lower = mixed(lambda problem: problem.lower)
    return replace(
        base,
        lower=lower,
        # Rounding must not put a bound of nothing below another.
        upper=np.maximum(mixed(lambda problem: problem.upper), lower),
        demand=mixed(lambda problem: problem.demand),
        families=tuple(
            replace(
                family,
                lower=mixed(lambda problem, k=k: problem.families[k].lower),  # type: ignore[misc]
                upper=mixed(lambda problem, k=k: problem.families[k].upper),  # type: ignore[misc]
            )
            for k, family in enumerate(base.families)
        ),
        concave=tuple(
            replace(
                family,
                constant=mixed(lambda problem, k=k: problem.concave[k].constant),  # type: ignore[misc]
                lines=tuple(
                    (pattern, mixed(lambda problem, k=k, n=n: problem.concave[k].lines[n][1]))  # type: ignore[misc]
                    for n, (pattern, _) in enumerate(family.lines)
                ),
            )
            for k, family in enumerate(base.concave)
        ),
    )
