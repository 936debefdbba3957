"""The pandapower net and its load flow against hand calculations and closed formulas."""

from __future__ import annotations

import cmath
import math
from dataclasses import replace

import numpy as np
import pytest

from networks.grid import Border, Bus, Compensation, Grid, Line, Load, Plant, Transformer
from networks.hvdc import Link
from networks.hvdc_net import add_link
from networks.load_flow import AcSolution, solve
from networks.pandapower_net import LinkEnds, OperatingPoint, areas, build_net, equivalent_pi, set_point
from networks.voltage_control import LIMIT_MVAR


def bus(name: str, kv: float = 500.0) -> Bus:
    return Bus(f"{name} {kv:.0f}", name, "AA", "AA-1", kv, 45.0, 60.0)


def line(name: str, start: str, end: str, length_km: float = 100.0, **changes: object) -> Line:
    standard = Line(
        name,
        start,
        end,
        500.0,
        1,
        length_km,
        0.029,
        0.308,
        11.46,
        2.19,
        1500.0,
        "3xAC-330",
        "existing",
        2000,
        "A",
        "test",
    )
    return replace(standard, **changes)  # type: ignore[arg-type]


def plant(name: str, at: str, capacity_mw: float, technology: str = "gas_ccgt") -> Plant:
    return Plant(name, name, "AA", "AA-1", at, technology, capacity_mw, 0.0, 45.0, 60.0, "existing", 2000, "A", "test")


def grid(**parts: object) -> Grid:
    empty = Grid(2025, (), (), (), (), (), (), (), (), (), (), (), (), (), (), ())
    return replace(empty, **parts)  # type: ignore[arg-type]


def point(**parts: object) -> OperatingPoint:
    return replace(OperatingPoint({}, {}, {}, {}, 0.0, False), **parts)  # type: ignore[arg-type]


def transformer(name: str, high: str, low: str, units: int = 2) -> Transformer:
    return Transformer(name, high, low, units, 501.0, 11.0, 975.0, 375.0, 0.4, 900.0, "existing", 2000, "A", "test")


def link(capacity_mw: float = 1000.0) -> Link:
    return Link(
        "cable", "B 500", "F 400", capacity_mw, 525.0, "bipole", 2, 100.0, 0.0, 0.01, 0.001, 0.01, 1e6, 0.0, "test"
    )


def six_buses() -> Grid:
    """Two synchronous areas, a link from the larger to a lone far end, a border, compensation, an autotransformer."""
    return grid(
        buses=(bus("A"), bus("B"), bus("B", 220.0), bus("C"), bus("D"), bus("F", 400.0)),
        lines=(line("A-B", "A 500", "B 500", 200.0, circuits=2), line("C-D", "C 500", "D 500")),
        transformers=(transformer("B 500/220", "B 500", "B 220"),),
        plants=(
            plant("coal A", "A 500", 1500.0, "coal"),
            plant("wind B", "B 500", 400.0, "wind_onshore"),
            plant("gas C", "C 500", 500.0),
        ),
        loads=(Load("B 220", "AA", "AA-1", 0.7), Load("D 500", "AA", "AA-1", 0.3)),
        borders=(Border("tie", "A 500", "RU", 300.0, 300.0, 200.0, 5000.0, "A", "test"),),
        compensation=(Compensation("B 220", -100.0, 200.0, "test"),),
        links=(link(),),
    )


def six_buses_point(**parts: object) -> OperatingPoint:
    hour = OperatingPoint(
        {"coal A": 900.0, "wind B": 200.0, "gas C": 300.0},
        {"B 220": 700.0, "D 500": 300.0},
        {"tie": 100.0},
        {"cable": LinkEnds(-500.0, 485.0)},
        0.3,
        False,
    )
    return replace(hour, **parts)  # type: ignore[arg-type]


def within_limits(solution: AcSolution) -> bool:
    over = solution.reactive_mvar - solution.reactive_max_mvar
    under = solution.reactive_min_mvar - solution.reactive_mvar
    return bool(max(over.max(), under.max()) <= LIMIT_MVAR)


def test_two_buses_follow_the_closed_formula() -> None:
    """The received voltage of one short line is the root of V2^4 + (2(RP+XQ) - V1^2) V2^2 + |Z|^2 |S|^2 = 0."""
    short = line("A-B", "A 500", "B 500", 50.0, c_nf_per_km=0.0)
    net_grid = grid(
        buses=(bus("A"), bus("B")),
        lines=(short,),
        plants=(plant("P", "A 500", 900.0),),
        loads=(Load("B 500", "AA", "AA-1", 1.0),),
    )
    net = build_net(net_grid, point(generation_mw={"P": 800.0}, load_mw={"B 500": 800.0}, load_reactive_ratio=0.3))
    solution = solve(areas(net)[0])
    r, x = 0.029 * 50, 0.308 * 50
    sent, p, q = 1.03 * 500, 800.0, 240.0
    b = 2 * (r * p + x * q) - sent**2
    received = math.sqrt((-b + math.sqrt(b * b - 4 * (r * r + x * x) * (p * p + q * q))) / 2)
    loss = r * (p * p + q * q) / received**2
    assert solution.voltage_pu[1] == pytest.approx(received / 500, abs=1e-8)
    assert solution.loss_mw == pytest.approx(loss, rel=1e-6)
    assert solution.slack_mw == pytest.approx(loss, rel=1e-6)
    current = math.hypot(p, q) / (math.sqrt(3) * received)
    assert solution.loading_frac[0] == pytest.approx(current / 2.19, rel=1e-4)


@pytest.mark.parametrize("length_km", [100.0, 300.0, 600.0])
def test_unloaded_line_rises_as_the_hyperbolic_formula_says(length_km: float) -> None:
    """Ferranti: |V2| = |V1| / |cosh(gamma l)| at the open end of a 500 kV line."""
    open_line = line("A-B", "A 500", "B 500", length_km)
    net_grid = grid(
        buses=(bus("A"), bus("B")),
        lines=(open_line,),
        plants=(plant("P", "A 500", 5000.0),),
        loads=(Load("A 500", "AA", "AA-1", 1.0),),
    )
    net = build_net(net_grid, point(generation_mw={"P": 4000.0}, load_mw={"A 500": 4000.0}))
    solution = solve(areas(net)[0])
    gamma = cmath.sqrt(complex(0.029, 0.308) * 1j * 2 * math.pi * 50 * 11.46e-9)
    assert solution.voltage_pu[1] == pytest.approx(1.03 / abs(cmath.cosh(gamma * length_km)), rel=1e-7)


def test_equivalent_pi_of_a_short_line_is_the_plain_one() -> None:
    """At 10 km the correction is below 0.02 %."""
    r, x, c, g = equivalent_pi(line("A-B", "A 500", "B 500", 10.0))
    assert (r, x, c) == pytest.approx((0.029, 0.308, 11.46), rel=2e-4)
    assert abs(g) < 1e-4


def test_areas_are_the_ac_islands_without_the_far_end_of_the_link() -> None:
    """Two islands, largest first; the lone 400 kV bus of the link is no area."""
    parts = areas(build_net(six_buses(), six_buses_point()))
    assert [sorted(part.bus["name"]) for part in parts] == [["A 500", "B 220", "B 500"], ["C 500", "D 500"]]


def test_link_is_a_pair_of_injections_that_differ_by_its_loss() -> None:
    """Sent = received + loss: 500 MW leave B, 485 arrive at the far end."""
    net = build_net(six_buses(), six_buses_point())
    ends = net.gen.set_index("name")["p_mw"]
    assert ends["cable:from"] == -500.0
    assert ends["cable:to"] == 485.0
    assert LinkEnds(-500.0, 485.0).loss_mw == 15.0
    assert len(net.dcline) == 0
    sending = solve(areas(net)[0])
    assert sending.source_mw[sending.source_names.index("cable:from")] == -500.0


def test_active_power_balances_in_each_area() -> None:
    """Generation and import less load is the loss, in each area, and the slack is what the point did not balance."""
    for part in areas(build_net(six_buses(), six_buses_point())):
        solution = solve(part)
        assert solution.converged
        assert solution.source_mw.sum() == pytest.approx(solution.load_mw + solution.loss_mw, abs=1e-3)
        assert within_limits(solution)


def test_a_dcline_is_refused() -> None:
    """A pandapower dcline would be treated wrongly later, so it fails loudly."""
    import pandapower

    net = build_net(six_buses(), six_buses_point())
    pandapower.create_dcline(net, 0, 3, 100.0, 1.0, 1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="dcline"):
        areas(net)
    with pytest.raises(ValueError, match="dcline"):
        solve(net)


def test_converters_are_refused_by_an_areas_solution() -> None:
    """A link as converters belongs into the joined power flow: an area's solution says so."""
    net = build_net(six_buses(), six_buses_point())
    add_link(net, link(), 1, 5)
    with pytest.raises(ValueError, match="vsc"):
        areas(net)


def test_a_hopeless_hour_is_reported_not_raised() -> None:
    """5 GW over one 600 km circuit has no solution: the result says so and holds no numbers."""
    far = line("A-B", "A 500", "B 500", 600.0)
    net_grid = grid(
        buses=(bus("A"), bus("B")),
        lines=(far,),
        plants=(plant("P", "A 500", 9000.0),),
        loads=(Load("B 500", "AA", "AA-1", 1.0),),
    )
    net = build_net(net_grid, point(generation_mw={"P": 5000.0}, load_mw={"B 500": 5000.0}, load_reactive_ratio=0.3))
    solution = solve(areas(net)[0])
    assert not solution.converged
    assert solution.problem
    assert solution.voltage_pu.size == 0


def test_an_area_without_sources_is_reported() -> None:
    """All plants off: no voltage can be held."""
    hour = six_buses_point(generation_mw={"coal A": 900.0, "wind B": 200.0, "gas C": 0.0})
    solution = solve(areas(build_net(six_buses(), hour))[1])
    assert not solution.converged
    assert "no source" in solution.problem


def test_names_must_match_the_grid() -> None:
    """A missing plant and an unknown load bus are both named."""
    hour = six_buses_point(
        generation_mw={"coal A": 900.0, "wind B": 200.0}, load_mw={"B 220": 1.0, "D 500": 1.0, "X": 1.0}
    )
    with pytest.raises(ValueError, match=r"gas C.*\n*.*X"):
        build_net(six_buses(), hour)


def test_reactive_limits_follow_the_rating_on_line() -> None:
    """Coal at 850 of 1,500 MW has 1,000 MW on line, so -300 to +620 Mvar; the link always has +-0.4 of its rating."""
    hour = six_buses_point(generation_mw={"coal A": 850.0, "wind B": 340.0, "gas C": 500.0})
    gen = build_net(six_buses(), hour).gen.set_index("name")
    assert tuple(gen.loc["coal A", ["min_q_mvar", "max_q_mvar"]]) == pytest.approx((-300.0, 620.0))
    assert tuple(gen.loc["wind B", ["min_q_mvar", "max_q_mvar"]]) == pytest.approx((-132.0, 132.0))
    assert tuple(gen.loc["gas C", ["min_q_mvar", "max_q_mvar"]]) == pytest.approx((-150.0, 310.0))
    assert tuple(gen.loc["cable:from", ["min_q_mvar", "max_q_mvar"]]) == (-400.0, 400.0)
    assert tuple(gen.loc["tie", ["min_p_mw", "max_p_mw"]]) == (-300.0, 300.0)


def test_voltage_is_held_on_one_side_of_an_autotransformer() -> None:
    """B 500 (link and wind) and B 220 (compensation) both have sources; only the wider range holds."""
    net = build_net(six_buses(), six_buses_point())
    holding = set(net.bus.loc[net.gen.loc[net.gen["in_service"], "bus"], "name"])
    assert "B 500" in holding
    assert "B 220" not in holding


def test_exhausted_machine_stands_at_its_limit_below_its_set_point() -> None:
    """A small machine beside a large reactive load gives 0.62 of its rating on line, no more, and the voltage falls."""
    net_grid = grid(
        buses=(bus("A"), bus("B")),
        lines=(line("A-B", "A 500", "B 500", 300.0),),
        plants=(plant("big", "A 500", 3000.0), plant("small", "B 500", 85.0)),
        compensation=(Compensation("A 500", 0.0, 300.0, "test"),),
        loads=(Load("B 500", "AA", "AA-1", 1.0),),
    )
    hour = point(generation_mw={"big": 615.0, "small": 85.0}, load_mw={"B 500": 700.0}, load_reactive_ratio=0.8)
    solution = solve(areas(build_net(net_grid, hour))[0])
    k = solution.source_names.index("small")
    assert solution.converged
    assert solution.reactive_mvar[k] == pytest.approx(0.62 * 85.0, abs=1e-3)
    assert solution.at_limit[k] == 1
    assert solution.short_buses == ("B 500",)
    assert solution.short_limit_mvar[0] == pytest.approx(0.62 * 85.0)
    assert solution.short_wanted_mvar[0] > solution.short_limit_mvar[0] + 50
    assert solution.voltage_pu[solution.bus_names.index("B 500")] < 1.03


def test_taps_bring_the_low_side_back_into_its_band() -> None:
    """A heavy reactive load behind one bank pulls its 220 kV side below 1.005; taps lift it back."""
    net_grid = grid(
        buses=(bus("A"), bus("A", 220.0)),
        transformers=(transformer("A 500/220", "A 500", "A 220", units=1),),
        plants=(plant("P", "A 500", 2000.0),),
        compensation=(Compensation("A 500", 0.0, 300.0, "test"),),
        loads=(Load("A 220", "AA", "AA-1", 1.0),),
    )
    hour = point(generation_mw={"P": 450.0}, load_mw={"A 220": 450.0}, load_reactive_ratio=0.9)
    solution = solve(areas(build_net(net_grid, hour))[0])
    k = solution.bus_names.index("A 220")
    assert solution.tap_position[0] > 0
    assert 1.005 <= solution.voltage_pu[k] <= 1.075


def test_light_load_lowers_the_set_points() -> None:
    """500 kV plants hold 1.03 normally and 1.015 at light load."""
    part = areas(build_net(six_buses(), six_buses_point()))[0]
    normal = solve(part)
    set_point(part, six_buses_point(light_load=True))
    light = solve(part)
    k = normal.bus_names.index("A 500")
    assert (normal.voltage_pu[k], light.voltage_pu[k]) == pytest.approx((1.03, 1.015))


def test_result_does_not_depend_on_the_hour_solved_before() -> None:
    """Warm-started after another hour, the solution is that of a cold start to 1e-6 pu."""
    other = six_buses_point(
        generation_mw={"coal A": 300.0, "wind B": 390.0, "gas C": 300.0}, load_mw={"B 220": 300.0, "D 500": 300.0}
    )
    part = areas(build_net(six_buses(), six_buses_point()))[0]
    cold = solve(part)
    set_point(part, other)
    solve(part, warm=True)
    set_point(part, six_buses_point())
    warm = solve(part, warm=True)
    np.testing.assert_allclose(warm.voltage_pu, cold.voltage_pu, atol=1e-6)
    np.testing.assert_allclose(warm.reactive_mvar, cold.reactive_mvar, atol=1e-2)


def test_net_is_plain_for_any_pandapower_user() -> None:
    """Names, places, zones, std types of the net's own, controllable sources inside limits; no costs."""
    net = build_net(six_buses(), six_buses_point())
    for table in (net.bus, net.line, net.trafo, net.load, net.gen, net.sgen):
        assert table["name"].is_unique
        assert table["name"].notna().all()
    assert net.bus[["zone", "country", "geo"]].notna().all().all()
    assert net.line["geo"].notna().all()
    assert set(net.line["std_type"]) == set(net.std_types["line"]) == {"3xAC-330"}
    assert set(net.trafo["std_type"]) == set(net.std_types["trafo"]) == {"501 MVA 500/230 kV"}
    assert net.std_types["line"]["3xAC-330"]["x_ohm_per_km"] == 0.308
    assert net.gen["controllable"].all()
    for low, high in (("min_p_mw", "max_p_mw"), ("min_q_mvar", "max_q_mvar")):
        assert (net.gen[low] <= net.gen[high]).all()
    assert net.bus[["min_vm_pu", "max_vm_pu"]].iloc[0].tolist() == [0.90, 1.05]
    assert len(net.poly_cost) == len(net.pwl_cost) == 0


def test_two_conductors_of_one_name_stay_two_types() -> None:
    """A type name that stands for two sets of constants is not merged: the second gets a number."""
    odd = replace(line("A-B 2", "A 500", "B 500"), r_ohm_per_km=0.05)
    net_grid = replace(six_buses(), lines=(*six_buses().lines, odd))
    net = build_net(net_grid, six_buses_point())
    assert net.line.set_index("name").at["A-B 2", "std_type"] == "3xAC-330 (2)"
    assert net.std_types["line"]["3xAC-330 (2)"]["r_ohm_per_km"] == 0.05


def test_the_whole_net_solves_with_one_reference_in_each_area() -> None:
    """Plain runpp on all islands at once: three references (two areas, the far end of the link), every bus solved."""
    import pandapower

    net_grid = six_buses()
    market = Border("market", "F 400", "RO", 1000.0, 1000.0, 500.0, 9000.0, "A", "test")
    net_grid = replace(net_grid, borders=(*net_grid.borders, market))
    net = build_net(net_grid, six_buses_point(net_import_mw={"tie": 100.0, "market": -485.0}))
    pandapower.runpp(net, numba=False)
    assert net.gen["slack"].sum() == 3
    assert np.isfinite(net.res_bus["vm_pu"]).all()
    generated = net.res_gen["p_mw"].sum() + net.res_sgen["p_mw"].sum()
    assert generated == pytest.approx(1000.0 + net.res_line["pl_mw"].sum() + net.res_trafo["pl_mw"].sum(), abs=1e-6)
