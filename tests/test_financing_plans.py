"""Hand-made plans that the financing tests share, and what makes a plan unusable."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from financing.plan import CapexItem, Plan, RevenueStream, TaxShare
from financing.problems import FinancingProblems
from financing.project import Project, plan_problems


def two_gigawatt_plan(
    charge_usd_per_mwh: float = 55.0,
    affordable_usd_per_mwh: float | None = 20.0,
    model: str = "capacity_charge",
    operation_years: int = 35,
) -> Plan:
    """2,000 MW, 3.5 bn USD of 2025, built 2030-2034, in operation from 2035."""
    spread = (0.1, 0.2, 0.3, 0.3, 0.1)
    received = (8.0e6,) * operation_years
    return Plan(
        name="Caspian link",
        price_base_year=2025,
        construction_first_year=2030,
        operation_first_year=2035,
        operation_years=operation_years,
        capacity_mw=2000.0,
        availability_frac=0.94,
        received_mwh=received,
        losses_usd_real=(9.0e6,) * operation_years,
        avoided_tco2=(1.0e6,) * operation_years,
        capex=(
            CapexItem("cable", "sea", 2.1e9, 1.5e9, 2.9e9, spread, "C", "hand-made"),
            CapexItem("converters", "KZ", 1.1e9, 0.8e9, 1.3e9, spread, "C", "hand-made"),
            CapexItem("contingency", "sea", 0.3e9, 0.1e9, 0.6e9, spread, "C", "hand-made"),
        ),
        opex_usd_real=(45.0e6,) * operation_years,
        decommissioning_usd_real=60.0e6,
        revenue=(
            RevenueStream(
                "charge", model, tuple(charge_usd_per_mwh * mwh for mwh in received), 1.0, "grid companies", "hand-made"
            ),
        ),
        inflation_pa=0.022,
        tax=(TaxShare("KZ", 0.5, 0.20, 20, 10, "hand-made"), TaxShare("AZ", 0.5, 0.20, 20, 5, "hand-made")),
        discount_rate_nominal_pa=0.08,
        affordable_charge_usd_per_mwh=affordable_usd_per_mwh,
        assumptions=(),
    )


def plain_plan(
    capex_usd: float,
    revenue_usd: tuple[float, ...],
    opex_usd: float = 0.0,
    spread: tuple[float, ...] = (1.0,),
    tax: tuple[TaxShare, ...] = (),
) -> Plan:
    """A plan without inflation, whose numbers can be worked by hand; one MWh a year."""
    years = len(revenue_usd)
    return Plan(
        name="plain",
        price_base_year=2030,
        construction_first_year=2030,
        operation_first_year=2030 + len(spread),
        operation_years=years,
        capacity_mw=1.0,
        availability_frac=1.0,
        received_mwh=(1.0,) * years,
        losses_usd_real=(0.0,) * years,
        avoided_tco2=(0.0,) * years,
        capex=(CapexItem("all", "KZ", capex_usd, capex_usd, capex_usd, spread, "A", "hand-made"),),
        opex_usd_real=(opex_usd,) * years,
        decommissioning_usd_real=0.0,
        revenue=(RevenueStream("charge", "capacity_charge", revenue_usd, 1.0, "buyer", "hand-made"),),
        inflation_pa=0.0,
        tax=tax,
        discount_rate_nominal_pa=0.1,
        affordable_charge_usd_per_mwh=None,
        assumptions=(),
    )


def test_inflation_turns_real_into_nominal_money():
    """USD 100 of 2030 spent in 2031 at 2 % inflation are USD 102."""
    plan = replace(plain_plan(100.0, (50.0,), spread=(0.0, 1.0)), inflation_pa=0.02)
    assert Project(plan).capex_usd_nominal.tolist() == pytest.approx([0.0, 102.0])


def test_half_indexed_revenue_grows_with_half_of_inflation():
    """A stream of 100 indexed with half of 4 % inflation is 100 x 1.02^2 two years after the price base."""
    plan = plain_plan(100.0, (0.0, 100.0))
    stream = replace(plan.revenue[0], indexation_frac=0.5)
    project = Project(replace(plan, inflation_pa=0.04, revenue=(stream,)))
    assert project.revenue_usd_nominal[1] == pytest.approx(100.0 * 1.02**2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"discount_rate_nominal_pa": math.nan}, "discount_rate_nominal_pa"),
        ({"opex_usd_real": (1.0,)}, "opex_usd_real"),
        ({"operation_first_year": 2030}, "0 construction"),
        ({"received_mwh": (-1.0,) * 35}, "received_mwh"),
        ({"capex": ()}, "capex"),
        ({"tax": (TaxShare("KZ", 0.4, 0.2, 20, 10, "x"),)}, "sum of 0.4"),
        ({"tax": (TaxShare("KZ", 1.0, 1.2, 20, 10, "x"),)}, "rate 1.2"),
    ],
)
def test_a_bad_plan_is_refused_with_the_field_named(change, words):
    """NaN, wrong lengths, negative energy, no capex and bad tax shares each give a problem that names the field."""
    with pytest.raises(FinancingProblems, match=words) as caught:
        Project(replace(two_gigawatt_plan(), **change))
    assert caught.value.problems


def test_all_problems_of_a_plan_are_gathered():
    """Two faults give two problems at once."""
    plan = replace(two_gigawatt_plan(), opex_usd_real=(1.0,), inflation_pa=math.inf)
    assert len(list(plan_problems(plan))) == 2
