"""What a MW of each candidate costs a year: capital as an annuity at one real rate, and fixed running cost."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from greengrid.case import Case
from greengrid.costs import LinkCosts, UnitCosts, annuity_frac, link_costs
from greengrid.developers import PlantLike, cost_of
from greengrid.economy.money import price_level
from greengrid.economy.tables import SHIPPED, read_tables
from greengrid.errors import BadInput, Problem
from greengrid.package_costs import package_costs
from greengrid.sheets import read_sheet
from networks.grid import Grid
from networks.hvdc import Link

LINE_LIFE_YEARS = 40
Amount = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class StorageProject(BaseModel):
    """Cost of one kind of storage, USD of 2025."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str
    technology: Literal["battery"]
    country: str
    capex_low_usd_per_kwh: Amount
    capex_usd_per_kwh: Amount
    capex_high_usd_per_kwh: Amount
    opex_usd_per_kwh_year: Amount
    life_years: Amount
    source: str = Field(min_length=1)
    confidence: Literal["A", "B", "C", "D"]
    notes: str


@cache
def storage_projects() -> tuple[StorageProject, ...]:
    """The shipped table; raises BadInput with every problem."""
    problems: list[Problem] = []
    rows = read_sheet(SHIPPED / "storage_projects.csv", StorageProject, list(StorageProject.model_fields), problems)
    if problems:
        raise BadInput(problems)
    return rows


def real_rate_pa(case: Case) -> float:
    """The project's discount rate without its inflation (Fisher)."""
    return float((1 + case.project.discount_rate_nominal_pa) / (1 + case.project.inflation_pa) - 1)


def renewable_usd_per_mw(plant: PlantLike, rate_pa: float, price_base_year: int) -> tuple[float, str, str]:
    """(annual cost, source, confidence) of wind or sun; raises `BadInput` where the table has no row."""
    row = cost_of(plant.country, plant.zone, plant.technology)
    if row is None:
        found = f"no row for {plant.technology} in {plant.country}"
        raise BadInput([Problem("renewable_projects.csv", found, f"the cost of {plant.name}")])
    capital = row.capex_usd_per_kw * annuity_frac(rate_pa, round(row.life_years))
    level = price_level(read_tables(), price_base_year)
    return 1000 * level * (capital + row.opex_usd_per_kw_year), row.source, row.confidence


def battery_usd_per_mw(duration_h: float, rate_pa: float, price_base_year: int) -> tuple[float, str, str]:
    """(annual cost, source, confidence) of a battery that holds `duration_h` hours of its power."""
    row = storage_projects()[0]
    capital = row.capex_usd_per_kwh * annuity_frac(rate_pa, round(row.life_years))
    level = price_level(read_tables(), price_base_year)
    return 1000 * level * duration_h * (capital + row.opex_usd_per_kwh_year), row.source, row.confidence


def link_usd_per_mw(case: Case, grid: Grid, link: Link, rate_pa: float) -> float:
    """Annual cost over the rating: capital with interest to the first year of operation, upkeep, one refurbishment.

    Everything is taken in proportion to the rating. Capital is; of the upkeep, repairs of the subsea cable are not: a
    small link would pay somewhat more.
    """
    country = {bus.name: bus.country for bus in grid.buses}
    years = case.project.operation_years
    costs = link_costs(
        link,
        (country[link.from_bus], country[link.to_bus]),
        construction_years=case.project.operation_first_year - case.project.construction_first_year,
        unit_costs=UnitCosts.of(case.price_base_year, case.link[link.name].cost),
    )
    annual = (_with_interest(costs, rate_pa) + _refurbishment(costs, rate_pa)) * annuity_frac(rate_pa, years)
    return (annual + costs.upkeep_usd_real.central) / link.capacity_mw


def _with_interest(costs: LinkCosts, rate_pa: float) -> float:
    """Capital at the start of operation, each year's spending in its middle."""
    total = 0.0
    for item in costs.items:
        years = len(item.spread_frac)
        total += item.central_usd_real * sum(
            share * (1 + rate_pa) ** (years - year - 0.5) for year, share in enumerate(item.spread_frac)
        )
    return total


def _refurbishment(costs: LinkCosts, rate_pa: float) -> float:
    return float(costs.refurbishment_usd_real.central / (1 + rate_pa) ** costs.refurbishment_year.central)


def package_points(case: Case, rate_pa: float) -> tuple[tuple[float, float], ...]:
    """(size of the link in MW, annual cost of its inland package), from nothing on; empty where none is built."""
    if case.reinforcement.scope == "none":
        return ()
    upkeep = UnitCosts.of(case.price_base_year).share("line_upkeep").central
    yearly = annuity_frac(rate_pa, LINE_LIFE_YEARS) + upkeep
    points = [(row.option_mw, row.central_usd_real * yearly) for row in package_costs(case)]
    return ((0.0, 0.0), *points) if points else ()


def convex_lines(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """(constant, slope) of the lines whose largest is the lower convex envelope of points in ascending order.

    Packages are whole steps: between and below them the envelope asks for less than any package that can be built.
    """
    hull: list[tuple[float, float]] = []
    for point in points:
        while len(hull) >= 2 and _slope(hull[-2], hull[-1]) >= _slope(hull[-1], point):
            hull.pop()
        hull.append(point)
    return tuple(
        (start[1] - _slope(start, end) * start[0], _slope(start, end)) for start, end in itertools.pairwise(hull)
    )


def _slope(start: tuple[float, float], end: tuple[float, float]) -> float:
    return (end[1] - start[1]) / (end[0] - start[0])
