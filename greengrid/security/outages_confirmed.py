"""The worst screened cases solved again in AC: does the overload that factors see stand there, and what else breaks?

Factors see neither voltage nor reactive power. Every outage's worst element, then the other pairs by excess, are solved
in the hour of their highest excess, within limits of reactive power, from that hour's own state (`batch_outages`). What
is lost with a unit or pole is made good by those who hold reserve, as in the screening. Of an outage that cuts an
island off what is left of the grid is solved, without the island and its reserve.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from greengrid.dispatch.network import branch_ends, branches_of
from greengrid.security.batch_outages import Confirmed, OutageCase, confirm
from greengrid.security.findings import NO
from greengrid.security.outages import Loss, range_lost_mvar
from greengrid.security.screening import Scene, Screening
from greengrid.security.year import AcYear

CASES_MAX = 400
"""Some seconds of work."""
YES, NO_SOLUTION, UNSOLVED_BEFORE, NOT_TRIED = "yes", "no solution", "unsolved before", "not tried"
Pair = tuple[int, int]
"""(outage, row) of a screening."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What AC says of one outage and element in the hour of the highest excess."""

    ac_confirmed: str
    """yes or no: the element's flow is beyond its limit after the outage; "no solution": none exists after it;
    "unsolved before": nor before; "not tried"."""
    ac_flow_mw: float | None = None
    """On the element: larger end flow of a branch, sum over a cut."""
    ac_loading_max_frac: float | None = None
    """Highest current of any branch over its thermal limit."""
    ac_loading_max_branch: str | None = None
    ac_voltage_min_pu: float | None = None
    ac_voltage_min_bus: str | None = None


UNTRIED = Verdict(NOT_TRIED)


def limit_mw(scene: Scene, row: int, outage: str, *, reverse: bool) -> float:
    """What the row may carry that way after the outage; of a branch that loses one circuit, the others' share."""
    limits = scene.limits
    most = float((limits.emergency_reverse_mw if reverse else limits.emergency_forward_mw)[row])
    if scene.sensitivities.monitored[row] != outage:
        return most
    return most * float(scene.sensitivities.left_frac[scene.sensitivities.outages.index(outage)])


def verdicts(year: AcYear, scene: Scene, found: Screening) -> dict[Pair, Verdict]:
    """The verdict of every pair that was tried."""
    chosen = [(pair, case) for pair in _order(found) if (case := _case(scene, found, pair)) is not None][:CASES_MAX]
    records = iter(confirm(year, [case for _, case in chosen]))
    told = {}
    for (k, row), case in chosen:
        own = [next(records) for area in year.areas if case.touches(area.network)]
        most = limit_mw(scene, row, found.outages[k], reverse=bool(found.reverse[k, row]))
        told[k, row] = _verdict(year, own, case, most)
    return told


def _order(found: Screening) -> Iterator[Pair]:
    """The worst element of every outage, then all other pairs; the highest excess first."""
    broken = np.argwhere(found.hours > 0)
    excess = found.excess_mw[broken[:, 0], broken[:, 1]]
    worst = found.excess_mw[broken[:, 0]].argmax(axis=1) == broken[:, 1]
    for place in np.lexsort((broken[:, 1], broken[:, 0], -excess, ~worst)).tolist():
        yield int(broken[place, 0]), int(broken[place, 1])


def _case(scene: Scene, found: Screening, pair: Pair) -> OutageCase | None:
    """The case of a pair; None for an element on the island that its outage cuts off."""
    k, row = pair
    name, element, hour = found.outages[k], scene.sensitivities.monitored[row], int(found.when[k, row])
    cut = next((cut for cut in scene.grid.interfaces if cut.name == element), None)
    members = ((element, 1),) if cut is None else cut.members
    if found.kinds[k] in ("line", "transformer"):
        return OutageCase(hour, name, watch=element, watch_members=members)
    loss = next(loss for loss in scene.losses if (loss.name, loss.kind) == (name, found.kinds[k]))
    if loss.kind == "island":
        island = next(island for island in scene.islands if island.name == name)
        dead = frozenset(scene.sensitivities.buses[bus] for bus in island.buses)
        if not any(_alive(scene, branch, dead) for branch, _ in members):
            return None
        return OutageCase(hour, name, _made_good(scene, loss, hour, island.buses), element, (), members, dead)
    rating = {link.name: link.capacity_mw for link in scene.grid.links}
    amounts = zip(loss.buses, loss.appearing_mw[hour].tolist(), strict=True)
    gone = tuple((scene.sensitivities.buses[bus], *range_lost_mvar(loss, mw, rating)) for bus, mw in amounts)
    return OutageCase(hour, name, _lost(scene, loss, hour), element, gone, members)


def _lost(scene: Scene, loss: Loss, hour: int) -> tuple[tuple[str, float], ...]:
    """(bus, MW that appear there): what is lost, and what the reserve of each leg's area makes good."""
    sensitivities, power = scene.sensitivities, np.zeros(len(scene.sensitivities.buses))
    less, more = scene.reserve.shares_of(hour)
    for bus, mw in zip(loss.buses, loss.appearing_mw[hour].tolist(), strict=True):
        power[bus] += mw
        inside = sensitivities.area_of_bus == sensitivities.area_of_bus[bus]
        power -= np.where(inside, mw * (less if mw > 0 else more), 0.0)
    return tuple((sensitivities.buses[bus], float(power[bus])) for bus in np.flatnonzero(power).tolist())


def _alive(scene: Scene, branch: str, dead: frozenset[str]) -> bool:
    """Whether both ends of a branch stay."""
    ends = dict(zip((one.name for one in branches_of(scene.grid)), branch_ends(scene.grid), strict=True))
    return dead.isdisjoint(ends[branch])


def _made_good(scene: Scene, loss: Loss, hour: int, island: Collection[int]) -> tuple[tuple[str, float], ...]:
    """(bus, MW) by which those who hold reserve in what is left make good what an island took or gave."""
    sensitivities = scene.sensitivities
    less, more = scene.reserve.shares_of(hour)
    (end,), (mw,) = loss.buses, loss.appearing_mw[hour].tolist()
    shares = np.where(sensitivities.area_of_bus == sensitivities.area_of_bus[end], less if mw > 0 else more, 0.0)
    shares[list(island)] = 0.0
    power = -mw * shares / (shares.sum() or 1.0)
    return tuple((sensitivities.buses[bus], float(power[bus])) for bus in np.flatnonzero(power).tolist())


def _verdict(year: AcYear, records: list[Confirmed], case: OutageCase, most_mw: float) -> Verdict:
    """From the records of the areas that the outage touches; that of the element's area says how the flow is."""
    areas = {area.name: area for area in year.areas}
    for record in records:
        if not record.solved:
            before = bool(areas[record.area].solved[case.hour])
            return Verdict(NO_SOLUTION if before else UNSOLVED_BEFORE)
    own = next(record for record in records if record.watch_flow_mw is not None)
    flow = float(own.watch_flow_mw or 0.0)
    return Verdict(
        YES if flow > most_mw else NO,
        flow,
        own.loading_max_frac,
        own.loading_max_branch,
        own.voltage_min_pu,
        own.voltage_min_bus,
    )
