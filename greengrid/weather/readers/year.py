"""From a file's times to the hours of the case year: steps within the hour averaged, other years mapped where the entry
says so, gaps found and, if asked, filled. Every problem is gathered; everything done is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greengrid.case_keys import WeatherFile
from greengrid.errors import Problem
from greengrid.hourly import Array, Clock
from greengrid.weather.readers.record import Times, Variable

HOUR_S = 3600
FILL_MAX_H = 6
SHOWN = 3
"""Examples in a message."""
Hours = NDArray[np.int64]


@dataclass
class InYear:
    """A variable at every hour of the clock (NaN where a problem stands), what is wrong with it and what was done."""

    values: Array
    problems: list[Problem]
    notes: list[str]


def of_the_year(
    where: str, meant: tuple[str, float, float], variable: Variable, clock: Clock, entry: WeatherFile
) -> InYear:
    """Brings a variable to the clock's hours; `meant` is its name, least and most."""
    done = InYear(np.full(clock.hours, np.nan), _range_problems(where, meant, variable), [])
    hours, values, doubled = _hourly(variable)
    done.problems += _doubled(where, doubled)
    position, foreign = _positions(where, hours, clock, entry, done.notes)
    done.problems += foreign
    inside = position >= 0
    done.problems += _repeated(where, position[inside], hours[inside], clock)
    done.values[position[inside]] = values[inside]
    _repeat_28_february(done, clock, entry)
    if not foreign:
        done.problems += _filled(where, done, clock, entry)
    return done


def _range_problems(where: str, meant: tuple[str, float, float], variable: Variable) -> list[Problem]:
    name, least, most = meant
    tolerance = 1e-6 * most if np.isfinite(most) else 0.0
    wrong = np.flatnonzero((variable.values < least - tolerance) | (variable.values > most + tolerance))
    if not len(wrong):
        return []
    first = wrong[0]
    found = f"{variable.values[first]:g} at {_shown(variable.times[first])}"
    more = f" and {len(wrong) - 1} more out of range" if len(wrong) > 1 else ""
    upper = f"to {most:g}" if np.isfinite(most) else "up"
    expected = f"{name} from {least:g} {upper}"
    return [Problem(where, found + more, expected, "Check the column and its unit")]


def _shown(time: np.datetime64) -> str:
    return f"{time.astype('datetime64[m]')} UTC"


def _hourly(variable: Variable) -> tuple[Times, Array, Times]:
    """Means of the steps within each hour, in order of time; and the times that stand twice.

    An hour that lacks some of its steps is missing: NaN.
    """
    order = np.argsort(variable.times, kind="stable")
    times, values = variable.times[order], variable.values[order]
    twice = times[1:][np.diff(times.astype(np.int64)) == 0]
    hours = times.astype("datetime64[h]")
    unique, first, count = np.unique(hours, return_index=True, return_counts=True)
    steps = np.diff(times.astype(np.int64))
    step_s = float(np.median(steps[steps > 0])) if (steps > 0).any() else HOUR_S
    wanted = max(1, round(HOUR_S / step_s))
    total = np.add.reduceat(values, first) if len(values) else values
    mean = total / count
    mean[count < wanted] = np.nan
    return unique, mean, twice


def _doubled(where: str, twice: Times) -> list[Problem]:
    if not len(twice):
        return []
    shown = ", ".join(_shown(time) for time in twice[:SHOWN])
    remedy = "A clock with summer time has one hour twice in autumn: name its zone, for example Europe/Bucharest"
    return [Problem(where, f"{len(twice)} times twice, the first {shown}", "each time once", remedy)]


def _positions(
    where: str, hours: Times, clock: Clock, entry: WeatherFile, notes: list[str]
) -> tuple[Hours, list[Problem]]:
    """Number of the case's hour that each hour of the file stands for, -1 for none."""
    start = np.datetime64(clock.start.replace(tzinfo=None), "h")
    years = hours.astype("datetime64[Y]").astype(np.int64) + 1970
    case_year = clock.start.year
    if entry.year == "case":
        position = (hours - start).astype(np.int64)
        position[(position < 0) | (position >= clock.hours)] = -1
        return position, _foreign_years(where, years, position, case_year)
    chosen = np.ones(len(hours), dtype=bool) if entry.year == "any" else years == entry.year
    if not chosen.any():
        expected = f"hours of {entry.year}, as the entry says"
        return np.full(len(hours), -1), [Problem(where, f"hours of {_years(years)}", expected)]
    position, leap_day = _moved(hours, years, case_year)
    position += int((np.datetime64(f"{case_year}-01-01T00", "h") - start).astype(np.int64))
    position[~chosen | leap_day | (position < 0) | (position >= clock.hours)] = -1
    source = f"the year {entry.year}" if entry.year != "any" else f"other years ({_years(years)})"
    notes.append(f"hours of {source} stand for {case_year}, by month, day and hour (weekdays shift)")
    if not (leap_day & chosen).any():
        return position, []
    if entry.leap_day != "adapt":
        remedy = 'Say leap_day = "adapt" to leave it out'
        return position, [Problem(where, "29 February", f"no such day, as in {case_year}", remedy)]
    notes.append("29 February left out")
    return position, []


def _moved(hours: Times, years: Hours, case_year: int) -> tuple[Hours, NDArray[np.bool_]]:
    """Hour of the case year at the same month, day and hour; and which are a 29 February that it does not have."""
    within = (hours - hours.astype("datetime64[Y]").astype("datetime64[h]")).astype(np.int64)
    leap, late = _is_leap(years), within >= 59 * 24
    if _is_leap(case_year):
        return within + 24 * (late & ~leap), np.zeros(len(hours), dtype=bool)
    leap_day = leap & late & (within < 60 * 24)
    return within - 24 * (leap & late & ~leap_day), leap_day


def _is_leap(year: Hours | int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    value = np.asarray(year)
    return np.asarray((value % 4 == 0) & ((value % 100 != 0) | (value % 400 == 0)))


def _years(years: Hours) -> str:
    known = [str(year) for year in np.unique(years)]
    return ", ".join(known) if len(known) <= SHOWN else f"{known[0]} to {known[-1]}"


def _foreign_years(where: str, years: Hours, position: Hours, case_year: int) -> list[Problem]:
    outside = position < 0
    if not outside.any():
        return []
    if not (~outside).any():
        common = np.bincount(years[years > 0]).argmax() if len(years) else case_year
        remedy = f'To let another year stand for it, say year = {common}, or year = "any" for a typical year'
        return [Problem(where, f"hours of {_years(years)}", f"hours of {case_year}", remedy)]
    remedy = "Cut the file to the year (UTC), or check zone and stamp"
    return [Problem(where, f"{int(outside.sum())} hours outside {case_year}", f"hours of {case_year} (UTC)", remedy)]


def _repeated(where: str, position: Hours, hours: Times, clock: Clock) -> list[Problem]:
    """Hours of several years that would stand for the same hour of the case."""
    count = np.bincount(position, minlength=clock.hours)
    twice = int((count > 1).sum())
    if not twice:
        return []
    years = _years(hours.astype("datetime64[Y]").astype(np.int64) + 1970)
    remedy = "Choose one of them, for example year = 2019"
    return [Problem(where, f"{twice} hours of the year more than once, from {years}", "each hour once", remedy)]


def _repeat_28_february(done: InYear, clock: Clock, entry: WeatherFile) -> None:
    """The 28th stands for the 29th where the case year has one, the file has none and the entry allows it."""
    if entry.year == "case" or entry.leap_day != "adapt":
        return
    leap = np.flatnonzero(clock.datetimes().astype("datetime64[D]") == _leap_day(clock))
    if len(leap) and np.isnan(done.values[leap]).all():
        done.values[leap] = done.values[leap - 24]
        done.notes.append("28 February stands for 29 February")


def _leap_day(clock: Clock) -> np.datetime64:
    """29 February of the clock's year, or no time."""
    year = clock.start.year
    return np.datetime64(f"{year}-02-29" if _is_leap(year) else "NaT", "D")


def runs_of(missing: Sequence[bool] | NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(first, length) of every run of true values."""
    edges = np.diff(np.concatenate([[False], np.asarray(missing, dtype=bool), [False]]).astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(int(first), int(last - first)) for first, last in zip(starts, ends, strict=True)]


def _filled(where: str, done: InYear, clock: Clock, entry: WeatherFile) -> list[Problem]:
    """Fills gaps that are short enough; the others are one problem."""
    result = done.values
    gaps = runs_of(np.isnan(result))
    if not gaps:
        return []
    times = clock.datetimes()
    long = [gap for gap in gaps if gap[1] > entry.fill_h]
    if long:
        first, length = max(long, key=lambda gap: gap[1])
        total = sum(gap[1] for gap in long)
        found = f"{total} of {clock.hours} hours missing in {len(long)} gaps, the longest {length} h from "
        remedy = _gap_remedy(long, clock, entry)
        return [Problem(where, found + _shown(times[first]), "every hour of the year", remedy)]
    known = np.flatnonzero(~np.isnan(result))
    missing = np.flatnonzero(np.isnan(result))
    result[missing] = np.interp(missing, known, result[known])
    shown = ", ".join(f"{length} h from {_shown(times[first])}" for first, length in gaps[:SHOWN])
    done.notes.append(
        f"{len(missing)} missing hours filled by straight lines: {shown}{' ...' if len(gaps) > SHOWN else ''}"
    )
    return []


def _gap_remedy(gaps: list[tuple[int, int]], clock: Clock, entry: WeatherFile) -> str:
    longest = max(length for _, length in gaps)
    if len(gaps) == 1 and clock.datetimes()[gaps[0][0]].astype("datetime64[D]") == _leap_day(clock):
        return f'{clock.start.year} has a 29 February: say leap_day = "adapt" to let the 28th stand for it'
    if longest <= FILL_MAX_H:
        return f"Say fill_h = {longest} to fill gaps of so many hours by straight lines"
    if entry.year != "any" and all(first == 0 or first + length == clock.hours for first, length in gaps):
        return 'A local year ends before that of UTC: add the missing hours, or say year = "any" to wrap it round'
    return "Bring the missing hours"
