"""What the chain can pay against what a mix requires, by cable size and price level."""

from __future__ import annotations

from collections.abc import Sequence

from reports.charts import FULL_MM
from reports.content import Column, Page, Table
from reports.language import say, word
from reports.money_charts import Cell, Matrix
from reports.numbers import money, number, show, significant
from reports.results import Results, Row
from reports.sections.choice import maybe, size_name
from reports.sections.source_line import source_line

PRICE, SHARE = "price_usd_per_mwh", "share_frac"
NAMED_MAX = 3
CLASS_WORDS = ("below zero", "under half of what is required", "under what is required", "enough", "a quarter more")


def price_levels(results: Results) -> tuple[Page, ...]:
    """Affordable against required by size and price level, over the best outlet of each."""
    rows = results.static.get("price_levels", ())
    if not rows or not results.mixes:
        return ()
    outlets = tuple(dict.fromkeys(str(row["outlet"]) for row in rows))
    own = next(str(row["outlet"]) for row in rows if row["own_outlet"])
    best = max((row for row in rows if row["price_level_ratio"] == 1.0), key=_affordable)["outlet"]
    shown = tuple(dict.fromkeys((own, str(best), *outlets)))[:2]
    enough = [row for row in rows if row["required_charge_usd_per_mwh"] is not None and _rank(row) >= 3]
    page = Page(
        "Affordable against required, by size and price",
        _price_headline(rows, enough),
        say(
            "Charge that is left for the cable when every market's price at the end of a chain is scaled, all else "
            "central, against the charge that {mix} requires at that size.",
            mix=rows[0]["mix"],
        ),
        (*(_price_matrix(rows, outlet) for outlet in shown), _price_table(rows)),
        source_line(results, "price_levels"),
    )
    return (page,)


def _affordable(row: Row) -> float:
    return float(row["affordable_charge_usd_per_mwh"])


def _required(row: Row) -> float:
    return float(row["required_charge_usd_per_mwh"])


def _price_headline(rows: Sequence[Row], enough: Sequence[Row]) -> str:
    if not enough:
        top = max(float(row["price_level_ratio"]) for row in rows)
        return say(
            "At no size and no price up to {top} times this run's can a chain pay what is required",
            top=significant(top),
        )
    least = min(float(row["price_level_ratio"]) for row in enough)
    first = sorted(
        (row for row in enough if float(row["price_level_ratio"]) == least),
        key=lambda row: _required(row) - _affordable(row),
    )
    return say(
        "Only from {level} times this run's price on does a chain pay what is required: {pairs}",
        level=significant(least),
        pairs=", ".join(
            say("{size} to {outlet}", size=size_name(row), outlet=row["outlet"]) for row in first[:NAMED_MAX]
        ),
    )


def _rank(row: Row) -> int:
    """Class of the affordable charge against the required one."""
    affordable, required = _affordable(row), _required(row)
    return sum((affordable >= 0.0, affordable >= required / 2, affordable >= required, affordable >= 1.25 * required))


def _price_matrix(rows: Sequence[Row], outlet: str) -> Matrix:
    own = [row for row in rows if row["outlet"] == outlet]
    levels = sorted({float(row["price_level_ratio"]) for row in own})
    sizes = sorted({float(row["capacity_mw"]) for row in own})
    by_place = {(float(row["capacity_mw"]), float(row["price_level_ratio"])): row for row in own}
    cells = tuple(tuple(_price_cell(by_place[size, level]) for level in levels) for size in sizes)
    required = {size: by_place[size, levels[0]]["required_charge_usd_per_mwh"] for size in sizes}
    names = tuple(
        say(
            "{size}, requires {required_size}",
            size=show(size / 1e3, "fleet_gw"),
            required_size=number(maybe(required[size]), PRICE),
        )
        for size in sizes
    )
    heads = tuple(
        f"{significant(level)} x ({number(float(by_place[sizes[0], level]['price_usd_per_mwh']), PRICE)})"
        for level in levels
    )
    return Matrix(
        caption=say(
            "Charge left for the cable on the way to {outlet}, worst to best in brackets, and the further "
            "grant that closes the gap, by size (rows) and price level (columns; price in brackets); all "
            "USD/MWh",
            outlet=outlet,
        ),
        alt=say(
            "Matrix of {sizes} sizes and {levels} price levels, USD/MWh. {first} to {last}. Data: the table below.",
            sizes=len(sizes),
            levels=len(levels),
            first=cells[0][0].text.split("\n")[0],
            last=cells[-1][-1].text.split("\n")[0],
        ),
        width_mm=FULL_MM,
        height_mm=16.0 + 13.0 * len(sizes),
        rows=names,
        columns=heads,
        cells=cells,
        key=tuple(enumerate(CLASS_WORDS)),
    )


def _price_cell(row: Row) -> Cell:
    low, high = (number(float(row[f"affordable_{end}_usd_per_mwh"]), PRICE) for end in ("low", "high"))
    grant = row["extra_grant_frac"]
    closes = word("no grant closes it") if grant is None else say("grant +{share}", share=show(float(grant), SHARE))
    if grant == 0.0:
        closes = word("no more grant")
    rank = None if row["required_charge_usd_per_mwh"] is None else _rank(row)
    ends = say("({low} to {high})", low=low, high=high)
    return Cell(f"{number(_affordable(row), PRICE)}\n{ends}\n{closes}", rank)


def _price_table(rows: Sequence[Row]) -> Table:
    """Other outlets at this run's price and at the highest, by size."""
    levels = (1.0, max(float(row["price_level_ratio"]) for row in rows))
    chosen = [row for row in rows if float(row["price_level_ratio"]) in levels]
    outlets = tuple(dict.fromkeys(str(row["outlet"]) for row in rows))
    cells = []
    for outlet in outlets:
        for size in sorted({float(row["capacity_mw"]) for row in rows}):
            own = [row for row in chosen if row["outlet"] == outlet and float(row["capacity_mw"]) == size]
            by_level = {float(row["price_level_ratio"]): row for row in own}
            values = (number(_affordable(by_level[level]), PRICE) for level in levels)
            gap = by_level[1.0]
            required = maybe(gap["required_charge_usd_per_mwh"])
            short = None if required is None else _affordable(gap) - required
            grant = gap["extra_grant_usd_nominal"]
            cells.append(
                (
                    outlet,
                    show(size / 1e3, "fleet_gw"),
                    *values,
                    number(required, PRICE),
                    number(short, PRICE, signed=True),
                    "none suffices" if grant is None else money(float(grant)),
                )
            )
    columns = (
        Column("Outlet", width=1.1),
        Column("Size", width=0.6),
        Column("Left at this price", "USD/MWh", True, 0.9),
        Column(say("at {level} times it", level=significant(levels[1])), "USD/MWh", True, 0.9),
        Column("Required", "USD/MWh", True, 0.8),
        Column("Left over at this price", "USD/MWh", True, 0.9),
        Column("Grant that closes the gap", width=1.1),
    )
    return Table("Every outlet, by size", columns, tuple(cells), small=True)
