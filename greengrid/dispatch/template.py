"""Collects the columns of a step and what they cost and may do in every hour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from greengrid.dispatch.problem import Columns
from greengrid.hourly import Array

HOURS_PER_YEAR = 8760


class Template:
    """Columns in order; bounds and costs are arrays over the hours or plain numbers."""

    def __init__(self, buses: Sequence[str], hours: int) -> None:
        self.position = {name: k for k, name in enumerate(buses)}
        self.hours = hours
        self.kind: list[str] = []
        self.name: list[str] = []
        self.segment: list[int] = []
        self.direction: list[int] = []
        self.cost: list[Array] = []
        self.lower: list[Array] = []
        self.upper: list[Array] = []
        self._entries: list[tuple[int, int, float]] = []

    def add(
        self,
        kind: str,
        name: str,
        acts: Sequence[tuple[str, float]],
        cost: Array | float,
        upper: Array | float,
        *,
        lower: Array | float = 0.0,
        segment: int = 0,
        direction: int = 0,
    ) -> int:
        number = len(self.kind)
        self.kind.append(kind)
        self.name.append(name)
        self.segment.append(segment)
        self.direction.append(direction)
        self.cost.append(np.broadcast_to(np.asarray(cost, dtype=float), (self.hours,)))
        self.lower.append(np.broadcast_to(np.asarray(lower, dtype=float), (self.hours,)))
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=float), (self.hours,)))
        self._entries += [(self.position[bus], number, value) for bus, value in acts]
        return number

    def must_run_mw(self) -> dict[str, float]:
        """Most that the columns' lower bounds put in at each bus."""
        names = {number: name for name, number in self.position.items()}
        most: dict[str, float] = {}
        for row, column, value in self._entries:
            if value > 0 and self.lower[column].max() > 0:
                most[names[row]] = most.get(names[row], 0.0) + float(self.lower[column].max())
        return most

    def columns(self) -> Columns:
        rows, cols, values = (np.array(part) for part in zip(*self._entries, strict=True))
        shape = (len(self.position), len(self.kind))
        matrix = sparse.csc_matrix((values.astype(float), (rows.astype(int), cols.astype(int))), shape=shape)
        return Columns(
            tuple(self.kind), tuple(self.name), matrix, np.array(self.segment), np.array(self.direction, dtype=np.int64)
        )
