"""Money: what the chain can pay against what each mix requires, costs, mixes, the years of the best mix, sensitivity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports import palette
from reports.charts import Axis, DotRows, Layer, RangeBars, Step, StepDots, Tornado, YearAreas, YearColumns, YearLines
from reports.content import Block, Column, Page, Table, Text
from reports.numbers import NOT_APPLICABLE, money, number, show, significant
from reports.results import Results, Row, link_name
from reports.sections.cover import best_mix, passes, source_line
from reports.sentences import cover_shortfall, mixes_differ, npv_same_for_all

STEPS_MAX = 16
MIXES_MAX = 10
DSCR_FLOOR = 1.0


def charge(results: Results) -> tuple[Page, ...]:
    """The headline page of the money: netback beside the required charge of each mix."""
    best = best_mix(results)
    if not results.mixes or best is None:
        return _nothing_financed(results)
    steps = results.static.get("netback", ())
    affordable = best[1].get("affordable_charge_usd_per_mwh")
    required = [
        (name, float(mix["required_charge_usd_per_mwh"]))
        for name, mix in sorted(results.mixes.items())
        if mix.get("required_charge_usd_per_mwh") is not None
    ]
    blocks: list[Block] = []
    if affordable is None:
        blocks.append(
            Text((f"Affordable charge: not computed ({_reason(best[1], 'affordable_charge_usd_per_mwh')}).",))
        )
    elif steps:
        blocks.append(_step_chart(results, steps, required, float(affordable)))
    if steps:
        blocks.append(_step_table(steps))
    page = Page(
        "Affordable against required charge",
        _charge_headline(affordable, best, required),
        "From the price at the end of the chain each step takes what it costs; what is left at the sending end, after the "
        "renewable power is paid, is what the link may cost per delivered MWh. Whiskers: worst and best of each input, "
        f"bounds and not percentiles. Real USD of {results.price_base_year}. " + mixes_differ(required),
        tuple(blocks),
        source_line(results, "netback, mixes"),
    )
    return (page,)


def _nothing_financed(results: Results) -> tuple[Page, ...]:
    if not results.whole_year or results.project_link is None or not results.case.get("project", {}).get("links"):
        return ()
    text = str(results.summary.get("financing_note") or "No funding mix was run.")
    return (
        Page("Financing", "Financing was not computed in this run", text, (), source_line(results, "summary.json")),
    )


def _charge_headline(
    affordable: float | None, best: tuple[str, Mapping[str, Any]], required: list[tuple[str, float]]
) -> str:
    need = dict(required)[best[0]]
    if affordable is None:
        return f"{best[0]} requires {show(need, 'price_usd_per_mwh')}; what the chain can pay was not computed"
    if affordable < 0:
        return (
            f"The chain leaves nothing for the cable ({show(affordable, 'price_usd_per_mwh')}); "
            f"{best[0]} requires {show(need, 'price_usd_per_mwh')}"
        )
    return f"The chain can afford {show(affordable, 'price_usd_per_mwh')} for the cable; {best[0]} requires {show(need, 'price_usd_per_mwh')}"


def is_level(step: Row, position: int) -> bool:
    """The price that the chain starts from and the running worths, marked "="."""
    return position == 0 or str(step["step"]).startswith("=")


def _step_chart(
    results: Results, rows: tuple[Row, ...], required: list[tuple[str, float]], affordable: float
) -> StepDots:
    steps = tuple(
        Step(
            str(row["step"]).lstrip("= "),
            float(row["paid_central"]),
            is_level(row, k),
            _maybe(row["low"]),
            _maybe(row["high"]),
        )
        for k, row in enumerate(rows)
        if not (not is_level(row, k) and float(row["paid_central"]) == 0 and not row["low"] and not row["high"])
    )
    last = steps[-1]
    dots = tuple(sorted(required, key=lambda item: item[1]))
    return StepDots(
        "Price of the chain step by step with the cables paid for, and the charge each funding mix requires; dark: worth at a "
        "place, blue: adds, red: takes",
        f"Waterfall in USD/MWh. From {steps[0].label} {show(steps[0].value, 'price_usd_per_mwh')} to {last.label} "
        f"{show(last.value, 'price_usd_per_mwh')}. Affordable charge {show(affordable, 'price_usd_per_mwh')}; required: "
        + ", ".join(f"{name} {show(value, 'price_usd_per_mwh')}" for name, value in dots[:6])
        + ". Data: the table of steps.",
        170.0, 112.0, steps[-STEPS_MAX:], dots[:MIXES_MAX], affordable, "affordable", "Required charge",
        Axis("Price", "USD/MWh"),
    )  # fmt: skip


def _maybe(value: Any) -> float | None:
    return None if value is None else float(value)


def _step_table(rows: tuple[Row, ...]) -> Table:
    def amount(value: Any, level: bool) -> str:
        return number(_maybe(value), "price_usd_per_mwh", signed=not level)

    cells, strong = [], []
    for k, row in enumerate(rows):
        level = is_level(row, k)
        if level:
            strong.append(k)
        cells.append((
            str(row["step"]).lstrip("= "), *(amount(row[key], level) for key in ("sunk_central", "paid_central", "low", "high")),
            str(row["confidence"] or NOT_APPLICABLE), str(row["source"] or NOT_APPLICABLE),
        ))  # fmt: skip
    unit = str(rows[0]["unit"])
    columns = (
        Column("Step", width=1.2), Column("Cables sunk", unit, True), Column("Cables paid", unit, True), Column("Worst", unit, True),
        Column("Best", unit, True), Column("Grade"), Column("Source", width=1.6),
    )  # fmt: skip
    note = "Sunk: the cables stand and are not charged (worth using?). Paid: they are charged (worth building?). Worst, best: with the cables paid. "
    return Table("The chain of prices", columns, tuple(cells), note=note, strong_rows=tuple(strong), small=True)


def _reason(mix: Mapping[str, Any], key: str) -> str:
    return str((mix.get("reasons") or {}).get(key) or "no reason given")


def costs(results: Results) -> tuple[Page, ...]:
    """What the project costs, part by part, with ranges."""
    items = results.static.get("capex", ())
    if not items or not results.mixes:
        return ()
    ordered = sorted(items, key=lambda item: (-float(item["central_usd_real"]), str(item["name"])))
    central, low, high = (
        [float(item[key]) for item in ordered] for key in ("central_usd_real", "low_usd_real", "high_usd_real")
    )
    names = [str(item["name"]).replace("_", " ") for item in ordered]
    whole = sum(central), sum(low), sum(high)
    shown = [*range(len(ordered))]
    chart = RangeBars(
        f"Parts of the investment with low and high, real USD of {results.price_base_year}; the total's range takes all parts low or high together",
        f"Bars with ranges in M USD. Total {money(whole[0])}, low {money(whole[1])}, high {money(whole[2])}; largest part "
        f"{names[0]} {money(central[0])}. Data: the table below.",
        170.0, 24.0 + 7.0 * (len(shown) + 1), (*names, "total"),
        tuple(v / 1e6 for v in (*central, whole[0])), tuple(v / 1e6 for v in (*low, whole[1])),
        tuple(v / 1e6 for v in (*high, whole[2])), Axis("Investment", f"M USD real {results.price_base_year}"),
        tuple(money(v) for v in (*central, whole[0])), total_from=len(names),
    )  # fmt: skip
    link = results.project_link
    what = f"The {link_name(str(link['name']))}" if link else "The project"
    page = Page(
        "Project costs",
        f"{what} costs {money(whole[0])} (range {money(whole[1])} to {money(whole[2])}); "
        f"{show(central[0] / whole[0], 'share_frac')} of it is {names[0]}",
        f"Real USD of {results.price_base_year}, before interest during construction, fees and inflation. The official cost is not "
        "published: every part is an estimate with its grade (A = primary source ... D = estimate without anchor).",
        (chart, _cost_table(results, ordered, names, whole)),
        source_line(results, "capex"),
    )
    return (page,)


def _cost_table(results: Results, items: list[Row], names: list[str], whole: tuple[float, float, float]) -> Table:
    rows = [
        (name, str(item["country"]), *(number(float(item[k]) / 1e6, "money_musd") for k in ("central_usd_real", "low_usd_real", "high_usd_real")),
         str(item["confidence"]), str(item["source"]))
        for name, item in zip(names, items, strict=True)
    ]  # fmt: skip
    rows.append(
        ("total", NOT_APPLICABLE, *(number(v / 1e6, "money_musd") for v in whole), NOT_APPLICABLE, "sum of the parts")
    )
    unit = f"M USD {results.price_base_year}"
    columns = (
        Column("Part", width=1), Column("Where"), Column("Central", unit, True), Column("Low", unit, True), Column("High", unit, True),
        Column("Grade"), Column("Source", width=2),
    )  # fmt: skip
    return Table("Project costs by part", columns, tuple(rows), strong_rows=(len(rows) - 1,), small=True)


def mixes(results: Results) -> tuple[Page, ...]:
    """The funding mixes side by side."""
    if not results.mixes:
        return ()
    ordered = sorted(
        results.mixes.items(),
        key=lambda item: (
            item[1].get("required_charge_usd_per_mwh") is None,
            item[1].get("required_charge_usd_per_mwh") or 0.0,
            item[0],
        ),
    )
    good = [name for name, mix in ordered if passes(mix)]
    headline = (
        f"{len(good)} of {len(ordered)} mixes pass their tests: {', '.join(good)}" if good
        else f"None of the {len(ordered)} mixes passes its tests at the contract charge"
    )  # fmt: skip
    before = [
        float(mix["npv_prefinance_usd_nominal"])
        for _, mix in ordered
        if mix.get("npv_prefinance_usd_nominal") is not None
    ]
    blocks: list[Block] = []
    known = [(name, mix) for name, mix in ordered if mix.get("dscr_min_ratio") is not None]
    if known:
        blocks.append(_cover_chart(known))
    blocks += [_mix_table(ordered), _test_table(ordered)]
    reasons = [
        f"{name}: {key.replace('_', ' ')}: {text}"
        for name, mix in ordered
        for key, text in (mix.get("reasons") or {}).items()
    ]
    if reasons:
        blocks.append(Text(tuple(dict.fromkeys(reasons)), voice="note", title="Why a value is missing"))
    page = Page(
        "Funding mixes side by side",
        headline,
        npv_same_for_all(before) + " NPV and returns below are nominal USD; NPV is at each mix's own cost of capital.",
        tuple(blocks),
        source_line(results, "mixes"),
    )
    return (page,)


def _cover_chart(known: list[tuple[str, Mapping[str, Any]]]) -> DotRows:
    names = tuple(name for name, _ in known)
    least = tuple(float(mix["dscr_min_ratio"]) for _, mix in known)
    mean = tuple(float(mix.get("dscr_average_ratio") or mix["dscr_min_ratio"]) for _, mix in known)
    return DotRows(
        "Lowest and average debt service cover of each mix; at 1.00 cash just covers debt service",
        "Dots. Funding mix by debt service cover ratio. "
        + "; ".join(f"{n}: min {show(a, 'cover_ratio')}, average {show(b, 'cover_ratio')}" for n, a, b in zip(names, least, mean, strict=True))
        + ". Data: the table below.",
        170.0, 28.0 + 8.0 * len(names), names,
        ((Layer("lowest", palette.ACCENT, least), "filled"), (Layer("average", palette.ACCENT, mean), "hollow")),
        Axis("DSCR", "x"), (("1.00x", DSCR_FLOOR),),
    )  # fmt: skip


def _mix_table(ordered: list[tuple[str, Mapping[str, Any]]]) -> Table:
    rows = [
        (
            name,
            _cell(mix, "required_charge_usd_per_mwh", "price_usd_per_mwh"),
            _cell(mix, "lcot_usd_per_mwh", "price_usd_per_mwh"),
            _cell(mix, "npv_usd_nominal", "money_musd", 1e-6, signed=True),
            _cell(mix, "cost_of_capital_pa", "rate_pa"),
            _cell(mix, "project_irr_pa", "irr_pa"),
            _cell(mix, "equity_irr_pa", "irr_pa"),
            _cell(mix, "dscr_min_ratio", "cover_ratio"),
            _cell(mix, "llcr_min_ratio", "cover_ratio"),
            _cell(mix, "grant_element_frac", "share_frac"),
        )
        for name, mix in ordered
    ]
    columns = (
        Column("Mix", width=1), Column("Required charge", "USD/MWh", True), Column("LCOT", "USD/MWh", True), Column("NPV", "M USD", True),
        Column("Cost of capital", "%", True), Column("Project IRR", "%", True), Column("Equity IRR", "%", True), Column("Min DSCR", "x", True),
        Column("Min LLCR", "x", True), Column("Grant element", "%", True),
    )  # fmt: skip
    return Table(
        "Measures of the funding mixes", columns, tuple(rows), small=True,
        note="Grant element at a discount rate of 5 %. LCOT: levelised cost of transmission per delivered MWh. n/a: not computed.",
    )  # fmt: skip


def _cell(mix: Mapping[str, Any], key: str, quantity: str, factor: float = 1.0, *, signed: bool = False) -> str:
    value = mix.get(key)
    return "n/a" if value is None else number(float(value) * factor, quantity, signed=signed)


def _test_table(ordered: list[tuple[str, Mapping[str, Any]]]) -> Table:
    rows = tuple(
        (name, str(mix.get("verdict") or "n/a"), str(mix.get("verdict_test") or NOT_APPLICABLE))
        for name, mix in ordered
    )
    return Table(
        "Tests of the funding mixes",
        (Column("Mix"), Column("Verdict"), Column("Test that decides", width=1)),
        rows,
        small=True,
    )


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
    blocks: list[Block] = [
        *_cash_blocks(results, name),
        *_balance_blocks(results, name),
        *_tranche_table(results, name),
    ]
    if not blocks:
        return ()
    cover = mix.get("dscr_min_ratio")
    headline = f"{name}: no debt service cover was computed"
    if cover is not None:
        headline = f"{name}: " + cover_shortfall(float(cover), mix.get("dscr_min_year"), DSCR_FLOOR).rstrip(".")
    page = Page(
        "Cash flow of the best mix",
        headline,
        f"{name} is the mix that asks least. Nominal USD at the date of each flow, at the contract charge of the case; construction comes "
        "before the first operating year.",
        tuple(blocks),
        source_line(results, "cashflows, balances, tranches"),
    )
    return (page,)


def _cash_blocks(results: Results, mix: str) -> list[Block]:
    cash, service = series(results, mix, "cfads"), series(results, mix, "debt_service")
    years = tuple(sorted(set(cash) & set(service)))
    if len(years) < 2:
        return []
    columns = Layer("CFADS", palette.ACCENT, tuple(cash[y] / 1e6 for y in years))
    line = Layer("debt service", palette.LIMIT, tuple(service[y] / 1e6 for y in years))
    blocks: list[Block] = [YearColumns(
        "Cash available for debt service (columns) against debt service (line)",
        f"Columns and line. Years {years[0]} to {years[-1]}, M USD nominal. First year: CFADS {money(cash[years[0]])}, debt service "
        f"{money(service[years[0]])}; last: {money(cash[years[-1]])} and {money(service[years[-1]])}.",
        170.0, 58.0, years, columns, line, Axis("Per year", "M USD nominal"),
    )]  # fmt: skip
    covered = [y for y in years if service[y] > 1.0]
    if len(covered) >= 2:
        ratio = tuple(cash[y] / service[y] for y in covered)
        low = min(range(len(covered)), key=lambda k: ratio[k])
        blocks.append(YearLines(
            "Debt service cover ratio of each year with debt service",
            f"Line. Years {covered[0]} to {covered[-1]}, DSCR. Lowest {show(ratio[low], 'cover_ratio')} in {covered[low]}, highest "
            f"{show(max(ratio), 'cover_ratio')}.",
            170.0, 50.0, (tuple(covered),), (Layer("DSCR", palette.ACCENT, ratio),), Axis("DSCR", "x"), (("1.00x", DSCR_FLOOR),),
        ))  # fmt: skip
    return blocks


def _balance_blocks(results: Results, mix: str) -> list[Block]:
    rows = [row for row in results.static.get("balances", ()) if row["mix"] == mix]
    years = tuple(sorted({int(row["year"]) for row in rows}))
    if len(years) < 2:
        return []
    kinds = {str(row["tranche"]): str(row["kind"]) for row in results.static.get("tranches", ()) if row["mix"] == mix}
    tranches = list(dict.fromkeys(str(row["tranche"]) for row in rows))
    order = list(palette.FUNDING)
    tranches.sort(key=lambda t: (order.index(palette.funding(kinds.get(t, ""))), t))
    amounts = {(str(row["tranche"]), int(row["year"])): float(row["closing_usd_nominal"]) / 1e6 for row in rows}
    layers = tuple(
        Layer(
            t,
            palette.FUNDING[palette.funding(kinds.get(t, ""))],
            tuple(max(amounts.get((t, y), 0.0), 0.0) for y in years),
        )
        for t in tranches
        if max(amounts.get((t, y), 0.0) for y in years) > 0
    )
    if not layers:
        return []
    total = [sum(layer.values[k] for layer in layers) for k in range(len(years))]
    peak = max(range(len(years)), key=lambda k: total[k])
    chart = YearAreas(
        "Debt outstanding at the end of each year, by tranche",
        f"Stacked areas. Years {years[0]} to {years[-1]}, M USD nominal. Peak {money(total[peak] * 1e6)} in {years[peak]}; at the end "
        f"{money(total[-1] * 1e6)}. Tranches: {', '.join(layer.label for layer in layers)}.",
        170.0, 56.0, years, layers, Axis("Debt outstanding", "M USD nominal"),
    )  # fmt: skip
    return [chart]


def _tranche_table(results: Results, mix: str) -> list[Block]:
    rows = [row for row in results.static.get("tranches", ()) if row["mix"] == mix]
    if not rows:
        return []
    total = sum(float(row["amount_usd_nominal"]) for row in rows)
    cells = [
        (
            str(row["tranche"]), str(row["kind"]).replace("_", " "), number(float(row["amount_usd_nominal"]) / 1e6, "money_musd"),
            number(float(row["amount_usd_nominal"]) / total if total else 0.0, "share_frac"), str(row["currency"]),
            number(_maybe(row["all_in_pa"]), "rate_pa"), _years(row["tenor_years"]), _years(row["grace_years"]),
            number(_maybe(row["grant_element_frac"]), "share_frac"), str(row["source"]),
        )
        for row in rows
    ]  # fmt: skip
    cells.append(
        ("total", NOT_APPLICABLE, number(total / 1e6, "money_musd"), number(1.0, "share_frac"), *[NOT_APPLICABLE] * 6)
    )
    columns = (
        Column("Tranche", width=1), Column("Kind"), Column("Amount", "M USD", True), Column("Share", "%", True), Column("Currency"),
        Column("All-in", "% p.a.", True), Column("Tenor", "years", True), Column("Grace", "years", True), Column("Grant element", "%", True),
        Column("Terms from", width=2),
    )  # fmt: skip
    return [Table(f"Sources of money of {mix}", columns, tuple(cells), strong_rows=(len(cells) - 1,), small=True)]


def _years(value: Any) -> str:
    return NOT_APPLICABLE if value is None or float(value) == 0 else significant(float(value))


def sensitivity(results: Results) -> tuple[Page, ...]:
    """Which input moves the result most; only where the run holds that table."""
    rows = results.static.get("tornado", ())
    if not rows or not results.mixes:
        return ()
    ordered = sorted(rows, key=lambda r: -abs(float(r["npv_high_usd_nominal"]) - float(r["npv_low_usd_nominal"])))[:10]
    names = tuple(str(row["input"]) for row in ordered)
    low, high = (
        tuple(float(row[key]) / 1e6 for row in ordered) for key in ("npv_low_usd_nominal", "npv_high_usd_nominal")
    )
    central = float(ordered[0]["npv_central_usd_nominal"]) / 1e6
    labels = [tuple(f"{significant(float(row[end]))} {row['unit']}" for row in ordered) for end in ("low", "high")]
    chart = Tornado(
        "NPV with one input at its low or high end, all else central; bar ends carry the input's value",
        f"Tornado. NPV in M USD nominal around {money(central * 1e6, signed=True)}. Most: {names[0]}, from {money(low[0] * 1e6, signed=True)} to "
        f"{money(high[0] * 1e6, signed=True)}. {len(names)} inputs.",
        170.0, 24.0 + 9.0 * len(names), names, low, high, labels[0], labels[1], central, Axis("NPV", "M USD nominal"),
    )  # fmt: skip
    page = Page(
        "What moves the result",
        f"{names[0]} moves NPV most: {money(low[0] * 1e6, signed=True)} to {money(high[0] * 1e6, signed=True)}",
        "One input at a time; ends are plausible bounds, not percentiles.",
        (chart,),
        source_line(results, "tornado"),
    )
    return (page,)
