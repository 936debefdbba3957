"""The parts of a case about money: the project, how it earns, in what currency, the funding mixes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from greengrid.case_keys import Fraction, Names, NotNegative, Number, Part, Price, Text, Whole

VAT_DELAY_MAX_MONTHS = 60


class Vat(Part):
    """Value added tax on the investment, at the rates of the countries in which it stands."""

    financed_by: Literal["none", "mix", "facility"]
    """none: left out, as if refunded at once; mix: its advance is paid like the rest; facility: by a revolving loan."""
    refund_delay_months: NotNegative = Field(le=VAT_DELAY_MAX_MONTHS)
    facility_rate_pa: Fraction
    source: Text


NO_VAT = Vat(
    financed_by="none",
    refund_delay_months=0.0,
    facility_rate_pa=0.0,
    source="left out: refundable, so no cost but time",
)


class Project(Part):
    """What is financed."""

    links: Names
    """Names of links; empty: nothing is financed."""
    construction_first_year: Whole = Field(ge=2026, le=2050)
    operation_first_year: Whole = Field(ge=2027, le=2060)
    operation_years: Whole = Field(ge=1, le=60)
    inflation_pa: Annotated[Number, Field(gt=-0.05, lt=0.5)]
    discount_rate_nominal_pa: Annotated[Number, Field(ge=0.001, lt=0.5)]
    """Of the net present value before financing, the same for every mix."""
    growth: Text = "none"
    """Of energy and rent after the last dispatched year: a name in the table of growth scenarios; none: flat in real
    terms."""
    fibre: bool = False
    """Whether a fibre-optic line is laid with the cable and leased: cost and revenue are rows of the link costs."""
    vat: Vat = NO_VAT

    @model_validator(mode="after")
    def _ordered(self) -> Project:
        if self.operation_first_year <= self.construction_first_year:
            raise ValueError("operation_first_year after construction_first_year")
        return self


class CapacityCharge(Part):
    """Take-or-pay charge on the available rating."""

    charge_usd_real_per_mw_year: NotNegative = Field(le=100_000_000)
    """Contract level, real USD of the price base year."""
    indexation_frac: Fraction
    """Share of inflation that the charge follows."""
    source: Text


class AvailabilityPayment(Part):
    """Unitary payment of a contracting authority; the mix `ppp` asks for it."""

    payment_usd_real_per_year: NotNegative = Field(le=100_000_000_000)
    availability_target_frac: Annotated[Number, Field(gt=0, le=1)]
    deduction_ratio: NotNegative = Field(le=100)
    """Share of the payment lost per share of the target missed: 1 is in proportion."""
    indexation_frac: Fraction
    source: Text


class RegulatedAssetBase(Part):
    """Opex, depreciation and a return on the asset base."""

    return_real_pa: Fraction
    """Before tax, on the opening base of each year."""
    asset_life_years: Whole = Field(ge=1, le=100)
    granted_frac: Fraction
    """Share of the investment that a grant has paid and that the base leaves out."""
    indexation_frac: Fraction
    source: Text


class CapAndFloor(Part):
    """The link's rent between a floor and a cap per MW of rating."""

    floor_usd_real_per_mw_year: NotNegative = Field(le=100_000_000)
    cap_usd_real_per_mw_year: NotNegative = Field(le=100_000_000)
    availability_min_frac: Fraction
    """The floor holds from this availability on."""
    indexation_frac: Fraction
    source: Text

    @model_validator(mode="after")
    def _ordered(self) -> CapAndFloor:
        if self.cap_usd_real_per_mw_year < self.floor_usd_real_per_mw_year:
            raise ValueError("cap_usd_real_per_mw_year at or above floor_usd_real_per_mw_year")
        return self


class PpaMargin(Part):
    """Margin of a power purchase agreement on delivered energy."""

    margin_usd_real_per_mwh: Price
    indexation_frac: Fraction
    source: Text


class MerchantRent(Part):
    """Rent between the nodal prices of the dispatch."""

    indexation_frac: Fraction
    source: Text


CurrencyCode = Literal["USD", "EUR", "KZT", "UZS", "AZN", "GEL"]


class Currency(Part):
    """What a currency that revenue is paid in is worth over the years."""

    inflation_pa: Annotated[Number, Field(gt=-0.05, lt=0.5)]
    """At home; the contract follows its share of it (indexation_frac)."""
    rise_pa: tuple[Annotated[Number, Field(gt=-0.5, lt=0.5)], ...]
    """Rise of its price in USD in each year after the price base year, the last one holding on; empty: purchasing-power
    parity with project.inflation_pa."""
    source: Text


class Revenue(Part):
    """How the link earns; the same for every funding mix. Only the table that `model` names is used."""

    model: Literal[
        "capacity_charge",
        "availability_payment",
        "regulated_asset_base",
        "cap_and_floor",
        "ppa_margin",
        "merchant_rent",
    ]
    currency: CurrencyCode = "USD"
    """In which the contract is paid; any other has its path under [currency.CODE]."""
    capacity_charge: CapacityCharge
    availability_payment: AvailabilityPayment
    regulated_asset_base: RegulatedAssetBase
    cap_and_floor: CapAndFloor
    ppa_margin: PpaMargin
    merchant_rent: MerchantRent


class Financing(Part):
    """Funding mixes to compare."""

    mixes: Names
    """Shipped names or paths of TOML files."""
