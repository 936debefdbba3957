"""Many draws of one mix: on arrays where every term of the mix is there, else one by one on the single path."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from financing.array_terms import terms_off_arrays
from financing.batch import TEST_TOLERANCE, Batch, Draws, batch_irr, run_batch
from financing.funding import FundingModel
from financing.metrics import debt_service_cover, npv
from financing.operation import equity_npv_usd_nominal, operate
from financing.plan import Plan
from financing.project import Project
from financing.stress import scaled_capex, scaled_operation, scaled_revenue, with_currencies_shifted
from financing.structure import Structure
from financing.timeline import FloatArray


def run_draws(project: Project, structure: Structure, draws: Draws, equity_target_pa: float | None) -> Batch:
    """A sized mix through every draw, the same figures either way; one by one it takes some 10 ms a draw.

    Raises FinancingFailed where sources and uses do not close.
    """
    if not terms_off_arrays(structure):
        return run_batch(project, structure, draws, equity_target_pa)
    numbers = range(len(draws.capex_factor))
    rows = [_one(project.plan, structure, draws, number, equity_target_pa) for number in numbers]
    return Batch(**{name: np.stack([row[name] for row in rows], axis=-1) for name in rows[0]})


def drawn(plan: Plan, structure: Structure, draws: Draws, number: int) -> tuple[Plan, Structure]:
    """Plan and mix of one draw."""
    changed = scaled_operation(plan, draws.output_factor[:, number])
    changed = scaled_revenue(changed, float(draws.revenue_factor[number]))
    changed = scaled_capex(changed, float(draws.capex_factor[number]))
    opex = tuple(cost * float(draws.opex_factor[number]) for cost in plan.opex_usd_real)
    moved = structure.with_rates_shifted(float(draws.rate_shift_pa[number]))
    fall = float(draws.dollar_fall_pa[number])
    return with_currencies_shifted(replace(changed, opex_usd_real=opex), fall), moved.with_currencies_shifted(fall)


def _one(plan: Plan, structure: Structure, draws: Draws, number: int, target_pa: float | None) -> dict[str, FloatArray]:
    """One draw, by the fields of `Batch`."""
    changed, moved = drawn(plan, structure, draws, number)
    project = Project(changed)
    outcome = operate(FundingModel(project, moved), project.revenue_usd_nominal)
    fall, operation = outcome.waterfall, outcome.operation
    cover = debt_service_cover(operation.cfads, operation.service, plan.operation_first_year)
    least = cover.least.value
    required = max(1.0, structure.covenants.dscr_min_ratio or 1.0) - TEST_TOLERANCE
    worth = equity_npv_usd_nominal(outcome, target_pa) if target_pa is not None else np.nan
    rate = batch_irr(outcome.net_equity_cash[:, None])[0] if target_pa is not None else np.nan
    values: dict[str, object] = {
        "npv_prefinance_usd_nominal": npv(plan.discount_rate_nominal_pa, project.net_cash_prefinance_usd_nominal),
        "equity_npv_usd_nominal": worth,
        "equity_irr_pa": rate,
        "dscr_min_ratio": np.nan if least is None else least,
        "dscr_ratio": [np.nan if ratio is None else ratio for ratio in cover.ratios],
        "defaults": fall.default_period is not None,
        "breaches": least is not None and least < required,
        "unpaid_usd_nominal": (fall.senior_arrears + fall.subordinated_arrears + fall.unfunded_cost).max(),
    }
    return {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
