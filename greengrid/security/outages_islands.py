"""Outages that cut an island off: who is in it, what flowed, and whether island and main grid can bear it.

An island that holds no load and no plant is a neighbour's end of a tie: only the main grid must bear its loss. Any
other island keeps its synchronous ties to neighbours; what flowed out of it must then fit into the room on those ties
and the island's own reserve, or it sheds load or trips plants.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greengrid.dispatch.result import Dispatch
from greengrid.hourly import Array
from greengrid.security.outages_reserve import Reserve
from greengrid.security.sensitivities import Ints, Sensitivities
from networks.grid import Border, Grid


@dataclass(frozen=True)
class Island:
    """The smaller side of an islanding outage."""

    outage: int
    """Number among `Sensitivities.outages`."""
    name: str
    buses: tuple[int, ...]
    end: int
    """Bus of the island at which the outage's branch ends."""
    outward: int
    """+1 where the branch's positive flow leaves the island, else -1."""
    ties: tuple[Border, ...]
    """Synchronous ties that the island keeps."""
    inhabited: bool
    """It holds a load or a plant."""


def find_islands(grid: Grid, sensitivities: Sensitivities) -> tuple[Island, ...]:
    """One island per islanding outage; the side with fewer buses, of two alike the branch's far side."""
    found = []
    position = {name: k for k, name in enumerate(sensitivities.buses)}
    lived = {position[load.bus] for load in grid.loads} | {position[plant.bus] for plant in grid.plants}
    for k in np.flatnonzero(sensitivities.islanding).tolist():
        start, end = int(sensitivities.from_bus[k]), int(sensitivities.to_bus[k])
        far, near = _reached(sensitivities, end, k), _reached(sensitivities, start, k)
        buses, inner, outward = (far, end, -1) if len(far) <= len(near) else (near, start, 1)
        ties = tuple(tie for tie in grid.borders if tie.connection == "synchronous" and position[tie.bus] in buses)
        inhabited = not lived.isdisjoint(buses)
        found.append(Island(k, sensitivities.outages[k], tuple(sorted(buses)), inner, outward, ties, inhabited))
    return tuple(found)


def _reached(sensitivities: Sensitivities, start: int, without: int) -> set[int]:
    """Buses joined to `start` without one branch."""
    neighbours: dict[int, list[int]] = {}
    for k, (one, other) in enumerate(zip(sensitivities.from_bus, sensitivities.to_bus, strict=True)):
        if k != without:
            neighbours.setdefault(int(one), []).append(int(other))
            neighbours.setdefault(int(other), []).append(int(one))
    seen, waiting = {start}, [start]
    while waiting:
        for bus in neighbours.get(waiting.pop(), []):
            if bus not in seen:
                seen.add(bus)
                waiting.append(bus)
    return seen


def outflow_mw(island: Island, sensitivities: Sensitivities, flow_mw: Array) -> Array:
    """What leaves the island over the branch, shape (hours,); `flow_mw` is that of all monitored rows."""
    out: Array = island.outward * flow_mw[:, sensitivities.outage_rows[island.outage]]
    return out


def room_mw(island: Island, dispatch: Dispatch, reserve: Reserve) -> tuple[Array, Array]:
    """(surplus, deficit) that the island can bear in every hour; endless where nobody lives in it."""
    hours = dispatch.clock.hours
    if not island.inhabited:
        return np.full(hours, np.inf), np.full(hours, np.inf)
    buses: Ints = np.array(island.buses, dtype=np.int64)
    surplus = reserve.down_mw[:, buses].sum(axis=1)
    deficit = reserve.up_mw[:, buses].sum(axis=1)
    for tie in island.ties:
        net_import_mw = dispatch.import_mw[tie.name] - dispatch.export_mw[tie.name]
        surplus = surplus + np.maximum(tie.export_max_mw + net_import_mw, 0.0)
        deficit = deficit + np.maximum(tie.import_max_mw - net_import_mw, 0.0)
    return surplus, deficit
