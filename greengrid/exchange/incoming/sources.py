"""Plants, ties, compensation and loads of a net as rows of ours."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import get_args

from greengrid.errors import Problem
from greengrid.exchange.incoming.plain_net import PlainNet, Row, number, text
from greengrid.exchange.incoming.report import Notes
from greengrid.exchange.incoming.stations import Station, Stations
from networks.rows import STORED, Market, Technology

TECHNOLOGIES = get_args(Technology)
MARKETS = get_args(Market)
KNOWN_TYPES = {"wp": "wind_onshore", "wind": "wind_onshore", "pv": "solar", "solar": "solar", "nuclear": "nuclear"}
"""Words in the column `type` that leave no doubt."""
SMALLEST_MW = 1e-3
POWER_MAX = 30_000.0
REACTIVE_MAX_MVAR = 5_000.0


@dataclass(frozen=True)
class PlantDraft:
    name: str
    station: Station
    voltage_kv: int
    technology: str
    capacity_mw: float
    energy_mwh: float


@dataclass(frozen=True)
class TieDraft:
    name: str
    station: Station
    voltage_kv: int
    market: str
    import_max_mw: float
    export_max_mw: float
    reactive_max_mvar: float


@dataclass
class Sources:
    """What stands at the buses."""

    plants: list[PlantDraft] = field(default_factory=list)
    ties: list[TieDraft] = field(default_factory=list)
    compensation_mvar: dict[tuple[str, int, str], tuple[float, float]] = field(default_factory=dict)
    """(substation, kV, kind) -> least and most reactive power."""
    load_mw: dict[tuple[str, int], float] = field(default_factory=lambda: defaultdict(float))
    """(substation, kV) -> load."""


def take_sources(net: PlainNet, stations: Stations, technology: str | None, notes: Notes) -> Sources:
    """Generators, external grids, static generators, storages, shunts and loads in service."""
    found = Sources()
    _take_loads(net, stations, found, notes)
    _take_shunts(net, stations, found, notes)
    _Plants(net, stations, found, technology, notes).take()
    return found


def _take_loads(net: PlainNet, stations: Stations, found: Sources, notes: Notes) -> None:
    lost, negative = [], []
    total: dict[tuple[str, int], float] = defaultdict(float)
    for row in net.in_service("load"):
        at = stations.of(row)
        power_mw = number(row, "p_mw", 0.0) * number(row, "scaling", 1.0)
        if at is None:
            lost.append(f"{power_mw:g} MW")
        else:
            total[at[0].name, at[1]] += power_mw
    for key, power_mw in total.items():
        if power_mw > SMALLEST_MW:
            found.load_mw[key] = power_mw
        elif power_mw < -SMALLEST_MW:
            negative.append(f"{key[0]} {power_mw:g} MW")
    notes.leave_out("loads at buses that are not carried", lost)
    notes.leave_out("negative loads", negative)
    reactive = sum(abs(number(row, "q_mvar", 0.0)) for row in net.in_service("load"))
    if reactive > SMALLEST_MW:
        notes.left_out.append("reactive power of loads: it follows the season and the hour here")


def _take_shunts(net: PlainNet, stations: Stations, found: Sources, notes: Notes) -> None:
    """Fixed in the net, a range to draw on here: the tables know fixed reactors at the ends of lines only."""
    taken, lost = [], []
    for row in net.in_service("shunt"):
        at = stations.of(row)
        reactive = number(row, "q_mvar", 0.0) * number(row, "step", 1.0)
        if at is None or abs(reactive) < SMALLEST_MW:
            lost.append(text(row, "name") or f"shunt {number(row, 'index'):g}")
            continue
        kind = "reactor" if reactive > 0 else "capacitor"
        _compensate(found, (at[0].name, at[1], kind), min(-reactive, 0.0), max(-reactive, 0.0))
        taken.append(text(row, "name") or f"shunt {number(row, 'index'):g}")
    notes.assume("fixed shunts became compensation that can be switched from nothing to all of it", taken)
    notes.leave_out("shunts without reactive power or at buses that are not carried", lost)


def _compensate(found: Sources, key: tuple[str, int, str], low: float, high: float) -> None:
    before = found.compensation_mvar.get(key, (0.0, 0.0))
    limits = (max(before[0] + min(low, 0.0), -REACTIVE_MAX_MVAR), min(before[1] + max(high, 0.0), REACTIVE_MAX_MVAR))
    found.compensation_mvar[key] = limits


class _Plants:
    """Sorts the net's sources into plants, ties and compensation, and gathers what is said of them."""

    def __init__(self, net: PlainNet, stations: Stations, found: Sources, technology: str | None, notes: Notes) -> None:
        self._net, self._stations, self._found, self._notes = net, stations, found, notes
        self._technology = technology
        self._names: set[str] = set()
        self._told: dict[str, list[str]] = defaultdict(list)
        self._unknown: list[str] = []

    def take(self) -> None:
        for table in ("gen", "ext_grid", "sgen", "storage"):
            for row in self._net.rows(table) if table != "ext_grid" else self._net.in_service(table):
                self._take(table, row)
        told, notes = self._told, self._notes
        notes.leave_out("ends of HVDC links: a link belongs into the case, [link.NAME]", told["link"])
        notes.leave_out("sources out of service", told["off"])
        notes.leave_out("sources at buses that are not carried", told["lost"])
        notes.leave_out("sources without power or reactive range", told["nothing"])
        notes.leave_out("storages without a content in MWh (max_e_mwh)", told["empty"])
        notes.assume(f"technology {self._technology} where the net says none", told["technology"])
        notes.assume("synchronous condensers (no active power)", told["condenser"])
        notes.assume("capacity from the rating in MVA or the power set, as the net has no max_p_mw", told["capacity"])
        notes.assume("the external grid as a plant that can carry the whole load", told["slack"])
        if self._unknown:
            names = ", ".join(self._unknown[:4])
            notes.problems.append(
                Problem(
                    f"{self._net.file}, sources",
                    f"{len(self._unknown)} that do not say what they run on ({names} ...)",
                    "a column `technology`, or --technology for all of them",
                    f"One of {', '.join(TECHNOLOGIES)}",
                )
            )

    def _take(self, table: str, row: Row) -> None:
        name = self._own_name(row, table)
        kind = text(row, "kind")
        if kind == "link":
            self._told["link"].append(name)
            return
        # In our own exports a source off line is still a plant that stands.
        if not row.get("in_service", True) and not kind:
            self._told["off"].append(name)
            return
        at = self._stations.of(row)
        if at is None:
            self._told["lost"].append(name)
        elif kind == "border" and text(row, "market") in MARKETS:
            self._tie(name, row, at)
        elif kind == "compensation":
            self._condenser(row, at, "svc")
        else:
            self._plant(table, name, row, at)

    def _own_name(self, row: Row, table: str) -> str:
        name = text(row, "name") or f"{table} {number(row, 'index'):g}"
        if name in self._names:
            name = f"{name} ({table} {number(row, 'index'):g})"
        self._names.add(name)
        return name

    def _tie(self, name: str, row: Row, at: tuple[Station, int]) -> None:
        limits = (max(0.0, number(row, "max_p_mw", 0.0)), max(0.0, -number(row, "min_p_mw", 0.0)))
        reactive = max(number(row, "max_q_mvar", 0.0), 0.0)
        self._found.ties.append(TieDraft(name, *at, text(row, "market"), *limits, reactive))

    def _condenser(self, row: Row, at: tuple[Station, int], kind: str) -> None:
        low, high = number(row, "min_q_mvar", 0.0), number(row, "max_q_mvar", 0.0)
        if low < 0 or high > 0:
            _compensate(self._found, (at[0].name, at[1], kind), low, high)

    def _plant(self, table: str, name: str, row: Row, at: tuple[Station, int]) -> None:
        capacity_mw = self._capacity(table, name, row)
        if capacity_mw < SMALLEST_MW:
            ranged = number(row, "max_q_mvar", 0.0) > number(row, "min_q_mvar", 0.0)
            self._told["condenser" if ranged else "nothing"].append(name)
            self._condenser(row, at, "condenser")
            return
        technology = self._technology_of(table, name, row)
        energy_mwh = number(row, "energy_mwh", number(row, "max_e_mwh", 0.0)) if technology in STORED else 0.0
        if technology in STORED and energy_mwh <= 0:
            self._told["empty"].append(name)
        elif technology is not None:
            self._found.plants.append(PlantDraft(name, *at, technology, min(capacity_mw, POWER_MAX), energy_mwh))

    def _capacity(self, table: str, name: str, row: Row) -> float:
        largest = number(row, "max_p_mw")
        if math.isfinite(largest) and largest < 1e6:
            return max(largest, -number(row, "min_p_mw", 0.0) if table == "storage" else 0.0)
        if table == "ext_grid":
            self._told["slack"].append(name)
            return sum(self._found.load_mw.values())
        power_mw = abs(number(row, "p_mw", 0.0)) * number(row, "scaling", 1.0)
        if power_mw <= SMALLEST_MW:
            return 0.0
        self._told["capacity"].append(name)
        return max(power_mw, number(row, "sn_mva", 0.0))

    def _technology_of(self, table: str, name: str, row: Row) -> str | None:
        own = text(row, "technology")
        if own in TECHNOLOGIES:
            return own
        if table == "storage":
            return "battery"
        known = KNOWN_TYPES.get(text(row, "type").lower())
        if known is not None:
            return known
        if self._technology is None:
            self._unknown.append(name)
        else:
            self._told["technology"].append(name)
        return self._technology
