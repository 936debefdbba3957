"""Value added tax on capex: by hand, and what must not depend on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_financing_batch import _draws, same_in_every_draw
from test_financing_construction import bank, mix, owner
from test_financing_plans import plain_plan, two_gigawatt_plan

from financing.loading import load_structure
from financing.package import finance
from financing.plan import Plan, Vat, VatShare
from financing.problems import FinancingProblems
from financing.project import Project
from financing.structure import Structure
from financing.vat import refunds


def taxed(plan: Plan, delay_months: float = 12.0, financed_by: str = "mix", rate: float = 0.2) -> Plan:
    """The plan with a tax on all of its capex."""
    shares = (VatShare("KZ", 0.5, rate, "hand-made"), VatShare("AZ", 0.5, rate, "hand-made"))
    return replace(plan, vat=Vat(shares, delay_months, financed_by, 0.1, "hand-made"))


def test_an_advance_paid_by_the_owners() -> None:
    """100 and 100 of capex, 20 % refunded a year later: 120 and 100 to pay, 20 back in the first operating year."""
    plan = taxed(plain_plan(200.0, (50.0,) * 6, spread=(0.5, 0.5)))
    result = finance(plan, mix(owner(1.0)))
    assert result.construction.draw.sum(axis=0).tolist() == pytest.approx([120.0, 100.0])
    assert result.yearly["net_equity_cash"][:4].tolist() == pytest.approx([-120.0, -100.0, 70.0, 50.0])
    flows = result.yearly["net_project_cash_prefinance"]
    assert flows[:4].tolist() == pytest.approx([-120.0, -100.0, 70.0, 50.0])
    assert result.operation.cfads[0] == pytest.approx(50.0)


def test_an_advance_paid_by_a_facility() -> None:
    """The same through a facility at 10 %: 20 owed for two years, 2 of interest in the second and in the third."""
    plan = taxed(plain_plan(200.0, (50.0,) * 6, spread=(0.5, 0.5)), financed_by="facility")
    result = finance(plan, mix(owner(1.0)))
    assert result.construction.draw.sum(axis=0).tolist() == pytest.approx([100.0, 102.0])
    assert result.yearly["net_equity_cash"][2] == pytest.approx(48.0)
    assert result.yearly["vat_facility_closing"][:4].tolist() == pytest.approx([20.0, 20.0, 0.0, 0.0])


def test_a_refund_larger_than_the_capex_of_its_period_waits() -> None:
    """All capex in the first of three years: the refund of 20 in the second has nothing to pay for until operation."""
    plan = taxed(plain_plan(100.0, (50.0,) * 6, spread=(1.0, 0.0, 0.0)))
    result = finance(plan, mix(owner(1.0)))
    assert result.construction.draw.sum(axis=0).tolist() == pytest.approx([120.0, 0.0, 0.0])
    assert result.yearly["net_equity_cash"][3] == pytest.approx(70.0)


@settings(max_examples=25, derandomize=True, deadline=None)
@given(delay=st.floats(0.0, 60.0), per_year=st.sampled_from([1, 2, 4]), by=st.sampled_from(["mix", "facility"]))
def test_laws_of_the_advance(delay: float, per_year: int, by: str) -> None:
    """Everything comes back, yearly sums do not depend on the payments, sources equal uses, NPV is that of every mix
    and falls by the time value alone."""
    plan = taxed(two_gigawatt_plan(), delay, by)
    result = finance(plan, mix(bank(0.6, tenor_years=20.0, grace_years=5.0), owner(0.4), per_year=per_year))
    table = result.yearly
    assert table["vat_paid"].sum() == pytest.approx(table["vat_refunded"].sum())
    yearly = refunds(table["vat_paid"], delay, 1)
    assert table["vat_refunded"] == pytest.approx(yearly, abs=1.0)
    built = result.construction
    assert built.sources_usd_nominal == pytest.approx(built.uses_usd_nominal, abs=0.005)
    free = Project(two_gigawatt_plan()).net_cash_prefinance_usd_nominal
    assert (free - table["net_project_cash_prefinance"]).sum() == pytest.approx(0.0, abs=1.0)
    assert np.cumsum(table["vat_paid"] - table["vat_refunded"]).min() >= -1.0
    assert np.abs(result.waterfall.check).max() < 0.005


def test_refunded_at_once_is_no_tax() -> None:
    """Without delay every figure is that of the plan without tax."""
    structure = load_structure("commercial")
    plain = finance(two_gigawatt_plan(), structure).summary()
    at_once = finance(taxed(two_gigawatt_plan(), 0.0), structure).summary()
    for key in ("npv_usd_nominal", "equity_irr_pa", "dscr_min_ratio", "required_charge_usd_per_mwh"):
        assert at_once[key] == pytest.approx(plain[key], rel=1e-7), key


def test_bad_terms_are_refused_at_once() -> None:
    """Shares above one, a rate of 120 %, six years' delay, an unknown payer: four messages."""
    vat = Vat((VatShare("KZ", 1.2, 1.2, "x"),), 72.0, "nobody", 0.1, "x")
    with pytest.raises(FinancingProblems) as caught:
        Project(replace(two_gigawatt_plan(), vat=vat))
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize("financed_by", ["mix", "facility"])
def test_every_draw_is_what_the_single_path_gives(financed_by: str) -> None:
    """Five draws of capex, revenue and rates with a tax refunded after nine months."""
    structure: Structure = mix(bank(0.6, tenor_years=20.0, grace_years=5.0), owner(0.4), per_year=2)
    plan = taxed(two_gigawatt_plan(), 9.0, financed_by)
    same_in_every_draw(plan, structure, _draws(plan).some(np.arange(5)))
