"""What the hydro plants of each country made in past years."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from greengrid.errors import BadInput, Problem
from greengrid.sheets import read_sheet
from greengrid.weather.rows import Country, Positive, Row

FILE = Path(__file__).parent / "tables" / "water_years.csv"


class WaterYearRow(Row):
    """Energy that all hydro plants of a country on the modelled network made in a past year."""

    country: Country
    year: Annotated[int, Field(ge=1990, le=2100)]
    energy_gwh: Positive
    low_gwh: Positive
    high_gwh: Positive

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.low_gwh <= self.energy_gwh <= self.high_gwh:
            raise ValueError("low, central and high energy out of order")
        return self


@cache
def measured_gwh(year: int, file: Path = FILE) -> dict[str, float]:
    """Energy by country; BadInput for a bad table, empty for a year that nobody measured."""
    problems: list[Problem] = []
    rows = read_sheet(file, WaterYearRow, WaterYearRow.columns(), problems)
    keys = [(row.country, row.year) for row in rows]
    problems += [
        Problem(file.name, f"{country} {when} more than once", "one row per country and year")
        for country, when in sorted({key for key in keys if keys.count(key) > 1})
    ]
    if problems:
        raise BadInput(problems)
    return {row.country: row.energy_gwh for row in rows if row.year == year}
