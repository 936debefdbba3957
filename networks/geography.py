"""Distances on the sphere."""

from __future__ import annotations

import math

EARTH_RADIUS_KM = 6371.0


def great_circle_km(
    from_latitude_deg: float, from_longitude_deg: float, to_latitude_deg: float, to_longitude_deg: float
) -> float:
    """Distance on a sphere of 6,371 km (haversine formula)."""
    latitude_a, latitude_b = math.radians(from_latitude_deg), math.radians(to_latitude_deg)
    half_latitude = (latitude_b - latitude_a) / 2.0
    half_longitude = math.radians(to_longitude_deg - from_longitude_deg) / 2.0
    square = math.sin(half_latitude) ** 2 + math.cos(latitude_a) * math.cos(latitude_b) * math.sin(half_longitude) ** 2
    return 2.0 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(square)))
