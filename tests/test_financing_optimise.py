"""The best shares of a mix against a search over every mix of a grid."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from test_financing_plans import two_gigawatt_plan

from financing.limits import Limits, usual_limits
from financing.loading import load_structure
from financing.optimise import GOALS, optimise
from financing.problems import FinancingProblems
from financing.structure import Structure


def _three(name: str = "sovereign") -> Structure:
    """A mix of three sources: the first two loans and the equity of a shipped one."""
    structure = load_structure(name)
    chosen = [*structure.debts[:2], next(source for source in structure.sources if source.kind == "equity")]
    sources = tuple(replace(source, share_frac=share) for source, share in zip(chosen, (0.4, 0.3, 0.3), strict=True))
    return replace(structure, sources=sources)


@pytest.mark.slow
@pytest.mark.parametrize("goal", ["charge", "equity_npv"])
def test_no_mix_of_a_grid_is_better(goal: str) -> None:
    """Of all mixes in steps of a tenth within the limits none beats the optimum by more than a thousandth."""
    plan, mix = two_gigawatt_plan(70.0), _three()
    limits = Limits({source.name: (0.1, 0.8) for source in mix.sources}, equity_min_frac=0.15)
    best = optimise(plan, mix, goal, limits)
    assert best.value.value is not None
    steps = [number / 10 for number in range(1, 9)]
    for first, second in itertools.product(steps, steps):
        third = 1.0 - first - second
        if not 0.15 - 1e-9 <= third <= 0.8:
            continue
        shares = dict(zip([source.name for source in mix.sources], (first, second, third), strict=True))
        fixed = Limits({name: (share, share) for name, share in shares.items()})
        try:
            point = optimise(plan, mix, goal, fixed).value.value
        except FinancingProblems:
            continue  # no such mix keeps its covenants at the plan's revenue
        if point is None:
            continue
        allowed = 1e-3 * abs(best.value.value)
        assert point >= best.value.value - allowed if goal == "charge" else point <= best.value.value + allowed


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("name", ["blended", "global-gateway", "jv-thirds"])
def test_the_best_mix_keeps_its_limits_and_is_no_worse(name: str, goal: str) -> None:
    """Shares sum to one, stay within the limits, owners keep their key, at most half comes from the EIB."""
    plan, mix = two_gigawatt_plan(70.0), load_structure(name)
    limits = usual_limits(mix)
    found = optimise(plan, mix, goal)
    sources = found.structure.sources
    assert sum(source.share_frac for source in sources) == pytest.approx(1.0)
    for source in sources:
        low, high = limits.share[source.name]
        assert low - 1e-7 <= source.share_frac <= high + 1e-7
    equity = [source.share_frac for source in sources if source.kind == "equity"]
    before = [source.share_frac for source in mix.sources if source.kind == "equity"]
    assert [share / equity[0] for share in equity] == pytest.approx([share / before[0] for share in before])
    assert sum(source.share_frac for source in sources if "EIB" in source.lender and source.is_debt) <= 0.5 + 1e-7
    assert found.value.value is not None
    assert found.value_before.value is not None
    worse = found.value.value - found.value_before.value
    assert worse <= 1e-6 if goal != "equity_npv" else worse >= -1e-6


def test_limits_that_no_mix_keeps_are_refused() -> None:
    """An unknown goal and source, shares that cannot sum to one, a sculpted loan: each said."""
    plan = two_gigawatt_plan()
    with pytest.raises(FinancingProblems) as caught:
        optimise(plan, _three(), "beauty", Limits({"nobody": (0.0, 1.0), "IBRD loan": (0.0, 0.1)}))
    assert [problem.where for problem in caught.value.problems][:2] == ["goal", "limits"]
    with pytest.raises(FinancingProblems, match="sculpted"):
        optimise(plan, load_structure("commercial"), "charge")
    with pytest.raises(FinancingProblems, match="range around 1"):
        optimise(plan, _three(), "charge", Limits({source.name: (0.0, 0.2) for source in _three().sources}))
    with pytest.raises(FinancingProblems, match="no shares"):
        optimise(two_gigawatt_plan(1.0), _three(), "equity_npv")
