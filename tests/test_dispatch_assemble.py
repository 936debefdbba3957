"""How the problem is put together: contracts as even limits, caps held back evenly, ties, dropped columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from greengrid.dispatch import year
from greengrid.dispatch.assemble import TIE_COST_USD_PER_MWH, make_problem, tie_cost
from greengrid.dispatch.problem import coarsen, without
from greengrid.dispatch.template import HOURS_PER_YEAR
from greengrid.economy.fleet import FuelCap
from tests.small_system import System, make_system


def test_a_contract_becomes_an_even_limit() -> None:
    """0.438 TWh a year over a 150 MW border is 50 MW in every hour; sales have no contract and keep 150 MW."""
    system = make_system(0)
    market = replace(system.economy.markets[0], import_energy_max_twh=0.438)
    problem = make_problem(system.grid, system.profiles, replace(system.economy, markets=(market,)))
    bought, sold = problem.columns.of("buy"), problem.columns.of("sell")
    assert problem.upper[:, bought].sum(axis=1) == pytest.approx(np.full(24, 50.0))
    assert problem.upper[:, sold].sum(axis=1) == pytest.approx(np.full(24, 150.0))


def test_an_even_cap_keeps_must_run_and_meets_its_energy() -> None:
    """Coal of 900 MW, 20 % must run, 90 % available, capped at half of its capacity: at most 450 MW, at least 180."""
    system = make_system(0)
    cap = FuelCap("coal", 0.5 * 900 * HOURS_PER_YEAR / 1e6, ("coal",), even=True, source="test")
    problem = make_problem(system.grid, system.profiles, replace(system.economy, fuel_caps=(cap,)))
    coal = problem.columns.name.index("coal")
    assert problem.upper[:, coal] == pytest.approx(np.full(24, 450.0))
    assert problem.lower[:, coal] == pytest.approx(np.full(24, 180.0))
    assert not [store for store in problem.stores if store.name == "coal"]


def _year_of(system: System) -> System:
    """A part of a year has no caps, so the cap test takes 365 repeated days."""
    days = 365
    profiles = system.profiles
    tables = {
        name: replace(table, values=np.tile(table.values, (days, 1)))
        for name, table in vars(profiles).items()
        if hasattr(table, "columns")
    }
    return replace(system, profiles=replace(profiles, clock=replace(profiles.clock, hours=24 * days), **tables))


@pytest.mark.slow
def test_an_annual_cap_binds_over_the_whole_year() -> None:
    """With half of the fuel that an unlimited year burns, exactly that half is burnt, and the bound closes."""
    system = _year_of(make_system(4))
    problem = make_problem(system.grid, system.profiles, system.economy)
    free = year.optimise(problem)
    gas = problem.columns.name.index("gas east")

    def burnt(optimum: year.Optimum) -> float:
        return float(optimum.solution.values[: optimum.program.levels_at].reshape(8760, -1)[:, gas].sum())

    half = burnt(free) / 2
    cap = FuelCap("gas", half / 1e6, ("gas east",), even=False, source="test")
    capped_problem = make_problem(system.grid, system.profiles, replace(system.economy, fuel_caps=(cap,)))
    capped = year.optimise(capped_problem)
    assert half > 0
    assert burnt(capped) == pytest.approx(half, rel=1e-6)
    assert capped.objective_usd > free.objective_usd
    assert capped.gap_frac < 1e-6


def test_a_part_of_a_year_has_no_annual_cap() -> None:
    """A week says nothing about a year's fuel."""
    system = make_system(0)
    cap = FuelCap("gas", 0.0001, ("gas east",), even=False, source="test")
    problem = make_problem(system.grid, system.profiles, replace(system.economy, fuel_caps=(cap,)))
    assert {store.name for store in problem.stores} == {"dam"}


def test_ties_are_broken_by_a_fixed_order() -> None:
    """The order stays below its amount, repeats exactly and never gives two columns of an hour the same cost."""
    order = tie_cost(48, 300)
    assert order.min() >= 0
    assert order.max() < TIE_COST_USD_PER_MWH
    assert np.array_equal(order, tie_cost(48, 300))
    assert all(len(np.unique(row)) == 300 for row in order)


def test_columns_are_dropped_with_their_numbers() -> None:
    """Without the shedding columns every store, battery and injection still means the same column."""
    system = make_system(0)
    problem = make_problem(system.grid, system.profiles, system.economy)
    kept = np.array([kind != "shed" for kind in problem.columns.kind])
    smaller = without(problem, kept)
    assert "shed" not in smaller.columns.kind
    for before, after in zip(problem.stores, smaller.stores, strict=True):
        assert [problem.columns.name[k] for k in before.columns] == [smaller.columns.name[k] for k in after.columns]
    charge, discharge, content, _ = smaller.batteries[0]
    assert [smaller.columns.kind[k] for k in (charge, discharge, content)] == ["charge", "discharge", "content"]
    assert smaller.columns.injection.shape[1] == smaller.columns.count


def test_the_coarse_problem_keeps_the_energy() -> None:
    """Averaged steps hold the same demand, must-run and inflow as the hours."""
    system = make_system(0, hours=72)
    problem = make_problem(system.grid, system.profiles, system.economy)
    coarse = coarsen(problem, 24)
    assert coarse.demand.sum() * 24 == pytest.approx(problem.demand.sum())
    assert coarse.lower.sum() * 24 == pytest.approx(problem.lower.sum())
    assert coarse.inflow_mwh.sum() == problem.inflow_mwh.sum()


def test_a_shortage_found_late_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no block sheds but the year must, the columns set aside come back and the gap closes."""
    monkeypatch.setattr(year, "SINGLE_DAYS_MAX", 10)
    monkeypatch.setattr(year, "_used", lambda problem, blocks: np.array([k != "shed" for k in problem.columns.kind]))
    system = make_system(5, hours=35 * 24)
    scarce = replace(system.profiles.demand_mw, values=system.profiles.demand_mw.values * 1.5)
    problem = make_problem(system.grid, replace(system.profiles, demand_mw=scarce), system.economy)
    optimum = year.optimise(problem)
    assert optimum.gap_frac < 1e-6
    shed = problem.columns.of("shed")
    assert optimum.solution.values[: optimum.program.levels_at].reshape(problem.steps, -1)[:, shed].sum() > 1


def test_units_that_change_places_between_hours_are_no_tie() -> None:
    """Of random pairs of hours and columns, changing places costs something, and no cost is above the stated most."""
    order = tie_cost(24 * 7, 300)
    assert order.min() >= 0.0
    assert order.max() <= TIE_COST_USD_PER_MWH
    draw = np.random.default_rng(0)
    hours, columns = draw.integers(0, 24 * 7, (2, 2000)), draw.integers(0, 300, (2, 2000))
    different = (hours[0] != hours[1]) & (columns[0] != columns[1])
    swap = order[hours[0], columns[0]] + order[hours[1], columns[1]]
    swap -= order[hours[0], columns[1]] + order[hours[1], columns[0]]
    assert np.mean(np.abs(swap[different]) > 1e-7) > 0.99
