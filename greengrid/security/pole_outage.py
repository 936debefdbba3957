"""The loss of a pole or of a whole link, hour by hour: power, reserve, ties, frequency.

What is lost and left comes from `outages.pole_loss`; the area that received lacks power, the one that sent has too
much. Two states of a synchronous area are looked at:

* **interconnected**: neighbours outside the grid are stiff, so that they make all of it good at once over the area's
  ties, split by the impedances of the area's own grid (the ties' far ends keep their angle). A tie beyond its limit
  trips and the others take over; beyond theirs too, the area stands alone and also loses what the ties brought.
* **islanded**: the area stands alone already; what it imported over those ties before is taken as made good.

Ties are the borders with a row `tie_limit.NAME` in the table of parameters. An area without such a row is not looked at
interconnected: its ties are many and strong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.network import branch_ends, branches_of, reactance_pu
from greengrid.hourly import Array
from greengrid.security.frequency import Fleet, Response, make_fleet, respond
from greengrid.security.outages import PoleLoss, pole_loss
from greengrid.security.screening import Scene
from networks.grid import Border, Grid
from networks.hvdc import Link

Mask = NDArray[np.bool_]
TIE_TOLERANCE_MW = 1e-3


@dataclass(frozen=True)
class Ties:
    """The ties of one area to its stiff neighbours."""

    names: tuple[str, ...]
    limit_mw: Array
    share: Array
    """Shape (ties,): how a MW that appears at the link's end leaves over them; adds up to 1."""


@dataclass(frozen=True)
class TieHours:
    """What the ties do after the loss; shape (hours, ties) or (hours,)."""

    before_mw: Array
    """Net import."""
    after_mw: Array
    """Before any tie trips."""
    tripped: Mask
    """Some tie is beyond its limit."""
    islanded: Mask
    """The ties that are left are beyond theirs."""


@dataclass(frozen=True)
class EndOutage:
    """One end of a link in every hour, shape (hours,)."""

    link: Link
    kind: str
    """pole or link."""
    end: str
    """from or to."""
    bus: str
    appearing_mw: Array
    """Power that appears at this end's bus (negative: it lacks), idle loss that ends included."""
    reserve_mw: Array
    """Held in the area against it: upward where power lacks, downward where it appears."""
    islanded: Response
    """The area alone."""
    ties: Ties | None
    """None where the area has no tie with a limit."""
    tie_hours: TieHours | None
    broken_off: Response | None
    """After the ties tripped: what they brought is lost too; nothing appears in hours in which they hold."""

    @property
    def reserve_short_mw(self) -> Array:
        short: Array = np.maximum(np.abs(self.appearing_mw) - self.reserve_mw, 0.0)
        return short


@dataclass(frozen=True)
class LinkOutage:
    """The loss of one pole (or all of them) of a link."""

    link: Link
    kind: str
    lost: PoleLoss
    ends: tuple[EndOutage, ...]
    """Ends in areas with plants."""


def link_outages(scene: Scene) -> tuple[LinkOutage, ...]:
    """A pole of every link that has several, then all of it."""
    fleets = _Fleets(scene)
    found = []
    for link in scene.grid.links:
        cases = [("pole", 1)] if link.poles > 1 else []
        for kind, poles_out in (*cases, ("link", link.poles)):
            lost = pole_loss(link, scene.dispatch, poles_out)
            ends = tuple(_end(scene, fleets, link, kind, bus) for bus in (link.from_bus, link.to_bus))
            found.append(LinkOutage(link, kind, lost, tuple(end for end in ends if end is not None)))
    return tuple(found)


class _Fleets:
    """The fleet of each area, made once."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._known: dict[int, Fleet] = {}

    def of(self, area: int) -> Fleet:
        if area not in self._known:
            scene = self._scene
            sensitivities = scene.sensitivities
            pairs = zip(sensitivities.buses, sensitivities.area_of_bus, strict=True)
            buses = frozenset(name for name, own in pairs if own == area)
            self._known[area] = make_fleet(scene.grid, scene.economy, scene.dispatch, scene.parameters, buses)
        return self._known[area]


def area_of(scene: Scene, bus: str) -> int:
    """Number of a bus's synchronous area."""
    return int(scene.sensitivities.area_of_bus[scene.sensitivities.buses.index(bus)])


def fleet_at(scene: Scene, bus: str) -> Fleet:
    """The units that run in a bus's area."""
    return _Fleets(scene).of(area_of(scene, bus))


def _end(scene: Scene, fleets: _Fleets, link: Link, kind: str, bus: str) -> EndOutage | None:
    area = area_of(scene, bus)
    staffed = any(area_of(scene, plant.bus) == area for plant in scene.grid.plants)
    if not staffed:
        return None
    loss = next(loss for loss in scene.losses if loss.name == f"{link.name} {kind}")
    end = "from" if bus == link.from_bus else "to"
    appearing = loss.appearing_mw[:, 0 if end == "from" else 1]
    up, down = scene.reserve.of_area(area)
    alone = respond(fleets.of(area), appearing, scene.parameters)
    ties = make_ties(scene, bus)
    after = tie_hours(scene, ties, appearing) if ties is not None else None
    broken = None
    if after is not None:
        all_of_it = np.where(after.islanded, appearing - after.before_mw.sum(axis=1), 0.0)
        broken = respond(fleets.of(area), all_of_it, scene.parameters)
    held = np.where(appearing < 0, up, down)
    return EndOutage(link, kind, end, bus, appearing, held, alone, ties, after, broken)


def make_ties(scene: Scene, bus: str) -> Ties | None:
    """Ties of a bus's area that have a limit in the table of parameters, and how they share what appears at the bus."""
    limits = scene.parameters.by_prefix("tie_limit")
    own = area_of(scene, bus)
    borders = [tie for tie in scene.grid.borders if tie.name in limits and area_of(scene, tie.bus) == own]
    if not borders:
        return None
    share = tie_shares(scene.grid, borders, bus)
    return Ties(tuple(tie.name for tie in borders), np.array([limits[tie.name] for tie in borders]), share)


def tie_shares(grid: Grid, borders: list[Border], bus: str) -> Array:
    """Shape (ties,): how a MW that appears at a bus leaves over ties whose far ends all keep one angle (DC flow)."""
    area = next(members for members in grid.areas if bus in members)
    position = {name: k for k, name in enumerate(area)}
    nodal = np.zeros((len(area), len(area)))
    for branch, (start, end) in zip(branches_of(grid), branch_ends(grid), strict=True):
        if start in position and end in position:
            one, other, weight = position[start], position[end], 1 / reactance_pu(branch)
            nodal[[one, other], [one, other]] += weight
            nodal[one, other] -= weight
            nodal[other, one] -= weight
    fixed = np.array([position[tie.bus] for tie in borders])
    free = np.setdiff1d(np.arange(len(area)), fixed)
    if position[bus] in fixed:
        return np.array([1.0 if tie.bus == bus else 0.0 for tie in borders])
    put_in = (free == position[bus]).astype(float)
    angle = np.linalg.solve(nodal[np.ix_(free, free)], put_in)
    out = -nodal[np.ix_(fixed, free)] @ angle
    # Two borders at one bus share what leaves there.
    alike = np.array([(fixed == k).sum() for k in fixed])
    shares: Array = out / alike
    return shares


def tie_hours(scene: Scene, ties: Ties, appearing_mw: Array) -> TieHours:
    """Flows on the ties after power appears in the area and the neighbours make it good."""
    dispatch = scene.dispatch
    before = np.column_stack([dispatch.import_mw[name] - dispatch.export_mw[name] for name in ties.names])
    after = before - appearing_mw[:, None] * ties.share
    beyond = np.abs(after) > ties.limit_mw + TIE_TOLERANCE_MW
    tripped = np.asarray(beyond.any(axis=1))
    total = np.abs(before.sum(axis=1) - appearing_mw)
    left_mw = np.where(beyond, 0.0, ties.limit_mw).sum(axis=1)
    return TieHours(before, after, tripped, np.asarray(tripped & (total > left_mw + TIE_TOLERANCE_MW)))
