"""A weather year as its report reads it: plain values and arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.charts import Array


@dataclass(frozen=True, slots=True, eq=False)
class SiteSeries:
    """Hourly availability of all plants of one technology that take one site's weather."""

    site: str
    technology: str
    """wind_onshore, wind_offshore or solar."""
    country: str
    latitude_deg: float
    longitude_deg: float
    capacity_mw: float
    stated_frac: float | None
    """Capacity factor that a source states, capacity-weighted; None where none does."""
    values: Array
    """0..1, one per hour."""

    @property
    def is_wind(self) -> bool:
        return self.technology != "solar"


@dataclass(frozen=True, slots=True)
class Band:
    """One statistic against the band that it should keep."""

    series: str
    quantity: str
    found: float
    low: float
    high: float
    note: str
    """Why it is missed, where it is."""

    @property
    def holds(self) -> bool:
        return self.low <= self.found <= self.high


@dataclass(frozen=True, slots=True, eq=False)
class WeatherYear:
    """Everything of the two pages."""

    title: str
    case_name: str
    year: int
    digest: str
    origin: str
    """Where the year comes from: seed, kind of year, own files."""
    price_base_year: int
    months: NDArray[np.int64]
    """1..12 of each hour (UTC)."""
    hours_utc: NDArray[np.int64]
    """0..23 of each hour."""
    series: tuple[SiteSeries, ...]
    demand: tuple[tuple[str, Array], ...]
    """(country, MW of each hour)."""
    bands: tuple[Band, ...]
    notes: tuple[str, ...]
