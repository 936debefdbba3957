"""Every dispatched hour as injections of one area: what `operating.PointMaker` and `operating_point.set_point` do for
one hour, for all at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from greengrid.hourly import HourlyTable
from greengrid.security.batch_control import Ranges
from greengrid.security.batch_network import AreaNetwork, Array
from greengrid.security.batch_settle import AreaPoints
from greengrid.security.hours import WINTER_MONTHS
from greengrid.security.operating import (
    LIGHT_LOAD_FRAC,
    REACTIVE_RATIO_LIGHT,
    REACTIVE_RATIO_SUMMER,
    REACTIVE_RATIO_WINTER,
    HourlyPower,
)
from networks.grid import Grid
from networks.operating_point import (
    CONVERTER_REACTIVE_FRAC,
    SET_POINT_COMPENSATED_PU,
    SET_POINT_PU,
    SYNCHRONOUS_REACTIVE_FRAC,
)
from networks.voltage_control import LOADING_ON_LINE_FRAC, SLACK_KINDS, Net


class PointBatch:
    """The points of one area's hours."""

    def __init__(self, grid: Grid, dispatch: HourlyPower, net: Net, area: AreaNetwork) -> None:
        """`net` is the area's pandapower net that `area` was read from."""
        self._grid, self._dispatch, self._area = grid, dispatch, area
        position = {name: k for k, name in enumerate(area.bus_names)}
        index = {int(bus): k for k, bus in enumerate(net.bus.index)}
        self._bus = np.array([index[int(bus)] for bus in net.gen["bus"]], dtype=np.int64)
        self._gen = net.gen
        self._loads = [(load, position[load.bus]) for load in grid.loads if load.bus in position]
        self._power_mw = _source_power_mw(grid, dispatch, net.gen)
        served = dispatch.served_mw.select(load.bus for load, _ in self._loads).values
        gross_mw = served.sum(axis=1)
        self.light = gross_mw < LIGHT_LOAD_FRAC * (gross_mw.max() if len(gross_mw) else 0.0)
        self.served_mw = served
        ends = zip(net.gen["name"], net.gen["kind"], self._power_mw.T, strict=True)
        self.link_mw: dict[str, Array] = {str(name): power for name, kind, power in ends if kind == "link"}

    def points(self, loss_mw: Array) -> AreaPoints:
        """All hours; `loss_mw` (hours, loads) is taken off the loads."""
        hours, n = len(self.served_mw), self._area.buses
        load_mw = _on_buses(self.served_mw - loss_mw, np.array([bus for _, bus in self._loads], dtype=np.int64), n)
        winter = np.isin(self._dispatch.clock.months, WINTER_MONTHS)
        ratio = np.where(winter, REACTIVE_RATIO_WINTER, REACTIVE_RATIO_SUMMER)
        ratio = np.where(self.light, REACTIVE_RATIO_LIGHT, ratio)
        active = _on_buses(self._power_mw, self._bus, n) - load_mw
        ranges = self._ranges(load_mw * ratio[:, None])
        return AreaPoints(active, ranges, np.full(hours, -1, dtype=np.int64), np.ones(hours))

    def loss_mw(self, loss_frac: Mapping[str, float] | None, estimate_mw: HourlyTable | None = None) -> Array:
        """(hours, loads): the estimate of network losses in the gross loads, by country's share or as given."""
        if estimate_mw is not None:
            return estimate_mw.select(load.bus for load, _ in self._loads).values
        return np.asarray(self.served_mw * [(loss_frac or {}).get(load.country, 0.0) for load, _ in self._loads])

    def _ranges(self, load_mvar: Array) -> Ranges:
        gen, n = self._gen, self._area.buses
        kind = gen["kind"].to_numpy()
        rating = np.minimum(np.abs(self._power_mw) / LOADING_ON_LINE_FRAC, gen["max_p_mw"].to_numpy(dtype=float))
        low, high = _reactive_limits_mvar(gen, rating, kind)
        ranged = high > low
        share = [np.where(ranged & (kind == group), rating, 0.0) for group in SLACK_KINDS]
        share.append(ranged.astype(np.float64))
        machines = _on_buses((ranged & (kind != "compensation")).astype(np.float64), self._bus, n) > 0
        return Ranges(
            low_mvar=_on_buses(low, self._bus, n),
            high_mvar=_on_buses(high, self._bus, n),
            up_mvar=_on_buses(np.maximum(high, 0.0), self._bus, n),
            down_mvar=_on_buses(np.minimum(low, 0.0), self._bus, n),
            load_mvar=load_mvar,
            set_pu=self._set_points_pu(machines),
            rating_mw=np.stack([_on_buses(values, self._bus, n) for values in share], axis=2),
        )

    def _set_points_pu(self, machines: NDArray[np.bool_]) -> Array:
        column = self.light.astype(np.int64)
        points = np.empty(machines.shape)
        for b, kv in enumerate(self._area.voltage_kv.tolist()):
            own, bare = (
                np.array(table[min(table, key=lambda level: abs(level - kv))])
                for table in (SET_POINT_PU, SET_POINT_COMPENSATED_PU)
            )
            points[:, b] = np.where(machines[:, b], own[column], bare[column])
        return points


def _on_buses(values: Array, bus: NDArray[np.int64], n: int) -> Array:
    """(hours, sources) summed by bus to (hours, n)."""
    total = np.zeros((n, len(values)))
    np.add.at(total, bus, values.T)
    return np.ascontiguousarray(total.T)


def _reactive_limits_mvar(gen: Any, rating_mw: Array, kind: NDArray[np.object_]) -> tuple[Array, Array]:
    limits = []
    for side, column in enumerate(("fixed_low_mvar", "fixed_high_mvar")):
        limit = np.broadcast_to(gen[column].to_numpy(dtype=float), rating_mw.shape)
        limit = np.where(kind == "synchronous", SYNCHRONOUS_REACTIVE_FRAC[side] * rating_mw, limit)
        limits.append(np.where(kind == "converter", CONVERTER_REACTIVE_FRAC[side] * rating_mw, limit))
    return limits[0], limits[1]


def _source_power_mw(grid: Grid, dispatch: HourlyPower, gen: Any) -> Array:
    """(hours, sources) in the order of `gen`."""
    generation = _net_generation(grid, dispatch)
    columns = []
    for name, kind in zip(gen["name"], gen["kind"], strict=True):
        if kind in ("synchronous", "converter"):
            columns.append(generation[name])
        elif kind == "border":
            columns.append(dispatch.import_mw[name] - dispatch.export_mw[name])
        elif kind == "link":
            columns.append(_link_end_mw(dispatch, *name.rsplit(":", 1)))
        else:
            columns.append(np.zeros(dispatch.clock.hours))
    return np.column_stack(columns)


def _net_generation(grid: Grid, dispatch: HourlyPower) -> dict[str, Array]:
    """What each plant gives: less what batteries charge and what of must-run output nobody can use."""
    table = dispatch.generation_mw
    given = {name: table.values[:, k].copy() for k, name in enumerate(table.columns)}
    for name in dispatch.charge_mw.columns:
        given[name] -= dispatch.charge_mw[name]
    for bus in dispatch.dumped_mw.columns:
        _hold_back(given, [plant.name for plant in grid.plants if plant.bus == bus], dispatch.dumped_mw[bus])
    return given


def _hold_back(given_mw: dict[str, Array], names: list[str], dumped_mw: Array) -> None:
    """Takes must-run output that nobody uses off a bus' units, the largest first."""
    hours = np.flatnonzero(dumped_mw > 0)
    if not names or not len(hours):
        return
    output = np.column_stack([given_mw[name][hours] for name in names])
    order = np.argsort(-output, axis=1, kind="stable")
    sorted_mw = np.maximum(np.take_along_axis(output, order, axis=1), 0.0)
    before = np.cumsum(sorted_mw, axis=1) - sorted_mw
    less = np.clip(dumped_mw[hours, None] - before, 0.0, sorted_mw)
    taken = np.empty_like(less)
    np.put_along_axis(taken, order, less, axis=1)
    for k, name in enumerate(names):
        given_mw[name][hours] -= taken[:, k]


def _link_end_mw(dispatch: HourlyPower, link: str, end: str) -> Array:
    """Net injection of a link at one end; each end feeds half of the idle loss."""
    out, back = ("forward", "reverse") if end == "from" else ("reverse", "forward")
    sent, received = dispatch.link_sent_mw[f"{link}:{out}"], dispatch.link_received_mw[f"{link}:{back}"]
    return np.asarray(received - sent - dispatch.link_idle_mw[link] / 2)
