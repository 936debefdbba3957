"""Is there enough power when machines and cables fail: loss of load with and without the link, and its credit."""

from __future__ import annotations

from reports import palette
from reports.charts import FULL_MM, Axis, Layer, RankedBars
from reports.content import Block, Column, Page, Table
from reports.language import say
from reports.numbers import JOIN, NOT_APPLICABLE, number, show
from reports.results import Results, Row, country_name
from reports.sections.source_line import source_line

EVERYWHERE = "all"


def adequacy(results: Results) -> tuple[Page, ...]:
    """Nothing where adequacy was not studied (`greengrid adequacy DIR --keep`, or a security study with it)."""
    rows = results.static.get("adequacy", ())
    if not rows:
        return ()
    credits = sorted((row for row in rows if (row.get("credit_mw") or 0.0) > 0.0), key=lambda row: -row["credit_mw"])
    blocks: list[Block] = [_table(rows)]
    if credits:
        blocks.insert(0, _bars(credits))
    page = Page(
        "Adequacy",
        _headline(next(row for row in rows if row["place"] == EVERYWHERE), credits),
        say(
            "Thermal units, circuits between areas and poles of links fail at random over many drawn years, each "
            "with a weather year that was dispatched; water, stores and neighbours give what they gave in the "
            "dispatch, which knew no failure. "
            "Credit: more flat demand that an area, served first, carries with the link at three hours short a year."
        ),
        tuple(blocks),
        source_line(results, "adequacy"),
    )
    return (page,)


def _headline(whole: Row, credits: list[Row]) -> str:
    text = say(
        "Load is lost in {hours} h of an average year with failures, {energy} in all",
        hours=number(float(whole["lole_h"]), "time_fine_h"),
        energy=show(float(whole["eens_mwh"]), "energy_mwh"),
    )
    if not credits:
        return text
    best = credits[0]
    return text + say(
        "; in {place} the link is worth {power} of firm power",
        place=_place(best),
        power=show(float(best["credit_mw"]), "power_mw"),
    )


def _bars(credits: list[Row]) -> RankedBars:
    labels = tuple(
        f"{number(float(row['credit_mw']), 'power_mw')}{JOIN}±{JOIN}{number(float(row['credit_error_mw']), 'power_mw')}"
        for row in credits
    )
    names = tuple(_place(row) for row in credits)
    return RankedBars(
        caption="Capacity credit of the link by area, with its 95 % interval",
        alt=say(
            "Bars of capacity credit in MW: {rows}.",
            rows="; ".join(f"{name} {label}" for name, label in zip(names, labels, strict=True)),
        ),
        width_mm=FULL_MM,
        height_mm=14.0 + 8.0 * len(credits),
        names=names,
        layers=(Layer("credit", palette.ACCENT, tuple(float(row["credit_mw"]) / 1e3 for row in credits)),),
        axis=Axis("Capacity credit", "GW"),
        value_labels=labels,
    )


def _table(rows: tuple[Row, ...]) -> Table:
    columns = (
        Column("Place", width=1.6),
        Column("LOLE", "h/a", numeric=True),
        Column("EENS", "MWh/a", numeric=True),
        Column("LOLE without the link", "h/a", numeric=True),
        Column("EENS without the link", "MWh/a", numeric=True),
    )
    cells = tuple(
        (
            _place(row),
            _with_error(row, "lole", "h", "time_fine_h"),
            _with_error(row, "eens", "mwh", "energy_mwh"),
            _with_error(row, "lole_without", "h", "time_fine_h"),
            _with_error(row, "eens_without", "mwh", "energy_mwh"),
        )
        for row in rows
    )
    countries = tuple(k for k, row in enumerate(rows) if row["kind"] == "country")
    note = "LOLE: hours in which any load is lost. EENS: energy not served. ± is half of a 95 % interval."
    return Table("Loss of load by country and area", columns, cells, note=note, strong_rows=countries, small=True)


def _with_error(row: Row, name: str, unit: str, quantity: str) -> str:
    value, error = row.get(f"{name}_{unit}"), row.get(f"{name}_error_{unit}")
    if value is None or error is None:
        return NOT_APPLICABLE
    return f"{number(float(value), quantity)}{JOIN}±{JOIN}{number(float(error), quantity)}"


def _place(row: Row) -> str:
    if row["place"] == EVERYWHERE:
        return say("All together")
    return country_name(str(row["place"])) if row["kind"] == "country" else str(row["place"])
