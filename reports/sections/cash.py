"""The years of the best mix: cash against debt service, cover, balances, where the money comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reports import palette
from reports.charts import FULL_MM, Axis, Layer, YearAreas, YearColumns, YearLines
from reports.content import Block, Column, Page, Table
from reports.numbers import NOT_APPLICABLE, money, number, show, significant
from reports.results import Results
from reports.sections.choice import best_mix
from reports.sections.funding import DSCR_FLOOR, FLOOR
from reports.sections.source_line import source_line
from reports.sections.sources import SourceList
from reports.sentences import cover_shortfall


def series(results: Results, mix: str, item: str) -> dict[int, float]:
    """Yearly amounts of one item of a mix's cash flow, nominal USD."""
    return {
        int(row["year"]): float(row["amount_usd_nominal"])
        for row in results.static.get("cashflows", ())
        if row["mix"] == mix and row["item"] == item
    }


def cash_flow(results: Results) -> tuple[Page, ...]:
    """Cash against debt service, balances and cover of the best mix."""
    best = best_mix(results)
    if best is None:
        return ()
    name, mix = best
    blocks = [*_cash(results, name), *_cover(results, name), *_balances(results, name), *_tranches(results, name)]
    if not blocks:
        return ()
    cover = mix.get("dscr_min_ratio")
    headline = f"{name}: no debt service cover was computed"
    if cover is not None:
        headline = f"{name}: " + _lower(cover_shortfall(float(cover), mix.get("dscr_min_year"), DSCR_FLOOR).rstrip("."))
    page = Page(
        "Cash flow of the best mix",
        headline,
        f"Of the mixes that pass, or of all where none does, {name} asks least. Nominal USD at the date of each flow, "
        "at the contract charge of the case.",
        tuple(blocks),
        source_line(results, "cashflows, balances, tranches"),
    )
    return (page,)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _span(years: Iterable[int]) -> tuple[int, ...]:
    """Every year from the first to the last that holds something."""
    found = sorted(years)
    return tuple(range(found[0], found[-1] + 1)) if found else ()


def _cash(results: Results, mix: str) -> list[Block]:
    cash, service = series(results, mix, "cfads"), series(results, mix, "debt_service")
    years = _span(year for year in set(cash) & set(service) if cash[year] or service[year])
    if len(years) < 2:
        return []
    first, last = years[0], years[-1]
    return [
        YearColumns(
            caption="Cash available for debt service (CFADS, columns) against debt service (line)",
            alt=f"Columns and line. Years {first} to {last}, M USD nominal. {first}: CFADS {money(cash[first])}, debt "
            f"service {money(service[first])}; {last}: {money(cash[last])} and {money(service[last])}.",
            width_mm=FULL_MM,
            height_mm=56.0,
            years=years,
            columns=Layer("CFADS", palette.BORDER, tuple(cash.get(year, 0.0) / 1e6 for year in years)),
            line=Layer("debt service", palette.LIMIT, tuple(service.get(year, 0.0) / 1e6 for year in years)),
            axis=Axis("Per year", "M USD nominal"),
        )
    ]


def _cover(results: Results, mix: str) -> list[Block]:
    cash, service = series(results, mix, "cfads"), series(results, mix, "debt_service")
    years = tuple(year for year in sorted(set(cash) & set(service)) if service[year] > 1.0)
    if len(years) < 2:
        return []
    ratio = {year: cash[year] / service[year] for year in years}
    low, high = min(years, key=ratio.__getitem__), max(years, key=ratio.__getitem__)
    return [
        YearLines(
            caption="Debt service cover ratio (DSCR) of each year with debt service",
            alt=f"Line. Years {years[0]} to {years[-1]}, DSCR. Lowest {show(ratio[low], 'cover_ratio')} in {low}, "
            f"highest {show(ratio[high], 'cover_ratio')} in {high}.",
            width_mm=FULL_MM,
            height_mm=46.0,
            years=(years,),
            layers=(Layer("DSCR", palette.ACCENT, tuple(ratio[year] for year in years)),),
            axis=Axis("DSCR", "x"),
            limits=FLOOR,
        )
    ]


def _balances(results: Results, mix: str) -> list[Block]:
    rows = [row for row in results.static.get("balances", ()) if row["mix"] == mix]
    years = _span(int(row["year"]) for row in rows if float(row["closing_usd_nominal"]) > 1.0)
    kinds = {str(row["tranche"]): str(row["kind"]) for row in results.static.get("tranches", ()) if row["mix"] == mix}
    amounts = {(str(row["tranche"]), int(row["year"])): float(row["closing_usd_nominal"]) / 1e6 for row in rows}
    layers = []
    for tranche in sorted({name for name, _ in amounts}, key=lambda name: _stack_order(kinds, name)):
        values = tuple(max(amounts.get((tranche, year), 0.0), 0.0) for year in years)
        if max(values) > 0:
            layers.append(Layer(tranche, palette.FUNDING[palette.funding(kinds.get(tranche, ""))], values))
    if len(years) < 2 or not layers:
        return []
    total = [sum(layer.values[k] for layer in layers) for k in range(len(years))]
    peak = max(range(len(years)), key=total.__getitem__)
    return [
        YearAreas(
            caption="Debt outstanding at the end of each year, by tranche",
            alt=f"Stacked areas. Years {years[0]} to {years[-1]}, M USD nominal. Peak {money(total[peak] * 1e6)} in "
            f"{years[peak]}; at the end {money(total[-1] * 1e6)}. Tranches: {', '.join(x.label for x in layers)}.",
            width_mm=FULL_MM,
            height_mm=54.0,
            years=years,
            layers=tuple(layers),
            axis=Axis("Debt outstanding", "M USD nominal"),
        )
    ]


def _stack_order(kinds: Mapping[str, str], tranche: str) -> tuple[int, str]:
    return list(palette.FUNDING).index(palette.funding(kinds.get(tranche, ""))), tranche


def _tranches(results: Results, mix: str) -> list[Block]:
    rows = [row for row in results.static.get("tranches", ()) if row["mix"] == mix]
    if not rows:
        return []
    total = sum(float(row["amount_usd_nominal"]) for row in rows)
    sources = SourceList("T", (str(row["source"] or "") for row in rows))
    cells = [
        (
            str(row["tranche"]),
            str(row["kind"]).replace("_", " "),
            number(float(row["amount_usd_nominal"]) / 1e6, "money_musd"),
            number(float(row["amount_usd_nominal"]) / total if total else 0.0, "share_frac"),
            str(row["currency"]),
            *(_optional(row[key], quantity) for key, quantity in TERMS),
            sources.number(str(row["source"] or "")),
        )
        for row in rows
    ]
    rest = [NOT_APPLICABLE] * (len(TERMS) + 2)
    cells.append(("total", NOT_APPLICABLE, number(total / 1e6, "money_musd"), number(1.0, "share_frac"), *rest))
    columns = (
        Column("Tranche", width=1.4),
        Column("Kind", width=1.2),
        Column("Amount", "M USD", True, 0.8),
        Column("Share", "%", True, 0.6),
        Column("Currency", width=0.8),
        Column("All-in", "% p.a.", True, 0.7),
        Column("Tenor", "years", True, 0.7),
        Column("Grace", "years", True, 0.7),
        Column("Grant element", "%", True, 0.8),
        Column("Terms"),
    )
    caption, note = f"Sources of money of {mix}", _uses(results, mix)
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
    spent = {words: sum(series(results, mix, item).values()) for item, words in USES.items()}
    total = sum(spent.values())
    if total <= 0:
        return ""
    parts = ", ".join(f"{words} {money(amount)}" for words, amount in spent.items() if amount > 0)
    return f"Uses: {parts}; together {money(total)}. Nominal USD; parts may not add."


TERMS = (("all_in_pa", "rate_pa"), ("tenor_years", ""), ("grace_years", ""), ("grant_element_frac", "share_frac"))


def _optional(value: Any, quantity: str) -> str:
    """A term that not every source of money has."""
    if value is None or (not quantity and float(value) == 0):
        return NOT_APPLICABLE
    return number(float(value), quantity) if quantity else significant(float(value))
