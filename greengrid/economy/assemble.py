"""All prices of one case, from the tables and the case's own values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from greengrid.economy.fleet import Economy
from greengrid.economy.markets import make_border_carbon, make_markets
from greengrid.economy.money import at_year, price_level
from greengrid.economy.prices import make_prices
from greengrid.economy.tables import EconomyTables, read_tables
from greengrid.economy.units import Fleet, make_fuel_caps, make_units
from greengrid.errors import BadInput, Problem
from networks.grid import Grid

TRANSIT_COUNTRIES = ("AZ", "GE")
"""Countries that a link's energy crosses on its way to the market beyond them."""


def make_economy(
    grid: Grid,
    *,
    year: int,
    basis: Literal["economic", "domestic"],
    reservoirs: Mapping[str, tuple[float, float]],
    price_base_year: int = 2025,
    co2_price_usd_per_t: Mapping[str, float] | None = None,
    eua_usd_per_t: float | None = None,
    border_carbon: Literal["default", "actual", "none"] = "default",
    declared_country: str = "GE",
    fuel_prices: Mapping[str, float] | None = None,
    transit_usd_per_mwh: Mapping[str, float] | None = None,
    loss_frac: Mapping[str, float] | None = None,
    value_of_lost_load_usd_per_mwh: float | None = None,
    tables: EconomyTables | None = None,
) -> Economy:
    """Units, fuel caps, markets and charges for every plant and border of the grid.

    Values given by the case replace table rows and are in USD of `price_base_year`: `co2_price_usd_per_t` by country,
    `fuel_prices` by key ("gas.KZ", in USD/MWh of net calorific value), `transit_usd_per_mwh` and `loss_frac` by
    country. `reservoirs` gives storage_mwh and release_min_frac by plant name. `declared_country` is the origin under
    which power enters the European Union: GE (0.440 tCO2/MWh), or KZ, UZ, AZ (the fallback of 0.612).

    Raises BadInput with every problem: an unknown key, a missing price, a plant without parameters.
    """
    if basis not in ("economic", "domestic"):
        raise BadInput([Problem("prices", repr(basis), "economic or domestic")])
    tables = read_tables() if tables is None else tables
    prices = make_prices(
        tables,
        year=year,
        basis=basis,
        price_base_year=price_base_year,
        fuel_prices=fuel_prices or {},
        carbon_prices=co2_price_usd_per_t or {},
    )
    level = price_level(tables, price_base_year)
    border = make_border_carbon(
        tables,
        year=year,
        price_base_year=price_base_year,
        rule=border_carbon,
        declared_country=declared_country,
        home_usd_per_tco2=prices.carbon_usd_per_tco2.get(declared_country, 0.0),
        eua_usd_per_t=eua_usd_per_t,
    )
    countries = dict.fromkeys([*(plant.country for plant in grid.plants), *(load.country for load in grid.loads)])
    losses = {c: at_year(_by_year(tables, f"loss.{c}"), year, f"system.csv, loss.{c}") for c in countries}
    transit = {c: level * tables.quantity(f"transit_charge.{c}").central for c in TRANSIT_COUNTRIES}
    lost_load = level * tables.quantity("value_of_lost_load").central
    return Economy(
        price_base_year=price_base_year,
        basis=basis,
        units=make_units(Fleet(tables, prices, year, level, reservoirs), grid.plants),
        fuel_caps=make_fuel_caps(tables, year, grid.plants),
        markets=make_markets(tables, (b.market for b in grid.borders), year, price_base_year, border),
        transit_usd_per_mwh=_replaced(transit, transit_usd_per_mwh or {}, "transit_usd_per_mwh"),
        loss_frac=_replaced(losses, loss_frac or {}, "loss_frac"),
        value_of_lost_load_usd_per_mwh=(
            lost_load if value_of_lost_load_usd_per_mwh is None else value_of_lost_load_usd_per_mwh
        ),
        voluntary_shed_frac=tables.quantity("voluntary_shed_share").central,
        voluntary_shed_usd_per_mwh=level * tables.quantity("voluntary_shed_cost").central,
    )


def _by_year(tables: EconomyTables, name: str) -> dict[int, float]:
    return {row.year: row.central for row in tables.quantities if row.name == name and row.year is not None}


def _replaced(values: dict[str, float], changes: Mapping[str, float], where: str) -> tuple[tuple[str, float], ...]:
    unknown = [key for key in changes if key not in values]
    if unknown:
        known = ", ".join(values)
        raise BadInput([Problem(f"{where}.{key}", "an unknown country", f"one of {known}") for key in unknown])
    return tuple({**values, **changes}.items())
