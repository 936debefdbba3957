"""Dated flows and bonds against the worked examples that spreadsheet makers publish for the same functions."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from financing.dated import (
    Bond,
    accrued,
    clean_price,
    dirty_price,
    duration_years,
    modified_duration_years,
    xirr,
    xnpv,
    year_fraction,
    yield_to_maturity_pa,
)

DAYS = [date(2008, 1, 1), date(2008, 3, 1), date(2008, 10, 30), date(2009, 2, 15), date(2009, 4, 1)]
AMOUNTS = [-10_000.0, 2_750.0, 4_250.0, 3_250.0, 2_750.0]


def test_dated_worth_is_the_published_one() -> None:
    """Documented example of XNPV: 2,086.647602 at 9 %."""
    assert xnpv(0.09, DAYS, AMOUNTS) == pytest.approx(2086.647602, abs=1e-6)


def test_dated_rate_is_the_published_one() -> None:
    """Documented example of XIRR: 37.3362535 %."""
    assert xirr(DAYS, AMOUNTS).value == pytest.approx(0.373362535, abs=1e-8)


def test_a_rate_that_does_not_exist_is_said() -> None:
    """Flows of one sign have no rate, and no number stands for it."""
    found = xirr(DAYS, [1.0] * 5)
    assert found.value is None
    assert "never change sign" in found.reason


@pytest.mark.parametrize(
    ("day_count", "years"),
    [("30/360", 180 / 360), ("act/360", 181 / 360), ("act/365", 181 / 365), ("act/act", 181 / 365)],
)
def test_day_counts_of_half_a_year(day_count: str, years: float) -> None:
    """1 January to 1 July 2026 has 181 days, or six months of thirty."""
    assert year_fraction(date(2026, 1, 1), date(2026, 7, 1), day_count) == pytest.approx(years)


def test_price_is_the_published_one() -> None:
    """Documented example of PRICE: 94.63436162."""
    bond = Bond(date(2017, 11, 15), 0.0575, 2, "30/360")
    assert clean_price(bond, date(2008, 2, 15), 0.065) == pytest.approx(94.63436162, abs=1e-7)


def test_yield_is_the_published_one() -> None:
    """Documented example of YIELD: 6.5 % at a price of 95.04287."""
    bond = Bond(date(2016, 11, 15), 0.0575, 2, "30/360")
    assert yield_to_maturity_pa(bond, date(2008, 2, 15), 95.04287).value == pytest.approx(0.065, abs=1e-7)


def test_durations_are_the_published_ones() -> None:
    """Documented examples of DURATION (10.9191453) and MDURATION (5.73567), basis actual/actual."""
    assert duration_years(Bond(date(2048, 1, 1), 0.08, 2, "act/act"), date(2018, 7, 1), 0.09) == pytest.approx(
        10.9191453, abs=1e-6
    )
    assert modified_duration_years(Bond(date(2016, 1, 1), 0.08, 2, "act/act"), date(2008, 1, 1), 0.09) == pytest.approx(
        5.73567, abs=1e-5
    )


def test_ten_years_on_a_coupon_day() -> None:
    """A 6 % bond of ten whole years at 7 %: 100 - 100 x (7 % - 6 %) x annuity factor of 7.02358 = 92.9764."""
    bond = Bond(date(2036, 3, 1), 0.06, 1, "act/act")
    assert clean_price(bond, date(2026, 3, 1), 0.07) == pytest.approx(92.9764, abs=1e-4)
    assert accrued(bond, date(2026, 3, 1)) == 0.0


def test_accrued_interest_by_hand() -> None:
    """Two months of thirty days into a half-yearly coupon of 5: a third of it."""
    assert accrued(Bond(date(2030, 9, 1), 0.10, 2, "30/360"), date(2026, 5, 1)) == pytest.approx(5 / 3)


def test_no_price_after_maturity() -> None:
    """A matured bond has no price."""
    with pytest.raises(ValueError, match="before maturity"):
        dirty_price(Bond(date(2026, 1, 1), 0.05, 2, "30/360"), date(2026, 1, 1), 0.05)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    days=st.integers(40, 9000),
    coupon=st.floats(0.0, 0.15),
    rate=st.floats(0.001, 0.2),
    count=st.sampled_from([1, 2, 4]),
    day_count=st.sampled_from(["30/360", "30E/360", "act/360", "act/365", "act/act"]),
)
def test_yield_of_the_price_is_the_yield(days: int, coupon: float, rate: float, count: int, day_count: str) -> None:
    """Price and yield are each other's inverse, for any bond and convention."""
    settlement = date(2026, 11, 23)
    bond = Bond(settlement + timedelta(days=days), coupon, count, day_count)
    found = yield_to_maturity_pa(bond, settlement, clean_price(bond, settlement, rate))
    assert found.value == pytest.approx(rate, abs=1e-7)
