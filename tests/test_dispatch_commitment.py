"""Relaxed unit commitment: it costs what an independent formulation says, and keeps least outputs and times."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from greengrid.dispatch import assemble, year
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.commitment import ONLINE, START, running_mw, unit_classes, units_online
from greengrid.dispatch.extract import make_dispatch
from greengrid.dispatch.options import Options
from greengrid.dispatch.problem import Problem
from greengrid.economy.fleet import Unit
from greengrid.hourly import Array, HourlyTable
from tests.independent_dispatch import optimum_usd
from tests.small_system import System, make_system

RELAXED = Options(commitment="relaxed")
STARTS_USD_PER_MW = {"coal": 80.0, "gas_ccgt": 55.0}


def _system(seed: int, hours: int = 48) -> System:
    """Coal that may stop but not run below 60 %, 8 h up and 6 h down; gas 45 %, 4 h and 3 h."""
    system = make_system(seed, hours=hours)
    technology = {plant.name: plant.technology for plant in system.grid.plants}
    units = tuple(_committed(unit, technology[unit.name]) for unit in system.economy.units)
    return replace(system, economy=replace(system.economy, units=units))


def _committed(unit: Unit, technology: str) -> Unit:
    if technology not in STARTS_USD_PER_MW:
        return unit
    stable, up, down = (0.6, 8.0, 6.0) if technology == "coal" else (0.45, 4.0, 3.0)
    return replace(
        unit, must_run_frac=(0.0,) * 12, stable_min_frac=stable, up_min_h=up, down_min_h=down,
        start_cost_usd_per_mw=STARTS_USD_PER_MW[technology],
    )  # fmt: skip


def _problem(system: System) -> Problem:
    return make_problem(system.grid, system.profiles, system.economy, RELAXED)


def _of(problem: Problem, optimum: year.Optimum, kind: str) -> Array:
    output = optimum.solution.values[: optimum.program.levels_at].reshape(problem.steps, -1)
    return np.asarray(output[:, problem.columns.of(kind)])


@pytest.fixture
def no_ties(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the tie-breaking cost the two formulations price exactly the same thing."""
    monkeypatch.setattr(assemble, "TIE_COST_USD_PER_MWH", 0.0)


@pytest.mark.usefixtures("no_ties")
@pytest.mark.parametrize("seed", range(4))
def test_equals_an_independent_formulation(seed: int) -> None:
    """Two days with starts, least outputs and times cost the same as rows written down a second time for scipy."""
    system = _system(seed)
    optimum = year.optimise(_problem(system))
    assert optimum.objective_usd == pytest.approx(optimum_usd(system, RELAXED), rel=1e-8)
    assert optimum.gap_frac < 1e-8


def test_least_output_times_and_starts_are_kept() -> None:
    """Outputs lie between the stable share and the whole of what is online; starts stay on, stops stay off."""
    system = _system(1)
    problem = _problem(system)
    optimum = year.optimise(problem)
    plain = make_problem(system.grid, system.profiles, system.economy)
    online, start = _of(problem, optimum, ONLINE), _of(problem, optimum, START)
    output = optimum.solution.values[: optimum.program.levels_at].reshape(problem.steps, -1)
    classes = unit_classes(plain, system.grid, system.economy)
    assert len(classes) == 3
    for number, one in enumerate(classes):
        total = output[:, one.outputs].sum(axis=1)
        assert np.all(total <= online[:, number] + 1e-4)
        assert np.all(total >= one.stable_min_frac * online[:, number] - 1e-4)
        assert np.all(np.diff(online[:, number]) <= start[1:, number] + 1e-4)
        for hour in range(one.up_min_h - 1, problem.steps):
            assert start[hour - one.up_min_h + 1 : hour + 1, number].sum() <= online[hour, number] + 1e-4
        capacity = problem.upper[0, one.online]
        for hour in range(one.down_min_h, problem.steps):
            begun = start[hour - one.down_min_h + 1 : hour + 1, number].sum()
            assert begun + online[hour - one.down_min_h, number] <= capacity + 1e-4


def test_commitment_never_makes_the_dispatch_cheaper() -> None:
    """The same week costs at least as much with starts as without, and these systems do pay for some."""
    dearer = 0
    for seed in range(3):
        system = _system(seed)
        plain = year.optimise(make_problem(system.grid, system.profiles, system.economy)).objective_usd
        committed = year.optimise(_problem(system)).objective_usd
        assert committed >= plain - 1e-3
        dearer += committed > plain + 100
    assert dearer > 0


@pytest.mark.slow
def test_blocks_and_joins_reach_the_same_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five weeks with commitment cost the same by way of blocks as in one piece."""
    problem = _problem(_system(2, hours=35 * 24))
    monkeypatch.setattr(year, "SINGLE_DAYS_MAX", 40)
    direct = year.optimise(problem)
    monkeypatch.setattr(year, "SINGLE_DAYS_MAX", 10)
    joined = year.optimise(problem)
    assert joined.objective_usd == pytest.approx(direct.objective_usd, rel=1e-8)
    assert joined.gap_frac < 1e-7


def test_units_online_is_the_ceiling_of_output_over_unit_size() -> None:
    """Units of 100 MW: nothing runs at 0, one at 0.5 and 100 MW, two at 100.1 MW."""
    system = make_system(0)
    coal = next(unit for unit in system.economy.units if unit.name == "coal")
    table = HourlyTable(("coal",), np.array([[0.0], [0.5], [100.0], [100.1]]))
    assert units_online(table, [coal])["coal"].tolist() == [0, 1, 1, 2]


def test_what_runs_is_the_commitment_where_it_is_on() -> None:
    """Plants of a class run as much as the class has online, each at least its output and at most its capacity."""
    system = _system(1)
    problem = _problem(system)
    found = make_dispatch(system.grid, system.profiles, system.economy, problem, year.optimise(problem))
    running = running_mw(system.grid, system.economy, found)
    spare = 0.0
    for one in unit_classes(make_problem(system.grid, system.profiles, system.economy), system.grid, system.economy):
        names = [problem.columns.name[k] for k in one.outputs]
        output, turning = found.generation_mw.select(names).values, running.select(names).values
        np.testing.assert_allclose(turning.sum(axis=1), found.online_mw[one.name], atol=1e-4)
        assert np.all(turning >= output - 1e-9)
        spare += float((turning - output).sum())
    assert spare > 0
    _at_most_capacity(system, running)


def test_without_commitment_no_more_turns_than_a_plant_has() -> None:
    """Units of 70 MW in a plant of 100: two are needed for 100 MW, of which 100 MW turn."""
    system = make_system(1)
    economy = replace(system.economy, units=tuple(replace(unit, unit_mw=70.0) for unit in system.economy.units))
    problem = make_problem(system.grid, system.profiles, economy)
    found = make_dispatch(system.grid, system.profiles, economy, problem, year.optimise(problem))
    running = running_mw(system.grid, economy, found)
    counts = units_online(found.generation_mw, economy.units)
    assert np.any(counts.values * 70.0 > running.values)
    _at_most_capacity(system, running)


def _at_most_capacity(system: System, running: HourlyTable) -> None:
    capacity = {plant.name: plant.capacity_mw for plant in system.grid.plants}
    assert all(running[name].max() <= capacity[name] + 1e-9 for name in running.columns)
