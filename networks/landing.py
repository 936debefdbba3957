"""Where a link lands: its ends on buses, and the planned lines that must come early to connect them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from networks.hvdc import Link
from networks.problems import GridProblems, NetworkProblem, nearest_known
from networks.rows import LineRow, ReinforcementRow
from networks.tables import Tables

Bus = tuple[str, int]
"""Substation and voltage in kV."""
NOMINAL_KV = {"230": 220, "525": 500}
"""Highest operating voltages that name the same level."""


def bus_name(bus: Bus) -> str:
    """Return "<substation> <kv>", the name of a bus everywhere."""
    return f"{bus[0]} {bus[1]}"


def line_buses(row: LineRow) -> tuple[Bus, Bus]:
    """Both ends of a line."""
    return (row.from_substation, row.voltage_kv), (row.to_substation, row.voltage_kv)


def row_title(row: LineRow) -> str:
    """Return "<from>-<to> <kv>", as lines are named."""
    return f"{row.from_substation}-{row.to_substation} {row.voltage_kv}"


def land_links(
    tables: Tables, links: Sequence[Link], standing: set[Bus]
) -> tuple[tuple[Link, ...], list[LineRow], list[str]]:
    """Put every link's ends on buses; bring planned connection lines of an end into service whatever their year.

    Returns the links with their ends named as built, the lines brought forward and notes on both.
    """
    reached = set(standing)
    placed: list[Link] = []
    forward: list[LineRow] = []
    notes: list[str] = []
    problems: list[NetworkProblem] = []
    for link in links:
        ends: list[str] = []
        for field in ("from_bus", "to_bus"):
            try:
                bus, brought = _land_end(tables, link, field, reached)
            except GridProblems as error:
                problems += error.problems
                continue
            ends.append(bus_name(bus))
            forward += brought
            reached |= {side for row in brought for side in line_buses(row)}
            notes += [f"{row_title(row)} ({row.year}) brought forward to connect link {link.name}" for row in brought]
            named = getattr(link, field)
            if " " in named and named != ends[-1]:
                notes.append(f"Link {link.name} ends at {ends[-1]}: {named} is not built")
        if len(ends) == 2:
            placed.append(replace(link, from_bus=ends[0], to_bus=ends[1]))
    if problems:
        raise GridProblems(problems)
    return tuple(placed), forward, notes


def _land_end(tables: Tables, link: Link, field: str, reached: set[Bus]) -> tuple[Bus, list[LineRow]]:
    bus = _end_bus(tables, link, field, reached)
    brought = _connect(tables, bus, reached)
    market_there = any(row.substation == bus[0] for row in tables.borders)
    if bus not in reached and not brought and not market_there:
        remedy = "Give it a line in lines.csv, or a border if a market stands there"
        found = f"{bus_name(bus)}, which nothing connects"
        raise GridProblems([NetworkProblem(f"link {link.name} {field}", found, "a connected bus", remedy)])
    return bus, brought


def _end_bus(tables: Tables, link: Link, field: str, standing: set[Bus]) -> Bus:
    """Resolve "<substation> <kv>" or a bare substation (its highest voltage) to a bus that is built or can be.

    A level that the tables know but this grid lacks, like 500 kV at a converter without its package, gives way to the
    highest that is built.
    """
    text: str = getattr(link, field)
    substations = {row.name: row for row in tables.substations}
    place, _, kv_text = ("", "", "") if text in substations else text.rpartition(" ")
    place = place or text
    where = f"link {link.name} {field}"
    if place not in substations:
        remedy = nearest_known(place, substations)
        raise GridProblems([NetworkProblem(where, repr(text), "a known substation", remedy)])
    built = {kv for name, kv in standing if name == place}
    planned = {kv for kv in _planned_levels(tables, place) if _future(tables, (place, kv))}
    if not kv_text:
        return place, max(built or planned or {substations[place].voltage_max_kv})
    known = built | _planned_levels(tables, place) | {substations[place].voltage_max_kv}
    wanted = NOMINAL_KV.get(kv_text, int(kv_text) if kv_text.isdigit() else 0)
    if wanted not in known:
        levels = ", ".join(str(kv) for kv in sorted(known))
        raise GridProblems([NetworkProblem(where, repr(text), f"a voltage of {place}: {levels}")])
    if wanted in built | planned or not built:
        return place, wanted
    return place, max(built)


def _planned_levels(tables: Tables, place: str) -> set[int]:
    """Voltages that lines, transformers or packages of the tables ever bring to a substation."""
    rows: list[LineRow | ReinforcementRow] = [*tables.lines, *tables.reinforcements]
    levels = {row.voltage_kv for row in rows if place in (row.from_substation, row.to_substation)}
    return levels | {kv for row in tables.transformers if row.substation == place for kv in (row.hv_kv, row.lv_kv)}


def _future(tables: Tables, bus: Bus) -> list[LineRow]:
    """Lines of the plan at a bus, scenario rows apart."""
    lasting = [row for row in tables.lines if row.until_year is None and row.open_from_year is None]
    return [row for row in lasting if bus in line_buses(row) and row.status != "scenario"]


def _connect(tables: Tables, bus: Bus, standing: set[Bus]) -> list[LineRow]:
    """Lines that must come early so that `bus` reaches the standing grid, found outward from it.

    A line at a bus outside the standing grid is never in service yet, so its year need not be asked.
    """
    found: list[LineRow] = []
    reached, queue = set(standing), [bus]
    while queue:
        here = queue.pop(0)
        if here in reached:
            continue
        reached.add(here)
        for row in _future(tables, here):
            if row not in found:
                found.append(row)
                queue += [other for other in line_buses(row) if other != here]
    return found
