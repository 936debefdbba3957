"""The named downside stack: what each blow, and all together, does to a mix whose loans are already sized."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from financing.funding import FundingModel
from financing.metrics import Measure, debt_service_cover, irr
from financing.operation import TEST_TOLERANCE, Outcome, equity_target_pa, least_loan_life_cover, operate
from financing.plan import Plan, RevenueStream
from financing.project import Project
from financing.structure import SENIOR, Structure
from financing.waterfall import SMALLEST_USD

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


def with_currencies_shifted(plan: Plan, shift_pa: float) -> Plan:
    """The plan with the yearly rise of every other currency in USD moved, for what is earned in it."""
    paths = tuple(replace(path, shift_pa=path.shift_pa + shift_pa) for path in plan.currencies)
    return replace(plan, currencies=paths)


def with_local_revenue(plan: Plan, factor: float) -> Plan:
    """The plan with what is earned in other currencies times a factor, as after a devaluation."""
    streams = tuple(
        stream
        if stream.currency == "USD"
        else replace(stream, amount_usd_real=tuple(amount * factor for amount in stream.amount_usd_real))
        for stream in plan.revenue
    )
    return replace(plan, revenue=streams)


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


@dataclass(frozen=True, slots=True)
class Blow:
    """One named change of plan or mix."""

    name: str
    change: str
    strike: Callable[[Plan, Structure], State]


STACK: tuple[Blow, ...] = (
    Blow("delay of 12 months", "completion a year later, maturities stay", delayed),
    Blow("capex +25 %", "every part of the investment", lambda plan, mix: (scaled_capex(plan, 1.25), mix)),
    Blow("price -15 %", "all revenue", lambda plan, mix: (scaled_revenue(plan, 0.85), mix)),
    Blow("rates +200 bp", "market-priced loans", lambda plan, mix: (plan, mix.with_rates_shifted(0.02))),
    Blow(
        "availability -5 points",
        "energy and revenue of every year",
        lambda plan, mix: (with_availability(plan, max(0.01, plan.availability_frac - 0.05)), mix),
    ),
    Blow(
        f"cable fault of {FAULT_DAYS:.0f} days in year 2",
        "the whole link out, energy and revenue lost",
        lambda plan, mix: (_fault(plan), mix),
    ),
)
DEVALUATION = Blow(
    "local currencies -30 %", "revenue paid in them", lambda plan, mix: (with_local_revenue(plan, 0.7), mix)
)


def stack_of(plan: Plan) -> tuple[Blow, ...]:
    """The stack; with a devaluation where anything is earned in another currency."""
    return (*STACK, DEVALUATION) if any(stream.currency != "USD" for stream in plan.revenue) else STACK


@dataclass(frozen=True, slots=True)
class DownsideRow:
    """One blow alone, or all of them."""

    name: str
    change: str
    """What is changed, in words."""
    dscr_min_ratio: Measure
    dscr_min_year: int | None
    llcr_min_ratio: Measure
    equity_irr_pa: Measure
    first_breach_year: int | None
    """First year in which the DSCR is below its covenant."""
    reserve_left_usd_nominal: float | None
    """Least balance of the debt service reserve while senior debt is owed; None without a reserve."""
    default_year: int | None
    unpaid_usd_nominal: float
    """Largest amount of service and running cost that stays unpaid at the end of a period."""
    dscr_covenant_ratio: float
    llcr_covenant_ratio: float | None
    equity_target_pa: float | None


def sized(outcome: Outcome) -> Structure:
    """The mix with its loans as reached: a sculpted loan keeps its share and its repayments whatever comes."""
    structure, funded = outcome.model.structure, outcome.funded
    if outcome.model.sculpted is None:
        return structure
    drawn = {tranche.source.name: tranche.draw.sum() for tranche in funded.tranches}
    sources = []
    for source, share in zip(structure.sources, funded.shares, strict=True):
        moved = replace(source, share_frac=share)
        if source.repayment == "sculpted" and drawn[source.name] > 0.0:
            shares = tuple(funded.profiles[source.name].tolist())
            moved = replace(moved, repayment="custom", principal_frac=shares)
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
    rows = [_row("base case", "nothing", outcome)]
    state = (plan, fixed)
    for blow in stack_of(plan):
        rows.append(_row(blow.name, blow.change, _outcome(*blow.strike(plan, fixed))))
        state = blow.strike(*state)
    rows.append(_row("all together", "all of the above at once", _outcome(*state)))
    return tuple(rows)


def _outcome(plan: Plan, structure: Structure) -> Outcome:
    project = Project(plan)
    return operate(FundingModel(project, structure), project.revenue_usd_nominal)


def _row(name: str, change: str, outcome: Outcome) -> DownsideRow:
    plan, fall, covenants = outcome.model.project.plan, outcome.waterfall, outcome.model.structure.covenants
    cover = debt_service_cover(outcome.operation.cfads, outcome.operation.service, plan.operation_first_year)
    period = fall.default_period
    year = None if period is None else plan.operation_first_year + period // outcome.model.timeline.payments_per_year
    unpaid = float((fall.senior_arrears + fall.subordinated_arrears + fall.unfunded_cost).max())
    covenant = max(1.0, covenants.dscr_min_ratio or 1.0)
    return DownsideRow(
        name=name,
        change=change,
        dscr_min_ratio=cover.least,
        dscr_min_year=cover.least_year,
        llcr_min_ratio=least_loan_life_cover(outcome)[0],
        equity_irr_pa=irr(outcome.net_equity_cash),
        first_breach_year=_first_breach_year(outcome, covenant),
        reserve_left_usd_nominal=_reserve_left_usd_nominal(outcome),
        default_year=year,
        unpaid_usd_nominal=unpaid,
        dscr_covenant_ratio=covenant,
        llcr_covenant_ratio=covenants.llcr_min_ratio,
        equity_target_pa=equity_target_pa(outcome.model),
    )


def _first_breach_year(outcome: Outcome, covenant_ratio: float) -> int | None:
    operation = outcome.operation
    due = operation.service > SMALLEST_USD
    below = due & (operation.cfads < (covenant_ratio - TEST_TOLERANCE) * operation.service)
    return outcome.model.project.plan.operation_first_year + int(np.argmax(below)) if below.any() else None


def _reserve_left_usd_nominal(outcome: Outcome) -> float | None:
    """Least closing balance before the period of the last senior payment; None where none is kept."""
    if outcome.funded.construction.reserve.sum() <= SMALLEST_USD:
        return None
    start = outcome.model.timeline.construction_periods
    senior = sum(
        (each.service[start:] for each in outcome.funded.tranches if each.source.seniority == SENIOR),
        np.zeros(outcome.model.timeline.operation_periods),
    )
    owing = int(np.flatnonzero(senior > SMALLEST_USD)[-1])
    return float(outcome.waterfall.reserve_closing[: max(1, owing)].min())
