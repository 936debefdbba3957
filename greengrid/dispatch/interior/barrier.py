"""What each step of the path does to columns and limits between their bounds, compiled.

Columns are vectors; limits are rows (hours, rows) of which the first `laws` are laws and have no slack.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from greengrid.dispatch.interior.form import Box, Flags, Sides
from greengrid.dispatch.interior.fronts import FAST
from greengrid.dispatch.interior.plan import Picked
from greengrid.dispatch.program import Ints
from greengrid.hourly import Array

NEAR, FAR = 0.1, 10.0
"""Products between these shares of the aim are left alone (Gondzio 1996, section 3)."""


class Columns(NamedTuple):
    """Values of the columns and duals of their bounds; or a direction of these."""

    x: Array
    lower: Array
    upper: Array


class Limits(NamedTuple):
    """Left sides of the limits as they are held, duals of the rows, duals of the two sides; or a direction of these."""

    r: Array
    y: Array
    lower: Array
    upper: Array


class Aims(NamedTuple):
    """What the products of distance and dual are to change by, at both bounds."""

    lower: Array
    upper: Array


@njit(cache=True, nogil=True, fastmath=FAST)
def column_state(box: Box, at: Columns, pulled: Array, residual: Array, inverse: Array) -> tuple[float, float, float]:
    """Residual of the dual equations and inverse curvature; (sum of products, cost, worth of the bounds).

    `pulled` is A'y; the worth is the columns' part of the lower bound that y gives.
    """
    products = cost = worth = 0.0
    for k in range(len(at.x)):
        reduced = box.cost[k] - pulled[k]
        cost += box.cost[k] * at.x[k]
        worth += min(reduced * box.lower[k], reduced * box.upper[k])
        residual[k] = inverse[k] = 0.0
        if box.free[k]:
            below, above = at.x[k] - box.lower[k], box.upper[k] - at.x[k]
            residual[k] = reduced - at.lower[k] + at.upper[k]
            inverse[k] = 1.0 / (at.lower[k] / below + at.upper[k] / above)
            products += below * at.lower[k] + above * at.upper[k]
    return products, cost, worth


@njit(cache=True, nogil=True, fastmath=FAST)
def row_state(
    laws: int, sides: Sides, at: Limits, left: Array, residual: Array, curvature: Array
) -> tuple[float, float, float]:
    """Residual of laws and limits, curvature of the limits; (sum of products, worth of sides, worst residual)."""
    products = worth = worst = 0.0
    for t in range(left.shape[0]):
        for k in range(left.shape[1]):
            low, high, dual = sides.lower[t, k], sides.upper[t, k], at.y[t, k]
            curvature[t, k] = 0.0
            if k < laws:
                residual[t, k] = low - left[t, k]
                worth += low * dual
            else:
                residual[t, k] = at.r[t, k] - left[t, k] if low > -np.inf or high < np.inf else 0.0
                if low > -np.inf:
                    products += (at.r[t, k] - low) * at.lower[t, k]
                    curvature[t, k] += at.lower[t, k] / (at.r[t, k] - low)
                    worth += max(dual, 0.0) * low
                if high < np.inf:
                    products += (high - at.r[t, k]) * at.upper[t, k]
                    curvature[t, k] += at.upper[t, k] / (high - at.r[t, k])
                    worth += min(dual, 0.0) * high
            worst = max(worst, abs(residual[t, k]))
    return products, worth, worst


@njit(cache=True, nogil=True)
def pick(laws: int, looks_back: Flags, curvature: Array, size: Array, bar: float) -> tuple[Picked, Array]:
    """Limits whose curvature counts beside that of the columns along them; curvatures of the others (0: in play)."""
    hours, count = curvature.shape
    in_play = curvature * size > bar
    at = np.zeros(hours + 1, np.int64)
    closing = [k for k in range(laws) if looks_back[k]]
    closing_slack = [0.0 for _ in closing]
    row, slack = np.empty(in_play.sum(), np.int64), np.empty(in_play.sum())
    others, n = curvature.copy(), 0
    for t in range(hours):
        for k in range(laws, count):
            if in_play[t, k]:
                others[t, k] = 0.0
                if t == 0 and looks_back[k]:
                    closing.append(k)
                    closing_slack.append(1.0 / curvature[t, k])
                else:
                    row[n], slack[n] = k, 1.0 / curvature[t, k]
                    n += 1
        at[t + 1] = n
    return Picked(at, row[:n], slack[:n], _ints(closing), np.array(closing_slack)), others


@njit(cache=True, nogil=True)
def _ints(values: list[int]) -> Ints:
    found = np.empty(len(values), np.int64)
    for k in range(len(values)):
        found[k] = values[k]
    return found


@njit(cache=True, nogil=True, fastmath=FAST)
def aim_columns(box: Box, at: Columns, last: Columns, second: float, aim: float, aims: Aims) -> None:
    """Products to the aim, less (second = 1) what they change beyond the first order in the last direction."""
    for k in range(len(at.x)):
        aims.lower[k] = aims.upper[k] = 0.0
        if box.free[k]:
            step = second * last.x[k]
            aims.lower[k] = aim - (at.x[k] - box.lower[k]) * at.lower[k] - step * last.lower[k]
            aims.upper[k] = aim - (box.upper[k] - at.x[k]) * at.upper[k] + step * last.upper[k]


@njit(cache=True, nogil=True, fastmath=FAST)
def aim_limits(laws: int, sides: Sides, at: Limits, last: Limits, second: float, aim: float, aims: Aims) -> None:
    """The same of the limits."""
    for t in range(at.r.shape[0]):
        for k in range(laws, at.r.shape[1]):
            step = second * last.r[t, k]
            if sides.lower[t, k] > -np.inf:
                product = (at.r[t, k] - sides.lower[t, k]) * at.lower[t, k]
                aims.lower[t, k] = aim - product - step * last.lower[t, k]
            if sides.upper[t, k] < np.inf:
                product = (sides.upper[t, k] - at.r[t, k]) * at.upper[t, k]
                aims.upper[t, k] = aim - product + step * last.upper[t, k]


@njit(cache=True, nogil=True, fastmath=FAST)
def _nearer(product: float, aim: float) -> float:
    if product < NEAR * aim:
        return NEAR * aim - product
    if product > FAR * aim:
        return max(FAR * aim - product, -FAR * aim)
    return 0.0


@njit(cache=True, nogil=True, fastmath=FAST)
def centre_columns(box: Box, at: Columns, last: Columns, steps: tuple[float, float], aim: float, aims: Aims) -> None:
    """Adds what brings products near the aim after (primal, dual) steps in the last direction."""
    primal, dual = steps
    for k in range(len(at.x)):
        if box.free[k]:
            x = at.x[k] + primal * last.x[k]
            aims.lower[k] += _nearer((x - box.lower[k]) * (at.lower[k] + dual * last.lower[k]), aim)
            aims.upper[k] += _nearer((box.upper[k] - x) * (at.upper[k] + dual * last.upper[k]), aim)


@njit(cache=True, nogil=True, fastmath=FAST)
def centre_limits(
    laws: int, sides: Sides, at: Limits, last: Limits, steps: tuple[float, float], aim: float, aims: Aims
) -> None:
    """The same of the limits."""
    primal, dual = steps
    for t in range(at.r.shape[0]):
        for k in range(laws, at.r.shape[1]):
            r = at.r[t, k] + primal * last.r[t, k]
            if sides.lower[t, k] > -np.inf:
                product = (r - sides.lower[t, k]) * (at.lower[t, k] + dual * last.lower[t, k])
                aims.lower[t, k] += _nearer(product, aim)
            if sides.upper[t, k] < np.inf:
                product = (sides.upper[t, k] - r) * (at.upper[t, k] + dual * last.upper[t, k])
                aims.upper[t, k] += _nearer(product, aim)


@njit(cache=True, nogil=True, fastmath=FAST)
def push_columns(box: Box, at: Columns, aims: Aims, residual: Array, push: Array) -> None:
    """Adds the columns' own part to what pushes them."""
    for k in range(len(at.x)):
        if box.free[k]:
            push[k] += aims.lower[k] / (at.x[k] - box.lower[k]) - aims.upper[k] / (box.upper[k] - at.x[k]) - residual[k]


@njit(cache=True, nogil=True, fastmath=FAST)
def push_limits(
    laws: int, sides: Sides, at: Limits, aims: Aims, others: Array, last: Array, duals: Array, pushed: Array
) -> None:
    """Duals that the limits would move by with their slacks at rest; those not in play, with the last direction's."""
    for t in range(at.r.shape[0]):
        for k in range(laws, at.r.shape[1]):
            dual = at.lower[t, k] - at.upper[t, k] - at.y[t, k]
            if sides.lower[t, k] > -np.inf:
                dual += aims.lower[t, k] / (at.r[t, k] - sides.lower[t, k])
            if sides.upper[t, k] < np.inf:
                dual -= aims.upper[t, k] / (sides.upper[t, k] - at.r[t, k])
            duals[t, k] = dual
            pushed[t, k] = dual - others[t, k] * last[t, k] if others[t, k] > 0.0 else 0.0


@njit(cache=True, nogil=True, fastmath=FAST)
def limit_sides(
    laws: int, duals: Array, curvature: Array, residual: Array, left: Array, others: Array, side: Array
) -> None:
    """Sides of the normal equations of laws and of limits in play, over what the push alone moves."""
    for t in range(left.shape[0]):
        for k in range(left.shape[1]):
            if k < laws:
                side[t, k] = residual[t, k] - left[t, k]
            elif others[t, k] == 0.0 and curvature[t, k] > 0.0:
                side[t, k] = duals[t, k] / curvature[t, k] + residual[t, k] - left[t, k]


@njit(cache=True, nogil=True)
def _longest(distance: float, step: float, so_far: float) -> float:
    return -distance / step if distance + so_far * step < 0.0 else so_far


@njit(cache=True, nogil=True, fastmath=FAST)
def step_columns(box: Box, at: Columns, aims: Aims, step: Columns) -> tuple[float, float]:
    """Steps of the bounds' duals from that of the columns; longest (primal, dual) step."""
    primal = dual = 1.0
    for k in range(len(at.x)):
        if not box.free[k]:
            step.x[k] = step.lower[k] = step.upper[k] = 0.0
            continue
        below, above, dx = at.x[k] - box.lower[k], box.upper[k] - at.x[k], step.x[k]
        step.lower[k] = (aims.lower[k] - at.lower[k] * dx) / below
        step.upper[k] = (aims.upper[k] + at.upper[k] * dx) / above
        primal = _longest(above, -dx, _longest(below, dx, primal))
        dual = _longest(at.upper[k], step.upper[k], _longest(at.lower[k], step.lower[k], dual))
    return primal, dual


@njit(cache=True, nogil=True, fastmath=FAST)
def step_limits(
    laws: int, sides: Sides, at: Limits, aims: Aims, duals: Array, curvature: Array, others: Array, residual: Array,
    step: Limits,
) -> tuple[float, float]:  # fmt: skip
    """Steps of slacks and duals; `step` comes with the change of left sides and, in play, of the rows' duals.

    Of a limit in play its dual is what is known well: from the left side it would be a curvature times rounding.
    """
    primal = dual = 1.0
    for t in range(at.r.shape[0]):
        for k in range(laws, at.r.shape[1]):
            if others[t, k] > 0.0:
                step.r[t, k] -= residual[t, k]
                step.y[t, k] = duals[t, k] - curvature[t, k] * step.r[t, k]
            elif curvature[t, k] > 0.0:
                step.r[t, k] = (duals[t, k] - step.y[t, k]) / curvature[t, k]
            else:
                step.r[t, k] = step.y[t, k] = 0.0
            dr = step.r[t, k]
            if sides.lower[t, k] > -np.inf:
                below = at.r[t, k] - sides.lower[t, k]
                step.lower[t, k] = (aims.lower[t, k] - at.lower[t, k] * dr) / below
                primal = _longest(below, dr, primal)
                dual = _longest(at.lower[t, k], step.lower[t, k], dual)
            if sides.upper[t, k] < np.inf:
                above = sides.upper[t, k] - at.r[t, k]
                step.upper[t, k] = (aims.upper[t, k] + at.upper[t, k] * dr) / above
                primal = _longest(above, -dr, primal)
                dual = _longest(at.upper[t, k], step.upper[t, k], dual)
    return primal, dual


@njit(cache=True, nogil=True, fastmath=FAST)
def column_products(box: Box, at: Columns, step: Columns, steps: tuple[float, float]) -> float:
    """Sum of products after (primal, dual) steps."""
    primal, dual = steps
    total = 0.0
    for k in range(len(at.x)):
        if box.free[k]:
            x = at.x[k] + primal * step.x[k]
            total += (x - box.lower[k]) * (at.lower[k] + dual * step.lower[k])
            total += (box.upper[k] - x) * (at.upper[k] + dual * step.upper[k])
    return total


@njit(cache=True, nogil=True, fastmath=FAST)
def limit_products(laws: int, sides: Sides, at: Limits, step: Limits, steps: tuple[float, float]) -> float:
    """The same of the limits."""
    primal, dual = steps
    total = 0.0
    for t in range(at.r.shape[0]):
        for k in range(laws, at.r.shape[1]):
            r = at.r[t, k] + primal * step.r[t, k]
            if sides.lower[t, k] > -np.inf:
                total += (r - sides.lower[t, k]) * (at.lower[t, k] + dual * step.lower[t, k])
            if sides.upper[t, k] < np.inf:
                total += (sides.upper[t, k] - r) * (at.upper[t, k] + dual * step.upper[t, k])
    return total
