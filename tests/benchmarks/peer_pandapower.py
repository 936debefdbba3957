"""pandapower's DC optimal power flow, hour after hour, on the data set's network.

It knows no time: reservoirs may give their inflow, batteries rest, ramp limits do not exist. So only its time is
comparable, not its cost.
"""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
import pandapower as pp

from tests.benchmarks.synthetic import VOLTAGE_KV, DataSet, zones

FIRST_HOUR, STEP_HOURS = 7, 17


def run_hours(data: DataSet, hours: int) -> dict[str, Any]:
    """Runs a sample of hours spread over the data set and says what one takes."""
    warnings.simplefilter("ignore")
    net = _make_net(data)
    chosen = [(FIRST_HOUR + STEP_HOURS * k) % data.hours for k in range(hours + 1)]
    seconds, converged = [], 0
    for hour in chosen:
        started = time.perf_counter()
        _set_hour(net, data, hour)
        try:
            pp.rundcopp(net)
            converged += 1
        except pp.optimal_powerflow.OPFNotConverged:
            pass
        seconds.append(time.perf_counter() - started)
    # The first hour compiles and is left out.
    return {
        "work_s": float(np.sum(seconds[1:])),
        "hour_s": float(np.mean(seconds[1:])),
        "hours": hours,
        "converged": converged,
        "versions": {"pandapower": pp.__version__},
    }


def _make_net(data: DataSet) -> Any:
    net = pp.create_empty_network()
    pp.create_buses(net, data.buses, VOLTAGE_KV)
    rating_ka = np.minimum(data.line_max_mw, 1e5) / (np.sqrt(3) * VOLTAGE_KV)
    pp.create_lines_from_parameters(
        net, data.line_from, data.line_to, length_km=1.0, r_ohm_per_km=0.0, x_ohm_per_km=data.line_x_ohm,
        c_nf_per_km=0.0, max_i_ka=rating_ka, max_loading_percent=100.0,
    )  # fmt: skip
    for bus, k in zip(data.load_bus, range(len(data.load_bus)), strict=True):
        pp.create_load(net, int(bus), float(data.load_mw[0, k]), controllable=False)
    _add_units(net, data)
    for start, end, most, efficiency in zip(
        data.link_from, data.link_to, data.link_segment_mw.sum(axis=1), data.link_efficiency_frac[:, 0], strict=True
    ):
        for a, b in ((start, end), (end, start)):
            pp.create_dcline(
                net, int(a), int(b), p_mw=0.0, loss_percent=100 * (1 - float(efficiency)), loss_mw=0.0, vm_from_pu=1.0,
                vm_to_pu=1.0, max_p_mw=float(most), min_q_from_mvar=0, max_q_from_mvar=0, min_q_to_mvar=0,
                max_q_to_mvar=0,
            )  # fmt: skip
    return net


def _add_units(net: Any, data: DataSet) -> None:
    groups = (
        (data.thermal_bus, data.thermal_cost_usd_per_mwh),
        (data.renewable_bus, data.renewable_cost_usd_per_mwh),
        (data.reservoir_bus, np.zeros(len(data.reservoir_bus))),
        (data.load_bus, np.full(len(data.load_bus), data.lost_load_usd_per_mwh[0])),
    )
    for members in zones(data):
        slack = pp.create_ext_grid(net, int(members[0]), min_p_mw=0.0, max_p_mw=1.0)
        pp.create_poly_cost(net, slack, "ext_grid", cp1_eur_per_mw=float(data.lost_load_usd_per_mwh[0]))
    for buses, costs in groups:
        for bus, cost in zip(buses, costs, strict=True):
            unit = pp.create_sgen(
                net, int(bus), 0.0, min_p_mw=0.0, max_p_mw=0.0, min_q_mvar=0, max_q_mvar=0, controllable=True
            )
            pp.create_poly_cost(net, unit, "sgen", cp1_eur_per_mw=float(cost))


def _set_hour(net: Any, data: DataSet, hour: int) -> None:
    net.load["p_mw"] = data.load_mw[hour]
    water = np.minimum(data.reservoir_inflow_mw[hour], data.reservoir_max_mw)
    net.sgen["max_p_mw"] = np.concatenate(
        [data.thermal_max_mw[hour], data.renewable_max_mw[hour], water, data.load_mw[hour]]
    )
