"""N-1 by factors: equal to re-solved flows, islands told, emergency ratings, units that trip."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greengrid.case import load_case
from greengrid.errors import BadInput
from greengrid.security.outages import largest_unit_mw
from greengrid.security.outages_islands import find_islands
from greengrid.security.outages_parameters import read_parameters
from greengrid.security.screening import screen_circuits
from greengrid.security.screening_limits import Limits, make_limits
from greengrid.security.sensitivities import make_sensitivities
from networks.grid import Interface
from tests.random_grid import random_grid, solved_flows


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(4, 12), st.integers(0, 8))
def test_factors_equal_a_flow_solved_again(seed: int, buses: int, extra: int) -> None:
    """After the loss of one circuit of any line the factors give the flows of the changed nodal equations."""
    rng = np.random.default_rng(seed)
    grid = random_grid(rng, buses, extra)
    injection = rng.normal(0, 300, buses)
    injection -= injection.mean()
    sensitivities = make_sensitivities(grid)
    before = solved_flows(grid, injection)
    assert before is not None
    for k in range(len(grid.lines)):
        again = solved_flows(grid, injection, without=k)
        assert sensitivities.islanding[k] == (again is None)
        if again is not None:
            np.testing.assert_allclose(before + before[k] * sensitivities.answer[k], again, atol=1e-6)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_the_screening_counts_what_single_flows_break(seed: int) -> None:
    """Hours, worst excess and its hour of every pair are those of an outage-by-outage count over solved flows."""
    rng = np.random.default_rng(seed)
    grid = random_grid(rng, 7, 5)
    sensitivities = make_sensitivities(grid)
    injection = rng.normal(0, 300, (40, 7))
    injection -= injection.mean(axis=1, keepdims=True)
    flow = np.vstack([solved_flows(grid, row) for row in injection])
    most = np.abs(flow).max(axis=0) * rng.uniform(0.5, 1.2, flow.shape[1])
    found = screen_circuits(sensitivities, Limits(most, most, most, most), flow)
    for k, line in enumerate(grid.lines):
        if sensitivities.islanding[k]:
            assert found.hours[k].sum() == 0
            continue
        after = np.vstack([solved_flows(grid, row, without=k) for row in injection])
        limit = most * np.where(np.arange(len(most)) == k, (line.circuits - 1) / line.circuits, 1.0)
        over = np.abs(after) - limit
        np.testing.assert_array_equal(found.hours[k], (over > 1e-3).sum(axis=0))
        np.testing.assert_allclose(found.excess_mw[k], np.where(over > 1e-3, over, 0.0).max(axis=0), atol=1e-5)


def test_an_islanding_outage_names_the_island() -> None:
    """A line without a way round cuts off the smaller side, and is screened as no ordinary outage."""
    grid = random_grid(np.random.default_rng(3), 5, 0)
    tree = replace(grid, lines=tuple(replace(line, circuits=1) for line in grid.lines))
    sensitivities = make_sensitivities(tree)
    assert sensitivities.islanding.all()
    islands = find_islands(tree, sensitivities)
    assert [island.name for island in islands] == [line.name for line in tree.lines]
    assert all(len(island.buses) <= 2 for island in islands)


def test_a_cut_is_not_tested_by_its_own_members() -> None:
    """The limit of a cut already bears the loss of one of its circuits: only other outages move it."""
    grid = random_grid(np.random.default_rng(5), 6, 5)
    cut = Interface("cut", 100, 100, ((grid.lines[0].name, 1),), "D", "test")
    sensitivities = make_sensitivities(replace(grid, interfaces=(cut,)))
    column = sensitivities.monitored.index("cut")
    row = sensitivities.outages.index(grid.lines[0].name)
    line = sensitivities.monitored.index(grid.lines[0].name)
    others = [k for k in range(len(grid.lines)) if k != row]
    assert sensitivities.answer[row, column] == 0.0
    np.testing.assert_allclose(sensitivities.answer[others, column], sensitivities.answer[others, line], atol=1e-12)


def test_emergency_ratings_by_hand() -> None:
    """A line held by stability gains 0.92 / 0.80, one near its thermal limit only up to that; a cut the former."""
    grid = random_grid(np.random.default_rng(7), 4, 1)
    thermal_mw = 3**0.5 * 500 * 2.0
    lines = tuple(
        replace(line, circuits=1, current_max_ka=2.0, flow_max_mw=0.9 * thermal_mw if k == 0 else 800.0)
        for k, line in enumerate(grid.lines)
    )
    cut = Interface("cut", 100, 60, ((lines[0].name, 1),), "D", "test")
    limited = replace(grid, lines=lines, interfaces=(cut,))
    sensitivities = make_sensitivities(limited)
    limits = make_limits(limited, sensitivities, read_parameters())
    after = dict(zip(sensitivities.monitored, limits.emergency_forward_mw, strict=True))
    assert after[lines[0].name] == pytest.approx(thermal_mw)
    assert after[lines[1].name] == pytest.approx(800 * 0.92 / 0.80)
    assert after["cut"] == pytest.approx(115)
    assert limits.emergency_reverse_mw[sensitivities.monitored.index("cut")] == pytest.approx(69)


def test_the_largest_unit_trips_with_what_it_makes() -> None:
    """As few units as carry the output run, equally loaded: 300 MW on 200 + 150 + 100 MW runs two at 6/7."""
    sizes = np.array([200.0, 150.0, 100.0])
    np.testing.assert_allclose(
        largest_unit_mw(sizes, np.array([0.0, 120.0, 200.0, 300.0, 450.0, 460.0])),
        [0.0, 120.0, 200.0, 200 * 300 / 350, 200.0, 200 * 460 / 450],
    )


def test_a_bad_table_of_parameters_is_refused_whole(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """A range out of order and a repeated name are both told."""
    rows = ["name,year,unit,low,central,high,basis,source,confidence,notes", "a,,MW,3,2,4,,s,A,", "b,,MW,1,2,4,,s,A,",
            "b,,MW,1,2,4,,s,A,"]  # fmt: skip
    path = tmp_path / "outages.csv"
    path.write_text("\n".join(rows) + "\n")
    with pytest.raises(BadInput) as caught:
        read_parameters(path)
    assert len(caught.value.problems) == 2


def test_a_case_states_its_own_margins() -> None:
    """What a cut may carry after an outage is its limit x (1 - margin after a fault) / (1 - normal margin) of the case;
    names that are no rows, and margins that leave nothing, are refused."""
    case = load_case("base", ['security.parameters={"margin.normal"=0.15, "margin.after_fault"=0.05}'])
    parameters = read_parameters().changed(case.security.parameters)
    grid = random_grid(np.random.default_rng(5), 6, 5)
    cut = Interface("cut", 100, 80, ((grid.lines[0].name, 1),), "D", "test")
    grid = replace(grid, interfaces=(cut,))
    sensitivities = make_sensitivities(grid)
    limits, row = make_limits(grid, sensitivities, parameters), sensitivities.monitored.index("cut")
    assert limits.emergency_forward_mw[row] == pytest.approx(100 * 0.95 / 0.85)
    assert limits.emergency_reverse_mw[row] == pytest.approx(80 * 0.95 / 0.85)
    for wrong in ('{"margin.usual"=0.1}', '{"margin.normal"=1.0}', '{"rocof.max"=-1.0}'):
        with pytest.raises(BadInput, match=r"security\.parameters"):
            load_case("base", [f"security.parameters={wrong}"])
