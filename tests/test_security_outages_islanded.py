"""Outages that cut an island off, in AC: what is left is solved as the grid in which the island never stood."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.extract import make_dispatch
from greengrid.dispatch.result import Dispatch
from greengrid.dispatch.year import optimise
from greengrid.hourly import HourlyTable
from greengrid.security.batch_outages import OutageCase, confirm
from greengrid.security.outages_confirmed import NOT_TRIED, _case, verdicts
from greengrid.security.outages_parameters import read_parameters
from greengrid.security.screening import Scene, make_scene, screen
from greengrid.security.year import AcYear, solve_year
from networks.grid import Grid, Load
from tests.small_system import System, make_system

HOURS = 6
SPUR, FAR = "L9", "W4 500"


def _with_spur(seed: int) -> System:
    """The small system with one more bus, load and gas plant of the west behind a single line."""
    system = make_system(seed, 24)
    grid = system.grid
    line = replace(grid.lines[0], name=SPUR, from_bus="W3 500", to_bus=FAR, flow_max_mw=600.0, length_km=80.0)
    bus = replace(grid.buses[3], name=FAR, substation="W4")
    plant = replace(next(plant for plant in grid.plants if plant.name == "gas west"), name="gas far", bus=FAR)
    loads = (Load("W0 500", "KZ", "KZ", 0.4), Load("W3 500", "KZ", "KZ", 0.1), Load(FAR, "KZ", "KZ", 0.5))
    far = replace(next(unit for unit in system.economy.units if unit.name == "gas west"), name="gas far")
    west, east = grid.areas
    # Little charging: else the lines give more than the few sources can take, and hardly an hour has a solution.
    lines = tuple(replace(one, c_nf_per_km=4.0) for one in (*grid.lines, line))
    wider = replace(
        grid, buses=(*grid.buses, bus), lines=lines, plants=(*grid.plants, plant),
        loads=(*loads, *(load for load in grid.loads if load.zone == "AZ")), areas=((*west, FAR), east),
    )  # fmt: skip
    return System(wider, system.profiles, replace(system.economy, units=(*system.economy.units, far)))


@cache
def _scene(seed: int) -> tuple[Scene, AcYear]:
    system = _with_spur(seed)
    problem = make_problem(system.grid, system.profiles, system.economy)
    dispatch = make_dispatch(system.grid, system.profiles, system.economy, problem, optimise(problem))
    scene = make_scene(system.grid, system.economy, dispatch, read_parameters())
    return scene, solve_year(system.grid, dispatch)


def _without_spur(grid: Grid) -> Grid:
    west, east = grid.areas
    return replace(
        grid,
        buses=tuple(bus for bus in grid.buses if bus.name != FAR),
        lines=tuple(line for line in grid.lines if line.name != SPUR),
        plants=tuple(plant for plant in grid.plants if plant.bus != FAR),
        loads=tuple(load for load in grid.loads if load.bus != FAR),
        areas=(west[:-1], east),
    )


def _dispatch_without_spur(dispatch: Dispatch) -> Dispatch:
    tables = {name: getattr(dispatch, name) for name in ("generation_mw", "served_mw", "shed_mw", "stood_back_mw")}
    kept = {
        name: HourlyTable.of(names, [table[one] for one in names], dispatch.clock.hours)
        for name, table in tables.items()
        for names in [[one for one in table.columns if one not in (FAR, "gas far")]]
    }
    return replace(dispatch, **kept)


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_what_is_left_is_the_grid_without_the_island(seed: int) -> None:
    """Flows, lowest voltage and whether there is a solution at all, hour by hour."""
    scene, year = _scene(seed)
    again = solve_year(_without_spur(scene.grid), _dispatch_without_spur(scene.dispatch))
    area = next(area for area in again.areas if "W3 500" in area.network.bus_names)
    watched = scene.grid.lines[2].name
    m = area.network.branch_names.index(watched)
    cases = [OutageCase(hour, SPUR, watch=watched, dead=frozenset([FAR])) for hour in range(HOURS)]
    solved = 0
    for found in confirm(year, cases):
        hour = found.hour
        assert found.solved == area.solved[hour]
        if found.solved:
            solved += 1
            flow = max(abs(area.flow_from_mw[hour, m]), abs(area.flow_to_mw[hour, m]))
            assert found.watch_flow_mw == pytest.approx(flow, rel=1e-4, abs=0.05)
            assert found.voltage_min_pu == pytest.approx(area.voltage_pu[hour].min(), abs=1e-4)
    assert solved > HOURS // 2


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_the_island_s_exchange_is_made_good_by_the_rest(seed: int) -> None:
    """What the others give adds up to what the island took or gave, none of it on the island."""
    scene, year = _scene(seed)
    (island,) = scene.islands
    assert [scene.sensitivities.buses[bus] for bus in island.buses] == [FAR]
    found = screen(scene)
    told = verdicts(year, scene, found)
    number = found.kinds.index("island")
    for row in np.flatnonzero(found.hours[number]).tolist():
        case = _case(scene, found, (number, row))
        assert case is not None
        loss = next(loss for loss in scene.losses if loss.kind == "island")
        assert case.dead == {FAR}
        assert FAR not in dict(case.appearing_mw)
        made_good = sum(mw for _, mw in case.appearing_mw)
        assert made_good == pytest.approx(-float(loss.appearing_mw[case.hour, 0]), abs=1e-6)
        assert told[number, row].ac_confirmed != NOT_TRIED
