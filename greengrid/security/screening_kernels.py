"""The loops over hours, outages and limits, compiled: a year of every outage in a fraction of a second."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from greengrid.hourly import Array
from greengrid.security.sensitivities import Ints

Flags = NDArray[np.bool_]
TOLERANCE_MW = 1e-3
BLOCK_HOURS = 32
"""So many hours of flows and of what was found stay in the cache."""


class Sides(NamedTuple):
    """Highest and lowest admissible flow after an outage, shape (rows,)."""

    upper: Array
    lower: Array


class Circuits(NamedTuple):
    """Outages of one circuit of a branch."""

    answer: Array
    """Shape (outages, rows): MW per MW that the branch carried."""
    own: Ints
    """Row of the outage's branch."""
    left: Array
    """Share of the branch's limit that stays."""
    span: Ints
    """Rows [first, last) that each outage reaches; empty for outages to leave out."""


class Shifts(NamedTuple):
    """Outages that make power appear at buses (negative: vanish) and let others make it good."""

    factors: Array
    """Shape (buses, rows)."""
    bus: Ints
    """Shape (outages, legs)."""
    appearing: Array
    """Shape (hours, outages, legs), MW."""
    pickup: Array
    """Shape (2, hours, rows): flow per MW that others give up (0) or add (1)."""
    span: Ints
    """Shape (outages, legs, 2)."""


class Notes(NamedTuple):
    """What was found so far."""

    hours: Ints
    """Shape (outages, rows)."""
    excess: Array
    when: Ints
    reverse: Flags
    """Likewise: whether the highest excess runs in reverse."""
    worst: Array
    """Shape (hours, rows)."""
    cause: Ints
    worst_reverse: Flags
    times: Ints
    """Shape (outages,): hours in which the outage breaks anything."""
    last: Ints
    """Shape (outages,): the last such hour."""


def empty_notes(outages: int, rows: int, hours: int) -> Notes:
    """Before anything was found; -1 for never."""
    return Notes(
        np.zeros((outages, rows), dtype=np.int64),
        np.zeros((outages, rows)),
        np.full((outages, rows), -1, dtype=np.int64),
        np.zeros((outages, rows), dtype=np.bool_),
        np.zeros((hours, rows)),
        np.full((hours, rows), -1, dtype=np.int64),
        np.zeros((hours, rows), dtype=np.bool_),
        np.zeros(outages, dtype=np.int64),
        np.full(outages, -1, dtype=np.int64),
    )


@njit(cache=True)
def screen_branches(flow: Array, outages: Circuits, sides: Sides, notes: Notes) -> None:
    """Notes every breach after the loss of one circuit; flow has the shape (hours, rows)."""
    upper, lower = sides.upper, sides.lower
    for start in range(0, flow.shape[0], BLOCK_HOURS):
        for k in range(outages.answer.shape[0]):
            first, last = outages.span[k, 0], outages.span[k, 1]
            mine, tight, change = outages.own[k], outages.left[k], outages.answer[k]
            for hour in range(start, min(start + BLOCK_HOURS, flow.shape[0])):
                before = flow[hour]
                carried = before[mine]
                if first == last or abs(carried) < TOLERANCE_MW:
                    continue
                broken = 0
                for row in range(first, last):
                    after = before[row] + carried * change[row]
                    broken += int(after > upper[row]) + int(after < lower[row])
                rest = carried + carried * change[mine]
                if broken == 0 and lower[mine] * tight <= rest <= upper[mine] * tight:
                    continue
                for row in range(first, last):
                    share = tight if row == mine else 1.0
                    after = before[row] + carried * change[row]
                    above, below = after - upper[row] * share, lower[row] * share - after
                    if max(above, below) > TOLERANCE_MW:
                        _note(notes, above, below, (hour, k, row))


@njit(cache=True)
def screen_injections(flow: Array, outages: Shifts, sides: Sides, notes: Notes) -> None:
    """Notes every breach after power appears or vanishes and the areas' reserve makes it good."""
    change = np.empty(flow.shape[1])
    for hour in range(flow.shape[0]):
        for k in range(outages.bus.shape[0]):
            for leg in range(outages.bus.shape[1]):
                if not _leads(outages, hour, k, leg):
                    continue
                first, last = outages.span[k, leg, 0], outages.span[k, leg, 1]
                shift(outages, hour, k, leg, change)
                broken = 0
                for row in range(first, last):
                    after = flow[hour, row] + change[row]
                    broken += int(after > sides.upper[row]) + int(after < sides.lower[row])
                if broken == 0:
                    continue
                for row in range(first, last):
                    after = flow[hour, row] + change[row]
                    above, below = after - sides.upper[row], sides.lower[row] - after
                    if max(above, below) > TOLERANCE_MW:
                        _note(notes, above, below, (hour, k, row))


@njit(cache=True)
def most_added(outages: Shifts, shape: tuple[int, int]) -> Array:
    """Most MW that any outage adds to each row of `shape` (hours, rows): forward, reverse; shape (2, hours, rows)."""
    most = np.zeros((2, *shape))
    change = np.empty(shape[1])
    for hour in range(shape[0]):
        for k in range(outages.bus.shape[0]):
            for leg in range(outages.bus.shape[1]):
                if not _leads(outages, hour, k, leg):
                    continue
                first, last = outages.span[k, leg, 0], outages.span[k, leg, 1]
                shift(outages, hour, k, leg, change)
                for row in range(first, last):
                    most[0, hour, row] = max(most[0, hour, row], change[row])
                    most[1, hour, row] = max(most[1, hour, row], -change[row])
    return most


@njit(cache=True)
def _leads(outages: Shifts, hour: int, k: int, leg: int) -> bool:
    """Whether the leg loses anything in an area that the outage's first leg does not move already."""
    alike = outages.span[k, leg, 0] == outages.span[k, 0, 0] and abs(outages.appearing[hour, k, 0]) >= TOLERANCE_MW
    return abs(outages.appearing[hour, k, leg]) >= TOLERANCE_MW and not (leg > 0 and alike)


@njit(cache=True)
def shift(outages: Shifts, hour: int, k: int, leg: int, change: Array) -> None:
    """MW by which the legs of an outage in the area of `leg` move its rows, into `change`."""
    first, last = outages.span[k, leg, 0], outages.span[k, leg, 1]
    change[first:last] = 0.0
    for other in range(outages.bus.shape[1]):
        power = outages.appearing[hour, k, other]
        if outages.span[k, other, 0] != first or power == 0.0:
            continue
        factor, pickup = outages.factors[outages.bus[k, other]], outages.pickup[0 if power > 0 else 1, hour]
        for row in range(first, last):
            change[row] += power * (factor[row] - pickup[row])


@njit(cache=True)
def _note(notes: Notes, above: float, below: float, at: tuple[int, int, int]) -> None:
    over, (hour, k, row) = max(above, below), at
    notes.hours[k, row] += 1
    if notes.last[k] != hour:
        notes.times[k] += 1
        notes.last[k] = hour
    if over > notes.excess[k, row]:
        notes.excess[k, row] = over
        notes.when[k, row] = hour
        notes.reverse[k, row] = below > above
    if over > notes.worst[hour, row]:
        notes.worst[hour, row] = over
        notes.cause[hour, row] = k
        notes.worst_reverse[hour, row] = below > above
