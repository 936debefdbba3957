"""The best shares of a mix and the grants that close its gap, as rows for tables."""

from __future__ import annotations

from financing.charge import Closing, grant_frontier
from financing.limits import Limits, for_structure, usual_limits
from financing.optimise import optimise
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


def optimum_rows(plan: Plan, structure: Structure, goal: str, limits: Limits | None = None) -> list[dict[str, object]]:
    """Shares of a mix as they are and at their best for a goal, one row a source; a sculpted loan has one, with why.

    Without limits of one's own each share may move between half and twice what it is.
    """
    common: dict[str, object] = {"mix": structure.name, "goal": goal, "unit": GOAL_UNITS[goal]}
    nothing: dict[str, object] = {"value": None, "value_before": None, "note": ""}
    limits = usual_limits(structure) if limits is None else for_structure(limits, structure)
    try:
        found = optimise(plan, structure, goal, limits)
    except FinancingProblems as error:
        nobody = {"source": "", "share_frac": None, "share_best_frac": None, "bound": ""}
        return [{**common, **nobody, **nothing, "note": str(error)}]
    note = found.value.reason or found.value_before.reason
    return [
        {
            **common,
            "source": now.name,
            "share_frac": now.share_frac,
            "share_best_frac": best.share_frac,
            "bound": _bound(best.share_frac, *limits.share.get(now.name, (0.0, 1.0))),
            "value": found.value.value,
            "value_before": found.value_before.value,
            "note": note if found.settled else f"{note} not settled: the best of {found.rounds} rounds".strip(),
        }
        for now, best in zip(structure.sources, found.structure.sources, strict=True)
    ]


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
