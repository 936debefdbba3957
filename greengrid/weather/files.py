"""A user's own hourly series in place of the drawn ones: read, brought to the case's hours, converted, checked, told.

An entry of `weather.files` names a file, its format and the series it stands for (see `WeatherFile` and the table in
`greengrid.weather.readers`). Series that no file names stay as they were made.
"""

from __future__ import annotations

import difflib
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from greengrid.case_keys import WeatherFile
from greengrid.errors import BadInput, Problem
from greengrid.hourly import Array, Clock, HourlyTable
from greengrid.weather.conversion import (
    LEAST_HEIGHT_M,
    SHEAR_EXPONENT,
    solar_availability,
    sun_behind_h,
    wind_availability,
)
from greengrid.weather.profiles import Profiles
from greengrid.weather.readers import FORMATS
from greengrid.weather.readers.record import LIMITS, Record, Unreadable, Variable
from greengrid.weather.readers.year import of_the_year
from greengrid.weather.tables import WeatherTables, read_tables
from networks.grid import Plant

KINDS: Mapping[str, tuple[str, float, float]] = {
    "availability": ("availability_frac", 0.0, 1.0),
    "demand": ("demand_mw", 0.0, math.inf),
    "inflow": ("inflow_mw", 0.0, math.inf),
    "market_price": ("market_price_usd_per_mwh", -math.inf, math.inf),
}
"""Kind of file -> (series of `Profiles`, least and most value)."""
PROBLEMS_MAX = 20
CELL_FAR_KM = 60.0
PLACE_FAR_KM = 100.0
SUN_BEHIND_MAX_H = 0.75
"""Cloudy afternoons move the middle of the sun's days by a quarter of an hour, a wrong clock by an hour or more."""
SUN_CHECK_LEAST_H = 480
DECIMALS = 5
PLANE_PARTS = ("plane_w_per_m2", "temperature_deg_c")
SOLAR_PARTS = ("ghi_w_per_m2", "dhi_w_per_m2", "direct_horizontal_w_per_m2", "temperature_deg_c")
WIND_PARTS = ("wind_speed_m_per_s", "temperature_deg_c", "pressure_pa")
Files = Mapping[str, Sequence[WeatherFile]]


@dataclass
class _Told:
    """What was found wrong and what was done, over all files."""

    problems: list[Problem]
    notes: list[str]


@dataclass(frozen=True)
class _Work:
    """What every file is brought to."""

    kind: str
    clock: Clock
    known: tuple[str, ...]
    plants: Mapping[str, Plant]
    tables: WeatherTables
    told: _Told


def replace_series(
    profiles: Profiles, files: Files, plants: Sequence[Plant] = (), tables: WeatherTables | None = None
) -> Profiles:
    """The profiles with the series of the files in place of their own, and what was done with them in `notes`.

    `plants` are needed where irradiance, wind speed or a group of plants (solar.KZ) stands in a file. Raises `BadInput`
    with every problem: unreadable files, unknown names, a wrong clock or year, missing, doubled or foreign hours,
    values out of range.
    """
    told = _Told([], [])
    tables = read_tables() if files and tables is None else tables
    for kind, entries in files.items():
        assert tables is not None
        field = KINDS[kind][0]
        table: HourlyTable = getattr(profiles, field)
        work = _Work(kind, profiles.clock, table.columns, {plant.name: plant for plant in plants}, tables, told)
        read: dict[str, Array] = {}
        for entry in entries:
            found = _series_of(entry, work)
            for name in sorted(set(found) & set(read)):
                told.problems.append(
                    Problem(f"{entry.path}, {name}", "a series that another file brings too", "one file")
                )
            read |= found
        if read:
            series = [read.get(name, table[name]) for name in table.columns]
            changed: dict[str, Any] = {field: HourlyTable.of(table.columns, series, table.hours)}
            profiles = replace(profiles, **changed)
    if told.problems:
        raise BadInput(told.problems[:PROBLEMS_MAX])
    return replace(profiles, notes=(*profiles.notes, *told.notes))


def digest(files: Files) -> str:
    """SHA-256 over the bytes of all files in the order of their kinds; empty without files."""
    if not files:
        return ""
    total = hashlib.sha256()
    for kind in sorted(files):
        for entry in files[kind]:
            path = Path(entry.path)
            for file in sorted(path.glob("*.nc")) if path.is_dir() else [path]:
                total.update(kind.encode() + file.read_bytes())
    return total.hexdigest()


def _series_of(entry: WeatherFile, work: _Work) -> dict[str, Array]:
    """Series by the data set's names, from one entry; problems and notes are told."""
    try:
        record = FORMATS[entry.format](entry)
    except Unreadable as error:
        work.told.problems.extend(error.problems)
        return {}
    if entry.format == "csv":
        return _columns(entry, record, work)
    if work.kind != "availability":
        found = f"format {entry.format} for {work.kind}"
        work.told.problems.append(Problem(entry.path, found, 'format "csv"', "Other formats hold wind and sun only"))
        return {}
    made: dict[str, Array] = {}
    alike: dict[str, list[str]] = {}
    for name in _targets(entry, work):
        converted = _converted(entry, record, name, work)
        if converted is not None:
            made[name], how = converted
            alike.setdefault(how, []).append(name)
    _check_sun(entry, made, work, together="capacity_factor_frac" in record.variables)
    work.told.notes += [_told(entry, work.kind, names, how) for how, names in alike.items()]
    return made


def _columns(entry: WeatherFile, record: Record, work: _Work) -> dict[str, Array]:
    """Columns of an own table: under the data set's names, or one column for the entry's series."""
    if entry.series:
        wanted = entry.column if entry.column is not None else next(iter(record.variables))
        if wanted not in record.variables or (entry.column is None and len(record.variables) > 1):
            expected = f"one of {', '.join(record.variables)}"
            work.told.problems.append(Problem(f"{entry.path}, column", repr(entry.column), expected))
            return {}
        pairs = dict.fromkeys(_targets(entry, work), wanted)
    else:
        _check_names(entry.path, list(record.variables), work)
        pairs = {name: name for name in record.variables if name in work.known}
    _, least, most = KINDS[work.kind]
    done: dict[str, Array] = {}
    for column in dict.fromkeys(pairs.values()):
        meant = (work.kind.replace("_", " "), least, most)
        own = of_the_year(f"{entry.path}, {column}", meant, record.variables[column], work.clock, entry)
        work.told.problems += own.problems
        work.told.notes += [f"{Path(entry.path).name}, {column}: {note}" for note in own.notes]
        if not own.problems:
            done[column] = np.clip(own.values, least, most)
    made = {name: done[column] for name, column in pairs.items() if column in done}
    _check_sun(entry, made, work, together=bool(entry.series))
    if made and not work.told.problems:
        work.told.notes.append(_told(entry, work.kind, list(made), "as they stand"))
    return made


def _check_names(path: str, names: Sequence[str], work: _Work) -> None:
    for name in names:
        if name not in work.known:
            remedy = _nearest(name, work.known)
            work.told.problems.append(Problem(f"{path}, {name}", "an unknown column", "a name of the data set", remedy))


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, list(dict.fromkeys(known)), n=3, cutoff=0.4)
    return f"Nearest: {', '.join(near)}" if near else ""


def _targets(entry: WeatherFile, work: _Work) -> list[str]:
    """Names of the data set's series that the entry stands for."""
    where = f"{entry.path}, series"
    if not entry.series:
        expected = 'names of plants, or a group such as "solar.KZ" or "wind_onshore.KZ-West"'
        work.told.problems.append(Problem(where, "nothing", expected, "Say which series of the data set the file is"))
        return []
    found: list[str] = []
    for wanted in entry.series:
        names = [wanted] if wanted in work.known else _group(wanted, work)
        if not names:
            expected = "a name of the data set, or technology.COUNTRY or technology.ZONE"
            known = [*work.known, *sorted(plant.plant for plant in work.plants.values())]
            work.told.problems.append(Problem(where, repr(wanted), expected, _nearest(wanted, known)))
        found += [name for name in names if name not in found]
    return found


def _group(wanted: str, work: _Work) -> list[str]:
    """Parts of a plant that stands on several buses, or all plants of a technology in a country or zone."""
    technology, _, place = wanted.partition(".")
    return [
        name
        for name in work.known
        if (plant := work.plants.get(name)) is not None
        and (plant.plant == wanted or (plant.technology == technology and place in (plant.country, plant.zone)))
    ]


def _converted(entry: WeatherFile, record: Record, name: str, work: _Work) -> tuple[Array, str] | None:
    """Availability of one plant from a record of weather or capacity factors, and how it was made; None, with problems
    told, where it cannot be."""
    try:
        plant, place, note = _placed(entry, record, name, work)
        brought, notes = _brought(entry, record.at(place), _needed(entry, record, plant), (name, work.clock))
    except Unreadable as error:
        work.told.problems += [problem for problem in error.problems if problem not in work.told.problems]
        return None
    series, how = _availability(entry, record, plant, brought, work)
    words = "; ".join([how, *notes, *([note] if note else [])])
    return np.clip(np.round(series, DECIMALS), 0.0, 1.0), words


def _placed(entry: WeatherFile, record: Record, name: str, work: _Work) -> tuple[Plant, int, str]:
    """The plant, the file's place nearest to it, and a remark where that is far."""
    plant = work.plants.get(name)
    if plant is None:
        raise Unreadable(Problem(f"{entry.path}, {name}", "no plant of that name", "a plant of the grid"))
    place, distance_km = record.nearest(plant.latitude_deg, plant.longitude_deg)
    if record.places_deg is not None and len(record.places_deg) > 1:
        if distance_km > CELL_FAR_KM:
            found, expected = f"the nearest cell {distance_km:.0f} km away", f"one within {CELL_FAR_KM:.0f} km"
            raise Unreadable(Problem(f"{entry.path}, {name}", found, expected, "Bring a grid that covers the plant"))
        return plant, place, ""
    far = distance_km > PLACE_FAR_KM
    return plant, place, f"the file's place lies more than {PLACE_FAR_KM:.0f} km away" if far else ""


def _needed(entry: WeatherFile, record: Record, plant: Plant) -> tuple[str, ...]:
    """Quantities of the record that make the plant's availability; raises `Unreadable` where they do not."""
    has, where = set(record.variables), f"{entry.path}, series"
    if "capacity_factor_frac" in has:
        return ("capacity_factor_frac",)
    if plant.technology == "solar":
        if not {"plane_w_per_m2", "ghi_w_per_m2"} & has:
            raise Unreadable(Problem(where, "no irradiance in the file", "irradiance, for a solar plant"))
        wanted = PLANE_PARTS if "plane_w_per_m2" in has else SOLAR_PARTS
        return tuple(part for part in wanted if part in has)
    if "wind_speed_m_per_s" not in has:
        raise Unreadable(Problem(where, "no wind in the file", "wind speed, for a wind farm"))
    if record.wind_height_m < LEAST_HEIGHT_M and entry.shear_exponent is None:
        remedy = f"Open flat land has about {SHEAR_EXPONENT:.2f}; wind near the ground is a poor guide to that at a hub"
        found = f"wind at {record.wind_height_m:.0f} m"
        raise Unreadable(Problem(where, found, "shear_exponent in the entry, to raise it to 100 m", remedy))
    return tuple(part for part in WIND_PARTS if part in has)


def _brought(
    entry: WeatherFile, variables: Mapping[str, Variable], wanted: Sequence[str], name_and_clock: tuple[str, Clock]
) -> tuple[dict[str, Array], list[str]]:
    """The wanted quantities at the case's hours, and what was done; raises `Unreadable` with all that is wrong."""
    name, clock = name_and_clock
    found: dict[str, Array] = {}
    problems: list[Problem] = []
    notes: list[str] = []
    for part in wanted:
        meant = (part.replace("_frac", "").replace("_", " "), *LIMITS[part])
        own = of_the_year(f"{entry.path}, {name}", meant, variables[part], clock, entry)
        found[part] = own.values
        problems += [problem for problem in own.problems if problem not in problems]
        notes += [note for note in own.notes if note not in notes]
    if problems:
        raise Unreadable(*problems)
    return found, notes


def _availability(
    entry: WeatherFile, record: Record, plant: Plant, brought: Mapping[str, Array], work: _Work
) -> tuple[Array, str]:
    """The series and how it was made."""
    if "capacity_factor_frac" in brought:
        return brought["capacity_factor_frac"], "capacity factors as they stand"
    if plant.technology == "solar":
        series = solar_availability(plant, work.clock, brought, record.sun_moment_h, work.tables)
        return series, "from irradiance by the model's solar chain, no scaling to a stated yield"
    exponent = SHEAR_EXPONENT if entry.shear_exponent is None else entry.shear_exponent
    series = wind_availability(plant, brought, record.wind_height_m, work.tables, exponent)
    height = f"wind at {record.wind_height_m:.0f} m"
    raised = f", raised to 100 m with exponent {exponent:.3f}" if record.wind_height_m != 100 else ""
    return series, f"from {height}{raised} by the model's power curve, no scaling to a stated yield"


def _told(entry: WeatherFile, kind: str, names: Sequence[str], how: str) -> str:
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"{kind.replace('_', ' ')} of {shown} from {Path(entry.path).name} ({entry.format}), {how}"


def _check_sun(entry: WeatherFile, made: Mapping[str, Array], work: _Work, *, together: bool) -> None:
    """A solar series must have its middle near solar noon of its plant, else the file's clock is wrong.

    One series for plants far apart (`together`) may miss their noons by what lies between them.
    """
    if work.clock.hours < SUN_CHECK_LEAST_H:
        return
    solar = {name: work.plants[name] for name in made if name in work.plants}
    solar = {name: plant for name, plant in solar.items() if plant.technology == "solar" and made[name].sum() > 0}
    east = [plant.longitude_deg for plant in solar.values()]
    slack_h = (max(east) - min(east)) / 15 if together and east else 0.0
    late = {name: sun_behind_h(made[name], work.clock, plant.longitude_deg) for name, plant in solar.items()}
    wrong = {name: hours for name, hours in late.items() if abs(hours) > SUN_BEHIND_MAX_H + slack_h}
    if not wrong:
        return
    name = max(wrong, key=lambda key: abs(wrong[key]))
    noon_h = (12 - solar[name].longitude_deg / 15) % 24
    more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    found = f"a sun highest at {(noon_h + wrong[name]) % 24:.1f} UTC"
    side = "late" if wrong[name] > 0 else "early"
    remedy = f"The clock is about {abs(wrong[name]):.0f} h {side}: check zone, stamp and place"
    expected = f"near solar noon of the plant, {noon_h:.1f} UTC"
    work.told.problems.append(Problem(f"{entry.path}, {name}{more}", found, expected, remedy))
