"""Transfer capacity between all pairs of zones in one hour, by linear factors: how much more, and what stops it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from greengrid.security.transfer import LinearHour, TransferLimit, linear_limits
from greengrid.security.transfer_ramp import PlantHour, Ramp, joined, make_ramp, zone_areas
from networks.grid import Grid

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class ZonePair:
    """One direction between two zones, of a synchronous area or of two with a link between."""

    source: str
    sink: str
    rise_mw: float
    """More than in the dispatched hour, until the first limit."""
    kind: str
    """Of that limit: generation, link, thermal, interface or outage."""
    element: str
    outage: str
    note: str
    """Which zone's plants end it, or how the links stand."""
    generation_mw: float
    """How far plants reach."""
    thermal_mw: float | None
    """Each kind alone; None where it is not reached before plants end."""
    interface_mw: float | None
    outage_mw: float | None
    link_mw: float | None
    """None where AC joins the zones."""
    over: str
    """The links that carry it; empty over AC."""
    left_out: int
    """Limits broken before anything moves that the transfer would make worse."""


def zone_pairs(grid: Grid) -> list[tuple[str, str]]:
    """Every two zones with plants that AC or a link joins, both ways, by name."""
    zones = sorted(zone_areas(grid))
    return [(one, other) for one in zones for other in zones if one != other and joined(grid, one, other)]


def transfer_matrix(hour: LinearHour, plants: PlantHour, progress: Progress) -> list[ZonePair]:
    """The capacity of every pair; the voltage nose is left to single pairs."""
    pairs, found = zone_pairs(hour.grid), []
    for done, pair in enumerate(pairs):
        progress("pairs of zones", done, len(pairs))
        ramp = make_ramp(plants, pair)
        found.append(_pair(pair, ramp, list(linear_limits(hour, ramp))))
    return found


def _pair(pair: tuple[str, str], ramp: Ramp, rows: list[TransferLimit]) -> ZonePair:
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
        link_mw=alone.get("link"),
        over=", ".join(each.link.name for each in ramp.crossings),
        left_out=sum(row.left_out for row in rows),
    )
