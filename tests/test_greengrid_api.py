"""What a script imports: `from greengrid import load_case, run, open_run`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import greengrid
from greengrid import BadInput, compare_mixes, load_case, open_run, read_plan, run

PLAN = Path(__file__).parent / "cases" / "plan_example" / "plan.toml"


def test_every_promised_name_is_there() -> None:
    """`__all__` and what can be asked for are the same."""
    assert all(getattr(greengrid, name) is not None for name in greengrid.__all__)
    with pytest.raises(AttributeError, match="load_case"):
        _ = greengrid.no_such_name


def test_overrides_may_be_a_mapping() -> None:
    """A mapping of key paths is the same case as the command line's texts, digest included."""
    texts = load_case("base", ["link.caspian.capacity_mw=1500", 'prices_basis="domestic"'])
    mapping = load_case("base", {"link.caspian.capacity_mw": 1500, "prices_basis": "domestic"})
    assert mapping.digest == texts.digest
    assert mapping.link["caspian"].capacity_mw == 1500


def test_a_bad_value_of_a_mapping_is_refused_like_text() -> None:
    """The same message as on the command line."""
    with pytest.raises(BadInput, match="capacity_mw"):
        load_case("base", {"link.caspian.capacity_mw": "wide"})


def test_mixes_on_a_plan_of_ones_own() -> None:
    """Named mixes come back in their order with the same worth before financing."""
    comparison = compare_mixes(read_plan(PLAN), "sovereign", "blended")
    assert [result.mix for result in comparison.results] == ["sovereign", "blended"]
    worths = {result.measures.npv_prefinance_usd_nominal for result in comparison.results}
    assert len(worths) == 1


@pytest.mark.slow
def test_a_run_is_opened_again_as_it_was(tmp_path: Path) -> None:
    """Summary, case and tables of the folder are those of the run; a changed file is refused."""
    made = run(load_case("tiny", {"hours": "2035-01-10..2035-01-11", "ac_hours": 0}), tmp_path / "run")
    found = open_run(tmp_path / "run")
    assert found.summary.case.digest == made.case.digest == found.case.digest
    table = found.table("links_received")
    assert len(table) == 24
    assert str(table.index[0]) == "2035-01-10 00:00:00"
    with pytest.raises(BadInput, match="no such table"):
        found.table("links_recieved")
    with pytest.raises(BadInput):
        found.plan()
    (tmp_path / "run" / "case.toml").write_text("x = 1\n")
    with pytest.raises(BadInput, match=r"case\.toml"):
        open_run(tmp_path / "run")


@pytest.mark.slow
def test_a_package_that_shadows_ours_is_named(tmp_path: Path) -> None:
    """A folder `reports` of the reader's own before ours on the path ends in one message that names it."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "__init__.py").write_text("")
    done = subprocess.run(
        [sys.executable, "-c", "import greengrid"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "another package stands where one of greengrid's own is expected" in done.stderr
    assert str(tmp_path / "reports") in done.stderr
