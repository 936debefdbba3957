"""The command line: exit codes, one clear message for bad input, nothing written, no traceback."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from greengrid.cli import app
from greengrid.summary import Summary


def greengrid(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the command as a user does."""
    command = [sys.executable, "-m", "greengrid", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the small case."""
    folder = tmp_path_factory.mktemp("runs")
    done = greengrid("run", "tiny", "-o", "tiny", folder=folder)
    assert done.returncode == 0, done.stderr
    return folder / "tiny"


def test_cases_are_listed(tmp_path: Path) -> None:
    """Every shipped case stands on a line of its own."""
    done = greengrid("cases", folder=tmp_path)
    assert done.returncode == 0
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert names == sorted(
        ["base", "large-link", "neither", "no-black-sea", "no-link", "no-programme", "small-link", "tiny", "today"]
    )


def test_run_writes_a_whole_result(tiny: Path) -> None:
    """Summary, case, versions, tables and report are there; the summary keeps its contract."""
    summary = Summary.model_validate_json((tiny / "summary.json").read_text())
    assert summary.dispatch.hours == 336
    assert not summary.dispatch.whole_year
    assert summary.dispatch.balance_residual_max_mw < 1e-4
    assert summary.dispatch.gap_frac < 1e-6
    assert summary.dispatch.ens_mwh == pytest.approx(0, abs=1e-3)
    for name, link in summary.links.items():
        received_and_lost = link.received_mwh + link.loss_mwh
        idle = received_and_lost - link.sent_mwh
        assert 0 < idle < 0.01 * link.capacity_mw * 336, name
    assert summary.financing == {}
    assert "part of a year" in summary.financing_note
    assert (tiny / "report.pdf").read_bytes().startswith(b"%PDF")
    assert {"dispatch", "AC power flow", "report"} <= set(summary.timings_s)


@pytest.mark.slow
def test_two_runs_are_the_same(tiny: Path) -> None:
    """A second run gives the same summary, timings aside, and the same bytes of the report."""
    done = greengrid("run", "tiny", "-o", "again", folder=tiny.parent)
    assert done.returncode == 0, done.stderr
    first, second = (json.loads((tiny.parent / name / "summary.json").read_text()) for name in ("tiny", "again"))
    assert first.pop("timings_s").keys() == second.pop("timings_s").keys()
    assert first == second
    assert (tiny / "report.pdf").read_bytes() == (tiny.parent / "again" / "report.pdf").read_bytes()


def test_the_written_case_runs_as_it_stands(tiny: Path) -> None:
    """case.toml of a run is the whole case: it checks, and has the run's digest."""
    done = greengrid("check", str(tiny / "case.toml"), folder=tiny.parent)
    assert done.returncode == 0, done.stderr
    digest = json.loads((tiny / "summary.json").read_text())["case"]["digest"]
    assert digest[:12] in done.stdout


@pytest.mark.slow
def test_report_again_is_the_same(tiny: Path) -> None:
    """The report made again from the folder has the same bytes."""
    done = greengrid("report", str(tiny), "-o", "again.pdf", folder=tiny.parent)
    assert done.returncode == 0, done.stderr
    assert (tiny.parent / "again.pdf").read_bytes() == (tiny / "report.pdf").read_bytes()


def test_strict_counts_findings(tiny: Path) -> None:
    """With --strict a check with warnings ends with 1; without it with 0."""
    assert greengrid("check", "tiny", folder=tiny.parent).returncode == 0
    assert greengrid("check", "tiny", "--strict", folder=tiny.parent).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "nowhere"], "no such case"),
        (["check", "tiny", "--set", "colour=1"], "an unknown key"),
        (["check", "tiny", "--set", "link.caspian.capacity_mw=-5"], "greater than or equal to 0"),
        (["check", "tiny", "--set", "link.caspian.capacity_mw=nan"], "finite"),
        (["check", "tiny", "--set", "year=2031", "--set", "hours=all"], "2031"),
        (["check", "tiny", "--set", "network=nowhere"], "network"),
        (["check", "tiny", "--set", "link.caspian.from_bus=Atlantis 500"], "Atlantis"),
        (["check", "tiny", "--set", "plant.Nowhere.capacity_mw=5"], "an unknown plant"),
        (["check", "tiny", "--set", 'financing.mixes=["gold"]'], "gold"),
        (["check", "tiny", "--set", "prices.fuel_usd_per_mwh_th={ 'gaz.KZ' = 5 }"], "gaz.KZ"),
        (["run", "tiny", "-o", "out", "--hours", "2035-13-01..2035-01-02"], "two dates"),
        (["report", "empty"], "summary.json"),
        (["finance", "empty"], "no plan"),
        (["finance", "empty", "--mixes", ","], "all or names"),
        (["schema", "report"], "expected summary, case, plan, mix, limits"),
        (["new", "a/b"], "letters"),
    ],
)
def test_bad_input_is_one_clear_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    """Exit code 2, the problem named, no traceback, nothing written."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2, done.output
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_an_unwritable_folder_is_known_before_the_work(tmp_path: Path) -> None:
    """Writing below a file is refused at once."""
    (tmp_path / "file").write_text("x")
    done = greengrid("run", "tiny", "-o", "file/out", folder=tmp_path)
    assert done.returncode == 2
    assert "not writable" in done.stderr


def test_a_broken_table_is_named(tmp_path: Path) -> None:
    """A NaN and a missing column in a user's tables are said with file and row."""
    from networks.tables import shipped_sets

    own = tmp_path / "own"
    shutil.copytree(shipped_sets()["tiny"], own)
    lines = (own / "lines.csv").read_text().splitlines()
    header = lines[0].split(",")
    row = lines[1].split(",")
    row[header.index("length_km")] = "nan"
    (own / "lines.csv").write_text("\n".join([lines[0], ",".join(row), *lines[2:]]) + "\n")
    plants = (own / "plants.csv").read_text().replace("capacity_mw", "capacity", 1)
    (own / "plants.csv").write_text(plants)
    done = greengrid("check", "tiny", "--set", f"network={own}", folder=tmp_path)
    assert done.returncode == 2
    assert "lines.csv" in done.stderr
    assert "plants.csv" in done.stderr
    assert "capacity_mw" in done.stderr


def test_schemas_are_json(tmp_path: Path) -> None:
    """All schemas print as JSON."""
    for what in ("summary", "case", "plan"):
        assert json.loads(greengrid("schema", what, folder=tmp_path).stdout)["type"] == "object"


def test_finance_draws_the_risk_of_a_mix() -> None:
    """A plan of one's own, 200 draws: the probabilities are printed and stand in the JSON; no draws, no risk."""
    plan = str(Path(__file__).parent / "cases" / "plan_example" / "plan.toml")

    def printed(*more: str) -> str:
        return CliRunner().invoke(app, ["finance", plan, "--mixes", "blended", *more]).stdout

    assert "Risk over 200 draws, seed 1" in printed("--draws", "200")
    found = json.loads(printed("--draws", "200", "--json"))["blended"]["risk"]
    assert 0.0 <= found["default_probability_frac"] <= found["breach_probability_frac"] <= 1.0
    assert "risk" not in json.loads(printed("--json"))["blended"]


@pytest.mark.slow
def test_results_as_json(tmp_path: Path) -> None:
    """cases, check and run print one JSON value; that of run is summary.json."""
    runner = CliRunner()
    titles = json.loads(runner.invoke(app, ["cases", "--json"]).stdout)
    assert titles["tiny"].startswith("Eight buses")
    assert json.loads(runner.invoke(app, ["check", "tiny", "--json"]).stdout)["text"].startswith("tiny:")
    hours = ["--hours", "2035-01-10..2035-01-11", "--set", "ac_hours=0"]
    done = runner.invoke(app, ["run", "tiny", "-o", str(tmp_path / "run"), "--json", *hours])
    told, written = (json.loads(text) for text in (done.stdout, (tmp_path / "run" / "summary.json").read_text("utf-8")))
    assert {**told, "timings_s": 0} == {**written, "timings_s": 0}


def test_every_command_that_prints_a_result_has_json() -> None:
    """All but those that only write files or print a schema or version."""
    import typer.main

    group: Any = typer.main.get_command(app)
    only_files = {"new", "report", "map", "weather", "export", "import-net", "view", "schema", "version"}
    without = {
        name
        for name, command in group.commands.items()
        if not any("--json" in parameter.opts for parameter in command.params)
    }
    assert without == only_files
