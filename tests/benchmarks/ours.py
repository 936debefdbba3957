"""The data set as greengrid's own problem arrays.

The tie-breaking cost is not in it: `make_problem` adds that to the problems of cases, and here every tool prices
exactly the same.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from greengrid.dispatch.families import RowFamily
from greengrid.dispatch.network import Network, thinned
from greengrid.dispatch.problem import HOURS_PER_DAY, Columns, Problem, Store
from tests.benchmarks.synthetic import DataSet, factors, zones


class _Columns:
    """Collects columns of one step with their costs and bounds over all hours."""

    def __init__(self, hours: int) -> None:
        self.hours = hours
        self.kind: list[str] = []
        self.name: list[str] = []
        self.segment: list[int] = []
        self.direction: list[int] = []
        self.cost: list[float] = []
        self.lower: list[float] = []
        self.upper: list[np.ndarray] = []
        self.entries: list[tuple[int, int, float]] = []

    def add(
        self,
        kind: str,
        number: int,
        acts: list[tuple[int, float]],
        cost: float,
        upper: np.ndarray | float,
        **how: float,
    ) -> int:
        column = len(self.kind)
        self.kind.append(kind)
        self.name.append(f"{kind} {number}")
        self.segment.append(int(how.get("segment", 0)))
        self.direction.append(int(how.get("direction", 0)))
        self.cost.append(cost)
        self.lower.append(how.get("lower", 0.0))
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=float), (self.hours,)))
        self.entries += [(bus, column, value) for bus, value in acts]
        return column

    def template(self, buses: int) -> Columns:
        rows, columns, values = (np.array(part) for part in zip(*self.entries, strict=True))
        shape = (buses, len(self.kind))
        matrix = sparse.csc_matrix((values.astype(float), (rows, columns)), shape=shape)
        return Columns(tuple(self.kind), tuple(self.name), matrix, np.array(self.segment), np.array(self.direction))


def make_problem(data: DataSet) -> Problem:
    """The hourly problem of the data set."""
    columns = _Columns(data.hours)
    _add_plants(columns, data)
    reservoirs = [
        columns.add("release", k, [(int(bus), 1.0)], 0.0, data.reservoir_max_mw[k])
        for k, bus in enumerate(data.reservoir_bus)
    ]
    batteries = tuple(_add_battery(columns, data, k) for k in range(len(data.battery_bus)))
    _add_links(columns, data)
    demand = np.zeros((data.hours, data.buses))
    for k, bus in enumerate(data.load_bus):
        columns.add("shed", k, [(int(bus), 1.0)], float(data.lost_load_usd_per_mwh[0]), data.load_mw[:, k])
        demand[:, bus] += data.load_mw[:, k]
    stores = _stores(data, reservoirs)
    template = columns.template(data.buses)
    days = -(-data.hours // HOURS_PER_DAY)
    inflow = np.zeros((days * HOURS_PER_DAY, len(stores)))
    inflow[: data.hours, : len(reservoirs)] = data.reservoir_inflow_mw
    return Problem(
        hours_per_step=1,
        columns=template,
        network=make_network(data, template.injection),
        cost=np.tile(np.array(columns.cost), (data.hours, 1)),
        lower=np.tile(np.array(columns.lower), (data.hours, 1)),
        upper=np.column_stack(columns.upper),
        demand=demand,
        joint=(),
        batteries=batteries,
        stores=stores,
        inflow_mwh=inflow.reshape(days, HOURS_PER_DAY, -1).sum(axis=1),
        days=days,
        families=_ramps(data, len(columns.kind)),
    )


def make_network(data: DataSet, injection: sparse.csc_matrix) -> Network:
    """Factors and limits of the data set's lines, thinned as those of every case are."""
    area = np.zeros(data.buses, dtype=np.int64)
    for number, members in enumerate(zones(data)):
        area[members] = number
    busy = 1 + np.diff(injection.tocsr().indptr)
    return Network(
        tuple(f"bus {k}" for k in range(data.buses)),
        area,
        tuple(f"line {k}" for k in range(len(data.line_from))),
        (),
        thinned(factors(data), area, busy),
        data.line_max_mw,
        -data.line_max_mw,
    )


def _stores(data: DataSet, reservoirs: list[int]) -> tuple[Store, ...]:
    """Reservoirs, then the cap on emissions if there is one."""
    water = [
        Store(f"release {k}", np.array([column]), np.ones(1), float(data.reservoir_volume_mwh[k]), cyclic=True)
        for k, column in enumerate(reservoirs)
    ]
    cap = float(data.emission_cap_tco2[0])
    if not np.isfinite(cap):
        return tuple(water)
    # Thermal units are the first columns.
    units = np.arange(len(data.thermal_bus))
    emission = data.thermal_emission_tco2_per_mwh
    return (*water, Store("emissions", units, emission, cap, cyclic=False, start_mwh=cap))


def _ramps(data: DataSet, columns: int) -> tuple[RowFamily, ...]:
    """Change of every ramp limited unit from hour to hour; the first hour follows none, as in PyPSA."""
    limited = np.flatnonzero(np.isfinite(data.thermal_ramp_mw_per_h))
    if not len(limited):
        return ()
    # Thermal units are the first columns.
    pattern = sparse.csr_matrix((np.ones(len(limited)), (np.arange(len(limited)), limited)), (len(limited), columns))
    most = data.thermal_ramp_mw_per_h[limited]
    upper = np.tile(most, (data.hours, 1))
    upper[0] = np.inf
    names = tuple(f"ramp {k}" for k in limited)
    return (RowFamily("ramp", names, ((0, pattern), (1, -pattern)), -upper, upper, most),)


def _add_plants(columns: _Columns, data: DataSet) -> None:
    for k, bus in enumerate(data.thermal_bus):
        cost, least = float(data.thermal_cost_usd_per_mwh[k]), float(data.thermal_min_mw[k])
        columns.add("unit", k, [(int(bus), 1.0)], cost, data.thermal_max_mw[:, k], lower=least)
    for k, bus in enumerate(data.renewable_bus):
        cost = float(data.renewable_cost_usd_per_mwh[k])
        columns.add("renewable", k, [(int(bus), 1.0)], cost, data.renewable_max_mw[:, k])


def _add_battery(columns: _Columns, data: DataSet, k: int) -> tuple[int, int, int, float]:
    bus, most = int(data.battery_bus[k]), data.battery_max_mw[k]
    charge = columns.add("charge", k, [(bus, -1.0)], 0.0, most)
    discharge = columns.add("discharge", k, [(bus, 1.0)], 0.0, most)
    content = columns.add("content", k, [], 0.0, data.battery_energy_mwh[k])
    return charge, discharge, content, float(data.battery_efficiency_frac[k])


def _add_links(columns: _Columns, data: DataSet) -> None:
    ends = ((1, data.link_from, data.link_to), (-1, data.link_to, data.link_from))
    for k in range(len(data.link_from)):
        for direction, start, end in ends:
            for segment, width in enumerate(data.link_segment_mw[k]):
                acts = [(int(start[k]), -1.0), (int(end[k]), float(data.link_efficiency_frac[k, segment]))]
                cost = float(data.link_cost_usd_per_mwh[k])
                columns.add("link", k, acts, cost, width, segment=segment, direction=direction)
