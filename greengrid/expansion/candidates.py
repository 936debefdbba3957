"""What may be built: wind and sun by site, a battery in each of their zones, the link's rating."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import isfinite

import numpy as np

from greengrid.case import Case
from greengrid.errors import BadInput, Problem
from greengrid.expansion.additions import Additions, programme
from greengrid.expansion.bundle import Box, Cut
from greengrid.expansion.costs import (
    battery_usd_per_mw,
    convex_lines,
    link_usd_per_mw,
    package_points,
    renewable_usd_per_mw,
)
from greengrid.expansion.settings import Settings
from greengrid.inputs import Inputs
from networks.grid import Grid, Plant
from networks.staging import PACKAGE_LINK

STEP_FRAC = 0.5
"""Each candidate is measured at its size in the case and at this share of it; what depends on it is proportional."""


@dataclass(frozen=True)
class Candidate:
    """One capacity that is chosen between 0 and a bound."""

    name: str
    kind: str
    """wind_onshore, wind_offshore, solar, battery or link."""
    place: str
    """Zone, or the two ends of the link."""
    reference_mw: float
    """In the case; of what is added: at which its effect is measured."""
    most_mw: float
    annual_usd_per_mw: float
    confidence: str
    source: str
    added: bool = False
    """Whether the case's own tables lack it: the search starts without it."""


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
    found += _ignored(case)
    if found:
        raise BadInput(found)


def _ignored(case: Case) -> list[Problem]:
    """Rules that a year's run keeps by solving it again, for which a week as a function of capacities has no room."""
    rules = (
        ("dispatch.secure", case.dispatch.secure, "none"),
        ("dispatch.foresight", case.dispatch.foresight, "perfect"),
        ("security.losses", case.security.losses, "flat"),
    )
    return [
        Problem(
            name,
            value,
            f'"{kept}" in an expansion, which would ignore it',
            f"Expand with --set {name}={kept}, then run DIR/case.toml with --set {name}={value}",
        )
        for name, value, kept in rules
        if value != kept
    ]


def candidates(case: Case, grid: Grid, settings: Settings, added: Additions) -> tuple[Candidate, ...]:
    """Programme plants in the grid's order, further sites, batteries by zone, the link."""
    found = []
    rate, base = settings.rate_real_pa, case.price_base_year
    for name in dict.fromkeys(plant.plant for plant in (*programme(grid), *_of(grid, added.sites))):
        parts = [plant for plant in grid.plants if plant.plant == name]
        reference = sum(part.capacity_mw for part in parts)
        cost, source, grade = renewable_usd_per_mw(parts[0], rate, base)
        is_added = bool(added.kind_of(name))
        most = settings.site_most_mw if is_added else settings.renewable_most_ratio * reference
        kind, zone = parts[0].technology, parts[0].zone
        found.append(Candidate(name, kind, zone, reference, most, cost, grade, source, added=is_added))
    for plant in _of(grid, added.batteries):
        cost, source, grade = battery_usd_per_mw(settings.battery_duration_h, rate, base)
        most = settings.battery_most_mw
        found.append(Candidate(plant.plant, "battery", plant.zone, most, most, cost, grade, source, added=True))
    link = next(link for link in grid.links if link.name == PACKAGE_LINK)
    cost = link_usd_per_mw(case, grid, link, rate)
    place = f"{link.from_bus} to {link.to_bus}"
    source = "link_costs.csv over length and rating"
    found.append(Candidate(link.name, "link", place, link.capacity_mw, settings.link_most_mw, cost, "B", source))
    return tuple(found)


def _of(grid: Grid, names: Sequence[str]) -> list[Plant]:
    return [plant for plant in grid.plants if plant.plant in names]


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
