"""A run's grid and dispatch as a system of areas, machines and ties: what `adequacy` draws from.

Areas are what is left of the AC grid when every line that belongs to a cut with a limit is taken out; where none of
them has a load, what it brings counts where it arrives. Thermal units fail one by one, and so do the circuits of a cut;
lines within an area do not. Wind and sun give what they
could; water, stores and neighbours give what they gave in the dispatch, which knew no failure: an operator would do
better with the water and might get more, or less, from neighbours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from greengrid.case import Case
from greengrid.costs import DAYS_PER_YEAR, UnitCosts, subsea_faults_per_year
from greengrid.dispatch.result import Dispatch
from greengrid.economy.fleet import Unit
from greengrid.economy.tables import read_tables
from greengrid.economy.units import technology_of
from greengrid.errors import BadInput, Problem
from greengrid.hourly import Array
from greengrid.inputs import Inputs
from greengrid.security.adequacy import Machines, Part, System, Tie
from greengrid.security.outages_parameters import Parameters, read_parameters
from networks.grid import Grid, Line, Plant
from networks.hvdc import Link

SHIPPED = Path(__file__).parent / "tables" / "adequacy.csv"
HOURS_PER_YEAR = 24 * DAYS_PER_YEAR
AREAS_MAX = 12
"""The least cut runs over all sets of areas."""


@dataclass(frozen=True)
class Zones:
    """Which area every bus belongs to; `names` of areas with a load."""

    names: tuple[str, ...]
    country: tuple[str, ...]
    of_bus: Mapping[str, int]


def make_system(case: Case, inputs: Inputs, dispatch: Dispatch) -> System:
    """The system of one run; raises `BadInput` for too many areas, or repair times that cannot be used."""
    grid = inputs.grid
    zones = areas_of(grid)
    check_count(zones)
    units = {unit.name: unit for unit in inputs.economy.units}
    burning = [plant for plant in grid.plants if units[plant.name].fuel]
    other = [plant for plant in grid.plants if not units[plant.name].fuel]
    return System(
        zones.names,
        zones.country,
        _by_area(zones, dispatch.clock.hours, _demand(grid, dispatch)),
        _by_area(zones, dispatch.clock.hours, _given(grid, dispatch, other, zones)),
        _machines(zones, burning, units),
        (*_ac_ties(grid, zones), *_links(case, grid, zones)),
        dispatch.clock.months - 1,
    )


def check_count(zones: Zones) -> None:
    """Raises `BadInput` for more areas than the least cut can run over."""
    count = len(zones.names)
    if count > AREAS_MAX:
        found = f"interfaces that part the loads in {count} areas: {', '.join(zones.names)}"
        remedy = "Each area doubles the work of every hour; leave out limits that rarely bind"
        raise BadInput([Problem("interfaces.csv", found, f"at most {AREAS_MAX} areas", remedy)])


def areas_of(grid: Grid) -> Zones:
    """Areas in the order of the buses. One without a load joins the area at the other end of its cut."""
    number = {bus.name: k for k, bus in enumerate(grid.buses)}
    cut = {member for interface in grid.interfaces for member, _ in interface.members}
    inner = [(line.from_bus, line.to_bus) for line in grid.lines if line.name not in cut]
    inner += [(each.hv_bus, each.lv_bus) for each in grid.transformers if each.name not in cut]
    piece = _pieces(number, inner)
    zones_of: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
    for load in grid.loads:
        zones_of[int(piece[number[load.bus]])].add((load.country, load.zone))
    crossing = [(piece[number[line.from_bus]], piece[number[line.to_bus]]) for line in grid.lines if line.name in cut]
    for start, end in crossing:
        for own, far in ((start, end), (end, start)):
            if own not in zones_of and far in zones_of:
                piece = np.where(piece == own, far, piece)
    found = [int(each) for each in dict.fromkeys(piece.tolist()) if each in zones_of]
    place = {own: k for k, own in enumerate(found)}
    heart: dict[int, str] = {}
    for load in sorted(grid.loads, key=lambda load: load.share_frac):
        heart[int(piece[number[load.bus]])] = load.bus
    names = tuple(_names([zones_of[own] for own in found], [heart[own] for own in found]))
    countries = tuple(min(country for country, _ in zones_of[own]) for own in found)
    return Zones(names, countries, {name: place[int(piece[k])] for name, k in number.items() if int(piece[k]) in place})


def _pieces(number: Mapping[str, int], pairs: Iterable[tuple[str, str]]) -> Array:
    ends = [(number[start], number[end]) for start, end in pairs]
    rows, columns = zip(*ends, strict=True) if ends else ((), ())
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(number), len(number)))
    return np.asarray(connected_components(graph, directed=False)[1])


def _names(zones: Sequence[set[tuple[str, str]]], hearts: Sequence[str]) -> Iterator[str]:
    """The country where one area is all of it, else its zones, with the most loaded bus where two areas share them."""
    alone = [sorted({country for country, _ in each}) for each in zones]
    listed = [", ".join(sorted(zone for _, zone in each)) for each in zones]
    for own, name, heart in zip(alone, listed, hearts, strict=True):
        if len(own) == 1 and alone.count(own) == 1:
            yield own[0]
        else:
            yield name if listed.count(name) == 1 else f"{name} ({heart})"


def _by_area(zones: Zones, hours: int, series: Iterable[tuple[str, Array]]) -> Array:
    total = np.zeros((hours, len(zones.names)))
    for bus, values in series:
        if bus in zones.of_bus:
            total[:, zones.of_bus[bus]] += values
    return total


def _demand(grid: Grid, dispatch: Dispatch) -> Iterator[tuple[str, Array]]:
    """What was served, cut off and stood back, at its bus: gross of the network's losses, as the dispatch served it."""
    for table in (dispatch.served_mw, dispatch.shed_mw, dispatch.stood_back_mw):
        yield from ((bus, table[bus]) for bus in table.columns)


def _given(grid: Grid, dispatch: Dispatch, plants: Iterable[Plant], zones: Zones) -> Iterator[tuple[str, Array]]:
    charge, curtailed = dispatch.charge_mw, dispatch.curtailed_mw
    for plant in plants:
        values = dispatch.generation_mw[plant.name]
        if plant.name in curtailed.columns:
            values = values + curtailed[plant.name]
        yield plant.bus, values
        if plant.name in charge.columns:
            yield plant.bus, -charge[plant.name]
    for border in grid.borders:
        if border.name in dispatch.import_mw.columns:
            yield border.bus, dispatch.import_mw[border.name]
    for link in grid.links:
        for way, far, near in (("forward", link.from_bus, link.to_bus), ("reverse", link.to_bus, link.from_bus)):
            if far not in zones.of_bus:
                yield near, dispatch.link_received_mw[f"{link.name}:{way}"]


def _machines(zones: Zones, plants: Iterable[Plant], units: Mapping[str, Unit]) -> Machines:
    tables, repair = read_tables(), repair_times()
    rows = []
    for plant in plants:
        if plant.bus not in zones.of_bus:
            continue
        unit, forced = units[plant.name], technology_of(tables, plant).forced_outage_frac
        present = [min(1.0, share + forced) if share > 0 else 0.0 for share in unit.available_frac]
        hours = repair.value(f"repair.{_family(plant.technology)}")
        rows += [(size, zones.of_bus[plant.bus], forced, hours, present) for size in _sizes(plant, unit)]
    size, area, forced_frac, repair_h, present_frac = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return Machines(
        np.array(size, dtype=float),
        np.array(area, dtype=np.int64),
        np.array(forced_frac, dtype=float),
        np.array(repair_h, dtype=float),
        np.array(present_frac, dtype=float).reshape(-1, 12),
    )


def _sizes(plant: Plant, unit: Unit) -> tuple[float, ...]:
    """Its units as stated, scaled to the capacity of this part; else as many as its usual size asks for."""
    if plant.unit_sizes_mw:
        scale = plant.capacity_mw / sum(plant.unit_sizes_mw)
        return tuple(size * scale for size in plant.unit_sizes_mw)
    count = max(1, ceil(plant.capacity_mw / max(unit.unit_mw, 1e-9) - 1e-9))
    return (plant.capacity_mw / count,) * count


def _family(technology: str) -> str:
    return next((name for name in ("coal", "nuclear") if technology.startswith(name)), "gas")


def _ac_ties(grid: Grid, zones: Zones) -> Iterator[Tie]:
    """Between each two areas: the circuits of a cut, which fail one by one, and what the cut allows.

    A cut's limit bears the loss of one of its circuits: it stays as it is while one is out.
    """
    lines = {line.name: line for line in grid.lines}
    for interface in grid.interfaces:
        pairs: defaultdict[tuple[int, int], list[Part]] = defaultdict(list)
        for name, sign in interface.members:
            line = lines.get(name)
            ends = None if line is None else _ends(line, zones)
            if line is not None and ends is not None:
                pairs[ends if sign > 0 else ends[::-1]] += _circuits(line)
        for (start, end), parts in pairs.items():
            limit_mw = sum(part.capacity_mw for part in parts)
            forward, reverse = (min(limit_mw, most) for most in (interface.forward_max_mw, interface.reverse_max_mw))
            yield Tie(interface.name, start, end, forward, reverse, tuple(parts))


def _circuits(line: Line) -> list[Part]:
    """Each circuit of a line by itself."""
    table = repair_times()
    each_year = table.value("failures.line_ends") + table.value("failures.line") * line.length_km / 100
    hours = table.value("repair.line")
    failures = ((min(0.9, each_year * hours / HOURS_PER_YEAR), hours),)
    return [Part(line.flow_max_mw / line.circuits, failures)] * line.circuits


def _ends(line: Line, zones: Zones) -> tuple[int, int] | None:
    if not {line.from_bus, line.to_bus} <= zones.of_bus.keys():
        return None
    start, end = zones.of_bus[line.from_bus], zones.of_bus[line.to_bus]
    return None if start == end else (start, end)


def _links(case: Case, grid: Grid, zones: Zones) -> Iterator[Tie]:
    """HVDC links between two areas; a link's far loss at full load is taken off what arrives."""
    for link in grid.links:
        if {link.from_bus, link.to_bus} <= zones.of_bus.keys():
            received_mw = link.flow(link.capacity_mw).received_mw
            start, end = zones.of_bus[link.from_bus], zones.of_bus[link.to_bus]
            unit = UnitCosts.of(case.price_base_year, case.link[link.name].cost)
            poles = (Part(received_mw / link.poles, _failures(link, unit)),) * link.poles
            yield Tie(link.name, start, end, received_mw, received_mw, poles, is_link=True)


def _failures(link: Link, unit: UnitCosts) -> tuple[tuple[float, float], ...]:
    """Of one pole: its cables, a share of the link's faults each, and its two stations."""
    days = unit.share("subsea_repair").central
    cable = subsea_faults_per_year(link, unit).central / link.poles * days / DAYS_PER_YEAR
    station = 2 * unit.share("station_forced_outage").central
    return ((min(0.9, cable), days * 24.0), (station, repair_times().value("repair.converter")))


@cache
def repair_times() -> Parameters:
    """The table of repair times, as it is shipped."""
    return read_parameters(SHIPPED)
