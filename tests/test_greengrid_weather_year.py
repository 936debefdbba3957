"""Which weather year a case runs, and that its P50 and P90 are what their rule says."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from greengrid.case import Case, load_case
from greengrid.errors import BadInput
from greengrid.inputs import Inputs, make_weather, read_inputs
from greengrid.weather import Draw, make_profiles
from greengrid.weather.tables import read_tables
from greengrid.weather_year import NUMBERED, TYPICAL, WeatherYear, behind, choose_year, sending_link, year_rows
from networks.tables import shipped_sets


def case_of(*overrides: str) -> Case:
    return load_case("tiny", overrides)


@cache
def inputs() -> Inputs:
    return read_inputs(case_of())


@cache
def ranked() -> WeatherYear:
    """Six years of the tiny case, its P90 asked for."""
    return choose_year(case_of("weather.years=6", "weather.draw=p90"), inputs().grid)


def test_one_year_is_the_typical_one() -> None:
    """The shipped cases run the typical year: nothing is drawn and nothing ranked, and it is what `make_profiles` makes
    without a draw."""
    for name in ("base", "today", "tiny"):
        assert choose_year(load_case(name), inputs().grid) == WeatherYear(1, None, TYPICAL, (), None, None)
    made = make_weather(case_of(), inputs().grid, inputs().economy)
    plain = make_profiles(inputs().grid, year=2035, seed=1)
    first = 9 * 24
    assert np.array_equal(made.demand_mw.values, plain.demand_mw.values[first : first + made.clock.hours])


def test_a_numbered_year_is_made_alone() -> None:
    """Asked for by its number, a year is not ranked, and its series are those of that draw."""
    case = case_of("weather.years=20", "weather.draw=7")
    chosen = choose_year(case, inputs().grid)
    assert (chosen.draw, chosen.rule, chosen.proxy_mwh) == (Draw(7, 20), NUMBERED, ())
    made = make_weather(case, inputs().grid, inputs().economy)
    alone = make_profiles(inputs().grid, year=2035, seed=1, draw=Draw(7, 20)).window(9 * 24, made.clock.hours)
    assert np.array_equal(made.availability_frac.values, alone.availability_frac.values)


@pytest.mark.slow
def test_p50_and_p90_are_ranked_by_what_stands_behind_the_link() -> None:
    """The proxy, made again from whole years hour by hour, is the same; P50 is the third from the top of six, P90 the
    last."""
    link, grid = inputs().grid.links[0], inputs().grid
    plants = behind(link, grid)
    assert {plant.zone for plant in plants} == {"KZ-West"}
    energies = []
    for number in range(1, 7):
        table = make_profiles(grid, year=2035, seed=1, draw=Draw(number, 6)).availability_frac
        power = sum(table[plant.name] * plant.capacity_mw for plant in plants)
        energies.append(float(np.minimum(power, 400.0).sum()))
    assert ranked().proxy_mwh == pytest.approx(energies, rel=1e-9)
    order = np.argsort(energies)[::-1] + 1
    assert (ranked().p50_number, ranked().p90_number) == (order[2], order[5])
    assert ranked().draw == Draw(int(order[5]), 6)
    assert "P90" in ranked().rule
    assert "90 %" in ranked().rule
    rows = year_rows(ranked())
    assert [row["number"] for row in rows if row["is_run"]] == [order[5]]


def test_what_stands_behind_the_link_of_base() -> None:
    """Behind the Caspian link of base: the wind and sun of KZ-West and the corridor's programme, nothing of Azerbaijan;
    without a link all wind and sun."""
    case = load_case("base")
    grid = read_inputs(case).grid
    link = sending_link(case, grid)
    assert link is not None
    plants = behind(link, grid)
    assert {plant.country for plant in plants} <= {"KZ", "UZ"}
    assert sum("programme" in plant.name for plant in plants) == 3
    assert all(plant.zone == "KZ-West" or plant.status == "scenario" for plant in plants)
    assert len(behind(None, grid)) > 50


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("weather.draw=2", "a year from 1 to 1"),
        ("weather.draw=p90", "weather.years of 2 or more"),
        ("weather.draw=0", "the number of a year"),
        ('weather.draw="p95"', '"p50", "p90" or the number'),
        ("weather.draw=true", "the number of a year"),
        ("weather.years=0", "1"),
        ("weather.years=101", "100"),
    ],
)
def test_years_that_cannot_be_run(override: str, expected: str) -> None:
    """A year beyond the ensemble, P90 of one year and words that are neither are one problem each."""
    with pytest.raises(BadInput) as caught:
        case_of(override)
    assert len(caught.value.problems) == 1
    assert expected in str(caught.value)


def test_own_sites_of_a_network_folder(tmp_path: Path) -> None:
    """A network folder with its own weather_plants.csv gives a plant another yield, and the network's digest says so; a
    row at an unknown site is told by `check` before any work."""
    folder = tmp_path / "mine"
    shutil.copytree(shipped_sets()["tiny"], folder)
    case = case_of(f'network="{folder}"')
    plain = read_inputs(case)
    wind = next(plant for plant in plain.grid.plants if plant.technology == "wind_onshore")
    before = make_weather(case, plain.grid, plain.economy).availability_frac[wind.name].mean()
    row = {
        "name": wind.plant, "kind": "plant", "country": wind.country, "zone": wind.zone, "technology": "wind_onshore",
        "latitude_deg": "", "longitude_deg": "", "site": "Fort-Shevchenko", "rule": "own", "distance_km": "1",
        "yield_basis": "plant", "capacity_factor_frac": "0.2", "radius_km": "", "source": "test", "confidence": "D",
    }  # fmt: skip
    path = folder / "weather_plants.csv"
    path.write_text(f"{','.join(row)}\n{','.join(row.values())}\n")
    read_tables.cache_clear()
    changed = read_inputs(case)
    assert changed.network_digest != plain.network_digest == read_inputs(case_of()).network_digest
    after = make_weather(case, changed.grid, changed.economy).availability_frac[wind.name].mean()
    assert after < 0.7 * before
    path.write_text(path.read_text().replace("Fort-Shevchenko", "Atlantis"))
    read_tables.cache_clear()
    with pytest.raises(BadInput, match="Atlantis"):
        read_inputs(case)
    read_tables.cache_clear()


def test_own_availability_is_one_year() -> None:
    """A file of availability is one year: with an ensemble it is refused."""
    with pytest.raises(BadInput, match="which is one year of its own"):
        case_of("weather.years=20", 'weather.files.availability="mine.csv"')
