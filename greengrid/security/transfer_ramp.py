"""How generation moves between two zones in one hour, over AC lines or over the HVDC links between their areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from greengrid.economy.fleet import Unit
from greengrid.errors import BadInput, Problem
from greengrid.hourly import Array
from greengrid.security.operating import HourlyPower
from networks.grid import Grid, Plant
from networks.hvdc import Link
from networks.rows import STORED

FIXED = ("hydro_ror", *STORED)
WEATHER = ("wind_onshore", "wind_offshore", "solar")
TOLERANCE_MW = 1e-3


@dataclass(frozen=True)
class PlantHour:
    """What plants and links do in one dispatched hour, and what plants could."""

    grid: Grid
    units: Mapping[str, Unit]
    month: int
    """0 to 11."""
    output_mw: Mapping[str, float]
    weather_frac: Mapping[str, float]
    """What weather leaves of wind and solar plants, of their capacity: more than they give while they are curtailed."""
    link_mw: Mapping[str, float]
    """Scheduled flow of each link at its sending end, negative in reverse."""


def plant_hour(
    grid: Grid, units: Mapping[str, Unit], power: HourlyPower, hour: int, weather_frac: Mapping[str, float]
) -> PlantHour:
    """One hour of a dispatch."""
    output = {plant.name: float(power.generation_mw[plant.name][hour]) for plant in grid.plants}
    sent = power.link_sent_mw
    flow = {
        link.name: float(sent[f"{link.name}:forward"][hour] - sent[f"{link.name}:reverse"][hour]) for link in grid.links
    }
    return PlantHour(grid, units, int(power.clock.months[hour]) - 1, output, weather_frac, flow)


class Crossing(NamedTuple):
    """One HVDC link on the way, seen in the direction of the transfer."""

    link: Link
    start: str
    """Bus that sends."""
    end: str
    scheduled_mw: float
    """Negative where it runs against the transfer."""

    @property
    def room_mw(self) -> float:
        """What it can carry more, to its rating."""
        return max(self.link.capacity_mw - self.scheduled_mw, 0.0)

    @property
    def told(self) -> str:
        """Its schedule, and what is left of it with a pole out."""
        kept_mw = self.link.capacity_available_mw(self.link.poles - 1)
        return (
            f"{self.link.name}: {self.scheduled_mw:,.0f} of {self.link.capacity_mw:,.0f} MW scheduled; "
            f"{kept_mw:,.0f} MW with a pole out, the rest is the reserve's"
        )


@dataclass(frozen=True)
class Ramp:
    """The way generation moves: corners of a piecewise linear path."""

    rise_mw: Array
    """Shape (corners,), from 0."""
    change_mw: tuple[Mapping[str, float], ...]
    """Plant -> MW more than dispatched, at each corner."""
    ended_by: str
    """The zone that has nothing left to move."""
    crossings: tuple[Crossing, ...] = ()
    """The links that carry the rise, in proportion to their room; none where AC lines do."""

    def shares(self) -> Array:
        """Of each link in the rise."""
        room = np.array([each.room_mw for each in self.crossings])
        return room / room.sum() if room.sum() > 0 else np.full(len(room), 1 / max(len(room), 1))


def zone_areas(grid: Grid) -> dict[str, set[int]]:
    """Synchronous areas in which each zone has plants."""
    area_of = {bus: number for number, members in enumerate(grid.areas) for bus in members}
    found: dict[str, set[int]] = {}
    for plant in grid.plants:
        found.setdefault(plant.zone, set()).add(area_of[plant.bus])
    return found


def check_zones(grid: Grid, source: str, sink: str) -> None:
    """Raises `BadInput` for zones that are not there, alike, without plants, or that neither AC nor a link joins."""
    zones = sorted(zone_areas(grid))
    problems = [
        Problem(what, repr(name), f"a zone with plants: {', '.join(zones)}")
        for what, name in (("FROM", source), ("TO", sink))
        if name not in zones
    ]
    if not problems and source == sink:
        problems.append(Problem("FROM, TO", f"{source!r} twice", "two different zones"))
    if problems:
        raise BadInput(problems)
    if not joined_by_ac(grid, source, sink) and not _links_between(grid, source, sink):
        found = f"{source} and {sink}, which neither an AC line nor a link joins"
        raise BadInput([Problem("FROM, TO", found, "zones of one synchronous area, or of two with a link between")])


def joined_by_ac(grid: Grid, source: str, sink: str) -> bool:
    """Whether two zones have plants in a common synchronous area."""
    areas = zone_areas(grid)
    return bool(areas[source] & areas[sink])


def joined(grid: Grid, source: str, sink: str) -> bool:
    """Whether power can go from one to the other over AC, or over one link between their areas."""
    return joined_by_ac(grid, source, sink) or bool(_links_between(grid, source, sink))


def _links_between(grid: Grid, source: str, sink: str) -> list[tuple[Link, bool]]:
    """(link, whether the transfer goes forward) of all links between the two zones' areas."""
    areas = zone_areas(grid)
    area_of = {bus: number for number, members in enumerate(grid.areas) for bus in members}
    found = []
    for link in grid.links:
        start, end = area_of[link.from_bus], area_of[link.to_bus]
        for forward, near, far in ((True, start, end), (False, end, start)):
            if near in areas[source] and far in areas[sink]:
                found.append((link, forward))
    return found


def _crossings(hour: PlantHour, source: str, sink: str) -> tuple[Crossing, ...]:
    if joined_by_ac(hour.grid, source, sink):
        return ()
    return tuple(
        Crossing(link, link.from_bus, link.to_bus, hour.link_mw[link.name])
        if forward
        else Crossing(link, link.to_bus, link.from_bus, -hour.link_mw[link.name])
        for link, forward in _links_between(hour.grid, source, sink)
    )


def make_ramp(hour: PlantHour, zones: tuple[str, str]) -> Ramp:
    """Raises the first zone by merit and lowers the second, as far as plants go."""
    up = _steps(hour, zones[0], raising=True)
    down = _steps(hour, zones[1], raising=False)
    corners = sorted({0.0, *np.cumsum([room for _, room in up]), *np.cumsum([room for _, room in down])})
    most = min(sum(room for _, room in up), sum(room for _, room in down))
    ended_by = zones[0] if sum(room for _, room in up) <= sum(room for _, room in down) else zones[1]
    kept = np.array([value for value in corners if value <= most + TOLERANCE_MW])
    changes = tuple({**_taken(up, value, 1.0), **_taken(down, value, -1.0)} for value in kept.tolist())
    return Ramp(kept, changes, ended_by, _crossings(hour, *zones))


def _steps(hour: PlantHour, zone: str, *, raising: bool) -> list[tuple[str, float]]:
    """(plant, MW it can move) in the order of merit."""
    found = []
    for plant in hour.grid.plants:
        if plant.zone != zone or plant.technology in FIXED:
            continue
        room = _room(hour, plant, raising=raising)
        if room > TOLERANCE_MW:
            cost = hour.units[plant.name].marginal_cost_usd_per_mwh
            found.append((cost if raising else -cost, plant.name, room))
    return [(name, room) for _, name, room in sorted(found)]


def _room(hour: PlantHour, plant: Plant, *, raising: bool) -> float:
    """Wind and sun rise by what is curtailed and fall to nothing."""
    unit, output_mw = hour.units[plant.name], hour.output_mw[plant.name]
    by_weather = plant.technology in WEATHER
    if raising:
        most = hour.weather_frac.get(plant.name, 0.0) if by_weather else unit.available_frac[hour.month]
        return most * plant.capacity_mw - output_mw
    return output_mw if by_weather else output_mw - unit.must_run_frac[hour.month] * plant.capacity_mw


def _taken(steps: list[tuple[str, float]], amount_mw: float, sign: float) -> dict[str, float]:
    left, found = amount_mw, {}
    for name, room in steps:
        moved = min(left, room)
        if moved > 0:
            found[name] = sign * moved
        left -= moved
    return found
