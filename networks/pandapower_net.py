"""A grid and an operating point as a pandapower net; the only home of pandapower's signs and units.

The recipe was found by trial on this grid (pandapower 3.5.6):

* every synchronous area is a net of its own, because distributed slack is refused with several islands;
* an HVDC link is a pair of converter injections at its AC buses, never a pandapower `dcline` (its optimal power flow
  and short-circuit code treat it wrongly);
* compensation is one generator without active power between the summed limits;
* voltage is never held on both sides of one autotransformer: two set points would push reactive power in circles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from networks.operating_point import LinkEnds, OperatingPoint, add_sources, require_names, set_point
from networks.voltage_control import VOLTAGE_MIN_PU, Net, voltage_max_pu

if TYPE_CHECKING:
    from networks.grid import Grid, Line, Transformer

__all__ = ["LinkEnds", "OperatingPoint", "areas", "build_net", "equivalent_pi", "refuse_dc_elements", "set_point"]

TAP_MAX = 8
TAP_STEP_PERCENT = 1.5
SECONDARY_KV = {220: 230.0}
"""Autotransformers that feed the 220 kV level are built for 230 kV there; the others for the bus voltage."""
TAPPED_KV = (500, 220)
SN_MVA = 100.0


def build_net(grid: Grid, point: OperatingPoint) -> Net:
    """The whole grid as one pandapower net with the operating point set; `areas` cuts it into solvable nets.

    A plain net for any pandapower user: every element is named as in the grid, buses carry zone, country and place,
    lines and transformers a std type of the net's own library, sources their limits; costs are left out. `gen` holds
    plants, borders, compensation ("compensation BUS") and link ends ("LINK:from", "LINK:to"). `sgen` repeats every
    source for the hours in which it does not hold its bus' voltage: exactly one of the two is in service when the
    source is on line. Each synchronous area has one reference, so `pandapower.runpp` solves the whole net at once,
    without distributed slack, which it refuses for several islands, and without limits of reactive power:
    `load_flow.solve` of each of `areas` has both.

    Raises ValueError when the point's names differ from the grid's.
    """
    import pandapower

    require_names(grid, point)
    # pandapower's own library holds overhead lines with waves faster than light; the net gets the grid's types alone
    net = pandapower.create_empty_network(name=f"grid {grid.year}", f_hz=50.0, sn_mva=SN_MVA, add_stdtypes=False)
    for table in (net.line, net.trafo):
        table["flow_max_mw"] = np.zeros(0)  # there even when the grid has none of them
    bus_index = _add_buses(net, grid)
    _add_lines(net, grid, bus_index)
    _add_transformers(net, grid, bus_index)
    _add_reactors(net, grid, bus_index)
    _add_loads(net, grid, bus_index)
    add_sources(net, grid, bus_index)
    _number_areas(net)
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
    parts = [pandapower.toolbox.select_subnet(net, island, include_results=False) for island in islands]
    for part in parts:
        part.sn_mva = net.sn_mva  # which select_subnet forgets
    return parts


def _number_areas(net: Net) -> None:
    """Say on every source in which synchronous area it stands: each area has a reference of its own."""
    area_of_bus = {bus: number for number, island in enumerate(_islands(net)) for bus in island}
    net.gen["area"] = [area_of_bus[bus] for bus in net.gen["bus"]]


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
    """Raise ValueError if the net holds pandapower's own DC elements: an area's links are injections.

    A `dcline` is treated wrongly by optimal power flow and short circuit; with converters pandapower refuses the
    distributed slack that an area is solved with (`joined_flow` solves them).
    """
    for table in ("dcline", "vsc"):
        if len(net[table]):
            found = f"the net holds {len(net[table])} pandapower {table}(s)"
            raise ValueError(f"{found}; carry a link as injections at its two ends instead")


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
        min_vm_pu=VOLTAGE_MIN_PU,
        max_vm_pu=[voltage_max_pu(bus.voltage_kv) for bus in buses],
        country=[bus.country for bus in buses],
        substation=[bus.substation for bus in buses],
        name_ru=[bus.name_ru for bus in buses],
        node_number=[bus.node_number or 0 for bus in buses],
    )
    return {bus.name: int(k) for bus, k in zip(buses, index, strict=True)}


def _add_lines(net: Net, grid: Grid, bus_index: dict[str, int]) -> None:
    import pandapower

    lines = grid.lines
    if not lines:
        return
    r, x, c, g = zip(*(equivalent_pi(line) for line in lines), strict=True)
    place = {bus.name: (bus.longitude_deg, bus.latitude_deg) for bus in grid.buses}
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
        geodata=[[place[line.from_bus], place[line.to_bus]] for line in lines],
        max_loading_percent=100.0,
        flow_max_mw=[line.flow_max_mw for line in lines],
        line_type=[line.line_type for line in lines],
    )
    net.line["std_type"] = [_line_std_type(net, line) for line in lines]


def _line_std_type(net: Net, line: Line) -> str:
    """Name of the line's type in the net's library, put there on first use.

    The library holds the constants of the conductor; the row in `net.line` the equivalent pi of its length.
    """
    data: dict[str, object] = {
        "r_ohm_per_km": line.r_ohm_per_km,
        "x_ohm_per_km": line.x_ohm_per_km,
        "c_nf_per_km": line.c_nf_per_km,
        "max_i_ka": line.current_max_ka,
        "type": "ol",
        "voltage_kv": line.voltage_kv,
    }
    return _std_type(net, "line", line.line_type or f"{line.voltage_kv:g} kV line", data)


def _transformer_std_type(net: Net, unit: Transformer, row: dict[str, object]) -> str:
    """Name of the transformer's type: one for each rating, pair of voltages and short-circuit voltage."""
    columns = (
        "sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent", "pfe_kw", "i0_percent", "shift_degree",
        "tap_side", "tap_neutral", "tap_min", "tap_max", "tap_step_percent", "tap_step_degree", "tap_changer_type",
    )  # fmt: skip
    data = {column: row[column] for column in columns} | {"vector_group": "YNa0"}
    name = f"{unit.rating_mva:g} MVA {data['vn_hv_kv']:g}/{data['vn_lv_kv']:g} kV"
    return _std_type(net, "trafo", name, data)


def _std_type(net: Net, element: str, name: str, data: dict[str, object]) -> str:
    """The first name among NAME, NAME (2) ... under which exactly this data stands or can stand."""
    import pandapower

    library = net.std_types[element]
    free, number = name, 1
    while free in library and library[free] != data:
        number += 1
        free = f"{name} ({number})"
    if free not in library:
        pandapower.create_std_type(net, data, free, element)
    return free


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
    rows = net.trafo.to_dict("records")
    net.trafo["std_type"] = [_transformer_std_type(net, unit, row) for unit, row in zip(units, rows, strict=True)]


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
            controllable=False,
        )
