"""Owners of wind and sun: what they capture, with and without the link where that was compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.content import Column, Page, Table, Text
from reports.language import say
from reports.numbers import NOT_APPLICABLE, number, show
from reports.results import Results, Row
from reports.sections.choice import maybe
from reports.sections.source_line import source_line

PRICE, SHARE = "price_usd_per_mwh", "share_fine_frac"
HOW = "greengrid benefits WITH WITHOUT --keep"
DEVELOPERS_MAX = 14
WAYS = ("without", "with")
PLANT_COLUMNS = (Column("Zone", width=1), Column("Plant", width=1), Column("Capacity", "MW", True, 0.8))
FLOOR_COLUMNS = (Column("Floor", "USD/MWh", True, 0.7), Column("Grade"))


def compared_developers(results: Results) -> tuple[Page, ...]:
    rows = _largest(results.static.get("benefits_developers", ()))
    if not rows:
        return ()
    best = max(rows, key=lambda row: float(row["without_curtailed_frac"]) - float(row["with_curtailed_frac"]))
    headline = say(
        "{zone}, {kind}: the link takes curtailment from {before} to {after}, the captured price from {low} to {high}",
        zone=best["zone"],
        kind=_kind(best),
        before=show(float(best["without_curtailed_frac"]), SHARE),
        after=show(float(best["with_curtailed_frac"]), SHARE),
        low=number(maybe(best["without_capture_price_usd_per_mwh"]), PRICE),
        high=show(maybe(best["with_capture_price_usd_per_mwh"]), PRICE),
    )
    page = Page(
        "The developers' side",
        headline,
        "Owners of wind and sun at nodal prices, without and with the link; zones where neither price nor curtailment "
        "moves are left out. The floor is the even real price that earns the return that investors ask for.",
        (_pair_table(rows),),
        source_line(results, "benefits_developers"),
        follows=True,
    )
    return (page,)


def _largest(rows: Sequence[Row]) -> list[Row]:
    kept = sorted(rows, key=lambda row: -float(row["capacity_mw"]))[:DEVELOPERS_MAX]
    return sorted(kept, key=lambda row: (str(row["zone"]), str(row["technology"])))


def _pair_table(rows: Sequence[Row]) -> Table:
    cells = tuple(
        (
            *_plant_cells(row),
            *(number(maybe(row[f"{way}_curtailed_frac"]), SHARE) for way in WAYS),
            *(number(maybe(row[f"{way}_capture_price_usd_per_mwh"]), PRICE) for way in WAYS),
            *(_return(row[f"{way}_irr_real_pa"]) for way in WAYS),
            *_floor_cells(row),
        )
        for row in rows
    )
    columns = (
        *PLANT_COLUMNS,
        Column("Curtailed without", "%", True, 0.8),
        Column("with", "%", True, 0.6),
        Column("Captured without", "USD/MWh", True, 0.8),
        Column("with", "USD/MWh", True, 0.7),
        Column("Return without", "% real", True, 0.8),
        Column("with", "% real", True, 0.8),
        *FLOOR_COLUMNS,
    )
    note = "Return before tax at the captured price every year; none: below -50 %. Grade: of the plants' costs."
    return Table("Wind and sun with and without the link", columns, cells, note=note, small=True)


def _plant_cells(row: Row) -> tuple[str, ...]:
    return str(row["zone"]), _kind(row), number(float(row["capacity_mw"]), "power_mw")


def _floor_cells(row: Row) -> tuple[str, ...]:
    return number(maybe(row["floor_price_usd_per_mwh"]), PRICE), str(row["confidence"] or NOT_APPLICABLE)


def _kind(row: Row) -> str:
    return str(row["technology"]).replace("_", " ")


def _return(value: Any) -> str:
    return "none" if value is None else number(float(value), "irr_pa")


def own_developers(results: Results) -> tuple[Page, ...]:
    """The plants of this run alone, with what the comparison needs."""
    groups = results.static.get("developers", ())
    if not groups or not results.mixes:
        return ()
    headline = say(
        "{count} of {all} groups of wind and solar plants capture less than the price that investors ask for",
        count=sum(map(_short_of_floor, groups)),
        all=len(groups),
    )
    page = Page(
        "The developers' side",
        headline,
        "Owners of wind and sun at nodal prices of this run. The floor is the even real price that earns the return "
        "that investors ask for.",
        (
            _own_table(_largest(groups), len(groups)),
            Text(
                (
                    say(
                        "What the link changes for them, and who gains and pays, needs the same case without it: "
                        "{how}.",
                        how=HOW,
                    ),
                ),
                voice="note",
            ),
        ),
        source_line(results, "developers"),
    )
    return (page,)


def _own_table(rows: Sequence[Row], of: int) -> Table:
    cells = tuple(
        (
            *_plant_cells(row),
            number(maybe(row["curtailed_frac"]), SHARE),
            number(maybe(row["capture_price_usd_per_mwh"]), PRICE),
            _return(row["irr_real_pa"]),
            *_floor_cells(row),
        )
        for row in rows
    )
    columns = (
        *PLANT_COLUMNS,
        Column("Curtailed", "%", True, 0.8),
        Column("Captured", "USD/MWh", True, 0.8),
        Column("Return", "% real", True, 0.8),
        *FLOOR_COLUMNS,
    )
    note = say("The {count} largest of {all} groups.", count=len(rows), all=of) if len(rows) < of else ""
    return Table("Wind and sun in this run", columns, cells, note=note, small=True)


def _short_of_floor(row: Row) -> bool:
    captured, floor = row["capture_price_usd_per_mwh"], row["floor_price_usd_per_mwh"]
    return None not in (captured, floor) and float(captured) < float(floor)
