"""The first page of the engineering report: every broken limit, by its rank in the run: class, then MWh beyond it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from reports.charts import FULL_MM, Axis
from reports.content import Block, Column, Page, Table, Text
from reports.language import say, word
from reports.numbers import NOT_APPLICABLE, number, show
from reports.panel_charts import RankedDots
from reports.results import LINKS, Results, Row, link_name, outage_name, place_name
from reports.sections.security import measured, moment
from reports.sections.source_line import source_line
from reports.sentences import ac_hours

SHOWN_MAX = 12
REFUTED = "no"
RANKED = (
    "Ranked by class (hours without AC solution, hours out of balance, broken limits, overloads that AC does not "
    "confirm, sources at their reactive limit), then by energy beyond the limit: hours x mean excess. Other units than "
    "MW count on one scale: a whole limit, 1 Hz, 1 Hz/s, 1 of a short-circuit ratio, 0.1 pu or an hour without "
    "solution as 1,000 MW."
)
ISLAND = "island behind "
OVERLOADS = re.compile(r"(.+\.) It would overload (.+)\.")
"""A remedy to which the run has added the element."""
KIND_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "n1_island": "an island that an outage leaves",
        "n1_overload": "an overload after an outage",
        "n1_no_solution": "no AC solution after an outage",
        "beyond_secure_transfer": "a schedule beyond secure transfer",
        "scr_low": "a weak grid at the converter",
        "rate_of_change": "frequency that moves too fast",
        "pole_reserve_short": "too little reserve for a pole",
        "tie_overload": "an overloaded tie after the loss of a pole",
        "outage_thermal": "an overload after an outage, in AC",
        "outage_voltage_low": "low voltage after an outage",
        "outage_not_converged": "no AC solution after an outage",
        "outage_cuts_off": "an outage that cuts off a part",
    }
)
"""Where the kind's own name says too little."""


def findings(results: Results) -> tuple[Page, ...]:
    """Always a page: what was checked and what was found, or that nothing was checked."""
    found = ranked(results)
    checks = results.summary.get("security") or {}
    checked, solved = int(checks.get("hours_checked") or 0), int(checks.get("hours_converged") or 0)
    page = Page(
        "Findings",
        _headline(found, checked),
        ac_hours(solved, checked, results.hours),
        _blocks(found, checked),
        source_line(results, "findings, ac_hours"),
    )
    return (page,)


def ranked(results: Results) -> list[Row]:
    return sorted(results.static.get("findings", ()), key=lambda row: int(row["rank"]))


def _headline(found: list[Row], checked: int) -> str:
    if not checked and not found:
        return say("AC power flow: not run")
    if not found:
        return say("No limit is broken in the {hours} that were checked", hours=show(checked, "time_h"))
    first = found[0]
    refuted = sum(row.get("ac_confirmed") == REFUTED for row in found)
    return say(
        "{count} findings{marked}; the weightiest is {what} at {where}, in {hours}",
        count=len(found),
        marked=say(" ({refuted} not confirmed in AC)", refuted=refuted) if refuted else "",
        what=kind_words(first),
        where=_where(first),
        hours=show(float(first["hours"]), "time_h"),
    )


def kind_words(row: Row) -> str:
    kind = str(row["kind"])
    return word(KIND_WORDS.get(kind, kind.replace("_", " ")))


def _where(row: Row) -> str:
    """The element as a reader writes it: a line, a bus, a link at its end, what lies behind an outage."""
    element = str(row["element"])
    if element.startswith(ISLAND):
        return say("island behind {line}", line=place_name(element.removeprefix(ISLAND)))
    link, at, bus = element.partition(" at ")
    if at:
        return say("{link} at {bus}", link=link_name(link), bus=place_name(bus))
    return link_name(element) if element in LINKS else place_name(element)


def _blocks(found: list[Row], checked: int) -> tuple[Block, ...]:
    if not found:
        return ()
    shown = found[:SHOWN_MAX]
    remedies = list(dict.fromkeys(str(row["remedy"]) for row in shown))
    blocks: list[Block] = [_chart(shown), _table(shown, remedies), _remedies_table(remedies)]
    left = len(found) - SHOWN_MAX
    if left > 0:
        blocks.append(Text((say("{count} further findings are in the run's tables.", count=left),), voice="note"))
    return tuple(blocks)


def _severity_gwh(row: Row) -> float | None:
    """None for a run of a version that ranked by hours x share of the limit."""
    severity = row.get("severity_mwh")
    return None if severity is None else float(severity) / 1e3


def _chart(shown: list[Row]) -> RankedDots:
    severity = [_severity_gwh(row) or 0.0 for row in shown]
    worst = max(severity) or 1.0
    spoken = "; ".join(f"{place_name(str(row['element']))} {show(float(row['hours']), 'time_h')}" for row in shown[:4])
    return RankedDots(
        caption="Hours in which each limit is broken, by rank; the larger the dot, the more energy beyond the limit",
        alt=say(
            "Dots by rank. Finding by hours in which it holds. {spoken}. {count} findings shown. Data: table below.",
            spoken=spoken,
            count=len(shown),
        ),
        width_mm=FULL_MM,
        height_mm=14.0 + 5.0 * len(shown),
        names=tuple(_where(row) for row in shown),
        values=tuple(float(row["hours"]) for row in shown),
        sizes=tuple(each / worst for each in severity),
        value_labels=tuple(f"{show(float(row['hours']), 'time_h')}, {kind_words(row)}" for row in shown),
        axis=Axis("Hours in which the limit is broken", "h"),
    )


def _table(shown: list[Row], remedies: list[str]) -> Table:
    columns = (
        Column("Finding", width=1.6),
        Column("Where", width=1.6),
        Column("After the outage of", width=1.6),
        Column("Worst hour, UTC", width=0.9),
        Column("Value", numeric=True),
        Column("Limit", numeric=True),
        Column("Hours", "h", True),
        Column("Beyond", "GWh", True),
        Column("In AC", width=0.7),
        Column("Remedy"),
    )
    cells = tuple((*_cells(row), f"R{remedies.index(str(row['remedy'])) + 1}") for row in shown)
    note = "" if _severity_gwh(shown[0]) is None else RANKED
    return Table("Findings by rank", columns, cells, note=note, small=True)


def _cells(row: Row) -> tuple[str, ...]:
    unit = str(row["unit"])
    solved = str(row["kind"]) != "not_converged"
    return (
        kind_words(row),
        _where(row),
        outage_name(str(row.get("outage") or "")) or NOT_APPLICABLE,
        moment(row["hour_utc"]),
        measured(row["value"], unit) if solved else NOT_APPLICABLE,
        measured(row["limit"], unit) if solved else NOT_APPLICABLE,
        number(float(row["hours"]), "time_h"),
        number(_severity_gwh(row), "energy_gwh"),
        say(str(row.get("ac_confirmed") or "")) or NOT_APPLICABLE,
    )


def _remedy(text: str) -> str:
    """A remedy in the language that is spoken, what an outage would overload by the name that a reader knows."""
    found = OVERLOADS.fullmatch(text)
    if found is None:
        return word(text)
    return f"{word(found[1])} {say('It would overload {element}.', element=place_name(found[2]))}"


def _remedies_table(remedies: list[str]) -> Table:
    cells = tuple((f"R{number_of}", _remedy(remedy)) for number_of, remedy in enumerate(remedies, 1))
    return Table("What mends them", (Column("No."), Column("Remedy", width=1)), cells, small=True)
