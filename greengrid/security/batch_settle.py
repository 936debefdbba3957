"""All hours of one area, from free voltages to settled reactive limits: Newton for every hour, then round by round for
those that are not settled yet.

The first pass has no limits of reactive power. Then the hours in which a limit is broken, a helper must move or a tap
is off go through the rules together (`batch_control`), are regrouped by what came out, and only they are solved again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greengrid.security.batch_control import (
    LAST_BEYOND,
    SETTLED,
    Equipment,
    Ranges,
    Setting,
    State,
    apply,
    choose_pilots,
    ease,
    next_round,
)
from greengrid.security.batch_network import AreaNetwork, Array, Complex, Whole
from greengrid.security.batch_newton import Cases, solve_cases
from networks.load_flow import RELIEF_ROUNDS_MAX, ROUNDS_MAX, TAP_ROUNDS_MAX
from networks.voltage_control import voltage_max_pu

SOLVED, NO_HOLDER, NO_SOLUTION, NOT_WITHIN, NOT_SETTLED, ALL_AT_LIMIT = range(6)
"""How an hour ended."""
CHUNK = 64
"""Hours that one thread takes at a time."""


@dataclass(frozen=True)
class AreaPoints:
    """Injections of many hours; (hours, n)."""

    active_mw: Array
    """Sources less loads."""
    ranges: Ranges
    outage: Whole
    """(hours,): branch with circuits out; -1 for none."""
    left_frac: Array
    """(hours,): the share of that branch that stays."""

    @property
    def hours(self) -> int:
        return len(self.active_mw)


@dataclass(frozen=True)
class Before:
    """The state before an outage; (cases, n)."""

    volt: Complex
    tap: Whole
    """(cases, m)."""
    relief_mvar: Array


@dataclass(frozen=True)
class Settled:
    """How the hours of an area ended; arrays of unsolved hours hold their last state."""

    status: NDArray[np.int8]
    cases: Cases
    state: State
    solves: Whole
    """Power flows of each hour."""
    iterations: Whole
    """Newton iterations of each hour, all its power flows together."""
    wanted_mvar: Array
    """What held buses would give without any limits."""
    weakest: Whole
    """(hours,): bus with the lowest voltage in the last solution that was found."""


def in_threads(work: Callable[[Whole], None], rows: Whole) -> None:
    """Does `work` on parts of the rows on every core; the rows do not know one another."""
    from concurrent.futures import ThreadPoolExecutor

    parts = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for _ in pool.map(work, parts):
            pass


def equipment(area: AreaNetwork) -> Equipment:
    """What the voltage rules look at."""
    arrays = area.arrays
    tapped = np.flatnonzero(area.tap_max > area.tap_min)
    behind = np.zeros(area.buses, dtype=bool)
    behind[arrays.branch_to[tapped]] = True
    highest = np.array([voltage_max_pu(float(kv)) for kv in area.voltage_kv])
    return Equipment(
        area.neighbours, area.strength_mva, behind, highest, arrays.tap_step, area.tap_min, area.tap_max,
        arrays.branch_to,
    )  # fmt: skip


class AreaBatch:
    """One area; solves any number of hours of it."""

    def __init__(self, area: AreaNetwork) -> None:
        self.area = area
        self._tools = equipment(area)
        self._dc = _dc_factors(area)

    def solve(self, points: AreaPoints, *, limits: bool = True, before: Before | None = None) -> Settled:
        """Every hour without limits of reactive power; with `limits` also every hour within them.

        `before` is the state from which an outage is looked at: taps and switched reactors stay as they are.
        """
        work = _Work(self.area, self._tools, points, self._start(points) if before is None else before.volt)
        if before is not None:
            work.keep(before)
        work.first()
        if limits:
            while len(work.active):
                work.round()
        return work.result()

    def _start(self, points: AreaPoints) -> Complex:
        """Angles of the DC power flow, voltages of 1."""
        net_mw = points.active_mw - points.active_mw.mean(axis=1, keepdims=True)
        return np.asarray(np.exp(1j * (net_mw / self.area.base_mva) @ self._dc), dtype=np.complex128)


def _dc_factors(area: AreaNetwork) -> Array:
    """(n, n): angle of each bus per unit of power into each bus, against the mean."""
    arrays, n = area.arrays, area.buses
    size = np.abs(arrays.branch_y[:, 1])
    matrix = np.zeros((n, n))
    for one, other, y in zip(arrays.branch_from, arrays.branch_to, size, strict=True):
        matrix[one, one] += y
        matrix[other, other] += y
        matrix[one, other] -= y
        matrix[other, one] -= y
    return np.asarray(np.linalg.pinv(matrix))


class _Work:
    """The hours of one call, on their way to a solution."""

    def __init__(self, area: AreaNetwork, tools: Equipment, points: AreaPoints, start: Complex) -> None:
        hours, n, m = points.hours, area.buses, len(area.branch_names)
        self._area, self._tools, self._points, self._start = area, tools, points, start
        self._state = _fresh_state(hours, n, m)
        self._cases = _fresh_cases(points, area, start, self._state)
        self._status = np.full(hours, SOLVED, dtype=np.int8)
        self._solves, self._iterations = np.zeros(hours, dtype=np.int64), np.zeros(hours, dtype=np.int64)
        self._wanted = np.zeros((hours, n))
        self._weakest = np.zeros(hours, dtype=np.int64)
        self._verdict, self._eased = np.zeros(hours, dtype=np.int8), np.zeros(hours, dtype=bool)
        self.active = np.arange(hours)

    def keep(self, before: Before) -> None:
        """Taps and reactors of an earlier state, which stay."""
        self._state.tap[:] = before.tap
        self._state.relief_mvar[:] = before.relief_mvar
        self._state.left[:, 1:] = 0

    def first(self) -> None:
        """Without limits, from the DC angles; what fails, once more from flat voltages."""
        choose_pilots(self._points.ranges, self._tools, self._state)
        holders = (self._state.pilot == np.arange(self._area.buses)).any(axis=1)
        self._end(np.flatnonzero(~holders), NO_HOLDER)
        failed = self._solve(self.active)
        self._cases.volt[failed] = 1.0
        self._end(self._solve(failed), NO_SOLUTION)
        self._read(self.active)
        self._wanted[self.active] = self._state.given_mvar[self.active]

    def round(self) -> None:
        """One round of corrections of the hours that are not settled."""
        state, ranges = self._state, self._points.ranges
        in_threads(lambda rows: next_round(rows, ranges, self._tools, state, self._verdict), self.active)
        verdict = self._verdict[self.active]
        self._end(self.active[verdict == LAST_BEYOND], ALL_AT_LIMIT)
        self.active = self.active[self._verdict[self.active] != SETTLED]
        self._end(self.active[state.left[self.active, 0] >= ROUNDS_MAX], NOT_SETTLED)
        before = self._cases.volt[self.active].copy()
        tried, failed = self.active, self._solve(self.active)
        while len(failed):
            self._cases.volt[failed] = before[np.searchsorted(tried, failed)]
            ease(failed, state, self._eased)
            eased = self._eased[failed]
            last = failed[~eased]
            self._cases.volt[last] = self._start[last]
            again = self._solve(last)
            self._cases.volt[again] = before[np.searchsorted(tried, again)]
            self._end(again, NOT_WITHIN)
            failed = self._solve(failed[eased])
        self._read(self.active)

    def result(self) -> Settled:
        return Settled(
            self._status, self._cases, self._state, self._solves, self._iterations, self._wanted, self._weakest
        )

    def _solve(self, rows: Whole) -> Whole:
        """Applies the state and solves; returns the rows without solution."""
        cases, ranges, base_mva = self._cases, self._points.ranges, self._area.base_mva
        setting = Setting(cases.hold, cases.reactive, cases.weight, cases.reference, cases.volt)

        def work(part: Whole) -> None:
            apply(part, ranges, self._state, base_mva, setting)
            solve_cases(self._area.arrays, cases, part)

        in_threads(work, rows)
        self._solves[rows] += 1
        self._iterations[rows] += np.maximum(cases.iterations[rows], 0)
        return np.asarray(rows[cases.iterations[rows] < 0])

    def _read(self, rows: Whole) -> None:
        """Voltages, and what held buses give."""
        cases, state = self._cases, self._state
        size = np.abs(cases.volt[rows])
        state.voltage_pu[rows] = size
        self._weakest[rows] = np.argmin(size, axis=1)
        given = cases.power[rows].imag * self._area.base_mva + self._points.ranges.load_mvar[rows]
        state.given_mvar[rows] = np.where(cases.hold[rows], given, 0.0)

    def _end(self, rows: Whole, status: int) -> None:
        self._status[rows] = status
        self.active = np.setdiff1d(self.active, rows)


def _fresh_state(hours: int, n: int, m: int) -> State:
    left = np.zeros((hours, 3), dtype=np.int64)
    left[:, 1], left[:, 2] = TAP_ROUNDS_MAX, RELIEF_ROUNDS_MAX
    return State(
        pilot=np.full((hours, n), -1, dtype=np.int64),
        limited=np.zeros((hours, n), dtype=np.int8),
        releases=np.zeros((hours, n), dtype=np.int8),
        newest=np.zeros((hours, n), dtype=np.int64),
        helper_mvar=np.zeros((hours, n)),
        relief_mvar=np.zeros((hours, n)),
        given_mvar=np.zeros((hours, n)),
        voltage_pu=np.zeros((hours, n)),
        tap=np.zeros((hours, m), dtype=np.int64),
        left=left,
    )


def _fresh_cases(points: AreaPoints, area: AreaNetwork, start: Complex, state: State) -> Cases:
    hours, n = points.active_mw.shape
    return Cases(
        volt=start.copy(),
        active=points.active_mw / area.base_mva,
        reactive=np.zeros((hours, n)),
        hold=np.zeros((hours, n), dtype=bool),
        weight=np.zeros((hours, n)),
        reference=np.zeros(hours, dtype=np.int64),
        tap=state.tap,
        outage=points.outage,
        left_frac=points.left_frac,
        power=np.zeros((hours, n), dtype=np.complex128),
        iterations=np.zeros(hours, dtype=np.int64),
        slack=np.zeros(hours),
    )
