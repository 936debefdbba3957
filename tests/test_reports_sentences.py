"""Every branch of the sentences that state a result."""

from __future__ import annotations

from dataclasses import replace

import pytest

from greengrid.dispatch.year import GAP_TARGET_FRAC
from reports.sentences import (
    FORBIDDEN,
    GAP_TARGET,
    Standing,
    ac_hours,
    binding,
    cable_direction,
    cover_shortfall,
    mixes_differ,
    npv_same_for_all,
    unserved,
    verdict,
)

GOOD = Standing(
    gap_frac=8e-7,
    balance_residual_max_mw=1e-9,
    affordable_usd_per_mwh=60.0,
    required_usd_per_mwh=48.2,
    mix="blended",
    mix_passes=True,
    dscr_min_ratio=1.31,
    unsolved_ac_hours=0,
    unserved_mwh=0.0,
    financed=True,
    link="Caspian link",
    whole_year=True,
)
BRANCHES = [
    (GOOD, "supported in this case", "keeps min DSCR 1.31x"),
    (replace(GOOD, whole_year=False), "partial", "no annual, financial or headline figure"),
    (replace(GOOD, gap_frac=2e-3), "no statement", "gap of 2e\u22123"),
    (replace(GOOD, gap_frac=2e-5), "no statement", "gap of 2e\u22125 (target 1e\u22126)"),
    (replace(GOOD, balance_residual_max_mw=0.5), "no statement", "5e\u22121"),
    (replace(GOOD, link=None), "no link", "has no HVDC link"),
    (replace(GOOD, financed=False), "not financed", "without financing it"),
    (replace(GOOD, mix=None), "not financed", "without financing it"),
    (replace(GOOD, affordable_usd_per_mwh=None), "not financed", "was not computed"),
    (replace(GOOD, affordable_usd_per_mwh=40.0), "not supported", "leaves only 40.0\u00a0USD/MWh"),
    (
        replace(GOOD, affordable_usd_per_mwh=-12.3),
        "not supported",
        "leaves nothing for the Caspian link (\u221212.3\u00a0USD/MWh)",
    ),
    (
        replace(GOOD, affordable_usd_per_mwh=-19.6, outlet="Romania"),
        "not supported",
        "power sold in Romania leaves nothing",
    ),
    (
        replace(GOOD, affordable_usd_per_mwh=-19.6, outlet="Romania", best_outlet=("Türkiye", 14.8)),
        "not supported",
        "in Türkiye, the best outlet, 14.8\u00a0USD/MWh",
    ),
    (
        replace(GOOD, affordable_usd_per_mwh=-19.6, outlet="Romania", best_outlet=("Türkiye", 70.0), mix_passes=False),
        "conditional",
        "enough, provided that the power is sold in Türkiye; blended meets its tests",
    ),
    (replace(GOOD, mix_passes=False), "conditional", "meets its tests, which it misses here"),
    (replace(GOOD, unsolved_ac_hours=None), "conditional", "no AC power flow has checked"),
    (replace(GOOD, unsolved_ac_hours=3), "conditional", "3 checked hours"),
    (replace(GOOD, unserved_mwh=5000.0), "conditional", "5\u00a0GWh"),
]


@pytest.mark.parametrize(("standing", "state", "part"), BRANCHES)
def test_the_verdict_of_each_branch(standing: Standing, state: str, part: str) -> None:
    """State and telling words of every branch; the sentence is one that we may say."""
    said = verdict(standing)
    assert said.state == state
    assert part in said.text
    assert not any(word in said.text.lower() for word in FORBIDDEN)


def test_the_target_is_that_of_the_dispatch() -> None:
    """What the report calls certified is what the solver aims at."""
    assert GAP_TARGET == GAP_TARGET_FRAC


def test_the_worst_condition_wins() -> None:
    """A run that is partial, uncertified and unaffordable at once is partial; then uncertified; then unaffordable."""
    worst = replace(GOOD, whole_year=False, gap_frac=1.0, affordable_usd_per_mwh=0.0, unsolved_ac_hours=9)
    assert verdict(worst).state == "partial"
    assert verdict(replace(worst, whole_year=True)).state == "no statement"
    assert verdict(replace(worst, whole_year=True, gap_frac=0.0)).state == "not supported"


def test_all_failed_conditions_are_named() -> None:
    """A conditional verdict names each thing that is not met."""
    text = verdict(replace(GOOD, mix_passes=False, unsolved_ac_hours=2, unserved_mwh=9000.0)).text
    assert all(part in text for part in ("blended meets its tests", "2 checked hours", "9\u00a0GWh"))


def test_ac_hours_say_what_was_not_looked_at() -> None:
    """None, all, and some solved; the hours that nobody checked are counted."""
    assert ac_hours(0, 0, 8760) == "AC not run: voltages and security are unknown."
    assert ac_hours(48, 48, 48) == "All 48 checked hours solve in AC."
    assert ac_hours(40, 48, 8760).startswith(
        "8 of 48 checked hours found no AC solution. Nothing is said of the other 8"
    )


def test_the_cable_may_run_the_other_way() -> None:
    """Direction follows the energies; no energy is said so."""
    assert cable_direction("Caspian link", "Azerbaijan", "Kazakhstan", 5e6, 1e6).startswith(
        "The Caspian link delivers 5.0"
    )
    assert "mostly towards Kazakhstan" in cable_direction("Caspian link", "Azerbaijan", "Kazakhstan", 0.2e6, 3.2e6)
    assert "no energy" in cable_direction("Caspian link", "Azerbaijan", "Kazakhstan", 0.0, 0.0)


def test_cover_is_never_rounded_across_its_covenant() -> None:
    """A ratio just short of its covenant misses it, with the digit that shows it."""
    assert cover_shortfall(1.199, 2041, 1.2).startswith("Lowest DSCR 1.199x in 2041 misses 1.20x")
    assert cover_shortfall(1.2, None, 1.2) == "Lowest DSCR 1.20x, not below 1.20x."


def test_small_sentences() -> None:
    """Binding limits, unserved energy and the spread of mixes, with nothing, little and much of it."""
    assert binding("KZ UZ", 0, 8760) == "No interface limit binds in this case"
    assert "KZ UZ binds longest" in binding("KZ UZ", 8760, 8760)
    assert unserved(0.0) == "No demand goes unserved."
    assert unserved(200.0).startswith("Less than 1")
    assert unserved(5e4).startswith("50")
    assert mixes_differ([("a", 40.0)]) == ""
    assert "40.0" in mixes_differ([("b", 50.0), ("a", 40.0)])
    assert npv_same_for_all([]) == ""
    assert "\u2212910" in npv_same_for_all([-9.1e8, -9.1e8])
