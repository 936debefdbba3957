"""Makes `expected.json` anew with NREL PySAM (extra `peers`): python tests/cases/pysam_single_owner/make_cases.py

A plant of 100 kW all year at 0.16 USD/kWh, 1,000,000 USD at time 0, 20,000 USD a year to run, 25 years, no taxes, no
inflation, no fees: what is left is the arithmetic of loans, reserve and return.
"""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

import PySAM.CbConstructionFinancing as Construction
import PySAM.Singleowner as Singleowner

ZERO = (
    "property_tax_rate", "insurance_rate", "months_working_reserve", "cost_debt_fee", "cost_debt_closing",
    "cost_other_financing", "construction_financing_cost", "reserves_interest", "salvage_percentage",
    "equip1_reserve_cost", "equip2_reserve_cost", "equip3_reserve_cost", "ppa_escalation", "inflation_rate",
)  # fmt: skip
ZERO_ROW = (
    "federal_tax_rate",
    "state_tax_rate",
    "degradation",
    "om_production",
    "om_capacity",
    "itc_fed_percent",
    "ptc_fed_amount",
)
COMMON = {
    "analysis_period": 25, "system_capacity": 1000.0, "gen": [100.0] * 8760, "real_discount_rate": 8.0,
    "total_installed_cost": 1e6, "om_fixed": [20_000.0], "ppa_soln_mode": 1, "ppa_price_input": [0.16],
    "dispatch_tod_factors": [1.0] * 9, "ppa_multiplier_model": 0, "system_use_lifetime_output": 0,
    "term_tenor": 18, "term_int_rate": 5.0, "loan_moratorium": 0, "dscr_reserve_months": 0.0,
}  # fmt: skip
CASES = {
    "annuity": {"debt_option": 0, "debt_percent": 70.0, "payment_option": 0},
    "equal_principal": {"debt_option": 0, "debt_percent": 60.0, "payment_option": 1},
    "annuity_reserve": {"debt_option": 0, "debt_percent": 70.0, "payment_option": 0, "dscr_reserve_months": 6.0},
    "sculpted": {"debt_option": 1, "dscr": 2.0, "dscr_limit_debt_fraction": 0},
    "grace": {"debt_option": 0, "debt_percent": 70.0, "payment_option": 0, "loan_moratorium": 3},
    "construction_loan": {"debt_option": 0, "debt_percent": 70.0, "payment_option": 0},
}
LOANS = {
    "const_per_percent": 70.0,
    "const_per_months": 24.0,
    "const_per_interest_rate": 5.0,
    "const_per_upfront_rate": 0.0,
}
"""Of the case `construction_loan`: 70 % of the cost for two years at 5 %, on average half drawn."""
KEPT = (
    "size_of_debt", "size_of_equity", "cost_installed", "project_return_aftertax_irr", "min_dscr",
    "cf_debt_payment_interest", "cf_debt_payment_principal", "cf_debt_balance", "cf_reserve_debtservice",
    "cf_project_return_aftertax",
)  # fmt: skip


def construction_cost() -> float:
    """Interest of the construction loan, by PySAM's own module."""
    model = Construction.new()
    values = {"total_installed_cost": 1e6}
    for number in range(1, 6):
        values |= {f"{name}{number}": value if number == 1 else 0.0 for name, value in LOANS.items()}
    for name, value in values.items():
        model.value(name, value)
    model.execute()
    return float(model.Outputs.construction_financing_cost)


def solve(terms: dict[str, object]) -> dict[str, object]:
    """One case through the Single Owner model."""
    model = Singleowner.default("CustomGenerationProfileSingleOwner")
    values = {**dict.fromkeys(ZERO, 0.0), **{name: [0.0] for name in ZERO_ROW}, **COMMON, **terms}
    for name, value in values.items():
        model.value(name, value)
    model.execute()
    found = {name: getattr(model.Outputs, name) for name in KEPT}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


if __name__ == "__main__":
    CASES["construction_loan"]["construction_financing_cost"] = construction_cost()
    content = {"version": metadata.version("NREL-PySAM"), **{name: solve(terms) for name, terms in CASES.items()}}
    Path(__file__).with_name("expected.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
