"""How much a link may carry, hour by hour and each way, so that no single outage breaks a limit.

The link's transfer is moved from its schedule and both ends' synchronous areas (or, by choice, countries) make it good:
where power is taken, plants that stand ready give more, where it arrives they give less, each in proportion to the room
it has left (coal, gas, oil, nuclear and reservoirs down to must-run; wind and sun down to nothing, and up to what is
curtailed), so that all reach their end together and no transfer beyond that is asked for. Imports and batteries stay as
they are; so do the other links. The move is counted without the link's own loss: 2-4 % more than arrives.

Tested are, with the limits of `screening_limits`: the whole grid at normal limits; one circuit of every line and
transformer, every unit (with what it makes in the schedule), a pole of every link (the link's own with what the
transfer then loses) at limits after an outage; and islands that an outage cuts off, with the room on their ties and
their reserve. A limit counts where the move changes it by `transfer_sensitivity_min` or more: others are neither caused
nor cured by the link. One that is broken even with the link at rest is the grid's own: it is left out, and counted in
the strict reading, in which a badly meshed grid leaves no transfer at all. The loss of a whole bipole is not tested.
Taking a limit away never lowers a result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.result import Dispatch
from greengrid.economy.fleet import Unit
from greengrid.hourly import Array
from greengrid.security.outages_islands import outflow_mw, room_mw
from greengrid.security.screening import Scene, reach, sides, tested
from greengrid.security.screening_kernels import Circuits, Shifts, Sides
from greengrid.security.secure_transfer_kernels import (
    GENERATION,
    INTACT,
    POLE,
    RATING,
    UNKNOWN,
    Given,
    Move,
    Tests,
    farthest,
)
from greengrid.security.sensitivities import Ints
from networks.grid import Plant
from networks.hvdc import Link
from networks.rows import STORED

Balance = Literal["area", "country"]
Reading = Literal["preventive", "strict", "runback"]
FIXED = ("hydro_ror", *STORED)
"""Technologies that neither make room nor fill it."""
WEATHER = ("wind_onshore", "wind_offshore", "solar")


@dataclass(frozen=True)
class SecureTransfer:
    """Of one link, MW sent, forward and reverse as magnitudes; shape (hours,)."""

    link: Link
    scheduled_mw: Array
    """Positive forward."""
    forward_max_mw: Array
    """0 where no forward transfer is secure."""
    reverse_max_mw: Array
    forward_secure: Array
    """Whether any forward transfer (or none at all) is secure; false: even at 0 MW a limit that it moves is broken."""
    reverse_secure: Array
    forward_holds: tuple[tuple[str, str], ...]
    """(outage or reason, what it overloads) by hour."""
    reverse_holds: tuple[tuple[str, str], ...]

    @property
    def beyond_mw(self) -> Array:
        """By how much the schedule lies beyond what is secure its way; 0 where it lies within."""
        most = np.where(self.scheduled_mw >= 0, self.forward_max_mw, self.reverse_max_mw)
        beyond: Array = np.maximum(np.abs(self.scheduled_mw) - most, 0.0)
        return beyond


def secure_transfer(
    scene: Scene, link: Link, *, reading: Reading = "preventive", balance: Balance = "area"
) -> SecureTransfer:
    """The farthest secure transfer of a link in every hour, both ways.

    `preventive`: nothing is done after an outage; a limit that is broken with the link at rest needs its own cure and
    is left out. `strict`: it counts too. `runback`: after any outage automatics take the link to rest at once, so that
    only the whole grid at normal limits and the link's own pole hold it.
    """
    move = _move(scene, link, balance, reading == "strict")
    limits = scene.limits
    normal = Sides(limits.normal_forward_mw, -limits.normal_reverse_mw)
    outages = _no_outages(scene) if reading == "runback" else _outages(scene, link, move)
    found, holds = farthest(scene.flow_mw, move, Tests(normal, sides(limits), *outages))
    names = _Names(scene, link)
    known = np.isfinite(found)
    amounts = np.where(known, np.abs(found), 0.0)
    return SecureTransfer(
        link,
        move.scheduled,
        amounts[:, 1],
        amounts[:, 0],
        known[:, 1],
        known[:, 0],
        names.of(holds[:, 1]),
        names.of(holds[:, 0]),
    )


def net_sent_mw(link: Link, dispatch: Dispatch) -> Array:
    """Power sent, positive forward."""
    sent = dispatch.link_sent_mw
    net: Array = sent[f"{link.name}:forward"] - sent[f"{link.name}:reverse"]
    return net


def movable_mw(scene: Scene) -> tuple[Array, Array]:
    """(what the plants of every bus could give less, more), MW, shape (hours, buses)."""
    position = {name: k for k, name in enumerate(scene.sensitivities.buses)}
    less = np.zeros((len(scene.flow_mw), len(position)))
    more = np.zeros_like(less)
    units = {unit.name: unit for unit in scene.economy.units}
    month = scene.dispatch.clock.months - 1
    for plant in scene.grid.plants:
        down, up = _movable(scene.dispatch, plant, units[plant.name], month)
        less[:, position[plant.bus]] += np.maximum(down, 0.0)
        more[:, position[plant.bus]] += np.maximum(up, 0.0)
    return less, more


def _movable(dispatch: Dispatch, plant: Plant, unit: Unit, month: Ints) -> tuple[Array, Array]:
    output = dispatch.generation_mw[plant.name]
    if plant.technology in FIXED:
        return np.zeros_like(output), np.zeros_like(output)
    if plant.technology in WEATHER:
        return output, dispatch.curtailed_mw[plant.name]
    least, most = (np.array(share)[month] * plant.capacity_mw for share in (unit.must_run_frac, unit.available_frac))
    return output - least, most - output


def _move(scene: Scene, link: Link, balance: Balance, strict: bool) -> Move:
    """Side 0: less forward transfer; side 1: more."""
    sensitivities = scene.sensitivities
    position = {name: k for k, name in enumerate(sensitivities.buses)}
    start, end = position[link.from_bus], position[link.to_bus]
    ends = _areas(scene, link)
    movable = movable_mw(scene)
    at_start, at_end, room = [], [], []
    for side in (0, 1):
        # More transfer: the sending country gives more (1), the receiving one less (0); less transfer: the reverse.
        given, room_start = _made_good(scene, movable[side], link.from_bus, balance)
        taken, room_end = _made_good(scene, movable[1 - side], link.to_bus, balance)
        at_start.append(given - sensitivities.factors[:, start])
        at_end.append(sensitivities.factors[:, end] - taken)
        room.append(np.minimum(room_start, room_end))
    span = np.column_stack([sensitivities.first[ends], sensitivities.last[ends]])
    down, up = scene.pickup
    lost_forward = _by_area(scene, ends, (sensitivities.factors[:, start] - down, up - sensitivities.factors[:, end]))
    lost_reverse = _by_area(scene, ends, (up - sensitivities.factors[:, start], sensitivities.factors[:, end] - down))
    return Move(
        np.clip(net_sent_mw(link, scene.dispatch), -link.capacity_mw, link.capacity_mw),
        link.capacity_mw,
        link.capacity_available_mw(link.poles - 1),
        np.stack(room),
        np.stack([_by_area(scene, ends, pair) for pair in zip(at_start, at_end, strict=True)]),
        np.stack([lost_reverse, lost_forward]),
        span[:1] if ends[0] == ends[1] else span,
        scene.parameters.value("transfer_sensitivity_min"),
        strict,
    )


def _areas(scene: Scene, link: Link) -> Ints:
    """Synchronous areas of a link's ends."""
    buses = scene.sensitivities.buses
    return scene.sensitivities.area_of_bus[[buses.index(link.from_bus), buses.index(link.to_bus)]]


def _made_good(scene: Scene, movable_mw: Array, bus: str, balance: Balance) -> tuple[Array, Array]:
    """(flow on every row per MW that plants around a bus move together, shape (hours, rows); how far they can, MW).

    A neighbour without plants of the grid takes and gives what is asked at the bus itself.
    """
    inside = _around(scene, bus, balance)
    if not inside.any():
        own = np.array([name == bus for name in scene.sensitivities.buses], dtype=float)
        hours = len(movable_mw)
        return np.tile(scene.sensitivities.factors @ own, (hours, 1)), np.full(hours, np.inf)
    own = np.where(inside, movable_mw, 0.0)
    total = own.sum(axis=1)
    shares = own / np.where(total > 0, total, 1.0)[:, None]
    return shares @ scene.sensitivities.factors.T, total


def _around(scene: Scene, bus: str, balance: Balance) -> NDArray[np.bool_]:
    """Buses of the area (and country) of a bus; none where no plant of the grid stands there."""
    sensitivities = scene.sensitivities
    inside = sensitivities.area_of_bus == sensitivities.area_of_bus[sensitivities.buses.index(bus)]
    if balance == "country":
        country = {item.name: item.country for item in scene.grid.buses}
        inside &= np.array([country[name] == country[bus] for name in sensitivities.buses])
    staffed = {plant.bus for plant in scene.grid.plants}
    some = any(name in staffed for name, chosen in zip(sensitivities.buses, inside, strict=True) if chosen)
    return inside if some else np.zeros(len(inside), dtype=bool)


def _by_area(scene: Scene, ends: Ints, values: tuple[Array, Array]) -> Array:
    """The first on the rows of the sending end's area plus the second on those of the receiving end's; 0 elsewhere."""
    area = scene.sensitivities.area
    total = np.where(area == ends[0], values[0], 0.0) + np.where(area == ends[1], values[1], 0.0)
    return np.ascontiguousarray(total)


def _outages(scene: Scene, link: Link, move: Move) -> tuple[Circuits, Shifts, Given]:
    """Circuits and losses that can hold the link back: not its own poles, and no whole links but other monopoles."""
    sensitivities = scene.sensitivities
    near = np.isin(sensitivities.area[sensitivities.outage_rows], _areas(scene, link))
    span = reach(sensitivities, tested(sensitivities) & near)
    circuits = Circuits(sensitivities.answer, sensitivities.outage_rows, sensitivities.left_frac, span)
    hours, buses = len(scene.flow_mw), 2
    chosen = tested_losses(scene, link)
    count = len(chosen)
    bus, appearing = np.zeros((count, buses), dtype=np.int64), np.zeros((hours, count, buses))
    follows = np.zeros((2, hours, count))
    least, most = np.full((hours, count), -np.inf), np.full((hours, count), np.inf)
    islands = {island.name: island for island in scene.islands}
    for k, number in enumerate(chosen):
        loss = scene.losses[number]
        bus[k, : len(loss.buses)] = loss.buses
        appearing[:, k, : len(loss.buses)] = loss.appearing_mw
        if loss.kind == "island":
            island = islands[loss.name]
            for side in (0, 1):
                follows[side, :, k] = -outflow_mw(island, sensitivities, move.slope[side])
            surplus, deficit = room_mw(island, scene.dispatch, scene.reserve)
            least[:, k], most[:, k] = -surplus, deficit
    area = sensitivities.area_of_bus[bus]
    spans = np.stack([sensitivities.first[area], sensitivities.last[area]], axis=2)
    spans[~np.isin(area, _areas(scene, link))] = 0
    factors = np.ascontiguousarray(sensitivities.factors.T)
    return circuits, Shifts(factors, bus, appearing, scene.pickup, spans), Given(follows, least, most)


def _no_outages(scene: Scene) -> tuple[Circuits, Shifts, Given]:
    rows, hours = len(scene.sensitivities.monitored), len(scene.flow_mw)
    none = np.zeros(0, dtype=np.int64)
    circuits = Circuits(np.zeros((0, rows)), none, np.zeros(0), np.zeros((0, 2), dtype=np.int64))
    factors = np.ascontiguousarray(scene.sensitivities.factors.T)
    pairs, spans = np.zeros((0, 2), dtype=np.int64), np.zeros((0, 2, 2), dtype=np.int64)
    shifts = Shifts(factors, pairs, np.zeros((hours, 0, 2)), scene.pickup, spans)
    return circuits, shifts, Given(np.zeros((2, hours, 0)), np.zeros((hours, 0)), np.zeros((hours, 0)))


def tested_losses(scene: Scene, link: Link) -> tuple[int, ...]:
    """Numbers of the scene's losses that a link's transfer is tested against."""
    monopoles = {f"{other.name} link" for other in scene.grid.links if other.poles == 1}
    own = {f"{link.name} pole", f"{link.name} link"}
    return tuple(
        k
        for k, loss in enumerate(scene.losses)
        if loss.name not in own and (loss.kind != "link" or loss.name in monopoles)
    )


class _Names:
    """What holds a transfer, in words."""

    def __init__(self, scene: Scene, link: Link) -> None:
        self._rows = scene.sensitivities.monitored
        chosen = [scene.losses[number].name for number in tested_losses(scene, link)]
        self._outages = (*scene.sensitivities.outages, *chosen)
        own = "pole" if link.poles > 1 else "link"
        self._reasons = {
            RATING: "rating of the link",
            GENERATION: "no plant left to move",
            INTACT: "no outage",
            POLE: f"{link.name} {own}",
            UNKNOWN: "several limits together",
        }

    def of(self, holds: Ints) -> tuple[tuple[str, str], ...]:
        known: dict[tuple[int, int], tuple[str, str]] = {}
        names = []
        for cause, row in holds.tolist():
            if (cause, row) not in known:
                outage = self._outages[cause] if cause >= 0 else self._reasons[cause]
                known[cause, row] = (outage, self._limit(cause, row))
            names.append(known[cause, row])
        return tuple(names)

    def _limit(self, cause: int, row: int) -> str:
        if row >= 0:
            return self._rows[row]
        return "balance of the island" if cause >= 0 else ""
