"""What was taken of a net, as rows of the tables of a network's folder."""

from __future__ import annotations

import math
from collections import defaultdict

from greengrid.exchange.incoming.branches import OMEGA, Branches, LineDraft, UnitDraft, split_circuits
from greengrid.exchange.incoming.choices import Choices
from greengrid.exchange.incoming.sources import Sources
from greengrid.exchange.incoming.stations import Station, Stations

HOURS_PER_YEAR = 8760.0
Cells = dict[str, object]


def table_rows(
    file: str, stations: Stations, branches: Branches, sources: Sources, choices: Choices
) -> dict[str, list[Cells]]:
    """Rows by table, each with its source and grade; tables that a net knows nothing of are not there."""
    rows = {
        "substations": [_substation(station) for station in stations.all],
        **_line_rows(branches.lines, choices.year),
        **_unit_rows(branches.units, choices.year),
        **_plant_rows(sources, choices.year),
        **_load_rows(stations, sources, choices),
        **_tie_rows(sources, choices.year),
        "compensation": [
            {
                "substation": name, "voltage_kv": kv, "kind": kind, "reactive_min_mvar": low, "reactive_max_mvar": high,
                "status": "existing", "year": choices.year, "option_mw": 0,
            }
            for (name, kv, kind), (low, high) in sources.compensation_mvar.items()
        ],
    }  # fmt: skip
    for table in rows.values():
        for row in table:
            row |= {"source": f"imported from {file}", "confidence": "D"}
    return rows


def _substation(station: Station) -> Cells:
    longitude, latitude = station.position or (math.nan, math.nan)
    return {
        "name": station.name,
        "country": station.country,
        "zone": station.zone,
        "latitude_deg": round(latitude, 5),
        "longitude_deg": round(longitude, 5),
        "voltage_max_kv": max(station.levels),
        "role": "imported",
    }


def _line_rows(lines: list[LineDraft], year: int) -> dict[str, list[Cells]]:
    """Lines of the same constants share a type; lines that would be one row are told apart by a hair of length."""
    types: dict[tuple[float, ...], str] = {}
    rows: list[Cells] = []
    seen: set[tuple[object, ...]] = set()
    for line in lines:
        constants = (
            line.voltage_kv, line.r_ohm / line.length_km, line.x_ohm / line.length_km,
            line.b_siemens / OMEGA * 1e9 / line.length_km, line.current_max_ka,
        )  # fmt: skip
        key = tuple(float(f"{value:.8g}") for value in constants)
        kind = types.setdefault(key, f"imported {line.voltage_kv} kV {len(types) + 1}")
        for circuits in split_circuits(line.circuits):
            length_km = line.length_km
            while (line.start.name, line.end.name, kind, length_km) in seen:
                length_km *= 1.0 + 1e-6
            seen.add((line.start.name, line.end.name, kind, length_km))
            rows.append(
                {
                    "from_substation": line.start.name,
                    "to_substation": line.end.name,
                    "voltage_kv": line.voltage_kv,
                    "circuits": circuits,
                    "line_type": kind,
                    "circuit_flow_max_mw": line.flow_max_mw,
                    "length_km": length_km,
                    "length_basis": "imported",
                    "status": "existing",
                    "year": year,
                }
            )
    return {"line_types": [_line_type(name, key) for key, name in types.items()], "lines": rows}


def _line_type(name: str, key: tuple[float, ...]) -> Cells:
    kv, r_ohm, x_ohm, c_nf, current_ka = key
    surge_ohm = math.sqrt(x_ohm / OMEGA / (c_nf * 1e-9))
    return {
        "name": name,
        "voltage_kv": int(kv),
        "conductor": "not stated",
        "r_ohm_per_km": r_ohm,
        "x_ohm_per_km": x_ohm,
        "c_nf_per_km": c_nf,
        "current_max_ka": current_ka,
        "surge_impedance_load_mw": kv**2 / surge_ohm,
    }


def _unit_rows(units: list[UnitDraft], year: int) -> dict[str, list[Cells]]:
    types: dict[tuple[float, ...], str] = {}
    count: dict[tuple[str, int, int, str], int] = defaultdict(int)
    for unit in units:
        plate = (
            unit.hv_kv, unit.lv_kv, unit.rating_mva, unit.short_circuit_voltage_percent, unit.copper_loss_kw,
            unit.iron_loss_kw, unit.no_load_current_percent,
        )  # fmt: skip
        key = tuple(float(f"{value:.8g}") for value in plate)
        kind = types.setdefault(key, f"imported {unit.hv_kv}/{unit.lv_kv} kV {len(types) + 1}")
        count[unit.station.name, unit.hv_kv, unit.lv_kv, kind] += unit.units
    names = ("hv_kv", "lv_kv", "rating_mva", "short_circuit_voltage_percent", "copper_loss_kw", "iron_loss_kw")
    fields = (*names, "no_load_current_percent")
    kinds: list[Cells] = [
        {"name": name, **dict(zip(fields, (int(key[0]), int(key[1]), *key[2:]), strict=True))}
        for key, name in types.items()
    ]
    rows: list[Cells] = [
        {
            "substation": name, "hv_kv": high, "lv_kv": low, "transformer_type": kind, "units": units_in_all,
            "status": "existing", "year": year,
        }
        for (name, high, low, kind), units_in_all in count.items()
    ]  # fmt: skip
    return {"transformer_types": kinds, "transformers": rows}


def _plant_rows(sources: Sources, year: int) -> dict[str, list[Cells]]:
    plants, connections = [], []
    for plant in sources.plants:
        longitude, latitude = plant.station.position or (math.nan, math.nan)
        plants.append(
            {
                "name": plant.name,
                "country": plant.station.country,
                "substation": plant.station.name,
                "latitude_deg": round(latitude, 5),
                "longitude_deg": round(longitude, 5),
                "technology": plant.technology,
                "capacity_mw": plant.capacity_mw,
                "energy_mwh": plant.energy_mwh,
                "status": "existing",
                "year": year,
            }
        )
        connections.append({"plant": plant.name, "voltage_kv": plant.voltage_kv, "share_frac": 1})
    return {"plants": plants, "plant_connections": connections}


def _load_rows(stations: Stations, sources: Sources, choices: Choices) -> dict[str, list[Cells]]:
    """The net's hour is taken as the peak; zones share energy as they share it."""
    zone_of = {station.name: (station.country, station.zone) for station in stations.all}
    zones: dict[tuple[str, str], float] = defaultdict(float)
    countries: dict[str, float] = defaultdict(float)
    at: dict[str, dict[int, float]] = defaultdict(dict)
    for (name, kv), power_mw in sources.load_mw.items():
        zones[zone_of[name]] += power_mw
        countries[zone_of[name][0]] += power_mw
        at[name][kv] = power_mw
    demand: list[Cells] = []
    for country, peak_mw in countries.items():
        energy = {name: peak_mw * choices.load_factor_frac * HOURS_PER_YEAR / 1e6
                  for name in ("energy_twh", "energy_low_twh", "energy_high_twh")}  # fmt: skip
        demand.append({"country": country, "year": choices.year, **energy, "peak_mw": peak_mw})
    return {
        "demand": demand,
        "zones": [
            {
                "zone": zone, "country": country, "energy_share_frac": power_mw / countries[country],
                "peak_share_frac": power_mw / countries[country],
            }
            for (country, zone), power_mw in zones.items()
        ],
        "load_shares": [
            {
                "substation": name, "zone": zone_of[name][1],
                "share_frac": sum(levels.values()) / zones[zone_of[name]],
                "voltage_kv": max(levels, key=lambda kv: levels[kv]),
            }
            for name, levels in at.items()
        ],
    }  # fmt: skip


def _tie_rows(sources: Sources, year: int) -> dict[str, list[Cells]]:
    return {
        "borders": [
            {
                "name": tie.name, "market": tie.market, "substation": tie.station.name, "short_circuit_mva": 0,
                "reactive_max_mvar": tie.reactive_max_mvar,
            }
            for tie in sources.ties
        ],
        "border_limits": [
            {
                "border": tie.name, "year": year, "voltage_kv": tie.voltage_kv, "import_max_mw": tie.import_max_mw,
                "export_max_mw": tie.export_max_mw,
            }
            for tie in sources.ties
        ],
    }  # fmt: skip
