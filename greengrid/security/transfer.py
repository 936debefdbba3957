"""Transfer capacity between two zones in one hour: how much more may flow from one to the other, and what stops it.

Generation of the sending zone goes up in the order of its marginal costs and that of the receiving zone down from its
dearest, MW for MW, from the dispatched hour on; curtailed wind and sun come first. Between zones of two synchronous
areas the HVDC links between them carry the rise, counted without their own loss (2-4 % more than arrives). The first
limit that breaks ends it:

* **generation**: no plant left to raise or to lower;
* **link**: the links at their rating; what a pole's outage takes is left to reserve, and told;
* **thermal**, **interface**: a branch or cut at its normal limit in the whole grid, of both areas where there are two;
* **outage**: a branch or cut at its limit after an outage of one circuit (`screening_limits`);
* **voltage nose**: the AC power flow ends at a nose (`transfer_nose`); of the power at the nose the normal margin of
  static stability is kept free in the whole grid, and the margin after a fault with the worst circuits out;
* **voltage**: on the way to it a bus with a load falls to the margin above its critical voltage. Neither is traced over
  links, which hold no two areas together.

A limit counts where the transfer moves its flow by `transfer_sensitivity_min` or more, as in `secure_transfer`: at an
optimum several are full, and a far one that takes 0.4 % of the transfer would let nothing rise. Limits that are broken
before anything moves are not the transfer's: they are left out and counted where it would make
them worse. The total is the rise and what the schedule sends already: the sending zone's exchange with all others, or
what the links between two areas carry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from greengrid.hourly import Array
from greengrid.security.outages_parameters import Parameters
from greengrid.security.screening import tested
from greengrid.security.screening_limits import Limits, make_limits
from greengrid.security.sensitivities import Sensitivities, make_sensitivities
from greengrid.security.transfer_ramp import TOLERANCE_MW, Ramp
from networks.grid import Grid
from networks.operating_point import OperatingPoint

MOVED_MW = 0.01
"""A flow that rises by less is rounding."""


@dataclass(frozen=True, slots=True)
class TransferLimit:
    """What one kind of limit allows."""

    kind: str
    rise_mw: float
    """More than in the dispatched hour; nan where it was not reached or not looked at."""
    element: str
    outage: str
    note: str = ""
    left_out: int = 0
    """Limits of this kind that are broken before anything moves and that the transfer would make worse."""


def sent_mw(grid: Grid, point: OperatingPoint, zone: str) -> float:
    """What the zone sends over AC: generation, purchases and links less load."""
    inside = {item.name for item in grid.buses if item.zone == zone}
    total = sum(point.generation_mw[plant.name] for plant in grid.plants if plant.bus in inside)
    total += sum(point.net_import_mw[tie.name] for tie in grid.borders if tie.bus in inside)
    for link in grid.links:
        total += point.links[link.name].net_from_mw if link.from_bus in inside else 0.0
        total += point.links[link.name].net_to_mw if link.to_bus in inside else 0.0
    return total - sum(mw for name, mw in point.load_mw.items() if name in inside)


@dataclass(frozen=True)
class LinearHour:
    """One dispatched hour of a grid in linear factors: what every ramp starts from."""

    grid: Grid
    sensitivities: Sensitivities
    limits: Limits
    flow_mw: Array
    """Dispatched, shape (rows of the sensitivities,)."""
    share_min_frac: float
    """A limit counts where the transfer moves its flow by this share or more (`transfer_sensitivity_min`)."""

    def path_mw(self, ramp: Ramp) -> Array:
        """Flows at every corner of a ramp, shape (corners, rows)."""
        return self.flow_mw + _changes(self.grid, self.sensitivities, ramp) @ self.sensitivities.factors.T


def linear_hour(grid: Grid, flows: Mapping[str, float], parameters: Parameters) -> LinearHour:
    """`flows` are the hour's dispatched flows of every branch and interface, MW."""
    sensitivities = make_sensitivities(grid)
    before = np.array([flows[name] for name in sensitivities.monitored])
    limits = make_limits(grid, sensitivities, parameters)
    return LinearHour(grid, sensitivities, limits, before, parameters.value("transfer_sensitivity_min"))


def linear_limits(hour: LinearHour, ramp: Ramp) -> Iterator[TransferLimit]:
    """Generation, link, thermal, interface and outage limits along the ramp, by linear factors."""
    sensitivities, limits, path = hour.sensitivities, hour.limits, hour.path_mw(ramp)
    yield TransferLimit("generation", float(ramp.rise_mw[-1]), "", "", f"{ramp.ended_by} has nothing left to move")
    if ramp.crossings:
        yield _link_limit(ramp)
    kinds, names = np.array(sensitivities.kind), np.array(sensitivities.monitored)
    sides = (limits.normal_forward_mw, -limits.normal_reverse_mw)
    for kind, rows in (("thermal", kinds != "interface"), ("interface", kinds == "interface")):
        found = _first_break(hour, ramp, path[:, rows], sides[0][rows], sides[1][rows])
        element = str(names[rows][found.column]) if found.column >= 0 else ""
        yield TransferLimit(kind, found.rise_mw, element, "", left_out=found.left_out)
    breaks, left_out = _outage_breaks(hour, ramp, path)
    rise, outage, element = breaks[0] if breaks else (float("nan"), "", "")
    yield TransferLimit("outage", rise, element, outage, left_out=left_out)


def _link_limit(ramp: Ramp) -> TransferLimit:
    names = ", ".join(each.link.name for each in ramp.crossings)
    room_mw = sum(each.room_mw for each in ramp.crossings)
    return TransferLimit("link", room_mw, names, "", "; ".join(each.told for each in ramp.crossings))


def worst_outages(hour: LinearHour, ramp: Ramp, count: int) -> list[str]:
    """Circuits whose outage breaks a limit first along the ramp; where too few do, the most loaded at its end."""
    path = hour.path_mw(ramp)
    breaks = [outage for _, outage, _ in _outage_breaks(hour, ramp, path)[0]]
    return list(dict.fromkeys([*breaks, *_most_loaded(hour, ramp, path)]))[:count]


def _moved(hour: LinearHour, ramp: Ramp, values: Array) -> NDArray[np.bool_]:
    """Which values the transfer raises by its share or more at some corner of the ramp, shape (columns,)."""
    least = np.maximum(hour.share_min_frac * ramp.rise_mw, MOVED_MW)
    moved: NDArray[np.bool_] = (values - values[0] >= least[:, None]).any(axis=0)
    return moved


def _most_loaded(hour: LinearHour, ramp: Ramp, path: Array) -> list[str]:
    """Circuits that the transfer loads more, by what they carry at its end over their normal limit."""
    names = hour.sensitivities.outages
    rows = hour.sensitivities.outage_rows
    load = np.abs(path[:, rows])
    ratio = load[-1] / np.maximum(hour.limits.normal_forward_mw[rows], TOLERANCE_MW)
    chosen = tested(hour.sensitivities) & _moved(hour, ramp, load)
    return [names[k] for k in np.argsort(-ratio, kind="stable").tolist() if chosen[k]]


def _changes(grid: Grid, sensitivities: Sensitivities, ramp: Ramp) -> Array:
    """Injection changes at every corner, shape (corners, buses)."""
    bus = {plant.name: sensitivities.buses.index(plant.bus) for plant in grid.plants}
    found = np.zeros((len(ramp.rise_mw), len(sensitivities.buses)))
    for corner, change in enumerate(ramp.change_mw):
        for name, moved in change.items():
            found[corner, bus[name]] += moved
        for crossing, share in zip(ramp.crossings, ramp.shares().tolist(), strict=True):
            found[corner, sensitivities.buses.index(crossing.start)] -= share * ramp.rise_mw[corner]
            found[corner, sensitivities.buses.index(crossing.end)] += share * ramp.rise_mw[corner]
    return found


def _outage_breaks(hour: LinearHour, ramp: Ramp, path: Array) -> tuple[list[tuple[float, str, str]], int]:
    """(rise, outage, element) of every outage that breaks a limit along the ramp, the first first; how many limits
    are left out."""
    sensitivities, limits = hour.sensitivities, hour.limits
    found, left_out = [], 0
    upper, lower = limits.emergency_forward_mw, -limits.emergency_reverse_mw
    for k in np.flatnonzero(tested(sensitivities)).tolist():
        own = int(sensitivities.outage_rows[k])
        area = sensitivities.area[own]
        rows = slice(int(sensitivities.first[area]), int(sensitivities.last[area]))
        after = path[:, rows] + path[:, [own]] * sensitivities.answer[k, rows]
        share = np.ones(path.shape[1])
        share[own] = max(float(sensitivities.left_frac[k]), 1e-9)
        each = _first_break(hour, ramp, after, (upper * share)[rows], (lower * share)[rows])
        left_out += each.left_out
        if each.column >= 0:
            found.append((each.rise_mw, sensitivities.outages[k], sensitivities.monitored[rows.start + each.column]))
    return sorted(found), left_out


class Break(NamedTuple):
    """The first limit that breaks along a ramp."""

    rise_mw: float
    """nan for none."""
    column: int
    """-1 for none."""
    left_out: int
    """Limits broken at the start that the ramp makes worse."""


def _first_break(hour: LinearHour, ramp: Ramp, path: Array, upper: Array, lower: Array) -> Break:
    """Where the first value that the transfer moves passes a side that it kept at the start."""
    best, column, left_out, rise_mw = np.nan, -1, 0, ramp.rise_mw
    for side, values in ((upper, path), (-lower, -path)):
        moved = _moved(hour, ramp, values)
        kept = values[0] <= side + TOLERANCE_MW
        left_out += int((moved & ~kept).sum())
        for k in np.flatnonzero(moved & kept & (values.max(axis=0) > side + TOLERANCE_MW)).tolist():
            corner = int(np.argmax(values[:, k] > side[k] + TOLERANCE_MW))
            low, high = values[corner - 1, k], values[corner, k]
            part = min(max((side[k] - low) / (high - low), 0.0), 1.0)
            rise = rise_mw[corner - 1] + part * (rise_mw[corner] - rise_mw[corner - 1])
            if not rise >= best:
                best, column = float(rise), k
    return Break(best, column, left_out)
