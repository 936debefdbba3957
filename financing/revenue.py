"""How a link earns: contract terms and the years of operation in, one stream of revenue out; the same for every mix.

Amounts are real USD of the plan's price base year. A model never looks at the funding: where a regulator takes a grant
out of the asset base, the share is one of the model's own terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from financing.plan import RevenueStream


@dataclass(frozen=True, slots=True)
class Years:
    """What the years of operation give to earn on."""

    capacity_mw: float
    availability_frac: float
    received_mwh: tuple[float, ...]
    """Of every operating year, outages taken off."""
    rent_usd_real: tuple[float, ...]
    """Received x price there - sent x price there - idle loss, signed, of every operating year; outages taken off."""
    capex_usd_real: float
    """The whole investment."""
    opex_usd_real: tuple[float, ...]
    """Of every operating year."""

    @property
    def count(self) -> int:
        """Operating years."""
        return len(self.opex_usd_real)


class RevenueModel(Protocol):
    """Terms of one way to earn."""

    name: str
    counterparty: str
    indexation_frac: float
    source: str

    def amounts_usd_real(self, years: Years) -> tuple[float, ...]:
        """Revenue of every operating year."""
        ...


def stream(model: RevenueModel, years: Years, currency: str = "USD") -> RevenueStream:
    """The revenue of the whole life under one model, paid in a currency."""
    kind = next(key for key, each in MODELS.items() if isinstance(model, each))
    return RevenueStream(
        model.name,
        kind,
        model.amounts_usd_real(years),
        model.indexation_frac,
        model.counterparty,
        model.source,
        currency,
    )


def in_words(model: RevenueModel) -> str:
    """Every number of a model with its name, which ends with the unit."""
    values = {slot: getattr(model, slot) for slot in type(model).__slots__}  # type: ignore[attr-defined]
    return ", ".join(f"{name} {value:,g}" for name, value in values.items() if isinstance(value, int | float))


@dataclass(frozen=True, slots=True)
class CapacityCharge:
    """Take-or-pay: so much per MW of available rating, used or not."""

    charge_usd_real_per_mw_year: float
    indexation_frac: float
    source: str
    counterparty: str = "shippers (take-or-pay), by assumption backed by the three states"
    name: str = "take-or-pay capacity charge"

    def amounts_usd_real(self, years: Years) -> tuple[float, ...]:
        """charge x rating x availability."""
        return (self.charge_usd_real_per_mw_year * years.capacity_mw * years.availability_frac,) * years.count


@dataclass(frozen=True, slots=True)
class AvailabilityPayment:
    """A unitary payment of the contracting authority, cut where the link stands still more than agreed (World Bank PPP
    Reference Guide, version 3, 2017, section 1.3)."""

    payment_usd_real_per_year: float
    availability_target_frac: float
    deduction_ratio: float
    """Share of the payment lost per share of the target missed: 1 is in proportion."""
    indexation_frac: float
    source: str
    counterparty: str = "contracting authority (no such contract exists)"
    name: str = "availability payment"

    def amounts_usd_real(self, years: Years) -> tuple[float, ...]:
        """payment x (1 - deduction x missed share of the target), never below zero."""
        missed = max(0.0, 1.0 - years.availability_frac / self.availability_target_frac)
        return (self.payment_usd_real_per_year * max(0.0, 1.0 - self.deduction_ratio * missed),) * years.count


@dataclass(frozen=True, slots=True)
class RegulatedAssetBase:
    """Allowed revenue: opex, straight-line depreciation and a return on what is not yet written off (Joskow 2007, in
    Handbook of Law and Economics 2, ch. 16, section 4)."""

    return_real_pa: float
    """Before tax, on the opening base of each year."""
    asset_life_years: int
    granted_frac: float
    """Share of the investment that a grant has paid and that the base leaves out."""
    indexation_frac: float
    source: str
    counterparty: str = "grid users through regulated tariffs (no regulator has admitted the link)"
    name: str = "regulated revenue"

    def amounts_usd_real(self, years: Years) -> tuple[float, ...]:
        """Base x return + depreciation + opex, year by year; the base ends with the asset life."""
        base = years.capex_usd_real * (1.0 - self.granted_frac)
        age = np.arange(years.count)
        written_off = np.where(age < self.asset_life_years, base / self.asset_life_years, 0.0)
        opening = np.maximum(0.0, base * (1.0 - age / self.asset_life_years))
        allowed = opening * self.return_real_pa + written_off + np.asarray(years.opex_usd_real)
        return tuple(allowed.tolist())


@dataclass(frozen=True, slots=True)
class CapAndFloor:
    """The link's rent, topped up to a floor and paid back above a cap (Ofgem, cap and floor regime for
    interconnectors, 2014: the floor holds where availability reaches a minimum)."""

    floor_usd_real_per_mw_year: float
    cap_usd_real_per_mw_year: float
    availability_min_frac: float
    indexation_frac: float
    source: str
    counterparty: str = "power markets; grid users below the floor and above the cap (no such regime exists)"
    name: str = "rent between cap and floor"

    def amounts_usd_real(self, years: Years) -> tuple[float, ...]:
        """min(max(rent, floor), cap) x rating; without a floor below the least availability."""
        floor = self.floor_usd_real_per_mw_year * years.capacity_mw
        cap = self.cap_usd_real_per_mw_year * years.capacity_mw
        held = floor if years.availability_frac >= self.availability_min_frac else 0.0
        return tuple(min(max(rent, held), cap) for rent in years.rent_usd_real)


@dataclass(frozen=True, slots=True)
class PpaMargin:
    """What the buyer of a power purchase agreement pays above what the seller gets, per MWh delivered."""

    margin_usd_real_per_mwh: float
    indexation_frac: float
    source: str
    counterparty: str = "buyer of the exported power"
    name: str = "margin of the power purchase agreement"

    def amounts_usd_real(self, years: Years) -> tuple[float, ...]:
        """margin x delivered energy."""
        return tuple(self.margin_usd_real_per_mwh * energy for energy in years.received_mwh)


@dataclass(frozen=True, slots=True)
class MerchantRent:
    """The rent between the nodal prices of the dispatch; no market in the region pays it today."""

    source: str
    indexation_frac: float = 1.0
    counterparty: str = "power markets at both ends"
    name: str = "congestion rent"

    def amounts_usd_real(self, years: Years) -> tuple[float, ...]:
        """Nothing in a year whose rent is negative: the owners would not run the link at a loss."""
        return tuple(max(0.0, rent) for rent in years.rent_usd_real)


MODELS: dict[str, type] = {
    "capacity_charge": CapacityCharge,
    "availability_payment": AvailabilityPayment,
    "regulated_asset_base": RegulatedAssetBase,
    "cap_and_floor": CapAndFloor,
    "ppa_margin": PpaMargin,
    "merchant_rent": MerchantRent,
}
