"""Outages in AC: one circuit of every branch in every hour, and chosen cases within all limits.

The sweep takes each hour's own solution and one circuit away: voltages stay held by whoever held them, without limits
of reactive power. `confirm` looks at chosen cases with the limits, for outages of circuits, units and poles alike.
Taps and switched reactors stay as before the outage; the plants share what is missing as they share losses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from greengrid.security.batch_control import Ranges
from greengrid.security.batch_network import AreaNetwork, Array, Whole, cut, kept_places
from greengrid.security.batch_newton import Gone, Outages, solve_outages
from greengrid.security.batch_settle import SOLVED, AreaBatch, AreaPoints, Before, in_threads
from greengrid.security.year import PROBLEM, AcYear, AreaYear, flows_of
from greengrid.security.year_relief import taken


@dataclass(frozen=True)
class AreaOutages:
    """One circuit of each branch of one area out, in every hour that solved."""

    area: AreaYear
    outages: tuple[str, ...]
    result: Outages

    @property
    def cuts_off(self) -> tuple[str, ...]:
        """Branches whose outage cuts buses off; not tried."""
        left = left_frac(self.area.network)
        return tuple(name for name, share in zip(self.outages, left.tolist(), strict=True) if share < 0)


def sweep(year: AcYear) -> tuple[AreaOutages, ...]:
    """One circuit of every line and transformer out in every hour that solved."""
    return tuple(_sweep(area) for area in year.areas)


def _sweep(area: AreaYear) -> AreaOutages:
    network, hours = area.network, len(area.solved)
    branches = len(network.branch_names)
    shape = (hours, branches)
    result = Outages(
        state=np.full(shape, -1, dtype=np.int8),
        loading_frac=np.zeros(shape, dtype=np.float32),
        loaded=np.full(shape, -1, dtype=np.int16),
        voltage_min_pu=np.ones(shape, dtype=np.float32),
        lowest=np.full(shape, -1, dtype=np.int16),
        voltage_max_pu=np.ones(shape, dtype=np.float32),
        highest=np.full(shape, -1, dtype=np.int16),
    )
    gone = Gone(np.arange(branches), left_frac(network))
    cases, rows = area.settled.cases, np.flatnonzero(area.solved)
    in_threads(lambda part: solve_outages(network.arrays, cases, part, gone, result), rows)
    return AreaOutages(area, network.branch_names, result)


def left_frac(network: AreaNetwork) -> Array:
    """Share of each branch that stays when one circuit goes; -1 where that would cut buses off."""
    left = (network.circuits - 1) / network.circuits
    for m in np.flatnonzero(network.circuits == 1).tolist():
        if not _joined_without(network, m):
            left[m] = -1.0
    return np.asarray(left, dtype=np.float64)


def _joined_without(network: AreaNetwork, branch: int) -> bool:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    kept = np.arange(len(network.branch_names)) != branch
    ends = network.arrays.branch_from[kept], network.arrays.branch_to[kept]
    joined = coo_array((np.ones(kept.sum()), ends), shape=(network.buses, network.buses))
    return int(connected_components(joined, directed=False)[0]) == 1


@dataclass(frozen=True, slots=True)
class OutageCase:
    """One outage in one hour, to be confirmed in AC."""

    hour: int
    outage: str
    """What it is called in the records; the name of a line or transformer takes one circuit of it out."""
    appearing_mw: tuple[tuple[str, float], ...] = ()
    """(bus, MW that appear there, negative where they vanish): a unit, a pole, a link."""
    watch: str = ""
    """A line, transformer or cut whose flow is wanted."""
    range_lost_mvar: tuple[tuple[str, float, float], ...] = ()
    """(bus, Mvar it could take, Mvar it could give) that go with it; magnitudes."""
    watch_members: tuple[tuple[str, int], ...] = ()
    """(branch, sign) of a watched cut; empty for a branch."""
    dead: frozenset[str] = frozenset()
    """Buses that the outage cuts off: what is left is solved without them."""

    def touches(self, network: AreaNetwork) -> bool:
        """Whether anything of it is in an area."""
        return self.outage in network.branch_names or any(bus in network.bus_names for bus, _ in self.appearing_mw)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What AC says of one case in one area, within limits of reactive power; None where there is no solution."""

    hour: int
    outage: str
    area: str
    solved: bool
    problem: str
    loading_max_frac: float | None
    """Highest current over the thermal limit."""
    loading_max_branch: str | None
    voltage_min_pu: float | None
    voltage_min_bus: str | None
    voltage_max_pu: float | None
    voltage_max_bus: str | None
    watch: str
    watch_flow_mw: float | None
    """Larger end flow of the watched branch; of a cut the sum at its members' from ends, a magnitude."""


def confirm(year: AcYear, cases: Sequence[OutageCase]) -> tuple[Confirmed, ...]:
    """Solves chosen outages in every area that they touch, within limits of reactive power; in the order of the cases,
    then of the areas.

    Raises ValueError for an outage without effect on any area: neither a branch nor power at any bus.
    """
    found: list[tuple[int, Confirmed]] = []
    for area in year.areas:
        inside = [k for k, case in enumerate(cases) if case.touches(area.network)]
        for dead in sorted({cases[k].dead for k in inside}, key=sorted):
            alike = [k for k in inside if cases[k].dead == dead]
            found += list(zip(alike, _confirm(area, dead, [cases[k] for k in alike]), strict=True))
    known = {k for k, _ in found}
    unknown = sorted({case.outage for k, case in enumerate(cases) if k not in known})
    if unknown:
        raise ValueError(f"outages that touch no area: {', '.join(unknown[:5])}")
    return tuple(record for _, record in sorted(found, key=lambda pair: pair[0]))


def _confirm(area: AreaYear, dead: frozenset[str], cases: Sequence[OutageCase]) -> Iterable[Confirmed]:
    """Cases of one area that leave the same buses dead."""
    hours = np.array([case.hour for case in cases], dtype=np.int64)
    buses, branches = kept_places(area.network, dead)
    network = cut(area.network, buses, branches) if dead else area.network
    points = _without(network, cases, _part(taken(area.points, hours), buses))
    state = area.settled.state
    before = Before(
        area.settled.cases.volt[np.ix_(hours, buses)],
        state.tap[np.ix_(hours, branches)],
        state.relief_mvar[np.ix_(hours, buses)],
    )
    before.volt[~area.solved[hours]] = 1.0
    settled = (AreaBatch(network) if dead else area.batch).solve(points, before=before)
    flows = flows_of(network, settled.cases, np.flatnonzero(settled.status == SOLVED))
    ends_mw = np.stack([flows.flow_from, -flows.flow_to], axis=-1) * network.base_mva
    for k, case in enumerate(cases):
        solved = bool(settled.status[k] == SOLVED)
        weakest = int(settled.weakest[k])
        where = f"{network.bus_names[weakest]} at {settled.state.voltage_pu[k, weakest]:.3f} pu"
        problem = "" if solved else PROBLEM[int(settled.status[k])].format(weakest=where)
        watched = _watched(network, case, ends_mw[k]) if solved else None
        yield Confirmed(
            hour=case.hour,
            outage=case.outage,
            area=area.name,
            solved=solved,
            problem=problem,
            watch=case.watch,
            watch_flow_mw=watched,
            **_extremes(network, np.abs(settled.cases.volt[k]), flows.loading_frac[k], solved),
        )


def _part(points: AreaPoints, buses: Whole) -> AreaPoints:
    """The injections of these buses."""
    ranges = Ranges(*(values[:, buses] for values in points.ranges))
    return AreaPoints(points.active_mw[:, buses], ranges, points.outage, points.left_frac)


def _without(network: AreaNetwork, cases: Sequence[OutageCase], points: AreaPoints) -> AreaPoints:
    """The cases' points with the outages in them."""
    names, left = network.branch_names, left_frac(network)
    buses = {name: k for k, name in enumerate(network.bus_names)}
    outage: Whole = np.array([names.index(c.outage) if c.outage in names else -1 for c in cases], dtype=np.int64)
    for k, case in enumerate(cases):
        for bus, mw in case.appearing_mw:
            if bus in buses:
                points.active_mw[k, buses[bus]] += mw
        for bus, takes, gives in case.range_lost_mvar:
            if bus in buses:
                _shrink(points.ranges, (k, buses[bus]), takes, gives)
    share = np.where(outage >= 0, np.maximum(left[outage], 0.0), 1.0) if len(outage) else np.zeros(0)
    return AreaPoints(points.active_mw, points.ranges, outage, share)


def _shrink(ranges: Ranges, at: tuple[int, int], takes_mvar: float, gives_mvar: float) -> None:
    """Takes reactive range off a bus, no further than to none."""
    for values, less in ((ranges.high_mvar, gives_mvar), (ranges.up_mvar, gives_mvar)):
        values[at] = max(values[at] - less, 0.0)
    for values, less in ((ranges.low_mvar, takes_mvar), (ranges.down_mvar, takes_mvar)):
        values[at] = min(values[at] + less, 0.0)


def _watched(network: AreaNetwork, case: OutageCase, ends_mw: Array) -> float | None:
    """Magnitude of the watched flow, of which what is dead carries none; `ends_mw`, shape (branches, 2), is what enters
    at the from and leaves at the to end."""
    places = {name: k for k, name in enumerate(network.branch_names)}
    if case.watch in places:
        return float(np.abs(ends_mw[places[case.watch]]).max())
    members = [(places[name], sign) for name, sign in case.watch_members if name in places]
    if not members or (len(members) < len(case.watch_members) and not case.dead):
        return None
    return abs(sum(sign * float(ends_mw[place, 0]) for place, sign in members))


class _Extremes(TypedDict):
    loading_max_frac: float | None
    loading_max_branch: str | None
    voltage_min_pu: float | None
    voltage_min_bus: str | None
    voltage_max_pu: float | None
    voltage_max_bus: str | None


def _extremes(network: AreaNetwork, voltage_pu: Array, loading_frac: Array, solved: bool) -> _Extremes:
    low, high, loaded = int(voltage_pu.argmin()), int(voltage_pu.argmax()), int(np.nan_to_num(loading_frac).argmax())
    buses = network.bus_names
    return {
        "loading_max_frac": float(loading_frac[loaded]) if solved else None,
        "loading_max_branch": network.branch_names[loaded] if solved else None,
        "voltage_min_pu": float(voltage_pu[low]) if solved else None,
        "voltage_min_bus": buses[low] if solved else None,
        "voltage_max_pu": float(voltage_pu[high]) if solved else None,
        "voltage_max_bus": buses[high] if solved else None,
    }
