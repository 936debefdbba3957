"""The security scene of a small dispatched system, and one hour of it solved by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.extract import make_dispatch
from greengrid.dispatch.year import optimise
from greengrid.hourly import Array
from greengrid.security.outages_parameters import Parameters, read_parameters
from greengrid.security.screening import Scene, make_scene
from tests.small_system import make_system


@cache
def small_scene(seed: int, hours: int = 24) -> Scene:
    """Two areas, one bipole; limits counted from the least sensitivity on, so that nothing is left out."""
    system = make_system(seed, hours)
    problem = make_problem(system.grid, system.profiles, system.economy)
    dispatch = make_dispatch(system.grid, system.profiles, system.economy, problem, optimise(problem))
    rows = dict(read_parameters().rows)
    rows["transfer_sensitivity_min"] = rows["transfer_sensitivity_min"].model_copy(update={"central": 1e-6})
    rows["unit_outage_min_mw"] = rows["unit_outage_min_mw"].model_copy(update={"central": 100.0})
    return make_scene(system.grid, system.economy, dispatch, Parameters(rows))


def wider(scene: Scene, factor: float) -> Scene:
    """The same with every limit multiplied."""
    limits = scene.limits
    names = ("normal_forward_mw", "normal_reverse_mw", "emergency_forward_mw", "emergency_reverse_mw")
    return replace(scene, limits=replace(limits, **{name: getattr(limits, name) * factor for name in names}))


class Hand:
    """Flows of one hour by nodal equations, without any factor of the package."""

    def __init__(self, scene: Scene, hour: int) -> None:
        grid = scene.grid
        self.scene, self.hour = scene, hour
        self.position = {bus.name: k for k, bus in enumerate(grid.buses)}
        self.susceptance = np.array([line.circuits / (line.x_ohm_per_km * line.length_km) for line in grid.lines])
        self.incidence = np.zeros((len(grid.lines), len(grid.buses)))
        for k, line in enumerate(grid.lines):
            self.incidence[k, self.position[line.from_bus]] = 1.0
            self.incidence[k, self.position[line.to_bus]] = -1.0
        before = np.array([scene.dispatch.branch_mw[line.name][hour] for line in grid.lines])
        self.injection = self.incidence.T @ before

    def flows(self, injection_mw: Array, without: int = -1) -> Array:
        """Of every line, then of every cut."""
        susceptance = self.susceptance * 1e3
        if without >= 0:
            circuits = self.scene.grid.lines[without].circuits
            susceptance[without] *= (circuits - 1) / circuits
        nodal = self.incidence.T @ (susceptance[:, None] * self.incidence)
        lines = susceptance * (self.incidence @ (np.linalg.pinv(nodal) @ injection_mw))
        number = {line.name: k for k, line in enumerate(self.scene.grid.lines)}
        cuts = [sum(sign * lines[number[name]] for name, sign in cut.members) for cut in self.scene.grid.interfaces]
        return np.concatenate([lines, cuts])

    def spread(self, power_mw: float, shares: Array, bus: str) -> Array:
        """MW by bus that the plants of a bus's area give (negative: give up) in proportion to `shares` (buses,)."""
        area = next(members for members in self.scene.grid.areas if bus in members)
        own = np.array([shares[k] if item.name in area else 0.0 for k, item in enumerate(self.scene.grid.buses)])
        return power_mw * own / own.sum() if own.sum() > 0 else own
