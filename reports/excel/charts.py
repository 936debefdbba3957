"""Native charts of the dashboard: rows of the book by reference, so that they follow every input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reports.excel.sheet import FIRST, Line

WIDTH, HEIGHT = 620, 300


@dataclass(frozen=True, slots=True)
class Series:
    """One row of a chart."""

    line: Line
    kind: str
    """column, line or area."""
    colour: str
    name_column: int = 0
    """The label's column in the row: names come from cells, never typed into the chart."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart over years."""

    title: str
    unit: str
    categories: Line
    series: tuple[Series, ...]
    row: int
    column: int
    form: str = "#,##0,,"
    stacked: bool = False
    top_value: float | None = None
    """Where the axis ends; by itself where None."""

    def insert(self, book: Any, page: Any) -> None:
        """Onto its page."""
        first = self._part(
            book, self.series[0].kind, [each for each in self.series if each.kind == self.series[0].kind]
        )
        others = [each for each in self.series if each.kind != self.series[0].kind]
        if others:
            first.combine(self._part(book, others[0].kind, others))
        first.set_title({"name": self.title, "name_font": {"size": 11, "bold": True}})
        first.set_x_axis({"num_font": {"size": 8}, "interval_unit": 5, "label_position": "low"})
        grid = {"visible": True, "line": {"color": "#D9DEE2", "width": 0.5}}
        limits = {"min": 0.0} if self.stacked else {}
        limits |= {"min": 0.0, "max": self.top_value} if self.top_value is not None else {}
        axis = {"name": self.unit, "num_format": self.form, "num_font": {"size": 8}, "major_gridlines": grid}
        first.set_y_axis({**axis, **limits})
        first.set_legend({"position": "bottom", "font": {"size": 8}})
        first.set_size({"width": WIDTH, "height": HEIGHT})
        page.insert_chart(self.row, self.column, first, {"description": f"{self.title}, {self.unit}, by year"})

    def _part(self, book: Any, kind: str, series: list[Series]) -> Any:
        options = {"type": kind, **({"subtype": "stacked"} if self.stacked and kind in ("column", "area") else {})}
        chart = book.add_chart(options)
        for each in series:
            line = {"color": each.colour, "width": 1.75}
            look: dict[str, Any] = {"line": line} if kind == "line" else {"fill": {"color": each.colour}, "gap": 30}
            chart.add_series(
                {
                    "name": [each.line.sheet.name, each.line.row, each.name_column],
                    "categories": _cells(self.categories),
                    "values": _cells(each.line),
                    **look,
                }
            )
        return chart


def _cells(line: Line) -> list[object]:
    return [line.sheet.name, line.row, FIRST, line.row, FIRST + line.sheet.periods - 1]
