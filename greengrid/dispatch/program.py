"""A span of days of the problem as one linear program, with limit rows added only where a limit is violated.

Columns: every template column of every step (step-major), then levels and spills of the stores (day-major).
Rows: area balances, joint border groups, battery contents, levels of the stores, then limit rows (see `families`).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from greengrid.dispatch.families import LimitRow, network_family
from greengrid.dispatch.limits import Limits
from greengrid.dispatch.problem import Problem
from greengrid.hourly import Array

Ints = NDArray[np.int64]
Status = NDArray[np.int8]
"""LOWER, BASIC or UPPER."""
LOWER, BASIC, UPPER = 0, 1, 2
STORE_UNIT_MWH = 100.0
"""Levels and spills of stores are counted in this unit, to keep the program's numbers of one size."""


@dataclass(frozen=True)
class Span:
    """Days [first, last) of the problem and how the stores connect at their ends."""

    first: int
    last: int
    cyclic: bool
    """Reservoirs and batteries end as they start, caps start full."""
    level_start_mwh: Array | None = None
    level_end_mwh: Array | None = None
    """Fixed boundary levels (stores,) where not cyclic; batteries are then empty at both ends."""


@dataclass
class Program:
    """The matrix of a span; limit rows are appended by `limit_matrix`."""

    problem: Problem
    span: Span
    cost: Array = field(init=False)
    lower: Array = field(init=False)
    upper: Array = field(init=False)
    matrix: sparse.csr_matrix = field(init=False)
    row_lower: Array = field(init=False)
    row_upper: Array = field(init=False)

    def __post_init__(self) -> None:
        problem = self.problem
        per_day = problem.steps_per_day
        self.steps = slice(self.span.first * per_day, min(self.span.last * per_day, problem.steps))
        self.count = self.steps.stop - self.steps.start
        self.days = self.span.last - self.span.first
        self.areas = int(problem.network.area_of_bus.max()) + 1
        self.template = problem.columns.count
        self.levels_at = self.count * self.template
        self.spills_at = self.levels_at + self.days * len(problem.stores)
        self.width = self.spills_at + self.days * len(problem.stores)
        network = network_family(problem.network, problem.columns.injection, problem.demand, problem.headroom_mw)
        families = (network, *problem.families)
        self.limits = Limits(families, problem.concave, self.steps, self.template, cyclic=self.span.cyclic)
        self._bounds()
        self._rows()

    def _bounds(self) -> None:
        problem, span = self.problem, self.span
        cost, upper = problem.cost[self.steps], problem.upper[self.steps].copy()
        zeros = np.zeros((self.days, len(problem.stores)))
        level_lower, level_upper = self._level_bounds()
        if span.level_end_mwh is not None:
            level_lower[-1] = level_upper[-1] = span.level_end_mwh / STORE_UNIT_MWH
            upper[-1, [content for _, _, content, _ in problem.batteries]] = 0.0
        # Finite, so that any duals give a finite lower bound: a day spills no more than it found and was given.
        spread = np.array([store.level_max_mwh - store.level_min_mwh for store in problem.stores])
        spill_upper = (problem.inflow_mwh[span.first : span.last] + self._fill_max_mwh() + spread) / STORE_UNIT_MWH
        self.cost = np.concatenate([cost.ravel() * problem.hours_per_step, zeros.ravel(), zeros.ravel()])
        self.lower = np.concatenate([problem.lower[self.steps].ravel(), level_lower.ravel(), zeros.ravel()])
        self.upper = np.concatenate([upper.ravel(), level_upper.ravel(), spill_upper.ravel()])

    def _level_bounds(self) -> tuple[Array, Array]:
        """Least and most level at the end of every day, shape (days, stores)."""
        stores = self.problem.stores
        lower = np.tile([store.level_min_mwh / STORE_UNIT_MWH for store in stores], (self.days, 1))
        upper = np.tile([store.level_max_mwh / STORE_UNIT_MWH for store in stores], (self.days, 1))
        for number, store in enumerate(stores):
            days = store.zero_days[(store.zero_days >= self.span.first) & (store.zero_days < self.span.last)]
            lower[days - self.span.first, number] = upper[days - self.span.first, number] = 0.0
            if store.end_mwh is not None and self.span.cyclic:
                lower[-1, number] = upper[-1, number] = store.end_mwh / STORE_UNIT_MWH
        return lower, upper

    def _fill_max_mwh(self) -> Array:
        """Most that columns put into the stores each day, shape (days, stores)."""
        problem = self.problem
        most = np.zeros((self.days, len(problem.stores)))
        day = np.arange(self.count) // problem.steps_per_day
        for number, store in enumerate(problem.stores):
            sides = [side[self.steps][:, store.columns] * -store.draw for side in (problem.lower, problem.upper)]
            power = np.maximum(np.maximum(*sides), 0.0).sum(axis=1)
            most[:, number] = np.bincount(day, power, minlength=self.days) * problem.hours_per_step
        return most

    def _rows(self) -> None:
        parts = [self._balance(), self._joint(), self._contents(), self._levels()]
        self.matrix = sparse.vstack([part[0] for part in parts], format="csr")
        self.row_lower = np.concatenate([part[1] for part in parts])
        self.row_upper = np.concatenate([part[2] for part in parts])

    def _wide(self, matrix: sparse.spmatrix) -> sparse.csr_matrix:
        """Pads with empty columns up to the program's width."""
        csr = sparse.csr_matrix(matrix)
        return sparse.csr_matrix((csr.data, csr.indices, csr.indptr), shape=(csr.shape[0], self.width))

    def _balance(self) -> tuple[sparse.csr_matrix, Array, Array]:
        members = self._members()
        pattern = sparse.csr_matrix(members) @ self.problem.columns.injection
        demand = (self.problem.demand[self.steps] @ members.T).ravel()
        return self._wide(sparse.kron(sparse.identity(self.count), pattern, format="csr")), demand, demand

    def _members(self) -> Array:
        """1 where a bus is of an area, shape (areas, buses)."""
        network = self.problem.network
        members = np.zeros((self.areas, len(network.buses)))
        members[network.area_of_bus, np.arange(len(network.buses))] = 1.0
        return members

    def _joint(self) -> tuple[sparse.csr_matrix, Array, Array]:
        problem = self.problem
        pattern = sparse.lil_matrix((len(problem.joint), self.template))
        for row, (cross, bought, sold) in enumerate(problem.joint):
            for k in cross:
                pattern[row, k] = float(problem.columns.direction[k])
            pattern[row, bought] = -1.0
            pattern[row, sold] = 1.0
        zero = np.zeros(self.count * len(problem.joint))
        return self._wide(sparse.kron(sparse.identity(self.count), pattern, format="csr")), zero, zero

    def _contents(self) -> tuple[sparse.csr_matrix, Array, Array]:
        """Content at the end of a step = content before + charge x efficiency - discharge / efficiency."""
        problem, hours = self.problem, self.problem.hours_per_step
        now = sparse.lil_matrix((len(problem.batteries), self.template))
        before = sparse.lil_matrix((len(problem.batteries), self.template))
        for row, (charge, discharge, content, efficiency) in enumerate(problem.batteries):
            now[row, content], before[row, content] = 1.0, -1.0
            now[row, charge], now[row, discharge] = -efficiency * hours, hours / efficiency
        previous = sparse.eye(self.count, k=-1, format="lil")
        if self.span.cyclic:
            previous[0, self.count - 1] = 1.0
        matrix = sparse.kron(sparse.identity(self.count), now) + sparse.kron(previous, before)
        zero = np.zeros(self.count * len(problem.batteries))
        return self._wide(matrix), zero, zero

    def _levels(self) -> tuple[sparse.csr_matrix, Array, Array]:
        """Level at the end of a day = level before + inflow - draw - spill; columns with a negative draw fill."""
        problem, span = self.problem, self.span
        stores = len(problem.stores)
        entries: list[tuple[Ints, Ints, float]] = []
        step = np.arange(self.count)
        for number, store in enumerate(problem.stores):
            row = step // problem.steps_per_day * stores + number
            for column, draw in zip(store.columns, store.draw * problem.hours_per_step / STORE_UNIT_MWH, strict=True):
                entries.append((row, step * self.template + column, float(draw)))
        every = np.arange(self.days * stores)
        entries.append((every, self.levels_at + every, 1.0))
        entries.append((every, self.spills_at + every, 1.0))
        entries.append((every[stores:], self.levels_at + every[: len(every) - stores], -1.0))
        right = problem.inflow_mwh[span.first : span.last] / STORE_UNIT_MWH
        if span.cyclic:
            turning = np.array([k for k, store in enumerate(problem.stores) if store.cyclic], dtype=np.int64)
            entries.append((turning, self.levels_at + len(every) - stores + turning, -1.0))
            start = np.array([store.start_mwh / STORE_UNIT_MWH for store in problem.stores])
            right[0] += np.where([store.cyclic for store in problem.stores], 0.0, start)
        elif span.level_start_mwh is not None:
            right[0] += span.level_start_mwh / STORE_UNIT_MWH
        rows, columns = (np.concatenate([entry[k] for entry in entries]) for k in (0, 1))
        values = np.concatenate([np.full(len(entry[0]), entry[2]) for entry in entries])
        matrix = sparse.coo_matrix((values, (rows, columns)), shape=(self.days * stores, self.width))
        return matrix.tocsr(), right.ravel(), right.ravel()

    def with_demand(self, added_mw: Array) -> Program:
        """The same program with more demand at the buses, shape (steps of the problem, buses): other sides of rows."""
        network, added = self.problem.network, added_mw[self.steps]
        moved = copy.copy(self)
        balance = (added @ self._members().T).ravel()
        moved.row_lower, moved.row_upper = self.row_lower.copy(), self.row_upper.copy()
        moved.row_lower[: len(balance)] += balance
        moved.row_upper[: len(balance)] += balance
        moved.limits = self.limits.moved_by(added @ network.factors.T)
        return moved

    def levels_mwh(self, values: Array) -> Array:
        """Levels at the end of every day, shape (days, stores)."""
        return values[self.levels_at : self.spills_at].reshape(self.days, -1) * STORE_UNIT_MWH

    def spills_mwh(self, values: Array) -> Array:
        """Spilled every day, shape (days, stores)."""
        return values[self.spills_at :].reshape(self.days, -1) * STORE_UNIT_MWH

    def output(self, values: Array) -> Array:
        """The template's columns of every step, shape (steps, columns)."""
        return values[: self.levels_at].reshape(self.count, self.template)

    def limit_matrix(self, rows: list[LimitRow]) -> tuple[sparse.csr_matrix, Array, Array]:
        """(coefficients, lower side, upper side) of limit rows."""
        return self.limits.matrix(rows, self.width)

    def flows(self, values: Array) -> Array:
        """MW on every branch and interface, shape (steps, limits of the network)."""
        injected = np.asarray(self.problem.columns.injection @ self.output(values).T).T
        flow: Array = (injected - self.problem.demand[self.steps]) @ self.problem.network.factors.T
        return flow

    def slack_frac(self, values: Array, rows: list[LimitRow]) -> Array:
        """Distance of the given rows to the nearer side, as a share of the limit's size."""
        return self.limits.slack_frac(self.output(values), rows)

    def violated(self, values: Array, known: NDArray[np.bool_], margin_frac: float) -> list[LimitRow]:
        """Limits that the values break and that are not rows yet; with them those within the margin in those steps."""
        return self.limits.violated(self.output(values), known, margin_frac)
