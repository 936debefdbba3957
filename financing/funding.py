"""One mix on one project: construction, reserve and every tranche, closed so that sources equal uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from financing.construction import (
    ITERATIONS_MAX,
    TOLERANCE_USD,
    Construction,
    Drawdown,
    lock_construction,
    sculpted_source,
)
from financing.instruments import (
    Tranche,
    currency_path,
    first_year_service,
    principal_shares,
    repayment_window,
    tranche_of,
)
from financing.problems import FinancingProblem, FinancingProblems
from financing.project import Project
from financing.sculpting import sculpted_shares
from financing.structure import SENIOR, Source, Structure
from financing.tax import tax_usd_nominal
from financing.timeline import FloatArray, Timeline


@dataclass(frozen=True, slots=True)
class Funded:
    """The mix drawn and scheduled. `shares` are those reached, which a sculpted loan may have moved."""

    construction: Construction
    tranches: tuple[Tranche, ...]
    shares: tuple[float, ...]
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


class FundingModel:
    """Funds one project with one mix; what does not depend on revenue is computed once."""

    def __init__(self, project: Project, structure: Structure) -> None:
        self.project, self.structure = project, structure
        plan = project.plan
        self.timeline = Timeline(
            plan.construction_first_year, project.construction_years, plan.operation_years, structure.payments_per_year
        )
        problems = fit_problems(structure, self.timeline)
        if problems:
            raise FinancingProblems(problems)
        appreciation = dict(structure.appreciation_pa)
        self.currencies = [
            currency_path(source, appreciation.get(source.currency, 0.0), self.timeline) for source in structure.sources
        ]
        capex = self.timeline.spread(project.capex_usd_nominal)
        self.drawdown = Drawdown(structure, capex, self.currencies, self.timeline)
        self.sculpted = sculpted_source(structure)
        plain = [source for source in structure.debts if source is not self.sculpted]
        self.profiles = {source.name: principal_shares(source, self.timeline) for source in plain}
        self.service_units = {
            number: self.service_unit(number, self.profiles[source.name])
            for number, source in enumerate(structure.sources)
            if source in plain and source.seniority == SENIOR
        }
        self._fixed: Funded | None = None

    def fund(self, revenue_usd_nominal: FloatArray) -> Funded:
        """Draws and schedules for yearly revenue; revenue matters only to a sculpted loan."""
        if self.sculpted is not None:
            return _SculptedLoop(self, self.sculpted, revenue_usd_nominal).solve()
        if self._fixed is None:
            self._fixed = self._close()
        return self._fixed

    def _close(self) -> Funded:
        shares = [source.share_frac for source in self.structure.sources]
        uses, reserve = float(self.drawdown.capex.sum()), 0.0
        iteration, moved = 0, TOLERANCE_USD
        while moved >= TOLERANCE_USD and iteration < ITERATIONS_MAX:
            iteration += 1
            built = self.drawdown.run(shares, uses, reserve)
            wanted = self.reserve_usd(built, self.service_units)
            moved = abs(built.uses_usd_nominal - uses) + abs(wanted - reserve)
            uses, reserve = built.uses_usd_nominal, wanted
        return self.funded(built, self.profiles, shares, (iteration, moved), ())

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
        return Funded(built, self.tranches(built, profiles), tuple(shares), messages)

    def tranches(self, built: Construction, profiles: Mapping[str, FloatArray]) -> tuple[Tranche, ...]:
        """Schedules of every borrowed source."""
        return tuple(
            tranche_of(
                source,
                self.timeline,
                draw=built.draw[number],
                shares=profiles[source.name],
                currency=self.currencies[number],
                construction_fees=(built.fee_by_source[number], built.lender_fee_by_source[number]),
            )
            for number, source in enumerate(self.structure.sources)
            if source.is_debt
        )

    def tax_usd_nominal(self, built: Construction, tranches: Sequence[Tranche], revenue: FloatArray) -> FloatArray:
        """Tax per operating year with interest and fees of the loans deducted."""
        cost = np.zeros(self.timeline.periods)
        for tranche in tranches:
            cost += tranche.interest + tranche.fee
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
    """Fixed point of a sculpted loan: service follows cash after tax, tax follows interest, uses follow the loan."""

    def __init__(self, model: FundingModel, source: Source, revenue_usd_nominal: FloatArray) -> None:
        self.model, self.source, self.revenue = model, source, revenue_usd_nominal
        self.number = model.structure.sources.index(source)
        self.first, self.last = repayment_window(source, model.timeline)
        self.share = source.share_frac
        self.capacity = 0.0
        self.profile = np.zeros(model.timeline.operation_periods)
        self.profile[self.first : self.last] = 1.0 / (self.last - self.first)

    def solve(self) -> Funded:
        model = self.model
        uses, reserve, loan, units = float(model.drawdown.capex.sum()), 0.0, 0.0, dict(model.service_units)
        iteration, moved = 0, TOLERANCE_USD
        while moved >= TOLERANCE_USD and iteration < ITERATIONS_MAX:
            iteration += 1
            shares = self._shares()
            built = model.drawdown.run(shares, uses, reserve)
            profiles = {**model.profiles, self.source.name: self.profile}
            before, loan = loan, model.loan_own(built, self.number)
            self._reshape(built, model.tranches(built, profiles), loan)
            units[self.number] = model.service_unit(self.number, self.profile)
            wanted = model.reserve_usd(built, units)
            moved = abs(built.uses_usd_nominal - uses) + abs(wanted - reserve) + abs(loan - before)
            uses, reserve = built.uses_usd_nominal, wanted
        profiles = {**model.profiles, self.source.name: self.profile}
        return model.funded(built, profiles, shares, (iteration, moved), self._messages(loan))

    def _shares(self) -> list[float]:
        sources = self.model.structure.sources
        shares = [source.share_frac for source in sources]
        equity = [number for number, source in enumerate(sources) if source.kind == "equity"]
        given_up = shares[self.number] - self.share
        shares[self.number] = self.share
        weight = sum(shares[number] for number in equity)
        for number in equity if weight > 0.0 else ():
            shares[number] += given_up * shares[number] / weight
        return shares

    def _reshape(self, built: Construction, tranches: Sequence[Tranche], loan: float) -> None:
        """New share and profile from the cash that the present schedule leaves."""
        model, source = self.model, self.source
        timeline = model.timeline
        tax = model.tax_usd_nominal(built, tranches, self.revenue)
        cash = timeline.spread(self.revenue - model.project.opex_usd_nominal - tax)
        others = np.zeros(timeline.periods)
        for tranche in tranches:
            if tranche.source is not source:
                others += tranche.service
        available = cash / (source.dscr_target_ratio or 1.0) - others[timeline.construction_periods :]
        available -= source.verification_usd_pa / timeline.payments_per_year
        available /= model.currencies[self.number][timeline.construction_periods :]
        rate = (source.project_rate_pa + source.guarantee_fee_pa) / timeline.payments_per_year
        window = np.maximum(0.0, available[self.first : self.last])
        self.capacity, self.profile[self.first : self.last] = sculpted_shares(window, rate)
        per_share = loan / self.share if self.share > 0.0 else built.uses_usd_nominal
        self.share = min(source.share_frac, self.capacity / per_share)

    def _messages(self, loan: float) -> tuple[str, ...]:
        source = self.source
        if loan > 0.0 and self.share >= source.share_frac:
            slack = self.capacity / loan * (source.dscr_target_ratio or 1.0)
            return (
                f"{source.name}: the gearing cap of {source.share_frac:.3g} binds; cash would cover the loan "
                f"{slack:.2f} times against a target of {source.dscr_target_ratio:.2f}",
            )
        return (
            f"{source.name}: a cover of {source.dscr_target_ratio:.2f} limits it to {self.share:.3g} of uses, below "
            f"its cap of {source.share_frac:.3g}; equity carries the rest",
        )
