"""The best ways for some device-hours by a mixed-integer program: one binary per piece, exactly one of them 1.

A column before the chosen piece is full, one after it zero; the relaxation is each device's convex hull (Williams 2013,
Model Building in Mathematical Programming, section 9.3: special ordered sets).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from greengrid.dispatch.families import LimitRow
from greengrid.dispatch.program import BASIC, LOWER, Program, Status
from greengrid.dispatch.solver import load, set_basis
from greengrid.dispatch.ways import Device, Key, Piece, by_step
from greengrid.hourly import Array

NODES_MAX = 20_000
"""Not a time: the same case gives the same answer."""


@dataclass(frozen=True)
class Answer:
    """The chosen pieces and a bound on every choice."""

    chosen: dict[Key, Piece]
    bound_usd: float
    values: Array
    """Of the loaded model's columns."""


def best_ways(
    program: Program, found: Sequence[Device], keys: Sequence[Key], rows: list[LimitRow], gap_frac: float
) -> Answer | None:
    """The best pieces of these device-hours under the given limit rows; None where no choice was found."""
    solver = load(program, rows)
    return integer_ways(solver, program, found, keys, gap_frac=gap_frac)


def integer_ways(  # type: ignore[no-untyped-def]
    solver, program: Program, found: Sequence[Device], keys: Sequence[Key], *, gap_frac: float, first_step: int = 0
) -> Answer | None:
    """The best pieces in a loaded model whose first columns are those of the steps from the first."""
    import highspy

    first = solver.getNumCol()
    names = _add_pieces(solver, program, found, keys, first_step)
    count = len(names)
    for name, value in (("solver", "choose"), ("presolve", "choose"), ("mip_rel_gap", gap_frac),
                        ("mip_max_nodes", NODES_MAX)):  # fmt: skip
        solver.setOptionValue(name, value)
    integer = np.full(count, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
    solver.changeColsIntegrality(count, np.arange(first, first + count, dtype=np.int32), integer)
    solver.run()
    info = solver.getInfo()
    values = np.array(solver.getSolution().col_value)
    if len(values) == 0 or info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
        return None
    chosen = {key: piece for (key, piece), value in zip(names, values[first:], strict=True) if value > 0.5}
    return Answer(chosen, float(info.mip_dual_bound), values[:first])


def relaxed_ways(
    program: Program,
    found: Sequence[Device],
    keys: Sequence[Key],
    rows: list[LimitRow],
    basis: tuple[Status, Status],
) -> tuple[dict[Key, Piece], Array] | None:
    """(largest piece of each device-hour, duals of the program's own rows and of `rows`) of the linear relaxation.

    Each device-hour may be any mixture of its ways: its convex hull. `basis` is that of the program without pieces.
    """
    import highspy

    solver = load(program, rows)
    names = _add_pieces(solver, program, found, keys)
    known = len(basis[1])
    rules = np.full(solver.getNumRow() - known, BASIC, dtype=np.int8)
    set_basis(solver, np.r_[basis[0], np.full(len(names), LOWER, dtype=np.int8)], np.r_[basis[1], rules])
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    answer = solver.getSolution()
    shares = np.array(answer.col_value)[program.width :]
    chosen: dict[Key, tuple[float, Piece]] = {}
    for (key, piece), share in zip(names, shares.tolist(), strict=True):
        chosen[key] = max(chosen.get(key, (-1.0, piece)), (share, piece))
    return {key: piece for key, (_, piece) in chosen.items()}, np.array(answer.row_dual)[:known]


def _add_pieces(  # type: ignore[no-untyped-def]
    solver, program: Program, found: Sequence[Device], keys: Sequence[Key], first_step: int = 0
) -> list[tuple[Key, Piece]]:
    """Adds a column from 0 to 1 for every piece of these device-hours, with their rules; in order."""
    first = solver.getNumCol()
    names = [(key, piece) for key in keys for piece in found[key[0]].pieces()]
    count, nothing = len(names), np.zeros(0, dtype=np.int32)
    solver.addCols(count, np.zeros(count), np.zeros(count), np.ones(count), 0, nothing, nothing, np.zeros(0))
    _add_rules(solver, program, found, names, first=first, first_step=first_step)
    return names


def _add_rules(  # type: ignore[no-untyped-def]
    solver, program: Program, found: Sequence[Device], names: list[tuple[Key, Piece]], *, first: int, first_step: int
) -> None:
    """One piece per device-hour; its column free, those before it full, all others zero."""
    upper = by_step(program, program.upper)
    binaries: dict[Key, list[tuple[Piece, int]]] = {}
    for number, (key, piece) in enumerate(names):
        binaries.setdefault(key, []).append((piece, first + number))
    for key, pieces in binaries.items():
        device, step = found[key[0]], key[1]
        _row(solver, 1.0, 1.0, [(column, 1.0) for _, column in pieces])
        for way, columns in enumerate(device.ways):
            for at, column in enumerate(columns.tolist()):
                most, place = float(upper[step, column]), (step - first_step) * program.template + column
                used = [b for (w, p), b in pieces if w == way and (p >= at or not device.ordered)]
                full = [b for (w, p), b in pieces if w == way and p > at and device.ordered]
                _row(solver, -np.inf, 0.0, [(place, 1.0), *((b, -most) for b in used)])
                if full:
                    _row(solver, 0.0, np.inf, [(place, 1.0), *((b, -most) for b in full)])


def _row(solver, lower: float, upper: float, terms: list[tuple[int, float]]) -> None:  # type: ignore[no-untyped-def]
    columns, values = zip(*terms, strict=True)
    solver.addRow(lower, upper, len(terms), np.array(columns, dtype=np.int32), np.array(values))
