"""The hour as GeoJSON (RFC 7946) for QGIS and other maps: one file per layer, longitude before latitude, WGS 84."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from greengrid.exchange.snapshot import Snapshot

DECIMALS = 5
"""Of a degree: about a metre."""
Feature = dict[str, Any]


def write_geojson(snapshot: Snapshot, folder: Path) -> None:
    """substations, lines, transformers, plants, borders and links, each with its data and its state in the hour."""
    layers = {
        "substations": _substations(snapshot),
        "lines": _lines(snapshot),
        "transformers": _transformers(snapshot),
        "plants": _plants(snapshot),
        "borders": _borders(snapshot),
        "links": _links(snapshot),
    }
    for name, features in layers.items():
        content = {"type": "FeatureCollection", "features": list(features)}
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        (folder / f"{name}.geojson").write_text(text + "\n", encoding="utf-8")


def _feature(kind: str, coordinates: object, properties: Mapping[str, object]) -> Feature:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": {key: _value(value) for key, value in properties.items()},
    }


def _value(value: object) -> object:
    """Numbers that a solution does not hold become null: JSON knows no NaN."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


def _position(longitude_deg: float, latitude_deg: float) -> list[float]:
    return [round(longitude_deg, DECIMALS), round(latitude_deg, DECIMALS)]


def _places(snapshot: Snapshot) -> dict[str, list[float]]:
    return {bus.name: _position(bus.longitude_deg, bus.latitude_deg) for bus in snapshot.grid.buses}


def _substations(snapshot: Snapshot) -> Iterable[Feature]:
    """One point per substation; loads and sources summed over its buses."""
    net, places = snapshot.net, _places(snapshot)
    names = dict(net.bus["name"].items())
    load_mw = _sum_by_bus(names, net.load["bus"], net.load["p_mw"])
    voltage = dict(zip(names.values(), net.res_bus["vm_pu"], strict=True)) if len(net.res_bus) else {}
    members: dict[str, list[Any]] = {}
    for bus in snapshot.grid.buses:
        members.setdefault(bus.substation, []).append(bus)
    for name, buses in members.items():
        levels = sorted((bus.voltage_kv for bus in buses), reverse=True)
        properties = {
            "name": name,
            "name_ru": buses[0].name_ru or None,
            "node_number": buses[0].node_number,
            "country": buses[0].country,
            "zone": buses[0].zone,
            "voltage_max_kv": levels[0],
            "voltage_levels_kv": ", ".join(f"{level:g}" for level in levels),
            "load_mw": sum(load_mw.get(bus.name, 0.0) for bus in buses),
        }
        properties |= {f"voltage_{bus.voltage_kv:g}_kv_pu": voltage.get(bus.name, math.nan) for bus in buses}
        yield _feature("Point", places[buses[0].name], properties)


def _sum_by_bus(names: Mapping[int, str], buses: Iterable[int], values: Iterable[float]) -> dict[str, float]:
    total: dict[str, float] = {}
    for bus, value in zip(buses, values, strict=True):
        total[names[bus]] = total.get(names[bus], 0.0) + float(value)
    return total


def _lines(snapshot: Snapshot) -> Iterable[Feature]:
    net, places = snapshot.net, _places(snapshot)
    flows = _by_name(net.line["name"], net.res_line, "p_from_mw")
    loading = _by_name(net.line["name"], net.res_line, "loading_percent")
    for line in snapshot.grid.lines:
        properties = {
            "name": line.name,
            "from_bus": line.from_bus,
            "to_bus": line.to_bus,
            "voltage_kv": line.voltage_kv,
            "circuits": line.circuits,
            "length_km": line.length_km,
            "line_type": line.line_type,
            "flow_max_mw": line.flow_max_mw,
            "flow_mw": flows.get(line.name, math.nan),
            "loading_frac": loading.get(line.name, math.nan) / 100.0,
            "status": line.status,
            "year": line.year,
            "confidence": line.confidence,
            "source": line.source,
        }
        yield _feature("LineString", [places[line.from_bus], places[line.to_bus]], properties)


def _by_name(names: Iterable[str], results: Any, column: str) -> dict[str, float]:
    return dict(zip(names, results[column], strict=True)) if len(results) else {}


def _transformers(snapshot: Snapshot) -> Iterable[Feature]:
    net, places = snapshot.net, _places(snapshot)
    flows = _by_name(net.trafo["name"], net.res_trafo, "p_hv_mw")
    for unit in snapshot.grid.transformers:
        properties = {
            "name": unit.name,
            "hv_bus": unit.hv_bus,
            "lv_bus": unit.lv_bus,
            "units": unit.units,
            "rating_mva": unit.rating_mva,
            "flow_mw": flows.get(unit.name, math.nan),
            "status": unit.status,
            "year": unit.year,
            "confidence": unit.confidence,
            "source": unit.source,
        }
        yield _feature("Point", places[unit.hv_bus], properties)


def _source_mw(snapshot: Snapshot) -> dict[str, float]:
    """Active power of every source; 0 where it is off line."""
    power: dict[str, float] = {}
    for table in (snapshot.net.gen, snapshot.net.sgen):
        values = zip(table["name"], table["p_mw"], table["in_service"], strict=True)
        power.update({name: float(p_mw) if on else 0.0 for name, p_mw, on in values})
    return power


def _plants(snapshot: Snapshot) -> Iterable[Feature]:
    power = _source_mw(snapshot)
    for plant in snapshot.grid.plants:
        properties = {
            "name": plant.name,
            "plant": plant.plant,
            "country": plant.country,
            "bus": plant.bus,
            "technology": plant.technology,
            "capacity_mw": plant.capacity_mw,
            "energy_mwh": plant.energy_mwh,
            "power_mw": power[plant.name],
            "status": plant.status,
            "year": plant.year,
            "confidence": plant.confidence,
            "source": plant.source,
        }
        yield _feature("Point", _position(plant.longitude_deg, plant.latitude_deg), properties)


def _borders(snapshot: Snapshot) -> Iterable[Feature]:
    power, places = _source_mw(snapshot), _places(snapshot)
    for border in snapshot.grid.borders:
        properties = {
            "name": border.name,
            "bus": border.bus,
            "market": border.market,
            "import_max_mw": border.import_max_mw,
            "export_max_mw": border.export_max_mw,
            "net_import_mw": power[border.name],
            "confidence": border.confidence,
            "source": border.source,
        }
        yield _feature("Point", places[border.bus], properties)


def _links(snapshot: Snapshot) -> Iterable[Feature]:
    """Straight from station to station: no route is published."""
    places = _places(snapshot)
    for item in snapshot.links:
        link = item.link
        properties = {
            "name": link.name,
            "from_bus": link.from_bus,
            "to_bus": link.to_bus,
            "capacity_mw": link.capacity_mw,
            "voltage_kv": link.voltage_kv,
            "configuration": link.configuration,
            "poles": link.poles,
            "length_km": link.length_km,
            "sent_mw": item.sent_mw,
            "received_mw": item.received_mw,
            "idle_loss_mw": item.idle_loss_mw,
            "source": link.source,
        }
        yield _feature("LineString", [places[link.from_bus], places[link.to_bus]], properties)
