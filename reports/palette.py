"""Every colour a page may carry, with its one meaning.

The sets were chosen for distance under normal and colour-deficient sight (CAM02-UCS, full severity) and for the order
in which they are stacked; the tests measure the distances again. Colour carries one meaning in a figure: technology,
country or funding.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

INK = "#1B1F23"
MUTED = "#5B6670"
ACCENT = "#0B58B0"
"""Cables and whatever the page is about."""
LIMIT = "#8C1D18"
VIOLATION = "#D4351C"
WARNING_FILL = "#E59700"
GRID = "#D9DEE2"
BAND = "#EEF2F5"
SEA = "#DCE8EF"
LAND = "#FAFAF7"
NEIGHBOUR_LAND = "#F0F0ED"
BORDER = "#B9C0C5"
WHITE = "#FFFFFF"

TECHNOLOGY: Mapping[str, str] = MappingProxyType(
    {
        "nuclear": "#764862",
        "coal": "#2B2727",
        "gas": "#C6872A",
        "hydro": "#0B58B0",
        "wind": "#22B4F2",
        "solar": "#FCE13A",
        "storage": "#5E9780",
        "imports": "#CCD6D9",
    }
)
"""In the order of the stack, from below."""

COUNTRY: Mapping[str, str] = MappingProxyType(
    {
        "KZ": "#43609A",
        "UZ": "#27A182",
        "AZ": "#C45E09",
        "GE": "#BC8DE3",
        "RO": "#25223F",
        "other": "#CDD2D9",
    }
)

FUNDING: Mapping[str, str] = MappingProxyType(
    {
        "equity": "#12263F",
        "commercial": "#8F5480",
        "sovereign": "#8296D4",
        "green bond": "#2C5E12",
        "concessional": "#22C3A6",
        "grant": "#F7E463",
    }
)
"""In the order of the stack, from below."""

CLASSES = ("#B35806", "#F1A340", "#F2F2F2", "#A6B8D8", "#3B5B9A")
"""Far below a test, below it, near it, above it, far above it; the value is always printed on them."""

DIVERGING = ("#7F3B08", "#E08214", "#F7F7F7", "#8073AC", "#2D004B")
"""PuOr: negative to positive, white at zero."""

SEQUENTIAL = "cividis"

_FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "coal": "coal",
        "gas": "gas",
        "fuel": "gas",
        "nuclear": "nuclear",
        "hydro": "hydro",
        "wind": "wind",
        "solar": "solar",
        "battery": "storage",
        "pumped": "storage",
    }
)


def family(technology: str) -> str:
    """The family (a key of `TECHNOLOGY`) of a plant's technology: gas_ccgt -> gas. Oil stands with gas.

    Raises KeyError for a technology that no family knows, so that no plant can vanish from a total.
    """
    return _FAMILIES[technology.split("_", maxsplit=1)[0]]


_FUNDING_WORDS: tuple[tuple[str, str], ...] = (
    ("grant", "grant"),
    ("equity", "equity"),
    ("green", "green bond"),
    ("bond", "green bond"),
    ("concession", "concessional"),
    ("sovereign", "sovereign"),
    ("guarantee", "sovereign"),
)


def funding(kind: str) -> str:
    """The funding family (a key of `FUNDING`) of a tranche's kind; what nothing names is commercial debt."""
    lowered = kind.lower()
    return next((family_name for word, family_name in _FUNDING_WORDS if word in lowered), "commercial")


def every_colour() -> frozenset[str]:
    """All colours a figure may use, upper case."""
    roles = (INK, MUTED, ACCENT, LIMIT, VIOLATION, WARNING_FILL, GRID, BAND, SEA, LAND, NEIGHBOUR_LAND, BORDER, WHITE)
    groups = (*TECHNOLOGY.values(), *COUNTRY.values(), *FUNDING.values(), *CLASSES, *DIVERGING)
    return frozenset(colour.upper() for colour in (*roles, *groups))
