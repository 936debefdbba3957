"""Sheets about all mixes: measures side by side, checks, and what the model wrote as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.excel.drawdown import sum_of
from reports.excel.expressions import Expression
from reports.excel.functions import absolute, choose_if, is_number, most
from reports.excel.mix_sheet import Check, MixSheet
from reports.excel.project_sheets import Operation
from reports.excel.sheet import Look, Sheet, Single
from reports.excel.values import Mix, StaticTable

TOLERANCE_FRAC = 1e-9
TIED = ("dscr_min_year",)
"""Where years tie, rounding picks one in the model and the first is taken here: no change is told of it."""
LABEL, UNIT, FIRST_MIX = 0, 1, 2
NUMBERS_FROM = 2
"""First column of numbers on the sheet of checks."""
LIVE: tuple[tuple[str, str, str, str], ...] = (
    ("capex_usd_nominal", "Investment", "USD", "money"),
    ("uses_usd_nominal", "Sum of uses", "USD", "money"),
    ("npv_prefinance_usd_nominal", "Worth before financing", "USD", "money"),
    ("project_irr_pa", "Rate of return before financing", "1/year", "rate"),
    ("lcot_usd_per_mwh", "Levelised cost of transmission", "USD/MWh real", "price"),
    ("npv_usd_nominal", "Worth at the mix's own cost of capital", "USD", "money"),
    ("cost_of_capital_pa", "Cost of capital", "1/year", "rate"),
    ("equity_npv_usd_nominal", "Worth to the owners", "USD", "money"),
    ("equity_irr_pa", "Return of the owners", "1/year", "rate"),
    ("dscr_min_ratio", "Least DSCR", "x", "ratio"),
    ("dscr_min_year", "First year of the least DSCR", "year", "year"),
    ("dscr_average_ratio", "Average DSCR", "x", "ratio"),
    ("llcr_min_ratio", "Least LLCR", "x", "ratio"),
    ("plcr_min_ratio", "Least PLCR", "x", "ratio"),
    ("average_life_years", "Average life of the loans", "years", "years"),
    ("grant_element_frac", "Grant element of the package at 5 %", "1", "share"),
    ("grant_element_dac_frac", "Grant element at the borrowers' DAC rates", "1", "share"),
    ("subsidy_usd_nominal", "Grants and soft parts of loans", "USD", "money"),
    ("subsidy_usd_nominal_per_mwh", "The same per delivered MWh", "USD/MWh", "price"),
    ("mobilisation_ratio", "Private money per dollar of grants and concessional loans", "1", "ratio"),
    ("default_periods", "Periods in default", "1", "count"),
    ("least_margin", "Least margin of covers and return", "1", "rate6"),
    ("passes", "Covers and return at this revenue", "", "general"),
)
STATIC: tuple[tuple[str, str, str, str], ...] = (
    ("required_charge_usd_per_mwh", "Charge that the mix requires", "USD/MWh real", "price"),
    ("affordable_charge_usd_per_mwh", "Charge that the export chain can afford", "USD/MWh real", "price"),
    ("extra_grant_frac", "Further grant that closes the gap, of uses", "1", "share"),
    ("extra_grant_usd_nominal", "Further grant that closes the gap", "USD", "money"),
    ("verdict", "Verdict", "", "general"),
    ("verdict_test", "Test that decides", "", "general"),
)


def project_measures(operation: Operation) -> dict[str, Single]:
    """Measures that are the same for every mix."""
    assert operation.capex.sum is not None
    return {
        "capex_usd_nominal": operation.capex.sum, "npv_prefinance_usd_nominal": operation.npv,
        "project_irr_pa": operation.irr, "lcot_usd_per_mwh": operation.lcot,
    }  # fmt: skip


@dataclass
class Measures:
    """Live cells by mix and key."""

    live: dict[tuple[str, str], Single]


def measures_sheet(sheet: Sheet, mixes: Sequence[tuple[Mix, MixSheet | None]], operation: Operation | None) -> Measures:
    """Live figures, the model's figures as the book was written, and what an input changed since."""
    shared = {} if operation is None else project_measures(operation)
    live: dict[tuple[str, str], Single] = {}
    _head(sheet, "Live: these follow every input", mixes)
    for key, label, unit, form in LIVE:
        _label(sheet, label, unit)
        for place, (mix, made) in enumerate(mixes):
            if made is None:
                sheet.put(FIRST_MIX + place, "not in the workbook", Look(part="note"))
                continue
            source: Expression = made.closed.uses if key == "uses_usd_nominal" else {**shared, **made.measures}[key]
            live[mix.name, key] = sheet.value_at(FIRST_MIX + place, source, form)
        sheet.row += 1
    _head(sheet, "As the model gave them when this book was written", mixes)
    given = _static_rows(sheet, mixes, LIVE)
    _head(sheet, "Change since: 0 until an input is changed", mixes)
    for key, label, unit, form in LIVE:
        _label(sheet, label, unit)
        for place, (mix, _) in enumerate(mixes if key not in TIED else ()):
            now, then = live.get((mix.name, key)), given.get((mix.name, key))
            if now is not None and then is not None:
                moved = choose_if(is_number(now), now - then, "no longer a number")
                scale = TOLERANCE_FRAC * most(1, absolute(then))
                shown = choose_if(is_number(now), choose_if(absolute(now - then) > scale, now - then, 0), moved)
                sheet.put(FIRST_MIX + place, shown, Look(form))
        sheet.row += 1
    _head(sheet, "Searched by the model; not recalculated here", mixes)
    _static_rows(sheet, mixes, STATIC)
    for line in _SEEKING:
        sheet.note(line)
    sheet.widths = {LABEL: 52, UNIT: 13} | {FIRST_MIX + place: 18 for place in range(len(mixes))}
    sheet.freeze = (2, 2)
    return Measures(live)


_SEEKING = (
    "The charge that a mix requires is a search. To repeat it: let Goal Seek bring the mix's least margin to 0 by the",
    "input charge_usd_per_mwh. At the charge above, set there, the least margin is 0 within 1e-6.",
    "Where the model finds several rates of return it gives none and says so; the live cell then shows the one that is",
    "nearest to the terms.",
)


def _head(sheet: Sheet, words: str, mixes: Sequence[tuple[Mix, MixSheet | None]]) -> None:
    sheet.heading(words)
    sheet.put(LABEL, "Measure", Look(part="head"))
    sheet.put(UNIT, "Unit", Look(part="head"))
    for place, (mix, _) in enumerate(mixes):
        sheet.put(FIRST_MIX + place, mix.name, Look(part="head right"))
    sheet.row += 1


def _label(sheet: Sheet, label: str, unit: str) -> None:
    sheet.put(LABEL, label, Look(part="label"))
    sheet.put(UNIT, unit, Look(part="unit"))


def _static_rows(
    sheet: Sheet, mixes: Sequence[tuple[Mix, MixSheet | None]], rows: Sequence[tuple[str, str, str, str]]
) -> dict[tuple[str, str], Single]:
    found: dict[tuple[str, str], Single] = {}
    for key, label, unit, form in rows:
        if not any(key in mix.measures for mix, _ in mixes):
            continue
        _label(sheet, label, unit)
        for place, (mix, _) in enumerate(mixes):
            value = mix.measures.get(key)
            reason = mix.measures.get(f"{key}_reason") or "not computed"
            if isinstance(value, str) or value is None:
                sheet.put(FIRST_MIX + place, value if isinstance(value, str) else f"none: {reason}", Look(part="note"))
            else:
                found[mix.name, key] = sheet.value_at(FIRST_MIX + place, float(value), form, part="given")
        sheet.row += 1
    return found


def checks_sheet(sheet: Sheet, groups: Sequence[tuple[str, Sequence[Check]]], failing: Single) -> None:
    """Every check with its residual and its state; the sum stands on top of every sheet."""
    sheet.row = 3
    sheet.note("A residual within a billionth of what it is measured by counts as zero. The sum must be 0.")
    for column, title in enumerate(("Sheet", "What must be zero", "Residual", "Measured by", "Fails (0: holds)")):
        sheet.put(column, title, Look(part="head" if column < NUMBERS_FROM else "head right"))
    sheet.row += 1
    states: list[Single] = []
    for where, checks in groups:
        for each in checks:
            sheet.put(0, where, Look(part="label"))
            sheet.put(1, each.what, Look(part="label"))
            residual = sheet.value_at(2, each.cell, "residual", part="check")
            scale = sheet.value_at(3, each.scale, "money")
            fails = choose_if(absolute(residual) > TOLERANCE_FRAC * most(1, absolute(scale)), 1, 0)
            states.append(sheet.value_at(4, fails, "count", part="total"))
            sheet.row += 1
    failing.content = sum_of([_block(states)]) if states else failing.content
    sheet.widths = {0: 26, 1: 70, 2: 14, 3: 16, 4: 16}


def _block(states: list[Single]) -> Expression:
    from reports.excel.functions import total
    from reports.excel.sheet import Block

    return total(Block(tuple(states)))


def static_tables(sheet: Sheet, tables: Sequence[StaticTable]) -> None:
    """Tables of the model, without formulas; one of many columns stands on its side."""
    for table in tables:
        sheet.heading(table.title)
        sheet.note(table.note)
        if len(table.columns) > COLUMNS_MAX:
            _on_its_side(sheet, table)
            continue
        for column, title in enumerate(table.columns):
            sheet.put(column, title, Look(part="head"))
        sheet.row += 1
        for row in table.rows:
            for column, value in enumerate(row):
                _static_cell(sheet, column, table.columns[column], value)
            sheet.row += 1
    lengthy = [column for table in tables for column, title in enumerate(table.columns) if title in LENGTHY]
    sheet.widths = {0: 34, 1: 34} | dict.fromkeys(range(2, COLUMNS_MAX), 18.0) | dict.fromkeys(lengthy, 70.0)


def _on_its_side(sheet: Sheet, table: StaticTable) -> None:
    """A column of the table as a row."""
    for place, title in enumerate(table.columns):
        sheet.put(0, title, Look(part="label" if place else "head"))
        for column, row in enumerate(table.rows, start=1):
            _static_cell(sheet, column, title, row[place])
        sheet.row += 1


def _static_cell(sheet: Sheet, column: int, title: str, value: float | str | None) -> None:
    if isinstance(value, str):
        sheet.put(column, value, Look(part="source"))
    elif value is not None:
        sheet.put(column, value, Look(_form_of(title), "given"))


COLUMNS_MAX = 14
LENGTHY = ("source", "note", "not_varied")
"""Columns of sentences."""
FORMS_BY_ENDING = (
    ("year", "year"), ("_pa", "rate"), ("_ratio", "ratio"), ("_frac", "share"), ("_per_mwh", "price"),
)  # fmt: skip


def _form_of(title: str) -> str:
    if "usd_nominal" in title or "usd_real" in title:
        return "price" if title.endswith(("_per_mwh", "_per_tco2")) else "money"
    return next((form for ending, form in FORMS_BY_ENDING if title.endswith(ending)), "general")
