"""Many draws at once give for each draw what the single path gives, for every shipped mix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_financing_construction import bank, mix, owner
from test_financing_plans import two_gigawatt_plan

from financing.batch import Draws, batch_irr, run_batch
from financing.batch_choice import drawn
from financing.funding import FundingModel
from financing.loading import load_structure, shipped_structures
from financing.metrics import debt_service_cover, irr, npv
from financing.operation import equity_npv_usd_nominal, equity_target_pa, operate
from financing.plan import CurrencyPath, Plan
from financing.project import Project
from financing.stress import sized
from financing.structure import Structure
from tests.benchmarks.plain_waterfall import plain_draw

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


def same_in_every_draw(plan: Plan, structure: Structure, draws: Draws) -> None:
    """Worth, return, cover, default and unpaid amount of a mix, sized on the plan, by both paths."""
    project = Project(plan)
    base = operate(FundingModel(project, structure), project.revenue_usd_nominal)
    fixed, target = sized(base), equity_target_pa(base.model)
    batch = run_batch(project, fixed, draws, target)
    for k in range(len(draws.capex_factor)):
        changed, moved = drawn(plan, fixed, draws, k)
        at = Project(changed)
        one = operate(FundingModel(at, moved), at.revenue_usd_nominal)
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


@pytest.mark.parametrize("name", shipped_structures())
def test_every_draw_is_what_the_single_path_gives(name: str) -> None:
    """Of each of seven draws, mild and hard."""
    plan = two_gigawatt_plan()
    same_in_every_draw(plan, load_structure(name), _draws(plan))


def test_optional_terms_are_on_the_arrays() -> None:
    """Floating base paths, capitalised grace, euro forwards, tax on dividends and a charge paid in tenge at once."""
    plan = two_gigawatt_plan()
    charge = replace(plan.revenue[0], currency="KZT", indexation_frac=0.8)
    path = CurrencyPath("KZT", 0.05, (-0.03, -0.04), "test")
    plan = replace(plan, revenue=(charge,), currencies=(path,))
    loan = bank(0.4, tenor_years=20.0, grace_years=7.0, repayment="annuity", floating=True)
    loan = replace(loan, base_steps_pa=(0.0, -0.01, 0.01, 0.02, 0.0), grace_interest="capitalised")
    euro = replace(loan, name="euro", currency="EUR", share_frac=0.2, repayment="equal_principal", base_steps_pa=())
    equity = replace(owner(0.4), withholding_tax_frac=0.1)
    structure = mix(
        loan,
        euro,
        equity,
        per_year=2,
        dsra=6.0,
        appreciation_pa=(("EUR", 0.01),),
        forward_rise_pa=(("EUR", (0.02, -0.01)),),
    )
    same_in_every_draw(plan, structure, _draws(plan))


def test_a_rate_that_does_not_exist_is_not_a_number() -> None:
    """-100 then 110 has 10 %; flows of one sign have no rate."""
    found = batch_irr(np.array([[-100.0, 1.0], [110.0, 2.0]]))
    assert found[0] == pytest.approx(0.1)
    assert np.isnan(found[1])


def test_a_plain_loop_with_numpy_financial_gives_the_same() -> None:
    """The loop of the benchmark, written apart from the engine: worth, return, cover and default of seven draws."""
    plan = two_gigawatt_plan()
    project, structure = Project(plan), load_structure("sovereign")
    outcome = operate(FundingModel(project, structure), project.revenue_usd_nominal)
    fixed, target = sized(outcome), equity_target_pa(outcome.model)
    draws = _draws(plan)
    batch = run_batch(project, fixed, draws, target)
    for k in range(DRAWS):
        answer = plain_draw(project, fixed, draws, k)
        assert batch.npv_prefinance_usd_nominal[k] == pytest.approx(answer.npv_prefinance_usd_nominal, rel=1e-9)
        assert batch.dscr_min_ratio[k] == pytest.approx(answer.dscr_min_ratio, rel=1e-9)
        assert batch.defaults[k] == answer.defaults
        if np.isfinite(answer.equity_irr_pa) and answer.equity_irr_pa < 1.0:
            assert batch.equity_irr_pa[k] == pytest.approx(answer.equity_irr_pa, abs=1e-9)
