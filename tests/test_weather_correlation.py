"""Gaussian fields: what is correlated, with what, and what stays apart."""

from __future__ import annotations

import numpy as np
import pytest
from weather_case import great_circle_km

from greengrid.weather.correlation import (
    autoregressive,
    factor,
    field,
    flat_km,
    stream,
    variance_of_mean,
    with_nugget,
)

AKTAU, BAKU, TASHKENT, ASTANA, TERMEZ = (43.6, 51.2), (40.4, 49.9), (41.3, 69.2), (51.2, 71.4), (37.2, 67.3)


def test_stream_belongs_to_seed_and_name() -> None:
    """The same seed and name give the same numbers, another seed or name gives others."""
    first = stream(7, "wind", "slow").standard_normal(5)
    assert np.array_equal(first, stream(7, "wind", "slow").standard_normal(5))
    for other in (stream(8, "wind", "slow"), stream(7, "wind", "fast"), stream(7, "wind")):
        assert not np.allclose(first, other.standard_normal(5))


def test_flat_map_keeps_distances() -> None:
    """Distances on the region's flat map are within 2 % of those on the sphere."""
    places = (AKTAU, BAKU, TASHKENT, ASTANA, TERMEZ, (42.0, 42.0), (45.6, 82.1))
    flat = flat_km(*np.array(places).T)
    for i, a in enumerate(places):
        for j, b in enumerate(places[:i]):
            assert np.hypot(*(flat[i] - flat[j])) == pytest.approx(great_circle_km(a, b), rel=0.02)


@pytest.mark.parametrize("length_km", [150.0, 550.0])
def test_plane_waves_have_the_covariance(length_km: float) -> None:
    """F F' is exp(-d / L) within .06 in every direction up to 2,000 km, and 1 at distance 0."""
    distance = np.array([0.0, 20, 50, 100, 200, 400, 800, 1500, 2000])
    for angle in np.linspace(0, np.pi, 13):
        place = distance[:, None] * np.array([np.cos(angle), np.sin(angle)])
        rows = factor(place + 333.0, length_km)
        covariance = rows @ rows[0]
        assert covariance[0] == pytest.approx(1.0, abs=1e-12)
        assert np.abs(covariance - np.exp(-distance / length_km)).max() < 0.06


def test_field_in_time_and_space() -> None:
    """A long field has variance 1, lag-1 correlation phi and exp(-d / L) between places."""
    place = np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 500.0]])
    series = field(place, length_km=500.0, phi_ratio=0.5, steps=8_000, generator=stream(1, "test"))
    assert series.var(axis=1) == pytest.approx(1.0, abs=0.08)
    assert np.corrcoef(series[0, 1:], series[0, :-1])[0, 1] == pytest.approx(0.5, abs=0.03)
    assert np.corrcoef(series)[0, 1:] == pytest.approx(np.exp([-0.2, -1.0]), abs=0.06)


def test_autoregression_starts_stationary() -> None:
    """The first value has variance 1, not that of the innovations."""
    series = autoregressive(stream(2, "test").standard_normal((4000, 3)), 0.9)
    assert series.var(axis=0) == pytest.approx(1.0, abs=0.08)


def test_nugget_tells_names_apart() -> None:
    """Rows of one name stay alike, rows of different names differ by the nugget."""
    base = np.repeat(stream(3, "test").standard_normal((1, 20_000)), 3, axis=0)
    mixed = with_nugget(base, 0.1, 0.0, ("a", "a", "b"), "own", seed=3)
    assert np.array_equal(mixed[0], mixed[1])
    assert np.corrcoef(mixed[0], mixed[2])[0, 1] == pytest.approx(0.9, abs=0.01)


def test_variance_of_a_daily_mean() -> None:
    """The closed form equals the mean of phi^|i - j| over all pairs of 24 hours."""
    hours = np.arange(24)
    assert variance_of_mean(0.85, 24) == pytest.approx((0.85 ** np.abs(hours[:, None] - hours)).mean())
