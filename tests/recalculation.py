"""Plans and mixes for the workbook's tests, and the book recalculated by other programs with some inputs changed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl

from financing.compare import compare
from financing.loading import load_structure, structure_from
from financing.plan import CapexItem, Plan, RevenueStream, TaxShare
from financing.result import FinanceResult
from financing.structure import Structure
from greengrid.workbook import mix_of, project_of
from reports.excel.book import sheets_of
from reports.excel.sheet import Sheet
from reports.excel.values import Book, StaticTable

OFFICE = shutil.which("soffice")
ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>
"""


def plan(built: int = 5, worked: int = 22, revenue_usd: float = 520e6) -> Plan:
    """A project with a repair, uneven spending, two countries' tax and a cost at the end."""
    spread = tuple(weight / sum(range(1, built + 1)) for weight in range(1, built + 1))
    opex = [48e6] * worked
    opex[worked // 2] = 160e6
    return Plan(
        name="sample",
        price_base_year=2025,
        construction_first_year=2029,
        operation_first_year=2029 + built,
        operation_years=worked,
        capacity_mw=2000.0,
        availability_frac=0.95,
        received_mwh=(6e6,) * worked,
        losses_usd_real=(7e6,) * worked,
        avoided_tco2=None,
        capex=(
            CapexItem("cable", "sea", 2.4e9, 1.5e9, 3.1e9, spread, "B", "sample"),
            CapexItem("stations", "AZ", 1.1e9, 0.9e9, 1.6e9, spread[::-1], "C", "sample"),
        ),
        opex_usd_real=tuple(opex),
        decommissioning_usd_real=90e6,
        revenue=(
            RevenueStream("charge", "capacity_charge", (revenue_usd,) * worked, 1.0, "shippers", "sample"),
            RevenueStream("side", "ppa_margin", (11e6,) * worked, 0.4, "buyer", "sample"),
        ),
        inflation_pa=0.02,
        tax=(TaxShare("AZ", 0.6, 0.2, 22, 5, "sample"), TaxShare("KZ", 0.4, 0.2, 16, 10, "sample")),
        discount_rate_nominal_pa=0.09,
        affordable_charge_usd_per_mwh=20.0,
        assumptions=(),
    )


def mix(per_year: int, **changes: Any) -> Structure:
    """Grant, a euro loan, a dollar loan and equity; `changes` are keys of the mix file."""
    data: dict[str, Any] = {
        "name": f"mix-{per_year}",
        "title": "A mix",
        "description": "for tests",
        "leg": "caspian",
        "payments_per_year": per_year,
        "draw_order": "pro_rata",
        "dsra_months": 6,
        "maintenance_reserve_years": 2,
        "reserve_interest_pa": 0.03,
        "covenants": {"dscr_min_ratio": 1.2, "lock_up_dscr_ratio": 1.1},
        "currencies": {"EUR": {"appreciation_pa": 0.017, "source": "sample"}},
        "sources": sources_of(per_year),
    }
    return structure_from({**data, **changes})


def sources_of(per_year: int) -> list[dict[str, Any]]:
    """The mix's sources as in a mix file; every tenor ends with a payment."""
    loan = {"rate_pa": 0.05, "commitment_fee_pa": 0.0025, "front_end_fee_frac": 0.01, "guarantee_fee_pa": 0.002}
    tenor = 6.0 + 1.0 / per_year
    return [
        {"name": "Grant", "kind": "grant", "share_frac": 0.1, "currency": "USD", "source": "sample"},
        _loan("Bank", "EUR", 0.3, tenor, 3.0, **loan),
        _loan("Fund", "USD", 0.3, 6.0, 2.0, **{**loan, "rate_pa": 0.02, "repayment": "annuity"}),
        {"name": "Owners", "kind": "equity", "share_frac": 0.3, "target_irr_pa": 0.1, "currency": "USD",
         "source": "sample"},
    ]  # fmt: skip


def _loan(name: str, currency: str, share: float, tenor: float, grace: float, **more: Any) -> dict[str, Any]:
    plain = {"name": name, "kind": "sovereign_loan", "currency": currency, "share_frac": share, "tenor_years": tenor}
    stated = {"grace_years": grace, "on_lending_margin_pa": 0.005, "repayment": "equal_principal", "source": "sample"}
    return {**plain, **stated, **more}


def book(given: Plan, mixes: Sequence[Structure | str]) -> tuple[Book, tuple[FinanceResult, ...]]:
    """The book's values and the model's results."""
    results = compare(given, mixes).results
    empty = StaticTable("Assumptions", "none", ("what", "value"), (("=cmd()", "@x"),))
    values = Book(
        "A book", "sample, 2035", "0" * 64, "0", project_of(given), tuple(map(mix_of, results)), empty, (), "greengrid"
    )
    return values, results


def changed(given: Plan, mixes: Sequence[Structure | str], moves: Mapping[str, float]) -> tuple[Plan, list[Structure]]:
    """What the model is run with where the book's inputs were moved: investment times, points of the first loan's rate
    and of its share, which the owners give up."""
    items = tuple(
        replace(
            each,
            central_usd_real=each.central_usd_real * moves["capex"],
            low_usd_real=each.low_usd_real * moves["capex"],
            high_usd_real=each.high_usd_real * moves["capex"],
        )
        for each in given.capex
    )
    loaded = [each if isinstance(each, Structure) else load_structure(each) for each in mixes]
    return replace(given, capex=items), [_moved(each, moves) for each in loaded]


def _moved(structure: Structure, moves: Mapping[str, float]) -> Structure:
    owned = sum(each.share_frac for each in structure.sources if each.kind == "equity")
    first = next(each.name for each in structure.sources if each.is_debt)
    found = []
    for each in structure.sources:
        if each.name == first:
            rate, share = each.rate_pa + moves["rate"], each.share_frac + moves["share"]
            found.append(replace(each, rate_pa=rate, share_frac=share))
        elif each.kind == "equity":
            found.append(replace(each, share_frac=each.share_frac * (1.0 - moves["share"] / owned)))
        else:
            found.append(each)
    return replace(structure, sources=tuple(found))


def moved_cells(values: Book, moves: Mapping[str, float]) -> dict[tuple[str, str], float]:
    """(sheet, cell) -> value of the inputs to change, found by their names."""
    singles = {each.name: each for sheet in sheets_of(values) for each in sheet.named}
    found = {("Inputs", _plain(singles["capex_factor"].address)): moves["capex"]}
    for each in values.mixes:
        first = next(source for source in each.sources if source.is_debt)
        named = [
            name
            for name in singles
            if name.endswith(("_rate_pa", "_share_frac")) and _is_of(name, each.name, first.name)
        ]
        for name in named:
            move = moves["rate"] if name.endswith("_rate_pa") else moves["share"]
            found["Terms", _plain(singles[name].address)] = float(singles[name].value(0)) + move
    return found


def _is_of(name: str, mix_name: str, source: str) -> bool:
    stem = f"{mix_name}_{source}".lower().replace("-", "_").replace(" ", "_").replace("/", "_").replace("'", "_")
    return name in (f"{stem}_rate_pa", f"{stem}_share_frac")


def _plain(address: str) -> str:
    return address.replace("$", "")


def with_inputs(file: Path, target: Path, cells: Mapping[tuple[str, str], float]) -> Path:
    """The book with other inputs and no cached values."""
    loaded = openpyxl.load_workbook(file)
    for (sheet, cell), value in cells.items():
        loaded[sheet][cell].value = value
    loaded.save(target)
    return target


def recalculated(files: Sequence[Path], folder: Path) -> list[Any]:
    """The files as LibreOffice saves them, every formula worked out again."""
    assert OFFICE is not None
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(ALWAYS_RECALCULATE, encoding="utf-8")
    out = folder / "recalculated"
    command = [
        OFFICE,
        f"-env:UserInstallation=file://{profile}",
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
    ]
    subprocess.run([*command, "--outdir", str(out), *map(str, files)], check=True, capture_output=True, timeout=300)
    return [openpyxl.load_workbook(out / file.name, data_only=True) for file in files]


def measures(page: Any) -> dict[tuple[str, str], object]:
    """(mix, label) -> live value of the sheet Measures."""
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    start = next(number for number, row in enumerate(rows) if row[0] == "Measure")
    names = rows[start]
    found: dict[tuple[str, str], object] = {}
    for row in rows[start + 1 :]:
        if not row[0] or str(row[0]).startswith("As the model"):
            break
        found |= {(str(name), str(row[0])): row[2 + place] for place, name in enumerate(names[2:]) if name}
    return found


def single(sheets: Sequence[Sheet], name: str) -> Any:
    """A named input."""
    return next(each for sheet in sheets for each in sheet.named if each.name == name)
