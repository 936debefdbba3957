"""Adequacy as a part of the security study and over several weather years: loss of load, and what a link adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from greengrid.progress import Reporter
from greengrid.security.adequacy import Draw, System, capacity_credit_mw, draw, interval, short_of
from greengrid.security.adequacy_system import make_system
from greengrid.security.part import Figure, PartResult, SecurityRun

YEARS = 40
"""Drawn by the study; the command draws as many as it is asked for."""
CREDIT_YEARS = 8
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

    def record(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


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
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Adequacy:
    """Loss of load with and without a link (the first HVDC link between two areas if none is named), by place.

    `systems`: one per weather year, taken in turn; all alike but for their hours.
    """
    first = systems[0]
    name = link or next((tie.name for tie in first.ties if tie.is_link), None)
    places = _places(first)
    groups = [areas for _, _, areas in places]
    bare = [system.without(name) for system in systems] if name else []
    results = []
    for number, each in enumerate((systems, bare) if bare else (systems,)):
        counted = _counted(draw(each, years, seed), number * years, years * (2 if bare else 1), progress)
        results.append(short_of(counted, groups))
    rows = []
    for position, (place, kind, areas) in enumerate(places):
        numbers: list[float | None] = []
        for found in results:
            numbers += [*interval(found.short_h[:, position]), *interval(found.unserved_mwh[:, position])]
        numbers += [None] * (8 - len(numbers))
        credit: tuple[float | None, float | None] = (None, None)
        if name and kind == "area":
            progress(f"credit of {name} in {place}", position, len(places))
            credit = capacity_credit_mw(
                systems, name, areas[0], years=min(years, CREDIT_YEARS), seed=seed, target_h=STANDARD_H
            )
        rows.append(AdequacyRow(place, kind, *numbers, *credit))  # type: ignore[arg-type,call-arg]
    return Adequacy(name, years, len(systems), seed, tuple(rows))


def _counted(
    draws: Iterable[Draw], before: int, total: int, progress: Callable[[str, int, int], None]
) -> Iterator[Draw]:
    for number, each in enumerate(draws, 1):
        progress("years drawn", before + number, total)
        yield each


def _places(system: System) -> list[tuple[str, str, tuple[int, ...]]]:
    """All together, each country, then each area."""
    every = tuple(range(len(system.areas)))
    countries = list(dict.fromkeys(system.country))
    return [
        (OVER, "country", every),
        *((name, "country", tuple(k for k in every if system.country[k] == name)) for name in countries),
        *((name, "area", (k,)) for k, name in enumerate(system.areas)),
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
    if found.weather_years == 1:
        lines.append("Weather year: not varied, one was dispatched.")
    return "\n".join(lines)


def _cell(value: float | None, error: float | None, width: int) -> str:
    shown = "" if value is None or error is None or np.isnan(value) else f"{value:,.1f} +-{error:,.1f}"
    return f"{shown:>{width}}"
