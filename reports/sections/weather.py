"""Two pages on a weather year: what the sites give and when; how it varies, and whether it keeps its bands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from reports import palette
from reports.charts import HALF_MM, Array, Axis
from reports.content import Block, Column, Page, Pair, Report, Table, Text
from reports.numbers import number, show
from reports.results import country_name
from reports.sections.weather_bands import band_tables, bands_headline, clipped, fitting, lines, misses, table_rows
from reports.sentences import STANDING
from reports.weather_charts import Cloud, Clouds, Curve, Curves, FactorRow, FactorRows
from reports.weather_statistics import (
    correlation_by_distance,
    daily_anomaly,
    duration,
    mean_by,
    ramp_shares,
    weighted,
)
from reports.weather_values import SiteSeries, WeatherYear

MONTHS = ("J", "F", "M", "A", "M", "J", "J", "A", "S", "O", "N", "D")
LITTLE_FRAC = 0.10
SMALL_MM, LEAST_MM, MOST_MM = 50.0, 36.0, 56.0
"""Height of a small chart, and the least and most where a page must hold more or less."""
ROW_MM, ROW_LEAST_MM, ROWS_MM = 3.9, 2.6, 13.0
"""Height of a bar's row, its least, and what a chart of bars needs besides."""
SITES_MM, BANDS_MM = 170.0, 207.0
"""For the charts of the first page; for charts, tables and words of the second."""
TABLE_ROW_MM, TABLE_MM = 3.75, 12.5
LINE_MM = 3.6
DECAY_KM = (380.0, 860.0)
"""Decay lengths of hourly wind read from pairs of zones in public models of the region and of its neighbours."""


def report(year: WeatherYear) -> Report:
    """The two pages."""
    return Report(
        title=f"The weather year of {year.case_name}",
        subtitle=year.title,
        case_name=year.case_name,
        year=year.year,
        digest=year.digest,
        document_date=date(year.price_base_year, 1, 1),
        standing=STANDING,
        pages=(_sites_page(year), _bands_page(year)),
    )


def _kinds(year: WeatherYear) -> tuple[list[SiteSeries], list[SiteSeries]]:
    return [one for one in year.series if one.is_wind], [one for one in year.series if not one.is_wind]


def _sites_page(year: WeatherYear) -> Page:
    wind, sun = _kinds(year)
    rows = min(max(len(wind), len(sun), 1), int((SITES_MM - 2 * LEAST_MM - ROWS_MM) / ROW_LEAST_MM))
    height_mm = ROWS_MM + rows * min(ROW_MM, (SITES_MM - 2 * LEAST_MM - ROWS_MM) / rows)
    small_mm = min(SMALL_MM, (SITES_MM - height_mm) / 2)
    blocks: tuple[Block, ...] = (
        Pair(_factors(wind, "wind", rows, height_mm), _factors(sun, "sun", rows, height_mm)),
        Pair(_monthly(year, wind, "wind", small_mm), _monthly(year, sun, "sun", small_mm)),
        Pair(_hourly(year, wind, "wind", small_mm), _hourly(year, sun, "sun", small_mm)),
    )
    lead = (
        f"{year.origin} Hours are UTC; availability is what the weather would let the plants give, all losses taken "
        "off, before any curtailment."
    )
    return Page(
        "Sites, seasons and hours",
        _headline(year),
        lead,
        blocks,
        _source(year, "availability.parquet, sites.csv"),
        cover=True,
    )


def _headline(year: WeatherYear) -> str:
    wind, sun = _kinds(year)
    if not wind or not sun:
        one = wind or sun
        if not one:
            return "This case has neither wind nor sun"
        return f"{'Wind' if wind else 'Sun'} gives {number(float(weighted(one).mean()), 'share_frac')} % of full output"
    fleets = weighted(wind), weighted(sun)
    little = int(((fleets[0] < LITTLE_FRAC) & (fleets[1] < LITTLE_FRAC)).sum())
    shares = [show(float(fleet.mean()), "share_frac") for fleet in fleets]
    return (
        f"Wind gives {shares[0]} and sun {shares[1]} of full output on average; both are below "
        f"{show(LITTLE_FRAC, 'share_frac')} in {show(little, 'time_h')}"
    )


def _factors(series: Sequence[SiteSeries], kind: str, rows: int, height_mm: float) -> FactorRows | Text:
    if not series:
        return Text((f"No {kind} in this case.",))
    ordered = sorted(series, key=lambda one: (-float(one.values.mean()), one.site))[:rows]
    more = f" ({len(series) - rows} more in sites.csv)" if len(series) > rows else ""
    full = 60.0 if kind == "wind" else 35.0
    values = [float(one.values.mean()) * 100 for one in ordered]
    best, least = ordered[0], ordered[-1]
    return FactorRows(
        caption=f"Capacity factor of {kind} by site; a tick where a source states the yield{more}",
        alt=f"Bars. Site by capacity factor in per cent. Highest {best.site} {values[0]:.0f}, lowest {least.site} "
        f"{values[-1]:.0f}. Data: sites.csv.",
        width_mm=HALF_MM,
        height_mm=ROWS_MM + (height_mm - ROWS_MM) * len(ordered) / rows,
        rows=tuple(
            FactorRow(
                one.site + (" (sea)" if one.technology == "wind_offshore" else ""),
                palette.TECHNOLOGY["wind" if one.is_wind else "solar"],
                value,
                None if one.stated_frac is None else one.stated_frac * 100,
            )
            for one, value in zip(ordered, values, strict=True)
        ),
        axis=Axis("Capacity factor", "%"),
        full=max(full, 1.12 * max(values)),
    )


def _countries(series: Sequence[SiteSeries]) -> list[tuple[str, str, list[SiteSeries]]]:
    """(name, colour, series) by country, in the usual order."""
    order = [code for code in palette.COUNTRY if any(one.country == code for one in series)]
    return [
        (country_name(code), palette.COUNTRY[code], [one for one in series if one.country == code]) for code in order
    ]


@dataclass(frozen=True)
class _Shape:
    """How a mean by groups is drawn."""

    what: str
    across: Axis
    ticks: tuple[tuple[float, str], ...]
    height_mm: float


def _shape(series: Sequence[SiteSeries], kind: str, groups: Array, shape: _Shape) -> Curves | Text:
    """Mean availability of each country's fleet by month or by hour."""
    if not series:
        return Text((f"No {kind} in this case.",))
    curves, spoken = [], []
    for name, colour, members in _countries(series):
        places, means = mean_by(groups, weighted(members))
        curves.append(Curve(name, colour, tuple(places), tuple(100 * means)))
        peak = int(places[means.argmax()])
        spoken.append(f"{name} highest at {peak} with {100 * means.max():.0f}, lowest {100 * means.min():.0f}")
    return Curves(
        caption=f"{kind.capitalize()}: mean by {shape.what}, fleets of the countries",
        alt=f"Lines. {shape.across.label} by capacity factor in per cent. {'; '.join(spoken)}. "
        "Data: availability.parquet.",
        width_mm=HALF_MM,
        height_mm=shape.height_mm,
        curves=tuple(curves),
        axis=Axis("Capacity factor", "%"),
        across=shape.across,
        ticks=shape.ticks,
    )


def _monthly(year: WeatherYear, series: Sequence[SiteSeries], kind: str, height_mm: float) -> Curves | Text:
    ticks = tuple((float(number_), letter) for number_, letter in enumerate(MONTHS, start=1))
    return _shape(series, kind, year.months.astype(float), _Shape("month", Axis("Month", ""), ticks, height_mm))


def _hourly(year: WeatherYear, series: Sequence[SiteSeries], kind: str, height_mm: float) -> Curves | Text:
    ticks = tuple((float(hour), f"{hour:02d}") for hour in range(0, 24, 3))
    across = Axis("Hour", "UTC")
    return _shape(series, kind, year.hours_utc.astype(float), _Shape("hour of the day", across, ticks, height_mm))


def _bands_page(year: WeatherYear) -> Page:
    table_mm = TABLE_MM + TABLE_ROW_MM * table_rows(year.bands) if year.bands else 0.0
    own = [f"Own file: {clipped(note)}." for note in year.notes]
    told = fitting([*misses(year.bands), *own], int((BANDS_MM - table_mm - 2 * LEAST_MM) / LINE_MM))
    height_mm = min(MOST_MM, max(LEAST_MM, (BANDS_MM - table_mm - LINE_MM * sum(map(lines, told))) / 2))
    blocks: list[Block] = [
        Pair(_per_fleet(year, "duration", height_mm), _per_fleet(year, "ramps", height_mm)),
        Pair(_correlation(year, height_mm), _demand(year)),
    ]
    if year.bands:
        blocks.append(band_tables(year.bands))
    if told:
        blocks.append(Text(tuple(told), voice="note"))
    return Page(
        "Variation and acceptance bands",
        bands_headline(year.bands),
        "The bands come from published capacity factors, public models of the region and fits to them; they test the "
        "method on whole zones and typical sites, like with like, not this case's fleet"
        + (" and not the user's own files." if year.notes else "."),
        tuple(blocks),
        _source(year, "availability.parquet, demand.parquet, bands.csv"),
    )


def _per_fleet(year: WeatherYear, what: str, height_mm: float) -> Curves | Text:
    """Duration curves or shares of hourly changes, wind solid and sun dashed, by country."""
    if not year.series:
        return Text(("Neither wind nor sun in this case.",))
    make: Callable[[Array], tuple[Array, Array]] = duration if what == "duration" else ramp_shares
    curves, spoken = [], []
    for series, dashed in zip(_kinds(year), (False, True), strict=True):
        for name, colour, members in _countries(series):
            fleet = weighted(members)
            x, y = make(fleet)
            curves.append(Curve(name, colour, tuple(x), tuple(y), dashed))
            if what == "duration":
                spoken.append(f"{name} {'sun' if dashed else 'wind'} above half in {int((fleet > 0.5).sum())} h")
            else:
                step = 100 * float(np.diff(fleet).std())
                spoken.append(f"{name} {'sun' if dashed else 'wind'} standard deviation {step:.1f}")
    is_duration = what == "duration"
    return Curves(
        caption="Duration curves of the countries' fleets"
        if is_duration
        else "How often the output changes by so much in an hour",
        alt=f"Lines. {'Sorted hours' if is_duration else 'Hourly change by share of hours'}, availability in per cent. "
        f"{'; '.join(spoken)}. Data: availability.parquet.",
        width_mm=HALF_MM,
        height_mm=height_mm,
        curves=tuple(curves),
        axis=Axis("Availability", "%") if is_duration else Axis("Share of hours", "%"),
        across=Axis("Hours, sorted", "h") if is_duration else Axis("Change in an hour", "% of capacity"),
        note="solid: wind, dashed: sun",
        logarithmic=not is_duration,
    )


def _correlation(year: WeatherYear, height_mm: float) -> Clouds | Text:
    wind, sun = _kinds(year)
    wind = [one for one in wind if one.technology == "wind_onshore"] if len(wind) > 2 else wind
    near = correlation_by_distance(wind, lambda values: values)
    daily = correlation_by_distance(sun, daily_anomaly)
    if not near[0] and not daily[0]:
        return Text(("Fewer than two sites of a kind: no correlation to show.",))
    reach = np.linspace(0, max([500.0, *near[0], *daily[0]]), 60)
    x = tuple(reach)
    decay = (
        Curve(f"decay {DECAY_KM[0]:.0f} km", palette.LIMIT, x, tuple(np.exp(-reach / DECAY_KM[0]))),
        Curve(f"{DECAY_KM[1]:.0f} km", palette.MUTED, x, tuple(np.exp(-reach / DECAY_KM[1])), dashed=True),
    )
    clouds = (
        Cloud("wind, hourly", palette.ACCENT, *near),
        Cloud("sun, daily", palette.WARNING_FILL, *daily, hollow=True),
    )
    return Clouds(
        caption="Correlation of sites with distance: wind by hour, sun by day against its month; decay exp(−d/L)",
        alt=f"Dots. Distance in km by correlation. {len(near[0])} pairs of wind sites, highest "
        f"{max(near[1], default=0):.2f}, lowest {min(near[1], default=0):.2f}; {len(daily[0])} pairs of solar sites. "
        "Lines: exponential decay over 380 and 860 km. Data: availability.parquet.",
        width_mm=HALF_MM,
        height_mm=height_mm,
        clouds=tuple(cloud for cloud in clouds if cloud.x),
        curves=decay,
        axis=Axis("Correlation", ""),
        across=Axis("Distance", "km"),
    )


def _demand(year: WeatherYear) -> Table | Text:
    if not year.demand:
        return Text(("No demand in this case.",))
    rows = []
    for country, series in year.demand:
        peak = int(series.argmax())
        rows.append(
            (
                country_name(country),
                number(float(series.sum()) / 1e6, "energy_twh"),
                number(float(series.max()) / 1e3, "power_gw"),
                f"{MONTHS_LONG[int(year.months[peak]) - 1]}, {int(year.hours_utc[peak]):02d} UTC",
                number(float(series.mean() / series.max()), "cover_ratio"),
            )
        )
    columns = (
        Column("Demand", width=1),
        Column("Energy", "TWh", True),
        Column("Peak", "GW", True),
        Column("Peak at"),
        Column("Load factor", numeric=True),
    )
    note = "Gross of network losses. Load factor: mean over peak."
    return Table("Demand by country", columns, tuple(rows), note=note, small=True)


MONTHS_LONG = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _source(year: WeatherYear, tables: str) -> str:
    return f"Weather year of case {year.case_name}, {year.year}, {len(year.months):,} h · Data: {tables}".replace(
        ",", " ", 0
    )
