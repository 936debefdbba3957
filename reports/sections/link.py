"""The cable: how long it runs at what power, when, and the prices at its ends."""

from __future__ import annotations

import numpy as np

from reports import palette
from reports.charts import Axis, DurationCurve, HourDayMap, Layer
from reports.content import Block, Column, Page, Table
from reports.numbers import number, show
from reports.results import Array, Results, Row, country_name, link_name
from reports.sections.cover import source_line
from reports.sections.dispatch import MONTHS
from reports.sentences import cable_direction

ONE_WAY_FRAC = 0.95
"""From this share of running hours in one direction on, a one-signed colour scale shows more."""
LOCAL_OFFSET_H = 5


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
    return tuple(country_name(str(results.bus(str(link[end]))["country"])) for end in ("from_bus", "to_bus"))  # type: ignore[return-value]


def _lead(results: Results, link: Row, flow_gw: Array) -> str:
    rating = float(link["capacity_mw"]) / 1e3
    full = int(np.count_nonzero(np.abs(flow_gw) >= 0.999 * rating))
    idle = int(np.count_nonzero(np.abs(flow_gw) < 0.001 * rating))
    return (
        f"Rating {show(rating, 'power_gw')}; at full power in {show(full, 'time_h')}, idle in {show(idle, 'time_h')} of "
        f"{show(results.hours, 'time_h')}. Positive: {' to '.join(_ends(results, link))}, counted at the sending end."
    )


def _duration(results: Results, link: Row, flow: Array) -> DurationCurve:
    rating = float(link["capacity_mw"]) / 1e3
    layers = [Layer(link_name(str(link["name"])).replace(" link", ""), palette.ACCENT, tuple(map(float, flow)))]
    for other in results.links:
        if other["name"] != link["name"]:
            values = results.link_flow_mw(str(other["name"])) / 1e3
            layers.append(
                Layer(link_name(str(other["name"])).replace(" link", ""), palette.MUTED, tuple(map(float, values)))
            )
    limits = [("rating", rating)]
    if flow.min() < -0.5 * rating:
        limits.append(("rating, reverse", -rating))
    return DurationCurve(
        f"Power sent over the link, sorted; dashed: rating of the {link_name(str(link['name']))}",
        f"Duration curve. Hours 0 to {results.hours}, power sent in GW. Highest {show(float(flow.max()), 'power_gw')}, "
        f"lowest {show(float(flow.min()), 'power_gw')}; forward in {int(np.count_nonzero(flow > 1e-3))} h, reverse in "
        f"{int(np.count_nonzero(flow < -1e-3))} h. Data: the table of links.",
        170.0, 66.0, tuple(layers), Axis("Power sent", "GW"), tuple(limits),
    )  # fmt: skip


def day_grid(results: Results, values: Array) -> tuple[Array, tuple[tuple[int, str], ...]]:
    """Values as (24, days) in local time, and where months begin. The few hours that UTC+5 moves into the next year
    stand at the year's first hours, so that every hour of the run is shown once."""
    days = results.hours // 24
    rolled = np.roll(values, LOCAL_OFFSET_H)[: days * 24]
    first = results.clock[0].astype("datetime64[D]")
    dates = first + np.arange(days)
    starts = tuple((int(k), MONTHS[int(str(day)[5:7]) - 1]) for k, day in enumerate(dates) if str(day).endswith("-01"))
    return rolled.reshape(days, 24).T, starts


def _heat_map(results: Results, link: Row, flow: Array) -> HourDayMap:
    grid, starts = day_grid(results, flow)
    moving = np.abs(flow) > 1e-3
    share = max(float((flow > 1e-3).sum()), float((flow < -1e-3).sum())) / max(int(moving.sum()), 1)
    two_signed = share < ONE_WAY_FRAC
    by_hour = grid.mean(axis=1)
    most, least = int(by_hour.argmax()), int(by_hour.argmin())
    sign = "brown: reverse, violet: forward" if two_signed else "dark: low, light: high"
    return HourDayMap(
        f"Flow of the {link_name(str(link['name']))} by hour of the day and day of the year; {sign}",
        f"Heat map. Days of the year by hour of the day (UTC+5), flow in GW. On average highest at {most}:00 "
        f"({show(float(by_hour[most]), 'power_gw')}), lowest at {least}:00 ({show(float(by_hour[least]), 'power_gw')}).",
        170.0, 62.0, grid, Axis("Flow", "GW"), "UTC+5", two_signed, starts,
    )  # fmt: skip


def _table(results: Results) -> Table:
    rows = []
    for link in results.links:
        name, facts = str(link["name"]), results.summary["links"][str(link["name"])]
        forward, reverse = results.received_mwh(name)
        start, end = (str(results.bus(str(link[k]))["country"]) for k in ("from_bus", "to_bus"))
        rows.append((
            link_name(name), number(facts["capacity_mw"], "power_mw"), number(facts["sent_mwh"] / 1e6, "energy_small_twh"),
            number(facts["loss_mwh"] / 1e6, "energy_small_twh"), f"{number(forward / 1e6, 'energy_small_twh')} to {end}",
            f"{number(reverse / 1e6, 'energy_small_twh')} to {start}",
            number(facts["sent_mwh"] / (facts["capacity_mw"] * results.hours), "share_frac"),
            number(facts["hours_at_limit"], "time_h"),
        ))  # fmt: skip
    columns = (
        Column("Link", width=1), Column("Rating", "MW", True), Column("Sent", "TWh", True), Column("Lost", "TWh", True),
        Column("Received forward", "TWh", True), Column("Received reverse", "TWh", True), Column("Used", "%", True),
        Column("At limit", "h", True),
    )  # fmt: skip
    return Table("The links over the year", columns, tuple(rows), small=True)


def prices(results: Results) -> tuple[Page, ...]:
    """Prices at both ends of the link and by country; only of a whole year."""
    if not results.whole_year:
        return ()
    link = results.project_link
    blocks: list[Block] = []
    headline = "Hourly prices differ between the countries"
    if link is not None:
        ends = [str(link[end]) for end in ("from_bus", "to_bus")]
        pair = [results.hourly["prices"][end] for end in ends]
        spread = float(np.median(np.abs(pair[1] - pair[0])))
        headline = f"Prices differ by {show(spread, 'price_usd_per_mwh')} across the {link_name(str(link['name']))} in the median hour"
        blocks.append(_price_curves(results, ends, pair))
    blocks.append(_price_table(results))
    page = Page(
        "Prices",
        headline,
        "A price is the dual of the balance at a node: the cost of one more MWh there in that hour, "
        f"in real USD of {results.price_base_year}. It is not a tariff.",
        tuple(blocks),
        source_line(results, "prices, served, links"),
    )
    return (page,)


def _price_curves(results: Results, ends: list[str], pair: list[Array]) -> DurationCurve:
    both = np.concatenate(pair)
    low, high = (float(v) for v in np.percentile(both, [0.5, 99.5]))
    names = [country_name(str(results.bus(end)["country"])) for end in ends]
    means = ", ".join(f"{n} {show(float(p.mean()), 'price_usd_per_mwh')}" for n, p in zip(names, pair, strict=True))
    return DurationCurve(
        "Prices at both ends of the link, each sorted by itself; the half per cent at either end of the range is cut off",
        f"Two price duration curves in USD/MWh over {results.hours} hours. Mean: {means}. Data: the table below.",
        170.0, 74.0,
        tuple(Layer(n, c, tuple(map(float, p))) for n, c, p in zip(names, (palette.ACCENT, palette.INK), pair, strict=True)),
        Axis("Price", "USD/MWh"), shaded=True, clip=(min(low, 0.0), high),
    )  # fmt: skip


def _price_table(results: Results) -> Table:
    rows = []
    served, prices_of = results.hourly["served"], results.hourly["prices"]
    for country in results.countries:
        buses = [str(b["name"]) for b in results.static["buses"] if b["country"] == country and b["name"] in served]
        load = served.values[:, [served.columns.index(b) for b in buses]]
        price = prices_of.values[:, [prices_of.columns.index(b) for b in buses]]
        total = load.sum(axis=1)
        hourly = np.divide((load * price).sum(axis=1), total, out=price.mean(axis=1), where=total > 0)
        mean = float((hourly * total).sum() / total.sum()) if total.sum() > 0 else float(hourly.mean())
        low, high = (float(v) for v in np.percentile(hourly, [5, 95]))
        rows.append((country_name(country), *(number(v, "price_usd_per_mwh") for v in (mean, low, high)),
                     number(float(np.count_nonzero(hourly < 0)), "time_h")))  # fmt: skip
    columns = (
        Column("Country", width=1), Column("Mean", "USD/MWh", True), Column("P5", "USD/MWh", True),
        Column("P95", "USD/MWh", True), Column("Below zero", "h", True),
    )  # fmt: skip
    return Table("Prices by country, weighted with the demand served at each node", columns, tuple(rows))
