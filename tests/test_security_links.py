"""`--hvdc full` on a shipped case: the links' circuits confirm what the dispatch counted, and the run says so."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from greengrid.case import load_case
from greengrid.run_account import account_of_run
from greengrid.study import run

pytestmark = pytest.mark.slow

DAY = ['hours="2035-01-10..2035-01-11"', "ac_hours=3", "link.caspian.ramp_max_mw_per_h=400"]


def test_tiny_with_links_as_circuits_agrees_with_injections(tmp_path: Path) -> None:
    """Same hours, voltages within 0.001 pu, losses of each link within a thousandth of its rating; the gap is told."""
    apart = run(load_case("tiny", DAY), tmp_path / "injections")
    full = run(load_case("tiny", [*DAY, 'security.hvdc="full"']), tmp_path / "full")
    assert apart.security.hvdc_gap_max_mw is None
    assert not (tmp_path / "injections" / "tables" / "ac_links.parquet").exists()
    hours = [pd.read_parquet(tmp_path / name / "tables" / "ac_hours.parquet") for name in ("injections", "full")]
    assert hours[0]["hour"].tolist() == hours[1]["hour"].tolist()
    for column in ("voltage_min_pu", "voltage_max_pu"):
        assert (hours[0][column] - hours[1][column]).abs().max() < 1e-3
    links = pd.read_parquet(tmp_path / "full" / "tables" / "ac_links.parquet")
    assert links["converged"].all()
    assert set(links["link"]) == {"caspian", "black_sea"}
    gap_mw = (links["loss_mw"] - links["loss_injected_mw"]).abs().max()
    assert gap_mw < 0.001 * 400
    assert full.security.hvdc_gap_max_mw == pytest.approx(gap_mw)
    assert f"within {gap_mw:.1f} MW" in account_of_run(full)
    assert not [finding for finding in full.security.findings if finding.kind.startswith("hvdc")]
