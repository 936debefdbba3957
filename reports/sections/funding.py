"""The funding mixes side by side, the years of the best one, and what moves the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports import palette
from reports.charts import FULL_MM, Axis, DotRows, Layer, Tornado, YearAreas, YearColumns, YearLines
from reports.content import Block, Column, Page, Table, Text
from reports.numbers import NOT_APPLICABLE, money, number, show, significant
from reports.results import Results
from reports.sections.cover import best_mix, passes, source_line
from reports.sentences import cover_shortfall, npv_same_for_all

DSCR_FLOOR = 1.0
"""Below it cash does not cover debt service; the tests of a mix may ask for more."""
FLOOR = (("1.00x", DSCR_FLOOR),)
SPOKEN_MAX = 8
"""Mixes that an alternative text names; the table holds all."""
Mix = Mapping[str, Any]


def mixes(results: Results) -> tuple[Page, ...]:
    """The funding mixes side by side."""
    if not results.mixes:
        return ()
    ordered = sorted(results.mixes.items(), key=_by_charge)
    good = [name for name, mix in ordered if passes(mix)]
    headline = f"None of the {len(ordered)} mixes passes its tests at the contract charge"
    if good:
        headline = f"{len(good)} of {len(ordered)} mixes pass their tests: {', '.join(good)}"
    before = [mix["npv_prefinance_usd_nominal"] for _, mix in ordered]
    blocks: list[Block] = []
    known = [(name, mix) for name, mix in ordered if mix.get("dscr_min_ratio") is not None]
    if known:
        blocks.append(_cover_chart(known))
    blocks += [_mix_table(ordered), _test_table(ordered), *_reasons(ordered)]
    page = Page(
        "Funding mixes side by side",
        headline,
        npv_same_for_all(before) + " NPV and returns below are nominal; NPV is at each mix's own cost of capital.",
        tuple(blocks),
        source_line(results, "mixes"),
    )
    return (page,)


def _by_charge(item: tuple[str, Mix]) -> tuple[bool, float, str]:
    required = item[1].get("required_charge_usd_per_mwh")
    return required is None, required or 0.0, item[0]


def _cover_chart(known: list[tuple[str, Mix]]) -> DotRows:
    names = tuple(name for name, _ in known)
    least = tuple(float(mix["dscr_min_ratio"]) for _, mix in known)
    mean = tuple(float(mix.get("dscr_average_ratio") or mix["dscr_min_ratio"]) for _, mix in known)
    spoken = "; ".join(
        f"{name}: lowest {show(low, 'cover_ratio')}, average {show(average, 'cover_ratio')}"
        for name, low, average in list(zip(names, least, mean, strict=True))[:SPOKEN_MAX]
    )
    return DotRows(
        caption="Lowest and average debt service cover of each mix; at 1.00x cash just covers debt service",
        alt=f"Dots. Funding mix by debt service cover ratio. {spoken}. Data: the table below.",
        width_mm=FULL_MM,
        height_mm=26.0 + 7.0 * len(names),
        names=names,
        layers=(
            (Layer("lowest", palette.ACCENT, least), "filled"),
            (Layer("average", palette.ACCENT, mean), "hollow"),
        ),
        axis=Axis("DSCR", "x"),
        limits=FLOOR,
    )


def _mix_table(ordered: list[tuple[str, Mix]]) -> Table:
    rows = tuple((name, *(_cell(mix, *measure) for measure in MEASURES)) for name, mix in ordered)
    columns = (
        Column("Mix", width=1.5),
        Column("Required charge", "USD/MWh", True, 1),
        Column("LCOT", "USD/MWh", True, 1),
        Column("NPV", "M USD", True, 1),
        Column("Cost of capital", "%", True, 0.9),
        Column("Project IRR", "%", True, 0.9),
        Column("Equity IRR", "%", True, 0.9),
        Column("Lowest DSCR", "x", True, 0.9),
        Column("Lowest LLCR", "x", True, 0.9),
        Column("Grant element", "%", True, 1),
    )
    return Table(
        "Measures of the funding mixes",
        columns,
        rows,
        note="Grant element at a discount rate of 5 %. LCOT: levelised cost of transmission per delivered MWh, real. "
        "n/a: not computed.",
        small=True,
    )


MEASURES: tuple[tuple[str, str, float, bool], ...] = (
    ("required_charge_usd_per_mwh", "price_usd_per_mwh", 1.0, False),
    ("lcot_usd_per_mwh", "price_usd_per_mwh", 1.0, False),
    ("npv_usd_nominal", "money_musd", 1e-6, True),
    ("cost_of_capital_pa", "rate_pa", 1.0, False),
    ("project_irr_pa", "irr_pa", 1.0, False),
    ("equity_irr_pa", "irr_pa", 1.0, False),
    ("dscr_min_ratio", "cover_ratio", 1.0, False),
    ("llcr_min_ratio", "cover_ratio", 1.0, False),
    ("grant_element_frac", "share_frac", 1.0, False),
)
"""(key, quantity, factor, signed) of each column of the table of mixes."""


def _cell(mix: Mix, key: str, quantity: str, factor: float, signed: bool) -> str:
    value = mix.get(key)
    return "n/a" if value is None else number(float(value) * factor, quantity, signed=signed)


def _test_table(ordered: list[tuple[str, Mix]]) -> Table:
    rows = tuple(
        (name, str(mix.get("verdict") or "n/a"), str(mix.get("verdict_test") or NOT_APPLICABLE))
        for name, mix in ordered
    )
    columns = (Column("Mix", width=1), Column("Verdict", width=0.6), Column("Test that decides", width=3))
    return Table("Tests of the funding mixes", columns, rows, small=True)


def _reasons(ordered: list[tuple[str, Mix]]) -> list[Block]:
    lines = [
        f"{name}, {key.removesuffix('_pa').replace('_', ' ')}: {text}"
        for name, mix in ordered
        for key, text in (mix.get("reasons") or {}).items()
    ]
    return [Text(tuple(lines), voice="note", title="Why a value is missing")] if lines else []


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
        headline = f"{name}: " + cover_shortfall(float(cover), mix.get("dscr_min_year"), DSCR_FLOOR).rstrip(".")
    page = Page(
        "Cash flow of the best mix",
        headline,
        f"{name} asks least of the mixes that pass, or of all where none does. Nominal USD at the date of each flow, "
        "at the contract charge of the case.",
        tuple(blocks),
        source_line(results, "cashflows, balances, tranches"),
    )
    return (page,)


def _cash(results: Results, mix: str) -> list[Block]:
    cash, service = series(results, mix, "cfads"), series(results, mix, "debt_service")
    years = tuple(sorted(set(cash) & set(service)))
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
            columns=Layer("CFADS", palette.BORDER, tuple(cash[year] / 1e6 for year in years)),
            line=Layer("debt service", palette.LIMIT, tuple(service[year] / 1e6 for year in years)),
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
    years = tuple(sorted({int(row["year"]) for row in rows}))
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
    cells = [
        (
            str(row["tranche"]),
            str(row["kind"]).replace("_", " "),
            number(float(row["amount_usd_nominal"]) / 1e6, "money_musd"),
            number(float(row["amount_usd_nominal"]) / total if total else 0.0, "share_frac"),
            str(row["currency"]),
            *(_optional(row[key], quantity) for key, quantity in TERMS),
            str(row["source"]),
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
        Column("Terms from", width=3),
    )
    return [Table(f"Sources of money of {mix}", columns, tuple(cells), strong_rows=(len(cells) - 1,), small=True)]


TERMS = (("all_in_pa", "rate_pa"), ("tenor_years", ""), ("grace_years", ""), ("grant_element_frac", "share_frac"))


def _optional(value: Any, quantity: str) -> str:
    """A term that not every source of money has."""
    if value is None or (not quantity and float(value) == 0):
        return NOT_APPLICABLE
    return number(float(value), quantity) if quantity else significant(float(value))


def sensitivity(results: Results) -> tuple[Page, ...]:
    """Which input moves the result most; only where the run holds that table."""
    rows = results.static.get("tornado", ())
    if not rows or not results.mixes:
        return ()
    ends = ("npv_low_usd_nominal", "npv_high_usd_nominal")
    ordered = sorted(rows, key=lambda row: (-abs(float(row[ends[1]]) - float(row[ends[0]])), str(row["input"])))[:10]
    names = tuple(str(row["input"]) for row in ordered)
    low, high = (tuple(float(row[end]) for row in ordered) for end in ends)
    central = float(ordered[0]["npv_central_usd_nominal"])
    span = f"{money(low[0], signed=True)} to {money(high[0], signed=True)}"
    chart = Tornado(
        caption="NPV with one input at its low or high end, all else central; bar ends carry the input's value",
        alt=f"Tornado. NPV in M USD nominal around {money(central, signed=True)}. Most: {names[0]}, {span}. "
        f"{len(names)} inputs.",
        width_mm=FULL_MM,
        height_mm=24.0 + 8.0 * len(names),
        names=names,
        low=tuple(value / 1e6 for value in low),
        high=tuple(value / 1e6 for value in high),
        low_labels=tuple(f"{significant(float(row['low']))} {row['unit']}" for row in ordered),
        high_labels=tuple(f"{significant(float(row['high']))} {row['unit']}" for row in ordered),
        central=central / 1e6,
        axis=Axis("NPV", "M USD nominal"),
    )
    page = Page(
        "What moves the result",
        f"{names[0]} moves NPV most: {span}",
        "One input at a time; ends are plausible bounds, not percentiles.",
        (chart,),
        source_line(results, "tornado"),
        follows=True,
    )
    return (page,)
