"""What the pages on a weather year count: fleets, means by group, duration, ramps, correlation against distance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from reports.charts import Array
from reports.projection import EARTH_RADIUS_KM
from reports.weather_values import SiteSeries

POINTS = 240
"""Of a drawn duration curve."""
RAMP_STEP_PERCENT, RAMP_MOST_PERCENT = 1.0, 40.0
ANOMALY_DAYS = 31


def weighted(series: Sequence[SiteSeries]) -> Array:
    """Availability of the fleet: sites weighted with their capacity, shape (hours,)."""
    weight = np.array([one.capacity_mw for one in series])
    total: Array = np.average([one.values for one in series], axis=0, weights=weight)
    return total


def mean_by(groups: Array, values: Array) -> tuple[Array, Array]:
    """Groups in order and the mean of the values in each."""
    places, which = np.unique(groups, return_inverse=True)
    means: Array = np.bincount(which, values) / np.bincount(which)
    return places.astype(float), means


def duration(values: Array) -> tuple[Array, Array]:
    """Hours and availability in per cent, sorted from high to low, thinned to what print can show."""
    ordered = np.sort(values)[::-1]
    chosen = np.unique(np.linspace(0, len(ordered) - 1, POINTS).astype(int))
    return chosen.astype(float), 100 * ordered[chosen]


def ramp_shares(values: Array) -> tuple[Array, Array]:
    """Middle of each step of hourly change (per cent of capacity) and the share of hours in it, where there are any."""
    edges = (
        np.arange(-RAMP_MOST_PERCENT, RAMP_MOST_PERCENT + RAMP_STEP_PERCENT, RAMP_STEP_PERCENT) - RAMP_STEP_PERCENT / 2
    )
    change = 100 * np.diff(values)
    share = 100 * np.histogram(change, edges)[0] / max(len(change), 1)
    seen = share > 0
    return ((edges[:-1] + edges[1:]) / 2)[seen], share[seen]


def daily_anomaly(values: Array) -> Array:
    """Daily means less their mean over about a month around, shape (days,)."""
    days = values[: len(values) // 24 * 24].reshape(-1, 24).mean(axis=1)
    width = min(ANOMALY_DAYS, len(days))
    ones = np.ones(width)
    around = np.convolve(days, ones, mode="same") / np.convolve(np.ones(len(days)), ones, mode="same")
    result: Array = days - around
    return result


def distance_km(first: SiteSeries, second: SiteSeries) -> float:
    """Great circle."""
    here, there = (np.radians([one.latitude_deg, one.longitude_deg]) for one in (first, second))
    half = np.sin((there - here) / 2) ** 2
    return float(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half[0] + np.cos(here[0]) * np.cos(there[0]) * half[1])))


def correlation_by_distance(
    series: Sequence[SiteSeries], of: Callable[[Array], Array]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Distance (km) and correlation of every pair of sites; series without variation are left out."""
    varying = [(one, of(one.values)) for one in series]
    varying = [(one, values) for one, values in varying if values.std() > 0]
    if len(varying) < 2:
        return (), ()
    matrix = np.corrcoef([values for _, values in varying])
    pairs = [
        (distance_km(varying[a][0], varying[b][0]), float(matrix[a, b])) for a in range(len(varying)) for b in range(a)
    ]
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
