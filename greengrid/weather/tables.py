"""Reads the weather tables; every problem of every table is gathered and reported once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from greengrid.errors import BadInput, Problem
from greengrid.sheets import read_sheet
from greengrid.weather.rows import (
    CurvePoint,
    DemandHours,
    DemandMonths,
    HydroRow,
    MarketHours,
    MarketLevel,
    Mounting,
    PlantException,
    Row,
    Site,
)

SHIPPED = Path(__file__).parent / "tables"

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class WeatherTables:
    """All rows of the weather."""

    sites: tuple[Site, ...]
    power_curves: tuple[CurvePoint, ...]
    mountings: tuple[Mounting, ...]
    plant_exceptions: tuple[PlantException, ...]
    demand_months: tuple[DemandMonths, ...]
    demand_hours: tuple[DemandHours, ...]
    hydro: tuple[HydroRow, ...]
    market_levels: tuple[MarketLevel, ...]
    market_hours: tuple[MarketHours, ...]

    def exceptions(self, quantity: str) -> dict[str, float]:
        """Value by `Plant.plant`."""
        return {row.plant: row.value for row in self.plant_exceptions if row.quantity == quantity}


def read_table(path: Path, kind: type[R], key: tuple[str, ...], problems: list[Problem]) -> tuple[R, ...]:
    """Rows of a CSV file as `kind`, one per `key`; adds what is wrong to `problems` and leaves such rows out."""
    rows = read_sheet(path, kind, kind.columns(), problems)
    keys = [tuple(getattr(row, name) for name in key) for row in rows]
    for repeated in sorted({item for item in keys if keys.count(item) > 1}, key=str):
        problems.append(Problem(path.name, f"the key {repeated} more than once", "one row per key"))
    return rows


@cache
def read_tables(folder: Path = SHIPPED) -> WeatherTables:
    """All tables of a folder (default: the shipped ones).

    Raises BadInput with every problem found: missing file or column, unknown column, empty or NaN cell, value out of
    range, repeated key.
    """
    problems: list[Problem] = []

    def read(file: str, kind: type[R], *key: str) -> tuple[R, ...]:
        return read_table(folder / file, kind, key, problems)

    tables = WeatherTables(
        sites=read("sites.csv", Site, "site"),
        power_curves=read("power_curves.csv", CurvePoint, "turbine", "wind_speed_m_per_s"),
        mountings=read("solar_mounting.csv", Mounting, "country"),
        plant_exceptions=read("plant_exceptions.csv", PlantException, "plant", "quantity"),
        demand_months=read("demand_months.csv", DemandMonths, "country"),
        demand_hours=read("demand_hours.csv", DemandHours, "country", "season", "day"),
        hydro=read("hydro.csv", HydroRow, "country", "plant"),
        market_levels=read("market_levels.csv", MarketLevel, "market"),
        market_hours=read("market_hours.csv", MarketHours, "market", "season"),
    )
    if problems:
        raise BadInput(problems)
    return tables
