"""Time value and cover ratios against independent tools and numbers worked by hand."""

from __future__ import annotations

import datetime

import numpy as np
import numpy_financial
import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from financing.metrics import (
    debt_service_cover,
    irr,
    loan_cost_pa,
    loan_life_cover,
    modified_irr,
    npv,
    npv_mid_year,
    payback_periods,
    profitability_index,
    real_rate_pa,
)

ONE_CHANGE = st.tuples(
    st.lists(st.floats(-1000.0, -1.0), min_size=1, max_size=5),
    st.lists(st.floats(1.0, 1000.0), min_size=1, max_size=40),
)


def test_npv_does_not_discount_period_zero():
    """-100 now and 110 a year later are worth nothing at 10 %."""
    assert npv(0.10, np.array([-100.0, 110.0])) == pytest.approx(0.0, abs=1e-12)


def test_npv_equals_the_published_spreadsheet_example():
    """-10,000, 3,000, 4,200, 6,800 at 10 %: documented result 1,188.44 when the first flow is discounted too."""
    flows = np.array([0.0, -10_000.0, 3_000.0, 4_200.0, 6_800.0])
    assert npv(0.10, flows) == pytest.approx(1188.44, abs=0.005)


def test_irr_equals_the_published_spreadsheet_example():
    """-70,000 and 12,000, 15,000, 18,000, 21,000, 26,000: documented result 8.7 %."""
    flows = np.array([-70_000.0, 12_000.0, 15_000.0, 18_000.0, 21_000.0, 26_000.0])
    assert irr(flows).value == pytest.approx(0.0866, abs=5e-5)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(ONE_CHANGE)
def test_irr_agrees_with_two_independent_tools(flows):
    """Money out, then money back: the same rate from numpy-financial and pyxirr wherever it lies in range."""
    series = np.array([*flows[0], *flows[1]])
    reference = pyxirr.irr(series.tolist())
    if reference is None or not -0.89 < reference < 9.9:
        return
    found = irr(series).value
    assert found == pytest.approx(reference, rel=1e-6, abs=1e-9)
    assert npv(found, series) == pytest.approx(0.0, abs=1e-6 * np.abs(series).sum())


def test_irr_agrees_with_numpy_financial_on_a_long_project():
    """A 40-year annuity-like project: same rate to ten digits."""
    flows = np.array([-500.0, -500.0, *[95.0] * 40])
    assert irr(flows).value == pytest.approx(float(numpy_financial.irr(flows)), rel=1e-10)


def test_several_rates_are_said_and_not_chosen_from():
    """-100, 230, -132 has roots at 10 % and 20 %; a common library returns one of them silently."""
    measure = irr(np.array([-100.0, 230.0, -132.0]))
    assert measure.value is None
    assert "several" in measure.reason
    assert "10.00%, 20.00%" in measure.reason


def test_no_rate_is_said():
    """Flows of one sign, and flows that never balance, have no rate; the reason says so."""
    assert irr(np.array([-1.0, -2.0])).value is None
    assert "never change sign" in irr(np.array([0.0, 0.0])).reason
    assert "no internal rate" in irr(np.array([1.0, -2.0, 1.5])).reason


def test_decommissioning_does_not_hide_the_rate():
    """A cost after the last year adds a root far below zero; the one positive root is the answer."""
    flows = np.array([-1000.0, *[120.0] * 30, -100.0])
    assert irr(flows).value == pytest.approx(float(numpy_financial.irr(flows)), rel=1e-9)


def test_decommissioning_does_not_hide_a_loss():
    """Money that comes back short and a cost at the end: two negative roots; the worth falls only at the second."""
    flows = np.array([-1000.0, *[30.0] * 30, -10.0])
    found = irr(flows).value
    assert -0.05 < found < 0.0
    assert npv(found, flows) == pytest.approx(0.0, abs=1e-6)


def test_a_loan_whose_fee_precedes_the_draw_has_one_cost():
    """A fee of 2 before a draw of 100 repaid with 105 a year on: 4-digit root between 5 % and 10 %, not several."""
    cost = loan_cost_pa(np.array([-2.0, 100.0, -105.0]), 1).value
    assert npv(cost, np.array([-2.0, 100.0, -105.0])) == pytest.approx(0.0, abs=1e-9)
    assert 0.05 < cost < 0.10


def test_yearly_flows_agree_with_dated_ones_up_to_leap_days():
    """pyxirr's XNPV at Act/365 on dates one year apart is our NPV up to the leap days in between."""
    flows = [-1000.0, 300.0, 400.0, 500.0]
    dates = [datetime.date(2025, 12, 31), *(datetime.date(year, 12, 31) for year in (2026, 2027, 2028))]
    leap = 500.0 / 1.08**3 * (1.0 - 1.08 ** (-1.0 / 365.0))
    assert pyxirr.xnpv(0.08, dates, flows) == pytest.approx(npv(0.08, np.array(flows)) - leap, abs=1e-9)


def test_fisher():
    """7.10 % nominal at 2 % inflation is 5 % real."""
    assert real_rate_pa(0.071, 0.02) == pytest.approx(0.05)


def test_cover_names_the_worst_year_and_skips_years_without_service():
    """CFADS 12, 9, 10 against service 10, 10, 0: minimum 0.9 in the second year, average 1.05."""
    cover = debt_service_cover(np.array([12.0, 9.0, 10.0]), np.array([10.0, 10.0, 0.0]), 2035)
    assert (cover.least.value, cover.least_year) == (pytest.approx(0.9), 2036)
    assert cover.average.value == pytest.approx(1.05)
    assert cover.ratios[2] is None


def test_no_service_is_no_ratio():
    """Without debt there is no DSCR, and the reason says so."""
    cover = debt_service_cover(np.array([5.0]), np.array([0.0]), 2035)
    assert cover.least.value is None
    assert "no debt service" in cover.least.reason


def test_loan_life_cover_by_hand():
    """Debt 100 at 10 % repaid 50 + 50, CFADS 90 and 77: (90/1.1 + 77/1.21)/100 = 1.4545, then 70/50 = 1.4."""
    service = np.array([60.0, 55.0])
    ratios = loan_life_cover(np.array([90.0, 77.0]), service, np.array([100.0, 50.0]))
    assert ratios.tolist() == pytest.approx([(90.0 / 1.1 + 77.0 / 1.21) / 100.0, 1.4])


def test_modified_rate_equals_the_published_spreadsheet_example():
    """Documented example of MIRR: 12.609413 % at 10 % finance and 12 % reinvestment rate."""
    flows = np.array([-120_000.0, 39_000.0, 30_000.0, 21_000.0, 37_000.0, 46_000.0])
    assert modified_irr(flows, 0.10, 0.12).value == pytest.approx(0.12609413, abs=1e-8)
    assert modified_irr(flows, 0.10, 0.12).value == pytest.approx(numpy_financial.mirr(flows, 0.10, 0.12))
    assert modified_irr(-np.abs(flows), 0.10, 0.12).value is None


def test_mid_year_worth_is_the_year_end_worth_times_a_half_years_growth():
    """Flows of the operating years alone are worth (1+r)^0.5 times more; the investment before them is not moved."""
    flows = np.array([-100.0, 60.0, 70.0])
    by_hand = -100.0 + 60.0 / 1.1**0.5 + 70.0 / 1.1**1.5
    assert npv_mid_year(0.1, flows, 1) == pytest.approx(by_hand)


def test_payback_by_hand():
    """100 spent and 40 a year: after 2.5 years; discounted at 10 %: 40/1.1 + ... passes 100 in the fourth year."""
    flows = np.array([-100.0, 40.0, 40.0, 40.0, 40.0])
    assert payback_periods(flows).value == pytest.approx(2.5)
    before = -100 + sum(40 / 1.1**k for k in (1, 2, 3))
    assert payback_periods(flows, 0.1).value == pytest.approx(3 - before / (40 / 1.1**4))
    assert payback_periods(flows[:3]).value is None


def test_profitability_index_by_hand():
    """121 in two years for 80 now at 10 %: 100/80."""
    assert profitability_index(0.1, np.array([-80.0, 0.0, 121.0]), 1).value == pytest.approx(1.25)
    assert profitability_index(0.1, np.array([0.0, 1.0]), 1).value is None


def test_loan_life_cover_runs_to_the_contracts_maturity() -> None:
    """Debt of 100 at 10 % prepaid in its first year of two: cash 110 and 121 up to maturity cover it twice."""
    cash, service, debt = np.array([110.0, 121.0]), np.array([110.0, 0.0]), np.array([100.0, 0.0])
    assert loan_life_cover(cash, service, debt, 1).tolist() == pytest.approx([2.0])
    assert loan_life_cover(cash, service, debt).tolist() == pytest.approx([1.0])
