"""Price levels, exchange rates and values between the years of a table."""

from __future__ import annotations

from collections.abc import Mapping

from greengrid.economy.rows import Quantity
from greengrid.economy.tables import EconomyTables
from greengrid.errors import BadInput, Problem

TABLE_PRICE_YEAR = 2025
"""The economy tables are in real USD of 2024-25, taken as 2025."""


def price_level(tables: EconomyTables, price_base_year: int) -> float:
    """Factor that turns the tables' USD of 2025 into USD of another base year, at the long-run USD inflation."""
    if not 2015 <= price_base_year <= 2050:
        raise BadInput([Problem("price_base_year", str(price_base_year), "a year from 2015 to 2050")])
    return float((1 + tables.quantity("inflation.US").central) ** (price_base_year - TABLE_PRICE_YEAR))


def usd_per_eur(tables: EconomyTables) -> float:
    """The one dated rate at which every euro amount of the tables is converted."""
    return tables.quantity("usd_per_eur").central


def in_usd(tables: EconomyTables, row: Quantity) -> tuple[float, float, float]:
    """(low, central, high) of a EUR, MEUR, USD or MUSD quantity in (million) USD of 2025, at the central rate."""
    rate = usd_per_eur(tables) if "EUR" in row.unit else 1.0
    return row.low * rate, row.central * rate, row.high * rate


def at_year(points: Mapping[int, float], year: int, where: str) -> float:
    """Value of a year, linear between the years that are given.

    Raises BadInput outside the years of the table: nothing is extrapolated.
    """
    years = sorted(points)
    if not years or not years[0] <= year <= years[-1]:
        found = f"no value for {year}; there are {', '.join(map(str, years)) or 'none'}"
        raise BadInput([Problem(where, found, "a year inside the table", "Add rows for this year to the table.")])
    later = next(y for y in years if y >= year)
    earlier = max(y for y in years if y <= year)
    if later == earlier:
        return points[year]
    share = (year - earlier) / (later - earlier)
    return points[earlier] + share * (points[later] - points[earlier])


def since_year(points: Mapping[int, float], year: int, where: str) -> float:
    """As `at_year`, but the last value holds on."""
    last = max(points, default=year)
    return at_year(points, min(year, last), where)
