"""Transfer capacity between two zones in one hour: how much more may flow from one to the other, and what stops it.

Generation of the sending zone goes up in the order of its marginal costs and that of the receiving zone down from its
dearest, MW for MW, from the dispatched hour on. The first limit that breaks ends it:

* **generation**: no plant left to raise or to lower;
* **thermal**, **interface**: a branch or cut at its normal limit in the whole grid;
* **outage**: a branch or cut at its limit after an outage of one circuit (`screening_limits`);
* **voltage nose**: the AC power flow ends at a nose (`transfer_nose`); of the power at the nose the normal margin of
  static stability is kept free in the whole grid, and the margin after a fault with the worst circuits out.

Limits that are broken before anything moves are not the transfer's and left out. The capacity is what flows between the
zones at the end: the schedule's exchange of the sending zone is told beside the rise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from greengrid.economy.fleet import Unit
from greengrid.errors import BadInput, Problem
from greengrid.hourly import Array
from greengrid.security.operating import HourlyPower
from greengrid.security.outages_parameters import Parameters
from greengrid.security.screening import tested
from greengrid.security.screening_limits import Limits, make_limits
from greengrid.security.sensitivities import Sensitivities, make_sensitivities
from networks.grid import Grid, Plant
from networks.rows import STORED

FIXED = ("hydro_ror", *STORED)
TOLERANCE_MW = 1e-3
MOVED_MW = 0.01
"""A flow that rises by less along the whole ramp is not the transfer's."""


@dataclass(frozen=True, slots=True)
class TransferLimit:
    """What one kind of limit allows."""

    kind: str
    rise_mw: float
    """More than in the dispatched hour; nan where it was not reached or not looked at."""
    element: str
    outage: str
    note: str = ""


@dataclass(frozen=True)
class Ramp:
    """The way generation moves: corners of a piecewise linear path."""

    rise_mw: Array
    """Shape (corners,), from 0."""
    change_mw: tuple[Mapping[str, float], ...]
    """Plant -> MW more than dispatched, at each corner."""
    ended_by: str
    """The zone that has nothing left to move."""


def check_zones(grid: Grid, source: str, sink: str) -> None:
    """Raises `BadInput` for zones that are not there, alike, without plants, or not joined by AC."""
    zones = sorted({plant.zone for plant in grid.plants})
    problems = [
        Problem(what, repr(name), f"a zone with plants: {', '.join(zones)}")
        for what, name in (("FROM", source), ("TO", sink))
        if name not in zones
    ]
    if not problems and source == sink:
        problems.append(Problem("FROM, TO", f"{source!r} twice", "two different zones"))
    if problems:
        raise BadInput(problems)
    area_of = {bus: number for number, members in enumerate(grid.areas) for bus in members}
    reached = [{area_of[plant.bus] for plant in grid.plants if plant.zone == zone} for zone in (source, sink)]
    if not reached[0] & reached[1]:
        found = f"{source} and {sink}, which no AC line joins"
        raise BadInput([Problem("FROM, TO", found, "zones of one synchronous area", "Links have their rating")])


def make_ramp(grid: Grid, units: Mapping[str, Unit], power: HourlyPower, hour: int, zones: tuple[str, str]) -> Ramp:
    """Raises the first zone by merit and lowers the second, as far as plants go."""
    month = int(power.clock.months[hour]) - 1
    output = {plant.name: float(power.generation_mw[plant.name][hour]) for plant in grid.plants}
    up = _steps(grid, units, output, month, zones[0], raising=True)
    down = _steps(grid, units, output, month, zones[1], raising=False)
    corners = sorted({0.0, *np.cumsum([room for _, room in up]), *np.cumsum([room for _, room in down])})
    most = min(sum(room for _, room in up), sum(room for _, room in down))
    ended_by = zones[0] if sum(room for _, room in up) <= sum(room for _, room in down) else zones[1]
    kept = np.array([value for value in corners if value <= most + TOLERANCE_MW])
    changes = tuple({**_taken(up, value, 1.0), **_taken(down, value, -1.0)} for value in kept.tolist())
    return Ramp(kept, changes, ended_by)


def _steps(
    grid: Grid, units: Mapping[str, Unit], output: Mapping[str, float], month: int, zone: str, *, raising: bool
) -> list[tuple[str, float]]:
    """(plant, MW it can move) in the order of merit."""
    found = []
    for plant in grid.plants:
        if plant.zone != zone or plant.technology in FIXED:
            continue
        unit = units[plant.name]
        room = _room(plant, unit, output[plant.name], month, raising=raising)
        if room > TOLERANCE_MW:
            cost = unit.marginal_cost_usd_per_mwh
            found.append((cost if raising else -cost, plant.name, room))
    return [(name, room) for _, name, room in sorted(found)]


def _room(plant: Plant, unit: Unit, output_mw: float, month: int, *, raising: bool) -> float:
    if plant.technology in ("wind_onshore", "wind_offshore", "solar"):
        return 0.0 if raising else output_mw
    if raising:
        return unit.available_frac[month] * plant.capacity_mw - output_mw
    return output_mw - unit.must_run_frac[month] * plant.capacity_mw


def _taken(steps: list[tuple[str, float]], amount_mw: float, sign: float) -> dict[str, float]:
    left, found = amount_mw, {}
    for name, room in steps:
        moved = min(left, room)
        if moved > 0:
            found[name] = sign * moved
        left -= moved
    return found


@dataclass(frozen=True)
class LinearHour:
    """One dispatched hour of a grid in linear factors: what every ramp starts from."""

    grid: Grid
    sensitivities: Sensitivities
    limits: Limits
    flow_mw: Array
    """Dispatched, shape (rows of the sensitivities,)."""

    def path_mw(self, ramp: Ramp) -> Array:
        """Flows at every corner of a ramp, shape (corners, rows)."""
        return self.flow_mw + _changes(self.grid, self.sensitivities, ramp) @ self.sensitivities.factors.T


def linear_hour(grid: Grid, flows: Mapping[str, float], parameters: Parameters) -> LinearHour:
    """`flows` are the hour's dispatched flows of every branch and interface, MW."""
    sensitivities = make_sensitivities(grid)
    before = np.array([flows[name] for name in sensitivities.monitored])
    return LinearHour(grid, sensitivities, make_limits(grid, sensitivities, parameters), before)


def linear_limits(hour: LinearHour, ramp: Ramp) -> Iterator[TransferLimit]:
    """Generation, thermal, interface and outage limits along the ramp, by linear factors."""
    sensitivities, limits, path = hour.sensitivities, hour.limits, hour.path_mw(ramp)
    yield TransferLimit("generation", float(ramp.rise_mw[-1]), "", "", f"{ramp.ended_by} has nothing left to move")
    kinds = np.array(sensitivities.kind)
    sides = (limits.normal_forward_mw, -limits.normal_reverse_mw)
    for kind, rows in (("thermal", kinds != "interface"), ("interface", kinds == "interface")):
        rise, row = _first_break(ramp.rise_mw, path[:, rows], sides[0][rows], sides[1][rows])
        yield TransferLimit(kind, rise, np.array(sensitivities.monitored)[rows][row] if row >= 0 else "", "")
    breaks = _outage_breaks(sensitivities, limits, ramp, path)
    if breaks:
        rise, outage, element = breaks[0]
        yield TransferLimit("outage", rise, element, outage)
    else:
        yield TransferLimit("outage", float("nan"), "", "")


def worst_outages(hour: LinearHour, ramp: Ramp, count: int) -> list[str]:
    """Circuits whose outage breaks a limit first along the ramp."""
    breaks = _outage_breaks(hour.sensitivities, hour.limits, ramp, hour.path_mw(ramp))
    return [outage for _, outage, _ in breaks[:count]]


def _changes(grid: Grid, sensitivities: Sensitivities, ramp: Ramp) -> Array:
    """Injection changes at every corner, shape (corners, buses)."""
    bus = {plant.name: sensitivities.buses.index(plant.bus) for plant in grid.plants}
    found = np.zeros((len(ramp.rise_mw), len(sensitivities.buses)))
    for corner, change in enumerate(ramp.change_mw):
        for name, moved in change.items():
            found[corner, bus[name]] += moved
    return found


def _outage_breaks(
    sensitivities: Sensitivities, limits: Limits, ramp: Ramp, path: Array
) -> list[tuple[float, str, str]]:
    """(rise, outage, element) of every outage that breaks a limit along the ramp, the first first."""
    found = []
    upper, lower = limits.emergency_forward_mw, -limits.emergency_reverse_mw
    for k in np.flatnonzero(tested(sensitivities)).tolist():
        own = int(sensitivities.outage_rows[k])
        after = path + path[:, [own]] * sensitivities.answer[k]
        share = np.ones(path.shape[1])
        share[own] = max(float(sensitivities.left_frac[k]), 1e-9)
        rise, row = _first_break(ramp.rise_mw, after, upper * share, lower * share)
        if row >= 0:
            found.append((rise, sensitivities.outages[k], sensitivities.monitored[row]))
    return sorted(found)


def _first_break(rise_mw: Array, path: Array, upper: Array, lower: Array) -> tuple[float, int]:
    """(rise at which the first value passes a side that it kept at the start, its column); (nan, -1) for none."""
    best, column = np.nan, -1
    for side, values in ((upper, path), (-lower, -path)):
        kept = (values[0] <= side + TOLERANCE_MW) & (values.max(axis=0) > values[0] + MOVED_MW)
        for k in np.flatnonzero(kept & (values.max(axis=0) > side + TOLERANCE_MW)).tolist():
            corner = int(np.argmax(values[:, k] > side[k] + TOLERANCE_MW))
            low, high = values[corner - 1, k], values[corner, k]
            part = min(max((side[k] - low) / (high - low), 0.0), 1.0)
            rise = rise_mw[corner - 1] + part * (rise_mw[corner] - rise_mw[corner - 1])
            if not rise >= best:
                best, column = float(rise), k
    return best, column
