"""Reads everything a case needs, once: tables, grid, weather and prices. Nothing is read later."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from greengrid.case import Case
from greengrid.case_keys import LinkCase
from greengrid.dispatch.options import Options
from greengrid.economy import make_economy
from greengrid.economy.fleet import Economy
from greengrid.economy.in_service import in_service
from greengrid.economy.money import price_level
from greengrid.economy.tables import read_tables
from greengrid.errors import BadInput, Gathered, Problem
from greengrid.hourly import Clock
from greengrid.money_checks import check_money
from greengrid.own_limits import with_own_limits
from greengrid.weather.files import replace_series
from greengrid.weather.profiles import Profiles
from greengrid.weather.tables import SITE_FILES, WeatherTables
from greengrid.weather.tables import read_tables as read_weather_tables
from greengrid.weather.water import check_measured, reservoirs
from greengrid.weather_year import WeatherYear, choose_year
from networks.build import build_grid
from networks.grid import Grid, Plant
from networks.hvdc import Link
from networks.rows import STORED
from networks.tables import TableProblems, Tables, is_folder, load_tables, shipped_sets

Progress = Callable[[str, int, int], None]
GREEN = ("wind_onshore", "wind_offshore", "solar", "hydro_ror", "hydro_reservoir")
"""Technologies that may be contracted for green exports."""


@dataclass(frozen=True)
class Inputs:
    """What the calculation starts from."""

    grid: Grid
    economy: Economy
    network_digest: str
    options: Options


def read_inputs(case: Case) -> Inputs:
    """The grid and the prices of a case; raises `BadInput` with every problem found."""
    told = Gathered()
    told.of(partial(check_money, case))
    told.of(partial(_check_weather, case))
    tables = told.of(partial(tables_of, case))
    bare = told.of(partial(_grid, case, tables)) if tables else None
    inputs = _on_grid(case, tables, bare, told) if tables and bare else None
    for year in case.later_years if case.hours == "all" else ():
        told.of(partial(read_inputs, case.in_year(year)))
    told.raise_any()
    assert inputs is not None
    return inputs


def _on_grid(case: Case, tables: Tables, bare: Grid, told: Gathered) -> Inputs | None:
    """What is read where the grid stands; the rest is checked without plants or limits that do not fit it."""
    grid = told.of(partial(_with_plants, bare, case)) or bare
    grid = told.of(partial(with_own_limits, grid, case.interface)) or grid
    if case.weather.hydro == "measured":
        told.of(partial(check_measured, grid.plants, case.year))
    economy = told.of(partial(_economy, case, grid))
    options = told.of(partial(dispatch_options, case, grid))
    if economy is None or options is None:
        return None
    return Inputs(grid, economy, _network_digest(case, tables), options)


def make_weather(
    case: Case,
    grid: Grid,
    economy: Economy,
    progress: Progress = lambda detail, done, total: None,
    chosen: WeatherYear | None = None,
) -> Profiles:
    """The hourly series of the case's hours; plants that start within the year give nothing before.

    `chosen` is the weather year, where it is known already.
    """
    from greengrid.weather import make_profiles

    tables = weather_tables(case)
    chosen = choose_year(case, grid, progress, tables) if chosen is None else chosen
    profiles = make_profiles(
        grid,
        year=case.year,
        seed=case.weather.seed,
        hydro=case.weather.hydro,
        market_level=case.prices.market_level,
        price_level_ratio=price_level(read_tables(), case.price_base_year),
        draw=chosen.draw,
        tables=tables,
        progress=progress,
    )
    own = {str(kind): entries for kind, entries in case.weather.files.items()}
    profiles = replace_series(in_service(profiles, economy), own, grid.plants, tables)
    window = case.window()
    if window is None:
        return profiles
    first = int((window[0] - profiles.clock.start) / timedelta(hours=1))
    return profiles.window(first, int((window[1] - window[0]) / timedelta(hours=1)))


def weather_tables(case: Case) -> WeatherTables:
    """The weather's tables, with the sites of the case's own network folder where it holds any."""
    folder = shipped_sets().get(case.network, Path(case.network))
    return read_weather_tables(network=folder if is_folder(folder) else None)


def _network_digest(case: Case, tables: Tables) -> str:
    """That of the tables; where the case's own folder holds sites of the weather, theirs is in it."""
    own = [Path(case.network) / name for name in SITE_FILES] if case.network not in shipped_sets() else []
    found = [path for path in own if path.is_file()]
    if not found:
        return tables.digest
    total = hashlib.sha256(tables.digest.encode())
    for path in found:
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


def is_whole_year(case: Case, clock: Clock) -> bool:
    """Whether annual, financial and cover figures may be given."""
    return clock == Clock.of_year(case.year)


def tables_of(case: Case) -> Tables:
    """The checked tables of the case's network; raises `BadInput` with every problem found."""
    folder = shipped_sets().get(case.network, Path(case.network))
    if not is_folder(folder):
        shipped = ", ".join(sorted(shipped_sets()))
        raise BadInput([Problem("network", repr(case.network), f"{shipped} or a folder of tables")])
    try:
        return load_tables(folder)
    except TableProblems as error:
        raise BadInput(_problems(error)) from None


def _problems(error: TableProblems) -> list[Problem]:
    return [Problem(item.where, item.found, item.expected, item.remedy) for item in error.problems]


def _grid(case: Case, tables: Tables) -> Grid:
    told = Gathered()
    made = [told.of(partial(make_link, name, case.link[name])) for name in case.built_links]
    told.raise_any()
    links = [link for link in made if link is not None]
    try:
        return build_grid(
            tables,
            year=case.year,
            links=links,
            reinforcement=case.reinforcement.scope,
            programme=case.programme,
            demand_level=case.demand.level,
            package_mw=case.reinforcement.package_mw,
        )
    except TableProblems as error:
        raise BadInput(_problems(error)) from None


def _check_weather(case: Case) -> None:
    """Markets and files of hourly series that do not exist are known before hours of work."""
    known = sorted(row.market for row in weather_tables(case).market_levels)
    found = [
        Problem("prices.market_level", f"unknown market {name!r}", f"one of {', '.join(known)}")
        for name in case.prices.market_level
        if name not in known
    ]
    found += [
        Problem(f"weather.files.{kind}", f"no such file: {entry.path!r}", "a file of hourly series or weather")
        for kind, entries in case.weather.files.items()
        for entry in entries
        if not Path(entry.path).exists()
    ]
    if found:
        raise BadInput(found)


def make_link(name: str, link: LinkCase) -> Link:
    """The physical link of a case's table."""
    try:
        return Link(name=name, **link.model_dump(exclude={"cost", "design"}))
    except ValueError as error:
        raise BadInput([Problem(f"link.{name}", str(error), "a link that can be built")]) from None


def _with_plants(grid: Grid, case: Case) -> Grid:
    """Plants with the case's capacities; the parts of a split plant keep their shares."""
    known = {plant.plant for plant in grid.plants}
    unknown = [name for name in case.plant if name not in known]
    if unknown:
        raise BadInput(
            Problem(
                f"plant.{name}",
                "an unknown plant",
                f"one of the {len(known)} plants in service in {grid.year}",
                "Nearest: " + ", ".join(difflib.get_close_matches(name, known, n=3, cutoff=0.3)),
            )
            for name in unknown
        )
    total = {name: sum(plant.capacity_mw for plant in grid.plants if plant.plant == name) for name in case.plant}
    plants = [_scaled(plant, case, total) for plant in grid.plants]
    demands = tuple(
        replace(zone, energy_twh=zone.energy_twh * case.demand.scale, peak_mw=zone.peak_mw * case.demand.scale)
        for zone in grid.demands
    )
    return replace(grid, plants=tuple(plant for plant in plants if plant.capacity_mw > 0), demands=demands)


def _scaled(plant: Plant, case: Case, total: dict[str, float]) -> Plant:
    if plant.plant not in total or total[plant.plant] == 0:
        return plant
    own = case.plant[plant.plant]
    factor = own.capacity_mw / total[plant.plant]
    energy_mwh = plant.energy_mwh * factor
    if own.energy_mwh is not None and plant.technology in STORED:
        energy_mwh = own.energy_mwh * plant.capacity_mw / total[plant.plant]
    return replace(plant, capacity_mw=plant.capacity_mw * factor, energy_mwh=energy_mwh)


def _economy(case: Case, grid: Grid) -> Economy:
    prices = case.prices
    return make_economy(
        grid,
        year=case.year,
        basis=case.prices_basis,
        reservoirs=reservoirs(grid),
        price_base_year=case.price_base_year,
        co2_price_usd_per_t={str(country): price for country, price in prices.co2_usd_per_t.items()},
        eua_usd_per_t=prices.eua_usd_per_t,
        border_carbon=prices.border_carbon,
        fuel_prices=prices.fuel_usd_per_mwh_th,
    )


def dispatch_options(case: Case, grid: Grid) -> Options:
    """The case's rules of dispatch; raises `BadInput` for contracted plants that cannot be."""
    rules = case.dispatch
    return Options(
        line_margin_frac=rules.line_margin_frac,
        ramps=rules.ramps,
        reserve=rules.reserve,
        reserve_imports=rules.reserve_imports,
        green=rules.green,
        green_plants=_green_plants(case, grid) if rules.green != "none" else (),
        co2_cap_tco2=tuple((country, cap * 1e6) for country, cap in rules.co2_cap_million_tco2.items()),
        reservoir_levels_frac=rules.reservoir_levels_frac,
        commitment=rules.commitment,
    )


def _green_plants(case: Case, grid: Grid) -> tuple[str, ...]:
    """Parts of the contracted plants: those listed, else those of the programme."""
    rules = case.dispatch
    by_plant = {plant.plant: plant for plant in grid.plants}
    listed = rules.green_plants or tuple(name for name, plant in by_plant.items() if plant.status == "scenario")
    where, found = "dispatch.green_plants", []
    if not listed:
        found.append(Problem(where, "no plants, and no programme", 'plants to contract, or green = "none"'))
    for name in listed:
        plant = by_plant.get(name)
        if plant is None:
            near = ", ".join(difflib.get_close_matches(name, by_plant, n=3, cutoff=0.3))
            in_service = f"a plant in service in {grid.year}"
            found.append(Problem(where, f"unknown plant {name!r}", in_service, f"Near: {near}"))
        elif plant.technology not in GREEN:
            found.append(Problem(where, f"{name!r}, {plant.technology}", f"one of {', '.join(GREEN)}"))
        elif plant.status == "existing" and not rules.green_existing:
            remedy = "Contracted power of plants that run anyway adds nothing; green_existing = true allows it"
            found.append(Problem(where, f"{name!r}, which exists already", "a plant not yet built", remedy))
    if found:
        raise BadInput(found)
    return tuple(plant.name for plant in grid.plants if plant.plant in listed)
