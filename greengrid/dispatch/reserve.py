"""Reserve for the loss of the largest pole: upward where a link receives, downward where it sends, in every hour.

For each link and direction the scheduled flow of its largest pole (of the whole link if it is a monopole) must be
covered, in the synchronous area of the receiving end by more generation and in that of the sending end by less. What
may give it:

* thermal units upward: the smaller of what is available and not used, and the share of the running capacity that the
  technology delivers in the activation time. A unit that makes x MW runs with at most x / least stable share (part
  load); a quick starter (share 1) counts with all that is available. Nuclear units give none.
  Where commitment is on, a class gives the smaller of online capacity not used and the share of what is online.
* thermal units downward: that share of the output above must-run.
* reservoirs: free turbine capacity, and release above the least one; run of river, wind and sun downward: all output.
* batteries and pumped storage upward: power not used and charging that can stop, no more than their content at the end
  of the hour gives for `SUSTAINED_H`; downward: discharge that can stop and charging power not used.
* imports over AC ties upward, only by option.

Without commitment part load costs nothing and starts are not seen: a relaxation. The
far end of a link in a market outside the model needs no reserve here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from greengrid.dispatch.borders import LINK_SEGMENTS
from greengrid.dispatch.commitment import UnitClass
from greengrid.dispatch.families import ConcaveFamily, RowFamily
from greengrid.dispatch.problem import Columns, Problem
from greengrid.economy.fleet import Economy
from greengrid.hourly import Array
from networks.grid import Grid
from networks.hvdc import Link

SUSTAINED_H = 1.0
"""How long a battery must be able to hold what it promises, until slower units have taken over."""


@dataclass(frozen=True)
class _Need:
    """One link's pole in one direction, seen from one area."""

    name: str
    area: int
    drawn: dict[int, float]
    """MW of reserve per MW of each link column."""


def reserve_laws(
    problem: Problem, grid: Grid, economy: Economy, *, imports: bool, classes: Sequence[UnitClass] = ()
) -> Problem:
    """The problem with reserve for every link of the grid.

    `imports` counts AC ties as upward reserve; `classes` are those whose online columns the problem has.
    """
    ups, downs = _needs(problem, grid)
    area_of = _column_areas(problem, grid)
    down = [_downward(problem, economy, area_of, downs)] if downs else []
    up = [_upward(problem, economy, area_of, ups, (imports, classes))] if ups else []
    return replace(problem, families=(*problem.families, *down), concave=(*problem.concave, *up))


def _needs(problem: Problem, grid: Grid) -> tuple[list[_Need], list[_Need]]:
    """(upward, downward) needs in the areas that have plants."""
    columns, network = problem.columns, problem.network
    area = dict(zip(network.buses, network.area_of_bus.tolist(), strict=True))
    staffed = {area[plant.bus] for plant in grid.plants}
    up, down = [], []
    for link in grid.links:
        poles = 1 if link.configuration == "symmetrical_monopole" else link.poles
        for direction, ends in ((1, (link.from_bus, link.to_bus)), (-1, (link.to_bus, link.from_bus))):
            chosen = _segments(columns, link, direction)
            way = f"{ends[0]} to {ends[1]}"
            pieces = link.segments(LINK_SEGMENTS)
            if area[ends[1]] in staffed:
                drawn = {k: pieces[columns.segment[k]].efficiency_frac / poles for k in chosen}
                up.append(_Need(f"upward reserve for {link.name}, {way}", area[ends[1]], drawn))
            if area[ends[0]] in staffed:
                down.append(
                    _Need(f"downward reserve for {link.name}, {way}", area[ends[0]], dict.fromkeys(chosen, 1 / poles))
                )
    return up, down


def _segments(columns: Columns, link: Link, direction: int) -> list[int]:
    return [int(k) for k in columns.of("link") if columns.name[k] == link.name and columns.direction[k] == direction]


def _column_areas(problem: Problem, grid: Grid) -> NDArray[np.int64]:
    """Area of each column that acts in one area only, -1 for others; a joint group's trade has that of its borders."""
    columns, network = problem.columns, problem.network
    acts = columns.injection.tocsc()
    found = np.full(columns.count, -1, dtype=np.int64)
    for k in range(columns.count):
        areas = set(network.area_of_bus[acts.indices[acts.indptr[k] : acts.indptr[k + 1]]].tolist())
        found[k] = areas.pop() if len(areas) == 1 else -1
    bus_area = dict(zip(network.buses, network.area_of_bus.tolist(), strict=True))
    border_bus = {border.name: border.bus for border in grid.borders}
    for limit in grid.joint_limits:
        areas = {bus_area[border_bus[name]] for name in limit.borders if name in border_bus}
        trade = [k for k in columns.of("buy", "sell") if columns.name[k] == limit.name]
        found[trade] = areas.pop() if len(areas) == 1 else -1
    for charge, _, content, _ in problem.batteries:
        found[content] = found[charge]
    return found


def _rows(needs: list[_Need], columns: int) -> sparse.lil_matrix:
    pattern = sparse.lil_matrix((len(needs), columns))
    for row, need in enumerate(needs):
        for k, drawn in need.drawn.items():
            pattern[row, k] = -drawn
    return pattern


def _downward(problem: Problem, economy: Economy, area_of: NDArray[np.int64], needs: list[_Need]) -> RowFamily:
    """Need <= shares of output above the least + output of water, wind and sun + room for charging."""
    columns = problem.columns
    share = {unit.name: unit.reserve_frac for unit in economy.units}
    pattern = _rows(needs, columns.count)
    least = np.zeros((problem.steps, len(needs)))
    for row, need in enumerate(needs):
        inside = area_of == need.area
        for k in np.flatnonzero(inside):
            kind = columns.kind[k]
            if kind in ("unit", "release"):
                part = share[columns.name[k]] if kind == "unit" else 1.0
                pattern[row, k] = part
                least[:, row] += part * problem.lower[:, k]
            elif kind in ("renewable", "river", "discharge"):
                pattern[row, k] = 1.0
            elif kind == "charge":
                pattern[row, k] = -1.0
                least[:, row] -= problem.upper[:, k]
    nothing = np.full_like(least, np.inf)
    size = np.zeros(len(needs))
    return RowFamily(
        "downward reserve", tuple(need.name for need in needs), ((0, pattern.tocsr()),), least, nothing, size
    )


class _Parts:
    """Collects the parts of the upward reserve: two lines each, of which the smaller counts."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.columns: list[int] = []
        self.terms: tuple[list[dict[int, float]], list[dict[int, float]]] = ([], [])
        self.constants: tuple[list[Array], list[Array]] = ([], [])
        self.none = np.zeros(problem.steps)

    def add(self, column: int, lines: tuple[tuple[dict[int, float], Array], ...]) -> None:
        self.columns.append(column)
        for k in (0, 1):
            terms, constant = lines[min(k, len(lines) - 1)]
            self.terms[k].append(terms)
            self.constants[k].append(constant)

    def line(self, number: int) -> tuple[sparse.csr_matrix, Array]:
        pattern = sparse.lil_matrix((len(self.columns), self.problem.columns.count))
        for row, terms in enumerate(self.terms[number]):
            for k, value in terms.items():
                pattern[row, k] = value
        return pattern.tocsr(), np.column_stack(self.constants[number])


def _upward(
    problem: Problem,
    economy: Economy,
    area_of: NDArray[np.int64],
    needs: list[_Need],
    counted: tuple[bool, Sequence[UnitClass]],
) -> ConcaveFamily:
    parts = _Parts(problem)
    imports, classes = counted
    whole = [one for one in classes if len(set(area_of[one.outputs].tolist())) == 1]
    _add_units(parts, economy, _add_classes(parts, economy, whole))
    for charge, discharge, content, efficiency in problem.batteries:
        free = ({charge: 1.0, discharge: -1.0}, problem.upper[:, discharge])
        held = ({content: efficiency / SUSTAINED_H}, parts.none)
        parts.add(discharge, (free, held))
    if imports:
        for k in problem.columns.of("buy", "sell"):
            bought = problem.columns.kind[k] == "buy"
            line = ({int(k): -1.0}, problem.upper[:, k]) if bought else ({int(k): 1.0}, parts.none)
            parts.add(int(k), (line,))
    areas = area_of[parts.columns]
    counts = np.array([[float(area == need.area) for area in areas] for need in needs])
    return ConcaveFamily(
        "upward reserve",
        tuple(need.name for need in needs),
        _rows(needs, problem.columns.count).tocsr(),
        np.zeros((problem.steps, len(needs))),
        sparse.csr_matrix(counts),
        (parts.line(0), parts.line(1)),
    )


def _add_classes(parts: _Parts, economy: Economy, classes: Sequence[UnitClass]) -> frozenset[int]:
    """Classes whose online capacity is known, each in one area; returns the outputs that they speak for."""
    share = {unit.name: unit.reserve_frac for unit in economy.units}
    found: set[int] = set()
    for one in classes:
        delivered = share[parts.problem.columns.name[one.outputs[0]]]
        if delivered < 1.0:
            found.update(one.outputs.tolist())
        if 0 < delivered < 1.0:
            free = ({one.online: 1.0, **dict.fromkeys(one.outputs.tolist(), -1.0)}, parts.none)
            parts.add(int(one.outputs[0]), (free, ({one.online: delivered}, parts.none)))
    return frozenset(found)


def _add_units(parts: _Parts, economy: Economy, spoken_for: frozenset[int]) -> None:
    problem = parts.problem
    units = {unit.name: unit for unit in economy.units}
    for k in problem.columns.of("unit", "release"):
        if int(k) in spoken_for:
            continue
        unit = units[problem.columns.name[k]]
        headroom = ({int(k): -1.0}, problem.upper[:, k])
        if problem.columns.kind[k] == "release" or unit.reserve_frac >= 1.0:
            parts.add(int(k), (headroom,))
        elif unit.reserve_frac > 0:
            delivered = unit.reserve_frac / max(unit.stable_min_frac, unit.reserve_frac)
            parts.add(int(k), (headroom, ({int(k): delivered}, parts.none)))
