"""What the year could not use: curtailment by country, and the hours in which interface limits bind."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reports import palette
from reports.charts import FULL_MM, Axis, Layer, RankedBars
from reports.content import Block, Column, Page, Table, Text
from reports.language import say, word
from reports.numbers import hours, number, show
from reports.panel_charts import MonthColumns
from reports.results import Results, country_name
from reports.sections.calendar import local_hours, month_names
from reports.sections.dispatch import LOCAL_OFFSET_H
from reports.sections.source_line import source_line
from reports.sentences import binding

SHOWN_MAX = 12
Curtailed = Mapping[str, Mapping[str, tuple[float, float]]]
"""Country -> family -> (curtailed MWh, potential MWh)."""
Binding = tuple[str, float, float, float, float, float]
"""(name, hours at the forward limit, hours at the reverse limit, forward MW, reverse MW, net TWh)"""


def curtailment(results: Results) -> tuple[Page, ...]:
    """What the year could not use; only of a whole year."""
    if not results.whole_year:
        return ()
    lost = _curtailment(results)
    parts = [pair for families in lost.values() for pair in families.values()]
    total, potential = sum(pair[0] for pair in parts), sum(pair[1] for pair in parts)
    blocks: list[Block] = [Text(("No wind or sun is curtailed in this case.",))]
    if total > 0:
        blocks = [*_charts(results, lost), _curtailment_table(lost)]
    page = Page(
        "Curtailment",
        say(
            "{energy} of wind and sun is curtailed, {share} of their potential",
            energy=show(total / 1e6, "energy_small_twh"),
            share=show(total / potential if potential else 0.0, "share_fine_frac"),
        ),
        word("Curtailed: available output that the least-cost dispatch leaves unused.") + " " + _reasons(results),
        tuple(blocks),
        source_line(results, "curtailed, generation, summary.json"),
    )
    return (page,)


def interface_limits(results: Results) -> tuple[Page, ...]:
    """Which transfer limits bind; only of a whole year and a case that has any."""
    found = _binding(results) if results.whole_year else []
    if not found:
        return ()
    page = Page(
        "Transfer limits",
        binding(found[0][0], found[0][1] + found[0][2], results.hours),
        "Limits of groups of lines between areas, in both directions; at its limit means within 0.1 % of it.",
        tuple(_binding_blocks(results, found)),
        source_line(results, "interfaces, interfaces_limits"),
        follows=True,
    )
    return (page,)


REASON_WORDS = (
    ("network", "by the network (another node of the same area would have paid more)"),
    ("link", "by full links"),
    ("must_run", "by plants that must run"),
    ("energy", "for want of demand"),
)
REASON_LAYERS = (
    ("network", "network", palette.ACCENT),
    ("link", "full links", palette.MUTED),
    ("must_run", "must-run plants", palette.WARNING_FILL),
    ("energy", "want of demand", palette.BORDER),
)


def _by_reason(results: Results) -> Mapping[str, Mapping[str, float]]:
    """Country -> reason -> MWh; empty where a run does not tell reasons."""
    found: Mapping[str, Mapping[str, float]] = results.summary["dispatch"].get("curtailed_reason_mwh") or {}
    return found


def _reasons(results: Results) -> str:
    """Why it was curtailed, as shares of it."""
    by_country = _by_reason(results)
    total = {reason: sum(float(parts[reason]) for parts in by_country.values()) for reason, _ in REASON_WORDS}
    whole = sum(total.values())
    if whole <= 0:
        return ""
    parts = [
        f"{show(total[reason] / whole, 'share_frac')} {word(words)}"
        for reason, words in REASON_WORDS
        if total[reason] > 0
    ]
    return say("Of it {parts}.", parts=", ".join(parts))


def _curtailment(results: Results) -> Curtailed:
    curtailed, generation = results.hourly["curtailed"], results.hourly["generation"]
    lost = dict(zip(curtailed.columns, curtailed.values.sum(axis=0), strict=True))
    used = dict(zip(generation.columns, generation.values.sum(axis=0), strict=True))
    found: dict[str, dict[str, tuple[float, float]]] = {country: {} for country in results.countries}
    for plant in results.static["plants"]:
        name, family = str(plant["name"]), palette.family(str(plant["technology"]))
        if name in lost:
            families = found.setdefault(str(plant["country"]), {})
            before = families.get(family, (0.0, 0.0))
            families[family] = (before[0] + float(lost[name]), before[1] + float(lost[name] + used[name]))
    return {country: families for country, families in found.items() if families}


def _charts(results: Results, by_country: Curtailed) -> list[Block]:
    """By country and reason, and by month and source."""
    totals = {country: sum(pair[0] for pair in by_country[country].values()) / 1e6 for country in by_country}
    order = sorted((c for c in totals if totals[c] > 0), key=lambda country: (-totals[country], country))
    spoken = "; ".join(f"{country_name(c)} {show(totals[c], 'energy_small_twh')}" for c in order)
    bars = RankedBars(
        caption="Curtailed energy of the year by country and reason",
        alt=say("Bars. Country by curtailed energy in TWh. {spoken}. Data: the table below.", spoken=spoken),
        width_mm=FULL_MM,
        height_mm=22.0 + 7.0 * len(order),
        names=tuple(country_name(country) for country in order),
        layers=_reason_layers(results, order) or _source_layers(by_country, order),
        axis=Axis("Curtailed energy", "TWh"),
        value_labels=tuple(_told(results, country, totals[country]) for country in order),
    )
    return [bars, _month_chart(results)]


def _told(results: Results, country: str, curtailed_twh: float) -> str:
    """The amount, with its reason where all countries have the same one."""
    amount = show(curtailed_twh, "energy_small_twh")
    reasons = {reason for parts in _by_reason(results).values() for reason, energy in parts.items() if energy > 0}
    words = [word(label) for reason, label, _ in REASON_LAYERS if reasons == {reason}]
    return ", ".join([amount, *words])


def _reason_layers(results: Results, order: list[str]) -> tuple[Layer, ...]:
    reasons = _by_reason(results)
    return tuple(
        Layer(words, colour, tuple(float(reasons[country].get(reason, 0.0)) / 1e6 for country in order))
        for reason, words, colour in REASON_LAYERS
        if any(float(reasons.get(country, {}).get(reason, 0.0)) > 0 for country in order)
    )


def _source_layers(by_country: Curtailed, order: list[str]) -> tuple[Layer, ...]:
    """Of a run that tells no reasons."""
    return tuple(
        Layer(family, palette.TECHNOLOGY[family], tuple(by_country[c].get(family, (0.0, 0.0))[0] / 1e6 for c in order))
        for family in ("wind", "solar")
        if any(by_country[c].get(family, (0.0, 0.0))[0] > 0 for c in order)
    )


def _month_chart(results: Results) -> MonthColumns:
    months, _ = local_hours(results, LOCAL_OFFSET_H)
    curtailed = results.hourly["curtailed"]
    by_month = {}
    for family in ("wind", "solar"):
        names = results.plants(lambda plant, wanted=family: palette.family(str(plant["technology"])) == wanted)  # type: ignore[misc]
        by_month[family] = np.bincount(months, weights=curtailed.summed(names), minlength=12) / 1e6
    total = sum(by_month.values())
    most = int(np.argmax(total))
    return MonthColumns(
        caption="Curtailed energy by month and source",
        alt=say(
            "Columns. Month by curtailed energy in TWh. Most in {month}: {amount}. Data: the run's table curtailed.",
            month=month_names()[most],
            amount=show(float(np.max(total)), "energy_small_twh"),
        ),
        width_mm=FULL_MM,
        height_mm=46.0,
        layers=tuple(
            Layer(family, palette.TECHNOLOGY[family], tuple(map(float, values)))
            for family, values in by_month.items()
            if values.sum() > 0
        ),
        axis=Axis("Curtailed energy", "TWh a month"),
        month_names=month_names(),
    )


def _curtailment_table(by_country: Curtailed) -> Table:
    rows = tuple(
        (
            country_name(country),
            family,
            number(lost / 1e6, "energy_small_twh"),
            number(could / 1e6, "energy_small_twh"),
            number(lost / could if could else 0.0, "share_fine_frac"),
        )
        for country, families in by_country.items()
        for family, (lost, could) in sorted(families.items())
    )
    columns = (
        Column("Country", width=1),
        Column("Source"),
        Column("Curtailed", "TWh", True),
        Column("Potential", "TWh", True),
        Column("Share", "%", True),
    )
    return Table("Curtailment by country and source", columns, rows, small=True)


def _binding(results: Results) -> list[Binding]:
    """Every interface of the run, those that bind longest first; at its limit means within 0.1 % of it."""
    flows = results.hourly["interfaces"]
    found = []
    for limit in results.static["interfaces_limits"]:
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
    binds = [row for row in found if row[1] + row[2] > 0][:SHOWN_MAX]
    blocks: list[Block] = [_binding_chart(results, binds)] if binds else []
    return [*blocks, _binding_table(results, found)] if found else []


def _binding_chart(results: Results, binds: list[Binding]) -> RankedBars:
    spoken = "; ".join(f"{row[0]} {show(row[1] + row[2], 'time_h')}" for row in binds[:5])
    return RankedBars(
        caption=say(
            "Hours of the year in which an interface is at its limit, of {hours}", hours=show(results.hours, "time_h")
        ),
        alt=say("Bars. Interface by hours at its limit. {spoken}. Data: the table below.", spoken=spoken),
        width_mm=FULL_MM,
        height_mm=22.0 + 5.5 * len(binds),
        names=tuple(row[0] for row in binds),
        layers=(
            Layer("forward limit", palette.ACCENT, tuple(row[1] for row in binds)),
            Layer("reverse limit", palette.WARNING_FILL, tuple(row[2] for row in binds)),
        ),
        axis=Axis("Hours at the limit", "h"),
        full=float(results.hours),
        value_labels=tuple(hours(row[1] + row[2], results.hours) for row in binds),
    )


def _binding_table(results: Results, found: list[Binding]) -> Table:
    rows = tuple(
        (
            name,
            number(forward, "power_mw"),
            number(reverse, "power_mw"),
            number(at_forward, "time_h"),
            number(at_reverse, "time_h"),
            number((at_forward + at_reverse) / results.hours, "share_fine_frac"),
            number(net * 1e6 / results.hours, "power_mw", signed=True),
        )
        for name, at_forward, at_reverse, forward, reverse, net in found[:SHOWN_MAX]
    )
    columns = (
        Column("Interface", width=1),
        Column("Forward limit", "MW", True),
        Column("Reverse limit", "MW", True),
        Column("At forward", "h", True),
        Column("At reverse", "h", True),
        Column("Share", "%", True),
        Column("Mean flow", "MW", True),
    )
    note = "Share: of the hours, at either limit. Mean flow: + = forward. At its limit: within 0.1 % of it."
    if len(found) > SHOWN_MAX:
        note += say(" {shown_max} more that bind less are in the run's tables.", shown_max=len(found) - SHOWN_MAX)
    return Table("Interface limits", columns, rows, note=note, small=True)
