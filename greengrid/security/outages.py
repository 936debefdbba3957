"""What can be lost at once, and how much that is in every hour: units, poles and whole links.

Lines and transformers are in `sensitivities`: one circuit of each. Here is what takes power away from buses:

* **unit**: a plant runs on as few of its units as carry its output, the largest first, all equally loaded; the largest
  trips. Machines of `unit_outage_min_mw` and up; wind, sun and batteries are many small ones.
* **pole**: what the other poles cannot take over. They go on with what they may carry; a single pole that is left
  returns its current through the metallic conductor and loses more (`networks.hvdc.Link.flow`). The station that is out
  no longer draws its idle loss.
* **link**: all of it. For a monopole the only outage there is; for a bipole an extreme case, told apart.

Others of the same area make the loss good in proportion to their reserve (`outages_reserve`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greengrid.dispatch.result import Dispatch
from greengrid.economy.fleet import Economy, Unit
from greengrid.hourly import Array
from greengrid.security.sensitivities import Sensitivities
from networks.grid import Grid, Plant
from networks.hvdc import Link
from networks.operating_point import LINK_REACTIVE_FRAC, SYNCHRONOUS_REACTIVE_FRAC
from networks.voltage_control import LOADING_ON_LINE_FRAC


@dataclass(frozen=True)
class Loss:
    """One outage that moves power at buses."""

    name: str
    kind: str
    """unit, pole or link."""
    buses: tuple[int, ...]
    appearing_mw: Array
    """Shape (hours, buses): what appears there, negative where it vanishes."""


def make_losses(
    grid: Grid, economy: Economy, dispatch: Dispatch, sensitivities: Sensitivities, unit_min_mw: float
) -> tuple[Loss, ...]:
    """Units, poles and links of a dispatch, in this order."""
    position = {name: k for k, name in enumerate(sensitivities.buses)}
    return (
        *_unit_losses(grid, economy, dispatch, position, unit_min_mw),
        *(loss for link in grid.links for loss in _link_losses(link, dispatch, position)),
    )


def _unit_losses(
    grid: Grid, economy: Economy, dispatch: Dispatch, position: dict[str, int], unit_min_mw: float
) -> Iterator[Loss]:
    units = {unit.name: unit for unit in economy.units}
    for plant in grid.plants:
        sizes = unit_sizes_mw(plant, units[plant.name])
        if units[plant.name].inertia_s > 0 and sizes[0] >= unit_min_mw:
            lost = largest_unit_mw(sizes, dispatch.generation_mw[plant.name])
            yield Loss(f"{plant.name} unit", "unit", (position[plant.bus],), -lost[:, None])


def unit_sizes_mw(plant: Plant, unit: Unit) -> Array:
    """Sizes of a plant's units, largest first; where none are stated, units of its technology's usual size."""
    if plant.unit_sizes_mw:
        return np.array(plant.unit_sizes_mw)
    size = min(unit.unit_mw, plant.capacity_mw) if unit.unit_mw > 0 else plant.capacity_mw
    return np.full(max(int(np.ceil(plant.capacity_mw / size - 1e-9)), 1), size)


def largest_unit_mw(sizes_mw: Array, output_mw: Array) -> Array:
    """What the largest unit makes: as few units as carry the output run, the largest first, all equally loaded."""
    carried = np.cumsum(sizes_mw)
    running = carried[np.minimum(np.searchsorted(carried, output_mw - 1e-6), len(carried) - 1)]
    made: Array = sizes_mw[0] * np.clip(output_mw, 0.0, None) / running
    return made


def range_lost_mvar(loss: Loss, lost_mw: float, rating_mw: Mapping[str, float]) -> tuple[float, float]:
    """Mvar that a lost unit, pole or link could take and give; `rating_mw` by link."""
    if loss.kind == "unit":
        takes, gives = (abs(share * lost_mw) / LOADING_ON_LINE_FRAC for share in SYNCHRONOUS_REACTIVE_FRAC)
        return takes, gives
    link = loss.name.rsplit(" ", 1)[0]
    part = LINK_REACTIVE_FRAC * rating_mw[link] * (0.5 if loss.kind == "pole" else 1.0)
    return part, part


@dataclass(frozen=True)
class PoleLoss:
    """What a link loses in every hour when one pole (or all) trips; shape (hours,), MW, both ways as magnitudes."""

    forward: NDArray[np.bool_]
    sent_lost_mw: Array
    received_lost_mw: Array
    sent_left_mw: Array
    received_left_mw: Array


def pole_loss(link: Link, dispatch: Dispatch, poles_out: int = 1) -> PoleLoss:
    """The link's flow before and after `poles_out` poles trip, from its hourly schedule."""
    forward, reverse = (dispatch.link_sent_mw[f"{link.name}:{way}"] for way in ("forward", "reverse"))
    ahead = forward >= reverse
    sent = np.where(ahead, forward, reverse)
    received = np.where(
        ahead,
        dispatch.link_received_mw[f"{link.name}:forward"],
        dispatch.link_received_mw[f"{link.name}:reverse"],
    )
    poles = link.poles - poles_out
    left = np.minimum(sent, link.capacity_available_mw(poles))
    known, place = np.unique(np.round(left, 6), return_inverse=True)
    after = np.array([link.flow(float(value), poles).received_mw for value in known])[place]
    after = np.minimum(after, received)  # the dispatch's chords lie a little below the curve
    return PoleLoss(ahead, sent - left, received - after, left, after)


def _link_losses(link: Link, dispatch: Dispatch, position: dict[str, int]) -> Iterator[Loss]:
    ends = (position[link.from_bus], position[link.to_bus])
    idle_mw = dispatch.link_idle_mw[link.name] / 2
    cases = [("pole", 1)] if link.poles > 1 else []
    for kind, poles_out in (*cases, ("link", link.poles)):
        lost = pole_loss(link, dispatch, poles_out)
        at_sending, at_receiving = lost.sent_lost_mw, -lost.received_lost_mw
        appearing = np.column_stack(
            [np.where(lost.forward, at_sending, at_receiving), np.where(lost.forward, at_receiving, at_sending)]
        )
        appearing += (idle_mw * poles_out / link.poles)[:, None]
        label = f"{link.name} pole" if kind == "pole" else f"{link.name} link"
        yield Loss(label, kind, ends, appearing)
