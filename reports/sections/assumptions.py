"""The end of a report: limits of the model, every input with its source, versions and credits."""

from __future__ import annotations

import re
from typing import Any

from reports.content import Block, Column, Page, Table, Text
from reports.language import say, word
from reports.numbers import NOT_APPLICABLE, significant
from reports.results import Results, Row
from reports.sections.examined import not_examined
from reports.sections.grid import TERRITORY
from reports.sections.source_line import source_line
from reports.sections.sources import SourceList

SOURCE_LETTERS = 240
CHOICE = "case file"
"""Source of what the case chooses: no evidence stands behind it, so no grade."""
SPOKEN_RANGE = re.compile(r"(\S+) \((\S+) to (\S+)\) (.+)")
"""A value that carries its own range: "0.15 (0.1 to 0.3) frac"."""
GRADES = (
    "Grade: A primary source or two that agree; B one fair source; C estimate with an anchor; D estimate without one; "
    "– a choice of the case."
)


PLAIN = (
    "The cable's rating, route and cost are assumptions. Nothing here is calibrated to the official feasibility study.",
    "Much of the network data is estimated: line lengths from great-circle distances, parameters from handbooks, some "
    "transfer limits (Kazakhstan to Uzbekistan among them) without a published figure. Grades stand with every row.",
    "One weather year with one random seed, in hourly steps, with perfect foresight over the year: storage and water "
    "are used better than an operator could.",
    "Unless the case asks for commitment, power plants have no start-up decisions: output is continuous between its "
    "bounds and within its ramps, so flexibility is flattered. Reserve is held by area, without network limits.",
    "Power flows in the dispatch follow the linear DC approximation with limits on lines and interfaces; losses of the "
    "AC network are an estimate taken off at the loads. The AC power flow checks every hour, or those the case asks "
    "for, afterwards; only a corrective pass (security.losses) feeds its losses back.",
    "Neighbours are markets with a price, a slope and a limit; their own networks and plants are outside the model.",
    "Prices are marginal costs in the model. Tariffs, contracts, taxes on fuel and market power are outside it.",
    "Emissions count the plants of the modelled countries; imports count at their market's mean factor and only where "
    "consumption is named; leakage is not counted.",
    "That Azerbaijan and Georgia run in step with Russia is an assumption with a date; no gain from joining areas that "
    "do not run in step is claimed.",
    "After the year that was run all yearly values stay flat in real terms. Terms of lenders are published or "
    "estimated, never offered; eligibility is unconfirmed.",
)


def limits(results: Results) -> tuple[Page, ...]:
    """What the model cannot say, in plain words."""
    lines = [*map(word, PLAIN), say("Not examined in this run: {studies}.", studies=", ".join(not_examined(results)))]
    notes = [str(note) for note in (results.summary["network"].get("notes") or ())]
    method = str(results.summary["dispatch"].get("method") or "")
    if method:
        notes.append(say("Method of the dispatch: {method}.", method=word(method)))
    blocks: list[Block] = [Text(tuple(lines), voice="list")]
    if notes:
        blocks.append(Text(tuple(notes[-12:]), voice="list", title="Notes of this case's grid"))
    lead = "Read every number with these in mind."
    return (Page("Limits of the model", "What this model cannot say", lead, tuple(blocks), "", follows=True),)


def inputs(results: Results) -> tuple[Page, ...]:
    """Every input with value, range, grade and source."""
    rows = tuple(map(with_range, results.static.get("assumptions", ())))
    if not rows:
        return ()
    sources = SourceList("S", map(_source_of, rows), letters_max=SOURCE_LETTERS)
    own = sum(1 for row in rows if row["origin"] == "yours")
    page = Page(
        "Assumptions and sources",
        say("{count} inputs stand behind these figures; {own} of them were set by the user", count=len(rows), own=own),
        "Yours: set in the case. Default: shipped with the model. The last column is a number in the list of sources.",
        (_input_table(rows, sources), *sources.table("Sources of the inputs")),
        source_line(results, "assumptions"),
    )
    return (page,)


def _source_of(row: Row) -> str:
    return str(row["source"] or "not stated")


def _input_table(shown: tuple[Row, ...], sources: SourceList) -> Table:
    ranged = any(input_range(row) != NOT_APPLICABLE for row in shown)
    columns = (
        Column("Id"),
        Column("Input", width=2),
        Column("Value", width=1.3),
        *((Column("Range", width=1),) if ranged else ()),
        Column("Grade"),
        Column("Origin"),
        Column("Source"),
    )
    cells = tuple(_cells(row, sources, ranged) for row in shown)
    return Table("Inputs with grade and source", columns, cells, note=GRADES, small=True)


def _cells(row: Row, sources: SourceList, ranged: bool) -> tuple[str, ...]:
    unit = str(row["unit"] or "")
    value = " ".join(part for part in (input_value(row["value"], unit), unit) if part)
    name = f"{row['group']}: {row['name']}" if row["group"] else str(row["name"])
    grade = NOT_APPLICABLE if row["source"] == CHOICE else str(row["confidence"] or NOT_APPLICABLE)
    reach = (input_range(row),) if ranged else ()
    return (str(row["id"]), name, value, *reach, grade, str(row["origin"]), sources.number(_source_of(row)))


def with_range(row: Row) -> Row:
    """The row with a range that its value tells in words put where ranges stand."""
    found = SPOKEN_RANGE.fullmatch(str(row["value"])) if not row["unit"] and row["low"] is None else None
    if found is None:
        return row
    value, low, high, unit = found.groups()
    return {**row, "value": value, "low": low, "high": high, "unit": {"frac": "share"}.get(unit, unit)}


def input_value(value: Any, unit: str) -> str:
    """A measured number with four digits; years, counts and words as they were written."""
    if value is None or value == "":
        return NOT_APPLICABLE
    if not unit or unit.startswith("year"):
        return str(value)
    try:
        return significant(float(value), 4)
    except ValueError:
        return str(value)


def input_range(row: Row) -> str:
    low, high = (input_value(row[end], str(row["unit"] or "")) for end in ("low", "high"))
    return NOT_APPLICABLE if NOT_APPLICABLE in (low, high) else say("{low} to {high}", low=low, high=high)


def versions(results: Results) -> tuple[Page, ...]:
    """Versions, digests, credits."""
    facts = results.summary["case"]
    named = (("case", facts["digest"]), ("network tables", facts.get("network_digest")))
    digests = [say("SHA-256 of the {what}: {digest}", what=what, digest=digest) for what, digest in named if digest]
    repeat = word("To repeat this run: greengrid run case.toml -o NEW, with the case.toml of this run's folder.")
    seed = results.case.get("weather", {}).get("seed")
    if seed is not None:
        repeat += say(" Seed of the weather year: {seed}.", seed=seed)
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(results.versions.items()))
    blocks: list[Block] = [
        Text((repeat, *digests, say("Versions: {libraries}.", libraries=libraries)), title="How to repeat"),
        Text(CREDITS, title="Credits"),
        Text(STANDING, title="Standing"),
    ]
    headline = "Made from one run folder; the same folder gives the same file"
    return (Page("Versions and credits", headline, "", tuple(blocks), "", follows=True),)


CREDITS = (
    "Map outline: Natural Earth 4.1 (public domain). Type: Source Sans Pro (SIL Open Font License 1.1).",
    "Sources of network, economic and financial data stand with each input; the project's NOTICE file carries the "
    "licences.",
    TERRITORY,
)
STANDING = (
    "Not an offer, advice or credit opinion. PDF/UA-1 and PDF/A-2a are declared by the writer of this file, not "
    "certified.",
)
