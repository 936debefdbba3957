"""The ten inputs that weigh most: of prices and costs by how far they reach, then the least certain."""

from __future__ import annotations

from dataclasses import dataclass

from reports.content import Column, Table
from reports.language import say, word
from reports.numbers import JOIN, NOT_APPLICABLE, money, show
from reports.results import Results, Row
from reports.sections.assumptions import CHOICE, input_range, input_value, with_range

SHOWN_MAX = 10
OF_PRICES_MAX, OF_COSTS_MAX = 5, 4
SOURCE_LETTERS, NAME_LETTERS = 72, 44
PRICE = "price_usd_per_mwh"


@dataclass(frozen=True, slots=True)
class Weighty:
    name: str
    value: str
    range_text: str
    grade: str
    source: str


def weightiest_inputs(results: Results) -> tuple[Table, ...]:
    """At most ten rows; nothing where a run holds no inputs."""
    found = [*_of_prices(results)[:OF_PRICES_MAX], *_of_costs(results)[:OF_COSTS_MAX]]
    found += _uncertain(results)
    rows = tuple(_cells(item) for item in found[:SHOWN_MAX])
    if not rows:
        return ()
    columns = (
        Column("Input", width=1.7),
        Column("Value", width=1),
        Column("Range", width=1.25),
        Column("Grade"),
        Column("Source", width=2.6),
    )
    return (Table("The weightiest inputs", columns, rows, small=True),)


def _cells(item: Weighty) -> tuple[str, ...]:
    return (
        _clipped(item.name, NAME_LETTERS),
        item.value,
        item.range_text,
        item.grade or NOT_APPLICABLE,
        _clipped(item.source, SOURCE_LETTERS),
    )


def _clipped(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "\u2026"


def _of_prices(results: Results) -> list[Weighty]:
    """Steps of the chain of prices, the widest first."""
    if not results.mixes:
        return []
    steps = [row for row in results.static.get("netback", ()) if not str(row["step"]).startswith("=")]
    ranked = sorted(steps, key=lambda row: (-abs(float(row["high"]) - float(row["low"])), str(row["step"])))
    return [
        Weighty(
            word(str(row["step"])),
            show(float(row["paid_central"]), PRICE),
            _reach(show(float(row["low"]), PRICE), show(float(row["high"]), PRICE)),
            str(row["confidence"] or ""),
            str(row["source"] or ""),
        )
        for row in ranked
    ]


def _of_costs(results: Results) -> list[Weighty]:
    """Parts of the project's cost, the widest first."""
    if not results.mixes:
        return []
    parts = results.static.get("capex", ())
    ranked = sorted(parts, key=lambda row: (float(row["low_usd_real"]) - float(row["high_usd_real"]), str(row["name"])))
    return [
        Weighty(
            say("cost: {part}", part=word(str(row["name"]))),
            money(float(row["central_usd_real"])),
            _reach(money(float(row["low_usd_real"])), money(float(row["high_usd_real"]))),
            str(row["confidence"] or ""),
            str(row["source"] or ""),
        )
        for row in ranked
    ]


def _reach(low: str, high: str) -> str:
    return say("{low} to {high}", low=low, high=high)


def _uncertain(results: Results) -> list[Weighty]:
    """Of the other inputs: the user's own, network limits without evidence, those with a range, the least certain."""
    rows = [with_range(row) for row in results.static.get("assumptions", ()) if row["group"] not in ("capex", "case")]
    rows = [row for row in rows if row["source"] != CHOICE or row["origin"] == "yours"]

    def weight(position: int) -> tuple[bool, bool, bool, bool, int]:
        row = rows[position]
        return (
            row["origin"] != "yours",
            row["group"] != "limit" or row["confidence"] != "D",
            row["low"] is None,
            row["confidence"] != "D",
            position,
        )

    return [_of_row(rows[position]) for position in sorted(range(len(rows)), key=weight)]


def _of_row(row: Row) -> Weighty:
    unit = word(str(row["unit"] or ""))
    value = JOIN.join(part for part in (input_value(row["value"], unit), unit) if part)
    name = f"{word(str(row['group']))}: {row['name']}" if row["group"] else str(row["name"])
    return Weighty(name, value, input_range(row), str(row["confidence"] or ""), str(row["source"] or ""))
