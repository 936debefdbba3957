"""What a case needs is read once, and all that is wrong with it is told together, before anything is solved."""

from __future__ import annotations

import pytest

from greengrid.case import load_case
from greengrid.errors import BadInput
from greengrid.inputs import read_inputs


def _problems(*overrides: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read_inputs(load_case("tiny", overrides))
    return [str(problem) for problem in caught.value.problems]


def test_no_problem_of_the_inputs_hides_another() -> None:
    """A mix, a cost, a growth, a market, a plant, a cut, contracted plants and water: eight problems of one case."""
    found = _problems(
        'financing.mixes=["concesional"]',
        "link.caspian.cost.no_such_cost=3",
        "project.growth=no-such-growth",
        "prices.market_level.XX=low",
        "plant.Nope.capacity_mw=3",
        'interface."AA-BB"={ forward_max_mw = 1, reverse_max_mw = 1 }',
        "dispatch.green=daily",
        'dispatch.green_plants=["No such wind"]',
        "weather.hydro=measured",
    )
    for part in ("concesional", "no_such_cost", "no-such-growth", "'XX'", "plant.Nope", "AA-BB", "No such wind"):
        assert sum(part in text for text in found) == 1, part
    assert sum("water_years.csv: found no row for" in text for text in found) == 2


def test_links_that_cannot_be_built_are_all_told() -> None:
    """Both cables lose all that they are sent."""
    found = _problems("link.caspian.resistance_ohm_per_km=9", "link.black_sea.resistance_ohm_per_km=9")
    assert [text.split(":")[0] for text in found] == ["link.caspian", "link.black_sea"]


def test_a_mix_that_does_not_fit_the_years_of_the_project_is_told_before_a_year_is_solved() -> None:
    """Thirty years of construction outlast the loans; nothing is financed of two weeks, and nothing asked."""
    late = "project.operation_first_year=2059"
    found = _problems("hours=all", late, 'financing.mixes=["commercial"]')
    assert found
    assert all("30 years of construction" in text for text in found)
    assert read_inputs(load_case("tiny", [late]))


def test_later_years_are_read_too() -> None:
    """Nobody measured the water of 2025 and 2030 in all countries; each year is told."""
    found = _problems("hours=all", "years=[2030]", "weather.hydro=measured")
    assert {text.partition(" in ")[2][:4] for text in found} == {"2035", "2030"}
