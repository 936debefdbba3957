"""One machinery for everything that scatters: Gaussian fields over the region, correlated in space and in time.

The covariance exp(-d/L) is built from plane waves whose wave numbers follow its spectral density in the plane,
(1 + (kL)^2)^(-3/2) (Lantuéjoul 2002, Geostatistical Simulation, ch. 15). A factor F (points x 2 waves) replaces the
Cholesky factor of the covariance: F F' is within about .04 of exp(-d/L) up to 1,500 km. Unlike a Cholesky factor, one
row of F depends on one point alone, so a plant's weather does not change when another plant enters or leaves the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from greengrid.hourly import Array

EARTH_KM = 6371.0
CENTRE_DEG = (44.0, 62.0)
"""Latitude and longitude about which the region is drawn flat."""
WAVES = 256
SCORE_DECIMALS = 6


def stream(seed: int, *names: str) -> np.random.Generator:
    """A random stream of its own for every seed and name, whatever else is drawn."""
    keys = tuple(crc32(name.encode()) for name in names)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=keys))


def flat_km(latitude_deg: Array, longitude_deg: Array) -> Array:
    """Lambert's azimuthal equal-area map, shape (points, 2); distances are within 2 % from 40 to 84 degrees east."""
    centre_latitude, centre_longitude = np.radians(CENTRE_DEG)
    latitude, east = np.radians(latitude_deg), np.radians(longitude_deg) - centre_longitude
    cosine = np.sin(centre_latitude) * np.sin(latitude) + np.cos(centre_latitude) * np.cos(latitude) * np.cos(east)
    scale = EARTH_KM * np.sqrt(2 / (1 + cosine))
    across = np.cos(latitude) * np.sin(east)
    up = np.cos(centre_latitude) * np.sin(latitude) - np.sin(centre_latitude) * np.cos(latitude) * np.cos(east)
    return np.column_stack([scale * across, scale * up])


def factor(place_km: Array, length_km: float) -> Array:
    """F of shape (points, 2 x WAVES) with F F' close to exp(-distance / length_km) and exactly 1 on the diagonal."""
    number = np.arange(WAVES)
    share = (number + 0.5) / WAVES
    wave = np.sqrt((1 - share) ** -2 - 1) / length_km
    angle = np.pi * (number * (np.sqrt(5) - 1) / 2 % 1)
    phase = place_km @ np.vstack([wave * np.cos(angle), wave * np.sin(angle)])
    result: Array = np.hstack([np.cos(phase), np.sin(phase)]) / np.sqrt(WAVES)
    return result


def autoregressive(normals: Array, phi_ratio: float) -> Array:
    """First-order autoregression along the last axis, from independent standard normals; stationary, variance 1."""
    from scipy.signal import lfilter

    driven = normals * np.sqrt(1 - phi_ratio**2)
    driven[..., 0] = normals[..., 0]
    filtered: Array = lfilter([1.0], [1.0, -phi_ratio], driven, axis=-1)
    return filtered


def waves(phi_ratio: float, steps: int, generator: np.random.Generator) -> Array:
    """Heights of all waves over time, shape (2 x WAVES, steps): independent, standard normal, phi from step to step."""
    return autoregressive(generator.standard_normal((2 * WAVES, steps)), phi_ratio)


def scores(rows: Array, heights: Array) -> Array:
    """F times the waves' heights, rounded: the last bits of a matrix product depend on the number of threads."""
    result: Array = np.round(rows @ heights, SCORE_DECIMALS)
    return result


def field(place_km: Array, *, length_km: float, phi_ratio: float, steps: int, generator: np.random.Generator) -> Array:
    """Standard normal series of shape (points, steps): exp(-d/length) in space, phi per step in time."""
    return scores(factor(place_km, length_km), waves(phi_ratio, steps, generator))


def variance_of_mean(phi_ratio: float, steps: int) -> float:
    """Variance of the mean of `steps` values of a standard first-order autoregression: mean of phi^|i - j|."""
    lag = np.arange(1, steps)
    return float(steps + 2 * ((steps - lag) @ phi_ratio**lag)) / steps**2


def with_nugget(
    series: Array, share_frac: float, phi_ratio: float, names: Sequence[str], *key: str, seed: int
) -> Array:
    """Mixes into every row a part of its own, tied to the row's name: rows of one name stay alike, others differ."""
    own = {
        name: autoregressive(stream(seed, *key, name).standard_normal((series.shape[1],)), phi_ratio)
        for name in dict.fromkeys(names)
    }
    mixed: Array = np.sqrt(1 - share_frac) * series + np.sqrt(share_frac) * np.stack([own[name] for name in names])
    return mixed
