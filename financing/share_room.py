"""The shares that keep every limit: a polytope, with the nearest of its points and the way to its edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from financing.limits import Limits, limit_rows
from financing.problems import FinancingProblem, FinancingProblems
from financing.structure import Structure
from financing.timeline import FloatArray

ROUNDING_FRAC = 1e-9


@dataclass(frozen=True, slots=True)
class Room:
    """Shares x of uses with rows @ x <= bounds, low <= x <= high, equal @ x = (1, 0, ...)."""

    name: str
    rows: FloatArray
    bounds: FloatArray
    low: FloatArray
    high: FloatArray
    equal: FloatArray
    units: FloatArray
    """(block, source): a block is one source, or all owners in the key of their shares; each row sums to one."""

    def holds(self, shares: FloatArray) -> bool:
        """Whether shares keep every limit, but for rounding."""
        inside = bool(((shares >= self.low - ROUNDING_FRAC) & (shares <= self.high + ROUNDING_FRAC)).all())
        return inside and self.holds_over_kinds(shares)

    def holds_over_kinds(self, shares: FloatArray) -> bool:
        """Whether they keep the limits over kinds of money, whatever each source's own."""
        return bool((self.rows @ shares <= self.bounds + ROUNDING_FRAC).all())

    def step_max(self, shares: FloatArray, direction: FloatArray) -> float:
        """Longest step along a direction that keeps every limit, at least 0."""
        slopes = np.concatenate([self.rows @ direction, direction, -direction])
        slack = np.concatenate([self.bounds - self.rows @ shares, self.high - shares, shares - self.low])
        rising = slopes > ROUNDING_FRAC
        return float(max(0.0, (slack[rising] / slopes[rising]).min(initial=np.inf)))

    def nearest(self, shares: FloatArray) -> FloatArray:
        """Shares that keep every limit, by the least sum of changes; raises FinancingProblems where there are none."""
        if self.holds(shares):
            return shares
        count = len(shares)
        one = np.eye(count)
        found = linprog(
            np.append(np.zeros(count), np.ones(count)),
            A_ub=np.block([[self.rows, np.zeros_like(self.rows)], [one, -one], [-one, -one]]),
            b_ub=np.concatenate([self.bounds, shares, -shares]),
            A_eq=np.hstack([self.equal, np.zeros_like(self.equal)]),
            b_eq=np.eye(len(self.equal))[0],
            bounds=[*zip(self.low, self.high, strict=True), *[(0.0, None)] * count],
            method="highs",
        )
        if found.x is None:
            raise FinancingProblems([FinancingProblem(self.name, "no shares that keep every limit", "wider limits")])
        return np.asarray(found.x[:count])

    def exchanges(self) -> Iterator[FloatArray]:
        """More of one block, as much less of another."""
        for gains in self.units:
            for gives in self.units:
                if gains is not gives:
                    yield gains - gives

    def drawn(self, generator: np.random.Generator, count: int) -> FloatArray:
        """(count, source): directions drawn at random that leave the sum as it is; the largest change of each is 1."""
        blocks = generator.standard_normal((count, len(self.units)))
        directions = (blocks - blocks.mean(axis=1, keepdims=True)) @ self.units
        return np.asarray(directions / np.abs(directions).max(axis=1, keepdims=True))


def room_of(structure: Structure, limits: Limits, uses_usd: float) -> Room:
    """The limits of a mix as a polytope; amounts become shares of `uses_usd`."""
    given = limit_rows(structure, limits, uses_usd)
    ranges = np.array([limits.share.get(source.name, (0.0, 1.0)) for source in structure.sources])
    return Room(
        structure.name,
        np.array([row.coefficients[:-1] for row in given]) / uses_usd,
        np.array([row.bound_usd for row in given]) / uses_usd,
        ranges[:, 0],
        ranges[:, 1],
        equalities(structure),
        _blocks(structure),
    )


def equalities(structure: Structure) -> FloatArray:
    """(equation, source): shares sum to one (first row); several owners keep their shares of the equity."""
    sources = structure.sources
    rows = [np.ones(len(sources))]
    owners = [number for number, source in enumerate(sources) if source.kind == "equity"]
    for number in owners[1:]:
        row = np.zeros(len(sources))
        row[owners[0]] = sources[number].share_frac
        row[number] = -sources[owners[0]].share_frac
        rows.append(row)
    return np.array(rows)


def _blocks(structure: Structure) -> FloatArray:
    sources = structure.sources
    rows = [row for row, source in zip(np.eye(len(sources)), sources, strict=True) if source.kind != "equity"]
    owned = np.array([source.share_frac if source.kind == "equity" else 0.0 for source in sources])
    if owned.sum() > 0.0:
        rows.append(owned / owned.sum())
    return np.array(rows)
