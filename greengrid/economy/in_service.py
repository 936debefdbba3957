"""Wind, sun and run of river of plants that are in service for only part of the case's year."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from greengrid.economy.fleet import Economy
from greengrid.hourly import HourlyTable
from greengrid.weather.profiles import Profiles


def in_service(profiles: Profiles, economy: Economy) -> Profiles:
    """Profiles with availability and inflow times the share of each unit that is there in each month (UTC).

    Nothing changes for plants that stand all year: weather-driven units lose nothing else in `Unit.available_frac`.
    """
    months = profiles.clock.months - 1
    share = {unit.name: np.array(unit.available_frac) for unit in economy.units if min(unit.available_frac) < 1}

    def reduced(table: HourlyTable) -> HourlyTable:
        series = [table[name] * share[name][months] if name in share else table[name] for name in table.columns]
        return HourlyTable.of(table.columns, series, table.hours)

    return replace(
        profiles,
        availability_frac=reduced(profiles.availability_frac),
        inflow_mw=reduced(profiles.inflow_mw),
    )
