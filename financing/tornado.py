"""One input at a time: what each range does to the project's worth before financing and to the required charge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from financing.charge import required_charge
from financing.funding import FundingModel
from financing.metrics import Measure, npv
from financing.package import lcot_usd_per_mwh
from financing.plan import Plan
from financing.problems import FinancingProblem, FinancingProblems
from financing.project import Project
from financing.stress import scaled_revenue, with_availability
from financing.structure import Structure

NO_DISTRIBUTION = "no distribution known: 20 % either way"


@dataclass(frozen=True, slots=True)
class Variation:
    """An input with its range, and how a value of it changes plan and mix."""

    name: str
    unit: str
    low: float
    central: float
    high: float
    change: Callable[[Plan, Structure, float], tuple[Plan, Structure]]
    note: str


@dataclass(frozen=True, slots=True)
class TornadoRow:
    """One input at its low and its high value, all else central."""

    name: str
    unit: str
    low: float
    central: float
    high: float
    npv_prefinance_low_usd_nominal: float
    npv_prefinance_central_usd_nominal: float
    npv_prefinance_high_usd_nominal: float
    required_charge_low_usd_per_mwh: Measure
    required_charge_central_usd_per_mwh: Measure
    required_charge_high_usd_per_mwh: Measure
    note: str

    @property
    def npv_span_usd_nominal(self) -> float:
        """Width of the bar."""
        return abs(self.npv_prefinance_high_usd_nominal - self.npv_prefinance_low_usd_nominal)


def _capex_change(name: str) -> Callable[[Plan, Structure, float], tuple[Plan, Structure]]:
    def change(plan: Plan, structure: Structure, value: float) -> tuple[Plan, Structure]:
        items = tuple(replace(item, central_usd_real=value) if item.name == name else item for item in plan.capex)
        return replace(plan, capex=items), structure

    return change


def _opex_change(plan: Plan, structure: Structure, factor: float) -> tuple[Plan, Structure]:
    return replace(plan, opex_usd_real=tuple(amount * factor for amount in plan.opex_usd_real)), structure


def variations(plan: Plan) -> tuple[Variation, ...]:
    """Every capex item over its own range; opex, charge, availability, rates and inflation over conventional ones."""
    capex = [
        Variation(
            f"capex: {item.name}",
            "USD real",
            item.low_usd_real,
            item.central_usd_real,
            item.high_usd_real,
            _capex_change(item.name),
            item.source,
        )
        for item in plan.capex
    ]
    available = plan.availability_frac
    return (
        *capex,
        Variation("opex", "factor", 0.8, 1.0, 1.2, _opex_change, NO_DISTRIBUTION),
        Variation(
            "charge", "factor", 0.8, 1.0, 1.2, lambda at, mix, value: (scaled_revenue(at, value), mix), NO_DISTRIBUTION
        ),
        Variation(
            "availability",
            "fraction",
            available - 0.05,
            available,
            min(1.0, available + 0.05),
            lambda at, mix, value: (with_availability(at, value), mix),
            "5 points either way, at most 1",
        ),
        Variation(
            "interest rates",
            "shift per year",
            -0.01,
            0.0,
            0.01,
            lambda at, mix, value: (at, mix.with_rates_shifted(value)),
            "100 bp either way; fixed concessional rates stay",
        ),
        Variation(
            "currencies against USD",
            "rise per year",
            -0.02,
            0.0,
            0.02,
            lambda at, mix, value: (at, mix.with_currencies_shifted(value)),
            "2 points either way on every other currency's path",
        ),
        Variation(
            "inflation",
            "per year",
            plan.inflation_pa - 0.01,
            plan.inflation_pa,
            plan.inflation_pa + 0.01,
            lambda at, mix, value: (replace(at, inflation_pa=value), mix),
            "1 point either way; nominal discount rate unchanged",
        ),
    )


def tornado(
    plan: Plan, structure: Structure, ranges: Mapping[str, tuple[float, float]] | None = None
) -> tuple[TornadoRow, ...]:
    """Rows sorted by the width of the bar on the NPV before financing, widest first.

    `ranges` replaces the (low, high) of named inputs: "capex: NAME" in real USD, "opex" and "charge" as factors,
    "availability" as a fraction, "interest rates" and "currencies against USD" as shifts per year, "inflation" per
    year. Raises FinancingProblems
    for an unknown name or a bad plan.
    """
    inputs = variations(plan)
    unknown = sorted(set(ranges or {}) - {each.name for each in inputs})
    if unknown:
        expected = f"names among {', '.join(each.name for each in inputs)}"
        raise FinancingProblems([FinancingProblem("tornado ranges", ", ".join(unknown), expected)])
    central = _answers(plan, structure)
    rows = []
    for each in inputs:
        low, high = (ranges or {}).get(each.name, (each.low, each.high))
        at_low, at_high = (_answers(*each.change(plan, structure, value)) for value in (low, high))
        note = each.note if each.name not in (ranges or {}) else "range given"
        worths = (at_low[0], central[0], at_high[0])
        charges = (at_low[1], central[1], at_high[1])
        rows.append(TornadoRow(each.name, each.unit, low, each.central, high, *worths, *charges, note))
    return tuple(sorted(rows, key=lambda row: (-row.npv_span_usd_nominal, row.name)))


def _answers(plan: Plan, structure: Structure) -> tuple[float, Measure]:
    project = Project(plan)
    guess = lcot_usd_per_mwh(project).value or 0.0
    charge = required_charge(FundingModel(project, structure), guess)[0]
    return npv(plan.discount_rate_nominal_pa, project.net_cash_prefinance_usd_nominal), charge
