"""How numbers are printed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.numbers import QUANTITIES, hours, money, number, scientific, show, significant


@pytest.mark.parametrize(
    ("value", "quantity", "text"),
    [
        (11.44, "energy_twh", "11.4 TWh"),
        (1850.0, "power_mw", "1\u202f850 MW"),
        (1.85, "power_gw", "1.85 GW"),
        (41.65, "price_usd_per_mwh", "41.6 USD/MWh"),
        (-12.34, "price_usd_per_mwh", "\u221212.3 USD/MWh"),
        (0.0525, "rate_pa", "5.25 %"),
        (0.074, "irr_pa", "7.4 %"),
        (1.27, "cover_ratio", "1.27x"),
        (0.9532, "voltage_pu", "0.953 pu"),
        (3.25, "co2_mt", "3.2 Mt"),
        (0.0, "energy_twh", "0.0 TWh"),
        (None, "energy_twh", "\u2013"),
    ],
)
def test_each_quantity_has_its_digits_and_unit(value: float | None, quantity: str, text: str) -> None:
    """Digits, true minus, narrow thousands and joined units, halves rounded to even."""
    assert show(value, quantity).replace("\u00a0", " ") == text


def test_small_is_not_zero() -> None:
    """What rounds to zero without being zero says so on either side."""
    assert number(0.04, "energy_twh") == "<0.1"
    assert number(-0.04, "energy_twh") == "between \u22120.1 and 0"
    assert number(0.3, "power_mw") == "<1"


def test_a_missed_covenant_is_never_rounded_to_it() -> None:
    """1.199 against 1.20 keeps the digit that tells; 1.1999996 keeps four more."""
    assert show(1.199, "cover_ratio", missed_bound=1.2) == "1.199x"
    assert show(1.1996, "cover_ratio", missed_bound=1.2) == "1.1996x"
    assert show(1.2, "cover_ratio", missed_bound=1.2) == "1.20x"
    assert show(1.15, "cover_ratio", missed_bound=1.2) == "1.15x"


def test_differences_are_signed() -> None:
    """A signed number carries + or a true minus; zero carries none."""
    assert number(5.0, "power_mw", signed=True) == "+5"
    assert number(-5.0, "power_mw", signed=True) == "\u22125"
    assert number(0.0, "power_mw", signed=True) == "0"


def test_money_changes_unit_at_one_billion() -> None:
    """999 M USD stays in millions, 2.36 bn USD does not."""
    assert money(999e6).replace("\u00a0", " ") == "999 M USD"
    assert money(2.361e9).replace("\u00a0", " ") == "2.36 bn USD"
    assert money(-4e8, signed=True).replace("\u00a0", " ") == "\u2212400 M USD"


def test_hours_carry_their_share() -> None:
    """412 hours of 8,760 are 4.7 %."""
    assert hours(412, 8760).replace("\u00a0", " ") == "412 h (4.7 %)"


def test_residuals_are_scientific() -> None:
    """One digit and a true minus; nothing but zero is 0."""
    assert scientific(8.2e-6) == "8e\u22126"
    assert scientific(0.0) == "0"
    assert scientific(None) == "\u2013"


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_a_number_is_refused(bad: float) -> None:
    """NaN and infinity never reach a page."""
    with pytest.raises(ValueError, match="cannot be printed"):
        number(bad, "energy_twh")
    with pytest.raises(ValueError, match="cannot be printed"):
        significant(bad)


def test_significant_digits_without_powers_of_ten() -> None:
    """Inputs keep their digits, large ones are grouped, small ones are not written in powers of ten."""
    assert significant(181500.0, 4) == "181\u202f500"
    assert significant(0.00884, 4) == "0.00884"
    assert significant(525.0, 4) == "525"
    assert significant(-1.5) == "\u22121.5"


@settings(max_examples=200, derandomize=True)
@given(st.floats(-1e12, 1e12), st.sampled_from(sorted(QUANTITIES)))
def test_a_printed_number_reads_back_within_half_a_step(value: float, quantity: str) -> None:
    """Parsing what was printed gives the value back to half of the last digit."""
    rule = QUANTITIES[quantity]
    text = number(value, quantity)
    if text.startswith(("<", "between")):
        assert 0 < abs(value * rule.factor) <= 0.5 * 10**-rule.decimals
        return
    assert re.fullmatch("\u2212?[0-9\u202f]+(\\.[0-9]+)?", text)
    back = float(text.replace("\u2212", "-").replace("\u202f", ""))
    assert abs(back - value * rule.factor) <= 0.5 * 10**-rule.decimals * (1 + 1e-9) + 1e-12 * abs(value * rule.factor)
