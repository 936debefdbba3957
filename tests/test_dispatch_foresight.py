"""Seven-day foresight: a schedule that can be run, that costs no less than perfect foresight, from a stated rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from greengrid.dispatch import year
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.foresight import Foresight, dispatch_by_week, smoothed, water_values
from greengrid.dispatch.options import Options
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.rules import cap_uses
from greengrid.hourly import HourlyTable
from tests.small_system import make_full_system, make_system

DAYS = 28


def _dry_then_wet(seed: int, days: int = DAYS) -> Problem:
    """Rain only in the second half, and a dam that holds a month of it: knowing what comes is worth something."""
    system = make_system(seed, hours=days * 24)
    inflow = system.profiles.inflow_mw
    factor = np.where(np.arange(days * 24) < days * 12, 0.4, 1.6)[:, None]
    wet = HourlyTable(inflow.columns, inflow.values * np.where([name == "dam" for name in inflow.columns], factor, 1.0))
    units = tuple(replace(unit, storage_mwh=40_000.0) if unit.name == "dam" else unit for unit in system.economy.units)
    economy = replace(system.economy, units=units)
    return make_problem(system.grid, replace(system.profiles, inflow_mw=wet), economy)


@pytest.fixture(scope="module")
def solved() -> tuple[Problem, year.Optimum, Foresight]:
    problem = _dry_then_wet(1)
    perfect = year.optimise(problem)
    return problem, perfect, dispatch_by_week(problem, perfect, lambda what, done, total: None)


def test_not_knowing_costs_something_and_the_difference_is_told(
    solved: tuple[Problem, year.Optimum, Foresight],
) -> None:
    """The weekly dispatch, its stores made good, costs more than perfect foresight, by what is told."""
    _, perfect, weekly = solved
    assert weekly.cost_usd > 0
    told = weekly.optimum.objective_usd + weekly.shortfall_usd - perfect.objective_usd
    assert weekly.cost_usd == pytest.approx(told)
    assert weekly.cost_usd < 0.1 * perfect.objective_usd


def test_the_weekly_schedule_can_be_run(solved: tuple[Problem, year.Optimum, Foresight]) -> None:
    """Its hours, put together, break no bound, no limit, no ramp and no balance of power, battery or store."""
    problem, _, weekly = solved
    program, values = weekly.optimum.program, weekly.optimum.solution.values
    assert np.all(values >= program.lower - 1e-6)
    assert np.all(values <= program.upper + 1e-6)
    known = np.zeros((program.count, program.limits.total), dtype=bool)
    assert program.violated(values, known, 0.0) == []
    residual = np.abs(program.matrix @ values - program.row_lower)
    stored = problem.days * len(problem.stores)
    assert residual[:-stored].max() < 1e-5
    # The year may end with another level than it began with: only the first day's rows may tell.
    assert residual[-stored + len(problem.stores) :].max() < 1e-6


def test_prices_of_the_weekly_dispatch_are_duals_of_its_weeks(solved: tuple[Problem, year.Optimum, Foresight]) -> None:
    """Area prices lie between the dump's and the lost load's, and are not those of perfect foresight."""
    problem, perfect, weekly = solved
    areas = problem.steps * weekly.optimum.program.areas
    prices = weekly.optimum.solution.row_dual[:areas]
    assert prices.min() > -110
    assert prices.max() < 3100
    assert not np.allclose(prices, perfect.solution.row_dual[:areas])


def test_water_is_worth_what_one_more_mwh_saves() -> None:
    """The value of the dam on a day is the fall of the year's cost by one more MWh of inflow on that day."""
    problem = _dry_then_wet(2, days=14)
    optimum = year.optimise(problem)
    value = water_values(problem, optimum)
    more = problem.inflow_mwh.copy()
    more[3, 0] += 1.0
    cheaper = year.optimise(replace(problem, inflow_mwh=more)).objective_usd
    assert optimum.objective_usd - cheaper == pytest.approx(value[3, 0], abs=0.05)


def test_values_are_smoothed_around_the_turn_of_the_year() -> None:
    """A spike on the last day is spread evenly over the days before it and the first ones; the sum stays."""
    daily = np.zeros((365, 1))
    daily[-1] = 57.0
    even = smoothed(daily)
    assert even.sum() == pytest.approx(57.0)
    assert even[0, 0] == pytest.approx(1.0)
    assert even[364 - 28, 0] == pytest.approx(1.0)
    assert even[180, 0] == 0.0


def test_a_cap_is_neither_thrown_away_nor_used_up_before_its_time() -> None:
    """A carbon cap that just covers two weeks still serves the second one when it is seen a week at a time."""
    system = make_full_system(1, 14 * 24)
    for million_t in (3.4, 6.0):
        options = Options(co2_cap_tco2=(("all", million_t * 1e6),))
        problem = make_problem(system.grid, system.profiles, system.economy, options)
        perfect = year.optimise(problem)
        seen = dispatch_by_week(problem, perfect, lambda what, done, total: None).optimum
        (cap,) = cap_uses(problem, seen)
        assert cap.amount <= cap.limit * (1 + 1e-9)
        assert seen.objective_usd >= perfect.objective_usd * (1 - 1e-9)
