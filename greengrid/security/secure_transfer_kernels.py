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

RATING, GENERATION, INTACT, POLE, UNKNOWN = -1, -2, -3, -4, -5
"""Causes that are no outage of the lists: the link's rating, no plant left to move, the whole grid, a pole of it."""
ROUNDING_MW = 1e-6
MEETING_MW = 1e-3


class Move(NamedTuple):
    """The transfer and what it does; sides: 0 for less (x < 0), 1 for more (x > 0)."""

    scheduled: Array
    """Shape (hours,), MW sent, positive forward."""
    capacity_mw: float
    """MW, both ways."""
    kept_mw: float
    """MW that is carried with one pole out."""
    room: Array
    """Shape (2, hours): how far the plants at both ends let it move, MW, magnitudes."""
    slope: Array
    """Shape (2, hours, rows): MW on each row per MW of x."""
    pole: Array
    """Shape (2, hours, rows): MW on each row per MW lost with a pole; 0 for a reverse flow, 1 for a forward flow."""
    span: Ints
    """Rows [first, last) of the areas at both ends, shape (ends, 2); the same area once."""
    sensitive_frac: float
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


class Tests(NamedTuple):
    """What the transfer is tested against."""

    normal: Sides
    """Of the whole grid."""
    sides: Sides
    """After an outage."""
    circuits: Circuits
    losses: Shifts
    given: Given


class Held(NamedTuple):
    """The x that are left, shape (2,), and what holds each end, (cause, row), shape (2, 2)."""

    ends: Array
    by: Ints


@njit(cache=True)
def _cut(
    held: Held, strict: bool, line: tuple[float, float, float], sides: tuple[float, float], name: tuple[int, int]
) -> None:
    """Keeps the x with lower <= value + tilt x <= upper; line is (value, tilt, value at rest), sides (upper, lower)."""
    value, tilt, rest = line
    upper, lower = sides
    above = strict or rest <= upper + ROUNDING_MW
    below = strict or rest >= lower - ROUNDING_MW
    if tilt > 0.0:
        high, low = (upper - value + ROUNDING_MW) / tilt, (lower - value - ROUNDING_MW) / tilt
    else:
        high, low = (lower - value - ROUNDING_MW) / tilt, (upper - value + ROUNDING_MW) / tilt
        above, below = below, above
    if above and high < held.ends[1]:
        held.ends[1], held.by[1, 0], held.by[1, 1] = high, name[0], name[1]
    if below and low > held.ends[0]:
        held.ends[0], held.by[0, 0], held.by[0, 1] = low, name[0], name[1]


@njit(cache=True)
def _cut_intact(at: tuple[int, int], flow: Array, move: Move, sides: Sides, held: Held) -> None:
    hour, side = at
    rest = -move.scheduled[hour]
    here, there = move.slope[side, hour], move.slope[0 if rest <= 0.0 else 1, hour]
    for end in range(move.span.shape[0]):
        for row in range(move.span[end, 0], move.span[end, 1]):
            if abs(here[row]) >= move.sensitive_frac:
                line = (flow[row], here[row], flow[row] + there[row] * rest)
                _cut(held, move.strict, line, (sides.upper[row], sides.lower[row]), (INTACT, row))


@njit(cache=True)
def _cut_circuits(at: tuple[int, int], flow: Array, move: Move, tests: Tests, held: Held) -> None:
    hour, side = at
    outages, sides = tests.circuits, tests.sides
    rest = -move.scheduled[hour]
    here, there = move.slope[side, hour], move.slope[0 if rest <= 0.0 else 1, hour]
    for k in range(outages.answer.shape[0]):
        mine, change, left = outages.own[k], outages.answer[k], outages.left[k]
        follows, others, carried = here[mine], there[mine], flow[mine]
        for row in range(outages.span[k, 0], outages.span[k, 1]):
            tilt = here[row] + follows * change[row]
            share = left if row == mine else 1.0
            if abs(tilt) < move.sensitive_frac or share == 0.0:
                continue
            after = flow[row] + carried * change[row]
            line = (after, tilt, after + (there[row] + others * change[row]) * rest)
            _cut(held, move.strict, line, (sides.upper[row] * share, sides.lower[row] * share), (k, row))


@njit(cache=True)
def _cut_losses(at: tuple[int, int], flow: Array, move: Move, tests: Tests, held: Held) -> None:
    hour, side = at
    outages, given, sides = tests.losses, tests.given, tests.sides
    rest = -move.scheduled[hour]
    resting = 0 if rest <= 0.0 else 1
    here, there = move.slope[side, hour], move.slope[resting, hour]
    for k in range(outages.bus.shape[0]):
        follows, others = given.follows[side, hour, k], given.follows[resting, hour, k]
        lost, cause = outages.appearing[hour, k, 0], tests.circuits.answer.shape[0] + k
        if abs(follows) >= move.sensitive_frac:
            line = (lost, follows, lost + others * rest)
            _cut(held, move.strict, line, (given.most[hour, k], given.least[hour, k]), (cause, -1))
        for leg in range(outages.bus.shape[1]):
            power = outages.appearing[hour, k, leg]
            if power == 0.0 and follows == 0.0:
                continue
            counts = 1.0 if leg == 0 else 0.0
            factor, pickup = outages.factors[outages.bus[k, leg]], outages.pickup[0 if power > 0 else 1, hour]
            for row in range(outages.span[k, leg, 0], outages.span[k, leg, 1]):
                answer = factor[row] - pickup[row]
                tilt = here[row] + counts * follows * answer
                if abs(tilt) < move.sensitive_frac:
                    continue
                after = flow[row] + power * answer
                line = (after, tilt, after + (there[row] + counts * others * answer) * rest)
                _cut(held, move.strict, line, (sides.upper[row], sides.lower[row]), (cause, row))


@njit(cache=True)
def _cut_pole(at: tuple[int, int, int], flow: Array, move: Move, sides: Sides, held: Held) -> None:
    """On a piece where a pole's loss is lost = |t| - kept, t = t0 + x, of sign `way`."""
    hour, side, way = at
    sign = 1.0 if way == 1 else -1.0
    rest = -move.scheduled[hour]
    here, there, lost = move.slope[side, hour], move.slope[0 if rest <= 0.0 else 1, hour], move.pole[way, hour]
    lost_at_schedule = sign * move.scheduled[hour] - move.kept_mw
    for end in range(move.span.shape[0]):
        for row in range(move.span[end, 0], move.span[end, 1]):
            tilt = here[row] + sign * lost[row]
            if abs(tilt) < move.sensitive_frac:
                continue
            line = (flow[row] + lost_at_schedule * lost[row], tilt, flow[row] + there[row] * rest)
            _cut(held, move.strict, line, (sides.upper[row], sides.lower[row]), (POLE, row))


@njit(cache=True)
def farthest(flow: Array, move: Move, tests: Tests) -> tuple[Array, Ints]:
    """(shape (hours, 2): lowest and highest admissible transfer, nan where none; shape (hours, 2, 2): what holds it).

    The lowest is at most 0 and the highest at least 0: the farthest transfer of each direction.
    """
    hours = flow.shape[0]
    found = np.full((hours, 2), np.nan)
    holds = np.full((hours, 2, 2), UNKNOWN, dtype=np.int64)
    for hour in range(hours):
        for side in range(2):
            held = Held(np.zeros(2), np.full((2, 2), UNKNOWN, dtype=np.int64))
            held.ends[side] = move.room[side, hour] * (1.0 if side == 1 else -1.0)
            held.by[side, 0], held.by[side, 1] = GENERATION, -1
            at = (hour, side)
            _cut_intact(at, flow[hour], move, tests.normal, held)
            _cut_circuits(at, flow[hour], move, tests, held)
            _cut_losses(at, flow[hour], move, tests, held)
            for piece in range(4):
                inner, there = _on_piece((hour, side, piece), flow[hour], move, tests.sides, held)
                if there:
                    _take(move.scheduled[hour], 1 if piece >= 2 else 0, inner, found[hour], holds[hour])
    return found, holds


@njit(cache=True)
def _on_piece(at: tuple[int, int, int], flow: Array, move: Move, sides: Sides, held: Held) -> tuple[Held, bool]:
    """(what is held on a piece on which a pole's loss is linear, whether there is such a piece)."""
    hour, side, piece = at
    corners = np.array([-move.capacity_mw, -move.kept_mw, 0.0, move.kept_mw, move.capacity_mw])
    low, high = corners[piece] - move.scheduled[hour], corners[piece + 1] - move.scheduled[hour]
    inner = Held(held.ends.copy(), held.by.copy())
    if high < inner.ends[1]:
        inner.ends[1], inner.by[1, 0], inner.by[1, 1] = high, RATING, -1
    if low > inner.ends[0]:
        inner.ends[0], inner.by[0, 0], inner.by[0, 1] = low, RATING, -1
    if piece in {0, 3}:
        _cut_pole((hour, side, 1 if piece == 3 else 0), flow, move, sides, inner)
    return inner, high > low


@njit(cache=True)
def _take(scheduled: float, way: int, inner: Held, found: Array, holds: Ints) -> None:
    """Keeps the end of the piece if it lies farther; where nothing is left, what leaves nothing."""
    best = found[way]
    if inner.ends[0] > inner.ends[1] + ROUNDING_MW:
        if holds[way, 0] == UNKNOWN:
            holds[way] = inner.by[way]
        return
    reached = scheduled + inner.ends[way]
    # Both sides and neighbouring pieces meet in one point: the farther one knows what holds it there.
    if np.isnan(best) or (way == 1 and reached >= best - MEETING_MW) or (way == 0 and reached < best - MEETING_MW):
        found[way] = reached
        holds[way] = inner.by[way]
