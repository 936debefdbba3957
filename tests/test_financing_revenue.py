"""Revenue models against numbers worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_financing_plans import plain_plan, two_gigawatt_plan

from financing.loading import load_structure
from financing.package import finance
from financing.plan import CurrencyPath, RevenueStream
from financing.problems import FinancingProblems
from financing.project import Project
from financing.revenue import (
    MODELS,
    AvailabilityPayment,
    CapacityCharge,
    CapAndFloor,
    MerchantRent,
    PpaMargin,
    RegulatedAssetBase,
    Years,
    stream,
)
from financing.stress import downside, with_currencies_shifted

YEARS = Years(
    capacity_mw=2000.0, availability_frac=0.95, received_mwh=(8e6, 8e6, 9e6), rent_usd_real=(50e6,) * 3,
    capex_usd_real=3e9, opex_usd_real=(40e6, 40e6, 60e6),
)  # fmt: skip


def test_a_charge_is_paid_for_available_megawatts() -> None:
    """100,000 USD x 2,000 MW x 0.95 = 190 M USD a year."""
    found = stream(CapacityCharge(1e5, 1.0, "test"), YEARS)
    assert found.amount_usd_real == pytest.approx((190e6,) * 3)
    assert found.model == "capacity_charge"


def test_a_unitary_payment_is_cut_by_what_is_missed() -> None:
    """At 95 % against 98 % and a deduction of twice: 1 - 2 x 3/98 of the payment; nothing is added above target."""
    terms = AvailabilityPayment(300e6, 0.98, 2.0, 1.0, "test")
    assert terms.amounts_usd_real(YEARS) == pytest.approx((300e6 * (1 - 2 * 3 / 98),) * 3)
    assert terms.amounts_usd_real(replace(YEARS, availability_frac=1.0)) == pytest.approx((300e6,) * 3)
    assert terms.amounts_usd_real(replace(YEARS, availability_frac=0.1)) == (0.0,) * 3


def test_allowed_revenue_by_hand() -> None:
    """Base 3 bn less a third granted = 2 bn over 40 years at 6 %: 120 + 50 + 40 M in year 1, 3 M less each year."""
    terms = RegulatedAssetBase(0.06, 40, 1 / 3, 1.0, "test")
    assert terms.amounts_usd_real(YEARS) == pytest.approx((210e6, 207e6, 224e6))


def test_allowed_revenue_ends_with_the_asset() -> None:
    """After a life of two years only opex is allowed."""
    assert RegulatedAssetBase(0.06, 2, 0.0, 1.0, "test").amounts_usd_real(YEARS)[2] == pytest.approx(60e6)


@pytest.mark.parametrize(("rent", "expected"), [(50e6, 100e6), (150e6, 150e6), (900e6, 400e6), (-5e6, 100e6)])
def test_rent_between_cap_and_floor(rent: float, expected: float) -> None:
    """Floor 50,000 and cap 200,000 USD per MW of 2,000 MW: 100 and 400 M USD."""
    terms = CapAndFloor(5e4, 2e5, 0.8, 1.0, "test")
    assert terms.amounts_usd_real(replace(YEARS, rent_usd_real=(rent,) * 3)) == pytest.approx((expected,) * 3)


def test_no_floor_for_a_link_that_stands_still() -> None:
    """Below the least availability the rent is all there is."""
    terms = CapAndFloor(5e4, 2e5, 0.8, 1.0, "test")
    assert terms.amounts_usd_real(replace(YEARS, availability_frac=0.7)) == (50e6,) * 3


def test_margin_and_rent() -> None:
    """10 USD x 8 TWh = 80 M USD, with 9 TWh 90; rent as it is, never below zero."""
    assert PpaMargin(10.0, 1.0, "test").amounts_usd_real(YEARS) == pytest.approx((80e6, 80e6, 90e6))
    assert MerchantRent("test").amounts_usd_real(YEARS) == (50e6,) * 3
    assert MerchantRent("test").amounts_usd_real(replace(YEARS, rent_usd_real=(-1.0,) * 3)) == (0.0,) * 3


def test_every_model_has_its_name() -> None:
    """A stream says which model it is of."""
    assert stream(MerchantRent("test"), YEARS).model == "merchant_rent"
    assert len(set(MODELS.values())) == len(MODELS) == 6


def in_tenge(indexation_frac: float, path: CurrencyPath, charge: float = 55.0) -> Project:
    """The two-gigawatt plan with its charge paid in tenge."""
    plan = two_gigawatt_plan(charge)
    paid = replace(plan.revenue[0], currency="KZT", indexation_frac=indexation_frac)
    return Project(replace(plan, revenue=(paid,), currencies=(path,)))


@settings(max_examples=30, derandomize=True, deadline=None)
@given(inflation=st.floats(-0.02, 0.3))
def test_indexed_revenue_under_parity_is_dollar_revenue(inflation: float) -> None:
    """There and back: indexed at home and changed at parity, a stream is worth what it is in dollars."""
    dollars = Project(two_gigawatt_plan()).revenue_usd_nominal
    tenge = in_tenge(1.0, CurrencyPath("KZT", inflation, (), "test")).revenue_usd_nominal
    assert tenge == pytest.approx(dollars, rel=1e-9)


def test_a_fixed_amount_in_another_currency_loses_its_fall() -> None:
    """100 agreed in 2030, unindexed; the currency falls by 10 %, then by 20 % a year: 90, then 72, then 57.6."""
    plan = plain_plan(10.0, (100.0,) * 3)
    paid = replace(plan.revenue[0], currency="KZT", indexation_frac=0.0)
    path = CurrencyPath("KZT", 0.08, (-0.1, -0.2), "test")
    project = Project(replace(plan, revenue=(paid,), currencies=(path,)))
    assert project.revenue_usd_nominal.tolist() == pytest.approx([90.0, 72.0, 57.6])
    shifted = Project(with_currencies_shifted(project.plan, 0.05))
    assert shifted.revenue_usd_nominal[0] == pytest.approx(95.0)


def test_a_currency_without_a_path_is_refused() -> None:
    """Unknown, or known twice: one message that names the stream."""
    plan = two_gigawatt_plan()
    paid = replace(plan, revenue=(replace(plan.revenue[0], currency="KZT"),))
    path = CurrencyPath("KZT", 0.05, (), "test")
    for paths in ((), (path, path)):
        with pytest.raises(FinancingProblems, match=r"revenue \(charge\) currency: found 'KZT'"):
            Project(replace(paid, currencies=paths))


def test_a_devaluation_strikes_local_revenue_alone() -> None:
    """The stack grows by one row where the charge is paid in tenge; it is a charge of 0.7."""
    plan = in_tenge(1.0, CurrencyPath("KZT", 0.05, (), "test")).plan
    sovereign = load_structure("sovereign")
    rows = {row.name: row for row in downside(plan, sovereign)}
    assert "local currencies -30 %" not in {row.name for row in downside(two_gigawatt_plan(), sovereign)}
    cut = finance(two_gigawatt_plan(0.7 * 55.0), sovereign)
    assert rows["local currencies -30 %"].dscr_min_ratio.value == pytest.approx(cut.measures.cover.least.value)


def test_what_is_sold_beside_lowers_the_required_charge() -> None:
    """Fibre revenue of 8 M USD a year on 8 TWh takes about a dollar off the charge; a charge never replaces it."""
    plan = two_gigawatt_plan()
    lease = RevenueStream("fibre", "fibre_lease", (8e6,) * 35, 1.0, "carriers", "test")
    structure = load_structure("sovereign")
    bare, with_fibre = (
        finance(each, structure).measures.required_charge_usd_per_mwh.value
        for each in (plan, replace(plan, revenue=(*plan.revenue, lease)))
    )
    assert bare - with_fibre == pytest.approx(1.0, abs=1e-3)
