"""Works on land: what each size of the cable asks of the networks at its ends."""

from __future__ import annotations

from itertools import pairwise

from reports.charts import FULL_MM, Axis
from reports.content import Block, Column, Page, Table, Text
from reports.language import say, word
from reports.numbers import NOT_APPLICABLE, money, number, show
from reports.panel_charts import CostSteps
from reports.results import Results, Row, place_name
from reports.sections.source_line import source_line


def packages(results: Results) -> tuple[Page, ...]:
    """Only of a run with a link whose packages are known."""
    rows = sorted(results.static.get("packages", ()), key=lambda row: float(row["option_mw"]))
    if not rows or results.project_link is None:
        return ()
    blocks: list[Block] = [_chart(results, rows), _table(rows)]
    elements = results.static.get("reinforcements", ())
    if elements:
        blocks.append(_elements(elements))
    blocks.append(
        Text(
            ("Between two sizes the next larger package applies. Costs are real, of the price base year; low and high "
             "add the elements' own ranges.",),
            voice="note",
        )
    )  # fmt: skip
    page = Page(
        "Works on land",
        _headline(rows),
        say("Lines, transformers and bays that the size of the Caspian link asks for, scope {scope}.",
            scope=word(str(rows[0]["scope"]))),
        tuple(blocks),
        source_line(results, "packages, reinforcements, reinforcement_costs"),
    )  # fmt: skip
    return (page,)


def _headline(rows: list[Row]) -> str:
    """The steepest step between two sizes."""
    steps = [
        (
            (float(after["central_usd_real"]) - float(before["central_usd_real"]))
            / (float(after["option_mw"]) - float(before["option_mw"])),
            before,
            after,
        )
        for before, after in pairwise(rows)
    ]
    if not steps or max(step[0] for step in steps) <= 0:
        amount = money(float(rows[-1]["central_usd_real"]))
        return say("Works on land cost {amount} up to {size}", amount=amount, size=_size(rows[-1]))
    usd_per_mw, before, after = max(steps, key=lambda step: step[0])
    return say(
        "From {start} to {end} each further GW asks for {amount} on land; {first} asks for {cost}",
        start=_size(before),
        end=_size(after),
        amount=money(usd_per_mw * 1e3),
        first=_size(before),
        cost=money(float(before["central_usd_real"])),
    )


def _size(row: Row) -> str:
    return show(float(row["option_mw"]) / 1e3, "power_gw")


def _chart(results: Results, rows: list[Row]) -> CostSteps:
    link = results.project_link
    assert link is not None
    low, central, high = (
        tuple(float(row[f"{end}_usd_real"]) / 1e6 for row in rows) for end in ("low", "central", "high")
    )
    spoken = "; ".join(f"{_size(row)} {money(float(row['central_usd_real']))}" for row in rows)
    here = float(link["capacity_mw"]) / 1e3
    return CostSteps(
        caption="Cost of the works on land over the size of the cable; band: low to high; dotted: this case",
        alt=say("Step chart. Size of the cable in GW, cost in M USD. {spoken}. Data: the table below.", spoken=spoken),
        width_mm=FULL_MM,
        height_mm=76.0,
        sizes=tuple(float(row["option_mw"]) / 1e3 for row in rows),
        low=low,
        central=central,
        high=high,
        value_labels=tuple(money(value * 1e6) for value in central),
        chosen=here if here <= float(rows[-1]["option_mw"]) / 1e3 else None,
        axis=Axis("Works on land", "M USD real"),
        size_axis=Axis("Size of the cable", "GW"),
    )


def _table(rows: list[Row]) -> Table:
    columns = (
        Column("Cable up to", width=1),
        Column("Lines", "circuit km", True),
        Column("Transformers", "units", True),
        Column("Low", "M USD", True),
        Column("Central", "M USD", True),
        Column("High", "M USD", True),
        Column("Grade"),
    )
    cells = tuple(
        (
            _size(row),
            number(float(row["lines_km"]), "length_km"),
            number(float(row["transformers"]), "count"),
            *(number(float(row[f"{end}_usd_real"]) / 1e6, "money_musd") for end in ("low", "central", "high")),
            str(row["confidence"] or NOT_APPLICABLE),
        )
        for row in rows
    )
    return Table("Package by size of the cable", columns, cells, small=True)


def _elements(elements: tuple[Row, ...]) -> Table:
    """What this case builds, element by element."""
    columns = (Column("Element of this case", width=1.5), Column("Amount", width=0.8), Column("Why", width=2.4))
    cells = tuple((_name(row), _amount(row), str(row["why"])) for row in elements)
    return Table("What this case builds on land, and why", columns, cells, small=True)


def _name(row: Row) -> str:
    ends = list(dict.fromkeys(place_name(str(row[f"{end}_substation"])) for end in ("from", "to")))
    return f"{word(str(row['element']))} {word(' to ').join(ends)}, {show(float(row['voltage_kv']), 'voltage_kv')}"


def _amount(row: Row) -> str:
    count = number(float(row["circuits"]), "count")
    length = float(row["length_km"])
    if length:
        return f"{count} \u00d7 {show(length, 'length_km')}"
    return say("1 unit") if count == "1" else say("{count} units", count=count)
