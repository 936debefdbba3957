"""Checks across tables that are each well-formed: references, lengths and constants of lines, sums of shares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from networks.geography import great_circle_km
from networks.plausibility import implausible, implausible_types
from networks.problems import NetworkProblem, nearest_known
from networks.rows import STORED

if TYPE_CHECKING:
    from networks.rows import LineRow, ReinforcementRow
    from networks.tables import Tables

GREAT_CIRCLE_TOLERANCE = 0.97
"""Coordinates are town centres in places; a line may look this much shorter than the straight line."""
SHARE_TOLERANCE = 0.002
SHARE_ROUNDING = "Shares are fractions; correct them to sum to one"


def check_tables(tables: Tables) -> list[NetworkProblem]:
    """Return every contradiction between the tables; references first, then types, the rest only when both hold."""
    problems = list(_reference_problems(tables)) or list(implausible_types(tables))
    if problems:
        return problems
    checks: tuple[Callable[[Tables], Iterator[NetworkProblem]], ...] = (
        _line_voltage_problems,
        _length_problems,
        _transformer_problems,
        _reinforcement_problems,
        _plant_problems,
        _share_problems,
        _demand_problems,
        _limit_problems,
        implausible,
    )
    return [problem for check in checks for problem in check(tables)]


def _reference_problems(tables: Tables) -> Iterator[NetworkProblem]:
    substations = [row.name for row in tables.substations]
    zones = [row.zone for row in tables.zones]
    countries = {row.country for row in tables.substations}
    refer = _references
    for table in ("lines", "reactors", "interface_members", "reinforcements"):
        yield from refer(tables, table, "from_substation", substations)
        yield from refer(tables, table, "to_substation", substations)
    for table in ("transformers", "compensation", "plants", "load_shares", "borders"):
        yield from refer(tables, table, "substation", substations)
    yield from refer(tables, "reactors", "at_substation", substations)
    yield from refer(tables, "lines", "line_type", [row.name for row in tables.line_types])
    yield from refer(tables, "transformers", "transformer_type", [row.name for row in tables.transformer_types])
    yield from refer(tables, "plant_connections", "plant", [row.name for row in tables.plants])
    yield from refer(tables, "units", "plant", [row.name for row in tables.plants])
    yield from refer(tables, "load_shares", "zone", zones)
    yield from refer(tables, "plants", "country", countries)
    yield from refer(tables, "zones", "country", [row.country for row in tables.demand])
    yield from refer(tables, "demand", "country", [row.country for row in tables.zones])
    yield from refer(tables, "border_limits", "border", [row.name for row in tables.borders])
    yield from refer(tables, "borders", "joint_limit", [row.name for row in tables.joint_limits])
    yield from refer(tables, "interface_members", "interface", [row.name for row in tables.interfaces])
    yield from refer(tables, "interfaces", "name", [row.interface for row in tables.interface_members])
    for row in tables.reinforcements:
        types = tables.line_types if row.element == "line" else tables.transformer_types
        known = [kind.name for kind in types]
        if row.equipment_type not in known:
            yield _unknown("reinforcements", _title(row), "equipment_type", row.equipment_type, known)


def _references(tables: Tables, table: str, field: str, known: Iterable[str]) -> Iterator[NetworkProblem]:
    names = set(known)
    for row in getattr(tables, table):
        value = getattr(row, field)
        if value is not None and value not in names:
            title = ", ".join(str(getattr(row, key)) for key in row.KEY)
            yield _unknown(table, title, field, value, names)


def _unknown(table: str, title: str, field: str, value: str, known: Iterable[str]) -> NetworkProblem:
    return NetworkProblem(
        f"{table}.csv ({title}) {field}", f"unknown {value!r}", "a known name", nearest_known(value, known)
    )


def _line_voltage_problems(tables: Tables) -> Iterator[NetworkProblem]:
    kinds = {row.name: row.voltage_kv for row in tables.line_types}
    for line in tables.lines:
        if kinds[line.line_type] != line.voltage_kv:
            found = f"{line.line_type!r}, a type for {kinds[line.line_type]} kV"
            yield NetworkProblem(f"lines.csv ({_title(line)}) line_type", found, f"a type for {line.voltage_kv} kV")


def _title(row: LineRow | ReinforcementRow) -> str:
    return f"{row.from_substation}-{row.to_substation} {row.voltage_kv}"


def _length_problems(tables: Tables) -> Iterator[NetworkProblem]:
    places = {row.name: (row.latitude_deg, row.longitude_deg) for row in tables.substations}
    rows: list[tuple[str, LineRow | ReinforcementRow]] = [("lines", row) for row in tables.lines]
    rows += [("reinforcements", row) for row in tables.reinforcements if row.element == "line"]
    for table, row in rows:
        if row.from_substation == row.to_substation:
            yield NetworkProblem(
                f"{table}.csv ({_title(row)}) to_substation", "a line from a place to itself", "two substations"
            )
            continue
        straight_km = great_circle_km(*places[row.from_substation], *places[row.to_substation])
        if row.length_km is not None and row.length_km < straight_km * GREAT_CIRCLE_TOLERANCE:
            yield NetworkProblem(
                f"{table}.csv ({_title(row)}) length_km",
                f"{row.length_km:g} km",
                f"at least the great circle of {straight_km:.0f} km",
                "Check the length and both coordinates",
            )


def _transformer_problems(tables: Tables) -> Iterator[NetworkProblem]:
    kinds = {row.name: row for row in tables.transformer_types}
    for row in tables.transformers:
        kind = kinds[row.transformer_type]
        if (row.hv_kv, row.lv_kv) != (kind.hv_kv, kind.lv_kv):
            yield NetworkProblem(
                f"transformers.csv ({row.substation} {row.hv_kv}/{row.lv_kv}) transformer_type",
                f"{kind.name!r}, {kind.hv_kv}/{kind.lv_kv} kV",
                f"a type for {row.hv_kv}/{row.lv_kv} kV",
            )


def _reinforcement_problems(tables: Tables) -> Iterator[NetworkProblem]:
    for row in tables.reinforcements:
        needed = ("length_km", "circuit_flow_max_mw") if row.element == "line" else ("lv_kv",)
        for field in needed:
            if getattr(row, field) is None:
                where = f"reinforcements.csv ({row.option_mw:g}, {_title(row)}) {field}"
                yield NetworkProblem(where, "an empty cell", f"a value for every {row.element}")


def _plant_problems(tables: Tables) -> Iterator[NetworkProblem]:
    countries = {row.name: row.country for row in tables.substations}
    for row in tables.plants:
        where = f"plants.csv ({row.name})"
        if countries[row.substation] != row.country:
            found = f"{row.country}, but {row.substation} is in {countries[row.substation]}"
            yield NetworkProblem(f"{where} country", found, "the country of its substation")
        if (row.technology in STORED) != (row.energy_mwh > 0.0):
            yield NetworkProblem(
                f"{where} energy_mwh",
                f"{row.energy_mwh:g} for technology {row.technology}",
                "above 0 for a battery or pumped storage, 0 for everything else",
            )
        if (row.status == "scenario") != (row.programme is not None):
            found = f"status {row.status} with programme {row.programme or 'empty'}"
            yield NetworkProblem(f"{where} programme", found, "a programme for scenario plants, and only for them")


def _share_problems(tables: Tables) -> Iterator[NetworkProblem]:
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for load in tables.load_shares:
        sums["load_shares.csv share_frac", f"zone {load.zone}"] += load.share_frac
    for connection in tables.plant_connections:
        sums["plant_connections.csv share_frac", f"plant {connection.plant}"] += connection.share_frac
    for zone in tables.zones:
        sums["zones.csv energy_share_frac", f"country {zone.country}"] += zone.energy_share_frac
        sums["zones.csv peak_share_frac", f"country {zone.country}"] += zone.peak_share_frac
    for (where, what), total in sums.items():
        if abs(total - 1.0) > SHARE_TOLERANCE:
            yield NetworkProblem(f"{where} ({what})", f"a sum of {total:.4g}", "a sum of 1", SHARE_ROUNDING)
    with_loads = {row.zone for row in tables.load_shares}
    for zone in tables.zones:
        if zone.zone not in with_loads:
            yield NetworkProblem(
                f"zones.csv ({zone.zone}) zone", "no row in load_shares.csv", "at least one load substation"
            )


def _demand_problems(tables: Tables) -> Iterator[NetworkProblem]:
    for row in tables.demand:
        where = f"demand.csv ({row.country} {row.year})"
        if not row.energy_low_twh <= row.energy_twh <= row.energy_high_twh:
            found = f"{row.energy_low_twh:g}, {row.energy_twh:g}, {row.energy_high_twh:g}"
            yield NetworkProblem(f"{where} energy_twh", found, "low <= central <= high")
        average_mw = row.energy_twh * 1e6 / 8760.0
        if not 0.3 <= average_mw / row.peak_mw <= 1.0:
            found = f"{row.peak_mw:g} MW, load factor {average_mw / row.peak_mw:.2f}"
            yield NetworkProblem(f"{where} peak_mw", found, "a load factor from 0.3 to 1", "Check TWh against MW")


def _limit_problems(tables: Tables) -> Iterator[NetworkProblem]:
    have = {(row.border, row.year) for row in tables.border_limits}
    for border in tables.borders:
        for year in tables.years:
            if (border.name, year) not in have:
                where = f"border_limits.csv ({border.name}) year"
                yield NetworkProblem(where, f"no row for {year}", "limits for every year of demand.csv")
    built = {_ends(row) for row in tables.lines} | {
        _ends(row) for row in tables.reinforcements if row.element == "line"
    }
    for member in tables.interface_members:
        if (member.from_substation, member.to_substation, member.voltage_kv) not in built:
            where = f"interface_members.csv ({member.interface}) from_substation, to_substation, voltage_kv"
            found = f"{member.from_substation}-{member.to_substation} {member.voltage_kv}"
            known = [f"{a}-{b} {kv}" for a, b, kv in built]
            yield NetworkProblem(where, f"no such line {found!r}", "a line of the tables", nearest_known(found, known))


def _ends(row: LineRow | ReinforcementRow) -> tuple[str, str, int]:
    return (row.from_substation, row.to_substation, row.voltage_kv)
