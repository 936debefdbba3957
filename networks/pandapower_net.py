"""A grid and an operating point as a pandapower net; the only home of pandapower's signs and units.

The recipe was found by trial on this grid (pandapower 3.5.6):

* every synchronous area is a net of its own, because distributed slack is refused with several islands;
* an HVDC link is a pair of converter injections at its AC buses, never a pandapower `dcline` (its optimal power flow
  and short-circuit code treat it wrongly);
* compensation is one generator without active power between the summed limits;
* voltage is never held on both sides of one autotransformer: two set points would push reactive power in circles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from networks.voltage_control import LOADING_ON_LINE_FRAC, Net, VoltageControl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from networks.grid import Grid, Line
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
TAP_MAX = 8
TAP_STEP_PERCENT = 1.5
SECONDARY_KV = {220: 230.0}
"""Autotransformers that feed the 220 kV level are built for 230 kV there; the others for the bus voltage."""
TAPPED_KV = (500, 220)


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


def build_net(grid: Grid, point: OperatingPoint) -> Net:
    """The whole grid as one pandapower net with the operating point set; `areas` cuts it into solvable nets.

    Element names are those of the grid; `gen` holds plants, borders, compensation ("compensation BUS") and link ends
    ("LINK:from", "LINK:to"). `sgen` repeats every source for the hours in which it does not hold its bus' voltage:
    exactly one of the two is in service when the source is on line.

    Raises ValueError when the point's names differ from the grid's.
    """
    import pandapower

    _require_names(grid, point)
    net = pandapower.create_empty_network(name=f"grid {grid.year}", f_hz=50.0, sn_mva=100.0)
    for table in (net.line, net.trafo):
        table["flow_max_mw"] = np.zeros(0)  # there even when the grid has none of them
    bus_index = _add_buses(net, grid)
    _add_lines(net, grid, bus_index)
    _add_transformers(net, grid, bus_index)
    _add_reactors(net, grid, bus_index)
    _add_loads(net, grid, bus_index)
    _add_sources(net, grid, bus_index)
    set_point(net, point)
    return net


def areas(net: Net) -> list[Net]:
    """One net per synchronous area with at least one AC branch, largest first.

    A bus without AC branches (the far end of an HVDC link) needs no power flow and is left out.
    """
    import pandapower.toolbox

    refuse_dc_elements(net)
    islands = [island for island in _islands(net) if len(island) > 1]
    islands.sort(key=lambda island: (-len(island), island[0]))
    return [pandapower.toolbox.select_subnet(net, island, include_results=False) for island in islands]


def _islands(net: Net) -> list[list[int]]:
    """Bus indices of each set of buses that lines and transformers join."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    position = {bus: k for k, bus in enumerate(net.bus.index)}
    starts = [position[bus] for bus in (*net.line["from_bus"], *net.trafo["hv_bus"])]
    ends = [position[bus] for bus in (*net.line["to_bus"], *net.trafo["lv_bus"])]
    joined = coo_array((np.ones(len(starts)), (starts, ends)), shape=(len(position), len(position)))
    count, label = connected_components(joined, directed=False)
    islands: list[list[int]] = [[] for _ in range(count)]
    for bus, k in position.items():
        islands[label[k]].append(int(bus))
    return islands


def refuse_dc_elements(net: Net) -> None:
    """Raise ValueError if the net holds a pandapower DC line: links are carried as injections here."""
    if len(net.dcline):
        raise ValueError(
            f"the net holds {len(net.dcline)} pandapower dcline(s); carry a link as injections at its two ends instead"
        )


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


def equivalent_pi(line: Line, frequency_hz: float = 50.0) -> tuple[float, float, float, float]:
    """Per-kilometre (r ohm, x ohm, c nF, g uS) of the pi circuit that equals the distributed line at its ends.

    Z' = Z sinh(gl)/(gl), Y' = Y tanh(gl/2)/(gl/2) with gl = sqrt(ZY): Grainger and Stevenson, Power System Analysis,
    chapter 6. Matters on lines of 300-600 km, where the plain pi circuit is a few percent off.
    """
    series = complex(line.r_ohm_per_km, line.x_ohm_per_km) * line.length_km
    omega = 2 * np.pi * frequency_hz
    shunt = 1j * omega * line.c_nf_per_km * 1e-9 * line.length_km
    if abs(shunt) == 0 or abs(series) == 0:
        return line.r_ohm_per_km, line.x_ohm_per_km, line.c_nf_per_km, 0.0
    angle = np.sqrt(series * shunt)
    series_pi = series * np.sinh(angle) / angle / line.length_km
    shunt_pi = shunt * np.tanh(angle / 2) / (angle / 2) / line.length_km
    return (
        float(series_pi.real),
        float(series_pi.imag),
        float(shunt_pi.imag / omega * 1e9),
        float(shunt_pi.real * 1e6),
    )


def _require_names(grid: Grid, point: OperatingPoint) -> None:
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


def _add_buses(net: Net, grid: Grid) -> dict[str, int]:
    import pandapower

    buses = grid.buses
    index = pandapower.create_buses(
        net,
        len(buses),
        vn_kv=[bus.voltage_kv for bus in buses],
        name=[bus.name for bus in buses],
        zone=[bus.zone for bus in buses],
        geodata=[(bus.longitude_deg, bus.latitude_deg) for bus in buses],
        country=[bus.country for bus in buses],
        substation=[bus.substation for bus in buses],
    )
    return {bus.name: int(k) for bus, k in zip(buses, index, strict=True)}


def _add_lines(net: Net, grid: Grid, bus_index: dict[str, int]) -> None:
    import pandapower

    lines = grid.lines
    if not lines:
        return
    r, x, c, g = zip(*(equivalent_pi(line) for line in lines), strict=True)
    pandapower.create_lines_from_parameters(
        net,
        [bus_index[line.from_bus] for line in lines],
        [bus_index[line.to_bus] for line in lines],
        length_km=[line.length_km for line in lines],
        r_ohm_per_km=r,
        x_ohm_per_km=x,
        c_nf_per_km=c,
        g_us_per_km=g,
        max_i_ka=[line.current_max_ka for line in lines],
        parallel=[line.circuits for line in lines],
        name=[line.name for line in lines],
        type="ol",
        max_loading_percent=100.0,
        flow_max_mw=[line.flow_max_mw for line in lines],
        line_type=[line.line_type for line in lines],
    )


def _add_transformers(net: Net, grid: Grid, bus_index: dict[str, int]) -> None:
    import pandapower

    units = grid.transformers
    if not units:
        return
    kv = {bus.name: round(bus.voltage_kv) for bus in grid.buses}
    levels = [(kv[unit.hv_bus], kv[unit.lv_bus]) for unit in units]
    tapped = [level == TAPPED_KV for level in levels]
    pandapower.create_transformers_from_parameters(
        net,
        [bus_index[unit.hv_bus] for unit in units],
        [bus_index[unit.lv_bus] for unit in units],
        sn_mva=[unit.rating_mva for unit in units],
        vn_hv_kv=[float(high) for high, _ in levels],
        vn_lv_kv=[SECONDARY_KV.get(low, float(low)) for _, low in levels],
        vk_percent=[unit.short_circuit_voltage_percent for unit in units],
        vkr_percent=[unit.copper_loss_kw / (10.0 * unit.rating_mva) for unit in units],
        pfe_kw=[unit.iron_loss_kw for unit in units],
        i0_percent=[unit.no_load_current_percent for unit in units],
        parallel=[unit.units for unit in units],
        tap_side="lv",
        tap_neutral=0,
        tap_min=[-TAP_MAX if is_tapped else 0 for is_tapped in tapped],
        tap_max=[TAP_MAX if is_tapped else 0 for is_tapped in tapped],
        tap_step_percent=TAP_STEP_PERCENT,
        tap_step_degree=0.0,
        tap_pos=0,
        tap_changer_type="Ratio",
        max_loading_percent=100.0,
        name=[unit.name for unit in units],
        flow_max_mw=[unit.flow_max_mw for unit in units],
    )


def _add_reactors(net: Net, grid: Grid, bus_index: dict[str, int]) -> None:
    import pandapower

    if grid.reactors:
        pandapower.create_shunts(
            net,
            [bus_index[reactor.bus] for reactor in grid.reactors],
            q_mvar=[abs(reactor.reactive_mvar) for reactor in grid.reactors],  # consumption is positive here
            name=[f"reactor {reactor.line} at {reactor.bus}" for reactor in grid.reactors],
        )


def _add_loads(net: Net, grid: Grid, bus_index: dict[str, int]) -> None:
    import pandapower

    if grid.loads:
        pandapower.create_loads(
            net,
            [bus_index[load.bus] for load in grid.loads],
            p_mw=0.0,
            q_mvar=0.0,
            name=[load.bus for load in grid.loads],
            zone=[load.zone for load in grid.loads],
        )


@dataclass(frozen=True, slots=True)
class _Source:
    """A row of `gen` and of `sgen`."""

    name: str
    bus: str
    kind: str
    """synchronous, converter, border, compensation or link."""
    capacity_mw: float
    fixed_low_mvar: float
    fixed_high_mvar: float


def _sources(grid: Grid) -> list[_Source]:
    rows = [
        _Source(
            plant.name,
            plant.bus,
            "converter" if plant.technology in CONVERTER_TECHNOLOGIES else "synchronous",
            plant.capacity_mw,
            0.0,
            0.0,
        )
        for plant in grid.plants
    ]
    rows += [
        _Source(border.name, border.bus, "border", border.import_max_mw, -limit, limit)
        for border in grid.borders
        for limit in (border.reactive_max_mvar,)
    ]
    rows += [
        _Source(f"compensation {row.bus}", row.bus, "compensation", 0.0, row.reactive_min_mvar, row.reactive_max_mvar)
        for row in grid.compensation
    ]
    return rows + [end for link in grid.links for end in _link_sources(link)]


def _link_sources(link: Link) -> list[_Source]:
    limit = LINK_REACTIVE_FRAC * link.capacity_mw
    return [
        _Source(f"{link.name}:from", link.from_bus, "link", link.capacity_mw, -limit, limit),
        _Source(f"{link.name}:to", link.to_bus, "link", link.capacity_mw, -limit, limit),
    ]


def _add_sources(net: Net, grid: Grid, bus_index: dict[str, int]) -> None:
    import pandapower

    rows = _sources(grid)
    if not rows:
        return
    buses = [bus_index[row.bus] for row in rows]
    shared = {
        "name": [row.name for row in rows],
        "min_p_mw": [-row.capacity_mw if row.kind in ("border", "link") else 0.0 for row in rows],
        "max_p_mw": [row.capacity_mw for row in rows],
        "min_q_mvar": [row.fixed_low_mvar for row in rows],
        "max_q_mvar": [row.fixed_high_mvar for row in rows],
        "sn_mva": [max(row.capacity_mw / LOADING_ON_LINE_FRAC, row.fixed_high_mvar, 1.0) for row in rows],
        "controllable": True,
        "in_service": False,
        "kind": [row.kind for row in rows],
        "fixed_low_mvar": [row.fixed_low_mvar for row in rows],
        "fixed_high_mvar": [row.fixed_high_mvar for row in rows],
    }
    pandapower.create_gens(net, buses, p_mw=0.0, vm_pu=1.0, **shared)
    pandapower.create_sgens(net, buses, p_mw=0.0, q_mvar=0.0, **shared)


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
