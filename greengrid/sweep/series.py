"""The hourly series of a case, kept in this process for the next case that has the same."""

from __future__ import annotations

import json
import threading

from greengrid.case import Case
from greengrid.dispatch.assemble import make_problem
from greengrid.dispatch.infeasible import check_bounds
from greengrid.inputs import Inputs
from greengrid.progress import Reporter
from greengrid.weather.files import digest as files_digest
from greengrid.weather.profiles import Profiles
from greengrid.weather_year import WeatherYear
from networks.tables import shipped_sets

NOT_WEATHER = (
    "name", "title", "ac_hours", "reinforcement", "interface", "dispatch", "security", "project", "revenue",
    "financing",
)  # fmt: skip
"""Keys of a case that its hourly series never read but through the grid; with one weather year, neither the links."""
SERIES_KEPT = 2
_SERIES: dict[str, tuple[WeatherYear, Profiles]] = {}
_LOCK = threading.Lock()


def series_of(case: Case, inputs: Inputs) -> tuple[WeatherYear, Profiles]:
    """The weather year and the hourly series of a case."""
    from greengrid.study import prepare

    key = series_key(case, inputs)
    with _LOCK:
        if key not in _SERIES:
            while len(_SERIES) >= SERIES_KEPT:
                _SERIES.pop(next(iter(_SERIES)))
            _SERIES[key] = prepare(case, inputs, Reporter(None))
        return _SERIES[key]


def series_key(case: Case, inputs: Inputs) -> str:
    """All that the series depend on: keys of the case, the bytes of its tables and files, and what stands in the grid.

    A link or its inland package may bring a plant's yard, a border and with it a market into the grid, or join areas.
    """
    own = {key: value for key, value in case.model_dump(mode="json").items() if key not in NOT_WEATHER}
    ranked: list[object] = []
    if case.weather.years == 1:
        own.pop("link")
    else:
        ranked = [case.financed_links, inputs.grid.areas]
    return json.dumps([own, _read(case, inputs), ranked], sort_keys=True)


def _read(case: Case, inputs: Inputs) -> list[object]:
    """The bytes of tables and files, and what of the grid has a series."""
    grid = inputs.grid
    files = files_digest({str(kind): entries for kind, entries in case.weather.files.items()})
    stands = [repr(grid.plants), repr(grid.demands), [border.market for border in grid.borders]]
    return [inputs.network_digest, files, stands]


class Trial:
    """Makes what a dispatch starts from, before anything is solved, of cases whose own files, tables, caps or levels
    may not fit; cases with the same are tried once."""

    def __init__(self) -> None:
        self._tried: set[str] = set()

    def check(self, case: Case, inputs: Inputs) -> None:
        """Raises `BadInput` with what a run of the case would find after reading."""
        weather, rules = case.weather, case.dispatch
        own_limits = bool(rules.co2_cap_million_tco2 or rules.reservoir_levels_frac)
        own_series = bool(weather.files) or case.network not in shipped_sets()
        if not (own_limits or own_series):
            return
        entries = weather.model_dump(mode="json", include={"files"})
        key = json.dumps([entries, case.year, case.hours, *_read(case, inputs)])
        if key in self._tried and not own_limits:
            return
        self._tried.add(key)
        _, profiles = series_of(case, inputs)
        if own_limits:
            check_bounds(make_problem(inputs.grid, profiles, inputs.economy, inputs.options))
