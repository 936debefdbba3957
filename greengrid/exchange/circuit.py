"""The hour as a plain circuit in per unit: what every bus-and-branch format is written from.

Per unit on 100 MVA and the buses' nominal voltages. Branches are pi circuits behind an ideal ratio at their from end,
as in MATPOWER's manual (section 3.2): Yff = (ys + ysh/2)/t^2, Yft = -ys/t, Ytt = ys + ysh/2.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from greengrid.exchange.snapshot import LinkHour, Snapshot
from networks.grid import Bus, Line, Plant, Transformer
from networks.voltage_control import Net

BASE_MVA = 100.0
BusKind = Literal["load", "held", "reference", "isolated"]
# Columns of the branch matrix: pandapower.pypower.idx_brch
R, X, B, TAP, G = 2, 3, 4, 8, 23


@dataclass(frozen=True, slots=True)
class CircuitBus:
    """A bus with its solved state."""

    number: int
    """1, 2, 3 ... in the order of the grid's buses."""
    bus: Bus
    kind: BusKind
    voltage_pu: float
    angle_deg: float

    @property
    def name(self) -> str:
        return self.bus.name


@dataclass(frozen=True, slots=True)
class Branch:
    """All circuits of a line, or all units of a transformer, together."""

    element: Line | Transformer
    start: CircuitBus
    end: CircuitBus
    r_pu: float
    x_pu: float
    g_pu: float
    """Shunt conductance of both sides together."""
    b_pu: float
    tap_ratio: float
    """1 for a line."""
    parallel: int
    flow_max_mw: float
    """Normal operating limit."""
    rating_mva: float
    """Thermal limit."""

    @property
    def is_line(self) -> bool:
        return isinstance(self.element, Line)


@dataclass(frozen=True, slots=True)
class Source:
    """A plant's part, a tie, a compensator or one end of a link."""

    name: str
    bus: CircuitBus
    kind: str
    """synchronous, converter, border, compensation or link."""
    plant: Plant | None
    on_line: bool
    holds_voltage: bool
    reference: bool
    power_mw: float
    reactive_mvar: float
    power_min_mw: float
    power_max_mw: float
    reactive_min_mvar: float
    reactive_max_mvar: float
    voltage_set_pu: float
    rating_mva: float


@dataclass(frozen=True, slots=True)
class Load:
    """The load of a bus."""

    bus: CircuitBus
    zone: str
    power_mw: float
    reactive_mvar: float


@dataclass(frozen=True, slots=True)
class Shunt:
    """A fixed reactor."""

    name: str
    bus: CircuitBus
    absorbed_mvar: float
    """At nominal voltage."""


@dataclass(frozen=True)
class Circuit:
    """The hour, ready to be written."""

    snapshot: Snapshot
    buses: tuple[CircuitBus, ...]
    branches: tuple[Branch, ...]
    sources: tuple[Source, ...]
    """References first, then the others on line: at a reference bus readers let the first source take what is left."""
    loads: tuple[Load, ...]
    shunts: tuple[Shunt, ...]
    links: tuple[LinkHour, ...]

    def bus(self, name: str) -> CircuitBus:
        return next(bus for bus in self.buses if bus.name == name)


def make_circuit(snapshot: Snapshot) -> Circuit:
    """The circuit of a snapshot; where there is no solution, voltages are 1 pu and angles 0."""
    net = snapshot.net
    buses = _buses(snapshot)
    by_index = dict(zip(net.bus.index, buses, strict=True))
    return Circuit(
        snapshot,
        tuple(buses),
        tuple(_branches(snapshot, by_index)),
        tuple(sorted(_sources(snapshot, by_index), key=lambda source: (not source.reference, not source.on_line))),
        tuple(
            Load(by_index[bus], zone, float(p_mw), float(q_mvar))
            for bus, zone, p_mw, q_mvar in _rows(net.load, "bus", "zone", "p_mw", "q_mvar")
        ),
        tuple(Shunt(name, by_index[bus], float(q)) for name, bus, q in _rows(net.shunt, "name", "bus", "q_mvar")),
        snapshot.links,
    )


def _rows(table: Any, *columns: str) -> Iterable[tuple[Any, ...]]:
    return zip(*(table[column] for column in columns), strict=True)


def _buses(snapshot: Snapshot) -> list[CircuitBus]:
    net = snapshot.net
    on_line = net.gen["in_service"].to_numpy(dtype=bool)
    held = set(net.gen.loc[on_line, "bus"])
    references = set(net.gen.loc[on_line & net.gen["slack"].to_numpy(dtype=bool), "bus"])
    buses = []
    for number, (index, bus) in enumerate(zip(net.bus.index, snapshot.grid.buses, strict=True), start=1):
        kind: BusKind = "reference" if index in references else "held" if index in held else "load"
        if not net.bus.at[index, "in_service"]:
            kind = "isolated"
        solved = index in net.res_bus.index and math.isfinite(net.res_bus.at[index, "vm_pu"])
        voltage, angle = net.res_bus.loc[index, ["vm_pu", "va_degree"]] if solved else (1.0, 0.0)
        buses.append(CircuitBus(number, bus, kind, float(voltage), float(angle)))
    return buses


def _branches(snapshot: Snapshot, buses: dict[int, CircuitBus]) -> Iterator[Branch]:
    net, grid = snapshot.net, snapshot.grid
    lines = {line.name: line for line in grid.lines}
    for k, name in enumerate(net.line["name"]):
        line, row = lines[name], net.line.iloc[k]
        rating_mva = math.sqrt(3) * line.voltage_kv * line.current_max_ka * line.circuits
        ends = (buses[row["from_bus"]], buses[row["to_bus"]])
        constants = _constants(net, "line", k)
        yield Branch(line, *ends, *constants, line.circuits, line.flow_max_mw, rating_mva)
    units = {unit.name: unit for unit in grid.transformers}
    for k, name in enumerate(net.trafo["name"]):
        unit, row = units[name], net.trafo.iloc[k]
        ends = (buses[row["hv_bus"]], buses[row["lv_bus"]])
        constants = _constants(net, "trafo", k)
        yield Branch(unit, *ends, *constants, unit.units, unit.flow_max_mw, unit.rating_mva * unit.units)


def _constants(net: Net, table: str, position: int) -> tuple[float, float, float, float, float]:
    """(r, x, g, b, tap ratio) as the power flow used them."""
    first, _ = net._pd2ppc_lookups["branch"][table]
    row = np.real(net._ppc["branch"][first + position])
    return float(row[R]), float(row[X]), float(row[G]), float(row[B]), float(row[TAP])


def _sources(snapshot: Snapshot, buses: dict[int, CircuitBus]) -> Iterator[Source]:
    net = snapshot.net
    plants = {plant.name: plant for plant in snapshot.grid.plants}
    given_mvar = dict(zip(net.res_gen.index, net.res_gen["q_mvar"], strict=True))
    for table, holds in ((net.gen, True), (net.sgen, False)):
        for index, row in table.iterrows():
            on_line = bool(row["in_service"])
            reactive_mvar = given_mvar.get(index, math.nan) if holds else row["q_mvar"]
            yield Source(
                name=row["name"],
                bus=buses[row["bus"]],
                kind=row["kind"],
                plant=plants.get(row["name"]),
                on_line=on_line,
                holds_voltage=holds and on_line,
                reference=holds and on_line and bool(row["slack"]),
                power_mw=float(row["p_mw"]) if on_line else 0.0,
                reactive_mvar=float(reactive_mvar) if on_line and math.isfinite(reactive_mvar) else 0.0,
                power_min_mw=float(row["min_p_mw"]),
                power_max_mw=float(row["max_p_mw"]),
                reactive_min_mvar=float(row["min_q_mvar"]),
                reactive_max_mvar=float(row["max_q_mvar"]),
                voltage_set_pu=buses[row["bus"]].voltage_pu,
                rating_mva=float(row["sn_mva"]),
            )
