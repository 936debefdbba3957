"""The generating units of stations, one by one: which stand on which yard, and what one trip can take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from networks.grid import Plant
from networks.rows import UnitRow


@dataclass(frozen=True, slots=True)
class GeneratingUnit:
    """One machine or block; `plant` is the part of a station that it belongs to (`Plant.name`)."""

    name: str
    plant: str
    bus: str
    capacity_mw: float


def unit_sizes_mw(rows: Iterable[UnitRow]) -> dict[str, tuple[float, ...]]:
    """Sizes of every station's units, largest first."""
    sizes: dict[str, list[float]] = {}
    for row in rows:
        sizes.setdefault(row.plant, []).extend([row.unit_mw] * row.units)
    return {plant: tuple(sorted(found, reverse=True)) for plant, found in sizes.items()}


def share_units(sizes_mw: Iterable[float], yard_mw: Mapping[int, float]) -> dict[int, tuple[float, ...]]:
    """Units by yard (kV): the largest first, each on the yard with the most capacity still to fill.

    A yard smaller than its unit carries the yard's capacity: a station whose split does not follow its units keeps its
    total.
    """
    left = dict(yard_mw)
    found: dict[int, list[float]] = {kv: [] for kv in yard_mw}
    for size in sizes_mw:
        yard = max(left, key=lambda kv: (left[kv], kv))
        found[yard].append(min(size, yard_mw[yard]))
        left[yard] -= size
    return {kv: tuple(units) for kv, units in found.items()}


def generating_units(plants: Iterable[Plant]) -> tuple[GeneratingUnit, ...]:
    """Every stated unit of the plants, "<plant> unit 1" ..., the largest of a station first."""
    return tuple(
        GeneratingUnit(f"{plant.name} unit {number}", plant.name, plant.bus, size)
        for plant in plants
        for number, size in enumerate(plant.unit_sizes_mw, start=1)
    )
