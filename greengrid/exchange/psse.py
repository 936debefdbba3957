"""The hour as a PSS/E power flow raw data file, version 33 (program operation manual, chapter 5).

Every circuit and unit is a record of its own. A link is one VSC dc line per pair of cables: converter 1 holds the dc
voltage, converter 2 the power. Sources that do not hold a voltage have equal reactive limits. Names are cut to the
format's lengths; names.csv has them whole.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from greengrid.exchange.circuit import BASE_MVA, Branch, Circuit, CircuitBus, Source, make_circuit
from greengrid.exchange.snapshot import LinkHour, Snapshot

BUS_CODES = {"load": 1, "held": 2, "reference": 3, "isolated": 4}
NAME_LENGTH = 12
FREQUENCY_HZ = 50.0
REACTANCE_PU = 0.2
"""Of a source, on its own base: the format asks for one, the power flow does not use it (typical transient value)."""
SECTIONS = (
    "BUS", "LOAD", "FIXED SHUNT", "GENERATOR", "BRANCH", "TRANSFORMER", "AREA", "TWO-TERMINAL DC", "VSC DC LINE",
    "IMPEDANCE CORRECTION", "MULTI-TERMINAL DC", "MULTI-SECTION LINE", "ZONE", "INTER-AREA TRANSFER", "OWNER",
    "FACTS DEVICE", "SWITCHED SHUNT", "GNE",
)  # fmt: skip
Record = tuple[object, ...]


def write_raw(snapshot: Snapshot, folder: Path) -> None:
    """network.raw and names.csv."""
    circuit = make_circuit(snapshot)
    numbering = _Numbering(circuit)
    filled = {
        "BUS": _buses(circuit, numbering),
        "LOAD": _loads(circuit, numbering),
        "FIXED SHUNT": _shunts(circuit),
        "GENERATOR": _generators(circuit, numbering),
        "BRANCH": _lines(circuit, numbering),
        "TRANSFORMER": _transformers(circuit, numbering),
        "AREA": _areas(circuit, numbering),
        "VSC DC LINE": _links(circuit),
        "ZONE": ((number, _quoted(name)) for name, number in numbering.zones.items()),
        "OWNER": ((number, _quoted(name)) for name, number in numbering.areas.items()),
    }
    lines = list(_head(circuit))
    for section, following in zip(SECTIONS, (*SECTIONS[1:], ""), strict=True):
        lines += [", ".join(_field(value) for value in record) for record in filled.get(section, ())]
        lines.append(f"0 / END OF {section} DATA" + (f", BEGIN {following} DATA" if following else ""))
    lines.append("Q")
    (folder / "network.raw").write_text("\n".join(lines) + "\n", encoding="ascii", errors="replace")
    _write_names(circuit, numbering, folder / "names.csv")


class _Numbering:
    """Numbers of areas (countries) and zones, identifiers of machines and circuits."""

    def __init__(self, circuit: Circuit) -> None:
        self.areas = {name: k for k, name in enumerate(dict.fromkeys(b.bus.country for b in circuit.buses), start=1)}
        self.zones = {name: k for k, name in enumerate(dict.fromkeys(b.bus.zone for b in circuit.buses), start=1)}
        self.machine: dict[str, str] = {}
        at_bus: Counter[int] = Counter()
        for source in circuit.sources:
            if source.kind != "link":
                at_bus[source.bus.number] += 1
                self.machine[source.name] = str(at_bus[source.bus.number])
        self._between: Counter[tuple[int, int]] = Counter()
        self.circuit = {
            (branch.element.name, k): self._next(branch) for branch in circuit.branches for k in range(branch.parallel)
        }

    def _next(self, branch: Branch) -> str:
        ends = (min(branch.start.number, branch.end.number), max(branch.start.number, branch.end.number))
        self._between[ends] += 1
        return str(self._between[ends])


def _quoted(text: str) -> str:
    plain = text.encode("ascii", "replace").decode().replace("'", " ")
    return f"'{plain[:NAME_LENGTH]:<{NAME_LENGTH}}'"


def _field(value: object) -> str:
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def _head(circuit: Circuit) -> Iterator[str]:
    moment = circuit.snapshot.moment
    yield f"0, {BASE_MVA:.2f}, 33, 0, 1, {FREQUENCY_HZ:.2f} / {moment.case.name}, {moment.hour_utc} UTC"
    yield f"{moment.case.name}, {moment.hour_utc} UTC, {moment.origin}"[:60]
    yield "whole names in names.csv"


def _buses(circuit: Circuit, numbering: _Numbering) -> Iterator[Record]:
    for bus in circuit.buses:
        area = numbering.areas[bus.bus.country]
        yield (
            bus.number, _quoted(bus.name), bus.bus.voltage_kv, BUS_CODES[bus.kind], area,
            numbering.zones[bus.bus.zone], area, bus.voltage_pu, bus.angle_deg, 1.1, 0.9, 1.1, 0.9,
        )  # fmt: skip


def _loads(circuit: Circuit, numbering: _Numbering) -> Iterator[Record]:
    at_bus: Counter[int] = Counter()
    for load in circuit.loads:
        at_bus[load.bus.number] += 1
        area = numbering.areas[load.bus.bus.country]
        yield (
            load.bus.number, f"'{at_bus[load.bus.number]}'", 1, area, numbering.zones[load.bus.bus.zone],
            load.power_mw, load.reactive_mvar, 0.0, 0.0, 0.0, 0.0, area, 1, 0,
        )  # fmt: skip


def _shunts(circuit: Circuit) -> Iterator[Record]:
    at_bus: Counter[int] = Counter()
    for shunt in circuit.shunts:
        at_bus[shunt.bus.number] += 1
        yield (shunt.bus.number, f"'{at_bus[shunt.bus.number]}'", 1, 0.0, -shunt.absorbed_mvar)


def _generators(circuit: Circuit, numbering: _Numbering) -> Iterator[Record]:
    for source in circuit.sources:
        if source.kind == "link":
            continue
        limits = (source.reactive_max_mvar, source.reactive_min_mvar)
        if not source.holds_voltage:
            limits = (source.reactive_mvar, source.reactive_mvar)
        yield (
            source.bus.number, f"'{numbering.machine[source.name]}'", source.power_mw, source.reactive_mvar, *limits,
            source.voltage_set_pu, 0, source.rating_mva, 0.0, REACTANCE_PU, 0.0, 0.0, 1.0, int(source.on_line), 100.0,
            source.power_max_mw, source.power_min_mw, numbering.areas[source.bus.bus.country], 1.0,
        )  # fmt: skip


def _lines(circuit: Circuit, numbering: _Numbering) -> Iterator[Record]:
    for branch in circuit.branches:
        if not branch.is_line:
            continue
        count = branch.parallel
        thermal_mva = branch.rating_mva / count
        half_g_pu = branch.g_pu / count / 2
        for k in range(count):
            yield (
                branch.start.number, branch.end.number, f"'{numbering.circuit[branch.element.name, k]}'",
                branch.r_pu * count, branch.x_pu * count, branch.b_pu / count,
                branch.flow_max_mw / count, thermal_mva, thermal_mva, half_g_pu, 0.0, half_g_pu, 0.0, 1, 1,
                getattr(branch.element, "length_km", 0.0), numbering.areas[branch.start.bus.country], 1.0,
            )  # fmt: skip


def _transformers(circuit: Circuit, numbering: _Numbering) -> Iterator[Record]:
    """Four records each, in per unit of the buses' voltages and the system base.

    The magnetising branch stands whole at winding 1, as the format has it, referred to that side.
    """
    for branch in circuit.branches:
        if branch.is_line:
            continue
        count = branch.parallel
        thermal_mva = branch.rating_mva / count
        owner = numbering.areas[branch.start.bus.country]
        to_winding_1 = 1.0 / count / branch.tap_ratio**2
        for k in range(count):
            yield (
                branch.start.number, branch.end.number, 0, f"'{numbering.circuit[branch.element.name, k]}'", 1, 1, 1,
                branch.g_pu * to_winding_1, branch.b_pu * to_winding_1, 2, _quoted(branch.element.name), 1, owner, 1.0,
            )  # fmt: skip
            yield (branch.r_pu * count, branch.x_pu * count, BASE_MVA)
            ratings = (branch.flow_max_mw / count, thermal_mva, thermal_mva)
            yield (branch.tap_ratio, 0.0, 0.0, *ratings, 0, 0, 1.1, 0.9, 1.1, 0.9, 33, 0, 0.0, 0.0, 0.0)
            yield (1.0, 0.0)


def _areas(circuit: Circuit, numbering: _Numbering) -> Iterator[Record]:
    """Countries, each with its reference bus where one stands in it."""
    swing = {bus.bus.country: bus.number for bus in circuit.buses if bus.kind == "reference"}
    for name, number in numbering.areas.items():
        yield (number, swing.get(name, 0), 0.0, 10.0, _quoted(name))


def _links(circuit: Circuit) -> Iterator[Record]:
    named = {source.name: source for source in circuit.sources if source.kind == "link"}
    for item in circuit.links:
        ends = [named[f"{item.link.name}:{end}"] for end in ("from", "to")]
        pairs = item.link.poles if item.link.configuration == "symmetrical_monopole" else item.link.poles // 2
        for pair in range(1, pairs + 1):
            yield from vsc_records(item, ends, pairs, pair)


def vsc_records(item: LinkHour, ends: list[Source], pairs: int, number: int) -> Iterator[Record]:
    """Three records of two cables at +U and -U. The receiving end sets the power; the station loss is A + B x current.

    A is half of the idle loss and B passes through the hour's own running loss, or that of full load where nothing
    flows.
    """
    link = item.link
    flow = link.flow(min(abs(item.sent_mw) or link.capacity_mw, link.capacity_mw))
    loss_mw = abs(item.sent_mw) - abs(item.received_mw) if item.sent_mw else flow.loss_mw
    cable_ohm = 2.0 * link.resistance_ohm_per_km * link.length_km
    cable_mw = pairs * cable_ohm * flow.current_ka**2
    station_kw_per_a = max(loss_mw - cable_mw, 0.0) / 2.0 / pairs / flow.current_ka
    idle_kw = link.idle_loss_mw / 2.0 / pairs * 1e3
    yield (f"'{link.name[:9]} {number}'", 1, cable_ohm, 1, 1.0)
    receiving = 0 if item.sent_mw < 0 else 1
    injection_mw = (item.ends.net_from_mw, item.ends.net_to_mw)
    for k in (1 - receiving, receiving):
        source, powers = ends[k], k == receiving
        dc_set = injection_mw[k] / pairs if powers else 2.0 * link.voltage_kv
        limits = (source.reactive_max_mvar, source.reactive_min_mvar)
        if not source.holds_voltage:
            limits = (source.reactive_mvar, source.reactive_mvar)
        rating_mva = math.hypot(link.capacity_mw, max(source.reactive_max_mvar, 0.0)) / pairs
        yield (
            source.bus.number, 2 if powers else 1, 1, dc_set, source.voltage_set_pu, idle_kw, station_kw_per_a, 0.0,
            rating_mva, 0.0, 1.0, limits[0] / pairs, limits[1] / pairs, 0, 100.0,
        )  # fmt: skip


def _write_names(circuit: Circuit, numbering: _Numbering, path: Path) -> None:
    def end(bus: CircuitBus) -> str:
        return str(bus.number)

    rows: list[Iterable[str]] = [("element", "bus", "to_bus", "identifier", "name")]
    rows += [("bus", end(bus), "", "", bus.name) for bus in circuit.buses]
    rows += [
        ("generator", end(source.bus), "", numbering.machine[source.name], source.name)
        for source in circuit.sources
        if source.kind != "link"
    ]
    rows += [
        (
            "line" if branch.is_line else "transformer",
            end(branch.start),
            end(branch.end),
            identifier,
            branch.element.name,
        )
        for branch in circuit.branches
        for identifier in (numbering.circuit[branch.element.name, k] for k in range(branch.parallel))
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
