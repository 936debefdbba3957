"""How fast links and thermal units may change from one hour to the next, as rows that look one step back.

A unit changes by at most its technology's share per hour of the capacity that is available in either hour; what a bound
forces (must-run that begins with a month, capacity that goes out of service) is always allowed. Without commitment the
whole available capacity ramps, also the part that stands still: a relaxation. A link's ramp holds for its net flow, so
that a reversal counts twice.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from greengrid.dispatch.families import RowFamily
from greengrid.dispatch.problem import Columns
from greengrid.economy.fleet import Economy
from greengrid.hourly import Array
from networks.grid import Grid


def ramp_families(
    columns: Columns, lower: Array, upper: Array, grid: Grid, economy: Economy, *, cyclic: bool
) -> tuple[RowFamily, ...]:
    """Families of units and links that their ramps can hold back; free at the start where the year is not whole."""
    families = (_unit_ramps(columns, lower, upper, economy), _link_ramps(columns, upper, grid))
    if not cyclic:
        for family in families:
            family.lower[:1], family.upper[:1] = -np.inf, np.inf
    return tuple(family for family in families if family.limits)


def _unit_ramps(columns: Columns, lower: Array, upper: Array, economy: Economy) -> RowFamily:
    share_per_h = {unit.name: unit.ramp_frac_per_h for unit in economy.units}
    chosen = [k for k in columns.of("unit") if share_per_h[columns.name[k]] < 1.0]
    now = sparse.csr_matrix(
        (np.ones(len(chosen)), (np.arange(len(chosen)), chosen)), shape=(len(chosen), columns.count)
    )
    least, most = lower[:, chosen], upper[:, chosen]
    least_before, most_before = np.roll(least, 1, axis=0), np.roll(most, 1, axis=0)
    share = np.array([share_per_h[columns.name[k]] for k in chosen])
    ramp = share * np.maximum(most, most_before)
    return RowFamily(
        "unit ramps",
        tuple(f"ramp of {columns.name[k]}" for k in chosen),
        ((0, now), (1, -now)),
        -np.maximum(ramp, least_before - most),
        np.maximum(ramp, least - most_before),
        share * most.max(axis=0, initial=0.0),
    )


def _link_ramps(columns: Columns, upper: Array, grid: Grid) -> RowFamily:
    links = [link for link in grid.links if link.ramp_max_mw_per_h < 2 * link.capacity_mw]
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
