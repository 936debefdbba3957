"""Parts of the AC page where every hour was solved: voltages by month, loadings, losses, converters, unsolved hours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reports import palette
from reports.charts import FULL_MM, Axis, DurationCurve, Layer, Ranges
from reports.content import Block, Column, Table
from reports.language import say
from reports.numbers import number, show
from reports.results import Results, Row, country_name, link_name, place_name

COLOURS = (palette.ACCENT, palette.INK, palette.MUTED)
LOWEST_PU = 0.90
UNSOLVED_MAX = 10


def voltages(results: Results) -> Ranges:
    """Lowest to highest voltage of each level in each month."""
    table = results.hourly["ac_voltage"]
    level = {str(bus["name"]): float(bus["voltage_kv"]) for bus in results.static["buses"]}
    month = results.clock.astype("datetime64[M]").astype(int) % 12
    low, high, groups = [], [], []
    for kv in sorted({level[name] for name in table.columns}, reverse=True):
        of_level = table.values[:, [level[name] == kv for name in table.columns]]
        for number_of_month in np.unique(month).tolist():
            inside = of_level[month == number_of_month]
            if np.isfinite(inside).any():
                low.append(float(np.nanmin(inside)))
                high.append(float(np.nanmax(inside)))
                groups.append(f"{kv:.0f} kV")
    worst = np.unravel_index(int(np.nanargmin(table.values)), table.values.shape)
    return Ranges(
        caption="Lowest to highest bus voltage of every hour, by voltage level, month by month",
        alt=say(
            "Ranges. Voltage levels, month by month, voltage in pu. Lowest {low} at {place}, highest {high}; "
            "{hours} hours. Data: the table ac_voltage.",
            low=show(min(low), "voltage_pu"),
            place=place_name(table.columns[int(worst[1])]),
            high=show(max(high), "voltage_pu"),
            hours=len(table.values),
        ),
        width_mm=FULL_MM,
        height_mm=52.0,
        low=tuple(low),
        high=tuple(high),
        groups=tuple(groups),
        axis=Axis("Voltage", "pu"),
        order=Axis("Jan to Dec, level by level" if len(np.unique(month)) == 12 else "Months", ""),
        limits=(("lowest allowed", LOWEST_PU),),
    )


def loadings(rows: Sequence[Row]) -> DurationCurve:
    """The most loaded branch of every hour, sorted, by area."""
    areas = list(dict.fromkeys(str(row["area"]) for row in rows))
    layers = []
    for area, colour in zip(areas, COLOURS, strict=False):
        found = [row["loading_max_frac"] for row in rows if str(row["area"]) == area]
        values = tuple(100 * float(value) for value in found if value is not None)
        if values:
            layers.append(Layer(area, colour, values))
    highest = max(max(layer.values) for layer in layers)
    return DurationCurve(
        caption="Current of the most loaded branch of each hour over its thermal limit, sorted, by synchronous area",
        alt=say(
            "Duration curves, one per synchronous area. Loading in per cent of the thermal limit, highest {highest}. "
            "Data: the table ac_hours.",
            highest=show(highest / 100, "loading_frac"),
        ),
        width_mm=FULL_MM,
        height_mm=50.0,
        layers=tuple(layers),
        axis=Axis("Highest loading", "%"),
        limits=(("thermal limit", 100.0),),
    )


def tables(results: Results) -> list[Block]:
    """Losses against the estimate, converters, hours without a solution: what there is of them."""
    found: list[Block] = []
    if results.static.get("ac_losses"):
        found.append(_losses(results.static["ac_losses"]))
    if results.static.get("ac_converters"):
        found.append(_converters(results.static["ac_converters"]))
    if results.static.get("ac_unsolved"):
        found.append(_unsolved(results.static["ac_unsolved"]))
    return found


def _losses(rows: Sequence[Row]) -> Table:
    columns = (
        Column("Country", width=1),
        Column("Losses in AC", "GWh", True),
        Column("Losses in AC", "% of load", True),
        Column("Dispatch counted", "GWh", True),
        Column("Gap", "GWh", True),
        Column("Largest gap", "MW", True),
    )
    cells = tuple(
        (
            country_name(str(row["country"])),
            number(float(row["loss_ac_mwh"]) / 1e3, "energy_gwh"),
            number(_ratio(row["loss_ac_mwh"], row["load_mwh"]), "share_fine_frac"),
            number(float(row["loss_estimate_mwh"]) / 1e3, "energy_gwh"),
            number(float(row["gap_mwh"]) / 1e3, "energy_gwh"),
            number(float(row["gap_highest_mw"]), "power_mw"),
        )
        for row in rows
    )
    note = "A corrective pass (security.losses) dispatches again with the losses found."
    return Table(
        "Losses on the modelled network against the dispatch's estimate", columns, cells, note=note, small=True
    )


def _ratio(part: Any, whole: Any) -> float | None:
    return float(part) / float(whole) if whole else None


def _converters(rows: Sequence[Row]) -> Table:
    columns = (
        Column("Converter", width=1.4),
        Column("Range, each way", "Mvar", True),
        Column("Most given", "Mvar", True),
        Column("Least given", "Mvar", True),
        Column("At a limit", "h", True),
        Column("Apparent power", "% of rating", True),
    )
    cells = tuple(
        (
            f"{link_name(str(row['link']))}, {place_name(str(row['bus']))}",
            number(float(row["range_mvar"]), "reactive_mvar"),
            number(float(row["given_max_mvar"]), "reactive_mvar"),
            number(float(row["given_min_mvar"]), "reactive_mvar"),
            number(int(row["at_upper_hours"]) + int(row["at_lower_hours"]), "time_h"),
            number(float(row["apparent_max_frac"]), "loading_frac"),
        )
        for row in rows
    )
    return Table("Reactive power of the converters", columns, cells, small=True)


def _unsolved(rows: Sequence[Row]) -> Table:
    columns = (
        Column("Hour, UTC", width=1),
        Column("Area", width=0.6),
        Column("Weakest bus", width=1.2),
        Column("Relief", "Mvar", True),
        Column("at", width=1.2),
        Column("or", "MW", True),
        Column("at", width=1.2),
    )
    cells = tuple(
        (
            str(row["hour_utc"])[:16],
            str(row["area"]),
            place_name(str(row["weakest_bus"])),
            number(row["relief_mvar"], "reactive_mvar"),
            place_name(str(row["relief_mvar_bus"] or ""))
            + (f" ({say('absorbed')})" if row.get("relief_mvar_way") == "absorbed" else ""),
            number(row["relief_mw"], "power_mw"),
            place_name(str(row["relief_mw_bus"] or "")),
        )
        for row in rows[:UNSOLVED_MAX]
    )
    left = len(rows) - UNSOLVED_MAX
    note = say("{left} more in the table ac_unsolved.", left=left) if left > 0 else ""
    title = "Hours without an AC solution, and the least that makes each solve"
    return Table(title, columns, cells, note=note, small=True)
