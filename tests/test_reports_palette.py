"""Colours that stay apart for every eye."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import pytest
from colorspacious import cspace_convert
from numpy.typing import NDArray

from reports import palette

SIGHTS = (None, "deuteranomaly", "protanomaly", "tritanomaly")


def seen(colour: str, sight: str | None) -> NDArray[np.float64]:
    """A colour in CAM02-UCS as an eye of that kind sees it, at full severity."""
    red = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    if sight is not None:
        red = np.clip(cspace_convert(red, {"name": "sRGB1+CVD", "cvd_type": sight, "severity": 100}, "sRGB1"), 0, 1)
    return np.asarray(cspace_convert(red, "sRGB1", "CAM02-UCS"))


def least_distance(colours: Mapping[str, str], sight: str | None) -> float:
    points = [seen(colour, sight) for colour in colours.values()]
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(points, 2))


@pytest.mark.parametrize("sight", SIGHTS)
def test_technologies_stay_apart(sight: str | None) -> None:
    """Any two technologies are 15 CAM02-UCS units apart or more, whatever the sight."""
    assert least_distance(palette.TECHNOLOGY, sight) > 15


@pytest.mark.parametrize("sight", SIGHTS)
def test_neighbours_in_the_stack_stay_apart(sight: str | None) -> None:
    """Neighbours in the stack are 20 units apart or more."""
    points = [seen(colour, sight) for colour in palette.TECHNOLOGY.values()]
    assert min(float(np.linalg.norm(a - b)) for a, b in itertools.pairwise(points)) > 20


@pytest.mark.parametrize("sight", SIGHTS)
def test_countries_stay_apart(sight: str | None) -> None:
    """Any two countries are 20 units apart or more."""
    assert least_distance(palette.COUNTRY, sight) > 20


@pytest.mark.parametrize("sight", SIGHTS)
def test_funding_stays_apart(sight: str | None) -> None:
    """Any two sources of money are 13 units apart or more."""
    assert least_distance(palette.FUNDING, sight) > 13


def contrast(colour: str, ground: str) -> float:
    """Contrast ratio of WCAG 2."""

    def luminance(code: str) -> float:
        parts = [int(code[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ink", [palette.INK, palette.MUTED, palette.ACCENT, palette.LIMIT])
@pytest.mark.parametrize("ground", [palette.WHITE, palette.BAND, palette.SEA])
def test_letters_can_be_read(ink: str, ground: str) -> None:
    """Every colour that letters may have reaches 4.5:1 on every ground."""
    assert contrast(ink, ground) >= 4.5


def test_every_technology_of_the_grid_has_a_family() -> None:
    """All technologies of the plant table map to a family, and an unknown one is refused."""
    known = [
        "coal",
        "coal_chp",
        "gas_ccgt",
        "gas_chp",
        "gas_steam",
        "gas_ocgt",
        "gas_engine",
        "fuel_oil_chp",
        "nuclear",
        "hydro_reservoir",
        "hydro_ror",
        "wind_onshore",
        "wind_offshore",
        "solar",
        "battery",
    ]
    assert {palette.family(kind) for kind in known} == set(palette.TECHNOLOGY) - {"imports"}
    with pytest.raises(KeyError):
        palette.family("tidal")


def test_every_kind_of_money_has_a_family() -> None:
    """Kinds of the funding mixes map to the families of the palette."""
    kinds = {
        "grant": "grant",
        "concessional_loan": "concessional",
        "sovereign_loan": "sovereign",
        "green_bond": "green bond",
        "commercial_loan": "commercial",
        "mezzanine": "commercial",
        "equity": "equity",
    }
    assert {kind: palette.funding(kind) for kind in kinds} == kinds
