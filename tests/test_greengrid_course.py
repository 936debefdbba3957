"""Figures over several dispatched years, growth after the last, and what a plan adds beside: fibre, tax, currency."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cashflows import AVAILABLE, CASPIAN, COSTS, UNIT
from test_cashflows import plan as plan_of
from test_cashflows import settings as settings_of

from financing.plan import CurrencyPath
from financing.project import Project
from financing.revenue import MerchantRent, PpaMargin
from greengrid.assumptions import _case_rows
from greengrid.case import load_case
from greengrid.cashflows import LinkYear, ProjectLink
from greengrid.course import course, growth_scenario, growth_scenarios
from greengrid.errors import BadInput
from greengrid.fibre import fibre_line
from greengrid.sizes import Rated, _later_of
from greengrid.tax_key import VatTerms

FIRST, LAST = LinkYear(4.0e6, 3.8e6, 6e6, 1e7), LinkYear(8.0e6, 7.7e6, 1.2e7, 2.0e7)


def test_between_and_beyond_dispatched_years() -> None:
    """10 in 2030 and 20 in 2035: 10 before, 14 two years on, 20 after; with 5 % for two years 21 and 22.05."""
    points = {2035: 20.0, 2030: 10.0}
    assert course(points, range(2028, 2038)) == pytest.approx((10, 10, 10, 12, 14, 16, 18, 20, 20, 20))
    assert course(points, range(2035, 2039), 0.05, 2) == pytest.approx((20, 21, 22.05, 22.05))
    assert course(points, range(2035, 2039), 0.05, 2, 21.5) == pytest.approx((20, 21, 21.5, 21.5))


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    points=st.dictionaries(st.integers(2025, 2060), st.floats(-1e6, 1e6), min_size=1, max_size=5),
    first=st.integers(2025, 2050),
)
def test_a_course_stays_within_its_points(points: dict[int, float], first: int) -> None:
    """Without growth nothing lies outside the dispatched values, each of which is met in its year."""
    years = range(first, first + 30)
    values = course(points, years)
    assert min(points.values()) - 1e-6 <= min(values) <= max(values) <= max(points.values()) + 1e-6
    for year, value in points.items():
        if year in years:
            assert values[years.index(year)] == pytest.approx(value)


def test_every_growth_scenario_is_sourced_and_found() -> None:
    """Each row has source and grade; none is none; a misspelled name gets the nearest."""
    assert all(row.source and row.confidence in "ABCD" for row in growth_scenarios().values())
    assert growth_scenario("none") is None
    with pytest.raises(BadInput, match="Nearest: uzbekistan-demand"):
        growth_scenario("uzbekistan")


def test_a_plan_over_two_dispatched_years() -> None:
    """Energy half-way between 2035 and 2045 in 2040, rent as dispatched in 2045 and after, outages taken off."""
    link = ProjectLink(CASPIAN, COSTS, FIRST, {2045: LAST})
    made = plan_of(links=[link], settings=settings_of(revenue=MerchantRent("test"), dispatched_year=2035))
    assert made.received_mwh[0] == pytest.approx(3.8e6 * AVAILABLE)
    assert made.received_mwh[5] == pytest.approx((3.8e6 + 7.7e6) / 2 * AVAILABLE)
    assert made.received_mwh[10:] == pytest.approx((7.7e6 * AVAILABLE,) * 20)
    assert made.losses_usd_real[5] == pytest.approx(9e6 * AVAILABLE)
    assert made.revenue[0].amount_usd_real[9] == pytest.approx(1.9e7 * AVAILABLE)
    row = next(row for row in made.assumptions if row[0] == "later years")
    assert "2035, 2045" in row[1]


def test_growth_moves_energy_and_says_so() -> None:
    """2.6 % a year for 15 years on 7.7 TWh, up to the rating of 17.5 TWh; the table's source stands in the plan."""
    grown = settings_of(
        revenue=PpaMargin(10.0, 1.0, "test"), dispatched_year=2035, growth=growth_scenario("uzbekistan-demand")
    )
    made = plan_of(links=[ProjectLink(CASPIAN, COSTS, LAST)], settings=grown)
    assert made.received_mwh[1] == pytest.approx(7.7e6 * 1.026 * AVAILABLE)
    assert made.received_mwh[15:] == pytest.approx((7.7e6 * 1.026**15 * AVAILABLE,) * 15)
    assert made.revenue[0].amount_usd_real[20] == pytest.approx(10 * made.received_mwh[20])
    full = plan_of(links=[ProjectLink(CASPIAN, COSTS, replace(LAST, received_mwh=17.0e6))], settings=grown)
    assert full.received_mwh[-1] == pytest.approx(17.52e6 * AVAILABLE)
    assert any(row[0] == "later years" and "132 TWh" in row[3] for row in made.assumptions)


def test_fibre_is_off_by_default_and_adds_three_things() -> None:
    """492 km at 60,000 USD: 29.5 M USD of capex, 4 % of it a year of upkeep, 3.3 M USD of leases, each sourced."""
    without, line = plan_of(), fibre_line(492.0, UNIT, 6, 30)
    with_fibre = plan_of(settings=settings_of(fibre=True))
    assert line.item.central_usd_real == pytest.approx(492 * 60_000)
    added = sum(item.central_usd_real for item in with_fibre.capex) - sum(i.central_usd_real for i in without.capex)
    assert added == pytest.approx(492 * 60_000)
    assert with_fibre.opex_usd_real[3] - without.opex_usd_real[3] == pytest.approx(0.04 * 492 * 60_000)
    assert with_fibre.revenue[1].amount_usd_real == pytest.approx((3.3e6,) * 30)
    assert [stream.model for stream in without.revenue] == ["capacity_charge"]
    named = {row[0]: row for row in with_fibre.assumptions}
    assert all(named[name][2] == "D" and named[name][3] for name in ("fibre cable", "fibre upkeep", "fibre revenue"))


def test_value_added_tax_by_the_owners_key() -> None:
    """16, 12 and 18 % by what stands where; left out by default, which the plan says."""
    terms = VatTerms("facility", 6.0, 0.065, "test")
    made = plan_of(settings=settings_of(vat=terms))
    assert made.vat is not None
    tax = {share.country: share.share_frac for share in made.tax}
    assert {share.country: share.share_frac for share in made.vat.shares} == pytest.approx(tax)
    assert {share.country: share.rate_frac for share in made.vat.shares} == {"AZ": 0.18, "KZ": 0.16, "UZ": 0.12}
    assert plan_of().vat is None
    said = {row[0]: row[1] for row in plan_of().assumptions}
    assert said["value added tax"].startswith("left out")


def test_a_charge_in_tenge_is_told_and_worth_less_if_the_tenge_falls_faster() -> None:
    """Indexed at 5 % at home and falling 4 % a year: 1.05 x 0.96 = 1.008 a year in dollars against 2 % inflation."""
    path = CurrencyPath("KZT", 0.05, (-0.04,), "table")
    made = plan_of(settings=settings_of(currency="KZT", currencies=(path,)))
    dollars, tenge = Project(plan_of()).revenue_usd_nominal, Project(made).revenue_usd_nominal
    assert tenge[0] / dollars[0] == pytest.approx((1.05 * 0.96 / 1.02) ** 10)
    assert any(row[0] == "price of KZT" and row[3] == "table" for row in made.assumptions)


def test_what_is_not_chosen_is_no_assumption() -> None:
    """Of five currencies and a tax left out nothing is listed; a currency that is paid in is, with its source."""
    plain = [str(row["name"]) for row in _case_rows(load_case("base"))]
    assert not any(name.startswith(("currency.", "project.vat.")) for name in plain)
    chosen = {row["name"]: row for row in _case_rows(load_case("base", ["revenue.currency=KZT"]))}
    assert chosen["currency.KZT.inflation_pa"]["confidence"] == "D"
    assert "macro.csv" in str(chosen["currency.KZT.inflation_pa"]["source"])
    assert "currency.UZS.inflation_pa" not in chosen


def test_other_ratings_move_over_the_years_as_the_own_one() -> None:
    """The own cable carries 7.7 TWh after 3.8, so one of half its flow carries 3.85 after 1.9."""
    own = ProjectLink(CASPIAN, COSTS, FIRST, {2045: LAST})
    half = LinkYear(2.0e6, 1.9e6, 3e6, 0.0)
    moved = _later_of(own, Rated(replace(CASPIAN, capacity_mw=1000.0), half, 0))
    assert moved[2045] == LinkYear(pytest.approx(4.0e6), pytest.approx(3.85e6), pytest.approx(6e6), 0.0)
