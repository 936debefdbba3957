"""N-1 by linear factors: every outage in every hour against the limits that hold after an outage.

Outages are one circuit of every line and transformer (LODF), and units, poles, links and cut-off islands (PTDF, with
the area's reserve holders making the loss good in proportion to what they hold). The flows before are those of the
dispatch. DC factors see neither voltage nor reactive power: the worst cases belong into an AC power flow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.result import Dispatch
from greengrid.economy.fleet import Economy
from greengrid.hourly import Array
from greengrid.security.outages import Loss, make_losses
from greengrid.security.outages_islands import Island, find_islands, outflow_mw, room_mw
from greengrid.security.outages_parameters import Parameters
from greengrid.security.outages_reserve import Reserve, make_reserve
from greengrid.security.screening_kernels import (
    Circuits,
    Notes,
    Shifts,
    Sides,
    empty_notes,
    screen_branches,
    screen_injections,
)
from greengrid.security.screening_limits import Limits, make_limits
from greengrid.security.sensitivities import Ints, Sensitivities, make_sensitivities
from networks.grid import Grid

VOLTAGE_MIN_KV = 220.0
"""Lines and transformers from here up are outages of their own."""


@dataclass(frozen=True)
class Scene:
    """What every outage question starts from."""

    grid: Grid
    economy: Economy
    dispatch: Dispatch
    parameters: Parameters
    sensitivities: Sensitivities
    limits: Limits
    reserve: Reserve
    islands: tuple[Island, ...]
    losses: tuple[Loss, ...]
    flow_mw: Array
    """Before any outage, shape (hours, rows of the sensitivities)."""
    pickup: Array
    """Shape (2, hours, rows): flow per MW that the area's units give up (0) or add (1), in proportion to reserve."""


@dataclass(frozen=True)
class Screening:
    """What was found; outages are branches, then the scene's losses, whole bipoles last."""

    outages: tuple[str, ...]
    kinds: tuple[str, ...]
    """line, transformer, island, unit, pole or link."""
    hours: Ints
    """Shape (outages, rows): hours in which the outage breaks the limit."""
    excess_mw: Array
    """Likewise: by how much at most."""
    when: Ints
    """Likewise: the hour of that; -1 for never."""
    reverse: NDArray[np.bool_]
    """Likewise: whether the flow then runs in reverse."""
    worst_mw: Array
    """Shape (hours, rows): highest excess of any outage."""
    cause: Ints
    """Likewise: that outage; -1 for none."""
    worst_reverse: NDArray[np.bool_]
    """Likewise: whether that flow runs in reverse."""
    times: Ints
    """Shape (outages,): hours in which the outage breaks anything."""


def make_scene(grid: Grid, economy: Economy, dispatch: Dispatch, parameters: Parameters) -> Scene:
    """Factors, limits, reserve and losses of a dispatch."""
    sensitivities = make_sensitivities(grid)
    reserve = make_reserve(grid, economy, dispatch, sensitivities)
    unit_min_mw = parameters.value("unit_outage_min_mw")
    scene = Scene(
        grid=grid,
        economy=economy,
        dispatch=dispatch,
        parameters=parameters,
        sensitivities=sensitivities,
        limits=make_limits(grid, sensitivities, parameters),
        reserve=reserve,
        islands=find_islands(grid, sensitivities),
        losses=make_losses(grid, economy, dispatch, sensitivities, unit_min_mw),
        flow_mw=flows_mw(dispatch, sensitivities),
        pickup=np.stack([shares @ sensitivities.factors.T for shares in reserve.shares()]),
    )
    return replace(scene, losses=(*scene.losses, *_island_losses(scene)))


def flows_mw(dispatch: Dispatch, sensitivities: Sensitivities) -> Array:
    """Flows of the dispatch on the monitored rows, shape (hours, rows)."""
    both = np.hstack([dispatch.branch_mw.values, dispatch.interface_mw.values])
    place = {name: k for k, name in enumerate((*dispatch.branch_mw.columns, *dispatch.interface_mw.columns))}
    return np.ascontiguousarray(both[:, [place[name] for name in sensitivities.monitored]])


def screen(scene: Scene) -> Screening:
    """Every outage of the scene in every hour.

    The loss of a whole bipole is no single fault: it is counted by itself and left out of the worst of each hour.
    """
    single = single_losses(scene)
    extreme = tuple(loss for loss in scene.losses if loss not in single)
    circuits = screen_circuits(scene.sensitivities, scene.limits, scene.flow_mw)
    first, second = _screen_losses(scene, single), _screen_losses(scene, extreme)
    later = first.worst_mw > circuits.worst_mw
    every = (circuits, first, second)
    return Screening(
        tuple(name for part in every for name in part.outages),
        tuple(kind for part in every for kind in part.kinds),
        np.vstack([part.hours for part in every]),
        np.vstack([part.excess_mw for part in every]),
        np.vstack([part.when for part in every]),
        np.vstack([part.reverse for part in every]),
        np.where(later, first.worst_mw, circuits.worst_mw),
        np.where(later, first.cause + len(circuits.outages), circuits.cause),
        np.where(later, first.worst_reverse, circuits.worst_reverse),
        np.concatenate([part.times for part in every]),
    )


def single_losses(scene: Scene) -> tuple[Loss, ...]:
    """All losses but those of whole bipoles."""
    poles = {f"{link.name} link": link.poles for link in scene.grid.links}
    return tuple(loss for loss in scene.losses if poles.get(loss.name, 1) == 1)


def screen_circuits(sensitivities: Sensitivities, limits: Limits, flow_mw: Array) -> Screening:
    """The loss of one circuit of every line and transformer that leaves the grid whole."""
    rows = len(sensitivities.monitored)
    own = sensitivities.outage_rows
    found = empty_notes(len(own), rows, len(flow_mw))
    span = reach(sensitivities, tested(sensitivities))
    screen_branches(flow_mw, Circuits(sensitivities.answer, own, sensitivities.left_frac, span), sides(limits), found)
    return _named(sensitivities.outages, tuple(sensitivities.kind[k] for k in own), found)


def _named(outages: tuple[str, ...], kinds: tuple[str, ...], notes: Notes) -> Screening:
    pairs = (notes.hours, notes.excess, notes.when, notes.reverse)
    return Screening(outages, kinds, *pairs, notes.worst, notes.cause, notes.worst_reverse, notes.times)


def sides(limits: Limits) -> Sides:
    """The limits after an outage, as the loops read them."""
    return Sides(limits.emergency_forward_mw, -limits.emergency_reverse_mw)


def tested(sensitivities: Sensitivities) -> NDArray[np.bool_]:
    """Which branches trip in the screening: from VOLTAGE_MIN_KV up, and no islanding ones."""
    return np.asarray((sensitivities.voltage_kv >= VOLTAGE_MIN_KV) & ~sensitivities.islanding)


def reach(sensitivities: Sensitivities, wanted: NDArray[np.bool_]) -> Ints:
    """Rows [first, last) that each branch's outage reaches: those of its area; none where it is not wanted."""
    area = sensitivities.area[sensitivities.outage_rows]
    span = np.column_stack([sensitivities.first[area], sensitivities.last[area]])
    return np.where(np.asarray(wanted)[:, None], span, 0)


def _screen_losses(scene: Scene, losses: Sequence[Loss]) -> Screening:
    hours, rows = scene.flow_mw.shape
    found = empty_notes(len(losses), rows, hours)
    screen_injections(scene.flow_mw, shifts_of(scene, losses), sides(scene.limits), found)
    return _named(tuple(loss.name for loss in losses), tuple(loss.kind for loss in losses), found)


def shifts_of(scene: Scene, losses: Sequence[Loss]) -> Shifts:
    """The losses as the loops read them."""
    sensitivities = scene.sensitivities
    legs = max((len(loss.buses) for loss in losses), default=1)
    count, hours = len(losses), len(scene.flow_mw)
    bus, lost = np.zeros((count, legs), dtype=np.int64), np.zeros((hours, count, legs))
    for k, loss in enumerate(losses):
        bus[k, : len(loss.buses)] = loss.buses
        lost[:, k, : len(loss.buses)] = loss.appearing_mw
    area = sensitivities.area_of_bus[bus]
    span = np.stack([sensitivities.first[area], sensitivities.last[area]], axis=2)
    return Shifts(np.ascontiguousarray(sensitivities.factors.T), bus, lost, scene.pickup, span)


def _island_losses(scene: Scene) -> tuple[Loss, ...]:
    """What an islanding outage does to the main grid: what the island took or gave is gone at the branch's end.

    The island's own units are counted among those that make it good, which is exact where it has none.
    """
    return tuple(
        Loss(island.name, "island", (island.end,), -outflow_mw(island, scene.sensitivities, scene.flow_mw)[:, None])
        for island in scene.islands
    )


@dataclass(frozen=True)
class IslandHours:
    """One islanding outage over the hours."""

    island: Island
    outflow_mw: Array
    unmet_mw: Array
    """Surplus (positive) or deficit (negative) beyond what the island's ties and reserve can bear."""


def island_hours(scene: Scene) -> tuple[IslandHours, ...]:
    """Each islanding outage with what its island cannot bear."""
    found = []
    for island in scene.islands:
        out = outflow_mw(island, scene.sensitivities, scene.flow_mw)
        surplus, deficit = room_mw(island, scene.dispatch, scene.reserve)
        unmet = np.maximum(out - surplus, 0.0) - np.maximum(-out - deficit, 0.0)
        found.append(IslandHours(island, out, unmet))
    return tuple(found)
