"""What one more unit of a limit is worth: the multipliers of the linear program of the best shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from financing.structure import Source
from financing.timeline import FloatArray

SHARE_STEP_FRAC = 0.01
COVER_STEP_RATIO = 0.01
WORTH_STEP_USD = 1e6
SHARE_UNIT, COVER_UNIT, WORTH_UNIT = "1 % of uses", "0.01 of cover", "1 M USD"
SMALLEST_FRAC = 1e-9


@dataclass(frozen=True, slots=True)
class ShadowPrice:
    """A limit that holds the goal back."""

    limit: str
    per: str
    """How much wider the limit is made."""
    value: float
    """Change of the goal, in its unit, for one such step: a charge or a subsidy falls, owners' worth rises. Draws, tax
    and the owners' timing are held, as in the program."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the program: coefficients x (shares, charge) <= bound."""

    coefficients: FloatArray
    bound_usd: float
    name: str
    cover: FloatArray | None = None
    """Of a covenant: what one unit of cover adds to the coefficients."""
    is_worth: bool = False
    """Of the owners: the bound is their worth."""


def shadow_prices(
    found: Any, rows: Sequence[Row], sources: Sequence[Source], uses_usd: float, goal_scale: float
) -> tuple[ShadowPrice, ...]:
    """From scipy's marginals (d objective / d bound, both divided as the program was).

    `goal_scale` turns the program's objective into the goal; negative where the goal is a worth to be raised. A
    covenant's multiplier times its coefficients' derivative is its price by the envelope theorem.
    """
    totals: dict[tuple[str, str], float] = {}
    for row, marginal in zip(rows, found.ineqlin.marginals.tolist(), strict=True):
        unit, width = _width(row, found.x, uses_usd)
        totals[row.name, unit] = totals.get((row.name, unit), 0.0) + marginal * width
    for number, source in enumerate(sources):
        least, most = (float(side.marginals[number]) for side in (found.lower, found.upper))
        totals[f"share of {source.name}, its least", SHARE_UNIT] = -least * SHARE_STEP_FRAC
        totals[f"share of {source.name}, its most", SHARE_UNIT] = most * SHARE_STEP_FRAC
    largest = max((abs(value) for value in totals.values()), default=0.0)
    return tuple(
        ShadowPrice(name, unit, value * goal_scale)
        for (name, unit), value in totals.items()
        if abs(value) > SMALLEST_FRAC * largest and abs(value) > 0.0
    )


def _width(row: Row, unknowns: FloatArray, uses_usd: float) -> tuple[str, float]:
    """(unit, what one step of it adds to the bound as the program has it)."""
    if row.cover is not None:
        return COVER_UNIT, COVER_STEP_RATIO * float(np.dot(row.cover, unknowns)) / uses_usd
    return (WORTH_UNIT, WORTH_STEP_USD / uses_usd) if row.is_worth else (SHARE_UNIT, SHARE_STEP_FRAC)
