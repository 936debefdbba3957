"""The link's own loss curve against pandapower's AC/DC power flow with voltage-source converters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from networks.hvdc import Link
from networks.hvdc_net import add_link, converter_buses, link_circuit, set_link

TWO_GW = Link(
    "cable", "A 500", "B 500", 2000.0, 525.0, "bipole", 2, 392.0, 100.0, 0.0088, 0.001, 0.008, 2000.0, 0.01, "test"
)
ONE_GW = replace(TWO_GW, capacity_mw=1000.0, voltage_kv=320.0, configuration="symmetrical_monopole", poles=1)
FOUR_GW = replace(TWO_GW, capacity_mw=4000.0, poles=4)
SIZES = pytest.mark.parametrize(
    "link",
    [
        pytest.param(ONE_GW, id="1 GW", marks=pytest.mark.slow),
        pytest.param(TWO_GW, id="2 GW"),
        pytest.param(FOUR_GW, id="4 GW", marks=pytest.mark.slow),
    ],
)


def two_strong_ends(link: Link) -> Any:
    """Two buses with a stiff source each, joined by nothing but the link."""
    import pandapower

    net = pandapower.create_empty_network(sn_mva=100.0)
    for name in ("A", "B"):
        pandapower.create_ext_grid(net, pandapower.create_bus(net, 500.0, name=name))
    add_link(net, link, 0, 1)
    return net


def solve(net: Any) -> None:
    import pandapower

    pandapower.runpp(net, init="flat", max_iteration=30, numba=False)


@SIZES
@pytest.mark.parametrize("forward", [True, False], ids=["forward", "reverse"])
def test_loss_agrees_with_pandapower_from_a_tenth_to_full_load(link: Link, forward: bool) -> None:
    """Within 0.1 % of the loss at 10, 25, 50, 75 and 100 % load, both ways; current within 1e-9 kA."""
    net = two_strong_ends(link)
    for load_frac in (0.1, 0.25, 0.5, 0.75, 1.0):
        flow = link.flow(load_frac * link.capacity_mw)
        set_link(net, link, flow.sent_mw, forward=forward)
        solve(net)
        circuit = link_circuit(net, link, forward=forward)
        assert circuit.loss_mw == pytest.approx(flow.loss_mw + link.idle_loss_mw, rel=0.001)
        assert circuit.sent_mw == pytest.approx(flow.sent_mw + link.idle_loss_mw / 2, rel=1e-4)
        assert circuit.current_ka == pytest.approx(flow.current_ka, abs=1e-9)
        assert circuit.voltage_max_kv == pytest.approx(link.voltage_kv)
        grid_mw = net.res_ext_grid["p_mw"].tolist()
        sending, receiving = (0, 1) if forward else (1, 0)
        assert grid_mw[sending] == pytest.approx(circuit.sent_mw, abs=1e-6)
        assert grid_mw[receiving] == pytest.approx(-circuit.received_mw, abs=1e-6)


def test_the_power_flow_finds_the_loss_by_itself() -> None:
    """Asked to deliver what a link of 5 % lower cable resistance would, pandapower still loses this cable's own."""
    net = two_strong_ends(TWO_GW)
    set_link(net, TWO_GW, 2000.0)
    net.line_dc["r_ohm_per_km"] *= 0.95
    solve(net)
    change_mw = link_circuit(net, TWO_GW).loss_mw - TWO_GW.flow(2000.0).loss_mw - TWO_GW.idle_loss_mw
    cable_mw = 2 * TWO_GW.conductor_ohm * TWO_GW.flow(2000.0).current_ka ** 2
    assert change_mw == pytest.approx(-0.05 * cable_mw, rel=0.1)


@pytest.mark.parametrize(
    ("link", "poles_in"), [(TWO_GW, 1), *(pytest.param(FOUR_GW, poles, marks=pytest.mark.slow) for poles in (3, 2))]
)
@pytest.mark.parametrize("forward", [True, False], ids=["forward", "reverse"])
def test_a_pole_out_agrees_with_the_return_as_a_second_conductor(link: Link, poles_in: int, forward: bool) -> None:
    """With poles out the loss agrees within 0.1 % too; the return in series is our own term, the rest pandapower's."""
    net = two_strong_ends(link)
    for load_frac in (0.1, 0.5, 1.0):
        sent_mw = load_frac * link.capacity_available_mw(poles_in)
        set_link(net, link, sent_mw, forward=forward, poles_in=poles_in)
        solve(net)
        loss_mw = link.flow(sent_mw, poles_in).loss_mw + link.idle_loss_of_mw(poles_in)
        assert link_circuit(net, link, forward=forward).loss_mw == pytest.approx(loss_mw, rel=0.001)


def test_a_link_that_is_out_draws_nothing() -> None:
    """All poles out: converters, cables and DC buses are out of service and the grids see no power at all."""
    net = two_strong_ends(TWO_GW)
    set_link(net, TWO_GW, 0.0, poles_in=0)
    assert not net.vsc["in_service"].any()
    assert not net.line_dc["in_service"].any()
    assert not net.bus_dc["in_service"].any()
    solve(net)
    assert net.res_ext_grid["p_mw"].abs().max() < 1e-9
    circuit = link_circuit(net, TWO_GW)
    assert (circuit.sent_mw, circuit.received_mw, circuit.current_ka) == (0.0, 0.0, 0.0)


def test_an_idle_link_draws_half_of_its_idle_loss_at_each_end() -> None:
    """2 GW with 0.1 % idle: 2 MW from each grid, nothing received."""
    net = two_strong_ends(TWO_GW)
    set_link(net, TWO_GW, 0.0)
    solve(net)
    assert net.res_ext_grid["p_mw"].tolist() == pytest.approx([2.0, 2.0], abs=1e-3)


@SIZES
def test_the_linear_loss_agrees_at_the_hours_current(link: Link) -> None:
    """Half of the running loss linear: pandapower has no such term, as a constant at the current it agrees."""
    linear = replace(link, station_linear_loss_frac=0.0035)
    net = two_strong_ends(linear)
    for load_frac in (0.1, 0.5, 1.0):
        sent_mw = load_frac * linear.capacity_mw
        set_link(net, linear, sent_mw)
        solve(net)
        loss_mw = linear.flow(sent_mw).loss_mw + linear.idle_loss_mw
        assert link_circuit(net, linear).loss_mw == pytest.approx(loss_mw, rel=0.001)


def test_a_link_stands_in_a_net_once() -> None:
    """A second time is refused; its converters' buses are known with the buses behind them."""
    net = two_strong_ends(TWO_GW)
    with pytest.raises(ValueError, match="already"):
        add_link(net, TWO_GW, 0, 1)
    assert set(converter_buses(net).values()) == {0, 1}


def test_too_much_power_is_refused() -> None:
    """1,500 MW over one pole of 1,000 MW never reaches the net."""
    with pytest.raises(ValueError, match="outside"):
        set_link(two_strong_ends(TWO_GW), TWO_GW, 1500.0, poles_in=1)
