"""What the screening found broken, with AC's verdict: overloads, outages without a solution, islands cut short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from greengrid.security.findings import NO, Violation
from greengrid.security.outages_confirmed import NO_SOLUTION, UNTRIED, Pair, Verdict, limit_mw
from greengrid.security.screening import IslandHours, Scene, Screening, single_losses

OVERLOAD_REMEDY = (
    "After this outage the flow exceeds what may be carried until the operator has acted: add a circuit or unit in "
    "parallel, arrange automatic tripping of generation or load, or lower the flow beforehand "
    '([dispatch] secure = "n-1" does, at a cost that it states).'
)
SECURED_REMEDY = (
    "After this outage the flow exceeds what may be carried until the operator has acted, though the dispatch is N-1 "
    "secure: holding it beforehand is too dear or impossible (table secure_left). Arrange automatic tripping of "
    "generation or load, or add a circuit or unit in parallel."
)
NO_SOLUTION_REMEDY = (
    "By factors this outage overloads lines or transformers; in its worst hours AC has no solution at all after it: "
    "voltage may collapse before any overload trips. Add reactive support near the overloaded element or a circuit in "
    "parallel, arrange automatic tripping, or lower the flow beforehand."
)
ISLAND_REMEDY = (
    "This outage leaves an island whose ties and reserve cannot bear what flowed: it sheds load or trips plants. Add a "
    "second way round."
)
UNMET_MIN_MW = 1.0


def overloads(scene: Scene, found: Screening, told: Mapping[Pair, Verdict], *, secured: bool) -> Iterator[Violation]:
    """One per element and hour, of the outage that overloads it most, and one per pair in its worst hour.

    The verdict of a pair is that of its worst hour, and stands for its other hours.
    """
    causes = [(int(found.cause[hour, row]), row, hour) for hour, row in np.argwhere(found.worst_mw > 0).tolist()]
    for k, row, hour in causes:
        amount = float(found.worst_mw[hour, row]), bool(found.worst_reverse[hour, row])
        yield _overload(scene, found, (k, row, hour), amount, told, secured=secured)
    for k, row in _single_pairs(scene, found):
        amount = float(found.excess_mw[k, row]), bool(found.reverse[k, row])
        yield _overload(scene, found, (k, row, int(found.when[k, row])), amount, told, secured=secured)


def _overload(
    scene: Scene, found: Screening, place: tuple[int, int, int], amount: tuple[float, bool],
    told: Mapping[Pair, Verdict], *, secured: bool,
) -> Violation:  # fmt: skip
    """`place` is outage, row and hour; `amount` the excess and whether the flow runs in reverse."""
    (k, row, hour), (excess_mw, reverse) = place, amount
    limit = limit_mw(scene, row, found.outages[k], reverse=reverse)
    return Violation(
        "n1_overload",
        scene.sensitivities.monitored[row],
        hour,
        limit + excess_mw,
        limit,
        "MW",
        outage=found.outages[k],
        remedy=SECURED_REMEDY if secured else OVERLOAD_REMEDY,
        ac_confirmed=told.get((k, row), UNTRIED).ac_confirmed,
    )


def without_solution(scene: Scene, found: Screening, told: Mapping[Pair, Verdict]) -> Iterator[Violation]:
    """One per outage after which AC has no solution: its worst element by factors, and the hours that those find.

    Mean excess is over the hours of the outage, of the element that it overloads most of those that no other outage
    overloads more.
    """
    rows: dict[int, list[int]] = {}
    for k, row in _single_pairs(scene, found):
        if told.get((k, row), UNTRIED).ac_confirmed == NO_SOLUTION:
            rows.setdefault(k, []).append(row)
    for k, own in rows.items():
        row = own[int(found.excess_mw[k, own].argmax())]
        excess, hours = float(found.excess_mw[k, row]), int(found.times[k])
        limit = limit_mw(scene, row, found.outages[k], reverse=bool(found.reverse[k, row]))
        total = float(np.where(found.cause == k, found.worst_mw, 0.0).max(axis=1).sum())
        yield Violation(
            "n1_no_solution",
            found.outages[k],
            int(found.when[k, row]),
            limit + excess,
            limit,
            "MW",
            outage=found.outages[k],
            remedy=NO_SOLUTION_REMEDY,
            hours=hours,
            mean=max(total, excess) / hours,
            ac_confirmed=NO_SOLUTION,
        )


def _single_pairs(scene: Scene, found: Screening) -> list[tuple[int, int]]:
    """(outage, row) of every pair that is broken in any hour, but those of whole bipoles, which stand last."""
    count = len(scene.sensitivities.outages) + len(single_losses(scene))
    return [(k, row) for k, row in np.argwhere(found.hours[:count] > 0).tolist()]


def unmet(islands: Sequence[IslandHours]) -> Iterator[Violation]:
    """One per island and hour in which its ties and reserve fall short."""
    for one in islands:
        for hour in np.flatnonzero(np.abs(one.unmet_mw) > UNMET_MIN_MW).tolist():
            amount, name = float(one.unmet_mw[hour]), one.island.name
            yield Violation(
                "n1_island", f"island behind {name}", hour, amount, 0.0, "MW", outage=name, remedy=ISLAND_REMEDY
            )


def refuted(scene: Scene, found: Screening, told: Mapping[Pair, Verdict]) -> int:
    """Elements that factors overload and AC does not, after none of these outages."""
    verdicts: dict[int, set[str]] = {}
    for k, row in _single_pairs(scene, found):
        verdicts.setdefault(row, set()).add(told.get((k, row), UNTRIED).ac_confirmed)
    return sum(said == {NO} for said in verdicts.values())
