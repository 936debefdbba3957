"""Two map projections on the sphere, each a plain function: degrees in, kilometres out.

Formulas: J. P. Snyder, "Map Projections: A Working Manual", USGS Professional Paper 1395 (1987), pages 98-103 (Albers)
and 104-110 (Lambert conformal conic), with the mean radius of the Earth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EARTH_RADIUS_KM = 6371.0088


@dataclass(frozen=True, slots=True)
class Frame:
    """A window on the projected plane, in km from the projection's origin."""

    left_km: float
    right_km: float
    bottom_km: float
    top_km: float


@dataclass(frozen=True, slots=True)
class Cone:
    """Standard parallels and origin of a conic projection, degrees north and east."""

    first_deg: float
    second_deg: float
    origin_latitude_deg: float
    origin_longitude_deg: float


REGION = Cone(39.0, 51.0, 45.0, 56.0)
CASPIAN = Cone(39.5, 44.0, 41.8, 50.5)


def albers(longitude_deg: Array, latitude_deg: Array, cone: Cone = REGION) -> tuple[Array, Array]:
    """Equal area: (x, y) in km from the origin, x to the east."""
    first, second, origin = np.radians([cone.first_deg, cone.second_deg, cone.origin_latitude_deg])
    narrowing = (np.sin(first) + np.sin(second)) / 2
    constant = np.cos(first) ** 2 + 2 * narrowing * np.sin(first)

    def radius(latitude: Array) -> Array:
        distance: Array = EARTH_RADIUS_KM * np.sqrt(constant - 2 * narrowing * np.sin(latitude)) / narrowing
        return distance

    angle = narrowing * np.radians(np.asarray(longitude_deg, dtype=float) - cone.origin_longitude_deg)
    distance = radius(np.radians(np.asarray(latitude_deg, dtype=float)))
    return distance * np.sin(angle), radius(origin) - distance * np.cos(angle)


def lambert(longitude_deg: Array, latitude_deg: Array, cone: Cone = CASPIAN) -> tuple[Array, Array]:
    """Conformal: (x, y) in km from the origin, x to the east."""
    first, second, origin = np.radians([cone.first_deg, cone.second_deg, cone.origin_latitude_deg])

    def stretch(latitude: Array) -> Array:
        stretched: Array = np.tan(np.pi / 4 + latitude / 2)
        return stretched

    narrowing = np.log(np.cos(first) / np.cos(second)) / np.log(stretch(second) / stretch(first))
    constant = EARTH_RADIUS_KM * np.cos(first) * stretch(first) ** narrowing / narrowing
    distance = constant / stretch(np.radians(np.asarray(latitude_deg, dtype=float))) ** narrowing
    angle = narrowing * np.radians(np.asarray(longitude_deg, dtype=float) - cone.origin_longitude_deg)
    return distance * np.sin(angle), constant / stretch(origin) ** narrowing - distance * np.cos(angle)


def framed(centre_km: tuple[float, float], width_mm: float, height_mm: float, scale: float) -> Frame:
    """The window of a map of this print size at 1:`scale` around a centre."""
    half_width, half_height = (side * scale / 1e6 / 2 for side in (width_mm, height_mm))
    x, y = centre_km
    return Frame(x - half_width, x + half_width, y - half_height, y + half_height)
