"""The hour that is exported: read from a finished run, or one day of a case dispatched by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from greengrid.case import Case, load_case
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.extract import make_dispatch
from greengrid.dispatch.year import optimise
from greengrid.errors import BadInput, Problem
from greengrid.hourly import Array, Clock, HourlyTable
from greengrid.inputs import Inputs, make_weather, read_inputs
from greengrid.security.hours import WINTER_MONTHS
from greengrid.security.operating import HourlyPower
from greengrid.store import check_digests, read_hourly, read_summary

DAY_HOURS = 24
RUN_TABLES = {
    "generation_mw": "generation",
    "charge_mw": "charge",
    "served_mw": "served",
    "dumped_mw": "dumped",
    "import_mw": "import",
    "export_mw": "export",
    "link_sent_mw": "links_sent",
    "link_received_mw": "links_received",
    "link_idle_mw": "links_idle",
}
"""What an operating point needs of a run's folder: field -> table."""


@dataclass(frozen=True)
class StoredPower:
    """The dispatched power of a finished run."""

    clock: Clock
    generation_mw: HourlyTable
    charge_mw: HourlyTable
    served_mw: HourlyTable
    dumped_mw: HourlyTable
    import_mw: HourlyTable
    export_mw: HourlyTable
    link_sent_mw: HourlyTable
    link_received_mw: HourlyTable
    link_idle_mw: HourlyTable


@dataclass(frozen=True)
class Moment:
    """One dispatched hour of a case."""

    case: Case
    inputs: Inputs
    power: HourlyPower
    hour: int
    """Index of the hour in `power`."""
    available_frac: Mapping[str, float]
    """What weather leaves of wind and solar plants in that hour (`Plant.name`), of their capacity."""
    zone_demand_mw: HourlyTable | None
    """The year's demand by zone where `power` covers one day only."""
    origin: str
    """In words: where the dispatch comes from."""

    @property
    def hour_utc(self) -> str:
        return str(self.power.clock.datetimes()[self.hour])

    def load_peak_mw(self, buses: set[str]) -> float | None:
        """Highest gross load of the buses over the year; None where `power` itself covers the hours that count."""
        if self.zone_demand_mw is None:
            return None
        share = dict.fromkeys(self.zone_demand_mw.columns, 0.0)
        for load in self.inputs.grid.loads:
            if load.bus in buses:
                share[load.zone] += load.share_frac
        return float((self.zone_demand_mw.values @ np.array(list(share.values()))).max())


def find_moment(source: str, hour: str | None, overrides: Sequence[str] = ()) -> Moment:
    """The hour of a run's folder (one with a summary.json) or of a case; without `hour` the winter's highest load.

    Raises `BadInput` for an hour that is not one, or not of the case's year or the run's hours, and for overrides of a
    run.
    """
    asked = _parsed(hour)
    folder = Path(source)
    if not folder.is_dir():
        return _of_case(load_case(source, overrides), asked)
    if overrides:
        remedy = "Name the case instead, or run it again with --set"
        raise BadInput([Problem("--set", "a change to a finished run", "none", remedy)])
    return _of_run(folder, asked)


def _parsed(hour: str | None) -> np.datetime64 | None:
    if hour is None:
        return None
    expected, remedy = "a full hour in UTC such as 2035-01-15T18", ""
    try:
        moment = datetime.fromisoformat(hour.strip())
        if "T" not in hour.upper() and " " not in hour.strip():
            raise ValueError
    except ValueError:
        raise BadInput([Problem("--hour", repr(hour), expected)]) from None
    if (moment.minute, moment.second, moment.microsecond) != (0, 0, 0):
        remedy = "Hours are named by their beginning"
        raise BadInput([Problem("--hour", repr(hour), expected, remedy)])
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return np.datetime64(moment.replace(tzinfo=None), "h")


def _of_run(folder: Path, asked: np.datetime64 | None) -> Moment:
    summary = read_summary(folder)
    check_digests(folder)
    case = load_case(folder / "case.toml")
    inputs = read_inputs(case)
    if inputs.network_digest != summary.case.network_digest:
        found, remedy = "a run on other network tables than those of today", "Run the case again, then export"
        raise BadInput([Problem(str(folder), found, "the same tables", remedy)])
    clock = _run_clock(case)
    tables = {field: read_hourly(folder, table) for field, table in RUN_TABLES.items()}
    power = StoredPower(clock, **tables)
    hour = _index(clock, asked, power.served_mw.values.sum(axis=1), str(folder))
    availability = read_hourly(folder, "availability")
    return Moment(case, inputs, power, hour, _row(availability, hour), None, f"the run in {folder.name}")


def _run_clock(case: Case) -> Clock:
    window = case.window()
    if window is None:
        return Clock.of_year(case.year)
    return Clock(window[0], round((window[1] - window[0]).total_seconds() / 3600))


def _of_case(case: Case, asked: np.datetime64 | None) -> Moment:
    """The day of the hour, dispatched alone: stores end it as they began it."""
    if asked is not None:
        _require_within(Clock.of_year(case.year), asked, case.name)
    inputs = read_inputs(case)
    year = make_weather(case.model_copy(update={"hours": "all"}), inputs.grid, inputs.economy)
    demand_mw = year.demand_mw.values.sum(axis=1)
    if asked is None:
        demand_mw = _only(demand_mw, year.clock, _run_clock(case))
    hour = _index(year.clock, asked, demand_mw, case.name)
    day = hour // DAY_HOURS * DAY_HOURS
    profiles = year.window(day, DAY_HOURS)
    problem = make_problem(inputs.grid, profiles, inputs.economy, inputs.options)
    dispatch = make_dispatch(inputs.grid, profiles, inputs.economy, problem, optimise(problem))
    origin = f"{str(profiles.clock.datetimes()[0])[:10]} dispatched by itself (24 h)"
    weather = _row(profiles.availability_frac, hour - day)
    return Moment(case, inputs, dispatch, hour - day, weather, year.demand_mw, origin)


def _only(values: Array, clock: Clock, kept: Clock) -> Array:
    """Minus infinity outside the hours that a case covers."""
    first = int((kept.start - clock.start).total_seconds() // 3600)
    inside = np.zeros(clock.hours, dtype=bool)
    inside[first : first + kept.hours] = True
    return np.asarray(np.where(inside, values, -np.inf), dtype=np.float64)


def _index(clock: Clock, asked: np.datetime64 | None, load_mw: Array, where: str) -> int:
    """The asked hour, or the highest load from October to March (of all hours where there are no such hours)."""
    if asked is None:
        winter = np.where(np.isin(clock.months, WINTER_MONTHS), load_mw, -np.inf)
        return int(np.argmax(winter if np.isfinite(winter).any() else load_mw))
    _require_within(clock, asked, where)
    return int((asked - clock.datetimes()[0]) / np.timedelta64(1, "h"))


def _require_within(clock: Clock, asked: np.datetime64, where: str) -> None:
    hours = clock.datetimes()
    if not hours[0] <= asked <= hours[-1]:
        expected = f"an hour from {hours[0]} to {hours[-1]} UTC"
        raise BadInput([Problem("--hour", f"{asked}, which {where} does not hold", expected)])


def _row(table: HourlyTable, hour: int) -> dict[str, float]:
    return dict(zip(table.columns, table.values[hour].tolist(), strict=True))
