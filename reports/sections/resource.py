"""Wind and sun: how much of full output they give, when, and how they go with demand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reports.charts import FULL_MM, Axis
from reports.content import Column, Page, Table
from reports.language import say, word
from reports.numbers import NOT_APPLICABLE, number, show
from reports.palette import family
from reports.panel_charts import MONTHS_IN_YEAR, MonthHourMaps, MonthHourPanel
from reports.results import Array, Hours, Results, country_name
from reports.sections.calendar import COUNTRY_OFFSET_H, local_hours, month_names
from reports.sections.source_line import source_line

SOURCES = ("wind", "solar")
LOW_FRAC = 0.1
STEP_FRAC = 0.2
"""The scale of the panels ends at a multiple of this."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """All wind or all sun of a country: available share of its rated power, hour by hour."""

    source: str
    country: str
    capacity_mw: float
    factor: Array


def resource(results: Results) -> tuple[Page, ...]:
    """Only of a whole year whose run holds the availability of its plants."""
    available = results.hourly.get("availability")
    if available is None or not results.whole_year:
        return ()
    fleets = _fleets(results, available)
    if not fleets:
        return ()
    page = Page(
        "Wind and sun",
        _headline(fleets),
        "Available output as a share of rated power, before curtailment; a country's plants weighted with their rated "
        "power. Dark is low, light is high, one scale for all panels.",
        (_chart(results, fleets), _table(results, fleets)),
        source_line(results, "availability, plants, demand"),
    )
    return (page,)


def _fleets(results: Results, available: Hours) -> list[Fleet]:
    found = []
    for source in SOURCES:
        for country in results.countries:
            plants = [
                plant
                for plant in results.static["plants"]
                if plant["country"] == country
                and family(str(plant["technology"])) == source
                and str(plant["name"]) in available
                and float(plant["capacity_mw"]) > 0
            ]
            if plants:
                weights = np.array([float(plant["capacity_mw"]) for plant in plants])
                series = np.column_stack([available[str(plant["name"])] for plant in plants])
                found.append(Fleet(source, country, float(weights.sum()), series @ weights / weights.sum()))
    return found


def _all_of(fleets: list[Fleet], source: str) -> Array | None:
    """All countries together, weighted with rated power."""
    mine = [fleet for fleet in fleets if fleet.source == source]
    if not mine:
        return None
    total = np.sum([fleet.factor * fleet.capacity_mw for fleet in mine], axis=0)
    whole: Array = total / sum(fleet.capacity_mw for fleet in mine)
    return whole


def _headline(fleets: list[Fleet]) -> str:
    wind, sun = _all_of(fleets, "wind"), _all_of(fleets, "solar")
    if wind is None or sun is None:
        only = fleets[0]
        mean = show(float(np.mean([fleet.factor.mean() for fleet in fleets])), "share_frac")
        return say("{source} gives {mean} of full output on average", source=word(only.source).capitalize(), mean=mean)
    calm = int(np.count_nonzero((wind < LOW_FRAC) & (sun < LOW_FRAC)))
    return say(
        "Wind gives {wind} and sun {sun} of full output on average; both are below {low} in {hours}",
        wind=show(float(wind.mean()), "share_frac"),
        sun=show(float(sun.mean()), "share_frac"),
        low=show(LOW_FRAC, "share_frac"),
        hours=show(calm, "time_h"),
    )


def month_hour_means(results: Results, values: Array, offset_h: int) -> Array:
    """Means of shape (24, 12) in local time; NaN where no hour falls."""
    months, hours = local_hours(results, offset_h)
    place = hours * MONTHS_IN_YEAR + months
    count = np.bincount(place, minlength=24 * MONTHS_IN_YEAR)
    total = np.bincount(place, weights=values, minlength=24 * MONTHS_IN_YEAR)
    means: Array = np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)
    return means.reshape(24, MONTHS_IN_YEAR)


def _chart(results: Results, fleets: list[Fleet]) -> MonthHourMaps:
    maps = {
        (fleet.source, fleet.country): month_hour_means(results, fleet.factor, COUNTRY_OFFSET_H.get(fleet.country, 0))
        for fleet in fleets
    }
    sources = [source for source in SOURCES if any(fleet.source == source for fleet in fleets)]
    highest = max(float(np.nanmax(values)) for values in maps.values())
    full = STEP_FRAC * float(np.ceil(highest / STEP_FRAC - 1e-9))
    rows = tuple(
        (
            word(source),
            tuple(
                MonthHourPanel(country_name(fleet.country), 100 * maps[source, fleet.country])
                for fleet in fleets
                if fleet.source == source
            ),
        )
        for source in sources
    )
    spoken = "; ".join(
        f"{country_name(f.country)}, {word(f.source)}: {show(float(f.factor.mean()), 'share_frac')}" for f in fleets
    )
    return MonthHourMaps(
        caption="Mean available share of rated power by month and local hour (UTC+5 in Kazakhstan and Uzbekistan, "
        "UTC+4 in Azerbaijan and Georgia)",
        alt=say("Heat maps, month by hour of the day, in % of rated power. Means: {spoken}. Data: the table below.",
                spoken=spoken),
        width_mm=FULL_MM,
        height_mm=8.0 + 46.0 * len(rows),
        rows=rows,
        axis=Axis("", "%"),
        full=100 * full,
        month_names=month_names(),
        hour_label=word("Local hour"),
    )  # fmt: skip


def _table(results: Results, fleets: list[Fleet]) -> Table:
    columns = (
        Column("Country and source", width=1.4),
        Column("Rated power", "MW", True),
        Column("Mean", "%", True),
        Column("P5", "%", True),
        Column("P95", "%", True),
        Column("Below 10 %", "h", True),
        Column("Correlation with demand", numeric=True),
    )
    note = word("P5 and P95: of the hours. Correlation: hour by hour with the demand of the same country.")
    rows = tuple(_row(results, fleet) for fleet in fleets)
    return Table("Wind and sun by country", columns, rows, note=note, small=True)


def _row(results: Results, fleet: Fleet) -> tuple[str, ...]:
    low, high = (float(value) for value in np.percentile(fleet.factor, [5, 95]))
    demand = results.hourly["demand"].summed(results.zones(fleet.country))
    moves = float(np.std(demand)) > 0 and float(np.std(fleet.factor)) > 0
    together = float(np.corrcoef(fleet.factor, demand)[0, 1]) if moves else None
    return (
        f"{country_name(fleet.country)}, {word(fleet.source)}",
        number(fleet.capacity_mw, "power_mw"),
        *(number(value, "share_frac") for value in (float(fleet.factor.mean()), low, high)),
        number(float(np.count_nonzero(fleet.factor < LOW_FRAC)), "time_h"),
        NOT_APPLICABLE if together is None else number(together, "plain", signed=True),
    )
