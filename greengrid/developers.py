"""What a run is worth to the owners of wind and solar plants: captured price, curtailment, floor price, return."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.optimize import brentq

from greengrid.economy.money import price_level
from greengrid.economy.tables import SHIPPED, read_tables
from greengrid.errors import BadInput, Problem
from greengrid.hourly import HourlyTable
from greengrid.sheets import read_sheet

HOURS_PER_YEAR = 8760
RETURN_LOW_PA, RETURN_HIGH_PA = -0.5, 2.0
Amount = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class RenewableProject(BaseModel):
    """Cost of one kind of plant, USD of 2025."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str
    technology: Literal["wind_onshore", "wind_offshore", "solar"]
    country: str
    zone: str
    """Blank: every zone of the country without a row of its own."""
    capex_low_usd_per_kw: Amount
    capex_usd_per_kw: Amount
    capex_high_usd_per_kw: Amount
    opex_usd_per_kw_year: Amount
    return_real_pa: Amount
    """What investors ask for, real, before tax."""
    life_years: Amount
    source: str = Field(min_length=1)
    confidence: Literal["A", "B", "C", "D"]
    notes: str


class PlantLike(Protocol):
    """What is read of a plant."""

    @property
    def name(self) -> str: ...
    @property
    def country(self) -> str: ...
    @property
    def zone(self) -> str: ...
    @property
    def technology(self) -> str: ...
    @property
    def bus(self) -> str: ...
    @property
    def capacity_mw(self) -> float: ...


@dataclass(frozen=True, slots=True)
class DeveloperRow:
    """All plants of one kind and zone, over a whole year. Real USD of the price base year."""

    kind: str
    """Row of the table of project costs; empty where there is none: then no floor price and no return."""
    country: str
    zone: str
    technology: str
    capacity_mw: float
    sold_mwh: float
    curtailed_frac: float
    """Of what wind and sun could give."""
    capture_price_usd_per_mwh: float | None
    """Mean nodal price of what is sold; None where nothing is."""
    floor_price_usd_per_mwh: float | None
    """Even price over the life that earns the return asked for, at this year's energy."""
    irr_real_pa: float | None
    """At the captured price every year; None below -50 %."""
    confidence: str


@cache
def renewable_projects() -> tuple[RenewableProject, ...]:
    """The shipped table; raises BadInput with every problem."""
    problems: list[Problem] = []
    rows = read_sheet(
        SHIPPED / "renewable_projects.csv", RenewableProject, list(RenewableProject.model_fields), problems
    )
    if problems:
        raise BadInput(problems)
    return rows


def developer_rows(
    plants: Iterable[PlantLike],
    generation_mw: HourlyTable,
    curtailed_mw: HourlyTable,
    price_usd_per_mwh: HourlyTable,
    *,
    price_base_year: int,
) -> tuple[DeveloperRow, ...]:
    """One row per kind of plant and zone; raises BadInput for a part of a year."""
    if generation_mw.hours < HOURS_PER_YEAR:
        raise BadInput([Problem("developers", f"{generation_mw.hours} hours", "a whole year")])
    groups: dict[tuple[str, str, str], list[PlantLike]] = {}
    for plant in plants:
        if plant.name in curtailed_mw.columns:
            groups.setdefault((plant.country, plant.zone, plant.technology), []).append(plant)
    level = price_level(read_tables(), price_base_year)
    found = []
    for (country, zone, technology), members in sorted(groups.items()):
        cost = cost_of(country, zone, technology)
        output = generation_mw.select([plant.name for plant in members]).values
        lost = float(curtailed_mw.select([plant.name for plant in members]).values.sum())
        prices = np.column_stack([price_usd_per_mwh[plant.bus] for plant in members])
        paid = float((output * prices).sum())
        sold, capacity = float(output.sum()), sum(plant.capacity_mw for plant in members)
        found.append(_row(cost, (country, zone, technology), (capacity, sold, lost, paid), level))
    return tuple(found)


def cost_of(country: str, zone: str, technology: str) -> RenewableProject | None:
    """None for a country of one's own tables without rows."""
    fitting = [row for row in renewable_projects() if (row.country, row.technology) == (country, technology)]
    own = [row for row in fitting if row.zone == zone] or [row for row in fitting if not row.zone]
    return own[0] if own else None


def _row(
    cost: RenewableProject | None,
    place: tuple[str, str, str],
    measured: tuple[float, float, float, float],
    level: float,
) -> DeveloperRow:
    (country, zone, technology), (capacity_mw, sold, lost, paid) = place, measured
    floor = earned = None
    if cost is not None:
        capex = level * cost.capex_usd_per_kw * 1000 * capacity_mw
        opex = level * cost.opex_usd_per_kw_year * 1000 * capacity_mw
        floor = (capex * annuity_factor(cost.return_real_pa, cost.life_years) + opex) / sold if sold > 0 else None
        earned = return_pa(capex, paid - opex, cost.life_years)
    return DeveloperRow(
        kind=cost.id if cost else "",
        country=country,
        zone=zone,
        technology=technology,
        capacity_mw=capacity_mw,
        sold_mwh=sold,
        curtailed_frac=lost / (sold + lost) if sold + lost > 0 else 0.0,
        capture_price_usd_per_mwh=paid / sold if sold > 0 else None,
        floor_price_usd_per_mwh=floor,
        irr_real_pa=earned,
        confidence=cost.confidence if cost else "",
    )


def annuity_factor(rate_pa: float, years: float) -> float:
    """Yearly payment per unit of capital: r/(1-(1+r)^-n)."""
    return 1.0 / years if abs(rate_pa) < 1e-12 else float(rate_pa / -np.expm1(-years * np.log1p(rate_pa)))


def return_pa(capex_usd: float, yearly_usd: float, years: float) -> float | None:
    """Rate at which an even yearly income repays the capex over the years; None below -50 %."""
    wanted = yearly_usd / capex_usd
    if not annuity_factor(RETURN_LOW_PA, years) < wanted < annuity_factor(RETURN_HIGH_PA, years):
        return None
    return float(brentq(lambda rate: annuity_factor(rate, years) - wanted, RETURN_LOW_PA, RETURN_HIGH_PA, xtol=1e-10))
