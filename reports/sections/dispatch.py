"""Hours: a winter and a summer week, what is curtailed, which interface limits bind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports import palette
from reports.charts import Axis, DispatchWeeks, Layer, RankedBars, WeekPanel
from reports.content import Block, Column, Page, Table, Text
from reports.numbers import hours, number, show
from reports.results import Results, country_name, link_name, place_name
from reports.sections.cover import source_line
from reports.sentences import binding

WEEK_H = 168
LOCAL_OFFSET_H = 5
"""UTC+5: the time of Kazakhstan and Uzbekistan, where most of the demand is."""
SEASONS = {"Winter": (12, 1, 2), "Summer": (6, 7, 8)}
NAMES_MAX = 12


@dataclass(frozen=True, slots=True)
class Week:
    season: str
    first: int
    """Index of its first hour."""


def chosen_weeks(results: Results) -> tuple[Week, ...]:
    """In each season the seven local days with the most demand; of a part of a year, its first seven whole days."""
    demand = results.hourly["demand"].summed()
    local = results.clock + np.timedelta64(LOCAL_OFFSET_H, "h")
    midnight = np.flatnonzero(local.astype("datetime64[h]").astype(np.int64) % 24 == 0)
    starts = midnight[midnight + WEEK_H <= results.hours]
    if len(starts) == 0:
        return ()
    if not results.whole_year:
        return (Week("First week", int(starts[0])),)
    total = np.concatenate(([0.0], np.cumsum(demand)))
    months = local.astype("datetime64[M]").astype(np.int64) % 12 + 1
    found = []
    for season, wanted in SEASONS.items():
        inside = [s for s in starts if months[s] in wanted and months[s + WEEK_H - 1] in wanted]
        if inside:
            best = max(inside, key=lambda s: (total[s + WEEK_H] - total[s], -s))
            found.append(Week(season, int(best)))
    return tuple(found)


def weeks(results: Results) -> tuple[Page, ...]:
    """Hourly dispatch of a winter and a summer week."""
    chosen = chosen_weeks(results)
    if not chosen:
        return ()
    link = results.project_link
    panels = tuple(_panel(results, week) for week in chosen)
    limit = float(link["capacity_mw"]) / 1e3 if link else 0.0
    rule = (
        "the seven days with the most demand of the season"
        if results.whole_year
        else "the first seven days that were run"
    )
    strip = f" Strip below: power sent over the link, + = {_forward(results)}; dashed: its rating." if link else ""
    chart = DispatchWeeks(
        f"Hourly dispatch of all modelled countries in UTC+5, {rule}. Line: demand.{strip}",
        _week_alt(results, chosen, panels),
        170.0, 98.0 * len(panels) if len(panels) > 1 else 110.0,
        panels, Axis("Power", "GW"), Axis("Link flow", "GW"), limit,
    )  # fmt: skip
    page = Page(
        "Typical weeks" if results.whole_year else "First week",
        _week_headline(results, chosen),
        f"Weeks: {rule}. Above the demand line stands what is exported, stored or lost on the way.",
        (chart,),
        source_line(results, "generation, charge, demand, import, links_sent"),
    )
    return (page,)


def _forward(results: Results) -> str:
    link = results.project_link
    if link is None:
        return ""
    return f"{results.bus(str(link['from_bus']))['country']} to {results.bus(str(link['to_bus']))['country']}"


def family_gw(results: Results, hours_of: slice) -> dict[str, NDArray[np.float64]]:
    """Hourly GW by family over all countries, purchases over the borders as imports."""
    generation = results.hourly["generation"]
    plants: dict[str, list[str]] = {family: [] for family in palette.TECHNOLOGY}
    for plant in results.static["plants"]:
        plants[palette.family(str(plant["technology"]))].append(str(plant["name"]))
    found = {f: generation.summed(names)[hours_of] / 1e3 for f, names in plants.items() if f != "imports"}
    found["imports"] = results.hourly["import"].summed()[hours_of] / 1e3
    return found


def _panel(results: Results, week: Week) -> WeekPanel:
    span = slice(week.first, week.first + WEEK_H)
    series = family_gw(results, span)
    whole = sum(float(values.sum()) for values in series.values()) or 1.0
    layers = tuple(
        Layer(family, palette.TECHNOLOGY[family], tuple(map(float, np.maximum(values, 0.0))))
        for family, values in series.items()
        if values.sum() / whole > 0.002
    )
    local = (results.clock[span][::24] + np.timedelta64(LOCAL_OFFSET_H, "h")).astype("datetime64[D]")
    days = tuple(f"{int(str(day)[8:])} {MONTHS[int(str(day)[5:7]) - 1]}" for day in local)
    demand = results.hourly["demand"].summed()[span] / 1e3
    colours = (palette.ACCENT, palette.MUTED, palette.INK)
    strip = tuple(
        Layer(link_name(str(link["name"])).replace(" link", ""), colours[min(k, 2)], tuple(results.link_flow_mw(str(link["name"]))[span] / 1e3))
        for k, link in enumerate(results.links[:3])
    )  # fmt: skip
    title = f"{week.season}: {days[0]} to {days[-1]} {results.year}"
    return WeekPanel(title, days, layers, Layer("demand", palette.INK, tuple(demand)), strip)


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _week_headline(results: Results, chosen: tuple[Week, ...]) -> str:
    week = chosen[0]
    series = family_gw(results, slice(week.first, week.first + WEEK_H))
    whole = sum(float(v.sum()) for v in series.values()) or 1.0
    top = max(series, key=lambda f: float(series[f].sum()))
    text = f"In the {week.season.lower()} week {top} carries {show(float(series[top].sum()) / whole, 'share_frac')} of supply"
    link = results.project_link
    if link is None:
        return text
    flow = results.link_flow_mw(str(link["name"]))[week.first : week.first + WEEK_H]
    signs = np.sign(flow[np.abs(flow) > 1.0])
    turns = int(np.count_nonzero(np.diff(signs)))
    return f"{text}; the {link_name(str(link['name']))} turns {turns} times"


def _week_alt(results: Results, chosen: tuple[Week, ...], panels: tuple[WeekPanel, ...]) -> str:
    parts = ["Stacked areas of generation and imports in GW over 168 hours, with the demand line."]
    for panel in panels:
        peak = max(panel.line.values)
        layers = sorted(panel.layers, key=lambda layer: -sum(layer.values))[:3]
        parts.append(
            f"{panel.title}: demand up to {show(peak, 'power_gw')}; most from {', '.join(x.label for x in layers)}."
        )
    return " ".join(parts)


def losses_of_energy(results: Results) -> tuple[Page, ...]:
    """Curtailment by country and the hours in which interfaces bind."""
    if not results.whole_year:
        return ()
    blocks: list[Block] = []
    total, potential, by_country = _curtailment(results)
    if total > 0:
        blocks += [_curtailment_chart(results, by_country), _curtailment_table(results, by_country)]
    else:
        blocks.append(Text(("No wind, sun or water is curtailed in this case.",)))
    found = _binding(results)
    blocks += _binding_blocks(results, found)
    share = show(total / potential if potential else 0.0, "share_fine_frac")
    longest = max(found, key=lambda row: row[1] + row[2], default=None)
    tail = (
        binding(longest[0], longest[1] + longest[2], results.hours) if longest else "the case has no interface limits"
    )
    page = Page(
        "Curtailment and limits",
        f"{show(total / 1e6, 'energy_small_twh')} of wind and sun is curtailed ({share} of what they could give); {tail}",
        "Curtailed: available output that the least-cost dispatch leaves unused. This run does not separate its reasons "
        "(network, lack of demand, must-run plants).",
        tuple(blocks),
        source_line(results, "curtailed, generation, interfaces, interfaces_limits"),
    )
    return (page,)


Curtailed = dict[str, dict[str, tuple[float, float]]]
"""Country -> family -> (curtailed MWh, potential MWh)."""


def _curtailment(results: Results) -> tuple[float, float, Curtailed]:
    curtailed, generation = results.hourly["curtailed"], results.hourly["generation"]
    found: Curtailed = {country: {} for country in results.countries}
    for plant in results.static["plants"]:
        name, family = str(plant["name"]), palette.family(str(plant["technology"]))
        if name not in curtailed:
            continue
        lost, used = float(curtailed[name].sum()), float(generation[name].sum())
        before = found.setdefault(str(plant["country"]), {}).get(family, (0.0, 0.0))
        found[str(plant["country"])][family] = (before[0] + lost, before[1] + lost + used)
    parts = [pair for values in found.values() for pair in values.values()]
    return sum(p[0] for p in parts), sum(p[1] for p in parts), found


def _curtailment_chart(results: Results, by_country: Curtailed) -> RankedBars:
    names = sorted(by_country, key=lambda c: -sum(v[0] for v in by_country[c].values()))
    families = [f for f in ("wind", "solar", "hydro") if any(f in by_country[c] for c in names)]
    layers = tuple(
        Layer(f, palette.TECHNOLOGY[f], tuple(by_country[c].get(f, (0.0, 0.0))[0] / 1e6 for c in names))
        for f in families
    )
    totals = [sum(v[0] for v in by_country[c].values()) / 1e6 for c in names]
    return RankedBars(
        "Curtailed energy of the year by country",
        "Bars. Country by curtailed energy in TWh. "
        + "; ".join(f"{country_name(c)} {show(t, 'energy_small_twh')}" for c, t in zip(names, totals, strict=True))
        + ". The values stand in the table below.",
        170.0, 22.0 + 8.0 * len(names), tuple(country_name(c) for c in names), layers, Axis("Curtailed energy", "TWh"),
        value_labels=tuple(show(t, "energy_small_twh") for t in totals),
    )  # fmt: skip


def _curtailment_table(results: Results, by_country: Curtailed) -> Table:
    rows = [
        (
            country_name(country), family, number(lost / 1e6, "energy_small_twh"), number(could / 1e6, "energy_small_twh"),
            number(lost / could if could else 0.0, "share_fine_frac"),
        )
        for country, families in by_country.items()
        for family, (lost, could) in sorted(families.items())
    ]  # fmt: skip
    columns = (
        Column("Country", width=1), Column("Source"), Column("Curtailed", "TWh", True), Column("Potential", "TWh", True),
        Column("Share", "%", True),
    )  # fmt: skip
    return Table("Curtailment by country and source", columns, tuple(rows), small=True)


Binding = tuple[str, float, float, float, float, float]
"""(name, hours at the forward limit, hours at the reverse limit, forward MW, reverse MW, net TWh)"""


def _binding(results: Results) -> list[Binding]:
    flows = results.hourly["interfaces"]
    found = []
    for limit in results.static.get("interfaces_limits", ()):
        name = str(limit["name"])
        if name not in flows:
            continue
        forward, reverse = float(limit["forward_max_mw"]), float(limit["reverse_max_mw"])
        flow = flows[name]
        slack = max(0.5, 1e-3 * max(forward, reverse))
        at_forward = float(np.count_nonzero(flow >= forward - slack)) if forward > 0 else 0.0
        at_reverse = float(np.count_nonzero(flow <= slack - reverse)) if reverse > 0 else 0.0
        found.append((name.replace("_", " "), at_forward, at_reverse, forward, reverse, float(flow.sum()) / 1e6))
    return sorted(found, key=lambda row: (-(row[1] + row[2]), row[0]))


def _binding_blocks(results: Results, found: list[Binding]) -> list[Block]:
    binds = [row for row in found if row[1] + row[2] > 0]
    if not found:
        return []
    blocks: list[Block] = []
    if binds:
        shown = binds[:NAMES_MAX]
        blocks.append(RankedBars(
            "Hours of the year in which an interface is at its limit",
            "Bars. Interface by hours at its limit. "
            + "; ".join(f"{row[0]} {show(row[1] + row[2], 'time_h')}" for row in shown[:5]) + ".",
            170.0, 22.0 + 6.0 * len(shown), tuple(row[0] for row in shown),
            (Layer("forward limit", palette.ACCENT, tuple(row[1] for row in shown)),
             Layer("reverse limit", palette.WARNING_FILL, tuple(row[2] for row in shown))),
            Axis("Hours at the limit", "h"), full=float(results.hours),
            value_labels=tuple(hours(row[1] + row[2], results.hours) for row in shown),
        ))  # fmt: skip
    rows = tuple(
        (name, number(forward, "power_mw"), number(reverse, "power_mw"), number(a, "time_h"), number(b, "time_h"),
         number(net, "energy_small_twh", signed=True))
        for name, a, b, forward, reverse, net in found[:NAMES_MAX]
    )  # fmt: skip
    columns = (
        Column("Interface", width=1), Column("Forward limit", "MW", True), Column("Reverse limit", "MW", True),
        Column("At forward", "h", True), Column("At reverse", "h", True), Column("Net flow", "TWh", True),
    )  # fmt: skip
    note = "Net flow: + = forward. At its limit: within 0.1 % of it."
    if len(found) > NAMES_MAX:
        note += f" The {len(found) - NAMES_MAX} that bind least are left out; they are in the run's tables."
    blocks.append(Table("Interface limits", columns, rows, note=note, small=True))
    return blocks


__all__ = ["MONTHS", "chosen_weeks", "family_gw", "losses_of_energy", "place_name", "weeks"]
