"""Where plants, loads and borders stand: which bus of their substation, and who is left out because it has none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

from networks.grid import Border, JointLimit, Load, Plant, ZoneDemand
from networks.landing import bus_name
from networks.rows import LoadShareRow, PlantRow
from networks.tables import Tables
from networks.units import share_units, unit_sizes_mw

HIGH_VOLTAGE_FROM_MW = 500.0
"""Plants of this size stand on the highest voltage of their substation, smaller ones on the lowest."""
HIGH_VOLTAGE_TECHNOLOGIES = ("coal", "gas", "nuclear", "hydro", "wind_onshore")
DemandLevel = Literal["low", "central", "high"]

Levels = Mapping[str, tuple[int, ...]]
"""Voltages in kV that are in service at each substation, lowest first."""


def place_plants(tables: Tables, levels: Levels, *, year: int, programme: str) -> tuple[tuple[Plant, ...], list[str]]:
    """Return the parts of every plant that runs in `year`, and notes on plants whose substation has no bus."""
    zones = {row.name: row.zone for row in tables.substations}
    shares: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for connection in tables.plant_connections:
        shares[connection.plant].append((connection.voltage_kv, connection.share_frac))
    sizes = unit_sizes_mw(tables.units)
    parts: list[Plant] = []
    without = []
    for row in tables.plants:
        if not _runs(row, year, programme):
            continue
        if row.substation not in levels:
            without.append(f"{row.name} ({row.capacity_mw:g} MW)")
            continue
        split = _split(row, shares.get(row.name, []), levels[row.substation])
        parts += _parts(row, zones[row.substation], split, sizes.get(row.name, ()))
    notes = [f"Plants left out, their substation is not connected in {year}: {', '.join(without)}"] if without else []
    return tuple(parts), notes


def _runs(row: PlantRow, year: int, programme: str) -> bool:
    if row.year > year or (row.until_year is not None and row.until_year <= year):
        return False
    return row.programme == programme if row.status == "scenario" else True


def _split(row: PlantRow, shares: list[tuple[int, float]], levels: tuple[int, ...]) -> dict[int, float]:
    """Share of the plant on each voltage in service; a wanted level that is not there gives way to the nearest."""
    if not shares:
        large = row.capacity_mw >= HIGH_VOLTAGE_FROM_MW and row.technology.startswith(HIGH_VOLTAGE_TECHNOLOGIES)
        shares = [(levels[-1] if large else levels[0], 1.0)]
    split: dict[int, float] = defaultdict(float)
    for wanted_kv, share in shares:
        split[min(levels, key=lambda kv: (abs(kv - wanted_kv), kv))] += share
    return {kv: share for kv, share in split.items() if share > 0.0}


def _parts(row: PlantRow, zone: str, split: Mapping[int, float], sizes_mw: tuple[float, ...]) -> list[Plant]:
    units = share_units(sizes_mw, {kv: row.capacity_mw * share for kv, share in split.items()})
    return [
        Plant(
            name=row.name if len(split) == 1 else f"{row.name} ({kv} kV)",
            plant=row.name,
            country=row.country,
            zone=zone,
            bus=bus_name((row.substation, kv)),
            technology=row.technology,
            capacity_mw=row.capacity_mw * share,
            energy_mwh=row.energy_mwh * share,
            latitude_deg=row.latitude_deg,
            longitude_deg=row.longitude_deg,
            status=row.status,
            year=row.year,
            confidence=row.confidence,
            source=row.source,
            unit_sizes_mw=units[kv],
        )
        for kv, share in split.items()
    ]


def place_loads(
    tables: Tables, levels: Levels, *, year: int, level: DemandLevel
) -> tuple[tuple[Load, ...], tuple[ZoneDemand, ...], list[str]]:
    """Return load shares and annual demand of every zone that has a bus.

    A share whose substation is not built goes to the zone's others in proportion; a zone without any bus is left out
    and its demand is taken off its country's.
    """
    demand = {row.country: row for row in tables.demand if row.year == year}
    loads: list[Load] = []
    demands: list[ZoneDemand] = []
    notes: list[str] = []
    for zone in tables.zones:
        rows = [row for row in tables.load_shares if row.zone == zone.zone]
        built = [row for row in rows if row.substation in levels]
        country = demand[zone.country]
        energy_twh = _energy_twh(country.energy_low_twh, country.energy_twh, country.energy_high_twh, level)
        if not built:
            share = zone.energy_share_frac
            notes.append(
                f"Zone {zone.zone} left out, nothing connects it in {year}: {share * energy_twh:.2f} TWh taken off"
            )
            continue
        missing = [row.substation for row in rows if row not in built]
        if missing:
            notes.append(f"Zone {zone.zone}: shares of {', '.join(missing)} go to the others until they are built")
        loads += _zone_loads(built, zone.country, levels)
        demands.append(
            ZoneDemand(
                zone=zone.zone,
                country=zone.country,
                energy_twh=energy_twh * zone.energy_share_frac,
                peak_mw=country.peak_mw * zone.peak_share_frac * energy_twh / country.energy_twh,
                confidence=max(country.confidence, zone.confidence),
                source=f"{country.source} | {zone.source}",
            )
        )
    return tuple(loads), tuple(demands), notes


def _energy_twh(low: float, central: float, high: float, level: DemandLevel) -> float:
    return {"low": low, "central": central, "high": high}[level]


def _zone_loads(rows: Iterable[LoadShareRow], country: str, levels: Levels) -> list[Load]:
    rows = list(rows)
    total = sum(row.share_frac for row in rows)
    loads = []
    for row in rows:
        wanted_kv = row.voltage_kv or 0
        kv = min(levels[row.substation], key=lambda kv: (abs(kv - wanted_kv), kv))
        loads.append(Load(bus_name((row.substation, kv)), country, row.zone, row.share_frac / total))
    return loads


def place_borders(
    tables: Tables, buses: Iterable[str], link_capacity_mw: Mapping[str, float], *, year: int
) -> tuple[tuple[Border, ...], tuple[JointLimit, ...], list[str]]:
    """Return the borders on buses of the grid with their limits of `year`.

    `link_capacity_mw` is the capacity of the links that end at a bus which no AC line reaches: there the market takes
    and gives what the links carry, whatever the table says.
    """
    known = set(buses)
    limits = {row.border: row for row in tables.border_limits if row.year == year}
    borders, missing = [], []
    for row in tables.borders:
        limit = limits[row.name]
        bus = bus_name((row.substation, limit.voltage_kv))
        if bus not in known:
            missing.append(row.name)
            continue
        borders.append(
            Border(
                name=row.name,
                bus=bus,
                market=row.market,
                import_max_mw=link_capacity_mw.get(bus, limit.import_max_mw),
                export_max_mw=link_capacity_mw.get(bus, limit.export_max_mw),
                reactive_max_mvar=row.reactive_max_mvar,
                short_circuit_mva=row.short_circuit_mva,
                connection=row.connection or "",
                connection_note=row.connection_note or "",
                confidence=max(row.confidence, limit.confidence),
                source=f"{row.source} | {limit.source}",
            )
        )
    notes = [f"Borders left out, nothing connects them in this grid: {', '.join(missing)}"] if missing else []
    return tuple(borders), _joint_limits(tables, {border.name for border in borders}), notes


def _joint_limits(tables: Tables, standing: set[str]) -> tuple[JointLimit, ...]:
    joint = []
    for row in tables.joint_limits:
        members = tuple(border.name for border in tables.borders if border.joint_limit == row.name)
        members = tuple(name for name in members if name in standing)
        if members:
            joint.append(JointLimit(row.name, row.flow_max_mw, members, row.source))
    return tuple(joint)
