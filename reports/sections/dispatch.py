"""Hours: a winter and a summer week of dispatch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reports import palette
from reports.charts import FULL_MM, Axis, DispatchWeeks, Layer, WeekPanel
from reports.content import Page
from reports.language import say, word
from reports.numbers import show
from reports.results import Array, Results, link_name, link_short
from reports.sections.calendar import MONTHS
from reports.sections.source_line import source_line

WEEK_H = 168
LOCAL_OFFSET_H = 5
"""UTC+5: the time of Kazakhstan and Uzbekistan, where most of the demand is."""
SEASONS: Mapping[str, tuple[int, ...]] = {"Winter": (12, 1, 2), "Summer": (6, 7, 8)}
LEAST_SHARE = 0.002
"""Sources that give less of a week's supply are left out of its picture."""
LINKS_MAX = 3


@dataclass(frozen=True, slots=True)
class Week:
    season: str
    first: int
    """Index of its first hour."""


def chosen_weeks(results: Results) -> tuple[Week, ...]:
    """In each season the seven local days with the most demand; of a part of a year, its first seven whole days."""
    demand = results.hourly["demand"].summed()
    local = (results.clock + np.timedelta64(LOCAL_OFFSET_H, "h")).astype("datetime64[h]")
    midnight = np.flatnonzero(local.astype(np.int64) % 24 == 0)
    starts = [int(start) for start in midnight if start + WEEK_H <= results.hours]
    if not starts:
        return ()
    if not results.whole_year:
        return (Week("First week", starts[0]),)
    total = np.concatenate(([0.0], np.cumsum(demand)))
    months = local.astype("datetime64[M]").astype(np.int64) % 12 + 1
    found = []
    for season, wanted in SEASONS.items():
        inside = [start for start in starts if months[start] in wanted and months[start + WEEK_H - 1] in wanted]
        if inside:
            found.append(Week(season, max(inside, key=lambda start: (total[start + WEEK_H] - total[start], -start))))
    return tuple(found)


def weeks(results: Results) -> tuple[Page, ...]:
    """Hourly dispatch of a winter and a summer week."""
    chosen = chosen_weeks(results)
    if not chosen:
        return ()
    rule = "the first seven whole days that were run"
    if results.whole_year:
        rule = "the seven days with the most demand of each season"
    panels = tuple(_panel(results, week) for week in chosen)
    page = Page(
        "Typical weeks" if results.whole_year else "First week",
        _headline(results, chosen[0]),
        say("Shown: {rule}. What stands above the demand line is exported, stored or lost on the way.", rule=rule),
        (_chart(results, panels, rule),),
        source_line(results, "generation, demand, import" + (", links_sent" if results.links else "")),
    )
    return (page,)


def _chart(results: Results, panels: tuple[WeekPanel, ...], rule: str) -> DispatchWeeks:
    link = results.project_link
    caption = say("Hourly dispatch of all modelled countries in UTC+5: {rule}. Line: demand.", rule=rule)
    if link is not None:
        ends = [str(results.bus(str(link[end]))["country"]) for end in ("from_bus", "to_bus")]
        caption += say(
            " Strip below: power sent over the links, + = {ends} for the {name}; dashed: its rating",
            ends=say("{start} to {end}", start=ends[0], end=ends[1]),
            name=link_name(str(link["name"])),
        )
    return DispatchWeeks(
        caption=caption.rstrip("."),
        alt=_alt(panels),
        width_mm=FULL_MM,
        height_mm=196.0 if len(panels) > 1 else 110.0,
        panels=panels,
        axis=Axis("Power", "GW"),
        strip_axis=Axis("Link flow", "GW") if results.links else None,
        strip_limit=float(link["capacity_mw"]) / 1e3 if link else 0.0,
    )


def _alt(panels: tuple[WeekPanel, ...]) -> str:
    parts = [word("Stacked areas of generation and imports in GW over 168 hours, with the demand line.")]
    for panel in panels:
        most = sorted(panel.layers, key=lambda layer: -sum(layer.values))[:3]
        peak = show(max(panel.line.values), "power_gw")
        parts.append(
            say(
                "{title}: demand up to {peak}; most from {most}.",
                title=panel.title,
                peak=peak,
                most=", ".join(word(layer.label) for layer in most),
            )
        )
    return " ".join(parts)


def family_gw(results: Results, span: slice) -> dict[str, Array]:
    """Hourly GW by family over all countries, purchases over the borders as imports."""
    plants: dict[str, list[str]] = {family: [] for family in palette.TECHNOLOGY}
    for plant in results.static["plants"]:
        plants[palette.family(str(plant["technology"]))].append(str(plant["name"]))
    generation = results.hourly["generation"]
    found = {family: generation.summed(names)[span] / 1e3 for family, names in plants.items() if family != "imports"}
    return found | {"imports": results.hourly["import"].summed()[span] / 1e3}


def _panel(results: Results, week: Week) -> WeekPanel:
    span = slice(week.first, week.first + WEEK_H)
    series = family_gw(results, span)
    whole = sum(float(values.sum()) for values in series.values()) or 1.0
    layers = tuple(
        Layer(family, palette.TECHNOLOGY[family], tuple(float(max(value, 0.0)) for value in values))
        for family, values in series.items()
        if values.sum() / whole > LEAST_SHARE
    )
    local = (results.clock[span][::24] + np.timedelta64(LOCAL_OFFSET_H, "h")).astype("datetime64[D]")
    days = tuple(f"{int(str(day)[8:])} {word(MONTHS[int(str(day)[5:7]) - 1])}" for day in local)
    demand = results.hourly["demand"].summed()[span] / 1e3
    return WeekPanel(
        title=say(
            "{season}: {first} to {last} {year}", season=week.season, first=days[0], last=days[-1], year=results.year
        ),
        day_labels=days,
        layers=layers,
        line=Layer("demand", palette.INK, tuple(map(float, demand))),
        strip=_strip(results, span),
    )


def _strip(results: Results, span: slice) -> tuple[Layer, ...]:
    """Flow of each link, that of the project first."""
    first = results.project_link
    links = sorted(results.links, key=lambda link: first is None or link["name"] != first["name"])[:LINKS_MAX]
    colours = (palette.ACCENT, palette.MUTED, palette.INK)
    return tuple(
        Layer(
            link_short(str(link["name"])),
            colour,
            tuple(map(float, results.link_flow_mw(str(link["name"]))[span] / 1e3)),
        )
        for link, colour in zip(links, colours, strict=False)
    )


def _headline(results: Results, week: Week) -> str:
    span = slice(week.first, week.first + WEEK_H)
    series = family_gw(results, span)
    whole = sum(float(values.sum()) for values in series.values()) or 1.0
    top = max(series, key=lambda family: float(series[family].sum()))
    share = show(float(series[top].sum()) / whole, "share_frac")
    when = say("the {season} week", season=week.season.lower()) if results.whole_year else "the first week"
    text = say("In {when} {top} carries {share} of supply", when=when, top=top, share=share)
    text = text[:1].upper() + text[1:]
    link = results.project_link
    if link is None:
        return text
    flow = results.link_flow_mw(str(link["name"]))[span]
    turns = int(np.count_nonzero(np.diff(np.sign(flow[np.abs(flow) > 1.0]))))
    times = "does not turn" if turns == 0 else "turns once" if turns == 1 else say("turns {turns} times", turns=turns)
    return say("{value}; the {name} {times}", value=text, name=link_name(str(link["name"])), times=times)
