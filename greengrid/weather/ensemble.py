"""Many weather years from one seed: their own random streams, their yearly levels, and which of them is P50 or P90.

Year k of n has a seed of its own, spawned from the case's (`seed_of`), so it can be made without the others. How
windy, sunny, wet it is as a whole is a field of annual scores over the region, correlated in space as exp(-distance /
L); the n scores of a place have mean zero (their excess is taken off all alike), so that the mean over the years is
the sourced long-run yield. Year k therefore belongs to its n: year 7 of 20 and year 7 of 30 differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from zlib import crc32

import numpy as np

from greengrid.hourly import Array
from greengrid.weather.correlation import WAVES, factor, scores, stream

SCORE_MAX = 3.0
"""Annual scores beyond are cut: one year in 700."""
WATER_FOLLOWS_SUN_RATIO = -0.3
"""Correlation of a year's water with its sunshine: cloudy years are wet. Engineering estimate."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Year `number` (from 1) of an ensemble of `years` (at least 2)."""

    number: int
    years: int

    def __post_init__(self) -> None:
        if not (self.years >= 2 and 1 <= self.number <= self.years):
            raise ValueError(f"year {self.number} of {self.years} drawn years")


def seed_of(seed: int, draw: Draw | None) -> int:
    """Seed of the hourly series: the case's own in the typical year, one spawned from it in every drawn year."""
    if draw is None:
        return seed
    spawned = np.random.SeedSequence(seed, spawn_key=(crc32(b"weather year"), draw.number))
    return int(spawned.generate_state(1, np.uint64)[0] >> 1)


def annual_scores(resource: str, place_km: Array, length_km: float, *, seed: int, draw: Draw | None) -> Array:
    """Standard normal score of the year at each place; zero in the typical year."""
    if draw is None or not len(place_km):
        return np.zeros(len(place_km))
    heights = stream(seed, "year", resource).standard_normal((2 * WAVES, draw.years))
    centred = (heights - heights.mean(axis=1, keepdims=True)) * np.sqrt(draw.years / (draw.years - 1))
    found = scores(factor(place_km, length_km), centred[:, draw.number - 1 : draw.number])[:, 0]
    return np.clip(found, -SCORE_MAX, SCORE_MAX)


def water_scores(place_km: Array, sun_km: float, water_km: float, *, seed: int, draw: Draw | None) -> Array:
    """Score of the year's water: partly that of its sunshine, against the sign."""
    own = annual_scores("water", place_km, water_km, seed=seed, draw=draw)
    sun = annual_scores("sun", place_km, sun_km, seed=seed, draw=draw)
    share = WATER_FOLLOWS_SUN_RATIO
    result: Array = share * sun + np.sqrt(1 - share**2) * own
    return result


def exceeded_in(energies_mwh: Sequence[float], share_frac: float) -> int:
    """Number (from 1) of the year whose energy is reached or exceeded in at least this share of the years.

    P50 of 20 years is the 10th from the top, P90 the 18th. Equal energies keep the order of their numbers.
    """
    order = sorted(range(len(energies_mwh)), key=lambda k: (-energies_mwh[k], k))
    return order[max(ceil(round(share_frac * len(order), 9)), 1) - 1] + 1
