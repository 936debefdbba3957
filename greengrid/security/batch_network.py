"""One synchronous area as the arrays that the batch Newton works on: admittances, and the pattern of its factors.

The area's pandapower net is read once. The Jacobian has one 2 x 2 block per bus and two per pair of joined buses; the
order in which buses are eliminated (fewest neighbours first) and the blocks that fill in are the same for every hour,
so they are found once and no solution searches or allocates anything.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from networks.voltage_control import Net

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Complex = NDArray[np.complex128]
FREQUENCY_HZ = 50.0


class AreaArrays(NamedTuple):
    """What the compiled functions read. n buses, m branches (lines, then transformers); per unit of `base_mva`.

    Block k < n is bus k's own; blocks n + 2 p and n + 2 p + 1 belong to the p-th pair (eliminated bus, later bus): the
    eliminated bus' row and the later bus' row.
    """

    branch_from: Whole
    branch_to: Whole
    branch_y: Complex
    """(m, 4): from-from, from-to, to-from, to-to of all circuits at neutral taps."""
    tap_step: Array
    """(m,): share of the low side's voltage per tap step; 0 for lines."""
    shunt: Complex
    """(n,): admittance to ground."""
    current_from_max: Array
    """(m,): thermal limit of all circuits at the from (high) end."""
    current_to_max: Array
    order: Whole
    """(n,): buses in the order of elimination."""
    later_start: Whole
    """(n + 1,): where the pairs of the k-th eliminated bus start."""
    later_bus: Whole
    target: Whole
    """Block that each product of an elimination is taken from, in the order of the products."""
    branch_block: Whole
    """(m, 2): block of (from, to) and of (to, from)."""
    row_start: Whole
    row_block: Whole
    row_bus: Whole
    """Off-diagonal blocks of each bus' row, and the bus of their column."""


@dataclass(frozen=True)
class AreaNetwork:
    """An area's arrays with the names and limits of its elements."""

    arrays: AreaArrays
    base_mva: float
    bus_names: tuple[str, ...]
    voltage_kv: Array
    branch_names: tuple[str, ...]
    line_count: int
    circuits: Whole
    """(m,) parallel circuits or units of each branch."""
    flow_max_mw: Array
    tap_min: Whole
    tap_max: Whole
    neighbours: NDArray[np.bool_]
    """(n, n): joined by a transformer."""
    strength_mva: Array
    """(n, n): short-circuit power of the transformers between two buses."""

    @property
    def buses(self) -> int:
        return len(self.bus_names)


def read_area(net: Net) -> AreaNetwork:
    """Arrays of one of `pandapower_net.areas`."""
    position = {int(bus): k for k, bus in enumerate(net.bus.index)}
    ends = _ends(net, position)
    shunt = np.zeros(len(position), dtype=np.complex128)
    for bus, active, reactive in zip(net.shunt["bus"], net.shunt["p_mw"], net.shunt["q_mvar"], strict=True):
        shunt[position[int(bus)]] += complex(active, -reactive) / net.sn_mva
    admittance = np.concatenate([_line_admittance(net), _transformer_admittance(net)])
    step = np.zeros(len(ends))
    step[len(net.line) :] = net.trafo["tap_step_percent"].to_numpy(dtype=float) / 100
    pattern = _pattern(len(position), ends)
    neighbours, strength = _transformer_links(net, ends)
    limits = _current_limits(net, ends)
    return AreaNetwork(
        arrays=AreaArrays(ends[:, 0].copy(), ends[:, 1].copy(), admittance, step, shunt, *limits, *pattern),
        base_mva=float(net.sn_mva),
        bus_names=tuple(net.bus["name"]),
        voltage_kv=net.bus["vn_kv"].to_numpy(dtype=float),
        branch_names=(*net.line["name"], *net.trafo["name"]),
        line_count=len(net.line),
        circuits=np.r_[net.line["parallel"].to_numpy(np.int64), net.trafo["parallel"].to_numpy(np.int64)],
        flow_max_mw=np.r_[net.line["flow_max_mw"].to_numpy(float), net.trafo["flow_max_mw"].to_numpy(float)],
        tap_min=np.r_[np.zeros(len(net.line), np.int64), net.trafo["tap_min"].to_numpy(np.int64)],
        tap_max=np.r_[np.zeros(len(net.line), np.int64), net.trafo["tap_max"].to_numpy(np.int64)],
        neighbours=neighbours,
        strength_mva=strength,
    )


def kept_places(network: AreaNetwork, gone: Collection[str]) -> tuple[Whole, Whole]:
    """Places of the buses and branches that stay where the buses of `gone` are dead."""
    alive = np.array([name not in gone for name in network.bus_names], dtype=bool)
    ends = alive[network.arrays.branch_from] & alive[network.arrays.branch_to]
    return np.flatnonzero(alive), np.flatnonzero(ends)


def cut(network: AreaNetwork, buses: Whole, branches: Whole) -> AreaNetwork:
    """What is left of an area with these buses and branches alone, in their order."""
    arrays, place = network.arrays, np.full(network.buses, -1, dtype=np.int64)
    place[buses] = np.arange(len(buses))
    ends = np.column_stack([place[arrays.branch_from[branches]], place[arrays.branch_to[branches]]])
    pattern = _pattern(len(buses), ends)
    limits = arrays.current_from_max[branches], arrays.current_to_max[branches]
    of_branches = arrays.branch_y[branches], arrays.tap_step[branches]
    return AreaNetwork(
        arrays=AreaArrays(ends[:, 0].copy(), ends[:, 1].copy(), *of_branches, arrays.shunt[buses], *limits, *pattern),
        base_mva=network.base_mva,
        bus_names=tuple(network.bus_names[k] for k in buses),
        voltage_kv=network.voltage_kv[buses],
        branch_names=tuple(network.branch_names[k] for k in branches),
        line_count=int((branches < network.line_count).sum()),
        circuits=network.circuits[branches],
        flow_max_mw=network.flow_max_mw[branches],
        tap_min=network.tap_min[branches],
        tap_max=network.tap_max[branches],
        neighbours=network.neighbours[np.ix_(buses, buses)],
        strength_mva=network.strength_mva[np.ix_(buses, buses)],
    )


def _ends(net: Net, position: dict[int, int]) -> Whole:
    starts = [position[int(bus)] for bus in (*net.line["from_bus"], *net.trafo["hv_bus"])]
    stops = [position[int(bus)] for bus in (*net.line["to_bus"], *net.trafo["lv_bus"])]
    return np.column_stack([np.array(starts, dtype=np.int64), np.array(stops, dtype=np.int64)])


def _line_admittance(net: Net) -> Complex:
    """The pi circuit of all circuits of each line."""
    line = net.line
    base_ohm = net.bus.loc[line["from_bus"], "vn_kv"].to_numpy(dtype=float) ** 2 / net.sn_mva
    length, circuits = line["length_km"].to_numpy(float), line["parallel"].to_numpy(float)
    series_ohm = (line["r_ohm_per_km"].to_numpy(float) + 1j * line["x_ohm_per_km"].to_numpy(float)) * length / circuits
    capacity = 2j * np.pi * FREQUENCY_HZ * line["c_nf_per_km"].to_numpy(float) * 1e-9
    shunt_siemens = (line["g_us_per_km"].to_numpy(float) * 1e-6 + capacity) * length * circuits
    series, half = base_ohm / series_ohm, shunt_siemens * base_ohm / 2
    return np.column_stack([series + half, -series, -series, series + half])


def _transformer_admittance(net: Net) -> Complex:
    """Short-circuit and no-load branch as a T circuit turned into a pi, at neutral taps, behind the ratio at the high
    side: IEC 60909-0, 3.3.1 for the impedances; the T to pi step is the star-delta transformation."""
    unit = net.trafo
    rating, units = unit["sn_mva"].to_numpy(float), unit["parallel"].to_numpy(float)
    high_kv, low_kv = unit["vn_hv_kv"].to_numpy(float), unit["vn_lv_kv"].to_numpy(float)
    bus_high_kv = net.bus.loc[unit["hv_bus"], "vn_kv"].to_numpy(dtype=float)
    bus_low_kv = net.bus.loc[unit["lv_bus"], "vn_kv"].to_numpy(dtype=float)
    size, copper = unit["vk_percent"].to_numpy(float) / 100, unit["vkr_percent"].to_numpy(float) / 100
    to_base = (low_kv / bus_low_kv) ** 2 * net.sn_mva / rating / units
    series = (copper + 1j * np.sqrt(size**2 - copper**2)) * to_base
    iron = unit["pfe_kw"].to_numpy(float) / (1000 * rating)
    reactive = np.sqrt(np.maximum((unit["i0_percent"].to_numpy(float) / 100) ** 2 - iron**2, 0.0))
    shunt = (iron - 1j * reactive) / to_base
    with np.errstate(divide="ignore", invalid="ignore"):
        across = series + series**2 * shunt / 4  # star-delta of two halves and the shunt
        half = np.where(shunt == 0, 0, shunt / (2 + series * shunt / 2))
    own, ratio = 1 / across + half, (high_kv / low_kv) * (bus_low_kv / bus_high_kv)
    return np.column_stack([own / ratio**2, -1 / across / ratio, -1 / across / ratio, own])


def _current_limits(net: Net, ends: Whole) -> tuple[Array, Array]:
    """Thermal limit of all circuits at both ends, per unit; a transformer's is its rating at its own voltages."""
    line, unit = net.line, net.trafo
    line_ka = (line["max_i_ka"] * line["df"] * line["parallel"]).to_numpy(dtype=float)
    rating = (unit["sn_mva"] * unit["df"] * unit["parallel"]).to_numpy(dtype=float) / np.sqrt(3)
    high, low = rating / unit["vn_hv_kv"].to_numpy(float), rating / unit["vn_lv_kv"].to_numpy(float)
    ka_base = net.sn_mva / np.sqrt(3) / net.bus["vn_kv"].to_numpy(dtype=float)
    return np.r_[line_ka, high] / ka_base[ends[:, 0]], np.r_[line_ka, low] / ka_base[ends[:, 1]]


def _transformer_links(net: Net, ends: Whole) -> tuple[NDArray[np.bool_], Array]:
    strength = np.zeros((len(net.bus), len(net.bus)))
    power = (net.trafo["parallel"] * net.trafo["sn_mva"] * 100.0 / net.trafo["vk_percent"]).to_numpy(dtype=float)
    for (high, low), mva in zip(ends[len(net.line) :].tolist(), power.tolist(), strict=True):
        strength[high, low] += mva
        strength[low, high] += mva
    return strength > 0, strength


def _pattern(buses: int, ends: Whole) -> tuple[Whole, ...]:
    """Elimination order, later neighbours, targets of the products, blocks of branches and of rows."""
    joined: list[set[int]] = [set() for _ in range(buses)]
    for one, other in ends.tolist():
        joined[one].add(other)
        joined[other].add(one)
    order, later = _eliminate(joined)
    start = np.cumsum([0, *(len(row) for row in later)])
    block: dict[tuple[int, int], int] = {(bus, bus): bus for bus in range(buses)}
    for k, bus in enumerate(order):
        for p, other in enumerate(later[k], start=int(start[k])):
            block[bus, other], block[other, bus] = buses + 2 * p, buses + 2 * p + 1
    target = [block[one, other] for row in later for one in row for other in row]
    branch_block = [[block[one, other], block[other, one]] for one, other in ends.tolist()]
    rows: list[list[tuple[int, int]]] = [[] for _ in range(buses)]
    for (bus, other), k in block.items():
        if bus != other:
            rows[bus].append((k, other))
    row_start = np.cumsum([0, *(len(row) for row in rows)])
    flat = [entry for row in rows for entry in row]
    columns: list[list[int]] = [
        order, start.tolist(), [bus for row in later for bus in row], target, branch_block,  # type: ignore[list-item]
        row_start.tolist(), [k for k, _ in flat], [bus for _, bus in flat],
    ]  # fmt: skip
    return tuple(np.array(column, dtype=np.int64) for column in columns)


def _eliminate(joined: list[set[int]]) -> tuple[list[int], list[list[int]]]:
    """Fewest remaining neighbours first (the lowest number among equals); what fills in joins the neighbours."""
    left = [set(row) for row in joined]
    remaining = set(range(len(joined)))
    order: list[int] = []
    later: list[list[int]] = []
    while remaining:
        bus = min(remaining, key=lambda k: (len(left[k]), k))
        near = sorted(left[bus])
        for one in near:
            left[one] |= set(near)
            left[one] -= {one, bus}
        remaining.remove(bus)
        order.append(bus)
        later.append(near)
    return order, later
