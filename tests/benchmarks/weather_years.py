"""How fast the weather is: one year and twenty years of wind and sun at fifty sites. Prints seconds and peak memory.

Run alone: `python tests/benchmarks/weather_years.py`. The targets are 4 s for a year, 60 s and 1 GB for twenty years.
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from greengrid.hourly import Clock
from greengrid.weather.ensemble import Draw
from greengrid.weather.sites import weather_plants
from greengrid.weather.synthesis import availability
from greengrid.weather.tables import read_tables
from networks.build import build_grid
from networks.grid import Grid
from networks.tables import load_tables, shipped_sets

SITES = 50
YEARS = 20
YEAR = 2035


def fifty_sites() -> Grid:
    """The corridor of 2035 with its fifty largest wind and solar plants."""
    grid = build_grid(
        load_tables(shipped_sets()["corridor"]), year=YEAR, links=(), reinforcement="none", programme="corridor"
    )
    largest = sorted(weather_plants(grid.plants), key=lambda plant: (-plant.capacity_mw, plant.name))
    return replace(grid, plants=tuple(largest[:SITES]))


def timed(grid: Grid, years: int) -> str:
    """Seconds, and seconds of the processor, for so many drawn years; one is the typical year."""
    clock, tables = Clock.of_year(YEAR), read_tables()
    begin, begin_processor = time.perf_counter(), time.process_time()
    for number in range(1, years + 1):
        availability(grid, clock, seed=1, tables=tables, draw=Draw(number, years) if years > 1 else None)
    return f"{time.perf_counter() - begin:.2f} s ({time.process_time() - begin_processor:.2f} s of the processor)"


def main() -> None:
    """Measures and prints, one line each."""
    import pvlib  # noqa: F401  (imported before the clock starts, as the target says)
    import scipy.signal
    import scipy.special  # noqa: F401

    grid = fifty_sites()
    lines = [
        f"{SITES} sites x {Clock.of_year(YEAR).hours} h: {timed(grid, 1)}, target 4 s",
        f"{YEARS} years x {SITES} sites: {timed(grid, YEARS)}, target 60 s",
        f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB, target 1 GB",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
