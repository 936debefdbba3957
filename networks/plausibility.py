"""What well-formed and consistent tables may still get wrong: constants, places and dates that no grid has."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from networks.geography import great_circle_km
from networks.problems import NetworkProblem, nearest_known

if TYPE_CHECKING:
    from networks.rows import LineRow, LineTypeRow, PlantRow, ReactorRow
    from networks.tables import Tables

LIGHT_SPEED_KM_PER_S = 299_792.458
WAVE_SPEED_RATIO = (0.90, 1.0)
"""Waves on overhead lines run just under the speed of light (Glover, Sarma, Overbye 2012, ch. 5)."""
NATURAL_POWER_TOLERANCE = 0.1
"""Surge impedance load against voltage squared over surge impedance."""
DETOUR_MAX = 3.0
DETOUR_KM = 50.0
"""A line is no longer than so many times the straight line and this."""
PLANT_DISTANCE_MAX_KM = 300.0
"""Aggregates stand at a town of their zone; beyond this two coordinates have been swapped or mistyped."""
UNITS_TOLERANCE = 0.01
COMPENSATION_MAX = 1.2
"""Fixed reactors of a circuit over its charging."""


def implausible_types(tables: Tables) -> Iterator[NetworkProblem]:
    """Constants of equipment that cannot be right; a wrong one shows in every row that uses it."""
    yield from _line_types(tables)
    for kind in tables.transformer_types:
        if kind.hv_kv <= kind.lv_kv:
            found = f"{kind.hv_kv}/{kind.lv_kv} kV"
            yield NetworkProblem(f"transformer_types.csv ({kind.name}) hv_kv", found, "the higher voltage first")


def implausible(tables: Tables) -> Iterator[NetworkProblem]:
    """Every other figure of the tables that cannot be right."""
    yield from _lines(tables)
    yield from _stations(tables)
    yield from _units(tables)
    yield from _reactors(tables)
    yield from _loads(tables)
    yield from _borders(tables)


def _line_types(tables: Tables) -> Iterator[NetworkProblem]:
    slow, fast = (ratio * LIGHT_SPEED_KM_PER_S for ratio in WAVE_SPEED_RATIO)
    for row in tables.line_types:
        speed = 1.0 / math.sqrt(row.x_ohm_per_km / (100.0 * math.pi) * row.c_nf_per_km * 1e-9)
        if not slow <= speed <= fast:
            yield NetworkProblem(
                f"line_types.csv ({row.name}) x_ohm_per_km, c_nf_per_km",
                f"a wave speed of {speed:,.0f} km/s",
                f"{slow:,.0f} to {fast:,.0f} km/s",
                _wave_remedy(row, speed),
            )
            continue
        natural_mw = row.voltage_kv**2 / math.sqrt(row.x_ohm_per_km / (100 * math.pi * row.c_nf_per_km * 1e-9))
        if abs(row.surge_impedance_load_mw / natural_mw - 1.0) > NATURAL_POWER_TOLERANCE:
            yield NetworkProblem(
                f"line_types.csv ({row.name}) surge_impedance_load_mw",
                f"{row.surge_impedance_load_mw:g} MW",
                f"about {natural_mw:.0f} MW: voltage squared over the surge impedance of x and c",
            )


def _wave_remedy(row: LineTypeRow, speed: float) -> str:
    """Name the constant that is off by a power of ten, if one is: speed goes with one over the root of each."""
    for field, value in (("c_nf_per_km", row.c_nf_per_km), ("x_ohm_per_km", row.x_ohm_per_km)):
        for factor in (10.0, 100.0, 1000.0, 0.1, 0.01):
            if WAVE_SPEED_RATIO[0] <= speed * math.sqrt(factor) / LIGHT_SPEED_KM_PER_S <= WAVE_SPEED_RATIO[1]:
                return f"Check {field}: {value / factor:g} would fit; another unit, or a decimal point out of place"
    return "Check both constants: one is for another conductor, bundle or frequency"


def _title(row: LineRow | ReactorRow) -> str:
    return f"{row.from_substation}-{row.to_substation} {row.voltage_kv}"


def _lines(tables: Tables) -> Iterator[NetworkProblem]:
    places = {row.name: row for row in tables.substations}
    kinds = {row.name: row for row in tables.line_types}
    for row in tables.lines:
        where = f"lines.csv ({_title(row)})"
        start, end = places[row.from_substation], places[row.to_substation]
        straight_km = great_circle_km(start.latitude_deg, start.longitude_deg, end.latitude_deg, end.longitude_deg)
        if start is not end and row.length_km > DETOUR_MAX * straight_km + DETOUR_KM:
            found = f"{row.length_km:g} km over a great circle of {straight_km:.0f} km"
            yield NetworkProblem(f"{where} length_km", found, "a route", "Check the length and both coordinates")
        thermal_mw = math.sqrt(3.0) * row.voltage_kv * kinds[row.line_type].current_max_ka
        if row.circuit_flow_max_mw > thermal_mw:
            found = f"{row.circuit_flow_max_mw:g} MW, above the {thermal_mw:.0f} MW that its conductors bear"
            yield NetworkProblem(f"{where} circuit_flow_max_mw", found, "a limit of one circuit, in MW")
        for place in (start, end):
            if row.voltage_kv > place.voltage_max_kv:
                found = f"{row.voltage_kv} kV at {place.name}, whose highest is {place.voltage_max_kv} kV"
                yield NetworkProblem(f"{where} voltage_kv", found, "a voltage of both substations")
        yield from _dates(where, row.year, {"until_year": row.until_year, "open_from_year": row.open_from_year})


def _dates(where: str, year: int, ends: dict[str, int | None]) -> Iterator[NetworkProblem]:
    for field, end in ends.items():
        if end is not None and end <= year:
            yield NetworkProblem(f"{where} {field}", f"{end}, not after its year {year}", "a later year, or empty")


def _stations(tables: Tables) -> Iterator[NetworkProblem]:
    places = {row.name: row for row in tables.substations}
    for plant in tables.plants:
        yield from _dates(f"plants.csv ({plant.name})", plant.year, {"until_year": plant.until_year})
        at = places[plant.substation]
        distance_km = great_circle_km(plant.latitude_deg, plant.longitude_deg, at.latitude_deg, at.longitude_deg)
        if distance_km > PLANT_DISTANCE_MAX_KM:
            yield NetworkProblem(
                f"plants.csv ({plant.name}) latitude_deg, longitude_deg",
                f"{distance_km:,.0f} km from {at.name}",
                f"at most {PLANT_DISTANCE_MAX_KM:g} km",
                _swapped(plant, at.latitude_deg, at.longitude_deg),
            )


def _swapped(plant: PlantRow, latitude_deg: float, longitude_deg: float) -> str:
    other_way_km = great_circle_km(plant.longitude_deg, plant.latitude_deg, latitude_deg, longitude_deg)
    swapped = other_way_km <= PLANT_DISTANCE_MAX_KM
    return "Latitude and longitude look swapped" if swapped else "Check the coordinates and the substation"


def _units(tables: Tables) -> Iterator[NetworkProblem]:
    total: dict[str, float] = defaultdict(float)
    for row in tables.units:
        total[row.plant] += row.unit_mw * row.units
    for plant in tables.plants:
        stated_mw = total.get(plant.name)
        if stated_mw is not None and abs(stated_mw - plant.capacity_mw) > UNITS_TOLERANCE * plant.capacity_mw:
            found = f"units of {stated_mw:g} MW together, {plant.capacity_mw:g} MW in plants.csv"
            yield NetworkProblem(f"units.csv ({plant.name}) unit_mw, units", found, "units that make up the plant")


def _reactors(tables: Tables) -> Iterator[NetworkProblem]:
    """Reactors belong to a circuit that is there, and leave it some of its charging."""
    kinds = {row.name: row for row in tables.line_types}
    charging_mvar: dict[tuple[str, str, int, float], float] = {}
    for line in tables.lines:
        kind = kinds[line.line_type]
        susceptance = 100.0 * math.pi * kind.c_nf_per_km * 1e-9 * line.length_km
        key = (line.from_substation, line.to_substation, line.voltage_kv, line.length_km)
        charging_mvar[key] = max(charging_mvar.get(key, 0.0), susceptance * line.voltage_kv**2)
    for part in tables.reinforcements:
        if part.element == "line" and part.length_km is not None:
            kind = kinds[part.equipment_type]
            susceptance = 100.0 * math.pi * kind.c_nf_per_km * 1e-9 * part.length_km
            key = (part.from_substation, part.to_substation, part.voltage_kv, part.length_km)
            charging_mvar.setdefault(key, susceptance * part.voltage_kv**2)
    absorbed: dict[tuple[tuple[str, str, int, float], int], float] = defaultdict(float)
    for row in tables.reactors:
        key = (row.from_substation, row.to_substation, row.voltage_kv, row.length_km)
        where = f"reactors.csv ({_title(row)})"
        if key not in charging_mvar:
            known = [f"{a}-{b} {kv} {km:g} km" for a, b, kv, km in charging_mvar]
            found = f"{_title(row)} {row.length_km:g} km"
            yield NetworkProblem(
                f"{where} length_km", f"no line {found!r}", "a line of the tables", nearest_known(found, known)
            )
            continue
        if row.at_substation not in (row.from_substation, row.to_substation):
            yield NetworkProblem(f"{where} at_substation", row.at_substation, "an end of the line")
        absorbed[key, row.circuit] += row.units * row.unit_reactive_mvar
    for (key, circuit), reactive in absorbed.items():
        if reactive > COMPENSATION_MAX * charging_mvar[key]:
            found = f"{reactive:g} Mvar on circuit {circuit}, which makes {charging_mvar[key]:.0f} Mvar"
            where = f"reactors.csv ({key[0]}-{key[1]} {key[2]}) unit_reactive_mvar"
            yield NetworkProblem(where, found, f"at most {COMPENSATION_MAX:g} of the charging")


def _loads(tables: Tables) -> Iterator[NetworkProblem]:
    country_of_zone = {row.zone: row.country for row in tables.zones}
    country = {row.name: row.country for row in tables.substations}
    for load in tables.load_shares:
        if country[load.substation] != country_of_zone[load.zone]:
            found = f"{load.zone}, a zone of {country_of_zone[load.zone]}"
            yield NetworkProblem(f"load_shares.csv ({load.substation}) zone", found, "a zone of its country")


def _borders(tables: Tables) -> Iterator[NetworkProblem]:
    """Two equivalents of one neighbour at one place would both hold its voltage and angle: two slacks."""
    there = Counter((row.substation, row.market) for row in tables.borders)
    for (substation, market), count in there.items():
        if count > 1:
            names = ", ".join(
                row.name for row in tables.borders if (row.substation, row.market) == (substation, market)
            )
            found = f"{count} equivalents of {market} at {substation}: two slacks"
            where = f"borders.csv ({names}) substation, market"
            yield NetworkProblem(where, found, "one", "Merge them and add their limits")
