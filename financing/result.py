"""What `finance` returns: one funding mix on one project, with tables for reports and a summary for scripts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from financing.construction import Construction
from financing.countries import SovereignDebt
from financing.instruments import Tranche
from financing.metrics import Cover, Measure
from financing.structure import Source, Structure
from financing.timeline import FloatArray, Timeline
from financing.waterfall import SMALLEST_USD, Waterfall

if TYPE_CHECKING:
    from financing.plan import Plan


SUMMARY_KEYS = (
    "capex_usd_nominal",
    "npv_prefinance_usd_nominal",
    "npv_usd_nominal",
    "project_irr_pa",
    "equity_npv_usd_nominal",
    "equity_irr_pa",
    "dscr_min_ratio",
    "dscr_min_year",
    "dscr_average_ratio",
    "llcr_min_ratio",
    "grant_element_frac",
    "cost_of_capital_pa",
    "lcot_usd_per_mwh",
    "required_charge_usd_per_mwh",
    "affordable_charge_usd_per_mwh",
    "verdict",
    "verdict_test",
)


@dataclass(frozen=True, slots=True)
class Test:
    """One test of the verdict, in words and numbers."""

    __test__ = False

    name: str
    passed: bool
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """passes | fails, with the test that decides: the first that fails, else the last two passed."""

    passes: bool
    deciding_test: str
    tests: tuple[Test, ...]

    @property
    def word(self) -> str:
        """passes or fails."""
        return "passes" if self.passes else "fails"


@dataclass(frozen=True, slots=True)
class TrancheMeasures:
    """Cost and softness of one source over its life."""

    source: Source
    amount_usd_nominal: float
    all_in_pa: Measure
    """IRR of what the project draws and pays, fees included, effective yearly rate in USD."""
    lender_irr_pa: Measure
    """The same of what reaches the lender: without on-lending margin, guarantee and verification."""
    grant_element_frac: tuple[tuple[float, float | None], ...]
    """(discount rate, grant element) at 5 % (IMF) and 6, 7, 9 % (DAC); of what goes to and from the lender, in the
    loan's own currency."""


@dataclass(frozen=True, slots=True)
class GrantGap:
    """Smallest grant, beside those of the mix, with which it passes at the affordable charge."""

    share_frac: Measure
    amount_usd_nominal: Measure


@dataclass(frozen=True, slots=True)
class Operation:
    """Yearly USD nominal over the operating years."""

    revenue: FloatArray
    opex: FloatArray
    tax: FloatArray
    reserved: FloatArray
    """Into the maintenance reserve; negative in years in which it pays for repairs. Sums to zero."""
    cfads: FloatArray
    """Cash flow available for debt service: revenue - opex - tax, after the moves of the maintenance reserve."""
    service: FloatArray
    """Scheduled, all loans."""
    claims_per_period: FloatArray
    """Scheduled service per period, for the cover of the loan's life."""
    net_debt_per_period: FloatArray
    """Debt less sinking funds at the start of each operating period."""
    prepaid_per_period: FloatArray
    """Out of the cash sweep; no part of the service."""
    vat_returned_per_period: FloatArray
    """Refunds of value added tax less its facility's interest; no part of the cash for debt service."""
    maturity_period: int | None
    """Operating period in which the last loan falls due by contract; None without loans."""


@dataclass(frozen=True, slots=True)
class Measures:
    """The answers for one mix. USD nominal at the date of each flow, or real USD of the price base year per MWh."""

    capex_usd_nominal: float
    npv_prefinance_usd_nominal: float
    npv_usd_nominal: Measure
    cost_of_capital_pa: Measure
    project_irr_pa: Measure
    equity_npv_usd_nominal: Measure
    equity_irr_pa: Measure
    cover: Cover
    llcr_min_ratio: Measure
    llcr_min_year: int | None
    grant_element_frac: tuple[tuple[float, float], ...]
    """(discount rate, package concessionality)."""
    grant_element_dac_frac: Measure
    """The same at the DAC rates of the borrowers, weighted."""
    lcot_usd_per_mwh: Measure
    required_charge_usd_per_mwh: Measure
    required_charge_test: str
    """The test that asks for that much."""
    affordable_charge_usd_per_mwh: Measure
    extra_grant: GrantGap
    sovereign_debt: tuple[SovereignDebt, ...]
    """Concessional and sovereign loans and green bonds at completion, by borrower; empty where no state borrows."""


@dataclass(frozen=True, slots=True)
class FinanceResult:
    """One mix applied to one plan."""

    plan: Plan
    structure: Structure
    timeline: Timeline
    construction: Construction
    tranches: tuple[Tranche, ...]
    operation: Operation
    waterfall: Waterfall
    yearly: dict[str, FloatArray]
    """Item -> USD nominal per year of `timeline.years`; every value a magnitude but `net_*`."""
    tranche_measures: tuple[TrancheMeasures, ...]
    measures: Measures
    further: dict[str, Measure]
    """Other conventions and what public money does, by name with its unit."""
    bonds: tuple[dict[str, object], ...]
    """Green bonds as a desk quotes them at issue."""
    verdict: Verdict
    notes: tuple[str, ...]

    @property
    def mix(self) -> str:
        """Name of the mix."""
        return self.structure.name

    def summary(self) -> dict[str, object]:
        """The mix's entry of a run's summary: a value that does not exist is None, with its reason under `reasons`."""
        row = self.mix_row()
        entry = {key: row[key] for key in SUMMARY_KEYS}
        entry["reasons"] = {key: row[f"{key}_reason"] for key in SUMMARY_KEYS if row.get(f"{key}_reason")}
        return entry

    def mix_row(self) -> dict[str, object]:
        """Every measure of the mix in one flat row; beside a value that may be missing stands `<key>_reason`."""
        measures = self.measures
        row: dict[str, object] = {
            "mix": self.mix,
            "title": self.structure.title,
            "capex_usd_nominal": measures.capex_usd_nominal,
            "uses_usd_nominal": self.construction.uses_usd_nominal,
            "closing_iterations": self.construction.iterations,
            "closing_residual_usd_nominal": self.construction.residual_usd_nominal,
            "npv_prefinance_usd_nominal": measures.npv_prefinance_usd_nominal,
        }
        optional = {
            "npv_usd_nominal": measures.npv_usd_nominal,
            "cost_of_capital_pa": measures.cost_of_capital_pa,
            "project_irr_pa": measures.project_irr_pa,
            "equity_npv_usd_nominal": measures.equity_npv_usd_nominal,
            "equity_irr_pa": measures.equity_irr_pa,
            "dscr_min_ratio": measures.cover.least,
            "dscr_average_ratio": measures.cover.average,
            "llcr_min_ratio": measures.llcr_min_ratio,
            "lcot_usd_per_mwh": measures.lcot_usd_per_mwh,
            "required_charge_usd_per_mwh": measures.required_charge_usd_per_mwh,
            "affordable_charge_usd_per_mwh": measures.affordable_charge_usd_per_mwh,
            "grant_element_dac_frac": measures.grant_element_dac_frac,
            "extra_grant_frac": measures.extra_grant.share_frac,
            "extra_grant_usd_nominal": measures.extra_grant.amount_usd_nominal,
            **self.further,
        }
        for key, measure in optional.items():
            row[key] = measure.value
            row[f"{key}_reason"] = "" if measure.value is not None else measure.reason
        row["dscr_min_year"] = measures.cover.least_year
        row["dscr_min_year_reason"] = "" if measures.cover.least_year is not None else measures.cover.least.reason
        row["grant_element_frac"] = measures.grant_element_frac[0][1]
        row["required_charge_test"] = measures.required_charge_test
        row["verdict"] = self.verdict.word
        row["verdict_test"] = self.verdict.deciding_test
        row["notes"] = " | ".join(self.notes)
        return row

    def cashflow_rows(self) -> list[dict[str, object]]:
        """Tidy rows: mix, year, item, amount_usd_nominal."""
        return [
            {"mix": self.mix, "year": year, "item": item, "amount_usd_nominal": float(amount)}
            for item, amounts in self.yearly.items()
            for year, amount in zip(self.timeline.years, amounts, strict=True)
        ]

    def period_rows(self) -> list[dict[str, object]]:
        """The waterfall period by period: cash, what falls due, each claim paid, cover, and `check_usd_nominal`, what
        the period's cash leaves unexplained: zero."""
        operation, per_year = self.operation, self.timeline.payments_per_year
        given = {
            "cfads": self.timeline.spread(operation.cfads),
            "net_vat_returned": operation.vat_returned_per_period,
            "service": operation.claims_per_period,
        }
        table = given | {field.name: getattr(self.waterfall, field.name) for field in fields(self.waterfall)}
        rows: list[dict[str, object]] = []
        for period, service in enumerate(operation.claims_per_period):
            row: dict[str, object] = {
                "mix": self.mix,
                "year": self.plan.operation_first_year + period // per_year,
                "period": period % per_year + 1,
                "dscr_ratio": float(given["cfads"][period] / service) if service > SMALLEST_USD else None,
            }
            rows.append(row | {f"{name}_usd_nominal": float(values[period]) for name, values in table.items()})
        return rows

    def tranche_rows(self) -> list[dict[str, object]]:
        """Tidy rows, one per source; grant_element_frac is at the IMF's 5 %."""
        return [
            {
                "mix": self.mix,
                "tranche": row.source.name,
                "kind": row.source.kind,
                "lender": row.source.lender,
                "amount_usd_nominal": row.amount_usd_nominal,
                "rate_pa": row.source.rate_pa if row.source.is_debt else None,
                "all_in_pa": row.all_in_pa.value,
                "tenor_years": row.source.tenor_years if row.source.is_debt else None,
                "grace_years": row.source.grace_years if row.source.is_debt else None,
                "repayment": row.source.repayment if row.source.is_debt else None,
                "grant_element_frac": row.grant_element_frac[0][1] if row.grant_element_frac else None,
                "currency": row.source.currency,
                "source": row.source.origin,
            }
            for row in self.tranche_measures
        ]

    def bond_rows(self) -> list[dict[str, object]]:
        """One row per green bond."""
        return [{"mix": self.mix, **row} for row in self.bonds]

    def balance_rows(self) -> list[dict[str, object]]:
        """Tidy rows: mix, tranche, year, closing_usd_nominal at the end of the year."""
        per_year = self.timeline.payments_per_year
        return [
            {"mix": self.mix, "tranche": tranche.source.name, "year": year, "closing_usd_nominal": float(closing)}
            for tranche in self.tranches
            for year, closing in zip(self.timeline.years[:-1], tranche.closing[per_year - 1 :: per_year], strict=True)
        ]
