"""Profit tax per country share, with straight-line depreciation and losses carried forward, oldest first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from financing.plan import TaxShare
from financing.timeline import FloatArray


def depreciation_usd_nominal(basis_usd_nominal: float, depreciation_years: int, operation_years: int) -> FloatArray:
    """Straight line from the first operating year, over the shorter of tax life and operation; sums to the basis."""
    life = min(depreciation_years, operation_years)
    written_off = np.zeros(operation_years)
    written_off[:life] = basis_usd_nominal / life
    return written_off


def taxable_after_losses(income: Sequence[float], carry_forward_years: int) -> list[float]:
    """Taxable income per year after losses of at most `carry_forward_years` earlier years, oldest used first.

    A loss is worth nothing in its own year: it is never refunded.
    """
    losses: list[list[float]] = []
    taxable: list[float] = []
    lossless_from = next((len(income) - k for k, amount in enumerate(reversed(income)) if amount <= 0.0), 0)
    for year, amount in enumerate(income):
        if year >= lossless_from and not losses:
            return [*taxable, *income[year:]]
        if amount <= 0.0:
            if amount < 0.0:
                losses.append([year, -amount])
            taxable.append(0.0)
            continue
        rest = amount
        while losses and losses[0][0] < year - carry_forward_years:
            losses.pop(0)
        while losses and rest > 0.0:
            used = min(rest, losses[0][1])
            rest -= used
            losses[0][1] -= used
            if losses[0][1] <= 0.0:
                losses.pop(0)
        taxable.append(rest)
    return taxable


def tax_usd_nominal(shares: Sequence[TaxShare], profit_usd_nominal: FloatArray, basis_usd_nominal: float) -> FloatArray:
    """Tax per operating year, all countries together.

    Each country taxes its share of profit (revenue less opex, interest and fees) less its share of depreciation. A
    shared profit is a convention: the true split follows transfer prices between the national companies.
    """
    total = np.zeros(len(profit_usd_nominal))
    for share in shares:
        written_off = depreciation_usd_nominal(basis_usd_nominal, share.depreciation_years, len(total))
        income = share.share_frac * (profit_usd_nominal - written_off)
        total += share.rate_frac * np.asarray(taxable_after_losses(income.tolist(), share.loss_carry_forward_years))
    return total


def blended_rate_frac(shares: Sequence[TaxShare]) -> float:
    """Share-weighted profit tax rate."""
    return sum(share.share_frac * share.rate_frac for share in shares)
