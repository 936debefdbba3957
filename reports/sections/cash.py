"""The years of the best mix: where its cash goes, how its debt runs down, how well service is covered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.charts import Chart
from reports.content import Block, Column, Page, Table
from reports.language import say, word
from reports.numbers import NOT_APPLICABLE, money, number, show, significant
from reports.results import Results, Row
from reports.sections.choice import best_mix
from reports.sections.source_line import source_line
from reports.sections.sources import SourceList
from reports.sections.yearly import balance_chart, cash_chart, cover_chart, of_mix, series, year_steps
from reports.sentences import cover_shortfall

RATIO = "cover_ratio"
CENT_USD = 0.01
ROWS_MAX = 12
"""Years that a table of the years shows; the run's tables hold all."""


def cash_flow(results: Results) -> tuple[Page, ...]:
    """Cash, debt and cover of the best mix, a page each, where the run holds their tables."""
    best = best_mix(results)
    if best is None:
        return ()
    name, mix = best
    return (*_cash_page(results, name, mix), *_debt_page(results, name), *_cover_page(results, name, mix))


def _blocks(*charts: Chart | None) -> list[Block]:
    return [chart for chart in charts if chart is not None]


def _cash_page(results: Results, name: str, mix: Any) -> tuple[Page, ...]:
    year = mix.get("dscr_min_year")
    steps = None if year is None else year_steps(results.static, name, int(year))
    blocks = _blocks(cash_chart(results.static, name), steps)
    if not blocks:
        return ()
    rows = of_mix(results.static, "waterfall", name)
    if rows:
        blocks.append(_waterfall_table(name, rows, year))
    page = Page(
        "Cash flow of the best mix",
        _cash_headline(results, name, rows),
        say(
            "Of the mixes that pass, or of all where none does, {mix} asks least. Nominal USD at the date of each "
            "flow, at the contract charge of the case.",
            mix=name,
        ),
        tuple(blocks),
        source_line(results, "cashflows, waterfall"),
    )
    return (page,)


def _cash_headline(results: Results, name: str, rows: Sequence[Row]) -> str:
    covers = of_mix(results.static, "covers", name)
    short = [int(row["year"]) for row in covers if float(row["dscr_ratio"]) < 1.0 - 1e-9]
    if not covers:
        return say("{mix}: no debt service in operation", mix=name)
    drawn = sum(1 for row in rows if float(row["reserve_draw_usd_nominal"]) > 1.0)
    if not short:
        return say(
            "{mix}: cash covers debt service in every year; the reserve is drawn in {drawn}", mix=name, drawn=drawn
        )
    return say(
        "{mix}: cash falls short of debt service in {count} of {years} years, the last {last}; the reserve is drawn in "
        "{drawn}",
        mix=name,
        count=len(short),
        years=len(covers),
        last=short[-1],
        drawn=drawn,
    )


WATERFALL = (
    ("cfads", "CFADS"),
    ("senior_paid", "Senior paid"),
    ("subordinated_paid", "Subordinated paid"),
    ("reserve_draw", "Out of reserve"),
    ("reserve_top_up", "Into reserve"),
    ("dividends", "Dividends"),
)


def _waterfall_table(name: str, rows: Sequence[Row], telling: Any) -> Table:
    chosen = _chosen([int(row["year"]) for row in rows], telling)
    cells = tuple(
        (
            str(int(row["year"])),
            *(_millions(row.get(f"{key}_usd_nominal")) for key, _ in WATERFALL),
            _millions(sum(float(row[f"{key}_usd_nominal"]) for key in ARREARS)),
            _checked(float(row["check_usd_nominal"])),
        )
        for row in rows
        if int(row["year"]) in chosen
    )
    columns = (
        Column("Year"),
        *(Column(words, "M USD", True, 1) for _, words in WATERFALL),
        Column("Owed at year end", "M USD", True, 1),
        Column("Check", "M USD", True, 0.6),
    )
    worst = max(float(row["check_usd_nominal"]) for row in rows)
    note = say(
        "Chosen years; the run's table waterfall holds all. Check: cash of a period that no claim "
        "explains, at most {worst} USD. Interest on the reserve, its release, a sweep and what a "
        "lock-up keeps back stand in the table too.",
        worst=number(worst, "plain"),
    )
    return Table(say("Waterfall of {name}", name=name), columns, cells, note=note, small=True)


def _checked(residual_usd: float) -> str:
    """Zero within a cent, else the millions."""
    return "0" if residual_usd < CENT_USD else _millions(residual_usd)


ARREARS = ("senior_arrears", "subordinated_arrears")


def _chosen(years: Sequence[int], telling: Any) -> set[int]:
    """The first years, every fifth and the telling one, at most as many as a table holds."""
    every = [year for year in years if year % 5 == 0]
    wanted = [*years[:2], *([] if telling is None else [int(telling)]), years[-1], *every]
    return set(list(dict.fromkeys(wanted))[:ROWS_MAX])


def _millions(value: Any) -> str:
    return NOT_APPLICABLE if value is None else number(float(value) / 1e6, "money_musd")


def _debt_page(results: Results, name: str) -> tuple[Page, ...]:
    blocks = [*_blocks(balance_chart(results.static, name)), *_tranches(results, name)]
    if not blocks:
        return ()
    total: dict[int, float] = {}
    for row in of_mix(results.static, "balances", name):
        total[int(row["year"])] = total.get(int(row["year"]), 0.0) + float(row["closing_usd_nominal"])
    page = Page(
        "Debt of the best mix",
        _debt_headline(name, total),
        "The areas are drawn from the debt that is repaid last in a default upwards. All-in: what the project pays for "
        "a source over its life, fees included, effective per year in USD.",
        tuple(blocks),
        source_line(results, "balances, tranches"),
    )
    return (page,)


def _debt_headline(name: str, total: dict[int, float]) -> str:
    owing = [year for year, amount in total.items() if amount > 1.0]
    if not owing:
        return say("{mix} borrows nothing", mix=name)
    peak = max(owing, key=total.__getitem__)
    return say(
        "Debt of {mix} peaks at {amount} in {year} and is repaid in {end}, if every payment is made when due",
        mix=name,
        amount=money(total[peak]),
        year=peak,
        end=max(owing) + 1,
    )


def _cover_page(results: Results, name: str, mix: Any) -> tuple[Page, ...]:
    chart = cover_chart(results.static, name)
    rows = of_mix(results.static, "covers", name)
    if chart is None:
        return ()
    cover, covenant = mix.get("dscr_min_ratio"), float(rows[0]["dscr_covenant_ratio"])
    words = "no debt service cover was computed"
    if cover is not None:
        words = cover_shortfall(float(cover), mix.get("dscr_min_year"), covenant).rstrip(".")
        words = words[:1].lower() + words[1:]
    below = sum(bool(row["below_covenant"]) for row in rows)
    page = Page(
        "Cover of the best mix",
        f"{name}: {words}",
        say("{below} of {years} years with debt are below the covenant of {covenant}.", below=below, years=len(rows),
            covenant=show(covenant, RATIO)),
        (chart, _cover_table(name, rows, mix.get("dscr_min_year"))),
        source_line(results, "covers"),
        follows=True,
    )  # fmt: skip
    return (page,)


def _cover_table(name: str, rows: Sequence[Row], telling: Any) -> Table:
    chosen = _chosen([int(row["year"]) for row in rows], telling)
    kept = [row for row in rows if int(row["year"]) in chosen]
    covenant = float(rows[0]["dscr_covenant_ratio"])
    cells = tuple(
        (
            str(int(row["year"])),
            _millions(row["cfads_usd_nominal"]),
            _millions(row["service_usd_nominal"]),
            number(float(row["dscr_ratio"]), RATIO, missed_bound=covenant),
            number(None if row["llcr_ratio"] is None else float(row["llcr_ratio"]), RATIO),
            _millions(row["reserve_closing_usd_nominal"]),
        )
        for row in kept
    )
    columns = (
        Column("Year"),
        Column("CFADS", "M USD", True, 1),
        Column("Debt service", "M USD", True, 1),
        Column("DSCR", "x", True, 1),
        Column("LLCR, start of year", "x", True, 1),
        Column("Reserve, end of year", "M USD", True, 1),
    )
    note = "Chosen years; the run's table covers holds all. LLCR: at the debt's own cost, the reserve not added."
    return Table(say("Covers of {name}", name=name), columns, cells, note=note, small=True)


def _tranches(results: Results, mix: str) -> list[Block]:
    rows = of_mix(results.static, "tranches", mix)
    if not rows:
        return []
    total = sum(float(row["amount_usd_nominal"]) for row in rows)
    sources = SourceList("T", (str(row["source"] or "") for row in rows))
    cells = [
        (
            str(row["tranche"]),
            number(float(row["amount_usd_nominal"]) / 1e6, "money_musd"),
            number(float(row["amount_usd_nominal"]) / total if total else 0.0, "share_frac"),
            str(row["currency"]),
            *(_optional(row.get(key), quantity) for key, quantity in TERMS),
            str(row.get("repayment") or NOT_APPLICABLE).replace("_", " "),
            sources.number(str(row["source"] or "")),
        )
        for row in rows
    ]
    rest = [NOT_APPLICABLE] * (len(TERMS) + 3)
    cells.append(("total", number(total / 1e6, "money_musd"), number(1.0, "share_frac"), *rest))
    columns = (
        Column("Tranche", width=1.5),
        Column("Amount", "M USD", True, 0.8),
        Column("Share", "%", True, 0.6),
        Column("Currency", width=0.8),
        Column("Rate", "% p.a.", True, 0.7),
        Column("All-in", "% p.a.", True, 0.7),
        Column("Tenor", "years", True, 0.7),
        Column("Grace", "years", True, 0.7),
        Column("Grant element", "%", True, 0.8),
        Column("Repayment", width=1.1),
        Column("Terms"),
    )
    caption, note = say("Sources of money of {mix}", mix=mix), _uses(results, mix)
    table = Table(caption, columns, tuple(cells), note=note, strong_rows=(len(cells) - 1,), small=True)
    return [table, *sources.table("Sources of the terms")]


USES = {
    "capex": "investment",
    "interest_during_construction": "interest during construction",
    "financing_fees": "fees",
    "reserve_first_filling": "first filling of the reserve",
}


def _uses(results: Results, mix: str) -> str:
    """What the money is spent on until operation, where the cash flow says so."""
    spent = {words: sum(series(results.static, mix, item).values()) for item, words in USES.items()}
    total = sum(spent.values())
    if total <= 0:
        return ""
    parts = ", ".join(f"{word(words)} {money(amount)}" for words, amount in spent.items() if amount > 0)
    return say("Uses: {parts}; together {total}. Nominal USD; parts may not add.", parts=parts, total=money(total))


TERMS = (
    ("rate_pa", "rate_pa"),
    ("all_in_pa", "rate_pa"),
    ("tenor_years", ""),
    ("grace_years", ""),
    ("grant_element_frac", "share_frac"),
)


def _optional(value: Any, quantity: str) -> str:
    """A term that not every source of money has."""
    if value is None or (not quantity and float(value) == 0):
        return NOT_APPLICABLE
    return number(float(value), quantity) if quantity else significant(float(value))
