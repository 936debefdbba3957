"""What the workbook is made of: a project, its funding mixes and the model's results, as plain values.

Money in USD, rates as yearly fractions; yearly tuples cover the construction years or the operating years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CapexPart:
    """A part of the investment, real USD of the price base year."""

    name: str
    country: str
    low: float
    central: float
    high: float
    spread: tuple[float, ...]
    grade: str
    source: str


@dataclass(frozen=True, slots=True)
class Stream:
    """Revenue per operating year, real USD."""

    name: str
    counterparty: str
    amounts: tuple[float, ...]
    indexation_frac: float
    source: str
    stays: bool = False
    """Sold beside the transport: a charge per MWh does not take its place."""


@dataclass(frozen=True, slots=True)
class TaxPart:
    """What one country taxes."""

    country: str
    share_frac: float
    rate_frac: float
    depreciation_years: int
    carry_forward_years: int
    source: str


@dataclass(frozen=True, slots=True)
class Project:
    """The plan that every mix shares."""

    name: str
    price_base_year: int
    first_year: int
    construction_years: int
    operation_years: int
    inflation_pa: float
    discount_rate_pa: float
    capacity_mw: float
    availability_frac: float
    received_mwh: tuple[float, ...]
    losses_usd_real: tuple[float, ...]
    opex_usd_real: tuple[float, ...]
    decommissioning_usd_real: float
    affordable_usd_per_mwh: float | None
    capex: tuple[CapexPart, ...]
    revenue: tuple[Stream, ...]
    tax: tuple[TaxPart, ...]
    not_expressed: tuple[str, ...] = ()
    """What of the plan the workbook has no formulas for; then nothing in it is a formula."""

    @property
    def years(self) -> int:
        """Construction, operation and the closing year."""
        return self.construction_years + self.operation_years + 1


@dataclass(frozen=True, slots=True)
class Lender:
    """One source of money: grant, loan or equity; numbers that a kind does not have are zero."""

    name: str
    kind: str
    lender: str
    currency: str
    share_frac: float
    is_debt: bool
    drawn: str = "with_debt"
    rate_pa: float = 0.0
    accrual_ratio: float = 1.0
    withholding_tax_frac: float = 0.0
    on_lending_margin_pa: float = 0.0
    guarantee_fee_pa: float = 0.0
    tenor_years: float = 0.0
    grace_years: float = 0.0
    repayment: str = "equal_principal"
    dscr_target_ratio: float = 1.0
    sinking_fund_rate_pa: float = 0.0
    principal_frac: tuple[float, ...] = ()
    front_end_fee_frac: float = 0.0
    commitment_fee_pa: float = 0.0
    issue_cost_frac: float = 0.0
    opinion_usd: float = 0.0
    verification_usd_pa: float = 0.0
    seniority: int = 1
    target_irr_pa: float = 0.0
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Mix:
    """One funding mix with the model's results, which the sheet's values are held against before it is written."""

    name: str
    title: str
    description: str
    eligibility: str
    payments_per_year: int
    draw_groups: tuple[tuple[int, ...], ...]
    """Numbers of sources that are drawn together, group after group."""
    dsra_months: float
    maintenance_reserve_years: int
    reserve_interest_pa: float
    dscr_min_ratio: float | None
    llcr_min_ratio: float | None
    lock_up_dscr_ratio: float | None
    appreciation_pa: Mapping[str, float]
    sources: tuple[Lender, ...]
    dac_weights: tuple[tuple[float, float], ...] = ()
    """(discount rate of the OECD DAC, share) of the borrowers."""
    yearly: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """The model's items per year of the axis, USD nominal."""
    measures: Mapping[str, float | str | None] = field(default_factory=dict)
    tranches: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    """Source -> its measures by the model."""
    not_expressed: tuple[str, ...] = ()
    """Features of the mix that the sheet has no formulas for."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StaticTable:
    """Rows as the model wrote them: no formulas."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[float | str | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Book:
    """Everything the workbook shows."""

    title: str
    case: str
    digest: str
    version: str
    project: Project
    mixes: tuple[Mix, ...]
    assumptions: StaticTable
    sensitivity: tuple[StaticTable, ...]
    commands: str
