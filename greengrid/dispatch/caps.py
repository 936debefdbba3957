"""Annual caps of fuel and carbon: as stores that begin full, or held back alike in every hour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from greengrid.dispatch.problem import Columns, Store
from greengrid.dispatch.template import HOURS_PER_YEAR
from greengrid.economy.fleet import Economy, Unit
from greengrid.errors import BadInput, Problem
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


def carbon_stores(
    columns: Columns,
    economy: Economy,
    lower: Array,
    caps_tco2: tuple[tuple[str, float], ...],
    country_of: dict[str, str],
) -> list[Store]:
    """Caps on what the plants of a country, or of all, emit in the dispatched hours.

    `caps_tco2` are annual; a part of a year has its share by hours. `country_of` gives the country by plant. Raises
    `BadInput` for a cap below what must run emits.
    """
    emission = {unit.name: unit.emission_tco2_per_mwh for unit in economy.units}
    stores, problems = [], []
    for country, annual_tco2 in caps_tco2:
        members = np.array(
            [
                k
                for k in columns.of("unit")
                if emission[name := columns.name[k]] and country in (country_of[name], "all")
            ],
            dtype=np.int64,
        )
        rates = np.array([emission[columns.name[k]] for k in members])
        most = annual_tco2 * min(1.0, len(lower) / HOURS_PER_YEAR)
        forced = float((lower[:, members] @ rates).sum())
        if most < forced:
            found = f"{annual_tco2 / 1e6:,.6g} Mt a year"
            expected = f"at least {forced / most * annual_tco2 / 1e6:,.6g}: what must run emits as much" if most else ""
            problems.append(Problem(f"dispatch.co2_cap_million_tco2.{country}", found, expected or "more than 0"))
        stores.append(Store(f"CO2 {country}", members, rates, most, cyclic=False, start_mwh=most))
    if problems:
        raise BadInput(problems)
    return stores
