"""Annual caps of fuel and carbon: as stores that begin full, or held back alike in every hour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from greengrid.dispatch.problem import Columns, Store
from greengrid.dispatch.template import HOURS_PER_YEAR
from greengrid.economy.fleet import Economy, Unit
from greengrid.hourly import Array
from networks.grid import Grid


def held_back(economy: Economy, grid: Grid) -> dict[str, Unit]:
    """Units with the availability that an even cap leaves: must-run whole, of the rest the same share always.

    With m must-run and a available energy of the capped units over twelve equal months: share = (cap - m) / (a - m).
    """
    units = {unit.name: unit for unit in economy.units}
    capacity_mw = {plant.name: plant.capacity_mw for plant in grid.plants}
    for cap in economy.fuel_caps:
        if not cap.even:
            continue
        per_share_mwh = {name: capacity_mw[name] * HOURS_PER_YEAR / 12 for name in cap.units}
        must = sum(per_share_mwh[name] * sum(units[name].must_run_frac) for name in cap.units)
        most = sum(per_share_mwh[name] * sum(units[name].available_frac) for name in cap.units)
        share = min(1.0, max(0.0, (cap.energy_max_twh * 1e6 - must) / (most - must))) if most > must else 1.0
        for name in cap.units:
            unit = units[name]
            months = zip(unit.must_run_frac, unit.available_frac, strict=True)
            units[name] = replace(unit, available_frac=tuple(low + share * (high - low) for low, high in months))
    return units


def fuel_stores(columns: Columns, economy: Economy, lower: Array) -> list[Store]:
    """Annual fuel supplies, never below what must run."""
    caps = []
    for cap in economy.fuel_caps:
        wanted = set(cap.units)
        chosen = [k for k, name in enumerate(columns.name) if name in wanted and columns.kind[k] == "unit"]
        if chosen and not cap.even:
            members = np.array(chosen, dtype=np.int64)
            most = max(cap.energy_max_twh * 1e6, float(lower[:, members].sum()))
            caps.append(Store(cap.name, members, np.ones(len(members)), most, cyclic=False, start_mwh=most))
    return caps
