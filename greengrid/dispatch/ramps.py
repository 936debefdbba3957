"""How fast links and thermal units may change from one hour to the next, as rows that look one step back.

Units change by at most their technology's share per hour of the capacity that is available in either hour; what a bound
forces (must-run that begins with a month, capacity that goes out of service) is always allowed. By class, the units of
a technology and zone ramp together, as their start-up classes do: most of the effect for a tenth of the rows. By unit,
each plant ramps by itself. Without commitment the whole available capacity ramps, also what stands still: a relaxation.
A link's ramp holds for its net flow, so that a reversal counts twice.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from greengrid.dispatch.families import RowFamily
from greengrid.dispatch.problem import Columns, Problem
from greengrid.economy.fleet import Economy
from greengrid.hourly import Array
from networks.grid import Grid


def ramp_families(problem: Problem, grid: Grid, economy: Economy, *, by: str, cyclic: bool) -> tuple[RowFamily, ...]:
    """Families of units (`by` class, unit or none) and links that ramps can hold back; a part-year starts free."""
    families = [_link_ramps(problem.columns, problem.upper, grid)]
    if by != "none":
        groups = _groups(problem.columns, grid, economy, by)
        families.append(_unit_ramps(problem, groups))
    if not cyclic:
        for family in families:
            family.lower[:1], family.upper[:1] = -np.inf, np.inf
    return tuple(family for family in families if family.limits)


def _groups(columns: Columns, grid: Grid, economy: Economy, by: str) -> dict[tuple[str, float], list[int]]:
    """Columns by (name, share per hour) of what ramps together; what ramps wholly within an hour is left out."""
    share_per_h = {unit.name: unit.ramp_frac_per_h for unit in economy.units}
    plants = {plant.name: plant for plant in grid.plants}
    groups: dict[tuple[str, float], list[int]] = {}
    for k in columns.of("unit").tolist():
        plant, share = plants[columns.name[k]], share_per_h[columns.name[k]]
        name = plant.name if by == "unit" else f"{plant.technology} {plant.zone}"
        if share < 1.0:
            groups.setdefault((name, share), []).append(k)
    return groups


def _unit_ramps(problem: Problem, groups: dict[tuple[str, float], list[int]]) -> RowFamily:
    now = sparse.lil_matrix((len(groups), problem.columns.count))
    for row, members in enumerate(groups.values()):
        now[row, members] = 1.0
    now = now.tocsr()
    share = np.array([share for _, share in groups])
    least, most = problem.lower @ now.T, problem.upper @ now.T
    least_before, most_before = np.roll(least, 1, axis=0), np.roll(most, 1, axis=0)
    ramp = share * np.maximum(most, most_before)
    return RowFamily(
        "unit ramps",
        tuple(f"ramp of {name}" for name, _ in groups),
        ((0, now), (1, -now)),
        -np.maximum(ramp, least_before - most),
        np.maximum(ramp, least - most_before),
        share * most.max(axis=0, initial=0.0),
    )


def _link_ramps(columns: Columns, upper: Array, grid: Grid) -> RowFamily:
    links = grid.links  # those that can never break their ramp too: links of other sizes then have the same rows
    number = {link.name: row for row, link in enumerate(links)}
    chosen = [k for k in columns.of("link") if columns.name[k] in number]
    rows = [number[columns.name[k]] for k in chosen]
    now = sparse.csr_matrix(
        (columns.direction[chosen].astype(float), (rows, chosen)), shape=(len(links), columns.count)
    )
    ramp = np.array([link.ramp_max_mw_per_h for link in links], dtype=float)
    sides = np.tile(ramp, (len(upper), 1))
    return RowFamily(
        "link ramps", tuple(f"ramp of {link.name}" for link in links), ((0, now), (1, -now)), -sides, sides, ramp
    )
