"""Joins the parts to the profiles of one weather year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from greengrid.errors import BadInput, Problem
from greengrid.hourly import Array, Clock, HourlyTable
from greengrid.weather.demand import demand_mw
from greengrid.weather.markets import market_prices
from greengrid.weather.profiles import Profiles
from greengrid.weather.sites import Points, make_points, weather_plants
from greengrid.weather.solar import solar_availability
from greengrid.weather.tables import WeatherTables, read_tables
from greengrid.weather.water import HydroYear, hydro_plants, inflow_mw
from greengrid.weather.wind import Resource, wind_availability
from networks.grid import Grid, Plant

Progress = Callable[[str, int, int], None]
"""(what is going on, done, of how many)"""

STAGES = ("wind", "sun", "water", "demand", "neighbours' prices")
SMALLEST_FRAC = 1e-6
"""Availability is rounded to this, so that the last bits of a matrix product do not reach the result."""


def make_profiles(
    grid: Grid,
    *,
    year: int,
    seed: int,
    hydro: HydroYear = "average",
    market_level: Mapping[str, str] | None = None,
    demand_scale_ratio: float = 1.0,
    price_level_ratio: float = 1.0,
    resource: Resource = "typical",
    tables: WeatherTables | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Profiles:
    """All hourly series of a calendar year (UTC, hour-beginning), the same for the same arguments.

    `market_level` gives low, central or high by market, others are central. `demand_scale_ratio` multiplies energy and
    peak of every zone. `price_level_ratio` is USD of the price base year per USD of 2025. `resource`: a "typical" year
    has each site's long-run wind yield and monthly irradiation; a "drawn" year keeps what the seed gave, for the risk
    of a poor year. A series depends on its own plant, zone or market and the seed, not on what else stands in the grid.

    Raises BadInput with what does not fit: a plant without site or water, a zone without shape, an unknown market.
    """
    _check(seed, {"demand.scale": demand_scale_ratio, "price level": price_level_ratio}, hydro, resource)
    tables = read_tables() if tables is None else tables
    clock = Clock.of_year(year)
    progress(STAGES[0], 0, len(STAGES))
    wind = _of_parts(
        grid,
        ("wind_onshore", "wind_offshore"),
        tables,
        lambda points: wind_availability(points, clock, seed=seed, tables=tables, resource=resource),
    )
    progress(STAGES[1], 1, len(STAGES))
    sun = _of_parts(
        grid,
        ("solar",),
        tables,
        lambda points: solar_availability(points, clock, seed=seed, tables=tables, resource=resource),
    )
    progress(STAGES[2], 2, len(STAGES))
    water = hydro_plants(grid.plants)
    inflow = inflow_mw(water, clock, hydro=hydro, tables=tables)
    progress(STAGES[3], 3, len(STAGES))
    demand = demand_mw(grid.demands, clock, seed=seed, tables=tables, scale_ratio=demand_scale_ratio)
    progress(STAGES[4], 4, len(STAGES))
    markets = tuple(dict.fromkeys(border.market for border in grid.borders))
    prices = [
        price * price_level_ratio
        for price in market_prices(markets, clock, year=year, seed=seed, level=market_level or {}, tables=tables)
    ]
    progress("weather year", len(STAGES), len(STAGES))
    weather = {**wind, **sun}
    names = [plant.name for plant in weather_plants(grid.plants)]
    return Profiles(
        clock=clock,
        availability_frac=HourlyTable.of(names, [weather[name] for name in names], clock.hours),
        demand_mw=HourlyTable.of([zone.zone for zone in grid.demands], demand, clock.hours),
        inflow_mw=HourlyTable.of([plant.name for plant in water], inflow, clock.hours),
        market_price_usd_per_mwh=HourlyTable.of(markets, prices, clock.hours),
    )


def _of_parts(
    grid: Grid, technologies: tuple[str, ...], tables: WeatherTables, series: Callable[[Points], Array]
) -> dict[str, Array]:
    """Series by `Plant.name`; the parts of one plant on several buses share one series."""
    wholes: dict[tuple[str, str, str], Plant] = {}
    for plant in grid.plants:
        if plant.technology in technologies:
            key = plant.country, plant.plant, plant.technology
            known = wholes.get(key)
            wholes[key] = replace(known, capacity_mw=known.capacity_mw + plant.capacity_mw) if known else plant
    values = np.round(series(make_points(wholes.values(), tables)) / SMALLEST_FRAC) * SMALLEST_FRAC
    rows = dict(zip(wholes, np.clip(values, 0.0, 1.0), strict=True))
    return {
        plant.name: rows[plant.country, plant.plant, plant.technology]
        for plant in grid.plants
        if plant.technology in technologies
    }


def _check(seed: int, factors: Mapping[str, float], hydro: str, resource: str) -> None:
    problems = [
        Problem(name, str(factor), "a positive number") for name, factor in factors.items() if not 0 < factor < np.inf
    ]
    if seed < 0:
        problems.append(Problem("weather.seed", str(seed), "a whole number, 0 or more"))
    if hydro not in ("average", "dry", "wet"):
        problems.append(Problem("weather.hydro", repr(hydro), "average, dry or wet"))
    if resource not in ("typical", "drawn"):
        problems.append(Problem("weather.resource", repr(resource), "typical or drawn"))
    if problems:
        raise BadInput(problems)
