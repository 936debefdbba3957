"""Places for substations whose net has none: invented so that every line is as long as its places are apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KM_PER_DEG = 111.19
DETOUR_KM, DETOUR_RATIO = 50.0, 3.0
"""A line of the tables is at most three times the straight line and 50 km."""
STRAIGHT_FRAC = 0.95
"""Invented places are apart by this much of a line's length at most."""
TARGET_FRAC = 0.8
STRESS_ROUNDS = 150
FIT_ROUNDS = 5000
RELAXATION = 0.4
Array = NDArray[np.float64]
Lines = list[tuple[int, int, float]]
"""(station, station, length in km)"""


def invent_places(count: int, lines: Lines, centre_deg: tuple[float, float]) -> list[tuple[float, float]] | None:
    """(longitude, latitude) of each station around a centre of the same order, or None where none fit the lengths.

    Stress majorisation of path lengths (Gansner, Koren, North 2005), then each line in turn is stretched or shortened
    into its bounds. The same lines give the same places.
    """
    if count == 1 or not lines:
        return [centre_deg] * count
    start, end = (np.array([line[k] for line in lines], dtype=np.int64) for k in (0, 1))
    length_km = np.array([line[2] for line in lines])
    longest = np.maximum(STRAIGHT_FRAC * length_km, 0.0)
    shortest = np.minimum(np.maximum((length_km - DETOUR_KM) / DETOUR_RATIO * 1.05, 0.0), longest)
    spots = _spread(count, _path_km(count, lines))
    spots = _fit(spots, start, end, shortest, longest)
    apart = np.linalg.norm(spots[start] - spots[end], axis=1)
    if np.any(apart > longest + 0.02 * length_km) or np.any(apart < shortest - 0.02 * length_km):
        return None
    spots = spots - spots.mean(axis=0)
    longitude_deg, latitude_deg = centre_deg
    scale = KM_PER_DEG * np.cos(np.radians(latitude_deg))
    return [(longitude_deg + float(x) / float(scale), latitude_deg + float(y) / KM_PER_DEG) for x, y in spots]


def _path_km(count: int, lines: Lines) -> Array:
    """Shortest ways along the lines; stations that no line joins are far from each other."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import shortest_path

    shortest: dict[tuple[int, int], float] = {}
    for one, other, length_km in lines:
        key = (min(one, other), max(one, other))
        shortest[key] = min(length_km, shortest.get(key, np.inf))
    ends = np.array(list(shortest))
    graph = coo_array((list(shortest.values()), (ends[:, 0], ends[:, 1])), shape=(count, count))
    paths = np.asarray(shortest_path(graph.tocsr(), directed=False), dtype=np.float64)
    reached = paths[np.isfinite(paths)].max()
    return np.where(np.isfinite(paths), paths, max(reached, 1.0))


def _spread(count: int, path_km: Array) -> Array:
    """Places whose distances follow the ways, by majorisation with weights of the ways' inverse squares."""
    turn = np.arange(count) * np.pi * (3.0 - np.sqrt(5.0))
    radius = np.sqrt((np.arange(count) + 0.5) / count) * path_km.max() / 2
    spots = np.column_stack([radius * np.cos(turn), radius * np.sin(turn)])
    target = TARGET_FRAC * path_km
    weight = np.where(path_km > 0, 1.0 / np.maximum(path_km, 1e-3) ** 2, 0.0)
    laplacian = np.diag(weight.sum(axis=1)) - weight
    inverse = np.linalg.pinv(laplacian)
    for _ in range(STRESS_ROUNDS):
        apart = np.linalg.norm(spots[:, None] - spots[None], axis=2)
        ratio = np.divide(weight * target, apart, out=np.zeros_like(apart), where=apart > 1e-9)
        spots = inverse @ ((np.diag(ratio.sum(axis=1)) - ratio) @ spots)
    return np.asarray(spots, dtype=np.float64)


def _fit(spots: Array, start: NDArray[np.int64], end: NDArray[np.int64], shortest: Array, longest: Array) -> Array:
    """Move both ends of every line that is out of its bounds, a part of the way, until none is."""
    spots = spots.copy()
    for _ in range(FIT_ROUNDS):
        way = spots[end] - spots[start]
        apart = np.maximum(np.linalg.norm(way, axis=1), 1e-6)
        excess = apart - np.clip(apart, shortest, longest)
        if not np.any(np.abs(excess) > 0.005 * longest):
            break
        move = (RELAXATION * excess / apart)[:, None] * way / 2
        np.add.at(spots, start, move)
        np.add.at(spots, end, -move)
    return spots
