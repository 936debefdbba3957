"""What would change the answer: switching values, and how far each input moves the result."""

from __future__ import annotations

from typing import Any

from reports.charts import FULL_MM, Axis, Tornado
from reports.content import Block, Column, Page, Table
from reports.numbers import NOT_APPLICABLE, money, number, show, significant
from reports.results import Results, Row
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
        even, where = _amount(row["value"], row["unit"]), _words(row["input"]).removeprefix("price, ")
        return f"The chain breaks even at a price of {even} in {where}, all else central; here it is {now}"
    if tornado:
        low, high = (money(float(tornado[0][end]), signed=True) for end in ENDS)
        return f"{_words(tornado[0]['input'])} moves NPV most: {low} to {high}"
    return "Values at which the chain breaks even"


CLEARER = {"charge": "contract charge"}
"""Names of inputs that say too little on a page of charges."""


def _words(name: Any) -> str:
    text = str(name).replace("_", " ")
    return CLEARER.get(text, text)


def _amount(value: Any, unit: Any) -> str:
    if value is None:
        return NOT_APPLICABLE
    if unit == "USD/MWh":
        return show(float(value), PRICE)
    if unit == "factor":
        return f"×{significant(float(value))}"
    if unit == "USD real":
        return money(float(value))
    if unit in ("per year", "fraction"):
        return show(float(value), "share_fine_frac") + ("/a" if unit == "per year" else "")
    return f"{significant(float(value), 2)}\u00a0{unit}".rstrip()


def _tornado_chart(rows: list[Row]) -> Tornado:
    shown = rows[:INPUTS_MAX]
    names = tuple(_words(row["input"]) for row in shown)
    low, high = (tuple(float(row[end]) for row in shown) for end in ENDS)
    central = float(shown[0]["npv_central_usd_nominal"])
    return Tornado(
        caption="NPV before financing with one input at its low or high end; bar ends carry the input's value",
        alt=f"Tornado. NPV in M USD nominal around {money(central, signed=True)}. Most: {names[0]}, "
        f"{money(low[0], signed=True)} to {money(high[0], signed=True)}. {len(names)} inputs. Data: the table below.",
        width_mm=FULL_MM,
        height_mm=20.0 + 7.0 * len(names),
        names=names,
        low=tuple(value / 1e6 for value in low),
        high=tuple(value / 1e6 for value in high),
        low_labels=tuple(_amount(row["low"], row["unit"]) for row in shown),
        high_labels=tuple(_amount(row["high"], row["unit"]) for row in shown),
        central=central / 1e6,
        axis=Axis("NPV before financing", "M USD nominal"),
    )


def _tornado_table(rows: list[Row]) -> Table:
    cells = tuple(
        (
            _words(row["input"]),
            _amount(row["low"], row["unit"]),
            _amount(row["high"], row["unit"]),
            *(number(float(row[end]) / 1e6, "money_musd", signed=True) for end in ENDS),
            *(number(_maybe(row.get(f"required_charge_{end}_usd_per_mwh")), PRICE) for end in ("low", "high")),
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
    )
    mix = rows[0].get("mix")
    note = "NPV before financing, nominal, at the contract charge. Required: charge" + (
        f" required by {mix}." if mix else "."
    )
    return Table("One input at its ends", columns, cells, note=note, small=True)


def _maybe(value: Any) -> float | None:
    return None if value is None else float(value)


def _switching_table(rows: tuple[Row, ...]) -> Table:
    cells = tuple((_words(row["input"]), _amount(row["value"], row["unit"])) for row in rows)
    columns = (Column("Input", width=2), Column("Value at which the chain breaks even", width=2))
    note = "Cables paid for at the charges of the chain of prices. A negative cost means: not even at nothing."
    return Table("Switching values", columns, cells, note=note, small=True)
