"""Surplus by country: the parts add up to minus the cost, and a hand-worked hour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.extract import make_dispatch
from greengrid.dispatch.options import Options
from greengrid.dispatch.year import optimise
from greengrid.welfare import BORDER_CARBON, LINKS, REST_OF_WORLD, TRANSIT, Surplus, surpluses
from tests.small_system import System, make_system

OPTIONS = {"plain": Options(), "committed": Options(commitment="relaxed"), "reserve": Options(reserve="largest_pole")}


def _solved(system: System, options: Options) -> tuple[tuple[Surplus, ...], float]:
    problem = make_problem(system.grid, system.profiles, system.economy, options)
    optimum = optimise(problem)
    dispatch = make_dispatch(system.grid, system.profiles, system.economy, problem, optimum)
    found = surpluses(system.grid, system.profiles, system.economy, problem=problem, optimum=optimum, dispatch=dispatch)
    return found, optimum.objective_usd


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("seed", range(3))
def test_parts_add_up_to_minus_the_cost(seed: int, name: str) -> None:
    """Over all countries, what is gained is what is not spent, plus payments that only change hands."""
    found, objective = _solved(make_system(seed, 48), OPTIONS[name])
    transfers = sum(row.amount_usd_real for row in found if row.part in (TRANSIT, BORDER_CARBON))
    assert sum(row.amount_usd_real for row in found) == pytest.approx(-objective + transfers, rel=1e-9, abs=0.01)


def test_the_links_rent_goes_to_its_owners_in_thirds() -> None:
    """The Caspian link belongs to three countries alike, wherever its ends are."""
    found, _ = _solved(make_system(2, 48), Options())
    rents = {row.country: row.amount_usd_real for row in found if row.part == LINKS}
    assert set(rents) == {"KZ", "UZ", "AZ"}
    assert np.ptp(list(rents.values())) == pytest.approx(0.0, abs=1e-9)


def test_a_neighbour_gains_along_its_slope() -> None:
    """Half of slope x quantity squared each hour; without a slope nothing."""
    system = make_system(4, 24)
    markets = tuple(replace(market, slope_usd_per_mwh_per_gw=0.0) for market in system.economy.markets)
    flat, _ = _solved(replace(system, economy=replace(system.economy, markets=markets)), Options())
    sloped, _ = _solved(system, Options())
    assert [row.amount_usd_real for row in flat if row.country == REST_OF_WORLD and row.part == "trade"] == [0.0]
    assert sum(row.amount_usd_real for row in sloped if row.country == REST_OF_WORLD and row.part == "trade") > 0.0
