"""Water: the energy that arrives at every hydro plant, and what its reservoir holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np

from greengrid.errors import BadInput, Problem
from greengrid.hourly import Array, Clock
from greengrid.weather.correlation import flat_km
from greengrid.weather.ensemble import Draw, water_scores
from greengrid.weather.rows import HydroRow
from greengrid.weather.seasons import smooth_monthly
from greengrid.weather.tables import WeatherTables, read_tables
from greengrid.weather.water_years import measured_gwh
from networks.grid import Grid, Plant

HydroYear = Literal["average", "dry", "wet", "measured"]
NORMAL_P90 = 1.2816
"""Score that nine normal draws in ten stay below."""
HALF_NORMAL_MEAN = 0.39894
"""Mean of the positive part of a standard normal draw: 1 / sqrt(2 pi)."""
HYDRO_TECHNOLOGIES = ("hydro_reservoir", "hydro_ror")


def hydro_plants(plants: Iterable[Plant]) -> list[Plant]:
    """Hydro plants, in the order given."""
    return [plant for plant in plants if plant.technology in HYDRO_TECHNOLOGIES]


def reservoirs(grid: Grid, tables: WeatherTables | None = None) -> dict[str, tuple[float, float]]:
    """(storage_mwh, release_min_frac) of every hydro plant by `Plant.name`; storage 0 where there is none.

    The least release is a share of the plant's mean inflow. Parts of a plant share its storage by capacity. Raises
    BadInput for a plant that the hydro table does not cover.
    """
    tables = read_tables() if tables is None else tables
    plants = hydro_plants(grid.plants)
    rows, shares = _rows(plants, tables), _shares(plants)
    return {
        plant.name: (row.storage_gwh * 1000 * _share(row, plant, shares), row.release_min_frac)
        for plant, row in zip(plants, rows, strict=True)
    }


def inflow_mw(
    plants: Iterable[Plant],
    clock: Clock,
    *,
    hydro: HydroYear,
    tables: WeatherTables,
    seed: int = 0,
    draw: Draw | None = None,
) -> list[Array]:
    """Energy of the arriving water as power, one array of shape (hours,) per plant.

    Annual energy of the kind of year (of a drawn year, unless it is held dry, wet or measured: that of its own water,
    between and beyond the dry and the wet year, which stand for one year in ten each) times monthly shares, a smooth
    curve within the months; for reservoirs the shares are those of release at site, which for a cascade is what
    arrives from the plant above. "measured" scales every plant's average year so that its country makes what
    `water_years.csv` says of the clock's year; BadInput without it."""
    plants = list(plants)
    rows, shares = _rows(plants, tables), _shares(plants)
    kinds = [annual_gwh(row, hydro) for row in rows]
    if draw is not None and hydro == "average":
        kinds = _drawn_gwh(plants, rows, tables, seed, draw)
    energy_gwh = [energy * _share(row, p, shares) for p, row, energy in zip(plants, rows, kinds, strict=True)]
    if hydro == "measured":
        scale = _measured_ratio(plants, energy_gwh, clock.start.year)
        energy_gwh = [energy * scale[plant.country] for plant, energy in zip(plants, energy_gwh, strict=True)]
    return [energy * _shape_mw_per_gwh(row, clock) for energy, row in zip(energy_gwh, rows, strict=True)]


def annual_gwh(row: HydroRow, hydro: HydroYear) -> float:
    """Energy of a year of the given kind; of an average one where a measured year is asked for."""
    return {"dry": row.energy_dry_gwh, "wet": row.energy_wet_gwh}.get(hydro, row.energy_average_gwh)


def _drawn_gwh(plants: list[Plant], rows: list[HydroRow], tables: WeatherTables, seed: int, draw: Draw) -> list[float]:
    """Energy of each row in a drawn year: a normal score whose 10th and 90th percentiles are the dry and the wet year.

    Where dry and wet do not lie alike about the average, the whole is moved so that the long-run mean is the average.
    """
    places = flat_km(np.array([p.latitude_deg for p in plants]), np.array([p.longitude_deg for p in plants]))
    sun_km, water_km = (tables.variability_of(name).length_km for name in ("sun", "water"))
    found = []
    for row, score in zip(rows, water_scores(places, sun_km, water_km, seed=seed, draw=draw), strict=True):
        below = (row.energy_average_gwh - row.energy_dry_gwh) / NORMAL_P90
        above = (row.energy_wet_gwh - row.energy_average_gwh) / NORMAL_P90
        centre = row.energy_average_gwh - (above - below) * HALF_NORMAL_MEAN
        found.append(max(centre + (above if score > 0 else below) * score, row.energy_dry_gwh / 2))
    return found


def check_measured(plants: Iterable[Plant], year: int) -> None:
    """Raises `BadInput` for countries with hydro plants whose water of that year nobody measured."""
    measured = measured_gwh(year)
    countries = dict.fromkeys(plant.country for plant in hydro_plants(plants))
    missing = [country for country in countries if country not in measured]
    if missing:
        raise BadInput(
            Problem("water_years.csv", f"no row for {country} in {year}", "a measured year", 'Or hydro = "average"')
            for country in missing
        )


def _measured_ratio(plants: list[Plant], average_gwh: list[float], year: int) -> dict[str, float]:
    """What each country's plants made in `year` over what they make in an average year."""
    check_measured(plants, year)
    measured = measured_gwh(year)
    total: dict[str, float] = {}
    for plant, energy in zip(plants, average_gwh, strict=True):
        total[plant.country] = total.get(plant.country, 0.0) + energy
    return {country: measured[country] / energy for country, energy in total.items()}


def _shape_mw_per_gwh(row: HydroRow, clock: Clock) -> Array:
    """Power per GWh a year; sums to 1,000 MWh."""
    months = clock.months
    hours = np.bincount(months, minlength=13)[1:]
    share = np.array(row.share_frac) / sum(row.share_frac)
    curve = np.maximum(smooth_monthly(share * 1000 / hours, clock), 0.0)
    result: Array = curve * (1000 / curve.sum())
    return result


def _rows(plants: list[Plant], tables: WeatherTables) -> list[HydroRow]:
    known: dict[tuple[str, str], HydroRow] = {(row.country, row.plant): row for row in tables.hydro}
    found = [known.get((p.country, p.plant)) or known.get((p.country, "*")) for p in plants]
    missing = sorted({plant.name for plant, row in zip(plants, found, strict=True) if row is None})
    if missing:
        raise BadInput(
            Problem(f"hydro.csv, {name}", "no row for this plant", 'a row for it or a row "*" for its country')
            for name in missing
        )
    return [row for row in found if row is not None]


def _shares(plants: list[Plant]) -> dict[str, float]:
    """Capacity of each part over that of its whole plant, by `Plant.name`."""
    whole: dict[tuple[str, str], float] = {}
    for plant in plants:
        key = plant.country, plant.plant
        whole[key] = whole.get(key, 0.0) + plant.capacity_mw
    return {plant.name: plant.capacity_mw / whole[plant.country, plant.plant] for plant in plants}


def _share(row: HydroRow, plant: Plant, shares: dict[str, float]) -> float:
    """Part of the row's energy and storage that belongs to the plant (or part of a plant)."""
    return plant.capacity_mw / row.basis_mw if row.basis_mw is not None else shares[plant.name]
