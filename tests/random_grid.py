"""Random meshed grids without anything but buses and lines, and DC flows solved apart from the package's factors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from greengrid.hourly import Array
from networks.grid import Bus, Grid, Line
from tests.small_system import make_system


def random_grid(rng: np.random.Generator, buses: int, extra: int) -> Grid:
    """A tree of lines through all buses and some lines more; one to three circuits each."""
    names = [f"B{k} 500" for k in range(buses)]
    pairs = {(int(rng.integers(0, k)), k) for k in range(1, buses)}
    while len(pairs) < min(buses - 1 + extra, buses * (buses - 1) // 2):
        one, other = sorted(rng.choice(buses, 2, replace=False).tolist())
        pairs.add((one, other))
    lines = tuple(
        Line(
            f"L{one}-{other}", names[one], names[other], 500.0, int(rng.integers(1, 4)), float(rng.uniform(20, 300)),
            0.03, 0.3, 11.5, 2.0, 1000.0, "test", "existing", 2000, "D", "test",
        )
        for one, other in sorted(pairs)
    )  # fmt: skip
    places = tuple(Bus(name, name.split()[0], "KZ", "KZ", 500.0, 45.0, 50.0) for name in names)
    return replace(
        make_system(1).grid, buses=places, lines=lines, plants=(), loads=(), borders=(), interfaces=(), links=(),
        areas=(tuple(names),),
    )  # fmt: skip


def solved_flows(grid: Grid, injection_mw: Array, without: int = -1) -> Array | None:
    """DC flow of every line from the nodal equations, one circuit of line `without` out; None where the grid parts."""
    position = {bus.name: k for k, bus in enumerate(grid.buses)}
    circuits = np.array([line.circuits - (k == without) for k, line in enumerate(grid.lines)], dtype=float)
    susceptance = circuits / np.array([line.x_ohm_per_km * line.length_km for line in grid.lines])
    incidence = np.zeros((len(grid.lines), len(grid.buses)))
    for k, line in enumerate(grid.lines):
        incidence[k, position[line.from_bus]], incidence[k, position[line.to_bus]] = 1.0, -1.0
    nodal = incidence.T @ (susceptance[:, None] * incidence)
    scale = np.abs(nodal).max()
    if np.linalg.matrix_rank(nodal / scale, tol=1e-9) < len(grid.buses) - 1:
        return None
    angle = np.linalg.lstsq(nodal / scale, injection_mw / scale, rcond=1e-12)[0]
    flow: Array = susceptance * (incidence @ angle)
    return flow
