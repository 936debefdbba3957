"""Who takes over when power is lost: what each unit could add or give up within the activation time, hour by hour.

The same rule as the dispatch's reserve (`greengrid.dispatch.reserve`): a thermal unit that makes x MW runs with at most
x / least stable share and gives the share of that which its technology delivers in 15 minutes, at most its headroom;
quick starters and reservoirs give all their headroom; batteries what power and an hour of content allow; downward
likewise, and wind, sun and rivers all they make. Imports do not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.result import Dispatch
from greengrid.economy.fleet import Economy, Unit
from greengrid.hourly import Array
from greengrid.security.sensitivities import Sensitivities
from networks.grid import Grid, Plant
from networks.rows import STORED

WEATHER = ("wind_onshore", "wind_offshore", "solar", "hydro_ror")
SUSTAINED_H = 1.0


@dataclass(frozen=True)
class Reserve:
    """What the plants of every bus could add and give up, MW, shape (hours, buses); areas are those of the grid."""

    up_mw: Array
    down_mw: Array
    area_of_bus: NDArray[np.int64]

    def of_area(self, area: int) -> tuple[Array, Array]:
        """(upward, downward) of one area, MW, shape (hours,)."""
        inside = self.area_of_bus == area
        up: Array = self.up_mw[:, inside].sum(axis=1)
        down: Array = self.down_mw[:, inside].sum(axis=1)
        return up, down

    def shares(self) -> tuple[Array, Array]:
        """(downward, upward) shares of each bus in its area, shape (hours, buses); sums are 1, or 0 without reserve."""
        return self._shared(self.down_mw), self._shared(self.up_mw)

    def shares_of(self, hour: int) -> tuple[Array, Array]:
        """Likewise of one hour, shape (buses,)."""
        return self._shared(self.down_mw[hour : hour + 1])[0], self._shared(self.up_mw[hour : hour + 1])[0]

    def _shared(self, power_mw: Array) -> Array:
        shared = np.zeros_like(power_mw)
        for area in np.unique(self.area_of_bus):
            inside = np.flatnonzero(self.area_of_bus == area)
            total = power_mw[:, inside].sum(axis=1, keepdims=True)
            shared[:, inside] = np.where(total > 0, power_mw[:, inside] / np.where(total > 0, total, 1.0), 0.0)
        return shared


def make_reserve(grid: Grid, economy: Economy, dispatch: Dispatch, sensitivities: Sensitivities) -> Reserve:
    """Reserve of every bus in every hour of the dispatch."""
    position = {name: k for k, name in enumerate(sensitivities.buses)}
    units = {unit.name: unit for unit in economy.units}
    month = dispatch.clock.months - 1
    shape = (dispatch.clock.hours, len(position))
    up, down = np.zeros(shape), np.zeros(shape)
    for plant in grid.plants:
        more, less = _of_plant(plant, units[plant.name], dispatch, month)
        up[:, position[plant.bus]] += np.maximum(more, 0.0)
        down[:, position[plant.bus]] += np.maximum(less, 0.0)
    for values in (up, down):
        values.flags.writeable = False
    return Reserve(up, down, sensitivities.area_of_bus)


def _of_plant(plant: Plant, unit: Unit, dispatch: Dispatch, month: NDArray[np.int64]) -> tuple[Array, Array]:
    output = dispatch.generation_mw[plant.name]
    available = np.array(unit.available_frac)[month] * plant.capacity_mw
    if plant.technology in WEATHER:
        return np.zeros_like(output), output
    if plant.technology in STORED:
        return _of_store(plant, unit, dispatch, available)
    headroom = available - output
    if plant.technology == "hydro_reservoir":
        return headroom, output
    above_least = output - np.array(unit.must_run_frac)[month] * plant.capacity_mw
    if unit.reserve_frac >= 1.0:
        return headroom, above_least
    delivered = unit.reserve_frac / max(unit.stable_min_frac, unit.reserve_frac, 1e-9)
    return np.minimum(headroom, delivered * output), unit.reserve_frac * above_least


def _of_store(plant: Plant, unit: Unit, dispatch: Dispatch, available: Array) -> tuple[Array, Array]:
    output, charge = dispatch.generation_mw[plant.name], dispatch.charge_mw[plant.name]
    content = dispatch.level_mwh[plant.name] * np.sqrt(unit.round_trip_frac) / SUSTAINED_H
    return np.minimum(available - output + charge, content + charge), output + available - charge
