"""One hour's injections as pandapower's sources: plants, borders, compensation and link ends, with what they can give.

Every source is a row of `gen` (it holds its bus' voltage) and one of `sgen` (it gives fixed power); `voltage_control`
decides which of the two is in service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from networks.rows import STORED
from networks.voltage_control import LOADING_ON_LINE_FRAC, Net, VoltageControl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from networks.grid import Grid, Plant
    from networks.hvdc import Link

CONVERTER_TECHNOLOGIES = frozenset({"wind_onshore", "wind_offshore", "solar", "battery"})
SYNCHRONOUS_REACTIVE_FRAC = (-0.30, 0.62)
"""Of the active rating on line: cos phi 0.85 over-excited, the usual stability limit under-excited."""
CONVERTER_REACTIVE_FRAC = (-0.33, 0.33)
"""Cos phi 0.95 both ways, as grid codes ask of wind, sun and batteries."""
LINK_REACTIVE_FRAC = 0.4
"""Voltage-source converters of a link, of their rating, also at no load."""
SET_POINT_PU = {500: (1.03, 1.015), 400: (1.03, 1.015), 330: (1.03, 1.01), 220: (1.055, 1.035)}
"""Buses with plants, ties or converters: (normal, light load)."""
SET_POINT_COMPENSATED_PU = {500: (1.025, 1.01), 400: (1.025, 1.01), 330: (1.02, 1.02), 220: (1.04, 1.02)}
"""Buses with compensation only: (normal, light load)."""


@dataclass(frozen=True, slots=True)
class LinkEnds:
    """What a link gives to the AC grid at its two ends (negative: takes), idle loss included."""

    net_from_mw: float
    net_to_mw: float

    @property
    def loss_mw(self) -> float:
        return -(self.net_from_mw + self.net_to_mw)


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """One hour's injections. Every plant, load bus, border and link of the grid must be named, and nothing else."""

    generation_mw: Mapping[str, float]
    """Per `Plant.name`; a battery that charges is negative."""
    load_mw: Mapping[str, float]
    """Per bus of `Grid.loads`."""
    net_import_mw: Mapping[str, float]
    """Per `Border.name`, into the modelled grid."""
    links: Mapping[str, LinkEnds]
    """Per `Link.name`."""
    load_reactive_ratio: float
    """Reactive over active power of the loads (tangent phi)."""
    light_load: bool
    """Picks the lower voltage set points."""


def set_point(net: Net, point: OperatingPoint) -> None:
    """Set injections, reactive limits, voltage set points and taps of a built net (whole or one area) to a point."""
    gen = net.gen
    power_mw = _source_power_mw(gen, point)
    low_mvar, high_mvar = _reactive_limits_mvar(gen, power_mw)
    for table in (net.gen, net.sgen):
        table["p_mw"], table["min_q_mvar"], table["max_q_mvar"] = power_mw, low_mvar, high_mvar
    gen["vm_pu"] = _set_points_pu(net, point.light_load)
    load_mw = np.array([point.load_mw[name] for name in net.load["name"]], dtype=float)
    net.load["p_mw"], net.load["q_mvar"] = load_mw, load_mw * point.load_reactive_ratio
    net.trafo["tap_pos"] = net.trafo["tap_neutral"]
    VoltageControl(net)


def require_names(grid: Grid, point: OperatingPoint) -> None:
    """Raise ValueError unless the point names exactly what the grid holds."""
    wanted = {
        "generation_mw": {plant.name for plant in grid.plants},
        "load_mw": {load.bus for load in grid.loads},
        "net_import_mw": {border.name for border in grid.borders},
        "links": {link.name for link in grid.links},
    }
    differences = []
    for field, names in wanted.items():
        given = set(getattr(point, field))
        if given != names:
            differences.append(f"{field}: missing {sorted(names - given)[:5]}, unknown {sorted(given - names)[:5]}")
    if differences:
        raise ValueError("the operating point does not name what the grid holds: " + "; ".join(differences))


def add_sources(net: Net, grid: Grid, bus_index: dict[str, int]) -> None:
    """Fill `gen` and `sgen` of a net without sources; `set_point` then says what runs."""
    import pandapower

    rows = _sources(grid)
    if not rows:
        return
    buses = [bus_index[row.bus] for row in rows]
    shared = {
        "name": [row.name for row in rows],
        "min_p_mw": [row.power_min_mw for row in rows],
        "max_p_mw": [row.power_max_mw for row in rows],
        "min_q_mvar": [row.fixed_low_mvar for row in rows],
        "max_q_mvar": [row.fixed_high_mvar for row in rows],
        "sn_mva": [max(row.power_max_mw / LOADING_ON_LINE_FRAC, row.fixed_high_mvar, 1.0) for row in rows],
        "controllable": True,
        "in_service": False,
        "kind": [row.kind for row in rows],
        "fixed_low_mvar": [row.fixed_low_mvar for row in rows],
        "fixed_high_mvar": [row.fixed_high_mvar for row in rows],
    }
    pandapower.create_gens(net, buses, p_mw=0.0, vm_pu=1.0, **shared)
    pandapower.create_sgens(net, buses, p_mw=0.0, q_mvar=0.0, **shared)


@dataclass(frozen=True, slots=True)
class _Source:
    """A row of `gen` and of `sgen`."""

    name: str
    bus: str
    kind: str
    """synchronous, converter, border, compensation or link."""
    power_min_mw: float
    """Negative: it can take (export, charge, send)."""
    power_max_mw: float
    fixed_low_mvar: float
    fixed_high_mvar: float


def _sources(grid: Grid) -> list[_Source]:
    rows = [_plant_source(plant) for plant in grid.plants]
    for border in grid.borders:
        limit = border.reactive_max_mvar
        rows.append(
            _Source(border.name, border.bus, "border", -border.export_max_mw, border.import_max_mw, -limit, limit)
        )
    for row in grid.compensation:
        limits = (row.reactive_min_mvar, row.reactive_max_mvar)
        rows.append(_Source(f"compensation {row.bus}", row.bus, "compensation", 0.0, 0.0, *limits))
    return rows + [end for link in grid.links for end in _link_sources(link)]


def _plant_source(plant: Plant) -> _Source:
    """Its reactive limits follow its output and are set hour by hour."""
    kind = "converter" if plant.technology in CONVERTER_TECHNOLOGIES else "synchronous"
    lowest = -plant.capacity_mw if plant.technology in STORED else 0.0
    return _Source(plant.name, plant.bus, kind, lowest, plant.capacity_mw, 0.0, 0.0)


def _link_sources(link: Link) -> list[_Source]:
    limit = LINK_REACTIVE_FRAC * link.capacity_mw
    return [
        _Source(f"{link.name}:{end}", bus, "link", -link.capacity_mw, link.capacity_mw, -limit, limit)
        for end, bus in (("from", link.from_bus), ("to", link.to_bus))
    ]


def _source_power_mw(gen: Any, point: OperatingPoint) -> NDArray[np.float64]:
    power = np.zeros(len(gen))
    for k, (name, kind) in enumerate(zip(gen["name"], gen["kind"], strict=True)):
        if kind in ("synchronous", "converter"):
            power[k] = point.generation_mw[name]
        elif kind == "border":
            power[k] = point.net_import_mw[name]
        elif kind == "link":
            link, _, end = name.rpartition(":")
            ends = point.links[link]
            power[k] = ends.net_from_mw if end == "from" else ends.net_to_mw
    return power


def _reactive_limits_mvar(gen: Any, power_mw: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper limit of each source at its active power."""
    kind = gen["kind"].to_numpy()
    rating = np.minimum(np.abs(power_mw) / LOADING_ON_LINE_FRAC, gen["max_p_mw"].to_numpy(dtype=float))
    limits = []
    for side, column in enumerate(("fixed_low_mvar", "fixed_high_mvar")):
        limit = gen[column].to_numpy(dtype=float).copy()
        limit = np.where(kind == "synchronous", SYNCHRONOUS_REACTIVE_FRAC[side] * rating, limit)
        limits.append(np.where(kind == "converter", CONVERTER_REACTIVE_FRAC[side] * rating, limit))
    return limits[0], limits[1]


def _set_points_pu(net: Net, light_load: bool) -> NDArray[np.float64]:
    """One set point per bus, repeated for each of its sources; only what is on line counts."""
    gen = net.gen
    active = (gen["kind"] != "compensation") & (gen["max_q_mvar"] > gen["min_q_mvar"])
    with_machines = set(gen.loc[active, "bus"])
    column = 1 if light_load else 0
    points = []
    for bus in gen["bus"]:
        table = SET_POINT_PU if bus in with_machines else SET_POINT_COMPENSATED_PU
        points.append(_nearest_level(table, float(net.bus.at[bus, "vn_kv"]))[column])
    return np.array(points, dtype=float)


def _nearest_level(table: dict[int, tuple[float, float]], voltage_kv: float) -> tuple[float, float]:
    return table[min(table, key=lambda level: abs(level - voltage_kv))]
