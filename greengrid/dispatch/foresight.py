"""The dispatch of an operator who sees seven days ahead and values what is left in the stores at the end of them.

Perfect foresight flatters storage. Here every sixth day the seven days ahead are planned and six of them kept, so that
no day is decided without the one after it in sight; what a store holds at the end of a plan is worth something that is
not knowledge of the weeks to come:

    value of the k-th quarter of a store = v x clip(1 + (g - m) / size, 0.25, 2)

with m the middle of that quarter, and v and g the water value and the level of the perfect-foresight year on that day,
both averaged over the four weeks before and after (around the turn of the year): season without weather. Batteries and
whatever looks back (ramps, times of units) go on from the plan before, but not over the turn of the year. The last plan
ends no lower than the year began, as far as water allows; a shortfall is priced at v.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from greengrid.dispatch import both_ways
from greengrid.dispatch.blocks import Progress, least_draw_mwh
from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.infeasible import explain
from greengrid.dispatch.problem import HOURS_PER_DAY, Problem
from greengrid.dispatch.program import STORE_UNIT_MWH, Program, Span
from greengrid.dispatch.solver import NoOptimum, Solution, solve
from greengrid.dispatch.year import GAP_TARGET_FRAC, Optimum
from greengrid.hourly import Array

AHEAD_DAYS, KEPT_DAYS = 7, 6
QUARTERS = 4
VALUE_MIN_RATIO, VALUE_MAX_RATIO = 0.25, 2.0
SMOOTHED_DAYS = 28
"""On either side."""


@dataclass(frozen=True)
class Foresight:
    """A year dispatched week by week beside the year with perfect foresight."""

    optimum: Optimum
    """The weekly dispatch; its bound is that of perfect foresight, which no weekly dispatch undercuts."""
    perfect_usd: float
    shortfall_usd: float
    """Worth of what the stores lack at the end of the year against its beginning; part of the cost of foresight."""

    @property
    def cost_usd(self) -> float:
        """What not knowing the weeks to come costs a year."""
        assert self.optimum.foresight_cost_usd is not None
        return self.optimum.foresight_cost_usd


def water_values(problem: Problem, perfect: Optimum) -> Array:
    """USD per MWh of one more MWh in each store at the end of each day, shape (days, stores); never negative."""
    end = len(perfect.program.row_lower)
    stored = problem.days * len(problem.stores)
    duals = perfect.solution.row_dual[end - stored : end].reshape(problem.days, -1)
    values: Array = np.maximum(-duals, 0.0) / STORE_UNIT_MWH
    return values


def smoothed(daily: Array) -> Array:
    """Mean over the days before and after, around the turn of the year; shape (days, ...) kept."""
    width = min(SMOOTHED_DAYS, (len(daily) - 1) // 2)
    shifted = [np.roll(daily, shift, axis=0) for shift in range(-width, width + 1)]
    mean: Array = np.mean(shifted, axis=0)
    return mean


def dispatch_by_week(problem: Problem, perfect: Optimum, progress: Progress) -> Foresight:
    """The year week by week, from the perfect-foresight year of the same problem.

    Raises `Infeasible` when a week cannot be served from the state in which the week before left it.
    """
    year = _Year(problem, perfect)
    starts = list(range(0, max(problem.days - AHEAD_DAYS, 0) + KEPT_DAYS, KEPT_DAYS))
    for number, first in enumerate(starts):
        progress(f"seven-day foresight, plan {number + 1}", number, len(starts))
        ahead = min(first + AHEAD_DAYS, problem.days)
        try:
            year.dispatch(first, ahead if number + 1 == len(starts) else first + KEPT_DAYS, ahead)
        except NoOptimum as error:
            raise explain(error) from error
    progress("seven-day foresight", len(starts), len(starts))
    return year.result(perfect)


class _Year:
    """What has been dispatched so far."""

    def __init__(self, problem: Problem, perfect: Optimum) -> None:
        self.problem = problem
        self.whole = perfect.program
        levels = self.whole.levels_mwh(perfect.solution.values)
        self.value = smoothed(water_values(problem, perfect))
        self.guide = smoothed(levels)
        cyclic = np.array([store.cyclic for store in problem.stores], dtype=bool)
        self.start = np.where(cyclic, levels[-1], [store.start_mwh for store in problem.stores])
        self.cyclic = cyclic
        output = perfect.solution.values[: self.whole.levels_at].reshape(problem.steps, -1)
        self.content_start = output[-1, [content for _, _, content, _ in problem.batteries]]
        self.output = np.zeros_like(output)
        self.levels = np.zeros((problem.days, len(problem.stores)))
        self.spills = np.zeros((problem.days, len(problem.stores)))
        own = [problem.steps * n for n in (self.whole.areas, len(problem.joint), len(problem.batteries))]
        self.duals = [np.zeros((problem.steps, size // problem.steps)) for size in own] + [np.zeros_like(self.levels)]
        self.limit_rows: list[LimitRow] = []
        self.limit_duals: list[Array] = []
        self.repairs: list[both_ways.Repair] = []
        looks_back = max((family.looks_back for family in problem.families), default=0)
        self.history_days = max(1, -(-looks_back * problem.hours_per_step // HOURS_PER_DAY))

    def dispatch(self, first: int, last: int, ahead: int) -> None:
        """Plans the days [first, ahead), the days before them held as they are, and keeps those before `last`."""
        known = min(first, self.history_days)
        program = Program(self.problem, Span(first - known, ahead, False, self._level_before(first - known)))
        self._hold(program, first - known, first)
        self._value_ends(program, ahead)
        if ahead == self.problem.days:
            self._close(program, first)
        solution = both_ways.repair(program, solve(program), GAP_TARGET_FRAC)
        kept = range(first * self.problem.steps_per_day, last * self.problem.steps_per_day)
        self.repairs += [one for one in solution.repairs if one.step in kept]
        self._keep(program, solution.solution, known, last)

    def _level_before(self, day: int) -> Array:
        return self.levels[day - 1] if day > 0 else self.start

    def _hold(self, program: Program, first: int, last: int) -> None:
        """Fixes what was decided; the first week starts the batteries with what they hold."""
        problem = self.problem
        steps = slice(first * problem.steps_per_day, last * problem.steps_per_day)
        held = self.output[steps].ravel()
        program.lower[: len(held)] = program.upper[: len(held)] = held
        days = (last - first) * len(problem.stores)
        for at, values in ((program.levels_at, self.levels), (program.spills_at, self.spills)):
            program.lower[at : at + days] = program.upper[at : at + days] = values[first:last].ravel() / STORE_UNIT_MWH
        self._free_rows(program, steps.stop - steps.start, last - first)
        if first == last:
            contents = program.count * (program.areas + len(problem.joint))
            rows = slice(contents, contents + len(problem.batteries))
            program.row_lower[rows] = program.row_upper[rows] = self.content_start

    def _free_rows(self, program: Program, steps: int, days: int) -> None:
        """Takes the sides off the rows of what was decided: they hold as closely as the solver saw to it, no closer."""
        at = 0
        sizes = (program.areas, len(self.problem.joint), len(self.problem.batteries), len(self.problem.stores))
        for number, size in enumerate(sizes):
            length, known = (program.count, steps) if number < len(sizes) - 1 else (program.days, days)
            program.row_lower[at : at + known * size] = -np.inf
            program.row_upper[at : at + known * size] = np.inf
            at += length * size
        program.limits.lower[:steps] = -np.inf
        program.limits.upper[:steps] = np.inf

    def _value_ends(self, program: Program, last: int) -> None:
        """Adds four columns per store: quarters of its last level, each with its worth, and the row that adds them."""
        stores = self.problem.stores
        count, day = len(stores), last - 1
        # What is left of a cap waits for its year: nothing would stop a week from throwing away what it has no use for.
        caps = [number for number, store in enumerate(stores) if not store.cyclic and not len(store.zero_days)]
        program.upper[program.spills_at : program.width].reshape(-1, count)[:, caps] = 0.0
        least = np.array([store.level_min_mwh for store in stores]) / STORE_UNIT_MWH
        size = np.array([store.level_max_mwh for store in stores]) / STORE_UNIT_MWH - least
        # An account is not left in debt: nobody knows whether the next week can pay.
        last_levels = program.levels_at + (program.days - 1) * count + np.arange(count)
        kept = np.minimum(self._forced_later_mwh(last) / STORE_UNIT_MWH, program.upper[last_levels])
        program.lower[last_levels] = np.maximum(program.lower[last_levels], kept)
        middle = (np.arange(QUARTERS) + 0.5) / QUARTERS
        filled = np.divide(self.guide[day] / STORE_UNIT_MWH - least, size, out=np.zeros(count), where=size > 0)
        ratio = np.clip(1 + filled[:, None] - middle, VALUE_MIN_RATIO, VALUE_MAX_RATIO)
        worth = self.value[day][:, None] * ratio * STORE_UNIT_MWH
        old_width = program.width
        program.width += count * QUARTERS
        every = np.arange(count)
        rows = np.concatenate([every, np.repeat(every, QUARTERS)])
        columns = np.concatenate([last_levels, old_width + np.arange(count * QUARTERS)])
        signs = np.concatenate([np.ones(count), -np.ones(count * QUARTERS)])
        own = program.matrix
        wide = sparse.csr_matrix((own.data, own.indices, own.indptr), shape=(own.shape[0], program.width))
        added = sparse.csr_matrix((signs, (rows, columns)), shape=(count, program.width))
        program.matrix = sparse.vstack([wide, added], format="csr")
        program.row_lower = np.concatenate([program.row_lower, least])
        program.row_upper = np.concatenate([program.row_upper, least])
        program.cost = np.concatenate([program.cost, -worth.ravel()])
        program.lower = np.concatenate([program.lower, np.zeros(count * QUARTERS)])
        program.upper = np.concatenate([program.upper, np.repeat(size / QUARTERS, QUARTERS)])

    def _forced_later_mwh(self, day: int) -> Array:
        """What a cap must keep for the output that is forced from this day on; nothing for other stores."""
        problem = self.problem
        forced = np.zeros(len(problem.stores))
        for number, store in enumerate(problem.stores):
            if not store.cyclic:
                forced[number] = max(0.0, least_draw_mwh(problem, store)[day * problem.steps_per_day :].sum())
        return forced

    def _close(self, program: Program, first: int) -> None:
        """Batteries end as full as they began the year, reservoirs too as far as inflow and least release allow."""
        problem, per_day = self.problem, self.problem.steps_per_day
        contents = (program.count - 1) * program.template + np.array(
            [content for _, _, content, _ in problem.batteries], dtype=np.int64
        )
        program.lower[contents] = np.minimum(self.content_start, program.upper[contents])
        drawn = [least_draw_mwh(problem, store)[first * per_day :].sum() for store in problem.stores]
        reach = self._level_before(first) + problem.inflow_mwh[first:].sum(axis=0) - np.array(drawn)
        wanted = np.where(self.cyclic, np.maximum(np.minimum(self.start, 0.999 * reach), 0.0), -np.inf)
        ends = program.levels_at + (program.days - 1) * len(problem.stores) + np.arange(len(problem.stores))
        least = np.maximum(program.lower[ends], wanted / STORE_UNIT_MWH)
        program.lower[ends] = np.minimum(least, program.upper[ends])

    def _keep(self, program: Program, solution: Solution, known: int, last: int) -> None:
        """Takes over the days that were decided now: those after the known ones and before `last`."""
        problem, per_day = self.problem, self.problem.steps_per_day
        first = program.span.first + known
        steps = slice(first * per_day, min(last * per_day, problem.steps))
        own_steps = slice(known * per_day, known * per_day + steps.stop - steps.start)
        own_days = slice(known, known + last - first)
        values = np.clip(solution.values, program.lower, program.upper)
        self.output[steps] = values[: program.levels_at].reshape(program.count, -1)[own_steps]
        stored = program.days * len(problem.stores)
        for at, kept in ((program.levels_at, self.levels), (program.spills_at, self.spills)):
            kept[first:last] = values[at : at + stored].reshape(program.days, -1)[own_days] * STORE_UNIT_MWH
        at = 0
        for number, duals in enumerate(self.duals):
            length, taken = (program.count, own_steps) if number < 3 else (program.days, own_days)
            size = length * duals.shape[1]
            part = solution.row_dual[at : at + size].reshape(length, duals.shape[1])[taken]
            duals[steps if number < 3 else slice(first, last)] = part
            at += size
        own = len(program.row_lower)
        for row, dual in zip(solution.limit_rows, solution.row_dual[own:], strict=True):
            if own_steps.start <= row.step < own_steps.stop:
                self.limit_rows.append(replace(row, step=row.step + program.steps.start))
                self.limit_duals.append(dual)

    def result(self, perfect: Optimum) -> Foresight:
        program = self.whole
        stored = np.concatenate([self.levels.ravel(), self.spills.ravel()]) / STORE_UNIT_MWH
        values = np.concatenate([self.output.ravel(), stored])
        duals = np.concatenate([*(part.ravel() for part in self.duals), np.array(self.limit_duals)])
        objective = float(program.cost @ values)
        areas = program.count * program.areas
        residual = np.abs(program.matrix[:areas] @ values - program.row_lower[:areas])
        rows = len(duals)
        solution = Solution(
            objective, values, duals, np.zeros(program.width, dtype=np.int8), np.zeros(rows, dtype=np.int8),
            tuple(self.limit_rows), np.zeros(len(self.limit_rows)), 0, 0,
        )  # fmt: skip
        lacking = np.where(self.cyclic, np.maximum(self.start - self.levels[-1], 0.0), 0.0)
        shortfall = float(lacking @ self.value[-1])
        optimum = Optimum(
            program, solution, objective, perfect.lower_bound_usd, float(residual.max(initial=0.0)),
            "week by week with seven-day foresight and water values", np.ones(program.template, dtype=bool),
            tuple(self.repairs), foresight_cost_usd=objective + shortfall - perfect.objective_usd,
        )  # fmt: skip
        return Foresight(optimum, perfect.objective_usd, shortfall)
