"""What the AC power flow found broken: limits, how far, how often, and what would help."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from greengrid.hourly import Array

THERMAL_MAX_FRAC = 1.0
IMBALANCE_MAX_MW = 1.0
OPERATING_MAX_FRAC = 1.05
"""Of the normal operating limit: the dispatch keeps the limit without losses, so a few percent more are no news."""

REMEDY = {
    "not_converged": "No AC solution: add reactive support or a circuit near the weakest bus, or lower the transfer "
    "in this hour; until then treat the dispatch of this hour as not deliverable.",
    "imbalance": "The dispatch does not balance in this area (must-run output that nobody takes); the slack of the AC "
    "solution covers it. Lower the must-run share or raise what can be exported.",
    "voltage_low": "Add capacitors or a static compensator at this bus, or run a nearby plant; check the taps.",
    "voltage_high": "Add a shunt reactor at this bus, or switch out a lightly loaded circuit in these hours.",
    "thermal": "Add a circuit or unit in parallel, raise the rating, or tighten the dispatch limit of this element.",
    "operating_limit": "The dispatch keeps this limit without losses, which it counts at the loads; here they lie on "
    "the lines and the sending end carries them. Dispatch again with the losses found (security.losses), keep a margin "
    "free (dispatch.line_margin_frac), or reinforce this element.",
    "hvdc_gap": "The link's circuit does not lose what the dispatch counted: check resistance, voltage and length of "
    "the link.",
    "hvdc_not_solved": "No AC/DC solution with the link as a circuit; the link's injections stand unconfirmed in this "
    "hour.",
    "reactive_shortage": "Sources here stand at their upper limit below their set point: add capacitors or a static "
    "compensator of about this size.",
    "reactive_surplus": "Sources here stand at their lower limit above their set point: add a shunt reactor of about "
    "this size.",
}
REACTIVE = ("reactive_shortage", "reactive_surplus")


@dataclass(frozen=True, slots=True)
class Violation:
    """One element beyond one limit in one hour."""

    kind: str
    element: str
    hour: int
    value: float
    limit: float
    unit: str
    note: str = ""
    """Said after the remedy."""
    outage: str = ""
    """What is out of service when it happens; empty in the whole grid."""
    remedy: str = ""
    """What would help, where `REMEDY` does not know the kind."""
    hours: int = 1
    """More where this one stands for the worst of several hours (`worst_of`)."""

    @property
    def gap(self) -> float:
        return abs(self.value - self.limit)

    @property
    def excess_frac(self) -> float:
        """Of the limit; 0 where the limit itself is 0 (a source without any range on that side)."""
        return self.gap / abs(self.limit) if self.limit else 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """All violations of one kind at one element: the worst hour's value, and in how many checked hours.

    What (kind), where (element), when (hour, hours), how much (value), limit, remedy, rank. After outages the same
    element counts once: `outage` is that of the worst violation.
    """

    rank: int
    kind: str
    element: str
    hour: int
    value: float
    limit: float
    unit: str
    excess_frac: float
    hours: int
    remedy: str
    outage: str = ""
    """What is out of service in the worst hour; empty in the whole grid."""


def worst_of(
    kind: str, names: Sequence[str], values: Array, limits: Array, broken: NDArray[np.bool_], *, unit: str
) -> Iterator[Violation]:
    """One violation per element that is `broken` in any hour: its worst hour, and in how many.

    values and broken are (hours, elements), limits of a shape that broadcasts to it.
    """
    limits = np.broadcast_to(limits, values.shape)
    count = broken.sum(axis=0)
    gap = np.where(broken, np.abs(values - limits), -1.0)
    for k in np.flatnonzero(count).tolist():
        hour = int(np.argmax(gap[:, k]))
        value, limit = float(values[hour, k]), float(limits[hour, k])
        yield Violation(kind, names[k], hour, value, limit, unit, hours=int(count[k]))


def ranked(violations: Iterable[Violation]) -> tuple[Finding, ...]:
    """One finding per kind and element: first hours without a solution and unbalanced ones, then the broken limits by
    hours x excess, then by name.

    Of reactive shortage and surplus only the largest each is kept: a source at its limit is no broken limit as long as
    the voltage is in its band, but the largest gap tells where support is thinnest.
    """
    groups: dict[tuple[str, str], list[Violation]] = {}
    for violation in violations:
        groups.setdefault((violation.kind, violation.element), []).append(violation)
    unranked = [_finding(group) for group in groups.values()]
    for kind in REACTIVE:
        same = sorted((found for found in unranked if found.kind == kind), key=_reactive_order)
        unranked = [found for found in unranked if found not in same[1:]]
    return tuple(replace(found, rank=rank) for rank, found in enumerate(sorted(unranked, key=_order), start=1))


def _finding(group: list[Violation]) -> Finding:
    worst = max(group, key=lambda violation: (violation.gap, -violation.hour))
    return Finding(
        rank=0,
        kind=worst.kind,
        element=worst.element,
        hour=worst.hour,
        value=worst.value,
        limit=worst.limit,
        unit=worst.unit,
        excess_frac=worst.excess_frac,
        hours=max(len({violation.hour for violation in group}), *(violation.hours for violation in group)),
        remedy=f"{worst.remedy or REMEDY[worst.kind]} {worst.note}".strip(),
        outage=worst.outage,
    )


def _order(found: Finding) -> tuple[int, float, str, str]:
    place = {"not_converged": 0, "imbalance": 1, "reactive_shortage": 3, "reactive_surplus": 3}.get(found.kind, 2)
    return place, -found.hours * found.excess_frac, found.kind, found.element


def _reactive_order(found: Finding) -> tuple[float, str]:
    return -abs(found.value - found.limit), found.element
