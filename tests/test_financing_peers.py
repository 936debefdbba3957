"""The financing engine against NREL PySAM's Single Owner model on the same untaxed plant."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy_financial
import pytest
from test_financing_construction import bank, mix, owner
from test_financing_plans import plain_plan

from financing.package import finance
from financing.result import FinanceResult
from financing.structure import Structure

FOLDER = Path(__file__).parent / "cases" / "pysam_single_owner"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text())
YEARS, REVENUE, OPEX = 25, 0.16 * 100 * 8760, 20_000.0
TENOR = {"rate_pa": 0.05, "tenor_years": 19.0, "grace_years": 1.0}
"""18 years of service after one year of construction."""
MIXES: dict[str, Structure] = {
    "annuity": mix(bank(0.7, repayment="annuity", **TENOR), owner(0.3)),
    "equal_principal": mix(bank(0.6, repayment="equal_principal", **TENOR), owner(0.4)),
    "annuity_reserve": mix(bank(0.7, repayment="annuity", **TENOR), owner(0.3), dsra=6.0),
    "grace": mix(bank(0.7, repayment="annuity", rate_pa=0.05, tenor_years=19.0, grace_years=4.0), owner(0.3)),
    "sculpted": mix(bank(0.95, repayment="sculpted", dscr_target_ratio=2.0, **TENOR), owner(0.05)),
}


def _ours(name: str) -> FinanceResult:
    plan = plain_plan(1e6, (REVENUE,) * YEARS, OPEX)
    return finance(replace(plan, discount_rate_nominal_pa=0.08), MIXES[name])


@pytest.mark.parametrize("name", MIXES)
def test_the_loan_is_the_peers_loan(name: str) -> None:
    """Size, interest, principal and balance of every year."""
    peer, result = EXPECTED[name], _ours(name)
    (loan,) = result.tranches
    debt = float(loan.draw.sum())
    assert debt == pytest.approx(peer["size_of_debt"], rel=1e-6)
    assert loan.interest[1:] == pytest.approx(peer["cf_debt_payment_interest"][1:], abs=1e-6 * debt)
    assert loan.principal[1:] == pytest.approx(peer["cf_debt_payment_principal"][1:], abs=1e-6 * debt)
    assert loan.closing == pytest.approx(np.array(peer["cf_debt_balance"]), abs=1e-6 * debt)


@pytest.mark.parametrize("name", MIXES)
def test_the_owners_get_what_the_peers_owners_get(name: str) -> None:
    """Uses, equity, cover, the owners' flows and their return; the reserve is filled, held and given back alike."""
    peer, result = EXPECTED[name], _ours(name)
    assert result.construction.uses_usd_nominal == pytest.approx(peer["cost_installed"], rel=1e-6)
    assert result.yearly["equity_draw"].sum() == pytest.approx(peer["size_of_equity"], rel=1e-6)
    assert result.measures.cover.least.value == pytest.approx(peer["min_dscr"], rel=1e-6)
    flows = np.array(peer["cf_project_return_aftertax"])
    assert result.yearly["net_equity_cash"][: YEARS + 1] == pytest.approx(flows, abs=0.01)
    found = result.measures.equity_irr_pa.value or 0.0
    assert found == pytest.approx(numpy_financial.irr(flows), abs=1e-8)
    # PySAM's own search for the rate stops earlier.
    assert 100 * found == pytest.approx(peer["project_return_aftertax_irr"], abs=1e-4)


def test_the_peer_gives_the_same_today() -> None:
    """Where the peer is installed, it is asked again."""
    pytest.importorskip("PySAM", reason="extra `peers` is not installed")
    import runpy

    made = runpy.run_path(str(FOLDER / "make_cases.py"))
    for name, terms in made["CASES"].items():
        assert made["solve"](terms)["size_of_debt"] == pytest.approx(EXPECTED[name]["size_of_debt"])


def test_a_construction_loan_costs_what_the_peers_does() -> None:
    """70 % of the cost half drawn on average for two years at 5 %: as all of it drawn for one; 3.5 % of the cost, which
    loan and owners pay for in their shares; then the same term loan."""
    peer = EXPECTED["construction_loan"]
    terms = {"repayment": "annuity", "rate_pa": 0.05, "tenor_years": 20.0, "grace_years": 2.0}
    plan = plain_plan(1e6, (REVENUE,) * YEARS, OPEX, spread=(1.0, 0.0))
    result = finance(plan, mix(bank(0.7, **terms), owner(0.3)))
    assert result.construction.interest.sum() == pytest.approx(peer["cost_installed"] - 1e6, rel=1e-6)
    assert result.construction.uses_usd_nominal == pytest.approx(peer["cost_installed"], rel=1e-6)
    (loan,) = result.tranches
    assert loan.draw.sum() == pytest.approx(peer["size_of_debt"], rel=1e-6)
    assert loan.principal[2:] == pytest.approx(peer["cf_debt_payment_principal"][1:], abs=1.0)
    assert loan.interest[2:] == pytest.approx(peer["cf_debt_payment_interest"][1:], abs=1.0)
    assert result.measures.cover.least.value == pytest.approx(peer["min_dscr"], rel=1e-6)
