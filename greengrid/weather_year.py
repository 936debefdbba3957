"""Which weather year a case runs: the typical one, a numbered one of an ensemble, or its P50 or P90 year.

P50 and P90 are about what the link receives. No ensemble is dispatched to find them: the years are ranked by a proxy,
the wind and sun behind the link's sending end, hour by hour no more than its rating. Behind it stand the plants of the
sending zone and those of status `scenario` (the corridor's programme) in the sending end's synchronous area. The year
whose proxy is reached or exceeded in half of the years is P50, in nine tenths P90. Where many years are run, by a sweep
over `weather.draw`, the energy that the link received in each ranks them instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from greengrid.case import Case
from greengrid.hourly import Array, Clock
from greengrid.summary import WeatherSummary
from greengrid.weather.ensemble import Draw, exceeded_in
from greengrid.weather.sites import weather_plants
from greengrid.weather.synthesis import availability
from greengrid.weather.tables import WeatherTables, read_tables
from networks.grid import Grid, Plant
from networks.hvdc import Link

Progress = Callable[[str, int, int], None]
TYPICAL = "typical year: every site has its long-run wind and irradiation"
NUMBERED = "year asked for by its number"
EXCEEDED_FRAC = {"p50": 0.5, "p90": 0.9}


@dataclass(frozen=True)
class WeatherYear:
    """The year that is run and how it was found."""

    years: int
    draw: Draw | None
    """None: the typical year."""
    rule: str
    proxy_mwh: tuple[float, ...]
    """Of every year of the ensemble, in the order of their numbers; empty where nothing was ranked."""
    p50_number: int | None
    p90_number: int | None


def choose_year(
    case: Case, grid: Grid, progress: Progress = lambda what, done, total: None, tables: WeatherTables | None = None
) -> WeatherYear:
    """The case's weather year; makes the wind and sun behind the link for all years where P50 or P90 is asked for."""
    weather = case.weather
    if weather.years == 1:
        return WeatherYear(1, None, TYPICAL, (), None, None)
    if not isinstance(weather.draw, str):
        return WeatherYear(weather.years, Draw(weather.draw, weather.years), NUMBERED, (), None, None)
    link = sending_link(case, grid)
    plants = behind(link, grid)
    part = replace(grid, plants=plants)
    clock = Clock.of_year(case.year)
    tables = read_tables() if tables is None else tables
    energies = []
    for number in range(1, weather.years + 1):
        progress("weather years", number - 1, weather.years)
        draw = Draw(number, weather.years)
        made = availability(part, clock, seed=weather.seed, tables=tables, draw=draw)
        energies.append(_deliverable_mwh(made, plants, link))
    ranked = {name: exceeded_in(energies, share) for name, share in EXCEEDED_FRAC.items()}
    return WeatherYear(
        weather.years,
        Draw(ranked[weather.draw], weather.years),
        _rule(weather.draw, link, len(plants)),
        tuple(energies),
        ranked["p50"],
        ranked["p90"],
    )


def sending_link(case: Case, grid: Grid) -> Link | None:
    """The first financed link, else the first built one, else none."""
    names = (*case.financed_links, *case.built_links)
    return next((link for name in names for link in grid.links if link.name == name), None)


def behind(link: Link | None, grid: Grid) -> tuple[Plant, ...]:
    """Wind and sun behind the link's sending end; all of the grid's without a link or where nothing stands there."""
    plants = weather_plants(grid.plants)
    if link is None:
        return tuple(plants)
    zone = next(bus.zone for bus in grid.buses if bus.name == link.from_bus)
    area: Iterable[str] = next((members for members in grid.areas if link.from_bus in members), ())
    found = [p for p in plants if p.zone == zone or (p.status == "scenario" and p.bus in area)]
    return tuple(found or plants)


def _deliverable_mwh(made: list[Array], plants: tuple[Plant, ...], link: Link | None) -> float:
    """Energy of the plants over the year, in every hour no more than the link's rating."""
    if not plants:
        return 0.0
    power = np.array([plant.capacity_mw for plant in plants]) @ np.array(made)
    return float(np.minimum(power, np.inf if link is None else link.capacity_mw).sum())


def _rule(name: str, link: Link | None, count: int) -> str:
    behind_it = "of the whole grid" if link is None else f"behind {link.name}, at most its {link.capacity_mw:,.0f} MW"
    share = f"{100 * EXCEEDED_FRAC[name]:.0f} %"
    return (
        f"{name.upper()} by proxy: energy of the {count} wind and solar plants {behind_it} in each hour, reached or "
        f"exceeded in {share} of the years"
    )


def year_rows(weather: WeatherYear) -> list[dict[str, object]]:
    """One row for each year of a ranked ensemble, for the table `weather_years`."""
    return [
        {
            "number": number,
            "proxy_mwh": energy,
            "is_p50": number == weather.p50_number,
            "is_p90": number == weather.p90_number,
            "is_run": weather.draw is not None and number == weather.draw.number,
        }
        for number, energy in enumerate(weather.proxy_mwh, start=1)
    ]


def summarise_weather(case: Case, weather: WeatherYear) -> WeatherSummary:
    """The part `weather` of summary.json."""
    return WeatherSummary(
        seed=case.weather.seed,
        years=weather.years,
        number=None if weather.draw is None else weather.draw.number,
        rule=weather.rule,
        p50_number=weather.p50_number,
        p90_number=weather.p90_number,
        proxy_mwh=[round(energy, 1) for energy in weather.proxy_mwh],
    )
