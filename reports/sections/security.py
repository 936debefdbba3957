"""The AC power flow: how many hours solve, voltages, loadings, findings."""

from __future__ import annotations

from typing import Any

from reports.charts import Axis, Ranges
from reports.content import Block, Column, Page, Table, Text
from reports.numbers import JOIN, NOT_APPLICABLE, number, show, significant
from reports.results import Results, Row, place_name
from reports.sections.cover import source_line
from reports.sections.dispatch import MONTHS
from reports.sentences import ac_hours

FINDINGS_MAX = 12


def power_flow(results: Results) -> tuple[Page, ...]:
    """AC results, or one sentence that there are none."""
    rows = results.static.get("ac_hours", ())
    checks = results.summary.get("security") or {}
    checked, solved = int(checks.get("hours_checked") or 0), int(checks.get("hours_converged") or 0)
    if not rows or checked == 0:
        text = ac_hours(0, 0, results.hours)
        return (Page("AC power flow", text, "", (), source_line(results, "summary.json")),)
    blocks: list[Block] = [_voltages(rows)]
    blocks += _findings(results)
    blocks.append(_hours_table(rows))
    page = Page(
        "AC power flow",
        _headline(checks, solved, checked),
        ac_hours(solved, checked, results.hours)
        + " Each synchronous area is solved apart; the hours are the most telling ones (peaks, lightest load, highest "
        "and lowest wind and sun, link full, highest loading).",
        tuple(blocks),
        source_line(results, "ac_hours, findings"),
    )
    return (page,)


def _headline(checks: Any, solved: int, checked: int) -> str:
    text = f"{solved} of {checked} checked hours solve in AC"
    if checks.get("voltage_min_pu") is not None:
        text += f"; voltages lie between {show(checks['voltage_min_pu'], 'voltage_pu')} and {show(checks['voltage_max_pu'], 'voltage_pu')}"
    return text


def _solved(rows: tuple[Row, ...]) -> list[Row]:
    return [row for row in rows if row["converged"] and row["voltage_min_pu"] is not None]


def _voltages(rows: tuple[Row, ...]) -> Ranges:
    found = sorted(_solved(rows), key=lambda row: (str(row["area"]), row["hour_utc"]))
    groups = [f"area {row['area']}" if str(row["area"]).isdigit() else str(row["area"]) for row in found]
    low, high = [float(row["voltage_min_pu"]) for row in found], [float(row["voltage_max_pu"]) for row in found]
    worst = min(found, key=lambda row: float(row["voltage_min_pu"]))
    return Ranges(
        "Lowest to highest bus voltage of each checked hour, by synchronous area, hours in order of time",
        f"Ranges. Checked hours by area, voltage in pu. Lowest {show(min(low), 'voltage_pu')} at "
        f"{place_name(str(worst['voltage_min_bus']))}, highest {show(max(high), 'voltage_pu')}. {len(found)} area-hours.",
        170.0, 60.0, tuple("" for _ in found), tuple(low), tuple(high), tuple(groups), Axis("Voltage", "pu"),
        Axis("Checked hours, area by area, in order of time", ""),
    )  # fmt: skip


def _findings(results: Results) -> list[Block]:
    found = sorted(results.static.get("findings", ()), key=lambda row: int(row["rank"]))
    if not found:
        return [Text(("No limit is broken in the checked hours.",))]
    rows = tuple(
        (
            number(float(row["rank"]), "count"), f"{str(row['kind']).replace('_', ' ')}: {place_name(str(row['element']))}",
            moment(row["hour_utc"]), _measured(row["value"], str(row["unit"])),
            _measured(row["limit"], str(row["unit"])), number(float(row["hours"]), "time_h"), str(row["remedy"]),
        )
        for row in found[:FINDINGS_MAX]
    )  # fmt: skip
    columns = (
        Column("Rank"), Column("What and where", width=2), Column("Worst hour"), Column("Value", numeric=True),
        Column("Limit", numeric=True), Column("Hours", "h", True), Column("Remedy", width=2),
    )  # fmt: skip
    note = (
        "" if len(found) <= FINDINGS_MAX else f"{len(found) - FINDINGS_MAX} further findings are in the run's tables."
    )
    return [Table("Findings, ranked", columns, rows, note=note, small=True)]


def _measured(value: Any, unit: str) -> str:
    """A finding's value in the unit it was found in; shares as per cent."""
    if value is None:
        return NOT_APPLICABLE
    quantity = {"pu": "voltage_pu", "frac": "loading_frac", "MW": "power_mw"}.get(unit)
    return show(float(value), quantity) if quantity else f"{significant(float(value))}{JOIN}{unit}".rstrip()


def moment(value: Any) -> str:
    """An hour as a reader writes it: 6 Jan 13:00 UTC; a dash where there is none."""
    if value is None:
        return NOT_APPLICABLE
    text = str(value)
    return f"{int(text[8:10])} {MONTHS[int(text[5:7]) - 1]} {text[11:16]}" if len(text) >= 16 else text


def _hours_table(rows: tuple[Row, ...]) -> Table:
    areas = sorted({str(row["area"]) for row in rows})
    cells = []
    for area in areas:
        mine = [row for row in rows if str(row["area"]) == area]
        good = _solved(tuple(mine))
        if not good:
            cells.append((area, str(len(mine)), "0", "–", "–", "–", "–"))
            continue
        worst = max(good, key=lambda row: float(row["loading_max_frac"] or 0.0))
        loss, load = sum(float(r["loss_mw"]) for r in good), sum(float(r["load_mw"]) for r in good)
        cells.append((
            area, str(len(mine)), str(len(good)), number(min(float(r["voltage_min_pu"]) for r in good), "voltage_pu"),
            number(max(float(r["voltage_max_pu"]) for r in good), "voltage_pu"),
            f"{show(float(worst['loading_max_frac']), 'loading_frac')} {place_name(str(worst['loading_max_branch']))}",
            number(loss / load if load else None, "share_fine_frac"),
        ))  # fmt: skip
    columns = (
        Column("Area"), Column("Checked", "h", True), Column("Solved", "h", True), Column("Lowest voltage", "pu", True),
        Column("Highest", "pu", True), Column("Highest loading", width=1), Column("Losses", "% of load", True),
    )  # fmt: skip
    return Table("AC results by synchronous area", columns, tuple(cells), small=True)
