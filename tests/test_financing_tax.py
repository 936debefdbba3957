"""Depreciation and losses carried forward, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from financing.plan import TaxShare
from financing.tax import blended_rate_frac, depreciation_usd_nominal, tax_usd_nominal, taxable_after_losses


def test_losses_are_used_oldest_first_and_expire():
    """Losses of 10 and 20 with two years' life: of 5 in year 3 and 30 in year 4, taxable are 0 and 10.

    Year 3 uses 5 of the first loss, whose other 5 expire; year 4 uses all 20 of the second.
    """
    assert taxable_after_losses([-10.0, -20.0, 5.0, 30.0], 2) == pytest.approx([0.0, 0.0, 0.0, 10.0])


def test_losses_expire():
    """A loss of year 0 with one year's life is gone in year 2."""
    assert taxable_after_losses([-10.0, 0.0, 10.0], 1) == [0.0, 0.0, 10.0]


@given(st.lists(st.floats(-100.0, 100.0), min_size=1, max_size=30))
def test_unlimited_losses_tax_the_running_maximum(income):
    """With losses that never expire, taxable income adds up to the largest cumulative income so far."""
    taxable = np.cumsum(taxable_after_losses(income, 99))
    running = np.maximum.accumulate(np.maximum(0.0, np.cumsum(income)))
    assert taxable == pytest.approx(running, abs=1e-9)


def test_tax_of_two_countries_by_hand():
    """Profit 100 in halves; 300 written off over 2 years in one country and 3 in the other, 20 % and 10 %.

    First country: 50 - 75 = -25, -25, 50 - 50 losses = 0. Second: 50 - 50 = 0, 0, 0.
    Fourth year: 50 x 20 % + 50 x 10 % = 15.
    """
    shares = (TaxShare("A", 0.5, 0.20, 2, 10, "x"), TaxShare("B", 0.5, 0.10, 3, 10, "x"))
    tax = tax_usd_nominal(shares, np.full(4, 100.0), 300.0)
    assert tax.tolist() == pytest.approx([0.0, 0.0, 0.0, 15.0])


def test_depreciation_ends_with_operation():
    """A tax life longer than operation is cut to it, so that the whole basis is written off."""
    written_off = depreciation_usd_nominal(100.0, 40, 10)
    assert written_off.tolist() == pytest.approx([10.0] * 10)


def test_blended_rate():
    """Shares of 0.6 at 20 % and 0.4 at 15 % are 18 %."""
    shares = (TaxShare("KZ", 0.6, 0.20, 10, 10, "x"), TaxShare("UZ", 0.4, 0.15, 10, 10, "x"))
    assert blended_rate_frac(shares) == pytest.approx(0.18)
