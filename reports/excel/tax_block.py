"""Profit tax per country with straight-line depreciation and losses carried forward, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reports.excel.expressions import Expression
from reports.excel.functions import choose_if, item, least, most, total
from reports.excel.sheet import Line, Sheet, Single


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One country's terms as cells."""

    country: str
    share: Single
    rate: Single
    depreciation_years: Single
    carry_forward_years: Single


class YearAxis(Protocol):
    """An axis on which years are counted; on one of shorter periods, `number` is the number of the period's year."""

    number: Line
    operating: Line
    construction_years: Single
    operation_years: Single


def tax_lines(
    sheet: Sheet,
    countries: Sequence[TaxRow],
    profit: Expression,
    basis: Expression,
    years: YearAxis,
    *,
    counted: Expression | None = None,
    per_year: Expression | float = 1,
) -> Line:
    """Rows per country, then the tax of each year; `profit` is a year's revenue less opex, interest and fees.

    On an axis of shorter periods all of it stands in the last period of each year, where `counted` is 1.

    Losses are used oldest first and lapse with age, so what is used or lapsed is always the oldest part of all losses
    so far: two running sums do what a table by year of origin would.
    """
    taxes: list[Expression] = []
    at = years.operating if counted is None else counted
    year = years.number - years.construction_years
    for each in countries:
        life = least(each.depreciation_years, years.operation_years)
        written_off = choose_if(year <= life, basis / life, 0)
        income = sheet.line(
            f"{each.country}: share of profit less depreciation", "USD", at * each.share * (profit - written_off)
        )
        losses = sheet.line(f"{each.country}: losses so far", "USD")
        losses.formula = losses.before + most(0, 0 - income)
        lapsed_at = years.number - each.carry_forward_years - 1
        lapsed = choose_if(lapsed_at > 0, item(losses.whole, most(1, lapsed_at * per_year)), 0)
        gone = sheet.line(f"{each.country}: losses used or lapsed", "USD")
        used = least(most(0, income), losses.before - most(gone.before, lapsed))
        gone.formula = choose_if(at.equals(1), most(gone.before, lapsed) + used, gone.before)
        taxable = sheet.line(
            f"{each.country}: taxable income", "USD", choose_if(at.equals(1), most(0, income) - used, 0)
        )
        taxes.append(taxable * each.rate)
    tax = taxes[0] if taxes else total(0)
    for more in taxes[1:]:
        tax = tax + more
    return sheet.line("Profit tax", "USD", tax, summed=True)
