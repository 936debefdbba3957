"""Cost-benefit analysis: which runs make which pair, and the guideline's net present value by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy_financial
import pytest
from typer.testing import CliRunner

from financing.plan import Plan
from greengrid import BadInput, cba, load_case, read_plan
from greengrid.benefits import carbon_worth_usd_real, cost_flows
from greengrid.case import Case
from greengrid.cba import analyse, npv_at_commissioning
from greengrid.cba_indicators import INDICATORS
from greengrid.cli import app
from greengrid.compared_runs import Run

PLAN = Path(__file__).parent / "cases" / "plan_example" / "plan.toml"
SHIPPED = {"base": (True, True), "no-link": (False, True), "no-black-sea": (True, False), "neither": (False, False)}


@dataclass
class Known:
    """A comparison whose sums are known."""

    names: tuple[str, str]
    costs_left_out: str = ""
    surplus_total_usd_real: float = 3e6
    carbon_usd_real: tuple[float, float, float] = (0.0, 2e6, 4e6)


@dataclass
class Whole:
    """A run with a plan."""

    name: str


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders are named after shipped cases, `NAME@SEED` in another weather, `NAME@KEY=VALUE`."""

    def offered(folder: Path) -> list[cba.Dispatched]:
        name, _, change = str(folder).partition("@")
        changes = [change if "=" in change else f"weather.seed={change}"] if change else []
        return [cba.Dispatched(str(folder), load_case(name, changes), lambda: Whole(str(folder)))]

    monkeypatch.setattr(cba, "offered", offered)
    monkeypatch.setattr(cba, "compare", lambda first, second: Known((first.name, second.name)))
    monkeypatch.setattr(cba, "costs_between", lambda first, second: (read_plan(PLAN), 0.0))


@pytest.mark.usefixtures("pretend")
def test_four_dispatches_make_toot_and_pint() -> None:
    """Whatever the order given: TOOT with the Black Sea link in both runs, PINT without it."""
    pairs = analyse([Path(name) for name in ("neither", "no-link", "base", "no-black-sea")]).pairs
    found = {pair.form: pair.found.names for pair in pairs}
    assert found == {"TOOT": ("base", "no-link"), "PINT": ("no-black-sea", "neither")}


@pytest.mark.usefixtures("pretend")
def test_another_weather_is_a_scenario_of_its_own() -> None:
    """Runs pair within one weather only, and the scenario says what it differs in."""
    found = analyse([Path(name) for name in ("base", "no-link", "base@7", "no-link@7", "no-black-sea@7")])
    pairs = found.pairs
    assert found.alone == ("no-black-sea@7",)
    assert [(pair.form, pair.scenario) for pair in pairs] == [("TOOT", ""), ("TOOT", "weather.seed = 7")]
    assert pairs[1].found.names == ("base@7", "no-link@7")


@pytest.mark.usefixtures("pretend")
def test_runs_that_make_no_pair_are_refused() -> None:
    """One run, two with the same links, or two sizes of the studied one, which are no scenarios."""
    with pytest.raises(BadInput, match="no pair"):
        analyse([Path("base")])
    with pytest.raises(BadInput, match="one run of each"):
        analyse([Path("base"), Path("base")])
    with pytest.raises(BadInput, match="one run of each"):
        analyse([Path("base"), Path("base@link.caspian.capacity_mw=1000"), Path("no-link")])


@pytest.mark.parametrize("years", [10, 25, 40])
def test_the_guidelines_npv_by_numpy_financial(years: int) -> None:
    """Construction carried to commissioning plus an annuity of 4 % over at most 25 years; nothing left at the end."""
    whole = read_plan(PLAN)
    cut: dict[str, Any] = {
        key: tuple([getattr(whole, key)[0]] * years)
        for key in ("received_mwh", "losses_usd_real", "avoided_tco2", "opex_usd_real")
        if getattr(whole, key) is not None
    }
    plan: Plan = replace(whole, operation_years=years, **cut)
    flows = cost_flows(plan, 50e6)
    building = plan.operation_first_year - plan.construction_first_year
    invested = sum(float(flow) * 1.04 ** (building - 1 - year) for year, flow in enumerate(flows[:building]))
    yearly = 200e6 * plan.availability_frac - plan.opex_usd_real[0]
    expected = invested - numpy_financial.pv(0.04, min(25, years), yearly)
    assert npv_at_commissioning(plan, 50e6, 200e6) == pytest.approx(expected, rel=1e-12)


@dataclass
class Priced:
    """A run of which the case alone matters."""

    case: Case


def test_tonnes_are_counted_once() -> None:
    """What emitters pay at home is in B1: B2 counts the shadow value above it alone, nothing where they pay more."""
    avoided = {"KZ": -1000.0, "AZ": -1000.0, "RO": -1000.0}
    own = carbon_worth_usd_real(cast(Run, Priced(load_case("tiny"))), avoided)
    dear = load_case("tiny", {f"prices.co2_usd_per_t.{country}": 900.0 for country in ("KZ", "AZ")})
    abroad = carbon_worth_usd_real(cast(Run, Priced(dear)), avoided)
    assert own[1] > abroad[1] >= 0.0
    assert carbon_worth_usd_real(cast(Run, Priced(dear)), {"KZ": -1000.0, "AZ": -1000.0}) == (0.0, 0.0, 0.0)


@pytest.mark.usefixtures("pretend")
def test_money_is_in_b1_and_b2b_alone() -> None:
    """The worth is that of their sum; tonnes and MWh of losses, curtailment and energy not served bring no more."""
    (pair,) = analyse([Path("base"), Path("no-link")]).pairs
    assert pair.npv_usd_real == npv_at_commissioning(read_plan(PLAN), 0.0, 3e6 + 2e6)
    in_money = {each.code for each in INDICATORS if each.of is not None and "USD" in each.unit}
    assert in_money == {"B1", "B2b"}


def test_every_indicator_of_the_guideline_has_a_line() -> None:
    """B1 to B9, each with a definition and a unit, and stated or told why not."""
    assert {each.code[:2] for each in INDICATORS} == {f"B{number}" for number in range(1, 10)}
    assert all(each.definition and each.unit for each in INDICATORS)
    assert all((each.of is None) == bool(each.why_not) for each in INDICATORS)


def test_indicators_say_that_nothing_is_out_of_service() -> None:
    """B6 and B8 say that no outages are drawn, B5 whose losses it holds."""
    by_code = {each.code: each for each in INDICATORS}
    assert "no outages are drawn" in by_code["B6"].definition
    assert "no outages" in by_code["B8"].why_not
    assert "corrected" in by_code["B5"].definition


@pytest.mark.usefixtures("pretend")
@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("link.black_sea.capacity_mw=3000", "link.black_sea.capacity_mw"),
        ('security.losses="corrected"', "security.losses"),
        ("reinforcement.package_mw=2000", "reinforcement.package_mw"),
    ],
)
def test_runs_that_differ_in_more_than_the_link_are_no_pair(change: str, key: str) -> None:
    """Another Black Sea cable, other losses or another inland package in one of the two, each named."""
    with pytest.raises(BadInput, match=f"no pair: they differ in {key}"):
        analyse([Path(f"base@{change}"), Path("no-link")])


@pytest.mark.usefixtures("pretend")
def test_what_no_dispatch_reads_keeps_no_pair_apart() -> None:
    """Hours of the AC power flow, terms of financing, and the range of rents."""
    for change in ("ac_hours=12", "dispatch.rent_range=false", 'revenue.model="merchant_rent"'):
        assert len(analyse([Path("base"), Path(f"no-link@{change}")]).pairs) == 1


@pytest.mark.usefixtures("pretend")
def test_a_cost_of_the_link_is_a_scenario_on_one_run_without_it() -> None:
    """Two prices of the cable against the same run without a cable are two pairs."""
    found = analyse([Path(name) for name in ("base", "base@link.caspian.cost.subsea_cable=3000", "no-link")])
    assert [pair.scenario for pair in found.pairs] == ["", "link.caspian.cost.subsea_cable = 3000.0"]


def test_p90_years_that_the_link_moves_are_no_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the link p90 may be another year of the ensemble than without: two weathers, no pair."""
    changes = {"weather.years": 20, "weather.draw": "p90"}
    numbers = {"base": 6, "no-link": 5}

    def offered(folder: Path) -> list[cba.Dispatched]:
        name = str(folder)
        return [cba.Dispatched(name, load_case(name, changes), lambda: cast(Run, None), numbers[name])]

    monkeypatch.setattr(cba, "offered", offered)
    with pytest.raises(BadInput, match=r"weather year 6.*weather year 5.*weather\.draw"):
        analyse([Path("base"), Path("no-link")])


@pytest.mark.usefixtures("pretend")
def test_horizon_and_rate_are_asked_for() -> None:
    """Both reach the worth and its record; years beyond the operating ones are not counted."""
    folders = [Path("base"), Path("no-link")]
    (own,) = analyse(folders).pairs
    found = analyse(folders, horizon_years=60, rate_pa=0.06)
    (pair,) = found.pairs
    plan = read_plan(PLAN)
    assert own.npv_usd_real == npv_at_commissioning(plan, 0.0, 5e6, horizon_years=25, rate_pa=0.04)
    assert pair.npv_usd_real == npv_at_commissioning(plan, 0.0, 5e6, horizon_years=60, rate_pa=0.06)
    assert (found.horizon_years, found.rate_pa, pair.npv_years) == (60, 0.06, plan.operation_years)


@pytest.mark.parametrize("option", [["--years", "0"], ["--years", "61"], ["--rate", "0.31"], ["--rate", "-0.01"]])
def test_horizon_and_rate_have_ranges(option: list[str]) -> None:
    """What lies outside ends with exit code 2."""
    assert CliRunner().invoke(app, ["cba", "nowhere", *option]).exit_code == 2


def test_the_shipped_cases_are_the_four_dispatches() -> None:
    """base, no-link, no-black-sea and neither differ in their links alone, whatever else a case may say."""
    runs = {name: load_case(name) for name in SHIPPED}
    rests = [cba.Dispatched(name, case, lambda: cast(Run, None)).rest for name, case in runs.items()]
    assert all(rest == rests[0] for rest in rests)
    links = {name: ("caspian" in case.built_links, "black_sea" in case.built_links) for name, case in runs.items()}
    assert links == SHIPPED
    assert np.all([rest.get("programme") == "corridor" for rest in rests])
