"""Exports matched by contracted renewables: cost, volume and premium by rule."""

from __future__ import annotations

import itertools
from functools import cache

import pytest
from typer.testing import CliRunner

from greengrid.case import load_case
from greengrid.cli import app
from greengrid.errors import BadInput
from greengrid.green_matching import Matching, compare_rules
from greengrid.progress import Reporter


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
