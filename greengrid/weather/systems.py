"""What wind, cloud and temperature share: weather systems that come from the west, a day's cloud, a day's temperature.

Slow wind: a Gaussian field with covariance exp(-d / L), stretched from west to east, autoregressive in time (30 h).
What passes a meridian passes the next degree east an hour later: 22 hours from Mangystau to the north of Kazakhstan,
as a public model's zones have it (correlation .21 at the same hour, .40 with the west 22 hours ahead). Cloud of a
day: a field of its own, joined to the wind's against the sign. Temperature of a day: a field of its own, joined to
both."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from greengrid.hourly import Array, Clock
from greengrid.weather.correlation import factor, field, scores, stream, variance_of_mean, waves
from greengrid.weather.seasons import day_of_year

SLOW_HOURS, SLOW_KM = 30.0, 420.0
SLOW_PHI = float(np.exp(-1 / SLOW_HOURS))
SLOW_EAST_RATIO = 0.33
"""Weather systems stretch from west to east: their length there is 420 / .33 = 1,270 km, seen along their way."""
EAST_KM_PER_H = 77.0
"""One degree of longitude at 46 degrees north an hour."""
EAST_FROM_KM = -3600.0
LEAD_H = 72
"""Hours that the field is known before the year begins: from the map's western edge to its eastern one."""
LOCAL_MIDNIGHT_H = 4
"""Local solar midnight of the region before that of UTC, for daily means."""
CLOUD_PHI, CLOUD_KM = 0.35, 500.0
TEMPERATURE_PHI, TEMPERATURE_KM = 0.8, 1200.0
"""Spells of cold and heat last about five days and are as wide as a country: engineering estimate."""
WIND_WARMS = (0.35, -0.2)
SUN_WARMS = (-0.25, 0.3)
"""Correlation of a day's temperature with wind and clearness in the middle of (winter, summer): calm clear winter days
are cold, calm clear summer days hot. Engineering estimate; the sign is that of the cold calms of Europe (van der Wiel
and others 2019, Renewable and Sustainable Energy Reviews 111, 261)."""
CLOUD_FOLLOWS_WIND = -0.3
"""Of places outside the table of sites."""


@lru_cache(maxsize=1)
def _slow_heights(hours: int, seed: int) -> Array:
    heights = waves(SLOW_PHI, hours + LEAD_H, stream(seed, "wind", "slow"))
    heights.flags.writeable = False
    return heights


def slow_wind(place_km: Array, clock: Clock, seed: int) -> Array:
    """Standard normal score of the slow wind, shape (places, hours)."""
    stretched = factor(place_km * np.array([SLOW_EAST_RATIO, 1.0]), SLOW_KM)
    early = scores(stretched, _slow_heights(clock.hours, seed))
    delay_h = np.clip((place_km[:, 0] - EAST_FROM_KM) / EAST_KM_PER_H, 0, LEAD_H - 1)
    result = np.empty((len(place_km), clock.hours))
    for row, delay in enumerate(delay_h):
        whole, part = int(delay), float(delay % 1)
        first = LEAD_H - whole
        mixed = (1 - part) * early[row, first : first + clock.hours]
        mixed += part * early[row, first - 1 : first - 1 + clock.hours]
        result[row] = mixed / np.sqrt((1 - part) ** 2 + part**2 + 2 * part * (1 - part) * SLOW_PHI)
    return result


def days_of(clock: Clock) -> int:
    """Local days that the year touches, with one to spare before and after."""
    return clock.hours // 24 + 2


def slow_wind_of_days(place_km: Array, clock: Clock, seed: int) -> Array:
    """Standard normal score of the slow wind's mean over each local day, shape (places, days_of(clock)).

    Day 0 lies before the year and is like day 1; days cut short at the year's ends count as whole ones.
    """
    starts = np.append(0, np.arange(24 - LOCAL_MIDNIGHT_H, clock.hours, 24))
    lengths = np.diff(np.append(starts, clock.hours))
    daily = np.add.reduceat(slow_wind(place_km, clock, seed), starts, axis=1) / lengths
    scaled = daily / np.sqrt(variance_of_mean(SLOW_PHI, 24))
    days = np.clip(np.arange(days_of(clock)) - 1, 0, scaled.shape[1] - 1)
    result: Array = scaled[:, days]
    return result


def cloud_field(place_km: Array, days: int, seed: int) -> Array:
    """A day's cloud apart from the wind's part, standard normal, shape (places, days); high is clear."""
    generator = stream(seed, "sun", "day")
    return field(place_km, length_km=CLOUD_KM, phi_ratio=CLOUD_PHI, steps=days, generator=generator)


def joined(follows: Array | float, leader: Array, own: Array) -> Array:
    """Standard normal score that correlates with the leader as `follows` says."""
    result: Array = follows * leader + np.sqrt(1 - np.square(follows)) * own
    return result


def clearness_of_days(place_km: Array, clock: Clock, seed: int) -> Array:
    """Standard normal score of the day's clearness, shape (places, days_of(clock))."""
    own = cloud_field(place_km, days_of(clock), seed)
    return joined(CLOUD_FOLLOWS_WIND, slow_wind_of_days(place_km, clock, seed), own)


def temperature_of_days(place_km: Array, clock: Clock, seed: int) -> Array:
    """Standard normal score of the day's temperature about the season's mean, shape (places, days_of(clock))."""
    days = days_of(clock)
    wind, sun = slow_wind_of_days(place_km, clock, seed), clearness_of_days(place_km, clock, seed)
    generator = stream(seed, "temperature", "day")
    own = field(place_km, length_km=TEMPERATURE_KM, phi_ratio=TEMPERATURE_PHI, steps=days, generator=generator)
    summer = summer_share_of_days(clock)
    by_wind = WIND_WARMS[0] + (WIND_WARMS[1] - WIND_WARMS[0]) * summer
    by_sun = SUN_WARMS[0] + (SUN_WARMS[1] - SUN_WARMS[0]) * summer
    known = by_wind**2 + by_sun**2 + 2 * by_wind * by_sun * CLOUD_FOLLOWS_WIND
    result: Array = by_wind * wind + by_sun * sun + np.sqrt(1 - known) * own
    return result


def summer_share_of_days(clock: Clock) -> Array:
    """0 in mid-January, 1 in mid-July, for each local day of `days_of`."""
    day = day_of_year(clock)[0] + np.arange(days_of(clock)) - 1
    result: Array = (1 - np.cos(2 * np.pi * (day - 15) / 365.25)) / 2
    return result


def hourly_from_days(daily: Array, clock: Clock) -> Array:
    """Straight lines between the middles of local days, shape (rows, hours)."""
    middle = np.arange(daily.shape[1]) * 24 - 24 - LOCAL_MIDNIGHT_H + 12 - clock.start.hour
    hours = np.arange(clock.hours) + 0.5
    return np.stack([np.interp(hours, middle, row) for row in daily]) if len(daily) else np.zeros((0, clock.hours))


def day_number(clock: Clock) -> NDArray[np.int64]:
    """Local day (as in `days_of`) of each hour."""
    result: NDArray[np.int64] = (np.arange(clock.hours) + clock.start.hour + LOCAL_MIDNIGHT_H + 24) // 24
    return result
