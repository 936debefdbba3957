"""The normal equations of an interior step: put together, factorized and solved hour by hour.

N = A D A' + S: A are the rows in play over the columns, D is the inverse of the barrier's curvature of the columns,
S that of the slacks of the limits. A column touches rows of its hour, rows of the next hour that look back, and the
accounts of its day. So the elimination goes from hour to hour: each front eliminates its own rows and carries on those
of the next hour that look back, the day's accounts, and the rows that close the year, which are eliminated last
(multifrontal elimination of a chain: Duff and Reid 1983, ACM Transactions on Mathematical Software 9(3), 302-325). What
it takes grows with the hours and not with their square.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from greengrid.dispatch.interior.form import Structure
from greengrid.dispatch.interior.plan import Picked, Plan
from greengrid.dispatch.program import Ints
from greengrid.hourly import Array

PIVOT_MIN = 1e-13
"""A pivot that lost more than this of its size stands for a row that says nothing new: it is not moved."""
PIVOT_BIG = 1e40
FAST = {"reassoc", "contract", "nsz", "arcp"}
"""Sums in any order; infinities stay what they are."""


class Weights(NamedTuple):
    """D, shapes (hours, columns), (days, stores), (days, stores)."""

    hour: Array
    level: Array
    spill: Array


def factorize(structure: Structure, plan: Plan, picked: Picked, weights: Weights) -> Array:
    """The upper triangles of all fronts, one after the other."""
    upper = np.empty(int(plan.upper_at[-1]))
    _factorize(structure, plan, picked, weights, upper)
    return upper


@njit(cache=True, nogil=True, fastmath=FAST)
def _factorize(structure: Structure, plan: Plan, picked: Picked, weights: Weights, upper: Array) -> None:
    widest = plan.widest
    front, rest = np.zeros((widest, widest)), np.zeros((widest, widest))
    scaled, work = np.empty((widest, structure.dense.shape[1])), np.zeros(structure.columns)
    where = np.zeros(plan.first[-1], np.int64)
    for t in range(structure.hours + 1):
        first, last = plan.entry_at[t], plan.entry_at[t + 1]
        width, own = last - first, plan.first[t + 1] - plan.first[t]
        for i in range(width):
            where[plan.number[first + i]] = i
            front[i, i:width] = 0.0
        if t < structure.hours:
            _add_dense(structure, plan, t, weights.hour[t], scaled, front)
            _add_sparse(structure, plan, t, weights.hour[t], work, front)
            _add_accounts(structure, plan, t, weights, front)
        _add_slacks(structure, plan, picked, t, front)
        if t > 0:
            _carry(plan, t, where, rest, front)
        _eliminate(front, own, width)
        _keep(upper, plan.upper_at[t], front, own, width)
        for i in range(own, width):
            rest[i - own, i - own : width - own] = front[i, i:width]


@njit(cache=True, nogil=True)
def _keep(upper: Array, at: int, front: Array, own: int, width: int) -> None:
    for i in range(own):
        for j in range(i, width):
            upper[at + i * width + j] = front[i, j]


@njit(cache=True, nogil=True)
def _carry(plan: Plan, t: int, where: Array, rest: Array, front: Array) -> None:
    """Adds what the front before leaves."""
    before = plan.entry_at[t - 1] + plan.first[t] - plan.first[t - 1]
    count = plan.entry_at[t] - before
    for i in range(count):
        a = where[plan.number[before + i]]
        for j in range(i, count):
            b = where[plan.number[before + j]]
            front[min(a, b), max(a, b)] += rest[i, j]


@njit(cache=True, nogil=True, fastmath=FAST)
def _add_dense(structure: Structure, plan: Plan, t: int, weight: Array, scaled: Array, front: Array) -> None:
    """Dense rows with dense rows."""
    first, last = plan.entry_at[t], plan.entry_at[t + 1]
    rows, dense = plan.dense[first:last], structure.dense
    places = dense.shape[1]
    by_place = np.zeros(places)
    for k in range(structure.columns):
        if structure.place[k] >= 0:
            by_place[structure.place[k]] += weight[k]
    held = np.flatnonzero(rows >= 0)
    for i in held:
        source, target = dense[rows[i]], scaled[i]
        for k in range(places):
            target[k] = source[k] * by_place[k]
    for b in held:
        other = dense[rows[b]]
        for a in held:
            if a > b:
                break
            source = scaled[a]
            total = 0.0
            for k in range(places):
                total += source[k] * other[k]
            front[a, b] = total


@njit(cache=True, nogil=True, fastmath=FAST)
def _add_sparse(structure: Structure, plan: Plan, t: int, weight: Array, work: Array, front: Array) -> None:
    """Rows that are not dense, with all."""
    first, last = plan.entry_at[t], plan.entry_at[t + 1]
    lines, dense = plan.line[first:last], plan.dense[first:last]
    at, column, value = structure.lines.first, structure.lines.column, structure.lines.value
    filled = np.flatnonzero(at[lines] < at[lines + 1])
    thick = np.flatnonzero(dense >= 0)
    for i in filled:
        start, end = at[lines[i]], at[lines[i] + 1]
        for k in range(start, end):
            work[column[k]] = value[k] * weight[column[k]]
        for j in thick:
            other = structure.dense_wide[dense[j]]
            total = 0.0
            for k in range(start, end):
                total += work[column[k]] * other[column[k]]
            front[min(i, j), max(i, j)] += total
        for j in filled:
            if j >= i:
                total = 0.0
                for k in range(at[lines[j]], at[lines[j] + 1]):
                    total += value[k] * work[column[k]]
                front[i, j] += total
        for k in range(start, end):
            work[column[k]] = 0.0


@njit(cache=True, nogil=True)
def _add_slacks(structure: Structure, plan: Plan, picked: Picked, t: int, front: Array) -> None:
    if t == structure.hours:
        return
    for k in range(picked.at[t], picked.at[t + 1]):
        i = plan.limits_at[t] + k - picked.at[t]
        front[i, i] += picked.slack[k]
    if t == 0:
        for k in range(len(picked.closing)):
            i = plan.closing_at[0] + k
            front[i, i] += picked.closing_slack[k]


@njit(cache=True, nogil=True)
def _add_accounts(structure: Structure, plan: Plan, t: int, weights: Weights, front: Array) -> None:
    """Levels and spills, at the end of their day: a level stands in its account and in that of the next day."""
    if not plan.ends_day[t]:
        return
    day = t // structure.hours_per_day
    for s in range(structure.stores):
        i, level = plan.accounts_at[t] + s, weights.level[day, s]
        front[i, i] += weights.spill[day, s] + level
        j = plan.next_accounts_at[t] + s
        if plan.next_accounts_at[t] < 0 or (day == structure.days - 1 and not structure.turning[s]):
            continue
        if j == i:
            front[i, i] -= level
        else:
            front[j, j] += level
            front[min(i, j), max(i, j)] -= level


@njit(cache=True, nogil=True, fastmath=FAST)
def _eliminate(front: Array, own: int, width: int) -> None:
    """Eliminates the first `own` of `width` rows of an upper triangle in place, four at a time."""
    for start in range(0, own, 4):
        end = min(start + 4, own)
        for k in range(start, end):
            row = front[k]
            before = row[k]
            for q in range(start, k):
                upper = front[q]
                share = upper[k]
                for j in range(k, width):
                    row[j] -= share * upper[j]
            pivot = row[k] if row[k] > PIVOT_MIN * before else PIVOT_BIG
            row[k] = pivot
            root = 1.0 / np.sqrt(pivot)
            for j in range(k, width):
                row[j] *= root
        if end - start == 4:
            _update_four(front, start, width)
        else:
            _update(front, start, end, width)


@njit(cache=True, nogil=True, fastmath=FAST)
def _update_four(front: Array, start: int, width: int) -> None:
    r0, r1, r2, r3 = front[start], front[start + 1], front[start + 2], front[start + 3]
    for i in range(start + 4, width):
        a0, a1, a2, a3 = r0[i], r1[i], r2[i], r3[i]
        if a0 == 0.0 and a1 == 0.0 and a2 == 0.0 and a3 == 0.0:
            continue
        target = front[i]
        for j in range(i, width):
            target[j] -= a0 * r0[j] + a1 * r1[j] + a2 * r2[j] + a3 * r3[j]


@njit(cache=True, nogil=True, fastmath=FAST)
def _update(front: Array, start: int, end: int, width: int) -> None:
    for k in range(start, end):
        row = front[k]
        for i in range(end, width):
            share, target = row[i], front[i]
            for j in range(i, width):
                target[j] -= share * row[j]


@njit(cache=True, nogil=True, fastmath=FAST)
def solve(plan: Plan, upper: Array, side: Array) -> Array:
    """N^-1 times a side, both in the order of elimination."""
    x, local = side.copy(), np.empty(plan.widest)
    fronts = len(plan.first) - 1
    for t in range(fronts):
        numbers, own = _entries(plan, t)
        for i in range(len(numbers)):
            local[i] = x[numbers[i]]
        _forward(upper, plan.upper_at[t], local, own, len(numbers))
        for i in range(len(numbers)):
            x[numbers[i]] = local[i]
    for t in range(fronts - 1, -1, -1):
        numbers, own = _entries(plan, t)
        for i in range(len(numbers)):
            local[i] = x[numbers[i]]
        _backward(upper, plan.upper_at[t], local, own, len(numbers))
        for i in range(own):
            x[numbers[i]] = local[i]
    return x


@njit(cache=True, nogil=True)
def _entries(plan: Plan, t: int) -> tuple[Ints, int]:
    """(numbers of a front's rows in the order of elimination, how many it eliminates)."""
    return plan.number[plan.entry_at[t] : plan.entry_at[t + 1]], plan.first[t + 1] - plan.first[t]


@njit(cache=True, nogil=True, fastmath=FAST)
def _forward(upper: Array, at: int, local: Array, own: int, width: int) -> None:
    """U' y = b for the own rows, and what they take from those carried on; four rows at a time."""
    whole = own - own % 4
    for i in range(0, whole, 4):
        q0 = at + i * width
        q1, q2, q3 = q0 + width, q0 + 2 * width, q0 + 3 * width
        v0 = local[i] / upper[q0 + i]
        v1 = (local[i + 1] - upper[q0 + i + 1] * v0) / upper[q1 + i + 1]
        v2 = (local[i + 2] - upper[q0 + i + 2] * v0 - upper[q1 + i + 2] * v1) / upper[q2 + i + 2]
        v3 = local[i + 3] - upper[q0 + i + 3] * v0 - upper[q1 + i + 3] * v1 - upper[q2 + i + 3] * v2
        v3 /= upper[q3 + i + 3]
        local[i], local[i + 1], local[i + 2], local[i + 3] = v0, v1, v2, v3
        for j in range(i + 4, width):
            local[j] -= upper[q0 + j] * v0 + upper[q1 + j] * v1 + upper[q2 + j] * v2 + upper[q3 + j] * v3
    for i in range(whole, own):
        q0 = at + i * width
        v0 = local[i] / upper[q0 + i]
        local[i] = v0
        for j in range(i + 1, width):
            local[j] -= upper[q0 + j] * v0


@njit(cache=True, nogil=True, fastmath=FAST)
def _backward(upper: Array, at: int, local: Array, own: int, width: int) -> None:
    """U x = y for the own rows, those carried on being known."""
    whole = own - own % 4
    for i in range(own - 1, whole - 1, -1):
        q0 = at + i * width
        v0 = local[i]
        for j in range(i + 1, width):
            v0 -= upper[q0 + j] * local[j]
        local[i] = v0 / upper[q0 + i]
    for i in range(whole - 4, -1, -4):
        q0 = at + i * width
        q1, q2, q3 = q0 + width, q0 + 2 * width, q0 + 3 * width
        v0 = v1 = v2 = v3 = 0.0
        for j in range(i + 4, width):
            known = local[j]
            v0 += upper[q0 + j] * known
            v1 += upper[q1 + j] * known
            v2 += upper[q2 + j] * known
            v3 += upper[q3 + j] * known
        v3 = (local[i + 3] - v3) / upper[q3 + i + 3]
        v2 = (local[i + 2] - v2 - upper[q2 + i + 3] * v3) / upper[q2 + i + 2]
        v1 = local[i + 1] - v1 - upper[q1 + i + 2] * v2 - upper[q1 + i + 3] * v3
        v1 /= upper[q1 + i + 1]
        v0 = local[i] - v0 - upper[q0 + i + 1] * v1 - upper[q0 + i + 2] * v2 - upper[q0 + i + 3] * v3
        local[i], local[i + 1], local[i + 2], local[i + 3] = v0 / upper[q0 + i], v1, v2, v3
