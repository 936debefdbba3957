"""The best shares of a mix's own sources, within limits, under its covenants.

With draws, tax and the owners' timing held at the last mix, service is linear in the shares, and so is every test: a
linear program gives the next shares. Draws, tax and timing are then computed again and the program solved again, until
the shares stand still (successive linear programming; Nocedal and Wright 2006, Numerical Optimization, ch. 18). The
answer is judged by the exact model, never by the program: the best mix met on the way is kept. A sculpted loan is sized
by its cash, no line: its mix is searched (`share_search`) within the same limits. So is the least
subsidy, from where the program ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog

from financing.charge import required_charge
from financing.funding import FundingModel
from financing.goals import GOALS, exact_value, is_better, shares_of, softness, with_shares
from financing.instruments import Tranche, principal_shares, tranche_of
from financing.limits import Limits, limit_rows, limited, usual_limits
from financing.metrics import Measure
from financing.operation import equity_npv_usd_nominal, equity_target_pa, operate
from financing.package import lcot_usd_per_mwh
from financing.plan import Plan
from financing.problems import FinancingProblem, FinancingProblems
from financing.project import Project
from financing.shadow_prices import Row, ShadowPrice, shadow_prices
from financing.share_room import Room, equalities, room_of
from financing.share_search import SEARCH_TOLERANCE_FRAC, search
from financing.structure import Source, Structure
from financing.timeline import FloatArray
from financing.waterfall import SMALLEST_USD

ROUNDS_MAX = 25
SHARE_TOLERANCE = 1e-5
PRICED_WITHIN_FRAC = 1e-3
"""Shadow prices are those of a program that ended this near to the best shares."""
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
    prices: tuple[ShadowPrice, ...]
    """Of the limits that hold the program at these shares; none by search, or where the program ended elsewhere."""
    tolerance_frac: float
    """Of uses: by how much a share may still be off (the program), or the last step of the search."""
    by_search: bool


def optimise(plan: Plan, structure: Structure, goal: str, limits: Limits | None = None) -> Optimised:
    """The mix's sources in their best shares; of a sculpted loan its largest share (`Source.share_frac`).

    Raises FinancingProblems for an unknown goal or source, or limits that no mix can keep.
    """
    limits = limits or usual_limits(structure)
    _check(structure, goal, limits)
    structure = limited(structure, limits)
    project = Project(plan)
    before = exact_value(project, structure, goal)
    if any(source.repayment == "sculpted" for source in structure.debts):
        return searched(project, structure, goal, limits, before)
    found = _programmed(project, structure, goal, limits, before)
    # Subsidy follows uses, and these the loans' interest while building: no line, so the program only gives the start.
    return searched(project, found.structure, goal, limits, before) if goal == "subsidy" else found


def searched(project: Project, structure: Structure, goal: str, limits: Limits, before: Measure) -> Optimised:
    """By direct search; `before` is the goal of the mix as it is."""
    found = search(project, structure, goal, _room(project, structure, limits))
    best = with_shares(structure, found.shares)
    return Optimised(goal, best, found.value, before, found.rounds, found.settled, (), SEARCH_TOLERANCE_FRAC, True)


def _room(project: Project, structure: Structure, limits: Limits) -> Room:
    """What the limits leave, amounts against the uses of the mix as it is."""
    drawn = operate(FundingModel(project, structure), project.revenue_usd_nominal).funded.construction.draw
    return room_of(structure, limits, float(drawn.sum()))


def _programmed(project: Project, structure: Structure, goal: str, limits: Limits, before: Measure) -> Optimised:
    """By successive linear programs."""
    stated = shares_of(structure)
    best_shares = now = ended = _room(project, structure, limits).nearest(stated)
    best = before if now is stated else exact_value(project, with_shares(structure, now), goal)
    settled, rounds = False, 0
    prices: tuple[ShadowPrice, ...] = ()
    while not settled and rounds < ROUNDS_MAX:
        rounds += 1
        program = _Program(project, with_shares(structure, now), goal, limits)
        ended, prices = program.solve()
        wanted = ended
        value = exact_value(project, with_shares(structure, wanted), goal)
        if is_better(value, best, goal):
            best, best_shares = value, wanted
        else:
            for step in STEPS:
                partly = best_shares + step * (wanted - best_shares)
                value = exact_value(project, with_shares(structure, partly), goal)
                if is_better(value, best, goal):
                    best, best_shares, wanted = value, partly, partly
                    break
        settled = bool(np.abs(wanted - now).max() < SHARE_TOLERANCE)
        now = wanted
    elsewhere = bool(np.abs(ended - best_shares).max() > PRICED_WITHIN_FRAC)
    return Optimised(
        goal,
        with_shares(structure, best_shares),
        best,
        before,
        rounds,
        settled,
        () if elsewhere else prices,
        SHARE_TOLERANCE,
        False,
    )


def _check(structure: Structure, goal: str, limits: Limits) -> None:
    problems = []
    if goal not in GOALS:
        problems.append(FinancingProblem("goal", repr(goal), f"one of {', '.join(GOALS)}"))
    names = {source.name for source in structure.sources}
    for name in sorted(limits.named - names):
        problems.append(FinancingProblem("limits", f"a source {name!r}", f"one of {', '.join(sorted(names))}"))
    least = sum(limits.share.get(source.name, (0.0, 1.0))[0] for source in structure.sources)
    most = sum(limits.share.get(source.name, (0.0, 1.0))[1] for source in structure.sources)
    if not least <= 1.0 <= most + 1e-12:
        problems.append(FinancingProblem("limits", f"shares from {least:.3g} to {most:.3g} in all", "a range around 1"))
    if problems:
        raise FinancingProblems(problems)


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

    def solve(self) -> tuple[FloatArray, tuple[ShadowPrice, ...]]:
        """Best shares and what the limits are worth; raises FinancingProblems where the limits leave none."""
        sources, scale = self.structure.sources, float(self.needs.sum())
        count = len(sources)
        # Columns: shares, then the charge (held at its value where the goal is another).
        kept = limit_rows(self.structure, self.limits, scale)
        rows = [*self._covers(), *self._life_covers(), *self._owners(), *kept]
        cost = self._cost()
        cost_scale = max(1.0, float(np.abs(cost).max()))
        bounds = [self.limits.share.get(source.name, (0.0, 1.0)) for source in sources]
        bounds.append((0.0, None) if self.goal == "charge" else (0.0, 0.0))  # type: ignore[arg-type]
        equal = equalities(self.structure)
        found = linprog(
            cost / cost_scale,
            A_ub=np.array([row.coefficients for row in rows]) / scale,
            b_ub=np.array([row.bound_usd for row in rows]) / scale,
            A_eq=np.hstack([equal, np.zeros((len(equal), 1))]),
            b_eq=np.eye(len(equal))[0],
            bounds=bounds,
            method="highs",
        )
        if found.x is None:
            raise FinancingProblems(
                [FinancingProblem(self.structure.name, "no shares that keep every limit and covenant", "wider limits")]
            )
        shares = np.maximum(0.0, found.x[:count])
        sign = -1.0 if self.goal == "equity_npv" else 1.0
        return np.asarray(shares / shares.sum()), shadow_prices(found, rows, sources, scale, sign * cost_scale)

    def _cost(self) -> FloatArray:
        """Of one unit of each share and of the charge, to be made least."""
        if self.goal == "charge":
            return np.append(np.zeros(len(self.structure.sources)), 1.0)
        least = softness(self.outcome) * float(self.needs.sum()) if self.goal == "subsidy" else -self._owners_worth()
        return np.append(least, 0.0)

    def _cash_before_service(self) -> FloatArray:
        """What a year costs before any lender is paid."""
        return np.asarray(self.outcome.operation.opex + self.outcome.operation.tax + self.outcome.operation.reserved)

    def _covers(self) -> list[Row]:
        """cover x service - charge x energy <= revenue - cost, year by year."""
        cover = max(1.0, self.structure.covenants.dscr_min_ratio or 1.0)
        free = self.goal == "charge"
        found = []
        for year, cost in enumerate(self._cash_before_service()):
            earned = self.unit_revenue[year] if free else 0.0
            given = 0.0 if free else self.revenue[year]
            unit, name = np.append(self.service[:, year], 0.0), f"minimum DSCR of {cover:.2f}"
            found.append(Row(np.append(cover * self.service[:, year], -earned), float(given - cost), name, unit))
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

    def _owners(self) -> list[Row]:
        """Owners' worth at least zero; what is not linear (reserve, closing year) as it is in this mix."""
        target = equity_target_pa(self.model)
        if target is None:
            return []
        _, at_work = self._discounts()
        worth, shares = self._owners_worth(), shares_of(self.structure)
        exact, name = equity_npv_usd_nominal(self.outcome, target), f"owners' return of {target:.1%}"
        if self.goal == "charge":
            per_charge = float(at_work @ self.unit_revenue)
            now = float(self.revenue @ at_work)
            bound = exact - float(worth @ shares) - now
            return [Row(np.append(-worth, -per_charge), bound, name, is_worth=True)]
        return [Row(np.append(-worth, 0.0), exact - float(worth @ shares), name, is_worth=True)]

    def _life_covers(self) -> list[Row]:
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
                unit, bound = np.append(units[:, start], 0.0), float(worth[start] @ (given - cost))
                coefficients = np.append(cover * units[:, start], -per_charge)
                found.append(Row(coefficients, bound, f"minimum LLCR of {cover:.2f}", unit))
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
