"""Grant elements against the published closed form and the dossier's worked table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from financing.concessionality import (
    grant_element,
    grant_element_equal_principal,
    grant_element_of_terms,
    present_value,
)

WORKED = [
    (30, 10, 0.01, (48.4, 55.6, 61.6, 70.7)),
    (15, 3, 0.03, (13.6, 19.5, 24.8, 34.1)),
    (20, 5, 0.045, (3.9, 12.0, 19.1, 31.0)),
]


@pytest.mark.parametrize(("maturity", "grace", "rate", "percents"), WORKED)
def test_worked_grant_elements(maturity, grace, rate, percents):
    """Semi-annual, equal principal, DAC grace, at 5, 6, 7 and 9 %: flows and closed form both give the table."""
    for discount, percent in zip((0.05, 0.06, 0.07, 0.09), percents, strict=True):
        flows = grant_element_of_terms(
            rate, maturity, grace - 0.5, style="equal_principal", discount_pa=discount, payments_per_year=2
        )
        closed = grant_element_equal_principal(rate, maturity, grace, discount, 2)
        assert 100.0 * flows == pytest.approx(percent, abs=0.051)
        assert closed == pytest.approx(flows, abs=1e-12)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    maturity=st.integers(5, 40),
    waiting=st.integers(0, 8),
    rate=st.floats(0.0, 0.08),
    discount=st.floats(0.02, 0.12),
    per_year=st.sampled_from([1, 2, 4]),
)
def test_closed_form_equals_flows(maturity, waiting, rate, discount, per_year):
    """The OECD's formula and the sum of discounted flows agree for any equal-principal loan."""
    grace = min(waiting, maturity - 1)
    closed = grant_element_equal_principal(rate, maturity, grace + 1.0 / per_year, discount, per_year)
    flows = grant_element_of_terms(
        rate, maturity, grace, style="equal_principal", discount_pa=discount, payments_per_year=per_year
    )
    assert closed == pytest.approx(flows, abs=1e-11)


@pytest.mark.parametrize(
    ("rate", "tenor", "grace", "percent"),
    [(0.0135, 31, 6, 41.7), (0.0218, 25, 5, 28.3), (0.0, 40, 11, 69.1), (0.0, 12, 6, 36.1), (0.02, 25, 5, 30.1)],
)
def test_published_credit_terms(rate, tenor, grace, percent):
    """IDA regular, blend, 40-year and short credits and the ADB concessional loan at 5 %, semi-annual: terms.csv."""
    element = grant_element_of_terms(rate, tenor, grace, style="equal_principal", discount_pa=0.05, payments_per_year=2)
    assert 100.0 * element == pytest.approx(percent, abs=0.06)


def test_a_loan_at_the_discount_rate_is_no_gift():
    """A yearly loan at 5 % has no grant element at 5 %, whatever its tenor."""
    for tenor in (2, 17, 40):
        element = grant_element_of_terms(0.05, tenor, 1, style="annuity", discount_pa=0.05, payments_per_year=1)
        assert element == pytest.approx(0.0, abs=1e-12)


def test_staggered_draws_are_discounted_too():
    """50 now and 50 in a year, 105 back after two years, at 10 %: 1 - 86.78/95.45 = 9.09 %."""
    element = grant_element(np.array([50.0, 50.0, 0.0]), np.array([0.0, 0.0, 105.0]), 0.10, 1)
    assert element == pytest.approx(1.0 - (105.0 / 1.21) / (50.0 + 50.0 / 1.1))
    assert grant_element(np.zeros(2), np.zeros(2), 0.05, 1) is None


def test_half_year_periods_discount_at_the_yearly_effective_rate():
    """A flow after two half-years is worth 1/1.05 at 5 % a year."""
    assert present_value(np.array([0.0, 0.0, 1.0]), 0.05, 2) == pytest.approx(1.0 / 1.05)
