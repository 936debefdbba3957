"""Further measures by hand and against laws."""

from __future__ import annotations

import numpy as np
import pytest
from test_financing_plans import two_gigawatt_plan

from financing.loading import load_structure, shipped_structures
from financing.metrics import loan_life_cover, npv
from financing.package import finance
from financing.quality import project_life_cover


def test_cover_over_the_project_by_hand() -> None:
    """Debt 100 at 10 % repaid in one year, cash 110 and 121 in two: PV 200 over 100 = 2; over its life 1."""
    cash, service, debt = np.array([110.0, 121.0]), np.array([110.0, 0.0]), np.array([100.0, 0.0])
    assert project_life_cover(cash, service, debt).value == pytest.approx(2.0)
    assert loan_life_cover(cash, service, debt)[0] == pytest.approx(1.0)


@pytest.mark.parametrize("name", shipped_structures())
def test_measures_of_every_shipped_mix_hang_together(name: str) -> None:
    """PLCR is not below LLCR; mid-year beats year-end; real worth is nominal worth deflated; subsidy within uses."""
    plan = two_gigawatt_plan(70.0)
    result = finance(plan, load_structure(name))
    further, measures = result.further, result.measures
    assert (further["plcr_min_ratio"].value or 0) >= (measures.llcr_min_ratio.value or 0) - 1e-9
    assert (further["npv_mid_year_usd_nominal"].value or 0) > measures.npv_prefinance_usd_nominal
    deflated = measures.npv_prefinance_usd_nominal / (1 + plan.inflation_pa) ** (2030 - 2025)
    assert further["npv_prefinance_usd_real"].value == pytest.approx(deflated, rel=1e-9)
    subsidy = further["subsidy_usd_nominal"].value or 0.0
    assert 0.0 <= subsidy < result.construction.uses_usd_nominal
    energy = sum(plan.received_mwh)
    assert further["subsidy_usd_nominal_per_mwh"].value == pytest.approx(subsidy / energy)
    rate = plan.discount_rate_nominal_pa
    flows = result.yearly["net_project_cash_prefinance"]
    assert npv(rate, flows) == pytest.approx(measures.npv_prefinance_usd_nominal)
    assert further["xnpv_prefinance_usd_nominal"].value == pytest.approx(measures.npv_prefinance_usd_nominal, rel=0.02)
    assert further["project_xirr_pa"].value == pytest.approx(measures.project_irr_pa.value, abs=1e-4)
    discounted = further["payback_discounted_years"].value
    assert discounted is None or discounted > (further["payback_years"].value or 0)
    assert set(further) <= set(result.mix_row())


def test_a_green_bond_priced_as_an_ordinary_one_is_below_par() -> None:
    """At the higher yield of an ordinary bond it would sell below 100 by duration x greenium."""
    (row,) = [row for row in finance(two_gigawatt_plan(), load_structure("green-bond")).bond_rows()]
    assert row["yield_at_par_pa"] == pytest.approx(row["coupon_pa"])
    assert row["yield_ordinary_pa"] > row["coupon_pa"]
    rise = float(str(row["yield_ordinary_pa"])) - float(str(row["coupon_pa"]))
    duration = float(str(row["duration_modified_years"]))
    assert float(str(row["price_clean_at_ordinary_yield_percent"])) == pytest.approx(
        100 * (1 - duration * rise), abs=0.02
    )
