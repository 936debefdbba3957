"""The forms of charts of a sweep, as immutable values."""

from __future__ import annotations

from dataclasses import dataclass

from reports.charts import Axis, Chart


@dataclass(frozen=True, slots=True)
class SizeCurves(Chart):
    """What one more MW brings over the size: a line with marks, dots halfway between sizes, steps of cost."""

    sizes: tuple[float, ...]
    line: tuple[float, ...]
    """At every size."""
    line_label: str
    dots: tuple[tuple[float, float], ...]
    """(size, value)"""
    dots_label: str
    steps: tuple[tuple[float, float, float], ...]
    """(from size, to size, value)"""
    steps_label: str
    band: tuple[float, float] | None
    """Sizes as good as the best."""
    best: float | None
    best_label: str
    axis: Axis
    across: Axis
