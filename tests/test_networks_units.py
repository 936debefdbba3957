"""Generating units one by one, and what the tables say of names and neighbours' connection."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks.build import build_grid
from networks.grid import Grid
from networks.tables import Tables, load_tables, shipped_sets
from networks.units import generating_units, share_units

SYNCHRONOUS = ("coal", "gas", "fuel_oil", "nuclear", "hydro")


@cache
def _tables() -> Tables:
    return load_tables(shipped_sets()["corridor"])


@cache
def _grid(year: int) -> Grid:
    return build_grid(_tables(), year=year, links=(), reinforcement="rated", programme="none")


def test_every_station_above_100_mw_states_its_units() -> None:
    """Only aggregates of small plants, named as such, stand above 100 MW without units."""
    stated = {row.plant for row in _tables().units}
    silent = [
        row.name
        for row in _tables().plants
        if row.capacity_mw > 100.0 and row.technology.startswith(SYNCHRONOUS) and row.name not in stated
    ]
    assert all(
        name.startswith(("KZ other", "UZ other", "AZ other", "GE run of river", "GE new run")) for name in silent
    )


def test_units_add_up_to_their_station() -> None:
    """Count times size is the station's capacity within half a per cent."""
    total: dict[str, float] = defaultdict(float)
    for row in _tables().units:
        total[row.plant] += row.unit_mw * row.units
    for plant in _tables().plants:
        if plant.name in total:
            assert total[plant.name] == pytest.approx(plant.capacity_mw, rel=0.005), plant.name


def test_known_stations_unit_by_unit() -> None:
    """Ekibastuz 1: seven blocks of 500 MW, five on the 500 kV yard; Enguri's largest 260; Talimarjan's 800 alone."""
    plants = {plant.name: plant for plant in _grid(2025).plants}
    assert plants["Ekibastuz TTP 1 (500 kV)"].unit_sizes_mw == (500.0,) * 5
    assert plants["Ekibastuz TTP 1 (220 kV)"].unit_sizes_mw == (500.0,) * 2
    assert plants["Enguri and Vardnili HPPs"].unit_sizes_mw[0] == 260.0
    assert plants["Talimarjan TPP steam"].unit_sizes_mw == (800.0,)
    assert plants["Nur Navoi solar (Masdar)"].unit_sizes_mw == ()
    units = generating_units(_grid(2025).plants)
    assert len({unit.name for unit in units}) == len(units)
    assert max(unit.capacity_mw for unit in units if unit.plant.startswith("Aksuskaya")) == 325.0
    assert max(unit.capacity_mw for unit in generating_units(_grid(2035).plants)) == 1200.0


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([50.0, 110.0, 300.0, 500.0]), min_size=1, max_size=12), st.floats(0.05, 0.95))
def test_yards_share_all_units_and_none_twice(sizes_mw: list[float], share_frac: float) -> None:
    """However a station is split, every unit stands on exactly one yard and none exceeds its yard."""
    sizes_mw.sort(reverse=True)
    yards = {500: sum(sizes_mw) * share_frac, 220: sum(sizes_mw) * (1 - share_frac)}
    found = share_units(sizes_mw, yards)
    assert sum(len(units) for units in found.values()) == len(sizes_mw)
    assert all(unit <= yards[kv] for kv, units in found.items() for unit in units)


def test_russian_names_and_node_numbers_are_optional() -> None:
    """Known Russian names reach the buses; a substation without one and the tiny set are blank."""
    names = {bus.substation: bus.name_ru for bus in _grid(2035).buses}
    assert names["KZ_Ekibastuz1150"] == "Экибастузская"
    assert names["KZ_YuKGRES"] == "ЮКГРЭС"
    assert names["AZ_Imishli"] == "Имишли"
    assert names["KZ_DzungarGate"] == ""
    tiny = build_grid(load_tables(shipped_sets()["tiny"]), year=2035, links=(), reinforcement="rated", programme="none")
    assert {(bus.name_ru, bus.node_number) for bus in tiny.buses} == {("", None)}


def test_who_swings_with_whom_is_said_and_dated() -> None:
    """Russia's nodes are synchronous, Azerbaijan's by an assumption of 2017; Türkiye and Romania not, Iran radial."""
    borders = {row.name: row for row in _tables().borders}
    kinds = {name: row.connection for name, row in borders.items()}
    assert {kinds[name] for name in kinds if name.startswith("RU_")} == {"synchronous"}
    assert {kinds[name] for name in ("TR_Borcka", "TR_Igdir", "RO_ConstantaSud")} == {"asynchronous"}
    assert {kinds[name] for name in ("IR_Parsabad", "TM_Serdar", "AF_PulEKhumri")} == {"radial"}
    for name in ("RU_Derbent", "RU_Tsentralnaya"):
        assert "assumption of 2017" in (borders[name].connection_note or "")
