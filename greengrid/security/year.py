"""AC power flow of every hour of a dispatch: each synchronous area alone, all its hours in one batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.result import Dispatch
from greengrid.hourly import Array, HourlyTable
from greengrid.security.ac import area_name
from greengrid.security.batch_network import AreaNetwork, Whole, read_area
from greengrid.security.batch_newton import Cases, Flows, branch_flows
from greengrid.security.batch_points import PointBatch
from greengrid.security.batch_settle import (
    ALL_AT_LIMIT,
    NO_HOLDER,
    NO_SOLUTION,
    NOT_SETTLED,
    NOT_WITHIN,
    SOLVED,
    AreaBatch,
    AreaPoints,
    Settled,
    in_threads,
)
from greengrid.security.operating import PointMaker
from networks.grid import Grid
from networks.pandapower_net import areas, build_net

Progress = Callable[[str, int, int], None]
PROBLEM = {
    NO_HOLDER: "no source on line that can hold a voltage",
    NO_SOLUTION: "no solution even without reactive limits",
    NOT_WITHIN: "no solution within the reactive limits; lowest before the last one: {weakest}",
    NOT_SETTLED: "reactive limits and set points do not settle; lowest: {weakest}",
    ALL_AT_LIMIT: "every source of the area is at its reactive limits, the last one too; lowest: {weakest}",
}


@dataclass(frozen=True)
class AreaYear:
    """One area, every hour; arrays (hours, buses | branches) are nan in hours without a solution."""

    name: str
    network: AreaNetwork
    batch: AreaBatch
    points: AreaPoints
    settled: Settled
    voltage_pu: Array
    loading_frac: Array
    """Current over thermal limit."""
    flow_from_mw: Array
    """Into the branch at its from (high) end."""
    flow_to_mw: Array
    reactive_mvar: Array
    """What the sources of each bus give."""
    link_mw: Mapping[str, Array]
    """By link end ("LINK:from"): (hours,) what it gives to the area."""
    load_mw: Array
    """(hours,) loads of the area, without the loss estimate."""
    loss_estimate_mw: Array
    """(hours,) what was taken off the gross loads."""

    @property
    def solved(self) -> NDArray[np.bool_]:
        """(hours,)"""
        return np.asarray(self.settled.status == SOLVED)

    @property
    def branch_loss_mw(self) -> Array:
        return np.asarray(self.flow_from_mw + self.flow_to_mw)

    @property
    def loss_mw(self) -> Array:
        """(hours,) on lines and transformers."""
        return np.asarray(self.branch_loss_mw.sum(axis=1))

    @property
    def slack_mw(self) -> Array:
        """(hours,) generated beyond the dispatch."""
        return np.where(self.solved, self.settled.cases.slack * self.network.base_mva, np.nan)

    @property
    def flow_share_frac(self) -> Array:
        """Larger end flow over the normal operating limit."""
        return np.asarray(np.maximum(np.abs(self.flow_from_mw), np.abs(self.flow_to_mw)) / self.network.flow_max_mw)

    def problem(self, hour: int) -> str:
        """Why an hour has no solution; empty when it has one."""
        status = int(self.settled.status[hour])
        if status == SOLVED:
            return ""
        bus = int(self.settled.weakest[hour])
        weakest = f"{self.network.bus_names[bus]} at {self.settled.state.voltage_pu[hour, bus]:.3f} pu"
        return PROBLEM[status].format(weakest=weakest)


@dataclass(frozen=True)
class AcYear:
    """Every area and hour, in the order of the hours of the dispatch."""

    areas: tuple[AreaYear, ...]
    """Largest first."""
    limits: bool
    """Whether reactive limits, taps and reactors were settled, or voltages simply held."""

    @property
    def hours(self) -> int:
        return self.areas[0].points.hours if self.areas else 0

    def table(self, field: str) -> HourlyTable:
        """Hourly series of `voltage_pu`, `reactive_mvar` (buses), `loading_frac` or `flow_from_mw` (branches)."""
        of_buses = field in ("voltage_pu", "reactive_mvar")
        names = [area.network.bus_names if of_buses else area.network.branch_names for area in self.areas]
        values = [getattr(area, field) for area in self.areas]
        columns = tuple(name for part in names for name in part)
        return HourlyTable(columns, np.concatenate(values, axis=1) if values else np.zeros((0, 0)))


def solve_year(
    grid: Grid,
    dispatch: Dispatch,
    loss_frac: Mapping[str, float] | None = None,
    *,
    limits: bool = True,
    loss_estimate_mw: HourlyTable | None = None,
    progress: Progress = lambda what, done, total: None,
) -> AcYear:
    """Solve every hour of the dispatch in every synchronous area; HVDC links are injections at their ends.

    `loss_frac` is the share of gross demand per country that is lost on the network and taken off the loads;
    `loss_estimate_mw` gives it per load bus and hour instead. With `limits` reactive limits, helpers, taps and
    reactors are settled as in `networks.load_flow.solve`. An hour without a solution keeps its reason.
    """
    maker = PointMaker(grid, dispatch, (bus.name for bus in grid.buses), loss_frac)
    parts = areas(build_net(grid, maker.point(0)))
    found = []
    for done, net in enumerate(parts):
        progress("AC power flow of every hour", done, len(parts))
        network = read_area(net)
        points = PointBatch(grid, dispatch, net, network)
        estimate = points.loss_mw(loss_frac, loss_estimate_mw)
        batch, injections = AreaBatch(network), points.points(estimate)
        settled = batch.solve(injections, limits=limits)
        solved = _area_year(area_name(grid, set(network.bus_names)), batch, injections, settled)
        taken_mw = estimate.sum(axis=1)
        load_mw = points.served_mw.sum(axis=1) - taken_mw
        found.append(replace(solved, link_mw=points.link_mw, load_mw=load_mw, loss_estimate_mw=taken_mw))
    progress("AC power flow of every hour", len(parts), len(parts))
    return AcYear(tuple(found), limits)


def _area_year(name: str, batch: AreaBatch, points: AreaPoints, settled: Settled) -> AreaYear:
    """An area's results, still without loads and links."""
    area, solved = batch.area, settled.status == SOLVED
    flows = flows_of(area, settled.cases, np.flatnonzero(solved))
    unsolved = ~solved
    voltage = np.abs(settled.cases.volt)
    reactive = settled.cases.power.imag * area.base_mva + points.ranges.load_mvar
    for values in (voltage, reactive):
        values[unsolved] = np.nan
    return AreaYear(
        name=name,
        network=area,
        batch=batch,
        points=points,
        settled=settled,
        voltage_pu=voltage,
        loading_frac=flows.loading_frac,
        flow_from_mw=flows.flow_from * area.base_mva,
        flow_to_mw=flows.flow_to * area.base_mva,
        reactive_mvar=reactive,
        link_mw={},
        load_mw=np.zeros(0),
        loss_estimate_mw=np.zeros(0),
    )


def flows_of(area: AreaNetwork, cases: Cases, rows: Whole) -> Flows:
    """Branch flows of the cases `rows`, nan elsewhere; per unit."""
    shape = (len(cases.slack), len(area.branch_names))
    flows = Flows(np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan))
    in_threads(lambda part: branch_flows(area.arrays, cases, part, flows), rows)
    return flows
