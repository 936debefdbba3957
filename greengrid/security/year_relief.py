"""Hours without an AC solution, explained: the weakest bus, and the smallest relief that makes the hour solve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greengrid.security.batch_control import Ranges
from greengrid.security.batch_network import Array, Whole
from greengrid.security.batch_settle import SOLVED, AreaPoints
from greengrid.security.year import AcYear, AreaYear

SCALES = np.linspace(0.98, 0.02, 49)
"""Shares of the hour's injections that are tried to find the edge of what solves."""
CANDIDATES = 6
AMOUNTS = 10.0 * 2.0 ** np.arange(10)
"""Mvar and MW that are tried at each candidate; then finer between the last two."""
FINER = 16
GIVEN, ABSORBED = "given", "absorbed"
EXPLAINED_MAX = 200
"""Hours beyond this number are counted but not explained one by one."""


@dataclass(frozen=True, slots=True)
class Relief:
    """One hour of one area without AC solution."""

    hour: int
    hour_utc: np.datetime64
    area: str
    problem: str
    solvable_frac: float | None
    """Share of all injections of the hour that still solves; None where not even the smallest tried does."""
    weakest_bus: str
    """Lowest voltage at that share."""
    relief_mvar: float | None
    """Smallest reactive power found, a magnitude, at `relief_mvar_bus`; None where none of those tried helps."""
    relief_mvar_bus: str | None
    relief_mvar_way: str | None
    """given (a capacitor does it) or absorbed (a reactor)."""
    relief_mw: float | None
    """Smallest cut of load with its reactive power, at `relief_mw_bus`."""
    relief_mw_bus: str | None

    @property
    def sentence(self) -> str:
        helps = []
        if self.relief_mvar is not None:
            way = "more" if self.relief_mvar_way == GIVEN else "absorbed"
            helps.append(f"{self.relief_mvar:.0f} Mvar {way} at {self.relief_mvar_bus}")
        if self.relief_mw is not None:
            helps.append(f"{self.relief_mw:.0f} MW less load at {self.relief_mw_bus}")
        what = " or ".join(helps) or f"nothing tried at one bus up to {AMOUNTS[-1]:.0f} MW or Mvar"
        return f"Weakest at {self.weakest_bus}; it solves with {what}." if helps else f"It solves with {what}."


def explain(year: AcYear, clock: NDArray[np.datetime64]) -> tuple[Relief, ...]:
    """One record per hour and area without solution, the first EXPLAINED_MAX of each area."""
    found = []
    for area in year.areas:
        for hour in np.flatnonzero(~area.solved)[:EXPLAINED_MAX].tolist():
            found.append(_explain(area, hour, clock[hour], limits=year.limits))
    return tuple(found)


def _explain(area: AreaYear, hour: int, moment: np.datetime64, *, limits: bool) -> Relief:
    share, voltage = _edge(area, hour, limits)
    order = np.argsort(voltage, kind="stable").tolist()
    low, high = order[:CANDIDATES], order[-CANDIDATES:]
    # Long unloaded lines leave too much of it: then only what absorbs it helps.
    ways = [(_smallest(area, hour, low, 1.0, limits), GIVEN), (_smallest(area, hour, high, -1.0, limits), ABSORBED)]
    (mvar, at_mvar), way = min(ways, key=lambda found: np.inf if found[0][0] is None else found[0][0])
    mw, at_mw = _smallest(area, hour, low, None, limits)
    names = area.network.bus_names
    return Relief(
        hour=hour,
        hour_utc=moment,
        area=area.name,
        problem=area.problem(hour),
        solvable_frac=share,
        weakest_bus=names[order[0]],
        relief_mvar=mvar,
        relief_mvar_bus=None if at_mvar is None else names[at_mvar],
        relief_mvar_way=None if at_mvar is None else way,
        relief_mw=mw,
        relief_mw_bus=None if at_mw is None else names[at_mw],
    )


def _edge(area: AreaYear, hour: int, limits: bool) -> tuple[float | None, Array]:
    """The largest share of the injections that solves, and the voltages there (of the hour itself if none does)."""
    points = repeated(area.points, hour, len(SCALES))
    load = points.ranges._replace(load_mvar=points.ranges.load_mvar * SCALES[:, None])
    scaled = AreaPoints(points.active_mw * SCALES[:, None], load, points.outage, points.left_frac)
    settled = area.batch.solve(scaled, limits=limits)
    solves = np.flatnonzero(settled.status == SOLVED)
    if not len(solves):
        return None, area.settled.state.voltage_pu[hour]
    return float(SCALES[solves[0]]), settled.state.voltage_pu[solves[0]]


def _smallest(
    area: AreaYear, hour: int, buses: list[int], reactive: float | None, limits: bool
) -> tuple[float | None, int | None]:
    """Smallest amount at one of the buses with which the hour solves: Mvar given (1) or absorbed (-1), load (None)."""
    coarse = _tried(area, hour, [(bus, float(amount)) for bus in buses for amount in AMOUNTS], reactive, limits)
    if not coarse:
        return None, None
    upper = min(amount for _, amount in coarse)
    lower = upper / 2 if upper > AMOUNTS[0] else 0.0
    # Doubling steps are coarse: every bus that helps at the same one is looked at finer.
    equal = [bus for bus, amount in coarse if amount == upper]
    finer = [(bus, lower + (upper - lower) * step / FINER) for bus in equal for step in range(1, FINER + 1)]
    amount, bus = min((amount, bus) for bus, amount in _tried(area, hour, finer, reactive, limits))
    return amount, bus


def _tried(
    area: AreaYear, hour: int, tries: list[tuple[int, float]], reactive: float | None, limits: bool
) -> list[tuple[int, float]]:
    """Those of (bus, amount) that make the hour solve."""
    points = repeated(area.points, hour, len(tries))
    rows, buses = np.arange(len(tries)), np.array([bus for bus, _ in tries])
    amounts = np.array([amount for _, amount in tries])
    if reactive is not None:
        points.ranges.load_mvar[rows, buses] -= reactive * amounts
    else:
        ratio = area.points.ranges.load_mvar[hour].sum() / area.load_mw[hour] if area.load_mw[hour] else 0.0
        points.active_mw[rows, buses] += amounts
        points.ranges.load_mvar[rows, buses] -= amounts * ratio
    settled = area.batch.solve(points, limits=limits)
    return [pair for pair, status in zip(tries, settled.status.tolist(), strict=True) if status == SOLVED]


def repeated(points: AreaPoints, hour: int, count: int) -> AreaPoints:
    """One hour's injections `count` times, to be changed."""
    return taken(points, np.full(count, hour))


def taken(points: AreaPoints, hours: Whole) -> AreaPoints:
    """Copies of the given hours' injections."""
    return AreaPoints(
        points.active_mw[hours],
        Ranges(*(values[hours] for values in points.ranges)),
        points.outage[hours],
        points.left_frac[hours],
    )
