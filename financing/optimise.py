"""The best shares of a mix's own sources, within limits, under its covenants.

With draws, tax and the owners' timing held at the last mix, service is linear in the shares, and so is every test: a
linear program gives the next shares. Draws, tax and timing are then computed again and the program solved again, until
the shares stand still (successive linear programming; Nocedal and Wright 2006, Numerical Optimization, ch. 18). The
answer is judged by the exact model, never by the program: the best mix met on the way is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog

from financing.charge import required_charge
from financing.concessionality import IMF_RATE_PA, grant_element
from financing.funding import FundingModel
from financing.instruments import Tranche, principal_shares, tranche_of
from financing.limits import Limits, limit_rows, limited, usual_limits
from financing.metrics import Measure
from financing.operation import Outcome, equity_npv_usd_nominal, equity_target_pa, margins_of_tests, operate
from financing.package import lcot_usd_per_mwh
from financing.plan import Plan
from financing.problems import FinancingProblem, FinancingProblems
from financing.project import Project
from financing.structure import Source, Structure
from financing.timeline import FloatArray
from financing.waterfall import SMALLEST_USD

GOALS = ("charge", "subsidy", "equity_npv")
"""Lowest required charge; least subsidy that passes at the plan's revenue; owners' worth at the plan's revenue."""
ROUNDS_MAX = 25
SHARE_TOLERANCE = 1e-5
STEPS = (0.5, 0.25, 0.125)
"""Parts of a program's step tried where the whole step made the mix worse."""


@dataclass(frozen=True, slots=True)
class Optimised:
    """The best mix found for one goal."""

    goal: str
    structure: Structure
    value: Measure
    """USD/MWh for `charge`, USD nominal for the others, by the exact model."""
    value_before: Measure
    """Of the mix as it was; none where it does not pass."""
    rounds: int
    settled: bool
    """Whether the shares stood still; otherwise the best of all rounds."""


def optimise(plan: Plan, structure: Structure, goal: str, limits: Limits | None = None) -> Optimised:
    """The mix's sources in their best shares.

    Raises FinancingProblems for an unknown goal or source, a sculpted loan (its cover sizes it already), or limits that
    no mix can keep.
    """
    limits = limits or usual_limits(structure)
    _check(structure, goal, limits)
    structure = limited(structure, limits)
    project = Project(plan)
    best_shares = now = _shares(structure)
    before = best = _exact(project, structure, goal)
    settled, rounds = False, 0
    while not settled and rounds < ROUNDS_MAX:
        rounds += 1
        program = _Program(project, _with(structure, now), goal, limits)
        wanted = program.solve()
        value = _exact(project, _with(structure, wanted), goal)
        if _better(value, best, goal):
            best, best_shares = value, wanted
        else:
            for step in STEPS:
                partly = best_shares + step * (wanted - best_shares)
                value = _exact(project, _with(structure, partly), goal)
                if _better(value, best, goal):
                    best, best_shares, wanted = value, partly, partly
                    break
        settled = bool(np.abs(wanted - now).max() < SHARE_TOLERANCE)
        now = wanted
    return Optimised(goal, _with(structure, best_shares), best, before, rounds, settled)


def _check(structure: Structure, goal: str, limits: Limits) -> None:
    problems = []
    if goal not in GOALS:
        problems.append(FinancingProblem("goal", repr(goal), f"one of {', '.join(GOALS)}"))
    names = {source.name for source in structure.sources}
    for name in sorted(limits.named - names):
        problems.append(FinancingProblem("limits", f"a source {name!r}", f"one of {', '.join(sorted(names))}"))
    if any(source.repayment == "sculpted" for source in structure.debts):
        problems.append(
            FinancingProblem(
                structure.name, "a sculpted loan", "loans whose size is chosen", "A sculpted loan is sized by its cover"
            )
        )
    least = sum(limits.share.get(source.name, (0.0, 1.0))[0] for source in structure.sources)
    most = sum(limits.share.get(source.name, (0.0, 1.0))[1] for source in structure.sources)
    if not least <= 1.0 <= most + 1e-12:
        problems.append(FinancingProblem("limits", f"shares from {least:.3g} to {most:.3g} in all", "a range around 1"))
    if problems:
        raise FinancingProblems(problems)


def _shares(structure: Structure) -> FloatArray:
    return np.array([source.share_frac for source in structure.sources])


def _with(structure: Structure, shares: FloatArray) -> Structure:
    sources = tuple(
        replace(source, share_frac=float(share)) for source, share in zip(structure.sources, shares, strict=True)
    )
    return replace(structure, sources=sources)


def _exact(project: Project, structure: Structure, goal: str) -> Measure:
    """The goal by the whole model; none where the mix does not pass its tests."""
    model = FundingModel(project, structure)
    if goal == "charge":
        return required_charge(model, lcot_usd_per_mwh(project).value or 0.0)[0]
    outcome = operate(model, project.revenue_usd_nominal)
    failing = [name for name, margin in margins_of_tests(outcome).items() if margin < 0.0]
    if failing:
        return Measure(None, f"fails {', '.join(failing)} at the plan's revenue")
    if goal == "subsidy":
        return Measure(_subsidy_usd(outcome))
    target = equity_target_pa(model)
    return Measure(None, "no equity in the mix") if target is None else Measure(equity_npv_usd_nominal(outcome, target))


def _subsidy_usd(outcome: Outcome) -> float:
    """Grants and the grant element (IMF's 5 %) of loans softer than that, on what is drawn."""
    units = _softness(outcome)
    drawn = outcome.funded.construction.draw.sum(axis=1)
    return float(units @ drawn)


def _softness(outcome: Outcome) -> FloatArray:
    """Grant element of each source at the IMF's rate, at least 0."""
    timeline = outcome.model.timeline
    tranches = {tranche.source.name: tranche for tranche in outcome.funded.tranches}
    units = []
    for number, source in enumerate(outcome.model.structure.sources):
        if source.kind in ("grant", "equity"):
            units.append(1.0 if source.kind == "grant" else 0.0)
            continue
        tranche, path = tranches[source.name], outcome.model.currencies[number]
        service = (tranche.draw - tranche.net_lender_cash) / path
        element = grant_element(tranche.draw / path, service, IMF_RATE_PA, timeline.payments_per_year)
        units.append(max(0.0, element or 0.0))
    return np.array(units)


def _better(value: Measure, best: Measure, goal: str) -> bool:
    if value.value is None or best.value is None:
        return value.value is not None
    sign = -1.0 if goal == "equity_npv" else 1.0
    return sign * value.value < sign * best.value


class _Program:
    """The linear program around one mix: its draws, tax and owners' timing as they are there."""

    def __init__(self, project: Project, structure: Structure, goal: str, limits: Limits) -> None:
        self.project, self.structure, self.goal, self.limits = project, structure, goal, limits
        self.model = FundingModel(project, structure)
        revenue = project.revenue_usd_nominal
        self.unit_revenue = project.revenue_at_charge_usd_nominal(1.0)
        if goal == "charge":
            charge = required_charge(self.model, lcot_usd_per_mwh(project).value or 0.0)[0].value or 0.0
            revenue = charge * self.unit_revenue
        self.revenue = revenue
        self.outcome = operate(self.model, revenue)
        self.needs = self.outcome.funded.construction.draw.sum(axis=0)
        self.service = np.array([self._unit_service(source) for source in structure.sources])

    def _unit_service(self, source: Source) -> FloatArray:
        """Yearly service in operation if the source paid for everything."""
        timeline = self.model.timeline
        if not source.is_debt:
            return np.zeros(timeline.operation_years)
        return timeline.yearly(self._unit_tranche(source).service)[timeline.construction_years : -1]

    def _unit_tranche(self, source: Source) -> Tranche:
        """The loan that pays for everything."""
        timeline = self.model.timeline
        number = self.structure.sources.index(source)
        none = np.zeros(timeline.construction_periods)
        return tranche_of(
            replace(source, verification_usd_pa=0.0),
            timeline,
            draw=self.needs,
            shares=principal_shares(source, timeline),
            currency=self.model.currencies[number],
            construction_fees=(none, none),
        )

    def solve(self) -> FloatArray:
        """Best shares; raises FinancingProblems where the limits leave none."""
        sources = self.structure.sources
        count = len(sources)
        # Columns: shares, then the charge (held at its value where the goal is another).
        rows: list[FloatArray] = []
        right: list[float] = []
        kept = limit_rows(self.structure, self.limits, float(self.needs.sum()))
        for coefficients, bound in [*self._covers(), *self._life_covers(), *self._owners(), *kept]:
            rows.append(coefficients)
            right.append(bound)
        cost = np.zeros(count + 1)
        if self.goal == "charge":
            cost[-1] = 1.0
        elif self.goal == "subsidy":
            cost[:count] = _softness(self.outcome) * float(self.needs.sum())
        else:
            cost[:count] = -self._owners_worth()
        bounds = [self.limits.share.get(source.name, (0.0, 1.0)) for source in sources]
        bounds.append((0.0, None) if self.goal == "charge" else (0.0, 0.0))  # type: ignore[arg-type]
        scale = float(self.needs.sum())
        found = linprog(
            cost / max(1.0, np.abs(cost).max()),
            A_ub=np.array(rows) / scale,
            b_ub=np.array(right) / scale,
            A_eq=(even := self._equalities()),
            b_eq=np.eye(len(even))[0],
            bounds=bounds,
            method="highs",
        )
        if found.x is None:
            raise FinancingProblems(
                [FinancingProblem(self.structure.name, "no shares that keep every limit and covenant", "wider limits")]
            )
        shares = np.maximum(0.0, found.x[:count])
        return np.asarray(shares / shares.sum())

    def _equalities(self) -> FloatArray:
        """Shares sum to one (first row); several owners keep their shares of the equity."""
        count = len(self.structure.sources)
        rows = [np.append(np.ones(count), 0.0)]
        owners = [number for number, source in enumerate(self.structure.sources) if source.kind == "equity"]
        for number in owners[1:]:
            row = np.zeros(count + 1)
            row[owners[0]] = self.structure.sources[number].share_frac
            row[number] = -self.structure.sources[owners[0]].share_frac
            rows.append(row)
        return np.array(rows)

    def _cash_before_service(self) -> FloatArray:
        """What a year costs before any lender is paid."""
        return np.asarray(self.outcome.operation.opex + self.outcome.operation.tax + self.outcome.operation.reserved)

    def _covers(self) -> list[tuple[FloatArray, float]]:
        """cover x service - charge x energy <= revenue - cost, year by year."""
        cover = max(1.0, self.structure.covenants.dscr_min_ratio or 1.0)
        free = self.goal == "charge"
        found = []
        for year, cost in enumerate(self._cash_before_service()):
            earned = self.unit_revenue[year] if free else 0.0
            given = 0.0 if free else self.revenue[year]
            found.append((np.append(cover * self.service[:, year], -earned), float(given - cost)))
        return found

    def _discounts(self) -> tuple[FloatArray, FloatArray]:
        """Of construction periods and of operating years, at what the owners require."""
        timeline, rate = self.model.timeline, equity_target_pa(self.model) or 0.0
        built = np.repeat(np.arange(timeline.construction_years), timeline.payments_per_year)
        years = np.arange(timeline.operation_years) + timeline.construction_years
        return (1.0 + rate) ** -built.astype(np.float64), (1.0 + rate) ** -years.astype(np.float64)

    def _owners_worth(self) -> FloatArray:
        """Worth to the owners of one unit of each share: what they pay in or what its service takes away."""
        at_build, at_work = self._discounts()
        paid_in = float(at_build @ self.needs)
        return np.array(
            [
                -paid_in if source.kind == "equity" else -float(at_work @ self.service[number])
                for number, source in enumerate(self.structure.sources)
            ]
        )

    def _owners(self) -> list[tuple[FloatArray, float]]:
        """Owners' worth at least zero; what is not linear (reserve, closing year) as it is in this mix."""
        target = equity_target_pa(self.model)
        if target is None:
            return []
        _, at_work = self._discounts()
        worth, shares = self._owners_worth(), _shares(self.structure)
        exact = equity_npv_usd_nominal(self.outcome, target)
        if self.goal == "charge":
            per_charge = float(at_work @ self.unit_revenue)
            now = float(self.revenue @ at_work)
            return [(np.append(-worth, -per_charge), exact - float(worth @ shares) - now)]
        return [(np.append(-worth, 0.0), exact - float(worth @ shares))]

    def _life_covers(self) -> list[tuple[FloatArray, float]]:
        """cover x debt - worth of charge x energy <= worth of revenue - cost, at the start of every year with debt.

        Worth at the debt's own rate of each period, as `metrics.loan_life_cover`, held at that of this mix.
        """
        cover = self.structure.covenants.llcr_min_ratio
        operation, timeline = self.outcome.operation, self.model.timeline
        net_debt = operation.net_debt_per_period
        if cover is None or not (net_debt > SMALLEST_USD).any():
            return []
        worth = _worth_over_life(operation.claims_per_period + operation.prepaid_per_period, net_debt)
        units = np.array([self._unit_debt(source) for source in self.structure.sources])
        free = self.goal == "charge"
        cost, earned = (timeline.spread(values) for values in (self._cash_before_service(), self.unit_revenue))
        given = np.zeros_like(cost) if free else timeline.spread(self.revenue)
        found = []
        for start in range(0, len(net_debt), timeline.payments_per_year):
            if net_debt[start] > SMALLEST_USD:
                per_charge = float(worth[start] @ earned) if free else 0.0
                found.append((np.append(cover * units[:, start], -per_charge), float(worth[start] @ (given - cost))))
        return found

    def _unit_debt(self, source: Source) -> FloatArray:
        """Net debt at the start of each operating period if the source paid for everything."""
        timeline = self.model.timeline
        if not source.is_debt:
            return np.zeros(timeline.operation_periods)
        return self._unit_tranche(source).net_opening[timeline.construction_periods :]


def _worth_over_life(claims: FloatArray, net_debt: FloatArray) -> FloatArray:
    """(period, later period): what a dollar of the later period's cash is worth at the start of the first."""
    owing = net_debt > SMALLEST_USD
    last = int(np.flatnonzero(owing)[-1])
    after = np.append(net_debt[1:], 0.0)
    factors = np.where(owing, (claims + after) / np.where(owing, net_debt, 1.0), 1.0)
    worth = np.zeros((len(net_debt), len(net_debt)))
    for start in range(last + 1):
        worth[start, start : last + 1] = 1.0 / np.cumprod(factors[start : last + 1])
    return worth
