"""How flows answer: to power moved between buses (PTDF) and to the loss of one circuit (LODF), in the DC approximation.

Of branch l per MW sent from bus i to bus j the flow changes by P[l, i] - P[l, j]. A branch of c equal circuits carries
f; one of them trips. With s the share of a MW sent between its ends that the whole branch carries, every other branch
changes per MW of f by

    (P[l, from] - P[l, to]) / c / (1 - s / c)

and the branch itself by -1/c + s (c - 1) / c^2 / (1 - s / c): what is left on its c - 1 other circuits. For c = 1 this
is the usual line outage distribution factor (Guo, Fu, Li and Shahidehpour 2009, IEEE Trans. Power Systems 24, 1633,
eqs. 3-8). Where s = c = 1 nothing else joins the two sides: the outage cuts an island off, and no factor exists.

Rows are branches and interfaces, ordered by synchronous area, so that what one outage can reach lies side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.network import Network, branch_ends, branches_of, make_network
from greengrid.hourly import Array
from networks.grid import Grid, Line, Transformer

Ints = NDArray[np.int64]
BRIDGE_TOLERANCE = 1e-7


@dataclass(frozen=True)
class Sensitivities:
    """Linear answers of a grid; rows are monitored limits, ordered by area."""

    buses: tuple[str, ...]
    area_of_bus: Ints
    monitored: tuple[str, ...]
    """Branches and interfaces."""
    branch_count: int
    kind: tuple[str, ...]
    """line, transformer or interface, by row."""
    area: Ints
    """Of each row."""
    first: Ints
    last: Ints
    """Rows [first, last) of each area."""
    factors: Array
    """Shape (rows, buses): MW per MW put in, against one reference per area."""
    outage_rows: Ints
    """Rows that are branches: each is an outage of one circuit."""
    answer: Array
    """Shape (outages, rows): MW on each row per MW that the branch carried; 0 across areas and for islanding."""
    left_frac: Array
    """Shape (outages,): share of the branch's limit that its other circuits keep."""
    islanding: NDArray[np.bool_]
    """Shape (outages,): the outage cuts an island off."""
    from_bus: Ints
    to_bus: Ints
    """Ends of each outage's branch."""
    voltage_kv: Array
    """Of each outage's branch; of a transformer its upper side."""

    @cached_property
    def outages(self) -> tuple[str, ...]:
        """Names of the branches that can trip, in the order of `outage_rows`."""
        return tuple(self.monitored[row] for row in self.outage_rows)


def make_sensitivities(grid: Grid) -> Sensitivities:
    """Factors of every area of the grid."""
    network = make_network(grid)
    parallel = np.array([_parallel(branch) for branch in branches_of(grid)], dtype=float)
    order, area = _by_area(network)
    factors = network.factors[order]
    rows = np.flatnonzero(order < len(network.branches))
    position = {name: k for k, name in enumerate(network.buses)}
    ends = np.array([[position[start], position[end]] for start, end in branch_ends(grid)], dtype=np.int64)
    ends = ends[order[rows]].reshape(-1, 2)
    circuits = parallel[order[rows]]
    answer, islanding = _answers(factors, rows, ends, circuits)
    _silence_members(answer, grid, network, order, rows)
    kinds = ["line"] * len(grid.lines) + ["transformer"] * len(grid.transformers) + ["interface"] * len(grid.interfaces)
    levels = np.array(
        [line.voltage_kv for line in grid.lines] + [_upper_kv(grid, unit.hv_bus) for unit in grid.transformers]
    )
    areas = np.arange(int(network.area_of_bus.max()) + 1)
    return Sensitivities(
        buses=network.buses,
        area_of_bus=network.area_of_bus,
        monitored=tuple(network.limits[k] for k in order),
        branch_count=len(network.branches),
        kind=tuple(kinds[k] for k in order),
        area=area,
        first=np.searchsorted(area, areas, side="left"),
        last=np.searchsorted(area, areas, side="right"),
        factors=factors,
        outage_rows=rows,
        answer=answer,
        left_frac=(circuits - 1) / circuits,
        islanding=islanding,
        from_bus=ends[:, 0],
        to_bus=ends[:, 1],
        voltage_kv=levels[order[rows]],
    )


def _parallel(branch: Line | Transformer) -> int:
    return branch.circuits if isinstance(branch, Line) else branch.units


def _upper_kv(grid: Grid, bus: str) -> float:
    return next(item.voltage_kv for item in grid.buses if item.name == bus)


def _by_area(network: Network) -> tuple[Ints, Ints]:
    """(order of the network's limits by area, area of each in that order); limits that nothing moves: area 0."""
    seen = np.abs(network.factors) > 0
    area = np.array([network.area_of_bus[row.argmax()] if row.any() else 0 for row in seen], dtype=np.int64)
    order = np.argsort(area, kind="stable")
    return order, area[order]


def _answers(factors: Array, rows: Ints, ends: Ints, circuits: Array) -> tuple[Array, NDArray[np.bool_]]:
    """(answer, islanding) of one circuit of every branch."""
    moved = factors[:, ends[:, 0]] - factors[:, ends[:, 1]]
    moved = moved.T
    own = moved[np.arange(len(rows)), rows]
    kept = 1 - own / circuits
    islanding = kept < BRIDGE_TOLERANCE
    kept = np.where(islanding, 1.0, kept)
    answer = moved / (circuits * kept)[:, None]
    itself = -1 / circuits + own * (circuits - 1) / circuits**2 / kept
    answer[np.arange(len(rows)), rows] = itself
    answer[islanding] = 0.0
    answer[np.abs(answer) < 1e-9] = 0.0
    return answer, islanding


def _silence_members(answer: Array, grid: Grid, network: Network, order: Ints, rows: Ints) -> None:
    """A cut's limit is set so that the loss of one of its own circuits is borne: its members' outages do not test it.

    (That is how the stability guidelines of the CIS define a cut's highest admissible flow.)
    """
    place = {int(limit): k for k, limit in enumerate(order)}
    number = {name: k for k, name in enumerate(network.branches)}
    outage = {int(row): k for k, row in enumerate(rows)}
    for k, interface in enumerate(grid.interfaces):
        row = place[len(network.branches) + k]
        for name, _ in interface.members:
            answer[outage[place[number[name]]], row] = 0.0
