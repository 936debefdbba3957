"""Cable sizes against the area that receives: hours in which the largest infeed would be too large for it.

A link of each size runs full in every hour and loses what one fault takes: all of a symmetrical monopole up to 1 GW,
half of a bipole up to 2 GW, a quarter of two bipoles above. The area's units run as in this dispatch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from greengrid.security.frequency import Fleet, respond, settings
from greengrid.security.pole_outage import area_of, fleet_at, make_ties, tie_hours
from greengrid.security.screening import Scene
from networks.hvdc import Link

SIZES_MW = (500.0, 1000.0, 1500.0, 2000.0, 3000.0, 4000.0)


@dataclass(frozen=True, slots=True)
class SizeRow:
    """One size into one area."""

    link: str
    bus: str
    """Where it arrives."""
    size_mw: float
    configuration: str
    largest_infeed_mw: float
    """Received over what one fault takes."""
    hours: int
    hours_rate_beyond: int
    """Islanded: the frequency falls faster than plants must bear."""
    hours_frequency_low: int
    """Islanded: below the first stage of load shedding."""
    hours_too_large: int
    """Either of the two."""
    hours_reserve_short: int
    hours_tie_trips: int | None
    """Interconnected; None where the area has no tie with a limit."""
    hours_area_breaks_off: int | None


def configuration_of(size_mw: float) -> tuple[str, int]:
    """(configuration, poles) of a cable of this size."""
    if size_mw <= 1000:
        return "symmetrical monopole", 1
    return ("bipole", 2) if size_mw <= 2000 else ("two bipoles", 4)


def size_rows(scene: Scene, link: Link) -> list[SizeRow]:
    """Every size into each end's area that has plants."""
    staffed = {area_of(scene, plant.bus) for plant in scene.grid.plants}
    ends = [bus for bus in (link.to_bus, link.from_bus) if area_of(scene, bus) in staffed]
    return [row for bus in ends for row in _rows_at(scene, link, bus)]


def _rows_at(scene: Scene, link: Link, bus: str) -> list[SizeRow]:
    fleet = fleet_at(scene, bus)
    known: dict[float, SizeRow] = {}
    rows = []
    for size_mw in SIZES_MW:
        configuration, poles = configuration_of(size_mw)
        infeed_mw = size_mw / poles * link.received_max_mw / link.capacity_mw
        if infeed_mw not in known:
            known[infeed_mw] = _row(scene, fleet, link, bus, infeed_mw)
        rows.append(replace(known[infeed_mw], size_mw=size_mw, configuration=configuration))
    return rows


def _row(scene: Scene, fleet: Fleet, link: Link, bus: str, infeed_mw: float) -> SizeRow:
    lost = np.full(len(scene.flow_mw), -infeed_mw)
    alone = respond(fleet, lost, scene.parameters)
    limits = settings(scene.parameters)
    fast = np.abs(alone.rate_hz_per_s) > limits["rate_max_hz_per_s"]
    low = alone.extreme_hz < limits["minimum_hz"]
    up, _ = scene.reserve.of_area(area_of(scene, bus))
    ties = make_ties(scene, bus)
    after = None if ties is None else tie_hours(scene, ties, lost)
    return SizeRow(
        link=link.name,
        bus=bus,
        size_mw=0.0,
        configuration="",
        largest_infeed_mw=infeed_mw,
        hours=len(lost),
        hours_rate_beyond=int(fast.sum()),
        hours_frequency_low=int(low.sum()),
        hours_too_large=int((fast | low).sum()),
        hours_reserve_short=int((up < infeed_mw).sum()),
        hours_tie_trips=None if after is None else int(after.tripped.sum()),
        hours_area_breaks_off=None if after is None else int(after.islanded.sum()),
    )
