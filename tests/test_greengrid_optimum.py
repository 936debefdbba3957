"""Rows of the optimum and of the grant frontier."""

from __future__ import annotations

from pathlib import Path

import pytest

from financing.limits import Limits
from financing.loading import load_structure
from financing.package import finance
from greengrid.optimum import frontier_rows, optimum_and_prices
from greengrid.plans import read_plan

PLAN = Path(__file__).parent / "cases" / "plan_example" / "plan.toml"


def test_a_lower_charge_needs_more_grant() -> None:
    """From most grant at no charge to none at the charge that the mix requires, never rising."""
    plan = read_plan(PLAN)
    rows = frontier_rows(plan, finance(plan, load_structure("blended")))
    grants = [1.0 if row["extra_grant_frac"] is None else row["extra_grant_frac"] for row in rows]
    assert grants == sorted(grants, reverse=True)
    assert grants[-1] == pytest.approx(0.0, abs=1e-4)
    assert rows[0]["charge_usd_per_mwh"] == 0.0
    assert all(row["note"] for row in rows if row["extra_grant_frac"] is None)


def test_a_sculpted_mix_states_its_search_and_others_their_prices() -> None:
    """Method and tolerance stand beside the shares; a linear program has shadow prices, a search none."""
    plan = read_plan(PLAN)
    rows, prices = optimum_and_prices(plan, load_structure("commercial"), "equity_npv")
    assert {row["method"] for row in rows} == {"search"}
    assert rows[0]["tolerance_frac"] == 1e-4
    assert "by search, to 0.0001 of uses" in str(rows[0]["note"])
    assert prices == []
    blended, held = optimum_and_prices(plan, load_structure("blended"), "charge")
    assert sum(float(str(row["share_best_frac"])) for row in blended) == pytest.approx(1.0)
    assert {row["method"] for row in blended} == {"linear program"}
    assert held
    assert all(float(str(row["change"])) < 0.0 for row in held)


def test_limits_without_a_mix_leave_one_row_with_the_reason() -> None:
    """Owners of 150 %: no numbers, the reason in the note."""
    impossible = Limits({}, equity_min_frac=1.5)
    (row,), prices = optimum_and_prices(read_plan(PLAN), load_structure("commercial"), "charge", impossible)
    assert row["value"] is None
    assert "no shares" in str(row["note"])
    assert prices == []
