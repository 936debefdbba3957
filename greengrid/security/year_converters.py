"""What the converters of the HVDC links give to hold their buses' voltage, and how often that is all they have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from greengrid.security.year import AcYear, AreaYear
from networks.grid import Grid
from networks.operating_point import LINK_REACTIVE_FRAC


@dataclass(frozen=True, slots=True)
class ConverterRow:
    """One end of a link over the hours that solved."""

    link: str
    end: str
    bus: str
    range_mvar: float
    """Both ways, at any active power up to the rating."""
    given_max_mvar: float
    """Its part, by its range among the bus' sources, of what they give; negative: it only ever takes."""
    given_min_mvar: float
    at_upper_hours: int
    """Hours in which all sources of the bus stand at their upper limit."""
    at_lower_hours: int
    apparent_max_frac: float
    """Largest apparent power over the rating: above 1 the converter needs a larger current rating than its power."""


def converter_rows(grid: Grid, year: AcYear) -> Iterator[ConverterRow]:
    """Both ends of every link that stand in a modelled area."""
    for link in grid.links:
        for end, bus in (("from", link.from_bus), ("to", link.to_bus)):
            for area in year.areas:
                if bus in area.network.bus_names:
                    yield _row(area, link.name, end, (bus, link.capacity_mw))


def _row(area: AreaYear, link: str, end: str, place: tuple[str, float]) -> ConverterRow:
    bus, capacity_mw = place
    k = area.network.bus_names.index(bus)
    rows, reach = area.solved, LINK_REACTIVE_FRAC * capacity_mw
    given, ranges = area.reactive_mvar[rows, k], area.points.ranges
    bound = np.where(given >= 0, ranges.up_mvar[rows, k], -ranges.down_mvar[rows, k])
    own = given * np.divide(reach, bound, out=np.zeros_like(bound), where=bound > 0)
    side = area.settled.state.limited[rows, k]
    apparent = np.hypot(area.link_mw[f"{link}:{end}"][rows], own)
    return ConverterRow(
        link=link,
        end=end,
        bus=bus,
        range_mvar=reach,
        given_max_mvar=float(own.max(initial=-np.inf)) if len(own) else 0.0,
        given_min_mvar=float(own.min(initial=np.inf)) if len(own) else 0.0,
        at_upper_hours=int((side > 0).sum()),
        at_lower_hours=int((side < 0).sum()),
        apparent_max_frac=float(apparent.max(initial=0.0)) / capacity_mw,
    )
