"""One year's grid out of the staged tables: what stands, on which bus, with which limits, in which synchronous area."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from networks.grid import (
    Bus,
    Compensation,
    Grid,
    Interface,
    Line,
    Load,
    Plant,
    Reactor,
    Transformer,
)
from networks.hvdc import Link
from networks.landing import bus_name
from networks.problems import GridProblems, NetworkProblem
from networks.rows import CompensationRow, InterfaceRow, ReactorRow
from networks.siting import DemandLevel, place_borders, place_loads, place_plants
from networks.staging import Branches, Package, Scope, reinforcements_of, stage_branches
from networks.tables import Tables


def build_grid(
    tables: Tables,
    *,
    year: int,
    links: Sequence[Link],
    reinforcement: Scope,
    programme: Literal["corridor", "none"],
    demand_level: DemandLevel = "central",
    package_mw: float = 0.0,
) -> Grid:
    """Build the grid of `year` with the given links, package scope and renewable programme.

    Existing, under-construction and planned rows stand from their year on. The link named `caspian` picks the package
    of the next larger size; scope `none` gives it its 220 kV connection alone, and without the link nothing is added.
    `package_mw` above zero picks the package in its place, with the link or without.
    A link brings the planned lines at its ends into service whatever their year. Which plants there are does not
    depend on links or package.

    Raises GridProblems for a year without data, an unknown link end, or an island with load and no supply.
    """
    _require_year(tables, year)
    branches = stage_branches(tables, year=year, links=links, scope=reinforcement, package_mw=package_mw)
    buses = _buses(tables, branches)
    levels = _levels(buses)
    plants, plant_notes = place_plants(tables, levels, year=year, programme=programme)
    loads, demands, load_notes = place_loads(tables, levels, year=year, level=demand_level)
    names = [bus.name for bus in buses]
    alone = _link_capacity_at_lone_buses(branches)
    borders, joint_limits, border_notes = place_borders(tables, names, alone, year=year)
    areas = find_areas(names, branches.lines, branches.transformers)
    supplied = {border.bus for border in borders} | {
        end for link in branches.links for end in (link.from_bus, link.to_bus)
    }
    _require_supply(areas, loads, plants, supplied)
    return Grid(
        year=year,
        buses=buses,
        lines=branches.lines,
        transformers=branches.transformers,
        plants=plants,
        loads=loads,
        demands=demands,
        borders=borders,
        joint_limits=joint_limits,
        interfaces=_interfaces(tables, branches, year),
        compensation=_compensation(tables, names, branches.package, year),
        reactors=_reactors(tables, branches.lines),
        reinforcements=reinforcements_of(tables, branches.package),
        links=branches.links,
        areas=areas,
        notes=(*branches.notes, *plant_notes, *load_notes, *border_notes, *_island_notes(areas, loads, buses)),
    )


def find_areas(
    buses: Iterable[str], lines: Iterable[Line], transformers: Iterable[Transformer]
) -> tuple[tuple[str, ...], ...]:
    """Return the buses of each AC island, largest first (then by name); HVDC links do not join areas."""
    parent = {bus: bus for bus in buses}

    def root(bus: str) -> str:
        while parent[bus] != bus:
            parent[bus] = parent[parent[bus]]
            bus = parent[bus]
        return bus

    for line in lines:
        parent[root(line.from_bus)] = root(line.to_bus)
    for transformer in transformers:
        parent[root(transformer.hv_bus)] = root(transformer.lv_bus)
    members: dict[str, list[str]] = defaultdict(list)
    for bus in parent:
        members[root(bus)].append(bus)
    return tuple(tuple(area) for area in sorted(members.values(), key=lambda area: (-len(area), area[0])))


def _require_year(tables: Tables, year: int) -> None:
    if year not in tables.years:
        known = ", ".join(str(known) for known in tables.years)
        raise GridProblems([NetworkProblem("year", str(year), f"one of {known}", "Add rows for it to demand.csv")])


def _buses(tables: Tables, branches: Branches) -> tuple[Bus, ...]:
    """Buses that a line, a transformer or a link touches, in the order of substations.csv, highest voltage first."""
    used = {end for line in branches.lines for end in (line.from_bus, line.to_bus)}
    used |= {end for transformer in branches.transformers for end in (transformer.hv_bus, transformer.lv_bus)}
    used |= {end for link in branches.links for end in (link.from_bus, link.to_bus)}
    levels: dict[str, list[int]] = defaultdict(list)
    for name in used:
        place, _, kv = name.rpartition(" ")
        levels[place].append(int(kv))
    return tuple(
        Bus(
            name=bus_name((row.name, kv)),
            substation=row.name,
            country=row.country,
            zone=row.zone,
            voltage_kv=float(kv),
            latitude_deg=row.latitude_deg,
            longitude_deg=row.longitude_deg,
            name_ru=row.name_ru or "",
            node_number=row.node_number,
        )
        for row in tables.substations
        for kv in sorted(levels.get(row.name, ()), reverse=True)
    )


def _levels(buses: Iterable[Bus]) -> dict[str, tuple[int, ...]]:
    levels: dict[str, list[int]] = defaultdict(list)
    for bus in buses:
        levels[bus.substation].append(int(bus.voltage_kv))
    return {place: tuple(sorted(voltages)) for place, voltages in levels.items()}


def _link_capacity_at_lone_buses(branches: Branches) -> dict[str, float]:
    touched = {end for line in branches.lines for end in (line.from_bus, line.to_bus)}
    touched |= {end for transformer in branches.transformers for end in (transformer.hv_bus, transformer.lv_bus)}
    capacity: dict[str, float] = defaultdict(float)
    for link in branches.links:
        for end in (link.from_bus, link.to_bus):
            if end not in touched:
                capacity[end] += link.capacity_mw
    return dict(capacity)


def _require_supply(
    areas: Iterable[tuple[str, ...]], loads: Iterable[Load], plants: Iterable[Plant], supplied: set[str]
) -> None:
    """An island that has load but no plant, border or link could only be shed: the staging of its rows is wrong."""
    sources = supplied | {plant.bus for plant in plants}
    load_buses = {load.bus for load in loads}
    problems = []
    for area in areas:
        stranded = [bus for bus in area if bus in load_buses]
        if stranded and not sources.intersection(area):
            where = f"load_shares.csv ({', '.join(name.rpartition(' ')[0] for name in stranded)}) substation"
            remedy = "Give a line of lines.csv that reaches it an earlier year, or move its load share"
            found = f"load on an island without supply: {', '.join(area)}"
            problems.append(NetworkProblem(where, found, "a plant, border or link there", remedy))
    if problems:
        raise GridProblems(problems)


def _island_notes(areas: Sequence[tuple[str, ...]], loads: Iterable[Load], buses: Iterable[Bus]) -> list[str]:
    countries = {bus.name: bus.country for bus in buses}
    load_buses = {load.bus for load in loads}
    notes = []
    for number, area in enumerate(areas, start=1):
        if load_buses.intersection(area):
            names = ", ".join(dict.fromkeys(countries[bus] for bus in area))
            notes.append(f"Synchronous area {number}: {len(area)} buses ({names})")
    return notes


def _interfaces(tables: Tables, branches: Branches, year: int) -> tuple[Interface, ...]:
    """Cuts whose limit has begun and of which a circuit stands; a package's circuits lift the limits that list them."""
    current: dict[str, InterfaceRow] = {}
    for row in sorted(tables.interfaces, key=lambda row: row.year):
        if row.year <= year:
            current[row.name] = row
    interfaces = []
    for name, row in current.items():
        members: list[tuple[str, int]] = []
        added_mw = 0.0
        for member in (member for member in tables.interface_members if member.interface == name):
            start = bus_name((member.from_substation, member.voltage_kv))
            end = bus_name((member.to_substation, member.voltage_kv))
            members += [
                (line.name, member.direction) for line in branches.lines if (line.from_bus, line.to_bus) == (start, end)
            ]
            added_mw += member.package_circuit_adds_mw * _package_circuits(branches.package, start, end)
        if members:
            limits = (row.forward_max_mw + added_mw, row.reverse_max_mw + added_mw)
            interfaces.append(Interface(name, *limits, tuple(members), row.confidence, row.source))
    return tuple(interfaces)


def _package_circuits(package: Package, start: str, end: str) -> int:
    return sum(
        row.units
        for row in package.rows
        if row.element == "line"
        and bus_name((row.from_substation, row.voltage_kv)) == start
        and bus_name((row.to_substation, row.voltage_kv)) == end
    )


def _compensation(tables: Tables, buses: Iterable[str], package: Package, year: int) -> tuple[Compensation, ...]:
    known = set(buses)
    rows: dict[str, list[CompensationRow]] = defaultdict(list)
    for row in tables.compensation:
        bus = bus_name((row.substation, row.voltage_kv))
        stands = row.option_mw == package.option_mw > 0.0 if row.status == "scenario" else row.year <= year
        if stands and bus in known:
            rows[bus].append(row)
    return tuple(
        Compensation(
            bus,
            sum(row.reactive_min_mvar for row in group),
            sum(row.reactive_max_mvar for row in group),
            " | ".join(dict.fromkeys(row.source for row in group)),
        )
        for bus, group in rows.items()
    )


def _reactors(tables: Tables, lines: Iterable[Line]) -> tuple[Reactor, ...]:
    """Line reactors whose circuit stands; several at one end of a line are summed."""
    standing = {(line.from_bus, line.to_bus, line.length_km): line for line in lines}
    groups: dict[tuple[str, str], list[ReactorRow]] = defaultdict(list)
    for row in tables.reactors:
        start, end = bus_name((row.from_substation, row.voltage_kv)), bus_name((row.to_substation, row.voltage_kv))
        line = standing.get((start, end, row.length_km))
        if line is not None and row.circuit <= line.circuits:
            at = bus_name((row.at_substation, row.voltage_kv))
            groups[at, line.name].append(row)
    return tuple(
        Reactor(
            bus,
            line_name,
            sum(row.units * row.unit_reactive_mvar for row in rows),
            " | ".join(dict.fromkeys(row.source for row in rows)),
        )
        for (bus, line_name), rows in groups.items()
    )
