"""N-1 by outage factors of every circuit in every hour of a year; python -m tests.benchmarks.screening.

A grid of the size of the shipped one (147 buses, 198 branches), 8,760 hours of random balanced injections, limits at
1.2 times the highest flow, so that some outages break some limits. Compiling is done before and told apart.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from greengrid.security.screening import screen_circuits
from greengrid.security.screening_limits import Limits
from greengrid.security.sensitivities import make_sensitivities
from tests.random_grid import random_grid

HOURS = 8760
BUSES = 147
BRANCHES = 198
GOAL_S = 1.0


def measured(repeats: int = 3) -> dict[str, float]:
    """Seconds of wall and processor time (best of the repeats), and what was counted."""
    rng = np.random.default_rng(1)
    grid = random_grid(rng, BUSES, BRANCHES - BUSES + 1)
    sensitivities = make_sensitivities(grid)
    injection = rng.normal(0, 60, (HOURS, BUSES))
    injection -= injection.mean(axis=1, keepdims=True)
    flow = np.ascontiguousarray(injection @ sensitivities.factors.T)
    most = 1.2 * np.abs(flow).max(axis=0)
    limits = Limits(most, most, most, most)
    start = time.perf_counter()
    screen_circuits(sensitivities, limits, flow[:24])
    compiled = time.perf_counter() - start
    walls, processors = [], []
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        found = screen_circuits(sensitivities, limits, flow)
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return {
        "branches": float(len(grid.lines)),
        "hours": float(HOURS),
        "breaches": float(found.hours.sum()),
        "compile_s": compiled,
        "wall_s": min(walls),
        "processor_s": min(processors),
        "goal_s": GOAL_S,
    }


if __name__ == "__main__":
    for name, value in measured().items():
        sys.stdout.write(f"{name:<14} {value:,.3f}\n")
