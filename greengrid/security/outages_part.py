"""N-1 as a part of the security study: tables, series, figures and findings of the screening."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from greengrid.hourly import Array, HourlyTable
from greengrid.progress import Reporter
from greengrid.security.findings import NO
from greengrid.security.outages_confirmed import NO_SOLUTION, UNTRIED, YES, Verdict, limit_mw, verdicts
from greengrid.security.outages_confirmed import Pair as PairKey
from greengrid.security.outages_findings import UNMET_MIN_MW, overloads, refuted, unmet, without_solution
from greengrid.security.part import Figure, PartResult, SecurityRun
from greengrid.security.screening import IslandHours, Scene, Screening, island_hours, make_scene, screen
from greengrid.security.year_part import solve_of


@dataclass(frozen=True, slots=True)
class Contingency:
    """One outage over all hours, in the order of hours and excess, with AC's verdict on its worst hour and element."""

    outage: str
    kind: str
    hours: int
    """In which it breaks any limit."""
    elements: int
    """That it overloads at any time."""
    worst_element: str
    excess_max_mw: float
    """Above the limit after an outage."""
    limit_mw: float
    """That limit, of the worst element."""
    hour: int
    """Of the highest excess."""
    hour_utc: object
    verdict: Verdict = UNTRIED


@dataclass(frozen=True, slots=True)
class Pair:
    """One outage and one element that it overloads, with AC's verdict on the worst hour."""

    outage: str
    kind: str
    element: str
    hours: int
    excess_max_mw: float
    limit_mw: float
    hour: int
    hour_utc: object
    verdict: Verdict = UNTRIED


@dataclass(frozen=True, slots=True)
class CutOff:
    """An outage that cuts an island off."""

    outage: str
    buses: int
    ties: str
    """Synchronous ties that the island keeps; empty where it hangs on this branch alone."""
    inhabited: bool
    """It holds load or plants; else it is a neighbour's end of a tie."""
    outflow_max_mw: float
    inflow_max_mw: float
    hours_unmet: int
    """In which its ties and reserve cannot bear what flowed."""
    surplus_unmet_max_mw: float
    deficit_unmet_max_mw: float


def scene_of(run: SecurityRun) -> Scene:
    """The scene of a run, made once for all parts."""
    inputs = run.inputs
    return run.kept("N-1 scene", lambda: make_scene(inputs.grid, inputs.economy, run.dispatch, run.parameters()))


def screening_of(run: SecurityRun) -> Screening:
    """The screening of a run, made once for all parts."""
    return run.kept("N-1 screening", lambda: screen(scene_of(run)))


def n_minus_1(run: SecurityRun, reporter: Reporter) -> PartResult:
    """Every outage in every hour by linear factors, the worst cases solved again in AC."""
    scene, found = scene_of(run), screening_of(run)
    told = _verdicts(run, reporter)
    islands = island_hours(scene)
    secured = run.case.dispatch.secure == "n-1"
    broken = (*overloads(scene, found, told, secured=secured), *without_solution(scene, found, told), *unmet(islands))
    clock = run.dispatch.clock.datetimes().astype("datetime64[ms]")
    return PartResult(
        violations=broken,
        tables={
            "n1_contingencies": _flat(contingencies(scene, found, clock, told)),
            "n1_pairs": _flat(pairs(scene, found, clock, told)),
            "n1_islands": [_cut_off(one) for one in islands],
        },
        columns={
            "n1_contingencies": _columns(Contingency),
            "n1_pairs": _columns(Pair),
            "n1_islands": [field.name for field in fields(CutOff)],
        },
        hourly={"n1_hours": _by_hour(found)},
        figures=_figures(scene, found) | _ac_figures(told) | {"overloads_ac_refutes": refuted(scene, found, told)},
    )


def _verdicts(run: SecurityRun, reporter: Reporter) -> dict[PairKey, Verdict]:
    """Nothing where the case asks for a sample of hours in AC: the outages' hours are others."""
    if run.case.ac_hours != "all":
        return {}
    return verdicts(solve_of(run, reporter), scene_of(run), screening_of(run))


def _columns(record: type[Contingency | Pair]) -> list[str]:
    """Names of the fields, those of the verdict in its place."""
    own = [field.name for field in fields(record) if field.name != "verdict"]
    return own + [field.name for field in fields(Verdict)]


def _flat(rows: Sequence[Contingency | Pair]) -> list[dict[str, object]]:
    """Records with the verdict's fields among their own."""
    return [
        {name: getattr(row if hasattr(row, name) else row.verdict, name) for name in _columns(type(row))}
        for row in rows
    ]


def _ac_figures(told: Mapping[PairKey, Verdict]) -> dict[str, Figure]:
    counts = Counter(verdict.ac_confirmed for verdict in told.values())
    names = {"ac_confirmed": YES, "ac_not_confirmed": NO, "ac_no_solution": NO_SOLUTION}
    return {"ac_cases": len(told), **{name: counts[verdict] for name, verdict in names.items()}}


def contingencies(
    scene: Scene, found: Screening, clock: Array, told: Mapping[PairKey, Verdict] | None = None
) -> list[Contingency]:
    """Outages that break anything, the most hours first."""
    rows = []
    for k in np.flatnonzero(found.times).tolist():
        worst = int(found.excess_mw[k].argmax())
        hour = int(found.when[k, worst])
        rows.append(
            Contingency(
                found.outages[k],
                found.kinds[k],
                int(found.times[k]),
                int((found.hours[k] > 0).sum()),
                scene.sensitivities.monitored[worst],
                float(found.excess_mw[k, worst]),
                limit_mw(scene, worst, found.outages[k], reverse=bool(found.reverse[k, worst])),
                hour,
                clock[hour].item(),
                (told or {}).get((k, worst), UNTRIED),
            )
        )
    return sorted(rows, key=lambda row: (-row.hours, -row.excess_max_mw, row.outage))


def pairs(scene: Scene, found: Screening, clock: Array, told: Mapping[PairKey, Verdict] | None = None) -> list[Pair]:
    """Outages with each element that they overload, the most hours first."""
    rows = [
        Pair(
            found.outages[k],
            found.kinds[k],
            scene.sensitivities.monitored[row],
            int(found.hours[k, row]),
            float(found.excess_mw[k, row]),
            limit_mw(scene, row, found.outages[k], reverse=bool(found.reverse[k, row])),
            int(found.when[k, row]),
            clock[found.when[k, row]].item(),
            (told or {}).get((k, row), UNTRIED),
        )
        for k, row in np.argwhere(found.hours > 0).tolist()
    ]
    return sorted(rows, key=lambda row: (-row.hours, -row.excess_max_mw, row.outage, row.element))


def _cut_off(one: IslandHours) -> CutOff:
    island = one.island
    return CutOff(
        outage=island.name,
        buses=len(island.buses),
        ties=", ".join(tie.name for tie in island.ties),
        inhabited=island.inhabited,
        outflow_max_mw=float(max(one.outflow_mw.max(), 0.0)),
        inflow_max_mw=float(max(-one.outflow_mw.min(), 0.0)),
        hours_unmet=int((np.abs(one.unmet_mw) > UNMET_MIN_MW).sum()),
        surplus_unmet_max_mw=float(max(one.unmet_mw.max(), 0.0)),
        deficit_unmet_max_mw=float(max(-one.unmet_mw.min(), 0.0)),
    )


def _by_hour(found: Screening) -> HourlyTable:
    """By hour: how many elements an outage would overload, and the highest excess."""
    return HourlyTable(
        ("elements", "excess_max_mw"),
        np.column_stack([(found.worst_mw > 0).sum(axis=1), found.worst_mw.max(axis=1, initial=0.0)]),
    )


def _figures(scene: Scene, found: Screening) -> dict[str, Figure]:
    broken = found.worst_mw.max(axis=1, initial=0.0)
    return {
        "outages_tested": len(found.outages) - int(scene.sensitivities.islanding.sum()),
        "outages_islanding": int(scene.sensitivities.islanding.sum()),
        "outages_breaking_a_limit": int((found.times > 0).sum()),
        "secure_hours": int((broken <= 0).sum()),
        "excess_max_mw": float(broken.max(initial=0.0)),
    }
