"""Which lines and transformers stand in a year: staged rows, the package of the Caspian link, the links' landings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from networks.grid import Line, Reinforcement, Transformer
from networks.hvdc import Link
from networks.problems import GridProblems, NetworkProblem, nearest_known
from networks.rows import LineRow, ReinforcementRow, TransformerRow
from networks.tables import Tables

Scope = Literal["none", "rated", "firm", "firm_n-1"]

PACKAGE_LINK = "caspian"
"""The link whose size picks the inland AC package."""
SCOPES: tuple[Scope, ...] = ("rated", "firm", "firm_n-1")
"""Each scope holds the ones before it."""
STATUS_ORDER = ("existing", "under_construction", "planned", "scenario")
TRANSFORMER_LOADING_MAX = 0.9
"""Autotransformers are operated up to this share of their rating; lines carry their own limit in the table."""

Bus = tuple[str, int]
"""Substation and voltage in kV."""


@dataclass(frozen=True, slots=True)
class Package:
    """The AC reinforcement that a link's size picks."""

    option_mw: float
    """0 when no package is built."""
    rows: tuple[ReinforcementRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Branches:
    """What carries power in the year asked for."""

    lines: tuple[Line, ...]
    transformers: tuple[Transformer, ...]
    links: tuple[Link, ...]
    """With their ends on buses that exist."""
    package: Package
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Draft:
    """Circuits or units that are about to be merged with their like."""

    key: tuple[object, ...]
    count: int
    status: str
    year: int
    confidence: str
    sources: list[str] = field(default_factory=list)

    def absorb(self, other: _Draft) -> None:
        self.count += other.count
        self.status = max(self.status, other.status, key=STATUS_ORDER.index)
        self.year = max(self.year, other.year)
        self.confidence = max(self.confidence, other.confidence)
        self.sources.extend(source for source in other.sources if source not in self.sources)


def bus_name(bus: Bus) -> str:
    """ "<substation> <kv>", the name of a bus everywhere."""
    return f"{bus[0]} {bus[1]}"


def in_service(row: LineRow | TransformerRow, year: int) -> bool:
    """Whether a staged row stands in `year`; scenario rows never do by themselves, open lines are left out."""
    if row.status == "scenario" or row.year > year:
        return False
    if isinstance(row, LineRow):
        return all(end is None or end > year for end in (row.until_year, row.open_from_year))
    return True


def stage_branches(tables: Tables, *, year: int, links: Sequence[Link], scope: Scope) -> Branches:
    """Return the branches of `year` with package and landings; GridProblems when a link's end hangs loose."""
    package = choose_package(tables, links, scope)
    rows = [row for row in tables.lines if in_service(row, year)]
    transformers = [row for row in tables.transformers if in_service(row, year)]
    standing = {bus for row in rows for bus in _line_buses(row)} | {bus for row in transformers for bus in _sides(row)}
    standing |= {bus for row in package.rows for bus in _package_buses(row)}
    placed, forward, notes = _land(tables, year=year, links=links, standing=standing)
    lines = [_line_draft(row) for row in (*rows, *forward)]
    lines += [_package_draft(row) for row in package.rows if row.element == "line"]
    units = [_transformer_draft(row) for row in transformers]
    units += [_package_draft(row) for row in package.rows if row.element == "transformer"]
    opened = [row for row in tables.lines if row.open_from_year is not None and row.open_from_year <= year]
    notes += [f"{_row_title(row)} is operated open from {row.open_from_year} on and left out" for row in opened]
    return Branches(
        lines=_merge_lines(tables, lines),
        transformers=_merge_transformers(tables, units),
        links=placed,
        package=package,
        notes=(*package.notes, *notes),
    )


def choose_package(tables: Tables, links: Sequence[Link], scope: Scope) -> Package:
    """Return the rows for the Caspian link's size: the next larger option; above the largest that one, marked."""
    link = next((link for link in links if link.name == PACKAGE_LINK), None)
    if link is None or not tables.reinforcements:
        return Package(0.0, (), ())
    options = sorted({row.option_mw for row in tables.reinforcements})
    option = next((size for size in options if size >= link.capacity_mw), options[-1])
    notes = []
    if link.capacity_mw > option:
        notes.append(
            f"AC package extrapolated: the {option:g} MW package stands in for {link.capacity_mw:g} MW, "
            "beyond what was studied"
        )
    scopes = ("none",) if scope == "none" else SCOPES[: SCOPES.index(scope) + 1]
    rows = tuple(row for row in tables.reinforcements if row.option_mw == option and row.scope in scopes)
    if scope == "none":
        notes.append("No AC package: the converter of the Caspian link hangs on its 220 kV connection alone")
    return Package(option if scope != "none" else 0.0, rows, tuple(notes))


def reinforcements_of(tables: Tables, package: Package) -> tuple[Reinforcement, ...]:
    """Return the package as costed elements; a tie between two countries names both, as in AZ/GE."""
    countries = {row.name: row.country for row in tables.substations}
    elements = []
    for row in package.rows:
        ends = dict.fromkeys((countries[row.from_substation], countries[row.to_substation]))
        elements.append(
            Reinforcement(
                element=row.element,
                from_substation=row.from_substation,
                to_substation=row.to_substation,
                country="/".join(ends),
                voltage_kv=float(row.voltage_kv),
                circuits=row.units,
                length_km=row.length_km or 0.0,
                why=row.why,
                source=row.source,
            )
        )
    return tuple(elements)


def _line_buses(row: LineRow) -> tuple[Bus, Bus]:
    return (row.from_substation, row.voltage_kv), (row.to_substation, row.voltage_kv)


def _sides(row: TransformerRow) -> tuple[Bus, Bus]:
    return (row.substation, row.hv_kv), (row.substation, row.lv_kv)


def _package_buses(row: ReinforcementRow) -> tuple[Bus, Bus]:
    low_kv = row.voltage_kv if row.lv_kv is None else row.lv_kv
    return (row.from_substation, row.voltage_kv), (row.to_substation, low_kv)


def _row_title(row: LineRow) -> str:
    return f"{row.from_substation}-{row.to_substation} {row.voltage_kv}"


def _land(
    tables: Tables, *, year: int, links: Sequence[Link], standing: set[Bus]
) -> tuple[tuple[Link, ...], list[LineRow], list[str]]:
    """Put every link's ends on buses; bring planned connection lines of an end into service whatever their year."""
    markets = {row.substation for row in tables.borders}
    placed: list[Link] = []
    problems: list[NetworkProblem] = []
    notes: list[str] = []
    forward: dict[int, LineRow] = {}
    for link in links:
        ends = []
        for field_name in ("from_bus", "to_bus"):
            try:
                bus = _end_bus(tables, link, field_name, standing)
            except GridProblems as error:
                problems.extend(error.problems)
                continue
            found = _connect(tables, year, bus, standing)
            forward.update((id(row), row) for row in found)
            notes += [f"{_row_title(row)} ({row.year}) brought forward to connect link {link.name}" for row in found]
            if bus not in standing and not found and bus[0] not in markets:
                where = f"link {link.name} {field_name}"
                remedy = "Give it a line in lines.csv, or a border if a market stands there"
                problems.append(NetworkProblem(where, f"{bus_name(bus)}, which nothing connects", "a bus", remedy))
            standing |= {side for row in found for side in _line_buses(row)}
            ends.append(bus)
        if len(ends) == 2:
            placed.append(replace(link, from_bus=bus_name(ends[0]), to_bus=bus_name(ends[1])))
            wanted = [(name, bus_name(end)) for name, end in zip((link.from_bus, link.to_bus), ends, strict=True)]
            notes += [
                f"Link {link.name} ends at {is_at}: {name} is not built"
                for name, is_at in wanted
                if name != is_at and " " in name
            ]
    if problems:
        raise GridProblems(problems)
    return tuple(placed), list(forward.values()), notes


def _end_bus(tables: Tables, link: Link, field_name: str, standing: set[Bus]) -> Bus:
    """Resolve "<substation> <kv>" or a bare substation (its highest voltage) to a bus that is built or can be."""
    text: str = getattr(link, field_name)
    substations = {row.name: row for row in tables.substations}
    place, _, kv_text = text.rpartition(" ")
    if text in substations:
        place, kv_text = text, ""
    if place not in substations:
        remedy = nearest_known(place or text, substations)
        raise GridProblems([NetworkProblem(f"link {link.name} {field_name}", repr(text), "a known substation", remedy)])
    built = {kv for name, kv in standing if name == place}
    staged = {row.voltage_kv for row in tables.lines if place in (row.from_substation, row.to_substation)}
    wanted = int(kv_text) if kv_text.isdigit() else None
    if wanted in built or (not built and wanted in staged):
        return (place, int(kv_text))
    if wanted is not None and wanted in staged and _future(tables, (place, wanted)):
        return (place, wanted)
    known = built or staged or {substations[place].voltage_max_kv}
    return (place, max(known))


def _future(tables: Tables, bus: Bus) -> list[LineRow]:
    """Lines of the plan at a bus, scenario rows apart."""
    lasting = [row for row in tables.lines if row.until_year is None and row.open_from_year is None]
    return [row for row in lasting if bus in _line_buses(row) and row.status != "scenario"]


def _connect(tables: Tables, year: int, bus: Bus, standing: set[Bus]) -> list[LineRow]:
    """Lines that must come early so that `bus` reaches the standing grid, found outward from it."""
    found: list[LineRow] = []
    reached, queue = set(standing), [bus]
    while queue:
        here = queue.pop(0)
        if here in reached:
            continue
        reached.add(here)
        for row in _future(tables, here):
            if row.year > year and row not in found:
                found.append(row)
                queue += [other for other in _line_buses(row) if other != here]
    return found


def _line_draft(row: LineRow) -> _Draft:
    ends = (row.from_substation, row.to_substation)
    key = (*ends, row.voltage_kv, row.line_type, row.length_km, row.circuit_flow_max_mw)
    return _Draft(key, row.circuits, row.status, row.year, row.confidence, [row.source])


def _transformer_draft(row: TransformerRow) -> _Draft:
    key = (row.substation, row.hv_kv, row.lv_kv, row.transformer_type)
    return _Draft(key, row.units, row.status, row.year, row.confidence, [row.source])


def _package_draft(row: ReinforcementRow) -> _Draft:
    key: tuple[object, ...] = (row.from_substation, row.voltage_kv, row.lv_kv, row.equipment_type)
    if row.element == "line":
        ends = (row.from_substation, row.to_substation)
        key = (*ends, row.voltage_kv, row.equipment_type, row.length_km, row.circuit_flow_max_mw)
    return _Draft(key, row.units, "scenario", 0, row.confidence, [row.source])


def _merged(drafts: Iterable[_Draft]) -> list[_Draft]:
    """Exactly parallel elements joined, in order of first appearance."""
    kept: dict[tuple[object, ...], _Draft] = {}
    for draft in drafts:
        if draft.key in kept:
            kept[draft.key].absorb(draft)
        else:
            kept[draft.key] = draft
    return list(kept.values())


def _numbered(base: str, seen: dict[str, int]) -> str:
    """`base`, then `base #2` ... for further branches between the same buses."""
    seen[base] = seen.get(base, 0) + 1
    return base if seen[base] == 1 else f"{base} #{seen[base]}"


def _merge_lines(tables: Tables, drafts: Iterable[_Draft]) -> tuple[Line, ...]:
    kinds = {row.name: row for row in tables.line_types}
    seen: dict[str, int] = {}
    lines = []
    for draft in _merged(drafts):
        start, end, kv, kind_name, length_km, limit_mw = draft.key
        kind = kinds[str(kind_name)]
        assert isinstance(kv, int)
        assert isinstance(length_km, float)
        assert isinstance(limit_mw, float)
        lines.append(
            Line(
                name=_numbered(f"{start}-{end} {kv}", seen),
                from_bus=bus_name((str(start), kv)),
                to_bus=bus_name((str(end), kv)),
                voltage_kv=float(kv),
                circuits=draft.count,
                length_km=length_km,
                r_ohm_per_km=kind.r_ohm_per_km,
                x_ohm_per_km=kind.x_ohm_per_km,
                c_nf_per_km=kind.c_nf_per_km,
                current_max_ka=kind.current_max_ka,
                flow_max_mw=limit_mw * draft.count,
                line_type=kind.name,
                status=draft.status,
                year=draft.year,
                confidence=draft.confidence,
                source=" | ".join(draft.sources),
            )
        )
    return tuple(lines)


def _merge_transformers(tables: Tables, drafts: Iterable[_Draft]) -> tuple[Transformer, ...]:
    kinds = {row.name: row for row in tables.transformer_types}
    seen: dict[str, int] = {}
    transformers = []
    for draft in _merged(drafts):
        place, hv_kv, lv_kv, kind_name = draft.key
        kind = kinds[str(kind_name)]
        transformers.append(
            Transformer(
                name=_numbered(f"{place} {hv_kv}/{lv_kv}", seen),
                hv_bus=f"{place} {hv_kv}",
                lv_bus=f"{place} {lv_kv}",
                units=draft.count,
                rating_mva=kind.rating_mva,
                short_circuit_voltage_percent=kind.short_circuit_voltage_percent,
                copper_loss_kw=kind.copper_loss_kw,
                iron_loss_kw=kind.iron_loss_kw,
                no_load_current_percent=kind.no_load_current_percent,
                flow_max_mw=TRANSFORMER_LOADING_MAX * kind.rating_mva * draft.count,
                status=draft.status,
                year=draft.year,
                confidence=draft.confidence,
                source=" | ".join(draft.sources),
            )
        )
    return tuple(transformers)
