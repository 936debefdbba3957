"""The least cut over all sets of areas, hour by hour, compiled: what stays short and what each area could use more."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from greengrid.hourly import Array
from greengrid.security.batch_compiled import compiled

SHORT_MW = 1e-6


@compiled
def _fill(over: Array, tie_mw: Array, ends: NDArray[np.int64], cut: Array) -> None:
    """Fills `cut`, by sets of areas as bits: surplus of the areas outside the set and what ties carry out of it."""
    cut[0] = over.sum()
    for area in range(len(over)):
        bit = 1 << area
        for low in range(bit):
            cut[bit + low] = cut[low] - over[area]
        for tie in range(len(ends)):
            start, end = ends[tie]
            if start == end or area not in (start, end):
                continue
            other = end if start == area else start
            out_mw, back_mw = tie_mw[2 * tie], tie_mw[2 * tie + 1]
            if end == area:
                out_mw, back_mw = back_mw, out_mw
            for low in range(bit):
                cut[bit + low] += -back_mw if low >> other & 1 else out_mw


@compiled
def _served(cut: Array, short: Array, targets: int, wanted: Array) -> float:
    """The most that reaches the first so many areas; `wanted` is room for their shortage within each set."""
    wanted[0] = 0.0
    least = cut[0]
    for area in range(len(short)):
        bit = 1 << area
        more = short[area] if area < targets else 0.0
        for low in range(bit):
            wanted[bit + low] = wanted[low] + more
            least = min(least, cut[bit + low] + wanted[bit + low])
    return float(least)


@compiled
def _reachable(cut: Array, least: Array) -> None:
    """Fills `least` with the smallest cut that leaves each area outside the set."""
    least[:] = np.inf
    for members in range(len(cut)):
        for area in range(len(least)):
            if not members >> area & 1 and cut[members] < least[area]:
                least[area] = cut[members]


@compiled
def exchange(surplus_mw: Array, tie_mw: Array, ends: NDArray[np.int64], unserved: Array, margin: Array) -> None:
    """Fills two arrays of shape (hours, areas) from `surplus_mw` of that shape and `tie_mw` (hours, 2 x ties).

    `unserved`: what stays short where as much as possible is served in all, and areas are served in their order where
    that leaves a choice: what the first k can have together, less what the first k - 1 can. `margin`: what each area
    could use more if it were served before all others: its own surplus and the most that can reach it.
    """
    hours, areas = surplus_mw.shape
    cut, wanted, least = np.empty(1 << areas), np.empty(1 << areas), np.empty(areas)
    for hour in range(hours):
        over, short = np.maximum(surplus_mw[hour], 0.0), np.maximum(-surplus_mw[hour], 0.0)
        _fill(over, tie_mw[hour], ends, cut)
        _reachable(cut, least)
        margin[hour] = surplus_mw[hour] + least - over
        unserved[hour] = 0.0
        if short.sum() - _served(cut, short, areas, wanted) <= SHORT_MW:
            continue
        before = 0.0
        for area in range(areas):
            together = _served(cut, short, area + 1, wanted)
            unserved[hour, area] = max(short[area] - (together - before), 0.0)
            before = together
