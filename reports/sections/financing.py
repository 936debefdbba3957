"""Money first: what the chain can pay against what each mix requires."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.charts import FULL_MM, Axis, Step, StepRows
from reports.content import Block, Column, Page, Table, Text
from reports.language import say
from reports.numbers import NOT_APPLICABLE, money, number, show
from reports.results import Results, Row
from reports.sections.choice import best_mix, best_outlet, own_outlet
from reports.sections.source_line import source_line
from reports.sections.sources import SourceList
from reports.sentences import mixes_differ

PRICE = "price_usd_per_mwh"
STEPS_MAX = 14
SUNK_LEAST = 0.05
"""USD/MWh by which a level must differ from that with the cables paid for to be drawn beside it."""
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
        blocks.append(Text((say("Affordable charge: not computed ({reason}).", reason=reason),)))
    elif steps:
        blocks.append(_step_chart(steps, required, float(affordable), _outlets(results)))
    if steps:
        sources = SourceList("P", (str(row["source"] or "") for row in steps), ignored=("sum of the rows above",))
        blocks += [_step_table(steps, sources), *_outlet_table(results), *sources.table("Sources of the steps")]
    page = Page(
        "Affordable against required charge",
        _charge_headline(results, affordable, best[0], dict(required)[best[0]]),
        say(
            "From the price at the end of the chain each step takes what it costs. What is left at the sending "
            "end, after the renewable power is paid, is what the link may cost per delivered MWh. Bars: the "
            "cables paid for; lines: worst and best of each input, bounds and not percentiles. Real USD of "
            "{price_base_year}. ",
            price_base_year=results.price_base_year,
        )
        + mixes_differ(required)
        + _closing(results, best[0]),
        tuple(blocks),
        source_line(results, "netback, outlets, mixes"),
    )
    return (page,)


def required_charges(results: Results) -> list[tuple[str, float]]:
    """(mix, required charge) of every mix that has one."""
    return [
        (name, float(mix["required_charge_usd_per_mwh"]))
        for name, mix in sorted(results.mixes.items())
        if mix.get("required_charge_usd_per_mwh") is not None
    ]


def _closing(results: Results, mix: str) -> str:
    """The grant that closes the gap to the chain's own outlet, or why none does."""
    row = next((row for row in results.static.get("mixes", ()) if row["mix"] == mix), None)
    if row is None or "extra_grant_frac" not in row:
        return ""
    share = row["extra_grant_frac"]
    if share is None:
        return say(" No grant closes the gap of {mix}: what is left does not pay its running cost and tax.", mix=mix)
    return say(
        " A further grant of {amount}, {share} of uses, closes the gap of {mix}.",
        amount=money(float(row["extra_grant_usd_nominal"])),
        share=show(float(share), "share_frac"),
        mix=mix,
    )


def _nothing_financed(results: Results) -> tuple[Page, ...]:
    """One honest sentence where a project was named but no charge came out; nothing where there is no project."""
    wanted = results.case.get("project", {}).get("links")
    if not results.whole_year or results.project_link is None or not wanted:
        return ()
    text = str(results.summary.get("financing_note") or "No funding mix gave a required charge.")
    return (
        Page("Financing", "Financing was not computed in this run", text, (), source_line(results, "summary.json")),
    )


def _charge_headline(results: Results, affordable: float | None, mix: str, required: float) -> str:
    needs = say("{mix} requires {required}", mix=mix, required=show(required, PRICE))
    if affordable is None:
        return say("{needs}; what the chain can pay was not computed", needs=needs)
    way, better = own_outlet(results), best_outlet(results)
    chain = say("The chain to {way}", way=way) if way else "The chain"
    other = say(", that to {better} {better_2}", better=better[0], better_2=show(better[1], PRICE)) if better else ""
    if affordable < 0:
        return say(
            "{chain} leaves nothing for the cable ({affordable}){other}; {needs}",
            chain=chain,
            affordable=show(affordable, PRICE),
            other=other,
            needs=needs,
        )
    return say(
        "{chain} leaves {affordable} for the cable{other}; {needs}",
        chain=chain,
        affordable=show(affordable, PRICE),
        other=other,
        needs=needs,
    )


def _outlets(results: Results) -> tuple[tuple[str, float], ...]:
    """(outlet, what it leaves for the link), the best first."""
    rows = results.static.get("outlets", ())
    found = [(str(row["name"]).replace("_", " "), float(row["affordable_charge_usd_per_mwh"])) for row in rows]
    return tuple(sorted(found, key=lambda item: (-item[1], item[0])))[:MIXES_MAX]


OUTLET_KEYS = (
    "worth_sunk_usd_per_mwh",
    "worth_paid_usd_per_mwh",
    "margin_sunk_usd_per_mwh",
    "margin_paid_usd_per_mwh",
    "affordable_charge_usd_per_mwh",
)


def _outlet_table(results: Results) -> tuple[Table, ...]:
    rows = results.static.get("outlets", ())
    if not rows:
        return ()
    cells = tuple(
        (str(row["name"]).replace("_", " "), *(number(_maybe(row[key]), PRICE) for key in OUTLET_KEYS)) for row in rows
    )
    heads = ("Worth, sunk", "Worth, paid", "Margin, sunk", "Margin, paid", "Affordable charge")
    columns = (Column("Outlet", width=1), *(Column(head, "USD/MWh", True) for head in heads))
    note = "Worth at the sending end before the cost of the renewable power; margin after it. Real USD, all central."
    return (Table("The end of the chain and nearer outlets", columns, cells, note=note, small=True),)


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


def _step_chart(
    rows: tuple[Row, ...],
    required: list[tuple[str, float]],
    affordable: float,
    outlets: tuple[tuple[str, float], ...],
) -> StepRows:
    shown = _shown(rows)
    steps = tuple(
        Step(
            label=str(row["step"]).lstrip("= "),
            value=float(row["paid_central"]),
            is_level=level,
            low=_maybe(row["low"]),
            high=_maybe(row["high"]),
            other=_sunk(row, level),
        )
        for row, level in shown
    )
    dots = tuple(sorted(required, key=lambda item: (item[1], item[0])))[:MIXES_MAX]
    last = steps[-1]
    return StepRows(
        caption="Price of the chain step by step, and the charge each funding mix requires. Black: worth at a place; "
        "blue: adds; red: takes; orange: worst to best, arrowheads where it reaches further; "
        "hollow: the worth with the cables sunk. Red dots: above what the "
        "chain leaves; blue dots: what each outlet leaves for the cable",
        alt=say(
            "Waterfall in USD/MWh. From {label} {value} to {last_label} {last_value}. Affordable charge "
            "{affordable}; required: ",
            label=steps[0].label,
            value=show(steps[0].value, PRICE),
            last_label=last.label,
            last_value=show(last.value, PRICE),
            affordable=show(affordable, PRICE),
        )
        + ", ".join(f"{name} {show(value, PRICE)}" for name, value in dots[:6])
        + ". Data: the table of steps.",
        width_mm=FULL_MM,
        height_mm=15.0 + 5.2 * (len(steps) + len(dots) + 1 + (len(outlets) + 1 if outlets else 0)),
        steps=steps,
        dots=dots,
        level=affordable,
        level_label="affordable",
        dots_title="Required charge by mix",
        axis=Axis("Price", "USD/MWh"),
        outlets=outlets,
        outlets_title="Left for the cable by outlet",
    )


def _sunk(row: Row, level: bool) -> float | None:
    """The level with the cables sunk, where it is another."""
    sunk = _maybe(row.get("sunk_central"))
    return sunk if level and sunk is not None and abs(sunk - float(row["paid_central"])) > SUNK_LEAST else None


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
        "Worst and best: every input at its bound, cables paid; where the worth is negative, losses lessen it.",
        strong_rows=tuple(strong),
        small=True,
    )


def reason_of(mix: Mapping[str, Any], key: str) -> str:
    """Why a measure is missing."""
    return str((mix.get("reasons") or {}).get(key) or "no reason given")
