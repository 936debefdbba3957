"""Map projections against their published examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.projection import EARTH_RADIUS_KM, Cone, albers, framed, lambert


def test_albers_gives_the_published_example() -> None:
    """Snyder 1987, page 291: sphere, parallels 29.5 and 45.5 N, origin 23 N 96 W, point 35 N 75 W."""
    x, y = albers(np.array(-75.0), np.array(35.0), Cone(29.5, 45.5, 23.0, -96.0))
    assert (float(x), float(y)) == pytest.approx((0.2952720 * EARTH_RADIUS_KM, 0.2416774 * EARTH_RADIUS_KM), abs=1e-3)


def test_lambert_gives_the_published_example() -> None:
    """Snyder 1987, page 295: sphere, parallels 33 and 45 N, origin 23 N 96 W, point 35 N 75 W."""
    x, y = lambert(np.array(-75.0), np.array(35.0), Cone(33.0, 45.0, 23.0, -96.0))
    assert (float(x), float(y)) == pytest.approx((0.2966785 * EARTH_RADIUS_KM, 0.2462112 * EARTH_RADIUS_KM), abs=1e-3)


@settings(max_examples=60, derandomize=True)
@given(st.floats(28, 86), st.floats(36, 55))
def test_albers_keeps_areas(longitude: float, latitude: float) -> None:
    """A small cell keeps its spherical area R2 cos(latitude) dlat dlon to one in ten thousand."""
    half = 0.01
    corners = np.array([(-half, -half), (half, -half), (half, half), (-half, half)])
    x, y = albers(longitude + corners[:, 0], latitude + corners[:, 1])
    area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
    exact = EARTH_RADIUS_KM**2 * np.cos(np.radians(latitude)) * np.radians(2 * half) ** 2
    assert area == pytest.approx(exact, rel=1e-4)


@settings(max_examples=60, derandomize=True)
@given(st.floats(46, 55), st.floats(39, 45))
def test_lambert_keeps_angles(longitude: float, latitude: float) -> None:
    """A step east and a step north stay perpendicular and equally stretched."""
    step = 1e-4
    x, y = lambert(longitude + np.array([0, step / np.cos(np.radians(latitude)), 0]), latitude + np.array([0, 0, step]))
    east, north = np.array([x[1] - x[0], y[1] - y[0]]), np.array([x[2] - x[0], y[2] - y[0]])
    assert np.dot(east, north) / (np.linalg.norm(east) * np.linalg.norm(north)) == pytest.approx(0, abs=1e-4)
    assert np.linalg.norm(east) == pytest.approx(np.linalg.norm(north), rel=1e-4)


def test_a_frame_has_the_scale_it_says() -> None:
    """170 mm at 1:25.6 million are 4,352 km."""
    frame = framed((0.0, 0.0), 170.0, 96.0, 25.6e6)
    assert frame.right_km - frame.left_km == pytest.approx(4352.0)
    assert frame.top_km - frame.bottom_km == pytest.approx(2457.6)
