"""Rows times columns and back, over all hours: dense rows by one product, the others by compiled loops."""

from __future__ import annotations

import numpy as np
from numba import njit

from greengrid.dispatch.interior.form import Pattern, Structure
from greengrid.dispatch.interior.fronts import FAST
from greengrid.dispatch.interior.plan import OWN, Plan
from greengrid.hourly import Array


def rows_of(structure: Structure, x: Array) -> tuple[Array, Array]:
    """(rows (hours, rows), accounts (days, stores)) of a vector of columns."""
    rows = np.zeros((structure.hours, len(structure.looks_back)))
    accounts = np.zeros((structure.days, structure.stores))
    rows[:, structure.dense_rows] = _by_place(structure, x, structure.sign) @ structure.dense.T
    _add_rows(structure, x, structure.now.value, structure.before.value, rows)
    _add_accounts(structure, x, accounts)
    return rows, accounts


def columns_of(structure: Structure, duals: Array, account_duals: Array) -> Array:
    """Transposed rows and accounts times their duals, as a vector of columns."""
    days, stores = account_duals.shape
    found = np.empty(structure.levels_at + 2 * days * stores)
    dense = duals[:, structure.dense_rows] @ structure.dense
    _spread(structure, dense, structure.sign, found)
    _add_columns(structure, duals, structure.now.value, structure.before.value, found)
    _spread_accounts(structure, account_duals, found)
    return found


def squares_of_rows(structure: Structure, weight: Array) -> Array:
    """Sum of coefficient squared times the columns' weights, shape (hours, rows)."""
    rows = np.zeros((structure.hours, len(structure.looks_back)))
    rows[:, structure.dense_rows] = _by_place(structure, weight, np.ones(structure.columns)) @ structure.dense.T**2
    _add_rows(structure, weight, structure.now.value**2, structure.before.value**2, rows)
    return rows


def squares_of_columns(structure: Structure, weight: Array) -> Array:
    """Sum of coefficient squared times the rows' weights (hours, rows), over the columns of all hours."""
    found = np.zeros(structure.levels_at + 2 * structure.days * structure.stores)
    dense = weight[:, structure.dense_rows] @ structure.dense**2
    _spread(structure, dense, np.ones(structure.columns), found)
    _add_columns(structure, weight, structure.now.value**2, structure.before.value**2, found)
    return found


@njit(cache=True, nogil=True, fastmath=FAST)
def _by_place(structure: Structure, x: Array, sign: Array) -> Array:
    found = np.zeros((structure.hours, structure.dense.shape[1]))
    for t in range(structure.hours):
        line, first = found[t], t * structure.columns
        for k in range(structure.columns):
            if structure.place[k] >= 0:
                line[structure.place[k]] += sign[k] * x[first + k]
    return found


@njit(cache=True, nogil=True, fastmath=FAST)
def _spread(structure: Structure, dense: Array, sign: Array, found: Array) -> None:
    for t in range(structure.hours):
        line, first = dense[t], t * structure.columns
        for k in range(structure.columns):
            found[first + k] = sign[k] * line[structure.place[k]] if structure.place[k] >= 0 else 0.0


@njit(cache=True, nogil=True, fastmath=FAST)
def _hour_before(structure: Structure, t: int) -> int:
    return (t - 1 if t > 0 else structure.hours - 1) * structure.columns


@njit(cache=True, nogil=True, fastmath=FAST)
def _dot(pattern: Pattern, value: Array, row: int, x: Array, first: int) -> float:
    total = 0.0
    for k in range(pattern.first[row], pattern.first[row + 1]):
        total += value[k] * x[first + pattern.column[k]]
    return total


@njit(cache=True, nogil=True, fastmath=FAST)
def _scatter(pattern: Pattern, value: Array, row: int, dual: float, found: Array, first: int) -> None:
    for k in range(pattern.first[row], pattern.first[row + 1]):
        found[first + pattern.column[k]] += value[k] * dual


@njit(cache=True, nogil=True, fastmath=FAST)
def _add_rows(structure: Structure, x: Array, now: Array, before: Array, rows: Array) -> None:
    """Adds the rows that are not dense, with these coefficients."""
    for t in range(structure.hours):
        here, back, line = t * structure.columns, _hour_before(structure, t), rows[t]
        for row in range(len(line)):
            line[row] += _dot(structure.now, now, row, x, here) + _dot(structure.before, before, row, x, back)


@njit(cache=True, nogil=True, fastmath=FAST)
def _add_columns(structure: Structure, duals: Array, now: Array, before: Array, found: Array) -> None:
    for t in range(structure.hours):
        here, back, line = t * structure.columns, _hour_before(structure, t), duals[t]
        for row in range(len(line)):
            if line[row] != 0.0:
                _scatter(structure.now, now, row, line[row], found, here)
                _scatter(structure.before, before, row, line[row], found, back)


@njit(cache=True, nogil=True, fastmath=FAST)
def _add_accounts(structure: Structure, x: Array, accounts: Array) -> None:
    pattern, stores = structure.account, structure.stores
    for t in range(structure.hours):
        for s in range(stores):
            day = t // structure.hours_per_day
            accounts[day, s] += _dot(pattern, pattern.value, s, x, t * structure.columns)
    levels = structure.hours * structure.columns
    spills = levels + structure.days * stores
    for day in range(structure.days):
        for s in range(stores):
            accounts[day, s] += x[levels + day * stores + s] + x[spills + day * stores + s]
            if day > 0:
                accounts[day, s] -= x[levels + (day - 1) * stores + s]
            elif structure.turning[s]:
                accounts[day, s] -= x[levels + (structure.days - 1) * stores + s]


@njit(cache=True, nogil=True, fastmath=FAST)
def _spread_accounts(structure: Structure, duals: Array, found: Array) -> None:
    pattern, stores = structure.account, structure.stores
    for t in range(structure.hours):
        for s in range(stores):
            dual = duals[t // structure.hours_per_day, s]
            _scatter(pattern, pattern.value, s, dual, found, t * structure.columns)
    levels = structure.hours * structure.columns
    spills = levels + structure.days * stores
    for day in range(structure.days):
        for s in range(stores):
            onward = 0.0
            if day < structure.days - 1:
                onward = duals[day + 1, s]
            elif structure.turning[s]:
                onward = duals[0, s]
            found[levels + day * stores + s] = duals[day, s] - onward
            found[spills + day * stores + s] = duals[day, s]


@njit(cache=True, nogil=True)
def in_order(structure: Structure, plan: Plan, rows: Array, account: Array) -> Array:
    """Sides of rows (hours, rows) and accounts (days, stores), in the order of elimination."""
    side = np.empty(plan.first[-1])
    for t in range(structure.hours + 1):
        hour = t if t < structure.hours else 0
        for entry in range(plan.entry_at[t], plan.entry_at[t] + plan.first[t + 1] - plan.first[t]):
            row, number = plan.row[entry], plan.number[entry]
            if plan.kind[entry] != OWN:
                side[number] = account[hour // structure.hours_per_day, row]
            else:
                side[number] = rows[hour, row]
    return side


@njit(cache=True, nogil=True)
def from_order(structure: Structure, plan: Plan, found: Array, rows: Array, account: Array) -> None:
    """The solution put back into rows (hours, rows) and accounts; rows that are not in play are 0."""
    rows[:, :] = 0.0
    for t in range(structure.hours + 1):
        hour = t if t < structure.hours else 0
        for entry in range(plan.entry_at[t], plan.entry_at[t] + plan.first[t + 1] - plan.first[t]):
            if plan.kind[entry] == OWN:
                rows[hour, plan.row[entry]] = found[plan.number[entry]]
            else:
                account[hour // structure.hours_per_day, plan.row[entry]] = found[plan.number[entry]]
