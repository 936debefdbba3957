"""Many draws at once give for each draw what the single path gives, for every shipped mix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_financing_plans import two_gigawatt_plan

from financing.batch import Draws, batch_irr, run_batch
from financing.funding import FundingModel
from financing.loading import load_structure, shipped_structures
from financing.metrics import debt_service_cover, irr, npv
from financing.operation import Outcome, equity_npv_usd_nominal, equity_target_pa, operate
from financing.plan import Plan
from financing.project import Project
from financing.stress import scaled_capex, scaled_operation, scaled_revenue, sized
from financing.structure import Structure

DRAWS = 7


def _draws(plan: Plan, seed: int = 1) -> Draws:
    """Mild and hard draws: some default, some do well."""
    rng = np.random.default_rng(seed)
    return Draws(
        capex_factor=rng.uniform(0.8, 1.8, DRAWS),
        revenue_factor=rng.uniform(0.4, 3.0, DRAWS),
        opex_factor=rng.uniform(0.7, 1.5, DRAWS),
        output_factor=rng.uniform(0.7, 1.0, (plan.operation_years, DRAWS)),
        rate_shift_pa=rng.uniform(-0.02, 0.03, DRAWS),
        dollar_fall_pa=rng.uniform(-0.02, 0.02, DRAWS),
    )


def _single(plan: Plan, structure: Structure, draws: Draws, k: int) -> Outcome:
    """The draw by the single path."""
    changed = scaled_operation(plan, draws.output_factor[:, k])
    changed = scaled_revenue(scaled_capex(changed, float(draws.capex_factor[k])), float(draws.revenue_factor[k]))
    changed = replace(changed, opex_usd_real=tuple(cost * draws.opex_factor[k] for cost in plan.opex_usd_real))
    rises = tuple((name, rise + float(draws.dollar_fall_pa[k])) for name, rise in structure.appreciation_pa)
    moved = replace(structure.with_rates_shifted(float(draws.rate_shift_pa[k])), appreciation_pa=rises)
    project = Project(changed)
    return operate(FundingModel(project, moved), project.revenue_usd_nominal)


@pytest.mark.parametrize("name", shipped_structures())
def test_every_draw_is_what_the_single_path_gives(name: str) -> None:
    """Worth, return, cover, default and unpaid amount of each of seven draws, mild and hard."""
    plan = two_gigawatt_plan()
    structure = load_structure(name)
    project = Project(plan)
    base = operate(FundingModel(project, structure), project.revenue_usd_nominal)
    fixed, target = sized(base), equity_target_pa(base.model)
    draws = _draws(plan)
    batch = run_batch(project, fixed, draws, target)
    for k in range(DRAWS):
        one = _single(plan, fixed, draws, k)
        worth = npv(plan.discount_rate_nominal_pa, one.model.project.net_cash_prefinance_usd_nominal)
        assert batch.npv_prefinance_usd_nominal[k] == pytest.approx(worth, rel=1e-9)
        if target is not None:
            expected = equity_npv_usd_nominal(one, target)
            assert batch.equity_npv_usd_nominal[k] == pytest.approx(expected, rel=1e-6, abs=10.0)
            found = irr(one.net_equity_cash)
            if found.value is not None and found.value < 1.0:
                assert batch.equity_irr_pa[k] == pytest.approx(found.value, abs=1e-7)
        cover = debt_service_cover(one.operation.cfads, one.operation.service, plan.operation_first_year)
        if cover.least.value is not None:
            assert batch.dscr_min_ratio[k] == pytest.approx(cover.least.value, rel=1e-8)
        assert batch.defaults[k] == (one.waterfall.default_period is not None)
        fall = one.waterfall
        unpaid = float((fall.senior_arrears + fall.subordinated_arrears + fall.unfunded_cost).max())
        assert batch.unpaid_usd_nominal[k] == pytest.approx(unpaid, rel=1e-6, abs=1.0)


def test_a_rate_that_does_not_exist_is_not_a_number() -> None:
    """-100 then 110 has 10 %; flows of one sign have no rate."""
    found = batch_irr(np.array([[-100.0, 1.0], [110.0, 2.0]]))
    assert found[0] == pytest.approx(0.1)
    assert np.isnan(found[1])
