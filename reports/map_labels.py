"""Names on a map: each where there is room, as letters over a white edge."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from reports import palette
from reports.charts import Array
from reports.frames import PT_PER_MM, TEXT_PT
from reports.projection import Frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.textpath import TextPath


class Boxes:
    """Places taken by text, in points of the figure, so that a later name can look for room."""

    def __init__(
        self, axes: Axes, frame: Frame, width_mm: float, height_mm: float, corner_mm: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        """`corner_mm` is the map's lower left corner on the figure."""
        self._axes = axes
        self._frame = frame
        self._corner_pt = (corner_mm[0] * PT_PER_MM, corner_mm[1] * PT_PER_MM)
        self._size_pt = (width_mm * PT_PER_MM, height_mm * PT_PER_MM)
        self.points_per_km = self._size_pt[0] / (frame.right_km - frame.left_km)
        self.taken: list[tuple[float, float, float, float]] = []
        self._crossed: list[Array] = []

    def point(self, x_km: float, y_km: float) -> tuple[float, float]:
        scale = self.points_per_km
        return (x_km - self._frame.left_km) * scale, (y_km - self._frame.bottom_km) * scale

    def holds(self, x_km: float, y_km: float) -> bool:
        """Whether a place lies on the map, half a label's height from its edges."""
        x, y = self.point(x_km, y_km)
        edge = TEXT_PT / 2
        return edge <= x <= self._size_pt[0] - edge and edge <= y <= self._size_pt[1] - edge

    def keep_clear(self, x_km: Array, y_km: Array) -> None:
        """No text may stand on this line of points."""
        for x, y in zip(x_km, y_km, strict=True):
            at = self.point(float(x), float(y))
            self.taken.append((at[0] - 2, at[1] - 2, at[0] + 2, at[1] + 2))

    def rather_not(self, x_km: Array, y_km: Array, weight: float = 1.0) -> None:
        """Text stands on these points only where it finds no better room."""
        left, bottom = self._frame.left_km, self._frame.bottom_km
        x, y = (x_km - left) * self.points_per_km, (y_km - bottom) * self.points_per_km
        self._crossed.append(np.column_stack([x, y, np.full(len(x), weight)]))

    def _cost(self, box: tuple[float, float, float, float]) -> float:
        """Weight of the points that a box would cover."""
        if not self._crossed:
            return 0.0
        if len(self._crossed) > 1:
            self._crossed = [np.vstack(self._crossed)]
        x, y, weight = self._crossed[0].T
        inside = (x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])
        return float(weight[inside].sum())

    def free(self, box: tuple[float, float, float, float]) -> bool:
        left, bottom, right, top = box
        inside = left >= 2 and bottom >= 2 and right <= self._size_pt[0] - 2 and top <= self._size_pt[1] - 2
        return inside and all(
            right <= other[0] or left >= other[2] or top <= other[1] or bottom >= other[3] for other in self.taken
        )

    def put(self, text: str, x_km: float, y_km: float, offsets: Sequence[tuple[float, float]], **style: Any) -> bool:
        """Writes the text at the offset (points) with room that covers least, the first of equals; False without room.

        `crossing_max` is the most that the text may cover of what it should rather not.
        """
        crossing_max = float(style.pop("crossing_max", np.inf))
        size = float(style.get("fontsize", TEXT_PT))
        width, height = text_size_pt(text, size, int(style.get("weight", 400)))
        x, y = self.point(x_km, y_km)
        best: tuple[float, tuple[float, float, float, float]] | None = None
        for right, up in offsets:
            left = x + right - (0 if right > 0.5 else width if right < -0.5 else width / 2)
            bottom = y + up - height / 2
            box = (left - 1.5, bottom - 1, left + width + 1.5, bottom + height + 1)
            if self.free(box):
                cost = self._cost(box)
                if best is None or cost < best[0]:
                    best = cost, box
                if cost == 0:
                    break
        if best is None or best[0] > crossing_max:
            return False
        box = best[1]
        self.taken.append(box)
        self._write(text, box[0] + 1.5, box[1] + 1 + BASELINE * size, **style)
        return True

    def _write(self, text: str, left_pt: float, baseline_pt: float, **style: Any) -> None:
        """Letters that stay letters over a white edge drawn as a shape (a stroke on the letters would cut their
        neighbours)."""
        from matplotlib.patches import PathPatch
        from matplotlib.transforms import Affine2D

        figure = self._axes.get_figure(root=True)
        assert figure is not None
        left_pt, baseline_pt = left_pt + self._corner_pt[0], baseline_pt + self._corner_pt[1]
        shape = text_path(text, float(style.get("fontsize", TEXT_PT)), int(style.get("weight", 400)))
        place = Affine2D().translate(left_pt, baseline_pt).scale(1 / 72) + figure.dpi_scale_trans
        edge = {"facecolor": "none", "edgecolor": palette.WHITE, "linewidth": 2 * HALO_PT, "joinstyle": "round"}
        self._axes.add_artist(PathPatch(shape, transform=place, zorder=8.9, **edge))
        self._axes.annotate(
            text, (left_pt, baseline_pt), xycoords="figure points", ha="left", va="baseline", zorder=9, **style
        )


HALO_PT = 1.3
BASELINE = 0.28
"""Of the font size, from the lower edge of a line of text."""


@cache
def text_path(text: str, size_pt: float, weight: int) -> TextPath:
    """The outline of a text as it will be drawn, in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    return TextPath((0, 0), text, size=size_pt, prop=FontProperties(family="Source Sans Pro", weight=weight))


def text_size_pt(text: str, size_pt: float, weight: int = 400) -> tuple[float, float]:
    """Width and line height of a text."""
    return float(text_path(text, size_pt, weight).get_extents().width) + 0.5, size_pt * 1.05
