"""What the sources of a mix cost and how soft they are, from what is drawn and repaid: no revenue enters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from financing.concessionality import REPORTED_RATES_PA, grant_element, present_value
from financing.countries import dac_weights
from financing.funding import Funded, FundingModel
from financing.metrics import Measure, loan_cost_pa
from financing.result import TrancheMeasures
from financing.structure import Source


@dataclass(frozen=True, slots=True)
class LoanMeasures:
    """Of one funded mix."""

    rows: tuple[TrancheMeasures | None, ...]
    """By source; None for equity, whose cost is what its owners get."""
    grant_element_frac: tuple[tuple[float, float], ...]
    """(discount rate, package concessionality)."""
    grant_element_dac_frac: Measure
    """The same at the DAC rates of the borrowers, weighted by their shares."""


def loan_measures(model: FundingModel, funded: Funded) -> LoanMeasures:
    """Every source but equity, and the package."""
    schedules = {tranche.source.name: tranche for tranche in funded.tranches}
    rows: list[TrancheMeasures | None] = []
    for number, source in enumerate(model.structure.sources):
        amount = float(funded.construction.draw[number].sum())
        tranche = schedules.get(source.name)
        if tranche is None:
            rows.append(_grant(source, amount) if source.kind == "grant" else None)
            continue
        path, per_year = model.currencies[number], model.timeline.payments_per_year
        draws, service = tranche.draw / path, (tranche.draw - tranche.net_lender_cash) / path
        elements = tuple((rate, grant_element(draws, service, rate, per_year)) for rate in REPORTED_RATES_PA)
        own, lenders = (loan_cost_pa(flows, per_year) for flows in (tranche.net_cash, tranche.net_lender_cash))
        rows.append(TrancheMeasures(source, amount, own, lenders, elements))
    return LoanMeasures(
        tuple(rows),
        tuple((rate, _package_grant_element(model, funded, rows, rate)) for rate in REPORTED_RATES_PA),
        _dac_grant_element(model, funded, rows),
    )


def _grant(source: Source, amount_usd: float) -> TrancheMeasures:
    none = Measure(None, "a grant is not paid back")
    return TrancheMeasures(source, amount_usd, none, none, tuple((rate, 1.0) for rate in REPORTED_RATES_PA))


def _package_grant_element(
    model: FundingModel, funded: Funded, rows: Sequence[TrancheMeasures | None], rate_pa: float
) -> float:
    """(grants + sum of GE_i x PV(draws_i)) / PV(all uses); a loan dearer than the reference counts as zero, not less
    (IMF 2013: the present value of such a loan is set to its nominal value)."""
    per_year = model.timeline.payments_per_year
    draw = funded.construction.draw
    soft = 0.0
    for number, row in enumerate(rows):
        if row is not None:
            element = dict(row.grant_element_frac).get(rate_pa) or 0.0
            soft += max(0.0, element) * present_value(draw[number], rate_pa, per_year)
    return soft / present_value(draw.sum(axis=0), rate_pa, per_year)


def _dac_grant_element(model: FundingModel, funded: Funded, rows: Sequence[TrancheMeasures | None]) -> Measure:
    weights = dac_weights(model.structure.borrowers)
    if not weights:
        return Measure(None, "no sovereign borrower with a DAC rate")
    return Measure(sum(share * _package_grant_element(model, funded, rows, rate) for rate, share in weights))
