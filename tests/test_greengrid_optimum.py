"""Rows of the optimum and of the grant frontier."""

from __future__ import annotations

from pathlib import Path

import pytest

from financing.loading import load_structure
from financing.package import finance
from greengrid.optimum import frontier_rows, optimum_rows
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


def test_a_sculpted_mix_says_why_it_has_no_optimum() -> None:
    """One row without numbers, the reason in its note; other mixes have one row a source."""
    plan = read_plan(PLAN)
    (row,) = optimum_rows(plan, load_structure("commercial"), "charge")
    assert row["value"] is None
    assert "sculpted" in str(row["note"])
    blended = optimum_rows(plan, load_structure("blended"), "charge")
    assert sum(float(str(row["share_best_frac"])) for row in blended) == pytest.approx(1.0)
