"""The workbook as a file: one formula per row, no loops, hostile text as text, the same bytes, honest gaps."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from typer.testing import CliRunner

from financing.loading import shipped_structures
from financing.plan import CurrencyPath
from financing.structure import Structure
from greengrid.cli import app
from greengrid.mixes import read_mixes, write_mixes
from greengrid.plans import write_plan
from greengrid.workbook import not_expressed, plan_not_expressed
from reports.excel.book import NO_FORMULAS, NO_SHEET, sheets_of, workbook
from reports.excel.names import Names, SheetNames, word
from reports.excel.sheet import FIRST, letters
from reports.excel.values import Book, StaticTable
from tests.recalculation import book, measures, mix, plan, sources_of
from tests.sample_run import Sample, write_sample

ADDRESS = re.compile(
    r"(?:(?:'((?:[^']|'')+)'|([A-Za-z_]+))!)?(\$?)([A-Z]{1,3})(\$?)(\d+)(?::(\$?)([A-Z]{1,3})(\$?)(\d+))?(?![\w(])"
)
WORDS = re.compile(r'"[^"]*"')


@pytest.fixture(scope="module")
def small() -> Book:
    """Two mixes: one closed in algebra, one in passes."""
    values, _ = book(plan(2, 8, 9e8), [mix(1), mix(2, draw_order="equity_first")])
    return values


@pytest.fixture(scope="module")
def pages(small: Book) -> Any:
    return openpyxl.load_workbook(io.BytesIO(workbook(small)))


def test_one_formula_per_row(pages: Any) -> None:
    """Along the time axis every cell of a row has the same formula, written relative to its own column."""
    rows = 0
    for page in pages.worksheets:
        for row in page.iter_rows(min_col=FIRST + 1):
            formulas = [(cell.column, cell.value) for cell in row if str(cell.value).startswith("=")]
            if len(formulas) > 3:
                rows += 1
                assert len({_relative(text, column) for column, text in formulas}) == 1, (page.title, row[0].row)
    assert rows > 200


def _relative(text: str, column: int) -> str:
    """A formula with columns that are not fixed counted from its own."""

    def shifted(found: re.Match[str]) -> str:
        parts = list(found.groups())
        for sign, name in ((2, 3), (6, 7)):
            if parts[name] and not parts[sign]:
                parts[name] = f"[{openpyxl.utils.column_index_from_string(parts[name]) - column}]"
        return "".join(part or "" for part in parts)

    return ADDRESS.sub(shifted, text)


def test_no_formula_leans_on_itself(pages: Any) -> None:
    """The graph of cells, every branch of every IF counted, has no circle."""
    graph = _graph(pages)
    state: dict[str, int] = {}
    for start in graph:
        stack = [(start, iter(graph[start]))]
        if state.get(start):
            continue
        state[start] = 1
        while stack:
            node, following = stack[-1]
            for other in following:
                assert state.get(other) != 1, f"{other} leans on itself by way of {node}"
                if other in graph and other not in state:
                    state[other] = 1
                    stack.append((other, iter(graph[other])))
                    break
            else:
                state[node] = 2
                stack.pop()
    assert len(graph) > 5000


def _graph(pages: Any) -> dict[str, list[str]]:
    names = {name: item.attr_text for name, item in pages.defined_names.items()}
    graph: dict[str, list[str]] = {}
    for page in pages.worksheets:
        for row in page.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    text = re.sub(
                        r"[a-z]\w*_\w+", lambda found: names.get(found[0], found[0]), WORDS.sub("", cell.value)
                    )
                    graph[f"{page.title}!{cell.coordinate}"] = _cells(text, page.title)
    return graph


def _cells(text: str, own: str) -> list[str]:
    found = []
    for quoted, plain, _, first, _, row, _, last, _, _ in ADDRESS.findall(text):
        sheet = quoted.replace("''", "'") or plain or own
        start = openpyxl.utils.column_index_from_string(first)
        end = openpyxl.utils.column_index_from_string(last) if last else start
        found += [f"{sheet}!{get_column_letter(column)}{row}" for column in range(start, end + 1)]
    return found


def test_every_named_input_is_used(pages: Any) -> None:
    """A name that no formula takes would be an input without effect; structure and the list of mixes too."""
    texts = " ".join(
        cell.value for page in pages.worksheets for row in page.iter_rows() for cell in row if cell.data_type == "f"
    )
    used = set(re.findall(r"[a-z]\w*_\w+", texts))
    assert set(pages.defined_names) - used == set()


def test_the_cached_values_are_the_models(small: Book) -> None:
    """Every mix stands as formulas, no item or measure differs from the model's, every check holds."""
    written = openpyxl.load_workbook(io.BytesIO(workbook(small)), data_only=True)
    live = measures(written["Measures"])
    for each in small.mixes:
        assert live[each.name, "Least DSCR"] == pytest.approx(each.measures["dscr_min_ratio"], rel=1e-9)
        assert live[each.name, "Return of the owners"] == pytest.approx(each.measures["equity_irr_pa"], rel=1e-9)
    assert written["Checks"]["F2"].value == 0
    assert not [
        cell for row in written["Checks"].iter_rows(min_row=6) for cell in row if cell.column == 5 and cell.value
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_structures())
def test_every_shipped_mix_has_its_sheet(name: str) -> None:
    """Annual or not, sculpted or not, in euro or dollar: the sheet's values are the model's, so formulas are shown."""
    values, _ = book(plan(3, 9), [name])
    assert _why_not(values) == []


STYLES: dict[str, dict[str, Any]] = {
    "quarters": {"payments_per_year": 4},
    "grant last": {"sources_changed": {0: {"drawn": "last"}}},
    "grant first": {"sources_changed": {0: {"drawn": "first"}}},
    "equity last": {"draw_order": "equity_last"},
    "bullet": {"sources_changed": {1: {"repayment": "bullet"}}},
    "sinking fund": {"sources_changed": {1: {"repayment": "sinking_fund", "sinking_fund_rate_pa": 0.03}}},
    "custom": {"sources_changed": {1: {"repayment": "custom", "principal_frac": [0.1, 0.2, 0.3, 0.4]}}},
    "subordinated": {"sources_changed": {2: {"seniority": 2}}},
    "sculpted beside another": {
        "sources_changed": {1: {"repayment": "sculpted", "dscr_target_ratio": 1.4}, 2: {"repayment": "annuity"}}
    },
    "withholding": {"sources_changed": {1: {"withholding_tax_frac": 0.1}, 3: {"withholding_tax_frac": 0.05}}},
    "short of cash": {"revenue_usd": 2.5e8},
}


@pytest.mark.parametrize("style", STYLES)
def test_other_terms_have_their_formulas(style: str) -> None:
    """Orders of draws, styles of repayment, ranks and a default: every yearly item and measure is the model's."""
    changes = dict(STYLES[style])
    revenue = changes.pop("revenue_usd", 9e8)
    per_year = changes.pop("payments_per_year", 2)
    sources = changes.pop("sources_changed", {})
    plain = mix(per_year)
    if sources:
        changes["sources"] = [{**each, **sources.get(number, {})} for number, each in enumerate(sources_of(per_year))]
    values, _ = book(plan(2, 7, revenue), [mix(per_year, **changes) if changes else plain])
    assert _why_not(values) == []


def _why_not(values: Book) -> list[str]:
    """Notes of a sheet that is not in formulas."""
    sheet = next(each for each in sheets_of(values) if each.name.startswith("Mix_"))
    words = [cell.content for cell in sheet.cells if isinstance(cell.content, str)]
    return words[words.index(NO_SHEET) :][:4] if NO_SHEET in words else []


def test_what_has_no_formula_is_said_and_shown_as_numbers(small: Book) -> None:
    """A mix with an unknown feature, or whose values differ from the model's, has a sheet of numbers that says why, no
    terms to change and no live measures."""
    first, second = small.mixes
    other = tuple(value * 1.01 for value in second.yearly["tax"])
    wrong = replace(second, yearly={**second.yearly, "tax": other})
    told = replace(small, mixes=(replace(first, not_expressed=("cash sweep",)), wrong))
    pages = openpyxl.load_workbook(io.BytesIO(workbook(told)))
    for each, reason in ((first, "cash sweep"), (second, "tax: differs from the model")):
        page = pages[f"Mix_{each.name}"]
        texts = " ".join(str(cell.value) for row in page.iter_rows(max_row=6, max_col=1) for cell in row)
        assert NO_SHEET in texts
        assert reason in texts
        assert not [cell for row in page.iter_rows(min_row=7) for cell in row if str(cell.value).startswith("=")]
    assert "mix_1_bank_rate_pa" not in pages.defined_names
    assert "not in the workbook" in [cell.value for cell in pages["Measures"]["C"]]


def test_features_that_the_sheet_does_not_know_are_found() -> None:
    """Capitalised interest and a path of base rates are named; what every shipped mix uses is known."""
    given, plain = plan(), mix(2)
    assert not_expressed(plain) == ()
    assert plan_not_expressed(given) == ()
    bank = replace(plain.sources[1], grace_interest="capitalised", base_steps_pa=(0.0, 0.01))
    told = not_expressed(replace(plain, sources=(plain.sources[0], bank, *plain.sources[2:])))
    assert told == ("source 2: grace_interest", "source 2: base_steps_pa")


def test_a_plan_without_formulas_gives_numbers_alone() -> None:
    """Revenue in another currency, or cash before financing that is not the model's: no sheet holds a formula, and the
    cover and every mix say so."""
    given = plan(1, 3, 9e8)
    euro = (replace(given.revenue[0], currency="EUR"), *given.revenue[1:])
    paid = replace(given, revenue=euro, currencies=(CurrencyPath("EUR", 0.02, (), "sample"),))
    values, _ = book(paid, [mix(1)])
    plain, _ = book(given, [mix(1)])
    moved = replace(plain.mixes[0], yearly={**plain.mixes[0].yearly, "net_project_cash_prefinance": (0.0,) * 5})
    for told in (values, replace(plain, mixes=(moved,))):
        pages = openpyxl.load_workbook(io.BytesIO(workbook(told)))
        cells = [cell for page in pages.worksheets for row in page.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f"]
        assert {NO_FORMULAS, NO_SHEET} <= {cell.value for cell in cells}
        assert not pages.defined_names


HOSTILE = ("=cmd()", "+1", "@x", "-2+3", '=HYPERLINK("http://x")', "<script>", "Банк № 1", "A1", "a" * 300)


def test_hostile_text_stays_text(small: Book) -> None:
    """Names that look like formulas are written as strings, quoted against editing, and make valid names of cells."""
    first = small.mixes[0]
    sources = tuple(replace(each, name=name) for each, name in zip(first.sources, HOSTILE, strict=False))
    renamed = dict(zip((each.name for each in first.sources), HOSTILE, strict=False))
    tranches = {renamed[name]: values for name, values in first.tranches.items()}
    project = replace(
        small.project,
        revenue=tuple(replace(each, name=f"={each.name}", source="@SUM(A1)") for each in small.project.revenue),
        capex=tuple(replace(each, name=f"+{each.name}", source="=1+1") for each in small.project.capex),
    )
    table = StaticTable("=T", "+n", ("=a", "@b"), tuple((name, name) for name in HOSTILE))
    told = replace(
        small, title="=cmd()", project=project, assumptions=table, sensitivity=(table,),
        mixes=(replace(first, title="=1+1", sources=sources, tranches=tranches),),
    )  # fmt: skip
    pages = openpyxl.load_workbook(io.BytesIO(workbook(told)))
    texts = [cell for page in pages.worksheets for row in page.iter_rows() for cell in row if cell.data_type == "s"]
    seen = {str(cell.value) for cell in texts}
    assert set(HOSTILE) <= seen
    assert all(cell.style and cell.quotePrefix for cell in texts if str(cell.value)[:1] in "=+-@")
    formulas = [
        cell.value for page in pages.worksheets for row in page.iter_rows() for cell in row if cell.data_type == "f"
    ]
    assert not [text for text in formulas if "cmd(" in text or "HYPERLINK" in text]
    assert all(re.fullmatch(r"[a-z]\w*_\w*", name) for name in pages.defined_names)


def test_the_same_book_gives_the_same_bytes() -> None:
    """No clock and no order of chance is in the file."""
    values, _ = book(plan(1, 3, 9e8), [mix(1)])
    assert workbook(values) == workbook(values)


def test_the_command_writes_it_from_a_run_folder(tmp_path: Path) -> None:
    """`greengrid report DIR --excel` needs plan and mixes of the folder alone; a run without a plan says why."""
    folder = write_sample(tmp_path / "run", Sample(hours=24))
    none = CliRunner().invoke(app, ["report", str(folder), "--excel"])
    assert none.exit_code == 2
    assert not (folder / "cashflow.xlsx").exists()
    write_plan(folder, plan(1, 3, 9e8))
    write_mixes(folder, (mix(1),))
    done = CliRunner().invoke(app, ["report", str(folder), "--excel"])
    assert done.exit_code == 0, done.output
    assert "Workbook" in done.output
    pages = openpyxl.load_workbook(folder / "cashflow.xlsx")
    assert {"Cover", "Dashboard", "Inputs", "Terms", "Mix_mix-1", "Measures", "Checks"} <= set(pages.sheetnames)


def test_options_that_mean_nothing_are_refused(tmp_path: Path) -> None:
    """A workbook is no .pdf and a PDF no .xlsx; a sweep has one report: each told, exit code 2, nothing written."""
    folder = write_sample(tmp_path / "run", Sample(hours=24))
    write_plan(folder, plan(1, 3, 9e8))
    write_mixes(folder, (mix(1),))
    sweep = tmp_path / "sweep"
    sweep.mkdir()
    (sweep / "sweep.json").write_text("{}")
    before = sorted(tmp_path.rglob("*"))
    for asked, words in (
        ([str(folder), "--excel", "-o", str(tmp_path / "x.pdf")], "ends in .xlsx"),
        ([str(folder), "-o", str(tmp_path / "x.xlsx")], "ends in .pdf"),
        ([str(sweep), "--kind", "summary", "--excel"], "2 problems"),
    ):
        done = CliRunner().invoke(app, ["report", *asked])
        assert done.exit_code == 2, done.output
        assert words in " ".join(done.output.split())
    assert sorted(tmp_path.rglob("*")) == before


def test_names_of_cells_and_sheets() -> None:
    """Never an address, never twice, never too long; a name without Latin letters gets its number."""
    names, sheets = Names(), SheetNames()
    assert names.of("tax1") == "tax1_value"
    assert [names.of("a", "b"), names.of("a", "b")] == ["a_b", "a_b_2"]
    assert word("Банк", 3) == "s3"
    long = ["Mix_" + "x" * 40, "Mix_" + "x" * 41]
    found = [sheets.of(name) for name in long]
    assert len(set(found)) == 2
    assert max(map(len, found)) <= 31
    assert not set("[]:*?/\\") & set(sheets.of("a[b]:c*?/\\"))
    assert letters(0) + letters(25) + letters(26) + letters(701) + letters(702) == "AZAAZZAAA"


def test_mixes_are_kept_and_read_again(tmp_path: Path) -> None:
    """A run's mixes come back as they were; a folder from before they were kept gives those of its case."""
    kept: tuple[Structure, ...] = (mix(1), mix(2))
    write_mixes(tmp_path, kept)
    assert read_mixes(tmp_path) == kept
    (tmp_path / "mixes.json").unlink()
    (tmp_path / "case.toml").write_text('[financing]\nmixes = ["blended"]\n', encoding="utf-8")
    assert [each.name for each in read_mixes(tmp_path)] == ["blended"]


def test_bad_mixes_are_refused(tmp_path: Path) -> None:
    """A damaged file of mixes is a problem with file and remedy, never a trace."""
    from greengrid.errors import BadInput

    write_mixes(tmp_path, (mix(1),))
    content = json.loads((tmp_path / "mixes.json").read_text(encoding="utf-8"))
    content[0]["sources"][1]["rate_pa"] = "much"
    (tmp_path / "mixes.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BadInput, match="rate_pa"):
        read_mixes(tmp_path)
    (tmp_path / "mixes.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadInput, match="unreadable"):
        read_mixes(tmp_path)
