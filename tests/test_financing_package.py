"""One mix on one plan: a hand-worked project, and the laws that every mix obeys."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_financing_construction import bank, mix, owner
from test_financing_plans import plain_plan, two_gigawatt_plan

from financing.funding import FundingModel
from financing.known import Known
from financing.loading import load_structure, shipped_structures
from financing.metrics import npv
from financing.operation import equity_npv_usd_nominal, equity_target_pa, operate
from financing.package import finance
from financing.plan import TaxShare
from financing.problems import FinancingProblems
from financing.project import Project
from financing.stress import scaled_capex, scaled_revenue
from financing.structure import Covenants, Source

CASES = Path(__file__).with_name("cases")


@pytest.fixture(scope="module")
def three_years():
    """The result and the expected figures of the hand-worked project."""
    with (CASES / "finance_three_years" / "expected.csv").open(newline="") as file:
        expected = {row["quantity"]: float(row["value"]) for row in csv.DictReader(file)}
    plan = plain_plan(1000.0, (520.0,) * 3, 50.0, (0.4, 0.6), (TaxShare("KZ", 1.0, 0.2, 2, 10, "x"),))
    plan = replace(plan, received_mwh=(10.0,) * 3, discount_rate_nominal_pa=0.08)
    source = bank(0.6, tenor_years=5.0, grace_years=2.0, front_end_fee_frac=0.01, commitment_fee_pa=0.005)
    structure = mix(Source("grant", "grant", "donor", "USD", 0.1), source, owner(0.3, 0.12))
    return finance(plan, structure), expected


def test_three_years_construction(three_years):
    """Uses, needs, interest and fees of the hand-worked project, to the cent and below."""
    result, expected = three_years
    built = result.construction
    assert built.uses_usd_nominal == pytest.approx(expected["uses"], abs=1e-3)
    assert built.draw.sum(axis=0).tolist() == pytest.approx([expected["need_1"], expected["need_2"]], abs=1e-3)
    assert built.interest.sum() == pytest.approx(expected["interest_during_construction"], abs=1e-4)
    assert built.fees.tolist() == pytest.approx([expected["fees_1"], expected["fees_2"]], abs=1e-4)


def test_three_years_operation(three_years):
    """Tax with losses carried forward, cash, service and dividends of the hand-worked project."""
    result, expected = three_years
    table = result.yearly
    assert table["tax"][2:5].tolist() == pytest.approx([expected[f"tax_{year}"] for year in (1, 2, 3)], abs=1e-3)
    assert table["cfads"][[2, 4]].tolist() == pytest.approx([expected["cfads_1"], expected["cfads_3"]], abs=1e-3)
    services = [expected["service_1"], expected["service_3"]]
    assert table["debt_service"][[2, 4]].tolist() == pytest.approx(services, abs=1e-3)
    dividends = [expected[f"dividend_{year}"] for year in (1, 2, 3)]
    assert table["dividends"][2:5].tolist() == pytest.approx(dividends, abs=1e-3)


def test_three_years_measures(three_years):
    """NPV, IRRs, covers, all-in cost and LCOT of the hand-worked project."""
    result, expected = three_years
    entry = result.summary()
    for key in ("dscr_min_ratio", "dscr_average_ratio", "llcr_min_ratio", "project_irr_pa", "equity_irr_pa"):
        assert entry[key] == pytest.approx(expected[key], abs=1e-5), key
    assert entry["npv_prefinance_usd_nominal"] == pytest.approx(expected["npv_prefinance"], rel=1e-9)
    assert entry["equity_npv_usd_nominal"] == pytest.approx(expected["equity_npv"], abs=1e-2)
    assert entry["lcot_usd_per_mwh"] == pytest.approx(expected["lcot"], rel=1e-9)
    loan = next(row for row in result.tranche_rows() if row["tranche"] == "loan")
    assert loan["all_in_pa"] == pytest.approx(expected["loan_all_in_pa"], abs=1e-6)
    assert entry["dscr_min_year"] == 2034


@pytest.fixture(scope="module")
def shipped():
    """Every shipped mix on the two-gigawatt plan."""
    return {name: finance(two_gigawatt_plan(), load_structure(name)) for name in shipped_structures()}


def test_shipped_mixes_close(shipped):
    """Sources equal uses to the cent, every balance ends at zero, and every check row is zero."""
    for name, result in shipped.items():
        built = result.construction
        assert abs(built.sources_usd_nominal - built.uses_usd_nominal) < 0.005, name
        assert built.residual_usd_nominal < 0.005, name
        for tranche in result.tranches:
            assert tranche.closing[-1] == 0.0, (name, tranche.source.name)
        assert np.abs(result.waterfall.check).max() < 0.005, name


def test_npv_before_financing_is_the_same_for_every_mix(shipped):
    """The project knows nothing of its financing: one number, bit for bit."""
    assert len({result.measures.npv_prefinance_usd_nominal for result in shipped.values()}) == 1
    assert len({result.measures.project_irr_pa.value for result in shipped.values()}) == 1


def test_npv_at_own_cost_differs_between_mixes(shipped):
    """What is compared: each mix at its own cost of capital."""
    own = [round(result.measures.npv_usd_nominal.value) for result in shipped.values()]
    assert len(set(own)) == len(own)


def test_summary_has_no_nan_and_a_reason_for_every_gap(shipped):
    """Each value of the summary is finite, or None with a reason beside it."""
    for result in shipped.values():
        entry = result.summary()
        for key, value in entry.items():
            if isinstance(value, float):
                assert math.isfinite(value), key
            if value is None:
                assert entry["reasons"][key], key


def test_periods_add_up_to_years(shipped):
    """Half-yearly interest, draws and dividends add up to the yearly table; revenue and opex to the plan's."""
    for result in shipped.values():
        start = result.timeline.construction_periods
        interest = sum(tranche.interest[start:] for tranche in result.tranches)
        assert interest.sum() == pytest.approx(result.yearly["debt_interest"].sum())
        assert result.yearly["dividends"][5:40] == pytest.approx(result.waterfall.dividends.reshape(-1, 2).sum(axis=1))
        assert result.yearly["revenue"][5:40] == pytest.approx(Project(result.plan).revenue_usd_nominal)


def test_yearly_sums_do_not_depend_on_the_number_of_payments():
    """Project flows of a year are the same with one, two or four payments; so is the loan of a pro-rata mix at 0 %."""
    tables = []
    for per_year in (1, 2, 4):
        structure = mix(bank(0.6, rate_pa=0.0, tenor_years=20.0, grace_years=5.0), owner(0.4), per_year=per_year)
        tables.append(finance(two_gigawatt_plan(), structure).yearly)
    for name in ("capex", "revenue", "opex", "tax", "cfads", "debt_draw", "debt_principal", "dividends"):
        assert tables[0][name] == pytest.approx(tables[1][name], abs=0.01), name
        assert tables[0][name] == pytest.approx(tables[2][name], abs=0.01), name


def test_waterfall_cash_adds_up_over_the_life(shipped):
    """Cash for debt service, reserve and its interest = what lenders and owners get, in the sum over all years."""
    for name, result in shipped.items():
        table = {key: values.sum() for key, values in result.yearly.items()}
        received = table["cfads"] + table["reserve_first_filling"] + table["reserve_interest"] + table["unfunded_cost"]
        assert received == pytest.approx(table["senior_paid"] + table["subordinated_paid"] + table["dividends"]), name


LOAN_STYLES = ["annuity", "equal_principal", "bullet"]


@settings(max_examples=12, derandomize=True, deadline=None)
@given(
    style=st.sampled_from(LOAN_STYLES),
    order=st.sampled_from(["pro_rata", "equity_first", "equity_last"]),
    per_year=st.sampled_from([1, 2, 4]),
    share=st.floats(0.1, 0.8),
    rate=st.floats(0.0, 0.12),
    grant=st.floats(0.0, 0.15),
)
def test_laws_of_any_mix(style, order, per_year, share, rate, grant):
    """Sources equal uses, periods add up to years, the project before financing is bit for bit that of every mix."""
    loan = bank(share, repayment=style, rate_pa=rate, tenor_years=20.0, grace_years=6.0, front_end_fee_frac=0.01)
    given_away = Source("grant", "grant", "donor", "USD", grant)
    result = finance(
        two_gigawatt_plan(), mix(loan, given_away, owner(1.0 - share - grant), per_year=per_year, order=order)
    )
    assert abs(result.construction.sources_usd_nominal - result.construction.uses_usd_nominal) < 0.005
    start = result.timeline.construction_periods
    for name in ("interest", "principal", "service"):
        periods = getattr(result.tranches[0], name)[start:].reshape(-1, per_year).sum(axis=1)
        assert result.yearly[f"debt_{name}"][5:40] == pytest.approx(periods, abs=1e-3)
    project = Project(two_gigawatt_plan())
    worth = npv(project.plan.discount_rate_nominal_pa, project.net_cash_prefinance_usd_nominal)
    assert result.measures.npv_prefinance_usd_nominal == worth


def sculpted_mix(share=0.9, target=1.30, **terms):
    """A sculpted loan up to `share`, the rest equity."""
    source = bank(share, repayment="sculpted", dscr_target_ratio=target, tenor_years=20.0, grace_years=5.0, **terms)
    return mix(source, owner(1.0 - share), per_year=2)


@pytest.mark.slow
@settings(max_examples=12, derandomize=True, deadline=None)
@given(target=st.floats(1.05, 2.5), rate=st.floats(0.02, 0.09), charge=st.floats(30.0, 60.0))
def test_sculpted_cover_is_the_target(target, rate, charge):
    """Every DSCR and the LLCR of a sculpted loan below its cap equal the target; the cap is said where it binds."""
    result = finance(two_gigawatt_plan(charge), sculpted_mix(target=target, rate_pa=rate))
    measures = result.measures
    if "cap of 0.9 binds" in " ".join(result.notes):
        assert measures.cover.least.value >= target - 1e-6
        assert result.tranche_measures[0].amount_usd_nominal == pytest.approx(
            0.9 * result.construction.uses_usd_nominal, abs=0.1
        )
        return
    ratios = [ratio for ratio in measures.cover.ratios if ratio is not None]
    assert ratios == pytest.approx([target] * 15, abs=1e-6)
    assert measures.llcr_min_ratio.value == pytest.approx(target, abs=1e-6)


def test_a_sculpted_loan_without_cash_is_no_loan():
    """Where the charge does not cover running cost nobody lends: all equity, no DSCR, and a message."""
    result = finance(two_gigawatt_plan(1.0), sculpted_mix())
    assert result.tranche_measures[0].amount_usd_nominal == pytest.approx(0.0, abs=0.01)
    assert result.measures.cover.least.value is None
    assert any("limits it to 0 of uses" in note for note in result.notes)


@settings(max_examples=15, derandomize=True, deadline=None)
@given(
    name=st.sampled_from(shipped_structures()),
    first=st.floats(0.0, 0.6),
    more=st.floats(0.01, 0.3),
    charge=st.floats(10.0, 70.0),
)
def test_more_grant_never_lowers_equity_npv(name, first, more, charge):
    """Under a fixed charge, a grant that takes the place of all other sources in proportion."""
    project, structure = Project(two_gigawatt_plan(charge)), load_structure(name)
    worths = []
    for share in (first, first + more):
        model = FundingModel(project, structure.with_grant_added(share))
        outcome = operate(model, project.revenue_usd_nominal)
        worths.append(equity_npv_usd_nominal(outcome, equity_target_pa(model)))
    assert worths[1] >= worths[0] - 1.0


@settings(max_examples=15, derandomize=True, deadline=None)
@given(factor=st.floats(1.01, 2.0))
def test_npv_falls_with_capex_and_rises_with_the_charge(factor):
    """Before financing, all else equal."""

    def worth(plan):
        return finance(plan, mix(owner(1.0))).measures.npv_prefinance_usd_nominal

    plan = two_gigawatt_plan()
    assert worth(scaled_capex(plan, factor)) < worth(plan) < worth(scaled_revenue(plan, factor))


@pytest.mark.parametrize("name", shipped_structures())
def test_required_charge_just_passes(name, shipped):
    """A plan paid the required charge meets the tests of the mix, one cent less does not."""
    required = shipped[name].measures.required_charge_usd_per_mwh.value
    structure = replace(load_structure(name), requires_revenue=())
    passing = finance(two_gigawatt_plan(required + 0.001, None), structure)
    failing = finance(two_gigawatt_plan(required - 0.01, None), structure)
    assert passing.verdict.passes, passing.verdict.deciding_test
    assert not failing.verdict.passes
    binding = shipped[name].measures.required_charge_test
    assert [test.name for test in failing.verdict.tests if not test.passed] == [binding]


@pytest.mark.parametrize("name", ["blended", "commercial", "sovereign"])
def test_extra_grant_just_closes_the_gap(name, shipped):
    """With the grant found, the mix requires the affordable charge, to a few cents."""
    share = shipped[name].measures.extra_grant.share_frac.value
    result = finance(two_gigawatt_plan(), load_structure(name).with_grant_added(share))
    assert result.measures.required_charge_usd_per_mwh.value == pytest.approx(20.0, abs=0.01)


def test_no_grant_closes_the_gap_to_a_charge_below_running_cost():
    """At 2 USD/MWh not even a wholly given cable pays its upkeep: no number, and the reason in words."""
    result = finance(two_gigawatt_plan(affordable_usd_per_mwh=2.0), load_structure("blended"))
    assert result.measures.extra_grant.share_frac.value is None
    assert "no grant closes the gap" in result.measures.extra_grant.share_frac.reason
    assert result.mix_row()["extra_grant_frac_reason"]
    assert not result.verdict.passes


def test_a_negative_affordable_charge_gives_a_verdict():
    """A chain that would have to be paid to use the cable fails, in words, without breaking anything."""
    result = finance(two_gigawatt_plan(affordable_usd_per_mwh=-46.0), load_structure("sovereign"))
    assert result.verdict.word == "fails"
    assert "can afford -46.00" in result.verdict.deciding_test


def test_no_affordable_charge_is_said():
    """A plan whose netback was not computed has no affordability test and a reason in the summary."""
    entry = finance(two_gigawatt_plan(affordable_usd_per_mwh=None), load_structure("sovereign")).summary()
    assert entry["affordable_charge_usd_per_mwh"] is None
    assert entry["reasons"]["affordable_charge_usd_per_mwh"] == "not computed"


def test_no_revenue_is_a_default_not_an_error():
    """Without any revenue the loans default in the first year of operation and there is no return."""
    result = finance(replace(two_gigawatt_plan(), revenue=()), load_structure("sovereign"))
    assert result.verdict.deciding_test.startswith("default in 2035")
    assert result.measures.equity_irr_pa.value is None
    assert result.measures.required_charge_usd_per_mwh.value == pytest.approx(52.44, abs=0.01)


def test_no_energy_is_no_levelised_cost():
    """A link that delivers nothing has no cost per MWh; the reason says so."""
    plan = replace(two_gigawatt_plan(), received_mwh=(0.0,) * 35)
    entry = finance(plan, load_structure("sovereign")).summary()
    assert entry["lcot_usd_per_mwh"] is None
    assert entry["reasons"]["required_charge_usd_per_mwh"] == "no energy is delivered"


def test_a_mix_without_equity_has_no_equity_measures():
    """All loan: reasons in place of equity NPV and IRR; a mix that is all grant has no cost of capital."""
    entry = finance(two_gigawatt_plan(), mix(bank(1.0))).summary()
    assert entry["reasons"]["equity_irr_pa"] == "no equity in the mix"
    given_away = finance(two_gigawatt_plan(), mix(Source("grant", "grant", "donor", "USD", 1.0))).summary()
    assert given_away["reasons"]["npv_usd_nominal"] == "the mix is all grant"
    assert given_away["grant_element_frac"] == pytest.approx(1.0)


def test_ppp_needs_availability_revenue(shipped):
    """The mix fails on a capacity charge by its rule, and passes that test on availability payments."""
    assert "requires revenue of availability_payment" in shipped["ppp"].verdict.deciding_test
    paid = finance(two_gigawatt_plan(model="availability_payment"), load_structure("ppp"))
    assert paid.verdict.tests[0].passed


def test_cost_of_capital_by_hand():
    """Untaxed, 60 % loan at 5 % without fees and 40 % equity at 10 %: 7 %."""
    plan = plain_plan(1000.0, (150.0,) * 20)
    entry = finance(plan, mix(bank(0.6, tenor_years=21.0), owner(0.4))).summary()
    assert entry["cost_of_capital_pa"] == pytest.approx(0.07, abs=1e-9)
    at_seven = -1000.0 + sum(150.0 / 1.07**year for year in range(1, 21))
    assert entry["npv_usd_nominal"] == pytest.approx(at_seven, abs=1e-3)


def test_interest_saves_tax_only_where_tax_is_paid():
    """With 20 % tax always due the loan costs about 4 % after tax; with losses for ever it costs its 5 %."""
    share = (TaxShare("KZ", 1.0, 0.2, 20, 10, "x"),)
    rich = finance(plain_plan(1000.0, (400.0,) * 20, tax=share), mix(bank(0.5, tenor_years=21.0), owner(0.5)))
    poor = finance(plain_plan(1000.0, (40.0,) * 20, tax=share), mix(bank(0.5, tenor_years=21.0), owner(0.5)))
    assert rich.measures.cost_of_capital_pa.value == pytest.approx(0.5 * 0.04 + 0.5 * 0.10, abs=1e-9)
    assert poor.measures.cost_of_capital_pa.value == pytest.approx(0.5 * 0.05 + 0.5 * 0.10, abs=1e-9)


def test_grants_lower_the_depreciable_basis():
    """A grant of a tenth of uses takes as much off what is written off; interest and fees are added to it."""
    plan = plain_plan(1000.0, (400.0,) * 10, tax=(TaxShare("KZ", 1.0, 0.2, 10, 10, "x"),))
    result = finance(plan, mix(Source("grant", "grant", "donor", "USD", 0.1), owner(0.9)))
    assert result.yearly["tax"][1] == pytest.approx(0.2 * (400.0 - 900.0 / 10.0))


def test_a_loan_due_before_completion_is_refused():
    """Four years' tenor with five of construction: a problem that names the loan."""
    with pytest.raises(FinancingProblems, match="tenor 4 years"):
        finance(two_gigawatt_plan(), mix(bank(0.5, tenor_years=4.0), owner(0.5)))


def test_a_major_repair_is_saved_for():
    """Opex 10 with a repair of 100 in the fourth year, saved over two: cash 90, 40, 40, 90 of revenue 100; without the
    reserve the fourth year has -10 and defaults."""
    plan = replace(plain_plan(100.0, (100.0,) * 4), opex_usd_real=(10.0, 10.0, 10.0, 110.0))
    saving = replace(mix(owner(1.0)), maintenance_reserve_years=2)
    kept = finance(plan, saving)
    assert kept.operation.cfads.tolist() == pytest.approx([90.0, 40.0, 40.0, 90.0])
    assert kept.yearly["maintenance_reserve_out"][4] == pytest.approx(100.0)
    plain = finance(plan, mix(owner(1.0)))
    assert plain.operation.cfads.tolist() == pytest.approx([90.0, 90.0, 90.0, -10.0])
    assert kept.verdict.tests[0].passed
    assert not plain.verdict.tests[0].passed


def test_lock_up_shows_in_the_timing_of_dividends():
    """With a lock-up far above any cover no dividend is paid while loans run, and all cash comes later."""
    plain = mix(bank(0.5, tenor_years=15.0), owner(0.5))
    locked = replace(plain, covenants=Covenants(lock_up_dscr_ratio=10.0))
    paid, kept = (finance(two_gigawatt_plan(), structure).yearly["dividends"] for structure in (plain, locked))
    assert kept[5:14].sum() == 0.0
    assert kept.sum() == pytest.approx(paid.sum())


def test_results_are_read_only_and_repeat(shipped):
    """The same inputs give the same bytes, and a result cannot be changed."""
    again = finance(two_gigawatt_plan(), load_structure("blended"))
    assert again.summary() == shipped["blended"].summary()
    with pytest.raises(ValueError, match="read-only"):
        again.yearly["revenue"][0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        again.construction.draw[0, 0] = 1.0


def test_tables_for_the_report(shipped):
    """Cash flow, tranche and balance rows carry the columns of a run's tables, a row for every year and source."""
    result = shipped["blended"]
    flows, tranches, balances = result.cashflow_rows(), result.tranche_rows(), result.balance_rows()
    assert {row["year"] for row in flows} == set(range(2030, 2071))
    assert len(tranches) == len(result.structure.sources)
    assert all(row["source"] for row in tranches)
    assert len(balances) == 5 * 40
    last = [row["closing_usd_nominal"] for row in balances if row["year"] == 2069]
    assert last == [0.0] * 5


def test_sovereign_debt_is_shown_against_gdp(shipped):
    """In the blended mix Azerbaijan bears 35 % of the state-backed debt, set against its 79 bn USD of GDP."""
    debt = {row.country: row for row in shipped["blended"].measures.sovereign_debt}
    amounts = [row.amount_usd_nominal for row in shipped["blended"].tranche_measures if row.source.is_debt]
    assert debt["AZ"].amount_usd_nominal == pytest.approx(0.35 * sum(amounts))
    assert debt["AZ"].gdp_frac == pytest.approx(debt["AZ"].amount_usd_nominal / 79e9)


def test_debt_burden_decides_where_the_limit_is_broken():
    """The sovereign mix adds to Azerbaijan's 22 % and Kazakhstan's 25 %: within 60 %, beyond a limit of 23 %."""
    structure = load_structure("sovereign")
    tight = replace(structure, covenants=replace(structure.covenants, public_debt_max_frac_of_gdp=0.23))
    for limits, passed in ((structure, True), (tight, False)):
        tests = {test.name: test for test in finance(two_gigawatt_plan(), limits).verdict.tests}
        assert tests["debt burden"].passed is passed
    assert "public debt of KZ rises from 25.0%" in tests["debt burden"].words


def test_grant_element_is_measured_in_the_loans_own_currency():
    """A euro loan is as soft as a dollar loan of the same terms, whatever the path of the euro."""
    dollars = bank(0.5, rate_pa=0.01, tenor_years=30.0, grace_years=8.0)
    elements = []
    for source in (dollars, replace(dollars, currency="EUR")):
        result = finance(two_gigawatt_plan(), mix(owner(0.5), source, appreciation_pa=(("EUR", 0.03),)))
        elements.append(result.tranche_measures[1].grant_element_frac[0][1])
    assert elements[1] == pytest.approx(elements[0], abs=2e-3)


def test_the_waterfall_by_period(shipped):
    """Every half-year of every mix: cash less all claims is zero, and so is the check; cover is cash over service."""
    for result in shipped.values():
        rows = result.period_rows()
        assert len(rows) == 70
        assert {(row["year"], row["period"]) for row in rows} == {(y, p) for y in range(2035, 2070) for p in (1, 2)}
        for row, last in zip(rows, [{"retained_usd_nominal": 0.0}, *rows], strict=False):
            money = {key.removesuffix("_usd_nominal"): row[key] for key in row if key.endswith("_usd_nominal")}
            inflow = money["cfads"] + money["net_vat_returned"] + money["reserve_interest"] + money["unfunded_cost"]
            inflow += money["reserve_draw"] + money["reserve_release"] + last["retained_usd_nominal"]
            paid = money["senior_paid"] + money["subordinated_paid"] + money["reserve_top_up"] + money["swept"]
            assert inflow - paid - money["dividends"] - money["retained"] == pytest.approx(0.0, abs=0.01)
            assert abs(money["check"]) < 0.005
        first = rows[0]
        assert first["dscr_ratio"] == pytest.approx(first["cfads_usd_nominal"] / first["service_usd_nominal"])


def test_what_is_known_of_other_contracts_changes_nothing():
    """Contracts share required charge, draws and loan costs of plan and mix: in brief and from memory every summary is
    the whole one's, to the last digit."""
    known = Known()
    for name in ("blended", "commercial", "sovereign"):
        for charge in (35.0, 45.0):
            plan = two_gigawatt_plan(charge_usd_per_mwh=charge)
            structure = load_structure(name)
            brief = finance(plan, structure, brief=True, known=known)
            assert brief.summary() == finance(plan, structure).summary()
    assert (len(known.charges), len(known.projects), len(known.loans)) == (3, 1, 2)
    costlier = replace(two_gigawatt_plan(), opex_usd_real=(50.0e6,) * 35)
    finance(costlier, load_structure("blended"), brief=True, known=known)
    assert (len(known.charges), len(known.projects)) == (4, 2)


def test_a_contract_that_cannot_be_used_is_refused_however_much_is_known():
    """A known plan is not checked again, its contract is."""
    known, good = Known(), two_gigawatt_plan()
    finance(good, load_structure("blended"), brief=True, known=known)
    short = replace(good, revenue=(replace(good.revenue[0], amount_usd_real=(1.0,)),))
    odd = replace(good, revenue=(replace(good.revenue[0], amount_usd_real=(math.nan,) * 35),))
    for bad, where in ((short, "revenue"), (odd, "revenue"), (replace(good, inflation_pa=math.nan), "inflation")):
        with pytest.raises(FinancingProblems, match=where):
            finance(bad, load_structure("blended"), brief=True, known=known)


def test_a_loan_that_is_not_drawn_leaves_the_loan_life_cover() -> None:
    """A longer loan of share zero changes neither the last period of debt nor the cover over its life."""
    plan, structure = two_gigawatt_plan(), load_structure("commercial")
    idle = replace(next(s for s in load_structure("blended").sources if s.name == "IBRD loan"), share_frac=0.0)
    sources = (*structure.sources, idle)
    with_idle = replace(structure, sources=sources, borrowers=load_structure("blended").borrowers)
    own, other = finance(plan, structure), finance(plan, with_idle)
    assert idle.tenor_years > max(source.tenor_years for source in structure.debts)
    assert other.operation.maturity_period == own.operation.maturity_period
    assert other.measures.llcr_min_ratio.value == pytest.approx(own.measures.llcr_min_ratio.value, rel=1e-12)
