"""Which site's climate a plant takes, and how far the plant spreads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from greengrid.errors import BadInput, Problem
from greengrid.hourly import Array
from greengrid.weather.correlation import flat_km
from greengrid.weather.site_rows import Place, Site
from greengrid.weather.tables import WeatherTables, read_tables
from networks.grid import Grid, Plant

WEATHER_TECHNOLOGIES = ("wind_onshore", "wind_offshore", "solar")
FARM_DENSITY_MW_PER_KM2 = 2.0
"""Lease area of big farms and of phases side by side, engineering estimate."""
POINTS_MAX = 9
OWN_SITE_KM = 60.0
"""A site this near describes the plant's own place."""


@dataclass(frozen=True, slots=True)
class SiteOfPlant:
    """Where a plant's weather comes from, for the report."""

    plant: str
    """`Plant.name`"""
    technology: str
    site: str
    distance_km: float
    radius_km: float
    """The plant is spread over a disc of this radius."""
    rule: str
    """own, nearest of zone, nearest of country or nearest of all"""
    capacity_factor_frac: float | None
    """Yield that the series meets, stated for the plant or else for its site; None: what the climate gives."""
    source: str
    confidence: str


@dataclass(frozen=True)
class Points:
    """Sub-sites of plants: every plant owns one or more consecutive points."""

    plants: tuple[Plant, ...]
    sites: tuple[Site, ...]
    """One per plant."""
    owner: np.ndarray[tuple[int], np.dtype[np.int64]]
    """Plant number of each point."""
    place_km: Array
    names: tuple[str, ...]
    """Stable name of each point: `Plant.plant` and the number of the sub-site."""
    centre_km: Array
    """Middle of each plant, shape (plants, 2)."""

    def mean(self, series: Array) -> Array:
        """Mean over the points of each plant: (points, n) to (plants, n)."""
        starts = np.searchsorted(self.owner, np.arange(len(self.plants)))
        totals: Array = np.add.reduceat(series, starts, axis=0)
        return totals / np.bincount(self.owner)[:, None]


def site_of_plants(grid: Grid, tables: WeatherTables | None = None) -> dict[str, SiteOfPlant]:
    """Site, distance and spread of every wind and solar plant of the grid, by `Plant.name`.

    The table `weather_plants.csv` says which site a plant takes. A plant that it does not name takes the nearest site
    of its kind: one within 60 km, else of its own zone, of its country, of all. Offshore wind looks among offshore
    sites, onshore wind among onshore ones, sun among all."""
    tables = read_tables() if tables is None else tables
    found = {}
    for plant in weather_plants(grid.plants):
        site = site_of(plant, tables)
        place = _place(plant, tables)
        wind = plant.technology != "solar"
        stated = tables.stated_yields.get(plant.plant)
        found[plant.name] = SiteOfPlant(
            plant=plant.name,
            technology=plant.technology,
            site=site.site,
            distance_km=distance_km(plant, site),
            radius_km=radius_km(plant, tables),
            rule=rule_of(plant, site),
            capacity_factor_frac=stated if stated is not None or not wind else site.wind_capacity_factor_frac,
            source=place.source if place is not None else site.wind_source if wind else site.source,
            confidence=place.confidence if place is not None else site.wind_confidence if wind else site.confidence,
        )
    return found


def site_of(plant: Plant, tables: WeatherTables) -> Site:
    """The site that the table names for the plant, else the nearest one."""
    place = _place(plant, tables)
    if place is None:
        return nearest_site(plant, tables)
    return next(site for site in tables.sites if site.site == place.site)


def _place(plant: Plant, tables: WeatherTables) -> Place | None:
    return next((row for row in tables.places if (row.name, row.technology) == (plant.plant, plant.technology)), None)


def rule_of(plant: Plant, site: Site) -> str:
    """Why the plant takes the site: the words of `Place.rule`."""
    if distance_km(plant, site) <= OWN_SITE_KM:
        return "own"
    if site.country != plant.country:
        return "nearest of all"
    return "nearest of zone" if plant.zone == site.zone else "nearest of country"


def weather_plants(plants: Iterable[Plant]) -> list[Plant]:
    """Wind and solar plants, in the order given."""
    return [plant for plant in plants if plant.technology in WEATHER_TECHNOLOGIES]


def distance_km(plant: Plant, site: Site) -> float:
    """Distance on the region's flat map."""
    places = flat_km(
        np.array([plant.latitude_deg, site.latitude_deg]), np.array([plant.longitude_deg, site.longitude_deg])
    )
    return float(np.hypot(*(places[0] - places[1])))


def nearest_site(plant: Plant, tables: WeatherTables) -> Site:
    """The site by the rule of `site_of_plants`; raises BadInput where no site of the kind exists at all."""
    kind = {"wind_onshore": "onshore", "wind_offshore": "offshore"}.get(plant.technology)
    fitting = [site for site in tables.sites if kind is None or site.wind_use == kind]
    if not fitting:
        raise BadInput([Problem("sites.csv", f"no site for {plant.technology}", f"at least one, for {plant.name}")])
    at_home = [site for site in fitting if site.country == plant.country]
    here = [site for site in at_home if distance_km(plant, site) <= OWN_SITE_KM]
    in_zone = [site for site in at_home if site.zone == plant.zone]
    return min(here or in_zone or at_home or fitting, key=lambda site: (distance_km(plant, site), site.site))


def radius_km(plant: Plant, tables: WeatherTables) -> float:
    """Radius of the disc over which a plant is spread: stated for aggregates, else by its capacity."""
    stated = tables.stated_radii_km.get(plant.plant)
    return stated if stated is not None else float(np.sqrt(plant.capacity_mw / FARM_DENSITY_MW_PER_KM2 / np.pi))


def make_points(plants: Iterable[Plant], tables: WeatherTables) -> Points:
    """Sub-sites on a sunflower spiral over each plant's disc: 1 up to 5 km, 4 up to 15 km, 9 beyond."""
    plants = tuple(plants)
    centres = flat_km(
        np.array([plant.latitude_deg for plant in plants]), np.array([plant.longitude_deg for plant in plants])
    )
    owner: list[int] = []
    places: list[Array] = []
    names: list[str] = []
    for number, plant in enumerate(plants):
        radius = radius_km(plant, tables)
        count = 1 if radius < 5 else 4 if radius < 15 else POINTS_MAX
        owner += [number] * count
        places.append(centres[number] + _spiral(count) * (radius if count > 1 else 0.0))
        names += [f"{plant.plant} {index}" for index in range(count)]
    return Points(
        plants=plants,
        sites=tuple(site_of(plant, tables) for plant in plants),
        owner=np.array(owner, dtype=np.int64),
        place_km=np.concatenate(places) if places else np.zeros((0, 2)),
        names=tuple(names),
        centre_km=centres,
    )


def _spiral(count: int) -> Array:
    """Points spread evenly over the unit disc, shape (count, 2)."""
    number = np.arange(count)
    distance, angle = np.sqrt((number + 0.5) / count), number * np.pi * (3 - np.sqrt(5))
    return np.column_stack([distance * np.cos(angle), distance * np.sin(angle)])
