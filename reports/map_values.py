"""What a map of its own sheet shows, as immutable values: lines, cables, plants, places, insets, words beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from reports.charts import Chart, MapLink, MapPlace

PAPERS_MM: Mapping[str, tuple[float, float]] = MappingProxyType({"a3": (420.0, 297.0), "a4": (297.0, 210.0)})
"""Landscape: width, height."""


@dataclass(frozen=True, slots=True)
class SheetLine:
    """An AC line between two substations; `year` is when it enters service, written where the line is staged."""

    path: tuple[tuple[float, float], ...]
    """(longitude, latitude) in degrees."""
    voltage_kv: float
    status: str
    """existing, under_construction, planned, or scenario for everything else."""
    year: int


@dataclass(frozen=True, slots=True)
class SheetPlant:
    """A plant: its family gives the colour (a key of `palette.TECHNOLOGY`), its capacity the area."""

    name: str
    longitude_deg: float
    latitude_deg: float
    capacity_mw: float
    family: str
    staged: bool
    """Not yet in service today."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the earth drawn in a part of the sheet; the place is in shares of the map's area, from lower left."""

    title: str
    longitude_deg: float
    latitude_deg: float
    width_km: float
    left_frac: float
    bottom_frac: float
    width_frac: float
    height_frac: float
    apart: bool = False
    """Lies off the main map: drawn upright and never outlined there."""


@dataclass(frozen=True, slots=True)
class MapSheet(Chart):
    """The network on a sheet of paper: a main map, insets for the crowded places, a key and the sources."""

    title: str
    subtitle: str
    lines: tuple[SheetLine, ...]
    links: tuple[MapLink, ...]
    plants: tuple[SheetPlant, ...]
    places: tuple[MapPlace, ...]
    windows: tuple[Window, ...]
    notes: tuple[str, ...]
    """Below the key: sources and what the map does not show."""
