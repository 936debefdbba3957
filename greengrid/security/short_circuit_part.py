"""Short circuit as a part of the security study: SCR at the converters by size of cable, and what would mend it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from greengrid.hourly import Array, HourlyTable
from greengrid.progress import Reporter
from greengrid.security.batch_network import read_area
from greengrid.security.findings import Violation
from greengrid.security.operating import PointMaker
from greengrid.security.outages_parameters import Parameters
from greengrid.security.part import PartResult, SecurityRun
from greengrid.security.short_circuit import (
    FaultArea,
    condenser_mva,
    fault_area,
    pandapower_level_mva,
    parameters,
)
from networks.hvdc import Link
from networks.pandapower_net import areas, build_net
from networks.voltage_control import Net

SIZES_MW = (1000.0, 2000.0, 4000.0)
"""Beside a link's own size; with the units of this dispatch, whose link has its own size only."""
REMEDY = (
    "The grid at this converter is weak for a link of this size in these hours: a synchronous condenser of {mva:.0f} "
)
REMEDY += "MVA with its transformer at this bus, more units running nearby, or grid-forming control proven by study."


@dataclass(frozen=True, slots=True)
class StrengthRow:
    """One end of a link, taken as one of several sizes."""

    link: str
    end: str
    bus: str
    size_mw: float
    own_size: bool
    level_min_mva: float
    """Least three-phase fault level over the hours."""
    hour: int
    """Of that."""
    scr_min_ratio: float
    scr_p5_ratio: float
    """Below it in one hour of twenty."""
    scr_median_ratio: float
    scr_max_ratio: float
    very_weak_hours: int
    """Below `scr.very_weak`."""
    very_weak_mean_ratio: float
    """By how much, mean over those hours; 0 without any."""
    weak_hours: int
    """Below `scr.weak`."""
    condenser_mva: float
    """Rating that lifts the least hour to `scr.very_weak`."""
    level_pandapower_mva: float
    """The same hour by pandapower's calc_sc."""


def short_circuit(run: SecurityRun, reporter: Reporter) -> PartResult:
    """Fault level at every converter in every hour; a finding where a link is too large for it.

    The far end of a link outside the modelled grid has no figure.
    """
    grid, given = run.inputs.grid, parameters()
    if not grid.links:
        return PartResult(columns={"short_circuit": _columns()})
    maker = PointMaker(grid, run.dispatch, (bus.name for bus in grid.buses))
    rows: list[StrengthRow] = []
    levels: dict[str, Array] = {}
    for net in areas(build_net(grid, maker.point(0))):
        reporter("fault levels at the converters", len(rows), 2 * len(grid.links))
        network = read_area(net)
        ends = [(link, end, bus) for link, end, bus in _ends(grid.links) if bus in network.bus_names]
        if not ends:
            continue
        area = fault_area(run, net, network, given)
        for link, end, bus in ends:
            levels[f"{link.name}:{end}"] = area.level_mva(bus)
            rows += _rows(area, net, (link, end, bus), levels[f"{link.name}:{end}"], given)
    hourly = HourlyTable.of(levels, list(levels.values()), run.dispatch.clock.hours)
    own = [row for row in rows if row.own_size]
    return PartResult(
        violations=tuple(_violations(own, given)),
        tables={"short_circuit": rows},
        columns={"short_circuit": _columns()},
        hourly={"fault_levels": hourly} if levels else {},
        figures={f"scr_min_ratio_{row.link}_{row.end}": row.scr_min_ratio for row in own}
        | {f"condenser_mva_{row.link}_{row.end}": row.condenser_mva for row in own},
    )


def _columns() -> list[str]:
    return [field.name for field in fields(StrengthRow)]


def _ends(links: Sequence[Link]) -> Iterator[tuple[Link, str, str]]:
    for link in links:
        yield link, "from", link.from_bus
        yield link, "to", link.to_bus


def _rows(
    area: FaultArea, net: Net, place: tuple[Link, str, str], level_mva: Array, given: Parameters
) -> Iterator[StrengthRow]:
    link, end, bus = place
    hour = int(level_mva.argmin())
    checked_mva = pandapower_level_mva(net, area.sources_y[hour], bus, given)
    very_weak, weak = given.value("scr.very_weak"), given.value("scr.weak")
    for size in sorted({*SIZES_MW, link.capacity_mw}):
        ratio = level_mva / size
        yield StrengthRow(
            link=link.name,
            end=end,
            bus=bus,
            size_mw=size,
            own_size=size == link.capacity_mw,
            level_min_mva=float(level_mva[hour]),
            hour=hour,
            scr_min_ratio=float(ratio[hour]),
            scr_p5_ratio=float(np.quantile(ratio, 0.05)),
            scr_median_ratio=float(np.median(ratio)),
            scr_max_ratio=float(ratio.max()),
            very_weak_hours=int((ratio < very_weak).sum()),
            very_weak_mean_ratio=float(np.maximum(very_weak - ratio, 0.0).sum() / max((ratio < very_weak).sum(), 1)),
            weak_hours=int((ratio < weak).sum()),
            condenser_mva=condenser_mva(very_weak * size - float(level_mva[hour]), given),
            level_pandapower_mva=checked_mva,
        )


def _violations(rows: Sequence[StrengthRow], given: Parameters) -> Iterator[Violation]:
    limit = given.value("scr.very_weak")
    for row in rows:
        if row.very_weak_hours:
            remedy = REMEDY.format(mva=row.condenser_mva)
            where = f"{row.link} at {row.bus}"
            yield Violation(
                "scr_low", where, row.hour, row.scr_min_ratio, limit, "ratio", remedy=remedy,
                hours=row.very_weak_hours, mean=row.very_weak_mean_ratio,
            )  # fmt: skip
