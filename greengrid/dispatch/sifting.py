"""Which of a program's columns a solver holds: those that may move; the others rest at a bound until they are wanted.

A join starts from duals that are nearly right already. A column whose reduced cost is far from zero at them stays where
it rests, and out of the solver: every step of the simplex that moves the price of many hours then touches far fewer
columns. When the solver is done, all columns are priced at its duals, and those that rest at the wrong bound are
brought in: sifting (Bixby, Gregory, Lustig, Marsten and Shanno 1992, Operations Research 40(5), 885-897). The end is
the optimum of the whole program.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from greengrid.dispatch.program import BASIC, UPPER, Ints, Program, Status
from greengrid.hourly import Array

NEAR_USD = 1.0
"""Reduced cost per MWh up to which a column may move."""
TOLERANCE_USD = 1e-7
"""The solver's own tolerance of reduced costs."""


@dataclass(frozen=True)
class Present:
    """The columns that a solver holds, in its order."""

    columns: Ints
    rest: Array
    """Value that every column of the program is counted from: where those rest that were not there at first."""
    whole: bool
    """Whether all columns are there, none counted from anything but zero."""

    def matrix(self, rows: sparse.csr_matrix) -> sparse.csr_matrix:
        """The present columns of some rows."""
        return rows if self.whole else rows[:, self.columns]

    def taken(self, rows: sparse.csr_matrix) -> Array:
        """What the resting columns put into some rows."""
        return np.zeros(rows.shape[0]) if self.whole else rows @ self.rest

    def values(self, found: Array) -> Array:
        """Values of all columns of the program from those that the solver found."""
        if self.whole:
            return found
        values = self.rest.copy()
        values[self.columns] += found
        return values

    def with_columns(self, more: Ints) -> Present:
        """These columns after those that are there."""
        return Present(np.concatenate([self.columns, more]), self.rest, whole=False)


def everything(program: Program) -> Present:
    """All columns."""
    return Present(np.arange(program.width), np.zeros(program.width), whole=True)


def near(program: Program, status: Status, reduced: Array) -> Present:
    """The basic columns, those of the stores, and those whose reduced cost is near zero."""
    chosen = (np.abs(reduced) <= NEAR_USD) & (program.lower < program.upper)
    chosen |= status == BASIC
    chosen[program.levels_at :] = True
    rest = np.where(status == UPPER, program.upper, program.lower)
    rest[chosen] = 0.0
    return Present(np.flatnonzero(chosen), rest, whole=False)


def wanted(program: Program, present: Present, reduced: Array) -> Ints:
    """Absent columns that rest at the wrong bound; with them, if there are any, those that are near it."""
    absent = program.lower < program.upper
    absent[present.columns] = False
    pull = np.where(present.rest == program.upper, -reduced, reduced)
    if not (absent & (pull < -TOLERANCE_USD)).any():
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(absent & (pull <= NEAR_USD))


def absent(program: Program, present: Present) -> Ints:
    """All columns that are not there."""
    missing = np.ones(program.width, dtype=bool)
    missing[present.columns] = False
    return np.flatnonzero(missing)
