"""From a run's folder to report values: the same numbers, honest gaps, clear errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest

from greengrid.dispatch.result import LOSSES
from greengrid.errors import BadInput
from greengrid.report import make_report, read_results, report_of, write_report
from reports.charts import Chart, DispatchWeeks, StepRows
from reports.content import Numbers, Page, Report, Table, pieces
from reports.money_charts import Matrix
from reports.panel_charts import RankedDots
from reports.sections import secure_dispatch
from reports.sections.assumptions import inputs
from reports.sections.choice import best_mix
from reports.sections.dispatch import chosen_weeks
from reports.sections.findings import ranked
from reports.sections.link import day_grid
from tests.sample_money import BLOWS
from tests.sample_run import Sample, write_sample


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("run") / "sample")


def page(report: Report, title: str) -> Page:
    return next(page for page in report.pages if page.title == title)


def headline(report: Report) -> Numbers:
    """The few numbers of the first page."""
    blocks = page(report, "The answer").blocks
    return next(piece for block in blocks for piece in pieces(block) if isinstance(piece, Numbers))


def words(value: object) -> Iterator[str]:
    """Every text of a report value, charts' data left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Chart):
        yield from (value.caption, value.alt)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from words(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from words(getattr(value, field.name))


def parsed(text: str) -> list[float]:
    """Numbers as they are printed."""
    return [
        float(found.replace("\u202f", "").replace("\u2212", "-"))
        for found in re.findall("[+\u2212]?[0-9][0-9\u202f]*(?:\\.[0-9]+)?", text)
    ]


def test_headline_numbers_are_those_of_the_summary(folder: Path) -> None:
    """The five numbers of the cover, read back from their text, equal summary.json after rounding."""
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    numbers = headline(make_report(folder))
    value = {number.label: parsed(number.value) for number in numbers.items}
    link = summary["links"]["caspian"]
    assert value["Energy delivered by the link"] == [pytest.approx(link["received_mwh"] / 1e6, abs=0.05)]
    assert value["Welfare gain"] == [240.0]
    assert value["CO2 avoided"] == [1.7]
    assert value["Hours that solve in AC"] == [23, 24]
    mix = summary["financing"]["blended"]
    assert value["Affordable against required charge"] == [
        pytest.approx(mix["affordable_charge_usd_per_mwh"], abs=0.05),
        pytest.approx(mix["required_charge_usd_per_mwh"], abs=0.05),
    ]
    assert all(number.range_text for number in numbers.items)


def test_without_a_comparison_the_rent_and_the_emissions_stand_for_it(tmp_path: Path) -> None:
    """A run that was not compared with one without the link shows its rent and emissions, and says what is missing."""
    folder = write_sample(tmp_path / "alone")
    (folder / "tables" / "benefits.parquet").unlink()
    report = make_report(folder, "summary")
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    value = {number.label: parsed(number.value) for number in headline(report).items}
    rent = summary["links"]["caspian"]["rent_usd_real"]
    assert value["Congestion rent of the link"] == [pytest.approx(rent / 1e6, abs=0.5)]
    emissions = sum(summary["dispatch"]["emissions_tco2"].values())
    assert value["CO2 of the modelled countries"][-1] == pytest.approx(emissions / 1e6, abs=0.05)
    assert "Not examined in this run: welfare gain, avoided CO2, N-1 security" in " ".join(words(report.pages[0]))


def test_secure_export_is_shown_where_it_was_studied(folder: Path) -> None:
    """The N-1 study's 5th percentile of the hours, in GW, and no longer among what was not examined."""
    results = read_results(folder)
    summary = json.loads(json.dumps(results.summary))
    figures = {"caspian_forward_p05_mw": 1234.0, "caspian_forward_p50_mw": 1800.0, "caspian_forward_hours_beyond": 40}
    summary["security"]["parts"] = {"secure-transfer": figures, "short-circuit": {}}
    report = report_of(replace(results, summary=summary), "summary", "en")
    value = {number.label: parsed(number.value) for number in headline(report).items}
    assert value["Secure export"] == [1.23]
    text = " ".join(words(report.pages[0]))
    assert "Not examined in this run: frequency after a pole outage, protection, other weather years" in text


def test_what_foresight_costs_is_no_gap_of_the_solver(folder: Path) -> None:
    """A dispatch of seven-day foresight that costs 30 M USD of 10 bn more carries its verdict, and tells the cost."""
    results = read_results(folder)
    told = {**results.summary["dispatch"], "gap_frac": 3e-3 + 8e-7, "foresight_cost_usd_real": 3e7}
    first = report_of(replace(results, summary={**results.summary, "dispatch": told}), "summary", "en").pages[0]
    assert first.headline == report_of(results, "summary", "en").pages[0].headline
    assert "gap 8e\u22127 (target 1e\u22126)" in first.source
    assert "Seven-day foresight costs 30\u00a0M USD more" in first.source


def test_a_finding_without_bound_is_ranked_and_drawn(folder: Path) -> None:
    """A rate of change without end, where nothing turns: a full dot, and words for what and where."""
    results = read_results(folder)
    first = {**results.static["findings"][0], "kind": "rate_of_change", "element": "caspian at KZ_KurykHVDC 500"}
    weighty = {"rank": 0, "value": None, "excess_frac": float("inf"), "hours": 99, "severity_mwh": 9.9e5}
    rows = (*results.static["findings"], {**first, **weighty})
    replaced = replace(results, static={**results.static, "findings": rows})
    found = page(report_of(replaced, "engineering", "en"), "Findings")
    assert "frequency that moves too fast at Caspian link at Kuryk HVDC 500, in 99" in found.headline
    chart = next(block for block in found.blocks if isinstance(block, RankedDots))
    assert chart.sizes[0] == 1.0
    table, remedies = (block for block in found.blocks if isinstance(block, Table))
    told = dict(remedies.rows)
    assert [told[row[-1]] for row in table.rows] == [row["remedy"] for row in ranked(replaced)[: len(table.rows)]]


def test_findings_stand_by_rank_and_say_what_ac_refutes(folder: Path) -> None:
    """The order of the run, not of hours; an overload that AC does not confirm is told; old runs have no energy."""
    results = read_results(folder)
    first, second = results.static["findings"][:2]
    rows = ({**second, "rank": 2, "hours": 8000, "ac_confirmed": "no"}, {**first, "rank": 1, "hours": 5})
    told = replace(results, static={**results.static, "findings": rows})
    found = page(report_of(told, "engineering", "en"), "Findings")
    assert found.headline.startswith("2 findings (1 not confirmed in AC); the weightiest is")
    table = next(block for block in found.blocks if isinstance(block, Table))
    assert [row[-4] for row in table.rows] == ["5", "8\u202f000"]
    assert [row[-2] for row in table.rows] == ["–", "no"]
    assert "hours x mean excess" in table.note
    old = tuple({key: value for key, value in row.items() if key != "severity_mwh"} for row in rows)
    earlier = replace(results, static={**results.static, "findings": old})
    table = next(b for b in page(report_of(earlier, "engineering", "en"), "Findings").blocks if isinstance(b, Table))
    assert [row[-3] for row in table.rows] == ["–", "–"]
    assert not table.note


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_secure_run_says_what_security_costs_and_leaves(folder: Path, language: str) -> None:
    """Cost, pairs and hours held, and the table of what is left; a run without security has no such page."""
    results = read_results(folder)
    assert "What security costs" not in {page.title for page in report_of(results, "engineering", "en").pages}
    facts = {"security_cost_usd_real": 6.25e8, "objective_usd_real": 6.86e9, "outage_rows": 210, "loss_rows": 108808}
    left = (
        {"outage": "KZ_A-KZ_B 500", "limit": "KZ_C-KZ_D 500", "way": "forward", "hours": 8760, "excess_max_mw": 448.3},
        {"outage": LOSSES, "limit": "KZ-UZ", "way": "reverse", "hours": 12, "excess_max_mw": 3.0},
    )
    told = replace(
        results,
        summary={**results.summary, "dispatch": {**results.summary["dispatch"], **facts}},
        static={**results.static, "secure_left": left},
    )
    report = report_of(told, "engineering", language)
    found = page(report, "What security costs" if language == "en" else "Цена надёжности")
    held, table = (block for block in found.blocks if isinstance(block, Table))
    assert [row[1] for row in held.rows][2:4] == ["210", "108\u202f808"]
    assert [row[3:] for row in table.rows] == [("8\u202f760", "448"), ("12", "3")]
    if language == "en":
        assert "costs 625\u00a0M USD a year; 2 limits" in found.headline
        assert (held.rows[1][1], table.rows[1][0]) == ("10.0\u00a0%", LOSSES)
    bare = replace(told, static=results.static)
    assert "nothing is left" in page(report_of(bare, "engineering", "en"), "What security costs").headline


def test_the_name_of_other_losses_is_the_dispatchs() -> None:
    """The report knows it by the same words."""
    assert secure_dispatch.LOSSES == LOSSES


def test_tables_carry_units_and_whole_rows(folder: Path) -> None:
    """Each numeric column names its unit or counts; no cell is empty."""
    counts = {"Units", "Value", "Tolerance", "Limit", "Correlation with demand"}
    for each in make_report(folder).pages:
        for block in each.blocks:
            for table in (piece for piece in pieces(block) if isinstance(piece, Table)):
                assert all(column.unit or column.name in counts for column in table.columns if column.numeric)
                assert all(cell.strip() for row in table.rows for cell in row), table.caption


def test_every_figure_of_energy_adds_up(folder: Path) -> None:
    """The energy page's bars carry the summary's generation, country by country."""
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    chart = page(make_report(folder), "Energy by country and source").blocks[0]
    bars = {layer.label: layer.values for layer in chart.layers}  # type: ignore[union-attr]
    made = summary["dispatch"]["generation_mwh"]["KZ"]
    assert bars["coal"][0] == pytest.approx((made["coal"] + made["coal_chp"]) / 1e6)
    own = sum(values[0] for name, values in bars.items() if name != "imports")
    assert own == pytest.approx(sum(made.values()) / 1e6)


def test_weeks_are_those_with_most_demand(folder: Path) -> None:
    """No other week of whole local days in its season has more demand; both start at midnight in UTC+5."""
    results = read_results(folder)
    demand = results.hourly["demand"].summed()
    for week in chosen_weeks(results):
        assert (week.first + 5) % 24 == 0
        mine = demand[week.first : week.first + 168].sum()
        first, last = (0, 59 * 24) if week.season == "Winter" else (151 * 24, 243 * 24)
        others = [demand[s : s + 168].sum() for s in range(first + 19, last - 168, 24)]
        assert mine >= max(others) * (1 - 1e-12)


def test_the_hour_day_map_shows_every_hour_once(folder: Path) -> None:
    """8,760 hours in 24 rows and 365 columns; the mean of the map is that of the flow; 00:00 UTC stands in row 5."""
    results = read_results(folder)
    flow = results.link_flow_mw("caspian")
    grid, months = day_grid(results, flow)
    assert grid.shape == (24, 365)
    assert grid.mean() == pytest.approx(flow.mean())
    assert grid[5, 0] == flow[0]
    assert [name for _, name in months][:2] == ["Jan", "Feb"]


def test_the_best_mix_passes_and_asks_least(folder: Path) -> None:
    """A mix that passes comes before one that asks less and fails."""
    results = read_results(folder)
    summary = json.loads(json.dumps(results.summary))
    best = best_mix(replace(results, summary=summary))
    assert best is not None
    assert best[0] == "blended"
    summary["financing"]["concessional"]["required_charge_usd_per_mwh"] = 1.0
    assert best_mix(replace(results, summary=summary)) == best
    summary["financing"]["concessional"]["verdict"] = "passes"
    cheapest = best_mix(replace(results, summary=summary))
    assert cheapest is not None
    assert cheapest[0] == "concessional"


def test_a_part_of_a_year_gives_no_annual_figure(tmp_path: Path) -> None:
    """216 hours: one week is drawn, no page of the year, no headline number, no TWh, and the cover says why."""
    report = make_report(write_sample(tmp_path / "part", Sample(hours=216)))
    titles = {page.title for page in report.pages}
    assert titles.isdisjoint({"The cable", "Prices", "Energy by country and source", "Funding mixes side by side"})
    cover = page(report, "The answer")
    numbers = headline(report)
    assert numbers.items[0].label == "Highest demand"
    assert "no annual, financial or headline figure" in cover.headline
    text = " ".join(
        words(
            [
                each
                for each in report.pages
                if each.title
                not in (
                    "The answer",
                    "Contents and units",
                    "What it depends on",
                    "Works on land",
                    "Assumptions and sources",
                )
            ]
        )
    )
    assert not re.search(r"\d[\s\u00a0](TWh|Mt|M USD|bn USD)", text)


def test_one_hour_still_gives_a_report(tmp_path: Path) -> None:
    """A run of one hour has no week to draw and fails nowhere."""
    report = make_report(write_sample(tmp_path / "hour", Sample(hours=1)))
    assert not any(isinstance(chart, DispatchWeeks) for chart in report.charts())


def test_no_link_leaves_its_pages_out(tmp_path: Path) -> None:
    """Without links there are no pages of cable and money, and the cover says what the case is for."""
    report = make_report(write_sample(tmp_path / "none", Sample(links=False)))
    titles = {page.title for page in report.pages}
    assert titles.isdisjoint({"The cable", "Affordable against required charge", "Project costs", "Financing"})
    cover = page(report, "The answer")
    assert "no HVDC link" in cover.headline
    numbers = headline(report)
    assert all(each.value != "\u2013" for each in numbers.items)
    weeks = next(chart for chart in report.charts() if isinstance(chart, DispatchWeeks))
    assert all(panel.strip == () for panel in weeks.panels)


def test_no_ac_is_one_sentence(tmp_path: Path) -> None:
    """Without AC results the page is a sentence, not an empty chart."""
    report = make_report(write_sample(tmp_path / "noac", Sample(ac_hours=0)))
    ac = page(report, "AC power flow")
    assert ac.headline == "AC not run: voltages and security are unknown."
    assert ac.blocks == ()


def test_the_chain_ends_where_the_summary_says(folder: Path) -> None:
    """The steps' chart carries the affordable charge and every mix's required charge."""
    chart = next(chart for chart in make_report(folder).charts() if isinstance(chart, StepRows))
    assert chart.level == -12.3
    assert dict(chart.dots)["sovereign"] == pytest.approx(48.2 + 3 * 6.4)
    at = 0.0
    for step in chart.steps:
        if step.is_level:
            assert step.label == chart.steps[0].label or step.value == pytest.approx(at, abs=0.2)
            at = step.value
        else:
            at += step.value


def table_of(report: Report, title: str, caption: str) -> Table:
    return next(b for b in page(report, title).blocks if isinstance(b, Table) and b.caption.startswith(caption))


def test_the_cover_names_the_better_outlet(folder: Path) -> None:
    """Türkiye leaves 11.3 less than nothing, gas 10.3 less, Romania 12.3 less: the best outlet stands in the headline,
    with the distance to the mix (48.2) on both ways."""
    cover = page(make_report(folder), "The answer")
    assert "gas replaced in Azerbaijan, the best outlet, \u221210.3" in cover.headline
    said = " ".join(words(cover.blocks))
    assert "No, unless the chain gains 60.5" in said
    assert "or 58.5\u00a0USD/MWh by way of gas replaced in Azerbaijan" in said
    assert "not worth using even where it stands" in said


def test_the_chart_shows_what_each_outlet_leaves(folder: Path) -> None:
    """All outlets stand below the mixes, the best first."""
    chart = next(chart for chart in make_report(folder).charts() if isinstance(chart, StepRows))
    assert chart.outlets == (
        ("gas replaced in Azerbaijan", pytest.approx(-10.3)),
        ("TR", pytest.approx(-11.3)),
        ("RO", pytest.approx(-12.3)),
    )


def test_downside_and_inland_works_are_printed(folder: Path) -> None:
    """The stack of the best mix alone, its missing return in words; the works with their sum and who pays."""
    report = make_report(folder)
    stack = table_of(report, "Downside", "Downside of blended")
    assert [row[0] for row in stack.rows] == list(BLOWS)
    assert stack.rows[2][2:] == ("0.90", "2037", "2036", "40", "1\u202f000", "2036")
    matrix = next(block for block in page(report, "Downside").blocks if isinstance(block, Matrix))
    assert [cell.text for cell in matrix.cells[2]] == ["0.90x", "1.10x", "none", "default 2036"]
    assert [cell.rank for cell in matrix.cells[2]] == [0, 0, 0, 0]
    assert [cell.rank for cell in matrix.cells[0]] == [2, 3, 3, 4]
    works = table_of(report, "Project costs", "Inland AC works")
    assert works.rows[-1][2] == "146"
    assert "not in the project's books" in works.note


def test_each_mix_says_how_far_it_is_from_both_outlets(folder: Path) -> None:
    """Left over = affordable less required: -12.3 - 48.2 by the chain, -10.3 - 48.2 by the best outlet."""
    tests = table_of(make_report(folder), "Funding mixes side by side", "Tests")
    assert tests.rows[0][0] == "blended"
    assert parsed(" ".join(tests.rows[0][3:])) == [-60.5, -58.5]


def test_a_range_told_in_words_stands_in_the_column_of_ranges(folder: Path) -> None:
    """A value of 0.15 (0.1 to 0.3) frac becomes value, range and unit; a choice of the case has no grade."""
    results = read_results(folder)
    first = dict(results.static["assumptions"][0])
    spoken = {**first, "value": "0.15 (0.1 to 0.3) frac", "unit": "", "low": None, "high": None}
    rows = ({**spoken, "confidence": "D"}, {**spoken, "value": "rated", "source": "case file", "confidence": "A"})
    (shown,) = inputs(replace(results, static={**results.static, "assumptions": rows}))
    assert isinstance(shown.blocks[0], Table)
    assert shown.blocks[0].rows[0][2:5] == ("0.15 share", "0.1 to 0.3", "D")
    assert shown.blocks[0].rows[1][4] == "\u2013"


def test_every_input_is_printed(folder: Path) -> None:
    """Of 300 inputs each has its row in the full report, with its grade."""
    results = read_results(folder)
    first = {**results.static["assumptions"][0], "confidence": "B"}
    rows = tuple({**first, "id": f"A{k}"} for k in range(300))
    (shown,) = inputs(replace(results, static={**results.static, "assumptions": rows}))
    assert isinstance(shown.blocks[0], Table)
    assert [row[0] for row in shown.blocks[0].rows] == [f"A{k}" for k in range(300)]
    assert "300 inputs" in shown.headline


def test_missing_files_are_named_all_at_once(tmp_path: Path) -> None:
    """Two tables taken away are both in the error; an empty folder names the files of a run."""
    folder = write_sample(tmp_path / "sample", Sample(hours=24))
    for name in ("prices", "plants"):
        (folder / "tables" / f"{name}.parquet").unlink()
    with pytest.raises(BadInput) as found:
        make_report(folder)
    assert [Path(problem.where).stem for problem in found.value.problems] == ["prices", "plants"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput) as found:
        make_report(tmp_path / "empty")
    assert {Path(problem.where).name for problem in found.value.problems} == {
        "summary.json",
        "case.toml",
        "versions.json",
    }


def test_damaged_tables_are_refused(tmp_path: Path) -> None:
    """Bytes that are no Parquet and a table with fewer hours end in one clear error each, and no PDF is left."""
    folder = write_sample(tmp_path / "sample", Sample(hours=24))
    other = write_sample(tmp_path / "other", Sample(hours=20))
    (folder / "tables" / "prices.parquet").write_bytes(b"no table")
    with pytest.raises(BadInput, match="prices"):
        write_report(folder, tmp_path / "report.pdf")
    (folder / "tables" / "prices.parquet").write_bytes((other / "tables" / "prices.parquet").read_bytes())
    with pytest.raises(BadInput, match="20 hours"):
        write_report(folder, tmp_path / "report.pdf")
    assert not list(tmp_path.glob("*report.pdf*"))


@pytest.mark.slow
def test_an_unwritable_target_is_an_input_error(folder: Path, tmp_path: Path) -> None:
    """A target whose folder does not exist is refused with the reason."""
    with pytest.raises(BadInput, match="not writable"):
        write_report(folder, tmp_path / "nowhere" / "report.pdf")
