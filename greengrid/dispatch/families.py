"""Families of rows: laws that most hours keep by themselves, so that only the rows that are broken enter the program.

A family is one pattern of coefficients over the columns of a step (and, if it looks back, of steps before it) that is
the same in every step, with its own lower and upper side in every step. Flow limits, ramps, reserve and hourly accounts
are families. What every module may rely on:

* a row is named by (step, limit): `LimitRow`; limits are numbered through all families, the network's first;
* a row that looks back over the start of the problem meets its end in the whole year (cyclic); where a problem is a
  part of a year its family gives those rows infinite sides, and they never bind;
* a row that looks back over the start of a block is left out of the block and found again in the joined program;
* rows of a family that is `always` there are in every program from its first round: for laws that bind nearly always;
* a concave family adds the smaller of two lines for each of its parts: the row that enters is made of the lines that
  are smaller at the broken point (cutting planes; Kelley 1960, J. SIAM 8(4), 703-712): `LimitRow.choice` says which;
* duals of rows count in the certificate whatever their family; in nodal prices only the network's do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from greengrid.dispatch.network import Network
from greengrid.hourly import Array

FACTOR_MIN = 1e-10
"""Smaller distribution factors are rounding."""


@dataclass(frozen=True)
class RowFamily:
    """Rows lower <= sum over terms of pattern x columns <= upper in every step, in MW."""

    name: str
    limits: tuple[str, ...]
    """What each row of a step limits."""
    terms: tuple[tuple[int, sparse.csr_matrix], ...]
    """(steps back, pattern of shape (limits, columns)): 0 is the step itself, 1 the one before."""
    lower: Array
    """Shape (steps, limits); -inf where a row has no lower side."""
    upper: Array
    """Shape (steps, limits); inf where a row has no upper side."""
    size: Array
    """Shape (limits,): rows that are within a small share of this from binding come with those that are broken. 0: they
    do not."""
    always: bool = False

    @property
    def looks_back(self) -> int:
        """Steps from the farthest term to the step itself."""
        return max(lag for lag, _ in self.terms)


@dataclass(frozen=True)
class ConcaveFamily:
    """Rows constant + pattern x columns + sum over parts of the smaller of two lines >= 0 in every step, in MW."""

    name: str
    limits: tuple[str, ...]
    pattern: sparse.csr_matrix
    """Shape (limits, columns)."""
    constant: Array
    """Shape (steps, limits)."""
    counts: sparse.csr_matrix
    """Shape (limits, parts): how much of a part each limit counts."""
    lines: tuple[tuple[sparse.csr_matrix, Array], ...]
    """Two of (pattern of shape (parts, columns), constant of shape (steps, parts))."""


@dataclass(frozen=True)
class LimitRow:
    """One row: step within the span, number of the limit through all families, plain ones first."""

    step: int
    limit: int
    choice: bytes = b""
    """Of a concave limit: packed bits, set for the parts that count with their second line."""


def network_family(
    network: Network, injection: sparse.csc_matrix, demand: Array, headroom_mw: Array | None = None
) -> RowFamily:
    """Flow limits of branches and interfaces; `demand`, shape (steps, buses), moves the sides.

    `headroom_mw`, shape (2, steps, first limits of the network), is kept free below them, forward and reverse.
    """
    factors = network.factors @ injection
    factors[np.abs(factors) < FACTOR_MIN] = 0.0
    taken = demand @ network.factors.T
    lower, upper = network.flow_min_mw + taken, network.flow_max_mw + taken
    if headroom_mw is not None:
        forward, reverse = headroom_mw
        upper[:, : forward.shape[1]] -= forward
        lower[:, : reverse.shape[1]] += reverse
    return RowFamily("network", network.limits, ((0, sparse.csr_matrix(factors)),), lower, upper, network.flow_max_mw)
