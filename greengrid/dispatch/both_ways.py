"""Hours in which the linear program uses a device both ways at once, found and repaired exactly.

Where power has a negative price, a linear program burns it: a link sends both ways at once or fills its lossiest piece
first, a battery charges and discharges in one hour. No real device does.

The rule. Every device-hour that breaks its ways is fixed to one of them: the way of its larger total, for a link in the
piece where its net flow lies. The program is solved again from its last basis, and so on until no device-hour is left.
The certificate then compares that cost with a bound that holds for *every* choice of ways (Lagrangian duality:
Geoffrion 1974, Mathematical Programming Study 2): reduced costs are minimised over each device's ways instead of over
the box of its columns. Where the gap stays above the target and the span is not long, the ways of the broken
device-hours are chosen by a mixed-integer program (`exact_ways`), whose bound then counts; in a long span by its linear
relaxation, from whose duals the bound is computed, and then week by week (`window_ways`). What gap is left is in the
certificate. Prices are the duals with those ways fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from greengrid.dispatch.exact_ways import best_ways, relaxed_ways
from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.program import Program
from greengrid.dispatch.solver import NoOptimum, Solution, solve
from greengrid.dispatch.ways import Device, Key, Piece, bound, broken, devices, with_ways
from greengrid.dispatch.window_ways import best_weeks
from greengrid.hourly import Array

EXACT_STEPS_MAX = 28 * 24
"""Up to this length ways are chosen by a mixed-integer program; a year's gap after the first choice is small."""
PASSES_MAX = 20
HULLS_MAX = 3
WEEKS_MAX = 4
"""Times that the ways of a long span are chosen week by week."""

Report = Callable[[int, int, float], None]
"""(pass, device-hours that break their ways, cost)."""


@dataclass(frozen=True)
class Repair:
    """A device-hour that was fixed to one way."""

    step: int
    device: str
    kind: str
    way: int
    """0: forward, charge or purchase; 1: reverse, discharge or sale."""


@dataclass(frozen=True)
class Repaired:
    """A solution in which every device goes one way at a time."""

    solution: Solution
    bound_usd: float
    """No dispatch of one way at a time costs less."""
    repairs: tuple[Repair, ...]
    relaxed_usd: float
    """Optimum of the linear program, which allows both ways."""
    duals: tuple[tuple[tuple[LimitRow, ...], Array], ...]
    """Limit rows and duals that `bound` may be computed from."""
    integer: bool = False
    """Whether the bound is that of a mixed-integer program and not of duals alone."""


def repair(
    program: Program, solution: Solution, target_frac: float, report: Report | None = None, *, whole: bool = True
) -> Repaired:
    """The best dispatch of one way at a time that the rule finds, with its bound.

    `program` and its optimal `solution` allow both ways; `whole`: no column was set aside, so that a bound by integers
    counts. Raises `NoOptimum` when a choice of ways has no solution and
    no other choice was found.
    """
    found = devices(program.problem)
    root = bound(program, found, solution.limit_rows, solution.row_dual)
    wrong = broken(program, solution.values, found)
    if not wrong:
        return Repaired(solution, root, (), solution.objective_usd, ((solution.limit_rows, solution.row_dual),))
    return _Search(program, found, solution, root, report, whole=whole).run(wrong, target_frac)


@dataclass(frozen=True)
class _Choice:
    chosen: dict[Key, Piece]
    solution: Solution

    @property
    def cost_usd(self) -> float:
        return self.solution.objective_usd


class _Search:
    """Fixes ways pass by pass; keeps the best choice and the best bound."""

    def __init__(
        self,
        program: Program,
        found: Sequence[Device],
        root: Solution,
        bound_usd: float,
        report: Report | None,
        *,
        whole: bool,
    ) -> None:
        self.whole = whole
        self.program, self.found, self.root, self.bound_usd = program, found, root, bound_usd
        self.report = report or (lambda number, wrong, cost: None)
        self.best: _Choice | None = None
        self.duals = [(root.limit_rows, root.row_dual)]
        self.integer = False

    def run(self, wrong: dict[Key, Piece], target_frac: float) -> Repaired:
        self._dive(_Choice({}, self.root), wrong)
        if self.best is not None:
            # The duals of the repaired program bound all other choices too.
            self.duals.append((self.best.solution.limit_rows, self.best.solution.row_dual))
            self.bound_usd = max(self.bound_usd, bound(self.program, self.found, *self.duals[-1]))
        if not self._within(target_frac) and self.program.count <= EXACT_STEPS_MAX:
            self._exact(wrong, target_frac)
        elif not self._within(target_frac):
            self._hull(wrong, target_frac)
            if self.whole and not self._within(target_frac):
                self._weeks(wrong, target_frac)
        if self.best is None:
            raise NoOptimum(self.program, list(self.root.limit_rows), "no choice of ways has a solution")
        return self._result(self.best)

    def _result(self, best: _Choice) -> Repaired:
        start = self.program.steps.start
        repairs = tuple(
            Repair(start + step, self.found[number].name, self.found[number].kind, way)
            for (number, step), (way, _) in sorted(best.chosen.items(), key=lambda item: (item[0][1], item[0][0]))
        )
        duals = tuple(self.duals)
        return Repaired(best.solution, self.bound_usd, repairs, self.root.objective_usd, duals, self.integer)

    def _within(self, target_frac: float) -> bool:
        if self.best is None:
            return False
        return self.best.cost_usd - self.bound_usd <= target_frac * max(1.0, abs(self.best.cost_usd))

    def _fixed(self, chosen: dict[Key, Piece], start: Solution) -> _Choice | None:
        program = with_ways(self.program, self.found, chosen)
        basis = start.column_status, start.row_status
        try:
            return _Choice(chosen, solve(program, rows=list(start.limit_rows), basis=basis))
        except NoOptimum:
            return None

    def _dive(self, choice: _Choice, wrong: dict[Key, Piece]) -> dict[Key, Piece]:
        """Fixes what is broken and solves again until nothing is; keeps the end if it is the best. All it fixed."""
        for number in range(1, PASSES_MAX + 1):
            self.report(number, len(wrong), choice.cost_usd)
            chosen = {**choice.chosen, **wrong}
            solved = self._fixed(chosen, choice.solution)
            if solved is None:
                return chosen
            choice = solved
            fresh = broken(self.program, choice.solution.values, self.found)
            wrong = {key: piece for key, piece in fresh.items() if key not in chosen}
            if not wrong:
                if self.best is None or choice.cost_usd < self.best.cost_usd:
                    self.best = choice
                return chosen
        return choice.chosen

    def _hull(self, wrong: dict[Key, Piece], target_frac: float) -> None:
        """Ways by the largest share in the relaxation to each device's convex hull; its duals give the best bound."""
        keys = set(wrong) | set(self.best.chosen if self.best else ())
        rows, basis = list(self.root.limit_rows), (self.root.column_status, self.root.row_status)
        for _ in range(HULLS_MAX):
            answer = relaxed_ways(self.program, self.found, sorted(keys), rows, basis)
            if answer is None:
                return
            chosen, row_dual = answer
            self.duals.append((tuple(rows), row_dual))
            self.bound_usd = max(self.bound_usd, bound(self.program, self.found, *self.duals[-1]))
            before = len(keys)
            solved = self._fixed(chosen, self.root)
            if solved is not None:
                fresh = broken(self.program, solved.solution.values, self.found)
                keys |= set(self._dive(solved, {key: way for key, way in fresh.items() if key not in chosen}))
            if self._within(target_frac) or before == len(keys):
                return

    def _weeks(self, wrong: dict[Key, Piece], target_frac: float) -> None:
        """Ways chosen week by week at the best duals known; what they break elsewhere is chosen in the next pass."""
        keys = set(wrong) | set(self.best.chosen if self.best else ())
        for _ in range(WEEKS_MAX):
            duals = max(self.duals, key=lambda duals: bound(self.program, self.found, *duals))
            answer = best_weeks(self.program, self.found, sorted(keys), duals, target_frac / 4)
            self.integer |= answer.bound_usd > self.bound_usd
            self.bound_usd = max(self.bound_usd, answer.bound_usd)
            before = len(keys)
            solved = self._fixed(answer.chosen, self.root)
            if solved is not None:
                fresh = broken(self.program, solved.solution.values, self.found)
                keys |= set(self._dive(solved, {key: way for key, way in fresh.items() if key not in answer.chosen}))
                self.duals.append((solved.solution.limit_rows, solved.solution.row_dual))
            if self._within(target_frac) or before == len(keys):
                return

    def _exact(self, wrong: dict[Key, Piece], target_frac: float) -> None:
        """Ways chosen by a mixed-integer program over the device-hours known to break; more are added as they do."""
        keys, rows = set(wrong), list(self.best.solution.limit_rows if self.best else self.root.limit_rows)
        for _ in range(PASSES_MAX):
            answer = best_ways(self.program, self.found, sorted(keys), rows, target_frac / 4)
            if answer is None:
                return
            self.integer |= answer.bound_usd > self.bound_usd
            self.bound_usd = max(self.bound_usd, answer.bound_usd)
            before = len(rows), len(keys)
            solved = self._fixed(answer.chosen, self.root)
            if solved is not None:
                rows = list(dict.fromkeys([*rows, *solved.solution.limit_rows]))
                fresh = broken(self.program, solved.solution.values, self.found)
                keys |= set(self._dive(solved, {key: way for key, way in fresh.items() if key not in answer.chosen}))
            if self._within(target_frac) or before == (len(rows), len(keys)):
                return
