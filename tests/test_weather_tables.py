"""Reading the weather tables: sources on every row, every problem at once."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from greengrid.errors import BadInput
from greengrid.weather.tables import SHIPPED, read_tables
from networks.tables import shipped_sets


def test_shipped_tables_have_sources() -> None:
    """Every row of every shipped table names its source and a grade."""
    for path in (*SHIPPED.glob("*.csv"), *shipped_sets()["corridor"].glob("weather_*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert rows
        assert all(row["source"].strip() and row["confidence"] in "ABCD" for row in rows), path.name


def rewrite(path: Path, change: dict[tuple[int, str], str]) -> None:
    """Sets cells by (row from 0, column)."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for (number, column), value in change.items():
        rows[number][column] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_all_problems_are_reported_together(tmp_path: Path) -> None:
    """NaN, a range, a repeated key, an unknown word, shares, a missing file and a missing column in one message."""
    folder, network = tmp_path / "tables", tmp_path / "network"
    shutil.copytree(SHIPPED, folder)
    shutil.copytree(shipped_sets()["corridor"], network)
    rewrite(network / "weather_sites.csv", {(0, "elevation_m"): "nan", (1, "weibull_shape_ratio"): "0.2"})
    rewrite(folder / "demand_months.csv", {(1, "country"): "KZ"})
    rewrite(folder / "solar_mounting.csv", {(0, "mounting"): "floating"})
    rewrite(folder / "hydro.csv", {(2, "share_05_frac"): "0.9"})
    (folder / "market_hours.csv").unlink()
    lines = (folder / "power_curves.csv").read_text().splitlines()
    (folder / "power_curves.csv").write_text("\n".join(line.partition(",")[2] for line in lines))
    with pytest.raises(BadInput) as caught:
        read_tables(folder, network)
    text = str(caught.value)
    for expected in (
        "weather_sites.csv, row 2, elevation_m", "weather_sites.csv, row 3, weibull_shape_ratio",
        "('KZ',) more than once", "solar_mounting.csv, row 2, mounting", "hydro.csv, row 4", "market_hours.csv",
        "missing turbine",
    ):  # fmt: skip
        assert expected in text
    unknown = [problem for problem in caught.value.problems if "unknown site" in problem.found]
    assert len(caught.value.problems) == 7 + len(unknown)


def test_a_row_too_long_is_reported(tmp_path: Path) -> None:
    """A row with a cell too many is named, not cut."""
    folder = tmp_path / "tables"
    shutil.copytree(SHIPPED, folder)
    path = folder / "holidays.csv"
    path.write_text(path.read_text().rstrip("\n") + ",surplus\n")
    with pytest.raises(BadInput, match=r"holidays.csv, row \d+: found more or fewer cells"):
        read_tables(folder)


def test_a_network_may_bring_its_own_sites(tmp_path: Path) -> None:
    """A folder's own weather_plants.csv replaces the shipped one; weather_sites.csv, absent, stays the corridor's."""
    own = tmp_path / "weather_plants.csv"
    own.write_text("\n".join((shipped_sets()["corridor"] / own.name).read_text().splitlines()[:3]) + "\n")
    tables = read_tables(network=tmp_path)
    assert len(tables.places) == 2
    assert tables.sites == read_tables().sites


def test_rows_that_contradict_themselves(tmp_path: Path) -> None:
    """A yield without its basis, a zone without a place and a site that does not exist are refused, each by its row."""
    path = tmp_path / "weather_plants.csv"
    shutil.copy(shipped_sets()["corridor"] / path.name, path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    zone = next(number for number, row in enumerate(rows) if row["kind"] == "zone")
    rewrite(path, {(0, "yield_basis"): "climate", (zone, "latitude_deg"): "", (2, "site"): "Atlantis"})
    with pytest.raises(BadInput) as caught:
        read_tables(network=tmp_path)
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    for expected in ("row 2", f"row {zone + 2}", "Atlantis"):
        assert expected in text
