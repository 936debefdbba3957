"""Which two runs are one system with and without a link, and whose costs their difference has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import pytest

from greengrid import BadInput, load_case
from greengrid.case import Case
from greengrid.comparability import check_comparable, notes_on, package_of, why_no_costs
from greengrid.compared_runs import Run

CORRECTED = {"security.losses": "corrected"}
FIXED = {"reinforcement.package_mw": 2000}


@dataclass
class Side:
    """One run as far as comparability reads it."""

    place: str
    case: Case
    network_digest: str = ""
    weather_number: int | None = None


def _side(name: str, changes: Mapping[str, object] | None = None, weather_number: int | None = None) -> Run:
    return cast(Run, Side(name, load_case(name, changes or {}), weather_number=weather_number))


@pytest.mark.parametrize(
    ("first", "second", "changes", "told"),
    [
        ("base", "no-link", {"link.black_sea.capacity_mw": 3000}, r"black_sea.capacity_mw: found 1300.0 and 3000.0"),
        ("base", "no-link", CORRECTED, r"security.losses: found 'flat' and 'corrected'"),
        ("base", "no-link", {"weather.seed": 2}, "weather.seed: found 1 and 2"),
        ("base", "no-link", {"reinforcement.package_mw": 4000}, "that of 2,000 MW, scope rated and that of 4,000 MW"),
        ("no-black-sea", "no-link", {}, "link.black_sea: found nothing and built"),
        ("no-link", "base", {}, "no link more in the first"),
    ],
)
def test_more_than_the_studied_link_is_refused(
    first: str, second: str, changes: Mapping[str, object], told: str
) -> None:
    """Each difference is named with both values."""
    with pytest.raises(BadInput, match=told):
        check_comparable(_side(first), _side(second, changes))


def test_checks_matter_where_the_dispatch_is_secure() -> None:
    """Margins of the outage study are rules of a secure dispatch, and of no other."""
    margin = {'security.parameters."margin.normal"': 0.1}
    check_comparable(_side("base"), _side("no-link", margin))
    secure = {"dispatch.secure": "n-1"}
    check_comparable(_side("base", secure), _side("no-link", secure))
    with pytest.raises(BadInput, match=r"security\.parameters"):
        check_comparable(_side("base", secure), _side("no-link", secure | margin))


def test_the_weather_that_was_drawn_is_the_same() -> None:
    """p50 and p90 rank the years by what stands behind the link: the number decides."""
    drawn = {"weather.years": 20, "weather.draw": "p90"}
    check_comparable(_side("base", drawn, 6), _side("no-link", drawn, 6))
    check_comparable(_side("base", drawn, 6), _side("no-link", drawn | {"weather.draw": 6}, 6))
    with pytest.raises(BadInput, match="year 6 and year 5 of the ensemble"):
        check_comparable(_side("base", drawn, 6), _side("no-link", drawn, 5))


@pytest.mark.parametrize(
    ("second", "changes", "financed", "told"),
    [
        ("no-link", {}, ["caspian"], ""),
        ("no-black-sea", {}, ["caspian"], "what is compared is black_sea; the first run finances caspian"),
        ("neither", {}, ["caspian"], "what is compared is caspian and black_sea; the first run finances caspian"),
        ("neither", {}, ["caspian", "black_sea"], ""),
        ("no-link", {}, [], "the first run finances no link"),
    ],
)
def test_costs_are_those_of_what_was_added_or_none(
    second: str, changes: Mapping[str, object], financed: list[str], told: str
) -> None:
    """The plan of the Caspian link is no cost of the Black Sea cable's benefit."""
    found = why_no_costs(_side("base", {"project.links": financed}), _side(second, changes))
    assert found.startswith(told) if told.startswith("what") else told in found
    assert bool(found) == bool(told)


def test_notes_say_where_the_package_stands() -> None:
    """It comes with the link, or stands on both sides and is no part of the figures."""
    assert package_of(load_case("base")) == ("rated", 2000.0)
    assert package_of(load_case("no-link")) is None
    assert package_of(load_case("no-link", FIXED)) == ("rated", 2000.0)
    both = notes_on(_side("base", FIXED), _side("no-link", FIXED))
    assert any("with and without the link" in note for note in both)
    corrected = notes_on(_side("base", CORRECTED), _side("no-link", CORRECTED))
    assert any("B5 the links' alone" in note for note in corrected)
    domestic = {"prices_basis": "domestic"}
    assert any("domestic" in note for note in notes_on(_side("base", domestic), _side("no-link", domestic)))
