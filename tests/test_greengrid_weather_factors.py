"""Weather years in the risk of a mix: factors of revenue, and what draws make of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from financing.loading import load_structure
from financing.risk import make_draws, risk
from greengrid import BadInput, load_case, read_plan, weather_factors
from greengrid.weather_factors import check_same_case
from greengrid.weather_factors import weather_factors as factors_of

PLAN = Path(__file__).parent / "cases" / "plan_example" / "plan.toml"


def pretend(monkeypatch: pytest.MonkeyPatch, changes: dict[str, dict[str, Any]]) -> None:
    """Folders by name, each a case with changes; all have the example's plan."""
    monkeypatch.setattr(weather_factors, "case_of", lambda folder: load_case("base", changes[str(folder)]))
    monkeypatch.setattr(weather_factors, "read_plan", lambda folder: read_plan(PLAN))


def test_a_contract_does_not_follow_the_weather(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same charge for the same capacity: every factor is one; without other runs there are none."""
    pretend(monkeypatch, {"a": {}, "b": {"weather.seed": 9}})
    assert factors_of(Path("a"), [Path("b")]) == (1.0, 1.0)
    assert factors_of(Path("a"), []) == ()


def test_another_case_is_no_other_weather(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run with another cable is refused with what differs."""
    pretend(monkeypatch, {"a": {}, "b": {"link.caspian.capacity_mw": 1000}})
    with pytest.raises(BadInput, match="differs in link"):
        factors_of(Path("a"), [Path("b")])


def test_the_same_case_needs_no_plan() -> None:
    """Adequacy compares cases alone: another seed of the weather passes, another cable does not."""
    base = load_case("base")
    check_same_case({Path("a"): base, Path("b"): load_case("base", {"weather.seed": 9})})
    with pytest.raises(BadInput, match=r"--weather b.*differs in link"):
        check_same_case({Path("a"): base, Path("b"): load_case("base", {"link.caspian.capacity_mw": 1000})})


def test_every_operating_year_draws_its_weather() -> None:
    """Output is the cable faults' times one of the factors, each as often; all other draws stay."""
    plan = read_plan(PLAN)
    calm, _ = make_draws(plan, 2000, 1)
    windy, _ = make_draws(plan, 2000, 1, (1.0, 0.8, 1.1))
    running = calm.output_factor > 0
    ratio = windy.output_factor[running] / calm.output_factor[running]
    values, counts = np.unique(ratio.round(9), return_counts=True)
    assert values == pytest.approx([0.8, 1.0, 1.1])
    assert counts / counts.sum() == pytest.approx([1 / 3] * 3, abs=0.01)
    assert (windy.capex_factor == calm.capex_factor).all()


def test_weather_widens_the_risk_and_is_told() -> None:
    """The spread of the worth grows; without it the result says that the weather is not varied."""
    plan, mix = read_plan(PLAN), load_structure("sovereign")
    still = risk(plan, mix, draws=400)
    moved = risk(plan, mix, draws=400, weather_factors=(1.0, 0.2, 1.8))
    assert any(words.startswith("weather year") for words in still.not_varied)
    assert not any(words.startswith("weather year") for words in moved.not_varied)
    spreads = [found.npv_prefinance_usd_nominal for found in (still, moved)]
    assert spreads[1].p90 - spreads[1].p10 > spreads[0].p90 - spreads[0].p10  # type: ignore[operator]
