"""Published facts of the three systems against the tables and the grids made of them, row by row."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from networks.build import build_grid
from networks.grid import Grid
from networks.hvdc import Link
from networks.staging import Scope, choose_package
from networks.tables import Tables, load_tables, shipped_sets

FOLDER = Path(__file__).parent / "cases" / "grid_facts"
ALL_BUT_BATTERY = "all but battery"


def _facts() -> list[dict[str, str]]:
    with (FOLDER / "facts.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def _tables() -> Tables:
    return load_tables(shipped_sets()["corridor"])


@cache
def _grid(year: int) -> Grid:
    return build_grid(_tables(), year=year, links=(), reinforcement="rated", programme="none")


def _installed(country: str, detail: str, year: int) -> float:
    """MW of the plants that stand, also of those that no line of the model reaches yet."""
    kinds = tuple(detail.split(";"))
    return sum(
        row.capacity_mw
        for row in _tables().plants
        if row.country == country
        and row.year <= year
        and row.status == "existing"
        and (row.until_year is None or row.until_year > year)
        and (row.technology != "battery" if detail == ALL_BUT_BATTERY else row.technology.startswith(kinds))
    )


def _demand(field: str) -> Callable[[str, str, int], float]:
    def find(country: str, _detail: str, year: int) -> float:
        [row] = [row for row in _tables().demand if (row.country, row.year) == (country, year)]
        return float(getattr(row, field))

    return find


def _limit(name: str, direction: str, year: int) -> float:
    [cut] = [cut for cut in _grid(year).interfaces if cut.name == name]
    return cut.forward_max_mw if direction == "forward" else cut.reverse_max_mw


def _line_limit(name: str, _detail: str, year: int) -> float:
    [line] = [line for line in _grid(year).lines if line.name == name]
    return line.flow_max_mw / line.circuits


def _joint_limit(name: str, _detail: str, year: int) -> float:
    [limit] = [limit for limit in _grid(year).joint_limits if limit.name == name]
    return limit.flow_max_mw


def _border(field: str) -> Callable[[str, str, int], float]:
    def find(name: str, _detail: str, year: int) -> float:
        [row] = [row for row in _tables().border_limits if (row.border, row.year) == (name, year)]
        return float(getattr(row, field))

    return find


def _circuits(pair: str, voltage_kv: str, year: int) -> float:
    country = {bus.name: bus.country for bus in _grid(year).buses}
    return sum(
        line.circuits
        for line in _grid(year).lines
        if {country[line.from_bus], country[line.to_bus]} == set(pair.split("-"))
        and line.voltage_kv == float(voltage_kv)
    )


def _length(name: str, voltage_kv: str, year: int) -> float:
    """Circuit-km inside a country and half of its cross-border lines."""
    country = {bus.name: bus.country for bus in _grid(year).buses}
    return sum(
        line.length_km * line.circuits * [country[line.from_bus], country[line.to_bus]].count(name) / 2
        for line in _grid(year).lines
        if line.voltage_kv == float(voltage_kv)
    )


def _line_km(name: str, _detail: str, year: int) -> float:
    """The circuit of that name (or a parallel one) whose length is nearest to the published one."""
    found = [line.length_km for line in _grid(year).lines if line.name.partition(" #")[0] == name]
    [wanted] = [float(fact["value"]) for fact in _facts() if (fact["kind"], fact["subject"]) == ("line_km", name)]
    return min(found, key=lambda length: abs(length - wanted))


def _package_km(size_mw: str, scope: Scope, _year: int) -> float:
    link = Link(
        name="caspian",
        from_bus="KZ_KurykHVDC 500",
        to_bus="AZ_Navahi 500",
        capacity_mw=float(size_mw),
        voltage_kv=525.0,
        configuration="bipole",
        poles=2,
        subsea_km=392.0,
        land_km=100.0,
        resistance_ohm_per_km=0.0113,
        station_idle_loss_frac=0.001,
        station_full_loss_frac=0.008,
        ramp_max_mw_per_h=1000.0,
        hurdle_usd_per_mwh=0.0,
        source="a test",
    )
    rows = choose_package(_tables(), [link], scope).rows
    return sum((row.length_km or 0.0) * row.units for row in rows if row.element == "line")


KINDS: dict[str, Callable[..., float]] = {
    "installed_mw": _installed,
    "demand_twh": _demand("energy_twh"),
    "peak_mw": _demand("peak_mw"),
    "limit_mw": _limit,
    "line_limit_mw": _line_limit,
    "joint_limit_mw": _joint_limit,
    "border_import_mw": _border("import_max_mw"),
    "border_export_mw": _border("export_max_mw"),
    "circuits": _circuits,
    "length_km": _length,
    "line_km": _line_km,
    "package_km": _package_km,
}


@pytest.mark.parametrize(
    "fact", _facts(), ids=lambda f: f"{f['kind']} {f['subject']} {f['detail']} {f['year']}".strip()
)
def test_model_agrees_with_the_published_fact(fact: dict[str, str]) -> None:
    """Every row of facts.csv holds within its own tolerance."""
    found = KINDS[fact["kind"]](fact["subject"], fact["detail"], int(fact["year"]))
    tolerance = float(fact["tolerance_frac"])
    assert found == pytest.approx(float(fact["value"]), rel=tolerance, abs=1e-6), fact["source"]


def test_every_fact_says_who_when_and_how_near() -> None:
    """No fact without source and date; tolerances are 20 % for whole networks' lengths, else at most 10 %, mostly 5."""
    facts = _facts()
    assert len(facts) >= 50
    assert all(fact["source"] and fact["date"] for fact in facts)
    tolerances = sorted(float(fact["tolerance_frac"]) for fact in facts)
    assert all(float(fact["tolerance_frac"]) <= (0.2 if fact["kind"] == "length_km" else 0.1) for fact in facts)
    assert tolerances[int(0.85 * len(tolerances))] <= 0.05
    assert {fact["kind"] for fact in facts} == set(KINDS)
