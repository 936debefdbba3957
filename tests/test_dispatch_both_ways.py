"""No link, battery or border works both ways in one hour, at any price; the repair is the best there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greengrid.dispatch import assemble, year
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.extract import make_dispatch
from greengrid.dispatch.solver import solve
from greengrid.dispatch.ways import bound, broken, devices
from greengrid.hourly import HourlyTable
from tests.independent_dispatch import optimum_usd
from tests.small_system import System, make_system


def _surplus(seed: int, hours: int = 24) -> System:
    """Coal that must run at nearly full output against two fifths of the demand: power must be got rid of."""
    system = make_system(seed, hours=hours, negative_prices=True)
    units = tuple(
        replace(unit, must_run_frac=(0.85,) * 12) if unit.name == "coal" else unit for unit in system.economy.units
    )
    demand = system.profiles.demand_mw
    less = HourlyTable(demand.columns, demand.values * 0.4)
    return System(system.grid, replace(system.profiles, demand_mw=less), replace(system.economy, units=units))


def _solve(system: System) -> year.Optimum:
    return year.optimise(make_problem(system.grid, system.profiles, system.economy))


@pytest.fixture
def no_ties(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the tie-breaking cost the two formulations price exactly the same thing."""
    monkeypatch.setattr(assemble, "TIE_COST_USD_PER_MWH", 0.0)


@pytest.mark.usefixtures("no_ties")
@pytest.mark.parametrize("seed", [0, 2, 4, 5])
def test_the_repair_is_the_best_there_is(seed: int) -> None:
    """The repaired cost is that of an independent formulation with a binary for every way of every hour."""
    system = _surplus(seed)
    optimum = _solve(system)
    assert optimum.repairs
    assert optimum.objective_usd == pytest.approx(optimum_usd(system, one_way=True), rel=2e-6)
    assert optimum.repair_cost_usd == pytest.approx(optimum.objective_usd - optimum_usd(system), abs=0.05)


@pytest.mark.slow
@settings(max_examples=6, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_nothing_goes_both_ways_at_any_price(seed: int) -> None:
    """With prices down to -100 USD/MWh no device-hour is left that uses both ways or fills its pieces out of order."""
    system = _surplus(seed)
    optimum = _solve(system)
    assert not broken(optimum.program, optimum.solution.values, devices(optimum.program.problem))
    assert -1e-9 < optimum.gap_frac < 1e-6
    dispatch = make_dispatch(system.grid, system.profiles, system.economy, optimum.program.problem, optimum)
    sent = dispatch.link_sent_mw
    assert np.minimum(sent["caspian:forward"], sent["caspian:reverse"]).max() < 1e-3
    assert np.minimum(dispatch.charge_mw["battery"], dispatch.generation_mw["battery"]).max() < 1e-3
    assert np.minimum(dispatch.import_mw["TR"], dispatch.export_mw["TR"]).max() < 1e-3


@settings(max_examples=3, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_a_link_loses_what_its_curve_says_and_no_more(seed: int) -> None:
    """Received power is the loss curve's chord at the sent power, even where the price pays for losing power."""
    system = _surplus(seed)
    optimum = _solve(system)
    dispatch = make_dispatch(system.grid, system.profiles, system.economy, optimum.program.problem, optimum)
    pieces = system.grid.links[0].segments(3)
    marks = np.cumsum([0.0, *(piece.width_mw for piece in pieces)])
    gained = np.cumsum([0.0, *(piece.width_mw * piece.efficiency_frac for piece in pieces)])
    for way in ("forward", "reverse"):
        expected = np.interp(dispatch.link_sent_mw[f"caspian:{way}"], marks, gained)
        assert dispatch.link_received_mw[f"caspian:{way}"] == pytest.approx(expected, abs=1e-3)


def test_repaired_hours_are_told_and_cost_what_they_add() -> None:
    """Repairs name step, device and way; the linear program alone would be cheaper by the stated amount."""
    system = _surplus(0)
    optimum = _solve(system)
    assert {repair.device for repair in optimum.repairs} <= {"caspian", "battery", "TR"}
    assert all(0 <= repair.step < 24 and repair.way in (0, 1) for repair in optimum.repairs)
    assert f"{len(optimum.repairs)} device-hours held to one way" in optimum.method
    relaxed = solve(optimum.program).objective_usd
    assert relaxed < optimum.objective_usd
    assert optimum.repair_cost_usd == pytest.approx(optimum.objective_usd - relaxed, rel=1e-6)


def test_ordinary_prices_need_no_repair() -> None:
    """Where power has a positive price nothing is fixed and nothing is added to the cost."""
    optimum = _solve(make_system(1, hours=48))
    assert (optimum.repairs, optimum.repair_cost_usd) == ((), 0.0)


def test_the_bound_over_all_ways_holds_for_any_duals() -> None:
    """Spoilt duals weaken it, but never lift it above the cost of the repaired dispatch."""
    optimum = _solve(_surplus(2))
    program, rng = optimum.program, np.random.default_rng(0)
    found = devices(program.problem)
    for _ in range(20):
        spoilt = optimum.solution.row_dual * rng.uniform(0.0, 2.0, len(optimum.solution.row_dual))
        held = bound(program, found, optimum.solution.limit_rows, spoilt)
        assert held <= optimum.objective_usd + 1e-6 * abs(optimum.objective_usd)


@pytest.mark.slow
def test_a_long_period_is_repaired_too() -> None:
    """Five weeks, solved by blocks: nothing goes both ways; chosen week by week, the ways are certified to 1e-4.

    Duals alone leave a gap of 4e-3 here.
    """
    system = _surplus(0, hours=35 * 24)
    optimum = _solve(system)
    assert optimum.repairs
    assert not broken(optimum.program, optimum.solution.values, devices(optimum.program.problem))
    assert optimum.lower_bound_usd <= optimum.objective_usd
    assert optimum.gap_frac < 1e-4
    assert optimum.kept.all()
    assert optimum.method.endswith("bound by a mixed-integer program")


@pytest.mark.slow
@pytest.mark.usefixtures("no_ties")
@pytest.mark.parametrize("seed", [0, 2])
def test_the_bound_week_by_week_lies_below_the_best_there_is(seed: int) -> None:
    """Twenty-nine days, a surplus over one and a half of them: the optimum with a binary for every way of every hour
    lies between bound and cost."""
    surplus, plain = _surplus(seed, hours=29 * 24), make_system(seed, 29 * 24)
    demand = plain.profiles.demand_mw
    scarce = np.ones((29 * 24, 1))
    scarce[240:272] = 0.4
    profiles = replace(plain.profiles, demand_mw=HourlyTable(demand.columns, demand.values * scarce))
    system = System(surplus.grid, profiles, surplus.economy)
    optimum = _solve(system)
    best_usd = optimum_usd(system, one_way=True)
    assert optimum.repairs
    assert optimum.method.endswith("bound by a mixed-integer program") or seed == 2
    assert optimum.lower_bound_usd <= best_usd * (1 + 1e-9)
    assert optimum.objective_usd == pytest.approx(best_usd, rel=1e-6)
