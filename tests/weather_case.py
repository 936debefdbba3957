"""Hand-made and shipped grids for the tests of the weather; not a test itself."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from greengrid.hourly import Array
from greengrid.weather import Draw, Profiles, make_profiles
from greengrid.weather.site_rows import Place
from greengrid.weather.tables import WeatherTables, read_tables
from networks.build import build_grid
from networks.grid import Border, Grid, Plant, ZoneDemand
from networks.tables import load_tables, shipped_sets

SEEDS = (1, 2, 3)
YEAR = 2035


def plant(
    name: str,
    technology: str,
    latitude_deg: float,
    longitude_deg: float,
    country: str = "KZ",
    zone: str = "KZ-South",
    capacity_mw: float = 50.0,
    whole: str | None = None,
) -> Plant:
    """A plant with the fields that matter to the weather."""
    return Plant(
        name, whole or name, country, zone, "bus", technology, capacity_mw, 0.0, latitude_deg, longitude_deg,
        "existing", 2020, "D", "made for a test",
    )  # fmt: skip


def zone(name: str, country: str, energy_twh: float, peak_mw: float) -> ZoneDemand:
    """Demand of a zone."""
    return ZoneDemand(name, country, energy_twh, peak_mw, "D", "made for a test")


def grid_of(
    plants: tuple[Plant, ...] = (), demands: tuple[ZoneDemand, ...] = (), markets: tuple[str, ...] = ()
) -> Grid:
    """A grid that holds nothing else."""
    borders = tuple(Border(f"{name}_x", "bus", name, 1, 1, 1, 1, "D", "made for a test") for name in markets)
    return Grid(YEAR, (), (), (), plants, (), demands, borders, (), (), (), (), (), (), (), ())


def no_exceptions() -> WeatherTables:
    """Shipped tables without what is known of single plants: sites alone decide."""
    return replace(read_tables(), places=())


def place(name: str, site: str, technology: str = "wind_onshore", country: str = "KZ", **facts: float) -> Place:
    """A plant's row of the table of places; `facts` may give capacity_factor_frac and radius_km."""
    row = {
        "name": name, "kind": "plant", "country": country, "zone": "x", "technology": technology, "latitude_deg": "",
        "longitude_deg": "", "site": site, "rule": "own", "distance_km": 0,
        "yield_basis": "plant" if "capacity_factor_frac" in facts else "climate", "capacity_factor_frac": "",
        "radius_km": "", "source": "made for a test", "confidence": "D",
    }  # fmt: skip
    return Place.model_validate(row | facts)


@cache
def corridor(year: int = YEAR) -> Grid:
    """The shipped corridor with its programme, without links."""
    tables = load_tables(shipped_sets()["corridor"])
    return build_grid(tables, year=year, links=(), reinforcement="none", programme="corridor")


@cache
def profiles(seed: int, number: int = 0) -> Profiles:
    """A typical year of the corridor, or year `number` of twenty drawn ones."""
    return make_profiles(corridor(), year=YEAR, seed=seed, draw=Draw(number, 20) if number else None)


def lagged(series: Array, hours: int) -> float:
    """Correlation of a series with itself some hours later."""
    return float(np.corrcoef(series[hours:], series[:-hours])[0, 1])


def great_circle_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Haversine distance of two (latitude, longitude) pairs."""
    (la, lo), (lb, lp) = np.radians(a), np.radians(b)
    h = np.sin((lb - la) / 2) ** 2 + np.cos(la) * np.cos(lb) * np.sin((lp - lo) / 2) ** 2
    return float(2 * 6371 * np.arcsin(np.sqrt(h)))
