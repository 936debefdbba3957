"""The AC power flow: how many hours solve, voltages, loadings, findings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from reports.charts import FULL_MM, Axis, Ranges
from reports.content import Block, Column, Page, Table
from reports.language import say, word
from reports.numbers import JOIN, NOT_APPLICABLE, number, show, significant
from reports.results import Results, Row, place_name
from reports.sections import every_hour
from reports.sections.calendar import MONTHS
from reports.sections.source_line import source_line
from reports.sentences import ac_hours

QUANTITIES: Mapping[str, str] = {
    "pu": "voltage_pu",
    "frac": "loading_frac",
    "MW": "power_mw",
    "Mvar": "reactive_mvar",
    "ratio": "plain",
}
"""How a finding's value is printed, by its unit; "of ..." is a share."""


def power_flow(results: Results) -> tuple[Page, ...]:
    """AC results, or one sentence that there are none."""
    rows = results.static.get("ac_hours", ())
    checks = results.summary.get("security") or {}
    checked, solved = int(checks.get("hours_checked") or 0), int(checks.get("hours_converged") or 0)
    if not rows or checked == 0:
        text = ac_hours(0, 0, results.hours)
        return (Page("AC power flow", text, "", (), source_line(results, "summary.json")),)
    good = _solved(rows)
    every = checked == results.hours and "ac_voltage" in results.hourly
    blocks: list[Block] = [every_hour.voltages(results) if every else _voltages(results, good)] if good else []
    if every and good:
        blocks.append(every_hour.loadings(rows))
    page = Page(
        "AC power flow",
        _headline(checks, solved, checked, len(results.static.get("findings", ()))),
        _which(every, ac_hours(solved, checked, results.hours), _hvdc(checks)),
        (*blocks, _area_table(results, rows), *every_hour.tables(results)),
        source_line(results, "ac_hours, ac_voltage, ac_losses, ac_converters" if every else "ac_hours, findings"),
    )
    return (page,)


def _which(every: bool, hours: str, checks: str) -> str:
    """What was solved, and how."""
    if every:
        return say(
            "{hours} Each synchronous area is solved apart, with shared slack, limits of reactive power, taps and "
            "reactors.{checks}",
            hours=hours,
            checks=checks,
        )
    return say(
        "{hours} Each synchronous area is solved apart; the hours are the most telling ones: peaks, "
        "lightest load, highest and lowest wind and sun, link full, highest loading.{checks}",
        hours=hours,
        checks=checks,
    )


def _hvdc(checks: Mapping[str, Any]) -> str:
    """What the links as circuits confirmed; nothing where they were injections only."""
    gap_mw = checks.get("hvdc_gap_max_mw")
    if gap_mw is None:
        return ""
    gap = "1 MW" if gap_mw < 1.0 else show(gap_mw, "power_mw")
    return say(
        " Each hour was solved once more with the HVDC links as converters and DC cables: their losses lie "
        "within {gap} of what the dispatch counted. Who covers the losses, taps and limits of reactive "
        "power are there those of the first solution.",
        gap=gap,
    )


def _headline(checks: Mapping[str, Any], solved: int, checked: int, findings: int) -> str:
    broken = (
        "no limit is broken"
        if findings == 0
        else (say("1 finding") if findings == 1 else say("{findings} findings", findings=findings))
    )
    text = say(
        "{solved} of {checked} checked hours solve in AC, {broken}",
        solved=number(solved, "count"),
        checked=number(checked, "count"),
        broken=broken,
    )
    if checks.get("voltage_min_pu") is None or checks.get("voltage_max_pu") is None:
        return text
    low, high = (show(checks[key], "voltage_pu") for key in ("voltage_min_pu", "voltage_max_pu"))
    return say("{value}; voltages lie between {low} and {high}", value=text, low=low, high=high)


def _solved(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row["converged"] and row["voltage_min_pu"] is not None]


def _voltages(results: Results, good: list[Row]) -> Ranges:
    found = sorted(good, key=lambda row: (str(row["area"]), str(row["hour_utc"])))
    low, high = (tuple(float(row[key]) for row in found) for key in ("voltage_min_pu", "voltage_max_pu"))
    worst = min(found, key=lambda row: float(row["voltage_min_pu"]))
    return Ranges(
        caption="Lowest to highest bus voltage of each checked hour, by synchronous area, hours in order of time",
        alt=say(
            "Ranges. Checked hours by area, voltage in pu. Lowest {low} at {voltage_min_bus}, highest {high}. "
            "{found} area-hours. Data: the table of areas.",
            low=show(min(low), "voltage_pu"),
            voltage_min_bus=place_name(str(worst["voltage_min_bus"])),
            high=show(max(high), "voltage_pu"),
            found=len(found),
        ),
        width_mm=FULL_MM,
        height_mm=60.0,
        low=low,
        high=high,
        groups=tuple(area_name(results, row["area"]) for row in found),
        axis=Axis("Voltage", "pu"),
        order=Axis("Checked hours, area by area, in order of time", ""),
    )


def area_name(results: Results, area: Any) -> str:
    """A synchronous area by the countries in it: "KZ, UZ (1)"."""
    name = str(area)
    inside = {str(bus["country"]) for bus in results.static["buses"] if str(bus.get("area")) == name}
    known = [country for country in results.countries if country in inside]
    return f"{', '.join(known or sorted(inside))} ({name})" if inside else name


def measured(value: Any, unit: str) -> str:
    """A finding's value in the unit it was found in; shares as per cent; a dash for what has no bound."""
    if value is None or not math.isfinite(float(value)):
        return NOT_APPLICABLE
    quantity = "loading_frac" if unit.startswith("of ") else QUANTITIES.get(unit)
    if quantity:
        return show(float(value), quantity)
    return f"{significant(float(value))}{JOIN}{unit}" if unit else significant(float(value))


def moment(value: Any) -> str:
    """An hour as a reader writes it, "6 Jan 13:00"; a dash where there is none."""
    if value is None or value == "":
        return NOT_APPLICABLE
    text = str(value)
    return f"{int(text[8:10])} {word(MONTHS[int(text[5:7]) - 1])} {text[11:16]}" if len(text) >= 16 else text


def _area_table(results: Results, rows: tuple[Row, ...]) -> Table:
    areas = sorted({str(row["area"]) for row in rows})
    cells = tuple(
        _area_row(area_name(results, area), [row for row in rows if str(row["area"]) == area]) for area in areas
    )
    columns = (
        Column("Synchronous area", width=0.8),
        Column("Checked", "h", True),
        Column("Solved", "h", True),
        Column("Lowest voltage", "pu", True),
        Column("Highest voltage", "pu", True),
        Column("Highest loading", width=1),
        Column("Losses", "% of load", True),
    )
    return Table("AC results by synchronous area", columns, cells, small=True)


def _area_row(area: str, rows: list[Row]) -> tuple[str, ...]:
    good = _solved(rows)
    if not good:
        return (area, number(len(rows), "count"), "0", *[NOT_APPLICABLE] * 4)
    worst = max(good, key=lambda row: float(row["loading_max_frac"] or 0.0))
    loss, load = (sum(float(row[key]) for row in good) for key in ("loss_mw", "load_mw"))
    loading = show(float(worst["loading_max_frac"] or 0.0), "loading_frac")
    return (
        area,
        number(len(rows), "count"),
        number(len(good), "count"),
        number(min(float(row["voltage_min_pu"]) for row in good), "voltage_pu"),
        number(max(float(row["voltage_max_pu"]) for row in good), "voltage_pu"),
        f"{loading}, {place_name(str(worst['loading_max_branch']))}",
        number(loss / load if load else None, "share_fine_frac"),
    )
