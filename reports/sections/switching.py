"""What would change the answer: switching values, and how far each input moves the result."""

from __future__ import annotations

from typing import Any

from reports.charts import FULL_MM, Axis, Tornado
from reports.content import Block, Column, Page, Table
from reports.language import say
from reports.numbers import NOT_APPLICABLE, money, number, show
from reports.results import Results, Row
from reports.sections.inputs_named import input_amount, input_name
from reports.sections.source_line import source_line

PRICE = "price_usd_per_mwh"
INPUTS_MAX = 10
ENDS = ("npv_low_usd_nominal", "npv_high_usd_nominal")


def what_would_change(results: Results) -> tuple[Page, ...]:
    """Only of a financed whole year, and only what the run holds tables of."""
    if not results.mixes:
        return ()
    tornado = _ranked(results.static.get("tornado", ()))
    switching = results.static.get("switching", ())
    blocks: list[Block] = []
    if tornado:
        blocks += [_tornado_chart(tornado), _tornado_table(tornado)]
    if switching:
        blocks.append(_switching_table(switching))
    if not blocks:
        return ()
    page = Page(
        "What would change the answer",
        _headline(results, switching, tornado),
        "One input at a time, all else central; ends are plausible bounds, not percentiles.",
        tuple(blocks),
        source_line(results, "tornado, switching"),
    )
    return (page,)


def _ranked(rows: tuple[Row, ...]) -> list[Row]:
    return sorted(rows, key=lambda row: (-abs(float(row[ENDS[1]]) - float(row[ENDS[0]])), str(row["input"])))


def _headline(results: Results, switching: tuple[Row, ...], tornado: list[Row]) -> str:
    """The switching price where there is one, else the weightiest input."""
    steps = results.static.get("netback", ())
    if switching and steps:
        row = switching[0]
        now = show(float(steps[0]["paid_central"]), PRICE)
        even, where = input_amount(row["value"], row["unit"]), input_name(row["input"]).removeprefix("price, ")
        return say(
            "The chain breaks even at a price of {even} in {where}, all else central; here it is {now}",
            even=even,
            where=where,
            now=now,
        )
    if tornado:
        low, high = (money(float(tornado[0][end]), signed=True) for end in ENDS)
        return say("{input} moves NPV most: {low} to {high}", input=input_name(tornado[0]["input"]), low=low, high=high)
    return "Values at which the chain breaks even"


def _tornado_chart(rows: list[Row]) -> Tornado:
    shown = rows[:INPUTS_MAX]
    names = tuple(input_name(row["input"]) for row in shown)
    low, high = (tuple(float(row[end]) for row in shown) for end in ENDS)
    central = float(shown[0]["npv_central_usd_nominal"])
    return Tornado(
        caption="NPV before financing with one input at its low or high end; bar ends carry the input's value",
        alt=say(
            "Tornado. NPV in M USD nominal around {central}. Most: {names}, {low} to {high}. {names_2} inputs. "
            "Data: the table below.",
            central=money(central, signed=True),
            names=names[0],
            low=money(low[0], signed=True),
            high=money(high[0], signed=True),
            names_2=len(names),
        ),
        width_mm=FULL_MM,
        height_mm=20.0 + 7.0 * len(names),
        names=names,
        low=tuple(value / 1e6 for value in low),
        high=tuple(value / 1e6 for value in high),
        low_labels=tuple(input_amount(row["low"], row["unit"]) for row in shown),
        high_labels=tuple(input_amount(row["high"], row["unit"]) for row in shown),
        central=central / 1e6,
        axis=Axis("NPV before financing", "M USD nominal"),
    )


def _tornado_table(rows: list[Row]) -> Table:
    cells = tuple(
        (
            input_name(row["input"]),
            input_amount(row["low"], row["unit"]),
            input_amount(row["high"], row["unit"]),
            *(number(float(row[end]) / 1e6, "money_musd", signed=True) for end in ENDS),
            *(number(_maybe(row.get(f"required_charge_{end}_usd_per_mwh")), PRICE) for end in ("low", "high")),
            _switch(row),
        )
        for row in rows[:INPUTS_MAX]
    )
    columns = (
        Column("Input", width=1.6),
        Column("Low end", width=1),
        Column("High end", width=1),
        Column("NPV at low", "M USD", True),
        Column("NPV at high", "M USD", True),
        Column("Required at low", "USD/MWh", True),
        Column("Required at high", "USD/MWh", True),
        Column("NPV is zero at", width=1.2),
    )
    mix = rows[0].get("mix")
    note = say(
        "NPV before financing, nominal, at the contract charge. NPV is zero at: value of this input alone, looked for "
        "between nearly nothing and five times its value. Inputs of the dispatch, among them the transfer from "
        "Kazakhstan to Uzbekistan (an assumption), are not varied here: a sweep dispatches them."
    )
    if mix:
        note += " " + say("Required: charge that {mix} requires.", mix=mix)
    return Table("One input at its ends", columns, cells, note=note, small=True)


def _switch(row: Row) -> str:
    """Value of the input at which the project is worth nothing, with its distance where the input is a factor."""
    if "switching" not in row:
        return NOT_APPLICABLE
    value = row["switching"]
    if value is None:
        return "none within range" if row["npv_low_usd_nominal"] != row["npv_high_usd_nominal"] else "no effect"
    shown, central = input_amount(value, row["unit"]), row.get("central")
    if row["unit"] not in ("factor", "USD real") or not central:
        return shown
    return f"{shown} ({show(float(value) / float(central) - 1.0, 'share_frac', signed=True)})"


def _maybe(value: Any) -> float | None:
    return None if value is None else float(value)


def _switching_table(rows: tuple[Row, ...]) -> Table:
    cells = tuple((input_name(row["input"]), input_amount(row["value"], row["unit"])) for row in rows)
    columns = (Column("Input", width=2), Column("Value at which the chain breaks even", width=2))
    note = "Cables paid for at the charges of the chain of prices. A negative cost means: not even at nothing."
    return Table("Switching values", columns, cells, note=note, small=True)
