"""What may be lost: N-1 secure transfer of the cable, and the loss of a pole (pages E9 and E10)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from reports import palette
from reports.charts import FULL_MM, Axis, DotRows, DurationCurve, Layer
from reports.content import Block, Column, Page, Table, Text
from reports.language import say
from reports.numbers import NOT_APPLICABLE, number, show
from reports.results import Array, Results, Row, link_name, outage_name, place_name
from reports.sections.security import moment
from reports.sections.source_line import source_line
from reports.weather_charts import Curve, Curves

SHOWN_HOLDS = 4
SHOWN_CONTINGENCIES = 5
NOMINAL_HZ = 50.0
READINGS = {
    ("area", "preventive"): "nothing done after an outage",
    ("country", "preventive"): "the same, made up for within the country",
    ("area", "runback"): "link run back to rest after an outage",
    ("area", "strict"): "limits broken without the link count too",
}
"""(balance, reading) of `secure_transfer` as a reader is told."""
TRACE_COLOURS = (palette.VIOLATION, palette.ACCENT, palette.MUTED)


def secure_transfer(results: Results) -> tuple[Page, ...]:
    """Nothing where no outages were studied or there is no link."""
    link = results.project_link
    rows = [row for row in results.static.get("secure_transfer", ()) if link and row["link"] == link["name"]]
    hourly = results.hourly.get("secure_transfer_hours")
    if link is None or not rows or hourly is None:
        return ()
    name = str(link["name"])
    holds = [row for row in results.static.get("secure_transfer_holds", ()) if row["link"] == name]
    blocks: list[Block] = [_curves(results, name), _readings_table(rows), _holds_table(results, holds)]
    contingencies = results.static.get("n1_contingencies", ())
    blocks.append(_contingency_table(results, contingencies) if contingencies else Text(("No outage breaks a limit.",)))
    page = Page(
        "What stays secure after one outage",
        _secure_headline(name, rows, holds),
        say(
            "Each hour the transfer is moved from its schedule until a limit breaks in the whole grid or after one "
            "outage: a circuit of any line or transformer, a unit, a pole. After that a line may carry what static "
            "stability (margin 8 instead of 20 %) and its conductors allow, a transformer a fifth more. Plants of both "
            "areas make up for the move in proportion to the room they have. Limits that are broken even with the link "
            "at rest are the grid's own and left out here. Flows are linear: no voltage, no reactive power; the worst "
            "element of each outage is solved again in AC in its worst hour."
        ),
        tuple(blocks),
        source_line(results, "secure_transfer, secure_transfer_holds, secure_transfer_hours, n1_contingencies"),
    )
    return (page,)


def _reading(rows: Sequence[Row], way: str, reading: str) -> Row | None:
    wanted = (way, "area", reading)
    return next((row for row in rows if (row["way"], row["balance"], row["reading"]) == wanted), None)


def _secure_headline(name: str, rows: Sequence[Row], holds: Sequence[Row]) -> str:
    row, back = (_reading(rows, "forward", reading) for reading in ("preventive", "runback"))
    if row is None or back is None:
        return say("What one outage leaves secure")
    text = say(
        "{link}: {power} forward is secure in half of the hours, {back} if it is run back after an outage",
        link=link_name(name),
        power=show(float(row["p50_mw"]), "power_mw"),
        back=show(float(back["p50_mw"]), "power_mw"),
    )
    ahead = [hold for hold in holds if hold["way"] == "forward"]
    most = max(ahead, key=lambda hold: int(hold["hours"]), default=None)
    return (
        text if most is None else text + say("; {outage} decides most often", outage=outage_name(str(most["outage"])))
    )


def _curves(results: Results, name: str) -> DurationCurve:
    hourly = results.hourly["secure_transfer_hours"]
    scheduled = results.link_flow_mw(name)
    layers = (
        Layer("secure forward", palette.ACCENT, tuple((hourly[f"{name}:forward"] / 1e3).tolist())),
        Layer("scheduled", palette.MUTED, tuple((scheduled / 1e3).tolist())),
        Layer("secure reverse", palette.INK, tuple((-hourly[f"{name}:reverse"] / 1e3).tolist())),
    )
    beyond = _beyond_hours(hourly[f"{name}:forward"], hourly[f"{name}:reverse"], scheduled)
    return DurationCurve(
        caption="Transfer that stays secure each way, and the schedule, each sorted by itself; reverse below zero",
        alt=say(
            "Duration curves of secure transfer in GW. Forward at most {high}, reverse at most {low}. The schedule "
            "lies beyond it in {beyond}. Data: the table of readings.",
            high=show(float(hourly[f"{name}:forward"].max()) / 1e3, "power_gw"),
            low=show(float(hourly[f"{name}:reverse"].max()) / 1e3, "power_gw"),
            beyond=show(beyond, "time_h"),
        ),
        width_mm=FULL_MM,
        height_mm=50.0,
        layers=layers,
        axis=Axis("Transfer", "GW"),
    )


def _beyond_hours(forward: Array, reverse: Array, scheduled: Array) -> int:
    most = np.where(scheduled >= 0, forward, reverse)
    return int((np.abs(scheduled) - most > 1.0).sum())


def _readings_table(rows: Sequence[Row]) -> Table:
    columns = (
        Column("Way", width=0.6),
        Column("Reading", width=2),
        Column("In 95 % of hours", "MW", True),
        Column("In half", "MW", True),
        Column("In 5 %", "MW", True),
        Column("Nothing", "h", True),
        Column("Schedule beyond", "h", True),
    )
    cells = tuple(
        (
            say(str(row["way"])),
            say(READINGS[str(row["balance"]), str(row["reading"])]),
            *(number(float(row[key]), "power_mw") for key in ("p05_mw", "p50_mw", "p95_mw")),
            number(int(row["hours_at_nothing"]), "time_h"),
            number(int(row["hours_beyond"]), "time_h"),
        )
        for row in rows
    )
    return Table("Secure transfer by reading", columns, cells, small=True)


def _holds_table(results: Results, holds: Sequence[Row]) -> Table:
    columns = (
        Column("Way", width=0.6),
        Column("Outage that decides", width=1.6),
        Column("It would overload", width=1.6),
        Column("Hours", "h", True),
        Column("Secure then, median", "MW", True),
    )
    chosen = [
        row for way in ("forward", "reverse") for row in [one for one in holds if one["way"] == way][:SHOWN_HOLDS]
    ]
    cells = tuple(
        (
            say(str(row["way"])),
            outage_name(str(row["outage"])),
            place_name(str(row["element"])) or NOT_APPLICABLE,
            number(int(row["hours"]), "time_h"),
            number(float(row["median_mw"]), "power_mw"),
        )
        for row in chosen
    )
    left = len(holds) - len(chosen)
    note = say("{count} further pairs are in the run's tables.", count=left) if left > 0 else ""
    return Table("What decides, most hours first", columns, cells, note=note, small=True)


def _contingency_table(results: Results, rows: Sequence[Row]) -> Table:
    columns = (
        Column("Outage", width=1.6),
        Column("Kind", width=0.7),
        Column("Hours broken", "h", True),
        Column("Elements", numeric=True),
        Column("Worst element", width=1.6),
        Column("Beyond", "MW", True),
        Column("Confirmed in AC", width=0.9),
    )
    cells = tuple(
        (
            outage_name(str(row["outage"])),
            say(str(row["kind"])),
            number(int(row["hours"]), "time_h"),
            number(int(row["elements"]), "count"),
            place_name(str(row["worst_element"])),
            number(float(row["excess_max_mw"]), "power_mw"),
            say(str(row.get("ac_confirmed") or "not tried")),
        )
        for row in rows[:SHOWN_CONTINGENCIES]
    )
    left = len(rows) - len(cells)
    note = say("{count} further outages break a limit; they are in the run's tables.", count=left) if left > 0 else ""
    return Table("Outages that break limits in this dispatch, most hours first", columns, cells, note=note, small=True)


def pole_outage(results: Results) -> tuple[Page, ...]:
    """Nothing where no outages were studied."""
    link = results.project_link
    rows = [row for row in results.static.get("pole_outages", ()) if link and row["link"] == link["name"]]
    if link is None or not rows:
        return ()
    name = str(link["name"])
    single = [row for row in rows if row["outage"] == "pole"] or rows
    traces = [row for row in results.static.get("pole_traces", ()) if row["link"] == name]
    sizes = [row for row in results.static.get("pole_sizes", ()) if row["link"] == name]
    blocks: list[Block] = []
    if traces:
        worst = max(traces, key=lambda row: -float(row["appearing_mw"]))
        blocks += [_amounts(traces, str(worst["bus"])), _falls(traces, str(worst["bus"]))]
    blocks += [_events_table(rows), *([_sizes_table(sizes)] if sizes else [])]
    page = Page(
        "When a pole is lost",
        _pole_headline(single),
        say(
            "What the other pole cannot take over is lost; it returns its current through the metallic conductor. "
            "Islanded: the area stands alone with the machines that its output needs, each class of units answers with "
            "its own lag and ends at what it has left; load shedding is not modelled, a lower frequency says that it "
            "would act. Interconnected: neighbours make the loss good at once over the ties, which trip beyond their "
            "limit; then the area breaks off. Time constants, droop and limits of ties are estimates."
        ),
        tuple(blocks),
        source_line(results, "pole_outages, pole_sizes, pole_traces, pole_outage_hours"),
    )
    return (page,)


def _pole_headline(single: Sequence[Row]) -> str:
    worst = min(single, key=lambda row: float(row["frequency_min_hz"]))
    lost = max(float(row["lacking_max_mw"]) for row in single)
    short = max(int(row["hours_reserve_short"]) for row in single)
    flowing = max(int(row["hours_flowing"]) for row in single)
    return say(
        "Losing a pole takes up to {lost}; reserve covers it in {held} of {flowing} with a loss; alone, {area} would "
        "fall below 49 Hz in {low}",
        lost=show(lost / 1e3, "power_gw"),
        held=number(flowing - short, "time_h"),
        flowing=show(flowing, "time_h"),
        area=str(worst["countries"]),
        low=show(int(worst["hours_frequency_low"]), "time_h"),
    )


def _telling(traces: Sequence[Row], bus: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in traces:
        if row["bus"] == bus:
            found.setdefault(str(row["why"]), []).append(row)
    return found


def _amounts(traces: Sequence[Row], bus: str) -> DotRows:
    first = {why: rows[0] for why, rows in _telling(traces, bus).items()}
    names = tuple(f"{say(why)}, {moment(row['hour_utc'])}" for why, row in first.items())
    lost = tuple(-float(row["appearing_mw"]) for row in first.values())
    left, reserve = (tuple(float(row[key]) for row in first.values()) for key in ("left_mw", "reserve_mw"))
    return DotRows(
        caption=say(
            "Three telling hours (UTC) at {bus}: what is lost, what is left, what is held", bus=place_name(bus)
        ),
        alt=say(
            "Dots per telling hour in MW. Lost at most {lost}, left at most {left}, reserve at least {reserve}. Data: "
            "table pole_traces.",
            lost=show(max(lost), "power_mw"),
            left=show(max(left), "power_mw"),
            reserve=show(min(reserve), "power_mw"),
        ),
        width_mm=FULL_MM,
        height_mm=40.0,
        names=names,
        layers=(
            (Layer("lost", palette.VIOLATION, lost), "filled"),
            (Layer("left over the other pole", palette.ACCENT, left), "filled"),
            (Layer("reserve held", palette.INK, reserve), "hollow"),
        ),
        axis=Axis("Power", "MW"),
    )


def _falls(traces: Sequence[Row], bus: str) -> Curves:
    curves = tuple(
        Curve(
            say(why),
            colour,
            tuple(float(row["after_s"]) for row in rows),
            tuple(float(row["frequency_hz"]) - NOMINAL_HZ for row in rows),
        )
        for (why, rows), colour in zip(_telling(traces, bus).items(), TRACE_COLOURS, strict=False)
    )
    lowest = min(value for curve in curves for value in curve.y)
    return Curves(
        caption=say("Frequency below 50 Hz after the loss, the area standing alone and nothing shed"),
        alt=say(
            "Lines over seconds after the loss in Hz below nominal, one per telling hour. Lowest {low} Hz. Data: table "
            "pole_traces.",
            low=number(lowest, "plain"),
        ),
        width_mm=FULL_MM,
        height_mm=46.0,
        curves=curves,
        axis=Axis("Deviation", "Hz"),
        across=Axis("Time after the loss", "s"),
    )


def _events_table(rows: Sequence[Row]) -> Table:
    columns = (
        Column("Event", width=1),
        Column("Area", width=0.9),
        Column("Lost at most", "MW", True, 1),
        Column("Reserve short", "h", True, 1),
        Column("Fastest", "Hz/s", True, 1),
        Column("Too fast", "h", True, 0.9),
        Column("Lowest", "Hz", True, 1.1),
        Column("Too low", "h", True, 0.9),
        Column("Ties trip", "h", True, 1.1),
        Column("Area breaks off", "h", True, 1.1),
    )
    cells = tuple(
        (
            say("one pole") if row["outage"] == "pole" else say("whole link"),
            str(row["countries"]),
            number(max(float(row["lacking_max_mw"]), float(row["surplus_max_mw"])), "power_mw"),
            number(int(row["hours_reserve_short"]), "time_h"),
            _rate(float(row["rate_max_hz_per_s"])),
            number(int(row["hours_rate_beyond"]), "time_h"),
            number(float(row["frequency_min_hz"]), "plain"),
            number(int(row["hours_frequency_low"]), "time_h"),
            _optional(row["hours_tie_trips"]),
            _optional(row["hours_area_breaks_off"]),
        )
        for row in rows
    )
    note = say("Too fast: above 1 Hz/s. Too low: below 49 Hz. 45 Hz is the end of the model's range: collapse.")
    return Table("Events by area", columns, cells, note=note, small=True)


def _rate(rate_hz_per_s: float) -> str:
    """An area in which nothing turns has no bound."""
    return number(rate_hz_per_s, "plain") if math.isfinite(rate_hz_per_s) else say("no bound")


def _optional(value: object) -> str:
    return NOT_APPLICABLE if value is None else number(float(str(value)), "time_h")


def _sizes_table(rows: Sequence[Row]) -> Table:
    columns = (
        Column("Arrives at", width=1.2),
        Column("Size", "GW", True, 0.6),
        Column("Built as", width=1.6),
        Column("Largest infeed", "MW", True, 1),
        Column("Too large, alone", "h", True, 1),
        Column("Reserve short", "h", True, 1),
        Column("Area breaks off", "h", True, 1),
    )
    cells = tuple(
        (
            place_name(str(row["bus"])),
            number(float(row["size_mw"]) / 1e3, "power_gw"),
            say(str(row["configuration"])),
            number(float(row["largest_infeed_mw"]), "power_mw"),
            number(int(row["hours_too_large"]), "time_h"),
            number(int(row["hours_reserve_short"]), "time_h"),
            _optional(row["hours_area_breaks_off"]),
        )
        for row in rows
    )
    note = say("A cable that runs full in every hour, against the units that run in this dispatch.")
    return Table("Largest infeed by size of the cable", columns, cells, note=note, small=True)
