"""Reading the network tables: what is shipped is whole and sourced, and what is wrong is named, all of it at once."""

from __future__ import annotations

import csv
import re
import shutil
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from networks.geography import great_circle_km
from networks.problems import NetworkProblem
from networks.rows import TABLE_ROWS
from networks.tables import TableProblems, load_tables, shipped_sets

UNITS = (
    "_mw",
    "_mwh",
    "_twh",
    "_kv",
    "_ka",
    "_km",
    "_mva",
    "_mvar",
    "_kw",
    "_deg",
    "_frac",
    "_percent",
    "_ohm_per_km",
    "_nf_per_km",
)
COUNTS = {"node_number", "year", "until_year", "open_from_year", "circuits", "circuit", "units", "direction"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tiny set to spoil."""
    return Path(shutil.copytree(shipped_sets()["tiny"], tmp_path / "mine"))


def _problems(folder: Path) -> tuple[NetworkProblem, ...]:
    with pytest.raises(TableProblems) as caught:
        load_tables(folder)
    return caught.value.problems


def _edit(folder: Path, table: str, change: Callable[[list[list[str]]], object]) -> None:
    path = folder / f"{table}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    change(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _cell(column: str, value: str, row: int = 1) -> Callable[[list[list[str]]], None]:
    def change(rows: list[list[str]]) -> None:
        rows[row][rows[0].index(column)] = value

    return change


def _drop_column(column: str) -> Callable[[list[list[str]]], None]:
    def change(rows: list[list[str]]) -> None:
        at = rows[0].index(column)
        for row in rows:
            del row[at]

    return change


def _rename(column: str, new: str) -> Callable[[list[list[str]]], None]:
    def change(rows: list[list[str]]) -> None:
        rows[0][rows[0].index(column)] = new

    return change


BAD = [
    ("plants", _drop_column("technology"), "plants.csv header", "missing column", "technology"),
    ("plants", _rename("capacity_mw", "capacity_kw"), "plants.csv header", "missing column", "capacity_kw"),
    ("plants", _rename("capacity_mw", "capacity_kw"), "plants.csv header", "'capacity_kw'", "capacity_mw"),
    ("plants", _cell("capacity_mw", "-5"), "plants.csv line 2 capacity_mw", "'-5'", "greater than 0"),
    ("plants", _cell("capacity_mw", "nan"), "plants.csv line 2 capacity_mw", "'nan'", "finite"),
    ("demand", _cell("energy_twh", "inf"), "demand.csv line 2 energy_twh", "'inf'", "finite"),
    ("plants", _cell("capacity_mw", "about 5"), "plants.csv line 2 capacity_mw", "'about 5'", "number"),
    ("plants", _cell("capacity_mw", ""), "plants.csv line 2 capacity_mw", "empty cell", "no default"),
    ("plants", _cell("source", ""), "plants.csv line 2 source", "empty cell", "a value"),
    ("plants", _cell("confidence", "E"), "plants.csv line 2 confidence", "'E'", "A, B, C, D"),
    ("plants", _cell("technology", "gas_cgt"), "plants.csv line 2 technology", "'gas_cgt'", "gas_ccgt"),
    ("plants", _cell("latitude_deg", "451"), "plants.csv line 2 latitude_deg", "'451'", "90"),
    ("plants", _cell("year", "20x0"), "plants.csv line 2 year", "'20x0'", "integer"),
    ("plants", _cell("substation", "KZ_Aktaw"), "plants.csv (Atyrau coal) substation", "'KZ_Aktaw'", "KZ_Aktau"),
    ("plants", lambda rows: rows.append(rows[1]), "plants.csv line 13", "duplicate row Atyrau coal", "line 2"),
    ("plants", lambda rows: rows[1].pop(), "plants.csv line 2", "13 cells", "14 cells"),
    ("plants", _cell("energy_mwh", "0", 9), "plants.csv (Absheron battery)", "0 for technology battery", "above 0"),
    ("plants", _cell("country", "AZ"), "plants.csv (Atyrau coal) country", "KZ_Atyrau is in KZ", "country"),
    ("lines", _cell("length_km", "39"), "(KZ_Atyrau-KZ_Aktau 500) length_km", "39 km", "great circle of 39"),
    ("lines", _cell("line_type", "AC-400/51 220 kV"), "lines.csv (KZ_Atyrau", "a type for 220 kV", "500 kV"),
    ("lines", _cell("to_substation", "KZ_Atyrau"), "lines.csv (KZ_Atyrau", "to itself", "two substations"),
    ("line_types", _cell("x_ohm_per_km", "0"), "line_types.csv line 2 x_ohm_per_km", "'0'", "greater than 0"),
    ("line_types", _cell("x_ohm_per_km", "0.12"), "line_types.csv (", "wave speed", "Check both constants"),
    ("transformers", _cell("lv_kv", "330"), "transformers.csv (KZ_Aktau 500/330)", "500/220 kV", "330"),
    ("load_shares", _cell("share_frac", "50"), "load_shares.csv line 2 share_frac", "'50'", "write 0.5"),
    ("load_shares", _cell("share_frac", "0.4"), "load_shares.csv share_frac (zone KZ-West)", "0.9", "sum of 1"),
    ("zones", _cell("energy_share_frac", "0.9"), "zones.csv energy_share_frac (country KZ)", "0.9", "sum of 1"),
    ("demand", _cell("peak_mw", "5"), "demand.csv (KZ 2025) peak_mw", "load factor", "TWh against MW"),
    ("border_limits", lambda rows: rows.pop(1), "border_limits.csv (TR_Borcka)", "no row for 2025", "every year"),
    ("reinforcements", _cell("equipment_type", "3xAC"), "reinforcements.csv (", "'3xAC'", "3xAC-400/51 500 kV"),
]


@pytest.mark.parametrize(("table", "change", "where", "found", "hint"), BAD)
def test_a_bad_table_names_place_finding_and_remedy(
    folder: Path, table: str, change: Callable[[list[list[str]]], object], where: str, found: str, hint: str
) -> None:
    """Each kind of mistake gives a message with the file, the row, what was found and what to do."""
    _edit(folder, table, change)
    texts = [str(problem) for problem in _problems(folder)]
    assert any(where in text and found in text and hint in text for text in texts), texts


def test_a_cut_over_a_line_that_is_not_there(folder: Path) -> None:
    """An interface member must be a line of the tables; the nearest one is named."""
    _edit(folder, "interface_members", _cell("to_substation", "GE_AnakliaHVDC"))
    [problem] = _problems(folder)
    assert "interface_members.csv (AZ-GE 500 kV)" in problem.where
    assert "AZ_Navahi-GE_Gardabani 500" in problem.remedy


def test_all_problems_are_told_at_once(folder: Path) -> None:
    """Three mistakes in three files, one of them a file that is gone, come in one report."""
    _edit(folder, "plants", _cell("capacity_mw", "NaN"))
    _edit(folder, "zones", _cell("confidence", "good"))
    (folder / "lines.csv").unlink()
    places = [problem.where for problem in _problems(folder)]
    assert places == ["mine/lines.csv", "plants.csv line 2 capacity_mw", "zones.csv line 2 confidence"]


def test_a_missing_folder_names_the_shipped_sets(tmp_path: Path) -> None:
    """A folder that does not exist is one problem, with the sets that do."""
    [problem] = _problems(tmp_path / "nowhere")
    assert "corridor" in problem.remedy


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"\xff\xfe\x00", "not UTF-8"), (b"", "empty file"), (b'name,country\n"open', "line")],
)
def test_a_file_that_is_no_csv_text(folder: Path, content: bytes, found: str) -> None:
    """Binary, empty and cut-off files are refused with the file's name, without a trace."""
    (folder / "zones.csv").write_bytes(content)
    [problem, *_] = _problems(folder)
    assert "zones.csv" in problem.where
    assert found in f"{problem.where} {problem.found}"


def test_spreadsheet_spelling_is_understood(folder: Path) -> None:
    """A byte-order mark, spaces around cells, blank lines and whole numbers written 2020.0 read the same."""
    before = load_tables(folder).lines
    _edit(folder, "lines", _cell("year", " 2020.0 "))
    path = folder / "lines.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\n\n")
    assert load_tables(folder).lines == before


def test_digest_follows_the_bytes(folder: Path) -> None:
    """The same bytes give the same digest wherever they lie; one changed byte gives another."""
    first = load_tables(folder).digest
    assert first == load_tables(shipped_sets()["tiny"]).digest
    _edit(folder, "plants", _cell("capacity_mw", "901"))
    assert load_tables(folder).digest != first


@pytest.mark.parametrize("name", sorted(shipped_sets()))
def test_every_shipped_row_has_source_and_grade(name: str) -> None:
    """Every row of every shipped table says where it came from and how far to trust it, and names no machine's path."""
    tables = load_tables(shipped_sets()[name])
    for table in TABLE_ROWS:
        for row in getattr(tables, table):
            assert row.source.strip()
            assert row.confidence in "ABCD"
            assert "/home/" not in row.source
            assert "file:" not in row.source


def test_every_dimensioned_column_carries_its_unit() -> None:
    """Columns that hold decimal numbers end in a unit; the few plain counts are listed."""
    for table, model in TABLE_ROWS.items():
        for field, information in model.model_fields.items():
            if re.search(r"\b(int|float)\b|Literal\[1", str(information.annotation)):
                assert field in COUNTS or field.endswith(UNITS), f"{table}.{field}"


def test_installed_capacity_meets_the_published_totals() -> None:
    """Existing plants add up to 24.7 GW in Kazakhstan, 25.5 in Uzbekistan with its batteries and 9.93 in Azerbaijan
    (official: 9,732.5 MW in October 2025 plus 240 MW of wind less 44 MW of waste and hybrid plants)."""
    total: dict[str, float] = defaultdict(float)
    for row in load_tables(shipped_sets()["corridor"]).plants:
        if row.status == "existing":
            total[row.country] += row.capacity_mw
    assert total["KZ"] == pytest.approx(24_700.0, rel=0.005)
    assert total["UZ"] == pytest.approx(25_540.0, rel=0.005)
    assert total["AZ"] == pytest.approx(9_732.5 + 240.0 - 44.0, abs=2.0)


def test_kazakh_coal_plants_with_heat_are_told_from_those_without() -> None:
    """The big condensing stations stay coal; every plant named CHP is combined heat and power."""
    plants = {row.name: row for row in load_tables(shipped_sets()["corridor"]).plants}
    condensing = ("Aksuskaya", "Ekibastuz TTP 1", "Ekibastuz TTP 2", "Kazakhmys Corporation TTP 1", "Novo-Angren TPP")
    assert {plants[name].technology for name in condensing} == {"coal"}
    named = [row for row in plants.values() if "CHP" in row.name and row.technology.startswith("coal")]
    assert len(named) >= 16
    assert {row.technology for row in named} == {"coal_chp"}


def test_great_circle_by_hand() -> None:
    """A degree of latitude is 111.2 km; Baku to Aktau is about 380 km across the sea."""
    assert great_circle_km(40.0, 50.0, 41.0, 50.0) == pytest.approx(111.2, abs=0.1)
    assert great_circle_km(40.38, 49.85, 43.65, 51.17) == pytest.approx(379.0, rel=0.02)


def test_line_limits_follow_the_st_clair_curve() -> None:
    """A circuit carries the lower of 0.9 x thermal and 1.2 (220 kV: 1.3) x SIL x 3 x (80/km)^0.65, within 2 %."""
    tables = load_tables(shipped_sets()["corridor"])
    kinds = {row.name: row for row in tables.line_types}
    for row in tables.lines:
        kind = kinds[row.line_type]
        thermal_mw = 0.9 * 3**0.5 * row.voltage_kv * kind.current_max_ka
        factor = 1.3 if row.voltage_kv == 220 else 1.2
        stable_mw = factor * kind.surge_impedance_load_mw * 3.0 * (80.0 / row.length_km) ** 0.65
        assert row.circuit_flow_max_mw == pytest.approx(min(thermal_mw, stable_mw), rel=0.02), row


@pytest.mark.parametrize("name", sorted(shipped_sets()))
def test_waves_run_just_below_light_on_every_line_type(name: str) -> None:
    """x and c of every type give 0.95-1.00 of the speed of light, and surge impedances fall with voltage and bundle."""
    light_km_per_s = 299_792.458
    impedance: dict[int, list[float]] = defaultdict(list)
    for row in load_tables(shipped_sets()[name]).line_types:
        inductance = row.x_ohm_per_km / 314.159
        capacitance = row.c_nf_per_km * 1e-9
        assert 0.95 < (inductance * capacitance) ** -0.5 / light_km_per_s <= 1.0, row.name
        impedance[row.voltage_kv].append((inductance / capacitance) ** 0.5)
    means = [sum(values) / len(values) for _, values in sorted(impedance.items())]
    assert means == sorted(means, reverse=True)
    assert all(200.0 < value < 430.0 for values in impedance.values() for value in values)


def test_country_demand_of_the_sources() -> None:
    """Demand carries the sourced figures, and its years are those every country has."""
    tables = load_tables(shipped_sets()["corridor"])
    energy = {(row.country, row.year): row.energy_twh for row in tables.demand}
    assert tables.years == (2025, 2030, 2035)
    assert (energy["KZ", 2035], energy["UZ", 2035]) == (165.0, 132.0)
    assert (energy["AZ", 2025], energy["UZ", 2025], energy["GE", 2035]) == (27.17, 86.7, 21.36)


def test_a_huge_table_is_refused_by_its_size(tmp_path, monkeypatch):
    """Nothing of a table beyond the limit is read."""
    import shutil

    from networks import tables

    own = tmp_path / "own"
    shutil.copytree(shipped_sets()["tiny"], own)
    monkeypatch.setattr(tables, "FILE_BYTES_MAX", 100)
    with pytest.raises(TableProblems, match="at most 100 bytes"):
        load_tables(own)
