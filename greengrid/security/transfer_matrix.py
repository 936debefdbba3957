"""Transfer capacity between all pairs of zones in one hour, by linear factors: how much more, and what stops it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from greengrid.economy.fleet import Unit
from greengrid.security.operating import HourlyPower
from greengrid.security.transfer import LinearHour, TransferLimit, linear_limits, make_ramp
from networks.grid import Grid

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class ZonePair:
    """One direction between two zones of a synchronous area."""

    source: str
    sink: str
    rise_mw: float
    """More than in the dispatched hour, until the first limit."""
    kind: str
    """Of that limit: generation, thermal, interface or outage."""
    element: str
    outage: str
    note: str
    """Which zone's plants end it."""
    generation_mw: float
    """How far plants reach."""
    thermal_mw: float | None
    """Each kind alone; None where it is not reached before plants end."""
    interface_mw: float | None
    outage_mw: float | None


def zone_pairs(grid: Grid) -> list[tuple[str, str]]:
    """Every two zones with plants in a common synchronous area, both ways, by name."""
    area_of = {bus: number for number, members in enumerate(grid.areas) for bus in members}
    areas: dict[str, set[int]] = {}
    for plant in grid.plants:
        areas.setdefault(plant.zone, set()).add(area_of[plant.bus])
    zones = sorted(areas)
    return [(one, other) for one in zones for other in zones if one != other and areas[one] & areas[other]]


def transfer_matrix(
    hour: LinearHour, units: Mapping[str, Unit], power: HourlyPower, number: int, progress: Progress
) -> list[ZonePair]:
    """The capacity of every pair in hour `number` of `power`; the voltage nose is left to single pairs."""
    pairs, found = zone_pairs(hour.grid), []
    for done, pair in enumerate(pairs):
        progress("pairs of zones", done, len(pairs))
        found.append(_pair(pair, list(linear_limits(hour, make_ramp(hour.grid, units, power, number, pair)))))
    return found


def _pair(pair: tuple[str, str], rows: list[TransferLimit]) -> ZonePair:
    first = min(rows, key=lambda row: math.inf if math.isnan(row.rise_mw) else row.rise_mw)
    alone = {row.kind: None if math.isnan(row.rise_mw) else row.rise_mw for row in rows}
    return ZonePair(
        *pair,
        rise_mw=max(first.rise_mw, 0.0),
        kind=first.kind,
        element=first.element,
        outage=first.outage,
        note=first.note,
        generation_mw=alone["generation"] or 0.0,
        thermal_mw=alone["thermal"],
        interface_mw=alone["interface"],
        outage_mw=alone["outage"],
    )
