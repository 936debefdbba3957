"""What any power-flow engineer would check first, against independent numbers of `cases/grid_facts/powerflow.csv`."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from test_networks_convergence import YEARS, solved
from test_networks_pandapower import bus, grid, line, plant, point
from test_networks_reference_hours import SEASONS, grid_of

from networks.grid import Compensation, Line, Load, Reactor
from networks.load_flow import AcSolution, solve
from networks.pandapower_net import areas, build_net
from networks.tables import load_tables, shipped_sets

FACTS = Path(__file__).parent / "cases" / "grid_facts" / "powerflow.csv"
LONG_KM = 400.0


@dataclass(frozen=True)
class Fact:
    value: float
    low: float
    high: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


@cache
def facts() -> dict[str, Fact]:
    with FACTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["source"] for row in rows)
    return {row["fact"]: Fact(float(row["value"]), float(row["low"]), float(row["high"])) for row in rows}


def standard_line(length_km: float) -> Line:
    """The commonest 500 kV conductor of the data set."""
    types = {row.name: row for row in load_tables(shipped_sets()["corridor"]).line_types}
    kind = types["3xAC-330/43 500 kV"]
    constants = {
        name: getattr(kind, name) for name in ("r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "current_max_ka")
    }
    return replace(line("A-B", "A 500", "B 500", length_km), line_type=kind.name, **constants)


def energised(length_km: float, *, reactor_mvar: float = 0.0, load_mw: float = 0.0) -> AcSolution:
    """A strong plant at A holds 1.03 pu; the line to B ends in a load, a reactor or nothing."""
    line_grid = grid(
        buses=(bus("A"), bus("B")),
        lines=(standard_line(length_km),),
        plants=(plant("P", "A 500", 9000.0),),
        loads=(Load("A 500", "AA", "AA-1", 0.5), Load("B 500", "AA", "AA-1", 0.5)),
        reactors=(Reactor("B 500", "A-B", reactor_mvar, "test"),) if reactor_mvar else (),
        compensation=(Compensation("A 500", -2000.0, 2000.0, "test"),),
    )
    hour = point(generation_mw={"P": 4000.0 + load_mw}, load_mw={"A 500": 4000.0, "B 500": load_mw})
    (net,) = areas(build_net(line_grid, hour))
    solution = solve(net)
    assert solution.converged, solution.problem
    return solution


def ratio(solution: AcSolution) -> float:
    start, end = (solution.voltage_pu[solution.bus_names.index(name)] for name in ("A 500", "B 500"))
    return float(end / start)


def test_charging_of_a_500_kv_line() -> None:
    """An open line of 100 km takes from the net what its capacitance makes: about 1.08 Mvar/km at 500 kV."""
    solution = energised(100.0)
    made_mvar = -float(solution.reactive_mvar.sum())
    middle_pu = (solution.voltage_pu**2).mean()
    assert facts()["charging"].holds(made_mvar / middle_pu / 100.0)


def test_surge_impedance_load_and_wave_angle_of_the_line_types() -> None:
    """Zc of the 500 kV standard gives about 1,000 MW; no wave is faster than light and none much slower."""
    standard = standard_line(100.0)
    susceptance = 2 * math.pi * 50 * standard.c_nf_per_km * 1e-9
    assert facts()["surge_impedance_load"].holds(500.0**2 / math.sqrt(standard.x_ohm_per_km / susceptance))
    for kind in load_tables(shipped_sets()["corridor"]).line_types:
        if kind.voltage_kv >= 330:
            angle_deg = math.degrees(math.sqrt(kind.x_ohm_per_km * 2 * math.pi * 50 * kind.c_nf_per_km * 1e-9)) * 100
            assert facts()["wave_angle"].holds(angle_deg), kind.name


def test_voltage_of_an_unloaded_line_with_and_without_its_reactor() -> None:
    """400 km rise by 9.5 % at the open end; 180 Mvar there take all of it away."""
    assert facts()["open_end_ratio"].holds(ratio(energised(LONG_KM)))
    assert facts()["open_end_ratio_reactor"].holds(ratio(energised(LONG_KM, reactor_mvar=180.0)))


def test_voltage_profile_at_surge_impedance_load_is_flat() -> None:
    """With 855 MW per square of its voltage at B the line makes what reactive power it needs; only resistance tells."""
    natural_mw = 855.0 * (1.03 * facts()["flat_ratio"].value) ** 2
    solution = energised(LONG_KM, load_mw=natural_mw)
    assert facts()["flat_ratio"].holds(ratio(solution))
    charging_mvar = facts()["charging"].value * LONG_KM
    assert abs(float(solution.reactive_mvar.sum())) < 0.15 * charging_mvar


@pytest.mark.slow
@pytest.mark.parametrize("year", YEARS)
def test_losses_at_220_kv_and_above(year: str) -> None:
    """Four hours together lie in the range of European transmission grids, each hour within 0.4-4 % of load."""
    loss_mw = load_mw = 0.0
    for name in SEASONS:
        hour_loss_mw = sum(solution.loss_mw for solution in solved(year, name))
        hour_load_mw = sum(solution.load_mw for solution in solved(year, name))
        assert facts()["loss_hour"].holds(hour_loss_mw / hour_load_mw)
        loss_mw, load_mw = loss_mw + hour_loss_mw, load_mw + hour_load_mw
    assert facts()["loss_year"].holds(loss_mw / load_mw)


@pytest.mark.parametrize(
    "case",
    ["2025", *(pytest.param(case, marks=pytest.mark.slow) for case in ("2030", "2035", "link_2000", "link_4000"))],
)
def test_reactors_take_their_share_of_the_charging(case: str) -> None:
    """Fixed and controllable reactors of the 500 kV substations stand for 50-90 % of what all 500 kV lines make."""
    staged = grid_of(case)
    lines = [item for item in staged.lines if item.voltage_kv == 500]
    charging = (
        sum(2 * math.pi * 50 * item.c_nf_per_km * 1e-9 * item.length_km * item.circuits for item in lines) * 500**2
    )
    places = {item.from_bus.rpartition(" ")[0] for item in lines} | {item.to_bus.rpartition(" ")[0] for item in lines}
    fixed = sum(abs(item.reactive_mvar) for item in staged.reactors)
    controllable = sum(-item.reactive_min_mvar for item in staged.compensation if item.bus.rpartition(" ")[0] in places)
    assert facts()["compensation_degree"].holds((fixed + controllable) / charging)
