"""How cells look: number formats by what they hold, colours by their part."""

from __future__ import annotations

from typing import Any

from reports.excel.sheet import Look

FORMS = {
    "general": "General",
    "money": '#,##0.00,,;-#,##0.00,,;"–"',
    "dollars": "#,##0",
    "rate": "0.00%",
    "rate6": "0.000000",
    "share": "0.0000",
    "factor": "0.0000",
    "ratio": "0.00",
    "price": "#,##0.00",
    "count": "0",
    "years": "0.0",
    "year": "0",
    "whole": "#,##0",
    "residual": "0.0E+00",
}
LIMITS: dict[str, tuple[float, float, str]] = {
    "share": (0.0, 1.0, "a share from 0 to 1"),
    "rate": (-0.5, 1.0, "a yearly rate from -50 % to 100 %"),
    "factor": (0.0, 10.0, "a factor from 0 to 10"),
    "ratio": (1.0, 10.0, "a cover from 1 to 10"),
    "count": (0.0, 200.0, "a number from 0 to 200"),
    "years": (0.0, 100.0, "a number from 0 to 100"),
}
"""What an input of a form may be."""
INK, MUTED, ACCENT, LIMIT, BAND, GREEN = "#1B1F23", "#5B6670", "#0B58B0", "#8C1D18", "#EEF2F5", "#1B6E3C"
INPUT_FILL = "#FFFBE0"
PARTS: dict[str, dict[str, Any]] = {
    "formula": {"font_color": INK},
    "link": {"font_color": GREEN},
    "input": {"font_color": "#0000C8", "bg_color": INPUT_FILL, "locked": False},
    "given": {"font_color": MUTED, "italic": True},
    "check": {"font_color": LIMIT},
    "search": {"font_color": MUTED},
    "total": {"font_color": INK, "bold": True},
    "axis": {"font_color": INK, "bold": True, "bg_color": BAND, "align": "right"},
    "label": {"font_color": INK},
    "unit": {"font_color": MUTED, "indent": 1},
    "source": {"font_color": MUTED, "font_size": 8, "text_wrap": True},
    "note": {"font_color": MUTED, "italic": True},
    "head": {"bold": True, "bg_color": BAND, "bottom": 1, "bottom_color": MUTED},
    "head right": {"bold": True, "bg_color": BAND, "bottom": 1, "bottom_color": MUTED, "align": "right"},
    "state": {"font_color": INK, "indent": 1},
    "title": {"bold": True, "font_size": 16, "font_color": ACCENT},
    "heading 1": {"bold": True, "font_size": 14, "font_color": ACCENT},
    "heading 2": {"bold": True, "font_size": 11, "font_color": ACCENT, "top": 1, "top_color": "#D9DEE2"},
    "big": {"bold": True, "font_size": 14, "font_color": INK, "align": "left"},
    "wrapped": {"font_color": INK, "text_wrap": True, "valign": "top"},
    "hyper": {"font_color": ACCENT, "underline": 1},
}
FONT = {"font_name": "Calibri", "font_size": 10, "valign": "top"}


def properties_of(look: Look, *, is_quoted: bool = False) -> dict[str, Any]:
    """Format properties of a cell; `is_quoted` keeps a text that looks like a formula a text when it is edited."""
    found = {**FONT, **PARTS[look.part], "num_format": FORMS[look.form]}
    return {**found, "quote_prefix": True} if is_quoted else found
