"""Buses of a net as substations with voltage levels: our tables know a bus as one level of one substation."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from greengrid.exchange.incoming.plain_net import PlainNet, Row, number, text, truth
from greengrid.exchange.incoming.report import Notes

VOLTAGE_MIN_KV = 35
NAME_LENGTH_MAX = 100
FEEDING = {
    "trafo": ("hv_bus", "lv_bus"),
    "trafo3w": ("hv_bus", "mv_bus", "lv_bus"),
    "line": ("from_bus", "to_bus"),
}
"""Branches that carry power to levels below 35 kV."""


@dataclass
class Station:
    """A place with at most one bus on each voltage level."""

    name: str
    country: str
    zone: str
    levels: tuple[int, ...]
    position: tuple[float, float] | None
    """(longitude, latitude); None where the net does not say."""


@dataclass(frozen=True)
class Stations:
    """Where every bus of the net went."""

    all: tuple[Station, ...]
    place: dict[float, tuple[Station, int]]
    """Bus index -> its substation and voltage in kV; buses out of service and alone below 35 kV are not there."""

    def of(self, row: Row, column: str = "bus") -> tuple[Station, int] | None:
        return self.place.get(number(row, column))


class _Sets:
    """Disjoint sets of buses."""

    def __init__(self, items: Iterable[float]) -> None:
        self._parent = {item: item for item in items}

    def __contains__(self, item: float) -> bool:
        return item in self._parent

    def root(self, item: float) -> float:
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

    def join(self, one: float, other: float) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        self._parent[second] = first

    def groups(self) -> dict[float, list[float]]:
        found: dict[float, list[float]] = defaultdict(list)
        for item in self._parent:
            found[self.root(item)].append(item)
        return found


def find_stations(net: PlainNet, country: str, countries: tuple[str, ...], notes: Notes) -> Stations:
    """Buses that closed switches join are one; levels that transformers join are one substation.

    Buses below 35 kV (machine terminals, distribution) fall to the high-voltage side of their transformer.
    """
    rows = {number(row, "index"): row for row in net.in_service("bus")}
    kv = {bus: number(row, "vn_kv") for bus, row in rows.items()}
    nodes = _Sets(rows)
    _close_switches(net, nodes, kv, notes)
    _lift_low_voltage(net, nodes, kv, notes)
    groups = nodes.groups()
    top = {root: max(group, key=lambda bus: kv[bus]) for root, group in groups.items()}
    level = {root: round(kv[bus]) for root, bus in top.items() if kv[bus] >= VOLTAGE_MIN_KV}
    face = {root: rows[bus] for root, bus in top.items()}
    rounded = [_title(face[root]) for root in level if abs(level[root] / kv[top[root]] - 1) > 1e-6]
    notes.assume("nominal voltages rounded to whole kV", rounded)
    lost = [_title(face[root]) for root in groups if root not in level]
    notes.leave_out("buses below 35 kV that no higher level feeds", lost)
    places = [sorted(group, key=lambda root: -level[root]) for group in _join_levels(net, nodes, level, face)]
    names = _names(places, level, face)
    coordinates = _coordinates(net)
    stations = []
    for members, name in zip(places, names, strict=True):
        row = face[members[0]]
        where = text(row, "country") if text(row, "country") in countries else country or text(row, "country")
        buses = [bus for root in members for bus in groups[root]]
        position = next((coordinates[bus] for bus in buses if bus in coordinates), None)
        levels = tuple(level[root] for root in members)
        stations.append((members, Station(name, where, text(row, "zone") or where, levels, position)))
    _separate_zones([station for _, station in stations])
    place = {bus: (station, level[root]) for members, station in stations for root in members for bus in groups[root]}
    return Stations(tuple(station for _, station in stations), place)


def _title(row: Row) -> str:
    return text(row, "name") or f"bus {number(row, 'index'):g}"


def _separate_zones(stations: list[Station]) -> None:
    """A zone belongs to one country: where a name is used in several, the country is put before it."""
    countries: dict[str, set[str]] = defaultdict(set)
    for station in stations:
        countries[station.zone].add(station.country)
    for station in stations:
        if len(countries[station.zone]) > 1:
            station.zone = f"{station.country} {station.zone}"


def _close_switches(net: PlainNet, nodes: _Sets, kv: dict[float, float], notes: Notes) -> None:
    joined = []
    for row in net.rows("switch"):
        one, other = number(row, "bus"), number(row, "element")
        closed = truth(row, "closed", True) and text(row, "et") == "b"
        if closed and one in nodes and other in nodes and kv[one] == kv[other]:
            nodes.join(one, other)
            joined.append(text(row, "name") or f"switch {number(row, 'index'):g}")
    notes.assume("buses joined by closed switches became one", joined)


def _lift_low_voltage(net: PlainNet, nodes: _Sets, kv: dict[float, float], notes: Notes) -> None:
    """What stands below 35 kV stands at the bus that feeds it, the nearest by number of branches."""
    near: dict[float, list[float]] = defaultdict(list)
    for table, sides in FEEDING.items():
        for row in net.in_service(table):
            ends = [nodes.root(number(row, side)) for side in sides if number(row, side) in nodes]
            for one in ends:
                near[one] += [other for other in ends if other != one]
    reached = [root for root in nodes.groups() if kv[root] >= VOLTAGE_MIN_KV]
    seen = set(reached)
    lifted = 0
    for one in reached:  # grows while it is read: nearest first
        for other in near[one]:
            if other not in seen and kv[other] < VOLTAGE_MIN_KV:
                seen.add(other)
                reached.append(other)
                nodes.join(one, other)
                lifted += 1
    if lifted:
        notes.left_out.append(f"{lifted} buses below 35 kV; what stands there moved to the bus that feeds them")


def _join_levels(net: PlainNet, nodes: _Sets, level: dict[float, int], rows: dict[float, Row]) -> list[list[float]]:
    """Groups of joined buses with different levels: by the net's own column `substation`, then by transformers."""
    places = _Sets(level)
    members: dict[float, list[float]] = {bus: [bus] for bus in level}

    def join(one: float, other: float) -> None:
        first, second = places.root(one), places.root(other)
        levels = [level[bus] for bus in (*members[first], *members[second])]
        if first != second and len(set(levels)) == len(levels):
            places.join(first, second)
            members[places.root(first)] = members[first] + members[second]

    by_name: dict[str, float] = {}
    for bus in level:
        name = text(rows[bus], "substation")
        if name:
            join(by_name.setdefault(name, bus), bus)
    for row in net.in_service("trafo"):
        ends = [nodes.root(number(row, side)) for side in ("hv_bus", "lv_bus") if number(row, side) in nodes]
        if len(ends) == 2 and all(end in level for end in ends):
            join(*ends)
    return list(places.groups().values())


def _names(places: list[list[float]], level: dict[float, int], face: dict[float, Row]) -> list[str]:
    """Of the net's substations, else of their highest buses; a name that is taken gets the bus' number."""
    taken: Counter[str] = Counter()
    names = []
    for members in places:
        row, top = face[members[0]], level[members[0]]
        name = text(row, "substation") or _without_level(text(row, "name"), top) or f"bus {number(row, 'index'):g}"
        name = name[:NAME_LENGTH_MAX]
        taken[name] += 1
        names.append(name if taken[name] == 1 else f"{name} (bus {number(row, 'index'):g})")
    return names


def _without_level(name: str, level: int) -> str:
    return name.removesuffix(f" {level}").strip()


def _coordinates(net: PlainNet) -> dict[float, tuple[float, float]]:
    """(longitude, latitude) by bus: GeoJSON points in the column `geo`, or the older table `bus_geodata`."""
    found: dict[float, tuple[float, float]] = {}
    for row in net.rows("bus"):
        point = _point(row.get("geo"))
        if point is not None:
            found[number(row, "index")] = point
    for row in net.rows("bus_geodata"):
        x, y = number(row, "x"), number(row, "y")
        if math.isfinite(x) and math.isfinite(y):
            found.setdefault(number(row, "index"), (x, y))
    return {bus: (x, y) for bus, (x, y) in found.items() if abs(x) <= 180 and abs(y) <= 90}


def _point(value: object) -> tuple[float, float] | None:
    """A GeoJSON point in a string (twice in a string in Excel)."""
    for _ in range(2):
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                return None
    coordinates = value.get("coordinates") if isinstance(value, dict) else None
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        return None
    x, y = coordinates[:2]
    if not all(isinstance(part, int | float) and math.isfinite(part) for part in (x, y)):
        return None
    return float(x), float(y)
