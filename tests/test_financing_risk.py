"""Draws of the risk analysis: their distributions, their correlation, and what they do to a mix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr
from test_financing_plans import two_gigawatt_plan

from financing.loading import load_structure
from financing.risk import make_draws, probability_interval, risk
from financing.risk_inputs import DISTRIBUTIONS, correlated_shares, risk_inputs


def test_every_input_is_known_sourced_and_graded() -> None:
    """The table's distributions are those the code draws, and each row says where it comes from."""
    inputs = risk_inputs()
    assert {row.distribution for row in inputs.values()} <= set(DISTRIBUTIONS)
    assert all(row.source and row.evidence and row.meaning and row.unit for row in inputs.values())
    assert all(row.correlated_with in ("", *inputs) for row in inputs.values())


def test_shares_are_a_latin_hypercube() -> None:
    """Each of a hundred equal bins holds one of a hundred draws, whatever the correlation."""
    shares = correlated_shares(risk_inputs(), 100, 7)
    for share in shares.values():
        assert sorted((share * 100).astype(int)) == list(range(100))


def test_ranks_correlate_as_the_table_says() -> None:
    """Spearman's coefficient of every named pair within 0.03 over 5,000 draws, and near zero for a pair not named."""
    inputs = risk_inputs()
    shares = correlated_shares(inputs, 5000, 3)
    for name, row in inputs.items():
        if row.correlated_with:
            found = spearmanr(shares[name], shares[row.correlated_with]).statistic
            assert found == pytest.approx(row.rank_correlation_ratio, abs=0.03)
    assert spearmanr(shares["capex"], shares["currency"]).statistic == pytest.approx(0.0, abs=0.05)


def test_values_have_the_stated_percentiles() -> None:
    """Capex: median and 80th percentile; delays: the stated shares of one year and two years."""
    draws, delay = make_draws(two_gigawatt_plan(), 20_000, 5)
    capex = risk_inputs()["capex"]
    assert np.percentile(draws.capex_factor, [50, 80]) == pytest.approx([capex.median, capex.spread], rel=0.01)
    late = risk_inputs()["delay"]
    assert (delay >= 1).mean() == pytest.approx(late.median, abs=0.005)
    assert (delay >= 2).mean() == pytest.approx(late.spread, abs=0.005)


def test_faults_leave_the_plans_energy_on_average() -> None:
    """The mean output over draws and years is the plan's within half a per cent; single years fall far below."""
    draws, _ = make_draws(two_gigawatt_plan(), 10_000, 5)
    assert draws.output_factor.mean() == pytest.approx(1.0, abs=0.005)
    assert draws.output_factor.min() < 0.7


def test_a_contract_does_not_follow_the_market() -> None:
    """A take-or-pay charge is not varied and says so; a merchant's revenue is."""
    plan = two_gigawatt_plan()
    assert (make_draws(plan, 50, 1)[0].revenue_factor == 1.0).all()
    merchant = replace(plan, revenue=(replace(plan.revenue[0], model="merchant_rent"),))
    assert np.std(make_draws(merchant, 500, 1)[0].revenue_factor) == pytest.approx(0.15, rel=0.1)
    assert any("market price" in words for words in risk(plan, load_structure("sovereign"), draws=50).not_varied)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_answer_and_another_one_nearly() -> None:
    """Bit for bit; and the medians of two seeds lie close."""
    plan, mix = two_gigawatt_plan(), load_structure("blended")
    one, again, other = (risk(plan, mix, draws=2000, seed=seed) for seed in (1, 1, 2))
    assert one == again
    first, second = one.npv_prefinance_usd_nominal, other.npv_prefinance_usd_nominal
    assert None not in (first.p10, first.p50, first.p90, second.p50)
    assert first.p10 < first.p50 < first.p90
    assert abs(first.p50 - second.p50) < 0.05 * (first.p90 - first.p10)


def test_a_richer_charge_defaults_less() -> None:
    """Doubling the charge lowers the probability of default and of a breach."""
    mix = load_structure("blended")
    poor, rich = (risk(two_gigawatt_plan(charge), mix, draws=1000) for charge in (45.0, 90.0))
    assert rich.default_probability_frac < poor.default_probability_frac
    assert rich.breach_probability_frac <= poor.breach_probability_frac
    assert set(poor.row()) == set(rich.row())


def test_the_interval_of_a_probability_is_wilsons() -> None:
    """10 of 100 give 5.52 to 17.44 % by Wilson's formula worked by hand; never outside 0 to 1."""
    assert probability_interval(0.1, 100) == pytest.approx((0.0552, 0.1744), abs=1e-4)
    low, high = probability_interval(0.0, 5000)
    assert low == 0.0
    assert 0.0 < high < 0.001


def test_the_fan_and_the_curve_are_the_draws() -> None:
    """Percentiles rise, the curve holds the percentiles of the table, each year's cover the least one's floor."""
    found = risk(two_gigawatt_plan(), load_structure("blended"), draws=400)
    for year in found.years:
        assert year.p10_ratio <= year.p25_ratio <= year.p50_ratio <= year.p75_ratio <= year.p90_ratio
        assert year.p10_ratio >= (found.dscr_min_ratio.p10 or 0.0)
        assert year.below_covenant_frac <= found.breach_probability_frac / year.exists_frac + 1e-12
    curve = dict(found.curve)
    assert curve[0.1]["npv_prefinance_usd_nominal"] == pytest.approx(found.npv_prefinance_usd_nominal.p10)
    assert curve[0.9]["dscr_min_ratio"] == pytest.approx(found.dscr_min_ratio.p90)
    assert len(found.curve_rows()) == 99
    assert found.year_rows()[0]["mix"] == "blended"
