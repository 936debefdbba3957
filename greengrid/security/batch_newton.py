"""Newton's method for many hours of one area: compiled, one factor pattern, slack shared over the plants that hold.

Polar form with relative voltages (Grainger and Stevenson, Power System Analysis, chapter 9): the unknowns of a bus are
its angle and dV/V. A bus that holds its voltage keeps its row for symmetry, with dV = 0. The reference keeps its angle;
its own balance of active power finds the slack, which all holding plants share by weight, from a second right-hand side
of the same factors (a bordered system). Arrays are read by position, not by name: see `AreaArrays`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from greengrid.security.batch_compiled import compiled
from greengrid.security.batch_network import AreaArrays, Array, Complex, Whole

Flags = NDArray[np.bool_]
ITERATIONS_MAX = 30
TOLERANCE_PU = 1e-8
OUTAGE_TOLERANCE_PU = 1e-6
DIVERGED_PU = 1e6
COLLAPSED_PU = 0.7
"""After an outage: Newton's method also finds solutions of a collapsed grid, with some bus far below this."""


class Cases(NamedTuple):
    """Cases of one area; n buses, m branches, everything in per unit."""

    volt: Complex
    """(cases, n): where to start; the solution afterwards."""
    active: Array
    """(cases, n): injections without the slack's share."""
    reactive: Array
    hold: Flags
    """(cases, n): the bus keeps its voltage, whatever reactive power that takes."""
    weight: Array
    """(cases, n): share of the slack; sums to 1."""
    reference: Whole
    """(cases,): bus that keeps its angle; it has a weight."""
    tap: Whole
    """(cases, m)."""
    outage: Whole
    """(cases,): the branch of which only the share `left_frac` of the circuits is there; -1 for none."""
    left_frac: Array
    power: Complex
    """(cases, n): what leaves each bus into the network, afterwards."""
    iterations: Whole
    """(cases,): -1 where there is no solution."""
    slack: Array
    """(cases,): generated beyond `active`."""


class Point(NamedTuple):
    """One case of `Cases`."""

    active: Array
    reactive: Array
    hold: Flags
    weight: Array
    reference: int


class Flows(NamedTuple):
    """What each branch carries; (cases, m), per unit."""

    flow_from: Array
    """Active power into the branch at its from (high) end."""
    flow_to: Array
    loading_frac: Array
    """Larger end's current over the thermal limit."""


class Gone(NamedTuple):
    """The outages to try."""

    branch: Whole
    left_frac: Array
    """Share of the branch that stays; negative where the outage would cut buses off."""


class Outages(NamedTuple):
    """What every outage of one circuit leaves behind; (hours, outages)."""

    state: NDArray[np.int8]
    """1 solved; 0 no solution, or only one below COLLAPSED_PU; -1 not tried: the outage cuts buses off."""
    loading_frac: NDArray[np.float32]
    """Highest current over the thermal limit of any branch."""
    loaded: NDArray[np.int16]
    """Which branch."""
    voltage_min_pu: NDArray[np.float32]
    lowest: NDArray[np.int16]
    voltage_max_pu: NDArray[np.float32]
    highest: NDArray[np.int16]


class Room(NamedTuple):
    """Arrays that one thread works in."""

    y: Complex
    block: Array
    power: Complex
    x: Array
    first_row: Array
    place: Whole
    """(row, column) of `Outages`."""


@compiled
def branch_admittance(net: AreaArrays, tap: Whole, outage: int, left_frac: float, y: Complex) -> None:
    """Fills y (m, 4) for tap positions; of the branch `outage` (-1: none) the share `left_frac` of circuits stays."""
    for m in range(len(net.branch_from)):
        low = 1.0 + net.tap_step[m] * tap[m]
        part = left_frac if m == outage else 1.0
        y[m, 0] = net.branch_y[m, 0] * part
        y[m, 1] = net.branch_y[m, 1] * (part / low)
        y[m, 2] = net.branch_y[m, 2] * (part / low)
        y[m, 3] = net.branch_y[m, 3] * (part / (low * low))


@compiled
def _fill(net: AreaArrays, y: Complex, volt: Complex, block: Array, power: Complex) -> None:
    """The Jacobian's blocks and the power that leaves each bus into the network."""
    n = len(net.shunt)
    block[:] = 0.0
    own = np.zeros(n, np.complex128)
    for i in range(n):
        own[i] = net.shunt[i]
        power[i] = 0.0
    for m in range(len(net.branch_from)):
        i, j = net.branch_from[m], net.branch_to[m]
        own[i] += y[m, 0]
        own[j] += y[m, 3]
        across = volt[i] * volt[j].conjugate()
        there = y[m, 1].conjugate() * across
        back = y[m, 2].conjugate() * across.conjugate()
        power[i] += there
        power[j] += back
        for side in range(2):
            k, a = net.branch_block[m, side], there if side == 0 else back
            block[k, 0] += a.imag
            block[k, 1] += a.real
            block[k, 2] -= a.real
            block[k, 3] += a.imag
    for i in range(n):
        square = volt[i].real * volt[i].real + volt[i].imag * volt[i].imag
        self_power = own[i].conjugate() * square
        others = power[i]
        power[i] = others + self_power
        block[i, 0] = -others.imag
        block[i, 1] = others.real + 2 * self_power.real
        block[i, 2] = others.real
        block[i, 3] = others.imag + 2 * self_power.imag


@compiled
def _constrain(net: AreaArrays, hold: Flags, reference: int, block: Array, first_row: Array) -> None:
    """Holding buses keep their voltage, the reference its angle; the reference's own row goes to `first_row`."""
    first_row[:] = 0.0
    for i in range(len(net.shunt)):
        if hold[i]:
            block[i, 2], block[i, 3] = 0.0, 1.0
            for p in range(net.row_start[i], net.row_start[i + 1]):
                block[net.row_block[p], 2] = 0.0
                block[net.row_block[p], 3] = 0.0
    first_row[reference, 0], first_row[reference, 1] = block[reference, 0], block[reference, 1]
    block[reference, 0], block[reference, 1] = 1.0, 0.0
    for p in range(net.row_start[reference], net.row_start[reference + 1]):
        k, j = net.row_block[p], net.row_bus[p]
        first_row[j, 0], first_row[j, 1] = block[k, 0], block[k, 1]
        block[k, 0] = 0.0
        block[k, 1] = 0.0


@compiled
def _factorise(net: AreaArrays, block: Array) -> None:
    """Block LU in place: inverted pivots, unit lower part."""
    n = len(net.order)
    product = 0
    for k in range(n):
        i = net.order[k]
        a, b, c, d = block[i, 0], block[i, 1], block[i, 2], block[i, 3]
        factor = 1.0 / (a * d - b * c)
        a, b, c, d = d * factor, -b * factor, -c * factor, a * factor
        block[i, 0], block[i, 1], block[i, 2], block[i, 3] = a, b, c, d
        first, last = net.later_start[k], net.later_start[k + 1]
        for p in range(first, last):
            low = n + 2 * p + 1
            e, f, g, h = block[low, 0], block[low, 1], block[low, 2], block[low, 3]
            e, f, g, h = e * a + f * c, e * b + f * d, g * a + h * c, g * b + h * d
            block[low, 0], block[low, 1], block[low, 2], block[low, 3] = e, f, g, h
            for s in range(first, last):
                up, into = n + 2 * s, net.target[product]
                product += 1
                block[into, 0] -= e * block[up, 0] + f * block[up, 2]
                block[into, 1] -= e * block[up, 1] + f * block[up, 3]
                block[into, 2] -= g * block[up, 0] + h * block[up, 2]
                block[into, 3] -= g * block[up, 1] + h * block[up, 3]


@compiled
def _substitute(net: AreaArrays, block: Array, x: Array) -> None:
    """Solves for two right-hand sides in place; x (n, 4) holds (angle, voltage) of each."""
    n = len(net.order)
    for k in range(n):
        i = net.order[k]
        for p in range(net.later_start[k], net.later_start[k + 1]):
            j, low = net.later_bus[p], n + 2 * p + 1
            for s in (0, 2):
                x[j, s] -= block[low, 0] * x[i, s] + block[low, 1] * x[i, s + 1]
                x[j, s + 1] -= block[low, 2] * x[i, s] + block[low, 3] * x[i, s + 1]
    for k in range(n - 1, -1, -1):
        i = net.order[k]
        for p in range(net.later_start[k], net.later_start[k + 1]):
            j, up = net.later_bus[p], n + 2 * p
            for s in (0, 2):
                x[i, s] -= block[up, 0] * x[j, s] + block[up, 1] * x[j, s + 1]
                x[i, s + 1] -= block[up, 2] * x[j, s] + block[up, 3] * x[j, s + 1]
        for s in (0, 2):
            one, two = x[i, s], x[i, s + 1]
            x[i, s] = block[i, 0] * one + block[i, 1] * two
            x[i, s + 1] = block[i, 2] * one + block[i, 3] * two


@compiled
def _mismatch(point: Point, room: Room, slack: float) -> float:
    """Right-hand sides of the step; returns the largest imbalance that is not some bus' to choose."""
    worst, x, power = 0.0, room.x, room.power
    for i in range(len(power)):
        x[i, 0] = point.active[i] + point.weight[i] * slack - power[i].real
        x[i, 1] = 0.0 if point.hold[i] else point.reactive[i] - power[i].imag
        x[i, 2], x[i, 3] = point.weight[i], 0.0
        worst = max(worst, abs(x[i, 0]), abs(x[i, 1]))
    return worst


@compiled
def _step(net: AreaArrays, point: Point, volt: Complex, room: Room) -> float:
    """One Newton step of the voltages, in place; returns the change of the slack."""
    x, row = room.x, room.first_row
    _constrain(net, point.hold, point.reference, room.block, row)
    above, below = x[point.reference, 0], -point.weight[point.reference]
    x[point.reference, 0], x[point.reference, 2] = 0.0, 0.0
    _factorise(net, room.block)
    _substitute(net, room.block, x)
    for i in range(len(volt)):
        above -= row[i, 0] * x[i, 0] + row[i, 1] * x[i, 1]
        below += row[i, 0] * x[i, 2] + row[i, 1] * x[i, 3]
    change = above / below
    for i in range(len(volt)):
        angle, growth = x[i, 0] + change * x[i, 2], 1.0 + x[i, 1] + change * x[i, 3]
        volt[i] *= complex(np.cos(angle) * growth, np.sin(angle) * growth)
    return float(change)


@compiled
def newton(net: AreaArrays, point: Point, volt: Complex, room: Room, tolerance_pu: float) -> tuple[int, float]:
    """Solves one case from `volt`, in place; returns the iterations (-1: no solution) and the slack.

    `room.y` holds the branches' admittances; `room.power` comes back as what leaves each bus into the network.
    """
    slack = 0.0
    for iteration in range(ITERATIONS_MAX + 1):
        _fill(net, room.y, volt, room.block, room.power)
        worst = _mismatch(point, room, slack)
        if worst < tolerance_pu:
            return iteration, slack
        if not worst < DIVERGED_PU:
            break
        slack += _step(net, point, volt, room)
    return -1, slack


@compiled
def make_room(net: AreaArrays) -> Room:
    """Arrays to work in, for one thread."""
    n, m = len(net.shunt), len(net.branch_from)
    return Room(
        np.empty((m, 4), np.complex128),
        np.empty((n + 2 * len(net.later_bus), 4)),
        np.empty(n, np.complex128),
        np.empty((n, 4)),
        np.empty((n, 2)),
        np.zeros(2, np.int64),
    )


@compiled
def solve_cases(net: AreaArrays, cases: Cases, rows: Whole) -> None:
    """Solves the cases `rows` in place; `iterations` is -1 where there is no solution."""
    room = make_room(net)
    for k in rows:
        branch_admittance(net, cases.tap[k], cases.outage[k], cases.left_frac[k], room.y)
        point = Point(cases.active[k], cases.reactive[k], cases.hold[k], cases.weight[k], cases.reference[k])
        cases.iterations[k], cases.slack[k] = newton(net, point, cases.volt[k], room, TOLERANCE_PU)
        cases.power[k, :] = room.power


@compiled
def _carry(net: AreaArrays, y: Complex, volt: Complex, m: int) -> tuple[float, float, float]:
    """(active power into a branch at its from end, at its to end, larger current over its limit)."""
    one, two = volt[net.branch_from[m]], volt[net.branch_to[m]]
    there = y[m, 0] * one + y[m, 1] * two
    back = y[m, 2] * one + y[m, 3] * two
    loading = max(abs(there) / net.current_from_max[m], abs(back) / net.current_to_max[m])
    return (one * there.conjugate()).real, (two * back.conjugate()).real, loading


@compiled
def branch_flows(net: AreaArrays, cases: Cases, rows: Whole, flows: Flows) -> None:
    """Fills the flows of solved cases; of a branch with circuits out the loading is that of what stays."""
    y = np.empty((len(net.branch_from), 4), np.complex128)
    for k in rows:
        branch_admittance(net, cases.tap[k], cases.outage[k], cases.left_frac[k], y)
        for m in range(len(y)):
            there, back, loading = _carry(net, y, cases.volt[k], m)
            flows.flow_from[k, m], flows.flow_to[k, m] = there, back
            if m == cases.outage[k]:
                loading = loading / cases.left_frac[k] if cases.left_frac[k] > 0 else 0.0
            flows.loading_frac[k, m] = loading


@compiled
def _keep_extremes(net: AreaArrays, volt: Complex, room: Room, gone: Gone, out: Outages) -> None:
    """Notes the highest loading and the extreme voltages of one solved outage."""
    k, c = room.place[0], room.place[1]
    worst, low, high = 0.0, 10.0, 0.0
    for m in range(len(net.branch_from)):
        loading = _carry(net, room.y, volt, m)[2]
        if m == gone.branch[c]:
            loading = loading / gone.left_frac[c] if gone.left_frac[c] > 0 else 0.0
        if loading > worst:
            worst, out.loaded[k, c] = loading, m
    for i in range(len(volt)):
        size = abs(volt[i])
        if size < low:
            low, out.lowest[k, c] = size, i
        if size > high:
            high, out.highest[k, c] = size, i
    out.loading_frac[k, c], out.voltage_min_pu[k, c], out.voltage_max_pu[k, c] = worst, low, high
    out.state[k, c] = 1 if low > COLLAPSED_PU else 0


@compiled
def solve_outages(net: AreaArrays, cases: Cases, rows: Whole, gone: Gone, out: Outages) -> None:
    """Takes circuits of each branch of `gone` out in each solved hour of `rows`, from the hour's own solution.

    Who holds voltage, taps and shares of the slack stay as in the hour.
    """
    room, volt = make_room(net), np.empty(len(net.shunt), np.complex128)
    for k in rows:
        point = Point(cases.active[k], cases.reactive[k], cases.hold[k], cases.weight[k], cases.reference[k])
        for c in range(len(gone.branch)):
            out.state[k, c] = -1
            if gone.left_frac[c] < 0:
                continue
            branch_admittance(net, cases.tap[k], gone.branch[c], gone.left_frac[c], room.y)
            volt[:] = cases.volt[k]
            out.state[k, c] = 0
            if newton(net, point, volt, room, OUTAGE_TOLERANCE_PU)[0] >= 0:
                room.place[0], room.place[1] = k, c
                _keep_extremes(net, volt, room, gone, out)
