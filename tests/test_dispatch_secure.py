"""The N-1 secure dispatch: nothing broken is left, and it costs what a program with every outage row costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from greengrid.case import load_case
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.extract import make_dispatch
from greengrid.dispatch.headroom import TOLERANCE_MW
from greengrid.dispatch.result import LOSSES
from greengrid.dispatch.secure import Secured, flows_of, secure
from greengrid.dispatch.secure_pairs import SLACK_MW, Find, Numbering, OutagePair, with_outages
from greengrid.dispatch.year import optimise
from greengrid.hourly import HourlyTable
from greengrid.inputs import read_inputs
from greengrid.progress import Reporter
from greengrid.security.outages_parameters import read_parameters
from greengrid.security.screening import Scene, make_scene, screen
from greengrid.security.screening_limits import make_limits
from greengrid.security.secure_headroom import headroom_finder, room_mw
from greengrid.security.secure_transfer_rows import outage_finder
from greengrid.security.sensitivities import make_sensitivities
from greengrid.study import prepare
from greengrid.weather.profiles import Profiles
from networks.grid import Grid, Interface, Load
from tests.random_grid import solved_flows
from tests.small_system import System, make_system


def _secured(system: System) -> Secured:
    problem = make_problem(system.grid, system.profiles, system.economy)
    return secure(problem, optimise(problem), outage_finder(system.grid), lambda what, done, total: None)


def _every_pair(grid: Grid) -> tuple[OutagePair, ...]:
    """All outages on all branches and cuts, whether broken or not."""
    sensitivities = make_sensitivities(grid)
    limits = make_limits(grid, sensitivities, read_parameters())
    pairs = []
    for k, outage in enumerate(sensitivities.outages):
        for row, limit in enumerate(sensitivities.monitored):
            answer = float(sensitivities.answer[k, row])
            share = float(sensitivities.left_frac[k]) if limit == outage else 1.0
            if answer != 0.0 and share > 0:
                upper = float(limits.emergency_forward_mw[row]) * share - SLACK_MW
                lower = -float(limits.emergency_reverse_mw[row]) * share + SLACK_MW
                pairs.append(OutagePair(outage, limit, answer, upper, lower))
    return tuple(pairs)


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_rows_added_where_broken_cost_what_all_rows_cost(seed: int) -> None:
    """The optimum with the pairs found in rounds equals that of the program with every pair from the start."""
    system = make_system(seed)
    found = _secured(system)
    problem = make_problem(system.grid, system.profiles, system.economy)
    every = optimise(with_outages(problem, _every_pair(system.grid)))
    assert found.pairs
    assert found.cost_usd > 0
    assert found.optimum.objective_usd == pytest.approx(every.objective_usd, rel=1e-9)


def test_what_is_too_dear_is_left_to_automatics() -> None:
    """With a price of nothing every pair is left and security costs nothing; a price in between lies in between."""
    system = make_system(2)
    problem = make_problem(system.grid, system.profiles, system.economy)
    plain, finder = optimise(problem), outage_finder(system.grid)
    found = [
        secure(problem, plain, finder, lambda what, done, total: None, relief_max_usd_per_mwh=price)
        for price in (0.0, 60.0, float("inf"))
    ]
    assert found[0].cost_usd == pytest.approx(0.0, abs=1e-3)
    assert found[0].left.any()
    assert found[0].left_to_automatics()
    assert not found[2].left.any()
    assert not found[2].left_to_automatics()
    costs = [one.cost_usd for one in found]
    assert costs == sorted(costs)


def test_no_outage_solved_again_breaks_a_limit() -> None:
    """In every hour, with any line out and the flows solved by nodal equations, all limits after an outage hold."""
    system = make_system(2)
    found = _secured(system)
    grid = system.grid
    assert all(line.circuits == 1 for line in grid.lines)
    lines = len(grid.lines)
    flow = flows_of(found.optimum)[:, :lines]
    sensitivities = make_sensitivities(grid)
    limits = make_limits(grid, sensitivities, read_parameters())
    most = dict(zip(sensitivities.monitored, limits.emergency_forward_mw, strict=True))
    position = {bus.name: k for k, bus in enumerate(grid.buses)}
    broken_before = 0
    for members in grid.areas:
        own = [k for k, line in enumerate(grid.lines) if line.from_bus in members]
        buses = [position[name] for name in members]
        part = _part(grid, members, own)
        incidence = np.zeros((len(own), len(buses)))
        for row, k in enumerate(own):
            incidence[row, members.index(grid.lines[k].from_bus)] = 1.0
            incidence[row, members.index(grid.lines[k].to_bus)] = -1.0
        for hour in range(24):
            injection = incidence.T @ flow[hour, own]
            for row in range(len(own)):
                after = solved_flows(part, injection, without=row)
                assert after is not None
                over = np.abs(after) - np.array([most[line.name] for line in part.lines])
                assert np.delete(over, row).max() < 0.01
                broken_before += 1
    assert broken_before > 100


def test_two_lines_by_hand() -> None:
    """300 MW over two lines of 200 MW: after a loss the other may carry 200 x 0.92 / 0.80 = 230; 70 MW move to gas.

    The margins of static stability are 8 % after a fault and 20 % before.
    """
    system = _two_lines()
    cost = {unit.name: unit.marginal_cost_usd_per_mwh for unit in system.economy.units}
    found = _secured(system)
    assert {pair.key for pair in found.pairs} == {("L0", "L1"), ("L1", "L0")}
    np.testing.assert_allclose(flows_of(found.optimum)[:, :2], 115.0, atol=SLACK_MW)
    assert found.cost_usd == pytest.approx(24 * 70.0 * (cost["gas west"] - cost["coal"]), rel=1e-4)


def _two_lines() -> System:
    """Coal at one bus, gas and a load of 300 MW at the other, two lines alike between them."""
    system = make_system(1)
    grid, none = system.grid, HourlyTable((), np.zeros((24, 0)))
    lines = tuple(
        replace(grid.lines[0], name=f"L{k}", from_bus="W0 500", to_bus="W1 500", flow_max_mw=200.0) for k in (0, 1)
    )
    plants = tuple(plant for plant in grid.plants if plant.name in ("coal", "gas west"))
    small = replace(
        grid, buses=grid.buses[:2], lines=lines, plants=plants, loads=(Load("W1 500", "KZ", "KZ", 1.0),),
        demands=grid.demands[:1], borders=(), interfaces=(), links=(), areas=(("W0 500", "W1 500"),),
    )  # fmt: skip
    demand = HourlyTable(("KZ",), np.full((24, 1), 300.0))
    profiles = Profiles(system.profiles.clock, none, demand, none, none)
    units = tuple(unit for unit in system.economy.units if unit.name in ("coal", "gas west"))
    return System(small, profiles, replace(system.economy, units=units, markets=(), loss_frac=()))


def _only_left_is_broken(found: Secured, finder: Find, own: int) -> None:
    """Hour by hour."""
    flow_mw = flows_of(found.optimum)[:, :own]
    number = {pair.key: k for k, pair in enumerate(found.pairs)}
    for hour in range(len(flow_mw)):
        for pair in finder(flow_mw[hour : hour + 1]):
            assert found.left[hour, number[pair.key]]


@pytest.mark.parametrize("relief_max_usd_per_mwh", [60.0, np.inf])
def test_weeks_joined_cost_what_one_program_costs(relief_max_usd_per_mwh: float) -> None:
    """Thirty days, secured by weeks and joined, leave nothing broken but what is left, at the cost of all rows at once.

    The optimum with the same pairs from the start is the same; it costs no less than the dispatch without them.
    """
    system = make_system(5, hours=30 * 24)
    problem = make_problem(system.grid, system.profiles, system.economy)
    plain, finder = optimise(problem), outage_finder(system.grid)
    found = secure(
        problem, plain, finder, lambda what, done, total: None, relief_max_usd_per_mwh=relief_max_usd_per_mwh
    )
    own = len(problem.network.limits)
    _only_left_is_broken(found, finder, own)
    assert found.left.any() == (relief_max_usd_per_mwh < np.inf)
    assert found.pairs
    at_once = optimise(with_outages(problem, found.pairs, found.left))
    assert found.optimum.objective_usd == pytest.approx(at_once.objective_usd, rel=1e-8)
    assert found.optimum.gap_frac < 1e-6
    assert found.cost_usd > 0


@pytest.mark.slow
def test_two_days_of_base() -> None:
    """On the shipped grid: nothing broken but pairs left to automatics, no dearer pair held, certified."""
    case = load_case("base", ["hours='2035-01-10..2035-01-12'"])
    inputs = read_inputs(case)
    _, profiles = prepare(case, inputs, Reporter(None))
    problem = make_problem(inputs.grid, profiles, inputs.economy, inputs.options)
    finder = outage_finder(inputs.grid)
    found = secure(problem, optimise(problem), finder, lambda what, done, total: None, relief_max_usd_per_mwh=400.0)
    own = len(problem.network.limits)
    _only_left_is_broken(found, finder, own)
    assert len(found.pairs) > 50
    assert found.cost_usd > 0
    assert found.optimum.gap_frac < 1e-6
    price = Numbering(own, found.pairs).prices(found.optimum.program, found.optimum.solution)
    assert price.max() <= 400.0


def _part(grid: Grid, members: tuple[str, ...], own: list[int]) -> Grid:
    chosen = set(members)
    return replace(
        grid,
        buses=tuple(bus for bus in grid.buses if bus.name in chosen),
        lines=tuple(grid.lines[k] for k in own),
    )


def _with_losses(system: System, relief_max_usd_per_mwh: float = 1e6) -> tuple[Secured, Secured, Scene]:
    """(secured against branches alone, secured, what may be lost in the latter)."""
    problem, parameters = make_problem(system.grid, system.profiles, system.economy), read_parameters()
    plain, finder = optimise(problem), outage_finder(system.grid)
    keep = headroom_finder(system.grid, system.profiles, system.economy, parameters)
    branches, found = (
        secure(problem, plain, finder, _silent, keep=given, relief_max_usd_per_mwh=relief_max_usd_per_mwh)
        for given in (None, keep)
    )
    dispatch = make_dispatch(system.grid, system.profiles, system.economy, found.problem, found.optimum)
    return branches, found, make_scene(system.grid, system.economy, dispatch, parameters)


def _silent(what: str, done: int, total: int) -> None:
    """No progress."""


@pytest.mark.parametrize("seed", [2, 6, 7, 8])
def test_no_loss_of_a_unit_or_pole_breaks_a_limit(seed: int) -> None:
    """Screened anew, every single loss keeps within the limits after an outage wherever none was left to automatics.

    What is left stands in the records with as many hours; holding more never costs less.
    """
    system = make_system(seed)
    units = tuple(replace(unit, unit_mw=400.0, reserve_frac=1.0) for unit in system.economy.units)
    branches, found, scene = _with_losses(replace(system, economy=replace(system.economy, units=units)))
    assert found.headroom is not None
    found_after, left = screen(scene), found.headroom.left
    losses = [k for k, kind in enumerate(found_after.kinds) if kind in ("unit", "pole", "island")]
    assert len(losses) > 3
    number = {name: k for k, name in enumerate(found.problem.network.limits)}
    rows = [number[name] for name in scene.sensitivities.monitored]
    broken = (found_after.worst_mw > 0.02) & np.isin(found_after.cause, losses)
    assert not (broken & ~left.any(axis=0)[:, rows]).any()
    told = [row for row in found.left_to_automatics() if row.outage == LOSSES]
    assert sum(row.hours for row in told) <= left.sum()
    assert found.cost_usd > branches.cost_usd


def test_room_is_kept_for_the_loss_of_a_unit_by_hand() -> None:
    """300 MW may cross to a load of 420 MW, 300 x 0.92 / 0.80 = 345 after an outage; gas there runs units of 100 MW.

    120 MW of gas are two units of 60, made good from across alone: 360. With h MW more of gas 300 - h + (120 + h) / 2
    must cross at most: h = 30. What is kept grows a little beyond what lacks.
    """
    system = _two_lines()
    lines = tuple(replace(line, flow_max_mw=400.0) for line in system.grid.lines)
    tie = Interface("tie", 300.0, 300.0, (("L0", 1), ("L1", 1)), "D", "test")
    units = tuple(replace(unit, reserve_frac=0.0 if unit.name == "gas west" else 1.0) for unit in system.economy.units)
    system = System(
        replace(system.grid, lines=lines, interfaces=(tie,)),
        replace(system.profiles, demand_mw=HourlyTable(("KZ",), np.full((24, 1), 420.0))),
        replace(system.economy, units=units),
    )
    branches, found, _ = _with_losses(system)
    cost = {unit.name: unit.marginal_cost_usd_per_mwh for unit in units}
    crossing = flows_of(found.optimum)[:, 2]
    assert branches.cost_usd == pytest.approx(0.0, abs=1e-3)
    assert not found.left_to_automatics()
    assert np.all((crossing <= 270.0 + TOLERANCE_MW * 2) & (crossing >= 268.0))
    assert found.cost_usd == pytest.approx(24 * (300.0 - crossing[0]) * (cost["gas west"] - cost["coal"]), rel=1e-4)


def test_what_no_room_can_hold_is_told() -> None:
    """At a price of nothing no room is kept, security costs nothing, and every hour that breaks a limit is recorded."""
    branches, found, scene = _with_losses(make_system(2), relief_max_usd_per_mwh=0.0)
    assert found.headroom is not None
    assert found.cost_usd == pytest.approx(0.0, abs=1e-3)
    assert branches.cost_usd == pytest.approx(0.0, abs=1e-3)
    lacking = room_mw(scene)
    flows = scene.flow_mw
    normal = np.stack([scene.limits.normal_forward_mw, scene.limits.normal_reverse_mw])[:, None, :]
    broken = np.stack([flows, -flows]) > normal - lacking + TOLERANCE_MW
    told = [row for row in found.left_to_automatics() if row.outage == LOSSES]
    assert sum(row.hours for row in told) == broken.sum() > 0
