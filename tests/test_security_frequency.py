"""Frequency of an area alone: closed forms of the swing model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from greengrid.dispatch.commitment import class_members, units_online
from greengrid.hourly import HourlyTable
from greengrid.security.frequency import Fleet, make_fleet, respond, trace
from greengrid.security.outages_parameters import read_parameters
from tests.drawn_dispatch import draw_dispatch
from tests.small_system import make_system

PARAMETERS = read_parameters()


def _fleet(energy: float, damping: float, gain: float, lag: float, room: float = 1e9) -> Fleet:
    one = np.ones((1, 1))
    return Fleet(np.array([energy]), np.array([damping]), gain * one, room * one, room * one, np.array([lag]))


def test_rate_of_change_by_hand() -> None:
    """Two machines of 600 and 400 MVA, H 5 and 4 s, lose 100 MW: 100 x 50 / (2 x 4,600) = 0.543 Hz/s."""
    fleet = _fleet(600 * 5 + 400 * 4, 0.0, 0.0, 1.0)
    rate = respond(fleet, np.array([-100.0]), PARAMETERS).rate_hz_per_s[0]
    assert rate == pytest.approx(-100 * 50 / (2 * 4600))


def test_without_governors_the_load_alone_holds_it() -> None:
    """Only damping: the deviation goes to P / D as 1 - exp(-t D f0 / 2E)."""
    fleet = _fleet(5000.0, 200.0, 0.0, 1.0)
    time, frequency = trace(fleet, -100.0, 0, PARAMETERS)
    expected = 50 - 100 / 200 * (1 - np.exp(-time * 200 * 50 / (2 * 5000)))
    np.testing.assert_allclose(frequency, expected, atol=1e-6)


def test_nadir_equals_the_second_order_closed_form() -> None:
    """One class of governors: the nadir of M x'' + (D + M/T) x' + (D + g) x / T = -P / T, solved by hand."""
    energy, damping, gain, lag, lost = 8000.0, 60.0, 900.0, 6.0, 400.0
    mass = 2 * energy / 50
    omega = np.sqrt((damping + gain) / (mass * lag))
    decay = (damping / mass + 1 / lag) / 2
    turn = np.sqrt(omega**2 - decay**2)
    settled = -lost / (damping + gain)
    # x(t) = settled + exp(-decay t) (a cos + b sin), x(0) = 0, x'(0) = -lost / mass
    a, b = -settled, (-lost / mass + decay * -settled) / turn
    times = np.linspace(0, 40, 400_001)
    values = settled + np.exp(-decay * times) * (a * np.cos(turn * times) + b * np.sin(turn * times))
    found = respond(_fleet(energy, damping, gain, lag), np.array([-lost]), PARAMETERS)
    assert found.extreme_hz[0] == pytest.approx(50 + values.min(), abs=5e-4)
    assert found.extreme_after_s[0] == pytest.approx(times[values.argmin()], abs=0.05)


def test_governors_without_room_let_it_fall() -> None:
    """With 30 of 100 lost MW left the load gives 70: the frequency ends at 50 - 70 / D; a surplus mirrors it."""
    fleet = _fleet(5000.0, 100.0, 900.0, 2.0, room=30.0)
    _, falling = trace(fleet, -100.0, 0, PARAMETERS)
    _, rising = trace(fleet, 100.0, 0, PARAMETERS)
    assert falling[-1] == pytest.approx(50 - 0.7, abs=1e-6)
    np.testing.assert_allclose(rising - 50, 50 - falling, atol=1e-9)


def test_an_area_without_machines_collapses() -> None:
    """Nothing turns: any loss takes the frequency to the end of the model's range at once."""
    found = respond(_fleet(0.0, 0.0, 0.0, 1.0), np.array([-1.0]), PARAMETERS)
    assert found.extreme_hz[0] == pytest.approx(45.0)


def test_the_commitment_turns_where_it_is_on() -> None:
    """A class with all of its capacity online gives the kinetic energy of that capacity, whatever its output."""
    system = make_system(1)
    grid, economy = system.grid, system.economy
    dispatch = draw_dispatch(grid, 1, 6)
    plain = make_fleet(grid, economy, dispatch, PARAMETERS, frozenset(bus.name for bus in grid.buses))
    coal = [plant for plant in grid.plants if plant.technology == "coal"]
    members = class_members([plant.name for plant in coal], grid, economy)
    capacity = {plant.name: plant.capacity_mw for plant in coal}
    online = [np.full(6, sum(capacity[name] for name in names)) for names in members.values()]
    committed = replace(dispatch, online_mw=HourlyTable.of(members, online, 6))
    found = make_fleet(grid, economy, committed, PARAMETERS, frozenset(bus.name for bus in grid.buses))
    counts = units_online(dispatch.generation_mw, economy.units)
    inertia = {unit.name: (unit.inertia_s, unit.unit_mw) for unit in economy.units}
    more = np.zeros(6)
    for name, most in capacity.items():
        seconds, size = inertia[name]
        more += seconds * (most - np.minimum(counts[name] * size, most))
    assert more.max() > 0
    np.testing.assert_allclose(found.energy - plain.energy, more / PARAMETERS.value("power_factor"), atol=1e-6)
