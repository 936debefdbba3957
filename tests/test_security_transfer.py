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
from greengrid.security.sensitivities import make_sensitivities
from greengrid.security.transfer import TransferLimit, linear_hour, linear_limits, worst_outages
from greengrid.security.transfer_matrix import transfer_matrix, zone_pairs
from greengrid.security.transfer_nose import Low, Margins, NoseSearch, Reach, moved_at, nose_limits
from greengrid.security.transfer_ramp import PlantHour, Ramp, check_zones, make_ramp, plant_hour
from greengrid.transfer_table import Capacity, limits_json, limits_text, matrix_csv, matrix_json, matrix_text
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


def _power(output_mw: dict[str, float], sent_mw: dict[str, float] | None = None) -> HourlyPower:
    table, sent = (HourlyTable(tuple(row), np.array([list(row.values())])) for row in (output_mw, sent_mw or {}))
    clock = SimpleNamespace(months=np.array([1]))
    return cast(HourlyPower, SimpleNamespace(clock=clock, generation_mw=table, link_sent_mw=sent))


def _hour(grid: Grid, output_mw: dict[str, float], weather_frac: dict[str, float] | None = None) -> PlantHour:
    return plant_hour(grid, _units(grid), _power(output_mw), 0, weather_frac or {})


def _ramp(grid: Grid, output_mw: dict[str, float]) -> Ramp:
    return make_ramp(_hour(grid, output_mw), ("A", "B"))


def _limits(grid: Grid, ramp: Ramp, flow_mw: dict[str, float] | None = None) -> dict[str, TransferLimit]:
    flows = {**dict.fromkeys(NAMES, 0.0), **(flow_mw or {})}
    return {row.kind: row for row in linear_limits(linear_hour(grid, flows, PARAMETERS), ramp)}


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
    found = _limits(grid, ramp)
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
    plants = _hour(grid, {"cheap": 100.0, "dear": 0.0, "far": 2000.0})
    rows = transfer_matrix(hour, plants, lambda what, done, total: None)
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


def test_curtailed_wind_rises_by_what_is_curtailed() -> None:
    """The cheap plant as wind: 400 of 700 MW that weather leaves are used, 300 MW rise, then the dear one."""
    grid = _grid()
    wind = replace(grid.plants[0], technology="wind_onshore")
    grid = replace(grid, plants=(wind, *grid.plants[1:]))
    output = {"cheap": 400.0, "dear": 0.0, "far": 900.0}
    ramp = make_ramp(_hour(grid, output, {"cheap": 0.7}), ("A", "B"))
    assert ramp.change_mw[1] == {"cheap": 300.0, "far": -300.0}
    assert make_ramp(_hour(grid, output, {"cheap": 0.4}), ("A", "B")).change_mw[1]["dear"] == 900.0


def test_a_limit_that_the_transfer_hardly_moves_does_not_hold_it() -> None:
    """A far path of forty times the reactance, full before: it takes 1 in 41 and does not count, at 1 in 11 it does."""
    for length_km, counts in ((2000.0, False), (500.0, True)):
        grid = _grid()
        far = replace(grid.lines[1], length_km=length_km)
        grid = replace(grid, lines=(grid.lines[0], far, replace(grid.lines[2], length_km=length_km)))
        ramp = _ramp(grid, {"cheap": 0.0, "dear": 0.0, "far": 300.0})
        found = _limits(grid, ramp, {"first": 900.0, "second": 900.0})
        assert (found["thermal"].rise_mw == pytest.approx(0.0, abs=0.1)) is counts


def test_limits_broken_before_are_counted() -> None:
    """The direct line 50 MW over its limit: left out and counted, as thermal and after the loss of one of its two
    circuits (690 MW hold after the others); the transfer the other way relieves it and counts none."""
    grid = _grid()
    output = {"cheap": 100.0, "dear": 0.0, "far": 2000.0}
    found = _limits(grid, _ramp(grid, output), {"direct": 650.0})
    assert (found["thermal"].left_out, found["outage"].left_out) == (1, 1)
    back = _limits(grid, make_ramp(_hour(grid, output), ("B", "A")), {"direct": 650.0})
    assert (back["thermal"].left_out, back["outage"].left_out) == (0, 0)


def test_the_total_and_what_is_left_out_are_told() -> None:
    """700 MW scheduled and 690 more are 1,390 in all; five limits are left out."""
    rows = (
        TransferLimit("outage", 690.0, "direct", "first", left_out=2),
        TransferLimit("thermal", 900.0, "", "", "", 3),
    )
    moment = SimpleNamespace(hour_utc="2035-01-12T14", origin="a test")
    found = Capacity("A", "B", 700.0, "", rows)
    text = limits_text(moment, found)  # type: ignore[arg-type]
    assert "A sends in all: 700 MW; total 1,390 MW" in text
    assert "would make them worse: 5 limits" in text
    record = json.loads(limits_json(moment, found))  # type: ignore[arg-type]
    assert (record["scheduled_mw"], record["rise_mw"], record["total_mw"]) == (700.0, 690.0, 1390.0)


def test_most_loaded_circuits_stand_in_for_outages_that_break_nothing() -> None:
    """10 MW more break nothing after any outage: still the circuits that carry it are named, the fullest first."""
    grid = _grid()
    hour = linear_hour(grid, dict.fromkeys(NAMES[:3], 0.0), PARAMETERS)
    ramp = _ramp(grid, {"cheap": 0.0, "dear": 0.0, "far": 10.0})
    assert np.isnan({row.kind: row for row in linear_limits(hour, ramp)}["outage"].rise_mw)
    assert worst_outages(hour, ramp, 3) == ["direct", "first", "second"]


class _Search:
    """A nose at 1,000 MW more, the voltage falling from 1.0 to 0.7 at 100 MW per 0.03; without `bad` nothing solves."""

    def farthest(self, outage: str, voltage_min_pu: float) -> Reach:
        if outage == "bad":
            return Reach(float("nan"), True, ())
        lows = tuple(Low(rise, 1.0 - 0.0003 * rise, "L") for rise in (0.0, 400.0, 800.0, 1000.0))
        return Reach(1000.0, True, lows, voltage_min_pu)


MARGINS = Margins(0.2, 0.08, 0.15, 0.1, 0.7)


def test_an_outage_without_solution_decides() -> None:
    """It allows nothing and is named, where it used to be told as not reached; the others keep their margins."""
    search = cast(NoseSearch, _Search())
    rows = nose_limits(search, 200.0, ("bad", "good"), MARGINS, lambda what, done, total: None)
    noses = [row for row in rows if row.kind.startswith("nose")]
    assert [row.outage for row in noses] == ["", "bad", "good"]
    assert [row.rise_mw for row in noses] == pytest.approx([0.8 * 1200 - 200, 0.0, 0.92 * 1200 - 200])
    assert noses[1].note == "no solution even before the transfer"


def test_voltage_keeps_its_margin() -> None:
    """Critical 0.7: 0.805 are needed normally, reached at 650 MW, and 0.77 after a fault, at 767 MW."""
    search = cast(NoseSearch, _Search())
    rows = nose_limits(search, 200.0, ("good",), MARGINS, lambda what, done, total: None)
    found = {row.kind: row for row in rows}
    assert found["voltage"].rise_mw == pytest.approx((1 - 0.7 * 1.15) / 0.0003)
    assert found["voltage after an outage"].rise_mw == pytest.approx((1 - 0.7 * 1.1) / 0.0003)
    assert found["voltage"].element == "L"


def test_voltage_that_is_low_before_is_left_out() -> None:
    """Below at the start it is counted and does not hold the transfer; one that stays above is not reached."""
    low = Reach(100.0, True, (Low(0.0, 0.8, "L"), Low(100.0, 0.78, "L")), 0.82).voltage_limit("voltage", "")
    assert np.isnan(low.rise_mw)
    assert low.left_out == 1
    high = Reach(100.0, True, (Low(0.0, 1.0, "L"), Low(100.0, 0.9, "L")), 0.82).voltage_limit("voltage", "")
    assert np.isnan(high.rise_mw)
    assert (high.left_out, high.note) == (0, "lowest 0.90 at L; 0.82 of nominal needed")


def test_margins_are_those_of_the_table() -> None:
    """20 and 8 % of power, 15 and 10 % of voltage above 0.7 of nominal."""
    assert Margins.of(PARAMETERS) == MARGINS


def _linked() -> PlantHour:
    """The small system's two areas with its link; all units as flexible as can be, the link 100 MW towards AZ."""
    system = make_system(1)
    grid = system.grid
    units = {
        unit.name: replace(unit, available_frac=(1.0,) * 12, must_run_frac=(0.0,) * 12) for unit in system.economy.units
    }
    (link,) = grid.links
    half = {plant.name: 0.5 * plant.capacity_mw for plant in grid.plants}
    ways = {"forward": 100.0, "reverse": 0.0}
    if next(plant.zone for plant in grid.plants if plant.bus == link.from_bus) != "KZ":
        ways = {"forward": 0.0, "reverse": 100.0}
    power = _power(half, {f"{link.name}:{way}": mw for way, mw in ways.items()})
    return plant_hour(grid, units, power, 0, {plant.name: 0.6 for plant in grid.plants})


def test_a_link_carries_a_transfer_between_two_areas() -> None:
    """Its rating less 100 MW scheduled is a limit, and more the other way; all flows are those of its two ends."""
    hour = _linked()
    (link,) = hour.grid.links
    flows = dict.fromkeys(linear_hour_names(hour.grid), 0.0)
    for pair, room in ((("KZ", "AZ"), link.capacity_mw - 100.0), (("AZ", "KZ"), link.capacity_mw + 100.0)):
        check_zones(hour.grid, *pair)
        ramp = make_ramp(hour, pair)
        rows = {row.kind: row for row in linear_limits(linear_hour(hour.grid, flows, PARAMETERS), ramp)}
        assert (rows["link"].rise_mw, rows["link"].element) == (pytest.approx(room), link.name)
        assert "with a pole out" in rows["link"].note
        start = ramp.crossings[0].start
        assert {plant.zone for plant in hour.grid.plants if plant.bus == start} <= {pair[0]}


def test_what_a_link_takes_flows_to_its_end() -> None:
    """Two areas of one line each, plants at one end, the link between the other ends: both lines carry it all, and one
    circuit of the first what is left after the other."""
    grid = _grid()
    names = [bus.name for bus in grid.buses]
    link = replace(make_system(1).grid.links[0], from_bus=names[1], to_bus=names[2], capacity_mw=500.0)
    fourth = replace(grid.buses[2], name="fourth")
    lines = (grid.lines[0], replace(grid.lines[2], from_bus=names[2], to_bus="fourth", flow_max_mw=450.0))
    plants = (*grid.plants[:2], replace(grid.plants[2], bus="fourth"))
    areas = ((names[0], names[1]), (names[2], "fourth"))
    grid = replace(grid, buses=(*grid.buses, fourth), lines=lines, plants=plants, links=(link,), areas=areas)
    sent = {f"{link.name}:forward": 0.0, f"{link.name}:reverse": 0.0}
    power = _power({"cheap": 0.0, "dear": 0.0, "far": 3000.0}, sent)
    hour = plant_hour(grid, _units(grid), power, 0, {})
    linear = linear_hour(grid, {"direct": 0.0, "second": 0.0}, PARAMETERS)
    rows = {row.kind: row for row in linear_limits(linear, make_ramp(hour, ("A", "B")))}
    assert rows["link"].rise_mw == 500.0
    assert (rows["thermal"].element, rows["thermal"].rise_mw) == ("second", pytest.approx(450.0))
    (ahead, back) = transfer_matrix(linear, hour, lambda what, done, total: None)
    assert (ahead.over, ahead.element, ahead.outage, ahead.link_mw) == (link.name, "direct", "direct", 500.0)
    assert ahead.rise_mw == pytest.approx(300.0 * 0.92 / 0.80)
    text = matrix_text(SimpleNamespace(hour_utc="2035-01-12T14", origin="a test"), [ahead, back])  # type: ignore[arg-type]
    assert f"Over {link.name}" in text


def linear_hour_names(grid: Grid) -> tuple[str, ...]:
    return make_sensitivities(grid).monitored


def test_zones_joined_by_a_link_are_a_pair() -> None:
    """The two areas of the small system have no AC line between them; without the link they are no pair."""
    grid = make_system(1).grid
    assert ("KZ", "AZ") in zone_pairs(grid)
    assert zone_pairs(replace(grid, links=())) == []


def test_zones_that_cannot_be_asked_for_are_refused() -> None:
    """Unknown zones, one zone twice, and zones that neither an AC line nor a link joins."""
    grid = make_system(1).grid
    with pytest.raises(BadInput) as caught:
        check_zones(grid, "KZ", "nowhere")
    assert len(caught.value.problems) == 1
    with pytest.raises(BadInput):
        check_zones(grid, "KZ", "KZ")
    with pytest.raises(BadInput, match="neither an AC line nor a link"):
        check_zones(replace(grid, links=()), "KZ", "AZ")
