"""Cash sweep, capitalised grace and floating rates: by hand, and the laws of every loan."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_financing_batch import _draws, same_in_every_draw
from test_financing_construction import bank, mix, owner
from test_financing_plans import plain_plan, two_gigawatt_plan

import financing
from financing.batch import run_batch
from financing.batch_choice import run_draws
from financing.funding import FundingModel
from financing.instruments import project_rates
from financing.loading import load_structure, structure_from
from financing.operation import Outcome, equity_target_pa, operate
from financing.package import finance
from financing.plan import Plan, TaxShare, Vat, VatShare
from financing.problems import FinancingFailed, FinancingProblems
from financing.project import Project
from financing.stress import sized
from financing.structure import Covenants, Structure, Sweep

CASES = Path(__file__).with_name("cases")


def run(plan: Plan, structure: Structure) -> Outcome:
    """The operating years of a mix on a plan."""
    project = Project(plan)
    return operate(FundingModel(project, structure), project.revenue_usd_nominal)


def test_a_sweep_of_everything_by_hand() -> None:
    """A loan of 100 at 10 % in five equal parts, cash 50 a year, all of it swept: 20 + 10 of service leave 20 to
    prepay, 60 are owed; the 20 of principal stay, so 20 + 6 leave 24, and 16 are owed, paid with 1.6 in year three."""
    plan = plain_plan(100.0, (50.0,) * 6)
    loan = bank(1.0, rate_pa=0.10, tenor_years=6.0, grace_years=1.0, repayment="equal_principal")
    everything = Sweep(1.0, None, ("loan",), "inverse")
    outcome = run(plan, replace(mix(loan, owner(0.0)), sweep=everything))
    (tranche,) = outcome.funded.tranches
    assert tranche.closing[1:].tolist() == pytest.approx([60.0, 16.0, 0.0, 0.0, 0.0, 0.0])
    assert tranche.prepayment[1:].tolist() == pytest.approx([20.0, 24.0, 0.0, 0.0, 0.0, 0.0])
    assert outcome.operation.service.tolist() == pytest.approx([30.0, 26.0, 17.6, 0.0, 0.0, 0.0])
    assert outcome.waterfall.dividends.tolist() == pytest.approx([0.0, 0.0, 32.4, 50.0, 50.0, 50.0])


def test_a_project_with_tax_advance_and_sweep_by_hand() -> None:
    """Every figure of the project in `cases/finance_sweep`."""
    with (CASES / "finance_sweep" / "expected.csv").open(newline="") as file:
        expected = {row["quantity"]: float(row["value"]) for row in csv.DictReader(file)}
    plan = plain_plan(1000.0, (520.0,) * 3, 50.0, (0.4, 0.6), (TaxShare("KZ", 1.0, 0.2, 2, 10, "x"),))
    plan = replace(plan, vat=Vat((VatShare("KZ", 1.0, 0.2, "x"),), 12.0, "mix", 0.0, "x"))
    loan = bank(0.6, tenor_years=5.0, grace_years=2.0, repayment="equal_principal")
    result = finance(plan, replace(mix(loan, owner(0.4)), sweep=Sweep(0.5, 1.2, ("loan",), "inverse")))
    built, (tranche,) = result.construction, result.tranches
    assert built.draw.sum(axis=0).tolist() == pytest.approx([expected["need_1"], expected["need_2"]], abs=1e-3)
    assert built.interest.sum() == pytest.approx(expected["interest_during_construction"], abs=1e-4)
    found = {
        "interest": tranche.interest[2:],
        "tax": result.operation.tax,
        "service": result.operation.service,
        "swept": result.waterfall.swept,
        "owed": tranche.closing[2:],
        "dividend": result.waterfall.dividends,
    }
    for name, values in found.items():
        assert values.tolist() == pytest.approx([expected[f"{name}_{year}"] for year in (1, 2, 3)], abs=5e-3), name


def test_half_beyond_a_cover_pro_rata_by_hand() -> None:
    """Beyond 1.2 x 30 of 50 are 14, half swept: 7 of the 80 left, so each later repayment is 20 x 73/80 = 18.25."""
    plan = plain_plan(100.0, (50.0,) * 6)
    loan = bank(1.0, rate_pa=0.10, tenor_years=6.0, grace_years=1.0, repayment="equal_principal")
    outcome = run(plan, replace(mix(loan, owner(0.0)), sweep=Sweep(0.5, 1.2, ("loan",), "pro_rata")))
    (tranche,) = outcome.funded.tranches
    assert tranche.prepayment[1] == pytest.approx(7.0)
    assert tranche.principal[2] == pytest.approx(18.25)
    second = 0.5 * (50.0 - 1.2 * (18.25 + 7.3))
    assert tranche.prepayment[2] == pytest.approx(second)
    assert outcome.waterfall.dividends[0] == pytest.approx(50.0 - 30.0 - 7.0)


def test_the_senior_loan_is_swept_first() -> None:
    """Named last, the senior loan is prepaid first; the junior one waits until it is gone."""
    plan = plain_plan(100.0, (60.0,) * 6)
    senior = bank(0.5, rate_pa=0.05, tenor_years=6.0, grace_years=1.0, repayment="equal_principal")
    junior = replace(senior, name="junior", seniority=2)
    everything = Sweep(1.0, None, ("junior", "loan"), "inverse")
    outcome = run(plan, replace(mix(senior, junior, owner(0.0)), sweep=everything))
    first, second = outcome.funded.tranches
    assert first.prepayment[1] == pytest.approx(60.0 - 25.0)
    assert second.prepayment[1] == 0.0
    assert second.prepayment[2] > 0.0
    assert first.closing[2] == 0.0


def holds_its_laws(outcome: Outcome) -> None:
    """PV of service and prepayments at the contract rates = what is outstanding, balances end at zero, check rows."""
    timeline = outcome.model.timeline
    start = timeline.construction_periods
    for number, tranche in enumerate(outcome.funded.tranches):
        path = outcome.model.currencies[number]
        assert tranche.closing[-1] == 0.0
        rates = project_rates(tranche.source, timeline)[start:]
        paid = tranche.interest - tranche.capitalised + tranche.principal + tranche.prepayment
        own, value = (paid / path)[start:], 0.0
        for period in range(len(own) - 1, -1, -1):
            value = (value + own[period]) / (1.0 + rates[period])
            owed = (tranche.opening / np.concatenate([[1.0], path[:-1]]))[start + period]
            assert value == pytest.approx(owed, rel=1e-9, abs=1e-3)
        closing = tranche.opening + tranche.draw + tranche.capitalised + tranche.revaluation
        assert tranche.closing == pytest.approx(closing - tranche.principal - tranche.prepayment, abs=1e-3)
        assert (tranche.principal >= -1e-3).all()
    fall = outcome.waterfall
    assert np.abs(fall.check).max() < 0.005
    assert fall.swept == pytest.approx(outcome.operation.prepaid_per_period, abs=0.01)
    assert min(fall.swept.min(), fall.dividends.min(), fall.retained.min()) >= 0.0


@settings(max_examples=12, derandomize=True, deadline=None)
@given(
    share=st.floats(0.1, 1.0),
    above=st.one_of(st.none(), st.floats(1.0, 1.6)),
    order=st.sampled_from(["inverse", "pro_rata"]),
    style=st.sampled_from(["annuity", "equal_principal", "bullet"]),
    per_year=st.sampled_from([1, 2, 4]),
    charge=st.floats(35.0, 120.0),
    dsra=st.sampled_from([0.0, 6.0]),
)
def test_laws_hold_with_a_sweep(
    share: float, above: float | None, order: str, style: str, per_year: int, charge: float, dsra: float
) -> None:
    """For every style, order and cover, in dollars and euro, with and without reserve."""
    first = bank(0.5, rate_pa=0.05, tenor_years=20.0, grace_years=6.0, repayment=style)
    second = replace(first, name="euro loan", currency="EUR", share_frac=0.2, seniority=2, repayment="annuity")
    structure = mix(first, second, owner(0.3), per_year=per_year, dsra=dsra, appreciation_pa=(("EUR", 0.01),))
    sweep = Sweep(share, above, ("loan", "euro loan"), order)
    holds_its_laws(run(two_gigawatt_plan(charge), replace(structure, sweep=sweep)))


@settings(max_examples=12, derandomize=True, deadline=None)
@given(
    style=st.sampled_from(["annuity", "equal_principal", "bullet"]),
    steps=st.lists(st.floats(-0.03, 0.04), min_size=1, max_size=12),
    grace=st.floats(0.0, 12.0),
    interest=st.sampled_from(["paid", "capitalised"]),
)
def test_laws_hold_for_floating_and_capitalising_loans(
    style: str, steps: list[float], grace: float, interest: str
) -> None:
    """PV at the rates of each period = outstanding; a capitalising loan pays nothing in its grace."""
    loan = bank(0.6, rate_pa=0.05, tenor_years=20.0, grace_years=grace, repayment=style)
    loan = replace(loan, base_steps_pa=tuple(steps), grace_interest=interest)
    outcome = run(two_gigawatt_plan(), mix(loan, owner(0.4), per_year=2))
    holds_its_laws(outcome)
    (tranche,) = outcome.funded.tranches
    waiting = tranche.capitalised > 0.0
    assert (tranche.service - tranche.fee)[waiting] == pytest.approx(0.0, abs=1e-3)
    assert waiting.any() == (interest == "capitalised" and (grace >= 5.5 or style == "bullet"))


def test_capitalised_grace_by_hand() -> None:
    """100 at 10 %, three years without payment: 133.1 repaid in two halves; as soft as a loan that pays as it goes."""
    plan = plain_plan(100.0, (90.0,) * 6)
    loan = bank(1.0, rate_pa=0.10, tenor_years=6.0, grace_years=4.0, repayment="equal_principal")
    result = finance(plan, mix(replace(loan, grace_interest="capitalised"), owner(0.0)))
    (tranche,) = result.tranches
    assert tranche.closing[1:].tolist() == pytest.approx([110.0, 121.0, 133.1, 66.55, 0.0, 0.0])
    assert tranche.interest[4:6].tolist() == pytest.approx([13.31, 6.655])
    assert result.tranche_measures[0].all_in_pa.value == pytest.approx(0.10)
    margin = replace(loan, grace_interest="capitalised", rate_pa=0.09, on_lending_margin_pa=0.01)
    assert finance(plan, mix(margin, owner(0.0))).tranche_measures[0].lender_irr_pa.value == pytest.approx(0.09)


def test_a_floating_rate_moves_interest_in_construction_too() -> None:
    """4 % in the first year after signing, 6 % in the second: 100 drawn at the end of year one bear 6."""
    plan = plain_plan(100.0, (90.0,) * 3, spread=(1.0, 0.0))
    loan = bank(1.0, rate_pa=0.04, tenor_years=5.0, grace_years=2.0)
    result = finance(plan, mix(replace(loan, base_steps_pa=(0.0, 0.02)), owner(0.0)))
    assert result.construction.interest.tolist() == pytest.approx([0.0, 6.0])
    assert result.tranches[0].interest[2] == pytest.approx(0.06 * 106.0)


@pytest.mark.parametrize("order", ["inverse", "pro_rata"])
def test_a_sculpted_loan_is_sized_before_its_sweep(order: str) -> None:
    """Fixed as it was signed, the mix gives the same dividends and covers; the loan falls due as without a sweep."""
    plan = two_gigawatt_plan(70.0)
    plain = load_structure("commercial")
    swept = replace(plain, sweep=Sweep(0.5, 1.2, (plain.debts[0].name,), order))
    base = run(plan, swept)
    again = run(plan, sized(base))
    assert again.waterfall.dividends == pytest.approx(base.waterfall.dividends, rel=1e-6, abs=10.0)
    assert again.operation.service == pytest.approx(base.operation.service, rel=1e-6, abs=10.0)
    assert base.funded.tranches[0].draw.sum() == pytest.approx(run(plan, plain).funded.tranches[0].draw.sum(), rel=1e-9)
    assert base.waterfall.swept.sum() > 0.0


@pytest.mark.parametrize("order", ["inverse", "pro_rata"])
@pytest.mark.parametrize("above", [None, 1.2])
def test_every_draw_of_a_sweep_is_what_the_single_path_gives(order: str, above: float | None) -> None:
    """A dollar and a euro loan swept in turn, with a reserve and lock-up, in four draws from mild to hard."""
    loan = bank(0.4, rate_pa=0.05, tenor_years=20.0, grace_years=6.0, repayment="annuity", floating=True)
    euro = replace(loan, name="euro", currency="EUR", share_frac=0.3, seniority=2, repayment="equal_principal")
    structure = mix(
        loan, euro, owner(0.3), per_year=2, dsra=6.0, appreciation_pa=(("EUR", 0.01),),
        covenants=Covenants(dscr_min_ratio=1.1, lock_up_dscr_ratio=1.15),
    )  # fmt: skip
    plan = two_gigawatt_plan(70.0)
    swept = replace(structure, sweep=Sweep(0.7, above, ("euro", "loan"), order))
    same_in_every_draw(plan, swept, _draws(plan).some(np.arange(4)))


def test_what_the_arrays_do_not_know_goes_one_by_one() -> None:
    """A parity that is not worked out yet is refused by the arrays; the choice then takes the single path."""
    plan, plain = two_gigawatt_plan(), load_structure("commercial")
    project = Project(plan)
    base = operate(FundingModel(project, plain), project.revenue_usd_nominal)
    fixed, target = sized(base), equity_target_pa(base.model)
    draws = _draws(plan).some(np.arange(3))
    odd = replace(fixed, parity_inflation_pa=(("KZT", 0.05),))
    with pytest.raises(FinancingFailed, match="parity"):
        run_batch(project, odd, draws, target)
    slow, arrays = run_draws(project, odd, draws, target), run_draws(project, fixed, draws, target)
    assert slow.equity_npv_usd_nominal == pytest.approx(arrays.equity_npv_usd_nominal, rel=1e-6)
    assert slow.unpaid_usd_nominal == pytest.approx(arrays.unpaid_usd_nominal, rel=1e-9, abs=1.0)
    assert slow.dscr_ratio == pytest.approx(arrays.dscr_ratio, rel=1e-8, nan_ok=True)
    assert slow.defaults.tolist() == arrays.defaults.tolist()


def changed_mix(name: str, **keys: object) -> dict[str, object]:
    """The keys of a shipped mix with some of them set."""
    file = Path(financing.__file__).with_name("structures") / f"{name}.toml"
    return {**tomllib.loads(file.read_text(encoding="utf-8")), **keys}


def test_sweep_paths_and_parity_are_read() -> None:
    """A sweep with its loans, SOFR by year with its steps, forwards as rises, parity with 2.2 % against 5 %."""
    data = changed_mix(
        "blended",
        sweep={"share_frac": 0.5, "above_dscr_ratio": 1.3, "tranches": ["IBRD loan"], "order": "inverse"},
        base_paths={"SOFR": [0.04, 0.035, 0.03]},
        currencies={
            "EUR": {"appreciation_pa": 0.0, "forward_usd": [1.10, 1.12, 1.13], "source": "test"},
            "KZT": {"inflation_pa": 0.05, "source": "test"},
        },
    )
    structure = structure_from(data)
    assert structure.sweep == Sweep(0.5, 1.3, ("IBRD loan",), "inverse")
    loan = next(source for source in structure.sources if source.name == "IBRD loan")
    assert loan.base_steps_pa == pytest.approx((0.0, -0.005, -0.01))
    assert loan.accrued_rates_pa(4)[3] == pytest.approx((0.03 + 0.017) * 365 / 360)
    assert structure.forward_rise_pa == (("EUR", pytest.approx((1.12 / 1.10 - 1, 1.13 / 1.12 - 1))),)
    assert dict(structure.at_parity(0.022).appreciation_pa)["KZT"] == pytest.approx(1.022 / 1.05 - 1)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"sweep": {"share_frac": 0.5, "tranches": ["Bond"], "order": "inverse"}}, "sweep.tranches: found 'Bond'"),
        ({"sweep": {"share_frac": 0.5, "tranches": ["Green bond"], "order": "inverse"}}, "without sinking fund"),
        ({"sweep": {"share_frac": 1.5, "tranches": ["IBRD loan"], "order": "inverse"}}, "less than or equal to 1"),
        ({"sweep": {"share_frac": 0.5, "tranches": ["IBRD loan"], "ordr": "inverse"}}, "Nearest known: order"),
        ({"currencies": {"EUR": {"source": "x"}}}, "either appreciation_pa or inflation_pa"),
        ({"currencies": {"EUR": {"appreciation_pa": 0.0, "forward_usd": [1.1], "source": "x"}}}, "two forwards"),
    ],
)
def test_a_bad_sweep_or_currency_is_refused(keys: dict[str, object], words: str) -> None:
    """Loans that are not there, bonds with a fund, shares above one, misspelled keys, no path or two."""
    with pytest.raises(FinancingProblems, match=words):
        structure_from(changed_mix("blended", **keys))


def test_a_sculpted_loan_cannot_capitalise_its_grace() -> None:
    """Its balance follows the cash; the message says which styles can."""
    data = changed_mix("commercial")
    data["sources"][0]["grace_interest"] = "capitalised"  # type: ignore[index]
    with pytest.raises(FinancingProblems, match="capitalised grace interest of a sculpted loan"):
        structure_from(data)


def test_a_euro_loan_follows_its_forwards() -> None:
    """Forwards of 1.00, 1.10, 1.21 and then a constant price: 121 USD repay 100 EUR drawn at signing."""
    plan = plain_plan(100.0, (150.0,) * 3)
    loan = replace(bank(1.0, rate_pa=0.0, tenor_years=4.0, grace_years=3.0, repayment="bullet"), currency="EUR")
    paths = {"appreciation_pa": (("EUR", 0.0),), "forward_rise_pa": (("EUR", (0.10, 0.10)),)}
    (tranche,) = run(plan, mix(loan, owner(0.0), **paths)).funded.tranches
    assert tranche.principal.tolist() == pytest.approx([0.0, 0.0, 0.0, 121.0])
    assert tranche.revaluation[1:3].tolist() == pytest.approx([10.0, 11.0])


def test_a_floating_amortising_green_bond() -> None:
    """Over SOFR on a stated path with level repayments: coupons follow the path, the balance ends at zero."""
    data = changed_mix("green-bond", base_paths={"SOFR": [0.04, 0.03]})
    bond = next(source for source in data["sources"] if source["kind"] == "green_bond")  # type: ignore[attr-defined]
    del bond["sinking_fund_rate_pa"]
    bond |= {"base": "SOFR", "margin_pa": 0.015, "repayment": "annuity"}
    outcome = run(two_gigawatt_plan(), structure_from(data))
    holds_its_laws(outcome)
    tranche = next(each for each in outcome.funded.tranches if each.source.kind == "green_bond")
    rates = (tranche.interest / np.where(tranche.opening > 0.0, tranche.opening, 1.0))[[1, 3]] * 2
    assert rates[0] - rates[1] == pytest.approx(0.01 * 365 / 360)


def test_development_banks_rank_first() -> None:
    """A subordinated loan of a development bank is refused: they are preferred creditors."""
    data = changed_mix("sovereign")
    data["sources"][0]["seniority"] = 2  # type: ignore[index]
    with pytest.raises(FinancingProblems, match="preferred creditor"):
        structure_from(data)
