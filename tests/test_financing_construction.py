"""Interest during construction and fees against closed forms; sources equal uses whatever the order of draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_financing_plans import plain_plan, two_gigawatt_plan

from financing.construction import Drawdown
from financing.fixed_point import fixed_point
from financing.funding import FundingModel
from financing.problems import FinancingFailed
from financing.project import Project
from financing.structure import Covenants, Source, Structure
from financing.timeline import Timeline


def mix(*sources, per_year=1, order="pro_rata", dsra=0.0, **more):
    """A structure of plain sources."""
    given = {"covenants": Covenants(), "appreciation_pa": (), "borrowers": (), **more}
    return Structure(
        name="test",
        title="test",
        description="test",
        payments_per_year=per_year,
        draw_order=order,
        dsra_months=dsra,
        maintenance_reserve_years=0,
        reserve_interest_pa=0.0,
        requires_revenue=(),
        eligibility="",
        sources=sources,
        **given,
    )


def bank(share, **terms):
    """A dollar loan of that share."""
    given = {"rate_pa": 0.05, "tenor_years": 15.0, **terms}
    return Source("loan", "commercial_loan", "bank", "USD", share, **given)


def owner(share, target=0.10):
    """Equity of that share."""
    return Source("equity", "equity", "owner", "USD", share, target_irr_pa=target)


def test_interest_on_equal_draws_is_the_closed_form():
    """500 over 24 equal month-end draws at 5 %: 24.71 of interest, B_n = D((1+r)^n - 1)/r."""
    timeline = Timeline(2030, 2, 20, 12)
    capex = np.full(24, 500.0 / 24.0)
    drawdown = Drawdown(mix(bank(1.0), per_year=12), capex, [np.ones(timeline.periods)], timeline)
    built = drawdown.run([1.0], 500.0, 0.0)
    assert built.interest.sum() == pytest.approx(24.71, abs=0.005)
    closed = 500.0 / 24.0 * ((1.0 + 0.05 / 12.0) ** 24 - 1.0) / (0.05 / 12.0)
    assert built.draw.sum() == pytest.approx(closed)


def test_fees_of_a_loan_by_hand():
    """100 in equal halves at the ends of two years, all borrowed at 0 % with 1 % front-end and 0.5 % commitment fee.

    U = 100 + 0.01 U + 0.005 U + 0.005 (U - 50 - 0.015 U) gives U (1 - 0.019925) = 99.75.
    """
    plan = plain_plan(100.0, (60.0,) * 15, spread=(0.5, 0.5))
    source = bank(1.0, rate_pa=0.0, front_end_fee_frac=0.01, commitment_fee_pa=0.005)
    built = FundingModel(Project(plan), mix(source)).fund(Project(plan).revenue_usd_nominal).construction
    assert built.uses_usd_nominal == pytest.approx(99.75 / (1.0 - 0.019925), abs=1e-3)


def test_first_reserve_is_months_of_the_first_year_of_service():
    """Half debt of 15 years' equal principal at 5 %: six months of (1/15 + 5 %) of the loan."""
    plan = plain_plan(1000.0, (200.0,) * 15)
    structure = mix(bank(0.5, tenor_years=16.0, grace_years=1.0), owner(0.5), dsra=6.0)
    funded = FundingModel(Project(plan), structure).fund(Project(plan).revenue_usd_nominal)
    loan = funded.tranches[0].draw.sum()
    assert funded.construction.reserve.sum() == pytest.approx(loan * (1.0 / 15.0 + 0.05) / 2.0, abs=1e-3)


@pytest.mark.parametrize("order", ["pro_rata", "equity_first", "equity_last"])
def test_draw_order(order):
    """Equity first means no interest before equity is spent; last means the loan carries the early years."""
    plan = plain_plan(1000.0, (200.0,) * 20, spread=(0.25, 0.25, 0.25, 0.25))
    structure = mix(bank(0.5), owner(0.5), order=order)
    built = FundingModel(Project(plan), structure).fund(Project(plan).revenue_usd_nominal).construction
    debt, equity = built.draw
    early_debt = {"pro_rata": 125.0, "equity_first": 0.0, "equity_last": 250.0}[order]
    assert debt[0] == pytest.approx(early_debt, abs=1e-3)
    assert debt.sum() == pytest.approx(equity.sum(), abs=1e-2)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(
    debt=st.floats(0.0, 0.9),
    grant=st.floats(0.0, 0.1),
    rate=st.floats(0.0, 0.12),
    front=st.floats(0.0, 0.03),
    commitment=st.floats(0.0, 0.02),
    per_year=st.sampled_from([1, 2, 4]),
    order=st.sampled_from(["pro_rata", "equity_first", "equity_last"]),
    dsra=st.floats(0.0, 12.0),
)
def test_sources_equal_uses(debt, grant, rate, front, commitment, per_year, order, dsra):
    """To the cent in the sum and in every period, for random terms and every order of draws."""
    source = bank(debt, rate_pa=rate, front_end_fee_frac=front, commitment_fee_pa=commitment, tenor_years=20.0)
    gift = Source("grant", "grant", "donor", "USD", grant)
    structure = mix(source, gift, owner(1.0 - debt - grant), per_year=per_year, order=order, dsra=dsra)
    project = Project(two_gigawatt_plan())
    built = FundingModel(project, structure).fund(project.revenue_usd_nominal).construction
    needs = built.capex + built.interest + built.fees + built.reserve
    assert built.draw.sum(axis=0) == pytest.approx(needs, abs=0.005)
    assert built.sources_usd_nominal == pytest.approx(built.uses_usd_nominal, abs=0.005)
    assert built.residual_usd_nominal < 0.005
    assert built.iterations <= 30
    assert built.draw[0].sum() == pytest.approx(debt * built.uses_usd_nominal, abs=0.02)


def test_an_affine_loop_closes_in_a_few_steps():
    """x = 10 + 0.3 x has its fixed point 100/7 within four steps, to the tolerance asked for."""
    point, steps, residual = fixed_point(lambda x: 10.0 + 0.3 * x, np.array([0.0]), 1e-9)
    assert point[0] == pytest.approx(100.0 / 7.0, abs=1e-8)
    assert steps <= 4
    assert residual < 1e-9


def test_a_loop_that_does_not_close_says_so():
    """A map without fixed point is a failed calculation, not a number."""
    with pytest.raises(FinancingFailed, match="did not close"):
        fixed_point(lambda x: x + 1.0, np.array([0.0]), 1e-9)


def test_a_viability_gap_is_paid_last_and_a_first_grant_first() -> None:
    """Of needs of 50 and 50 a grant of 30 pays the end of them where it comes last, their start where it is first."""
    plan = plain_plan(100.0, (20.0,) * 10, spread=(0.5, 0.5))

    def grant_draws(rule: str) -> list[float]:
        gift = Source("grant", "grant", "donor", "USD", 0.3, drawn=rule)
        built = FundingModel(Project(plan), mix(gift, bank(0.7, rate_pa=0.0))).fund(Project(plan).revenue_usd_nominal)
        return built.construction.draw[0].tolist()

    assert grant_draws("last") == pytest.approx([0.0, 30.0], abs=1e-6)
    assert grant_draws("first") == pytest.approx([30.0, 0.0], abs=1e-6)
    assert grant_draws("with_debt") == pytest.approx([15.0, 15.0], abs=1e-6)
