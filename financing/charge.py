"""The charge a mix requires and the grant that closes the gap to what the chain can afford."""

from __future__ import annotations

from financing.funding import FundingModel
from financing.metrics import Measure, bracketed_root
from financing.operation import margin_of_tests, operate
from financing.problems import FinancingProblems
from financing.project import Project
from financing.result import GrantGap
from financing.structure import Structure

CHARGE_TOLERANCE_USD_PER_MWH = 1e-4
CHARGE_MAX_USD_PER_MWH = 1e5
GRANT_TOLERANCE_FRAC = 1e-5


def required_charge(model: FundingModel, guess_usd_per_mwh: float) -> Measure:
    """Smallest charge per delivered MWh, constant in real terms, at which the mix meets its cover and return tests.

    It replaces all revenue of the plan. Bracketed search to 0.0001 USD/MWh of the price base year.
    """
    project = model.project
    if project.received_mwh.sum() <= 0.0:
        return Measure(None, "no energy is delivered")

    def margin(charge_usd_per_mwh: float) -> float:
        return margin_of_tests(operate(model, project.revenue_at_charge_usd_nominal(charge_usd_per_mwh)))

    if margin(0.0) >= 0.0:
        return Measure(0.0)
    low, high = 0.0, max(1.0, 1.5 * guess_usd_per_mwh)
    while margin(high) < 0.0:
        low, high = high, 2.0 * high
        if high > CHARGE_MAX_USD_PER_MWH:
            return Measure(None, f"no charge up to {CHARGE_MAX_USD_PER_MWH:,.0f} USD/MWh meets the mix's tests")
    return Measure(bracketed_root(margin, low, high, CHARGE_TOLERANCE_USD_PER_MWH))


def extra_grant(project: Project, structure: Structure, required: Measure) -> GrantGap:
    """Smallest further grant with which the mix passes its cover and return tests at the affordable charge.

    The grant takes the place of every other source in proportion. Bracketed search to 0.001 % of uses.
    """
    charge = project.plan.affordable_charge_usd_per_mwh
    if charge is None or required.value is None:
        reason = "the affordable charge was not computed" if charge is None else required.reason
        return GrantGap(Measure(None, reason), Measure(None, reason))
    if required.value <= charge:
        return GrantGap(Measure(0.0), Measure(0.0))
    revenue = project.revenue_at_charge_usd_nominal(charge)
    uses = [0.0]

    def margin(extra_frac: float) -> float:
        outcome = operate(FundingModel(project, structure.with_grant_added(extra_frac)), revenue)
        uses[0] = outcome.funded.construction.uses_usd_nominal
        return margin_of_tests(outcome)

    largest = 1.0 - structure.share_of_grants_frac
    try:
        if margin(largest) < 0.0:
            reason = (
                f"no grant closes the gap: at the affordable {charge:.2f} USD/MWh the project does not cover its own "
                "running cost and tax even if all of it is given"
            )
            return GrantGap(Measure(None, reason), Measure(None, reason))
        share = bracketed_root(margin, 0.0, largest, GRANT_TOLERANCE_FRAC)
    except FinancingProblems as error:
        return GrantGap(Measure(None, str(error)), Measure(None, str(error)))
    margin(share)
    return GrantGap(Measure(share), Measure(share * uses[0]))
