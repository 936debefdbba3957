"""The adequacy page: the run's figures with their intervals, and nothing where it was not studied."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from greengrid.kept_tables import keep_tables
from greengrid.report import read_results
from greengrid.store import check_digests, write_json
from reports.charts import RankedBars
from reports.content import Table
from reports.results import Results
from reports.sections.adequacy import adequacy
from tests.sample_run import write_sample

ROWS = (
    {"place": "all", "kind": "country", "lole_h": 2.7, "lole_error_h": 1.1, "eens_mwh": 72.3, "eens_error_mwh": 30.0,
     "lole_without_h": 2.8, "lole_without_error_h": 1.2, "eens_without_mwh": 77.0, "eens_without_error_mwh": 31.0,
     "credit_mw": None, "credit_error_mw": None},
    {"place": "AZ", "kind": "area", "lole_h": 0.0, "lole_error_h": 0.0, "eens_mwh": 0.0, "eens_error_mwh": 0.0,
     "lole_without_h": None, "lole_without_error_h": None, "eens_without_mwh": None, "eens_without_error_mwh": None,
     "credit_mw": 1218.0, "credit_error_mw": 126.0},
)  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A run that never was."""
    return read_results(write_sample(tmp_path_factory.mktemp("run") / "sample"))


def test_no_page_without_the_study(results: Results) -> None:
    """A run without the table has no such page."""
    assert adequacy(results) == ()


def test_the_page_says_what_the_table_holds(results: Results) -> None:
    """Headline, bars and cells carry the figures; what is not there is a dash."""
    (page,) = adequacy(replace(results, static={**results.static, "adequacy": ROWS}))
    assert "2.7 h" in page.headline
    assert "1\u202f218" in page.headline
    (bars,) = (block for block in page.blocks if isinstance(block, RankedBars))
    assert bars.layers[0].values == (1.218,)
    (table,) = (block for block in page.blocks if isinstance(block, Table))
    assert table.rows[0][1] == "2.7\u00a0±\u00a01.1"
    assert table.rows[1][3] == "\u2013"


def test_a_kept_table_brings_the_page(tmp_path: Path) -> None:
    """`--keep` leaves the table and its digest in the run's folder, where the report finds it; twice is once."""
    folder = write_sample(tmp_path / "sample")
    write_json(folder / "digests.json", {})
    for _ in range(2):
        keep_tables(folder, {"adequacy": ROWS})
    check_digests(folder)
    assert list(json.loads((folder / "digests.json").read_text())) == ["tables/adequacy.parquet"]
    (page,) = adequacy(read_results(folder))
    assert "2.7 h" in page.headline
    (table,) = (block for block in page.blocks if isinstance(block, Table))
    assert len(table.rows) == 2
