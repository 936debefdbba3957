"""Which country taxes how much of the project: assets where they stand, parts at sea by the owners' shares."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from financing.plan import CapexItem, TaxShare, Vat, VatShare
from greengrid.economy.tables import EconomyTables
from greengrid.errors import BadInput, Problem

OWNERS: Mapping[str, float] = {"KZ": 1 / 3, "UZ": 1 / 3, "AZ": 1 / 3}
"""Green Corridor Alliance: equal thirds (https://en.trend.az/business/4026248.html)."""


@dataclass(frozen=True, slots=True)
class VatTerms:
    """How the advance of value added tax on the investment is paid."""

    financed_by: Literal["mix", "facility"]
    refund_delay_months: float
    facility_rate_pa: float
    source: str


def tax_shares(
    capex: Sequence[CapexItem], tables: EconomyTables, owners: Mapping[str, float] = OWNERS
) -> tuple[TaxShare, ...]:
    """What each country taxes: the parts that stand in it (half of a line "AZ/GE"), and the owners' key at sea.

    Stations and land cables are taxed where they stand; cable at sea, engineering and contingency follow the shares of
    the joint venture. No treaty or host-government agreement is published: an assumption of grade D.
    """
    return tuple(_tax_share(country, share, tables) for country, share in _shares(capex, owners))


def _shares(capex: Sequence[CapexItem], owners: Mapping[str, float]) -> list[tuple[str, float]]:
    """Share of the investment by country, in the order of their names."""
    if not math.isclose(sum(owners.values()), 1.0, abs_tol=1e-9):
        raise BadInput([Problem("owners", f"shares that sum to {sum(owners.values()):g}", "a sum of 1")])
    amounts: dict[str, float] = {}
    for item in capex:
        places = item.country.split("/")
        parts = owners if places == ["sea"] else dict.fromkeys(places, 1 / len(places))
        for country, share in parts.items():
            amounts[country] = amounts.get(country, 0.0) + share * item.central_usd_real
    whole = sum(amounts.values())
    return [(country, amount / whole) for country, amount in sorted(amounts.items())]


def vat_on(
    terms: VatTerms | None, capex: Sequence[CapexItem], tables: EconomyTables, owners: Mapping[str, float]
) -> Vat | None:
    """The tax on the investment by the key of the profit tax; None where it is left out."""
    if terms is None:
        return None
    rows = [(country, share, tables.quantity(f"vat.{country}")) for country, share in _shares(capex, owners)]
    shares = tuple(VatShare(country, share, row.central, row.source) for country, share, row in rows)
    return Vat(shares, terms.refund_delay_months, terms.financed_by, terms.facility_rate_pa, terms.source)


def _tax_share(country: str, share_frac: float, tables: EconomyTables) -> TaxShare:
    rate = tables.quantity(f"corporate_tax.{country}")
    depreciation = tables.quantity(f"tax_depreciation.{country}")
    carry_forward = tables.quantity(f"loss_carry_forward.{country}")
    source = f"rate: {rate.source}; depreciation: {depreciation.source}; losses: {carry_forward.source}"
    return TaxShare(
        country=country,
        share_frac=share_frac,
        rate_frac=rate.central,
        depreciation_years=round(depreciation.central),
        loss_carry_forward_years=round(carry_forward.central),
        source=source,
    )
