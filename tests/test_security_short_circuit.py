"""Fault levels: a two-bus case by hand, pandapower's IEC 60909, and the condenser that mends a weak bus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandapower
import pandapower.shortcircuit
import pytest

from greengrid.case import load_case
from greengrid.inputs import read_inputs
from greengrid.progress import Reporter
from greengrid.security.batch_network import read_area
from greengrid.security.part import SecurityRun
from greengrid.security.short_circuit import (
    condenser_mva,
    fault_area,
    machine_impedance,
    pandapower_level_mva,
    parameters,
)
from greengrid.security.short_circuit_part import short_circuit
from networks.pandapower_net import areas, build_net
from tests.drawn_dispatch import draw_dispatch
from tests.test_security_year import nets

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tiny() -> SecurityRun:
    """The tiny grid with a drawn dispatch of six hours."""
    case = load_case("tiny")
    inputs = read_inputs(case)
    return SecurityRun(case, inputs, draw_dispatch(inputs.grid, 5, 6))


def test_a_machine_behind_a_line_by_hand(tiny: SecurityRun) -> None:
    """Two buses: S'' = U^2 / |Z_machine + Z_line| with every number of the standard written out here.

    The plant has 1.8 units: where its output asks for two, no more than 1.8 feed in.
    """
    given = parameters()
    grid = tiny.inputs.grid
    line = grid.lines[0]
    plant = next(p for p in grid.plants if any(u.name == p.name and u.inertia_s > 0 for u in tiny.inputs.economy.units))
    unit = next(u for u in tiny.inputs.economy.units if u.name == plant.name)
    start = next(b for b in grid.buses if b.name == line.from_bus)
    plant = replace(plant, bus=line.from_bus, technology="coal", capacity_mw=1.8 * unit.unit_mw)
    two = replace(
        grid, buses=tuple(b for b in grid.buses if b.name in (line.from_bus, line.to_bus)), lines=(line,),
        transformers=(), plants=(plant,), loads=(), borders=(), compensation=(), reactors=(), links=(), interfaces=(),
        areas=((line.from_bus, line.to_bus),),
    )  # fmt: skip
    dispatch = draw_dispatch(replace(grid, plants=(plant,)), 1, 3)
    running = np.array([0.5, 1.0, 1.5]) * unit.unit_mw
    output = replace(dispatch.generation_mw, values=running[:, None])
    idle = {name: getattr(dispatch, name).select(()) for name in ("charge_mw", "served_mw", "import_mw", "export_mw")}
    dispatch = replace(dispatch, generation_mw=output, **idle)
    run = SecurityRun(tiny.case, replace(tiny.inputs, grid=two), dispatch)
    (net, _), *_ = nets(two, dispatch)
    area = fault_area(run, net, read_area(net), given)
    reactance, transformer = given.value("subtransient.turbo"), given.value("transformer_unit")
    factor = 1.1 / (1 + reactance * np.sqrt(1 - 0.85**2))
    machine_ohm = factor * (0.05 * reactance + 1j * (reactance + transformer)) * start.voltage_kv**2
    machine_ohm = machine_ohm / (unit.unit_mw / 0.85 * np.array([1, 1, 1.8]))
    hot_ohm = net.line["r_ohm_per_km"][0] * 1.24 + 1j * net.line["x_ohm_per_km"][0]
    by_hand = start.voltage_kv**2 / np.abs(machine_ohm + hot_ohm * line.length_km / line.circuits)
    np.testing.assert_allclose(area.level_mva(line.to_bus), by_hand, rtol=1e-9)
    checked = pandapower_level_mva(net, area.sources_y[2], line.to_bus, given)
    assert checked == pytest.approx(by_hand[2], rel=1e-6)


def test_every_converter_agrees_with_pandapower(tiny: SecurityRun) -> None:
    """The least hour of every modelled end within 0.1 % of calc_sc; SCR falls as one over the size."""
    result = short_circuit(tiny, Reporter(None))
    rows = result.tables["short_circuit"]
    assert {row.bus for row in rows} >= {link.from_bus for link in tiny.inputs.grid.links}
    for row in rows:
        assert row.level_min_mva == pytest.approx(row.level_pandapower_mva, rel=1e-3)
        assert row.scr_min_ratio == pytest.approx(row.level_min_mva / row.size_mw)
        assert row.scr_min_ratio <= row.scr_p5_ratio <= row.scr_median_ratio
    assert {violation.kind for violation in result.violations} <= {"scr_low"}


def test_more_units_running_never_lower_the_fault_level(tiny: SecurityRun) -> None:
    """Twice the output everywhere: every hour's level at every converter is at least as high."""
    more = replace(tiny.dispatch.generation_mw, values=2 * tiny.dispatch.generation_mw.values)
    strong = SecurityRun(tiny.case, tiny.inputs, replace(tiny.dispatch, generation_mw=more))
    weak_levels, strong_levels = (short_circuit(run, Reporter(None)).hourly["fault_levels"] for run in (tiny, strong))
    assert (strong_levels.values >= weak_levels.values - 1e-9).all()
    assert (strong_levels.values > weak_levels.values).any()


def test_the_condenser_lifts_the_bus_to_the_limit(tiny: SecurityRun) -> None:
    """A condenser of the told rating beside the bus' own sources brings the level within 1 % of what was missing."""
    given = parameters()
    grid = tiny.inputs.grid
    link = grid.links[0]
    maker = nets(grid, tiny.dispatch)[0][1]
    for net in areas(build_net(grid, maker.point(0))):
        if link.from_bus not in set(net.bus["name"]):
            continue
        area = fault_area(tiny, net, read_area(net), given)
        before = area.level_mva(link.from_bus)
        rating = condenser_mva(1000.0, given)
        reactance = given.value("subtransient.condenser") + given.value("transformer_unit")
        at = area.network.bus_names.index(link.from_bus)
        area.sources_y[:, at] += -1j * rating / reactance / area.network.base_mva
        np.testing.assert_allclose(area.level_mva(link.from_bus) - before, 1000.0, rtol=0.01)


def test_an_area_without_machines_has_no_fault_level(tiny: SecurityRun) -> None:
    """No unit runs and no neighbour feeds in: 0 MVA, in the batch and against pandapower."""
    still = replace(tiny.dispatch.generation_mw, values=0 * tiny.dispatch.generation_mw.values)
    alone = replace(tiny.inputs.grid, borders=())
    empty = replace(tiny.dispatch, generation_mw=still, import_mw=tiny.dispatch.import_mw.select(()),
                    export_mw=tiny.dispatch.export_mw.select(()))  # fmt: skip
    rows = short_circuit(SecurityRun(tiny.case, replace(tiny.inputs, grid=alone), empty), Reporter(None))
    assert {(row.level_min_mva, row.level_pandapower_mva) for row in rows.tables["short_circuit"]} == {(0.0, 0.0)}


def test_a_hydro_set_is_weaker_than_a_turbogenerator() -> None:
    """Salient poles: more reactance, so less fault level per MVA."""
    given = parameters()
    hydro, turbo = (abs(machine_impedance(name, given)) for name in ("hydro_reservoir", "coal"))
    assert turbo < hydro


@pytest.mark.parametrize("technology", ["coal", "hydro_reservoir"])
def test_a_power_station_unit_is_as_strong_as_pandapower_says(technology: str) -> None:
    """One machine of 200 MVA behind its transformer, no tap changer under load: pandapower's own correction K_SO."""
    given = parameters()
    reactance = given.value("subtransient.hydro" if technology.startswith("hydro") else "subtransient.turbo")
    net = pandapower.create_empty_network(sn_mva=100.0)
    high, low = (pandapower.create_bus(net, vn_kv=kv) for kv in (220.0, 15.75))
    pandapower.create_transformer_from_parameters(
        net, high, low, sn_mva=200.0, vn_hv_kv=220.0, vn_lv_kv=15.75, vk_percent=100 * given.value("transformer_unit"),
        vkr_percent=0.0, pfe_kw=0.0, i0_percent=0.0, oltc=False, power_station_unit=True, pt_percent=0.0,
    )  # fmt: skip
    pandapower.create_gen(
        net, low, p_mw=100.0, vn_kv=15.75, xdss_pu=reactance, cos_phi=given.value("power_factor"), pg_percent=0.0,
        sn_mva=200.0, power_station_trafo=0,
        rdss_ohm=given.value("resistance_machine") * reactance * 15.75**2 / 200.0,
    )  # fmt: skip
    pandapower.shortcircuit.calc_sc(net, bus=high, fault="3ph", case="min", ip=False, ith=False)
    expected = np.sqrt(3) * 220.0 * float(net.res_bus_sc.at[high, "ikss_ka"])
    assert 200.0 / abs(machine_impedance(technology, given)) == pytest.approx(expected, rel=1e-6)
