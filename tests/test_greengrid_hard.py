"""A hard user at the command line: odd files and values, interrupts, damage. One clear message, nothing half-made."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from greengrid.case import load_case
from greengrid.cli import app
from greengrid.errors import BadInput, CalculationFailed
from greengrid.lock import locked
from greengrid.plans import read_plan
from greengrid.run_account import account_of_run
from greengrid.store import check_digests, read_summary, writing

EXAMPLE = Path(__file__).parent / "cases" / "plan_example"
A_DAY = ("--hours", "2035-01-10..2035-01-11", "--set", "ac_hours=0")
BARE = ("--set", "link.caspian.capacity_mw=0", "--set", "link.black_sea.capacity_mw=0")
ODD = '# $x$ [a](b) <script> =cmd() @ref *b* _i_ #import "x" Қ Ə ə ğ ı 中文 😀 العربية'


def greengrid(*arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a command run in this process."""
    done = CliRunner().invoke(app, list(arguments))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day without links and without AC, under a title made to break a layout, in a folder with an odd name."""
    folder = tmp_path_factory.mktemp("runs") / "кейс с пробелом"
    title = f"title={json.dumps(ODD, ensure_ascii=False)}"
    code, out, errors = greengrid("run", "tiny", "-o", str(folder), *A_DAY, *BARE, "--set", title)
    assert code == 0, errors
    assert "no HVDC link is built" in out
    return folder


def test_a_run_without_links_is_whole(bare: Path) -> None:
    """Links and financing are empty, the reason stands beside, the report is there and nothing else lies around."""
    summary = read_summary(bare)
    assert (summary.links, summary.financing) == ({}, {})
    assert "no link" in summary.financing_note
    assert summary.case.title == ODD
    assert (bare / "report.pdf").read_bytes().startswith(b"%PDF")
    assert [path.name for path in bare.parent.iterdir()] == [bare.name]
    assert "AC power flow: none asked for" in account_of_run(summary)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda folder: (folder / "summary.json").write_bytes(b"\x00garbage"), "summary.json"),
        (lambda folder: (folder / "summary.json").write_text("{}"), "summary of version 1"),
        (lambda folder: (folder / "tables" / "buses.parquet").unlink(), "buses.parquet"),
        (lambda folder: (folder / "tables" / "demand.parquet").write_bytes(b"PAR1"), "demand.parquet"),
        (lambda folder: (folder / "case.toml").write_text("name = 1"), "case.toml"),
        (lambda folder: (folder / "digests.json").write_text("[" * 100_000), "digests.json"),
    ],
)
def test_a_damaged_run_is_refused(bare: Path, tmp_path: Path, change, named: str) -> None:  # type: ignore[no-untyped-def]
    """A file that is gone or not what the run wrote is named, and no report is made of it."""
    folder = tmp_path / "run"
    shutil.copytree(bare, folder)
    change(folder)
    code, _, errors = greengrid("report", str(folder), "-o", str(tmp_path / "new.pdf"))
    assert (code, named in errors) == (2, True), errors
    assert not (tmp_path / "new.pdf").exists()


def test_finance_says_why_a_run_has_no_plan(bare: Path) -> None:
    """The reason of the run itself is repeated."""
    code, _, errors = greengrid("finance", str(bare))
    assert code == 2
    assert "no link of the project is built" in errors


def test_a_part_of_the_files_can_be_checked(bare: Path, tmp_path: Path) -> None:
    """Damage elsewhere does not matter to who asks for one file."""
    folder = tmp_path / "run"
    shutil.copytree(bare, folder)
    (folder / "tables" / "buses.parquet").unlink()
    check_digests(folder, only=["case.toml"])
    with pytest.raises(BadInput, match=r"buses\.parquet"):
        check_digests(folder)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("link.caspian.capacity_mw=true", "found true; expected a number"),
        ('link.caspian.capacity_mw="1500"', "Leave the quotes out"),
        ("link.caspian.capacity_mw=1500,5", "decimal point"),
        ("link.caspian.capacity_mw=1e308", "less than or equal to 20000"),
        ("link.caspian.capacity_mw=1e-320", "at least 1"),
        ("link.caspian.voltage_kv=1e308", "1200"),
        ("link.caspian.station_full_loss_frac=0.8%", "0.008 for 0.8 %"),
        ("project.inflation_pa=2", "write 0.02"),
        ("link.caspian.from_bus=AZ_Navahi 500", "two different buses"),
        ("link.caspain.capacity_mw=5", 'Did you mean "caspian"'),
        ("link.caspian=5", "a table of keys"),
        ("link={}", "changes nothing"),
        ("project.links=caspian", "a list"),
        ('project.links=["caspian","caspian"]', "each name once"),
        ("extends=today", "in a file only"),
        ("hours=soon", "first and day after the last"),
        ("weather.seed=99999999999999999999", "less than or equal to"),
        ("year=2035\nname='x'", "on one line"),
        ("plant.Tupkaragan wind.capacity_mw=0", "stands in quotes"),
        ("prices.market_level.XX=low", "unknown market"),
        ('weather.files={demand="nowhere.csv"}', "nowhere.csv"),
        ('title="a\\u0007b"', "control characters"),
        ("title=" + "[" * 10_000, "title"),
        ("network=" + "x" * 300, "a folder of tables"),
    ],
)
def test_one_wrong_override_is_one_problem(override: str, expected: str) -> None:
    """Each is refused with what would be right, in one problem."""
    code, _, errors = greengrid("check", "tiny", "--set", override)
    assert code == 2, errors
    assert errors.startswith("One problem")
    assert expected in errors


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "19 keys missing"),
        (b"a=" + b"[" * 5000 + b"]" * 5000, "nested too deeply"),
        (b"#" * 1_000_001, "more than 1,000,000 bytes"),
        ('extends="tiny"'.encode("utf-16"), "UTF-8"),
        (b'extends="tinny"', 'Did you mean "tiny"'),
        (b"year=" + b"9" * 5000, "not TOML"),
    ],
)
def test_files_that_are_no_case(tmp_path: Path, content: bytes, expected: str) -> None:
    """Empty, nested, huge and foreign files end in one problem."""
    path = tmp_path / "case.toml"
    path.write_bytes(content)
    code, _, errors = greengrid("check", str(path))
    assert (code, errors.startswith("One problem"), expected in errors) == (2, True, True), errors


def test_names_that_are_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder, a name too long for any disk, and a case written here but named without its ending."""
    monkeypatch.chdir(tmp_path)
    assert "a folder" in greengrid("check", ".")[2]
    assert "unreadable" in greengrid("check", "x" * 5000)[2]
    assert greengrid("new", "mine")[0] == 0
    assert 'Did you mean "mine.toml"' in greengrid("check", "mine")[2]


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """Some editors put one before UTF-8 text."""
    path = tmp_path / "case.toml"
    path.write_bytes(b'\xef\xbb\xbfextends="tiny"\nname="mark"\n')
    assert load_case(path).name == "mark"


@pytest.mark.parametrize("target", [".", "", "/", "..", "file", "file/below"])
def test_places_that_no_run_can_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    """The folder one stands in, one around it, a file: each is bad input, before any work, and nothing is written."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "file").write_text("x")
    monkeypatch.chdir(home)
    code, _, errors = greengrid("run", "tiny", "-o", target)
    assert (code, "One problem" in errors) == (2, True), errors
    assert [path.name for path in tmp_path.rglob("*")] == ["home", "file"]


@pytest.mark.skipif(not Path("/proc").is_mount(), reason="needs a volume that is always there")
def test_a_volume_cannot_be_replaced(tmp_path: Path) -> None:
    """The top of a mounted disk is said before the work, not after it."""
    with pytest.raises(BadInput, match="disk or volume"), writing(Path("/proc"), replace=True):
        pass


def test_a_full_disk_is_a_failed_calculation(tmp_path: Path) -> None:
    """No space left is said as such, and the half is removed."""
    with pytest.raises(CalculationFailed, match="No space"), writing(tmp_path / "run", replace=False):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert list(tmp_path.iterdir()) == []


def test_a_failure_takes_its_parent_folders_along(tmp_path: Path) -> None:
    """Folders made on the way to the target go when the run fails."""
    with pytest.raises(ZeroDivisionError), writing(tmp_path / "a" / "b" / "run", replace=False):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_two_runs_cannot_write_to_one_place(tmp_path: Path) -> None:
    """The second is told at once; the first goes on and ends well."""
    target = tmp_path / "run"
    with writing(target, replace=False):
        command = [sys.executable, "-m", "greengrid", "run", "tiny", "-o", str(target), *A_DAY]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, "another run" in done.stderr) == (2, True), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_lock_left_behind_does_not_block(tmp_path: Path) -> None:
    """A file without a holder is taken over and removed."""
    (tmp_path / "lock").write_text("")
    with locked(tmp_path / "lock", tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_killed_replacement_comes_back(tmp_path: Path) -> None:
    """A run killed between its two renames leaves the old result aside and its own half: the old one is restored."""
    (tmp_path / ".run.old").mkdir()
    (tmp_path / ".run.old" / "summary.json").write_text("old")
    (tmp_path / ".run.partial").mkdir()
    with pytest.raises(BadInput, match="not empty"), writing(tmp_path / "run", replace=False):
        pass
    assert (tmp_path / "run" / "summary.json").read_text() == "old"


@pytest.mark.skipif(sys.platform == "win32", reason="signals as on POSIX")
@pytest.mark.parametrize("delay_s", [0.6, 2.0])
def test_an_interrupt_leaves_nothing(tmp_path: Path, delay_s: float) -> None:
    """Ctrl-C ends in 130 within a second or two, with one line and an untouched folder."""
    command = [sys.executable, "-m", "greengrid", "run", "tiny", "-o", "a/b"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(delay_s)
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130, errors
    assert errors.rstrip().endswith("Stopped. Nothing was written.")
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


def test_the_example_plan_is_financed() -> None:
    """A hand-written plan and mix work; the worth before financing equals the sum worked out here.

    10 years' steps in nominal money: capex at the index of its year, then revenue less opex less tax at 20 % on what
    remains after straight-line depreciation of the nominal capex over 20 years; discounted at 8 % to 2030.
    """
    mixes = f"blended,{EXAMPLE / 'mix.toml'}"
    code, out, errors = greengrid("finance", str(EXAMPLE / "plan.toml"), "--mixes", mixes, "--json")
    assert code == 0, errors
    found = json.loads(out)
    capex = [400e6 * 1.02**5, 600e6 * 1.02**6]
    worth = -capex[0] - capex[1] / 1.08
    for year in range(25):
        cash = 130e6 * 1.02 ** (7 + year)
        tax = 0.2 * (cash - (sum(capex) / 20 if year < 20 else 0.0))
        worth += (cash - tax) / 1.08 ** (2 + year)
    for name in ("blended", "mine"):
        assert found[name]["npv_prefinance_usd_nominal"] == pytest.approx(worth, rel=1e-9)


def test_a_wrong_plan_says_all(tmp_path: Path) -> None:
    """An unknown key, NaN and missing keys are named together."""
    path = tmp_path / "plan.toml"
    text = (EXAMPLE / "plan.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("capacity_mw", "capacity", 1).replace("20_000_000.0", "nan"), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_plan(path)
    places = {problem.where.rpartition(", ")[2] for problem in caught.value.problems}
    assert {"capacity", "capacity_mw", "opex_usd_real"} <= places


@pytest.mark.parametrize("command", ["run", "check", "new", "finance", "report", "schema", "cases"])
def test_help_is_there_in_short_and_long(command: str) -> None:
    """-h and --help say the same, and what may be repeated or left out."""
    assert greengrid(command, "-h") == greengrid(command, "--help")
    assert greengrid(command, "-h")[0] == 0


def test_a_link_has_a_plain_name() -> None:
    """A name that would break the names of columns is refused, and what it should be is said."""
    code, _, errors = greengrid("check", "tiny", "--set", 'link."a:b".poles=1')
    assert code == 2
    assert "found 'a:b'; expected a name of letters, digits, dash and underscore" in errors
