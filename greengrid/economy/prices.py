"""Fuel and carbon prices of one case: one year, one basis, one price level, with the case's own values on top."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from greengrid.economy.money import at_year, price_level
from greengrid.economy.tables import EconomyTables
from greengrid.errors import BadInput, Problem


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices in USD of the case's base year."""

    fuel_usd_per_mwh_th: Mapping[str, float]
    """Keys "coal.KZ", "coal_south.KZ", "gas.AZ", "uranium.all" ..."""
    carbon_usd_per_tco2: Mapping[str, float]
    """Paid at home, by country."""
    origin: Mapping[str, tuple[str, str]]
    """Key -> (confidence, source)."""

    def fuel(self, fuel: str, country: str, zone: str) -> tuple[str, float]:
        """(key, price) of what a plant burns; stations of KZ-South pay for the rail."""
        name = "coal_south" if (fuel, zone) == ("coal", "KZ-South") else fuel
        for key in (f"{name}.{country}", f"{name}.all"):
            if key in self.fuel_usd_per_mwh_th:
                return key, self.fuel_usd_per_mwh_th[key]
        known = ", ".join(sorted(self.fuel_usd_per_mwh_th))
        raise BadInput([Problem("fuel_prices.csv", f"no price of {name} in {country}; there are {known}", "one row")])


def _override(
    values: dict[str, float],
    changes: Mapping[str, float],
    where: str,
    origin: dict[str, tuple[str, str]],
    problems: list[Problem],
) -> None:
    for key, value in changes.items():
        if key not in values:
            problems.append(Problem(f"{where}.{key}", "an unknown key", f"one of {', '.join(sorted(values))}"))
        elif not math.isfinite(value) or value < 0:
            problems.append(Problem(f"{where}.{key}", f"{value}", "a price of 0 or more"))
        else:
            values[key], origin[key] = float(value), ("A", "set by the case")


def make_prices(
    tables: EconomyTables,
    *,
    year: int,
    basis: str,
    price_base_year: int,
    fuel_prices: Mapping[str, float],
    carbon_prices: Mapping[str, float],
) -> Prices:
    """Prices of one year on one basis; `fuel_prices` and `carbon_prices` are in USD of the price base year."""
    level = price_level(tables, price_base_year)
    points: dict[str, dict[int, float]] = {}
    origin: dict[str, tuple[str, str]] = {}
    for row in tables.fuel_prices:
        if row.basis == basis:
            key = f"{row.fuel}.{row.country}"
            points.setdefault(key, {})[row.year] = row.usd_per_mwh_th
            origin[key] = (row.confidence, row.source)
    fuel = {key: level * at_year(path, year, f"fuel_prices.csv, {key} {basis}") for key, path in points.items()}
    paths: dict[str, dict[int, float]] = {}
    for price in tables.carbon_prices:
        paths.setdefault(price.country, {})[price.year] = price.usd_per_tco2
    carbon = {key: level * at_year(path, year, f"carbon_prices.csv, {key}") for key, path in paths.items()}
    problems: list[Problem] = []
    _override(fuel, fuel_prices, "fuel", origin, problems)
    _override(carbon, carbon_prices, "carbon", origin, problems)
    if problems:
        raise BadInput(problems)
    return Prices(fuel, carbon, origin)
