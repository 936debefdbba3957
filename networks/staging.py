"""Which lines and transformers stand in a year: staged rows, the package of the Caspian link, the links' landings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

from networks.grid import Line, Reinforcement, Transformer
from networks.hvdc import Link
from networks.landing import Bus, bus_name, land_links, line_buses, row_title
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


class _LineKey(NamedTuple):
    """What circuits must share to be one line."""

    from_substation: str
    to_substation: str
    voltage_kv: int
    line_type: str
    length_km: float
    circuit_flow_max_mw: float


class _UnitKey(NamedTuple):
    """What transformers must share to be one row of units."""

    substation: str
    hv_kv: int
    lv_kv: int
    transformer_type: str


Key = TypeVar("Key", _LineKey, _UnitKey)


@dataclass(slots=True)
class _Draft(Generic[Key]):
    """Circuits or units that are about to be merged with their like."""

    key: Key
    count: int
    status: str
    year: int
    confidence: str
    sources: list[str]

    def absorb(self, other: _Draft[Key]) -> None:
        """Take in parallel ones: the least advanced status, the latest year and the poorest grade stand for all."""
        self.count += other.count
        self.status = max(self.status, other.status, key=STATUS_ORDER.index)
        self.year = max(self.year, other.year)
        self.confidence = max(self.confidence, other.confidence)
        self.sources += [source for source in other.sources if source not in self.sources]


def in_service(row: LineRow | TransformerRow, year: int) -> bool:
    """Whether a staged row stands in `year`; scenario rows never do by themselves, open lines are left out."""
    if row.status == "scenario" or row.year > year:
        return False
    if isinstance(row, LineRow):
        return all(end is None or end > year for end in (row.until_year, row.open_from_year))
    return True


def stage_branches(
    tables: Tables, *, year: int, links: Sequence[Link], scope: Scope, package_mw: float = 0.0
) -> Branches:
    """Return the branches of `year` with package and landings; GridProblems when a link's end hangs loose."""
    package = choose_package(tables, links, scope, package_mw)
    rows = [row for row in tables.lines if in_service(row, year)]
    transformers = [row for row in tables.transformers if in_service(row, year)]
    standing = {bus for row in rows for bus in line_buses(row)} | {bus for row in transformers for bus in _sides(row)}
    standing |= {bus for row in package.rows for bus in _package_buses(row)}
    placed, forward, notes = land_links(tables, links, standing)
    lines = [_line_draft(row) for row in (*rows, *forward)]
    lines += _package_lines(package, year)
    units = [_unit_draft(row) for row in transformers]
    units += _package_units(package, year)
    opened = [row for row in tables.lines if row.open_from_year is not None and row.open_from_year <= year]
    notes += [f"{row_title(row)} is operated open from {row.open_from_year} on and left out" for row in opened]
    return Branches(
        lines=_merge_lines(tables, lines),
        transformers=_merge_transformers(tables, units),
        links=placed,
        package=package,
        notes=(*package.notes, *notes),
    )


def choose_package(tables: Tables, links: Sequence[Link], scope: Scope, package_mw: float = 0.0) -> Package:
    """Return the rows for the Caspian link's size: the next larger option; above the largest that one, marked.

    `package_mw` above zero takes the place of the link's rating and holds the package at every size, without the link
    too.
    """
    link = next((link for link in links if link.name == PACKAGE_LINK), None)
    size_mw = package_mw or (link.capacity_mw if link else 0.0)
    if size_mw <= 0.0 or not tables.reinforcements:
        return Package(0.0, (), ())
    options = sorted({row.option_mw for row in tables.reinforcements})
    option = next((size for size in options if size >= size_mw), options[-1])
    notes = []
    if size_mw > option:
        notes.append(
            f"AC package extrapolated: the {option:g} MW package stands in for {size_mw:g} MW, beyond what was studied"
        )
    if package_mw:
        notes.append(f"AC package of a {option:g} MW link whatever the link's rating (reinforcement.package_mw)")
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


def _sides(row: TransformerRow) -> tuple[Bus, Bus]:
    return (row.substation, row.hv_kv), (row.substation, row.lv_kv)


def _package_buses(row: ReinforcementRow) -> tuple[Bus, Bus]:
    low_kv = row.voltage_kv if row.lv_kv is None else row.lv_kv
    return (row.from_substation, row.voltage_kv), (row.to_substation, low_kv)


def _line_draft(row: LineRow) -> _Draft[_LineKey]:
    ends = (row.from_substation, row.to_substation)
    key = _LineKey(*ends, row.voltage_kv, row.line_type, row.length_km, row.circuit_flow_max_mw)
    return _Draft(key, row.circuits, row.status, row.year, row.confidence, [row.source])


def _unit_draft(row: TransformerRow) -> _Draft[_UnitKey]:
    key = _UnitKey(row.substation, row.hv_kv, row.lv_kv, row.transformer_type)
    return _Draft(key, row.units, row.status, row.year, row.confidence, [row.source])


def _package_lines(package: Package, year: int) -> list[_Draft[_LineKey]]:
    """Circuits of the package; a package counts as built in the case's year."""
    drafts = []
    for row in package.rows:
        if row.element == "line" and row.length_km is not None and row.circuit_flow_max_mw is not None:
            ends = (row.from_substation, row.to_substation)
            key = _LineKey(*ends, row.voltage_kv, row.equipment_type, row.length_km, row.circuit_flow_max_mw)
            drafts.append(_Draft(key, row.units, "scenario", year, row.confidence, [row.source]))
    return drafts


def _package_units(package: Package, year: int) -> list[_Draft[_UnitKey]]:
    drafts = []
    for row in package.rows:
        if row.element == "transformer" and row.lv_kv is not None:
            key = _UnitKey(row.from_substation, row.voltage_kv, row.lv_kv, row.equipment_type)
            drafts.append(_Draft(key, row.units, "scenario", year, row.confidence, [row.source]))
    return drafts


def _merged(drafts: Iterable[_Draft[Key]]) -> list[_Draft[Key]]:
    """Exactly parallel elements joined, in order of first appearance."""
    kept: dict[Key, _Draft[Key]] = {}
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


def _merge_lines(tables: Tables, drafts: Iterable[_Draft[_LineKey]]) -> tuple[Line, ...]:
    kinds = {row.name: row for row in tables.line_types}
    seen: dict[str, int] = {}
    lines = []
    for draft in _merged(drafts):
        key, kind = draft.key, kinds[draft.key.line_type]
        lines.append(
            Line(
                name=_numbered(f"{key.from_substation}-{key.to_substation} {key.voltage_kv}", seen),
                from_bus=bus_name((key.from_substation, key.voltage_kv)),
                to_bus=bus_name((key.to_substation, key.voltage_kv)),
                voltage_kv=float(key.voltage_kv),
                circuits=draft.count,
                length_km=key.length_km,
                r_ohm_per_km=kind.r_ohm_per_km,
                x_ohm_per_km=kind.x_ohm_per_km,
                c_nf_per_km=kind.c_nf_per_km,
                current_max_ka=kind.current_max_ka,
                flow_max_mw=key.circuit_flow_max_mw * draft.count,
                line_type=kind.name,
                status=draft.status,
                year=draft.year,
                confidence=draft.confidence,
                source=" | ".join(draft.sources),
            )
        )
    return tuple(lines)


def _merge_transformers(tables: Tables, drafts: Iterable[_Draft[_UnitKey]]) -> tuple[Transformer, ...]:
    kinds = {row.name: row for row in tables.transformer_types}
    seen: dict[str, int] = {}
    transformers = []
    for draft in _merged(drafts):
        key, kind = draft.key, kinds[draft.key.transformer_type]
        transformers.append(
            Transformer(
                name=_numbered(f"{key.substation} {key.hv_kv}/{key.lv_kv}", seen),
                hv_bus=bus_name((key.substation, key.hv_kv)),
                lv_bus=bus_name((key.substation, key.lv_kv)),
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
