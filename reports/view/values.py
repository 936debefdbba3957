"""What the page shows beside the report: places, lines, cables and their hours, as immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """A bus on the map."""

    name: str
    country: str
    latitude_deg: float
    longitude_deg: float


@dataclass(frozen=True, slots=True)
class Branch:
    """A line between two places by their number; `flow_max_mw` is its operating limit."""

    name: str
    start: int
    end: int
    voltage_kv: float
    flow_max_mw: float


@dataclass(frozen=True, slots=True)
class Cable:
    """An HVDC link between two places by their number."""

    name: str
    start: int
    end: int
    capacity_mw: float


@dataclass(frozen=True, slots=True)
class Atlas:
    """The hours of a run on the map. All arrays have shape (hours, items); flows are positive from start to end."""

    hours_utc: NDArray[np.datetime64]
    places: tuple[Place, ...]
    branches: tuple[Branch, ...]
    cables: tuple[Cable, ...]
    branch_flow_mw: Array
    cable_flow_mw: Array
    """What is sent."""
    price_usd_per_mwh: Array
    mix_mw: Mapping[str, Mapping[str, Array]]
    """Country -> technology -> power in every hour; `demand` among them."""


@dataclass(frozen=True, slots=True)
class Option:
    """One finished case of a sweep: the values of its axes and its measures (None where a measure does not exist)."""

    axes: Mapping[str, str | float]
    measures: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Options:
    """The cases of a sweep; `words` names an axis or measure with its unit, as a reader knows it."""

    axes: tuple[str, ...]
    measures: tuple[str, ...]
    cases: tuple[Option, ...]
    words: Mapping[str, str] = field(default_factory=dict)
