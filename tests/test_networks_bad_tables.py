"""Thirty-odd ways to spoil the corridor's tables: each is refused with one message that names file, row and field."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from networks.build import build_grid
from networks.problems import TableProblems
from networks.rows import TABLE_ROWS
from networks.tables import load_tables, shipped_sets

Rows = list[dict[str, str]]
Change = Callable[[Rows], object]


def cell(column: str, value: str, **where: str) -> Change:
    """Write a value into the first row that has the given cells (the very first without any)."""

    def change(rows: Rows) -> None:
        row = next(row for row in rows if all(row[name] == wanted for name, wanted in where.items()))
        assert row[column] != value
        row[column] = value

    return change


def scaled(column: str, factor: float, **where: str) -> Change:
    """Multiply a number: another unit, or a decimal point out of place."""

    def change(rows: Rows) -> None:
        row = next(row for row in rows if all(row[name] == wanted for name, wanted in where.items()))
        row[column] = f"{float(row[column]) * factor:g}"

    return change


def swapped(first: str, second: str, **where: str) -> Change:
    """Exchange two cells of a row."""

    def change(rows: Rows) -> None:
        row = next(row for row in rows if all(row[name] == wanted for name, wanted in where.items()))
        row[first], row[second] = row[second], row[first]

    return change


def again(**other: str) -> Change:
    """Append the first row once more, with other cells."""
    return lambda rows: rows.append({**rows[0], **other})


def moved_on(year: str, place: str) -> Change:
    """Give every line of a place another year."""

    def change(rows: Rows) -> None:
        for row in rows:
            if place in (row["from_substation"], row["to_substation"]):
                row["year"], row["status"] = year, "planned"

    return change


ULKE = {"from_substation": "KZ_Zhitikara", "to_substation": "KZ_Ulke"}
YARDS = {"from_substation": "KZ_EGRES1", "to_substation": "KZ_EGRES2"}
BUNDLE = {"name": "3xAC-330/43 500 kV"}
EKIBASTUZ = {"name": "Ekibastuz TTP 1"}
BAD: dict[str, tuple[str, Change, str, str]] = {
    # what is wrong: table, change, words of the place, words of the finding or the remedy
    "broken reference": ("lines", cell("to_substation", "KZ_Ulka", **ULKE), "to_substation", "KZ_Ulke"),
    "unknown line type": ("lines", cell("line_type", "AC-330", **ULKE), "line_type", "3xAC-330/43 500 kV"),
    "unknown transformer type": ("transformers", cell("transformer_type", "ATDCTN"), "transformer_type", "unknown"),
    "unknown zone": ("load_shares", cell("zone", "KZ-Nord"), "zone", "KZ-North"),
    "unknown plant": ("units", cell("plant", "Ekibastuz TTP 3"), "units.csv (Ekibastuz TTP 3", "Ekibastuz TTP 1"),
    "unknown technology": ("plants", cell("technology", "cole"), "plants.csv line 2 technology", "coal"),
    "zero reactance": ("line_types", cell("x_ohm_per_km", "0", **BUNDLE), "x_ohm_per_km", "greater than 0"),
    "negative resistance": ("line_types", cell("r_ohm_per_km", "-0.03", **BUNDLE), "r_ohm_per_km", "greater than 0"),
    "capacitance ten times too large": ("line_types", scaled("c_nf_per_km", 10, **BUNDLE), "c_nf_per_km", "would fit"),
    "capacitance in microfarad": ("line_types", scaled("c_nf_per_km", 1e-3, **BUNDLE), "c_nf_per_km", "wave speed"),
    "reactance of another bundle": ("line_types", scaled("x_ohm_per_km", 1.5, **BUNDLE), BUNDLE["name"], "wave speed"),
    "natural power of another voltage": (
        *("line_types", scaled("surge_impedance_load_mw", 5, **BUNDLE)),
        *("surge_impedance_load_mw", "voltage squared"),
    ),
    "current in ampere": ("line_types", scaled("current_max_ka", 1e3, **BUNDLE), "current_max_ka", "10"),
    "shorter than the great circle": (
        "lines",
        cell("length_km", "48.7", **ULKE),
        "KZ_Zhitikara-KZ_Ulke",
        "great circle",
    ),
    "a line of 1e9 km": ("lines", cell("length_km", "1e9", **ULKE), "length_km", "2500"),
    "length in metres": (
        "lines",
        cell("length_km", "1948", **ULKE),
        "KZ_Zhitikara-KZ_Ulke 500) length_km",
        "great circle",
    ),
    "limit above the conductors": ("lines", cell("circuit_flow_max_mw", "9510", **ULKE), "circuit_flow_max_mw", "bear"),
    "limit in watts": ("lines", cell("circuit_flow_max_mw", "951e6", **ULKE), "circuit_flow_max_mw", "30000"),
    "line to itself": (
        "lines",
        cell("to_substation", "KZ_EGRES1", **YARDS),
        "KZ_EGRES1-KZ_EGRES1 500",
        "two substations",
    ),
    "line above its substation's voltage": (
        *("substations", cell("voltage_max_kv", "220", name="KZ_DzungarGate")),
        *("voltage_kv", "highest is 220 kV"),
    ),
    "gone before it comes": ("lines", cell("until_year", "2001", **ULKE), "until_year", "not after its year"),
    "year with a slip": ("plants", cell("year", "20255", **EKIBASTUZ), "year", "2100"),
    "transformer upside down": ("transformer_types", swapped("hv_kv", "lv_kv"), "hv_kv", "higher voltage first"),
    "short-circuit voltage as fraction": (
        *("transformer_types", scaled("short_circuit_voltage_percent", 0.01)),
        *("short_circuit_voltage_percent", "2"),
    ),
    "percent where a fraction belongs": ("load_shares", scaled("share_frac", 100), "share_frac", "per cent"),
    "shares that leave a rest": ("zones", cell("energy_share_frac", "0.1"), "energy_share_frac", "sum"),
    "load in another country's zone": (
        "load_shares",
        cell("substation", "UZ_Navoi"),
        "(UZ_Navoi) zone",
        "a zone of KZ",
    ),
    "capacity in kilowatts": ("plants", scaled("capacity_mw", 1e3, **EKIBASTUZ), "capacity_mw", "30000"),
    "plant at the other end of the country": (
        "plants",
        scaled("longitude_deg", 0.7, **EKIBASTUZ),
        "longitude_deg",
        "km",
    ),
    "latitude and longitude swapped": (
        *("plants", swapped("latitude_deg", "longitude_deg", name="Atyrau CHP")),
        *("Atyrau CHP) latitude_deg", "swapped"),
    ),
    "battery without content": ("plants", cell("energy_mwh", "0", technology="battery"), "energy_mwh", "above 0"),
    "NaN": ("demand", cell("energy_twh", "nan"), "demand.csv line 2 energy_twh", "finite"),
    "demand in GWh": ("demand", scaled("energy_twh", 1e3), "energy_twh", "less than or equal to 10000"),
    "central demand above the high one": (
        "demand",
        scaled("energy_twh", 1.1),
        "(KZ 2025) energy_twh",
        "low <= central",
    ),
    "peak of another unit": ("demand", scaled("peak_mw", 0.1), "peak_mw", "load factor"),
    "units that do not make the plant": ("units", cell("units", "8", plant="Ekibastuz TTP 1"), "units.csv", "3500"),
    "reactor on a line that is not there": ("reactors", scaled("length_km", 1.1), "reactors.csv", "no line"),
    "more reactor than charging": ("reactors", cell("units", "4"), "unit_reactive_mvar", "charging"),
    "reactor in the middle of nowhere": ("reactors", cell("at_substation", "UZ_Navoi"), "at_substation", "an end"),
    "two slacks": ("borders", cell("substation", "RU_Chelyabinsk", name="RU_Irikla"), "borders.csv", "two slacks"),
    "a border without limits": ("border_limits", lambda rows: rows.pop(0), "RU_Chelyabinsk", "no row for 2025"),
    "a cut over a line that is not there": (
        *("interface_members", cell("to_substation", "KZ_Almaty")),
        *("interface_members.csv (KZ North-South)", "KZ_Agadyr"),
    ),
    "a member counted twice": ("interface_members", cell("direction", "2"), "direction", "1, -1"),
    "the same plant twice": ("plants", again(), "plants.csv line", "duplicate"),
    "a package line without a length": (
        *("reinforcements", cell("length_km", "", element="line")),
        *("length_km", "a value for every line"),
    ),
    "a grade that does not exist": ("lines", cell("confidence", "A+", **ULKE), "confidence", "A, B, C, D"),
    "a row without a source": ("lines", cell("source", "", **ULKE), "source", "empty cell"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the corridor to spoil."""
    return Path(shutil.copytree(shipped_sets()["corridor"], tmp_path / "mine"))


def _spoil(folder: Path, table: str, change: Change) -> None:
    path = folder / f"{table}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        names, rows = list(reader.fieldnames or ()), list(reader)
    change(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.slow
@pytest.mark.parametrize("what", BAD)
def test_one_clear_message(folder: Path, what: str) -> None:
    """A single mistake gives a single message with file, row and field, what was found and what fits."""
    table, change, place, words = BAD[what]
    _spoil(folder, table, change)
    with pytest.raises(TableProblems) as caught:
        load_tables(folder)
    texts = [str(problem) for problem in caught.value.problems]
    [text] = texts
    assert place in text
    assert words in text
    where = text.partition(": found")[0]
    file = where.partition(".csv")[0]
    assert any(field in where for field in TABLE_ROWS[file].model_fields), where
    assert "(" in where or " line " in where


def test_there_are_thirty_of_them() -> None:
    """The list is as long as promised, and no two spoil the same cell in the same way."""
    assert len(BAD) >= 30


def test_an_island_without_a_source_names_its_loads(folder: Path) -> None:
    """If the lines that join the Uzbek north-west come late and its plants are gone, its load rows are named."""
    north_west = ("UZ_Takhiatash", "UZ_Khorezm", "UZ_Kungrad")
    gone = {row.name for row in load_tables(folder).plants if row.substation in north_west}

    def keep(column: str) -> Change:
        def change(rows: Rows) -> None:
            rows[:] = [row for row in rows if row[column] not in gone]

        return change

    _spoil(folder, "lines", moved_on("2034", "UZ_Sarimay"))
    _spoil(folder, "plants", keep("name"))
    for table in ("units", "plant_connections"):
        _spoil(folder, table, keep("plant"))
    with pytest.raises(TableProblems) as caught:
        build_grid(load_tables(folder), year=2025, links=(), reinforcement="rated", programme="none")
    [problem] = caught.value.problems
    assert problem.where == "load_shares.csv (UZ_Khorezm, UZ_Takhiatash, UZ_Kungrad) substation"
    assert "island without supply" in problem.found
    assert "lines.csv" in problem.remedy
