"""What must stand before the year of the case: the map by status, and every new line and transformer with its grade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from reports.charts import FULL_MM, NetworkMap
from reports.content import Block, Column, Page, Table, Text
from reports.language import say, word
from reports.numbers import NOT_APPLICABLE, show
from reports.results import Results, Row, link_name, place_name
from reports.sections.grid import TERRITORY, region_map
from reports.sections.source_line import source_line

STAGES: Mapping[str, str] = MappingProxyType(
    {"under_construction": "being built", "planned": "planned", "scenario": "scenario"}
)
"""What does not stand yet, in the order in which it is certain."""
SHOWN_MAX = 20
BACKBONE_KV = 500.0


@dataclass(frozen=True, slots=True)
class Element:
    """A line or a set of transformers that does not stand yet."""

    stage: str
    name: str
    amount: str
    year: int
    grade: str
    weight: float
    """Circuit-km, or MVA over ten: what a table shows first."""


def staging(results: Results) -> tuple[Page, ...]:
    """Nothing where everything stands already."""
    lines = [line for line in results.static["lines"] if str(line["status"]) in STAGES]
    transformers = [item for item in results.static["transformers"] if str(item["status"]) in STAGES]
    if not lines and not transformers:
        return ()
    elements = _elements(results, lines, transformers)
    blocks: list[Block] = [_map(results, lines), _table(elements)]
    if any(element.stage == "scenario" for element in elements):
        blocks.append(
            Text(("Scenario: assumed for this case, among them the works on land that the cable's size asks for.",),
                 voice="note")
        )  # fmt: skip
    blocks.append(Text((TERRITORY,), voice="note"))
    page = Page(
        "What must be built",
        _headline(results, lines, transformers),
        _lead(lines),
        tuple(blocks),
        source_line(results, "lines, transformers, links"),
    )
    return (page,)


def _headline(results: Results, lines: list[Row], transformers: list[Row]) -> str:
    length = sum(_circuit_km(line) for line in lines if float(line["voltage_kv"]) >= BACKBONE_KV)
    power = sum(_mva(item) for item in transformers)
    link = results.project_link
    values = {
        "year": results.year,
        "km": show(length, "length_km"),
        "kv": show(BACKBONE_KV, "voltage_kv"),
        "mva": show(power, "apparent_mva"),
    }
    if link is None:
        return say("By {year}, {km} of {kv} circuits and {mva} of transformers must be built", **values)
    return say(
        "By {year}, {km} of {kv} circuits and {mva} of transformers must stand for the grid that carries the "
        "{link} of {power}",
        **values,
        link=link_name(str(link["name"])),
        power=show(float(link["capacity_mw"]) / 1e3, "power_gw"),
    )


def _lead(lines: list[Row]) -> str:
    parts = []
    for status, words in STAGES.items():
        length = sum(_circuit_km(line) for line in lines if str(line["status"]) == status)
        if length > 0:
            parts.append(f"{word(words)} {show(length, 'length_km')}")
    weak = sum(_circuit_km(line) for line in lines if str(line["confidence"]) == "D")
    total = sum(map(_circuit_km, lines))
    text = say("Circuits at all voltages: {parts}.", parts=", ".join(parts)) if parts else ""
    if weak and total:
        text += " " + say("{share} of them rest on an estimate without a source (grade D).",
                          share=show(weak / total, "share_frac"))  # fmt: skip
    return text.strip()


def _circuit_km(line: Row) -> float:
    return float(line["length_km"]) * int(line["circuits"])


def _mva(item: Row) -> float:
    return float(item["rating_mva"]) * int(item["units"])


def _map(results: Results, lines: list[Row]) -> NetworkMap:
    """The region's map with the new lines in colour and the ends of the longest of them named."""
    made = region_map(results)
    buses = {str(bus["name"]): bus for bus in results.static["buses"]}
    names = {str(line["name"]) for line in lines}
    drawn = tuple(
        replace(shape, fresh=str(line["name"]) in names)
        for shape, line in zip(made.lines, results.static["lines"], strict=True)
    )
    weight: dict[str, float] = {}
    for line in lines:
        for end in ("from_bus", "to_bus"):
            place = place_name(str(buses[str(line[end])]["substation"]))
            weight[place] = weight.get(place, 0.0) + _circuit_km(line)
    ends = {name for name, _ in sorted(weight.items(), key=lambda item: (-item[1], item[0]))}
    places = tuple(
        replace(place, importance=weight.get(place.name, 0.0) + (1e4 if place.kind == "converter" else 0.0))
        for place in made.places
        if place.name in ends or place.kind == "converter"
    )
    return replace(
        made,
        caption=word("Lines by status. Blue: does not stand yet (dashed: being built or planned, dotted: scenario)"),
        alt=say("Map of the region. {count} of {all} AC lines do not stand yet. Data: the table below.",
                count=len(lines), all=len(drawn)),
        width_mm=FULL_MM,
        lines=drawn,
        links=tuple(replace(link, forward_twh=None, reverse_twh=None) for link in made.links),
        arrows=(),
        places=places,
        labels_max=20,
    )  # fmt: skip


def _elements(results: Results, lines: list[Row], transformers: list[Row]) -> list[Element]:
    buses = {str(bus["name"]): bus for bus in results.static["buses"]}
    found = [
        Element(
            str(line["status"]),
            say(
                "{start} to {end}, {kv}",
                start=place_name(str(buses[str(line["from_bus"])]["substation"])),
                end=place_name(str(buses[str(line["to_bus"])]["substation"])),
                kv=show(float(line["voltage_kv"]), "voltage_kv"),
            ),
            f"{line['circuits']} \u00d7 {show(float(line['length_km']), 'length_km')}",
            int(line["year"]),
            str(line["confidence"] or NOT_APPLICABLE),
            _circuit_km(line),
        )
        for line in lines
    ]
    found += [
        Element(
            str(item["status"]),
            say("{where}, transformers", where=place_name(str(item["name"]))),
            f"{item['units']} \u00d7 {show(float(item['rating_mva']), 'apparent_mva')}",
            int(item["year"]),
            str(item["confidence"] or NOT_APPLICABLE),
            _mva(item) / 10,
        )
        for item in transformers
    ]
    order = list(STAGES)
    return sorted(found, key=lambda element: (-order.index(element.stage), -element.weight, element.name))


def _table(elements: list[Element]) -> Table:
    rows = [_row(element) for element in elements[:SHOWN_MAX]]
    left = len(elements) - SHOWN_MAX
    columns = (
        Column("Element", width=2.2),
        Column("Stage", width=1),
        Column("Amount", "circuits or units", True),
        Column("In service", "year", True),
        Column("Grade"),
    )
    note = say("{count} further elements are in the run's tables.", count=left) if left > 0 else ""
    return Table("What does not stand yet: scenario first, then the largest", columns, tuple(rows), note, small=True)


def _row(element: Element) -> tuple[str, ...]:
    return (element.name, word(STAGES[element.stage]), element.amount, str(element.year), element.grade)
