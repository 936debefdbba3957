"""Which site a plant takes."""

from __future__ import annotations

import numpy as np
import pytest
from weather_case import corridor, grid_of, plant

from greengrid.errors import BadInput
from greengrid.weather import site_of_plants
from greengrid.weather.sites import make_points, nearest_site
from greengrid.weather.tables import WeatherTables, read_tables


def test_every_plant_of_the_corridor_has_a_site() -> None:
    """Every wind and solar plant of 2035 has a site with a source; distances stay below 750 km."""
    grid = corridor()
    found = site_of_plants(grid)
    expected = {p.name for p in grid.plants if p.technology in ("wind_onshore", "wind_offshore", "solar")}
    assert set(found) == expected
    assert all(0 <= item.distance_km < 750 and item.source for item in found.values())


def test_wind_stays_in_its_zone() -> None:
    """Abai stands nearer to the Dzungarian Gate, but its zone is the North: it takes Yereymentau's wind."""
    abai = plant("Abai", "wind_onshore", 46.913, 79.753, zone="KZ-North")
    assert nearest_site(abai, read_tables()).site == "Yereymentau"
    assert nearest_site(plant("x", "solar", 46.913, 79.753, zone="KZ-North"), read_tables()).site == "Dzungarian Gate"


def test_wind_never_takes_a_solar_place() -> None:
    """A wind farm next to Samarkand takes a site that wind farms may take; a solar plant takes Samarkand."""
    tables = read_tables()
    assert nearest_site(plant("w", "wind_onshore", 39.7, 67.0, "UZ", "UZ-Samarkand"), tables).site == "Nurota/Navoi"
    assert nearest_site(plant("s", "solar", 39.7, 67.0, "UZ", "UZ-Samarkand"), tables).site == "Samarkand"


def test_offshore_takes_offshore() -> None:
    """Offshore wind near Pirallahi takes the offshore site although an onshore one is nearer."""
    assert nearest_site(plant("o", "wind_offshore", 40.47, 50.4, "AZ", "AZ"), read_tables()).site == "Offshore Absheron"


def test_no_site_of_the_kind() -> None:
    """Without any offshore site an offshore plant is refused and named."""
    tables = read_tables()
    onshore = tuple(site for site in tables.sites if site.wind_use != "offshore")
    bare = WeatherTables(
        onshore, tables.power_curves, tables.mountings, (), tables.demand_months, tables.demand_hours, tables.hydro,
        tables.market_levels, tables.market_hours,
    )  # fmt: skip
    with pytest.raises(BadInput, match=r"no site for wind_offshore.*Deep"):
        site_of_plants(grid_of((plant("Deep", "wind_offshore", 40.2, 50.9, "AZ", "AZ"),)), bare)


def test_big_plants_are_spread() -> None:
    """50 MW is one point, 500 MW four, 5,000 MW nine, all inside the disc of 2 MW per square kilometre."""
    plants = [plant(f"p{mw}", "wind_onshore", 44.0, 60.0, capacity_mw=mw) for mw in (50.0, 500.0, 5000.0)]
    points = make_points(plants, read_tables())
    assert np.bincount(points.owner).tolist() == [1, 4, 9]
    for number, mw in enumerate((50.0, 500.0, 5000.0)):
        place = points.place_km[points.owner == number]
        assert np.hypot(*(place - place.mean(axis=0)).T).max() <= np.sqrt(mw / 2 / np.pi) * 1.05
