"""Revenue models against numbers worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from financing.revenue import (
    MODELS,
    AvailabilityPayment,
    CapacityCharge,
    CapAndFloor,
    MerchantRent,
    PpaMargin,
    RegulatedAssetBase,
    Year,
    stream,
)

YEAR = Year(
    capacity_mw=2000.0, availability_frac=0.95, received_mwh=8e6, rent_usd_real=50e6, capex_usd_real=3e9,
    opex_usd_real=(40e6, 40e6, 60e6),
)  # fmt: skip


def test_a_charge_is_paid_for_available_megawatts() -> None:
    """100,000 USD x 2,000 MW x 0.95 = 190 M USD a year."""
    found = stream(CapacityCharge(1e5, 1.0, "test"), YEAR)
    assert found.amount_usd_real == pytest.approx((190e6,) * 3)
    assert found.model == "capacity_charge"


def test_a_unitary_payment_is_cut_by_what_is_missed() -> None:
    """At 95 % against 98 % and a deduction of twice: 1 - 2 x 3/98 of the payment; nothing is added above target."""
    terms = AvailabilityPayment(300e6, 0.98, 2.0, 1.0, "test")
    assert terms.amounts_usd_real(YEAR) == pytest.approx((300e6 * (1 - 2 * 3 / 98),) * 3)
    assert terms.amounts_usd_real(replace(YEAR, availability_frac=1.0)) == pytest.approx((300e6,) * 3)
    assert terms.amounts_usd_real(replace(YEAR, availability_frac=0.1)) == (0.0,) * 3


def test_allowed_revenue_by_hand() -> None:
    """Base 3 bn less a third granted = 2 bn over 40 years at 6 %: 120 + 50 + 40 M in year 1, 3 M less each year."""
    terms = RegulatedAssetBase(0.06, 40, 1 / 3, 1.0, "test")
    assert terms.amounts_usd_real(YEAR) == pytest.approx((210e6, 207e6, 224e6))


def test_allowed_revenue_ends_with_the_asset() -> None:
    """After a life of two years only opex is allowed."""
    assert RegulatedAssetBase(0.06, 2, 0.0, 1.0, "test").amounts_usd_real(YEAR)[2] == pytest.approx(60e6)


@pytest.mark.parametrize(("rent", "expected"), [(50e6, 100e6), (150e6, 150e6), (900e6, 400e6), (-5e6, 100e6)])
def test_rent_between_cap_and_floor(rent: float, expected: float) -> None:
    """Floor 50,000 and cap 200,000 USD per MW of 2,000 MW: 100 and 400 M USD."""
    terms = CapAndFloor(5e4, 2e5, 0.8, 1.0, "test")
    assert terms.amounts_usd_real(replace(YEAR, rent_usd_real=rent)) == pytest.approx((expected,) * 3)


def test_no_floor_for_a_link_that_stands_still() -> None:
    """Below the least availability the rent is all there is."""
    terms = CapAndFloor(5e4, 2e5, 0.8, 1.0, "test")
    assert terms.amounts_usd_real(replace(YEAR, availability_frac=0.7)) == (50e6,) * 3


def test_margin_and_rent() -> None:
    """10 USD x 8 TWh = 80 M USD; rent as it is, never below zero."""
    assert PpaMargin(10.0, 1.0, "test").amounts_usd_real(YEAR) == pytest.approx((80e6,) * 3)
    assert MerchantRent("test").amounts_usd_real(YEAR) == (50e6,) * 3
    assert MerchantRent("test").amounts_usd_real(replace(YEAR, rent_usd_real=-1.0)) == (0.0,) * 3


def test_every_model_has_its_name() -> None:
    """A stream says which model it is of."""
    assert stream(MerchantRent("test"), YEAR).model == "merchant_rent"
    assert len(set(MODELS.values())) == len(MODELS) == 6
