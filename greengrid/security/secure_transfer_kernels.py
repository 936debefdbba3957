"""How far one transfer can move before any limit breaks, hour by hour, compiled.

Everything is linear in the move x = t - t0 of the transfer on each side of the schedule t0, because the plants that
make up for it differ by direction; the loss of a pole has kinks where the other poles can no longer take over. Each
limit cuts the interval of admissible transfers; the answer is the highest and the lowest one left.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from greengrid.hourly import Array
from greengrid.security.screening_kernels import Circuits, Shifts, Sides
from greengrid.security.sensitivities import Ints

RATING, GENERATION, INTACT, POLE = -1, -2, -3, -4
"""Causes that are no outage of the lists: the link's rating, no plant left to move, the whole grid, a pole of it."""
ROUNDING_MW = 1e-6
MEETING_MW = 1e-3


class Move(NamedTuple):
    """The transfer and what it does; sides: 0 for less (x < 0), 1 for more (x > 0)."""

    scheduled: Array
    """Shape (hours,), MW sent, positive forward."""
    capacity: float
    """MW, both ways."""
    kept: float
    """MW that is carried with one pole out."""
    room: Array
    """Shape (2, hours): how far the plants at both ends let it move, MW, magnitudes."""
    slope: Array
    """Shape (2, hours, rows): MW on each row per MW of x."""
    pole: Array
    """Shape (2, hours, rows): MW on each row per MW lost with a pole; 0 for a reverse flow, 1 for a forward flow."""
    span: Ints
    """Rows [first, last) of the areas at both ends, shape (ends, 2); the same area once."""
    sensitive: float
    """A limit counts where the move changes it by at least this per MW."""
    strict: bool
    """Count limits that are broken with the transfer at rest too."""


class Given(NamedTuple):
    """Outages of losses: how what they lose depends on the move."""

    follows: Array
    """Shape (2, hours, outages): MW more that appear at the first bus per MW of x."""
    least: Array
    """Shape (hours, outages): least of what appears that the cut-off island can bear; -inf where there is none."""
    most: Array
    """Likewise: the most."""


@njit(cache=True)
def _cut(
    held: Array,
    by: Ints,
    strict: bool,
    line: tuple[float, float, float],
    ends: tuple[float, float],
    cause: int,
    row: int,
) -> None:
    """Keeps the x with lower <= value + tilt x <= upper.

    held (2,) is the interval and by (2, 2) what holds its ends; line is (value, tilt, value at rest), ends (upper,
    lower).
    """
    value, tilt, rest = line
    upper, lower = ends
    above = strict or rest <= upper + ROUNDING_MW
    below = strict or rest >= lower - ROUNDING_MW
    if tilt > 0.0:
        high, low = (upper - value + ROUNDING_MW) / tilt, (lower - value - ROUNDING_MW) / tilt
    else:
        high, low = (lower - value - ROUNDING_MW) / tilt, (upper - value + ROUNDING_MW) / tilt
        above, below = below, above
    if above and high < held[1]:
        held[1], by[1, 0], by[1, 1] = high, cause, row
    if below and low > held[0]:
        held[0], by[0, 0], by[0, 1] = low, cause, row


@njit(cache=True)
def _cut_intact(hour: int, side: int, flow: Array, move: Move, sides: Sides, held: Array, by: Ints) -> None:
    rest = -move.scheduled[hour]
    here, there = move.slope[side, hour], move.slope[0 if rest <= 0.0 else 1, hour]
    for end in range(move.span.shape[0]):
        for row in range(move.span[end, 0], move.span[end, 1]):
            if abs(here[row]) >= move.sensitive:
                line = (flow[row], here[row], flow[row] + there[row] * rest)
                _cut(held, by, move.strict, line, (sides.upper[row], sides.lower[row]), INTACT, row)


@njit(cache=True)
def _cut_circuits(
    hour: int, side: int, flow: Array, move: Move, outages: Circuits, sides: Sides, held: Array, by: Ints
) -> None:
    rest = -move.scheduled[hour]
    here, there = move.slope[side, hour], move.slope[0 if rest <= 0.0 else 1, hour]
    for k in range(outages.answer.shape[0]):
        mine, change, left = outages.own[k], outages.answer[k], outages.left[k]
        follows, others, carried = here[mine], there[mine], flow[mine]
        for row in range(outages.span[k, 0], outages.span[k, 1]):
            tilt = here[row] + follows * change[row]
            share = left if row == mine else 1.0
            if abs(tilt) < move.sensitive or share == 0.0:
                continue
            after = flow[row] + carried * change[row]
            line = (after, tilt, after + (there[row] + others * change[row]) * rest)
            _cut(held, by, move.strict, line, (sides.upper[row] * share, sides.lower[row] * share), k, row)


@njit(cache=True)
def _cut_losses(
    hour: int,
    side: int,
    flow: Array,
    move: Move,
    outages: Shifts,
    given: Given,
    sides: Sides,
    held: Array,
    by: Ints,
    first_cause: int,
) -> None:
    rest = -move.scheduled[hour]
    resting = 0 if rest <= 0.0 else 1
    here, there = move.slope[side, hour], move.slope[resting, hour]
    for k in range(outages.bus.shape[0]):
        follows, others = given.follows[side, hour, k], given.follows[resting, hour, k]
        lost, cause = outages.appearing[hour, k, 0], first_cause + k
        if abs(follows) >= move.sensitive:
            line = (lost, follows, lost + others * rest)
            _cut(held, by, move.strict, line, (given.most[hour, k], given.least[hour, k]), cause, -1)
        for leg in range(outages.bus.shape[1]):
            power = outages.appearing[hour, k, leg]
            if power == 0.0 and follows == 0.0:
                continue
            counts = 1.0 if leg == 0 else 0.0
            factor, pickup = outages.factors[outages.bus[k, leg]], outages.pickup[0 if power > 0 else 1, hour]
            for row in range(outages.span[k, leg, 0], outages.span[k, leg, 1]):
                answer = factor[row] - pickup[row]
                tilt = here[row] + counts * follows * answer
                if abs(tilt) < move.sensitive:
                    continue
                after = flow[row] + power * answer
                line = (after, tilt, after + (there[row] + counts * others * answer) * rest)
                _cut(held, by, move.strict, line, (sides.upper[row], sides.lower[row]), cause, row)


@njit(cache=True)
def _cut_pole(hour: int, side: int, way: int, flow: Array, move: Move, sides: Sides, held: Array, by: Ints) -> None:
    """On a piece where a pole's loss is lost = |t| - kept, t = t0 + x, of sign `way`."""
    sign = 1.0 if way == 1 else -1.0
    rest = -move.scheduled[hour]
    here, there, lost = move.slope[side, hour], move.slope[0 if rest <= 0.0 else 1, hour], move.pole[way, hour]
    lost_at_schedule = sign * move.scheduled[hour] - move.kept
    for end in range(move.span.shape[0]):
        for row in range(move.span[end, 0], move.span[end, 1]):
            tilt = here[row] + sign * lost[row]
            if abs(tilt) < move.sensitive:
                continue
            line = (flow[row] + lost_at_schedule * lost[row], tilt, flow[row] + there[row] * rest)
            _cut(held, by, move.strict, line, (sides.upper[row], sides.lower[row]), POLE, row)


@njit(cache=True)
def farthest(
    flow: Array, move: Move, circuits: Circuits, losses: Shifts, given: Given, normal: Sides, sides: Sides
) -> tuple[Array, Ints]:
    """(shape (hours, 2): lowest and highest admissible transfer, nan where none; shape (hours, 2, 2): what holds it).

    The lowest is at most 0 and the highest at least 0: the farthest transfer of each direction.
    """
    hours = flow.shape[0]
    found = np.full((hours, 2), np.nan)
    holds = np.full((hours, 2, 2), -1, dtype=np.int64)
    for hour in range(hours):
        for side in range(2):
            bounds = np.array([-move.room[0, hour], 0.0]) if side == 0 else np.array([0.0, move.room[1, hour]])
            causes = np.full((2, 2), -1, dtype=np.int64)
            causes[side, 0] = GENERATION
            _cut_intact(hour, side, flow[hour], move, normal, bounds, causes)
            _cut_circuits(hour, side, flow[hour], move, circuits, sides, bounds, causes)
            _cut_losses(hour, side, flow[hour], move, losses, given, sides, bounds, causes, circuits.answer.shape[0])
            _pieces(hour, side, flow[hour], move, sides, bounds, causes, found, holds)
    return found, holds


@njit(cache=True)
def _pieces(
    hour: int,
    side: int,
    flow: Array,
    move: Move,
    sides: Sides,
    bounds: Array,
    causes: Ints,
    found: Array,
    holds: Ints,
) -> None:
    """Goes through the pieces on which a pole's loss is linear and keeps the farthest transfer of each direction."""
    scheduled = move.scheduled[hour]
    corners = np.array([-move.capacity, -move.kept, 0.0, move.kept, move.capacity])
    for piece in range(4):
        low, high = corners[piece] - scheduled, corners[piece + 1] - scheduled
        inner, why = bounds.copy(), causes.copy()
        if high < inner[1]:
            inner[1], why[1, 0], why[1, 1] = high, RATING, -1
        if low > inner[0]:
            inner[0], why[0, 0], why[0, 1] = low, RATING, -1
        if piece in {0, 3}:
            _cut_pole(hour, side, 1 if piece == 3 else 0, flow, move, sides, inner, why)
        way = 1 if piece >= 2 else 0
        best = found[hour, way]
        if high <= low:
            continue
        if inner[0] > inner[1] + ROUNDING_MW:
            if np.isnan(best):
                holds[hour, way] = why[way]
            continue
        reached = scheduled + inner[way]
        # Both sides and neighbouring pieces meet in one point: the farther one knows what holds it there.
        if np.isnan(best) or (way == 1 and reached >= best - MEETING_MW) or (way == 0 and reached < best - MEETING_MW):
            found[hour, way] = reached
            holds[hour, way] = why[way]
