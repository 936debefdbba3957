"""The AC power flow of every hour in batch: against pandapower's Newton, hour by hour, and against itself."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pandapower
import pytest

from greengrid.case import load_case
from greengrid.dispatch.result import Dispatch
from greengrid.hourly import HourlyTable
from greengrid.inputs import read_inputs
from greengrid.security import year_relief
from greengrid.security.batch_outages import OutageCase, confirm, left_frac, sweep
from greengrid.security.batch_settle import ALL_AT_LIMIT, SOLVED
from greengrid.security.findings import ranked
from greengrid.security.operating import PointMaker
from greengrid.security.year import AcYear, AreaYear, solve_year
from greengrid.security.year_findings import year_records, year_violations
from greengrid.security.year_losses import correct_losses, estimate_of, loss_rows, zone_loss_mw
from greengrid.security.year_relief import explain, taken
from greengrid.weather.profiles import Profiles
from networks.grid import Grid
from networks.load_flow import solve
from networks.pandapower_net import areas, build_net, set_point
from tests.drawn_dispatch import draw_dispatch
from tests.small_scene import small_scene
from tests.test_security_ac import dispatched, two_areas

pytestmark = pytest.mark.slow


def nets(grid: Grid, dispatch: Dispatch) -> list[tuple[object, PointMaker]]:
    """Every area's pandapower net with what sets its hours."""
    whole = PointMaker(grid, dispatch, (bus.name for bus in grid.buses))
    parts = areas(build_net(grid, whole.point(0)))
    return [(net, PointMaker(grid, dispatch, set(net.bus["name"]))) for net in parts]


def heavy() -> Dispatch:
    """Hour 7 asks for 5 GW over one circuit."""
    calm = dispatched()
    load, coal = calm.served_mw.values.copy(), calm.generation_mw.values.copy()
    load[7, 0] = coal[7, 0] = 5000.0
    return dispatched(
        served_mw=HourlyTable(calm.served_mw.columns, load), generation_mw=HourlyTable(calm.generation_mw.columns, coal)
    )


@pytest.fixture(scope="module")
def small() -> tuple[Grid, Dispatch, AcYear]:
    """Two areas, 240 hours, one of which has no solution."""
    grid, dispatch = two_areas(), heavy()
    return grid, dispatch, solve_year(grid, dispatch)


def test_without_limits_the_batch_is_pandapowers_newton() -> None:
    """Same sources holding the same voltages: 1e-8 pu in voltage, 1e-6 MW in shared slack and losses, no hour apart."""
    newton_without_limits(two_areas(), dispatched(), (0, 100, 239))
    grid = read_inputs(load_case("base")).grid
    newton_without_limits(grid, draw_dispatch(grid, 1, 3, load_ratio=0.6), (0, 2))


def newton_without_limits(grid: Grid, dispatch: Dispatch, hours: tuple[int, ...]) -> None:
    """Holds the batch against `runpp`."""
    year = solve_year(grid, dispatch, limits=False)
    for area, (net, maker) in zip(year.areas, nets(grid, dispatch), strict=True):
        for hour in hours:
            assert area.solved[hour]
            set_point(net, maker.point(hour))
            pandapower.runpp(net, distributed_slack=True, tolerance_mva=1e-8, numba=False, lightsim2grid=False)
            np.testing.assert_allclose(area.voltage_pu[hour], net.res_bus["vm_pu"], atol=1e-8)
            angles = np.rad2deg(np.angle(area.settled.cases.volt[hour]))
            apart = angles - net.res_bus["va_degree"].to_numpy()
            assert np.ptp(apart) < 1e-6
            loss = net.res_line["pl_mw"].sum() + net.res_trafo["pl_mw"].sum()
            assert area.loss_mw[hour] == pytest.approx(loss, abs=1e-6)
            loading = np.r_[net.res_line["loading_percent"], net.res_trafo["loading_percent"]] / 100
            np.testing.assert_allclose(area.loading_frac[hour], loading, atol=1e-8)


def same_as_one_by_one(grid: Grid, dispatch: Dispatch, hours: tuple[int, ...]) -> int:
    """Holds the batch against `load_flow.solve`; returns how many area-hours both solved."""
    year, solved = solve_year(grid, dispatch), 0
    for area, (net, maker) in zip(year.areas, nets(grid, dispatch), strict=True):
        for hour in hours:
            set_point(net, maker.point(hour))
            single = solve(net)
            assert single.converged == bool(area.solved[hour]), (area.name, hour, single.problem, area.problem(hour))
            if single.converged:
                solved += 1
                np.testing.assert_allclose(area.voltage_pu[hour], single.voltage_pu, atol=1e-6)
                np.testing.assert_array_equal(
                    area.settled.state.tap[hour, area.network.line_count :], single.tap_position
                )
                np.testing.assert_allclose(area.flow_from_mw[hour], single.flow_mw, atol=1e-4)
                assert area.slack_mw[hour] == pytest.approx(single.slack_mw, abs=1e-5)
    return solved


def test_with_limits_the_batch_is_the_solution_hour_by_hour() -> None:
    """Limits, helpers, taps and reactors end in the same state as in `load_flow.solve`, solved or not."""
    assert same_as_one_by_one(two_areas(), heavy(), (6, 7, 130)) == 5
    tiny = read_inputs(load_case("tiny")).grid
    assert same_as_one_by_one(tiny, draw_dispatch(tiny, 3, 4), (0, 3)) >= 2


@pytest.mark.slow
def test_the_whole_grid_is_the_same_in_batch() -> None:
    """On the shipped grid of 2035, drawn hours of light and heavy load: the same states, and some beyond all limits."""
    grid = read_inputs(load_case("base")).grid
    assert same_as_one_by_one(grid, draw_dispatch(grid, 1, 3, load_ratio=0.6), (0, 2)) >= 2
    assert same_as_one_by_one(grid, draw_dispatch(grid, 2, 2, load_ratio=0.9), (1,)) >= 1


def test_the_order_and_number_of_hours_do_not_matter(small: tuple[Grid, Dispatch, AcYear]) -> None:
    """An hour solved alone is bit for bit the hour among 240."""
    _, _, year = small
    area = year.areas[0]
    alone = area.batch.solve(taken(area.points, np.array([200, 5])))
    np.testing.assert_array_equal(alone.cases.volt[0], area.settled.cases.volt[200])
    np.testing.assert_array_equal(alone.cases.volt[1], area.settled.cases.volt[5])


def test_an_unsolved_hour_is_counted_explained_and_mended_by_its_relief(small: tuple[Grid, Dispatch, AcYear]) -> None:
    """The hour of 5 GW is the only one without solution, its record says so, and its relief makes it solve."""
    _, dispatch, year = small
    clock = dispatch.clock.datetimes()
    records = year_records(year, clock)
    assert [(r.hour, r.area) for r in records if not r.converged] == [(7, "AA")]
    assert len(records) == 480
    (relief,) = explain(year, clock)
    assert relief.weakest_bus.startswith("B")
    assert 0.1 < relief.solvable_frac < 0.5
    area = year.areas[0]
    for amount, solves in ((relief.relief_mw, True), (0.8 * relief.relief_mw, False)):
        points = taken(area.points, np.array([7]))
        at = area.network.bus_names.index(relief.relief_mw_bus)
        points.active_mw[0, at] += amount
        points.ranges.load_mvar[0, at] *= 1 - amount / area.load_mw[7]
        assert bool(area.batch.solve(points).status[0] == SOLVED) is solves
    first = ranked(year_violations(year, {("AA", 7): relief.sentence}))[0]
    assert (first.kind, first.element, first.hours) == ("not_converged", "AA", 1)
    assert f"{relief.relief_mw:.0f} MW less load" in first.remedy


def test_the_smallest_relief_is_sought_at_every_bus_that_ties(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two buses help at 320 MW of the doubling steps; the lower-numbered needs 310, the other 165: that one is told."""
    needed = {2: 310.0, 5: 165.0, 7: 400.0}

    def tried(area: object, hour: int, tries: list[tuple[int, float]], *rest: object) -> list[tuple[int, float]]:
        return [(bus, amount) for bus, amount in tries if amount >= needed[bus]]

    monkeypatch.setattr(year_relief, "_tried", tried)
    assert year_relief._smallest(cast(AreaYear, None), 0, [2, 5, 7], None, True) == (170.0, 5)


def test_losses_add_up_and_the_corrected_estimate_meets_them(small: tuple[Grid, Dispatch, AcYear]) -> None:
    """Zones share all losses; with each zone's own losses as the estimate the second AC finds what was counted."""
    grid, dispatch, _ = small
    dispatch = dispatched()
    year = solve_year(grid, dispatch)
    total = sum(area.loss_mw for area in year.areas)
    np.testing.assert_allclose(zone_loss_mw(grid, year).values.sum(axis=1), total, rtol=1e-12)
    flat = HourlyTable(dispatch.served_mw.columns, 0.03 * dispatch.served_mw.values)
    rows = loss_rows(grid, year, flat, dispatch.served_mw)
    assert sum(row.loss_ac_mwh for row in rows) == pytest.approx(float(total.sum()))
    assert rows[0].gap_mwh == pytest.approx(rows[0].loss_ac_mwh - rows[0].loss_estimate_mwh)
    demand = HourlyTable(("AA-1", "BB-1"), dispatch.served_mw.values)
    none = HourlyTable((), np.zeros((240, 0)))
    profiles = Profiles(dispatch.clock, none, demand, none, none)
    corrected = correct_losses(grid, year, profiles, {"AA": 0.03, "BB": 0.03})
    served = HourlyTable(dispatch.served_mw.columns, corrected.profiles.demand_mw.values)
    estimate = estimate_of(grid, served, corrected.loss_frac)
    np.testing.assert_allclose(estimate.values.sum(axis=1), total, rtol=1e-9)
    np.testing.assert_allclose(served.values - estimate.values, 0.97 * dispatch.served_mw.values, rtol=1e-9)


def test_the_sweep_of_outages_is_the_grid_without_the_circuit() -> None:
    """One of two transformers out: the voltages are those of a grid built with one; a radial line is not tried."""
    grid, dispatch = two_areas(), dispatched()
    year = solve_year(grid, dispatch, limits=False)
    part = sweep(year)[0]
    assert set(part.cuts_off) == {"A-B"}
    assert (part.result.state[:, 0] == -1).all()
    less = replace(grid, transformers=(replace(grid.transformers[0], units=1),))
    alone = solve_year(less, dispatch, limits=False).areas[0]
    np.testing.assert_allclose(part.result.voltage_min_pu[:, 1], alone.voltage_pu.min(axis=1), atol=2e-6)
    np.testing.assert_allclose(part.result.loading_frac[:, 1], alone.loading_frac.max(axis=1), atol=2e-6)
    assert left_frac(part.area.network).tolist() == [-1.0, 0.5]


def test_a_lost_source_is_made_good_by_the_others(small: tuple[Grid, Dispatch, AcYear]) -> None:
    """A confirmed loss of 50 MW at the border raises the shared slack by 50 MW and the losses, and says the flow."""
    _, _, year = small
    calm, lost = confirm(
        year,
        [
            OutageCase(100, "nothing", (("A 500", 0.0),), watch="A-B"),
            OutageCase(100, "tie", (("B 220", -50.0),), watch="A-B"),
        ],
    )
    assert calm.solved
    assert lost.solved
    assert calm.watch_flow_mw == pytest.approx(
        max(abs(year.areas[0].flow_from_mw[100, 0]), abs(year.areas[0].flow_to_mw[100, 0])), rel=1e-6
    )
    assert 50.0 < lost.watch_flow_mw - calm.watch_flow_mw < 55.0
    with pytest.raises(ValueError, match="touch no area"):
        confirm(year, [OutageCase(0, "no such line")])


def test_a_lost_source_takes_its_reactive_range_along(small: tuple[Grid, Dispatch, AcYear]) -> None:
    """The less range is left to the sources that hold B 500, the lower its voltage, never higher."""
    _, _, year = small
    found = confirm(
        year,
        [
            OutageCase(130, "store", (("B 500", 0.0),), range_lost_mvar=(("B 500", lost, lost),))
            for lost in (0, 80, 1e4)
        ],
    )
    voltages = [record.voltage_min_pu for record in found]
    assert all(record.solved for record in found)
    assert voltages[0] >= voltages[1] >= voltages[2]
    assert voltages[0] > voltages[2]


def test_hours_with_every_source_at_its_limit_are_counted_and_explained() -> None:
    """Where no source can hold a voltage any more the other hours go on, and each such hour has its least relief.

    Here long lines leave too much reactive power: a reactor as large as was found makes the hour solve, a smaller none.
    """
    scene = small_scene(3)
    year = solve_year(scene.grid, scene.dispatch)
    ended = [(area.name, hour) for area in year.areas for hour in np.flatnonzero(~area.solved).tolist()]
    assert {int(status) for area in year.areas for status in area.settled.status} == {SOLVED, ALL_AT_LIMIT}
    reliefs = explain(year, scene.dispatch.clock.datetimes())
    assert sorted((relief.area, relief.hour) for relief in reliefs) == sorted(ended)
    names = {area.name: area for area in year.areas}
    for relief in reliefs[:4]:
        assert relief.relief_mvar_way == "absorbed"
        assert "Mvar absorbed at" in relief.sentence
        area = names[relief.area]
        for share, solves in ((1.0, True), (0.8, False)):
            points = taken(area.points, np.array([relief.hour]))
            assert relief.relief_mvar is not None
            at = area.network.bus_names.index(str(relief.relief_mvar_bus))
            points.ranges.load_mvar[0, at] += share * relief.relief_mvar
            assert bool(area.batch.solve(points).status[0] == SOLVED) is solves
