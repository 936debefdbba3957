"""One `Unit` per plant: parameters of its technology and country, with the exceptions that are known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from greengrid.economy.fleet import FuelCap, Unit
from greengrid.economy.money import since_year
from greengrid.economy.prices import Prices
from greengrid.economy.rows import EnergyCap, Technology
from greengrid.economy.tables import EconomyTables
from greengrid.errors import BadInput, Problem
from networks.grid import Plant
from networks.rows import STORED

Months = tuple[float, ...]
WEATHER_DRIVEN = ("wind_onshore", "wind_offshore", "solar", "hydro_ror", "hydro_reservoir")
HEAT_LED = ("coal_chp", "gas_chp", "fuel_oil_chp")


@dataclass(frozen=True, slots=True)
class Fleet:
    """What the units of one case are made from."""

    tables: EconomyTables
    prices: Prices
    year: int
    price_level: float
    reservoirs: Mapping[str, tuple[float, float]]


def make_units(fleet: Fleet, plants: Iterable[Plant]) -> tuple[Unit, ...]:
    """Units in the order of the plants; raises BadInput with every plant that cannot be parametrised."""
    units: list[Unit] = []
    problems: list[Problem] = []
    for plant in plants:
        try:
            units.append(_unit(fleet, plant))
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(dict.fromkeys(problems))
    return tuple(units)


def technology_of(tables: EconomyTables, plant: Plant) -> Technology:
    """The row of the plant's technology: its country before `all`, the latest vintage not after its year."""
    for country in (plant.country, "all"):
        rows = [
            row
            for row in tables.technologies
            if (row.technology, row.country) == (plant.technology, country) and row.built_from_year <= plant.year
        ]
        if rows:
            return max(rows, key=lambda row: row.built_from_year)
    found = f"no row for {plant.technology} in {plant.country}"
    raise BadInput([Problem("generation.csv", found, f"a row for {plant.name}", "Add it for the country or for all.")])


def _exception(fleet: Fleet, plant: Plant, field: str) -> float | None:
    points = {
        row.year: row.value
        for row in fleet.tables.plant_exceptions
        if row.field == field and row.country == plant.country and row.plant_contains.lower() in plant.plant.lower()
    }
    if not points or fleet.year < min(points):
        return None
    return since_year(points, fleet.year, f"plant_exceptions.csv, {plant.plant} {field}")


def _monthly(fleet: Fleet, plant: Plant, kind: str) -> Months | None:
    """The row of the plant's zone before the row of its whole country; no row gives None."""
    for zone in (plant.zone, "all"):
        for row in fleet.tables.monthly:
            fits = row.country == plant.country and row.zone == zone and plant.technology in row.technologies
            if fits and row.kind == kind and plant.year <= row.built_until_year:
                return row.months
    return None


def _available(fleet: Fleet, plant: Plant, row: Technology) -> Months:
    """Share of capacity after outages, units out of service, fuel limits and the month of commissioning."""
    months = _monthly(fleet, plant, "available_frac") or outage_months(row)
    limit = _monthly(fleet, plant, "fuel_limit_frac") or (1.0,) * 12
    in_service = _exception(fleet, plant, "in_service_frac")
    months = tuple((1.0 if in_service is None else in_service) * min(pair) for pair in zip(months, limit, strict=True))
    first = _first_month(fleet, plant)
    return tuple(share if month >= first else 0.0 for month, share in enumerate(months, 1))


def outage_months(row: Technology) -> Months:
    """1 - forced outages - planned outages, the latter spread over the months of the maintenance season."""
    season = row.planned_outage_months
    planned = row.planned_outage_frac * 12 / len(season)
    months = tuple(1 - row.forced_outage_frac - (planned if month in season else 0.0) for month in range(1, 13))
    if min(months) < 0:
        found = f"{row.technology} {row.country}: planned outages fill more than the season"
        raise BadInput([Problem("generation.csv", found, "a longer season or fewer outages")])
    return months


def _first_month(fleet: Fleet, plant: Plant) -> int:
    """Plants reported as commissioned within the case's year count from that month on; planned plants count whole."""
    if plant.year != fleet.year:
        return 1
    return round(_exception(fleet, plant, "first_month") or 1)


def _must_run(fleet: Fleet, plant: Plant, available: Months) -> Months:
    flat = _exception(fleet, plant, "must_run_of_available_frac")
    shares = (flat,) * 12 if flat is not None else _monthly(fleet, plant, "must_run_of_available_frac")
    if shares is None:
        if plant.technology in HEAT_LED:
            found = f"no must-run row for {plant.technology} in {plant.country} {plant.zone}"
            raise BadInput([Problem("monthly.csv", found, f"a row for {plant.name}", "Heat demand must be stated.")])
        shares = (0.0,) * 12
    return tuple(share * most for share, most in zip(shares, available, strict=True))


def _storage(fleet: Fleet, plant: Plant) -> tuple[float, float]:
    """(storage_mwh, release_min_frac)."""
    if plant.technology in STORED:
        if plant.energy_mwh <= 0:
            found = f"{plant.technology} without energy_mwh"
            raise BadInput([Problem(f"plants.csv, {plant.name}", found, "its content in MWh")])
        return plant.energy_mwh, 0.0
    if plant.technology != "hydro_reservoir":
        return 0.0, 0.0
    if plant.name not in fleet.reservoirs:
        known = ", ".join(sorted(fleet.reservoirs)) or "none"
        expected = f"an entry; there are {known}"
        raise BadInput([Problem(f"reservoirs, {plant.name}", "no storage and least release", expected)])
    return fleet.reservoirs[plant.name]


def _unit(fleet: Fleet, plant: Plant) -> Unit:
    row = technology_of(fleet.tables, plant)
    burns = row.fuel != ""
    efficiency = _exception(fleet, plant, "efficiency_frac") or row.efficiency_frac
    key, price = fleet.prices.fuel(row.fuel, plant.country, plant.zone) if burns else ("", 0.0)
    emission = row.emission_tco2_per_mwh_th / efficiency
    fuel_cost = price / efficiency
    carbon = fleet.prices.carbon_usd_per_tco2.get(plant.country, 0.0) if emission else 0.0
    available = _available(fleet, plant, row)
    storage_mwh, release_min_frac = _storage(fleet, plant)
    fuel_confidence, fuel_source = fleet.prices.origin[key] if burns else ("A", "")
    return Unit(
        name=plant.name,
        fuel=row.fuel,
        marginal_cost_usd_per_mwh=fuel_cost + fleet.price_level * row.variable_cost_usd_per_mwh + carbon * emission,
        fuel_cost_usd_per_mwh=fuel_cost,
        efficiency_frac=efficiency if burns else 1.0,
        emission_tco2_per_mwh=emission,
        available_frac=available,
        must_run_frac=_must_run(fleet, plant, available),
        ramp_frac_per_h=row.ramp_frac_per_h,
        stable_min_frac=row.stable_min_frac,
        unit_mw=plant.unit_sizes_mw[0] if plant.unit_sizes_mw else min(row.unit_mw, plant.capacity_mw),
        start_cost_usd_per_mw=fleet.price_level * row.start_cost_usd_per_mw,
        inertia_s=row.inertia_s,
        storage_mwh=storage_mwh,
        round_trip_frac=row.efficiency_frac if plant.technology in STORED else 1.0,
        release_min_frac=release_min_frac,
        confidence=max(row.confidence, fuel_confidence),
        source=row.source if not burns else f"{row.source}; fuel: {fuel_source}",
        up_min_h=row.up_min_h,
        down_min_h=row.down_min_h,
        reserve_frac=fleet.tables.quantity(f"reserve_frac.{plant.technology}").central if burns else 0.0,
    )


def make_fuel_caps(tables: EconomyTables, year: int, plants: Sequence[Plant]) -> tuple[FuelCap, ...]:
    """Annual caps in force in `year` on the plants that are there; a cap without plants is left out."""
    caps = []
    for row in tables.energy_caps:
        members = [plant for plant in plants if _capped(row, year, plant)]
        if members:
            even = row.kind == "capacity_factor_frac"
            names = tuple(plant.name for plant in members)
            caps.append(FuelCap(row.name, _cap_twh(row, members), names, even, _cap_source(row)))
    return tuple(caps)


def _capped(row: EnergyCap, year: int, plant: Plant) -> bool:
    in_force = row.from_year <= year <= row.to_year
    return in_force and plant.country == row.country and plant.technology in row.technologies


def _cap_twh(row: EnergyCap, members: Iterable[Plant]) -> float:
    if row.kind == "energy_twh":
        return row.value
    return row.value * sum(plant.capacity_mw for plant in members) * 8760 / 1e6


def _cap_source(row: EnergyCap) -> str:
    return f"{row.reason} [{row.confidence}: {row.source}]"
