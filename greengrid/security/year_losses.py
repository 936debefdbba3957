"""AC losses beside what the dispatch took them for, and the corrected estimate for one pass more."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from greengrid.hourly import Array, HourlyTable
from greengrid.security.year import AcYear
from greengrid.weather.profiles import Profiles
from networks.grid import Grid

SHARES = "loss_shares"
"""Table of a run with corrected losses: by zone and hour, of the gross demand."""


@dataclass(frozen=True, slots=True)
class LossRow:
    """Losses on lines and transformers in one country; a tie's are half those of each end."""

    country: str
    load_mwh: float
    """Without losses."""
    loss_ac_mwh: float
    loss_estimate_mwh: float
    """What the dispatch took off the gross demand."""
    gap_mwh: float
    """AC less estimate, over the hours that solved."""
    gap_highest_mw: float
    gap_lowest_mw: float


def zone_loss_mw(grid: Grid, year: AcYear) -> HourlyTable:
    """Hourly AC losses by zone: half of each branch's at each of its ends; nan in hours without a solution."""
    zone_of = {bus.name: bus.zone for bus in grid.buses}
    zones = sorted({load.zone for load in grid.loads})
    total = np.zeros((year.hours, len(zones)))
    place = {zone: k for k, zone in enumerate(zones)}
    nearest = _zone_with_load(grid, place)
    for area in year.areas:
        half = area.branch_loss_mw / 2
        for ends in (area.network.arrays.branch_from, area.network.arrays.branch_to):
            at = [place[nearest[zone_of[area.network.bus_names[bus]]]] for bus in ends.tolist()]
            np.add.at(total.T, at, half.T)
    return HourlyTable(tuple(zones), total)


def _zone_with_load(grid: Grid, place: dict[str, int]) -> dict[str, str]:
    """Where a zone without loads (a neighbour's end of a tie) books its losses: the zone at a line's other end."""
    zone_of = {bus.name: bus.zone for bus in grid.buses}
    nearest = {zone: zone for zone in place}
    ends = [(line.from_bus, line.to_bus) for line in grid.lines]
    for one, other in ((zone_of[start], zone_of[stop]) for start, stop in ends):
        for here, there in ((one, other), (other, one)):
            if here not in place and there in place:
                nearest.setdefault(here, there)
    first = min(place)
    return {zone: nearest.get(zone, first) for zone in zone_of.values()}


def loss_rows(grid: Grid, year: AcYear, estimate_mw: HourlyTable, served_mw: HourlyTable) -> tuple[LossRow, ...]:
    """One row per country; `estimate_mw` and `served_mw` by load bus and hour."""
    country_of = {load.zone: load.country for load in grid.loads}
    ac = zone_loss_mw(grid, year)
    rows = []
    for country in dict.fromkeys(country_of.values()):
        zones = [k for k, zone in enumerate(ac.columns) if country_of[zone] == country]
        buses = [load.bus for load in grid.loads if load.country == country]
        loss = ac.values[:, zones].sum(axis=1)
        solved = np.isfinite(loss)
        guess = estimate_mw.select(buses).values.sum(axis=1)
        load = served_mw.select(buses).values.sum(axis=1) - guess
        gap = (loss - guess)[solved]
        rows.append(
            LossRow(
                country,
                float(load[solved].sum()),
                float(loss[solved].sum()),
                float(guess[solved].sum()),
                float(gap.sum()),
                float(gap.max(initial=-np.inf)) if len(gap) else 0.0,
                float(gap.min(initial=np.inf)) if len(gap) else 0.0,
            )
        )
    return tuple(rows)


@dataclass(frozen=True)
class Corrected:
    """Demand with the losses that the AC power flow found in place of the flat share."""

    profiles: Profiles
    loss_frac: HourlyTable
    """By zone and hour: of the new gross demand."""


def estimate_of(grid: Grid, served_mw: HourlyTable, shares: HourlyTable) -> HourlyTable:
    """By load bus and hour: what the AC power flow takes off the gross loads, `shares` by zone and hour."""
    zone = {load.bus: load.zone for load in grid.loads}
    share: Array = np.column_stack([shares[zone[bus]] for bus in served_mw.columns])
    return HourlyTable(served_mw.columns, served_mw.values * share)


def correct_losses(grid: Grid, year: AcYear, profiles: Profiles, loss_frac: dict[str, float]) -> Corrected:
    """Hourly loss factors from the AC power flow of a first dispatch, for a second one.

    In each zone and hour the flat share of the gross demand gives way to the losses found there; hours without a
    solution keep the flat share. Losses move with the second dispatch, so one pass leaves a small gap, which the
    second AC power flow shows.
    """
    country_of = {load.zone: load.country for load in grid.loads}
    found = zone_loss_mw(grid, year)
    demand = profiles.demand_mw
    gross, share = demand.values.copy(), np.zeros_like(demand.values)
    for k, zone in enumerate(demand.columns):
        flat = loss_frac.get(country_of[zone], 0.0)
        net = demand.values[:, k] * (1 - flat)
        loss = np.where(np.isfinite(found[zone]), found[zone], demand.values[:, k] * flat)
        gross[:, k] = net + loss
        share[:, k] = np.divide(loss, gross[:, k], out=np.zeros_like(loss), where=gross[:, k] > 0)
    corrected = replace(profiles, demand_mw=HourlyTable(demand.columns, gross))
    return Corrected(corrected, HourlyTable(demand.columns, share))
