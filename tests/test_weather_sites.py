"""Which site a plant takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from weather_case import corridor, grid_of, plant

from greengrid.errors import BadInput
from greengrid.weather import site_of_plants
from greengrid.weather.sites import (
    WEATHER_TECHNOLOGIES,
    distance_km,
    make_points,
    nearest_site,
    rule_of,
    weather_plants,
)
from greengrid.weather.tables import read_tables
from networks.build import build_grid
from networks.grid import Plant
from networks.tables import load_tables, shipped_sets


def test_every_plant_of_the_corridor_has_a_site() -> None:
    """Every wind and solar plant of 2035 has a site with a source; distances stay below 750 km."""
    grid = corridor()
    found = site_of_plants(grid)
    expected = {p.name for p in grid.plants if p.technology in ("wind_onshore", "wind_offshore", "solar")}
    assert set(found) == expected
    assert all(0 <= item.distance_km < 750 and item.source for item in found.values())


def all_plants() -> dict[tuple[str, str], Plant]:
    """Every wind and solar plant of any year, with and without the programme, by (plant, technology)."""
    tables = load_tables(shipped_sets()["corridor"])
    found: dict[tuple[str, str], Plant] = {}
    for year in tables.years:
        for programme in ("corridor", "none"):
            grid = build_grid(tables, year=year, links=(), reinforcement="none", programme=programme)
            for item in weather_plants(grid.plants):
                found.setdefault((item.plant, item.technology), item)
    return found


def test_the_table_names_every_plant_and_zone() -> None:
    """weather_plants.csv has exactly one row for every wind or solar plant of plants.csv and for every zone."""
    tables = load_tables(shipped_sets()["corridor"])
    wanted = {(row.name, row.technology) for row in tables.plants if row.technology in WEATHER_TECHNOLOGIES}
    wanted |= {(row.zone, "demand") for row in tables.zones}
    assert sorted((row.name, row.technology) for row in read_tables().places) == sorted(wanted)


def test_the_table_keeps_its_own_rule() -> None:
    """Site, rule and distance of every row are what the rule finds; the basis of the yield is the plant's, the site's
    or none."""
    tables = read_tables()
    plants = all_plants()
    for row in tables.places:
        if row.kind == "plant":
            item = plants[row.name, row.technology]
            site = nearest_site(item, tables)
            assert (row.site, row.rule) == (site.site, rule_of(item, site)), row.name
            assert row.distance_km == pytest.approx(distance_km(item, site), abs=0.6)
            stated_there = item.technology != "solar" and site.wind_capacity_factor_frac is not None
            at_site = "site" if stated_there else "climate"
            assert row.yield_basis == ("plant" if row.capacity_factor_frac is not None else at_site)


def test_zones_lie_where_their_load_is() -> None:
    """A zone's row lies within .5 degrees of the mean of its substations of 2025, weighted with their shares."""
    grid = corridor(2025)
    bus = {item.name: item for item in grid.buses}
    rows = {row.name: row for row in read_tables().places if row.kind == "zone"}
    for name in {item.zone for item in grid.demands}:
        loads = [item for item in grid.loads if item.zone == name]
        latitude = sum(item.share_frac * bus[item.bus].latitude_deg for item in loads)
        longitude = sum(item.share_frac * bus[item.bus].longitude_deg for item in loads)
        assert (rows[name].latitude_deg, rows[name].longitude_deg) == pytest.approx((latitude, longitude), abs=0.5)


def test_a_plant_without_a_row_stays_in_its_zone() -> None:
    """Abai stands nearer to the Dzungarian Gate, but its zone is the North: it takes Yereymentau's wind and sun."""
    for technology in ("wind_onshore", "solar"):
        abai = plant("Abai", technology, 46.913, 79.753, zone="KZ-North")
        assert nearest_site(abai, read_tables()).site == "Yereymentau"


def test_a_site_next_door_comes_before_the_zone() -> None:
    """40 km from Gobustan a plant of the zone AZ-Absheron takes Gobustan, not the nearest site of its zone."""
    next_door = plant("n", "solar", 40.53, 48.7, "AZ", "AZ-Absheron")
    site = nearest_site(next_door, read_tables())
    assert (site.site, rule_of(next_door, site)) == ("Gobustan", "own")


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
    bare = replace(tables, sites=tuple(site for site in tables.sites if site.wind_use != "offshore"), places=())
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
