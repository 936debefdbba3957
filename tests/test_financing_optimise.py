"""The best shares of a mix: program against grid and search, sculpted loans, what limits are worth."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from test_financing_plans import two_gigawatt_plan

from financing.goals import exact_value
from financing.limits import Limits, usual_limits
from financing.loading import load_structure
from financing.optimise import optimise, searched
from financing.problems import FinancingProblems
from financing.project import Project
from financing.share_search import SEARCH_TOLERANCE_FRAC
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


@pytest.mark.parametrize("goal", ["charge", pytest.param("subsidy", marks=pytest.mark.slow), "equity_npv"])
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
    """An unknown goal and source, shares that cannot sum to one, covers out of reach: each said."""
    plan = two_gigawatt_plan()
    with pytest.raises(FinancingProblems) as caught:
        optimise(plan, _three(), "beauty", Limits({"nobody": (0.0, 1.0), "IBRD loan": (0.0, 0.1)}))
    assert [problem.where for problem in caught.value.problems][:2] == ["goal", "limits"]
    with pytest.raises(FinancingProblems, match="range around 1"):
        optimise(plan, _three(), "charge", Limits({source.name: (0.0, 0.2) for source in _three().sources}))
    with pytest.raises(FinancingProblems, match="no shares"):
        optimise(two_gigawatt_plan(1.0), _three(), "equity_npv")


def _ranged(mix: Structure) -> Limits:
    return Limits({source.name: (0.1, 0.8) for source in mix.sources}, equity_min_frac=0.15)


@pytest.mark.slow
@pytest.mark.parametrize("goal", ["charge", "equity_npv"])
def test_the_search_finds_the_optimum_of_the_program(goal: str) -> None:
    """Where no loan is sculpted both lead to the same mix: its goal within 1e-4, its shares within 1e-3 of uses."""
    plan, mix = two_gigawatt_plan(70.0), _three()
    project, limits = Project(plan), _ranged(mix)
    program = optimise(plan, mix, goal, limits)
    found = searched(project, mix, goal, limits, exact_value(project, mix, goal))
    assert found.by_search
    assert not program.by_search
    assert found.settled
    assert found.tolerance_frac == SEARCH_TOLERANCE_FRAC
    assert found.value.value == pytest.approx(program.value.value, rel=1e-4)
    for one, other in zip(found.structure.sources, program.structure.sources, strict=True):
        assert one.share_frac == pytest.approx(other.share_frac, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("goal", ["charge", "equity_npv"])
def test_a_sculpted_mix_ends_no_worse_and_within_its_limits(goal: str) -> None:
    """The market loan takes 80 % instead of 70 %: what the required charge falls by, the whole model confirms."""
    plan, mix = two_gigawatt_plan(70.0), load_structure("commercial")
    limits = usual_limits(mix)
    found = optimise(plan, mix, goal)
    assert found.by_search
    assert found.value.value is not None
    assert found.value_before.value is not None
    gain = found.value.value - found.value_before.value
    assert gain < -0.1 if goal == "charge" else gain > 1e6
    assert exact_value(Project(plan), found.structure, goal).value == pytest.approx(found.value.value)
    for source in found.structure.sources:
        low, high = limits.share[source.name]
        assert low - 1e-7 <= source.share_frac <= high + 1e-7


@pytest.mark.slow
def test_the_least_subsidy_counts_the_interest_while_building() -> None:
    """Owners' money in place of loans lowers the uses and with them the grants: below what grants at their least and
    loans at their most leave, as no program with draws held can see."""
    plan, mix = two_gigawatt_plan(70.0), load_structure("blended")
    found = optimise(plan, mix, "subsidy")
    halved = (0.05, 0.05, 0.05, 0.15, 0.3, 0.3, 0.1)
    sources = [replace(source, share_frac=share) for source, share in zip(mix.sources, halved, strict=True)]
    by_loans = exact_value(Project(plan), replace(mix, sources=tuple(sources)), "subsidy").value
    assert by_loans is not None
    assert found.value.value is not None
    assert found.value.value < 0.97 * by_loans
    assert found.structure.sources[-1].share_frac > 0.3


def test_a_sculpted_mix_starts_inside_limits_of_ones_own() -> None:
    """Owners of at least half: the loan stated at 70 % starts at half, whatever more would gain; 150 % fails."""
    plan, mix = two_gigawatt_plan(70.0), load_structure("commercial")
    names = [source.name for source in mix.sources]
    found = optimise(plan, mix, "equity_npv", Limits({name: (0.0, 1.0) for name in names}, equity_min_frac=0.5))
    assert found.structure.sources[0].share_frac <= 0.5 + 1e-7
    with pytest.raises(FinancingProblems, match="no shares"):
        optimise(plan, mix, "charge", Limits({name: (0.0, 1.0) for name in names}, equity_min_frac=1.5))


def test_shares_as_stated_outside_the_limits_are_no_answer() -> None:
    """Limits that fix another mix give that mix, though the one stated would be better."""
    plan, mix = two_gigawatt_plan(70.0), _three()
    wanted = (0.2, 0.2, 0.6)
    fixed = {source.name: (share, share) for source, share in zip(mix.sources, wanted, strict=True)}
    found = optimise(plan, mix, "equity_npv", Limits(fixed))
    assert [source.share_frac for source in found.structure.sources] == pytest.approx(wanted)


def test_a_shadow_price_is_what_a_wider_limit_brings() -> None:
    """Owners may go 1 % of uses lower: their worth rises by the price, as the whole model says, within a fifth."""
    plan, mix = two_gigawatt_plan(70.0), _three()
    tight = _ranged(mix)
    found = optimise(plan, mix, "equity_npv", tight)
    (price,) = (each for each in found.prices if each.limit == "owners' money, least")
    assert price.per == "1 % of uses"
    wider = optimise(plan, mix, "equity_npv", replace(tight, equity_min_frac=0.14))
    assert wider.value.value is not None
    assert found.value.value is not None
    assert price.value == pytest.approx(wider.value.value - found.value.value, rel=0.2)


def test_the_shadow_price_of_a_cover_is_what_a_lower_one_saves() -> None:
    """A covenant of 1.19 for 1.20 lowers the charge by its price, within a fifth; no price adds to a charge."""
    plan, mix = two_gigawatt_plan(70.0), _three()
    limits = _ranged(mix)
    found = optimise(plan, mix, "charge", replace(limits, dscr_min_ratio=1.20))
    (price,) = (each for each in found.prices if each.limit == "minimum DSCR of 1.20")
    wider = optimise(plan, mix, "charge", replace(limits, dscr_min_ratio=1.19))
    assert wider.value.value is not None
    assert found.value.value is not None
    assert price.value == pytest.approx(wider.value.value - found.value.value, rel=0.2)
    assert all(each.value < 0.0 for each in found.prices)
