"""The charge a mix requires and the grant that closes the gap to what the chain can afford."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from financing.funding import FundingModel
from financing.metrics import Measure, bracketed_root
from financing.operation import Outcome, margins_of_tests, operate
from financing.plan import Plan
from financing.project import Project
from financing.result import GrantGap
from financing.structure import Structure

CHARGE_TOLERANCE_USD_PER_MWH = 1e-4
CHARGE_MAX_USD_PER_MWH = 1e5
GRANT_TOLERANCE_FRAC = 1e-5


def smallest_passing(
    margins: Callable[[float], Mapping[str, float]], low: float, high: float, tolerance: float
) -> tuple[float, str]:
    """Smallest argument in the bracket at which every test passes, and the test that asks for it; all pass at `high`.

    Tests are monotonic, so this is the largest of their roots; each root is looked for above the last one found.
    """
    reached, binding = low, ""
    for name in dict.fromkeys((*margins(low), *margins(high))):
        if _one_margin(margins, name, reached) < 0.0:
            reached = bracketed_root(partial(_one_margin, margins, name), reached, high, tolerance)
            binding = name
    return reached, binding


def _one_margin(margins: Callable[[float], Mapping[str, float]], name: str, at: float) -> float:
    """Margin of one test; one that does not arise there, without debt or equity, counts as passed."""
    return margins(at).get(name, 1.0)


def required_charge(model: FundingModel, guess_usd_per_mwh: float) -> tuple[Measure, str]:
    """Smallest charge per delivered MWh, constant in real terms, at which the mix meets its cover and return tests,
    and the test that asks for it.

    It replaces all revenue of the plan. Bracketed search to 0.0001 USD/MWh of the price base year.
    """
    project = model.project
    if project.received_mwh.sum() <= 0.0:
        return Measure(None, "no energy is delivered"), ""

    @cache
    def margins(charge_usd_per_mwh: float) -> Mapping[str, float]:
        return margins_of_tests(operate(model, project.revenue_at_charge_usd_nominal(charge_usd_per_mwh)))

    high = max(1.0, 2.0 * guess_usd_per_mwh)
    while min(margins(high).values()) < 0.0:
        high *= 2.0
        if high > CHARGE_MAX_USD_PER_MWH:
            return Measure(None, f"no charge up to {CHARGE_MAX_USD_PER_MWH:,.0f} USD/MWh meets the mix's tests"), ""
    charge, binding = smallest_passing(margins, 0.0, high, CHARGE_TOLERANCE_USD_PER_MWH)
    return Measure(charge), binding


@dataclass(frozen=True, slots=True)
class Closing:
    """The smallest further grant with which a mix passes at one charge."""

    charge_usd_per_mwh: float
    extra_frac: Measure
    """Of uses, beside the mix's own grants."""
    grants_frac: Measure
    """All grants together."""
    amount_usd_nominal: Measure
    """The further grant."""
    binding_test: str
    """The test that asks for that much; empty where none does."""


def extra_grant(project: Project, structure: Structure, required: Measure) -> GrantGap:
    """Smallest further grant with which the mix passes its cover and return tests at the affordable charge.

    The grant takes the place of every other source in proportion. Bracketed search to 0.001 % of uses.
    """
    charge = project.plan.affordable_charge_usd_per_mwh
    if charge is None or required.value is None:
        reason = "the affordable charge was not computed" if charge is None else required.reason
        return GrantGap(Measure(None, reason), Measure(None, reason))
    found = closing_grant(project, structure, required, charge)
    return GrantGap(found.extra_frac, found.amount_usd_nominal)


def closing_grant(project: Project, structure: Structure, required: Measure, charge_usd_per_mwh: float) -> Closing:
    """As `extra_grant`, at any charge, real and constant per delivered MWh; `required` is the mix's own charge."""
    own_frac = structure.share_of_grants_frac
    if required.value is not None and required.value <= charge_usd_per_mwh:
        return Closing(charge_usd_per_mwh, Measure(0.0), Measure(own_frac), Measure(0.0), "")
    revenue = project.revenue_at_charge_usd_nominal(charge_usd_per_mwh)

    @cache
    def outcome(extra_frac: float) -> Outcome:
        return operate(FundingModel(project, structure.with_grant_added(extra_frac)), revenue)

    def margins(extra_frac: float) -> Mapping[str, float]:
        return margins_of_tests(outcome(extra_frac))

    largest = 1.0 - own_frac
    if min(margins(largest).values()) < 0.0:
        nothing = Measure(
            None,
            f"no grant closes the gap: at {charge_usd_per_mwh:.2f} USD/MWh the project does not cover its own running "
            "cost and tax even if all of it is given",
        )
        return Closing(charge_usd_per_mwh, nothing, nothing, nothing, "running cost")
    share, binding = smallest_passing(margins, 0.0, largest, GRANT_TOLERANCE_FRAC)
    amount = share * outcome(share).funded.construction.uses_usd_nominal
    return Closing(charge_usd_per_mwh, Measure(share), Measure(own_frac + share), Measure(amount), binding)


FRONTIER_STEPS = 8


def grant_frontier(
    plan: Plan, structure: Structure, required: Measure, charges_usd_per_mwh: Sequence[float] = ()
) -> tuple[Closing, ...]:
    """Smallest further grant at each charge; without charges, at even steps from 0 to the charge that the mix requires
    without more grant, and empty where there is no such charge."""
    charges = charges_usd_per_mwh
    if not charges:
        if required.value is None:
            return ()
        charges = [required.value * step / FRONTIER_STEPS for step in range(FRONTIER_STEPS + 1)]
    project = Project(plan)
    return tuple(closing_grant(project, structure, required, charge) for charge in charges)
