"""The shipped cases `base` and `today`, run once each from the command line as a user does."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from greengrid.store import read_hourly, read_rows
from greengrid.summary import Summary

pytestmark = pytest.mark.slow


def _run(case: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "greengrid", "run", case, "-o", case]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return folder / case


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of `base`."""
    return _run("base", tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of `today`."""
    return _run("today", tmp_path_factory.mktemp("today"))


def _summary(folder: Path) -> Summary:
    return Summary.model_validate_json((folder / "summary.json").read_text())


def test_base_is_optimal_and_balanced(base: Path) -> None:
    """The year's gap is below 1e-6 and every area balances in every hour."""
    dispatch = _summary(base).dispatch
    assert dispatch.whole_year
    assert dispatch.hours == 8760
    assert dispatch.gap_frac < 1e-6
    assert dispatch.lower_bound_usd_real <= dispatch.objective_usd_real
    assert dispatch.balance_residual_max_mw < 1e-4


def test_base_conserves_energy(base: Path) -> None:
    """Over the whole grid, generation and imports cover demand, links' losses, charging and exports in every hour."""

    def total(name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        return read_hourly(base, name).values.sum(axis=1)

    made = total("generation") + total("import") + total("links_received") + total("shed")
    gone = total("demand") + total("charge") + total("export") + total("links_sent") + total("links_idle")
    # Tables are stored in single precision: about 60 GW to seven digits.
    np.testing.assert_allclose(made - total("dumped"), gone, atol=0.1)


def test_base_links_add_up(base: Path) -> None:
    """Sent and idle draw equal received and lost, on each link."""
    for link in _summary(base).links.values():
        assert link.sent_mwh == pytest.approx(link.sent_forward_mwh + link.sent_reverse_mwh)
        assert link.received_mwh < link.sent_mwh
        assert link.loss_mwh == pytest.approx(
            link.sent_mwh - link.received_mwh + 2 * 0.001 * link.capacity_mw * 8760, rel=1e-6
        )


def test_base_ac_hours_solve(base: Path) -> None:
    """Every hour of the base year has an AC solution up to 1.10 pu; a voltage below 0.90 pu is a finding."""
    security = _summary(base).security
    assert security.hours_checked == 8760
    assert security.hours_converged == security.hours_checked
    assert security.voltage_min_pu is not None
    assert security.voltage_max_pu is not None
    assert 0.87 <= security.voltage_min_pu < security.voltage_max_pu <= 1.10
    low = [found for found in read_rows(base, "findings") if found["kind"] == "voltage_low"]
    assert bool(low) == (security.voltage_min_pu < 0.90)


def test_base_financing_answers(base: Path) -> None:
    """Four mixes; the worth before financing is one number; every mix says whether it passes and why."""
    mixes = _summary(base).financing
    assert set(mixes) == {"concessional", "sovereign", "green-bond", "blended"}
    assert len({mix.npv_prefinance_usd_nominal for mix in mixes.values()}) == 1
    for mix in mixes.values():
        assert mix.required_charge_usd_per_mwh is not None
        assert mix.affordable_charge_usd_per_mwh is not None
        assert mix.verdict_test
        if mix.affordable_charge_usd_per_mwh < mix.required_charge_usd_per_mwh:
            assert mix.verdict == "fails"


def test_finance_alone_gives_the_same(base: Path) -> None:
    """`finance` on the finished run repeats the summary's figures for its mixes and takes the others."""
    command = [sys.executable, "-m", "greengrid", "finance", str(base), "--mixes", "all", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert len(found) == 8
    for name, mix in _summary(base).financing.items():
        assert found[name]["required_charge_usd_per_mwh"] == pytest.approx(mix.required_charge_usd_per_mwh)


def test_today_serves_the_published_demand(today: Path) -> None:
    """Demand of 2025 equals the sourced figures (Nakhchivan, apart in 2025, taken off) and is served."""
    dispatch = _summary(today).dispatch
    assert dispatch.demand_mwh["KZ"] == pytest.approx(124.5e6, rel=1e-6)
    assert dispatch.demand_mwh["UZ"] == pytest.approx(86.7e6, rel=1e-6)
    assert dispatch.demand_mwh["AZ"] == pytest.approx((27.17 - 0.54) * 1e6, rel=2e-3)
    assert dispatch.ens_mwh < 1e-4 * sum(dispatch.demand_mwh.values())


MIX_2025 = Path(__file__).parent / "cases" / "grid_facts" / "mix_2025.csv"
FUELS = {
    "coal": ("coal", "coal_chp"),
    "gas": ("gas_ccgt", "gas_chp", "gas_ocgt", "gas_steam", "gas_engine", "fuel_oil_chp"),
    "renewable": ("hydro_reservoir", "hydro_ror", "solar", "wind_onshore", "wind_offshore"),
}


def _mix_2025() -> list[dict[str, str]]:
    with MIX_2025.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("fact", _mix_2025(), ids=lambda fact: f"{fact['country']} {fact['fuel']}")
def test_today_makes_the_published_mix(today: Path, fact: dict[str, str]) -> None:
    """The share of each fuel in each country's generation of 2025 lies within 3 points of the published one."""
    made = _summary(today).dispatch.generation_mwh[fact["country"]]
    total = sum(value for technology, value in made.items() if technology not in ("battery", "pumped_storage"))
    share = sum(made.get(name, 0.0) for name in FUELS[fact["fuel"]]) / total
    assert float(fact["tolerance_frac"]) <= 0.03
    assert share == pytest.approx(float(fact["share_frac"]), abs=float(fact["tolerance_frac"])), fact["source"]


MADE_2025_TWH = {"KZ": 123.1, "UZ": 86.7, "AZ": 28.4, "GE": 13.8}
"""Published generation; sources in mix_2025.csv and demand.csv. Azerbaijan: 2024 and nine months of 2025, the same."""


@pytest.mark.parametrize("country", MADE_2025_TWH)
def test_today_makes_what_was_made(today: Path, country: str) -> None:
    """Generation of 2025 lies within 4 % of the published total: trade is as it was, too."""
    made = _summary(today).dispatch.generation_mwh[country]
    assert sum(made.values()) / 1e6 == pytest.approx(MADE_2025_TWH[country], rel=0.04)


def test_today_has_no_links_and_no_financing(today: Path) -> None:
    """Without links the summary says so, and there is still a report."""
    summary = _summary(today)
    assert summary.links == {}
    assert summary.financing == {}
    assert summary.financing_note
    assert (today / "report.pdf").read_bytes().startswith(b"%PDF")
