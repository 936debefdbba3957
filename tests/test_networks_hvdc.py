"""The HVDC link against hand calculations, a measured reference and its own laws."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks.hvdc import Link

BIPOLE = Link(
    name="reference",
    from_bus="A 500",
    to_bus="B 500",
    capacity_mw=2000.0,
    voltage_kv=525.0,
    configuration="bipole",
    poles=2,
    subsea_km=300.0,
    land_km=100.0,
    resistance_ohm_per_km=0.0086,
    station_idle_loss_frac=0.0015,
    station_full_loss_frac=0.009,
    ramp_max_mw_per_h=10_000.0,
    hurdle_usd_per_mwh=0.0,
    source="test",
)


def _all_loss_mw(link: Link, load_frac: float) -> float:
    return link.flow(load_frac * link.capacity_mw).loss_mw + link.idle_loss_mw


@pytest.mark.parametrize(
    ("capacity_mw", "poles", "resistance", "full_mw", "half_mw", "tenth_mw"),
    [
        (1000.0, 2, 0.0086, 24.0, 8.3, 3.2),
        (2000.0, 2, 0.0086, 59.7, 19.6, 6.6),
        (3000.0, 2, 0.0043, 80.9, 27.2, 9.7),
        (4000.0, 4, 0.0086, 119.5, 39.2, 13.1),
    ],
)
def test_losses_match_the_ac_dc_power_flow(
    capacity_mw: float, poles: int, resistance: float, full_mw: float, half_mw: float, tenth_mw: float
) -> None:
    """Losses agree within 2 % with a full AC/DC power flow (pandapower VSC poles, MW at the DC end)."""
    link = replace(BIPOLE, capacity_mw=capacity_mw, poles=poles, resistance_ohm_per_km=resistance)
    assert _all_loss_mw(link, 1.0) == pytest.approx(full_mw, rel=0.02)
    assert _all_loss_mw(link, 0.5) == pytest.approx(half_mw, rel=0.02)
    assert _all_loss_mw(link, 0.1) == pytest.approx(tenth_mw, rel=0.02)


def test_lost_pole_returns_through_the_metallic_conductor() -> None:
    """One pole of the 2 GW bipole at 1 GW loses 41.1 MW in the reference (return added by hand there), within 4 %."""
    flow = BIPOLE.flow(1000.0, poles_in=1)
    assert flow.loss_mw + BIPOLE.idle_loss_mw / 2.0 == pytest.approx(41.1, rel=0.04)
    cable_healthy = BIPOLE.flow(2000.0).loss_mw / 2.0 - 2.0 * 7.5
    cable_return = flow.loss_mw - 2.0 * 7.5
    assert cable_return == pytest.approx(2.0 * cable_healthy, rel=1e-9)


def test_cable_loss_by_hand() -> None:
    """Without station loss 2 x 1000 MW at 500 kV in 10 ohm lose 2 x 2 kA squared x 10 ohm = 80 MW."""
    link = replace(
        BIPOLE,
        voltage_kv=500.0,
        resistance_ohm_per_km=0.025,
        station_idle_loss_frac=0.0,
        station_full_loss_frac=0.0,
    )
    flow = link.flow(2000.0)
    assert flow.current_ka == pytest.approx(2.0)
    assert flow.loss_mw == pytest.approx(80.0)
    assert flow.received_mw == pytest.approx(1920.0)


def test_monopole_has_two_cables_and_twice_the_voltage() -> None:
    """A 320 kV symmetrical monopole of 1,280 MW carries 2 kA in two conductors of 4 ohm: 32 MW of cable loss."""
    link = replace(
        BIPOLE,
        capacity_mw=1280.0,
        voltage_kv=320.0,
        configuration="symmetrical_monopole",
        poles=1,
        resistance_ohm_per_km=0.01,
        station_idle_loss_frac=0.0,
        station_full_loss_frac=0.0,
    )
    assert link.flow(1280.0).current_ka == pytest.approx(2.0)
    assert link.flow(1280.0).loss_mw == pytest.approx(32.0)


def test_station_loses_its_stated_share_at_full_load() -> None:
    """Without cable resistance idle plus running loss at rating is twice station_full_loss_frac of it."""
    link = replace(BIPOLE, resistance_ohm_per_km=0.0)
    assert _all_loss_mw(link, 1.0) == pytest.approx(2.0 * 0.009 * 2000.0, rel=1e-12)


def test_linear_and_quadratic_station_loss_by_hand() -> None:
    """0.4 % linear and 0.4 % quadratic of 1,000 MW: 4 + 4 MW a station at full current, 2 + 1 MW at half of it."""
    link = replace(
        BIPOLE, station_idle_loss_frac=0.001, station_full_loss_frac=0.009, station_linear_loss_frac=0.004,
        resistance_ohm_per_km=0.0,
    )  # fmt: skip
    assert link.current_full_ka == pytest.approx(992.0 / 525.0)
    assert link.station_linear_kv == pytest.approx(4.0 / (992.0 / 525.0))
    assert link.flow(2000.0).loss_mw == pytest.approx(4 * 8.0)
    half = link.flow(2 * (992.0 / 2 + 2.0 + 1.0))  # U I + b I + a I^2 of each pole
    assert half.current_ka == pytest.approx(link.current_full_ka / 2)
    assert half.loss_mw == pytest.approx(4 * 3.0)


def test_overload_of_the_pole_that_is_left_by_hand() -> None:
    """1.2 of 1,000 MW over one 500 kV pole without station loss: 2.4 kA through 10 + 10 ohm lose 115.2 MW."""
    link = replace(
        BIPOLE, voltage_kv=500.0, resistance_ohm_per_km=0.025, station_idle_loss_frac=0.0, station_full_loss_frac=0.0,
        pole_overload_ratio=1.2,
    )  # fmt: skip
    assert link.capacity_available_mw() == 2000.0
    assert link.capacity_available_mw(1) == pytest.approx(1200.0)
    flow = link.flow(1200.0, poles_in=1)
    assert flow.current_ka == pytest.approx(2.4)
    assert flow.loss_mw == pytest.approx(2.4**2 * 20.0)
    with pytest.raises(ValueError, match="outside"):
        link.flow(1201.0, poles_in=1)


def test_states_by_name() -> None:
    """Healthy, one pole out, out: 2, 1, 0 poles of a bipole; a monopole with its pole out carries nothing."""
    monopole = replace(BIPOLE, configuration="symmetrical_monopole", poles=1)
    assert [BIPOLE.poles_in_state(state) for state in ("healthy", "one_pole_out", "out")] == [2, 1, 0]
    assert monopole.capacity_available_mw(monopole.poles_in_state("one_pole_out")) == 0.0
    assert BIPOLE.idle_loss_of_mw(1) == pytest.approx(BIPOLE.idle_loss_mw / 2)
    assert BIPOLE.idle_loss_of_mw(0) == 0.0
    assert [BIPOLE.conductors(poles) for poles in (2, 1, 0)] == [2, 2, 0]


def test_capacity_with_poles_out() -> None:
    """Each pole carries its own share: 3 of 4 poles carry three quarters, none carries nothing."""
    link = replace(BIPOLE, capacity_mw=4000.0, poles=4)
    assert link.capacity_available_mw(3) == pytest.approx(3000.0)
    assert link.flow(0.0, poles_in=0).received_mw == 0.0
    three = link.flow(3000.0, poles_in=3)
    return_mw = three.current_ka**2 * 0.0086 * 400.0
    assert three.loss_mw == pytest.approx(link.flow(4000.0).loss_mw * 3.0 / 4.0 + return_mw)


@pytest.mark.parametrize(("sent_mw", "poles_in"), [(-1.0, None), (2000.1, None), (1000.1, 1), (1.0, 0), (1.0, 3)])
def test_flow_outside_the_rating_is_refused(sent_mw: float, poles_in: int | None) -> None:
    """A flow beyond the poles in service, or a pole that does not exist, is an error and never clipped."""
    with pytest.raises(ValueError, match="reference"):
        BIPOLE.flow(sent_mw, poles_in)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"capacity_mw": -1.0}, "capacity_mw"),
        ({"capacity_mw": float("nan")}, "capacity_mw"),
        ({"poles": 3}, "bipole has 2, 4, 6"),
        ({"configuration": "tripole"}, "symmetrical_monopole"),
        ({"station_idle_loss_frac": 0.02}, "includes the idle loss"),
        ({"station_full_loss_frac": 0.9}, "station_full_loss_frac"),
        ({"resistance_ohm_per_km": 5.0}, "lose all that is sent"),
        ({"station_linear_loss_frac": 0.008}, "station_linear_loss_frac is a part"),
        ({"pole_overload_ratio": 0.9}, "pole_overload_ratio is 0.9"),
        ({"pole_overload_ratio": 2.0}, "from 1 to 1.5"),
    ],
)
def test_impossible_links_are_refused(change: dict[str, object], word: str) -> None:
    """A link that cannot exist names the reason at once."""
    with pytest.raises(ValueError, match=word):
        replace(BIPOLE, **change)  # type: ignore[arg-type]


LINKS = st.builds(
    lambda capacity, bipoles, km, ohm, idle, running, linear, overload: replace(
        BIPOLE,
        capacity_mw=capacity * bipoles,
        poles=2 * bipoles,
        subsea_km=km,
        resistance_ohm_per_km=ohm,
        station_idle_loss_frac=idle,
        station_full_loss_frac=idle + running,
        station_linear_loss_frac=linear * running,
        pole_overload_ratio=overload,
    ),
    st.floats(200.0, 2500.0),
    st.integers(1, 3),
    st.floats(0.0, 1200.0),
    st.floats(0.001, 0.015),
    st.floats(0.0, 0.003),
    st.floats(0.0, 0.01),
    st.floats(0.0, 1.0),
    st.floats(1.0, 1.3),
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(LINKS, st.floats(0.0, 1.0), st.integers(0, 6))
def test_sent_is_received_plus_loss(link: Link, load_frac: float, poles_in: int) -> None:
    """Power is conserved, loss is never negative and never more than what is sent, whatever the state."""
    poles = min(poles_in, link.poles)
    flow = link.flow(load_frac * link.capacity_available_mw(poles), poles)
    assert flow.sent_mw == pytest.approx(flow.received_mw + flow.loss_mw, abs=1e-9)
    assert 0.0 <= flow.loss_mw <= flow.sent_mw


@settings(derandomize=True, max_examples=60, deadline=None)
@given(LINKS, st.integers(1, 8))
def test_segments_reproduce_the_loss_at_every_breakpoint(link: Link, count: int) -> None:
    """Filled in order the pieces give the exact received power at each breakpoint and grow less efficient."""
    pieces = link.segments(count)
    assert sum(piece.width_mw for piece in pieces) == pytest.approx(link.capacity_mw)
    received = 0.0
    for number, piece in enumerate(pieces, start=1):
        received += piece.width_mw * piece.efficiency_frac
        assert received == pytest.approx(link.flow(link.capacity_mw * number / count).received_mw, abs=1e-6)
    efficiencies = [piece.efficiency_frac for piece in pieces]
    assert efficiencies == sorted(efficiencies, reverse=True)
    assert received == pytest.approx(link.received_max_mw, abs=1e-6)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(LINKS, st.floats(0.05, 1.0))
def test_losing_a_pole_never_helps(link: Link, load_frac: float) -> None:
    """The same power over fewer poles loses at least as much per pole in service, and current never falls."""
    sent_mw = load_frac * link.capacity_available_mw(1)
    assert link.flow(sent_mw, 1).loss_mw >= link.flow(sent_mw).loss_mw
    assert link.flow(sent_mw, 1).current_ka >= link.flow(sent_mw).current_ka
