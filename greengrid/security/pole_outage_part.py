"""The loss of poles and links as a part of the security study: tables, series, traces and findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from greengrid.hourly import Array, HourlyTable
from greengrid.progress import Reporter
from greengrid.security.findings import Violation
from greengrid.security.frequency import Response, settings, trace
from greengrid.security.outages_part import scene_of
from greengrid.security.part import Figure, PartResult, SecurityRun
from greengrid.security.pole_outage import EndOutage, LinkOutage, fleet_at, link_outages
from greengrid.security.pole_outage_sizes import SizeRow, size_rows
from greengrid.security.screening import Scene

FLOWING_MW = 1.0
TRACED_FRAC = 0.1
"""Of a pole's rating: ends that never lack so much have no trace."""
TRACE_EVERY = 5
"""Every so many steps of the model stand in the table: a quarter of a second."""
REMEDIES = {
    "frequency_low": "Standing alone, this area cannot bear the loss: keep it tied to its neighbours, lower the "
    "link's flow in such hours, keep more machines running, or add grid-forming storage or synchronous condensers.",
    "frequency_high": "Standing alone, this area cannot bear the surplus: arrange tripping of generation, lower the "
    "link's flow in such hours, or keep more machines running.",
    "rate_of_change": "Too little turns in this area for the size of a pole: lower the link's flow in such hours or "
    "add inertia (synchronous condensers, grid-forming storage).",
    "pole_reserve_short": "Less reserve is held than a pole takes away: hold it in the dispatch "
    '([dispatch] reserve = "largest_pole") or lower the link\'s flow in such hours.',
    "tie_overload": "Until reserve has acted the neighbours make the loss good over this tie: it trips. Lower the "
    "link's flow or the schedule of the tie in such hours, or let automatics shed load in the receiving area.",
}


@dataclass(frozen=True, slots=True)
class PoleRow:
    """One end of one outage over the hours."""

    link: str
    outage: str
    """pole or link."""
    bus: str
    countries: str
    """Of the area."""
    lacking_max_mw: float
    """Power that the end lacks at most."""
    surplus_max_mw: float
    left_max_mw: float
    """Received over the poles that are left, at most; a single one returns through the metallic conductor."""
    hours_flowing: int
    hours_reserve_short: int
    reserve_short_max_mw: float
    rate_max_hz_per_s: float
    """Islanded, at the start, magnitude."""
    hours_rate_beyond: int
    frequency_min_hz: float
    """Islanded."""
    hours_frequency_low: int
    frequency_max_hz: float
    hours_frequency_high: int
    hours_tie_trips: int | None
    """Interconnected: some tie goes beyond its limit; None without ties that have a limit."""
    hours_area_breaks_off: int | None
    """Of these, the other ties cannot hold it either."""
    broken_off_min_hz: float | None
    """Lowest frequency then: without load shedding, what the ties brought being lost as well."""


@dataclass(frozen=True, slots=True)
class TraceRow:
    """Frequency after the loss of a pole in a telling hour, the area standing alone."""

    link: str
    outage: str
    bus: str
    why: str
    """What makes the hour telling."""
    hour: int
    hour_utc: object
    appearing_mw: float
    reserve_mw: float
    left_mw: float
    after_s: float
    frequency_hz: float


def pole_outages(run: SecurityRun, reporter: Reporter) -> PartResult:
    """Every link's pole and whole, in every hour."""
    scene = scene_of(run)
    found = link_outages(scene)
    clock = run.dispatch.clock.datetimes().astype("datetime64[ms]")
    sizes = [row for link in scene.grid.links for row in size_rows(scene, link)]
    return PartResult(
        violations=tuple(violation for outage in found for violation in _violations(scene, outage)),
        tables={
            "pole_outages": [_row(scene, outage, end) for outage in found for end in outage.ends],
            "pole_sizes": sizes,
            "pole_traces": _traces(scene, found, clock),
        },
        columns={
            "pole_outages": [field.name for field in fields(PoleRow)],
            "pole_sizes": [field.name for field in fields(SizeRow)],
            "pole_traces": [field.name for field in fields(TraceRow)],
        },
        hourly={"pole_outage_hours": _by_hour(found, run.dispatch.clock.hours)},
        figures=_figures(scene, found),
    )


def credible(outage: LinkOutage) -> bool:
    """A pole, or the whole of a monopole: what a single fault takes."""
    return outage.kind == "pole" or outage.link.poles == 1


def _row(scene: Scene, outage: LinkOutage, end: EndOutage) -> PoleRow:
    limits, alone = settings(scene.parameters), end.islanded
    ties, broken = end.tie_hours, end.broken_off
    return PoleRow(
        link=outage.link.name,
        outage=outage.kind,
        bus=end.bus,
        countries=", ".join(countries_of(scene, end.bus)),
        lacking_max_mw=float(max(-end.appearing_mw.min(), 0.0)),
        surplus_max_mw=float(max(end.appearing_mw.max(), 0.0)),
        left_max_mw=float(outage.lost.received_left_mw.max()),
        hours_flowing=int((np.abs(end.appearing_mw) > FLOWING_MW).sum()),
        hours_reserve_short=int((end.reserve_short_mw > FLOWING_MW).sum()),
        reserve_short_max_mw=float(end.reserve_short_mw.max()),
        rate_max_hz_per_s=float(np.abs(alone.rate_hz_per_s).max()),
        hours_rate_beyond=int((np.abs(alone.rate_hz_per_s) > limits["rate_max_hz_per_s"]).sum()),
        frequency_min_hz=float(alone.extreme_hz.min()),
        hours_frequency_low=int((alone.extreme_hz < limits["minimum_hz"]).sum()),
        frequency_max_hz=float(alone.extreme_hz.max()),
        hours_frequency_high=int((alone.extreme_hz > limits["maximum_hz"]).sum()),
        hours_tie_trips=None if ties is None else int(ties.tripped.sum()),
        hours_area_breaks_off=None if ties is None else int(ties.islanded.sum()),
        broken_off_min_hz=None if broken is None else float(broken.extreme_hz.min()),
    )


def countries_of(scene: Scene, bus: str) -> tuple[str, ...]:
    """Countries with loads in the synchronous area of a bus."""
    area = next(members for members in scene.grid.areas if bus in members)
    inside = set(area)
    return tuple(dict.fromkeys(load.country for load in scene.grid.loads if load.bus in inside))


def _violations(scene: Scene, outage: LinkOutage) -> Iterator[Violation]:
    if not credible(outage):
        return
    limits = settings(scene.parameters)
    name = f"{outage.link.name} {outage.kind}"
    for end in outage.ends:
        area = "-".join(countries_of(scene, end.bus))
        alone = end.islanded
        rate = np.abs(alone.rate_hz_per_s)
        for kind, values, limit, beyond, unit in (
            ("frequency_low", alone.extreme_hz, limits["minimum_hz"], alone.extreme_hz < limits["minimum_hz"], "Hz"),
            ("frequency_high", alone.extreme_hz, limits["maximum_hz"], alone.extreme_hz > limits["maximum_hz"], "Hz"),
            ("rate_of_change", rate, limits["rate_max_hz_per_s"], rate > limits["rate_max_hz_per_s"], "Hz/s"),
        ):
            for hour in np.flatnonzero(beyond).tolist():
                value = float(values[hour])
                yield Violation(kind, area, hour, value, limit, unit, outage=name, remedy=REMEDIES[kind])
        yield from _short(end, area, name)
        yield from _tie_violations(end, name)


def _short(end: EndOutage, area: str, outage: str) -> Iterator[Violation]:
    kind = "pole_reserve_short"
    for hour in np.flatnonzero(end.reserve_short_mw > FLOWING_MW).tolist():
        held, wanted = float(end.reserve_mw[hour]), float(abs(end.appearing_mw[hour]))
        yield Violation(kind, area, hour, held, wanted, "MW", outage=outage, remedy=REMEDIES[kind])


def _tie_violations(end: EndOutage, outage: str) -> Iterator[Violation]:
    if end.ties is None or end.tie_hours is None:
        return
    kind = "tie_overload"
    for k, (tie, limit) in enumerate(zip(end.ties.names, end.ties.limit_mw.tolist(), strict=True)):
        after = np.abs(end.tie_hours.after_mw[:, k])
        for hour in np.flatnonzero(after > limit + FLOWING_MW).tolist():
            yield Violation(kind, tie, hour, float(after[hour]), limit, "MW", outage=outage, remedy=REMEDIES[kind])


def _by_hour(found: tuple[LinkOutage, ...], hours: int) -> HourlyTable:
    """By link and outage: what is lost and left; by end: reserve held, frequency and rate islanded, ties broken off."""
    columns: dict[str, Array] = {}
    for outage in found:
        name = f"{outage.link.name} {outage.kind}"
        columns[f"{name}:sent_lost_mw"] = outage.lost.sent_lost_mw
        columns[f"{name}:received_lost_mw"] = outage.lost.received_lost_mw
        columns[f"{name}:received_left_mw"] = outage.lost.received_left_mw
        for end in outage.ends:
            columns[f"{name}:{end.end}:reserve_mw"] = end.reserve_mw
            columns[f"{name}:{end.end}:frequency_hz"] = end.islanded.extreme_hz
            columns[f"{name}:{end.end}:rate_hz_per_s"] = end.islanded.rate_hz_per_s
            if end.tie_hours is not None:
                columns[f"{name}:{end.end}:breaks_off"] = end.tie_hours.islanded.astype(float)
    return HourlyTable.of(columns, list(columns.values()), hours)


def telling(end: EndOutage) -> dict[str, int]:
    """Three hours of an end: the largest loss, the lowest frequency, the least reserve left over."""
    alone: Response = end.islanded
    spare = np.where(np.abs(end.appearing_mw) > FLOWING_MW, end.reserve_mw - np.abs(end.appearing_mw), np.inf)
    return {
        "largest loss": int(np.argmin(end.appearing_mw)),
        "lowest frequency": int(np.argmin(alone.extreme_hz)),
        "least spare reserve": int(np.argmin(spare)),
    }


def _traces(scene: Scene, found: tuple[LinkOutage, ...], clock: Array) -> list[TraceRow]:
    """Frequency traces of the telling hours of every receiving end that a single fault can hit."""
    rows = []
    for outage in found:
        for end in outage.ends if credible(outage) else ():
            if end.appearing_mw.min() > -TRACED_FRAC * outage.link.pole_capacity_mw:
                continue
            fleet = fleet_at(scene, end.bus)
            for why, hour in telling(end).items():
                time, frequency = trace(fleet, float(end.appearing_mw[hour]), hour, scene.parameters)
                common = (outage.link.name, outage.kind, end.bus, why, hour, clock[hour].item())
                amounts = (end.appearing_mw[hour], end.reserve_mw[hour], outage.lost.received_left_mw[hour])
                for step in range(0, len(time), TRACE_EVERY):
                    numbers = (float(value) for value in (*amounts, time[step], frequency[step]))
                    appearing, reserve, left, after, hertz = numbers
                    rows.append(TraceRow(*common, appearing, reserve, left, after, hertz))
    return rows


def _figures(scene: Scene, found: tuple[LinkOutage, ...]) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    limits = settings(scene.parameters)
    for outage in found:
        if not credible(outage):
            continue
        name = outage.link.name
        figures[f"{name}_lost_max_mw"] = float(outage.lost.received_lost_mw.max())
        alone = [end.islanded for end in outage.ends]
        figures[f"{name}_frequency_min_hz"] = float(min(one.extreme_hz.min() for one in alone))
        low = np.any([one.extreme_hz < limits["minimum_hz"] for one in alone], axis=0)
        figures[f"{name}_hours_frequency_low"] = int(low.sum())
        short = np.any([end.reserve_short_mw > FLOWING_MW for end in outage.ends], axis=0)
        figures[f"{name}_hours_reserve_short"] = int(short.sum())
        breaks = [end.tie_hours.islanded for end in outage.ends if end.tie_hours is not None]
        figures[f"{name}_hours_area_breaks_off"] = int(np.any(breaks, axis=0).sum()) if breaks else None
    return figures
