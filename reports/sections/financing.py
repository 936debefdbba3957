"""Money first: what the chain can pay against what each mix requires, and what the project costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.charts import FULL_MM, Axis, RangeBars, Step, StepRows
from reports.content import Block, Column, Page, Table, Text
from reports.numbers import NOT_APPLICABLE, money, number, show
from reports.results import Results, Row, link_name
from reports.sections.cover import best_mix, source_line
from reports.sections.sources import SourceList
from reports.sentences import mixes_differ

PRICE = "price_usd_per_mwh"
STEPS_MAX = 14
MIXES_MAX = 10


def charge(results: Results) -> tuple[Page, ...]:
    """The headline page of the money: netback beside the required charge of each mix."""
    best = best_mix(results)
    if not results.mixes or best is None:
        return _nothing_financed(results)
    steps = results.static.get("netback", ())
    affordable = best[1].get("affordable_charge_usd_per_mwh")
    required = required_charges(results)
    blocks: list[Block] = []
    if affordable is None:
        reason = reason_of(best[1], "affordable_charge_usd_per_mwh")
        blocks.append(Text((f"Affordable charge: not computed ({reason}).",)))
    elif steps:
        blocks.append(_step_chart(steps, required, float(affordable)))
    if steps:
        sources = SourceList("P", (str(row["source"] or "") for row in steps), ignored=("sum of the rows above",))
        blocks += [_step_table(steps, sources), *sources.table("Sources of the steps")]
    page = Page(
        "Affordable against required charge",
        _charge_headline(affordable, best[0], dict(required)[best[0]]),
        "From the price at the end of the chain each step takes what it costs. What is left at the sending end, after "
        "the renewable power is paid, is what the link may cost per delivered MWh. Bars: the cables paid for; lines: "
        f"worst and best of each input, bounds and not percentiles. Real USD of {results.price_base_year}. "
        + mixes_differ(required),
        tuple(blocks),
        source_line(results, "netback, mixes"),
    )
    return (page,)


def required_charges(results: Results) -> list[tuple[str, float]]:
    """(mix, required charge) of every mix that has one."""
    return [
        (name, float(mix["required_charge_usd_per_mwh"]))
        for name, mix in sorted(results.mixes.items())
        if mix.get("required_charge_usd_per_mwh") is not None
    ]


def _nothing_financed(results: Results) -> tuple[Page, ...]:
    """One honest sentence where a project was named but no charge came out; nothing where there is no project."""
    wanted = results.case.get("project", {}).get("links")
    if not results.whole_year or results.project_link is None or not wanted:
        return ()
    text = str(results.summary.get("financing_note") or "No funding mix gave a required charge.")
    return (
        Page("Financing", "Financing was not computed in this run", text, (), source_line(results, "summary.json")),
    )


def _charge_headline(affordable: float | None, mix: str, required: float) -> str:
    needs = f"{mix} requires {show(required, PRICE)}"
    if affordable is None:
        return f"{needs}; what the chain can pay was not computed"
    if affordable < 0:
        return f"The chain leaves nothing for the cable ({show(affordable, PRICE)}); {needs}"
    return f"The chain can afford {show(affordable, PRICE)} for the cable; {needs}"


def is_level(step: Row, position: int) -> bool:
    """The price that the chain starts from and the running worths, marked "="."""
    return position == 0 or str(step["step"]).startswith("=")


def _shown(rows: tuple[Row, ...]) -> list[tuple[Row, bool]]:
    """Steps that move, with their levels; where there are many, of the levels only the first two and the last two."""
    marked = [(row, is_level(row, position)) for position, row in enumerate(rows)]
    moving = [(row, level) for row, level in marked if level or _moves(row)]
    if len(moving) <= STEPS_MAX:
        return moving
    levels = [row for row, level in moving if level]
    kept = [*levels[:2], *levels[-2:]]
    return [(row, level) for row, level in moving if not level or any(row is one for one in kept)]


def _moves(step: Row) -> bool:
    return any(float(step[key] or 0.0) for key in ("paid_central", "low", "high"))


def _step_chart(rows: tuple[Row, ...], required: list[tuple[str, float]], affordable: float) -> StepRows:
    shown = _shown(rows)
    steps = tuple(
        Step(
            label=str(row["step"]).lstrip("= "),
            value=float(row["paid_central"]),
            is_level=level,
            low=_maybe(row["low"]),
            high=_maybe(row["high"]),
        )
        for row, level in shown
    )
    dots = tuple(sorted(required, key=lambda item: (item[1], item[0])))[:MIXES_MAX]
    last = steps[-1]
    return StepRows(
        caption="Price of the chain step by step, and the charge each funding mix requires. Black: worth at a place; "
        "blue: adds; red: takes; orange: worst to best, cut at the edge. Red dots lie above what is affordable",
        alt=f"Waterfall in USD/MWh. From {steps[0].label} {show(steps[0].value, PRICE)} to {last.label} "
        f"{show(last.value, PRICE)}. Affordable charge {show(affordable, PRICE)}; required: "
        + ", ".join(f"{name} {show(value, PRICE)}" for name, value in dots[:6])
        + ". Data: the table of steps.",
        width_mm=FULL_MM,
        height_mm=15.0 + 5.2 * (len(steps) + len(dots) + 1),
        steps=steps,
        dots=dots,
        level=affordable,
        level_label="affordable",
        dots_title="Required charge by mix",
        axis=Axis("Price", "USD/MWh"),
    )


def _maybe(value: Any) -> float | None:
    return None if value is None else float(value)


def _step_table(rows: tuple[Row, ...], sources: SourceList) -> Table:
    keys = ("sunk_central", "paid_central", "low", "high")
    cells, strong = [], []
    for position, row in enumerate(rows):
        level = is_level(row, position)
        if level:
            strong.append(position)
        amounts = (number(_maybe(row[key]), PRICE, signed=not level) for key in keys)
        grade, source = str(row["confidence"] or NOT_APPLICABLE), sources.number(str(row["source"] or ""))
        cells.append((str(row["step"]).lstrip("= "), *amounts, grade, source))
    unit = str(rows[0]["unit"])
    columns = (
        Column("Step", width=1),
        Column("Cables sunk", unit, True),
        Column("Cables paid", unit, True),
        Column("Worst", unit, True),
        Column("Best", unit, True),
        Column("Grade"),
        Column("Source"),
    )
    return Table(
        "The chain of prices",
        columns,
        tuple(cells),
        note="Sunk: the cables stand and are not charged (worth using?). Paid: they are charged (worth building?). "
        "Worst and best: every input at its bound, cables paid.",
        strong_rows=tuple(strong),
        small=True,
    )


def reason_of(mix: Mapping[str, Any], key: str) -> str:
    """Why a measure is missing."""
    return str((mix.get("reasons") or {}).get(key) or "no reason given")


def costs(results: Results) -> tuple[Page, ...]:
    """What the project costs, part by part, with ranges."""
    items = results.static.get("capex", ())
    if not items or not results.mixes:
        return ()
    parts = sorted(items, key=lambda item: (-float(item["central_usd_real"]), str(item["name"])))
    central, low, high = (sum(float(part[key]) for part in parts) for key in COST_KEYS)
    link = results.project_link
    what = f"The {link_name(str(link['name']))}" if link else "The project"
    share = float(parts[0]["central_usd_real"]) / central if central else 0.0
    page = Page(
        "Project costs",
        f"{what} costs {money(central)} (range {money(low)} to {money(high)}); "
        f"{show(share, 'share_frac')} of it is {_part_name(parts[0])}",
        f"Real USD of {results.price_base_year}, before interest during construction, fees and inflation. The official "
        "cost is not published: every part is an estimate with its grade (A: primary source, D: no anchor).",
        (_cost_chart(results, parts), _cost_table(results, parts)),
        source_line(results, "capex"),
    )
    return (page,)


COST_KEYS = ("central_usd_real", "low_usd_real", "high_usd_real")


def _part_name(part: Row) -> str:
    return str(part["name"]).replace("_", " ")


def _cost_chart(results: Results, parts: list[Row]) -> RangeBars:
    columns = [[float(part[key]) for part in parts] for key in COST_KEYS]
    central, low, high = ([*column, sum(column)] for column in columns)
    return RangeBars(
        caption=f"Parts of the investment with low and high, real USD of {results.price_base_year}; the total's range "
        "takes all parts low, or all high, together",
        alt=f"Bars with ranges in M USD. Total {money(central[-1])}, low {money(low[-1])}, high {money(high[-1])}; "
        f"largest part {_part_name(parts[0])} {money(central[0])}. Data: the table below.",
        width_mm=FULL_MM,
        height_mm=22.0 + 6.5 * (len(parts) + 1),
        names=(*(_part_name(part) for part in parts), "total"),
        central=tuple(value / 1e6 for value in central),
        low=tuple(value / 1e6 for value in low),
        high=tuple(value / 1e6 for value in high),
        axis=Axis("Investment", f"M USD, real {results.price_base_year}"),
        value_labels=tuple(money(value) for value in central),
        total_from=len(parts),
    )


def _cost_table(results: Results, parts: list[Row]) -> Table:
    rows = [
        (
            _part_name(part),
            str(part["country"]),
            *(number(float(part[key]) / 1e6, "money_musd") for key in COST_KEYS),
            str(part["confidence"]),
            str(part["source"]),
        )
        for part in parts
    ]
    sums = (number(sum(float(part[key]) for part in parts) / 1e6, "money_musd") for key in COST_KEYS)
    rows.append(("total", NOT_APPLICABLE, *sums, NOT_APPLICABLE, "sum of the parts"))
    columns = (
        Column("Part", width=1),
        Column("Where"),
        Column("Central", "M USD", True),
        Column("Low", "M USD", True),
        Column("High", "M USD", True),
        Column("Grade"),
        Column("Source", width=2),
    )
    note = f"Real USD of {results.price_base_year}. Totals are rounded sums; parts may not add."
    return Table("Project costs by part", columns, tuple(rows), note=note, strong_rows=(len(rows) - 1,), small=True)
