"""The hour as a PyPSA network: a folder of CSV files for `pypsa.Network().import_from_csv_folder(DIR)`.

A link is a PyPSA Link for each direction (its efficiency is that of the hour, of full load where nothing flows), a Load
at each end for the idle stations, and a Generator at each end that gives what the converter gives of reactive power,
which PyPSA's Link cannot. Batteries and pumped storage are StorageUnits, ties Generators that can also take.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from greengrid.exchange.circuit import BASE_MVA, Branch, Circuit, Source, make_circuit
from greengrid.exchange.snapshot import LinkHour, Snapshot
from networks.rows import STORED

Row = dict[str, object]
SMALLEST_MW = 1e-9
SCHEMA = "0.35.0"
"""Version of PyPSA whose columns are written; later versions read them too."""


def write_pypsa(snapshot: Snapshot, folder: Path) -> None:
    """One file per component, the hour as the only snapshot, set points as static values."""
    circuit = make_circuit(snapshot)
    for name, rows in TABLES.items():
        _write(folder / f"{name}.csv", list(rows(circuit)))


def _write(path: Path, rows: list[Row]) -> None:
    if not rows:
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _network(circuit: Circuit) -> Iterator[Row]:
    moment = circuit.snapshot.moment
    yield {"name": f"{moment.case.name} {moment.hour_utc}", "pypsa_version": SCHEMA, "srid": 4326}


def _snapshots(circuit: Circuit) -> Iterator[Row]:
    stamp = f"{circuit.snapshot.moment.hour_utc}:00:00".replace("T", " ")
    yield {"": 0, "snapshot": stamp, "objective": 1.0, "stores": 1.0, "generators": 1.0}


def _carriers(circuit: Circuit) -> Iterator[Row]:
    names = dict.fromkeys(_carrier(source) for source in circuit.sources)
    for name in ("AC", "DC", *names):
        yield {"name": name}


def _carrier(source: Source) -> str:
    return source.plant.technology if source.plant else source.kind


def _buses(circuit: Circuit) -> Iterator[Row]:
    for bus in circuit.buses:
        yield {
            "name": bus.name,
            "v_nom": bus.bus.voltage_kv,
            "x": bus.bus.longitude_deg,
            "y": bus.bus.latitude_deg,
            "carrier": "AC",
            "v_mag_pu_set": bus.voltage_pu,
            "country": bus.bus.country,
            "zone": bus.bus.zone,
            "substation": bus.bus.substation,
        }


def _lines(circuit: Circuit) -> Iterator[Row]:
    """All circuits of a line together, in ohm and siemens."""
    for branch in circuit.branches:
        if branch.is_line:
            base_ohm = branch.start.bus.voltage_kv**2 / BASE_MVA
            yield {
                "name": branch.element.name,
                "bus0": branch.start.name,
                "bus1": branch.end.name,
                "r": branch.r_pu * base_ohm,
                "x": branch.x_pu * base_ohm,
                "g": branch.g_pu / base_ohm,
                "b": branch.b_pu / base_ohm,
                "s_nom": branch.rating_mva,
                "s_max_pu": min(branch.flow_max_mw / branch.rating_mva, 1.0),
                "length": getattr(branch.element, "length_km", 0.0),
                "num_parallel": branch.parallel,
                "carrier": "AC",
            }


def _transformers(circuit: Circuit) -> Iterator[Row]:
    """All units together, in per unit of their rating; the ratio at bus0."""
    for branch in circuit.branches:
        if not branch.is_line:
            yield _transformer(branch)


def _transformer(branch: Branch) -> Row:
    to_own_base = branch.rating_mva / BASE_MVA
    return {
        "name": branch.element.name,
        "bus0": branch.start.name,
        "bus1": branch.end.name,
        "model": "pi",
        "r": branch.r_pu * to_own_base,
        "x": branch.x_pu * to_own_base,
        "g": branch.g_pu / to_own_base,
        "b": branch.b_pu / to_own_base,
        "s_nom": branch.rating_mva,
        "s_max_pu": min(branch.flow_max_mw / branch.rating_mva, 1.0),
        "tap_ratio": branch.tap_ratio,
        "tap_side": 0,
        "num_parallel": branch.parallel,
    }


def _is_storage(source: Source) -> bool:
    return source.plant is not None and source.plant.technology in STORED


def _common(source: Source) -> Row:
    """Nominal power is the larger of what the source gives and takes."""
    nominal_mw = max(source.power_max_mw, -source.power_min_mw, SMALLEST_MW)
    reference = source.reference
    return {
        "name": source.name,
        "bus": source.bus.name,
        "control": "Slack" if reference else "PV" if source.holds_voltage else "PQ",
        "carrier": _carrier(source),
        "p_nom": nominal_mw,
        "p_min_pu": source.power_min_mw / nominal_mw,
        "p_max_pu": source.power_max_mw / nominal_mw,
        "p_set": source.power_mw,
        "q_set": source.reactive_mvar,
        "active": source.on_line,
    }


def _generators(circuit: Circuit) -> Iterator[Row]:
    moment = circuit.snapshot.moment
    costs = {unit.name: unit.marginal_cost_usd_per_mwh for unit in moment.inputs.economy.units}
    for source in circuit.sources:
        if _is_storage(source):
            continue
        row = _common(source)
        if source.kind == "link":
            # The Link carries the active power; this is what its converter gives of reactive power.
            row |= {"p_nom": 0.0, "p_min_pu": 0.0, "p_max_pu": 0.0, "p_set": 0.0}
        if source.name in moment.available_frac:
            row["p_max_pu"] = moment.available_frac[source.name]
        # A plant off line stands ready for an optimisation; only its set points are zero.
        row["active"] = source.on_line or source.plant is not None or source.kind == "border"
        row["marginal_cost"] = costs.get(source.name, 0.0)
        yield row


def _storage_units(circuit: Circuit) -> Iterator[Row]:
    efficiency = {unit.name: unit.round_trip_frac**0.5 for unit in circuit.snapshot.moment.inputs.economy.units}
    for source in circuit.sources:
        if source.plant is not None and _is_storage(source):
            row = _common(source) | {"active": True}
            hours = source.plant.energy_mwh / source.plant.capacity_mw
            each_way = efficiency[source.name]
            yield row | {"max_hours": hours, "efficiency_store": each_way, "efficiency_dispatch": each_way}


def _loads(circuit: Circuit) -> Iterator[Row]:
    for load in circuit.loads:
        yield {"name": load.bus.name, "bus": load.bus.name, "p_set": load.power_mw, "q_set": load.reactive_mvar}
    for item in circuit.links:
        for end, bus in (("from", item.link.from_bus), ("to", item.link.to_bus)):
            yield {"name": f"{item.link.name}:{end} idle", "bus": bus, "p_set": item.idle_loss_mw / 2, "q_set": 0.0}


def _shunts(circuit: Circuit) -> Iterator[Row]:
    for shunt in circuit.shunts:
        b_siemens = -shunt.absorbed_mvar / shunt.bus.bus.voltage_kv**2
        yield {"name": shunt.name, "bus": shunt.bus.name, "g": 0.0, "b": b_siemens}


def _links(circuit: Circuit) -> Iterator[Row]:
    for item in circuit.links:
        yield from _directions(item)


def _directions(item: LinkHour) -> Iterator[Row]:
    """A Link whose set point is negative would gain energy: each direction is one of its own."""
    link = item.link
    ways: Mapping[str, tuple[str, str, float, float]] = {
        "forward": (link.from_bus, link.to_bus, max(item.sent_mw, 0.0), max(item.received_mw, 0.0)),
        "reverse": (link.to_bus, link.from_bus, max(-item.sent_mw, 0.0), max(-item.received_mw, 0.0)),
    }
    for way, (start, end, sent_mw, received_mw) in ways.items():
        full_load = link.received_max_mw / link.capacity_mw
        yield {
            "name": f"{link.name}:{way}",
            "bus0": start,
            "bus1": end,
            "carrier": "DC",
            "p_nom": link.capacity_mw,
            "p_min_pu": 0.0,
            "p_max_pu": 1.0,
            "p_set": sent_mw,
            "efficiency": received_mw / sent_mw if sent_mw > SMALLEST_MW else full_load,
            "length": link.length_km,
        }


TABLES: Mapping[str, Callable[[Circuit], Iterable[Row]]] = {
    "network": _network,
    "snapshots": _snapshots,
    "carriers": _carriers,
    "buses": _buses,
    "lines": _lines,
    "transformers": _transformers,
    "generators": _generators,
    "storage_units": _storage_units,
    "loads": _loads,
    "shunt_impedances": _shunts,
    "links": _links,
}
