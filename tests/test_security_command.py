"""`greengrid security` and the corrective pass, from case to folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from greengrid.case import load_case
from greengrid.errors import BadInput
from greengrid.progress import Reporter
from greengrid.security.command import study_folder
from greengrid.security.study import PARTS, chosen_parts
from greengrid.store import check_digests, read_summary
from greengrid.study import run

DAYS = 'hours="2035-01-10..2035-01-12"'


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days of the tiny case without any AC power flow."""
    folder = tmp_path_factory.mktemp("security") / "run"
    run(load_case("tiny", [DAYS, "ac_hours=0"]), folder)
    return folder


def test_parts_are_named_once_and_unknown_ones_refused() -> None:
    """Every part has a name of its own; a wrong name is bad input that lists the right ones."""
    names = [part.name for part in PARTS]
    assert len(set(names)) == len(names)
    assert chosen_parts(["short-circuit", "ac"]) == tuple(
        part for part in PARTS if part.name in ("ac", "short-circuit")
    )
    with pytest.raises(BadInput, match="short-circuit"):
        chosen_parts(["shortcircuit"])


def test_corrected_losses_ask_for_every_hour() -> None:
    """The corrective pass without the AC year is refused before any work."""
    with pytest.raises(BadInput, match=r"security\.losses"):
        load_case("tiny", ["ac_hours=12", 'security.losses="corrected"'])


@pytest.mark.slow
def test_the_command_leaves_a_whole_folder(finished: Path, tmp_path: Path) -> None:
    """A copy with the study in it: every hour solved, digests right, findings told; the run itself is untouched."""
    before = {path.name: path.read_bytes() for path in finished.glob("*.json")}
    account, count = study_folder(finished, tmp_path / "with", ["ac", "short-circuit"], Reporter(None), replace=False)
    assert "hours_converged" in account
    check_digests(tmp_path / "with")
    security = read_summary(tmp_path / "with").security
    assert security.hours_checked == security.hours_converged == 48
    assert len(security.findings) == count
    hours = pd.read_parquet(tmp_path / "with" / "tables" / "ac_hours.parquet")
    assert len(hours) % 48 == 0
    assert set(security.parts) == {"ac", "short-circuit"}
    assert {path.name: path.read_bytes() for path in finished.glob("*.json")} == before


@pytest.mark.slow
def test_bad_input_writes_nothing(finished: Path, tmp_path: Path) -> None:
    """A folder that is no run and a part that is none: exit 2 and no new folder."""
    for arguments in ([str(tmp_path / "none")], [str(finished), "--parts", "everything"]):
        command = [sys.executable, "-m", "greengrid", "security", *arguments, "-o", str(tmp_path / "new")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "problem" in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_the_corrective_pass_closes_the_gap_of_losses(tmp_path: Path) -> None:
    """Counted with the losses that AC found, the second dispatch's losses differ from the count by a tenth as much."""
    run(load_case("tiny", [DAYS, 'ac_hours="all"', 'security.losses="corrected"']), tmp_path / "run")
    summary = read_summary(tmp_path / "run")
    figures = summary.security.parts["ac"]
    counted = sum(summary.dispatch.loss_estimate_mwh.values())
    assert counted == pytest.approx(figures["loss_estimate_mwh"], rel=1e-6)
    assert abs(figures["gap_mwh"]) < 0.1 * abs(figures["gap_before_correction_mwh"])
    shares = pd.read_parquet(tmp_path / "run" / "tables" / "loss_shares.parquet").set_index("hour_utc")
    assert (shares.to_numpy() >= 0).all()
    assert (shares.to_numpy() < 0.2).all()
