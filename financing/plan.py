"""What a funding mix is applied to: a project as plain numbers per year. Knows no grid, no dispatch, no file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CapexItem:
    """One part of the investment, real USD of the plan's price base year."""

    name: str
    country: str
    """Where it is built and taxed; "sea" parts are booked by the owners' key."""
    central_usd_real: float
    low_usd_real: float
    high_usd_real: float
    spread_frac: tuple[float, ...]
    """Share spent in each construction year; sums to one."""
    confidence: str
    source: str


@dataclass(frozen=True, slots=True)
class TaxShare:
    """The part of the project that one country taxes."""

    country: str
    share_frac: float
    rate_frac: float
    depreciation_years: int
    loss_carry_forward_years: int
    source: str


@dataclass(frozen=True, slots=True)
class VatShare:
    """The part of the capex that bears one country's value added tax."""

    country: str
    share_frac: float
    rate_frac: float
    source: str


@dataclass(frozen=True, slots=True)
class Vat:
    """Value added tax on capex, refunded later."""

    shares: tuple[VatShare, ...]
    """What they leave of the capex bears none."""
    refund_delay_months: float
    financed_by: str
    """mix: like the rest; facility: a revolving loan of its own that the refunds repay."""
    facility_rate_pa: float
    source: str


@dataclass(frozen=True, slots=True)
class RevenueStream:
    """Revenue per operating year, real USD of the price base year; indexed with `indexation_frac` of the inflation of
    the currency that it is paid in."""

    name: str
    model: str
    """capacity_charge, availability_payment, regulated_asset_base, cap_and_floor, ppa_margin, merchant_rent;
    fibre_lease beside the link's own."""
    amount_usd_real: tuple[float, ...]
    indexation_frac: float
    counterparty: str
    source: str
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class CurrencyPath:
    """What a dollar's worth of another currency, agreed in the price base year, is worth later."""

    currency: str
    inflation_pa: float
    """At home."""
    rise_pa: tuple[float, ...]
    """Of its price in USD in each year after the price base year, the last one holding on; empty: purchasing-power
    parity with the plan's inflation."""
    source: str
    shift_pa: float = 0.0
    """Added to every year's rise, to see how much hangs on it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One project, before any financing. Yearly tuples cover the operating years."""

    name: str
    price_base_year: int
    construction_first_year: int
    operation_first_year: int
    operation_years: int
    capacity_mw: float
    availability_frac: float
    received_mwh: tuple[float, ...]
    """Energy delivered at the receiving end, availability taken off where the dispatch ran without outages."""
    losses_usd_real: tuple[float, ...]
    """Running and idle losses at the price of the sending end: part of the levelised cost, not of the cash flow."""
    avoided_tco2: tuple[float, ...] | None
    """None where no run without the project is at hand to compare with."""
    capex: tuple[CapexItem, ...]
    opex_usd_real: tuple[float, ...]
    """Operation, maintenance, insurance, major repair."""
    decommissioning_usd_real: float
    """Net of residual value, paid in the year after the last operating year; may be negative (a residual value)."""
    revenue: tuple[RevenueStream, ...]
    inflation_pa: float
    tax: tuple[TaxShare, ...]
    discount_rate_nominal_pa: float
    """Of `npv_prefinance_usd_nominal`: the same for every mix."""
    affordable_charge_usd_per_mwh: float | None
    """Real USD per delivered MWh that the chain can pay for this link (netback); None where it was not computed."""
    assumptions: tuple[tuple[str, str, str, str], ...]
    """(what, value with unit, confidence grade, source) of every input used."""
    vat: Vat | None = None
    """None: left out, as if refunded at once."""
    currencies: tuple[CurrencyPath, ...] = ()
    """Of every currency but USD that revenue is paid in."""
