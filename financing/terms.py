"""Lender terms: dated, sourced rows of `terms.csv`, each with its evidence grade and the published wording beside the
numbers chosen from it. Evidence: S read on a public page, M recalled, calc computed from such figures."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from financing.problems import FinancingProblem, FinancingProblems

if TYPE_CHECKING:
    from collections.abc import Mapping

TERMS_FILE = Path(__file__).with_name("terms.csv")
NUMERIC = (
    "rate_low_pa",
    "rate_central_pa",
    "rate_high_pa",
    "tenor_years",
    "grace_years",
    "front_end_fee_frac",
    "commitment_fee_pa",
    "guarantee_fee_pa",
    "issue_cost_frac",
    "dscr_target_ratio",
    "gearing_max_frac",
)


@dataclass(frozen=True, slots=True)
class Term:
    """One row of the terms table. A number that the source does not give is None, never zero.

    Rates are yearly fractions: the contract rate where `base` is "fixed", else the margin over that base rate.
    Grace and tenor count from signing; grace is interest-only and runs at least to the start of operation.
    """

    id: str
    instrument: str
    lender: str
    currency: str
    kind: str
    base: str
    rate_low_pa: float | None
    rate_central_pa: float | None
    rate_high_pa: float | None
    tenor_years: float | None
    grace_years: float | None
    front_end_fee_frac: float | None
    commitment_fee_pa: float | None
    guarantee_fee_pa: float | None
    issue_cost_frac: float | None
    repayment: str
    dscr_target_ratio: float | None
    gearing_max_frac: float | None
    as_published: str
    numbers_chosen: str
    notes: str
    date: str
    evidence: str
    source: str


def _number(text: str, where: str, problems: list[FinancingProblem]) -> float | None:
    if text == "":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        problems.append(FinancingProblem(where, repr(text), "a finite number, or an empty cell where none is known"))
        return None
    return value


def read_terms(path: Path) -> Mapping[str, Term]:
    """Rows of a terms table by id. Raises FinancingProblems for a missing column, a text that is no number, a double
    id, or a row without date, evidence grade or source."""
    columns = list(Term.__dataclass_fields__)
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = [column for column in columns if column not in (reader.fieldnames or [])]
        if missing:
            found = f"no column {', '.join(missing)}"
            raise FinancingProblems([FinancingProblem(path.name, found, f"columns {', '.join(columns)}")])
        rows = list(reader)
    problems: list[FinancingProblem] = []
    terms: dict[str, Term] = {}
    for line, row in enumerate(rows, start=2):
        where = f"{path.name} row {line} ({row['id']})"
        numbers = {name: _number(row[name], f"{where} {name}", problems) for name in NUMERIC}
        empty = [name for name in ("id", "kind", "date", "evidence", "source") if not row[name]]
        if empty:
            problems.append(FinancingProblem(where, f"empty {', '.join(empty)}", "every row dated, graded and sourced"))
        if row["id"] in terms:
            problems.append(FinancingProblem(where, "an id used before", "one row per id"))
        texts = {name: row[name] for name in columns if name not in NUMERIC}
        terms[row["id"]] = Term(**texts, **numbers)  # type: ignore[arg-type]
    if problems:
        raise FinancingProblems(problems)
    return MappingProxyType(terms)


@lru_cache(maxsize=1)
def load_terms() -> Mapping[str, Term]:
    """The shipped terms by id."""
    return read_terms(TERMS_FILE)


def base_rates_pa() -> dict[str, float]:
    """Central reference rates of the shipped table (SOFR, EURIBOR_6M, ...)."""
    return {
        term.id: term.rate_central_pa
        for term in load_terms().values()
        if term.kind == "base_rate" and term.rate_central_pa is not None
    }
