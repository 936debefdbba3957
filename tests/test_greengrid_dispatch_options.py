"""A case's rules of dispatch reach the dispatch, and what cannot be is refused with its repair."""

from __future__ import annotations

from dataclasses import replace

import pytest

from greengrid.case import load_case
from greengrid.dispatch.options import Options
from greengrid.economy import make_economy
from greengrid.errors import BadInput
from greengrid.inputs import read_inputs


def test_the_shipped_case_holds_reserve_and_ramps() -> None:
    """`tiny` inherits the rules of `base`: ramps by class, reserve for the largest pole, no caps, no green rule."""
    assert read_inputs(load_case("tiny")).options == Options(ramps="class", reserve="largest_pole")


def test_without_a_list_the_programme_is_contracted() -> None:
    """The scenario plant of the tiny set is the only one of its programme."""
    options = read_inputs(load_case("tiny", ["dispatch.green=daily"])).options
    assert options.green_plants == ("Corridor programme wind Karakiya",)


@pytest.mark.parametrize(
    ("plants", "expected"),
    [
        ('["Corridor programme wind Karakia"]', "Near: Corridor programme wind Karakiya"),
        ('["Absheron CCGT"]', "one of wind_onshore"),
        ('["Tupkaragan wind"]', "green_existing = true"),
    ],
)
def test_plants_that_cannot_be_contracted_are_refused(plants: str, expected: str) -> None:
    """A misspelled, a burning and an existing plant each say what to do."""
    with pytest.raises(BadInput) as caught:
        read_inputs(load_case("tiny", ["dispatch.green=daily", f"dispatch.green_plants={plants}"]))
    assert expected in str(caught.value.problems[0])


def test_an_existing_plant_counts_by_option() -> None:
    """With green_existing the listed existing wind farm is contracted."""
    changes = ["dispatch.green=daily", 'dispatch.green_plants=["Tupkaragan wind"]', "dispatch.green_existing=true"]
    assert read_inputs(load_case("tiny", changes)).options.green_plants == ("Tupkaragan wind",)


def test_no_programme_and_no_list_is_no_rule() -> None:
    """A green rule without any plant is refused before any work."""
    with pytest.raises(BadInput, match="no programme"):
        read_inputs(load_case("tiny", ["dispatch.green=daily", "programme=none"]))


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("dispatch.green=weekly", "monthly"),
        ("dispatch.line_margin_frac=0.95", "less than 0.9"),
        ("dispatch.co2_cap_million_tco2.RU=5", "KZ"),
        ("dispatch.reservoir_levels_frac=[0.5]", "start and end"),
        ("dispatch.ramps=fast", "class"),
    ],
)
def test_a_wrong_rule_is_one_clear_problem(override: str, expected: str) -> None:
    """Each mistake names its key and what would be right."""
    with pytest.raises(BadInput) as caught:
        load_case("base", [override])
    assert len(caught.value.problems) == 1
    assert "dispatch" in caught.value.problems[0].where
    assert expected in str(caught.value.problems[0])


def test_pumped_storage_has_parameters_of_its_own() -> None:
    """A battery row turned into pumped storage keeps its content and gives back 78 %."""
    grid = read_inputs(load_case("tiny")).grid
    plants = tuple(
        replace(plant, technology="pumped_storage") if plant.technology == "battery" else plant for plant in grid.plants
    )
    reservoirs = {plant.name: (1000.0, 0.1) for plant in plants if plant.technology == "hydro_reservoir"}
    economy = make_economy(replace(grid, plants=plants), year=2035, basis="economic", reservoirs=reservoirs)
    unit = next(unit for unit in economy.units if unit.name == "Absheron battery")
    assert (unit.storage_mwh, unit.round_trip_frac) == (200.0, 0.78)
    assert {unit.name: unit.reserve_frac for unit in economy.units}["Absheron CCGT"] == 0.3
