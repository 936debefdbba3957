"""What the debt of a mix means to the states that bear it: GDP, public debt, income group; dated and sourced."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

COUNTRIES_FILE = Path(__file__).with_name("countries.csv")


@dataclass(frozen=True, slots=True)
class Country:
    """One row of `countries.csv`."""

    country: str
    gdp_usd: float
    public_debt_frac_of_gdp: float
    income_group: str
    dac_rate_pa: float | None
    """Discount rate of the OECD DAC for its income group; None for a country that is no borrower there."""
    source: str


@dataclass(frozen=True, slots=True)
class SovereignDebt:
    """What one state borrows or guarantees at completion."""

    country: str
    amount_usd_nominal: float
    guaranteed_usd_nominal: float
    """The part that its companies borrow with its guarantee: a contingent liability."""
    gdp_frac: float | None
    """Share of today's GDP; None for a country without a row."""
    public_debt_frac_of_gdp: float | None
    """Public debt today, without this."""


@lru_cache(maxsize=1)
def load_countries() -> Mapping[str, Country]:
    """The shipped countries by code."""
    with COUNTRIES_FILE.open(newline="", encoding="utf-8") as file:
        rows = [_country(row) for row in csv.DictReader(file)]
    return MappingProxyType({row.country: row for row in rows})


def _country(row: dict[str, str]) -> Country:
    return Country(
        row["country"],
        float(row["gdp_bn_usd"]) * 1e9,
        float(row["public_debt_frac_of_gdp"]),
        row["income_group"],
        float(row["dac_rate_pa"]) if row["dac_rate_pa"] else None,
        f"{row['source']} ({row['date']}, grade {row['evidence']})",
    )


def sovereign_debts(
    borrowers: tuple[tuple[str, float], ...], amount_usd_nominal: float, guaranteed_usd_nominal: float
) -> tuple[SovereignDebt, ...]:
    """A sovereign-backed amount by borrower, with the part of it that is guaranteed rather than borrowed."""
    return tuple(
        _debt_of(country, share * amount_usd_nominal, share * guaranteed_usd_nominal) for country, share in borrowers
    )


def _debt_of(country: str, amount_usd_nominal: float, guaranteed_usd_nominal: float) -> SovereignDebt:
    row = load_countries().get(country)
    if row is None:
        return SovereignDebt(country, amount_usd_nominal, guaranteed_usd_nominal, None, None)
    frac = amount_usd_nominal / row.gdp_usd
    return SovereignDebt(country, amount_usd_nominal, guaranteed_usd_nominal, frac, row.public_debt_frac_of_gdp)


def dac_weights(borrowers: tuple[tuple[str, float], ...]) -> tuple[tuple[float, float], ...]:
    """(DAC discount rate, share) of the borrowers that have one, shares summing to one; empty where none has."""
    known = load_countries()
    rated = [(known[country].dac_rate_pa, share) for country, share in borrowers if country in known]
    pairs = [(rate, share) for rate, share in rated if rate is not None]
    total = sum(share for _, share in pairs)
    return tuple((rate, share / total) for rate, share in pairs) if total > 0.0 else ()
