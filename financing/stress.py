"""The named downside stack: what each blow, and all together, does to a mix whose loans are already sized."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from financing.funding import FundingModel
from financing.metrics import Measure, debt_service_cover, irr
from financing.operation import Outcome, operate
from financing.plan import Plan, RevenueStream
from financing.project import Project
from financing.structure import Structure

FAULT_DAYS = 65.0
"""Repair of a subsea cable: 60-65 days in the availability literature; the whole link is out, as for a monopole."""

State = tuple[Plan, Structure]


def scaled_operation(plan: Plan, factors: np.ndarray) -> Plan:
    """The plan with yearly energy, losses and revenue times a factor per operating year."""

    def scaled(values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple((np.asarray(values) * factors).tolist())

    revenue = tuple(replace(stream, amount_usd_real=scaled(stream.amount_usd_real)) for stream in plan.revenue)
    return replace(
        plan, received_mwh=scaled(plan.received_mwh), losses_usd_real=scaled(plan.losses_usd_real), revenue=revenue
    )


def scaled_revenue(plan: Plan, factor: float) -> Plan:
    """The plan with every revenue times a factor."""

    def scaled(stream: RevenueStream) -> RevenueStream:
        return replace(stream, amount_usd_real=tuple(amount * factor for amount in stream.amount_usd_real))

    return replace(plan, revenue=tuple(scaled(stream) for stream in plan.revenue))


def scaled_capex(plan: Plan, factor: float) -> Plan:
    """The plan with every capex item times a factor."""
    items = tuple(replace(item, central_usd_real=item.central_usd_real * factor) for item in plan.capex)
    return replace(plan, capex=items)


def with_availability(plan: Plan, availability_frac: float) -> Plan:
    """The plan at another availability; energy and revenue follow in proportion."""
    factors = np.full(plan.operation_years, availability_frac / plan.availability_frac)
    return replace(scaled_operation(plan, factors), availability_frac=availability_frac)


def delayed(plan: Plan, structure: Structure, years: int = 1) -> State:
    """Completion later by whole years, without further capex; maturities stay, operating life moves.

    A custom loan spreads the repayments that would have fallen due over the rest in proportion; if none are left, all
    of it is due with the first payment after completion.
    """
    items = tuple(replace(item, spread_frac=(*item.spread_frac, *(0.0,) * years)) for item in plan.capex)
    later = replace(plan, capex=items, operation_first_year=plan.operation_first_year + years)
    skipped = years * structure.payments_per_year
    sources = tuple(
        replace(source, principal_frac=_left(source.principal_frac, skipped))
        if source.repayment == "custom"
        else source
        for source in structure.sources
    )
    return later, replace(structure, sources=sources)


def _left(principal_frac: tuple[float, ...], skipped: int) -> tuple[float, ...]:
    rest = principal_frac[skipped:]
    return rest if sum(rest) > 0.0 else (1.0,)


def _fault(plan: Plan) -> Plan:
    factors = np.ones(plan.operation_years)
    factors[min(1, plan.operation_years - 1)] = 1.0 - FAULT_DAYS / 365.0
    return scaled_operation(plan, factors)


STACK: tuple[tuple[str, Callable[[Plan, Structure], State]], ...] = (
    ("delay of 12 months", delayed),
    ("capex +25 %", lambda plan, mix: (scaled_capex(plan, 1.25), mix)),
    ("price -15 %", lambda plan, mix: (scaled_revenue(plan, 0.85), mix)),
    ("rates +200 bp", lambda plan, mix: (plan, mix.with_rates_shifted(0.02))),
    (
        "availability -5 points",
        lambda plan, mix: (with_availability(plan, max(0.01, plan.availability_frac - 0.05)), mix),
    ),
    (f"cable fault of {FAULT_DAYS:.0f} days in year 2", lambda plan, mix: (_fault(plan), mix)),
)


@dataclass(frozen=True, slots=True)
class DownsideRow:
    """One blow alone, or all of them."""

    name: str
    dscr_min_ratio: Measure
    dscr_min_year: int | None
    equity_irr_pa: Measure
    default_year: int | None
    unpaid_usd_nominal: float
    """Largest amount of service and running cost that stays unpaid at the end of a period."""


def sized(outcome: Outcome) -> Structure:
    """The mix with its loans as reached: a sculpted loan keeps its share and its repayments whatever comes."""
    structure, funded = outcome.model.structure, outcome.funded
    if outcome.model.sculpted is None:
        return structure
    start = outcome.model.timeline.construction_periods
    repaid = {tranche.source.name: tranche.principal[start:] for tranche in funded.tranches}
    sources = []
    for source, share in zip(structure.sources, funded.shares, strict=True):
        moved = replace(source, share_frac=share)
        if source.repayment == "sculpted" and repaid[source.name].sum() > 0.0:
            shares = repaid[source.name] / repaid[source.name].sum()
            moved = replace(moved, repayment="custom", principal_frac=tuple(shares.tolist()))
        elif source.repayment == "sculpted":
            moved = replace(moved, repayment="equal_principal")
        sources.append(moved)
    return replace(structure, sources=tuple(sources))


def downside(plan: Plan, structure: Structure) -> tuple[DownsideRow, ...]:
    """The base case, each blow of the stack alone, and all together; loans stay as sized in the base case.

    A dearer project is paid for in the mix's shares. Raises FinancingProblems like `finance`.
    """
    outcome = _outcome(plan, structure)
    fixed = sized(outcome)
    rows = [_row("base case", outcome)]
    state = (plan, fixed)
    for name, blow in STACK:
        rows.append(_row(name, _outcome(*blow(plan, fixed))))
        state = blow(*state)
    rows.append(_row("all together", _outcome(*state)))
    return tuple(rows)


def _outcome(plan: Plan, structure: Structure) -> Outcome:
    project = Project(plan)
    return operate(FundingModel(project, structure), project.revenue_usd_nominal)


def _row(name: str, outcome: Outcome) -> DownsideRow:
    plan, fall = outcome.model.project.plan, outcome.waterfall
    cover = debt_service_cover(outcome.operation.cfads, outcome.operation.service, plan.operation_first_year)
    period = fall.default_period
    year = None if period is None else plan.operation_first_year + period // outcome.model.timeline.payments_per_year
    unpaid = float((fall.senior_arrears + fall.subordinated_arrears + fall.unfunded_cost).max())
    equity = irr(outcome.net_equity_cash)
    return DownsideRow(name, cover.least, cover.least_year, equity, year, unpaid)
