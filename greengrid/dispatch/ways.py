"""Devices that work one way at a time, which of them a solution uses both ways, and the bound over all choices of ways.

A link sends forward or in reverse, its loss pieces filled in order; a battery charges or discharges; a border buys or
sells.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from greengrid.dispatch.bound import priced
from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.problem import Problem
from greengrid.dispatch.program import Ints, Program
from greengrid.hourly import Array

TOLERANCE_MW = 1e-4
"""Less than this both ways is rounding of the solver."""

Key = tuple[int, int]
"""(device, step)."""
Piece = tuple[int, int]
"""(way, piece within it; 0 where the way has no order)."""


@dataclass(frozen=True)
class Device:
    """What may be used in one way at a time."""

    name: str
    kind: str
    """link, battery or border."""
    ways: tuple[Ints, ...]
    """Template columns of each way; of a link in the order in which its pieces fill."""
    ordered: bool

    def pieces(self) -> Iterator[Piece]:
        for way, columns in enumerate(self.ways):
            for piece in range(len(columns) if self.ordered else 1):
                yield way, piece


def devices(problem: Problem) -> tuple[Device, ...]:
    """Links, batteries and borders of a problem, with the columns of their ways."""
    columns = problem.columns
    found = []
    for kind, one, other in (("link", "link", "link"), ("border", "buy", "sell")):
        for name in dict.fromkeys(columns.name[k] for k in columns.of(one, other)):
            mine = [int(k) for k in columns.of(one, other) if columns.name[k] == name]
            forward = [k for k in mine if (columns.direction[k] > 0 if kind == "link" else columns.kind[k] == one)]
            ways = tuple(
                np.array(sorted(way, key=lambda k: int(columns.segment[k])), dtype=np.int64)
                for way in (forward, [k for k in mine if k not in forward])
            )
            found.append(Device(name, kind, ways, ordered=kind == "link"))
    for charge, discharge, content, _ in problem.batteries:
        ways = (np.array([charge]), np.array([discharge]))
        found.append(Device(columns.name[content], "battery", ways, ordered=False))
    return tuple(device for device in found if all(len(way) for way in device.ways))


def broken(program: Program, values: Array, found: Sequence[Device]) -> dict[Key, Piece]:
    """Device-hours that break their ways, each with the piece that its larger way lies in."""
    return broken_steps(by_step(program, values), by_step(program, program.upper), found)


def broken_steps(output: Array, upper: Array, found: Sequence[Device]) -> dict[Key, Piece]:
    """The same of the template's columns in some steps, shape (steps, columns), counted from the first of them."""
    broken_at: dict[Key, Piece] = {}
    for number, device in enumerate(found):
        totals = np.stack([output[:, way].sum(axis=1) for way in device.ways])
        wrong = totals.min(axis=0) > TOLERANCE_MW
        if device.ordered:
            for way in device.ways:
                unfilled = output[:, way[:-1]] < upper[:, way[:-1]] - TOLERANCE_MW
                wrong |= (unfilled & (output[:, way[1:]] > TOLERANCE_MW)).any(axis=1)
        larger = totals.argmax(axis=0)
        net = np.abs(totals[0] - totals[1])
        for step in np.flatnonzero(wrong).tolist():
            chosen = int(larger[step])
            full = np.cumsum(upper[step, device.ways[chosen]])
            piece = min(int(np.searchsorted(full, net[step])), len(full) - 1) if device.ordered else 0
            broken_at[number, step] = (chosen, piece)
    return broken_at


def by_step(program: Program, values: Array) -> Array:
    """Values of the template's columns, shape (steps, columns): a view."""
    return values[: program.levels_at].reshape(program.count, program.template)


def with_ways(program: Program, found: Sequence[Device], chosen: Mapping[Key, Piece]) -> Program:
    """The program with these device-hours held to one piece: those before it full, those after it and other ways 0."""
    fixed = copy.copy(program)
    fixed.lower, fixed.upper = program.lower.copy(), program.upper.copy()
    lower, upper = by_step(fixed, fixed.lower), by_step(fixed, fixed.upper)
    for (number, step), (way, piece) in chosen.items():
        device = found[number]
        for other, columns in enumerate(device.ways):
            if other != way:
                upper[step, columns] = lower[step, columns] = 0.0
            elif device.ordered:
                lower[step, columns[:piece]] = upper[step, columns[:piece]]
                upper[step, columns[piece + 1 :]] = lower[step, columns[piece + 1 :]] = 0.0
    return fixed


def bound(program: Program, found: Sequence[Device], rows: Sequence[LimitRow], row_dual: Array) -> float:
    """Lower bound on every dispatch that keeps the ways, for any duals; also within fixed pieces of the program."""
    worth, reduced = priced(program, rows, row_dual)
    steps, stored = least_costs(program, found, reduced)
    return worth + float(steps.sum()) + float(stored.sum())


def least_costs(program: Program, found: Sequence[Device], reduced: Array) -> tuple[Array, Array]:
    """Least reduced cost that keeps the ways: of every step's columns (steps,), of every level and spill."""
    boxes = np.minimum(reduced * program.lower, reduced * program.upper)
    box, cost = by_step(program, boxes), by_step(program, reduced)
    lower, upper = by_step(program, program.lower), by_step(program, program.upper)
    steps: Array = box.sum(axis=1)
    for device in found:
        every = np.concatenate(device.ways)
        # Columns that must run (or are fixed to a piece) stand in no way's way: the box is the bound there.
        free = (lower[:, every] == 0).all(axis=1)
        least = np.stack([_least(device, piece, cost, upper) for piece in device.pieces()]).min(axis=0)
        steps += np.where(free, least - box[:, every].sum(axis=1), 0.0)
    return steps, boxes[program.levels_at :]


def _least(device: Device, piece: Piece, cost: Array, upper: Array) -> Array:
    """Least reduced cost of a device in every step when it stays in one piece."""
    way, at = piece
    columns = device.ways[way]
    worth = cost[:, columns] * upper[:, columns]
    if not device.ordered:
        least: Array = np.minimum(worth, 0.0).sum(axis=1)
        return least
    filled: Array = worth[:, :at].sum(axis=1) + np.minimum(worth[:, at], 0.0)
    return filled
