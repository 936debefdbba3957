"""`greengrid view`: a finished run as one page, driven in a browser where there is one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from greengrid import load_case, run
from greengrid.cli import app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--disable-quic"]  # fmt: skip

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of two days of `tiny`."""
    folder = tmp_path_factory.mktemp("view") / "run"
    run(load_case("tiny", {"hours": "2035-01-10..2035-01-12", "ac_hours": 0}), folder)
    result = CliRunner().invoke(app, ["view", str(folder)])
    assert result.exit_code == 0, result.output
    return folder / "view.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium; the tests skip where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="extra `browser` is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


def opened(browser: Any, file: Path, width: int) -> tuple[Any, list[str]]:
    """The page at a width, and what went wrong on it."""
    wrong: list[str] = []
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda message: wrong.append(message.text))
    tab.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else wrong.append(asked.url))
    tab.goto(file.as_uri())
    tab.wait_for_selector("body[data-ready=map]")
    return tab, wrong


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    """One message, exit code 2, nothing written."""
    result = CliRunner().invoke(app, ["view", str(tmp_path)])
    assert result.exit_code == 2
    assert "no summary.json" in result.output
    assert list(tmp_path.iterdir()) == []


def test_the_keyboard_moves_through_the_hours(page_file: Path, browser: Any) -> None:
    """The slider's arrow keys change the hour told in words, the cable's row and the map, without an error."""
    tab, wrong = opened(browser, page_file, 1280)
    tab.fill("#hour", "0")
    assert "2035-01-10, 00:00 UTC" in tab.inner_text("#moment")
    tab.focus("#hour")
    for _ in range(5):
        tab.keyboard.press("ArrowRight")
    assert "2035-01-10, 05:00 UTC" in tab.inner_text("#moment")
    tab.select_option("#find", index=1)
    assert "MW from" in tab.inner_text("#told") or "USD/MWh" in tab.inner_text("#told")
    assert tab.locator("#cables tbody tr").count() == 2
    assert wrong == []


def test_the_flow_told_is_the_flow_of_the_table(page_file: Path, browser: Any) -> None:
    """The cable's row at hour 30 is the run's own number, rounded to a MW."""
    from greengrid import open_run

    sent = open_run(page_file.parent).table("links_sent")
    expected = round(float((sent["caspian:forward"] - sent["caspian:reverse"]).iloc[30]))
    tab, _ = opened(browser, page_file, 1280)
    tab.fill("#hour", "30")
    text = tab.locator("#cables tbody tr").first.locator("td").first.inner_text()
    assert int(text.replace("\u202f", "").replace("\u2212", "-")) == expected


def test_a_phone_needs_no_sideways_scrolling(page_file: Path, browser: Any) -> None:
    """At 390 pixels nothing is wider than the screen."""
    tab, wrong = opened(browser, page_file, 390)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert wrong == []


def test_a_sweep_is_behind_selectors(tmp_path: Path, browser: Any) -> None:
    """Sizes across, mixes to choose: the table's rows are the sweep's own, another mix shows other charges."""
    from greengrid.sweep.study import run_sweep

    axes = tmp_path / "axes.toml"
    axes.write_text(
        '[axes]\n"link.caspian.capacity_mw" = [0, 200, 400]\n"demand.scale" = [1.0, 1.1]\n', encoding="utf-8"
    )
    hours = ['hours="2035-01-10..2035-01-11"', "ac_hours=0"]
    found = run_sweep("tiny", axes, tmp_path / "sweep", overrides=hours)
    assert CliRunner().invoke(app, ["view", str(tmp_path / "sweep")]).exit_code == 0
    tab = browser.new_page()
    tab.goto((tmp_path / "sweep" / "view.html").as_uri())
    tab.wait_for_selector("body[data-ready=sweep]")
    tab.select_option("#measure", "dispatch.objective_usd_real")
    tab.select_option("#axes select >> nth=0", index=1)
    cells = [cell.replace("\u202f", "") for cell in tab.locator("#cases tbody td").all_inner_texts()]
    costs = [row["dispatch.objective_usd_real"] / 1e6 for row in found.rows if row["demand.scale"] == 1.1]
    assert [float(cell) for cell in cells] == pytest.approx(costs, abs=0.006)
