"""Fault level at the converters: short-circuit ratio by size of the link, and the condenser that mends it."""

from __future__ import annotations

from collections.abc import Sequence

from reports import palette
from reports.charts import FULL_MM, Axis, DotRows, Layer
from reports.content import Column, Page, Table
from reports.language import say
from reports.numbers import number, show
from reports.results import Results, Row, link_name, place_name
from reports.sections.source_line import source_line

VERY_WEAK, WEAK = 2.0, 3.0
"""Lines in the figure; the run's own limits decide the hours in the table."""


def fault_level(results: Results) -> tuple[Page, ...]:
    """Nothing where no short circuit was calculated."""
    rows = results.static.get("short_circuit", ())
    if not rows:
        return ()
    page = Page(
        "Fault level at the converters",
        _headline(rows),
        say(
            "Least three-phase fault level after IEC 60909 with the units running in each hour, over the rating. "
            "Links, wind, sun and batteries feed in nothing; neighbours in synchronous operation do. Other sizes "
            "than the run's own are held against the same units. Converters with voltage sources can be built for less "
            "than the limits, which come from line-commutated links; that takes studies of their control."
        ),
        (_chart(rows), _table(rows)),
        source_line(results, "short_circuit, fault_levels"),
    )
    return (page,)


def _headline(rows: Sequence[Row]) -> str:
    own = [row for row in rows if row["own_size"]]
    worst = min(own or rows, key=lambda row: float(row["scr_min_ratio"]))
    return say(
        "The short-circuit ratio at {bus} falls to {least}; it is below {limit} in {hours} at {size}",
        bus=place_name(str(worst["bus"])),
        least=number(float(worst["scr_min_ratio"]), "plain"),
        limit=number(VERY_WEAK, "plain"),
        hours=show(int(worst["very_weak_hours"]), "time_h"),
        size=show(float(worst["size_mw"]) / 1e3, "power_gw"),
    )


def _name(row: Row) -> str:
    return f"{place_name(str(row['bus']))}, {show(float(row['size_mw']) / 1e3, 'power_gw')}"


def _chart(rows: Sequence[Row]) -> DotRows:
    least = min(rows, key=lambda row: float(row["scr_min_ratio"]))
    lowest = tuple(float(row["scr_min_ratio"]) for row in rows)
    median = tuple(float(row["scr_median_ratio"]) for row in rows)
    return DotRows(
        caption="Short-circuit ratio over the hours, by converter and size of the link",
        alt=say(
            "Dots, lowest and median short-circuit ratio by converter and size of link. Lowest {least} for {name}. "
            "Data: the table below.",
            least=number(float(least["scr_min_ratio"]), "plain"),
            name=_name(least),
        ),
        width_mm=FULL_MM,
        height_mm=16.0 + 6.0 * len(rows),
        names=tuple(map(_name, rows)),
        layers=(
            (Layer("lowest hour", palette.ACCENT, lowest), "filled"),
            (Layer("median hour", palette.INK, median), "hollow"),
        ),
        axis=Axis("Short-circuit ratio", ""),
        limits=(("very weak", VERY_WEAK), ("weak", WEAK)),
    )


def _table(rows: Sequence[Row]) -> Table:
    columns = (
        Column("Converter", width=1.3),
        Column("Link", width=1),
        Column("Size", "GW", True, 0.8),
        Column("Least level", "MVA", True, 0.9),
        Column("Least SCR", numeric=True, width=0.9),
        Column("5 % of hours below", numeric=True, width=0.9),
        Column("Very weak", "h", True, 0.7),
        Column("Weak", "h", True, 0.7),
        Column("Condenser", "MVA", True, 1),
    )
    cells = tuple(
        (
            place_name(str(row["bus"])),
            link_name(str(row["link"])),
            number(float(row["size_mw"]) / 1e3, "power_gw"),
            number(float(row["level_min_mva"]), "apparent_mva"),
            number(float(row["scr_min_ratio"]), "plain"),
            number(float(row["scr_p5_ratio"]), "plain"),
            number(int(row["very_weak_hours"]), "time_h"),
            number(int(row["weak_hours"]), "time_h"),
            number(float(row["condenser_mva"]), "apparent_mva"),
        )
        for row in rows
    )
    return Table("Fault level and short-circuit ratio", columns, cells, small=True)
