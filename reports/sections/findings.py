"""The first page of the engineering report: every broken limit, ranked by how long it binds."""

from __future__ import annotations

from reports.charts import FULL_MM, Axis
from reports.content import Block, Column, Page, Table, Text
from reports.language import say, word
from reports.numbers import NOT_APPLICABLE, number, show
from reports.panel_charts import RankedDots
from reports.results import Results, Row, place_name
from reports.sections.security import measured, moment
from reports.sections.source_line import source_line
from reports.sentences import ac_hours

SHOWN_MAX = 12
REMEDY_LETTERS = 110


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
    return sorted(results.static.get("findings", ()), key=lambda row: (-int(row["hours"]), int(row["rank"])))


def _headline(found: list[Row], checked: int) -> str:
    if not checked:
        return say("AC power flow: not run")
    if not found:
        return say("No limit is broken in the {hours} that were checked", hours=show(checked, "time_h"))
    first = found[0]
    return say(
        "{count} findings; the one that lasts longest is {what} at {where}: {hours} of {checked} checked",
        count=len(found),
        what=kind_words(first),
        where=place_name(str(first["element"])),
        hours=show(float(first["hours"]), "time_h"),
        checked=show(checked, "time_h"),
    )


def kind_words(row: Row) -> str:
    return word(str(row["kind"]).replace("_", " "))


def _blocks(found: list[Row], checked: int) -> tuple[Block, ...]:
    if not found:
        return ()
    blocks: list[Block] = [_chart(found[:SHOWN_MAX]), _table(found[:SHOWN_MAX])]
    left = len(found) - SHOWN_MAX
    if left > 0:
        blocks.append(Text((say("{count} further findings are in the run's tables.", count=left),), voice="note"))
    return tuple(blocks)


def _excess(row: Row) -> float:
    return abs(float(row.get("excess_frac") or 0.0))


def _chart(shown: list[Row]) -> RankedDots:
    worst = max(map(_excess, shown)) or 1.0
    spoken = "; ".join(f"{place_name(str(row['element']))} {show(float(row['hours']), 'time_h')}" for row in shown[:4])
    return RankedDots(
        caption="Checked hours in which each limit is broken; the larger the dot, the larger the worst excess",
        alt=say(
            "Ranked dots. Finding by hours in which it holds. {spoken}. {count} findings shown. Data: the table below.",
            spoken=spoken,
            count=len(shown),
        ),
        width_mm=FULL_MM,
        height_mm=14.0 + 6.0 * len(shown),
        names=tuple(place_name(str(row["element"])) for row in shown),
        values=tuple(float(row["hours"]) for row in shown),
        sizes=tuple(_excess(row) / worst for row in shown),
        value_labels=tuple(f"{show(float(row['hours']), 'time_h')}, {kind_words(row)}" for row in shown),
        axis=Axis("Hours in which the limit is broken", "h"),
    )


def _table(shown: list[Row]) -> Table:
    columns = (
        Column("Finding", width=1.2),
        Column("Where", width=1.4),
        Column("Worst hour, UTC", width=0.9),
        Column("Value", numeric=True),
        Column("Limit", numeric=True),
        Column("Hours", "h", True),
        Column("Remedy", width=2.6),
    )
    return Table("Findings, those that last longest first", columns, tuple(map(_row, shown)), small=True)


def _row(row: Row) -> tuple[str, ...]:
    unit = str(row["unit"])
    solved = str(row["kind"]) != "not_converged"
    remedy = word(str(row["remedy"]))
    return (
        kind_words(row),
        place_name(str(row["element"])),
        moment(row["hour_utc"]),
        measured(row["value"], unit) if solved else NOT_APPLICABLE,
        measured(row["limit"], unit) if solved else NOT_APPLICABLE,
        number(float(row["hours"]), "time_h"),
        remedy if len(remedy) <= REMEDY_LETTERS else remedy.partition(". ")[0][:REMEDY_LETTERS].rstrip(". ") + "\u2026",
    )
