"""Consumption-based emissions: a hand-worked hour and the law that no tonne appears or vanishes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from greengrid.consumption import carbon_account
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.extract import make_dispatch
from greengrid.dispatch.result import Dispatch
from greengrid.dispatch.year import optimise
from greengrid.hourly import HourlyTable
from tests.small_system import System, make_system


def _solved(system: System) -> Dispatch:
    problem = make_problem(system.grid, system.profiles, system.economy)
    return make_dispatch(system.grid, system.profiles, system.economy, problem, optimise(problem))


def _with(table: HourlyTable, **values: float) -> HourlyTable:
    """A table of one hour, zero but for the named columns."""
    names = {name.replace(" ", "_").replace(":", "_"): name for name in table.columns}
    filled = {names[key]: value for key, value in values.items()}
    return HourlyTable(table.columns, np.array([[filled.get(name, 0.0) for name in table.columns]]))


@pytest.mark.parametrize("seed", range(4))
def test_no_tonne_appears_or_vanishes(seed: int) -> None:
    """Burnt at home plus bought = carried by use plus carried by sales, over every country together."""
    system = make_system(seed, 48)
    account = carbon_account(system.grid, system.economy, _solved(system))
    inwards = sum(account.produced_tco2.values()) + sum(account.bought_tco2.values())
    outwards = sum(account.consumed_tco2.values()) + sum(account.sold_tco2.values())
    assert inwards == pytest.approx(outwards, rel=1e-9)
    assert inwards > 0


def test_what_a_link_brings_carries_the_senders_factor() -> None:
    """West: 300 MW coal and 100 MW wind, 100 MW sent; east: 97 MW arrive beside 103 MW of gas, all worked by hand."""
    system = make_system(1, 24)
    units = tuple(
        replace(unit, emission_tco2_per_mwh={"coal": 1.0, "gas east": 0.4}.get(unit.name, 0.0))
        for unit in system.economy.units
    )
    economy = replace(system.economy, units=units)
    found = _solved(system)
    hour = replace(
        found,
        clock=found.clock.window(0, 1),
        generation_mw=_with(found.generation_mw, coal=300, wind_a=100, gas_east=103),
        charge_mw=_with(found.charge_mw),
        served_mw=_with(found.served_mw, W0_500=300, E1_500=200),
        dumped_mw=_with(found.dumped_mw),
        import_mw=_with(found.import_mw),
        export_mw=_with(found.export_mw),
        branch_mw=_with(found.branch_mw),
        link_sent_mw=_with(found.link_sent_mw, caspian_forward=100),
        link_received_mw=_with(found.link_received_mw, caspian_forward=97),
        link_idle_mw=_with(found.link_idle_mw),
    )
    account = carbon_account(system.grid, economy, hour)
    west = 300 * 1.0 / 400
    east = (103 * 0.4 + 100 * west) / 200
    assert account.link_tco2["caspian:forward"] == pytest.approx(100 * west)
    assert account.consumed_tco2 == pytest.approx({"KZ": 300 * west, "AZ": 200 * east})
    assert account.consumed_tco2_per_mwh == pytest.approx({"KZ": west, "AZ": east})
    assert account.produced_tco2 == pytest.approx({"KZ": 300.0, "AZ": 103 * 0.4})
