"""The course of a figure over the operating years, from the years that were dispatched and a named growth scenario."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from greengrid.economy.tables import SHIPPED
from greengrid.errors import BadInput, Problem
from greengrid.sheets import read_sheet

NONE = "none"
Growth = Annotated[float, Field(gt=-0.2, lt=0.2, allow_inf_nan=False)]


class GrowthScenario(BaseModel):
    """What happens after the last dispatched year, in real terms."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(pattern=r"^[a-z][a-z-]*$")
    energy_growth_pa: Growth
    """Of what the link carries, never beyond its rating."""
    rent_growth_pa: Growth
    growth_years: int = Field(ge=1, le=60)
    """After so many years it ends."""
    source: str = Field(min_length=1)
    confidence: Literal["A", "B", "C", "D"]
    notes: str


@cache
def growth_scenarios() -> Mapping[str, GrowthScenario]:
    """The shipped table by name; raises BadInput with every problem."""
    problems: list[Problem] = []
    rows = read_sheet(SHIPPED / "growth_scenarios.csv", GrowthScenario, list(GrowthScenario.model_fields), problems)
    if problems:
        raise BadInput(problems)
    return {row.name: row for row in rows}


def growth_scenario(name: str) -> GrowthScenario | None:
    """The named scenario, or None for "none"; raises BadInput for a name that the table does not hold."""
    if name == NONE:
        return None
    known = growth_scenarios()
    if name not in known:
        near = ", ".join(difflib.get_close_matches(name, known, n=1)) or "none is near"
        expected = f"{NONE} or one of {', '.join(known)}"
        raise BadInput([Problem("project.growth", repr(name), expected, f"Nearest: {near}")])
    return known[name]


def course(
    points: Mapping[int, float], years: range, growth_pa: float = 0.0, growth_years: int = 0, most: float = np.inf
) -> tuple[float, ...]:
    """One value for each of `years` from the values of the dispatched years.

    Straight lines between them; before the first as in it; after the last it grows by `growth_pa` a year for
    `growth_years`, then stays. Nothing above `most`, unless a dispatched year is.
    """
    known = sorted(points)
    values = np.interp(np.asarray(years), known, [points[year] for year in known])
    after = np.clip(np.asarray(years) - known[-1], 0, growth_years)
    grown = values * (1.0 + growth_pa) ** after
    ceiling = np.maximum(values, most)
    return tuple(np.minimum(grown, ceiling).tolist())
