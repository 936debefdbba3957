"""A folder of tables made of a pandapower net: written apart, checked like any tables of a user, then put in place."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import tomlkit

from greengrid.case import check_case, load_case
from greengrid.errors import BadInput, Problem
from greengrid.exchange.incoming.branches import Branches, LineDraft, take_lines
from greengrid.exchange.incoming.choices import Choices
from greengrid.exchange.incoming.places import invent_places
from greengrid.exchange.incoming.plain_net import PlainNet, read_plain, text
from greengrid.exchange.incoming.report import Notes
from greengrid.exchange.incoming.sources import Sources, take_sources
from greengrid.exchange.incoming.stations import Stations, find_stations
from greengrid.exchange.incoming.table_rows import Cells, table_rows
from greengrid.exchange.incoming.transformers import take_transformers
from greengrid.inputs import read_inputs
from greengrid.store import writing
from networks.geography import great_circle_km
from networks.rows import TABLE_ROWS

TABLES_HZ = 50.0
REPORT, CASE = "import.txt", "case.toml"
NOT_CARRIED = {
    "trafo3w": "three-winding transformers",
    "impedance": "impedances between buses",
    "dcline": "dc lines: a link belongs into the case, [link.NAME]",
    "hvdc_link": "HVDC links: a link belongs into the case, [link.NAME]",
    "vsc": "converters",
    "line_dc": "dc cables",
    "ward": "ward equivalents",
    "xward": "extended ward equivalents",
    "motor": "motors",
    "asymmetric_load": "asymmetric loads",
    "asymmetric_sgen": "asymmetric sources",
    "svc": "static var compensators of their own table",
    "tcsc": "controlled series capacitors",
    "ssc": "static synchronous compensators of their own table",
    "controller": "controllers",
    "poly_cost": "costs (prices come from the case)",
    "pwl_cost": "costs (prices come from the case)",
    "measurement": "measurements",
    "group": "groups",
}


def import_net(file: Path, target: Path, choices: Choices) -> str:
    """Write the folder and return the account of what was assumed and left out.

    Raises `BadInput` with everything that stops it: a file that is no net, missing choices, tables that fail a check.
    """
    net = read_plain(file)
    notes = Notes()
    countries = known_countries()
    _check_country(net, choices, countries, notes)
    stations = find_stations(net, choices.country or "", countries, notes)
    if choices.centre_deg is not None:
        for station in stations.all:
            station.position = None
    branches = Branches()
    take_lines(net, stations, branches, notes)
    take_transformers(net, stations, branches, notes)
    sources = take_sources(net, stations, choices.technology, notes)
    _note_tables(net, notes)
    _set_places(net, stations, branches, choices, notes)
    if not sources.load_mw:
        notes.problems.append(Problem(file.name, "no load", "at least one load: demand is made of it"))
    if notes.problems:
        raise BadInput(notes.problems)
    rows = table_rows(net.file, stations, branches, sources, choices)
    with writing(target, replace=False, subfolders=()) as folder:
        _write(folder, rows)
        case = _case_content(net, folder, choices)
        read_inputs(check_case(case, CASE))
        case["network"] = str(target)
        header = f"From {net.file}, every row of confidence D."
        (folder / REPORT).write_text(f"{header}\n{notes.text}\n", encoding="utf-8")
        (folder / CASE).write_text(tomlkit.dumps({"extends": "base", **case_changes(case)}), encoding="utf-8")
    return (
        f"{_totals(stations, branches, sources)}\n{notes.text}\nWrote {target}. Next: greengrid check {target / CASE}"
    )


def known_countries() -> tuple[str, ...]:
    """Countries with demand shapes and prices."""
    from greengrid.weather.tables import read_tables

    return tuple(sorted({row.country for row in read_tables().demand_months}))


def _check_country(net: PlainNet, choices: Choices, countries: tuple[str, ...], notes: Notes) -> None:
    own = [text(row, "country") for row in net.in_service("bus")]
    if choices.country is None and not all(own):
        found = f"{sum(not name for name in own)} buses without a country"
        notes.problems.append(
            Problem(f"{net.file}, bus", found, "a column `country`, or --country", _one_of(countries))
        )
    if choices.country is not None and choices.country not in countries:
        notes.problems.append(Problem("--country", repr(choices.country), _one_of(countries)))


def _one_of(names: tuple[str, ...]) -> str:
    return f"One of {', '.join(names)}"


def _note_tables(net: PlainNet, notes: Notes) -> None:
    """Whole tables that ours have no place for, another frequency, and what no net holds."""
    notes.left_out.append(
        "what no net holds: limits of cuts, joint limits, other years, packages, single generating units"
    )
    if net.frequency_hz != TABLES_HZ:
        notes.assumed.append(
            f"a net of {net.frequency_hz:g} Hz as one of {TABLES_HZ:g} Hz, reactance in ohm and charging in S kept"
        )
    for table, what in NOT_CARRIED.items():
        names = [str(row.get("name") or f"{table} {row['index']:g}") for row in net.in_service(table)]
        notes.leave_out(what, names)
    for table in ("line", "trafo", "load", "shunt"):
        off = len(net.rows(table)) - len(net.in_service(table))
        if off:
            notes.left_out.append(f"rows of {table} out of service: {off}")


def _set_places(net: PlainNet, stations: Stations, branches: Branches, choices: Choices, notes: Notes) -> None:
    """Coordinates of the net where they fit the lengths of its lines, else places that are invented to fit."""
    number = {id(station): k for k, station in enumerate(stations.all)}
    lines = [(number[id(line.start)], number[id(line.end)], line.length_km) for line in branches.lines]
    if choices.centre_deg is None:
        _require_geodata(net, stations, branches, notes)
        return
    places = invent_places(len(stations.all), lines, choices.centre_deg)
    if places is None:
        found = "line lengths that no places on a map can have together"
        notes.problems.append(Problem(f"{net.file}, line", found, "a net with geodata", "Leave --at away"))
        return
    for station, place in zip(stations.all, places, strict=True):
        station.position = place
    latitude, longitude = choices.centre_deg[1], choices.centre_deg[0]
    notes.assume(
        f"places, invented around {latitude:g}, {longitude:g} to fit the lengths", [s.name for s in stations.all]
    )


def _require_geodata(net: PlainNet, stations: Stations, branches: Branches, notes: Notes) -> None:
    remedy = "Add --at LATITUDE,LONGITUDE: places are then invented around that point to fit the lengths"
    without = [station.name for station in stations.all if station.position is None]
    if without:
        found = f"{len(without)} substations without geodata ({', '.join(without[:3])} ...)"
        notes.problems.append(Problem(f"{net.file}, bus", found, "GeoJSON points in the column `geo`", remedy))
        return
    short = [line.name for line in branches.lines if line.length_km < 0.97 * _straight_km(line)]
    if short:
        found = f"{len(short)} lines shorter than their ends are apart ({', '.join(short[:3])} ...)"
        expected = "longitude and latitude in degrees; these look like places in a drawing"
        notes.problems.append(Problem(f"{net.file}, geodata", found, expected, remedy))


def _straight_km(line: LineDraft) -> float:
    assert line.start.position is not None
    assert line.end.position is not None
    (lon0, lat0), (lon1, lat1) = line.start.position, line.end.position
    return great_circle_km(lat0, lon0, lat1, lon1)


def _write(folder: Path, rows: Mapping[str, list[Cells]]) -> None:
    """Every table, also those without rows; cells that a net knows nothing of stay empty."""
    for table, model in TABLE_ROWS.items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(model.model_fields), restval="", lineterminator="\n")
            writer.writeheader()
            for row in rows.get(table, []):
                writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: object) -> object:
    return f"{value:.12g}" if isinstance(value, float) else value


def _case_content(net: PlainNet, folder: Path, choices: Choices) -> dict[str, object]:
    """The case `base` on these tables: no links, no programme, no package."""
    content = load_case("base").model_dump(mode="json", exclude_none=True)
    changes = case_changes({"name": Path(net.file).stem, "network": str(folder), "year": choices.year})
    for key, value in changes.items():
        own = content.get(key)
        content[key] = {**own, **value} if isinstance(own, dict) and isinstance(value, dict) else value
    for name, link in content["link"].items():
        content["link"][name] = {**load_case("base").link[name].model_dump(mode="json"), **link}
    return content


def case_changes(case: Mapping[str, object]) -> dict[str, object]:
    """What such a case says differently from `base`."""
    name = "".join(letter if letter.isalnum() or letter in " .-_" else "_" for letter in str(case["name"]))[:60]
    return {
        "name": name or "imported",
        "title": f"Imported net {name}",
        "network": case["network"],
        "year": case["year"],
        "programme": "none",
        "link": {link: {"capacity_mw": 0.0} for link in load_case("base").link},
        "plant": {},
        "reinforcement": {"scope": "none"},
        "project": {"links": []},
    }


def _totals(stations: Stations, branches: Branches, sources: Sources) -> str:
    circuit_km = sum(line.length_km * line.circuits for line in branches.lines)
    return (
        f"{len(stations.all)} substations, {len(branches.lines)} lines ({circuit_km:,.0f} circuit-km), "
        f"{sum(unit.units for unit in branches.units)} transformers, {len(sources.plants)} plants "
        f"({sum(plant.capacity_mw for plant in sources.plants):,.0f} MW), "
        f"{len(sources.ties)} borders, load {sum(sources.load_mw.values()):,.0f} MW"
    )
