"""Candidates that no table of the case holds: more wind and sun where stations stand already, a battery in each zone.

They are rows in a copy of the case's tables, so that grid, weather and prices see them as they see any plant.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from greengrid.case import Case, check_case
from greengrid.expansion.settings import Settings
from greengrid.weather.correlation import flat_km
from greengrid.weather.sites import WEATHER_TECHNOLOGIES
from networks.grid import Grid, Plant
from networks.rows import STORED
from networks.staging import PACKAGE_LINK
from networks.tables import shipped_sets

UNLISTED = " other "
"""In the names of rows that close a national total: they stand at no site."""


@dataclass(frozen=True)
class Additions:
    """Names of the rows that were added."""

    sites: tuple[str, ...] = ()
    batteries: tuple[str, ...] = ()

    def kind_of(self, plant: str) -> str:
        """site, battery, or nothing for a plant of the case."""
        return "site" if plant in self.sites else "battery" if plant in self.batteries else ""


def programme(grid: Grid) -> list[Plant]:
    """The wind and sun of the case's programme."""
    return [plant for plant in grid.plants if plant.status == "scenario" and plant.technology not in STORED]


def known_sites(grid: Grid, reach_km: float) -> list[Plant]:
    """The largest listed station of each kind of wind and sun in each zone within reach of an end of the Caspian link.

    The programme's own zones and kinds are left out: its plants are candidates already. Stations that close a national
    total stand nowhere, so they show no site.
    """
    if reach_km <= 0:
        return []
    ends = _ends(grid)
    taken = {(plant.zone, plant.technology) for plant in programme(grid)}
    found: dict[tuple[str, str], Plant] = {}
    for plant in sorted(grid.plants, key=lambda plant: (-plant.capacity_mw, plant.name)):
        key = (plant.zone, plant.technology)
        if plant.technology not in WEATHER_TECHNOLOGIES or key in taken or UNLISTED in plant.plant:
            continue
        if min(_distance_km(plant, end) for end in ends) <= reach_km:
            found.setdefault(key, plant)
    return sorted(found.values(), key=lambda plant: (plant.country, plant.zone, plant.technology))


def _ends(grid: Grid) -> list[tuple[float, float]]:
    link = next(link for link in grid.links if link.name == PACKAGE_LINK)
    place = {bus.name: (bus.latitude_deg, bus.longitude_deg) for bus in grid.buses}
    return [place[link.from_bus], place[link.to_bus]]


def _distance_km(plant: Plant, place: tuple[float, float]) -> float:
    points = flat_km(np.array([plant.latitude_deg, place[0]]), np.array([plant.longitude_deg, place[1]]))
    return float(np.hypot(*(points[0] - points[1])))


def with_additions(case: Case, grid: Grid, settings: Settings, folder: Path) -> tuple[Case, Additions]:
    """The case on a copy of its tables with a plant at each known site and a battery in each zone of the candidates.

    The battery stands at the substation of the zone's largest candidate.
    """
    sites = known_sites(grid, settings.reach_km) if settings.site_most_mw > 0 else []
    zones: dict[str, Plant] = {}
    for plant in sorted(programme(grid), key=lambda plant: -plant.capacity_mw) + sites:
        zones.setdefault(plant.zone, plant)
    batteries = zones if settings.battery_most_mw > 0 else {}
    substation = {bus.name: bus.substation for bus in grid.buses}
    rows = [_site_row(plant, substation[plant.bus], settings, case.year) for plant in sites]
    rows += [_battery_row(zone, plant, substation[plant.bus], settings, case.year) for zone, plant in batteries.items()]
    if not rows:
        return case, Additions()
    shutil.copytree(shipped_sets().get(case.network, Path(case.network)), folder)
    _append(folder / "plants.csv", rows)
    content = case.model_dump(mode="json", exclude_none=True) | {"network": str(folder)}
    names = [str(row["name"]) for row in rows]
    return check_case(content, case.name), Additions(tuple(names[: len(sites)]), tuple(names[len(sites) :]))


def _append(path: Path, rows: Iterable[dict[str, object]]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writerows(rows)


def _site_row(plant: Plant, substation: str, settings: Settings, year: int) -> dict[str, object]:
    own = {
        "name": f"Expansion {plant.technology} {plant.zone}",
        "technology": plant.technology,
        "capacity_mw": settings.site_most_mw,
        "energy_mwh": 0,
        "source": f"candidate of an expansion beside {plant.plant}; capacity as chosen by the case",
    }
    return own | _place(plant, substation, year)


def _battery_row(zone: str, plant: Plant, substation: str, settings: Settings, year: int) -> dict[str, object]:
    own = {
        "name": f"Expansion battery {zone}",
        "technology": "battery",
        "capacity_mw": settings.battery_most_mw,
        "energy_mwh": settings.battery_most_mw * settings.battery_duration_h,
        "source": "candidate of an expansion; capacity as chosen by the case",
    }
    return own | _place(plant, substation, year)


def _place(plant: Plant, substation: str, year: int) -> dict[str, object]:
    return {
        "country": plant.country,
        "substation": substation,
        "latitude_deg": plant.latitude_deg,
        "longitude_deg": plant.longitude_deg,
        "status": "planned",
        "year": year,
        "confidence": "D",
    }
