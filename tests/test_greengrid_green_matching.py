"""Exports matched by contracted renewables: cost, volume and premium by rule."""

from __future__ import annotations

import itertools
from functools import cache

import pytest
from typer.testing import CliRunner

from greengrid.case import load_case
from greengrid.cli import app
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.rules import green_periods
from greengrid.dispatch.year import optimise
from greengrid.errors import BadInput
from greengrid.green_matching import Matching, compare_rules
from greengrid.green_shares import matched_mwh
from greengrid.inputs import read_inputs
from greengrid.progress import Reporter
from greengrid.study import prepare


@cache
def found() -> tuple[Matching, ...]:
    """Four days of `tiny`."""
    return compare_rules(load_case("tiny", {"hours": "2035-01-10..2035-01-14"}), Reporter(None))


@pytest.mark.slow
def test_a_longer_period_never_costs_more():
    """What matches every hour matches every day, and so on: costs fall from hourly to none, the premium with them."""
    cost = {each.rule: each.operation_usd_real for each in found()}
    ladder = [cost[rule] for rule in ("hourly", "daily", "monthly", "yearly", "none")]
    slack = 1e-6 * abs(cost["none"])
    assert all(tighter >= looser - slack for tighter, looser in itertools.pairwise(ladder))
    assert ladder[0] > ladder[-1] + slack


@pytest.mark.slow
def test_every_exported_megawatthour_is_matched():
    """Under a rule contracted power that is not forfeited covers the exports; the premium repays the cost."""
    free = found()[0]
    for each in found()[1:]:
        assert each.contracted_mwh - each.forfeited_mwh >= each.exported_mwh - 1e-3
        if each.premium_usd_per_mwh is not None:
            risen = each.operation_usd_real - free.operation_usd_real
            assert each.premium_usd_per_mwh * each.exported_mwh == pytest.approx(risen, abs=1.0)


@pytest.mark.slow
def test_what_no_rule_asked_for_is_matched_in_part():
    """Free dispatch: a longer period matches no less, never more than is exported, all where the rule is free."""
    free = found()[0]
    shares = list(free.matched_mwh.values())
    assert list(free.matched_mwh) == ["hourly", "daily", "monthly", "yearly"]
    assert all(shorter <= longer + 1e-3 for shorter, longer in itertools.pairwise([*shares, free.exported_mwh]))
    assert 0 <= shares[0] < free.exported_mwh - 1
    for each in found()[1:]:
        covered = free.matched_mwh[each.rule] >= free.exported_mwh - 1e-3
        assert covered == (each.operation_usd_real <= free.operation_usd_real + 1.0)


def test_the_dispatch_of_the_hourly_rule_is_matched_in_every_hour():
    """The accounts read off a dispatch that was made to keep them cover all of its exports."""
    case = load_case("tiny", {"hours": "2035-01-10..2035-01-12", "dispatch.green": "hourly"})
    inputs = read_inputs(case)
    _, profiles = prepare(case, inputs, Reporter(None))
    problem = make_problem(inputs.grid, profiles, inputs.economy, inputs.options)
    optimum = optimise(problem)
    output = optimum.program.output(optimum.solution.values)
    exported = sum(period.exported_mwh for period in green_periods(problem, optimum))
    assert exported > 1.0
    assert matched_mwh(problem, output, profiles.clock)["hourly"] == pytest.approx(exported, abs=1e-2)


def test_a_case_without_contracted_plants_or_a_way_out_is_refused():
    """No programme: nothing to contract. No Black Sea cable: nothing leaves for the European Union."""
    for change in ({"programme": "none"}, {"link.black_sea.capacity_mw": 0}):
        with pytest.raises(BadInput):
            compare_rules(load_case("tiny", change), Reporter(None))


def test_the_command_names_a_case_that_is_not_there():
    """Bad input ends with exit code 2 and the name that was given."""
    result = CliRunner().invoke(app, ["green", "nowhere"])
    assert result.exit_code == 2
    assert "nowhere" in result.output
