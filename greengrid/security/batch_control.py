"""Who holds which voltage, for many hours of one area at once: the rules of `networks.voltage_control`, compiled.

Every rule, number and order of steps is that module's; here they work on arrays (hours, buses), one row per hour, and
a state that lives from round to round. `tests/test_security_batch.py` holds the two against each other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from greengrid.security.batch_compiled import compiled
from greengrid.security.batch_network import Array, Whole
from networks.voltage_control import (
    LIMIT_MVAR,
    PILOT_MARGIN_MVAR,
    RANGE_MIN_MVAR,
    RELEASES_MAX,
    RELIEF_MARGIN_PU,
    SHARE_MVAR,
    SHARE_ROUNDS,
    TAP_BAND_PU,
    WRONG_SIDE_PU,
)

Small = NDArray[np.int8]
TAP_LOW_PU, TAP_HIGH_PU = TAP_BAND_PU
CORRECTED, SETTLED, LAST_BEYOND = 0, 1, 2


class Ranges(NamedTuple):
    """What the sources of each bus can give; (hours, n), Mvar."""

    low_mvar: Array
    high_mvar: Array
    up_mvar: Array
    """Sum of the upper limits above zero."""
    down_mvar: Array
    """Sum of the lower limits below zero."""
    load_mvar: Array
    set_pu: Array
    rating_mw: Array
    """(hours, n, 4): rating on line of synchronous, border and converter sources with a range, and their number."""


class Equipment(NamedTuple):
    """What of the area the rules look at."""

    neighbours: NDArray[np.bool_]
    strength_mva: Array
    behind_taps: NDArray[np.bool_]
    highest_pu: Array
    tap_step: Array
    tap_min: Whole
    tap_max: Whole
    low_bus: Whole
    """(m,): bus at the low side of each branch."""


class State(NamedTuple):
    """Of each hour; (hours, n) where nothing else is said."""

    pilot: Whole
    """Of a helper; the bus itself where it is a pilot; -1 where it is neither."""
    limited: Small
    """+1 at the upper limit, -1 at the lower."""
    releases: Small
    newest: Whole
    """Place in the order in which the last round limited, from 1; 0 for the others."""
    helper_mvar: Array
    relief_mvar: Array
    given_mvar: Array
    """What held buses gave in the last solution; 0 elsewhere."""
    voltage_pu: Array
    """Of the last solution."""
    tap: Whole
    """(hours, m)."""
    left: Whole
    """(hours, 3): rounds done; tap moves and reliefs left."""


@compiled
def _choose_pilots(low: Array, high: Array, tools: Equipment, pilot: Whole) -> None:
    """Fills one hour's `pilot`: widest range first, low sides of tapped transformers last, never two at one unit."""
    n = len(low)
    pilot[:] = -1
    order = np.argsort(-(high - low), kind="mergesort")
    chosen = np.empty(n, np.int64)
    count = 0
    for taps in (False, True):
        for b in order:
            if tools.behind_taps[b] != taps or high[b] - low[b] < RANGE_MIN_MVAR:
                continue
            for c in range(count):
                if tools.neighbours[b, chosen[c]]:
                    pilot[b] = chosen[c]
                    break
            if pilot[b] < 0:
                pilot[b] = b
                chosen[count] = b
                count += 1


@compiled
def choose_pilots(ranges: Ranges, tools: Equipment, state: State) -> None:
    """Fills every hour's `pilot`."""
    for k in range(len(state.pilot)):
        _choose_pilots(ranges.low_mvar[k], ranges.high_mvar[k], tools, state.pilot[k])


@compiled
def _own_mvar(k: int, b: int, ranges: Ranges, state: State) -> float:
    """What the sources of a pilot bus give."""
    if state.limited[k, b] > 0:
        return float(ranges.high_mvar[k, b])
    if state.limited[k, b] < 0:
        return float(ranges.low_mvar[k, b])
    return float(state.given_mvar[k, b])


@compiled
def _share_of(k: int, b: int, ranges: Ranges, state: State) -> bool:
    """New parts of one pilot's helpers; true when one moves by more than SHARE_MVAR."""
    total = _own_mvar(k, b, ranges, state)
    up, down = 0.0, 0.0
    for h in range(state.pilot.shape[1]):
        if state.pilot[k, h] == b and h != b:
            total += state.helper_mvar[k, h]
            up += ranges.up_mvar[k, h]
            down += ranges.down_mvar[k, h]
    side = state.limited[k, b]
    frac = 1.0
    if side == 0:
        side = 1 if total >= 0 else -1
        own = ranges.up_mvar[k, b] if side > 0 else ranges.down_mvar[k, b]
        if own == 0:
            total += np.copysign(PILOT_MARGIN_MVAR, total)
        whole = own + (up if side > 0 else down)
        frac = min(total / whole, 1.0) if whole != 0 else 0.0
    moved = False
    for h in range(state.pilot.shape[1]):
        if state.pilot[k, h] == b and h != b:
            part = frac * (ranges.up_mvar[k, h] if side > 0 else ranges.down_mvar[k, h])
            moved = moved or abs(part - state.helper_mvar[k, h]) > SHARE_MVAR
            state.helper_mvar[k, h] = part
    return moved


@compiled
def _release(k: int, ranges: Ranges, state: State) -> bool:
    released = False
    for b in range(state.pilot.shape[1]):
        side = state.limited[k, b]
        wrong = side * (state.voltage_pu[k, b] - ranges.set_pu[k, b]) > WRONG_SIDE_PU
        if side != 0 and wrong and state.releases[k, b] < RELEASES_MAX:
            state.limited[k, b] = 0
            state.releases[k, b] += 1
            released = True
    return released


@compiled
def _beyond_mvar(k: int, b: int, ranges: Ranges, state: State) -> float:
    """How far a bus that holds is beyond its own limits."""
    given = state.given_mvar[k, b]
    if given > ranges.high_mvar[k, b] + LIMIT_MVAR:
        return float(given - ranges.high_mvar[k, b])
    if given < ranges.low_mvar[k, b] - LIMIT_MVAR:
        return float(given - ranges.low_mvar[k, b])
    return 0.0


@compiled
def _limit(k: int, sharing: NDArray[np.bool_], ranges: Ranges, state: State) -> bool:
    """Puts pilots beyond their limit at it, the furthest first; one is always left to hold."""
    n = state.pilot.shape[1]
    beyond = np.zeros(n)
    holding = count = 0
    for b in range(n):
        state.newest[k, b] = 0
        if state.pilot[k, b] == b and state.limited[k, b] == 0:
            holding += 1
            if not sharing[b]:
                beyond[b] = _beyond_mvar(k, b, ranges, state)
                count += 1 if beyond[b] != 0 else 0
    if count == holding:
        count -= 1
    order = np.argsort(-np.abs(beyond), kind="mergesort")
    for place in range(count):
        b = order[place]
        state.limited[k, b] = 1 if beyond[b] > 0 else -1
        state.newest[k, b] = place + 1
    return count > 0


@compiled
def _correct(k: int, ranges: Ranges, state: State) -> bool:
    """One round of corrections from the last solution; false when nothing is left to correct."""
    n = state.pilot.shape[1]
    state.left[k, 0] += 1
    sharing = np.zeros(n, np.bool_)
    shared = False
    if state.left[k, 0] <= SHARE_ROUNDS:
        for b in range(n):
            if state.pilot[k, b] == b:
                sharing[b] = _share_of(k, b, ranges, state)
                shared = shared or sharing[b]
    released = _release(k, ranges, state)
    limited = _limit(k, sharing, ranges, state)
    return shared or released or limited


@compiled
def _move_taps(k: int, tools: Equipment, state: State) -> bool:
    moved = False
    for m in range(len(tools.tap_step)):
        if tools.tap_max[m] == tools.tap_min[m]:
            continue
        voltage, steps = state.voltage_pu[k, tools.low_bus[m]], 0
        if voltage < TAP_LOW_PU:
            steps = int(np.ceil((TAP_LOW_PU - voltage) / tools.tap_step[m]))
        elif voltage > TAP_HIGH_PU:
            steps = -int(np.ceil((voltage - TAP_HIGH_PU) / tools.tap_step[m]))
        position = min(max(state.tap[k, m] + steps, tools.tap_min[m]), tools.tap_max[m])
        moved = moved or position != state.tap[k, m]
        state.tap[k, m] = position
    return moved


@compiled
def helper_total_mvar(k: int, b: int, ranges: Ranges, state: State) -> float:
    """Its share and its relief, within what it has."""
    return float(max(state.helper_mvar[k, b] + state.relief_mvar[k, b], ranges.down_mvar[k, b]))


@compiled
def _relieve(k: int, ranges: Ranges, tools: Equipment, state: State) -> bool:
    """More reactors at helpers above the highest operating voltage."""
    moved = False
    for b in range(state.pilot.shape[1]):
        pilot = state.pilot[k, b]
        excess = state.voltage_pu[k, b] - tools.highest_pu[b]
        if pilot < 0 or pilot == b or excess <= 0:
            continue
        if helper_total_mvar(k, b, ranges, state) > ranges.down_mvar[k, b] + LIMIT_MVAR:
            state.relief_mvar[k, b] -= (excess + RELIEF_MARGIN_PU) * tools.strength_mva[b, pilot]
            moved = True
    return moved


@compiled
def next_round(rows: Whole, ranges: Ranges, tools: Equipment, state: State, verdict: Small) -> None:
    """Corrects each hour of `rows`, or moves taps, or switches reactors; `verdict` says which hours have settled, and
    in which the last source that is left to hold is beyond its own limits."""
    for k in rows:
        verdict[k] = CORRECTED
        if _correct(k, ranges, state):
            continue
        if state.left[k, 1] > 0 and _move_taps(k, tools, state):
            state.left[k, 1] -= 1
        elif state.left[k, 2] > 0 and _relieve(k, ranges, tools, state):
            state.left[k, 2] -= 1
        else:
            verdict[k] = SETTLED
            for b in range(state.pilot.shape[1]):
                if state.pilot[k, b] == b and state.limited[k, b] == 0 and _beyond_mvar(k, b, ranges, state) != 0:
                    verdict[k] = LAST_BEYOND


@compiled
def ease(rows: Whole, state: State, eased: NDArray[np.bool_]) -> None:
    """After a round without solution: takes back half of the limits it set, the lightest; `eased` where it set one."""
    for k in rows:
        kept = state.newest[k].max() // 2
        eased[k] = kept > 0
        for b in range(state.pilot.shape[1]):
            if eased[k] and state.newest[k, b] > kept:
                state.limited[k, b] = 0
                state.newest[k, b] = 0


class Setting(NamedTuple):
    """What the state says to Newton; (hours, n), per unit of `base_mva`."""

    hold: NDArray[np.bool_]
    reactive: Array
    weight: Array
    reference: Whole
    volt: NDArray[np.complex128]


@compiled
def _reactive_mvar(k: int, b: int, ranges: Ranges, state: State) -> float:
    """Fixed reactive power of a bus that does not hold."""
    if state.limited[k, b] != 0:
        return _own_mvar(k, b, ranges, state)
    if state.pilot[k, b] < 0 or state.pilot[k, b] == b:
        return 0.0
    total = helper_total_mvar(k, b, ranges, state)
    return total if (ranges.up_mvar[k, b] if total >= 0 else ranges.down_mvar[k, b]) != 0 else 0.0


@compiled
def apply(rows: Whole, ranges: Ranges, state: State, base_mva: float, setting: Setting) -> None:
    """Writes the state of `rows`: who holds, what the others give, who shares the slack, whose angle is kept."""
    for k in rows:
        total = np.zeros(4)
        for b in range(state.pilot.shape[1]):
            held = state.pilot[k, b] == b and state.limited[k, b] == 0
            setting.hold[k, b] = held
            fixed = 0.0 if held else _reactive_mvar(k, b, ranges, state)
            setting.reactive[k, b] = (fixed - ranges.load_mvar[k, b]) / base_mva
            if held:
                total += ranges.rating_mw[k, b]
                setting.volt[k, b] *= ranges.set_pu[k, b] / abs(setting.volt[k, b])
        kind = 0 if total[0] > 1.0 else 1 if total[1] > 1.0 else 2 if total[2] > 1.0 else 3
        for b in range(state.pilot.shape[1]):
            setting.weight[k, b] = ranges.rating_mw[k, b, kind] / total[kind] if setting.hold[k, b] else 0.0
        setting.reference[k] = np.argmax(setting.weight[k])
