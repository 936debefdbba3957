"""`greengrid doctor`: every part of the work is tried, and what is wrong is said."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from greengrid import doctor
from greengrid.cli import app


@pytest.mark.slow
def test_doctor_finds_this_machine_well() -> None:
    """On a machine where the tests run every check is good, and the small run is certified."""
    result = CliRunner().invoke(app, ["doctor", "--json"])
    checks = json.loads(result.stdout)
    assert [check["what"] for check in checks if not check["good"] and check["what"] != "memory"] == []
    assert "gap" in checks[-1]["found"]


def test_a_broken_part_is_told_and_ends_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that cannot be loaded is one problem with a remedy, exit code 1, and the other checks still stand."""

    def broken() -> doctor.Check:
        raise ImportError("libhighs is missing")

    monkeypatch.setattr(doctor, "_solver", broken)
    monkeypatch.setattr(doctor, "_small_run", lambda: doctor.Check("case to report", True, "left out"))
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "PROBLEM  linear programs" in result.stdout
    assert "libhighs is missing" in result.stdout
    assert "fonts of the report" in result.stdout


def test_too_little_memory_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is free is compared with what a year needs."""
    monkeypatch.setattr(doctor, "YEAR_MEMORY_GB", 1e6)
    assert not doctor._memory().good


def test_the_solver_check_would_see_a_wrong_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that maximises something else does not pass."""
    import highspy

    real = highspy.Highs.maximize
    monkeypatch.setattr(highspy.Highs, "maximize", lambda self, goal: real(self))
    assert not doctor._solver().good
