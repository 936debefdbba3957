"""What a user writes to describe a funding mix: the keys of `structures/*.toml`, their units and ranges."""

from __future__ import annotations

import difflib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from financing.problems import FinancingProblem

Fraction = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Rate = Annotated[float, Field(ge=0.0, lt=1.0, allow_inf_nan=False)]
Years = Annotated[float, Field(ge=0.0, le=60.0, allow_inf_nan=False)]
Dollars = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Ratio = Annotated[float, Field(ge=1.0, le=10.0, allow_inf_nan=False)]


class Entry(BaseModel):
    """A table that refuses unknown keys, NaN and changes after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=False)


class SourceEntry(Entry):
    """One source of money. Numbers left out come from the term row; what no row gives must be stated."""

    name: str = Field(min_length=1, description="as it appears in tables, unique within the mix")
    kind: Literal[
        "grant", "concessional_loan", "sovereign_loan", "green_bond", "commercial_loan", "mezzanine", "equity"
    ]
    share_frac: Fraction = Field(description="share of total uses; the largest share (gearing cap) if sculpted")
    term: str | None = Field(None, description="id of a row of terms.csv that gives the defaults")
    guarantee: str | None = Field(None, description="id of a guarantee row of terms.csv that gives guarantee_fee_pa")
    greenium: str | None = Field(None, description="id of the row of terms.csv that gives greenium_pa")
    lender: str | None = None
    currency: str | None = None
    base: str | None = Field(None, description='"fixed" or a base rate: SOFR, EURIBOR_6M, ...')
    rate_pa: Rate | None = Field(None, description="contract rate; overrides base and margin")
    margin_pa: Rate | None = Field(None, description="over the base rate")
    greenium_pa: Rate | None = Field(None, description="taken off the rate of a green bond")
    day_count: Literal["30/360", "act/360", "act/365", "act/act"] | None = Field(
        None, description="how interest accrues; left out: act/360 over SOFR and EURIBOR, else 30/360"
    )
    withholding_tax_frac: Annotated[float, Field(ge=0.0, lt=0.5, allow_inf_nan=False)] | None = Field(
        None, description="of interest, grossed up by the borrower; development banks are exempt"
    )
    drawn: Literal["with_debt", "first", "last"] = Field("with_debt", description="of a grant; last: a viability gap")
    on_lending_margin_pa: Rate | None = Field(None, description="kept by the ministry that on-lends")
    guarantee_fee_pa: Rate | None = Field(None, description="on the balance outstanding")
    tenor_years: Years | None = Field(None, description="from signing to the last repayment")
    grace_years: Years | None = Field(
        None, description="interest-only from signing, at least to the start of operation"
    )
    grace_interest: Literal["paid", "capitalised"] = Field(
        "paid", description="interest of the grace after completion: paid, or added to the loan"
    )
    repayment: Literal["annuity", "equal_principal", "bullet", "sinking_fund", "sculpted", "custom"] | None = None
    dscr_target_ratio: Ratio | None = Field(None, description="cover ratio that a sculpted loan is sized to")
    sinking_fund_rate_pa: Rate | None = Field(None, description="earned by the sinking fund")
    principal_frac: tuple[Fraction, ...] = Field((), description="custom: share repaid in each operating payment")
    front_end_fee_frac: Rate | None = Field(None, description="of the commitment, once, at signing")
    commitment_fee_pa: Rate | None = Field(None, description="on what is not drawn yet")
    issue_cost_frac: Rate | None = Field(None, description="of a bond, once, at issue")
    second_party_opinion_usd: Dollars | None = Field(None, description="of a green bond, once")
    verification_usd_pa: Dollars | None = Field(None, description="of a green bond, yearly, while outstanding")
    placed_frac: Fraction | None = Field(
        None, description="of a green bond: share that the market takes; left out: all"
    )
    backstop: str | None = Field(None, description="of a green bond: the source that takes what is not placed")
    seniority: int = Field(1, ge=1, le=2, description="1 senior, 2 subordinated")
    target_irr_pa: Rate | None = Field(None, description="return that equity requires, nominal")
    source: str | None = Field(None, description="where the numbers come from, if no term row gives them")


class SweepEntry(Entry):
    """Cash beyond all service that repays loans early, once a year."""

    share_frac: Annotated[float, Field(gt=0.0, le=1.0, allow_inf_nan=False)]
    above_dscr_ratio: Ratio | None = Field(
        None, description="only cash beyond this many times the year's service; left out: all that is left"
    )
    tranches: tuple[str, ...] = Field(min_length=1, description="names of loans; senior ones first, then as listed")
    order: Literal["inverse", "pro_rata"] = Field(
        description="inverse: the last repayments fall away first; pro_rata: all that are left shrink alike"
    )


class CovenantsEntry(Entry):
    """Tests that the mix must meet; one that is left out is not tested."""

    dscr_min_ratio: Ratio | None = None
    llcr_min_ratio: Ratio | None = None
    lock_up_dscr_ratio: Ratio | None = None
    gearing_max_frac: Fraction | None = None
    public_debt_max_frac_of_gdp: Fraction | None = Field(None, description="of each borrower, with its share added")


class CurrencyEntry(Entry):
    """Price path of a currency in USD: a constant rise, forwards, or purchasing-power parity."""

    appreciation_pa: Annotated[float, Field(gt=-0.5, lt=0.5)] | None = Field(
        None, description="yearly rise of its price in USD; after the forwards, where there are any"
    )
    forward_usd: tuple[Annotated[float, Field(gt=0.0, allow_inf_nan=False)], ...] = Field(
        (), description="forward price in USD at signing and after each year from then; needs appreciation_pa after"
    )
    inflation_pa: Annotated[float, Field(gt=-0.05, lt=0.5)] | None = Field(
        None, description="inflation at home: its price follows parity with the plan's inflation"
    )
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _one_path(self) -> CurrencyEntry:
        if (self.appreciation_pa is None) == (self.inflation_pa is None):
            raise ValueError("either appreciation_pa or inflation_pa")
        if self.forward_usd and (self.inflation_pa is not None or len(self.forward_usd) < 2):
            raise ValueError("two forwards or more, with the appreciation_pa that holds after the last")
        return self


class MixEntry(Entry):
    """One funding mix."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str = Field(min_length=1)
    description: str = Field(min_length=1)
    leg: Literal["caspian", "black_sea"] = Field(description="the link it is meant for; decides who may lend")
    payments_per_year: Literal[1, 2, 4]
    draw_order: Literal["pro_rata", "equity_first", "equity_last"]
    dsra_months: float = Field(ge=0.0, le=24.0, description="debt service held in reserve")
    maintenance_reserve_years: int = Field(ge=0, le=30, description="saving up for each major repair; 0 for none")
    reserve_interest_pa: Rate = Field(description="earned by the reserve, before tax")
    requires_revenue: tuple[str, ...] = Field((), description="revenue models of which the plan must have one")
    eligibility: str = Field("", description="what is not settled about getting this money")
    covenants: CovenantsEntry
    base_rates: dict[str, Rate] = Field(default_factory=dict, description="overrides of the base rates of terms.csv")
    base_paths: dict[str, Annotated[tuple[Rate, ...], Field(min_length=1)]] = Field(
        default_factory=dict, description="level of a base rate in each year from signing; the last one holds on"
    )
    currencies: dict[str, CurrencyEntry] = Field(default_factory=dict)
    sweep: SweepEntry | None = Field(None, description="cash sweep; left out: none")
    borrowers: dict[str, Fraction] = Field(default_factory=dict, description="country: share of sovereign-backed debt")
    sources: tuple[SourceEntry, ...] = Field(min_length=1)


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    tables: dict[str, type[Entry]] = {"sources": SourceEntry, "covenants": CovenantsEntry, "currencies": CurrencyEntry}
    tables["sweep"] = SweepEntry
    first = str(location[0]) if len(location) > 1 else ""
    return list(tables.get(first, MixEntry).model_fields)


def problems_of(error: ValidationError, file: str) -> list[FinancingProblem]:
    """Every fault that the schema found, with the nearest known key beside an unknown one."""
    problems = []
    for fault in error.errors():
        where = f"{file} {'.'.join(str(part) for part in fault['loc'])}"
        remedy = ""
        if fault["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(fault["loc"][-1]), _known_keys(fault["loc"]), n=3)
            remedy = f"Nearest known: {', '.join(near)}" if near else "Leave it out"
        found = "nothing" if fault["type"] == "missing" else repr(fault["input"])
        expected = "no such key" if fault["type"] == "extra_forbidden" else fault["msg"]
        problems.append(FinancingProblem(where, found, expected, remedy))
    return problems
