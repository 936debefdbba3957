"""One input at a time: what each range does to the project's worth before financing and to the required charge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from financing.charge import required_charge
from financing.funding import FundingModel
from financing.metrics import Measure, bracketed_root, npv
from financing.package import lcot_usd_per_mwh
from financing.plan import Plan
from financing.problems import FinancingProblem, FinancingProblems
from financing.project import Project
from financing.risk_inputs import risk_inputs
from financing.stress import scaled_capex, scaled_revenue, with_availability, with_currencies_shifted
from financing.structure import Structure

LEAST_FACTOR, MOST_FACTOR = 0.001, 5.0
"""Of the central value, between which a switching value is looked for."""
NOWHERE = (0.0, 0.0)
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
    possible: tuple[float, float]
    """Bounds within which a switching value is looked for."""


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
    switching: Measure
    """Value of the input at which the NPV before financing is zero, all else central."""
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
    """Every capex item over its own range, all of them over their reference class; opex, charge, availability, rates
    and inflation over conventional ones."""
    capex = [
        Variation(
            f"capex: {item.name}",
            "USD real",
            item.low_usd_real,
            item.central_usd_real,
            item.high_usd_real,
            _capex_change(item.name),
            item.source,
            (LEAST_FACTOR * item.central_usd_real, MOST_FACTOR * item.central_usd_real),
        )
        for item in plan.capex
    ]
    return (*capex, *_factors(), *_rates(plan))


def _factors() -> tuple[Variation, ...]:
    overrun = risk_inputs()["capex"]
    tenth, last_tenth = overrun.at(np.array([0.1, 0.9])).tolist()
    reference = f"tenth and ninetieth percentile of the reference class: {overrun.source}"
    bounds = (LEAST_FACTOR, MOST_FACTOR)

    def dearer(plan: Plan, structure: Structure, factor: float) -> tuple[Plan, Structure]:
        return scaled_capex(plan, factor), structure

    def richer(plan: Plan, structure: Structure, factor: float) -> tuple[Plan, Structure]:
        return scaled_revenue(plan, factor), structure

    return (
        Variation("capex: all parts", "factor", tenth, 1.0, last_tenth, dearer, reference, bounds),
        Variation("opex", "factor", 0.8, 1.0, 1.2, _opex_change, NO_DISTRIBUTION, bounds),
        Variation("charge", "factor", 0.8, 1.0, 1.2, richer, NO_DISTRIBUTION, bounds),
    )


def _rates(plan: Plan) -> tuple[Variation, ...]:
    available, inflation = plan.availability_frac, plan.inflation_pa
    return (
        Variation(
            "availability",
            "fraction",
            available - 0.05,
            available,
            min(1.0, available + 0.05),
            lambda at, mix, value: (with_availability(at, value), mix),
            "5 points either way, at most 1",
            (0.01, 1.0),
        ),
        Variation(
            "interest rates",
            "shift per year",
            -0.01,
            0.0,
            0.01,
            lambda at, mix, value: (at, mix.with_rates_shifted(value)),
            "100 bp either way; fixed concessional rates stay",
            NOWHERE,
        ),
        Variation(
            "currencies against USD",
            "rise per year",
            -0.02,
            0.0,
            0.02,
            lambda at, mix, value: (with_currencies_shifted(at, value), mix.with_currencies_shifted(value)),
            "2 points either way on every other currency's path, of loans and of revenue",
            NOWHERE,
        ),
        Variation(
            "inflation",
            "per year",
            inflation - 0.01,
            inflation,
            inflation + 0.01,
            lambda at, mix, value: (replace(at, inflation_pa=value), mix),
            "1 point either way; nominal discount rate unchanged",
            (-0.02, 0.1),
        ),
    )


def tornado(
    plan: Plan, structure: Structure, ranges: Mapping[str, tuple[float, float]] | None = None
) -> tuple[TornadoRow, ...]:
    """Rows sorted by the width of the bar on the NPV before financing, widest first.

    `ranges` replaces the (low, high) of named inputs: "capex: NAME" in real USD, "capex: all parts", "opex" and
    "charge" as factors, "availability" as a fraction, "interest rates" and "currencies against USD" as shifts per year,
    "inflation" per year. Raises FinancingProblems
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
        switching = _switching(plan, structure, each)
        rows.append(TornadoRow(each.name, each.unit, low, each.central, high, *worths, *charges, switching, note))
    return tuple(sorted(rows, key=lambda row: (-row.npv_span_usd_nominal, row.name)))


def _switching(plan: Plan, structure: Structure, each: Variation) -> Measure:
    """Bracketed search to a millionth of the bracket; the NPV is monotonic in every input."""

    def worth(value: float) -> float:
        return _worth_usd_nominal(Project(each.change(plan, structure, value)[0]))

    low, high = each.possible
    if low == high:
        return Measure(None, "it does not touch the cash before financing")
    ends = worth(low), worth(high)
    if ends[0] * ends[1] > 0.0:
        return Measure(None, f"none between {low:,.3g} and {high:,.3g}")
    return Measure(bracketed_root(worth, low, high, 1e-6 * (high - low)))


def _worth_usd_nominal(project: Project) -> float:
    return npv(project.plan.discount_rate_nominal_pa, project.net_cash_prefinance_usd_nominal)


def _answers(plan: Plan, structure: Structure) -> tuple[float, Measure]:
    project = Project(plan)
    guess = lcot_usd_per_mwh(project).value or 0.0
    charge = required_charge(FundingModel(project, structure), guess)[0]
    return _worth_usd_nominal(project), charge
