"""The best shares of a mix and the grants that close its gap, as rows for tables."""

from __future__ import annotations

from financing.charge import Closing, grant_frontier
from financing.limits import Limits, for_structure, usual_limits
from financing.optimise import Optimised, optimise
from financing.plan import Plan
from financing.problems import FinancingProblems
from financing.result import FinanceResult
from financing.structure import Structure

BOUND_TOLERANCE_FRAC = 1e-4
GOAL_WORDS = {
    "charge": "the lowest required charge",
    "subsidy": "the least subsidy that passes at the plan's revenue",
    "equity_npv": "the owners' worth at the plan's revenue",
}
GOAL_UNITS = {"charge": "USD/MWh real", "subsidy": "USD nominal", "equity_npv": "USD nominal"}


PROGRAM, SEARCH = "linear program", "search"


def optimum_rows(plan: Plan, structure: Structure, goal: str, limits: Limits | None = None) -> list[dict[str, object]]:
    """As `optimum_and_prices`, the shares alone."""
    return optimum_and_prices(plan, structure, goal, limits)[0]


def optimum_and_prices(
    plan: Plan, structure: Structure, goal: str, limits: Limits | None = None
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Shares of a mix as they are and at their best for a goal, one row a source, or one row with why there are none;
    and the limits that hold the goal back, with what a step of each is worth.

    Without limits of one's own each share may move between half and twice what it is.
    """
    common: dict[str, object] = {"mix": structure.name, "goal": goal, "unit": GOAL_UNITS[goal]}
    limits = usual_limits(structure) if limits is None else for_structure(limits, structure)
    try:
        found = optimise(plan, structure, goal, limits)
    except FinancingProblems as error:
        nobody = {"source": "", "share_frac": None, "share_best_frac": None, "bound": ""}
        nothing = {"value": None, "value_before": None, "note": str(error), "method": "", "tolerance_frac": None}
        return [{**common, **nobody, **nothing}], []
    rows: list[dict[str, object]] = [
        {
            **common,
            "source": now.name,
            "share_frac": now.share_frac,
            "share_best_frac": best.share_frac,
            "bound": _bound(best.share_frac, *limits.share.get(now.name, (0.0, 1.0))),
            "value": found.value.value,
            "value_before": found.value_before.value,
            "note": _note(found),
            "method": SEARCH if found.by_search else PROGRAM,
            "tolerance_frac": found.tolerance_frac,
        }
        for now, best in zip(structure.sources, found.structure.sources, strict=True)
    ]
    return rows, [{**common, "limit": each.limit, "per": each.per, "change": each.value} for each in found.prices]


def _note(found: Optimised) -> str:
    """Why there is no value, how a search ended, and whether the shares stood still."""
    parts = [found.value.reason or found.value_before.reason]
    if found.by_search:
        parts.append(f"by search, to {found.tolerance_frac:g} of uses")
    if any(source.repayment == "sculpted" for source in found.structure.debts):
        parts.append("a sculpted loan's share is the most it may take")
    if not found.settled:
        parts.append(f"not settled: the best of {found.rounds} rounds")
    return "; ".join(part for part in parts if part)


def _bound(share_frac: float, least_frac: float, most_frac: float) -> str:
    """Which end of its range holds a share."""
    if share_frac <= least_frac + BOUND_TOLERANCE_FRAC:
        return "its least"
    return "its most" if share_frac >= most_frac - BOUND_TOLERANCE_FRAC else ""


def frontier_rows(plan: Plan, result: FinanceResult) -> list[dict[str, object]]:
    """Smallest further grant of a mix by the charge that the chain can afford."""
    points = grant_frontier(plan, result.structure, result.measures.required_charge_usd_per_mwh)
    return [{"mix": result.mix, **closing_row(point)} for point in points]


def closing_row(point: Closing) -> dict[str, object]:
    """One point of a frontier, flat."""
    return {
        "charge_usd_per_mwh": point.charge_usd_per_mwh,
        "extra_grant_frac": point.extra_frac.value,
        "grants_frac": point.grants_frac.value,
        "extra_grant_usd_nominal": point.amount_usd_nominal.value,
        "binding_test": point.binding_test,
        "note": point.extra_frac.reason,
    }
