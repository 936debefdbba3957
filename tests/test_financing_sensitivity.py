"""Global sensitivity: indices against closed forms, and what must hold for any mix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from financing.loading import load_structure
from financing.problems import FinancingProblems
from financing.sensitivity import indices, mix_indices
from financing.timeline import FloatArray
from greengrid.chain_draws import ChainModel
from greengrid.netback import Chain, Deduction, Input, Section, affordable_charge
from greengrid.plans import read_plan

PLAN = Path(__file__).parent / "cases" / "plan_example" / "plan.toml"


def ishigami(shares: FloatArray) -> dict[str, FloatArray]:
    """f = sin x + 7 sin^2 y + 0.1 z^4 sin x on (-pi, pi)^3."""
    x, y, z = (2.0 * np.pi * shares - np.pi).T
    return {"f": np.sin(x) + 7.0 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)}


def test_indices_of_the_ishigami_function() -> None:
    """Closed form (Ishigami and Homma 1990; a = 7, b = 0.1): S1 = .3139, .4424, 0; ST = .5576, .4424, .2437."""
    found = {row.input: row for row in indices(dict.fromkeys("xyz", "g"), ishigami, samples=8192, seed=1)}
    assert [found[name].first_frac for name in "xyz"] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.015)
    assert [found[name].total_frac for name in "xyz"] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.015)


def test_a_sum_has_no_interactions() -> None:
    """For 3u + 2v + w of uniforms the shares are 9/14, 4/14, 1/14, alone and in all, largest first."""
    rows = indices(
        dict.fromkeys("uvw", "g"), lambda s: {"sum": s @ np.array([3.0, 2.0, 1.0])}, samples=4096, seed=3
    )  # fmt: skip
    assert [row.input for row in rows] == ["u", "v", "w"]
    assert [row.first_frac for row in rows] == pytest.approx([9 / 14, 4 / 14, 1 / 14], abs=0.01)
    assert [row.total_frac for row in rows] == pytest.approx([9 / 14, 4 / 14, 1 / 14], abs=0.01)


def test_a_measure_that_does_not_vary_has_no_indices() -> None:
    """A constant, and one that does not exist in some draw, are left out."""
    values = {"constant": np.ones(64 * 4), "absent": np.r_[np.nan, np.arange(64 * 4 - 1.0)]}
    assert indices({"a": "g", "b": "g"}, lambda shares: values, samples=64, seed=1) == ()


@pytest.mark.parametrize("samples", [0, 63, 100, 1 << 20])
def test_samples_that_sobol_cannot_take(samples: int) -> None:
    """Only powers of two within bounds."""
    with pytest.raises(FinancingProblems, match="power of two"):
        indices({"a": "g"}, ishigami, samples=samples, seed=1)


@pytest.mark.slow
def test_weather_counts_only_where_years_were_dispatched() -> None:
    """With one year there is no weather row; with two there is, in a group of its own."""
    plan, mix = read_plan(PLAN), load_structure("blended")
    assert "weather" not in {row.input for row in mix_indices(plan, mix, samples=64)}
    rows = mix_indices(plan, mix, samples=64, weather_factors=(1.0, 0.8))
    assert all(row.total_frac >= 0.0 for row in rows if row.input == "weather")
    assert {row.group for row in rows if row.input == "weather"} == {"weather"}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_indices() -> None:
    """And money before financing does not hang on rates."""
    plan, mix = read_plan(PLAN), load_structure("blended")
    first = mix_indices(plan, mix, samples=64, seed=5)
    assert first == mix_indices(plan, mix, samples=64, seed=5)
    free = {row.input: row.total_frac for row in first if row.measure == "npv_prefinance_usd_nominal"}
    assert free["rates"] == free["currency"] == 0.0


def a_chain() -> Chain:
    """Two cables and a country between them, each input with a range."""

    def given(low: float, central: float, high: float) -> Input:
        return Input(low, central, high, "D", "made up for this test")

    return Chain(
        "market",
        given(80, 100, 130),
        (Deduction("border carbon cost", given(0, 20, 30), False),),
        (
            Section("far", given(0.01, 0.02, 0.05), given(10, 15, 30), "received", True),
            Section("land", given(0.02, 0.03, 0.04), given(2, 5, 8), "sent", False),
            Section("near", given(0.01, 0.03, 0.06), given(20, 40, 60), "received", True),
            Section("last", given(0.01, 0.02, 0.03), given(1, 2, 3), "sent", False),
        ),
        (Deduction("works", given(1, 3, 6), True),),
        Deduction("power", given(30, 40, 55), False),
    )


@pytest.mark.parametrize("scenario", ["worst", "central", "best"])
def test_the_chain_on_arrays_is_the_chain(scenario: str) -> None:
    """At every input's worst, central and best value it gives what the netback's own walk gives."""
    model = ChainModel(a_chain(), "near")
    gains = {"price in market"}
    drawn = {
        name: np.array([given.gain(scenario) if name in gains else given.cost(scenario)])  # type: ignore[arg-type]
        for name, given in model.inputs.items()
    }
    expected = affordable_charge(a_chain(), "near", scenario)  # type: ignore[arg-type]
    assert model.affordable_usd_per_mwh(drawn)[0] == pytest.approx(expected, rel=1e-12)


def test_what_is_sought_is_no_input() -> None:
    """The financed link's own charge is left out; the market's price and the border's carbon are the group price."""
    model = ChainModel(a_chain(), "near")
    assert "near: charge" not in model.inputs
    assert {name for name, group in model.groups.items() if group == "price"} == {
        "price in market",
        "border carbon cost",
    }
