"""Whether a drawn year behaves like the region: measures against the acceptance bands of `bands.csv`.

Like is compared with like. A zone's mean is that of one wide aggregate, "few sites" is one farm, the public model's
solar plants have a fixed tilt: such probes are put through the very machine and seed of the case. Only the load factors
belong to the case's own zones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from greengrid.errors import BadInput, Problem
from greengrid.hourly import Array, Clock
from greengrid.sheets import read_sheet
from greengrid.weather.demand import demand_mw
from greengrid.weather.ensemble import Draw, seed_of
from greengrid.weather.rows import Row, Text
from greengrid.weather.site_rows import Place
from greengrid.weather.sites import make_points
from greengrid.weather.solar import solar_availability
from greengrid.weather.tables import SHIPPED, WeatherTables, read_tables
from greengrid.weather.wind import wind_availability
from networks.grid import Grid, Plant

CALM_FRAC = 0.05
SEASON_DAYS = 31
"""Daily series are compared about their running mean of so many days."""
PV_MONTHS_PERCENT = {
    "PV KZ-South": (12.7, 13.2, 14.7, 19.4, 19.2, 19.7, 18.8, 18.5, 18.2, 14.2, 12.1, 8.9),
    "PV UZ, fixed tilt": (16.7, 16.3, 21.4, 23.4, 24.5, 24.6, 24.8, 23.9, 23.3, 17.7, 14.2, 11.8),
    "PV UZ, trackers": (16.7, 16.3, 21.4, 23.4, 24.5, 24.6, 24.8, 23.9, 23.3, 17.7, 14.2, 11.8),
}
"""Monthly capacity factors of the public model (github:agoenergy/pypsa-spice-central-asia-data), fixed tilt."""


class Band(Row):
    """What a series' measure should be."""

    series: Text
    quantity: Text
    target: float
    low: float
    high: float
    note: str
    """Why a band is missed, where it is."""


@dataclass(frozen=True, slots=True)
class BandCheck:
    """One measure of one year beside its band."""

    series: str
    quantity: str
    found: float
    target: float
    low: float
    high: float
    note: str

    @property
    def holds(self) -> bool:
        return self.low <= self.found <= self.high


@dataclass(frozen=True, slots=True)
class Probe:
    """A plant that exists for the comparison alone: at a place, with a site's climate, a spread and a yield."""

    name: str
    technology: str
    country: str
    latitude_deg: float
    longitude_deg: float
    site: str
    radius_km: float | None
    capacity_factor_frac: float | None = None

    def plant(self) -> Plant:
        return Plant(
            self.name, self.name, self.country, "", "", self.technology, 50.0, 0.0, self.latitude_deg,
            self.longitude_deg, "existing", 2020, "D", "probe",
        )  # fmt: skip

    def place(self) -> Place:
        return Place.model_validate({
            "name": self.name, "kind": "plant", "country": self.country, "zone": "probe",
            "technology": self.technology, "latitude_deg": "", "longitude_deg": "", "site": self.site, "rule": "own",
            "distance_km": 0, "yield_basis": "climate" if self.capacity_factor_frac is None else "plant",
            "capacity_factor_frac": self.capacity_factor_frac, "radius_km": self.radius_km, "source": "probe",
            "confidence": "D",
        })  # fmt: skip


WIND = (
    Probe("wind KZ-North", "wind_onshore", "KZ", 51.0, 71.0, "Yereymentau", 400, 0.355),
    Probe("wind KZ-South", "wind_onshore", "KZ", 44.0, 71.0, "Zhanatas", 250, 0.367),
    Probe("wind KZ-West", "wind_onshore", "KZ", 46.0, 53.0, "Fort-Shevchenko", 250, 0.391),
    Probe("wind Caspian offshore", "wind_offshore", "KZ", 44.2, 50.0, "Offshore Absheron", 150, 0.431),
    Probe("wind UZ, few sites", "wind_onshore", "UZ", 41.75, 64.6, "Zarafshan/Tamdy", None, 0.282),
    Probe("wind AZ, inland point", "wind_onshore", "AZ", 40.53, 48.93, "Gobustan", None, 0.202),
)
SUN = (
    Probe("PV KZ-North", "solar", "KZ", 51.0, 71.0, "Yereymentau", 300),
    Probe("PV KZ-South", "solar", "KZ", 44.0, 70.0, "Zhanatas", 300),
    Probe("PV KZ-West", "solar", "KZ", 46.0, 53.0, "Fort-Shevchenko", 300),
    Probe("PV UZ, fixed tilt", "solar", "UZ", 40.3, 65.5, "Nurota/Navoi", 250),
    Probe("PV AZ", "solar", "AZ", 40.0, 49.3, "Alat/Garadagh", 60),
)
TRACKED = (Probe("PV UZ, trackers", "solar", "UZ", 40.3, 65.5, "Nurota/Navoi", 250),)


def acceptance(
    year: int,
    *,
    seed: int,
    tables: WeatherTables | None = None,
    grid: Grid | None = None,
    draw: Draw | None = None,
) -> tuple[BandCheck, ...]:
    """Every band of `bands.csv` with what the year has; load factors only with a grid. Takes a second or two."""
    tables = read_tables() if tables is None else tables
    clock = Clock.of_year(year)
    series = _series(clock, seed, tables, draw)
    if grid is not None:
        series |= _load(grid, clock, seed_of(seed, draw), tables)
    found = []
    for band in read_bands():
        value = _measure(band, series, clock)
        if value is not None:
            found.append(BandCheck(band.series, band.quantity, value, band.target, band.low, band.high, band.note))
    return tuple(found)


@cache
def read_bands(file: Path = SHIPPED / "bands.csv") -> tuple[Band, ...]:
    """The bands in the file's order; BadInput with every problem found."""
    problems: list[Problem] = []
    rows = read_sheet(file, Band, Band.columns(), problems)
    problems += [
        Problem(f"{file.name}, {row.series}, {row.quantity}", f"{row.low} to {row.high}", "a low below the high")
        for row in rows
        if not row.low < row.high
    ]
    if problems:
        raise BadInput(problems)
    return rows


def lagged(series: Array, hours: int) -> float:
    """Correlation of a series with itself some hours later."""
    return float(np.corrcoef(series[hours:], series[:-hours])[0, 1])


def day_anomalies(series: Array) -> Array:
    """Daily means about their running mean; the ends, which have none, left out."""
    days = series[: len(series) // 24 * 24].reshape(-1, 24).mean(axis=1)
    kernel = np.ones(SEASON_DAYS) / SEASON_DAYS
    half = SEASON_DAYS // 2
    result: Array = (days - np.convolve(days, kernel, mode="same"))[half:-half]
    return result


def _series(clock: Clock, seed: int, tables: WeatherTables, draw: Draw | None) -> dict[str, Array]:
    fixed = tuple(
        row.model_copy(update={"mounting": "fixed", "tilt_deg": 35.0, "bifacial_gain_frac": 0.0})
        if row.country == "UZ"
        else row
        for row in tables.mountings
    )
    found: dict[str, Array] = {}
    for probes, mountings in ((WIND, tables.mountings), (SUN, fixed), (TRACKED, tables.mountings)):
        probed = replace(tables, places=tuple(probe.place() for probe in probes), mountings=mountings)
        points = make_points([probe.plant() for probe in probes], probed)
        make = wind_availability if probes is WIND else solar_availability
        made = make(points, clock, seed=seed, tables=probed, draw=draw)
        found |= {probe.name: made[number] for number, probe in enumerate(probes)}
    return found


def _load(grid: Grid, clock: Clock, seed: int, tables: WeatherTables) -> dict[str, Array]:
    zones = demand_mw(grid.demands, clock, seed=seed, tables=tables)
    found: dict[str, Array] = {}
    for zone, series in zip(grid.demands, zones, strict=True):
        name = f"demand {zone.country}"
        found[name] = found[name] + series if name in found else series
    return found


def _measure(band: Band, series: Mapping[str, Array], clock: Clock) -> float | None:
    """The measure, or None where its series is not there. Pairs are written "A / B"."""
    names = band.series.split(" / ")
    if any(name not in series for name in names):
        return None
    if len(names) == 2:
        return PAIRS[band.quantity](series[names[0]], series[names[1]])
    one = series[names[0]]
    if band.quantity == "monthly rms":
        return _monthly_rms(one, PV_MONTHS_PERCENT[names[0]], clock)
    if band.quantity == "hourly step at its level":
        level = next(row.target for row in read_bands() if (row.series, row.quantity) == (names[0], "level"))
        return float(np.diff(one).std() * level / one.mean())
    return None if band.quantity == "level" else SINGLES[band.quantity](one)


def _monthly_rms(series: Array, percent: tuple[float, ...], clock: Clock) -> float:
    """Root mean square of the monthly capacity factors' differences after scaling the level."""
    months = clock.months
    monthly = np.array([series[months == month].mean() for month in range(1, 13)])
    wanted = np.array(percent) / 100
    return float(np.sqrt(((monthly * wanted.mean() / monthly.mean() - wanted) ** 2).mean()))


def _later(first: Array, second: Array, steps: int) -> float:
    return float(np.corrcoef(first[:-steps], second[steps:])[0, 1])


SINGLES: Mapping[str, Callable[[Array], float]] = {
    "capacity factor": lambda s: float(s.mean()),
    "hourly step": lambda s: float(np.diff(s).std()),
    "hourly step over mean": lambda s: float(np.diff(s).std() / s.mean()),
    "lag-1": lambda s: lagged(s, 1),
    "lag-24": lambda s: lagged(s, 24),
    "lag-168": lambda s: lagged(s, 168),
    "hours below 5 %": lambda s: float((s < CALM_FRAC).mean()),
    "load factor": lambda s: float(s.mean() / s.max()),
    "least over mean": lambda s: float(s.min() / s.mean()),
}
PAIRS: Mapping[str, Callable[[Array, Array], float]] = {
    "correlation": lambda a, b: float(np.corrcoef(a, b)[0, 1]),
    "correlation 22 hours later": lambda a, b: _later(a, b, 22),
    "daily correlation": lambda a, b: float(np.corrcoef(day_anomalies(a), day_anomalies(b))[0, 1]),
    "correlation one day later": lambda a, b: _later(
        a[: len(a) // 24 * 24].reshape(-1, 24).mean(axis=1), b[: len(b) // 24 * 24].reshape(-1, 24).mean(axis=1), 1
    ),
}
