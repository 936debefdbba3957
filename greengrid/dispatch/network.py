"""Linear power flow: how each bus's injection loads every branch and interface.

Flows follow the DC approximation (Stott, Jardim and Alsac 2009, IEEE Trans. Power Systems 24(3), eqs. 1-4): the power
transfer distribution factors of a synchronous area are B_f inv(B), with susceptances 1/x on a common base.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greengrid.hourly import Array
from networks.grid import Grid, Line, Transformer

BASE_MVA = 100.0
FACTOR_ROUNDING = 1e-9


def reactance_pu(branch: Line | Transformer) -> float:
    """Series reactance of all parallel circuits or units together, on 100 MVA and the branch's own voltage."""
    if isinstance(branch, Line):
        ohm = branch.x_ohm_per_km * branch.length_km / branch.circuits
        return ohm * BASE_MVA / branch.voltage_kv**2
    return branch.short_circuit_voltage_percent / 100 * BASE_MVA / (branch.rating_mva * branch.units)


@dataclass(frozen=True)
class Network:
    """Linear map from bus injections (MW) to flows (MW) with their limits; rows are branches, then interfaces."""

    buses: tuple[str, ...]
    area_of_bus: NDArray[np.int64]
    """Index into `Grid.areas`."""
    branches: tuple[str, ...]
    interfaces: tuple[str, ...]
    factors: Array
    """Shape (branches + interfaces, buses), MW of flow per MW injected and taken out at the row's own reference."""
    flow_max_mw: Array
    """Limit in the forward direction."""
    flow_min_mw: Array
    """Limit in the reverse direction, negative."""

    @property
    def limits(self) -> tuple[str, ...]:
        return self.branches + self.interfaces


def make_network(grid: Grid, line_margin_frac: float = 0.0) -> Network:
    """The factors of every area of the grid; the margin is kept free on lines and transformers, not on interfaces."""
    buses = tuple(bus.name for bus in grid.buses)
    position = {name: k for k, name in enumerate(buses)}
    area = np.zeros(len(buses), dtype=np.int64)
    for number, members in enumerate(grid.areas):
        area[[position[name] for name in members]] = number
    branches = branches_of(grid)
    ends = branch_ends(grid)
    susceptance = np.array([1 / reactance_pu(branch) for branch in branches])
    incidence = np.zeros((len(branches), len(buses)))
    for row, (start, end) in enumerate(ends):
        incidence[row, position[start]] += 1
        incidence[row, position[end]] -= 1
    factors = np.zeros_like(incidence)
    for number in range(len(grid.areas)):
        _fill_area(factors, incidence, susceptance, np.flatnonzero(area == number))
    branch_row = {branch.name: row for row, branch in enumerate(branches)}
    cuts = np.zeros((len(grid.interfaces), len(buses)))
    for row, interface in enumerate(grid.interfaces):
        for name, sign in interface.members:
            cuts[row] += sign * factors[branch_row[name]]
    usable = [branch.flow_max_mw * (1 - line_margin_frac) for branch in branches]
    forward = usable + [cut.forward_max_mw for cut in grid.interfaces]
    reverse = usable + [cut.reverse_max_mw for cut in grid.interfaces]
    return Network(
        buses,
        area,
        tuple(branch.name for branch in branches),
        tuple(interface.name for interface in grid.interfaces),
        thinned(np.vstack([factors, cuts]), area, _weight(grid, position)),
        np.array(forward, dtype=float),
        -np.array(reverse, dtype=float),
    )


def branches_of(grid: Grid) -> tuple[Line | Transformer, ...]:
    """Lines, then transformers: the order of every branch table."""
    return (*grid.lines, *grid.transformers)


def branch_ends(grid: Grid) -> tuple[tuple[str, str], ...]:
    """(from, to) of every branch: transformers run from the higher to the lower voltage."""
    return tuple((line.from_bus, line.to_bus) for line in grid.lines) + tuple(
        (transformer.hv_bus, transformer.lv_bus) for transformer in grid.transformers
    )


def _fill_area(factors: Array, incidence: Array, susceptance: Array, members: NDArray[np.int64]) -> None:
    rows = np.flatnonzero(np.abs(incidence[:, members]).sum(axis=1))
    if not len(rows):
        return
    flow = susceptance[rows, None] * incidence[np.ix_(rows, members)]
    nodal = incidence[np.ix_(rows, members)].T @ flow
    # The last bus is the reference.
    inner = np.linalg.solve(nodal[:-1, :-1], flow[:, :-1].T).T
    factors[np.ix_(rows, members)] = np.hstack([inner, np.zeros((len(rows), 1))])


def thinned(factors: Array, area_of_bus: NDArray[np.int64], weight: Array) -> Array:
    """The same factors with as many zeros as can be: from each row, area by area, its most frequent value is taken off.

    The injections of an area add up to zero, so that a constant on all of its buses changes no flow: it only chooses
    the bus against which factors are counted. On one side of a line without a way round they are all alike. `weight`,
    shape (buses,), says how much a zero at a bus is worth.
    """
    thin = factors.copy()
    for area in range(int(area_of_bus.max()) + 1):
        members = np.flatnonzero(area_of_bus == area)
        for row in np.flatnonzero(np.abs(factors[:, members]).max(axis=1) > FACTOR_ROUNDING):
            values, place = np.unique(np.round(factors[row, members], 9), return_inverse=True)
            frequent = values[np.bincount(place, weights=weight[members]).argmax()]
            thin[row, members] -= factors[row, members][np.argmin(np.abs(factors[row, members] - frequent))]
    thin[np.abs(thin) < FACTOR_ROUNDING] = 0.0
    return thin


def _weight(grid: Grid, position: dict[str, int]) -> Array:
    """How much happens at each bus: plants, loads, borders and ends of links, and the bus itself."""
    weight = np.ones(len(position))
    places = [plant.bus for plant in grid.plants] + [load.bus for load in grid.loads]
    places += [border.bus for border in grid.borders]
    for bus in (*places, *(end for link in grid.links for end in (link.from_bus, link.to_bus))):
        weight[position[bus]] += 1
    return weight
