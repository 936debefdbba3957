"""Normal limits and what may be carried after an outage, by row of `Sensitivities`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greengrid.dispatch.network import branches_of
from greengrid.hourly import Array
from greengrid.security.outages_parameters import Parameters
from greengrid.security.sensitivities import Sensitivities
from networks.grid import Grid, Line, Transformer


@dataclass(frozen=True)
class Limits:
    """MW by row, all magnitudes; a branch has the same limit both ways."""

    normal_forward_mw: Array
    normal_reverse_mw: Array
    emergency_forward_mw: Array
    """After an outage, until the operator has acted."""
    emergency_reverse_mw: Array


def make_limits(grid: Grid, sensitivities: Sensitivities, parameters: Parameters) -> Limits:
    """Limits of branches and interfaces.

    After an outage a line may carry what static stability allows, its normal limit x (1 - margin after a fault) /
    (1 - normal margin), and no more than its thermal limit (x `emergency.line`); a cut the former; a transformer its
    normal limit x `emergency.transformer`. None is below normal.
    """
    stability = (1 - parameters.value("margin.after_fault")) / (1 - parameters.value("margin.normal"))
    normal, emergency = {}, {}
    for branch in branches_of(grid):
        normal[branch.name] = (branch.flow_max_mw, branch.flow_max_mw)
        most = max(_after_outage_mw(branch, stability, parameters), branch.flow_max_mw)
        emergency[branch.name] = (most, most)
    for cut in grid.interfaces:
        normal[cut.name] = (cut.forward_max_mw, cut.reverse_max_mw)
        emergency[cut.name] = (cut.forward_max_mw * stability, cut.reverse_max_mw * stability)
    columns = [
        np.array([table[name][way] for name in sensitivities.monitored], dtype=float)
        for table in (normal, emergency)
        for way in (0, 1)
    ]
    return Limits(*columns)


def _after_outage_mw(branch: Line | Transformer, stability_ratio: float, parameters: Parameters) -> float:
    if isinstance(branch, Line):
        thermal_mw = np.sqrt(3) * branch.voltage_kv * branch.current_max_ka * branch.circuits
        return float(min(branch.flow_max_mw * stability_ratio, thermal_mw * parameters.value("emergency.line")))
    return branch.flow_max_mw * parameters.value("emergency.transformer")
