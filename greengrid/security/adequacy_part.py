"""Adequacy as a part of the security study and over several weather years: loss of load, and what a link adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np

from greengrid.errors import BadInput, Problem
from greengrid.progress import Reporter
from greengrid.security.adequacy import Draw, Shortage, System, draw, interval, shared
from greengrid.security.adequacy_credit import Credit
from greengrid.security.adequacy_system import make_system
from greengrid.security.part import Figure, PartResult, SecurityRun

YEARS = 40
"""Drawn by the study; the command draws as many as it is asked for."""
STANDARD_H = 3.0
"""Hours short a year at which the credit is taken: the standard of several European states (three hours)."""
OVER = "all"


@dataclass(frozen=True, slots=True)
class AdequacyRow:
    """A country or an area over the drawn years; what ends in `error` is half the width of a 95 % interval."""

    place: str
    kind: str
    """country or area."""
    lole_h: float
    lole_error_h: float
    eens_mwh: float
    eens_error_mwh: float
    lole_without_h: float | None
    """Without the link; none where the case has none between two areas."""
    lole_without_error_h: float | None
    eens_without_mwh: float | None
    eens_without_error_mwh: float | None
    credit_mw: float | None = None
    """More flat demand that the area carries with the link at three hours short a year, if it is served first."""
    credit_error_mw: float | None = None


@dataclass(frozen=True)
class Adequacy:
    """All places, and what they were drawn from."""

    link: str | None
    years: int
    weather_years: int
    seed: int
    rows: tuple[AdequacyRow, ...]
    error_max_h: float | None = None
    """Half width of the 95 % interval of everybody's LOLE that was asked for; None where years were."""

    @property
    def error_h(self) -> float:
        """The one that was reached."""
        return next(row.lole_error_h for row in self.rows if row.place == OVER)

    def record(self) -> dict[str, object]:
        """For JSON."""
        return {**asdict(self), "error_reached_h": self.error_h}


@dataclass(frozen=True, slots=True)
class Until:
    """Years are drawn on until the 95 % interval of LOLE, all areas together, is narrow enough."""

    error_max_h: float
    """Half its width, h/a: an absolute one, as a relative one is never met where nothing is short."""
    years_max: int
    """Or until so many are drawn."""


def adequacy(run: SecurityRun, reporter: Reporter) -> PartResult:
    """The part: one weather year, that of the run."""
    system = make_system(run.case, run.inputs, run.dispatch)
    found = assess([system], years=YEARS, seed=run.case.weather.seed, progress=reporter)
    whole = next(row for row in found.rows if row.place == OVER)
    figures: dict[str, Figure] = {
        "years_drawn": found.years,
        "lole_h": whole.lole_h,
        "lole_error_h": whole.lole_error_h,
        "eens_mwh": whole.eens_mwh,
        "eens_error_mwh": whole.eens_error_mwh,
        "eens_without_link_mwh": whole.eens_without_mwh,
    }
    return PartResult((), {"adequacy": found.rows}, figures=figures)


def assess(
    systems: Sequence[System],
    *,
    years: int,
    seed: int,
    link: str | None = None,
    until: Until | None = None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Adequacy:
    """Loss of load with and without a link (the first HVDC link between two areas if none is named), by place.

    `systems`: one per weather year, taken in turn; all alike but for their hours. `until`: draws on after `years`, in
    steps of as many, so that the same seed ends at the same year.
    """
    first = systems[0]
    name = _link(first, link)
    if years < 2 * len(systems):
        found = f"{years} years from {len(systems)} weather years"
        raise BadInput([Problem("--years", found, "each weather year twice at least: an interval needs two")])
    most = max(years, until.years_max) if until else years
    counted = Counted(first, _places(first), weather_years=len(systems), years_max=most, link=name)
    for number, each in enumerate(draw(systems, most, seed)):
        if until and number and number % years == 0 and counted.error_h <= until.error_max_h:
            break
        progress("years drawn", number, most)
        counted.add(number, each)
    asked = until.error_max_h if until else None
    return Adequacy(name, counted.years, len(systems), seed, counted.rows(), asked)


def _link(system: System, asked: str | None) -> str | None:
    """The link that is taken away; raises `BadInput` for one that joins no two areas."""
    if asked is not None and asked not in system.links:
        known = ", ".join(system.links) or "the case has none"
        raise BadInput([Problem("--link", repr(asked), f"an HVDC link between two areas: {known}")])
    return asked or next(iter(system.links), None)


class Counted:
    """What the drawn years come to: shortage with and without the link, and its credit, by place."""

    def __init__(
        self, system: System, places: Sequence[Place], *, weather_years: int, years_max: int, link: str | None
    ) -> None:
        self._places, self._link = places, link
        groups = [place.areas for place in places]
        self._with, self._without = Shortage(groups), Shortage(groups)
        each = {"years_max": years_max, "weather_years": weather_years}
        self._credit = [Credit(**each, target_h=STANDARD_H) for _ in system.areas] if link else []

    def add(self, number: int, drawn: Draw) -> None:
        """One more year."""
        unserved, margin = shared(drawn.surplus_mw, drawn.tie_mw, drawn.ties)
        self._with.add(unserved)
        if self._link is None:
            return
        bare = drawn.without(self._link)
        unserved, margin_bare = shared(bare.surplus_mw, bare.tie_mw, bare.ties)
        self._without.add(unserved)
        for area, credit in enumerate(self._credit):
            credit.add(number, margin[:, area], margin_bare[:, area])

    @property
    def years(self) -> int:
        """How many were drawn."""
        return len(self._with.short_h)

    @property
    def error_h(self) -> float:
        """Half the width of the 95 % interval of the first place's LOLE, that of all areas together."""
        return interval(self._with.short_h[:, 0])[1]

    def rows(self) -> tuple[AdequacyRow, ...]:
        """One per place."""
        return tuple(self._row(position, place) for position, place in enumerate(self._places))

    def _row(self, position: int, place: Place) -> AdequacyRow:
        numbers = _told(self._with, position)
        bare = _told(self._without, position) if self._link else (None,) * 4
        credit = self._credit[place.areas[0]].result_mw() if self._link and place.kind == "area" else (None, None)
        return AdequacyRow(place.name, place.kind, *numbers, *bare, *credit)


def _told(found: Shortage, position: int) -> tuple[float, float, float, float]:
    return (*interval(found.short_h[:, position]), *interval(found.unserved_mwh[:, position]))


class Place(NamedTuple):
    """One or several areas that are told together."""

    name: str
    kind: str
    areas: tuple[int, ...]


def _places(system: System) -> list[Place]:
    """All together, each country, then each area."""
    every = tuple(range(len(system.areas)))
    countries = list(dict.fromkeys(system.country))
    return [
        Place(OVER, "country", every),
        *(Place(name, "country", tuple(k for k in every if system.country[k] == name)) for name in countries),
        *(Place(name, "area", (k,)) for k, name in enumerate(system.areas)),
    ]


def text(found: Adequacy) -> str:
    """The table as a person reads it."""
    head = f"{'':<22}{'LOLE h/a':>18}{'EENS MWh/a':>22}"
    if found.link:
        head += f"{'LOLE without':>18}{'EENS without':>22}{'credit MW':>18}"
    lines = [
        f"{found.years} years drawn from {found.weather_years} weather year{'s' if found.weather_years > 1 else ''}, "
        f"seed {found.seed}; +- 95 % interval"
        + (f"; without: nothing over {found.link}" if found.link else "; no HVDC link between two areas"),
        head,
    ]
    for row in found.rows:
        cells = [_cell(row.lole_h, row.lole_error_h, 18), _cell(row.eens_mwh, row.eens_error_mwh, 22)]
        if found.link:
            cells += [
                _cell(row.lole_without_h, row.lole_without_error_h, 18),
                _cell(row.eens_without_mwh, row.eens_without_error_mwh, 22),
                _cell(row.credit_mw, row.credit_error_mw, 18),
            ]
        lines.append(f"{row.place if row.kind == 'country' else '  ' + row.place:<22}{''.join(cells)}")
    lines += [
        "Thermal units, circuits between areas and the links' poles fail; water, stores and neighbours give what they "
        "gave in the dispatch.",
        f"Credit: more flat demand carried with the link at {STANDARD_H:g} hours short a year, the area served first.",
    ]
    if found.error_max_h is not None:
        met = "met" if found.error_h <= found.error_max_h else "not met: more years are needed than --most"
        lines.append(
            f"LOLE within +-{found.error_max_h:g} h/a was asked for, +-{found.error_h:.2f} h/a reached after "
            f"{found.years} years: {met}."
        )
    if found.weather_years == 1:
        lines.append("Weather year: not varied, one was dispatched.")
    return "\n".join(lines)


def _cell(value: float | None, error: float | None, width: int) -> str:
    shown = "" if value is None or error is None or np.isnan(value) else f"{value:,.1f} +-{error:,.1f}"
    return f"{shown:>{width}}"
