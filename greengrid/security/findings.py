"""What the security study found broken: limits, how far, how often, and what would help; ranked.

Findings are ranked by class, then by MWh beyond the limit (hours x mean excess), whatever the limit is: a share of the
limit is none where that is 0 (an island that nothing feeds) and huge where it is near 0 (a secure transfer of 2 MW).
Other units count on one scale, `COUNTS_MW`. The classes: hours without an AC solution; hours that do not balance;
broken limits; overloads that AC does not confirm; sources at their reactive limit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

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
COUNTS_MW: Mapping[str, float] = MappingProxyType(
    {
        "MW": 1.0,
        "Mvar": 1.0,
        "of thermal limit": 1e3,
        "of operating limit": 1e3,
        "ratio": 1e3,
        "Hz": 1e3,
        "Hz/s": 1e3,
        "pu": 1e4,
        "hours": 1e3,
    }
)
"""For how many MW beyond a limit an excess of 1 counts: a whole limit for 1,000 MW, which a 500 kV line carries; so do
1 of a short-circuit ratio (half of a link of 2 GW), 1 Hz, 1 Hz/s, 0.1 pu and an hour without a solution."""
UNBOUNDED_MW = 1e4
"""For how many MW an excess without bound counts: a rate of change where nothing turns."""
NO = "no"
"""AC does not confirm an overload."""


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
    mean: float | None = None
    """Of the excess over those hours, in the unit; None where it is that of the worst one."""
    ac_confirmed: str = ""
    """What AC says of an overload that factors found: `outages_confirmed.Verdict.ac_confirmed`."""

    @property
    def gap(self) -> float:
        return abs(self.value - self.limit)

    @property
    def gaps(self) -> float:
        """Summed over the hours."""
        return self.hours * (self.gap if self.mean is None else self.mean)

    @property
    def excess_frac(self) -> float | None:
        """Of the limit; None where the limit itself is 0."""
        return self.gap / abs(self.limit) if self.limit else None


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
    excess_frac: float | None
    """In the worst hour, of the limit; None where the limit is 0."""
    hours: int
    remedy: str
    outage: str = ""
    """What is out of service in the worst hour; empty in the whole grid."""
    excess: float = 0.0
    """Beyond the limit, mean over the hours, in the unit."""
    severity_mwh: float = 0.0
    """Hours x mean excess, other units than MW on the scale `COUNTS_MW`: what findings of a class are ranked by."""
    ac_confirmed: str = ""
    """Of an overload after an outage: what AC says of the worst case that it does not refute, or "no" where it refutes
    all that were tried. Empty for all other kinds."""


def worst_of(
    kind: str, names: Sequence[str], values: Array, limits: Array, broken: NDArray[np.bool_], *, unit: str
) -> Iterator[Violation]:
    """One violation per element that is `broken` in any hour: its worst hour, and in how many.

    values and broken are (hours, elements), limits of a shape that broadcasts to it.
    """
    limits = np.broadcast_to(limits, values.shape)
    count = broken.sum(axis=0)
    gap = np.where(broken, np.abs(values - limits), -1.0)
    total = np.where(broken, gap, 0.0).sum(axis=0)
    for k in np.flatnonzero(count).tolist():
        hour = int(np.argmax(gap[:, k]))
        value, limit = float(values[hour, k]), float(limits[hour, k])
        mean = float(total[k] / count[k])
        yield Violation(kind, names[k], hour, value, limit, unit, hours=int(count[k]), mean=mean)


def ranked(violations: Iterable[Violation]) -> tuple[Finding, ...]:
    """One finding per kind and element, by class, then by `severity_mwh`, then by name.

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
    """The worst is one that AC does not refute, where there is any; an hour counts once, with its largest excess."""
    worst = max(group, key=lambda violation: (violation.ac_confirmed != NO, violation.gap, -violation.hour))
    hours = max(len({violation.hour for violation in group}), *(violation.hours for violation in group))
    by_hour: dict[int, float] = {}
    for violation in group:
        by_hour[violation.hour] = max(by_hour.get(violation.hour, 0.0), violation.gaps)
    gaps = sum(by_hour.values())
    return Finding(
        rank=0,
        kind=worst.kind,
        element=worst.element,
        hour=worst.hour,
        value=worst.value,
        limit=worst.limit,
        unit=worst.unit,
        excess_frac=worst.excess_frac,
        hours=hours,
        remedy=f"{worst.remedy or REMEDY[worst.kind]} {worst.note}".strip(),
        outage=worst.outage,
        excess=gaps / hours,
        severity_mwh=gaps * COUNTS_MW[worst.unit] if math.isfinite(gaps) else hours * UNBOUNDED_MW,
        ac_confirmed=worst.ac_confirmed,
    )


def _order(found: Finding) -> tuple[int, float, str, str]:
    place = 3 if found.ac_confirmed == NO else 2
    place = {"not_converged": 0, "imbalance": 1, **dict.fromkeys(REACTIVE, 4)}.get(found.kind, place)
    return place, -found.severity_mwh, found.kind, found.element


def _reactive_order(found: Finding) -> tuple[float, str]:
    return -abs(found.value - found.limit), found.element
