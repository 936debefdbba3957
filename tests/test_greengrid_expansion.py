"""Wind, sun, storage and link chosen together: convexity, cuts, bound and the best of a grid."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from greengrid.case import load_case
from greengrid.cli import app
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.options import Options
from greengrid.dispatch.program import Program, Span
from greengrid.dispatch.solver import solve
from greengrid.errors import BadInput
from greengrid.expand_command import year_text
from greengrid.expansion.additions import known_sites, programme
from greengrid.expansion.affine import CapacitySpan
from greengrid.expansion.bundle import Box, Cut, Search, Value, minimise
from greengrid.expansion.candidates import Candidate, check, resized
from greengrid.expansion.costs import annuity_frac, battery_usd_per_mw, convex_lines
from greengrid.expansion.settings import Settings
from greengrid.expansion.study import YearCheck
from greengrid.expansion.weeks import choose_weeks
from greengrid.hourly import Array, Clock, HourlyTable
from greengrid.inputs import Inputs, read_inputs
from greengrid.weather.profiles import Profiles
from tests.small_system import make_system

DAYS = 2
OPTIONS = Options(reserve="largest_pole")


def candidate(name: str, kind: str, reference_mw: float) -> Candidate:
    return Candidate(name, kind, "", reference_mw, 2 * reference_mw, 0.0, "D", "test")


@cache
def inputs() -> tuple[Inputs, Profiles]:
    system = make_system(3, 24 * DAYS)
    return Inputs(system.grid, system.economy, "", OPTIONS), system.profiles


def span(chosen: tuple[Candidate, ...]) -> CapacitySpan:
    """Two days of the small system as a function of the candidates."""
    base, profiles = inputs()
    reference = np.array([each.reference_mw for each in chosen])
    moved = [resized(base, each, 0.5 * each.reference_mw) for each in chosen]
    problems = [make_problem(each.grid, profiles, each.economy, OPTIONS) for each in (base, *moved)]
    return CapacitySpan(problems[0], problems[1:], reference, 0.5 * reference)


@cache
def three() -> tuple[Candidate, ...]:
    """A wind farm, the battery and the link of the small system."""
    grid = inputs()[0].grid
    size = {plant.name: plant.capacity_mw for plant in grid.plants}
    link = grid.links[0]
    return (
        candidate("wind a", "wind_onshore", size["wind a"]),
        candidate("battery", "battery", size["battery"]),
        candidate(link.name, "link", link.capacity_mw),
    )


def test_other_capacities_are_the_problem_assembled_anew():
    """Bounds and sides at a third size, interpolated, give the cost of the problem that is assembled at that size."""
    base, profiles = inputs()
    sizes = np.array([1.3, 0.7, 1.6]) * [each.reference_mw for each in three()]
    changed = base
    for each, size in zip(three(), sizes.tolist(), strict=True):
        changed = resized(changed, each, size)
    anew = solve(Program(make_problem(changed.grid, profiles, changed.economy, OPTIONS), Span(0, DAYS, cyclic=True)))
    assert span(three()).evaluate(sizes).cost_usd == pytest.approx(anew.objective_usd, rel=1e-9)


@settings(derandomize=True, max_examples=8, deadline=None)
@given(st.lists(st.floats(0, 2), min_size=6, max_size=6))
def test_a_cut_bounds_the_cost_everywhere_and_touches_where_it_was_made(shares: list[float]):
    """Weak duality: the dual function of one choice of capacities is below the cost of any other."""
    reference = np.array([each.reference_mw for each in three()])
    here, there = reference * shares[:3], reference * shares[3:]
    function = span(three())
    first, second = function.evaluate(here), function.evaluate(there)
    at = lambda value, point: value.cut.constant_usd + float(value.cut.slope_usd_per_mw @ point)  # noqa: E731
    slack = 1e-6 * abs(first.cost_usd)
    assert at(first, here) == pytest.approx(first.cost_usd, rel=1e-7)
    assert at(first, there) <= second.cost_usd + slack
    assert at(second, here) <= first.cost_usd + slack


def test_the_slope_is_the_finite_difference():
    """Where the cost is smooth, the worth of one more MW is what one more MW saves."""
    function = span(three())
    point = np.array([0.83, 0.61, 0.57]) * [each.reference_mw for each in three()]
    slope = function.evaluate(point).cut.slope_usd_per_mw
    for k in range(3):
        step = np.eye(3)[k] * 1e-5 * point[k]
        sides = [function.evaluate(point + sign * step).cost_usd for sign in (1, -1)]
        assert (sides[0] - sides[1]) / (2 * step[k]) == pytest.approx(slope[k], rel=2e-3, abs=1e-3)
    assert np.all(slope < 0)


@pytest.mark.slow
def test_the_choice_is_the_best_of_a_grid():
    """Two candidates: no point of a fine grid costs less than the bound, and none much less than the choice."""
    pair = (three()[0], three()[2])
    function = span(pair)
    most = np.array([2 * each.reference_mw for each in pair])
    worth = -function.evaluate(most / 2).cut.slope_usd_per_mw
    box = Box(np.zeros(2), most, 0.8 * worth, (Cut(0.0, np.zeros(2)), Cut(-most[1] * worth[1] * 0.2, worth * [0, 0.4])))
    found = minimise(box, lambda x: [function.evaluate(x)], most / 2, Search(1e-5, 60))
    assert found.gap_frac <= 1e-5
    grid = [np.array([a, b]) * most for a in np.linspace(0, 1, 9) for b in np.linspace(0, 1, 9)]
    costs = [box.investment_usd(point) + function.evaluate(point).cost_usd for point in grid]
    assert found.lower_bound_usd <= min(costs)
    assert found.cost_usd <= min(costs) + 1e-5 * abs(found.cost_usd)
    assert all(trial.lower_bound_usd <= other.cost_usd for trial in found.trials for other in found.trials)


def test_what_costs_nothing_goes_to_its_bound_and_what_costs_too_much_is_not_built():
    """Free wind is built to its bound; a link dearer than all it could save is not built."""
    pair = (three()[0], three()[2])
    function = span(pair)
    most = np.array([each.reference_mw for each in pair])
    highest = -function.evaluate(np.array([most[0], 0.0])).cut.slope_usd_per_mw[1]
    box = Box(np.zeros(2), most, np.array([0.0, 2 * highest]))
    found = minimise(box, lambda x: [function.evaluate(x)], most / 2, Search(1e-7, 60))
    assert found.capacity_mw == pytest.approx([most[0], 0.0], abs=1e-3 * most[0])


def test_the_bundle_finds_the_least_of_known_functions():
    """Sum of |x - 3| and |y - 5| with a price on y: the corner by hand, the gap closed in both parts."""

    def part(x: Array, k: int, centre: float) -> Value:
        slope = np.zeros(2)
        slope[k] = 1e6 if x[k] >= centre else -1e6
        cost = 1e6 * abs(x[k] - centre)
        return Value(cost, Cut(cost - float(slope @ x), slope))

    box = Box(np.array([0.0, 1.0]), np.array([10.0, 10.0]), np.array([0.0, 2e6]))
    found = minimise(box, lambda x: [part(x, 0, 3.0), part(x, 1, 5.0)], np.array([9.0, 9.0]), Search(1e-9, 80))
    assert found.capacity_mw == pytest.approx([3.0, 1.0], abs=1e-5)
    assert found.cost_usd == pytest.approx(6e6, rel=1e-8)


def test_the_envelope_of_packages_is_convex_and_below_them():
    """Points 0, 10, 12, 40 at 0 to 3: the envelope skips the second and meets the others."""
    lines = convex_lines([(0.0, 0.0), (1.0, 10.0), (2.0, 12.0), (3.0, 40.0)])
    envelope = [max(constant + slope * x for constant, slope in lines) for x in (0.0, 1.0, 2.0, 3.0)]
    assert envelope == pytest.approx([0.0, 6.0, 12.0, 40.0])


def test_a_battery_costs_its_annuity_and_its_upkeep():
    """4 h x (180 USD/kWh x annuity of 15 years at 7 % + 4 USD/kWh/a), in USD per MW of 2025."""
    cost, source, _ = battery_usd_per_mw(4.0, 0.07, 2025)
    assert cost == pytest.approx(4000 * (180 * 0.07 / (1 - 1.07**-15) + 4), rel=1e-12)
    assert source
    assert annuity_frac(0.0, 4) == 0.25


def test_weeks_stand_for_every_day_of_the_year_once():
    """One week a season, whole, inside the year; weights add up to 365 days; the odd week out is not chosen."""
    clock = Clock.of_year(2035)
    hour = np.arange(clock.hours)
    demand = 100 + 10 * np.cos(hour / clock.hours * 2 * np.pi)
    none = HourlyTable((), np.zeros((clock.hours, 0)))
    profiles = Profiles(
        clock, HourlyTable(("w",), demand[:, None] / 200), HourlyTable(("z",), demand[:, None]), none, none
    )
    weeks = choose_weeks(profiles, ("w",))
    assert sum(week.weight for week in weeks) * 7 == pytest.approx(365)
    assert [week.season for week in weeks] == ["winter", "spring", "summer", "autumn"]
    assert all(week.first_hour % 168 == 0 and week.first_hour + 168 <= clock.hours for week in weeks)
    storm = demand.copy()
    storm[weeks[2].first_hour : weeks[2].first_hour + 168] *= 3
    stormy = replace(profiles, demand_mw=HourlyTable(("z",), storm[:, None]))
    assert choose_weeks(stormy, ("w",))[2] != weeks[2]


def test_a_search_ends_where_another_is_proven_better():
    """|x - 3| + 5 cannot reach 4: the search stops as soon as its bound says so, and the bound is right."""
    box = Box(np.zeros(1), np.full(1, 10.0), np.zeros(1))

    def part(x: Array) -> list[Value]:
        slope = np.array([1e6 if x[0] >= 3 else -1e6])
        cost = 1e6 * abs(x[0] - 3) + 5e6
        return [Value(cost, Cut(cost - float(slope @ x), slope))]

    whole = minimise(box, part, np.array([9.0]), Search(1e-9, 80))
    ended = minimise(box, part, np.array([9.0]), Search(1e-9, 80, worse_than_usd=4e6))
    assert 4e6 < ended.lower_bound_usd <= whole.cost_usd == pytest.approx(5e6)
    assert len(ended.trials) < len(whole.trials)


def test_sites_are_the_stations_of_every_zone_near_the_link():
    """One of each kind in each zone, none where the programme stands, none that only closes a national total."""
    grid = read_inputs(load_case("base")).grid
    sites = known_sites(grid, 1200.0)
    assert {(plant.zone, plant.technology) for plant in sites} >= {
        ("UZ-Northwest", "wind_onshore"),
        ("UZ-Navoi", "wind_onshore"),
        ("AZ-Absheron", "wind_onshore"),
        ("AZ-Absheron", "wind_offshore"),
        ("AZ-Absheron", "solar"),
    }
    keys = [(plant.zone, plant.technology) for plant in sites]
    assert len(keys) == len(set(keys))
    assert not set(keys) & {(plant.zone, plant.technology) for plant in programme(grid)}
    assert not any(" other " in plant.plant for plant in sites)
    assert known_sites(grid, 0.0) == []
    assert {plant.plant for plant in known_sites(grid, 400.0)} < {plant.plant for plant in sites}


def test_every_problem_of_a_case_is_told_at_once():
    """No programme, no link, a rule with accounts and a rate that is none: four problems, nothing solved."""
    case = load_case(
        "tiny", {"programme": "none", "link.caspian.capacity_mw": 0, "dispatch.green": "daily", "project.links": []}
    )
    with pytest.raises(BadInput) as caught:
        check(case, Settings(2.0, 0.0, 4.0, 1000.0, float("nan"), 1e-4))
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize(
    ("rule", "kept", "more"),
    [
        ("dispatch.secure=n-1", "dispatch.secure=none", ()),
        ("dispatch.foresight=week", "dispatch.foresight=perfect", ()),
        ("security.losses=corrected", "security.losses=flat", ("--set", "ac_hours=all")),
    ],
)
def test_a_rule_that_would_be_ignored_is_refused(tmp_path: Path, rule: str, kept: str, more: tuple[str, ...]):
    """Exit code 2, the key named with what to do, and no folder."""
    out = tmp_path / "expanded"
    result = CliRunner().invoke(app, ["expand", "tiny", "-o", str(out), "--set", rule, *more])
    assert result.exit_code == 2, result.output
    assert f"Expand with --set {kept}, then run DIR/case.toml with --set {rule}" in " ".join(result.output.split())
    assert not out.exists()


@pytest.mark.parametrize(("estimate_usd", "within"), [(104.9e6, True), (95.1e6, True), (105.1e6, False), (90e6, False)])
def test_the_weeks_are_held_against_the_year(estimate_usd: float, within: bool):
    """Within 5 % either way they stand for it, else the text says that they do not."""
    year = YearCheck(100e6, 1e-6, estimate_usd, None, None)
    assert year.within_tolerance == within
    assert ("NOT within 5% of the year" in year_text(year)[1]) != within


@pytest.mark.slow
def test_the_command_writes_a_case_that_runs(tmp_path: Path):
    """`greengrid expand tiny`: gap kept, bound below every trial, and case.toml is a case of the whole year."""
    out = tmp_path / "expanded"
    result = CliRunner().invoke(
        app, ["expand", "tiny", "-o", str(out), "--link-mw", "1000", "--gap", "1e-3", "--no-packages"]
    )
    assert result.exit_code == 0, result.output
    record = json.loads((out / "expansion.json").read_text())
    assert record["lower_bound_usd_real"] <= record["cost_usd_real"]
    assert record["gap_frac"] <= 1e-3
    case = load_case(out / "case.toml")
    assert case.hours == "all"
    link = next(row for row in record["candidates"] if row["kind"] == "link")
    assert case.link["caspian"].capacity_mw == pytest.approx(link["capacity_mw"], abs=1)
    assert not list(tmp_path.glob(".*partial"))


@pytest.mark.slow
def test_every_package_is_paid_in_full_or_there_is_no_link(tmp_path: Path):
    """The choice is the least of all networks and the bound lies below each of them."""
    out = tmp_path / "packages"
    arguments = ["expand", "tiny", "-o", str(out), "--battery-mw", "0", "--link-mw", "1000"]
    result = CliRunner().invoke(app, [*arguments, "--gap", "1e-4"])
    assert result.exit_code == 0, result.output
    record = json.loads((out / "expansion.json").read_text())
    costs = {row["package_mw"]: row["cost_usd_real"] for row in record["packages"]}
    assert list(costs) == [0, 1000, 2000, 4000]
    assert record["cost_usd_real"] == min(costs.values()) >= record["lower_bound_usd_real"]
    assert all(row["lower_bound_usd_real"] >= record["lower_bound_usd_real"] for row in record["packages"])
    assert record["gap_frac"] <= 1e-4
    assert {row["kind"] for row in record["candidates"]} == {"wind_onshore", "solar", "link"}
    if record["package_mw"] == 0:
        assert load_case(out / "case.toml").built_links == ("black_sea",)
