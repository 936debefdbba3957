"""Relaxed unit commitment by class: what runs, what starts, at which least output and for how long.

The units of one technology, country and set of parameters are a class. Its online capacity o and the capacity s that
starts are columns in MW beside the outputs x, so that the year stays one linear program (clustered commitment,
Palmintier and Webster 2014, IEEE Trans. Power Systems 29(3), 1089-1098, relaxed; times as in Rajan and Takriti 2005,
IBM RC23628):

    sum x <= o,  sum x >= stable o,  o - o[-1] <= s,  sum of the last U starts <= o,
    sum of the last D starts <= capacity - o[-D].

Rows of least outputs and times enter where they are broken. Any fraction of a unit may run: the cost is a lower bound
on that of whole units.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from greengrid.dispatch.families import ConcaveFamily, RowFamily
from greengrid.dispatch.limits import widened
from greengrid.dispatch.problem import Columns, Problem
from greengrid.dispatch.result import Dispatch
from greengrid.dispatch.template import HOURS_PER_YEAR
from greengrid.economy.fleet import Economy, Unit
from greengrid.hourly import Array, HourlyTable
from networks.grid import Grid

ONLINE, START = "online", "start"
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class UnitClass:
    """Units that are committed together."""

    name: str
    outputs: Ints
    """Template columns of the class's plants."""
    online: int
    start: int
    stable_min_frac: float
    up_min_h: int
    down_min_h: int


def commitment_laws(problem: Problem, grid: Grid, economy: Economy) -> Problem:
    """The problem with online and start columns, and the rows of all classes; starts cost what the units' tables say.

    Where the period is not a whole year, rows that look back over its start are free.
    """
    classes = unit_classes(problem, grid, economy)
    units = {unit.name: unit for unit in economy.units}
    count = len(classes)
    capacity = np.column_stack([problem.upper[:, one.outputs].sum(axis=1) for one in classes])
    price = [units[problem.columns.name[one.outputs[0]]].start_cost_usd_per_mw for one in classes]
    columns = problem.columns
    names = tuple(one.name for one in classes)
    nothing = np.zeros(2 * count, dtype=np.int64)
    wider = Columns(
        (*columns.kind, *[ONLINE] * count, *[START] * count),
        (*columns.name, *names, *names),
        sparse.hstack([columns.injection, sparse.csc_matrix((columns.injection.shape[0], 2 * count))], format="csc"),
        np.concatenate([columns.segment, nothing]),
        np.concatenate([columns.direction, nothing]),
    )
    free = np.zeros_like(capacity)
    upper = np.hstack([problem.upper, capacity, capacity])
    families = commitment_families(classes, wider.count, upper, cyclic=problem.steps >= HOURS_PER_YEAR)
    return replace(
        problem,
        columns=wider,
        cost=np.hstack([problem.cost, free, free + price]),
        lower=np.hstack([problem.lower, free, free]),
        upper=upper,
        families=(*(_wider(family, wider.count) for family in problem.families), *families),
        concave=tuple(_wider_concave(family, wider.count) for family in problem.concave),
    )


def _wider(family: RowFamily, columns: int) -> RowFamily:
    return replace(family, terms=tuple((lag, widened(pattern, columns)) for lag, pattern in family.terms))


def _wider_concave(family: ConcaveFamily, columns: int) -> ConcaveFamily:
    lines = tuple((widened(pattern, columns), constant) for pattern, constant in family.lines)
    return replace(family, pattern=widened(family.pattern, columns), lines=lines)


def unit_classes(problem: Problem, grid: Grid, economy: Economy) -> tuple[UnitClass, ...]:
    """The classes of a problem's units, in the order of their first plant; their columns stand behind the problem's."""
    units = {unit.name: unit for unit in economy.units}
    column = {problem.columns.name[k]: k for k in problem.columns.of("unit").tolist()}
    members = class_members(column, grid, economy)
    first = problem.columns.count
    classes = []
    for number, (label, names) in enumerate(members.items()):
        unit, outputs = units[names[0]], np.array([column[name] for name in names])
        online, start = first + number, first + len(members) + number
        up, down = round(unit.up_min_h), round(unit.down_min_h)
        classes.append(UnitClass(label, outputs, online, start, unit.stable_min_frac, up, down))
    return tuple(classes)


def class_members(names: Iterable[str], grid: Grid, economy: Economy) -> dict[str, list[str]]:
    """Plants by the name of their class, in the order of `names`."""
    units = {unit.name: unit for unit in economy.units}
    plants = {plant.name: plant for plant in grid.plants}
    members: dict[tuple[str, str, float, float, float, float], list[str]] = {}
    for name in names:
        plant, unit = plants[name], units[name]
        parameters = (unit.stable_min_frac, unit.start_cost_usd_per_mw, unit.up_min_h, unit.down_min_h)
        members.setdefault((plant.technology, plant.country, *parameters), []).append(name)
    found = {}
    for (technology, country, *_), own in members.items():
        others = f" and {len(own) - 1} more" if len(own) > 1 else ""
        found[f"{technology} {country} ({own[0]}{others})"] = own
    return found


def commitment_families(
    classes: Sequence[UnitClass], columns: int, upper: Array, *, cyclic: bool
) -> tuple[RowFamily, ...]:
    """The rows of all classes over so many columns; `upper` is what is available, shape (hours, columns)."""
    least = [one for one in classes if one.stable_min_frac > 0]
    most_rows = [[(0, {**dict.fromkeys(one.outputs.tolist(), 1.0), one.online: -1.0})] for one in classes]
    least_rows = [
        [(0, {**dict.fromkeys(one.outputs.tolist(), -1.0), one.online: one.stable_min_frac})] for one in least
    ]
    start_rows = [[(0, {one.online: 1.0, one.start: -1.0}), (1, {one.online: -1.0})] for one in classes]
    families = [
        # Hour by hour these two would pass a breach on to the next hour: dozens of rounds without them from the start.
        replace(_family("units online", classes, columns, upper, most_rows), always=True),
        _family("least stable output", least, columns, upper, least_rows),
        replace(_family("starts", classes, columns, upper, start_rows), always=True),
        *_times(classes, columns, upper),
    ]
    found = tuple(family for family in families if family.limits)
    if not cyclic:
        for family in found:
            family.upper[: family.looks_back] = np.inf
    return found


def _times(classes: Sequence[UnitClass], columns: int, upper: Array) -> list[RowFamily]:
    """Minimum up and down times, one family for each number of hours (a family looks back equally far in all rows)."""
    families = []
    for hours in sorted({one.up_min_h for one in classes if one.up_min_h > 1}):
        held = [one for one in classes if one.up_min_h == hours]
        terms = [
            [(lag, {one.start: 1.0, **({one.online: -1.0} if lag == 0 else {})}) for lag in range(hours)]
            for one in held
        ]
        families.append(_family(f"least time up {hours} h", held, columns, upper, terms))
    for hours in sorted({one.down_min_h for one in classes if one.down_min_h > 1}):
        held = [one for one in classes if one.down_min_h == hours]
        terms = [[*((lag, {one.start: 1.0}) for lag in range(hours)), (hours, {one.online: 1.0})] for one in held]
        family = _family(f"least time down {hours} h", held, columns, upper, terms)
        for row, one in enumerate(held):
            # Capacity that comes back into service within these hours was not stopped by the class.
            capacity = upper[:, one.online]
            family.upper[:, row] = np.max([np.roll(capacity, lag) for lag in range(hours + 1)], axis=0)
        families.append(family)
    return families


def _family(
    name: str, classes: Sequence[UnitClass], columns: int, upper: Array,
    terms: Sequence[Sequence[tuple[int, dict[int, float]]]],
) -> RowFamily:  # fmt: skip
    """One row per class, sum of terms <= 0."""
    lags = sorted({lag for row in terms for lag, _ in row})
    patterns = []
    for lag in lags:
        pattern = sparse.lil_matrix((len(classes), columns))
        for row, parts in enumerate(terms):
            for back, values in parts:
                if back == lag:
                    for column, value in values.items():
                        pattern[row, column] = value
        patterns.append((lag, pattern.tocsr()))
    shape = (len(upper), len(classes))
    size = np.array([upper[:, one.online].max() for one in classes])
    return RowFamily(
        name, tuple(f"{name} of {one.name}" for one in classes), tuple(patterns),
        np.full(shape, -np.inf), np.zeros(shape), size,
    )  # fmt: skip


def units_online(generation: HourlyTable, units: Iterable[Unit]) -> HourlyTable:
    """Whole machines that run in every hour: the ceiling of the output over the largest stable output of one of them.

    One column per plant of turning machines (those with inertia); the rule where no commitment is modelled.
    """
    chosen = [unit for unit in units if unit.inertia_s > 0 and unit.unit_mw > 0 and unit.name in generation.columns]
    rounding_mw = 1e-6
    counts = [np.ceil(np.maximum(generation[unit.name] - rounding_mw, 0.0) / unit.unit_mw) for unit in chosen]
    return HourlyTable.of([unit.name for unit in chosen], counts, generation.hours)


def running_mw(grid: Grid, economy: Economy, dispatch: Dispatch) -> HourlyTable:
    """Capacity that turns, one column per plant of turning machines, never more than the plant has.

    Where no commitment is modelled, the whole machines of `units_online`; with it, what the plant makes and its share
    of what its class has online beyond its output, by the room that each plant has.
    """
    counts = units_online(dispatch.generation_mw, economy.units)
    sizes = {unit.name: unit.unit_mw for unit in economy.units}
    capacity = {plant.name: plant.capacity_mw for plant in grid.plants}
    found = {name: np.minimum(counts[name] * sizes[name], capacity[name]) for name in counts.columns}
    for label, members in _committed(grid, economy, dispatch):
        output = dispatch.generation_mw.select(members).values
        room = np.maximum(np.array([capacity[name] for name in members]) - output, 0.0)
        spare = np.maximum(dispatch.online_mw[label] - output.sum(axis=1), 0.0)
        total = room.sum(axis=1)
        share = np.minimum(np.divide(spare, total, out=np.zeros_like(spare), where=total > 0), 1.0)
        series = zip(members, (output + share[:, None] * room).T, strict=True)
        found |= {name: running for name, running in series if name in found}
    return HourlyTable.of(found, list(found.values()), dispatch.generation_mw.hours)


def _committed(grid: Grid, economy: Economy, dispatch: Dispatch) -> list[tuple[str, list[str]]]:
    """(class, plants) of a dispatch with commitment; nothing without."""
    if not dispatch.online_mw.columns:
        return []
    members = class_members(dispatch.generation_mw.columns, grid, economy)
    return [(label, members[label]) for label in dispatch.online_mw.columns]
