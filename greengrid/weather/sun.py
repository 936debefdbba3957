"""Where the sun stands, for many places and hours at once.

Low-precision formulas of the Astronomical Almanac (Michalsky 1988, Solar Energy 40, 227-235): within 0.01 degrees from
1950 to 2050, far finer than an hour's step needs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greengrid.hourly import Array, Clock

SOLAR_CONSTANT_W_PER_M2 = 1361.0
J2000_H = 946728000 // 3600
"""1 January 2000 noon (UTC) in hours since 1970."""


@dataclass(frozen=True)
class SunPosition:
    """Angles of shape (places, hours): zenith, and azimuth clockwise from north."""

    zenith_deg: Array
    azimuth_deg: Array


def _days(clock: Clock) -> Array:
    """Days since 1 January 2000 noon (UTC) at the middle of each hour."""
    hours = clock.datetimes().astype("datetime64[h]").astype(np.float64) - J2000_H
    result: Array = (hours + 0.5) / 24
    return result


def sun_position(clock: Clock, latitude_deg: Array, longitude_deg: Array) -> SunPosition:
    """Geometric position (no refraction) at the middle of each hour; places as columns of shape (places, 1)."""
    days = _days(clock)
    mean_longitude = np.radians((280.460 + 0.9856474 * days) % 360)
    anomaly = np.radians((357.528 + 0.9856003 * days) % 360)
    ecliptic = mean_longitude + np.radians(1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    obliquity = np.radians(23.439 - 4e-7 * days)
    ascension = np.arctan2(np.cos(obliquity) * np.sin(ecliptic), np.cos(ecliptic))
    declination = np.arcsin(np.sin(obliquity) * np.sin(ecliptic))
    greenwich_h = 6.697375 + 0.0657098242 * days + (days % 1 + 0.5) % 1 * 24
    angle = np.radians(greenwich_h * 15 + longitude_deg) - ascension
    latitude = np.radians(latitude_deg)
    cosine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(angle)
    south = np.cos(angle) * np.sin(latitude) - np.tan(declination) * np.cos(latitude)
    azimuth = np.degrees(np.arctan2(np.sin(angle), south)) + 180
    return SunPosition(np.degrees(np.arccos(np.clip(cosine, -1, 1))), azimuth % 360)


def extraterrestrial_w_per_m2(clock: Clock) -> Array:
    """Normal irradiance outside the atmosphere, shape (hours,): inverse square of the sun's distance."""
    anomaly = np.radians((357.528 + 0.9856003 * _days(clock)) % 360)
    distance_au = 1.00014 - 0.01671 * np.cos(anomaly) - 0.00014 * np.cos(2 * anomaly)
    result: Array = SOLAR_CONSTANT_W_PER_M2 / distance_au**2
    return result
