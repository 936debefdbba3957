"""All row families of a span together: which rows are broken, how far each is from binding, and their coefficients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from greengrid.dispatch.families import LimitRow, RowFamily
from greengrid.hourly import Array

TOLERANCE_MW = 1e-5
"""A limit counts as broken above this."""


class Limits:
    """The families over the steps of one span, limits numbered through."""

    def __init__(self, families: Sequence[RowFamily], steps: slice, columns: int, *, cyclic: bool) -> None:
        self.count, self.columns = steps.stop - steps.start, columns
        self.families = tuple(families)
        ends = np.cumsum([len(family.limits) for family in families])
        self.slices = [slice(int(end) - len(f.limits), int(end)) for f, end in zip(families, ends, strict=True)]
        self.names = tuple(name for family in families for name in family.limits)
        self.total = int(ends[-1]) if len(ends) else 0
        self.terms = [(lag, self._stacked(lag)) for lag in sorted({lag for f in families for lag, _ in f.terms})]
        self.lower = np.hstack([family.lower[steps] for family in families])
        self.upper = np.hstack([family.upper[steps] for family in families])
        self.size = np.concatenate([family.size for family in families])
        if not cyclic:
            for family, own in zip(families, self.slices, strict=True):
                self.lower[: family.looks_back, own] = -np.inf
                self.upper[: family.looks_back, own] = np.inf

    def _stacked(self, lag: int) -> sparse.csr_matrix:
        parts = []
        for family in self.families:
            patterns = [pattern for back, pattern in family.terms if back == lag]
            part = patterns[0] if patterns else sparse.csr_matrix((len(family.limits), self.columns))
            # A problem widened by columns of its own keeps the families of the original.
            parts.append(sparse.csr_matrix((part.data, part.indices, part.indptr), (part.shape[0], self.columns)))
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
        """Left sides of all rows, shape (steps, limits), from the columns' values, shape (steps, columns)."""
        total = np.zeros((self.count, self.total))
        for lag, pattern in self.terms:
            total += np.asarray(pattern @ np.roll(output, lag, axis=0).T).T
        return total

    def matrix(self, rows: Sequence[LimitRow], width: int) -> tuple[sparse.csr_matrix, Array, Array]:
        """(coefficients over a program's columns, lower side, upper side) of the given rows."""
        steps, limits = positions(rows)
        matrix = sparse.csr_matrix((len(rows), width))
        for lag, pattern in self.terms:
            picked = pattern[limits]
            at = (steps - lag) % self.count * self.columns
            columns = picked.indices + np.repeat(at, np.diff(picked.indptr))
            matrix = matrix + sparse.csr_matrix((picked.data, columns, picked.indptr), shape=(len(rows), width))
        return matrix.tocsr(), self.lower[steps, limits], self.upper[steps, limits]

    def slack_frac(self, output: Array, rows: Sequence[LimitRow]) -> Array:
        """Distance of the given rows to the nearer side, as a share of the limit's size (of 1 MW where it has none)."""
        steps, limits = positions(rows)
        value = self.values(output)[steps, limits]
        slack = np.minimum(self.upper[steps, limits] - value, value - self.lower[steps, limits])
        return np.asarray(slack / np.maximum(self.size[limits], 1.0))

    def violated(self, output: Array, known: NDArray[np.bool_], margin_frac: float) -> list[LimitRow]:
        """Rows that the values break and that are not known; with them those of the same family and step in the margin.

        `known` has the shape (steps, limits).
        """
        value = self.values(output)
        excess = np.maximum(value - self.upper, self.lower - value)
        broken = (excess > TOLERANCE_MW) & ~known
        if margin_frac > 0:
            close = (excess > -margin_frac * self.size) & ~known
            for own in self.slices:
                broken[:, own] |= close[:, own] & broken[:, own].any(axis=1, keepdims=True)
        return [LimitRow(int(step), int(limit)) for step, limit in zip(*np.nonzero(broken), strict=True)]


def positions(rows: Sequence[LimitRow]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(steps, limits) of rows as arrays."""
    steps = np.array([row.step for row in rows], dtype=np.int64)
    limits = np.array([row.limit for row in rows], dtype=np.int64)
    return steps, limits
