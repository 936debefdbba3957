"""What `greengrid run` says at its end."""

from __future__ import annotations

import json
from pathlib import Path

from greengrid.run_account import account_of_run
from greengrid.summary import Summary
from tests.sample_run import write_sample


def _account(tmp_path: Path, **dispatch: object) -> str:
    content = json.loads((write_sample(tmp_path / "run") / "summary.json").read_text("utf-8"))
    content["dispatch"] |= dispatch
    return account_of_run(Summary.model_validate(content))


def test_what_is_left_to_automatics_says_why(tmp_path: Path) -> None:
    """The rule is a price, not that load would be shed."""
    said = _account(tmp_path, security_cost_usd_real=6e8, outage_rows=210, outage_rows_left=15)
    assert "210 pairs of outage and limit are held" in said
    assert "15 pairs" in said
    assert "relief costs more than consumers who are paid to stand back, or nothing holds them" in said
    assert "shed load" not in said
