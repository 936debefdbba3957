"""What may be built: programme wind and sun by site, a battery in each of their zones, the link's rating."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import isfinite
from pathlib import Path

import numpy as np

from greengrid.case import Case, check_case
from greengrid.errors import BadInput, Problem
from greengrid.expansion.bundle import Box, Cut
from greengrid.expansion.costs import (
    battery_usd_per_mw,
    convex_lines,
    link_usd_per_mw,
    package_points,
    renewable_usd_per_mw,
)
from greengrid.inputs import Inputs
from networks.grid import Grid, Plant
from networks.rows import STORED
from networks.staging import PACKAGE_LINK
from networks.tables import shipped_sets

STEP_FRAC = 0.5
"""Each candidate is measured at its size in the case and at this share of it; what depends on it is proportional."""


@dataclass(frozen=True)
class Settings:
    """Bounds and prices of one expansion."""

    renewable_most_ratio: float
    """Most of each programme plant, over its capacity in the case."""
    battery_most_mw: float
    """Most in each zone; 0: no batteries."""
    battery_duration_h: float
    link_most_mw: float
    rate_real_pa: float
    gap_frac: float
    trials_max: int = 80
    each_package: bool = False
    """Try every inland package of the tables in its own network, paid in full, instead of their envelope."""


@dataclass(frozen=True)
class Candidate:
    """One capacity that is chosen between 0 and a bound."""

    name: str
    kind: str
    """wind_onshore, wind_offshore, solar, battery or link."""
    place: str
    """Zone, or the two ends of the link."""
    reference_mw: float
    """In the case; a battery: at which its effect is measured."""
    most_mw: float
    annual_usd_per_mw: float
    confidence: str
    source: str


def check(case: Case, settings: Settings) -> None:
    """Raises `BadInput` with everything that keeps a case from being expanded."""
    found = [
        Problem(name, str(value), "a finite number") for name, value in asdict(settings).items() if not isfinite(value)
    ]
    if case.programme == "none":
        expected = 'programme = "corridor": its plants are the candidates'
        found.append(Problem("programme", "none", expected, "Wind and sun are chosen from nothing to a multiple of it"))
    if PACKAGE_LINK not in case.built_links:
        expected = f"link.{PACKAGE_LINK}.capacity_mw above 0: its losses are held while its size is chosen"
        found.append(Problem("link", f"no {PACKAGE_LINK} link", expected))
    if case.dispatch.green not in ("none", "hourly"):
        remedy = "`greengrid green` compares all rules on one choice of capacities"
        found.append(Problem("dispatch.green", case.dispatch.green, "none or hourly in an expansion", remedy))
    if settings.each_package and case.reinforcement.scope == "none":
        found.append(Problem("reinforcement.scope", "none", "rated, firm or firm_n-1 to try every inland package"))
    if found:
        raise BadInput(found)


def with_batteries(case: Case, grid: Grid, settings: Settings, folder: Path) -> tuple[Case, dict[str, str]]:
    """The case on a copy of its tables with a battery in each zone of the candidates, and their names by zone.

    The battery stands at the substation of the zone's largest programme plant.
    """
    if settings.battery_most_mw <= 0:
        return case, {}
    largest: dict[str, Plant] = {}
    for plant in sorted(_programme(grid), key=lambda plant: -plant.capacity_mw):
        largest.setdefault(plant.zone, plant)
    shutil.copytree(shipped_sets().get(case.network, Path(case.network)), folder)
    path = folder / "plants.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    substation = {bus.name: bus.substation for bus in grid.buses}
    names = {zone: f"Expansion battery {zone}" for zone in largest}
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        for zone, plant in largest.items():
            writer.writerow(_battery_row(names[zone], plant, substation[plant.bus], settings, case.year))
    content = case.model_dump(mode="json", exclude_none=True) | {"network": str(folder)}
    return check_case(content, case.name), names


def _battery_row(name: str, plant: Plant, substation: str, settings: Settings, year: int) -> dict[str, object]:
    return {
        "name": name,
        "country": plant.country,
        "substation": substation,
        "latitude_deg": plant.latitude_deg,
        "longitude_deg": plant.longitude_deg,
        "technology": "battery",
        "capacity_mw": settings.battery_most_mw,
        "energy_mwh": settings.battery_most_mw * settings.battery_duration_h,
        "status": "planned",
        "year": year,
        "source": "candidate of an expansion; capacity as chosen by the case",
        "confidence": "D",
    }


def _programme(grid: Grid) -> list[Plant]:
    return [plant for plant in grid.plants if plant.status == "scenario" and plant.technology not in STORED]


def candidates(case: Case, grid: Grid, settings: Settings, batteries: dict[str, str]) -> tuple[Candidate, ...]:
    """Programme plants in the grid's order, batteries by zone, the link."""
    found = []
    rate, base = settings.rate_real_pa, case.price_base_year
    for name in dict.fromkeys(plant.plant for plant in _programme(grid)):
        parts = [plant for plant in grid.plants if plant.plant == name]
        reference = sum(part.capacity_mw for part in parts)
        cost, source, grade = renewable_usd_per_mw(parts[0], rate, base)
        most = settings.renewable_most_ratio * reference
        found.append(Candidate(name, parts[0].technology, parts[0].zone, reference, most, cost, grade, source))
    for zone, name in batteries.items():
        cost, source, grade = battery_usd_per_mw(settings.battery_duration_h, rate, base)
        most = settings.battery_most_mw
        found.append(Candidate(name, "battery", zone, most, most, cost, grade, source))
    link = next(link for link in grid.links if link.name == PACKAGE_LINK)
    cost = link_usd_per_mw(case, grid, link, rate)
    place = f"{link.from_bus} to {link.to_bus}"
    source = "link_costs.csv over length and rating"
    found.append(Candidate(link.name, "link", place, link.capacity_mw, settings.link_most_mw, cost, "B", source))
    return tuple(found)


def box(case: Case, chosen: Sequence[Candidate], rate_real_pa: float) -> Box:
    """Bounds and annual costs of the candidates; the inland package follows the link's size."""
    slopes = np.array([float(each.kind == "link") for each in chosen])
    points = package_points(case, rate_real_pa)
    return Box(
        lower_mw=np.zeros(len(chosen)),
        upper_mw=np.array([each.most_mw for each in chosen]),
        annual_usd_per_mw=np.array([each.annual_usd_per_mw for each in chosen]),
        lines=tuple(Cut(constant, slope * slopes) for constant, slope in convex_lines(points)),
    )


def resized(inputs: Inputs, candidate: Candidate, capacity_mw: float) -> Inputs:
    """The inputs with one candidate at another capacity.

    A battery keeps its hours, a link its loss coefficients: the conductor grows with the rating, and so does the ramp.
    """
    grid, economy = inputs.grid, inputs.economy
    factor = capacity_mw / candidate.reference_mw
    if candidate.kind == "link":
        links = tuple(
            replace(
                link,
                capacity_mw=capacity_mw,
                resistance_ohm_per_km=link.resistance_ohm_per_km / factor,
                ramp_max_mw_per_h=link.ramp_max_mw_per_h * factor,
            )
            if link.name == candidate.name
            else link
            for link in grid.links
        )
        return replace(inputs, grid=replace(grid, links=links))
    parts = {plant.name for plant in grid.plants if plant.plant == candidate.name}
    plants = tuple(
        replace(plant, capacity_mw=plant.capacity_mw * factor, energy_mwh=plant.energy_mwh * factor)
        if plant.name in parts
        else plant
        for plant in grid.plants
    )
    units = tuple(
        replace(unit, storage_mwh=unit.storage_mwh * factor) if unit.name in parts else unit for unit in economy.units
    )
    return replace(inputs, grid=replace(grid, plants=plants), economy=replace(economy, units=units))
