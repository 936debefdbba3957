"""The room that a secure dispatch keeps on limits for the loss of a unit, a pole or an island, hour by hour."""

from __future__ import annotations

import numpy as np

from greengrid.dispatch.extract import make_dispatch
from greengrid.dispatch.headroom import Keep
from greengrid.dispatch.network import make_network
from greengrid.dispatch.year import Optimum
from greengrid.economy.fleet import Economy
from greengrid.hourly import Array
from greengrid.security.outages_parameters import Parameters
from greengrid.security.screening import Scene, make_scene, shifts_of, single_losses
from greengrid.security.screening_kernels import most_added
from greengrid.weather.profiles import Profiles
from networks.grid import Grid


def headroom_finder(grid: Grid, profiles: Profiles, economy: Economy, parameters: Parameters) -> Keep:
    """What the losses of the security study would add to each limit of a dispatch, beyond what it may carry then."""
    number = {name: k for k, name in enumerate(make_network(grid).limits)}

    def keep(optimum: Optimum) -> Array:
        problem = optimum.program.problem
        scene = make_scene(grid, economy, make_dispatch(grid, profiles, economy, problem, optimum), parameters)
        order = np.array([number[name] for name in scene.sensitivities.monitored])
        found = np.zeros((2, problem.steps, len(number)))
        found[:, :, order] = room_mw(scene)
        return found

    return keep


def room_mw(scene: Scene) -> Array:
    """Highest addition of any single loss, less what limits after an outage allow beyond normal ones, at least 0.

    Shape (2, hours, rows of the scene): forward, reverse.
    """
    added = most_added(shifts_of(scene, single_losses(scene)), scene.flow_mw.shape)
    limits = scene.limits
    more = (
        limits.emergency_forward_mw - limits.normal_forward_mw,
        limits.emergency_reverse_mw - limits.normal_reverse_mw,
    )
    return np.maximum(added - np.stack(more)[:, None, :], 0.0)
