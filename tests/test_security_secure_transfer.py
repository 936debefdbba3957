"""The farthest secure transfer: equal to a search over solved flows; taking a limit away never lowers it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greengrid.hourly import Array
from greengrid.security.screening import Scene, screen
from greengrid.security.secure_transfer import movable_mw, secure_transfer
from tests.small_scene import Hand, small_scene, wider

pytestmark = pytest.mark.slow

SEEDS = (2, 5)


def _spare(hand: Hand, injection: Array, limits: dict[str, tuple[float, float]], without: int = -1) -> Array:
    """Room left below every line's and cut's limit; a line that is out and its cuts have plenty."""
    grid = hand.scene.grid
    flow = hand.flows(injection, without)
    gone = grid.lines[without].name if without >= 0 else ""
    names = [line.name for line in grid.lines] + [cut.name for cut in grid.interfaces]
    members = {cut.name: {name for name, _ in cut.members} for cut in grid.interfaces}
    most = np.array([limits[name] for name in names])
    room = np.minimum(most[:, 0] - flow, flow + most[:, 1])
    free = [bool(gone) and (gone in members.get(name, set()) or gone == name) for name in names]
    return np.where(free, 1e6, room)


def _room(scene: Scene, hour: int, transfer_mw: float) -> Array:
    """Room below every limit after every outage at this transfer, solved by nodal equations."""
    hand, link = Hand(scene, hour), scene.grid.links[0]
    names, limits = scene.sensitivities.monitored, scene.limits
    normal = dict(zip(names, zip(limits.normal_forward_mw, limits.normal_reverse_mw, strict=True), strict=True))
    after = dict(zip(names, zip(limits.emergency_forward_mw, limits.emergency_reverse_mw, strict=True), strict=True))
    sent = scene.dispatch.link_sent_mw
    moved = transfer_mw - float(sent["caspian:forward"][hour] - sent["caspian:reverse"][hour])
    less, more = (values[hour] for values in movable_mw(scene))
    give, take = (more, less) if moved >= 0 else (less, more)
    injection = hand.injection + hand.spread(moved, give, link.from_bus) - hand.spread(moved, take, link.to_bus)
    injection[hand.position[link.from_bus]] -= moved
    injection[hand.position[link.to_bus]] += moved
    found = [_spare(hand, injection, normal)]
    found += [_spare(hand, injection, after, without=k) for k in range(len(scene.grid.lines))]
    up, down = scene.reserve.up_mw[hour], scene.reserve.down_mw[hour]
    for loss in scene.losses:
        if loss.kind == "unit":
            lost = injection.copy()
            lost[loss.buses[0]] += loss.appearing_mw[hour, 0]
            bus = scene.sensitivities.buses[loss.buses[0]]
            found.append(_spare(hand, lost - hand.spread(float(loss.appearing_mw[hour, 0]), up, bus), after))
    gone = max(abs(transfer_mw) - link.capacity_mw / 2, 0.0)
    source, sink = (link.from_bus, link.to_bus) if transfer_mw >= 0 else (link.to_bus, link.from_bus)
    lost = injection - hand.spread(gone, down, source) + hand.spread(gone, up, sink)
    lost[hand.position[source]] += gone
    lost[hand.position[sink]] -= gone
    found.append(_spare(hand, lost, after))
    return np.concatenate(found)


def _secure(scene: Scene, hour: int, transfer_mw: float) -> bool:
    """Whether no limit is broken that the transfer moves, on its way from the schedule."""
    here = _room(scene, hour, transfer_mw)
    sent = scene.dispatch.link_sent_mw
    moved = transfer_mw - float(sent["caspian:forward"][hour] - sent["caspian:reverse"][hour])
    steps = (-1.0, 1.0) if abs(moved) < 1.0 else (-float(np.sign(moved)),)
    change = np.abs(np.stack([_room(scene, hour, transfer_mw + step) for step in steps]) - here).min(axis=0)
    return bool((here[change > 1e-5] > -1e-3).all())


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_farthest_secure_transfer_equals_a_search(seed: int) -> None:
    """Just inside, every outage solved again holds; one MW beyond, something breaks, or rating or plants end."""
    scene = wider(small_scene(seed), 1.4)
    link = scene.grid.links[0]
    found = secure_transfer(scene, link, reading="strict")
    less, more = movable_mw(scene)
    inner = 0
    for hour in range(0, 24, 3):
        for way, most, known, holds in (
            (1.0, found.forward_max_mw, found.forward_secure, found.forward_holds),
            (-1.0, found.reverse_max_mw, found.reverse_secure, found.reverse_holds),
        ):
            if not known[hour]:
                assert not any(_secure(scene, hour, way * value) for value in np.linspace(0, link.capacity_mw, 9))
                continue
            assert _secure(scene, hour, way * most[hour])
            if holds[hour][0] not in ("rating of the link", "no plant left to move"):
                inner += 1
                assert not any(_secure(scene, hour, way * (most[hour] + more_mw)) for more_mw in (1.0, 25.0))
    assert inner >= 3
    assert less.min() >= 0
    assert more.min() >= 0


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.sampled_from(SEEDS), st.integers(0, 8), st.booleans())
def test_taking_a_limit_away_never_lowers_it(seed: int, row: int, strict: bool) -> None:
    """With one limit gone, the farthest transfer of every hour and way is at least what it was."""
    scene = small_scene(seed)
    link = scene.grid.links[0]
    limits = scene.limits
    changed = {}
    for name in ("normal_forward_mw", "normal_reverse_mw", "emergency_forward_mw", "emergency_reverse_mw"):
        values = getattr(limits, name).copy()
        values[row] = 1e9
        changed[name] = values
    before = secure_transfer(scene, link, reading="strict" if strict else "preventive")
    after = secure_transfer(
        replace(scene, limits=replace(limits, **changed)), link, reading="strict" if strict else "preventive"
    )
    assert (after.forward_max_mw >= before.forward_max_mw - 1e-6).all()
    assert (after.reverse_max_mw >= before.reverse_max_mw - 1e-6).all()


def test_a_schedule_inside_the_strict_range_breaks_nothing() -> None:
    """Where the screening finds no breach, the schedule lies in the strict range."""
    scene = wider(small_scene(SEEDS[0]), 2.0)
    found = secure_transfer(scene, scene.grid.links[0], reading="strict")
    screened = screen(scene)
    tested = np.array([kind != "link" for kind in screened.kinds])
    broken = np.array([(tested[cause] & (cause >= 0)).any() for cause in screened.cause])
    assert not broken.all()
    assert (found.beyond_mw[~broken] < 1e-3).all()
