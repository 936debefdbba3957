"""Reads the economy's tables; every problem of every table is gathered and reported once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar

from greengrid.economy.rows import (
    CarbonPrice,
    EnergyCap,
    FuelPrice,
    MarketRow,
    Monthly,
    PlantException,
    Quantity,
    Row,
    Technology,
)
from greengrid.errors import BadInput, Problem
from greengrid.sheets import read_sheet

SHIPPED = Path(__file__).parent / "tables"

R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class EconomyTables:
    """All rows of the economy."""

    fuel_prices: tuple[FuelPrice, ...]
    carbon_prices: tuple[CarbonPrice, ...]
    technologies: tuple[Technology, ...]
    monthly: tuple[Monthly, ...]
    plant_exceptions: tuple[PlantException, ...]
    energy_caps: tuple[EnergyCap, ...]
    markets: tuple[MarketRow, ...]
    quantities: tuple[Quantity, ...]

    @cached_property
    def _quantities(self) -> dict[tuple[str, int | None], list[Quantity]]:
        found: dict[tuple[str, int | None], list[Quantity]] = {}
        for row in self.quantities:
            found.setdefault((row.name, row.year), []).append(row)
        return found

    def quantity(self, name: str, year: int | None = None) -> Quantity:
        """The named number; with `year` the row of that year, else the row that holds always."""
        found = self._quantities.get((name, year), [])
        if len(found) == 1:
            return found[0]
        when = "" if year is None else f" in {year}"
        raise BadInput([Problem("economy tables", f"{len(found)} rows {name!r}{when}", "exactly one")])


QUANTITY_FILES = (
    "eu_border.csv",
    "system.csv",
    "macro.csv",
    "link_costs.csv",
    "renewables.csv",
    "emission_factors.csv",
)


def read_table(path: Path, kind: type[R], problems: list[Problem]) -> tuple[R, ...]:
    """Rows of a CSV file as `kind`; adds what is wrong to `problems` and leaves such rows out."""
    return read_sheet(path, kind, list(kind.model_fields), problems)


def _repeated(name: str, keys: Sequence[tuple[object, ...]], problems: list[Problem]) -> None:
    for key in sorted({key for key in keys if keys.count(key) > 1}, key=str):
        problems.append(Problem(name, f"the key {key} more than once", "one row per key", "Remove the repeated row."))


@cache
def read_tables(folder: Path = SHIPPED) -> EconomyTables:
    """All tables of a folder (default: the shipped ones).

    Raises BadInput with every problem found: missing file or column, unknown column, empty or NaN cell, value out of
    range, low/central/high out of order, repeated key.
    """
    problems: list[Problem] = []
    quantities = [row for file in QUANTITY_FILES for row in read_table(folder / file, Quantity, problems)]
    tables = EconomyTables(
        fuel_prices=read_table(folder / "fuel_prices.csv", FuelPrice, problems),
        carbon_prices=read_table(folder / "carbon_prices.csv", CarbonPrice, problems),
        technologies=read_table(folder / "generation.csv", Technology, problems),
        monthly=read_table(folder / "monthly.csv", Monthly, problems),
        plant_exceptions=read_table(folder / "plant_exceptions.csv", PlantException, problems),
        energy_caps=read_table(folder / "energy_caps.csv", EnergyCap, problems),
        markets=read_table(folder / "markets.csv", MarketRow, problems),
        quantities=tuple(quantities),
    )
    _check_keys(tables, problems)
    if problems:
        raise BadInput(problems)
    return tables


def _check_keys(tables: EconomyTables, problems: list[Problem]) -> None:
    _repeated("fuel_prices.csv", [(r.country, r.fuel, r.basis, r.year) for r in tables.fuel_prices], problems)
    _repeated("carbon_prices.csv", [(r.country, r.year) for r in tables.carbon_prices], problems)
    _repeated("generation.csv", [(r.technology, r.country, r.built_from_year) for r in tables.technologies], problems)
    exceptions = [(r.country, r.plant_contains, r.field, r.year) for r in tables.plant_exceptions]
    _repeated("plant_exceptions.csv", exceptions, problems)
    _repeated("markets.csv", [(r.market, r.year) for r in tables.markets], problems)
    _repeated("quantity tables", [(r.name, r.year) for r in tables.quantities], problems)
