"""Who gains and who pays: welfare by country, sharing keys, economic appraisal, and the owners of wind and sun."""

from __future__ import annotations

from collections.abc import Sequence

from reports import palette
from reports.charts import FULL_MM, Axis, Layer
from reports.content import Column, Page, Table, Text
from reports.language import say
from reports.money_charts import Diverging
from reports.numbers import money, number, show
from reports.results import Results, Row, country_name
from reports.sections.developers import compared_developers, own_developers
from reports.sections.source_line import source_line

MONEY = "money_musd"
WORLD = "rest_of_world"
PARTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("consumers", palette.ACCENT, ("consumers",)),
    ("producers", palette.WARNING_FILL, ("producers",)),
    ("congestion rent", palette.MUTED, ("network", "links")),
    ("trade and transit", palette.BORDER, ("trade", "transit")),
    ("border carbon", palette.INK, ("border_carbon",)),
)
"""(words, colour, parts of the table) of each layer."""
KEYS = {
    "thirds": "equal thirds",
    "territory": "where it stands",
    "benefit": "in proportion to gains",
    "compensate_losers": "losers made whole",
}
KEY_COLOURS = (palette.ACCENT, palette.WARNING_FILL, palette.MUTED, palette.INK)


def gains(results: Results) -> tuple[Page, ...]:
    """Two pages where the run was compared with one without the link; else the owners of plants alone."""
    surplus = results.static.get("benefits_surplus", ())
    whole = results.static.get("benefits", ())
    if surplus and whole:
        return (_gains_page(results, whole[0], surplus), *compared_developers(results))
    return own_developers(results)


def _gains_page(results: Results, whole: Row, surplus: Sequence[Row]) -> Page:
    shares = results.static.get("benefits_shares", ())
    countries = list(dict.fromkeys(str(row["country"]) for row in surplus))
    return Page(
        "Who gains and who pays",
        _headline(countries, surplus, shares),
        say(
            "{with_link} less {without}: welfare of one dispatched year, real USD of {base}; every operating year "
            "repeats it. Cost: link and inland works, {investment}, and {running} a year to run, as an even yearly "
            "amount at the project's real rate.",
            with_link=whole["with_link"],
            without=whole["without_link"],
            base=results.price_base_year,
            investment=money(float(whole["investment_usd_real"])),
            running=money(float(whole["running_usd_real"])),
        ),
        (
            _surplus_chart(countries, surplus),
            _key_chart(shares),
            _key_table(countries, surplus, shares),
            _economic_table(results, whole),
            Text(tuple(str(whole["notes"]).split(" | ")), voice="note", title="Read with this"),
        ),
        source_line(results, "benefits_surplus, benefits_shares, benefits_economic"),
    )


def _name(country: str) -> str:
    return "rest of world" if country == WORLD else country_name(country)


def _sum(surplus: Sequence[Row], country: str, parts: Sequence[str] | None = None) -> float:
    return sum(
        float(row["amount_usd_real"])
        for row in surplus
        if row["country"] == country and (parts is None or row["part"] in parts)
    )


def _headline(countries: Sequence[str], surplus: Sequence[Row], shares: Sequence[Row]) -> str:
    total = {country: _sum(surplus, country) for country in countries if country != WORLD}
    most, least = max(total, key=total.__getitem__), min(total, key=total.__getitem__)
    short = [str(row["country"]) for row in shares if row["key"] == "thirds" and float(row["net_usd_real"]) < 0]
    who = say("thirds of the cost leave nobody short")
    if short:
        who = say("thirds of the cost leave {who} short", who=" and ".join(country_name(each) for each in short))
    verb = say("loses") if total[least] < 0 else say("gains")
    return say(
        "{most} gains {x} a year, {least} {verb} {y}; {who}",
        most=country_name(most),
        x=money(total[most]),
        least=country_name(least),
        verb=verb,
        y=money(abs(total[least])),
        who=who,
    )


def _surplus_chart(countries: Sequence[str], surplus: Sequence[Row]) -> Diverging:
    used = [each for each in PARTS if any(_sum(surplus, country, each[2]) for country in countries)]
    layers = tuple(
        Layer(words, colour, tuple(_sum(surplus, country, parts) / 1e6 for country in countries))
        for words, colour, parts in used
    )
    totals = tuple(_sum(surplus, country) / 1e6 for country in countries)
    return Diverging(
        caption="Change of yearly welfare by country and part; diamonds and numbers: the country's sum",
        alt=say(
            "Bars left and right of zero in M USD a year. Sums: {sums}. Data: the table below.",
            sums=", ".join(
                f"{_name(c)} {number(total, MONEY, signed=True)}" for c, total in zip(countries, totals, strict=True)
            ),
        ),
        width_mm=FULL_MM,
        height_mm=26.0 + 7.0 * len(countries),
        names=tuple(_name(country) for country in countries),
        layers=layers,
        axis=Axis("Change of welfare", "M USD/a real"),
        sums=totals,
        value_labels=tuple(number(total, MONEY, signed=True) for total in totals),
    )


def _key_chart(shares: Sequence[Row]) -> Diverging:
    """Net of each country under each key, one row a key."""
    countries = list(dict.fromkeys(str(row["country"]) for row in shares))
    net = {(str(row["key"]), str(row["country"])): float(row["net_usd_real"]) / 1e6 for row in shares}
    keys = [key for key in KEYS if any(name == key for name, _ in net)]
    layers = tuple(
        Layer(
            country_name(country),
            palette.COUNTRY.get(country, palette.COUNTRY["other"]),
            tuple(net.get((key, country), 0.0) for key in keys),
        )
        for country in countries
    )
    return Diverging(
        caption="Gain less share of the cost under each sharing key, by country",
        alt=say(
            "Bars left and right of zero in M USD a year, one row a key. {rows}. Data: the table below.",
            rows="; ".join(
                f"{KEYS[key]}: "
                + ", ".join(f"{c} {number(net.get((key, c), 0.0), MONEY, signed=True)}" for c in countries)
                for key in keys
            ),
        ),
        width_mm=FULL_MM,
        height_mm=26.0 + 7.0 * len(keys),
        names=tuple(KEYS[key] for key in keys),
        layers=layers,
        sums=(),
        value_labels=(),
        axis=Axis("Gain less cost", "M USD/a real"),
    )


def _key_table(countries: Sequence[str], surplus: Sequence[Row], shares: Sequence[Row]) -> Table:
    net = {(str(row["key"]), str(row["country"])): float(row["net_usd_real"]) for row in shares}
    cells = []
    for country in countries:
        parts = (number(_sum(surplus, country, names) / 1e6, MONEY, signed=True) for _, _, names in PARTS)
        total = number(_sum(surplus, country) / 1e6, MONEY, signed=True)
        keys = (number(maybe_million(net.get((key, country))), MONEY, signed=True) for key in KEYS)
        cells.append((_name(country), *parts, total, *keys))
    columns = (
        Column("Country", width=1.1),
        *(Column(words[:1].upper() + words[1:], "M USD/a", True, 1.2) for words, _, _ in PARTS),
        Column("Sum", "M USD/a", True, 0.65),
        *(Column(say("Net, {words}", words=words), "M USD/a", True, 1) for words in KEYS.values()),
    )
    note = (
        "Net: the sum, less what outages of the link take of it, less the share of the yearly cost under a key; the "
        "rest of the world pays nothing under any."
    )
    return Table("Welfare before and after each key", columns, tuple(cells), note=note, small=True)


def maybe_million(value: float | None) -> float | None:
    """Millions of an amount that may be missing."""
    return None if value is None else value / 1e6


def _economic_table(results: Results, whole: Row) -> Table:
    cells = tuple(
        (
            number(float(row["rate_pa"]), "share_frac") + " %",
            number(float(row["enpv_usd_real"]) / 1e6, MONEY, signed=True),
            number(float(row["enpv_without_carbon_usd_real"]) / 1e6, MONEY, signed=True),
            number(float(row["benefit_cost_ratio"]), "plain"),
        )
        for row in results.static.get("benefits_economic", ())
    )
    columns = (
        Column("Social discount rate", width=1),
        Column("ENPV with the shadow value of carbon", "M USD real", True, 1.3),
        Column("ENPV without it", "M USD real", True, 1),
        Column("Benefit over cost", "ratio", True, 1),
    )
    low, central, high = (show(float(whole[f"carbon{end}_usd_real"]) / 1e6, MONEY) for end in ("_low", "", "_high"))
    rate = whole["err_pa"]
    err = show(float(rate), "irr_pa") if rate is not None else str(whole["err_reason"])
    tonnes = show(-float(whole["emissions_change_tco2"]) / 1e6, "co2_mt")
    note = say(
        "Economic rate of return {err}. Carbon above the price in the dispatch: {central} a year ({low} to "
        "{high}) for {tonnes} avoided in the modelled countries and their neighbours. Taxes, transfers and "
        "financing left out.",
        err=err,
        central=central,
        low=low,
        high=high,
        tonnes=tonnes,
    )
    return Table("Economic appraisal", columns, cells, note=note, small=True)
