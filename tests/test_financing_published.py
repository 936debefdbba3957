"""Against answers that others have published, and against textbook covers worked with exact fractions."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_financing_construction import bank, mix, owner
from test_financing_plans import plain_plan

from financing.concessionality import grant_element_equal_principal, grant_element_of_terms
from financing.dated import (
    Bond,
    clean_price,
    duration_years,
    modified_duration_years,
    xirr,
    xnpv,
    yield_to_maturity_pa,
)
from financing.metrics import irr, modified_irr, npv
from financing.package import finance

CASES = Path(__file__).with_name("cases")
Arguments = dict[str, Any]


def rows_of(folder: str, file: str) -> list[dict[str, str]]:
    """The rows of a table of a case."""
    with (CASES / folder / file).open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def _bond(at: Arguments) -> tuple[Bond, date]:
    maturity = date.fromisoformat(at["maturity"])
    return Bond(maturity, at["coupon"], at["frequency"], at["day_count"]), date.fromisoformat(at["settlement"])


def _days(at: Arguments) -> list[date]:
    return [date.fromisoformat(day) for day in at["days"]]


FUNCTIONS: dict[str, Callable[[Arguments], float | None]] = {
    "npv": lambda at: npv(at["rate"], np.array(at["flows"], dtype=float)),
    "irr": lambda at: irr(np.array(at["flows"], dtype=float)).value,
    "mirr": lambda at: modified_irr(np.array(at["flows"], dtype=float), at["finance"], at["reinvest"]).value,
    "xnpv": lambda at: xnpv(at["rate"], _days(at), at["flows"]),
    "xirr": lambda at: xirr(_days(at), at["flows"]).value,
    "price": lambda at: clean_price(*_bond(at), at["yield"]),
    "yield": lambda at: yield_to_maturity_pa(*_bond(at), at["price"]).value,
    "duration": lambda at: duration_years(*_bond(at), at["yield"]),
    "mduration": lambda at: modified_duration_years(*_bond(at), at["yield"]),
}


@pytest.mark.parametrize("row", rows_of("finance_published", "functions.csv"), ids=lambda row: row["source"])
def test_a_function_gives_the_published_answer(row: dict[str, str]) -> None:
    """To half a unit of the last digit that is printed."""
    found = FUNCTIONS[row["function"]](json.loads(row["arguments"]))
    assert found == pytest.approx(float(row["answer"]), abs=float(row["tolerance"]))


@pytest.mark.parametrize("row", rows_of("finance_published", "grant_elements.csv"), ids=lambda row: row["loan"])
def test_a_loan_is_as_soft_as_published(row: dict[str, str]) -> None:
    """From the flows of the terms; equal principal also by the closed form."""
    rate, tenor, grace, discount = (
        float(row[name]) for name in ("rate_pa", "tenor_years", "grace_years", "discount_pa")
    )
    percent, tolerance = float(row["percent"]), float(row["tolerance"])
    if row["style"] == "bullet":
        grace = tenor - 0.5
    found = grant_element_of_terms(rate, tenor, grace, style=row["style"], discount_pa=discount, payments_per_year=2)
    assert 100.0 * found == pytest.approx(percent, abs=tolerance)
    if row["style"] == "equal_principal":
        closed = grant_element_equal_principal(rate, tenor, grace + 0.5, discount, 2)
        assert closed == pytest.approx(found, abs=1e-12)


def test_textbook_covers_and_reserve() -> None:
    """DSCR of every year, the least LLCR and PLCR, and the reserve's balance from completion to the last payment."""
    expected = {row["quantity"]: float(row["value"]) for row in rows_of("finance_covers", "expected.csv")}
    loan = bank(1.0, rate_pa=0.08, tenor_years=6.0, grace_years=1.0, repayment="equal_principal")
    plan = plain_plan(86.0, (42.0, 30.0, 38.0, 36.0, 34.0, 33.0, 32.0))
    result = finance(plan, mix(loan, owner(0.0), dsra=6.0))
    assert result.construction.uses_usd_nominal == pytest.approx(100.0)
    assert result.construction.reserve[-1] == pytest.approx(expected["reserve_0"])
    years = range(1, 6)
    assert list(result.measures.cover.ratios[:5]) == pytest.approx([expected[f"dscr_{year}"] for year in years])
    assert result.waterfall.reserve_closing[:5].tolist() == pytest.approx(
        [expected[f"reserve_{year}"] for year in years], abs=1e-9
    )
    assert result.measures.llcr_min_ratio.value == pytest.approx(min(expected[f"llcr_{year}"] for year in years))
    assert result.further["plcr_min_ratio"].value == pytest.approx(min(expected[f"plcr_{year}"] for year in years))
