"""What must be raised and what for, year by year; where the revenue comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from reports import palette
from reports.charts import FULL_MM, Axis, Layer, YearColumns
from reports.content import Block, Column, Page, Table
from reports.language import say
from reports.money_charts import FacingBars, Part
from reports.numbers import NOT_APPLICABLE, money, number, show
from reports.results import Results, Row
from reports.sections.choice import best_mix
from reports.sections.source_line import source_line
from reports.sections.sources import SourceList
from reports.sections.yearly import of_mix, series

MONEY = "money_musd"
USES: tuple[tuple[str, str, str], ...] = (
    ("capex", "investment", palette.MUTED),
    ("interest_during_construction", "interest during construction", palette.WARNING_FILL),
    ("financing_fees", "fees", palette.BORDER),
    ("reserve_first_filling", "first filling of the reserve", palette.INK),
    ("net_vat_funded", "value added tax advanced", palette.GRID),
)
"""(item of the cash flow, words, colour)."""
DRAWS: tuple[tuple[str, str], ...] = (("grant_draw", "Grants"), ("debt_draw", "Debt"), ("equity_draw", "Equity"))


def sources_and_uses(results: Results) -> tuple[Page, ...]:
    """Uses and sources of the best mix, who pays for what, and the draws of each year."""
    best = best_mix(results)
    if best is None:
        return ()
    name = best[0]
    uses = [(words, series(results.static, name, item), colour) for item, words, colour in USES]
    uses = [(words, amounts, colour) for words, amounts, colour in uses if sum(amounts.values()) > 1.0]
    draws = [(words, series(results.static, name, item)) for item, words in DRAWS]
    tranches = of_mix(results.static, "tranches", name)
    total = sum(sum(amounts.values()) for _, amounts, _ in uses)
    raised = sum(sum(amounts.values()) for _, amounts in draws)
    if total <= 0 or not tranches:
        return ()
    page = Page(
        "Sources and uses",
        say(
            "{mix} must raise {total}; {rest} of it is interest, fees and reserves",
            mix=name,
            total=money(raised),
            rest=money(total - sum(sum(amounts.values()) for words, amounts, _ in uses if words == USES[0][1])),
        ),
        say(
            "Nominal USD over construction. Sources less uses: {gap} USD. Who pays for what follows the draws of each "
            "year: a year's uses are paid in the shares of that year's draws.",
            gap=number(round(abs(raised - total), 2), "plain"),
        ),
        (
            _bars(uses, tranches, name),
            _matrix([*_invested(results, uses[0]), *uses[1:]], draws, name),
            _year_table(uses, draws, name),
        ),
        source_line(results, "cashflows, capex, tranches"),
    )
    return (page,)


def _invested(results: Results, investment: tuple[str, Mapping[int, float], str]) -> Uses:
    """The investment by component: of each year's spending the share that the component has in it in real terms."""
    parts = results.static.get("capex", ())
    _, amounts, colour = investment
    years = sorted(year for year, amount in amounts.items() if amount > 0)
    real = [[float(part["central_usd_real"]) * share for share in json.loads(part["spread_frac"])] for part in parts]
    if not real or any(len(spent) != len(years) for spent in real):
        return [investment]
    whole = [sum(spent) for spent in zip(*real, strict=True)]
    ordered = sorted(zip(parts, real, strict=True), key=lambda pair: -sum(pair[1]))
    return [
        (
            str(part["name"]).replace("_", " "),
            {year: amounts[year] * spent[k] / whole[k] for k, year in enumerate(years)},
            colour,
        )
        for part, spent in ordered
    ]


Uses = Sequence[tuple[str, Mapping[int, float], str]]
Draws = Sequence[tuple[str, Mapping[int, float]]]


def _bars(uses: Uses, tranches: Sequence[Row], name: str) -> FacingBars:
    left = tuple(_part(words, colour, sum(amounts.values())) for words, amounts, colour in uses)
    ordered = sorted(tranches, key=lambda row: list(palette.FUNDING).index(palette.funding(str(row["kind"]))))
    right = tuple(
        _part(str(row["tranche"]), palette.FUNDING[palette.funding(str(row["kind"]))], float(row["amount_usd_nominal"]))
        for row in ordered
        if float(row["amount_usd_nominal"]) > 0
    )
    return FacingBars(
        caption=say("What {name} pays for and where its money comes from, M USD nominal over construction", name=name),
        alt=say(
            "Two stacked columns of the same height. Uses: {uses}. Sources: {sources}.",
            uses=", ".join(f"{part.label} {part.text}" for part in left),
            sources=", ".join(f"{part.label} {part.text}" for part in right),
        ),
        width_mm=FULL_MM,
        height_mm=76.0,
        left_title="Uses",
        right_title="Sources",
        left=left,
        right=right,
        axis=Axis("Over construction", "M USD nominal"),
    )


def _part(label: str, colour: str, amount_usd: float) -> Part:
    return Part(label, colour, amount_usd / 1e6, number(amount_usd / 1e6, MONEY))


def _matrix(uses: Uses, draws: Draws, name: str) -> Table:
    """Each use by the draws of the years in which it falls."""
    drawn = {year: sum(amounts.get(year, 0.0) for _, amounts in draws) for year in draws[0][1]}
    cells = []
    for words, amounts, _ in uses:
        paid = [
            sum(amount * own.get(year, 0.0) / drawn[year] for year, amount in amounts.items() if drawn.get(year))
            for _, own in draws
        ]
        cells.append((words, *(number(value / 1e6, MONEY) for value in (*paid, sum(amounts.values())))))
    totals = [sum(own.values()) for _, own in draws]
    cells.append(("total", *(number(value / 1e6, MONEY) for value in (*totals, sum(totals)))))
    columns = (
        Column("Use", width=2),
        *(Column(words, "M USD", True, 1) for words, _ in draws),
        Column("Total", "M USD", True, 1),
    )
    return Table(
        say("Who pays for what in {name}", name=name), columns, tuple(cells), strong_rows=(len(cells) - 1,), small=True
    )


def _year_table(uses: Uses, draws: Draws, name: str) -> Table:
    years = [year for year in draws[0][1] if any(amounts.get(year, 0.0) for _, amounts in draws)]
    cells = []
    for year in years:
        spent = [amounts.get(year, 0.0) for _, amounts, _ in uses]
        raised = [amounts.get(year, 0.0) for _, amounts in draws]
        gap = abs(sum(raised) - sum(spent))
        shown = (number(value / 1e6, MONEY) for value in (*spent, sum(spent), *raised))
        cells.append((str(year), *shown, "0" if gap < 1.0 else number(gap / 1e6, MONEY)))
    columns = (
        Column("Year"),
        *(Column(words[:1].upper() + words[1:], "M USD", True, 1) for words, _, _ in uses),
        Column("All uses", "M USD", True, 1),
        *(Column(words, "M USD", True, 1) for words, _ in draws),
        Column("Difference", "M USD", True, 0.8),
    )
    return Table(say("Draws of {name} by year", name=name), columns, tuple(cells), small=True)


DRIVERS = {
    "capacity_charge": "the contract and the cable's availability, not on what flows",
    "availability_payment": "the contract and the cable's availability, not on what flows",
    "regulated_asset_base": "what a regulator allows on the asset base",
    "cap_and_floor": "the rent between a cap and a floor",
    "ppa_margin": "the energy that is delivered",
    "merchant_rent": "the price difference between the ends, which no market pays today",
}
SHOWN_YEARS = (1, 10, 20)


def revenue(results: Results) -> tuple[Page, ...]:
    """Revenue by stream against running cost and tax, with the rule of each stream."""
    rows, best = results.static.get("revenue", ()), best_mix(results)
    if not rows or best is None:
        return ()
    streams = list(dict.fromkeys(str(row["stream"]) for row in rows))
    total = {name: sum(float(row["amount_usd_nominal"]) for row in rows if row["stream"] == name) for name in streams}
    most = max(total, key=total.__getitem__)
    model = next(str(row["model"]) for row in rows if row["stream"] == most)
    whole = sum(total.values())
    sources = SourceList("R", (str(row["source"] or "") for row in rows))
    page = Page(
        "Revenue",
        say(
            "{share} of revenue comes from the {stream}, which depends on {driver}",
            share=show(total[most] / whole if whole else 0.0, "share_frac"),
            stream=most,
            driver=DRIVERS.get(model, "its contract"),
        ),
        "The same for every mix. Later years repeat the dispatched year in real terms, unless the case dispatches more "
        "or names a growth scenario; so does the price difference between the cable's ends.",
        (
            *_columns(results, rows, best[0]),
            _stream_table(rows, streams, sources),
            *sources.table("Sources of the rules"),
        ),
        source_line(results, "revenue, cashflows"),
    )
    return (page,)


def _columns(results: Results, rows: Sequence[Row], mix: str) -> list[Block]:
    amounts: dict[int, float] = {}
    for row in rows:
        amounts[int(row["year"])] = amounts.get(int(row["year"]), 0.0) + float(row["amount_usd_nominal"])
    spent = {year: 0.0 for year in amounts}
    for item in ("opex", "tax"):
        for year, amount in series(results.static, mix, item).items():
            if year in spent:
                spent[year] += amount
    years = tuple(sorted(amounts))
    if len(years) < 2:
        return []
    return [
        YearColumns(
            caption=say("Revenue (columns) against running cost and tax of {mix} (line)", mix=mix),
            alt=say(
                "Columns and line. Years {first} to {last}, M USD nominal. Revenue {low} to {high}.",
                first=years[0],
                last=years[-1],
                low=money(min(amounts.values())),
                high=money(max(amounts.values())),
            ),
            width_mm=FULL_MM,
            height_mm=50.0,
            years=years,
            columns=Layer("revenue", palette.BORDER, tuple(amounts[year] / 1e6 for year in years)),
            line=Layer("cost and tax", palette.LIMIT, tuple(spent[year] / 1e6 for year in years)),
            axis=Axis("Per year", "M USD nominal"),
        )
    ]


def _stream_table(rows: Sequence[Row], streams: Sequence[str], sources: SourceList) -> Table:
    cells = []
    for name in streams:
        own = sorted((row for row in rows if row["stream"] == name), key=lambda row: int(row["year"]))
        first = own[0]
        amounts = (_million(own, year) for year in SHOWN_YEARS)
        cells.append(
            (
                name,
                *amounts,
                number(float(first["indexation_frac"]), "share_frac"),
                str(first["counterparty"]),
                sources.number(str(first["source"] or "")),
            )
        )
    columns = (
        Column("Stream", width=1.3),
        *(Column(say("Year {year}", year=year), "M USD", True, 0.8) for year in SHOWN_YEARS),
        Column("Indexed to inflation", "%", True, 0.8),
        Column("Who pays", width=1.5),
        Column("Rule"),
    )
    return Table("Streams of revenue", columns, tuple(cells), note="Nominal USD of that operating year.", small=True)


def _million(rows: Sequence[Row], year: int) -> str:
    value: Any = rows[year - 1]["amount_usd_nominal"] if year <= len(rows) else None
    return NOT_APPLICABLE if value is None else number(float(value) / 1e6, MONEY)
