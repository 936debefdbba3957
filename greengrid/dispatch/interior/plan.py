"""Which rows each front of the elimination eliminates and which it carries on.

There is a front for every hour and one more for the rows that close the span: those of the first hour that look back on
the last, and the accounts of the first day where a store's last level is its first.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from greengrid.dispatch.interior.form import Flags, Structure
from greengrid.dispatch.program import Ints
from greengrid.hourly import Array

OWN, NEXT, ACCOUNT, SILENT = 0, 1, 2, 3
"""What an entry is to the columns of a front's hour: a row of it, one of the next hour, an account, or untouched."""


class Picked(NamedTuple):
    """Limits in play, hour by hour, and the inverse curvature of their slacks."""

    at: Ints
    """(hours + 1)."""
    row: Ints
    slack: Array
    closing: Ints
    """Rows of the first hour that look back on the last, laws first."""
    closing_slack: Array
    """0 for laws."""


class Plan(NamedTuple):
    """Entries of every front, its own rows before those it carries on, and where everything stands."""

    first: Ints
    """(fronts + 1): number of each front's first own row in the order of elimination."""
    entry_at: Ints
    upper_at: Ints
    kind: Ints
    row: Ints
    number: Ints
    """In the order of elimination."""
    line: Ints
    """Among `Structure.lines`."""
    dense: Ints
    """Number among the dense rows, -1: not one of them."""
    limits_at: Ints
    """(hours): entry of the first limit in play, counted within the front; likewise the others."""
    accounts_at: Ints
    next_accounts_at: Ints
    """Accounts that the day's levels go on to; -1: none."""
    closing_at: Ints
    ends_day: Flags
    widest: int


def make_plan(structure: Structure, picked: Picked) -> Plan:
    """The fronts for these limits in play."""
    hours, per_day, stores = structure.hours, structure.hours_per_day, structure.stores
    back = np.flatnonzero(structure.looks_back[: structure.laws])
    hour = np.arange(hours)
    day = hour // per_day
    ends_day = (hour == hours - 1) | ((hour + 1) // per_day != day)
    closes = bool(structure.turning.any())
    # The first day's accounts stand in the last front where they close the span.
    apart = (day > 0) | (not closes)
    ends = len(picked.closing) + (stores if closes else 0)
    limits = np.diff(picked.at)
    looking = np.bincount(np.repeat(hour, limits), structure.looks_back[picked.row], minlength=hours).astype(np.int64)
    own = structure.laws + limits + np.where(ends_day & apart, stores, 0)
    own[0] -= len(back)
    onward = np.where(hour < hours - 1, len(back) + np.r_[looking[1:], 0], 0)
    carried = ends + onward + np.where(np.where(ends_day, hour < hours - 1, apart), stores, 0)
    own, width = np.r_[own, ends], np.r_[own + carried, ends]
    first, entry_at, upper_at = (np.r_[0, np.cumsum(part)] for part in (own, width, own * width))
    account_of_day = first[np.minimum((np.arange(structure.days) + 1) * per_day, hours)] - stores
    if closes:
        account_of_day[0] = first[hours] + len(picked.closing)
    kind, row, number, line, dense = (np.empty(int(entry_at[-1]), dtype=np.int64) for _ in range(5))
    limits_at, accounts_at, next_at, closing_at = (np.full(hours, -1, dtype=np.int64) for _ in range(4))
    entries = first, entry_at, upper_at, kind, row, number, line, dense
    plan = Plan(*entries, limits_at, accounts_at, next_at, closing_at, ends_day, int(width.max()))
    _fill(structure, picked, plan, back, apart, account_of_day, closes)
    rows = structure.rows
    kinds = [plan.kind == kind for kind in (OWN, NEXT, ACCOUNT)]
    plan.line[:] = np.select(kinds, [plan.row, rows + plan.row, 2 * rows + plan.row], 2 * rows + stores)
    thick = row - structure.dense_first
    plan.dense[:] = np.where(kinds[0] & (thick >= 0) & (thick < len(structure.dense)), thick, -1)
    return plan


@njit(cache=True, nogil=True)
def _fill(
    structure: Structure, picked: Picked, plan: Plan, back: Ints, apart: Flags, account_of_day: Ints, closes: bool
) -> None:
    for t in range(structure.hours):
        entry = _own_rows(structure, picked, plan, back, t)
        if plan.ends_day[t] and apart[t]:
            plan.accounts_at[t] = entry - plan.entry_at[t]
            entry = _accounts(structure, plan, entry, account_of_day[t // structure.hours_per_day], ACCOUNT)
        if t < structure.hours - 1:
            entry = _next_rows(structure, picked, plan, back, t, entry)
        entry = _carried_accounts(structure, plan, account_of_day, apart[t], t, entry)
        plan.closing_at[t] = entry - plan.entry_at[t]
        kind = OWN if t == 0 else (NEXT if t == structure.hours - 1 else SILENT)
        entry = _closing_rows(picked, plan, entry, kind)
        if closes:
            _closing_accounts(structure, plan, entry, t)
    entry = _closing_rows(picked, plan, plan.entry_at[structure.hours], OWN)
    if closes:
        _accounts(structure, plan, entry, account_of_day[0], ACCOUNT)


@njit(cache=True, nogil=True)
def _put(plan: Plan, entry: int, kind: int, row: int, number: int) -> int:
    plan.kind[entry], plan.row[entry], plan.number[entry] = kind, row, number
    return entry + 1


@njit(cache=True, nogil=True)
def _own_rows(structure: Structure, picked: Picked, plan: Plan, back: Ints, t: int) -> int:
    """Laws and limits of the hour; those of the first hour that look back come last of all. The next free entry."""
    entry: int = plan.entry_at[t]
    number, skipped = plan.first[t], 0
    for row in range(structure.laws):
        if t == 0 and skipped < len(back) and back[skipped] == row:
            skipped += 1
            continue
        entry = _put(plan, entry, OWN, row, number)
        number += 1
    plan.limits_at[t] = entry - plan.entry_at[t]
    for k in range(picked.at[t], picked.at[t + 1]):
        entry = _put(plan, entry, OWN, picked.row[k], number)
        number += 1
    return entry


@njit(cache=True, nogil=True)
def _accounts(structure: Structure, plan: Plan, entry: int, number: int, kind: int) -> int:
    for store in range(structure.stores):
        entry = _put(plan, entry, kind, store, number + store)
    return entry


@njit(cache=True, nogil=True)
def _next_rows(structure: Structure, picked: Picked, plan: Plan, back: Ints, t: int, entry: int) -> int:
    """Rows of the next hour that look back on this one."""
    for row in back:
        entry = _put(plan, entry, NEXT, row, plan.first[t + 1] + row)
    for k in range(picked.at[t + 1], picked.at[t + 2]):
        if structure.looks_back[picked.row[k]]:
            number = plan.first[t + 1] + structure.laws + k - picked.at[t + 1]
            entry = _put(plan, entry, NEXT, picked.row[k], number)
    return entry


@njit(cache=True, nogil=True)
def _carried_accounts(structure: Structure, plan: Plan, account_of_day: Ints, apart: bool, t: int, entry: int) -> int:
    """The next day's accounts at the end of a day, before it the day's own."""
    day = t // structure.hours_per_day
    if plan.ends_day[t]:
        if t < structure.hours - 1:
            plan.next_accounts_at[t] = entry - plan.entry_at[t]
            return _accounts(structure, plan, entry, account_of_day[day + 1], SILENT)
        return entry
    if apart:
        return _accounts(structure, plan, entry, account_of_day[day], ACCOUNT)
    return entry


@njit(cache=True, nogil=True)
def _closing_rows(picked: Picked, plan: Plan, entry: int, kind: int) -> int:
    for k in range(len(picked.closing)):
        entry = _put(plan, entry, kind, picked.closing[k], plan.first[-2] + k)
    return entry


@njit(cache=True, nogil=True)
def _closing_accounts(structure: Structure, plan: Plan, entry: int, t: int) -> None:
    """The first day's accounts, where they close the span: carried on by every front."""
    first_day = t < structure.hours_per_day
    if plan.ends_day[t] and first_day:
        plan.accounts_at[t] = entry - plan.entry_at[t]
    if t == structure.hours - 1:
        plan.next_accounts_at[t] = entry - plan.entry_at[t]
    number = plan.first[-2] + entry - plan.entry_at[t] - plan.closing_at[t]
    _accounts(structure, plan, entry, number, ACCOUNT if first_day else SILENT)
