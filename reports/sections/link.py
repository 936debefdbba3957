"""The cable: how long it runs at what power, when, and the prices at its ends."""

from __future__ import annotations

import numpy as np

from reports import palette
from reports.charts import FULL_MM, Axis, DurationCurve, HourDayMap, Layer, RangeBars
from reports.content import Block, Column, Page, Table
from reports.language import say, word
from reports.numbers import number, show
from reports.results import Array, Results, Row, country_name, link_name, link_short
from reports.sections.calendar import month_names
from reports.sections.dispatch import LOCAL_OFFSET_H
from reports.sections.source_line import source_line
from reports.sentences import cable_direction

ONE_WAY_FRAC = 0.95
"""From this share of running hours in one direction on, a one-signed colour scale shows more."""
RENT_RANGE_FRAC = 0.01
"""A rent that moves by less between optimal duals is shown as one figure."""


def cable(results: Results) -> tuple[Page, ...]:
    """Duration curve and hour x day map of the project's link; only of a whole year."""
    link = results.project_link
    if link is None or not results.whole_year:
        return ()
    name = str(link["name"])
    flow = results.link_flow_mw(name) / 1e3
    forward, reverse = results.received_mwh(name)
    ends = _ends(results, link)
    blocks: list[Block] = [_duration(results, link, flow), _heat_map(results, link, flow), _table(results)]
    page = Page(
        "The cable",
        cable_direction(link_name(name), ends[1], ends[0], forward, reverse),
        _lead(results, link, flow),
        tuple(blocks),
        source_line(results, "links_sent, links_received, links_idle, links"),
    )
    return (page,)


def _ends(results: Results, link: Row) -> tuple[str, str]:
    """Names of the countries at the link's from and to end."""
    start, end = (country_name(str(results.bus(str(link[key]))["country"])) for key in ("from_bus", "to_bus"))
    return start, end


def _lead(results: Results, link: Row, flow_gw: Array) -> str:
    rating = float(link["capacity_mw"]) / 1e3
    full = int(np.count_nonzero(np.abs(flow_gw) >= 0.999 * rating))
    idle = int(np.count_nonzero(np.abs(flow_gw) < 0.001 * rating))
    return say(
        "Rating {rating}; at full power in {full}, idle in {idle} of {hours}. Positive: {link}, as sent.",
        rating=show(rating, "power_gw"),
        full=show(full, "time_h"),
        idle=show(idle, "time_h"),
        hours=show(results.hours, "time_h"),
        link=say("{start} to {end}", start=_ends(results, link)[0], end=_ends(results, link)[1]),
    )


def _duration(results: Results, link: Row, flow: Array) -> DurationCurve:
    rating = float(link["capacity_mw"]) / 1e3
    others = [other for other in results.links if other["name"] != link["name"]]
    layers = [_curve(results, link, palette.ACCENT), *(_curve(results, other, palette.MUTED) for other in others[:1])]
    limits = [("rating", rating)]
    if flow.min() < -0.5 * rating:
        limits.append(("rating, reverse", -rating))
    forward, reverse = (int(np.count_nonzero(side > 1e-3)) for side in (flow, -flow))
    return DurationCurve(
        caption=say(
            "Power sent over the link, sorted; dashed: rating of the {name}", name=link_name(str(link["name"]))
        ),
        alt=say(
            "Duration curve. Hours 0 to {hours}, power sent in GW. Highest {flow}, lowest {flow_2}; forward in "
            "{forward} h, reverse in {reverse} h. Data: the table of links.",
            hours=results.hours,
            flow=show(float(flow.max()), "power_gw"),
            flow_2=show(float(flow.min()), "power_gw"),
            forward=forward,
            reverse=reverse,
        ),
        width_mm=FULL_MM,
        height_mm=66.0,
        layers=tuple(layers),
        axis=Axis("Power sent", "GW"),
        limits=tuple(limits),
    )


def _curve(results: Results, link: Row, colour: str) -> Layer:
    values = results.link_flow_mw(str(link["name"])) / 1e3
    return Layer(link_short(str(link["name"])), colour, tuple(map(float, values)))


def day_grid(results: Results, values: Array) -> tuple[Array, tuple[tuple[int, str], ...]]:
    """Values as (24, days) in local time, and where months begin. The few hours that UTC+5 moves into the next year
    stand at the year's first hours, so that every hour of the run is shown once."""
    days = results.hours // 24
    rolled = np.roll(values, LOCAL_OFFSET_H)[: days * 24]
    first = results.clock[0].astype("datetime64[D]")
    dates = first + np.arange(days)
    starts = tuple(
        (int(k), month_names()[int(str(day)[5:7]) - 1]) for k, day in enumerate(dates) if str(day).endswith("-01")
    )
    return rolled.reshape(days, 24).T, starts


def _heat_map(results: Results, link: Row, flow: Array) -> HourDayMap:
    grid, starts = day_grid(results, flow)
    forward, reverse = (int(np.count_nonzero(side > 1e-3)) for side in (flow, -flow))
    two_signed = max(forward, reverse) < ONE_WAY_FRAC * max(forward + reverse, 1)
    by_hour = grid.mean(axis=1)
    most, least = int(by_hour.argmax()), int(by_hour.argmin())
    scale = "brown: reverse, violet: forward" if two_signed else "dark: low, light: high"
    return HourDayMap(
        caption=say(
            "Flow of the {name} by hour of the day and day of the year; {scale}",
            name=link_name(str(link["name"])),
            scale=scale,
        ),
        alt=say(
            "Heat map. Days of the year by hour of the day (UTC+5), flow in GW. On average highest at "
            "{most}:00 ({by_hour_most}), lowest at {least}:00 ({by_hour_least}).",
            most=most,
            by_hour_most=show(float(by_hour[most]), "power_gw"),
            least=least,
            by_hour_least=show(float(by_hour[least]), "power_gw"),
        ),
        width_mm=FULL_MM,
        height_mm=62.0,
        values=grid,
        axis=Axis("Flow", "GW"),
        zone="UTC+5",
        two_signed=two_signed,
        month_starts=starts,
    )


def _table(results: Results) -> Table:
    columns = (
        Column("Link", width=1),
        Column("Rating", "MW", True),
        Column("Sent", "TWh", True),
        Column("Lost", "TWh", True),
        Column("Received forward", "TWh", True),
        Column("Received reverse", "TWh", True),
        Column("Used", "%", True),
        Column("At limit", "h", True),
    )
    rows = tuple(_row(results, link) for link in results.links)
    note = word("Forward: Caspian KZ to AZ, Black Sea GE to RO, others as in the case. Lost: running and idle loss.")
    return Table("The links over the year", columns, rows, note=f"{note} {_rent_ranges(results)}".strip(), small=True)


def _rent_ranges(results: Results) -> str:
    """A sentence for each link whose rent moves by more than a hundredth between optimal duals."""
    told = []
    for link in results.links:
        facts = results.summary["links"][str(link["name"])]
        least, most = facts.get("rent_least_usd_real"), facts.get("rent_most_usd_real")
        if least is None or most is None or most - least <= RENT_RANGE_FRAC * max(abs(least), abs(most)):
            continue
        told.append(
            say(
                "Rent of {link}: {least} to {most} between prices that are equally right.",
                link=link_name(str(link["name"])),
                least=show(least / 1e6, "money_fine_musd", signed=True),
                most=show(most / 1e6, "money_fine_musd", signed=True),
            )
        )
    return " ".join(told)


def _row(results: Results, link: Row) -> tuple[str, ...]:
    name = str(link["name"])
    facts = results.summary["links"][name]
    energies = (facts["sent_mwh"], facts["loss_mwh"], *results.received_mwh(name))
    return (
        link_name(name),
        number(facts["capacity_mw"], "power_mw"),
        *(number(float(energy) / 1e6, "energy_small_twh") for energy in energies),
        number(facts["utilisation_frac"], "share_frac"),
        number(facts["hours_at_limit"], "time_h"),
    )


def prices(results: Results) -> tuple[Page, ...]:
    """Prices at both ends of the link and by country; only of a whole year."""
    if not results.whole_year:
        return ()
    link = results.project_link
    blocks: list[Block] = []
    headline = _price_headline(results)
    if link is not None:
        pair = [results.hourly["prices"][str(link[end])] for end in ("from_bus", "to_bus")]
        spread = show(float(np.median(np.abs(pair[1] - pair[0]))), "price_usd_per_mwh")
        headline = say(
            "Prices differ by {spread} across the {name} in the median hour",
            spread=spread,
            name=link_name(str(link["name"])),
        )
        blocks.append(_price_curves(results, link, pair))
    blocks += [_price_chart(results), _price_table(results)]
    page = Page(
        "Prices",
        headline,
        say(
            "A price is the dual of the balance at a node: the cost of one more MWh there in that hour, in "
            "real USD of {price_base_year}. It is not a tariff.",
            price_base_year=results.price_base_year,
        ),
        tuple(blocks),
        source_line(results, "prices, served, links"),
    )
    return (page,)


def _country_prices(results: Results) -> dict[str, tuple[float, float, float, float]]:
    """Country -> (mean weighted with what is served, 5th and 95th percentile of the hours, hours below zero)."""
    found = {}
    for country in results.countries:
        hourly, total = _country_price(results, country)
        mean = float((hourly * total).sum() / total.sum()) if total.sum() > 0 else float(hourly.mean())
        low, high = (float(value) for value in np.percentile(hourly, [5, 95]))
        found[country] = (mean, low, high, float(np.count_nonzero(hourly < 0)))
    return found


def _price_headline(results: Results) -> str:
    means = {country: facts[0] for country, facts in _country_prices(results).items()}
    least, most = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    low, high = show(means[least], "price_usd_per_mwh"), show(means[most], "price_usd_per_mwh")
    return say(
        "Mean prices run from {low} in {least} to {high} in {most}",
        low=low,
        least=country_name(least),
        high=high,
        most=country_name(most),
    )


def _price_chart(results: Results) -> RangeBars:
    facts = _country_prices(results)
    means, low, high = (tuple(each[k] for each in facts.values()) for k in range(3))
    names = tuple(country_name(country) for country in facts)
    spoken = "; ".join(f"{n} {show(value, 'price_usd_per_mwh')}" for n, value in zip(names, means, strict=True))
    return RangeBars(
        caption="Mean price by country (bar, figure), with the 5th and 95th percentile of the hours (line)",
        alt=say("Bars with ranges in USD/MWh. Mean price: {spoken}. Data: the table below.", spoken=spoken),
        width_mm=FULL_MM,
        height_mm=22.0 + 7.0 * len(names),
        names=names,
        central=means,
        low=low,
        high=high,
        axis=Axis("Price", "USD/MWh"),
        value_labels=tuple(show(value, "price_usd_per_mwh") for value in means),
    )


def _price_curves(results: Results, link: Row, pair: list[Array]) -> DurationCurve:
    low, high = (float(value) for value in np.percentile(np.concatenate(pair), [0.5, 99.5]))
    named = list(zip(_ends(results, link), (palette.ACCENT, palette.INK), pair, strict=True))
    means = ", ".join(f"{name} {show(float(price.mean()), 'price_usd_per_mwh')}" for name, _, price in named)
    return DurationCurve(
        caption="Prices at both ends of the link, each sorted by itself; the half per cent at either end is cut off",
        alt=say(
            "Two price duration curves in USD/MWh over {hours} hours. Mean: {means}. Data: the table below.",
            hours=results.hours,
            means=means,
        ),
        width_mm=FULL_MM,
        height_mm=74.0,
        layers=tuple(Layer(name, colour, tuple(map(float, price))) for name, colour, price in named),
        axis=Axis("Price", "USD/MWh"),
        shaded=True,
        clip=(min(low, 0.0), high),
    )


def _price_table(results: Results) -> Table:
    rows = []
    for country, (mean, low, high, below) in _country_prices(results).items():
        cells = (number(value, "price_usd_per_mwh") for value in (mean, low, high))
        rows.append((country_name(country), *cells, number(below, "time_h")))
    columns = (
        Column("Country", width=1),
        Column("Mean", "USD/MWh", True),
        Column("P5", "USD/MWh", True),
        Column("P95", "USD/MWh", True),
        Column("Below zero", "h", True),
    )
    return Table("Prices by country, weighted with the demand served at each node", columns, tuple(rows))


def _country_price(results: Results, country: str) -> tuple[Array, Array]:
    """(price weighted with what is served, what is served) of every hour."""
    served, prices_of = results.hourly["served"], results.hourly["prices"]
    buses = [str(bus["name"]) for bus in results.static["buses"] if bus["country"] == country]
    buses = [name for name in buses if name in served]
    load = np.column_stack([served[name] for name in buses])
    price = np.column_stack([prices_of[name] for name in buses])
    total: Array = load.sum(axis=1)
    hourly: Array = np.divide((load * price).sum(axis=1), total, out=price.mean(axis=1), where=total > 0)
    return hourly, total
