"""Mixes side by side, the downside stack and the tornado."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_financing_construction import bank, mix, owner
from test_financing_plans import plain_plan, two_gigawatt_plan

from financing.compare import compare
from financing.loading import load_structure, shipped_structures
from financing.package import finance
from financing.problems import FinancingProblems
from financing.stress import STACK, delayed, downside, scaled_capex, scaled_revenue, sized, with_availability
from financing.tornado import tornado


@pytest.fixture(scope="module")
def comparison():
    """All shipped mixes on the two-gigawatt plan."""
    return compare(two_gigawatt_plan(), shipped_structures())


def test_rows_hold_every_measure_of_every_mix(comparison):
    """Tidy rows with units; a missing value has its reason in the same row."""
    rows = comparison.rows()
    keys = {row["measure"] for row in rows}
    assert {"capex_usd_nominal", "npv_usd_nominal", "dscr_min_ratio", "required_charge_usd_per_mwh", "verdict"} <= keys
    assert len(rows) == len(keys) * 8
    units = {row["measure"]: row["unit"] for row in rows}
    assert units["required_charge_usd_per_mwh"] == "USD/MWh real"
    assert units["npv_usd_nominal"] == "USD nominal"


def test_ranking_puts_the_lowest_charge_first(comparison):
    """Lower is better for a charge, higher for a return; an unknown measure is refused."""
    charges = comparison.summary()
    order = comparison.ranked_by("required_charge_usd_per_mwh")
    values = [charges[name]["required_charge_usd_per_mwh"] for name in order]
    assert values == sorted(values)
    returns = [charges[name]["equity_irr_pa"] for name in comparison.ranked_by("equity_irr_pa")]
    assert returns == sorted(returns, reverse=True)
    with pytest.raises(ValueError, match="cannot rank by"):
        comparison.ranked_by("verdict")


def test_softer_money_asks_for_less(comparison):
    """With the same equity return, the grant mix needs a lower charge than loans alone, and those than the market."""
    charge = {name: entry["required_charge_usd_per_mwh"] for name, entry in comparison.summary().items()}
    assert charge["global-gateway"] < charge["concessional"] < charge["sovereign"] < charge["commercial"]


def test_problems_of_all_mixes_are_gathered():
    """Two unknown names are reported together; the same mix twice and no mix at all are refused."""
    with pytest.raises(FinancingProblems) as caught:
        compare(two_gigawatt_plan(), ["nothing", "nowhere"])
    assert len(caught.value.problems) == 2
    with pytest.raises(FinancingProblems, match="twice"):
        compare(two_gigawatt_plan(), ["blended", "blended"])
    with pytest.raises(FinancingProblems, match="at least one funding mix"):
        compare(two_gigawatt_plan(), [])


@pytest.mark.parametrize("name", ["blended", "commercial", "sovereign"])
def test_every_blow_lowers_the_cover_and_all_together_most(name):
    """Each step of the stack gives a lower minimum DSCR than the base case; together lower than any alone."""
    rows = downside(two_gigawatt_plan(), load_structure(name))
    assert [row.name for row in rows] == ["base case", *(blow.name for blow in STACK), "all together"]
    covers = [row.dscr_min_ratio.value for row in rows]
    assert all(cover < covers[0] for cover in covers[1:])
    assert covers[-1] < min(covers[:-1])
    assert rows[-1].default_year is not None


def test_the_base_case_of_the_stack_is_the_result():
    """The first row repeats the mix's own minimum DSCR and equity return."""
    result, row = (
        finance(two_gigawatt_plan(), load_structure("ppp")),
        downside(two_gigawatt_plan(), load_structure("ppp")),
    )
    assert row[0].dscr_min_ratio.value == result.measures.cover.least.value
    assert row[0].equity_irr_pa.value == result.measures.equity_irr_pa.value


def test_a_sculpted_loan_is_not_reshaped_by_bad_news():
    """Price -15 % by hand: CFADS falls, service stays as sized, so the cover falls below the target."""
    structure = load_structure("commercial")
    row = next(row for row in downside(two_gigawatt_plan(), structure) if row.name == "price -15 %")
    assert row.dscr_min_ratio.value < 1.30 - 0.1


def test_price_fall_by_hand():
    """Untaxed revenue 100, opex 20, service of a 500 loan at 0 % over 10 years: cover 1.6, and 1.3 at 15 % less."""
    plan = plain_plan(1000.0, (100.0,) * 10, 20.0)
    structure = mix(bank(0.5, rate_pa=0.0, tenor_years=11.0), owner(0.5))
    rows = {row.name: row for row in downside(plan, structure)}
    assert rows["base case"].dscr_min_ratio.value == pytest.approx(1.6)
    assert rows["price -15 %"].dscr_min_ratio.value == pytest.approx(1.3)
    assert rows["capex +25 %"].dscr_min_ratio.value == pytest.approx(80.0 / 62.5)
    assert rows["availability -5 points"].dscr_min_ratio.value == pytest.approx(1.5)
    fault = rows["cable fault of 65 days in year 2"]
    assert fault.dscr_min_ratio.value == pytest.approx((100.0 * (1.0 - 65.0 / 365.0) - 20.0) / 50.0)
    assert fault.dscr_min_year == 2032


def test_a_delay_moves_income_but_not_maturity():
    """A year later into operation the loan of 11 years has nine payments left instead of ten."""
    plan = plain_plan(1000.0, (100.0,) * 12, 20.0)
    structure = mix(bank(0.5, rate_pa=0.0, tenor_years=11.0), owner(0.5))
    later, same = delayed(plan, structure)
    assert later.operation_first_year == plan.operation_first_year + 1
    result = finance(later, same)
    assert result.tranches[0].principal[2:11].tolist() == pytest.approx([500.0 / 9.0] * 9, abs=1e-3)


def test_a_delay_past_every_repayment_makes_the_loan_due_at_once():
    """A custom loan due within the first year of operation is due in full with the first payment after completion."""
    structure = mix(bank(0.5, repayment="custom", principal_frac=(1.0,)), owner(0.5))
    later, same = delayed(plain_plan(1000.0, (100.0,) * 12, 20.0), structure)
    assert finance(later, same).tranches[0].principal[2] == pytest.approx(512.5)


def test_sized_keeps_the_repayments_of_a_sculpted_loan():
    """The fixed version of a sculpted mix repays the same amounts in the same periods."""
    from financing.funding import FundingModel
    from financing.operation import operate
    from financing.project import Project

    project = Project(two_gigawatt_plan())
    outcome = operate(FundingModel(project, load_structure("commercial")), project.revenue_usd_nominal)
    fixed = operate(FundingModel(project, sized(outcome)), project.revenue_usd_nominal)
    assert fixed.operation.service == pytest.approx(outcome.operation.service, abs=1.0)


def test_availability_moves_energy_and_revenue_alike():
    """From 0.94 to 0.47 both halve."""
    halved = with_availability(two_gigawatt_plan(), 0.47)
    assert halved.received_mwh[0] == pytest.approx(4.0e6)
    assert halved.revenue[0].amount_usd_real[0] == pytest.approx(55.0 * 4.0e6)


@pytest.fixture(scope="module")
def bars():
    """The tornado of the blended mix by name."""
    return tornado(two_gigawatt_plan(), load_structure("blended"))


def test_tornado_is_sorted_and_pivots_on_the_central_case(bars):
    """Widest bar first; the central columns are the mix's own figures in every row."""
    spans = [row.npv_span_usd_nominal for row in bars]
    assert spans == sorted(spans, reverse=True)
    result = finance(two_gigawatt_plan(), load_structure("blended")).measures
    assert {row.npv_prefinance_central_usd_nominal for row in bars} == {result.npv_prefinance_usd_nominal}
    charges = {row.required_charge_central_usd_per_mwh.value for row in bars}
    assert charges == {result.required_charge_usd_per_mwh.value}


def test_tornado_moves_the_right_way(bars):
    """Dearer cable: lower NPV, higher charge. A higher charge does not move what is required. Rates do not move the
    project before financing, but the charge."""
    rows = {row.name: row for row in bars}
    cable = rows["capex: cable"]
    assert cable.npv_prefinance_low_usd_nominal > cable.npv_prefinance_high_usd_nominal
    assert cable.required_charge_low_usd_per_mwh.value < cable.required_charge_high_usd_per_mwh.value
    charge = rows["charge"]
    assert charge.required_charge_low_usd_per_mwh == charge.required_charge_high_usd_per_mwh
    rates = rows["interest rates"]
    assert rates.npv_span_usd_nominal == 0.0
    assert rates.required_charge_low_usd_per_mwh.value < rates.required_charge_high_usd_per_mwh.value


def test_opex_bar_by_hand(bars):
    """20 % of 45 M USD over 8 TWh are 1.125 USD/MWh of charge where cover decides: dearer opex adds what it costs."""
    row = next(row for row in bars if row.name == "opex")
    rise = row.required_charge_high_usd_per_mwh.value - row.required_charge_central_usd_per_mwh.value
    assert rise == pytest.approx(0.2 * 45.0 / 8.0, abs=0.01)


def test_tornado_takes_ranges_and_refuses_unknown_names():
    """A range given replaces the conventional one and is marked; an unknown input lists the known ones."""
    plan, structure = replace(two_gigawatt_plan(), capex=two_gigawatt_plan().capex[:1]), load_structure("sovereign")
    row = next(row for row in tornado(plan, structure, {"opex": (0.5, 2.0)}) if row.name == "opex")
    assert (row.low, row.high, row.note) == (0.5, 2.0, "range given")
    with pytest.raises(FinancingProblems, match="capex: cable"):
        tornado(plan, structure, {"weather": (0.0, 1.0)})


def test_switching_values_bring_the_worth_to_zero(bars):
    """With its charge, its opex or all its capex at the switching value the project is worth nothing."""
    plan = two_gigawatt_plan()
    rows = {row.name: row for row in bars}
    charge, parts = rows["charge"].switching.value, rows["capex: all parts"].switching.value
    for changed in (scaled_revenue(plan, charge), scaled_capex(plan, parts)):
        worth = finance(changed, load_structure("blended")).measures.npv_prefinance_usd_nominal
        assert worth == pytest.approx(0.0, abs=1e-4 * sum(item.central_usd_real for item in plan.capex))
    assert rows["interest rates"].switching.value is None
    assert rows["interest rates"].switching.reason


def test_the_matrix_of_the_downside_by_hand():
    """Service 50 a year: cash 80, then 55 from year 5 on, covers it; at 15 % less price 43.75 in year 5 does not."""
    structure = mix(bank(0.5, rate_pa=0.0, tenor_years=11.0), owner(0.5))
    plan = plain_plan(1000.0, (100.0,) * 4 + (75.0,) * 6, 20.0)
    row = downside(plan, structure)[0]
    assert row.dscr_min_ratio.value == pytest.approx(1.1)
    assert row.dscr_covenant_ratio == 1.0
    assert row.first_breach_year is None
    hit = next(each for each in downside(plan, structure) if each.name == "price -15 %")
    assert hit.first_breach_year == plan.operation_first_year + 4
    assert hit.reserve_left_usd_nominal is None
