"""A program as the interior point sees it: one pattern of rows that repeats every hour, accounts by the day.

Rows of an hour touch its own columns and those of the hour before; accounts (stores) touch the columns of their day and
the level of the day before. Everything else about the rows is their order: first the laws, which hold with equality,
then the limits, and among both those with many coefficients next to one another, so that they are one dense product.
Columns with the same coefficients in all of these share a `place` of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from greengrid.dispatch.problem import Problem
from greengrid.dispatch.program import Ints, Program
from greengrid.hourly import Array

Flags = NDArray[np.bool_]
DENSE_MIN = 12
"""From so many coefficients on a row is kept dense."""
ROOM_MIN = 1e-9
"""Columns with less room than this are fixed."""
LOOK_BACK_MAX = 1


class Pattern(NamedTuple):
    """Rows over the columns of a step in compressed form."""

    first: Ints
    column: Ints
    value: Array


class Structure(NamedTuple):
    """What the compiled loops need of a form."""

    hours: int
    hours_per_day: int
    days: int
    stores: int
    columns: int
    laws: int
    dense_first: int
    """The dense rows are those from this one on."""
    dense: Array
    """Shape (dense rows, places)."""
    dense_wide: Array
    """The same, shape (dense rows, columns)."""
    place: Ints
    """Place of each column, -1: none."""
    sign: Array
    """-1 where a column acts with the coefficients of its place turned round."""
    lines: Pattern
    """Rows over the columns of the hour (empty where dense), rows over those of the hour before (the first hour looks
    back on the last), stores over those of an hour of their day, and one that is empty."""
    looks_back: Flags
    """Shape (rows,)."""
    turning: Flags
    """Stores whose last level is their first one."""

    @property
    def levels_at(self) -> int:
        """Where levels stand among the columns."""
        return self.hours * self.columns

    @property
    def rows(self) -> int:
        """Of an hour."""
        return len(self.looks_back)

    @property
    def dense_rows(self) -> slice:
        """Of all rows."""
        return slice(self.dense_first, self.dense_first + len(self.dense))


class Box(NamedTuple):
    """Costs and bounds of columns of all hours, levels and spills, in the program's order."""

    cost: Array
    lower: Array
    upper: Array
    free: Flags
    """Whether there is room between the bounds."""


class Sides(NamedTuple):
    """Of all rows, shape (hours, rows); equal for laws, infinite where a limit has no side."""

    lower: Array
    upper: Array


@dataclass(frozen=True)
class Form:
    """min cost x, rows between their sides, columns between their bounds."""

    structure: Structure
    box: Box
    sides: Sides
    store_side: Array
    """Shape (days, stores)."""
    order: Ints
    """The row of (laws, limits of the program) that stands at each place."""


def fits(problem: Problem) -> bool:
    """Whether the problem has the structure: hours that look back one hour at most, limits that are linear."""
    lags = max((family.looks_back for family in problem.families), default=0)
    return problem.hours_per_step == 1 and not problem.concave and lags <= LOOK_BACK_MAX


def make_form(program: Program) -> Form:
    """The form of a whole problem that `fits`, closed on itself."""
    limits, stores = program.limits, len(program.problem.stores)
    law_now, law_before, law_side = _laws(program)
    laws = law_now.shape[0]
    terms = dict(limits.terms)
    nothing = sparse.csr_matrix((limits.plain, program.template))
    now = sparse.vstack([law_now, terms.get(0, nothing)], format="csr")
    before = sparse.vstack([law_before, terms.get(1, nothing)], format="csr")
    order, dense = _order(now, laws)
    now, before = now[order], before[order]
    wide = np.ascontiguousarray(now[dense].toarray())
    place, sign, dense_now = _places(wide)
    rest = now.tolil()
    rest[dense] = 0.0
    first = program.count * laws
    account = program.matrix[first : first + stores, : program.template]
    lines = sparse.vstack([rest.tocsr(), before, account, sparse.csr_matrix((1, program.template))], format="csr")
    structure = Structure(
        hours=program.count,
        hours_per_day=program.problem.steps_per_day,
        days=program.days,
        stores=stores,
        columns=program.template,
        laws=laws,
        dense_first=dense.start,
        dense=dense_now,
        dense_wide=wide,
        place=place,
        sign=sign,
        lines=_pattern(lines),
        looks_back=np.diff(before.indptr) > 0,
        turning=np.array([store.cyclic for store in program.problem.stores], dtype=bool),
    )
    sides = [np.ascontiguousarray(np.hstack([law_side, side])[:, order]) for side in (limits.lower, limits.upper)]
    free = program.upper - program.lower > ROOM_MIN
    return Form(
        structure,
        Box(program.cost, program.lower, program.upper, free),
        Sides(*sides),
        program.row_lower[first:].reshape(program.days, stores).copy(),
        order,
    )


def _pattern(csr: sparse.csr_matrix) -> Pattern:
    csr.eliminate_zeros()
    return Pattern(csr.indptr.astype(np.int64), csr.indices.astype(np.int64), csr.data.astype(float))


def _laws(program: Program) -> tuple[sparse.csr_matrix, sparse.csr_matrix, Array]:
    """(pattern over the hour, pattern over the hour before, sides) of balances, joint groups and batteries."""
    problem, width = program.problem, program.template
    now, before, sides, first = [], [], [], 0
    for rows in (program.areas, len(problem.joint), len(problem.batteries)):
        second_hour = program.matrix[first + rows : first + 2 * rows]
        now.append(second_hour[:, width : 2 * width])
        before.append(second_hour[:, :width])
        last = first + program.count * rows
        sides.append(program.row_lower[first:last].reshape(program.count, rows))
        first = last
    return sparse.vstack(now, format="csr"), sparse.vstack(before, format="csr"), np.hstack(sides)


def _order(now: sparse.csr_matrix, laws: int) -> tuple[Ints, slice]:
    """Laws first, and in the middle the rows with many coefficients, of laws and limits."""
    many = np.diff(now.indptr) >= DENSE_MIN
    law = np.arange(now.shape[0]) < laws
    parts = [np.flatnonzero(part) for part in (law & ~many, law & many, ~law & many, ~law & ~many)]
    first = len(parts[0])
    return np.concatenate(parts), slice(first, first + len(parts[1]) + len(parts[2]))


def _places(wide: Array) -> tuple[Ints, Array, Array]:
    """(place of each column, its sign there, coefficients of each place)."""
    columns = np.arange(wide.shape[1])
    leading = wide[np.abs(wide).argmax(axis=0), columns] if len(wide) else np.zeros(len(columns))
    sign = np.where(leading < 0, -1.0, 1.0)
    kinds, kind = np.unique(np.round(wide * sign, 12), axis=1, return_inverse=True)
    acts = np.abs(kinds).max(axis=0, initial=0.0) > 0
    number = np.where(acts, np.cumsum(acts) - 1, -1)
    one_of = np.zeros(kinds.shape[1], dtype=np.int64)
    one_of[kind] = columns
    chosen = one_of[acts]
    return number[kind].astype(np.int64), sign, np.ascontiguousarray(wide[:, chosen] * sign[chosen])
