"""The export chain of a case: its inputs from the tables and what the dispatch realised, outlet by outlet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from greengrid.case import Case
from greengrid.economy.chain import ChainInputs, nearer_chains, romanian_chain
from greengrid.economy.prices import Prices, make_prices
from greengrid.economy.tables import read_tables
from greengrid.netback import Chain, Input

DECLARED_COUNTRY = "GE"
"""Origin under which the corridor's power enters the EU: the country of the landing, with its default factor."""


def prices_of(case: Case) -> Prices:
    """Fuel and carbon prices of the case's year."""
    return make_prices(
        read_tables(),
        year=case.year,
        basis=case.prices_basis,
        price_base_year=case.price_base_year,
        fuel_prices=case.prices.fuel_usd_per_mwh_th,
        carbon_prices={str(country): price for country, price in case.prices.co2_usd_per_t.items()},
    )


def chain_inputs(case: Case) -> ChainInputs:
    """The tables' inputs of the export chain."""
    return ChainInputs(
        tables=read_tables(),
        year=case.year,
        price_base_year=case.price_base_year,
        border_rule=case.prices.border_carbon,
        declared_country=DECLARED_COUNTRY,
        eua_usd_per_t=case.prices.eua_usd_per_t,
        home_usd_per_tco2=prices_of(case).carbon_usd_per_tco2.get(DECLARED_COUNTRY, 0.0),
        overrides={},
    )


def chains_of(case: Case, overrides: Mapping[str, Input]) -> tuple[Chain, ...]:
    """The chain itself first, then nearer outlets; `overrides` as in `ChainInputs`.

    With the Black Sea cable the chain ends in Romania; without it, at the nearest outlet that the grid reaches.
    """
    inputs = replace(chain_inputs(case), overrides=overrides)
    nearer = nearer_chains(inputs, prices_of(case))
    return (romanian_chain(inputs), *nearer) if "black_sea" in case.built_links else nearer
