"""Is there enough power when machines and cables fail: loss of load over many drawn years, and what a link adds.

Every generating unit, every circuit between areas and every pole of a link is up or down by turns (two-state Markov
process, exponential times; R. Billinton and R. N. Allan, Reliability Evaluation of Power Systems, 2nd ed. 1996,
sections 9.2 and 12.6). In each hour areas that have too little take from areas that have too much, as far as the ties
between them go: the largest such exchange is a maximum flow, found as the least cut over all sets of areas (Ford and
Fulkerson 1956). What stays short is not served.

The same draws serve the system with and without the link, so that their difference is the link's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

from greengrid.hourly import Array
from greengrid.security.adequacy_kernels import SHORT_MW, exchange

CONFIDENCE = 0.95
CYCLES_SPARE = 8.0
"""Standard deviations of the number of failures in a year that the draws provide for."""

Areas = NDArray[np.int64]


@dataclass(frozen=True)
class Machines:
    """Units that fail one by one; arrays of shape (units,) unless said otherwise."""

    capacity_mw: Array
    area: Areas
    forced_outage_frac: Array
    repair_h: Array
    present_frac: Array
    """(units, 12): share of capacity that planned outages and the month of commissioning leave."""


@dataclass(frozen=True)
class Part:
    """A circuit of a line or a pole of a link, up or down by itself."""

    capacity_mw: float
    failures: tuple[tuple[float, float], ...]
    """(share of time out, hours of a repair) of each cause that takes it out."""


@dataclass(frozen=True)
class Tie:
    """What may flow between two areas: at most what its parts that are up carry together."""

    name: str
    start: int
    end: int
    forward_mw: float
    reverse_mw: float
    parts: tuple[Part, ...] = ()
    """None: it never fails."""
    is_link: bool = False
    """An HVDC link, not a cut of the AC grid."""


@dataclass(frozen=True)
class System:
    """One weather year. Hourly arrays have shape (hours, areas)."""

    areas: tuple[str, ...]
    country: tuple[str, ...]
    """Of each area."""
    demand_mw: Array
    given_mw: Array
    """What does not fail unit by unit: wind, sun, water, stores, and what neighbours deliver."""
    machines: Machines
    ties: tuple[Tie, ...]
    month: NDArray[np.int64]
    """Of each hour, 0 to 11."""

    @property
    def links(self) -> tuple[str, ...]:
        """HVDC links between two areas."""
        return tuple(tie.name for tie in self.ties if tie.is_link)


@dataclass(frozen=True)
class Draw:
    """One drawn year: hours by areas, and hours by forward and backward capacity of every tie."""

    surplus_mw: Array
    tie_mw: Array
    ties: tuple[Tie, ...]

    def without(self, tie: str) -> Draw:
        """The same failures with nothing over one tie."""
        names = np.repeat([each.name for each in self.ties], 2)
        return replace(self, tie_mw=np.where(names == tie, 0.0, self.tie_mw))


def draw(systems: Sequence[System], years: int, seed: int) -> Iterator[Draw]:
    """Draws years, the weather years in turn; the same seed draws the same failures."""
    for number in range(years):
        yield _year(systems[number % len(systems)], np.random.default_rng([seed, number]))


class Shortage:
    """What is short in drawn years, by groups of areas."""

    def __init__(self, groups: Sequence[Sequence[int]]) -> None:
        self._groups = [list(areas) for areas in groups]
        self._unserved_mwh: list[list[float]] = []
        self._short_h: list[list[float]] = []

    def add(self, unserved_mw: Array) -> None:
        """One more year, shape (hours, areas)."""
        parts = [unserved_mw[:, areas] for areas in self._groups]
        self._unserved_mwh.append([float(part.sum()) for part in parts])
        self._short_h.append([float((part > SHORT_MW).any(axis=1).sum()) for part in parts])

    @property
    def unserved_mwh(self) -> Array:
        """Shape (years, groups)."""
        return np.array(self._unserved_mwh)

    @property
    def short_h(self) -> Array:
        """Hours in which any area of the group is short, shape (years, groups)."""
        return np.array(self._short_h)


def interval(values: Array) -> tuple[float, float]:
    """Mean and half the width of its 95 % interval by Student's t, as few batches know their own spread badly; nan
    from a single value, which knows none."""
    count = len(values)
    if count < 2:
        return float(values.mean()), float("nan")
    score = float(student_t.ppf(0.5 + CONFIDENCE / 2, count - 1))
    return float(values.mean()), score * float(values.std(ddof=1)) / float(np.sqrt(count))


def _year(system: System, rng: np.random.Generator) -> Draw:
    hours = len(system.demand_mw)
    up_mw = _present(system) - _down(system.machines, system, rng)
    capacity = np.empty((hours, 2 * len(system.ties)))
    for number, tie in enumerate(system.ties):
        most = _parts_up_mw(tie, hours, rng)
        capacity[:, 2 * number] = np.minimum(tie.forward_mw, most)
        capacity[:, 2 * number + 1] = np.minimum(tie.reverse_mw, most)
    return Draw(system.given_mw + up_mw - system.demand_mw, capacity, system.ties)


def _present(system: System) -> Array:
    """Capacity of all machines with none failed, (hours, areas)."""
    machines = system.machines
    by_month = np.zeros((12, len(system.areas)))
    np.add.at(by_month.T, machines.area, machines.capacity_mw[:, None] * machines.present_frac)
    present: Array = by_month[system.month]
    return present


def _down(machines: Machines, system: System, rng: np.random.Generator) -> Array:
    """Capacity that has failed, (hours, areas); a repair takes the share that was present when it began."""
    hours, areas = len(system.demand_mw), len(system.areas)
    change = np.zeros((hours + 1, areas))
    unit, start, end = outages(machines.forced_outage_frac, machines.repair_h, hours, rng)
    lost = machines.capacity_mw[unit] * machines.present_frac[unit, system.month[start]]
    np.add.at(change, (start, machines.area[unit]), lost)
    np.add.at(change, (end, machines.area[unit]), -lost)
    down: Array = np.cumsum(change, axis=0)[:hours]
    return down


def outages(
    forced_outage_frac: Array, repair_h: Array, hours: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(unit, first hour, hour after the last) of every outage of a year.

    A unit begins down with its share of time out; times down are exponential with mean r, times up with mean
    r (1 - q) / q, so that it is down for the share q of all time (Billinton and Allan 1996, eq. 2.2).
    """
    if not len(repair_h):
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, empty
    share = np.clip(forced_outage_frac, 1e-9, 0.999)
    mean_up = repair_h * (1 - share) / share
    cycles = hours / (mean_up + repair_h)
    most = int(np.ceil((cycles + CYCLES_SPARE * np.sqrt(cycles) + CYCLES_SPARE).max()))
    times = rng.exponential(size=(len(share), 2 * most))
    begins_down = rng.random(len(share)) < share
    means = np.where(begins_down[:, None] ^ (np.arange(2 * most) % 2 == 1), repair_h[:, None], mean_up[:, None])
    ends = np.cumsum(times * means, axis=1)
    starts = np.concatenate([np.zeros((len(share), 1)), ends[:, :-1]], axis=1)
    is_down = begins_down[:, None] ^ (np.arange(2 * most) % 2 == 1)
    unit, place = np.nonzero(is_down & (starts < hours))
    # Both to the nearest hour: rounded apart, an outage would last half an hour too long or too short on average.
    first = np.rint(starts[unit, place]).astype(np.int64)
    last = np.minimum(np.rint(ends[unit, place]), hours).astype(np.int64)
    lasting = last > first
    return unit[lasting], first[lasting], last[lasting]


def _parts_up_mw(tie: Tie, hours: int, rng: np.random.Generator) -> Array:
    """What the parts that are up carry in each hour; every part fails by each cause on its own."""
    if not tie.parts:
        return np.full(hours, np.inf)
    up_mw = np.zeros(hours)
    for part in tie.parts:
        down = np.zeros(hours + 1)
        causes = np.array(part.failures)
        _, start, end = outages(causes[:, 0], causes[:, 1], hours, rng)
        np.add.at(down, start, 1.0)
        np.add.at(down, end, -1.0)
        up_mw += part.capacity_mw * (np.cumsum(down)[:hours] < 0.5)
    return up_mw


def shared(surplus_mw: Array, tie_mw: Array, ties: Sequence[Tie]) -> tuple[Array, Array]:
    """What each area is short of after all exchange, and its margin; both of shape (hours, areas), see `exchange`.

    `surplus_mw` (hours, areas) is negative where an area is short; `tie_mw` (hours, 2 x ties) is forward and backward
    capacity.
    """
    ends = np.array([(tie.start, tie.end) for tie in ties], dtype=np.int64).reshape(-1, 2)
    unserved, margin = np.empty_like(surplus_mw), np.empty_like(surplus_mw)
    exchange(np.ascontiguousarray(surplus_mw), np.ascontiguousarray(tie_mw), ends, unserved, margin)
    return unserved, margin
