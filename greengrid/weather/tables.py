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
    Holiday,
    HydroRow,
    MarketHours,
    MarketLevel,
    Mounting,
    Row,
    Variability,
)
from greengrid.weather.site_rows import Place, Site
from networks.tables import shipped_sets

SHIPPED = Path(__file__).parent / "tables"

SITE_FILES = ("weather_sites.csv", "weather_plants.csv")
"""Read from a network's folder where they stand there."""

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class WeatherTables:
    """All rows of the weather."""

    sites: tuple[Site, ...]
    places: tuple[Place, ...]
    power_curves: tuple[CurvePoint, ...]
    mountings: tuple[Mounting, ...]
    demand_months: tuple[DemandMonths, ...]
    demand_hours: tuple[DemandHours, ...]
    holidays: tuple[Holiday, ...]
    variability: tuple[Variability, ...]
    hydro: tuple[HydroRow, ...]
    market_levels: tuple[MarketLevel, ...]
    market_hours: tuple[MarketHours, ...]

    @property
    def stated_yields(self) -> dict[str, float]:
        """Stated capacity factor by `Plant.plant`."""
        return {row.name: row.capacity_factor_frac for row in self.places if row.capacity_factor_frac is not None}

    @property
    def stated_radii_km(self) -> dict[str, float]:
        """Stated spread by `Plant.plant`."""
        return {row.name: row.radius_km for row in self.places if row.radius_km is not None}

    def variability_of(self, resource: str) -> Variability:
        """Year-to-year change of a resource."""
        return next(row for row in self.variability if row.resource == resource)


def read_table(path: Path, kind: type[R], key: tuple[str, ...], problems: list[Problem]) -> tuple[R, ...]:
    """Rows of a CSV file as `kind`, one per `key`; adds what is wrong to `problems` and leaves such rows out."""
    rows = read_sheet(path, kind, kind.columns(), problems)
    keys = [tuple(getattr(row, name) for name in key) for row in rows]
    for repeated in sorted({item for item in keys if keys.count(item) > 1}, key=str):
        problems.append(Problem(path.name, f"the key {repeated} more than once", "one row per key"))
    return rows


@cache
def read_tables(folder: Path = SHIPPED, network: Path | None = None) -> WeatherTables:
    """All tables of a folder (default: the shipped ones), with the sites of a network's folder.

    `weather_sites.csv` and `weather_plants.csv` are read from `network` where they stand there, else from the shipped
    corridor. Raises BadInput with every problem found: missing file or column, unknown column, empty or NaN cell, value
    out of range, repeated key, a place at an unknown site.
    """
    problems: list[Problem] = []
    shipped_network = shipped_sets()["corridor"]

    def read(file: str, kind: type[R], *key: str) -> tuple[R, ...]:
        return read_table(folder / file, kind, key, problems)

    def read_near(file: str, kind: type[R], *key: str) -> tuple[R, ...]:
        own = None if network is None else network / file
        return read_table(own if own is not None and own.is_file() else shipped_network / file, kind, key, problems)

    tables = WeatherTables(
        sites=read_near(SITE_FILES[0], Site, "site"),
        places=read_near(SITE_FILES[1], Place, "name", "technology"),
        power_curves=read("power_curves.csv", CurvePoint, "turbine", "wind_speed_m_per_s"),
        mountings=read("solar_mounting.csv", Mounting, "country"),
        demand_months=read("demand_months.csv", DemandMonths, "country"),
        demand_hours=read("demand_hours.csv", DemandHours, "country", "season", "day"),
        holidays=read("holidays.csv", Holiday, "country", "month", "day"),
        variability=read("variability.csv", Variability, "resource"),
        hydro=read("hydro.csv", HydroRow, "country", "plant"),
        market_levels=read("market_levels.csv", MarketLevel, "market"),
        market_hours=read("market_hours.csv", MarketHours, "market", "season"),
    )
    problems += _references(tables)
    if problems:
        raise BadInput(problems)
    return tables


def _references(tables: WeatherTables) -> list[Problem]:
    """Places at sites that do not exist, resources without a row."""
    known = {site.site for site in tables.sites}
    found = [
        Problem(f"weather_plants.csv, {row.name}", f"an unknown site {row.site!r}", "a site of weather_sites.csv")
        for row in tables.places
        if known and row.site not in known
    ]
    given = {row.resource for row in tables.variability}
    missing = sorted({"wind", "sun", "water"} - given)
    if given and missing:
        found.append(Problem("variability.csv", f"no row for {', '.join(missing)}", "wind, sun and water"))
    return found
