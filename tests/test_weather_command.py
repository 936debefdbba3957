"""`greengrid weather`: what it writes is whole, the same again, and read back changes nothing."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet
from pypdf import PdfReader
from typer.testing import CliRunner

from greengrid.case import load_case
from greengrid.cli import app
from greengrid.inputs import make_weather, read_inputs

FILES = {
    "availability.parquet", "bands.csv", "demand.parquet", "plants.parquet", "sites.csv", "weather.json",
    "weather.pdf", "zones.parquet",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weather year of the case tiny."""
    target = tmp_path_factory.mktemp("weather") / "out"
    result = CliRunner().invoke(app, ["weather", "tiny", "-o", str(target)])
    assert result.exit_code == 0, result.output
    assert "acceptance bands" in result.output
    return target


@pytest.mark.slow
def test_folder_holds_what_it_says(folder: Path) -> None:
    """A column per site and technology within 0..1, a column per country in MW, a row per plant, every band."""
    assert {path.name for path in folder.iterdir()} == FILES
    availability = parquet.read_table(folder / "availability.parquet").to_pandas()
    assert len(availability) == 8760
    assert str(availability["hour_utc"].iloc[0]) == "2035-01-01 00:00:00"
    values = availability.drop(columns="hour_utc").to_numpy()
    assert values.min() >= 0
    assert values.max() <= 1
    with (folder / "sites.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["column"] for row in rows} == set(availability.columns) - {"hour_utc"}
    assert all(row["source"] and row["confidence"] in "ABCD" for row in rows)
    demand = parquet.read_table(folder / "demand.parquet").to_pandas()
    grid = read_inputs(load_case("tiny")).grid
    assert set(demand.columns) - {"hour_utc"} == {zone.country for zone in grid.demands}
    total = sum(zone.energy_twh for zone in grid.demands)
    assert demand.drop(columns="hour_utc").to_numpy().sum() / 1e6 == pytest.approx(total)
    about = json.loads((folder / "weather.json").read_text())
    assert about["case"]["name"] == "tiny"


@pytest.mark.slow
def test_site_is_the_mean_of_its_plants(folder: Path) -> None:
    """A site's column is the capacity-weighted mean of its plants' columns."""
    sites = parquet.read_table(folder / "availability.parquet").to_pandas()
    plants = parquet.read_table(folder / "plants.parquet").to_pandas()
    with (folder / "sites.csv").open() as file:
        rows = list(csv.DictReader(file))
    for column in set(sites.columns) - {"hour_utc"}:
        members = [row for row in rows if row["column"] == column]
        weight = [float(row["capacity_mw"]) for row in members]
        mean = np.average([plants[row["plant"]] for row in members], axis=0, weights=weight)
        assert sites[column].to_numpy() == pytest.approx(mean, abs=1e-12)
        for row in members:
            assert float(row["capacity_factor_frac"]) == pytest.approx(plants[row["plant"]].mean(), abs=6e-5)


@pytest.mark.slow
def test_read_back_nothing_changes(folder: Path) -> None:
    """A case that takes plants.parquet and zones.parquet as its own files has the very same series."""
    names = {"availability": "plants", "demand": "zones"}
    files = [f'weather.files.{kind}="{folder / name}.parquet"' for kind, name in names.items()]
    made = []
    for overrides in ([], files):
        case = load_case("tiny", ['hours="all"', *overrides])
        inputs = read_inputs(case)
        made.append(make_weather(case, inputs.grid, inputs.economy))
    drawn, read = made
    assert np.array_equal(drawn.availability_frac.values, read.availability_frac.values)
    assert np.array_equal(drawn.demand_mw.values, read.demand_mw.values)
    assert len(read.notes) == 2


@pytest.mark.slow
def test_report_has_two_pages_that_say_the_figures(folder: Path) -> None:
    """Two pages; the headline's number of bands is that of bands.csv."""
    reader = PdfReader(folder / "weather.pdf")
    assert len(reader.pages) == 2
    words = [" ".join(page.extract_text().split()) for page in reader.pages]
    with (folder / "bands.csv").open() as file:
        bands = list(csv.DictReader(file))
    held = sum(row["holds"] == "True" for row in bands)
    said = (
        f"{held} of {len(bands)} acceptance bands hold" if held < len(bands) else f"All {len(bands)} acceptance bands"
    )
    assert said in words[1]
    assert "Capacity factor of wind by site" in words[0]
    for missed in (row for row in bands if row["holds"] != "True"):
        assert missed["quantity"] in words[1]


@pytest.mark.slow
def test_same_case_gives_the_same_bytes_and_replaces_only_its_own(folder: Path, tmp_path: Path) -> None:
    """Twice the same files; a folder that is not empty is left alone without --replace, another's with it."""
    again = tmp_path / "again"
    runner = CliRunner()
    assert runner.invoke(app, ["weather", "tiny", "-o", str(again)]).exit_code == 0
    for name in FILES:
        assert (again / name).read_bytes() == (folder / name).read_bytes(), name
    refused = runner.invoke(app, ["weather", "tiny", "-o", str(again)])
    assert refused.exit_code == 2
    assert "add --replace" in refused.output
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "letter.txt").write_text("mine")
    refused = runner.invoke(app, ["weather", "tiny", "-o", str(foreign), "--replace"])
    assert refused.exit_code == 2
    assert [path.name for path in foreign.iterdir()] == ["letter.txt"]


def test_bad_files_write_nothing(tmp_path: Path) -> None:
    """A file of the wrong year ends with exit code 2 and leaves no folder."""
    path = tmp_path / "own.csv"
    path.write_text("hour_utc,AZ\n2019-01-01T00:00,1\n")
    files = f'weather.files.demand="{path}"'
    result = CliRunner().invoke(app, ["weather", "tiny", "-o", str(tmp_path / "out"), "--set", files])
    assert result.exit_code == 2
    assert "problem" in result.output
    assert not (tmp_path / "out").exists()
