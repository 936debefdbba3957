"""The year's dispatch as arrays: one template of columns that repeats every step, with bounds and costs per step.

Every decision of one hour is a column: output of a unit or renewable group, release of a reservoir, charge, discharge
and content of a battery, purchase and sale at a border, sent power of a link by loss segment, shedding at a load.
All columns act on buses through one constant matrix, so that a flow limit has the same coefficients in every hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from greengrid.dispatch.families import ConcaveFamily, RowFamily
from greengrid.dispatch.network import Network
from greengrid.hourly import Array

HOURS_PER_DAY = 24


@dataclass(frozen=True)
class Columns:
    """The template: what each column of a step is and where it acts."""

    kind: tuple[str, ...]
    """unit, renewable, river, release, charge, discharge, content, buy, sell, cross, link, shed, dump."""
    name: tuple[str, ...]
    injection: sparse.csc_matrix
    """Shape (buses, columns): MW injected at each bus per MW of the column."""
    segment: NDArray[np.int64]
    """Loss or price segment of a link or border column."""
    direction: NDArray[np.int64]
    """+1 forward or -1 reverse for links, 0 elsewhere."""

    @property
    def count(self) -> int:
        return len(self.kind)

    def of(self, *kinds: str) -> NDArray[np.int64]:
        """Positions of the columns of these kinds."""
        return np.array([k for k, kind in enumerate(self.kind) if kind in kinds], dtype=np.int64)


@dataclass(frozen=True)
class Store:
    """An account by the day: columns draw from it or fill it, what is left over may be spilled every day.

    Reservoirs hold water; an annual cap starts full and never fills again; an account of green power is filled by the
    contracted plants, drawn by the exports and closed at the end of every period. Levels are in MWh, for a cap of
    emissions in tCO2.
    """

    name: str
    columns: NDArray[np.int64]
    draw: Array
    """MWh (or tCO2) that a MWh of each column takes out; negative where the column fills."""
    level_max_mwh: float
    cyclic: bool
    """Ends the year as it began, or where `end_mwh` says; otherwise it begins at `start_mwh` and may end anywhere."""
    start_mwh: float = 0.0
    level_min_mwh: float = 0.0
    """Below zero: the account may be in debt until it is closed."""
    end_mwh: float | None = None
    """Level fixed at the end of the last day; what the start differs from it stands in the first day's inflow."""
    zero_days: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Days at whose end the level is zero."""


@dataclass(frozen=True)
class Problem:
    """Everything the linear program needs; arrays are (steps, columns) unless said otherwise. Power in MW."""

    hours_per_step: int
    columns: Columns
    network: Network
    cost: Array
    """USD per MWh."""
    lower: Array
    upper: Array
    demand: Array
    """Shape (steps, buses): what must be met, gross of network losses, idle loss of links added."""
    joint: tuple[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], ...]
    """Per joint group: (border columns, purchase columns, sale columns) with sum cross = sum buy - sum sell."""
    batteries: tuple[tuple[int, int, int, float], ...]
    """(charge, discharge, content column, efficiency one way)."""
    stores: tuple[Store, ...]
    """Reservoirs, then caps and accounts."""
    inflow_mwh: Array
    """Shape (days, stores)."""
    days: int
    groups: tuple[tuple[str, ...], ...] = field(default=())
    """Plants behind each renewable column, in the order of those columns."""
    families: tuple[RowFamily, ...] = ()
    """Laws beside the network's limits whose rows are added where they are broken."""
    concave: tuple[ConcaveFamily, ...] = ()
    headroom_mw: Array | None = None
    """Kept free below the network's limits, forward and reverse, shape (2, steps, limits); further limits keep none."""
    start: datetime | None = None
    """The first hour, UTC: messages then name hours by date."""

    @property
    def steps(self) -> int:
        return int(self.cost.shape[0])

    @property
    def steps_per_day(self) -> int:
        return HOURS_PER_DAY // self.hours_per_step

    def time_of(self, step: int) -> str:
        """Name of a step for a message: date and hour, or its number where the problem has no date."""
        hour = step * self.hours_per_step
        if self.start is None:
            return f"hour {hour + 1}"
        return f"{self.start + timedelta(hours=hour):%Y-%m-%d %H:00} UTC"


def without(problem: Problem, kept: NDArray[np.bool_]) -> Problem:
    """The same problem without some of its columns, which must stand in no store, battery or joint group."""
    number = np.cumsum(kept) - 1
    columns = problem.columns
    chosen = np.flatnonzero(kept)
    return replace(
        problem,
        columns=Columns(
            tuple(columns.kind[k] for k in chosen),
            tuple(columns.name[k] for k in chosen),
            columns.injection[:, chosen],
            columns.segment[chosen],
            columns.direction[chosen],
        ),
        cost=problem.cost[:, chosen],
        lower=problem.lower[:, chosen],
        upper=problem.upper[:, chosen],
        joint=tuple((number[cross], number[bought], number[sold]) for cross, bought, sold in problem.joint),
        batteries=tuple((int(number[a]), int(number[b]), int(number[c]), eta) for a, b, c, eta in problem.batteries),
        stores=tuple(replace(store, columns=number[store.columns]) for store in problem.stores),
        families=tuple(
            replace(family, terms=tuple((lag, pattern[:, chosen]) for lag, pattern in family.terms))
            for family in problem.families
        ),
        concave=tuple(
            replace(
                family,
                pattern=family.pattern[:, chosen],
                lines=tuple((pattern[:, chosen], constant) for pattern, constant in family.lines),
            )
            for family in problem.concave
        ),
    )


def coarsen(problem: Problem, hours_per_step: int) -> Problem:
    """The same problem in longer steps of averaged bounds and costs, without what happens within a day.

    That is: batteries, and row families that look back.
    """
    steps = -(-problem.steps // hours_per_step)

    def mean(values: Array) -> Array:
        padded = np.vstack([values, np.repeat(values[-1:], steps * hours_per_step - len(values), axis=0)])
        average: Array = padded.reshape(steps, hours_per_step, -1).mean(axis=1)
        return average

    upper = mean(problem.upper)
    upper[:, problem.columns.of("charge", "discharge", "content")] = 0.0
    return replace(
        problem,
        hours_per_step=hours_per_step,
        cost=mean(problem.cost),
        lower=mean(problem.lower),
        upper=upper,
        demand=mean(problem.demand),
        batteries=(),
        headroom_mw=None if problem.headroom_mw is None else np.stack([mean(way) for way in problem.headroom_mw]),
        families=tuple(
            replace(family, lower=mean(family.lower), upper=mean(family.upper))
            for family in problem.families
            if family.looks_back == 0
        ),
        concave=tuple(
            replace(
                family,
                constant=mean(family.constant),
                lines=tuple((pattern, mean(constant)) for pattern, constant in family.lines),
            )
            for family in problem.concave
        ),
    )
