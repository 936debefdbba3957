"""Rows times columns and back, over all hours: dense rows by one product, the others by compiled loops."""

from __future__ import annotations

import numpy as np
from numba import njit

from greengrid.dispatch.interior.form import Structure
from greengrid.dispatch.interior.fronts import FAST
from greengrid.dispatch.interior.plan import OWN, Plan
from greengrid.hourly import Array


def rows_of(structure: Structure, x: Array) -> tuple[Array, Array]:
    """(rows (hours, rows), accounts (days, stores)) of a vector of columns."""
    accounts = np.zeros((structure.days, structure.stores))
    _add_accounts(structure, x, accounts)
    return _rows(structure, x, structure.dense, structure.sign, structure.lines.value), accounts


def columns_of(structure: Structure, duals: Array, account_duals: Array) -> Array:
    """Transposed rows and accounts times their duals, as a vector of columns."""
    found = _columns(structure, duals, structure.dense, structure.sign, structure.lines.value)
    _spread_accounts(structure, account_duals, found)
    return found


def squares_of_rows(structure: Structure, weight: Array) -> Array:
    """Sum of coefficient squared times the columns' weights, shape (hours, rows)."""
    return _rows(structure, weight, structure.dense**2, structure.sign**2, structure.lines.value**2)


def squares_of_columns(structure: Structure, weight: Array) -> Array:
    """Sum of coefficient squared times the rows' weights (hours, rows), over the columns of all hours."""
    return _columns(structure, weight, structure.dense**2, structure.sign**2, structure.lines.value**2)


def _rows(structure: Structure, x: Array, dense: Array, sign: Array, value: Array) -> Array:
    """Rows with these coefficients in place of the structure's."""
    rows = np.zeros((structure.hours, structure.rows))
    rows[:, structure.dense_rows] = _by_place(structure, x, sign) @ dense.T
    _add_rows(structure, x, value, rows)
    return rows


def _columns(structure: Structure, duals: Array, dense: Array, sign: Array, value: Array) -> Array:
    found = np.zeros(structure.levels_at + 2 * structure.days * structure.stores)
    _spread(structure, duals[:, structure.dense_rows] @ dense, sign, found)
    _add_columns(structure, duals, value, found)
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
            if structure.place[k] >= 0:
                found[first + k] = sign[k] * line[structure.place[k]]


@njit(cache=True, nogil=True)
def _hour_before(structure: Structure, t: int) -> int:
    return (t - 1 if t > 0 else structure.hours - 1) * structure.columns


@njit(cache=True, nogil=True, fastmath=FAST)
def _dot(structure: Structure, value: Array, line: int, x: Array, first: int) -> float:
    total = 0.0
    for k in range(structure.lines.first[line], structure.lines.first[line + 1]):
        total += value[k] * x[first + structure.lines.column[k]]
    return total


@njit(cache=True, nogil=True, fastmath=FAST)
def _scatter(structure: Structure, value: Array, line: int, dual: float, found: Array, first: int) -> None:
    for k in range(structure.lines.first[line], structure.lines.first[line + 1]):
        found[first + structure.lines.column[k]] += value[k] * dual


@njit(cache=True, nogil=True, fastmath=FAST)
def _add_rows(structure: Structure, x: Array, value: Array, rows: Array) -> None:
    """Adds the rows that are not dense."""
    count = rows.shape[1]
    for t in range(structure.hours):
        here, back, line = t * structure.columns, _hour_before(structure, t), rows[t]
        for row in range(count):
            line[row] += _dot(structure, value, row, x, here) + _dot(structure, value, count + row, x, back)


@njit(cache=True, nogil=True, fastmath=FAST)
def _add_columns(structure: Structure, duals: Array, value: Array, found: Array) -> None:
    count = duals.shape[1]
    for t in range(structure.hours):
        here, back, line = t * structure.columns, _hour_before(structure, t), duals[t]
        for row in range(count):
            if line[row] != 0.0:
                _scatter(structure, value, row, line[row], found, here)
                _scatter(structure, value, count + row, line[row], found, back)


@njit(cache=True, nogil=True, fastmath=FAST)
def _add_accounts(structure: Structure, x: Array, accounts: Array) -> None:
    stores, line = structure.stores, 2 * len(structure.looks_back)
    for t in range(structure.hours):
        day = t // structure.hours_per_day
        for s in range(stores):
            accounts[day, s] += _dot(structure, structure.lines.value, line + s, x, t * structure.columns)
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
    stores, line = structure.stores, 2 * len(structure.looks_back)
    for t in range(structure.hours):
        for s in range(stores):
            dual = duals[t // structure.hours_per_day, s]
            _scatter(structure, structure.lines.value, line + s, dual, found, t * structure.columns)
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
        # The last front holds rows of the first hour.
        hour = t if t < structure.hours else 0
        for entry in range(plan.entry_at[t], plan.entry_at[t] + plan.first[t + 1] - plan.first[t]):
            if plan.kind[entry] == OWN:
                side[plan.number[entry]] = rows[hour, plan.row[entry]]
            else:
                side[plan.number[entry]] = account[hour // structure.hours_per_day, plan.row[entry]]
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
