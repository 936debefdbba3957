"""Joins the parts to the profiles of one weather year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import get_args

import numpy as np

from greengrid.errors import BadInput, Problem
from greengrid.hourly import Array, Clock, HourlyTable
from greengrid.weather.demand import demand_mw
from greengrid.weather.ensemble import Draw, seed_of
from greengrid.weather.markets import market_prices
from greengrid.weather.profiles import Profiles
from greengrid.weather.sites import make_points, weather_plants
from greengrid.weather.solar import solar_availability
from greengrid.weather.tables import WeatherTables, read_tables
from greengrid.weather.water import HydroYear, hydro_plants, inflow_mw
from greengrid.weather.wind import wind_availability
from networks.grid import Grid, Plant

Progress = Callable[[str, int, int], None]
"""(what is going on, done, of how many)"""

AVAILABILITY_DECIMALS = 5


def make_profiles(
    grid: Grid,
    *,
    year: int,
    seed: int,
    hydro: HydroYear = "average",
    market_level: Mapping[str, str] | None = None,
    demand_scale_ratio: float = 1.0,
    price_level_ratio: float = 1.0,
    draw: Draw | None = None,
    tables: WeatherTables | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Profiles:
    """All hourly series of a calendar year (UTC, hour-beginning), the same for the same arguments.

    `market_level` gives low, central or high by market, others are central. `demand_scale_ratio` multiplies energy
    and peak of every zone. `price_level_ratio` is USD of the price base year per USD of 2025. Without `draw` the year
    is typical: each site has its long-run wind yield and monthly irradiation. A drawn year of an ensemble (`Draw`) is
    as windy, sunny and wet as its annual scores say, and its hours have a seed of their own. A series depends on its
    own plant, zone or market and the seed, not on what else stands in the grid.

    Raises BadInput with all that does not fit: a plant without site or water, a zone without shape, an unknown market.
    """
    _check(seed, {"demand.scale": demand_scale_ratio, "price level": price_level_ratio}, hydro)
    tables = read_tables() if tables is None else tables
    clock = Clock.of_year(year)
    year_seed = seed_of(seed, draw)
    water = hydro_plants(grid.plants)
    markets = tuple(dict.fromkeys(border.market for border in grid.borders))

    def prices() -> list[Array]:
        series = market_prices(markets, clock, year=year, seed=year_seed, level=market_level or {}, tables=tables)
        return [price * price_level_ratio for price in series]

    stages: dict[str, Callable[[], list[Array]]] = {
        "wind and sun": lambda: availability(grid, clock, seed=seed, tables=tables, draw=draw),
        "water": lambda: inflow_mw(water, clock, hydro=hydro, tables=tables, seed=seed, draw=draw),
        "demand": lambda: demand_mw(grid.demands, clock, seed=year_seed, tables=tables, scale_ratio=demand_scale_ratio),
        "neighbours' prices": prices,
    }
    weather, inflow, demand, price = _run(stages, progress)
    names = [plant.name for plant in weather_plants(grid.plants)]
    return Profiles(
        clock=clock,
        availability_frac=HourlyTable.of(names, weather, clock.hours),
        demand_mw=HourlyTable.of([zone.zone for zone in grid.demands], demand, clock.hours),
        inflow_mw=HourlyTable.of([plant.name for plant in water], inflow, clock.hours),
        market_price_usd_per_mwh=HourlyTable.of(markets, price, clock.hours),
    )


def _run(stages: Mapping[str, Callable[[], list[Array]]], progress: Progress) -> list[list[Array]]:
    """Results of all stages; problems of all are gathered and raised once."""
    problems: list[Problem] = []
    results: list[list[Array]] = []
    for number, (name, stage) in enumerate(stages.items()):
        progress(name, number, len(stages))
        try:
            results.append(stage())
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(problems)
    progress("weather year", len(stages), len(stages))
    return results


def availability(
    grid: Grid, clock: Clock, *, seed: int, tables: WeatherTables, draw: Draw | None = None
) -> list[Array]:
    """Availability of every wind and solar plant in the grid's order, each of shape (hours,)."""
    makers = {
        ("wind_onshore", "wind_offshore"): wind_availability,
        ("solar",): solar_availability,
    }
    found: dict[str, Array] = {}
    for technologies, make in makers.items():
        wholes, part_of = _wholes(grid, technologies)
        series = make(make_points(wholes, tables), clock, seed=seed, tables=tables, draw=draw)
        rounded = np.clip(np.round(series, AVAILABILITY_DECIMALS), 0.0, 1.0)
        found |= {name: rounded[number] for name, number in part_of.items()}
    return [found[plant.name] for plant in weather_plants(grid.plants)]


def _wholes(grid: Grid, technologies: tuple[str, ...]) -> tuple[list[Plant], dict[str, int]]:
    """Plants with the parts on several buses joined, and the number of the whole by `Plant.name` of the part."""
    wholes: dict[tuple[str, str, str], Plant] = {}
    parts = [plant for plant in grid.plants if plant.technology in technologies]
    for plant in parts:
        key = plant.country, plant.plant, plant.technology
        known = wholes.get(key)
        wholes[key] = replace(known, capacity_mw=known.capacity_mw + plant.capacity_mw) if known else plant
    number = {key: position for position, key in enumerate(wholes)}
    return list(wholes.values()), {p.name: number[p.country, p.plant, p.technology] for p in parts}


def _check(seed: int, factors: Mapping[str, float], hydro: str) -> None:
    problems = [
        Problem(name, str(factor), "a positive number") for name, factor in factors.items() if not 0 < factor < np.inf
    ]
    if seed < 0:
        problems.append(Problem("weather.seed", str(seed), "a whole number, 0 or more"))
    if hydro not in get_args(HydroYear):
        problems.append(Problem("weather.hydro", repr(hydro), "average, dry, wet or measured"))
    if problems:
        raise BadInput(problems)
