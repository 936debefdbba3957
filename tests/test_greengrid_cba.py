"""Cost-benefit analysis: which runs make which pair, and the guideline's net present value by hand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy_financial
import pytest

from financing.plan import Plan
from greengrid import BadInput, cba, load_case, read_plan
from greengrid.benefits import carbon_worth_usd_real, cost_flows
from greengrid.case import Case
from greengrid.cba import analyse, npv_at_commissioning
from greengrid.compared_runs import Run

PLAN = Path(__file__).parent / "cases" / "plan_example" / "plan.toml"
SHIPPED = {"base": (True, True), "no-link": (False, True), "no-black-sea": (True, False), "neither": (False, False)}


@dataclass
class Known:
    """A comparison whose sums are known."""

    names: tuple[str, str]
    surplus_total_usd_real: float = 3e6
    carbon_usd_real: tuple[float, float, float] = (0.0, 2e6, 4e6)


@dataclass
class Whole:
    """A run with a plan."""

    name: str
    plan: Plan = field(default_factory=lambda: read_plan(PLAN))
    works_usd_real: float = 0.0


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders are named after shipped cases, `NAME@SEED` in another weather; comparisons remember who was compared."""

    def offered(folder: Path) -> list[cba.Dispatched]:
        name, _, seed = str(folder).partition("@")
        case = load_case(name, {"weather.seed": int(seed)} if seed else {})
        return [cba.Dispatched(str(folder), case, lambda: Whole(str(folder)))]

    monkeypatch.setattr(cba, "offered", offered)
    monkeypatch.setattr(cba, "compare", lambda first, second: Known((first.name, second.name)))


@pytest.mark.usefixtures("pretend")
def test_four_dispatches_make_toot_and_pint() -> None:
    """Whatever the order given: TOOT with the Black Sea link in both runs, PINT without it."""
    pairs = analyse([Path(name) for name in ("neither", "no-link", "base", "no-black-sea")])
    found = {pair.form: pair.found.names for pair in pairs}
    assert found == {"TOOT": ("base", "no-link"), "PINT": ("no-black-sea", "neither")}


@pytest.mark.usefixtures("pretend")
def test_another_weather_is_a_scenario_of_its_own() -> None:
    """Runs pair within one weather only, and the scenario says what it differs in."""
    pairs = analyse([Path(name) for name in ("base", "no-link", "base@7", "no-link@7", "no-black-sea@7")])
    assert [(pair.form, pair.scenario) for pair in pairs] == [("TOOT", ""), ("TOOT", "weather.seed = 7")]
    assert pairs[1].found.names == ("base@7", "no-link@7")


@pytest.mark.usefixtures("pretend")
def test_runs_that_make_no_pair_are_refused() -> None:
    """One run, or two with the same links."""
    with pytest.raises(BadInput, match="no pair"):
        analyse([Path("base")])
    with pytest.raises(BadInput, match="one run of each"):
        analyse([Path("base"), Path("base")])


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
    (pair,) = analyse([Path("base"), Path("no-link")])
    assert pair.npv_usd_real == npv_at_commissioning(read_plan(PLAN), 0.0, 3e6 + 2e6)
    in_money = {each.code for each in cba.INDICATORS if each.of is not None and "USD" in each.unit}
    assert in_money == {"B1", "B2b"}


def test_every_indicator_of_the_guideline_has_a_line() -> None:
    """B1 to B9, each with a definition, and a unit wherever it is stated."""
    assert {each.code[:2] for each in cba.INDICATORS} == {f"B{number}" for number in range(1, 10)}
    assert all(each.meaning and (each.unit or each.of is None) for each in cba.INDICATORS)


def test_the_shipped_cases_are_the_four_dispatches() -> None:
    """base, no-link, no-black-sea and neither differ in their links alone, whatever else a case may say."""
    runs = {name: load_case(name) for name in SHIPPED}
    rests = [cba.Dispatched(name, case, lambda: None).rest for name, case in runs.items()]
    assert all(rest == rests[0] for rest in rests)
    links = {name: ("caspian" in case.built_links, "black_sea" in case.built_links) for name, case in runs.items()}
    assert links == SHIPPED
    assert np.all([rest.get("programme") == "corridor" for rest in rests])
