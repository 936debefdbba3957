"""The plan in nominal money on its time axis, before any financing: what every mix shares."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, cached_property
from typing import Any, cast

import numpy as np

from financing.plan import CurrencyPath, Plan, RevenueStream
from financing.problems import FinancingProblem, FinancingProblems
from financing.tax import tax_usd_nominal
from financing.timeline import FloatArray, Timeline
from financing.vat import vat_flows

MAJOR_REPAIR_FACTOR = 1.25
SIDE_MODELS = ("fibre_lease",)
"""Revenue that no charge for transport replaces."""
VAT_DELAY_MAX_MONTHS = 60
OF_CONTRACT = ("plan", "revenue_usd_nominal", "tax_prefinance_usd_nominal", "net_cash_prefinance_usd_nominal")
"""What of a project follows from what transport is paid."""


def price_index(inflation_pa: float, years: FloatArray | int, price_base_year: int) -> FloatArray:
    """(1+i)^(year - base year): nominal per real (Fisher 1930)."""
    return np.asarray((1.0 + inflation_pa) ** (np.asarray(years, dtype=np.float64) - price_base_year))


def currency_index(path: CurrencyPath, inflation_pa: float, ages: FloatArray, shift_pa: FloatArray) -> FloatArray:
    """Price in USD of a currency `ages` whole years after the price base year, over that of the price base year;
    (ages, draws) for shifts of every year's rise of shape (draws,)."""
    last = int(ages.max())
    parity = (1.0 + inflation_pa) / (1.0 + path.inflation_pa) - 1.0
    rises = np.asarray((*path.rise_pa, *((path.rise_pa[-1] if path.rise_pa else parity),) * last)[:last])
    yearly = 1.0 + rises[:, None] + path.shift_pa + shift_pa
    index = np.cumprod(np.vstack([np.ones((1, len(shift_pa))), yearly]), axis=0)
    return np.asarray(index[ages.astype(int)])


@dataclass(frozen=True)
class Project:
    """Yearly nominal USD of a plan; arrays over construction years, operating years and the closing year.

    A figure of a phase has the length of that phase; `*_by_year` spans the whole axis.
    """

    plan: Plan

    def __post_init__(self) -> None:
        problems = list(plan_problems(self.plan))
        if problems:
            raise FinancingProblems(problems)

    def paid(self, plan: Plan) -> Project:
        """The project of a plan that differs in what it is paid for transport alone, with what is known already.

        Raises FinancingProblems for a contract that cannot be used.
        """
        problems = list(_number_problems(plan.revenue, "plan.revenue"))
        problems += [*_length_problems(plan), *_currency_problems(plan)]
        if problems:
            raise FinancingProblems(problems)
        other = object.__new__(Project)
        other.__dict__.update({name: value for name, value in self.__dict__.items() if name not in OF_CONTRACT})
        other.__dict__["plan"] = plan
        return other

    @cached_property
    def construction_years(self) -> int:
        """Years in which capex is spent."""
        return self.plan.operation_first_year - self.plan.construction_first_year

    @cached_property
    def years(self) -> FloatArray:
        """Calendar years of the whole axis, the closing year included."""
        count = self.construction_years + self.plan.operation_years + 1
        return np.arange(count, dtype=np.float64) + self.plan.construction_first_year

    @cached_property
    def index(self) -> FloatArray:
        """Nominal per real dollar in each year of the axis."""
        return price_index(self.plan.inflation_pa, self.years, self.plan.price_base_year)

    @cached_property
    def operating_index(self) -> FloatArray:
        """The index over the operating years."""
        return self.index[self.construction_years : -1]

    @cached_property
    def capex_usd_real(self) -> FloatArray:
        """Per construction year."""
        spent = [item.central_usd_real * np.asarray(item.spread_frac) for item in self.plan.capex]
        return np.sum(spent, axis=0) if spent else np.zeros(self.construction_years)

    @cached_property
    def capex_usd_nominal(self) -> FloatArray:
        """Per construction year, with inflation since the price base year."""
        return self.capex_usd_real * self.index[: self.construction_years]

    @cached_property
    def revenue_usd_nominal(self) -> FloatArray:
        """Per operating year, all streams."""
        return self._revenue(self.plan.revenue)

    @cached_property
    def side_revenue_usd_nominal(self) -> FloatArray:
        """Of what is sold beside the link's transport, per operating year."""
        return self._revenue([stream for stream in self.plan.revenue if stream.model in SIDE_MODELS])

    def revenue_drawn_usd_nominal(self, shift_pa: FloatArray) -> FloatArray:
        """All streams where the yearly rise of every other currency is shifted, (operating years, draws)."""
        total = np.zeros((self.plan.operation_years, 1))
        for stream in self.plan.revenue:
            total = total + np.asarray(stream.amount_usd_real)[:, None] * self._stream_index(stream, shift_pa)
        return total

    def _revenue(self, streams: Sequence[RevenueStream]) -> FloatArray:
        total = np.zeros(self.plan.operation_years)
        for stream in streams:
            total += np.asarray(stream.amount_usd_real) * self.stream_index(stream)
        return total

    def stream_index(self, stream: RevenueStream) -> FloatArray:
        """Nominal USD per real dollar of a stream in each operating year.

        It grows with its share of inflation from the price base year, at home where it is paid in another currency,
        and is changed at that currency's price in USD: (1 + x i)^t times the product of (1 + rise).
        """
        return np.asarray(self._stream_index(stream, np.zeros(1))[:, 0])

    def _stream_index(self, stream: RevenueStream, shift_pa: FloatArray) -> FloatArray:
        plan, years = self.plan, self.years[self.construction_years : -1]
        if stream.currency == "USD":
            grown = price_index(plan.inflation_pa * stream.indexation_frac, years, plan.price_base_year)
            return np.asarray(grown[:, None])
        path = next(each for each in plan.currencies if each.currency == stream.currency)
        grown = price_index(path.inflation_pa * stream.indexation_frac, years, plan.price_base_year)
        return grown[:, None] * currency_index(path, plan.inflation_pa, years - plan.price_base_year, shift_pa)

    @cached_property
    def opex_usd_nominal(self) -> FloatArray:
        """Per operating year."""
        return np.asarray(self.plan.opex_usd_real) * self.operating_index

    @cached_property
    def major_repair_usd_nominal(self) -> FloatArray:
        """The part of each operating year's opex above 1.25 times the median year, in real terms: what a maintenance
        reserve saves for."""
        real = np.asarray(self.plan.opex_usd_real)
        usual = float(np.median(real))
        return np.where(real > MAJOR_REPAIR_FACTOR * usual, real - usual, 0.0) * self.operating_index

    def maintenance_reserve_moves(self, years: int) -> FloatArray:
        """Into (positive) and out of (negative) the maintenance reserve per operating year; sums to zero.

        Each major repair is saved for in equal parts over the `years` before it, or as many as there are. The reserve
        earns nothing here, which is on the safe side.
        """
        moves = np.zeros(self.plan.operation_years)
        if years == 0:
            return moves
        for year in np.flatnonzero(self.major_repair_usd_nominal):
            first = max(0, int(year) - years)
            if first < year:
                moves[first:year] += self.major_repair_usd_nominal[year] / (year - first)
                moves[year] -= self.major_repair_usd_nominal[year]
        return moves

    @cached_property
    def received_mwh(self) -> FloatArray:
        """Per operating year."""
        return np.asarray(self.plan.received_mwh)

    @cached_property
    def decommissioning_usd_nominal(self) -> float:
        """In the closing year; negative for a residual value. Neither deductible nor taxed here."""
        return float(self.plan.decommissioning_usd_real * self.index[-1])

    def unlevered_tax_usd_nominal(self, revenue_usd_nominal: FloatArray, basis_usd_nominal: float) -> FloatArray:
        """Tax per operating year without any interest deducted, on a depreciable basis."""
        profit = revenue_usd_nominal - self.opex_usd_nominal
        return tax_usd_nominal(self.plan.tax, profit, basis_usd_nominal)

    @cached_property
    def tax_prefinance_usd_nominal(self) -> FloatArray:
        """Tax per operating year as if the owners paid for all of it: the same for every mix."""
        return self.unlevered_tax_usd_nominal(self.revenue_usd_nominal, float(self.capex_usd_nominal.sum()))

    @cached_property
    def net_cash_prefinance_usd_nominal(self) -> FloatArray:
        """Project cash flow before financing and after unlevered tax, whole axis."""
        operating = self.revenue_usd_nominal - self.opex_usd_nominal - self.tax_prefinance_usd_nominal
        flows = np.concatenate([-self.capex_usd_nominal, operating, [-self.decommissioning_usd_nominal]])
        return np.asarray(flows - self.vat_advance_usd_nominal)

    @cached_property
    def vat_advance_usd_nominal(self) -> FloatArray:
        """Value added tax paid less refunded, whole axis; sums to zero."""
        plan = self.plan
        yearly = Timeline(plan.construction_first_year, self.construction_years, plan.operation_years, 1)
        flows = vat_flows(plan.vat, self.capex_usd_nominal, yearly)
        return np.append(flows.paid - flows.refunded, 0.0)

    def revenue_at_charge_usd_nominal(self, charge_usd_per_mwh: float) -> FloatArray:
        """Revenue per operating year of a charge constant in real terms per delivered MWh, and what is sold beside."""
        return charge_usd_per_mwh * self.received_mwh * self.operating_index + self.side_revenue_usd_nominal


def _numbers(value: object, where: str) -> Iterator[tuple[str, float]]:
    """Every number of a plan that may be none, with the path to it."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return
    if isinstance(value, (int, float)):
        yield where, float(value)
    elif isinstance(value, tuple):
        if all(type(part) is str or (type(part) is float and math.isfinite(part)) for part in value):
            return  # the usual series, of which no path is asked for
        for position, part in enumerate(value):
            yield from _numbers(part, f"{where}[{position}]")
    elif is_dataclass(value):
        for name in _field_names(cast(Hashable, type(value))):
            yield from _numbers(getattr(value, name), f"{where}.{name}")


@cache
def _field_names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cast(Any, kind)))


def plan_problems(plan: Plan) -> Iterator[FinancingProblem]:
    """Everything wrong with a plan: NaN, lengths that differ from its years, shares that do not sum to one."""
    yield from _number_problems(plan, "plan")
    yield from _length_problems(plan)
    yield from _range_problems(plan)


def _number_problems(value: object, where: str) -> Iterator[FinancingProblem]:
    for place, number in _numbers(value, where):
        if not math.isfinite(number):
            yield FinancingProblem(place, repr(number), "a finite number")


def _length_problems(plan: Plan) -> Iterator[FinancingProblem]:
    construction = plan.operation_first_year - plan.construction_first_year
    if construction < 1 or plan.operation_years < 1:
        found = f"{construction} construction and {plan.operation_years} operating years"
        yield FinancingProblem("plan", found, "at least one year of each")
    series = {"received_mwh": plan.received_mwh, "opex_usd_real": plan.opex_usd_real}
    series |= {"losses_usd_real": plan.losses_usd_real}
    series |= {f"revenue ({stream.name})": stream.amount_usd_real for stream in plan.revenue}
    for name, values in series.items():
        if len(values) != plan.operation_years:
            expected = f"{plan.operation_years}, one per operating year"
            yield FinancingProblem(f"plan.{name}", f"{len(values)} values", expected)
    for item in plan.capex:
        if len(item.spread_frac) != construction or abs(sum(item.spread_frac) - 1.0) > 1e-6:
            found = f"{len(item.spread_frac)} shares that sum to {sum(item.spread_frac):.6g}"
            expected = f"{construction} shares, one per construction year, that sum to one"
            yield FinancingProblem(f"plan.capex ({item.name}) spread_frac", found, expected)


def _range_problems(plan: Plan) -> Iterator[FinancingProblem]:
    shares = sum(share.share_frac for share in plan.tax)
    if plan.tax and abs(shares - 1.0) > 1e-6:
        yield FinancingProblem("plan.tax share_frac", f"a sum of {shares:.6g}", "shares that sum to one")
    for share in plan.tax:
        if not (0.0 <= share.rate_frac < 1.0 and share.depreciation_years >= 1 and share.share_frac >= 0.0):
            yield FinancingProblem(
                f"plan.tax ({share.country})",
                f"rate {share.rate_frac}, share {share.share_frac}, depreciation {share.depreciation_years} years",
                "a rate in 0 to 1, a share of at least 0, one year of depreciation or more",
            )
    yield from _vat_problems(plan)
    yield from _currency_problems(plan)
    if plan.inflation_pa <= -1.0 or plan.discount_rate_nominal_pa <= -1.0:
        yield FinancingProblem("plan rates", f"{plan.inflation_pa}, {plan.discount_rate_nominal_pa}", "above -1")
    if sum(item.central_usd_real for item in plan.capex) <= 0.0:
        yield FinancingProblem("plan.capex", "no money to spend", "a positive sum of capex items")
    if any(value < 0.0 for value in plan.received_mwh):
        yield FinancingProblem("plan.received_mwh", "a negative value", "energy of at least 0 in every year")


def _vat_problems(plan: Plan) -> Iterator[FinancingProblem]:
    if plan.vat is None:
        return
    shares = sum(share.share_frac for share in plan.vat.shares)
    if shares > 1.0 + 1e-6 or any(share.share_frac < 0.0 for share in plan.vat.shares):
        yield FinancingProblem(
            "plan.vat share_frac", f"a sum of {shares:.6g}", "shares of at least 0, at most 1 in sum"
        )
    for share in plan.vat.shares:
        if not 0.0 <= share.rate_frac < 1.0:
            yield FinancingProblem(f"plan.vat ({share.country}) rate_frac", f"{share.rate_frac}", "0 to 1")
    if not 0.0 <= plan.vat.refund_delay_months <= VAT_DELAY_MAX_MONTHS:
        found = f"{plan.vat.refund_delay_months:g} months"
        yield FinancingProblem("plan.vat refund_delay_months", found, f"0 to {VAT_DELAY_MAX_MONTHS} months")
    if plan.vat.financed_by not in ("mix", "facility"):
        yield FinancingProblem("plan.vat financed_by", repr(plan.vat.financed_by), "mix or facility")
    if not 0.0 <= plan.vat.facility_rate_pa < 1.0:
        yield FinancingProblem("plan.vat facility_rate_pa", f"{plan.vat.facility_rate_pa}", "0 to 1")


def _currency_problems(plan: Plan) -> Iterator[FinancingProblem]:
    known = [path.currency for path in plan.currencies]
    for stream in plan.revenue:
        if stream.currency != "USD" and known.count(stream.currency) != 1:
            expected = f"USD or one of plan.currencies ({', '.join(known) or 'none given'}), each once"
            yield FinancingProblem(f"plan.revenue ({stream.name}) currency", repr(stream.currency), expected)
    for path in plan.currencies:
        rises = [path.inflation_pa, *(rise + path.shift_pa for rise in path.rise_pa or (0.0,))]
        if min(rises) <= -1.0:
            yield FinancingProblem(f"plan.currencies ({path.currency})", f"{min(rises):g}", "rates above -1")
