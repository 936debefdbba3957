"""Is there enough power when machines and cables fail: loss of load over many drawn years, and what a link adds.

Every generating unit, every circuit between areas and every pole of a link is up or down by turns (two-state Markov
process, exponential times; R. Billinton and R. N. Allan, Reliability Evaluation of Power Systems, 2nd ed. 1996,
sections 9.2 and 12.6). In each hour areas that have too little take from areas that have too much, as far as the ties
between them go: the largest such exchange is a maximum flow, found as the least cut over all sets of areas (Ford and
Fulkerson 1956). What stays short is not served.

The same draws serve the system with and without the link, so that their difference is the link's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

from greengrid.hourly import Array

CONFIDENCE = 0.95
SHORT_MW = 1e-6
CYCLES_SPARE = 8.0
"""Standard deviations of the number of failures in a year that the draws provide for."""
CREDIT_BATCHES = 4
BOUNDLESS_MW = 1e9

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

    def without(self, tie: str) -> System:
        """The same system with nothing over one tie; its draws stay the same."""
        ties = tuple(replace(each, forward_mw=0.0, reverse_mw=0.0) if each.name == tie else each for each in self.ties)
        return replace(self, ties=ties)


@dataclass(frozen=True)
class Shortage:
    """Of the drawn years, arrays of shape (years, groups of areas)."""

    unserved_mwh: Array
    short_h: Array
    """Hours in which any area of the group is short."""

    @property
    def years(self) -> int:
        """How many were drawn."""
        return len(self.unserved_mwh)


@dataclass(frozen=True)
class Draw:
    """One drawn year: hours by areas, and hours by forward and backward capacity of every tie."""

    surplus_mw: Array
    tie_mw: Array
    ties: tuple[Tie, ...]


def draw(systems: Sequence[System], years: int, seed: int) -> Iterator[Draw]:
    """Draws years, the weather years in turn; the same seed draws the same failures whatever the ties carry."""
    for number in range(years):
        yield _year(systems[number % len(systems)], np.random.default_rng([seed, number]))


def short_of(draws: Iterable[Draw], groups: Sequence[Sequence[int]] = ()) -> Shortage:
    """What is short in drawn years, by groups of areas; without groups, by area."""
    energy, hours = [], []
    for each in draws:
        unserved = shared(each.surplus_mw, each.tie_mw, each.ties)
        chosen = groups or [(area,) for area in range(unserved.shape[1])]
        parts = [unserved[:, list(areas)] for areas in chosen]
        energy.append([part.sum() for part in parts])
        hours.append([(part > SHORT_MW).any(axis=1).sum() for part in parts])
    return Shortage(np.array(energy), np.array(hours, dtype=float))


def sample(systems: Sequence[System], years: int, seed: int, groups: Sequence[Sequence[int]] = ()) -> Shortage:
    """`draw` and `short_of` in one."""
    return short_of(draw(systems, years, seed), groups)


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


def shared(surplus_mw: Array, tie_mw: Array, ties: Sequence[Tie]) -> Array:
    """What each area is short of after all exchange, shape (hours, areas).

    `surplus_mw` (hours, areas) is negative where an area is short; `tie_mw` (hours, 2 x ties) is forward and backward
    capacity. As much as possible is served in all; where that leaves a choice, areas are served in their order.
    """
    unserved = np.maximum(-surplus_mw, 0.0)
    some = np.flatnonzero(unserved.any(axis=1))
    if not len(some):
        return unserved
    short, over, cables = unserved[some], np.maximum(surplus_mw[some], 0.0), tie_mw[some]
    everyone = tuple(range(surplus_mw.shape[1]))
    served = _most_served(short, over, cables, ties, everyone)
    left = short.sum(axis=1) - served > SHORT_MW
    result = np.zeros_like(short)
    if left.any():
        result[left] = _in_order(short[left], over[left], cables[left], ties)
    unserved[some] = result
    return unserved


def _in_order(short: Array, over: Array, cables: Array, ties: Sequence[Tie]) -> Array:
    """Served area by area: what the first k areas can have together, less what the first k - 1 can."""
    result = np.empty_like(short)
    before = np.zeros(len(short))
    for area in range(short.shape[1]):
        together = _most_served(short, over, cables, ties, tuple(range(area + 1)))
        result[:, area] = np.maximum(short[:, area] - (together - before), 0.0)
        before = together
    return result


def _most_served(short: Array, over: Array, cables: Array, ties: Sequence[Tie], targets: tuple[int, ...]) -> Array:
    """The largest flow from all areas' surplus into the targets' shortage: the least cut over all sets of areas."""
    count = short.shape[1]
    wanted = np.zeros_like(short)
    wanted[:, targets] = short[:, targets]
    least = np.full(len(short), np.inf)
    for inside in itertools.product((False, True), repeat=count):
        member = np.array(inside)
        cut = over[:, ~member].sum(axis=1) + wanted[:, member].sum(axis=1)
        for number, tie in enumerate(ties):
            if member[tie.start] and not member[tie.end]:
                cut = cut + cables[:, 2 * number]
            elif member[tie.end] and not member[tie.start]:
                cut = cut + cables[:, 2 * number + 1]
        least = np.minimum(least, cut)
    return least


def margin_mw(draws: Iterable[Draw], area: int) -> Array:
    """What one area could use more in every hour of every year, if it is served before all others: its own surplus and
    the most that can reach it. Shape (hours of all years,)."""
    found = []
    for each in draws:
        over = np.maximum(each.surplus_mw, 0.0)
        over[:, area] = 0.0
        wanted = np.zeros_like(over)
        wanted[:, area] = BOUNDLESS_MW
        found.append(each.surplus_mw[:, area] + _most_served(wanted, over, each.tie_mw, each.ties, (area,)))
    return np.concatenate(found)


def carried_mw(draws: Sequence[Draw], area: int, target_h: float) -> float:
    """Flat demand that one area can bear beyond its own until it is short `target_h` hours a year, if it is served
    first: so many hours have a smaller margin. Negative where it is short more often already."""
    margins = np.sort(margin_mw(draws, area))
    return float(np.interp(target_h * len(draws), np.arange(1, len(margins) + 1), margins))


def capacity_credit_mw(
    systems: Sequence[System], tie: str, area: int, *, years: int, seed: int, target_h: float
) -> tuple[float, float]:
    """How much more flat demand an area can carry with the tie than without it at the same hours short, and half the
    width of its 95 % interval.

    Effective load-carrying capability (Garver 1966, IEEE Trans. PAS-85) on the same draws with and without, batch by
    batch: the interval is that of the batches' mean.
    """
    bare = [system.without(tie) for system in systems]
    size = max(1, years // CREDIT_BATCHES)
    found = []
    for batch in range(CREDIT_BATCHES):
        with_tie, without = (list(draw(each, size, seed + 1 + batch)) for each in (systems, bare))
        found.append(carried_mw(with_tie, area, target_h) - carried_mw(without, area, target_h))
    return interval(np.array(found))
