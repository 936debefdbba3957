"""All row families of a span together: which rows are broken, how far each is from binding, and their coefficients."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from greengrid.dispatch.families import ConcaveFamily, LimitRow, RowFamily
from greengrid.hourly import Array

TOLERANCE_MW = 1e-5
"""A limit counts as broken above this."""
NEIGHBOUR_STEPS = 3
"""A broken row that looks back brings the same limit of so many steps before and after: a ramp kept breaks the next."""


class Limits:
    """The families over the steps of one span, limits numbered through: plain families, then concave ones."""

    def __init__(
        self,
        families: Sequence[RowFamily],
        concave: Sequence[ConcaveFamily],
        steps: slice,
        columns: int,
        *,
        cyclic: bool,
    ) -> None:
        self.count, self.columns = steps.stop - steps.start, columns
        self.families = tuple(families)
        ends = np.cumsum([len(family.limits) for family in families])
        self.slices = [slice(int(end) - len(f.limits), int(end)) for f, end in zip(families, ends, strict=True)]
        self.plain = int(ends[-1])
        self.terms = [(lag, self._stacked(lag)) for lag in sorted({lag for f in families for lag, _ in f.terms})]
        self.lower = np.hstack([family.lower[steps] for family in families])
        self.upper = np.hstack([family.upper[steps] for family in families])
        self.size = np.concatenate([family.size for family in families])
        if not cyclic:
            for family, own in zip(families, self.slices, strict=True):
                self.lower[: family.looks_back, own] = -np.inf
                self.upper[: family.looks_back, own] = np.inf
        self.cuts = []
        names = [name for family in families for name in family.limits]
        for part in concave:
            self.cuts.append(Cuts(part, len(names), steps, columns))
            names += part.limits
        self.names = tuple(names)
        self._last: tuple[list[LimitRow], int, tuple[sparse.csr_matrix, Array, Array]] | None = None

    def moved_by(self, taken_mw: Array) -> Limits:
        """The same limits with the network's sides moved, shape (steps, limits of the network), which come first."""
        moved, own = copy.copy(self), self.slices[0]
        moved.lower, moved.upper = self.lower.copy(), self.upper.copy()
        moved.lower[:, own] += taken_mw
        moved.upper[:, own] += taken_mw
        if self._last is not None:
            rows, width, (matrix, lower, upper) = self._last
            steps, limits = positions(rows)
            plain = limits < self.plain
            at = steps[plain], limits[plain]
            lower, upper = lower.copy(), upper.copy()
            lower[plain], upper[plain] = moved.lower[at], moved.upper[at]
            moved._last = rows, width, (matrix, lower, upper)
        return moved

    @property
    def total(self) -> int:
        """How many limits a step has."""
        return len(self.names)

    def _stacked(self, lag: int) -> sparse.csr_matrix:
        parts = []
        for family in self.families:
            patterns = [pattern for back, pattern in family.terms if back == lag]
            part = patterns[0] if patterns else sparse.csr_matrix((len(family.limits), self.columns))
            parts.append(widened(part, self.columns))
        return sparse.vstack(parts, format="csr")

    def permanent(self) -> list[LimitRow]:
        """Rows of the families that are always in the program."""
        rows = []
        for family, own in zip(self.families, self.slices, strict=True):
            if family.always:
                there = np.isfinite(self.lower[:, own]) | np.isfinite(self.upper[:, own])
                rows += [LimitRow(int(step), own.start + int(k)) for step, k in zip(*np.nonzero(there), strict=True)]
        return rows

    def values(self, output: Array) -> Array:
        """Left sides of the plain rows, shape (steps, plain limits), from the columns' values (steps, columns)."""
        total = np.zeros((self.count, self.plain))
        for lag, pattern in self.terms:
            total += np.asarray(pattern @ np.roll(output, lag, axis=0).T).T
        return total

    def matrix(self, rows: Sequence[LimitRow], width: int) -> tuple[sparse.csr_matrix, Array, Array]:
        """(coefficients over a program's columns, lower side, upper side) of the given rows.

        The last one is kept: a solve loads, prices and checks the same rows one after the other, and its simplex from a
        near basis takes less time than making them. Nobody may write into what comes back.
        """
        wanted = list(rows)
        if self._last is None or self._last[0] != wanted or self._last[1] != width:
            self._last = wanted, width, self._matrix(wanted, width)
        return self._last[2]

    def _matrix(self, rows: Sequence[LimitRow], width: int) -> tuple[sparse.csr_matrix, Array, Array]:
        steps, limits = positions(rows)
        plain = np.flatnonzero(limits < self.plain)
        order, parts = [plain], [self._plain_matrix(steps[plain], limits[plain], width)]
        for cut in self.cuts:
            own = np.flatnonzero((limits >= cut.first) & (limits < cut.last))
            order.append(own)
            parts.append(cut.matrix([rows[k] for k in own.tolist()], width))
        if len(plain) == len(rows):
            return parts[0]
        back = np.argsort(np.concatenate(order))
        matrix = sparse.vstack([part[0] for part in parts], format="csr")[back]
        return matrix, np.concatenate([part[1] for part in parts])[back], np.concatenate([p[2] for p in parts])[back]

    def _plain_matrix(
        self, steps: NDArray[np.int64], limits: NDArray[np.int64], width: int
    ) -> tuple[sparse.csr_matrix, Array, Array]:
        matrix = sparse.csr_matrix((len(steps), width))
        for lag, pattern in self.terms:
            matrix = matrix + moved(pattern[limits], (steps - lag) % self.count * self.columns, width)
        return matrix.tocsr(), self.lower[steps, limits], self.upper[steps, limits]

    def slack_frac(self, output: Array, rows: Sequence[LimitRow]) -> Array:
        """Distance of the given rows to the nearer side, as a share of the limit's size (of 1 MW where it has none)."""
        steps, limits = positions(rows)
        found = np.zeros(len(rows))
        plain = limits < self.plain
        at = (steps[plain], limits[plain])
        value = self.values(output)[at]
        slack = np.minimum(self.upper[at] - value, value - self.lower[at])
        found[plain] = slack / np.maximum(self.size[limits[plain]], 1.0)
        rest = [rows[k] for k in np.flatnonzero(~plain).tolist()]
        if rest:
            matrix, lower, _ = self._matrix(rest, output.size)
            found[~plain] = matrix @ output.ravel() - lower
        return found

    def violated(self, output: Array, known: NDArray[np.bool_], margin_frac: float) -> list[LimitRow]:
        """Rows that the values break and that are not known; with them those of the same family and step in the margin.

        Of families that look back also the same limits of the steps around those that are broken.
        `known` has the shape (steps, limits); it says nothing about concave limits, whose rows differ by choice.
        """
        value = self.values(output)
        excess = np.maximum(value - self.upper, self.lower - value)
        broken = (excess > TOLERANCE_MW) & ~known[:, : self.plain]
        if margin_frac > 0:
            close = (excess > -margin_frac * self.size) & ~known[:, : self.plain]
            for own in self.slices:
                broken[:, own] |= close[:, own] & broken[:, own].any(axis=1, keepdims=True)
        for family, own in zip(self.families, self.slices, strict=True):
            if family.looks_back:
                new = np.isfinite(excess[:, own]) & ~known[:, own]
                broken[:, own] = _with_neighbours(broken[:, own]) & new
        rows = [LimitRow(int(step), int(limit)) for step, limit in zip(*np.nonzero(broken), strict=True)]
        return rows + [row for cut in self.cuts for row in cut.violated(output)]


def _with_neighbours(broken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True also in the steps around those that are, shape (steps, limits)."""
    near = broken.copy()
    for apart in range(1, NEIGHBOUR_STEPS + 1):
        near[apart:] |= broken[:-apart]
        near[:-apart] |= broken[apart:]
    return near


class Cuts:
    """A concave family over the steps of one span, its limits numbered from `first`."""

    def __init__(self, family: ConcaveFamily, first: int, steps: slice, columns: int) -> None:
        self.first, self.last = first, first + len(family.limits)
        self.columns = columns
        (one, one_constant), (two, two_constant) = family.lines
        self.family = replace(
            family,
            pattern=widened(family.pattern, columns),
            constant=family.constant[steps],
            lines=((widened(one, columns), one_constant[steps]), (widened(two, columns), two_constant[steps])),
        )

    def violated(self, output: Array) -> list[LimitRow]:
        """One row for every limit and step that the values break."""
        family = self.family
        one, two = ((pattern @ output.T).T + constant for pattern, constant in family.lines)
        value = (family.pattern @ output.T + family.counts @ np.minimum(one, two).T).T + family.constant
        choice = np.packbits(two < one, axis=1)
        found = zip(*np.nonzero(value < -TOLERANCE_MW), strict=True)
        return [LimitRow(int(step), self.first + int(k), choice[step].tobytes()) for step, k in found]

    def matrix(self, rows: Sequence[LimitRow], width: int) -> tuple[sparse.csr_matrix, Array, Array]:
        """(coefficients, lower side, upper side) of rows of this family."""
        family = self.family
        steps, limits = positions(rows)
        limits = limits - self.first
        parts = family.counts.shape[1]
        packed = np.frombuffer(b"".join(row.choice for row in rows), dtype=np.uint8)
        second = np.unpackbits(packed.reshape(len(rows), -(-parts // 8)), axis=1, count=parts).astype(float)
        counted = family.counts[limits].toarray()
        matrix, constant = family.pattern[limits], family.constant[steps, limits]
        for share, (pattern, fixed) in zip((1 - second, second), family.lines, strict=True):
            matrix = matrix + sparse.csr_matrix(counted * share) @ pattern
            constant = constant + (counted * share * fixed[steps]).sum(axis=1)
        return moved(matrix.tocsr(), steps * self.columns, width), -constant, np.full(len(rows), np.inf)


def widened(pattern: sparse.csr_matrix, columns: int) -> sparse.csr_matrix:
    """The pattern over more columns: a problem given columns of its own keeps the families of the original."""
    return sparse.csr_matrix((pattern.data, pattern.indices, pattern.indptr), shape=(pattern.shape[0], columns))


def moved(picked: sparse.csr_matrix, at: NDArray[np.int64], width: int) -> sparse.csr_matrix:
    """Rows over a step's columns, each moved to its step's place `at` among a program's columns."""
    columns = picked.indices + np.repeat(at, np.diff(picked.indptr))
    return sparse.csr_matrix((picked.data, columns, picked.indptr), shape=(picked.shape[0], width))


def positions(rows: Sequence[LimitRow]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(steps, limits) of rows as arrays."""
    steps = np.array([row.step for row in rows], dtype=np.int64)
    limits = np.array([row.limit for row in rows], dtype=np.int64)
    return steps, limits
