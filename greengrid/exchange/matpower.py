"""The hour as a MATPOWER case, version 2 (manual, appendix B), one row of `branch` per circuit or unit.

A link is a pair of generators that the power flow uses, and a row of `dcline` that is switched off: MATPOWER passes
over `dcline` without a word unless it is switched on by `toggle_dcline`, and the link would be lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from greengrid.exchange.circuit import BASE_MVA, Branch, Circuit, CircuitBus, Source, make_circuit
from greengrid.exchange.snapshot import LinkHour, Snapshot

BUS_TYPES = {"load": 1, "held": 2, "reference": 3, "isolated": 4}
VOLTAGE_MAX_PU, VOLTAGE_MIN_PU = 1.1, 0.9
ANGLE_MAX_DEG = 360
COLUMNS = {
    "bus": "bus_i type Pd Qd Gs Bs area Vm Va baseKV zone Vmax Vmin",
    "gen": "bus Pg Qg Qmax Qmin Vg mBase status Pmax Pmin Pc1 Pc2 Qc1min Qc1max Qc2min Qc2max ramp_agc ramp_10 ramp_30 "
    "ramp_q apf",
    "branch": "fbus tbus r x b rateA rateB rateC ratio angle status angmin angmax",
    "dcline": "fbus tbus status Pf Pt Qf Qt Vf Vt Pmin Pmax QminF QmaxF QminT QmaxT loss0 loss1",
}


def write_matpower(snapshot: Snapshot, folder: Path) -> None:
    """network.m: a function of that name, so that `loadcase('network')` finds it."""
    circuit = make_circuit(snapshot)
    parts = [
        "function mpc = network",
        *(f"% {line}" for line in _preface(circuit)),
        "mpc.version = '2';",
        f"mpc.baseMVA = {BASE_MVA:g};",
        *_matrix("bus", _bus_rows(circuit)),
        *_matrix("gen", (_gen_row(source) for source in circuit.sources)),
        *_matrix("branch", _branch_rows(circuit)),
    ]
    if circuit.links:
        parts += _matrix("dcline", (_dcline_row(circuit, item) for item in circuit.links))
    parts += _names("bus_name", (bus.name for bus in circuit.buses))
    parts += _names("gen_name", (source.name for source in circuit.sources))
    parts += _names("branch_name", (branch.element.name for branch, _ in _circuits(circuit)))
    (folder / "network.m").write_text("\n".join(parts) + "\n", encoding="utf-8")


def _preface(circuit: Circuit) -> list[str]:
    moment = circuit.snapshot.moment
    return [
        f"{_ascii(moment.case.name)}, {moment.hour_utc} UTC, {moment.origin}.",
        "Branch shunt conductance and iron losses stand in Gs of the buses at their ends.",
        "rateA is the operating limit in MW, rateB and rateC the thermal limit in MVA. No costs.",
        "Every HVDC link is two generators (named in gen_name). To use mpc.dcline instead: status 1 there, 0 for those",
        "generators, and mpc = toggle_dcline(mpc, 'on').",
    ]


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()


def _matrix(name: str, rows: Iterable[Iterable[float]]) -> Iterator[str]:
    yield f"%\t{COLUMNS[name]}"
    yield f"mpc.{name} = ["
    for row in rows:
        yield "\t" + "\t".join(_number(value) for value in row) + ";"
    yield "];"


def _number(value: float) -> str:
    return f"{value:.12g}"


def _names(field: str, names: Iterable[str]) -> Iterator[str]:
    yield f"mpc.{field} = {{"
    for name in names:
        yield "\t'" + name.replace("'", "''") + "';"
    yield "};"


def _bus_rows(circuit: Circuit) -> Iterator[list[float]]:
    countries = list(dict.fromkeys(bus.bus.country for bus in circuit.buses))
    zones = list(dict.fromkeys(bus.bus.zone for bus in circuit.buses))
    for bus in circuit.buses:
        loads = [load for load in circuit.loads if load.bus is bus]
        yield [
            bus.number,
            BUS_TYPES[bus.kind],
            sum(load.power_mw for load in loads),
            sum(load.reactive_mvar for load in loads),
            _conductance_mw(circuit, bus),
            -sum(shunt.absorbed_mvar for shunt in circuit.shunts if shunt.bus is bus),
            countries.index(bus.bus.country) + 1,
            bus.voltage_pu,
            bus.angle_deg,
            bus.bus.voltage_kv,
            zones.index(bus.bus.zone) + 1,
            VOLTAGE_MAX_PU,
            VOLTAGE_MIN_PU,
        ]


def _conductance_mw(circuit: Circuit, bus: CircuitBus) -> float:
    """The halves of the branches' shunt conductance that stand at a bus, at 1 pu: the format has no place for them."""
    total_pu = 0.0
    for branch in circuit.branches:
        if branch.start is bus:
            total_pu += branch.g_pu / 2 / branch.tap_ratio**2
        if branch.end is bus:
            total_pu += branch.g_pu / 2
    return total_pu * BASE_MVA


def _gen_row(source: Source) -> list[float]:
    return [
        source.bus.number,
        source.power_mw,
        source.reactive_mvar,
        source.reactive_max_mvar,
        source.reactive_min_mvar,
        source.voltage_set_pu,
        source.rating_mva,
        float(source.on_line),
        source.power_max_mw,
        source.power_min_mw,
        *[0.0] * 11,
    ]


def _circuits(circuit: Circuit) -> Iterator[tuple[Branch, int]]:
    """Every circuit and unit by itself."""
    for branch in circuit.branches:
        for number in range(branch.parallel):
            yield branch, number


def _branch_rows(circuit: Circuit) -> Iterator[list[float]]:
    for branch, _ in _circuits(circuit):
        count = branch.parallel
        thermal_mva = branch.rating_mva / count
        yield [
            branch.start.number,
            branch.end.number,
            branch.r_pu * count,
            branch.x_pu * count,
            branch.b_pu / count,
            branch.flow_max_mw / count,
            thermal_mva,
            thermal_mva,
            0.0 if branch.is_line else branch.tap_ratio,
            0.0,
            1.0,
            -ANGLE_MAX_DEG,
            ANGLE_MAX_DEG,
        ]


def _dcline_row(circuit: Circuit, item: LinkHour) -> list[float]:
    """From the sending to the receiving end, as the format's loss (loss0 + loss1 x Pf) is wrong for negative Pf.

    loss1 goes through the hour's own loss, or the full load's where nothing flows.
    """
    link = item.link
    drawn_mw = abs(item.sent_mw) or link.capacity_mw
    loss_mw = abs(item.sent_mw) - abs(item.received_mw) if item.sent_mw else link.flow(link.capacity_mw).loss_mw
    ways = [("from", link.from_bus, item.ends.net_from_mw), ("to", link.to_bus, item.ends.net_to_mw)]
    if item.sent_mw < 0:
        ways.reverse()
    buses = [circuit.bus(bus) for _, bus, _ in ways]
    named = {source.name: source for source in circuit.sources if source.kind == "link"}
    ends = [named[f"{link.name}:{end}"] for end, _, _ in ways]
    return [
        *(bus.number for bus in buses),
        0.0,
        -ways[0][2],
        ways[1][2],
        *(end.reactive_mvar for end in ends),
        *(bus.voltage_pu for bus in buses),
        0.0,
        link.capacity_mw,
        *(limit for end in ends for limit in (end.reactive_min_mvar, end.reactive_max_mvar)),
        link.idle_loss_mw,
        loss_mw / drawn_mw,
    ]
