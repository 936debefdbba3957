"""Cost-benefit analysis: which runs make which pair, and the guideline's net present value by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy_financial
import pytest

from financing.plan import Plan
from greengrid import BadInput, cba, load_case, read_plan
from greengrid.benefits import cost_flows
from greengrid.cba import analyse, npv_at_commissioning

PLAN = Path(__file__).parent / "cases" / "plan_example" / "plan.toml"
SHIPPED = {"base": (True, True), "no-link": (False, True), "no-black-sea": (True, False), "neither": (False, False)}


@dataclass
class Known:
    """A comparison whose sums are known."""

    names: tuple[str, str]
    surplus_total_usd_real: float = 3e6
    carbon_usd_real: tuple[float, float, float] = (0.0, 2e6, 4e6)


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders are named after shipped cases, `NAME@SEED` in another weather; comparisons remember who was compared."""

    def read(folder: Path) -> Any:
        name, _, seed = str(folder).partition("@")
        case = load_case(name, {"weather.seed": int(seed)} if seed else {})
        return cba._Dispatched(folder, case, frozenset(case.built_links))

    monkeypatch.setattr(cba, "_read", read)
    monkeypatch.setattr(cba, "benefits", lambda first, second: Known((str(first), str(second))))
    monkeypatch.setattr(cba, "read_plan", lambda folder: read_plan(PLAN))


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
    assert [(pair.form, pair.scenario) for pair in pairs] == [("TOOT", ""), ("TOOT", "weather")]
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


def test_every_indicator_of_the_guideline_has_a_line() -> None:
    """B1 to B9, each with a definition, and a unit wherever it is stated."""
    assert {each.code[:2] for each in cba.INDICATORS} == {f"B{number}" for number in range(1, 10)}
    assert all(each.meaning and (each.unit or each.of is None) for each in cba.INDICATORS)


def test_the_shipped_cases_are_the_four_dispatches() -> None:
    """base, no-link, no-black-sea and neither differ in their links alone, whatever else a case may say."""
    runs = {name: load_case(name) for name in SHIPPED}
    rests = [cba._Dispatched(Path(name), case, frozenset(case.built_links)).rest for name, case in runs.items()]
    assert all(rest == rests[0] for rest in rests)
    links = {name: ("caspian" in case.built_links, "black_sea" in case.built_links) for name, case in runs.items()}
    assert links == SHIPPED
    assert np.all([rest.get("programme") == "corridor" for rest in rests])
