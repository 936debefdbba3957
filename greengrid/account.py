"""What `greengrid check` prints: a one-page account of the case's grid, before anything is solved."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import fill

from greengrid.account_package import WIDTH, package_lines
from greengrid.case import Case
from greengrid.inputs import Inputs, make_weather, read_inputs
from networks.grid import Border, Grid

WEAK = ("C", "D")
WEATHER_DRIVEN = ("wind_onshore", "wind_offshore", "solar", "hydro_ror")


@dataclass(frozen=True)
class Account:
    """The text and what deserves a second look."""

    text: str
    warnings: tuple[str, ...]


def account_of(case: Case) -> Account:
    """Reads everything the case needs and describes it; raises `BadInput` with every problem."""
    inputs = read_inputs(case)
    grid = inputs.grid
    if case.weather.files:
        make_weather(case, grid, inputs.economy)
    warnings = (*grid.notes, *_capacity_warnings(inputs))
    sections = [
        [f"{case.name}: {case.title} (case {case.digest[:12]}, {case.network} {inputs.network_digest[:12]})"],
        [*_fleet(grid), *_demand(inputs)],
        [*_lengths(grid), *_areas(grid), *_hanging(grid)],
        [*_cuts(grid), *_ties(grid), *_links(grid), *package_lines(case, grid)],
        [*_evidence(grid), *_notes(warnings)],
    ]
    return Account("\n\n".join("\n".join(lines) for lines in sections), warnings)


def _notes(warnings: Iterable[str]) -> list[str]:
    """What nothing connects, then the rest; the areas have been told already."""
    told = [note for note in warnings if not note.startswith("Synchronous area")]
    isolated = [note for note in told if "left out, " in note]
    others = [note for note in told if note not in isolated]
    parts = (("Isolated", isolated), ("Notes", others))
    return [line for head, notes in parts if notes for line in (head, *(wrapped(note) for note in notes))] or [
        "Notes: none"
    ]


def wrapped(text: str, indent: str = "  ") -> str:
    """One paragraph within the page's width."""
    return fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False)


def _capacity_warnings(inputs: Inputs) -> list[str]:
    """Countries whose firm capacity, as available in January, is below their peak before any trade."""
    return [
        f"{country}: firm capacity available in winter {firm:,.0f} MW is below the peak {peak:,.0f} MW"
        for country, (firm, peak) in _firm_and_peak(inputs).items()
        if firm < peak
    ]


def _firm_and_peak(inputs: Inputs) -> dict[str, tuple[float, float]]:
    grid = inputs.grid
    available = {unit.name: max(unit.available_frac[0], unit.available_frac[11]) for unit in inputs.economy.units}
    found = {}
    for country in sorted({demand.country for demand in grid.demands}):
        firm = sum(
            plant.capacity_mw * available[plant.name]
            for plant in grid.plants
            if plant.country == country and plant.technology not in WEATHER_DRIVEN
        )
        found[country] = (firm, sum(demand.peak_mw for demand in grid.demands if demand.country == country))
    return found


def _fleet(grid: Grid) -> list[str]:
    """MW by technology and country, and the share of it that is of grade C or D."""
    countries = sorted({plant.country for plant in grid.plants})
    total: defaultdict[tuple[str, str], float] = defaultdict(float)
    weak: defaultdict[str, float] = defaultdict(float)
    for plant in grid.plants:
        for key in ((plant.technology, plant.country), (plant.technology, ""), ("total", plant.country), ("total", "")):
            total[key] += plant.capacity_mw
        if plant.confidence in WEAK:
            weak[plant.technology] += plant.capacity_mw
            weak["total"] += plant.capacity_mw
    header = f"{f'Installed {grid.year}, MW':<22}" + "".join(f"{name:>9}" for name in (*countries, "all", "C or D"))
    rows = [
        f"  {technology:<20}"
        + "".join(f"{total[technology, country]:>9,.0f}" for country in (*countries, ""))
        + f"{100 * weak[technology] / total[technology, '']:>7.0f} %"
        for technology in (*sorted({plant.technology for plant in grid.plants}), "total")
    ]
    return [header, *rows]


def _demand(inputs: Inputs) -> list[str]:
    grid = inputs.grid
    firm = _firm_and_peak(inputs)
    rows = ["Demand, gross of network losses; firm: available in winter without wind, sun and rivers"]
    for country, (firm_mw, peak_mw) in firm.items():
        parts = [demand for demand in grid.demands if demand.country == country]
        largest = max(
            (p.unit_sizes_mw[0] for p in grid.plants if p.country == country and p.unit_sizes_mw), default=0.0
        )
        unit = f"   largest unit {largest:,.0f} MW" if largest else ""
        grade = max(part.confidence for part in parts)
        rows.append(
            f"  {country}  {sum(part.energy_twh for part in parts):>7.1f} TWh   peak {peak_mw:>7,.0f} MW"
            f" in {len(parts)} zones   firm {firm_mw:>7,.0f} MW{unit}   grade {grade}"
        )
    return rows


def _lengths(grid: Grid) -> list[str]:
    total: defaultdict[float, float] = defaultdict(float)
    weak: defaultdict[float, float] = defaultdict(float)
    for line in grid.lines:
        total[line.voltage_kv] += line.length_km * line.circuits
        weak[line.voltage_kv] += line.length_km * line.circuits * (line.confidence in WEAK)
    parts = [
        f"{voltage:.0f} kV {length:,.0f} ({100 * weak[voltage] / length:.0f} %)"
        for voltage, length in sorted(total.items(), reverse=True)
    ]
    return [f"Circuit-km of AC lines (share of grade C or D): {', '.join(parts)}"]


def _areas(grid: Grid) -> list[str]:
    """Each island with its countries (zones, where a country lies in several), who swings with it, on whose word."""
    zone_of = {bus.name: (bus.country, bus.zone) for bus in grid.buses}
    own = {demand.country for demand in grid.demands}
    split = Counter(country for area in grid.areas for country in {zone_of[name][0] for name in area})
    rows = ["Synchronous areas (islands)"]
    for number, members in enumerate(grid.areas, start=1):
        places = [place for place in dict.fromkeys(zone_of[name] for name in members) if place[0] in own]
        ours = dict.fromkeys(zone if split[country] > 1 else country for country, zone in places)
        borders = [border for border in grid.borders if border.bus in set(members)]
        size = f"{len(members)} bus" if len(members) == 1 else f"{len(members)} buses"
        rows.append(f"  {number}: {size}, {', '.join(ours) or 'a market behind a link'}{_neighbours(borders)}")
        notes = dict.fromkeys(b.connection_note for b in borders if "assumption" in b.connection_note)
        rows += [wrapped(note, "     ") for note in notes]
    return rows


def _neighbours(borders: Sequence[Border]) -> str:
    text = ""
    for kind, words in (
        ("synchronous", "swings with"),
        ("asynchronous", "asynchronous with"),
        ("radial", "directed to"),
    ):
        names = dict.fromkeys(border.market.partition("_")[0] for border in borders if border.connection == kind)
        text += f"; {words} {', '.join(names)}" if names else ""
    return text


def _hanging(grid: Grid) -> list[str]:
    """Places that one circuit feeds, and places behind one neighbour only; a link's end counts as fed."""
    circuits: Counter[str] = Counter()
    beside: defaultdict[str, set[str]] = defaultdict(set)
    place = {bus.name: bus.substation for bus in grid.buses}
    for line in grid.lines:
        start, end = place[line.from_bus], place[line.to_bus]
        for here, there in ((start, end), (end, start)):
            circuits[here] += line.circuits
            beside[here].add(there)
    names = {
        bus.substation: f"{bus.substation} ({bus.name_ru})" if bus.name_ru else bus.substation for bus in grid.buses
    }
    ours = [bus.substation for bus in grid.buses if bus.zone != "border"]
    single = [names[key] for key in dict.fromkeys(ours) if circuits[key] == 1]
    radial = [names[key] for key in dict.fromkeys(ours) if circuits[key] > 1 and len(beside[key]) == 1]
    cut_off = [names[key] for key in dict.fromkeys(ours) if circuits[key] == 0]
    return [
        wrapped(f"on one circuit: {', '.join(single) or 'none'}"),
        wrapped(f"behind one neighbour: {', '.join(radial) or 'none'}"),
        *([wrapped(f"without a line: {', '.join(cut_off)}")] if cut_off else []),
    ]


def _cuts(grid: Grid) -> list[str]:
    cells = [
        f"{cut.name:<22}{_pair(cut.forward_max_mw, cut.reverse_max_mw):>15} {cut.confidence}" for cut in grid.interfaces
    ]
    return ["Interface limits, MW forward/reverse, grade", *_columns(cells, 3)] if cells else []


def _ties(grid: Grid) -> list[str]:
    cells = [
        f"{tie.name:<16}{_pair(tie.import_max_mw, tie.export_max_mw):>12} {tie.market:<9}{tie.confidence}"
        for tie in grid.borders
    ]
    joint = [f"{limit.name} {limit.flow_max_mw:,.0f} MW jointly" for limit in grid.joint_limits]
    head = "Ties, MW import/export, market, grade" + (f"; {', '.join(joint)}" if joint else "")
    return [head, *_columns(cells, 3)] if cells else []


def _pair(first: float, second: float) -> str:
    return f"{first:,.0f}/{second:,.0f}"


def _columns(cells: Sequence[str], count: int) -> list[str]:
    width = max(len(cell) for cell in cells)
    rows = [cells[k : k + count] for k in range(0, len(cells), count)]
    return ["  " + "   ".join(f"{cell:<{width}}" for cell in row).rstrip() for row in rows]


def _links(grid: Grid) -> list[str]:
    if not grid.links:
        return ["HVDC links: none"]
    rows = [
        f"  {link.name:<10} {link.capacity_mw:>6,.0f} MW  {link.voltage_kv:.0f} kV {link.configuration}  "
        f"{link.subsea_km + link.land_km:,.0f} km  {link.from_bus} -> {link.to_bus}  "
        f"loss at full load {100 * (1 - link.received_max_mw / link.capacity_mw):.2f} %"
        for link in grid.links
    ]
    return ["HVDC links (assumptions: no official rating, route or cost is published)", *rows]


def _evidence(grid: Grid) -> list[str]:
    """Rows by grade, and the names of what is merely assumed."""
    tables: dict[str, Iterable[object]] = {
        "lines": grid.lines,
        "transformers": grid.transformers,
        "plants": grid.plants,
    }
    rows = ["Evidence: rows by grade (A published, B in part, C estimate, D assumed); what is D"]
    for name, items in tables.items():
        graded = [(str(getattr(item, "confidence", "")), str(getattr(item, "name", ""))) for item in items]
        grades = Counter(grade for grade, _ in graded)
        spread = " ".join(f"{grade} {grades[grade]:>3}" for grade in "ABCD")
        rows.append(_trimmed(f"  {name:<13}{spread}   ", [label for grade, label in graded if grade == "D" and label]))
    return rows


def _trimmed(head: str, names: Sequence[str]) -> str:
    """As many names as the line holds, and how many more there are."""
    text = head
    for number, name in enumerate(names):
        rest = f" and {len(names) - number} more"
        if len(text) + len(name) + len(rest) + 2 > WIDTH:
            return text.rstrip(", ") + rest
        text += f"{name}, "
    return text.rstrip(", ").rstrip()
