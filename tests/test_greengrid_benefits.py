"""Benefits of a link from two runs of the small set over a whole year, and what may not differ between them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from financing.metrics import npv
from greengrid.benefits import Benefits, benefits
from greengrid.benefits_tables import keep
from greengrid.cba import Analysis, analyse
from greengrid.cba_command import text
from greengrid.cba_indicators import INDICATORS
from greengrid.cli import app
from greengrid.errors import BadInput
from greengrid.plans import read_plan
from greengrid.store import check_digests, read_rows, read_summary, write_digests
from greengrid.sweep.rows import rows_of_sweep

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tiny over the year, with the Caspian link and without it, and the latter as if in another weather year."""
    folder = tmp_path_factory.mktemp("benefits")
    common = ["run", "tiny", "--set", 'hours="all"', "--set", "ac_hours=0"]
    absent = ["--set", "link.caspian.capacity_mw=0"]
    alone = ["--set", "link.black_sea.capacity_mw=0"]
    paid = ["--set", 'reinforcement.paid_by="project"']
    for name, more in {"with": [], "without": absent, "alone": alone, "paid": paid}.items():
        done = CliRunner().invoke(app, [*common, *more, "-o", str(folder / name)])
        assert done.exit_code == 0, done.output
    _copy(folder / "without", folder / "windy", "seed", "77")
    _copy(folder / "without", folder / "without-built", "package_mw", "400.0")
    _copy(folder / "with", folder / "with-built", "package_mw", "400.0")
    _copy(folder / "paid", folder / "paid-built", "package_mw", "400.0")
    return folder


def _copy(run: Path, other: Path, key: str, value: str) -> None:
    """A run as if of a case with another value of one key."""
    shutil.copytree(run, other)
    case = other / "case.toml"
    text, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", case.read_text(), count=1, flags=re.MULTILINE)
    assert count == 1
    case.write_text(text)
    (other / "digests.json").unlink()
    write_digests(other)


@pytest.fixture(scope="module")
def found(runs: Path) -> Benefits:
    """The comparison."""
    return benefits(runs / "with", runs / "without")


def test_welfare_is_the_cost_that_is_saved(runs: Path, found: Benefits) -> None:
    """B1 summed over countries and parts = cost without less cost with, and payments that change hands."""
    saved = (
        read_summary(runs / "without").dispatch.objective_usd_real
        - read_summary(runs / "with").dispatch.objective_usd_real
    )
    transfers = sum(
        parts.get(kind, 0.0) for parts in found.surplus_usd_real.values() for kind in ("transit", "border_carbon")
    )
    assert found.surplus_total_usd_real == pytest.approx(saved + transfers, rel=1e-6, abs=1.0)
    assert saved >= 0.0


def test_a_sweep_gives_ranges_over_its_scenarios(runs: Path, found: Benefits, tmp_path: Path) -> None:
    """Two sizes at two prices are two pairs; the pair at the case's own prices is that of the two runs."""
    file = tmp_path / "s.toml"
    file.write_text(
        '[axes]\n"link.caspian.capacity_mw" = [400, 0]\n"prices.market_level" = [{}, { RO = "high" }]\n'
        '[fixed]\nhours = "all"\nac_hours = 0\n'
    )
    done = CliRunner().invoke(app, ["sweep", "tiny", str(file), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    own, dearer = pairs = analyse([tmp_path / "out"]).pairs
    assert (own.form, own.scenario, dearer.scenario) == ("TOOT", "", "prices.market_level.RO = high")
    (alone,) = analyse([runs / "with", runs / "without"]).pairs
    for each in INDICATORS:
        if each.of is not None:
            assert each.of(own.found) == pytest.approx(each.of(found), rel=1e-6, abs=1e-3), each.code
    assert own.npv_usd_real == pytest.approx(alone.npv_usd_real, rel=1e-6)
    for pair in (own, dearer):
        by_country = sum(sum(parts.values()) for parts in pair.found.surplus_usd_real.values())
        assert by_country == pytest.approx(pair.found.surplus_total_usd_real)
    table = text(Analysis(pairs, (), 25, 0.04))
    assert "Scenario beside the first: differs in prices.market_level.RO = high" in table
    assert re.search(r"^B1 .*\(.* to .*\)", table, re.MULTILINE)


def test_each_level_of_cost_in_a_sweep_is_a_pair(tmp_path: Path) -> None:
    """Two prices of the cable on one pair of dispatches: the same benefits, each with its own worth. The package stands
    at size 0 too, so that neither pays for it."""
    file = tmp_path / "s.toml"
    file.write_text(
        '[axes]\n"link.caspian.capacity_mw" = [400, 0]\n"link.caspian.cost.subsea_cable" = [2000, 3000]\n'
        '[fixed]\nhours = "all"\nac_hours = 0\n"reinforcement.package_mw" = 400\n'
    )
    done = CliRunner().invoke(app, ["sweep", "tiny", str(file), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    cheap, dear = analyse([tmp_path / "out"]).pairs
    assert (cheap.scenario, dear.scenario) == ("", "link.caspian.cost.subsea_cable = 3000.0")
    assert cheap.found.surplus_usd_real == dear.found.surplus_usd_real
    assert cheap.npv_usd_real is not None
    assert dear.npv_usd_real is not None
    assert cheap.npv_usd_real > dear.npv_usd_real + 1e6
    page = CliRunner().invoke(app, ["cba", str(tmp_path / "out")]).output
    assert "the inland package stands with and without the link" in page
    row = next(row for row in rows_of_sweep(tmp_path / "out") if "caspian" in row.case.built_links)
    (whole, works), (alone, nothing) = row.costs(package=True), row.costs(package=False)
    assert works > nothing == 0.0
    assert whole.capex == alone.capex


def test_a_package_that_stands_without_the_link_costs_it_nothing(runs: Path, found: Benefits) -> None:
    """Whoever pays for it; one that comes with the link counts once, in the project's books or beside them."""
    works = sum(row["central_usd_real"] for row in read_rows(runs / "with", "reinforcement_costs"))
    whole = found.investment_usd_real
    assert whole is not None
    assert works > 0.0
    assert benefits(runs / "paid", runs / "without").investment_usd_real == pytest.approx(whole)
    for name in ("with-built", "paid-built"):
        shared = benefits(runs / name, runs / "without-built")
        assert shared.investment_usd_real == pytest.approx(whole - works)
        assert shared.running_usd_real == pytest.approx(found.running_usd_real)
        assert "the inland package stands with and without the link: no part of the figures" in shared.notes


def test_another_link_than_the_financed_one_has_no_costs_here(runs: Path) -> None:
    """The Black Sea cable's benefit, its market among the emissions, without the costs of the Caspian link."""
    found = benefits(runs / "with", runs / "alone")
    assert found.emissions_change_tco2["RO"] != 0.0
    assert found.costs_left_out == "what is compared is black_sea; the first run finances caspian (project.links)"
    assert (found.investment_usd_real, found.economic, found.shares, found.err_pa.value) == (None, (), (), None)
    done = CliRunner().invoke(app, ["benefits", str(runs / "with"), str(runs / "alone")])
    assert "Costs, ENPV, ERR and sharing keys are left out: what is compared is black_sea" in done.output
    with pytest.raises(BadInput, match="what is compared is black_sea"):
        keep(found, runs / "with")


def test_cba_tells_what_every_indicator_is(runs: Path) -> None:
    """Text and JSON hold name, unit, definition, range and why not; horizon, rate and notes are told."""
    folders = [str(runs / "with"), str(runs / "without")]
    page = CliRunner().invoke(app, ["cba", *folders, "--years", "40", "--rate", "0.06"]).output
    assert "NPV: 40 years (no more than 35 are run) at 6 % real" in page
    assert "Note: one weather year; every later year repeats it" in page
    content = json.loads(CliRunner().invoke(app, ["cba", *folders, "--json"]).output)
    assert (content["horizon_years"], content["rate_pa"]) == (25, 0.04)
    assert [each["code"][:2] for each in content["indicators"]] == [each.code[:2] for each in INDICATORS]
    for each in content["indicators"]:
        assert each["name"]
        assert each["unit"]
        assert each["definition"]
        assert each["name"] in page
        assert each["definition"].split()[0] in page
        if each["why_not_stated"]:
            assert each["forms"] == {}
            assert f"not stated: {each['why_not_stated']}" in page
        else:
            assert set(each["forms"]["TOOT"]) == {"value", "least", "most"}
    assert content["notes"] == list(analyse([Path(folder) for folder in folders]).pairs[0].found.notes)


def test_economic_worth_by_hand(runs: Path, found: Benefits) -> None:
    """ENPV at 5 %: capex by year, then (B1 + B2) x availability less opex, the closing year last."""
    plan = read_plan(runs / "with")
    works = (
        sum(row["central_usd_real"] for row in read_rows(runs / "with", "reinforcement_costs"))
        if (runs / "with" / "tables" / "reinforcement_costs.parquet").is_file()
        else 0.0
    )
    capex = np.sum([item.central_usd_real * np.array(item.spread_frac) for item in plan.capex], axis=0)
    yearly = (found.surplus_total_usd_real + found.carbon_usd_real[1]) * plan.availability_frac
    operating = [yearly - cost for cost in plan.opex_usd_real]
    flows = np.concatenate([-capex * (1 + works / capex.sum()), operating, [-plan.decommissioning_usd_real]])
    at_five = next(each for each in found.economic if each.rate_pa == 0.05)
    assert at_five.enpv_usd_real == pytest.approx(npv(0.05, flows), rel=1e-9)


def test_every_key_pays_the_whole_cost(found: Benefits) -> None:
    """Under each key the countries' costs add up to the same; nobody loses where losers are made whole."""
    totals = {}
    for share in found.shares:
        totals[share.key] = totals.get(share.key, 0.0) + share.cost_usd_real
    assert totals["territory"] == pytest.approx(totals["benefit"]) == pytest.approx(totals["compensate_losers"])
    assert all(
        share.net_usd_real == pytest.approx(0.0, abs=1.0)
        for share in found.shares
        if share.key == "compensate_losers" and share.gain_usd_real < 0
    )


def test_gains_beside_costs_have_the_links_outages_taken_off(runs: Path, found: Benefits) -> None:
    """Under every key the gains add up to availability x B1 of the countries, as in the ENPV beside them."""
    plan = read_plan(runs / "with")
    assert plan.availability_frac < 1.0
    own = sum(sum(parts.values()) for name, parts in found.surplus_usd_real.items() if name != "rest_of_world")
    for key in ("thirds", "territory", "benefit", "compensate_losers"):
        gained = sum(share.gain_usd_real for share in found.shares if share.key == key)
        assert gained == pytest.approx(plan.availability_frac * own)


def test_runs_that_differ_in_more_than_the_link_are_refused(runs: Path) -> None:
    """Another weather year, and the wrong order, each said in one message with exit code 2."""
    with pytest.raises(BadInput, match="weather"):
        benefits(runs / "with", runs / "windy")
    done = CliRunner().invoke(app, ["benefits", str(runs / "without"), str(runs / "with")])
    assert done.exit_code == 2
    assert "no link more in the first" in done.output


def test_the_page_names_every_indicator(runs: Path) -> None:
    """The text holds B1 to B6 with units, the rates and the keys."""
    page = CliRunner().invoke(app, ["benefits", str(runs / "with"), str(runs / "without")]).output
    for words in (
        "B1 socio-economic welfare",
        "B2 carbon",
        "B3",
        "GWh",
        "ENPV",
        "equal thirds",
        "losers made whole",
        "captured USD/MWh",
    ):
        assert words in page


def test_a_kept_comparison_stands_in_the_runs_folder(runs: Path, found: Benefits, tmp_path: Path) -> None:
    """The tables hold what was compared, the folder's digests fit, and a second comparison takes their place."""
    folder = tmp_path / "with"
    shutil.copytree(runs / "with", folder)
    for _ in range(2):
        names = keep(found, folder)
        check_digests(folder)
    surplus = read_rows(folder, "benefits_surplus")
    assert sum(row["amount_usd_real"] for row in surplus) == pytest.approx(found.surplus_total_usd_real)
    assert {row["key"] for row in read_rows(folder, "benefits_shares")} == {share.key for share in found.shares}
    rates = [row["rate_pa"] for row in read_rows(folder, "benefits_economic")]
    assert rates == [each.rate_pa for each in found.economic]
    assert len(names) == 5
