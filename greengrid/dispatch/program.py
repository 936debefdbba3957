"""A span of days of the problem as one linear program, with network rows added only where a limit is violated.

Columns: every template column of every step (step-major), then levels and spills of the stores (day-major).
Rows: area balances, joint border groups, battery contents, levels of the stores, then network rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from greengrid.dispatch.problem import Problem
from greengrid.hourly import Array

Ints = NDArray[np.int64]
FLOW_TOLERANCE_MW = 1e-5
"""A network limit counts as violated above this."""
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


@dataclass(frozen=True)
class NetworkRow:
    """A violated limit that became a row: step within the span, limit number."""

    step: int
    limit: int


@dataclass
class Program:
    """The matrix of a span; network rows are appended by `network_matrix`."""

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
        factors = problem.network.factors @ problem.columns.injection
        factors[np.abs(factors) < 1e-10] = 0.0
        self.network_factors = sparse.csr_matrix(factors)
        self.demand_flow = problem.demand[self.steps] @ problem.network.factors.T
        self.level_max = np.array([store.level_max_mwh for store in problem.stores]) / STORE_UNIT_MWH
        self._bounds()
        self._rows()

    def _bounds(self) -> None:
        problem, span = self.problem, self.span
        cost, upper = problem.cost[self.steps], problem.upper[self.steps].copy()
        zeros = np.zeros((self.days, len(problem.stores)))
        level_lower, level_upper = zeros.copy(), zeros + self.level_max
        if span.level_end_mwh is not None:
            level_lower[-1] = level_upper[-1] = span.level_end_mwh / STORE_UNIT_MWH
            upper[-1, [content for _, _, content, _ in problem.batteries]] = 0.0
        # Finite, so that any duals give a finite lower bound: more than all the water there is.
        water = problem.inflow_mwh[span.first : span.last].sum(axis=0) / STORE_UNIT_MWH
        spill_upper = zeros + water + self.level_max
        self.cost = np.concatenate([cost.ravel() * problem.hours_per_step, zeros.ravel(), zeros.ravel()])
        self.lower = np.concatenate([problem.lower[self.steps].ravel(), level_lower.ravel(), zeros.ravel()])
        self.upper = np.concatenate([upper.ravel(), level_upper.ravel(), spill_upper.ravel()])

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
        network = self.problem.network
        members = np.zeros((self.areas, len(network.buses)))
        members[network.area_of_bus, np.arange(len(network.buses))] = 1.0
        pattern = sparse.csr_matrix(members) @ self.problem.columns.injection
        demand = (self.problem.demand[self.steps] @ members.T).ravel()
        return self._wide(sparse.kron(sparse.identity(self.count), pattern, format="csr")), demand, demand

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
        """Level at the end of a day = level before + inflow - draw - spill."""
        problem, span = self.problem, self.span
        stores = len(problem.stores)
        entries: list[tuple[Ints, Ints, float]] = []
        step = np.arange(self.count)
        for number, store in enumerate(problem.stores):
            for column in store.columns:
                row = step // problem.steps_per_day * stores + number
                entries.append((row, step * self.template + column, problem.hours_per_step / STORE_UNIT_MWH))
        every = np.arange(self.days * stores)
        entries.append((every, self.levels_at + every, 1.0))
        entries.append((every, self.spills_at + every, 1.0))
        entries.append((every[stores:], self.levels_at + every[: len(every) - stores], -1.0))
        right = problem.inflow_mwh[span.first : span.last] / STORE_UNIT_MWH
        if span.cyclic:
            turning = np.array([k for k, store in enumerate(problem.stores) if store.cyclic], dtype=np.int64)
            entries.append((turning, self.levels_at + len(every) - stores + turning, -1.0))
            right[0] += np.where([store.cyclic for store in problem.stores], 0.0, self.level_max)
        elif span.level_start_mwh is not None:
            right[0] += span.level_start_mwh / STORE_UNIT_MWH
        rows, columns = (np.concatenate([entry[k] for entry in entries]) for k in (0, 1))
        values = np.concatenate([np.full(len(entry[0]), entry[2]) for entry in entries])
        matrix = sparse.coo_matrix((values, (rows, columns)), shape=(self.days * stores, self.width))
        return matrix.tocsr(), right.ravel(), right.ravel()

    def levels_mwh(self, values: Array) -> Array:
        """Levels at the end of every day, shape (days, stores)."""
        return values[self.levels_at : self.spills_at].reshape(self.days, -1) * STORE_UNIT_MWH

    def spills_mwh(self, values: Array) -> Array:
        """Spilled every day, shape (days, stores)."""
        return values[self.spills_at :].reshape(self.days, -1) * STORE_UNIT_MWH

    def network_matrix(self, rows: list[NetworkRow]) -> tuple[sparse.csr_matrix, Array, Array]:
        """Rows lower <= factors x columns - demand part <= upper of the given limits."""
        network = self.problem.network
        limits = np.array([row.limit for row in rows], dtype=np.int64)
        steps = np.array([row.step for row in rows], dtype=np.int64)
        picked = self.network_factors[limits]
        length = np.diff(picked.indptr)
        columns = picked.indices + np.repeat(steps * self.template, length)
        matrix = sparse.csr_matrix((picked.data, columns, picked.indptr), shape=(len(rows), self.width))
        part = self.demand_flow[steps, limits]
        return matrix, network.flow_min_mw[limits] + part, network.flow_max_mw[limits] + part

    def flows(self, values: Array) -> Array:
        """MW on every limit, shape (steps, limits)."""
        output = values[: self.levels_at].reshape(self.count, self.template)
        return np.asarray(self.network_factors @ output.T).T - self.demand_flow

    def slack_frac(self, values: Array, rows: list[NetworkRow]) -> Array:
        """Distance of the given limits to the nearer side, as a share of the forward limit."""
        network = self.problem.network
        slack = np.minimum(network.flow_max_mw - (flow := self.flows(values)), flow - network.flow_min_mw)
        steps = np.array([row.step for row in rows], dtype=np.int64)
        limits = np.array([row.limit for row in rows], dtype=np.int64)
        return np.asarray(slack[steps, limits] / np.maximum(network.flow_max_mw[limits], 1.0))

    def violated(self, values: Array, known: NDArray[np.bool_], margin_frac: float) -> list[NetworkRow]:
        """Limits that the values break and that are not rows yet; with them those within the margin in those steps."""
        flow, network = self.flows(values), self.problem.network
        excess = np.maximum(flow - network.flow_max_mw, network.flow_min_mw - flow)
        broken = (excess > FLOW_TOLERANCE_MW) & ~known
        if margin_frac > 0:
            close = (excess > -margin_frac * network.flow_max_mw) & ~known
            broken |= close & broken.any(axis=1, keepdims=True)
        return [NetworkRow(int(step), int(limit)) for step, limit in zip(*np.nonzero(broken), strict=True)]
