"""The worst screened cases in AC: the flow is that of the grid without the circuit, and what was not tried says so."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from greengrid.security.findings import NO, ranked
from greengrid.security.outages_confirmed import NO_SOLUTION, YES, Verdict, _case, limit_mw, verdicts
from greengrid.security.outages_findings import overloads, refuted, without_solution
from greengrid.security.outages_part import Contingency, Pair, contingencies, pairs
from greengrid.security.screening import Scene, Screening, screen
from greengrid.security.year import AcYear, solve_year
from tests.small_scene import small_scene

HOURS = 24
YES_VERDICT = Verdict(YES, 1.0)


@cache
def _studied() -> tuple[Scene, Screening, AcYear]:
    scene = small_scene(3)
    return scene, screen(scene), solve_year(scene.grid, scene.dispatch)


def _flow_mw(scene: Scene, year: AcYear, element: str, hour: int) -> float:
    """Magnitude on a line, or of the sum over a cut's members that are still there."""
    ends = {}
    for area in year.areas:
        for m, name in enumerate(area.network.branch_names):
            ends[name] = (area.flow_from_mw[hour, m], area.flow_to_mw[hour, m])
    cut = next((cut for cut in scene.grid.interfaces if cut.name == element), None)
    if cut is None:
        return float(np.abs(ends[element]).max())
    return abs(float(sum(sign * ends[name][0] for name, sign in cut.members if name in ends)))


def test_a_circuit_out_is_the_grid_without_it() -> None:
    """Flow and verdict of every tried loss of a line are those of a grid in which that line never stood."""
    scene, found, year = _studied()
    told = verdicts(year, scene, found)
    lines = [pair for pair in told if found.kinds[pair[0]] == "line"]
    assert len(lines) > 3
    for k, row in lines:
        hour, verdict = int(found.when[k, row]), told[k, row]
        kept = tuple(line for line in scene.grid.lines if line.name != found.outages[k])
        cuts = tuple(
            replace(cut, members=tuple(m for m in cut.members if m[0] != found.outages[k]))
            for cut in scene.grid.interfaces
        )
        again = solve_year(replace(scene.grid, lines=kept, interfaces=cuts), scene.dispatch)
        element = scene.sensitivities.monitored[row]
        if verdict.ac_confirmed == NO_SOLUTION:
            assert not all(area.solved[hour] for area in again.areas)
            continue
        flow = _flow_mw(scene, again, element, hour)
        assert verdict.ac_flow_mw == pytest.approx(flow, rel=0.01, abs=0.5)
        most = limit_mw(scene, row, found.outages[k], reverse=bool(found.reverse[k, row]))
        assert verdict.ac_confirmed == (YES if (verdict.ac_flow_mw or 0.0) > most else NO)


def test_what_a_lost_unit_made_is_made_good_by_reserve() -> None:
    """The power of a unit's case adds up to nothing in its area; only losses are left to the slack."""
    scene, found, _ = _studied()
    told = [k for k, kind in enumerate(found.kinds) if kind == "unit" and found.times[k]]
    assert told
    for k in told:
        row = int(found.excess_mw[k].argmax())
        case = _case(scene, found, (k, row))
        assert case is not None
        loss = next(loss for loss in scene.losses if loss.name == found.outages[k])
        area, hour = int(scene.sensitivities.area_of_bus[loss.buses[0]]), int(found.when[k, row])
        held = scene.reserve.of_area(area)[0][hour] > 0
        left = 0.0 if held else float(loss.appearing_mw[hour, 0])
        assert sum(mw for _, mw in case.appearing_mw) == pytest.approx(left, abs=1e-6)
        assert min(mw for _, mw in case.appearing_mw) < -1.0


def test_limit_and_excess_are_of_the_way_the_flow_runs() -> None:
    """A record's limit plus its excess is the flow after the outage, whichever way that runs."""
    scene, found, _ = _studied()
    sensitivities = scene.sensitivities
    for k, row in np.argwhere(found.hours[: len(sensitivities.outages)] > 0).tolist():
        hour = int(found.when[k, row])
        before = scene.flow_mw[hour]
        after = before[row] + before[sensitivities.outage_rows[k]] * sensitivities.answer[k, row]
        assert bool(found.reverse[k, row]) == (after < 0)
        most = limit_mw(scene, row, found.outages[k], reverse=bool(found.reverse[k, row]))
        assert abs(after) == pytest.approx(most + found.excess_mw[k, row], abs=1e-6)


def test_records_carry_the_verdict_of_their_worst_hour() -> None:
    """Each outage's record has the verdict of its worst element; without AC every record says that it was not tried."""
    scene, found, year = _studied()
    told = verdicts(year, scene, found)
    clock = np.arange(HOURS).astype("datetime64[h]")
    by_pair = {(row.outage, row.element): row.verdict for row in pairs(scene, found, clock, told)}
    rows = contingencies(scene, found, clock, told)
    assert rows
    assert all(row.verdict == by_pair[row.outage, row.worst_element] for row in rows)
    without: list[Contingency | Pair] = [*contingencies(scene, found, clock), *pairs(scene, found, clock)]
    assert {row.verdict.ac_confirmed for row in without} == {"not tried"}


def test_findings_of_overloads_carry_the_verdict_of_the_case_they_show() -> None:
    """Value, hour and outage of a finding are those of a pair with that verdict; refuted ones stand last."""
    scene, found, year = _studied()
    told = verdicts(year, scene, found)
    clock = np.arange(HOURS).astype("datetime64[h]")
    rows = pairs(scene, found, clock, told)
    by_pair = {(row.outage, row.element): row for row in rows}
    shown = ranked(overloads(scene, found, told, secured=False))
    assert {one.element for one in shown} == {row.element for row in rows if row.kind != "link"}
    for one in shown:
        row = by_pair[one.outage, one.element]
        assert (one.hour, one.ac_confirmed) == (row.hour, row.verdict.ac_confirmed)
        assert one.value == pytest.approx(row.limit_mw + row.excess_max_mw)
        others = {row.verdict.ac_confirmed for row in rows if row.element == one.element and row.kind != "link"}
        assert one.ac_confirmed != NO or others == {NO}
    assert refuted(scene, found, told) == sum(one.ac_confirmed == NO for one in shown)


def test_outages_without_a_solution_are_findings_of_their_own() -> None:
    """One per outage with such a pair, with the hours that factors find; a verdict turned around takes it away."""
    scene, found, year = _studied()
    told = verdicts(year, scene, found)
    pair = next(pair for pair in told if found.kinds[pair[0]] == "line")
    forced = {other: YES_VERDICT for other in told} | {pair: Verdict(NO_SOLUTION)}
    (one,) = ranked(without_solution(scene, found, forced))
    assert (one.kind, one.element, one.ac_confirmed) == ("n1_no_solution", found.outages[pair[0]], NO_SOLUTION)
    assert one.hours == found.times[pair[0]]
    assert one.value - one.limit == pytest.approx(found.excess_mw[pair])
    assert "reactive support" in one.remedy
    assert not list(without_solution(scene, found, dict.fromkeys(told, YES_VERDICT)))


def test_a_secure_run_is_not_told_to_be_secure() -> None:
    """The remedy of what is left in a secure run names the table of it, not the setting."""
    scene, found, _ = _studied()
    said = {secured: {one.remedy for one in overloads(scene, found, {}, secured=secured)} for secured in (False, True)}
    assert all("[dispatch] secure" in remedy for remedy in said[False])
    assert all("[dispatch] secure" not in remedy and "secure_left" in remedy for remedy in said[True])
