"""Synchronous areas year by year: who swings with whom, who is apart, and what each area lives on."""

from __future__ import annotations

from functools import cache

import pytest

from networks.build import build_grid
from networks.grid import Grid
from networks.tables import load_tables, shipped_sets


@cache
def _grid(year: int) -> Grid:
    tables = load_tables(shipped_sets()["corridor"])
    return build_grid(tables, year=year, links=(), reinforcement="rated", programme="none")


def _area(year: int, bus: str) -> set[str]:
    """Buses that swing with one bus."""
    [area] = [set(area) for area in _grid(year).areas if bus in area]
    return area


def _zones(year: int, bus: str) -> set[str]:
    zone = {item.name: item.zone for item in _grid(year).buses}
    return {zone[name] for name in _area(year, bus)} - {"border"}


@pytest.mark.parametrize("year", [2025, 2030, 2035])
def test_north_and_south_swing_with_russia_and_central_asia(year: int) -> None:
    """Ekibastuz, Almaty and Tashkent lie in one area with the Russian, Kyrgyz and Tajik border nodes, in every year."""
    area = _area(year, "KZ_Ekibastuz1150 500")
    wanted = ("KZ_Almaty 500", "UZ_Tashkent 500", "RU_Chelyabinsk 500", "RU_Barnaul 500", "KG_Frunze 500")
    assert {*wanted, "KG_Toktogul 500", "TJ_Regar 500"} <= area
    assert not any(name.startswith(("AZ_", "GE_")) for name in area)


def test_the_west_hangs_on_russia_alone_until_karabatan_ulke() -> None:
    """In 2025 KZ-West is an area of its own with one Russian node; with the line of 2027 it joins the unified grid."""
    west = _area(2025, "KZ_Aktau 220")
    assert _zones(2025, "KZ_Aktau 220") == {"KZ-West"}
    assert {name for name in west if not name.startswith("KZ_")} == {"RU_MiddleVolga 220"}
    lines = {line.name: line for line in _grid(2030).lines}
    assert lines["KZ_Karabatan-KZ_Ulke 500"].year == 2027
    assert "KZ_Karabatan-KZ_Ulke 500" not in {line.name for line in _grid(2025).lines}
    for year in (2030, 2035):
        assert "KZ_Ekibastuz1150 500" in _area(year, "KZ_Karabatan 220")


@pytest.mark.parametrize("year", [2025, 2030, 2035])
def test_azerbaijan_and_georgia_swing_with_russia_by_a_dated_assumption(year: int) -> None:
    """Baku, Tbilisi, Derbent and Kavkasioni are one area, apart from Kazakhstan; its borders carry the date 2017."""
    area = _area(year, "AZ_Absheron 500")
    assert {"GE_Gardabani 500", "RU_Derbent 330", "RU_Tsentralnaya 500"} <= area
    assert not any(name.startswith(("KZ_", "UZ_")) for name in area)
    notes = {border.name: border.connection_note for border in _grid(year).borders}
    assert all("2017" in notes[name] for name in ("RU_Derbent", "RU_Tsentralnaya"))


def test_nakhchivan_is_apart_until_its_line_of_2028() -> None:
    """No bus, load or plant of Nakhchivan in 2025; from 2030 it swings with mainland Azerbaijan over two circuits."""
    assert not [bus for bus in _grid(2025).buses if bus.substation == "AZ_Nakhchivan"]
    assert not [demand for demand in _grid(2025).demands if demand.zone == "AZ-Nakhchivan"]
    assert not [plant for plant in _grid(2025).plants if "Nakhchivan" in plant.name]
    assert "AZ_Absheron 500" in _area(2030, "AZ_Nakhchivan 330")
    [line] = [line for line in _grid(2030).lines if line.to_bus == "AZ_Nakhchivan 330"]
    assert (line.circuits, line.year) == (2, 2028)


@pytest.mark.parametrize("year", [2025, 2030, 2035])
def test_asynchronous_neighbours_have_no_bus_of_ours(year: int) -> None:
    """Türkiye, Iran, Turkmenistan, Afghanistan and Romania join no area by an alternating-current line."""
    assert not [bus.name for bus in _grid(year).buses if bus.country in ("TR", "IR", "TM", "AF", "RO")]
    kinds = {border.market: border.connection for border in _grid(year).borders}
    assert kinds["TR"] == "asynchronous"
    assert {kinds[market] for market in ("IR", "TM", "AF")} == {"radial"}


@pytest.mark.parametrize("year", [2025, 2030, 2035])
def test_every_area_with_load_has_machines(year: int) -> None:
    """Each area that has load also has synchronous machines of more than its mean load."""
    grid = _grid(year)
    zone_mw = {demand.zone: demand.energy_twh * 1e6 / 8760 for demand in grid.demands}
    for area in grid.areas:
        load_mw = sum(load.share_frac * zone_mw[load.zone] for load in grid.loads if load.bus in set(area))
        machines = ("coal", "gas", "hydro", "nuclear")
        made_mw = sum(p.capacity_mw for p in grid.plants if p.bus in set(area) and p.technology.startswith(machines))
        assert made_mw > load_mw


@pytest.mark.parametrize("year", [2025, 2030, 2035])
def test_georgia_is_an_equivalent_with_plants_and_loads(year: int) -> None:
    """Georgia has load at several substations, reservoirs, rivers and gas, and its published demand."""
    grid = _grid(year)
    assert len({load.bus for load in grid.loads if load.country == "GE"}) >= 3
    made = {plant.technology for plant in grid.plants if plant.country == "GE"}
    assert {"hydro_reservoir", "hydro_ror", "gas_ccgt", "gas_steam"} <= made
    [demand] = [demand for demand in grid.demands if demand.country == "GE"]
    assert demand.energy_twh == {2025: 14.9, 2030: 18.82, 2035: 21.36}[year]
