"""`greengrid weather`: the hourly series of a case's weather year as tables, and two pages on them."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from greengrid.console import CaseArgument, DebugOption, SetOption, guard, make_reporter

if TYPE_CHECKING:
    from greengrid.case import Case
    from greengrid.hourly import Array, Clock
    from greengrid.inputs import Inputs
    from greengrid.progress import Reporter
    from greengrid.weather.bands import BandCheck
    from greengrid.weather.profiles import Profiles
    from greengrid.weather.sites import SiteOfPlant
    from greengrid.weather_year import WeatherYear as ChosenYear
    from networks.grid import Plant
    from reports.weather_values import SiteSeries, WeatherYear

PDF, MARK = "weather.pdf", "weather.json"
SITE_COLUMNS = (
    "plant", "technology", "country", "zone", "capacity_mw", "latitude_deg", "longitude_deg", "column", "site", "rule",
    "distance_km", "radius_km", "stated_capacity_factor_frac", "capacity_factor_frac", "source", "confidence",
)  # fmt: skip
BAND_COLUMNS = ("series", "quantity", "found", "target", "low", "high", "holds", "note")


@dataclass(frozen=True)
class _Year:
    """A case's weather year and where it comes from."""

    case: Case
    inputs: Inputs
    chosen: ChosenYear
    profiles: Profiles
    sites: dict[str, SiteOfPlant]
    bands: tuple[BandCheck, ...]

    @property
    def plants(self) -> list[Plant]:
        """Wind and solar plants, in the order of their series."""
        known = {plant.name: plant for plant in self.inputs.grid.plants}
        return [known[name] for name in self.profiles.availability_frac.columns]


def write_weather(
    case: CaseArgument,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the results; made whole or not at all.")
    ],
    set_: SetOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an earlier weather year in that folder.")] = False,
    debug: DebugOption = False,
) -> None:
    """Make a case's weather year: sun, wind and demand by the hour, and two pages on them.

    availability.parquet (UTC hours; a column per site and technology), demand.parquet (a column per country, MW),
    sites.csv, bands.csv, weather.pdf; plants.parquet and zones.parquet hold each plant and zone and can be read back
    by a case (weather.files).

    \b
    greengrid weather base -o out/weather
    greengrid weather base -o out/p90 --set weather.years=20 --set weather.draw=p90
    greengrid weather mine.toml -o out/weather --replace
    """

    def work() -> str:
        from greengrid.case import load_case

        loaded = load_case(case, set_ or ())
        with make_reporter() as reporter:
            return write_year(loaded, out, replace=replace, reporter=reporter)

    typer.echo(f"{guard(work, debug)}\nReport: {out / PDF}")


def write_year(case: Case, target: Path, *, replace: bool, reporter: Reporter) -> str:
    """Writes the folder, all of it or nothing; gives the line for the terminal."""
    from greengrid.store import writing

    with writing(target, replace=replace, subfolders=(), mark=MARK) as folder:
        reporter.stage("read")
        year = _year(case.model_copy(update={"hours": "all"}), reporter)
        reporter.stage("write")
        series = _site_series(year)
        _write_tables(year, series, folder)
        values = _values(year, series)
        reporter.stage("report")
        _write_pdf(values, folder)
    missed = sum(not band.holds for band in year.bands)
    words = "all hold" if not missed else f"{missed} missed, see page 2"
    return (
        f"{len(series)} sites and technologies, {len(year.plants)} plants; {len(year.bands)} acceptance bands: {words}"
    )


def _year(case: Case, reporter: Reporter) -> _Year:
    from greengrid.inputs import make_weather, read_inputs, weather_tables
    from greengrid.weather import site_of_plants
    from greengrid.weather.bands import acceptance
    from greengrid.weather_year import choose_year

    inputs, tables = read_inputs(case), weather_tables(case)
    reporter.stage("weather")
    chosen = choose_year(case, inputs.grid, reporter, tables)
    profiles = make_weather(case, inputs.grid, inputs.economy, reporter, chosen)
    reporter.stage("acceptance bands")
    bands = acceptance(case.year, seed=case.weather.seed, tables=tables, grid=inputs.grid, draw=chosen.draw)
    return _Year(case, inputs, chosen, profiles, site_of_plants(inputs.grid, tables), bands)


def _site_series(year: _Year) -> list[SiteSeries]:
    """Capacity-weighted mean of the plants that share a site and a technology."""
    import numpy as np

    from reports.weather_values import SiteSeries

    groups: dict[tuple[str, str], list[Plant]] = defaultdict(list)
    for plant in year.plants:
        groups[year.sites[plant.name].site, plant.technology].append(plant)
    found = []
    for (site, technology), members in groups.items():
        weight = np.array([plant.capacity_mw for plant in members])
        values = np.average([year.profiles.availability_frac[p.name] for p in members], axis=0, weights=weight)
        place = [
            np.average([getattr(p, axis) for p in members], weights=weight)
            for axis in ("latitude_deg", "longitude_deg")
        ]
        stated = [(year.sites[p.name].capacity_factor_frac, p.capacity_mw) for p in members]
        known = [(share, mw) for share, mw in stated if share is not None]
        whole = len(known) == len(stated)
        found.append(
            SiteSeries(
                site, technology, members[0].country, float(place[0]), float(place[1]), float(weight.sum()),
                sum(share * mw for share, mw in known) / float(weight.sum()) if whole else None,
                values,
            )
        )  # fmt: skip
    return found


def _column(site: str, technology: str) -> str:
    return f"{site} {technology}"


def _write_tables(year: _Year, series: list[SiteSeries], folder: Path) -> None:
    from greengrid.store import versions, write_json

    profiles, clock = year.profiles, year.profiles.clock
    named = {_column(one.site, one.technology): one.values for one in series}
    write_series(folder / "availability.parquet", clock, named)
    write_series(folder / "demand.parquet", clock, dict(_demand(year)))
    for name, table in (("plants", profiles.availability_frac), ("zones", profiles.demand_mw)):
        write_series(folder / f"{name}.parquet", clock, {column: table[column] for column in table.columns})
    _write_csv(folder / "sites.csv", SITE_COLUMNS, [_site_row(year, plant) for plant in year.plants])
    _write_csv(folder / "bands.csv", BAND_COLUMNS, [_band_row(band) for band in year.bands])
    about = {
        "case": {"name": year.case.name, "digest": year.case.digest, "year": year.case.year},
        "network_digest": year.inputs.network_digest,
        "weather": year.case.weather.model_dump(mode="json"),
        "origin": _origin(year),
        "notes": list(profiles.notes),
        "versions": versions(),
    }
    write_json(folder / MARK, about)


def write_series(path: Path, clock: Clock, series: dict[str, Array]) -> None:
    """An hourly table with `hour_utc` and a column of double precision for each series: read back, it is the same."""
    import pyarrow as pa
    from pyarrow import parquet

    columns: dict[str, Any] = {"hour_utc": pa.array(clock.datetimes().astype("datetime64[ms]"))}
    columns |= {name: pa.array(values) for name, values in series.items()}
    parquet.write_table(pa.table(columns), path, compression="zstd")


def _demand(year: _Year) -> list[tuple[str, Array]]:
    """Sum of each country's zones, MW, the largest first."""
    total: dict[str, Array] = {}
    for zone in year.inputs.grid.demands:
        series = year.profiles.demand_mw[zone.zone]
        total[zone.country] = total[zone.country] + series if zone.country in total else series
    return sorted(total.items(), key=lambda item: (-float(item[1].sum()), item[0]))


def _site_row(year: _Year, plant: Plant) -> dict[str, object]:
    site = year.sites[plant.name]
    factor = float(year.profiles.availability_frac[plant.name].mean())
    stated = site.capacity_factor_frac
    return {
        "plant": plant.name, "technology": plant.technology, "country": plant.country, "zone": plant.zone,
        "capacity_mw": f"{plant.capacity_mw:g}", "latitude_deg": plant.latitude_deg,
        "longitude_deg": plant.longitude_deg, "column": _column(site.site, plant.technology), "site": site.site,
        "rule": site.rule, "distance_km": f"{site.distance_km:.1f}", "radius_km": f"{site.radius_km:.1f}",
        "stated_capacity_factor_frac": "" if stated is None else f"{stated:g}",
        "capacity_factor_frac": f"{factor:.4f}", "source": site.source, "confidence": site.confidence,
    }  # fmt: skip


def _band_row(band: BandCheck) -> dict[str, object]:
    bounds = {name: f"{getattr(band, name):.5g}" for name in ("found", "target", "low", "high")}
    return {"series": band.series, "quantity": band.quantity, **bounds, "holds": band.holds, "note": band.note}


def _write_csv(path: Path, columns: tuple[str, ...], rows: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _values(year: _Year, series: list[SiteSeries]) -> WeatherYear:
    from reports.weather_values import Band, WeatherYear

    clock = year.profiles.clock
    return WeatherYear(
        title=year.case.title,
        case_name=year.case.name,
        year=year.case.year,
        digest=year.case.digest,
        origin=_origin(year),
        price_base_year=year.case.price_base_year,
        months=clock.months,
        hours_utc=clock.datetimes().astype("datetime64[h]").astype("int64") % 24,
        series=tuple(series),
        demand=tuple(_demand(year)),
        bands=tuple(Band(b.series, b.quantity, b.found, b.low, b.high, _reason(year, b)) for b in year.bands),
        notes=year.profiles.notes,
    )


def _reason(year: _Year, band: BandCheck) -> str:
    """Why a band is missed: what its row says, or what is known of the year; nothing for one that holds."""
    if band.holds or band.note:
        return band.note
    if year.chosen.draw is not None and band.quantity == "capacity factor":
        return "a drawn year keeps its own level, the band is that of the long run"
    return "no lasting cause is known; one year of hours scatters about its long-run value, other seeds differ"


def _origin(year: _Year) -> str:
    """Which year it is, how it was chosen and what the user brought."""
    weather, draw = year.case.weather, year.chosen.draw
    if draw is None:
        origin = f"The typical year of seed {weather.seed}: hours drawn, levels those of the long run"
    else:
        asked = f", the {weather.draw.upper()} year of the link's wind and sun" if isinstance(weather.draw, str) else ""
        origin = f"Year {draw.number} of {draw.years} drawn from seed {weather.seed}{asked}"
    own = sum(len(entries) for entries in weather.files.values())
    files = f"; {own} file{'s' if own > 1 else ''} of the user's own" if own else ""
    return f"{origin}{files}."


def _write_pdf(values: WeatherYear, folder: Path) -> None:
    from greengrid.errors import CalculationFailed
    from reports.pdf import ReportFailed, pdf
    from reports.sections.weather import report

    try:
        (folder / PDF).write_bytes(pdf(report(values)))
    except ReportFailed as problem:
        raise CalculationFailed(f"the report could not be set: {problem}") from problem
