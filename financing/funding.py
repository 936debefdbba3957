"""One mix on one project: construction, reserve and every tranche, closed so that sources equal uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from financing.construction import TOLERANCE_USD, Construction, Drawdown, lock_construction, sculpted_source
from financing.fixed_point import fixed_point
from financing.instruments import (
    Prepaid,
    Tranche,
    currency_path,
    first_year_service,
    principal_shares,
    project_rates,
    repayment_window,
    tranche_of,
)
from financing.problems import FinancingProblem, FinancingProblems
from financing.project import Project
from financing.sculpting import sculpted_shares
from financing.structure import SENIOR, Source, Structure
from financing.tax import tax_usd_nominal
from financing.timeline import FloatArray, Timeline
from financing.vat import vat_flows


@dataclass(frozen=True, slots=True)
class Funded:
    """The mix drawn and scheduled. `shares` are those reached, which a sculpted loan may have moved."""

    construction: Construction
    tranches: tuple[Tranche, ...]
    shares: tuple[float, ...]
    profiles: Mapping[str, FloatArray]
    """Principal shares of every loan by name, over the operating periods."""
    messages: tuple[str, ...]


def depreciable_basis_usd_nominal(structure: Structure, built: Construction, with_carry: bool = True) -> float:
    """Capex (and capitalised interest and fees) less capital grants, which lower the basis; the reserve is no asset."""
    grants = sum(
        float(built.draw[number].sum()) for number, source in enumerate(structure.sources) if source.kind == "grant"
    )
    carry = float(built.interest.sum() + built.fees.sum()) if with_carry else 0.0
    return max(0.0, float(built.capex.sum()) + carry - grants)


def fit_problems(structure: Structure, timeline: Timeline) -> list[FinancingProblem]:
    """Loans that would fall due before completion, or whose grace outlasts the plan."""
    problems = []
    for source in structure.debts:
        if source.repayment == "custom":
            continue
        first, last = repayment_window(source, timeline)
        if last <= 0 or (first >= last and source.repayment not in ("bullet", "sinking_fund")):
            found = f"tenor {source.tenor_years:g} years and grace {source.grace_years:g} years from signing"
            years = timeline.construction_years
            expected = (
                f"a tenor beyond {years} years of construction, a grace within {timeline.operation_years} of operation"
            )
            problems.append(FinancingProblem(f"{structure.name} {source.name}", found, expected))
    return problems


def _currencies(structure: Structure, timeline: Timeline) -> list[FloatArray]:
    """Path of every source's currency."""
    constant, forward = dict(structure.appreciation_pa), dict(structure.forward_rise_pa)
    return [
        currency_path(source, constant.get(source.currency, 0.0), timeline, forward.get(source.currency, ()))
        for source in structure.sources
    ]


class FundingModel:
    """Funds one project with one mix; what does not depend on revenue is computed once."""

    def __init__(self, project: Project, structure: Structure) -> None:
        plan = project.plan
        structure = structure.at_parity(plan.inflation_pa)
        self.project, self.structure = project, structure
        self.timeline = Timeline(
            plan.construction_first_year, project.construction_years, plan.operation_years, structure.payments_per_year
        )
        problems = fit_problems(structure, self.timeline)
        if problems:
            raise FinancingProblems(problems)
        self.currencies = _currencies(structure, self.timeline)
        capex = self.timeline.spread(project.capex_usd_nominal)
        self.vat = vat_flows(plan.vat, capex, self.timeline)
        self.drawdown = Drawdown(structure, capex, self.currencies, self.timeline, self.vat.need)
        self.reserved = project.maintenance_reserve_moves(structure.maintenance_reserve_years)
        self.sculpted = sculpted_source(structure)
        plain = [source for source in structure.debts if source is not self.sculpted]
        self.profiles = {source.name: principal_shares(source, self.timeline) for source in plain}
        self.service_units = {
            number: self.service_unit(number, self.profiles[source.name])
            for number, source in enumerate(structure.sources)
            if source in plain and source.seniority == SENIOR
        }
        self._fixed: Funded | None = None

    def on(self, project: Project) -> FundingModel:
        """The same on a plan that differs in its revenue alone, with what was computed already."""
        if self._fixed is None and self.sculpted is None:
            self._fixed = self._close()
        other = copy(self)
        other.project = project
        return other

    def fund(self, revenue_usd_nominal: FloatArray) -> Funded:
        """Draws and schedules for yearly revenue; revenue matters only to a sculpted loan."""
        if self.sculpted is not None:
            return _SculptedLoop(self, self.sculpted, revenue_usd_nominal).solve()
        if self._fixed is None:
            self._fixed = self._close()
        return self._fixed

    def _close(self) -> Funded:
        shares = [source.share_frac for source in self.structure.sources]

        def step(totals: FloatArray) -> FloatArray:
            built = self.drawdown.run(shares, *totals.tolist())
            return np.array([built.uses_usd_nominal, self.reserve_usd(built, self.service_units)])

        start = np.array([self.drawdown.capex.sum(), 0.0])
        totals, iterations, residual = fixed_point(step, start, TOLERANCE_USD)
        built = self.drawdown.run(shares, *totals.tolist())
        return self.funded(built, self.profiles, shares, (iterations, residual), ())

    def funded(
        self,
        built: Construction,
        profiles: Mapping[str, FloatArray],
        shares: Sequence[float],
        loop: tuple[int, float],
        messages: tuple[str, ...],
    ) -> Funded:
        """The closed result with its loop's iterations and residual."""
        built = lock_construction(replace(built, iterations=loop[0], residual_usd_nominal=loop[1]))
        return Funded(built, self.tranches(built, profiles), tuple(shares), profiles, messages)

    def tranches(
        self, built: Construction, profiles: Mapping[str, FloatArray], prepaid: Mapping[str, Prepaid] | None = None
    ) -> tuple[Tranche, ...]:
        """Schedules of every borrowed source, with what a sweep prepays by name."""
        return tuple(
            tranche_of(
                source,
                self.timeline,
                draw=built.draw[number],
                shares=profiles[source.name],
                currency=self.currencies[number],
                construction_fees=(built.fee_by_source[number], built.lender_fee_by_source[number]),
                prepaid=(prepaid or {}).get(source.name),
            )
            for number, source in enumerate(self.structure.sources)
            if source.is_debt
        )

    def tax_usd_nominal(self, built: Construction, tranches: Sequence[Tranche], revenue: FloatArray) -> FloatArray:
        """Tax per operating year with interest and fees of the loans deducted."""
        cost = np.zeros(self.timeline.periods)
        for tranche in tranches:
            cost += tranche.interest + tranche.fee  # capitalised interest is deducted as it accrues
        deducted = self.timeline.yearly(cost)[self.timeline.construction_years : -1]
        profit = revenue - self.project.opex_usd_nominal - deducted
        return tax_usd_nominal(self.project.plan.tax, profit, depreciable_basis_usd_nominal(self.structure, built))

    def loan_own(self, built: Construction, number: int) -> float:
        """What is drawn from one source, in units of its currency at signing."""
        path = self.currencies[number][: self.timeline.construction_periods]
        return float((built.draw[number] / path).sum())

    def service_unit(self, number: int, profile: FloatArray) -> float:
        """First-year service per unit of one source."""
        return first_year_service(self.structure.sources[number], profile, self.currencies[number], self.timeline)

    def reserve_usd(self, built: Construction, units: Mapping[int, float]) -> float:
        """First filling of the reserve: its months of the senior service of the first twelve months of operation."""
        total = 0.0
        for number, unit in units.items():
            loan = self.loan_own(built, number)
            if loan > 0.0:
                total += loan * unit + self.structure.sources[number].verification_usd_pa
        return total * self.structure.dsra_months / 12.0


class _SculptedLoop:
    """Fixed point of a sculpted loan: service follows cash after tax, tax follows interest, uses follow the loan.

    Its unknowns, all in USD: uses, reserve, the loan's share of the capex, and that share's repayments per period.
    """

    def __init__(self, model: FundingModel, source: Source, revenue_usd_nominal: FloatArray) -> None:
        self.model, self.source, self.revenue = model, source, revenue_usd_nominal
        self.number = model.structure.sources.index(source)
        self.first, self.last = repayment_window(source, model.timeline)
        self.scale = float(model.drawdown.capex.sum())
        self.capacity_own, self.loan_own = 0.0, 0.0

    def solve(self) -> Funded:
        model = self.model
        payments = self.last - self.first
        start = np.array([1.0, 0.0, self.source.share_frac, *[1.0 / payments] * payments]) * self.scale
        state, iterations, residual = fixed_point(self._step, start, TOLERANCE_USD)
        shares, profiles, built = self._built(state)
        return model.funded(built, profiles, shares, (iterations, residual), self._messages(shares[self.number]))

    def _built(self, state: FloatArray) -> tuple[list[float], dict[str, FloatArray], Construction]:
        """Shares, repayment profiles and construction at a state."""
        model = self.model
        profile = np.zeros(model.timeline.operation_periods)
        profile[self.first : self.last] = state[3:] / state[3:].sum()
        shares = self._shares(min(max(0.0, float(state[2]) / self.scale), self.source.share_frac))
        built = model.drawdown.run(shares, float(state[0]), float(state[1]))
        return shares, {**model.profiles, self.source.name: profile}, built

    def _step(self, state: FloatArray) -> FloatArray:
        model, source = self.model, self.source
        _, profiles, built = self._built(state)
        loan = model.loan_own(built, self.number)
        capacity, repaid = self._capacity(built, model.tranches(built, profiles))
        drawn_usd, uses_usd = float(built.draw[self.number].sum()), built.uses_usd_nominal
        per_share = uses_usd * (loan / drawn_usd if drawn_usd > 0.0 else 1.0)
        units = model.service_units
        if source.seniority == SENIOR:
            units = {**units, self.number: model.service_unit(self.number, profiles[source.name])}
        share = min(source.share_frac, capacity / per_share)
        self.capacity_own, self.loan_own = capacity, loan
        totals = [uses_usd, model.reserve_usd(built, units), share * self.scale]
        return np.concatenate([totals, repaid * self.scale])

    def _shares(self, share: float) -> list[float]:
        sources = self.model.structure.sources
        shares = [source.share_frac for source in sources]
        equity = [number for number, source in enumerate(sources) if source.kind == "equity"]
        given_up = shares[self.number] - share
        shares[self.number] = share
        weight = sum(shares[number] for number in equity)
        for number in equity if weight > 0.0 else ():
            shares[number] += given_up * shares[number] / weight
        return shares

    def _capacity(self, built: Construction, tranches: Sequence[Tranche]) -> tuple[float, FloatArray]:
        """Largest loan, in its own currency, and its repayments per unit, from the cash that a schedule leaves."""
        model, source = self.model, self.source
        timeline = model.timeline
        tax = model.tax_usd_nominal(built, tranches, self.revenue)
        cash = timeline.spread(self.revenue - model.project.opex_usd_nominal - tax - model.reserved)
        others = np.zeros(timeline.periods)
        for tranche in tranches:
            if tranche.source is not source:
                others += tranche.service
        available = cash / (source.dscr_target_ratio or 1.0) - others[timeline.construction_periods :]
        available -= source.verification_usd_pa / timeline.payments_per_year
        available /= model.currencies[self.number][timeline.construction_periods :]
        rates = project_rates(source, timeline)[timeline.construction_periods :]
        rates = rates + source.guarantee_fee_pa / timeline.payments_per_year
        window = slice(self.first, self.last)
        return sculpted_shares(np.maximum(0.0, available[window]), rates[window])

    def _messages(self, share: float) -> tuple[str, ...]:
        source = self.source
        target = source.dscr_target_ratio or 1.0
        if self.loan_own > 0.0 and share >= source.share_frac:
            reached = self.capacity_own / self.loan_own * target
            return (
                f"{source.name}: the gearing cap of {source.share_frac:.3g} binds; cash covers the loan {reached:.2f} "
                f"times over its life against a target of {target:.2f}",
            )
        return (
            f"{source.name}: a cover of {target:.2f} limits it to {share:.3g} of uses, below its cap of "
            f"{source.share_frac:.3g}; equity carries the rest",
        )
