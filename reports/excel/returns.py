"""Rates of return as cells: a program's own search, then one step of Newton's method, so that all programs agree.

Spreadsheets stop their search at 1e-7 or so; the step takes the rate to the last digits of the flows.
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.excel.expressions import Expression
from reports.excel.functions import choose_if, if_error, is_number, product_sum, rate_of_return
from reports.excel.sheet import Line, Sheet, Single

NONE = "none"


def return_of(
    sheet: Sheet, label: str, cash: Line, number: Line, *, guesses: Sequence[Expression], per_year: Expression
) -> Expression:
    """Effective yearly rate at which a row of flows is worth nothing, or `none`.

    `number` counts the columns from 1, `guesses` are rates per column. Of several searches the first root that is not
    negative counts, else the last one found.
    """
    found = [_searched(sheet, label, place, cash, guess) for place, guess in enumerate(guesses, start=1)]
    chosen: Expression = found[-1]
    for each in reversed(found[:-1]):
        chosen = choose_if(is_number(each), choose_if(each >= 0, each, chosen), chosen)
    rate = (
        found[0]
        if len(found) == 1
        else sheet.single(f"{label}: rate of a period, chosen", "1", chosen, "rate6", part="search")
    )
    powers = choose_if(is_number(rate), (1 + rate) ** (1 - number), 0)
    factor = sheet.line(f"{label}: discount factor", "1", powers, "factor", part="search")
    left = product_sum(cash.whole, factor.whole)
    worth = sheet.single(f"{label}: worth left by the search", "USD", left, "residual", part="search")
    slope = product_sum(cash.whole, factor.whole, number.whole) - worth
    better = rate + worth * (1 + rate) / slope
    return if_error(choose_if(is_number(rate), (1 + better) ** per_year - 1, NONE), NONE)


def _searched(sheet: Sheet, label: str, place: int, cash: Line, guess: Expression) -> Single:
    content = if_error(rate_of_return(cash.whole, guess), NONE)
    return sheet.single(f"{label}: rate of a period, search {place}", "1", content, "rate6", part="search")
