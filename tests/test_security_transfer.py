"""Transfer capacity between two zones: hand cases of every linear limit, and the way generation moves."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from greengrid.economy.fleet import Unit
from greengrid.errors import BadInput
from greengrid.hourly import HourlyTable
from greengrid.security.operating import HourlyPower
from greengrid.security.outages_parameters import read_parameters
from greengrid.security.transfer import Ramp, check_zones, linear_hour, linear_limits, make_ramp
from greengrid.security.transfer_matrix import transfer_matrix, zone_pairs
from greengrid.security.transfer_nose import moved_at
from greengrid.transfer_table import matrix_csv, matrix_json, matrix_text
from networks.grid import Grid, Interface
from tests.random_grid import random_grid
from tests.small_system import make_system

PARAMETERS = read_parameters()
NAMES = ("direct", "first", "second", "cut")


def _grid() -> Grid:
    """Two zones on two buses: one line of two circuits, 600 MW together, and a parallel path of the same reactance."""
    plain = random_grid(np.random.default_rng(0), 3, 0)
    names = [bus.name for bus in plain.buses]
    line = replace(plain.lines[0], from_bus=names[0], current_max_ka=2.0)
    lines = (
        replace(
            line, name="direct", from_bus=names[0], to_bus=names[1], circuits=2, length_km=200.0, flow_max_mw=600.0
        ),
        replace(line, name="first", to_bus=names[2], circuits=1, length_km=50.0, flow_max_mw=900.0),
        replace(line, name="second", from_bus=names[2], to_bus=names[1], circuits=1, length_km=50.0, flow_max_mw=900.0),
    )
    plant = make_system(1).grid.plants[0]
    plants = (
        replace(plant, name="cheap", bus=names[0], zone="A", capacity_mw=1000.0),
        replace(plant, name="dear", bus=names[0], zone="A", capacity_mw=1000.0),
        replace(plant, name="far", bus=names[1], zone="B", capacity_mw=3000.0),
    )
    return replace(plain, lines=lines, plants=plants)


def _units(grid: Grid) -> dict[str, Unit]:
    unit = make_system(1).economy.units[0]
    cost = {"cheap": 10.0, "dear": 30.0, "far": 50.0}
    return {
        plant.name: replace(
            unit, name=plant.name, marginal_cost_usd_per_mwh=cost[plant.name], available_frac=(1.0,) * 12,
            must_run_frac=(0.0,) * 12,
        )
        for plant in grid.plants
    }  # fmt: skip


def _power(output_mw: dict[str, float]) -> HourlyPower:
    table = HourlyTable(tuple(output_mw), np.array([list(output_mw.values())]))
    return cast(HourlyPower, SimpleNamespace(clock=SimpleNamespace(months=np.array([1])), generation_mw=table))


def _ramp(grid: Grid, output_mw: dict[str, float]) -> Ramp:
    return make_ramp(grid, _units(grid), _power(output_mw), 0, ("A", "B"))


def test_generation_moves_by_merit_and_ends_where_a_zone_ends() -> None:
    """The cheap plant first, then the dear one, as far as the other zone can give way."""
    grid = _grid()
    ramp = _ramp(grid, {"cheap": 400.0, "dear": 0.0, "far": 900.0})
    assert ramp.rise_mw.tolist() == [0.0, 600.0, 900.0]
    assert ramp.ended_by == "B"
    assert ramp.change_mw[1] == {"cheap": 600.0, "far": -600.0}
    assert moved_at(ramp, 750.0) == pytest.approx({"cheap": 600.0, "dear": 150.0, "far": -750.0})
    assert moved_at(ramp, 1800.0) == pytest.approx({"cheap": 1200.0, "dear": 600.0, "far": -1800.0})


def test_every_linear_limit_by_hand() -> None:
    """Each path carries half: 600 MW on the direct one allow 1,200, a cut of 500 MW on the other 1,000; with that path
    out, all flows on the direct one, 600 x 0.92 / 0.80 = 690 MW."""
    grid = _grid()
    cut = Interface("cut", 500.0, 500.0, (("second", 1),), "D", "test")
    grid = replace(grid, interfaces=(cut,))
    ramp = _ramp(grid, {"cheap": 0.0, "dear": 0.0, "far": 2000.0})
    found = {row.kind: row for row in linear_limits(linear_hour(grid, dict.fromkeys(NAMES, 0.0), PARAMETERS), ramp)}
    assert found["generation"].rise_mw == pytest.approx(2000.0)
    assert (found["thermal"].rise_mw, found["thermal"].element) == (pytest.approx(1200.0), "direct")
    assert (found["interface"].rise_mw, found["interface"].element) == (pytest.approx(1000.0), "cut")
    outage = found["outage"]
    assert (outage.outage, outage.element) in {("first", "direct"), ("second", "direct")}
    assert outage.rise_mw == pytest.approx(690.0)


def test_the_matrix_holds_every_pair_with_its_tightest_limit() -> None:
    """Both ways between the two zones; each row is the single pair's limits, the least of them first."""
    grid = _grid()
    hour = linear_hour(grid, dict.fromkeys(NAMES[:3], 0.0), PARAMETERS)
    power = _power({"cheap": 100.0, "dear": 0.0, "far": 2000.0})
    rows = transfer_matrix(hour, _units(grid), power, 0, lambda what, done, total: None)
    assert [(row.source, row.sink) for row in rows] == [("A", "B"), ("B", "A")]
    ahead, back = rows
    assert (ahead.kind, ahead.element, ahead.rise_mw) == ("outage", "direct", pytest.approx(690.0))
    assert (ahead.generation_mw, ahead.thermal_mw, ahead.interface_mw) == (1900.0, pytest.approx(1200.0), None)
    assert (back.kind, back.rise_mw, back.note) == ("generation", pytest.approx(100.0), "A has nothing left to move")
    moment = SimpleNamespace(hour_utc="2035-01-12T14", origin="a test")
    text = matrix_text(moment, rows)  # type: ignore[arg-type]
    assert "690o" in text
    assert "100g" in text
    lines = matrix_csv(rows).splitlines()
    assert lines[1].startswith("A,B,690.0,outage,direct,")
    record = json.loads(matrix_json(moment, rows))  # type: ignore[arg-type]
    assert [pair["rise_mw"] for pair in record["pairs"]] == pytest.approx([690.0, 100.0])


def test_zones_that_no_line_joins_are_no_pair() -> None:
    """The two areas of the small system have no AC line between them."""
    assert zone_pairs(make_system(1).grid) == []


def test_zones_that_cannot_be_asked_for_are_refused() -> None:
    """Unknown zones, one zone twice, and zones that no AC line joins."""
    system = make_system(1)
    with pytest.raises(BadInput) as caught:
        check_zones(system.grid, "KZ", "nowhere")
    assert len(caught.value.problems) == 1
    for source, sink in (("KZ", "KZ"), ("KZ", "AZ")):
        with pytest.raises(BadInput):
            check_zones(system.grid, source, sink)
