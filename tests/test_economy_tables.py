"""The economy's tables and their reader."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from greengrid.economy.money import at_year, price_level, since_year
from greengrid.economy.rows import FuelPrice
from greengrid.economy.tables import SHIPPED, read_table, read_tables
from greengrid.errors import BadInput, Problem


def _edit(path: Path, change) -> None:
    rows = list(csv.reader(path.open(encoding="utf-8", newline="")))
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "tables"))


def test_shipped_tables_are_read_whole():
    """The shipped tables pass every check and hold the rows that the sources give."""
    tables = read_tables()
    assert len([row for row in tables.quantities if row.name == "eua_price"]) == 16
    assert tables.quantity("cbam_default_factor.GE").central == 0.44
    assert tables.quantity("usd_per_eur").central == 1.12
    assert {row.market for row in tables.markets} == {"RO", "TR", "RU_north", "RU_south", "KG", "TJ", "TM", "IR", "AF"}


def test_no_row_names_a_machine_or_a_private_path():
    """Tables ship with the project: no absolute path of any machine stands in them."""
    for path in SHIPPED.glob("*.csv"):
        assert "/work/" not in path.read_text(encoding="utf-8"), path.name


def test_every_problem_of_every_table_is_reported_at_once(folder: Path):
    """NaN, a value out of range, disordered bounds, an empty source and a repeated key come in one report."""
    _edit(folder / "fuel_prices.csv", lambda rows: rows[1].__setitem__(4, "nan"))
    _edit(folder / "generation.csv", lambda rows: rows[2].__setitem__(4, "1.4"))
    _edit(folder / "eu_border.csv", lambda rows: rows[1].__setitem__(3, "500"))
    _edit(folder / "carbon_prices.csv", lambda rows: rows[1].__setitem__(6, ""))
    _edit(folder / "markets.csv", lambda rows: rows.append(rows[1]))
    with pytest.raises(BadInput) as caught:
        read_tables(folder)
    where = [problem.where for problem in caught.value.problems]
    assert "fuel_prices.csv, row 2, usd_per_mwh_th" in where
    assert "generation.csv, row 3, efficiency_frac" in where
    assert "eu_border.csv, row 2, whole row" in where
    assert "carbon_prices.csv, row 2, source" in where
    assert any(
        w == "markets.csv" and "more than once" in str(p) for w, p in zip(where, caught.value.problems, strict=True)
    )


def test_missing_and_unknown_columns_are_named(folder: Path):
    """A renamed column is reported as one missing and one unknown."""
    _edit(folder / "markets.csv", lambda rows: rows[0].__setitem__(2, "slop"))
    with pytest.raises(BadInput) as caught:
        read_tables(folder)
    assert any("missing slope_usd_per_mwh_per_gw; unknown slop" in p.found for p in caught.value.problems)


def test_a_missing_table_is_reported_with_its_path(folder: Path):
    """A folder without one of the tables is refused."""
    (folder / "system.csv").unlink()
    with pytest.raises(BadInput, match=r"system\.csv"):
        read_tables(folder)


def test_rows_with_too_few_or_too_many_cells_are_refused(tmp_path: Path):
    """A short row and a long row are problems, not silent blanks."""
    header = ",".join(FuelPrice.model_fields)
    good = "KZ,coal,domestic,2025,3,1,5,,here,B,"
    path = tmp_path / "fuel_prices.csv"
    path.write_text(f"{header}\n{good}\n{good},extra\nKZ,coal,domestic\n", encoding="utf-8")
    problems: list[Problem] = []
    assert len(read_table(path, FuelPrice, problems)) == 1
    assert {problem.where.split(",")[1].strip() for problem in problems} == {"row 3", "row 4"}


def test_quantity_must_exist_exactly_once():
    """Asking for a name that is not there is an error, never a zero."""
    with pytest.raises(BadInput, match="exactly one"):
        read_tables().quantity("price_of_moonlight")


def test_values_between_years_are_linear_and_never_extrapolated():
    """2.93 in 2025 and 3.22 in 2030 give 3.046 in 2027; 2024 and 2031 are refused; `since_year` holds the last."""
    points = {2025: 2.93, 2030: 3.22}
    assert at_year(points, 2027, "x") == pytest.approx(2.93 + 0.29 * 2 / 5)
    for year in (2024, 2031):
        with pytest.raises(BadInput, match=f"no value for {year}"):
            at_year(points, year, "x")
    assert since_year(points, 2040, "x") == 3.22


def test_price_level_follows_two_percent_inflation():
    """Money of 2025 in USD of 2030 is 1.02^5 = 1.10408 times as much."""
    assert price_level(read_tables(), 2025) == 1.0
    assert price_level(read_tables(), 2030) == pytest.approx(1.1040808)


def test_unit_emissions_lie_within_the_published_range_of_their_fuel():
    """Every burning row of generation.csv is inside the IPCC range of its fuel (coal: bituminous to lignite)."""
    tables = read_tables()
    names = {"gas": ("gas",), "fuel_oil": ("fuel_oil",), "coal": ("bituminous_coal", "sub_bituminous_coal", "lignite")}
    for row in tables.technologies:
        if row.fuel in names:
            fuels = [tables.quantity(f"emission.fuel.{name}") for name in names[row.fuel]]
            assert min(f.low for f in fuels) <= row.emission_tco2_per_mwh_th <= max(f.high for f in fuels), row


def test_market_emissions_are_those_of_the_emission_table():
    """Bought power counts at the factor of the table: Romania's margin of 2035, Iran's and Turkmenistan's average."""
    tables = read_tables()
    factor = {(row.market, row.year): row.emission_tco2_per_mwh for row in tables.markets}
    assert factor["RO", 2035] == tables.quantity("emission.marginal.RO", 2035).central
    assert factor["IR", 2025] == tables.quantity("emission.grid_average.IR", 2023).central
    assert factor["TM", 2025] == tables.quantity("emission.grid_average.TM", 2023).central
    assert factor["RU_south", 2025] == tables.quantity("emission.fossil_fleet.RU", 2023).central
