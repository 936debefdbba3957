"""The figures of a mix's years, from the tables of its cash flow: cash and service, cover, balances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reports import palette
from reports.charts import FULL_MM, Axis, Layer, Step, StepRows, YearAreas, YearColumns
from reports.language import say
from reports.money_charts import Covers, Line
from reports.numbers import money, show
from reports.results import Row

Static = Mapping[str, tuple[Row, ...]]
RATIO = "cover_ratio"
NAMED_MAX = 3
"""Years below a covenant whose value is printed."""
TOP_FACTOR = 3.0
"""Of the highest limit: covers above say no more than that debt is nearly repaid."""


def series(static: Static, mix: str, item: str) -> dict[int, float]:
    """Yearly amounts of one item of a mix's cash flow, nominal USD."""
    return {
        int(row["year"]): float(row["amount_usd_nominal"])
        for row in static.get("cashflows", ())
        if row["mix"] == mix and row["item"] == item
    }


def span(years: Iterable[int]) -> tuple[int, ...]:
    """Every year from the first to the last that holds something."""
    found = sorted(years)
    return tuple(range(found[0], found[-1] + 1)) if found else ()


def of_mix(static: Static, table: str, mix: str) -> list[Row]:
    """The rows of one mix."""
    return [row for row in static.get(table, ()) if row["mix"] == mix]


def cash_chart(static: Static, mix: str) -> YearColumns | None:
    """Cash available for debt service against the service; None with fewer than two years."""
    cash, service = series(static, mix, "cfads"), series(static, mix, "debt_service")
    years = span(year for year in set(cash) & set(service) if cash[year] or service[year])
    if len(years) < 2:
        return None
    first, last = years[0], years[-1]
    return YearColumns(
        caption="Cash available for debt service (CFADS, columns) against debt service (line)",
        alt=say(
            "Columns and line. Years {first} to {last}, M USD nominal. {first}: CFADS {cash_first}, debt service "
            "{service_first}; {last}: {cash_last} and {service_last}.",
            first=first,
            last=last,
            cash_first=money(cash[first]),
            service_first=money(service[first]),
            cash_last=money(cash[last]),
            service_last=money(service[last]),
        ),
        width_mm=FULL_MM,
        height_mm=52.0,
        years=years,
        columns=Layer("CFADS", palette.BORDER, tuple(cash.get(year, 0.0) / 1e6 for year in years)),
        line=Layer("debt service", palette.LIMIT, tuple(service.get(year, 0.0) / 1e6 for year in years)),
        axis=Axis("Per year", "M USD nominal"),
    )


def cover_chart(static: Static, mix: str) -> Covers | None:
    """DSCR and LLCR with their limits; None with fewer than two years of debt."""
    rows = of_mix(static, "covers", mix)
    if len(rows) < 2:
        return None
    years = tuple(int(row["year"]) for row in rows)
    dscr = tuple(float(row["dscr_ratio"]) for row in rows)
    covenant, lock_up = float(rows[0]["dscr_covenant_ratio"]), rows[0]["lock_up_ratio"]
    limits = [(say("covenant {value}", value=show(covenant, RATIO)), covenant)]
    if lock_up is not None and lock_up != covenant:
        limits.append((say("lock-up {value}", value=show(float(lock_up), RATIO)), float(lock_up)))
    top = max(TOP_FACTOR * max(value for _, value in limits), min(dscr) * 1.1)
    life = [(int(row["year"]), float(row["llcr_ratio"])) for row in rows if row["llcr_ratio"] is not None]
    lines = [Line("DSCR", palette.ACCENT, years, dscr)]
    if len(life) > 1:
        lines.append(Line("LLCR", palette.MUTED, tuple(year for year, _ in life), tuple(value for _, value in life)))
    low, high = min(range(len(years)), key=dscr.__getitem__), max(range(len(years)), key=dscr.__getitem__)
    return Covers(
        caption=say(
            "Debt service cover (DSCR) and loan life cover (LLCR) of each year with debt; triangles: below the covenant"
        )
        + (say("; cut at {ratio}", ratio=show(top, RATIO)) if max(dscr) > top else ""),
        alt=say(
            "Lines. Years {first} to {last}. Lowest DSCR {low} in {low_year}, highest {high} in {high_year}. {below} "
            "years below {covenant}.",
            first=years[0],
            last=years[-1],
            low=show(dscr[low], RATIO),
            low_year=years[low],
            high=show(dscr[high], RATIO),
            high_year=years[high],
            below=sum(bool(row["below_covenant"]) for row in rows),
            covenant=show(covenant, RATIO),
        ),
        width_mm=FULL_MM,
        height_mm=62.0,
        years=years,
        lines=tuple(lines),
        limits=tuple(limits),
        below=_below(rows),
        axis=Axis("Cover", "x"),
        top=top,
    )


def _below(rows: list[Row]) -> tuple[tuple[int, float, str], ...]:
    """Years below the covenant; of many, the first, the lowest and the last carry their value."""
    low = [row for row in rows if row["below_covenant"]]
    if not low:
        return ()
    least = min(low, key=lambda row: float(row["dscr_ratio"]))
    named = low if len(low) <= NAMED_MAX else [low[0], low[-1]]
    named = [*named, *([] if abs(int(least["year"]) - int(low[0]["year"])) < NAMED_MAX else [least])]
    years = {int(row["year"]) for row in named}
    return tuple(
        (
            int(row["year"]),
            float(row["dscr_ratio"]),
            show(float(row["dscr_ratio"]), RATIO) if int(row["year"]) in years else "",
        )
        for row in low
    )


def balance_chart(static: Static, mix: str) -> YearAreas | None:
    """Debt outstanding by tranche; None without debt over two years."""
    rows = of_mix(static, "balances", mix)
    years = span(int(row["year"]) for row in rows if float(row["closing_usd_nominal"]) > 1.0)
    kinds = {str(row["tranche"]): str(row["kind"]) for row in of_mix(static, "tranches", mix)}
    amounts = {(str(row["tranche"]), int(row["year"])): float(row["closing_usd_nominal"]) / 1e6 for row in rows}
    layers = []
    for tranche in sorted({name for name, _ in amounts}, key=lambda name: _stack_order(kinds, name)):
        values = tuple(max(amounts.get((tranche, year), 0.0), 0.0) for year in years)
        if max(values, default=0.0) > 0:
            layers.append(Layer(tranche, palette.FUNDING[palette.funding(kinds.get(tranche, ""))], values))
    if len(years) < 2 or not layers:
        return None
    total = [sum(layer.values[k] for layer in layers) for k in range(len(years))]
    peak = max(range(len(years)), key=total.__getitem__)
    return YearAreas(
        caption="Debt outstanding at the end of each year, by tranche",
        alt=say(
            "Stacked areas. Years {first} to {last}, M USD nominal. Peak {peak} in {year}; at the end {end}. Tranches: "
            "{names}.",
            first=years[0],
            last=years[-1],
            peak=money(total[peak] * 1e6),
            year=years[peak],
            end=money(total[-1] * 1e6),
            names=", ".join(layer.label for layer in layers),
        ),
        width_mm=FULL_MM,
        height_mm=60.0,
        years=years,
        layers=tuple(layers),
        axis=Axis("Debt outstanding", "M USD nominal"),
    )


def _stack_order(kinds: Mapping[str, str], tranche: str) -> tuple[int, str]:
    return list(palette.FUNDING).index(palette.funding(kinds.get(tranche, ""))), tranche


OPERATING = (("opex", "running cost", -1.0), ("tax", "tax", -1.0))
RESERVED = (("maintenance_reserve_in", -1.0), ("maintenance_reserve_out", 1.0))
CLAIMS = (
    ("net_vat_returned", "value added tax given back", 1.0),
    ("senior_paid", "senior service", -1.0),
    ("reserve_interest", "interest on the reserve", 1.0),
    ("reserve_draw", "out of the reserve", 1.0),
    ("reserve_release", "released by the reserve", 1.0),
    ("reserve_top_up", "into the reserve", -1.0),
    ("subordinated_paid", "subordinated service", -1.0),
    ("swept", "loans prepaid", -1.0),
)
"""(column of the waterfall, words, sign)."""


def year_steps(static: Static, mix: str, year: int) -> StepRows | None:
    """The cash of one year from revenue to dividends; None where the run holds no waterfall."""
    rows = {int(row["year"]): row for row in of_mix(static, "waterfall", mix)}
    if year not in rows:
        return None
    row, before = rows[year], rows.get(year - 1)
    revenue = series(static, mix, "revenue").get(year, 0.0)
    steps = [Step(say("revenue {year}", year=year), revenue / 1e6, True)]
    steps += [
        Step(words, sign * series(static, mix, item).get(year, 0.0) / 1e6, False) for item, words, sign in OPERATING
    ]
    reserved = sum(sign * series(static, mix, item).get(year, 0.0) for item, sign in RESERVED)
    steps.append(Step("maintenance reserve", reserved / 1e6, False))
    steps.append(Step("CFADS", float(row["cfads_usd_nominal"]) / 1e6, True))
    steps += [
        Step(words, sign * float(row.get(f"{key}_usd_nominal") or 0.0) / 1e6, False) for key, words, sign in CLAIMS
    ]
    kept = float(row["retained_usd_nominal"]) - (float(before["retained_usd_nominal"]) if before else 0.0)
    steps.append(Step("kept by the lock-up", -kept / 1e6, False))
    steps.append(Step("dividends", float(row["dividends_usd_nominal"]) / 1e6, True))
    shown = tuple(step for step in steps if step.is_level or abs(step.value) >= 0.05)
    return StepRows(
        caption=say(
            "The cash of {year}, the year of the lowest cover: black: levels; blue: adds; red: takes", year=year
        ),
        alt=say(
            "Waterfall in M USD nominal. Revenue {revenue}, CFADS {cfads}, dividends {dividends}.",
            revenue=money(revenue),
            cfads=money(float(row["cfads_usd_nominal"])),
            dividends=money(float(row["dividends_usd_nominal"])),
        ),
        width_mm=FULL_MM,
        height_mm=15.0 + 5.2 * (len(shown) + 1),
        steps=shown,
        dots=(),
        level=0.0,
        level_label="",
        dots_title="",
        axis=Axis("Cash of the year", "M USD nominal"),
    )
