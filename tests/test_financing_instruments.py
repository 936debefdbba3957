"""Repayment styles: the dossier's worked values, closed forms of numpy-financial, and laws over random terms."""

from __future__ import annotations

import numpy as np
import numpy_financial
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from financing.instruments import currency_path, deposit_shares, principal_shares, tranche_of
from financing.metrics import loan_cost_pa
from financing.sculpting import balance_path, sculpted_shares
from financing.structure import Source
from financing.timeline import Timeline


def schedule(source, timeline, amount=100.0, path=None, shares=None):
    """The tranche of a source drawn in the last construction period."""
    draw = np.zeros(timeline.construction_periods)
    draw[-1] = amount
    nothing = np.zeros(timeline.construction_periods)
    path = np.ones(timeline.periods) if path is None else path
    shares = principal_shares(source, timeline) if shares is None else shares
    return tranche_of(source, timeline, draw=draw, shares=shares, currency=path, construction_fees=(nothing, nothing))


def loan(**terms):
    """A plain dollar loan of 4 %, 18 years with 3 of grace after the year of drawing."""
    given = {"rate_pa": 0.04, "tenor_years": 19.0, "grace_years": 4.0, **terms}
    return Source("loan", "commercial_loan", "bank", "USD", 1.0, **given)


TIMELINE_18 = Timeline(2030, 1, 18, 1)


def weighted_average_life(tranche):
    """Years from the draw to the average repayment."""
    years = np.arange(len(tranche.principal))
    return float((tranche.principal * years).sum() / tranche.principal.sum())


def test_annuity_worked_value():
    """L = 100, 4 %, 18 y, 3 y interest-only: level service 8.9941, average life 11.73, interest 46.91 + 12 of grace."""
    tranche = schedule(loan(repayment="annuity"), TIMELINE_18)
    assert tranche.service[4:].tolist() == pytest.approx([8.9941] * 15, abs=5e-5)
    assert weighted_average_life(tranche) == pytest.approx(11.73, abs=0.005)
    assert tranche.interest.sum() == pytest.approx(46.91, abs=0.005)


def test_equal_principal_worked_value():
    """First amortising service 10.6667, average life 11.0, interest 44.0."""
    tranche = schedule(loan(repayment="equal_principal"), TIMELINE_18)
    assert tranche.service[4] == pytest.approx(10.6667, abs=5e-5)
    assert weighted_average_life(tranche) == pytest.approx(11.0)
    assert tranche.interest.sum() == pytest.approx(44.0)


def test_bullet_worked_value():
    """Interest 72, average life 18, all principal at the end."""
    tranche = schedule(loan(repayment="bullet"), TIMELINE_18)
    assert tranche.interest.sum() == pytest.approx(72.0)
    assert weighted_average_life(tranche) == pytest.approx(18.0)
    assert tranche.principal[-1] == pytest.approx(100.0)


def test_sinking_fund_worked_value():
    """A fund at 2 % needs 5.7825 a year in years 4-18; with it the 4 % bullet costs 4.84 % (negative carry)."""
    tranche = schedule(loan(repayment="sinking_fund", sinking_fund_rate_pa=0.02), TIMELINE_18)
    assert tranche.deposit.tolist() == pytest.approx([0.0] * 4 + [5.7825] * 15, abs=5e-5)
    assert loan_cost_pa(tranche.net_cash, 1).value == pytest.approx(0.0484, abs=5e-5)
    assert loan_cost_pa(tranche.net_lender_cash, 1).value == pytest.approx(0.04, abs=1e-9)


def test_sinking_fund_grows_to_the_loan():
    """Deposits and their interest add up to the loan on the day it falls due."""
    source = loan(repayment="sinking_fund", sinking_fund_rate_pa=0.03, tenor_years=11.0, grace_years=3.0)
    timeline = Timeline(2030, 1, 12, 2)
    deposits = deposit_shares(source, timeline)
    due = 20
    periods = np.arange(len(deposits))
    grown = deposits * 1.015 ** (due - 1 - periods)
    assert grown[:due].sum() == pytest.approx(1.0)
    tranche = schedule(source, timeline)
    assert tranche.fund_closing[-1] == 0.0
    assert tranche.service[2 + due - 1] == pytest.approx(tranche.deposit[2 + due - 1] + 100.0 * 0.02)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(rate=st.floats(0.001, 0.15), years=st.integers(1, 30), per_year=st.sampled_from([1, 2, 4]))
def test_annuity_agrees_with_numpy_financial(rate, years, per_year):
    """Level payment, interest and principal of every period as in pmt, ipmt and ppmt."""
    timeline = Timeline(2030, 1, years, per_year)
    tranche = schedule(loan(rate_pa=rate, repayment="annuity", tenor_years=years + 1.0, grace_years=1.0), timeline)
    number = np.arange(1, years * per_year + 1)
    expected = -numpy_financial.ppmt(rate / per_year, number, years * per_year, 100.0)
    assert tranche.principal[per_year:] == pytest.approx(expected, abs=1e-7)
    payment = -numpy_financial.pmt(rate / per_year, years * per_year, 100.0)
    assert tranche.service[per_year:] == pytest.approx(np.full(years * per_year, float(payment)), abs=1e-7)


@st.composite
def random_loans(draw):
    """Terms of every style on random axes, with a tenor inside the plan."""
    per_year = draw(st.sampled_from([1, 2, 4]))
    building, operating = draw(st.integers(1, 6)), draw(st.integers(2, 30))
    tenor = draw(st.integers(building + 1, building + operating))
    grace = draw(st.integers(0, tenor - 1))
    style = draw(st.sampled_from(["annuity", "equal_principal", "bullet", "sinking_fund"]))
    rate = draw(st.floats(0.0, 0.2))
    source = loan(
        rate_pa=rate, repayment=style, tenor_years=float(tenor), grace_years=float(grace), sinking_fund_rate_pa=0.02
    )
    return source, Timeline(2030, building, operating, per_year)


@settings(max_examples=120, derandomize=True, deadline=None)
@given(random_loans())
def test_present_value_of_service_is_the_amount_outstanding(case):
    """At the contract rate, in every period of operation, for every style; and the last balance is zero."""
    source, timeline = case
    tranche = schedule(source, timeline)
    rate = source.rate_pa / timeline.payments_per_year
    flows = tranche.interest + tranche.principal
    value = 0.0
    for period in range(timeline.periods - 1, timeline.construction_periods - 1, -1):
        value = (value + flows[period]) / (1.0 + rate)
        assert value == pytest.approx(tranche.opening[period], abs=1e-7)
    assert tranche.closing[-1] == 0.0
    assert (tranche.principal >= -1e-12).all()
    assert tranche.opening + tranche.draw - tranche.principal == pytest.approx(tranche.closing, abs=1e-9)


def test_principal_never_falls_due_before_operation():
    """A grace that ends during construction is followed by principal from the first operating period on; the final
    maturity stays."""
    timeline = Timeline(2030, 5, 20, 1)
    shares = principal_shares(loan(tenor_years=15.0, grace_years=2.0), timeline)
    assert np.flatnonzero(shares).tolist() == list(range(10))


def test_a_loan_does_not_outlive_the_plan():
    """A tenor of 40 years on a plan of 5 + 20 is repaid in the 20 years of operation."""
    shares = principal_shares(loan(tenor_years=40.0, grace_years=5.0), Timeline(2030, 5, 20, 1))
    assert shares == pytest.approx(np.full(20, 0.05))


def test_a_euro_loan_costs_its_rate_and_the_rise_of_the_euro():
    """3 % in euro while the euro gains 2 % a year cost 1.03 x 1.02 - 1 = 5.06 % in dollars; balances still end at 0."""
    source = Source("loan", "commercial_loan", "bank", "EUR", 1.0, rate_pa=0.03, tenor_years=11.0, grace_years=4.0)
    timeline = Timeline(2030, 1, 12, 1)
    path = currency_path(source, 0.02, timeline)
    tranche = schedule(source, timeline, path=path)
    assert loan_cost_pa(tranche.net_cash, 1).value == pytest.approx(1.03 * 1.02 - 1.0, abs=1e-10)
    rolled = tranche.opening + tranche.revaluation + tranche.draw - tranche.principal
    assert rolled == pytest.approx(tranche.closing, abs=1e-9)
    assert tranche.closing[-1] == 0.0


def test_sculpted_loan_is_the_value_of_its_service():
    """Service 60 then 55 at 10 % carries 100; repayments 50 and 50."""
    capacity, shares = sculpted_shares(np.array([60.0, 55.0]), 0.10)
    assert capacity == pytest.approx(100.0)
    assert shares.tolist() == pytest.approx([0.5, 0.5])


def test_sculpted_balance_never_rises():
    """Service of 1 then 200 at 10 %: the value is 166, but the first payment carries the interest of 10 only."""
    path = balance_path(np.array([1.0, 200.0]), 0.10)
    assert path.tolist() == pytest.approx([10.0, 10.0, 0.0])


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(st.floats(0.0, 100.0), min_size=1, max_size=40), st.floats(0.001, 0.1))
def test_sculpted_service_never_exceeds_what_is_available(service, rate):
    """Interest plus fall of the balance is at most the service available in every period."""
    path = balance_path(np.array(service), rate)
    paid = path[:-1] * (1.0 + rate) - path[1:]
    assert (paid <= np.array(service) + 1e-9).all()
    assert (np.diff(path) <= 1e-12).all()
