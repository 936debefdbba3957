"""Poles and links that trip: what is lost and left, ties, reserve; hand cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from greengrid.hourly import HourlyTable
from greengrid.security.outages import pole_loss
from greengrid.security.pole_outage import Ties, link_outages, tie_hours, tie_shares
from greengrid.security.pole_outage_sizes import configuration_of, size_rows
from greengrid.security.screening import Scene
from networks.grid import Border
from networks.hvdc import Link
from tests.random_grid import random_grid
from tests.small_scene import small_scene


def _sending(scene: Scene, sent_mw: list[float]) -> Scene:
    """The scene with a link schedule of its own: forward, received as the link's curve gives."""
    link = scene.grid.links[0]
    hours = scene.dispatch.clock.hours
    sent = np.zeros((hours, 2))
    sent[: len(sent_mw), 0] = sent_mw
    received = np.zeros_like(sent)
    received[:, 0] = [link.flow(value).received_mw for value in sent[:, 0].tolist()]
    names = (f"{link.name}:forward", f"{link.name}:reverse")
    dispatch = replace(
        scene.dispatch, link_sent_mw=HourlyTable(names, sent), link_received_mw=HourlyTable(names, received)
    )
    return replace(scene, dispatch=dispatch)


def _metallic(link: Link, sent_mw: float) -> float:
    """Received over one pole with metallic return, from the formula: 2 R I^2 in the cables, b I + a I^2 per station."""
    a, b = link.station_quadratic_ohm, link.station_linear_kv
    voltage = link.voltage_kv
    current = (-(voltage + b) + np.sqrt((voltage + b) ** 2 + 4 * a * sent_mw)) / (2 * a)
    resistance = link.resistance_ohm_per_km * (link.subsea_km + link.land_km)
    return float(sent_mw - 2 * (b * current + a * current**2) - 2 * resistance * current**2)


def test_a_pole_leaves_the_other_with_its_rating_and_the_metallic_return() -> None:
    """Of 400 MW half is lost, of 150 MW nothing but the loss of the return path; a monopole loses all."""
    scene = _sending(small_scene(1), [400.0, 150.0, 0.0])
    link = scene.grid.links[0]
    lost = pole_loss(link, scene.dispatch)
    np.testing.assert_allclose(lost.sent_lost_mw[:3], [200.0, 0.0, 0.0])
    left = [_metallic(link, 200.0), _metallic(link, 150.0), 0.0]
    np.testing.assert_allclose(lost.received_left_mw[:3], left, rtol=1e-9)
    healthy = np.array([link.flow(value).received_mw for value in (400.0, 150.0, 0.0)])
    np.testing.assert_allclose(lost.received_lost_mw[:3], healthy - left, atol=1e-9)
    assert lost.received_lost_mw[1] > 0.3
    whole = pole_loss(link, scene.dispatch, link.poles)
    np.testing.assert_allclose(whole.received_lost_mw[:3], healthy)


def test_a_surplus_where_it_left_and_a_lack_where_it_arrived() -> None:
    """Signs and reserve: the sending area is held against by what can give less, the receiving one by what can more."""
    scene = small_scene(1)
    (pole, whole) = link_outages(scene)
    assert (pole.kind, whole.kind) == ("pole", "link")
    for outage in (pole, whole):
        sending, receiving = outage.ends
        ahead = outage.lost.forward & (outage.lost.sent_lost_mw > 10)
        assert ahead.any()
        assert (sending.appearing_mw[ahead] > 0).all()
        assert (receiving.appearing_mw[ahead] < 0).all()
        assert (sending.islanded.extreme_hz[ahead] > 50).all()
        assert (receiving.islanded.extreme_hz[ahead] < 50).all()
        up, _ = scene.reserve.of_area(1)
        np.testing.assert_allclose(receiving.reserve_mw[ahead], up[ahead])
    assert (np.abs(whole.ends[1].appearing_mw) >= np.abs(pole.ends[1].appearing_mw) - 1e-9).all()


def test_ties_share_by_impedance() -> None:
    """On a line B0 - B1 - B2 with ties at both ends, power at B1 parts as the inverse of the reactances."""
    grid = random_grid(np.random.default_rng(0), 3, 0)
    names = [bus.name for bus in grid.buses]
    first = replace(grid.lines[0], from_bus=names[0], to_bus=names[1], length_km=100.0, circuits=1)
    second = replace(grid.lines[0], name="other", from_bus=names[1], to_bus=names[2], length_km=300.0, circuits=2)
    chain = replace(grid, lines=(first, second))
    ties = [Border(f"T{k}", names[k], "TR", 100, 100, 0, 1000, "D", "test") for k in (0, 2)]
    np.testing.assert_allclose(tie_shares(chain, ties, names[1]), [0.6, 0.4])
    np.testing.assert_allclose(tie_shares(chain, ties, names[0]), [1.0, 0.0])


def test_ties_trip_and_the_area_breaks_off() -> None:
    """Ties of 100 and 400 MW sharing alike: of 300 MW the first trips and the second holds, of 450 MW neither."""
    scene = small_scene(1)
    hours = scene.dispatch.clock.hours
    trade = HourlyTable(("A", "B"), np.zeros((hours, 2)))
    dispatch = replace(scene.dispatch, import_mw=trade, export_mw=trade)
    ties = Ties(("A", "B"), np.array([100.0, 400.0]), np.array([0.5, 0.5]))
    lost = np.zeros(hours)
    lost[:3] = [-150.0, -300.0, -450.0]
    found = tie_hours(replace(scene, dispatch=dispatch), ties, lost)
    np.testing.assert_allclose(found.after_mw[:3, 0], [75.0, 150.0, 225.0])
    assert found.tripped[:4].tolist() == [False, True, True, False]
    assert found.islanded[:4].tolist() == [False, False, True, False]


def test_sizes_of_the_largest_infeed() -> None:
    """1 GW is one pole, 2 GW two, 4 GW four; a larger infeed never leaves fewer hours too large."""
    assert [configuration_of(size)[1] for size in (500, 1000, 1500, 2000, 4000)] == [1, 1, 2, 2, 4]
    rows = [row for row in size_rows(small_scene(1), small_scene(1).grid.links[0]) if row.bus == "E0 500"]
    by_infeed = sorted(rows, key=lambda row: row.largest_infeed_mw)
    hours = [row.hours_too_large for row in by_infeed]
    assert hours == sorted(hours)
    assert rows[0].largest_infeed_mw == pytest.approx(500 * 1.0, rel=0.05)
