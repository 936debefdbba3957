"""Inputs as a reader writes them: their names and their amounts, by unit."""

from __future__ import annotations

from typing import Any

from reports.language import word
from reports.numbers import JOIN, NOT_APPLICABLE, money, show, significant

CLEARER = {"charge": "contract charge"}
"""Names of inputs that say too little on a page of charges."""


def input_name(name: Any) -> str:
    text = str(name).replace("_", " ")
    return word(CLEARER.get(text, text))


def input_amount(value: Any, unit: Any) -> str:
    """An end of an input's range with its unit; a dash where there is none."""
    if value is None:
        return NOT_APPLICABLE
    if unit == "USD/MWh":
        return show(float(value), "price_usd_per_mwh")
    if unit == "factor":
        return f"\u00d7{significant(float(value))}"
    if unit == "USD real":
        return money(float(value))
    if unit in ("per year", "fraction"):
        return show(float(value), "share_fine_frac") + (f"/{word('a')}" if unit == "per year" else "")
    return f"{significant(float(value), 2)}{JOIN}{word(str(unit))}".rstrip()
