"""The order of payments when cash runs short, by hand, and the check row over random cash."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from financing.waterfall import Claims, reserve_targets, run


def claims(cash, senior, subordinated=None, target=None, first=0.0, **more):
    """Claims without interest on reserve or arrears unless given."""
    count = len(cash)
    given = {
        "reserve_rate_per_period": 0.0,
        "senior_rate_per_period": 0.0,
        "subordinated_rate_per_period": 0.0,
        "locked_up": [False] * count,
        **more,
    }
    return Claims(
        cash=np.array(cash, dtype=float),
        senior=np.array(senior, dtype=float),
        subordinated=np.array(subordinated or [0.0] * count, dtype=float),
        reserve_target=np.array(target or [0.0] * count, dtype=float),
        reserve_first_usd_nominal=first,
        **given,
    )


def test_a_shortfall_draws_the_reserve_before_anything_else():
    """Cash 6 against senior 10 with 5 in reserve: 4 from the reserve, refilled from the next period's surplus."""
    fall = run(claims([6.0, 20.0, 20.0], [10.0, 10.0, 10.0], target=[5.0, 5.0, 0.0], first=5.0))
    assert fall.reserve_draw.tolist() == [4.0, 0.0, 0.0]
    assert fall.reserve_top_up.tolist() == [0.0, 4.0, 0.0]
    assert fall.dividends.tolist() == [0.0, 6.0, 15.0]
    assert fall.default_period is None


def test_subordinated_service_waits_behind_senior_and_reserve():
    """Cash 12 against senior 10 and subordinated 5: 3 deferred, with 10 % on it, caught up with 3.3 next period."""
    fall = run(claims([12.0, 30.0], [10.0, 10.0], subordinated=[5.0, 5.0], subordinated_rate_per_period=0.10))
    assert fall.subordinated_paid.tolist() == pytest.approx([2.0, 8.3])
    assert fall.subordinated_arrears.tolist() == pytest.approx([3.0, 0.0])
    assert fall.default_period is None
    assert fall.deferred_periods == 1


def test_unpaid_senior_service_is_a_default():
    """Cash 6 and reserve 1 against senior 10: 3 stay unpaid, flagged in that period, and are paid from later cash."""
    fall = run(claims([20.0, 6.0, 20.0], [10.0, 10.0, 10.0], target=[1.0, 0.0, 0.0], first=1.0))
    assert fall.default_period == 1
    assert fall.senior_arrears.tolist() == pytest.approx([0.0, 3.0, 0.0])
    assert fall.senior_paid.tolist() == pytest.approx([10.0, 7.0, 13.0])


def test_an_operating_deficit_is_never_negative_cash():
    """Cash -8 with a reserve of 5: the reserve pays 5, 3 are unfunded and flagged, nobody is paid a dividend."""
    fall = run(claims([-8.0, 10.0], [0.0, 0.0], target=[5.0, 0.0], first=5.0))
    assert fall.unfunded_cost.tolist() == [3.0, 0.0]
    assert fall.default_period == 0
    assert fall.reserve_draw.tolist() == [5.0, 0.0]
    assert fall.dividends.tolist() == [0.0, 10.0]


def test_subordinated_service_never_caught_up_is_a_default_in_the_end():
    """Deferred to the last period and still owed: flagged there."""
    fall = run(claims([10.0, 10.0], [10.0, 10.0], subordinated=[1.0, 1.0]))
    assert fall.default_period == 1


def test_lock_up_keeps_dividends_until_cover_recovers():
    """10 of surplus are kept in a locked period and paid with the next; the last period is never locked."""
    fall = run(claims([20.0, 20.0, 20.0], [10.0, 10.0, 10.0], locked_up=[True, False, True]))
    assert fall.dividends.tolist() == [0.0, 20.0, 10.0]
    assert fall.retained.tolist() == [10.0, 0.0, 0.0]


def test_reserve_target_is_months_of_the_next_year():
    """Six months of the next two half-years' service: with service 10, 20, 30, 40 the targets are 25, 35, 20, 0."""
    targets = reserve_targets(np.array([10.0, 20.0, 30.0, 40.0]), 6.0, 2)
    assert targets.tolist() == pytest.approx([25.0, 35.0, 20.0, 0.0])


amounts = st.floats(0.0, 50.0)


@settings(max_examples=80, derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.floats(-30.0, 80.0), amounts, amounts, amounts, st.booleans()), min_size=1, max_size=30))
def test_every_period_balances_and_nothing_is_negative(periods):
    """The check row is zero, and no payment, reserve, arrears or dividend is ever below zero."""
    cash, senior, subordinated, target, locked = (list(column) for column in zip(*periods, strict=True))
    fall = run(
        claims(
            cash,
            senior,
            subordinated=subordinated,
            target=target,
            first=7.0,
            reserve_rate_per_period=0.01,
            senior_rate_per_period=0.03,
            subordinated_rate_per_period=0.05,
            locked_up=locked,
        )
    )
    assert np.abs(fall.check).max() < 1e-8
    for name in ("senior_paid", "subordinated_paid", "reserve_closing", "senior_arrears", "dividends", "retained"):
        assert (getattr(fall, name) >= -1e-9).all()
    assert (fall.dividends[fall.senior_arrears > 1e-6] == 0.0).all()
