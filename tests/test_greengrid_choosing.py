"""Ranking, own limits, grant frontier, files of a comparison, and the cable at other ratings."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from financing.limits import SOVEREIGN_KINDS, for_structure
from financing.loading import load_structure
from financing.optimise import optimise
from financing.package import finance
from greengrid.cashflows import link_year
from greengrid.choosing import cover_rows, waterfall_rows
from greengrid.cli import app
from greengrid.errors import BadInput
from greengrid.limits_file import read_limits
from greengrid.mix_comparison import RANKS, Compared, Request, as_record, compare_mixes
from greengrid.plans import read_plan
from greengrid.sizes import at_rating, cable_types, with_flows
from tests.test_cashflows import CASPIAN, dispatch

PLAN = Path(__file__).parent / "cases" / "plan_example" / "plan.toml"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["finance", str(PLAN), *arguments])


@pytest.fixture(scope="module")
def compared() -> Compared:
    """Three mixes on the example, not ranked."""
    return compare_mixes(str(PLAN), Request(mixes="blended,commercial,ppp"))


@pytest.mark.parametrize("rank", [name for name in RANKS if name != "default"])
def test_a_ranking_follows_its_measure(compared: Compared, rank: str) -> None:
    """Values along the order never get better; mixes without one stand last."""
    by_name = {result.mix: result.mix_row() for result in compared.comparison.results}
    values = [by_name[mix][RANKS[rank][0]] for mix in compared.comparison.ranked_by(RANKS[rank][0])]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (len(values) - len(known))
    falling = rank not in ("charge", "grant", "cost_of_capital")
    assert known == sorted(known, reverse=falling)


def test_the_best_stands_first_and_says_why(compared: Compared) -> None:
    """The text names the measure and the mix with the lowest required charge before the others."""
    charges = {result.mix: result.measures.required_charge_usd_per_mwh.value for result in compared.comparison.results}
    said = run("--mixes", "blended,commercial,ppp", "--rank", "charge").output
    ranking = said[said.index("Ranked by required charge, lowest first") :]
    assert ranking.split()[7] == min(charges, key=charges.__getitem__)


def test_bad_requests_are_told_together() -> None:
    """An unknown ranking, an unknown goal and limits without a goal in one message, exit 2."""
    answer = run("--rank", "beauty", "--optimise", "fame")
    assert answer.exit_code == 2
    assert "beauty" in answer.output
    assert "fame" in answer.output
    assert "draws" in run("--rank", "default").output


def test_the_json_has_the_keys_of_the_summary() -> None:
    """Without more asked for, each mix has the entry of summary.json's financing and no other key."""
    entries = json.loads(run("--mixes", "blended", "--json").output)
    (result,) = compare_mixes(str(PLAN), Request(mixes="blended")).comparison.results
    assert entries == {"blended": json.loads(json.dumps(result.summary()))}


@pytest.mark.slow
def test_the_folder_holds_what_the_mixes_gave(tmp_path: Path) -> None:
    """Figures in three forms; cash flows in CSV add up to the result's own; a second run refuses and, replacing, gives
    the same bytes."""
    target = tmp_path / "mixes"
    assert run("--mixes", "blended", "-o", str(target)).exit_code == 0
    names = {path.name for path in (target / "figures").iterdir()}
    assert names == {
        f"blended-{kind}.{form}" for kind in ("cash-flow", "year", "covers", "debt") for form in ("svg", "png", "pdf")
    }
    with (target / "tables" / "cashflows.csv").open(encoding="utf-8") as file:
        dividends = sum(float(row["amount_usd_nominal"]) for row in csv.DictReader(file) if row["item"] == "dividends")
    result = finance(read_plan(PLAN), load_structure("blended"))
    assert dividends == pytest.approx(result.yearly["dividends"].sum())
    first = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    assert run("--mixes", "blended", "-o", str(target)).exit_code == 2
    assert run("--mixes", "blended", "-o", str(target), "--replace").exit_code == 0
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == first


def test_covers_and_waterfall_are_the_results_own() -> None:
    """The least DSCR of the rows is the mix's; what every year's claims leave unexplained is below a cent."""
    result = finance(read_plan(PLAN), load_structure("blended"))
    rows = cover_rows(result)
    assert min(row["dscr_ratio"] for row in rows) == pytest.approx(result.measures.cover.least.value)
    life = [row["llcr_ratio"] for row in rows if row["llcr_ratio"] is not None]
    assert min(life) == pytest.approx(result.measures.llcr_min_ratio.value, rel=0.02)
    assert max(row["check_usd_nominal"] for row in waterfall_rows(result)) < 0.01
    paid = sum(row["dividends_usd_nominal"] for row in waterfall_rows(result))
    assert paid == pytest.approx(result.yearly["dividends"].sum())


def test_limits_of_ones_own_are_kept(tmp_path: Path) -> None:
    """A loan cut to 300 M USD and 15 years, owners at 25 % at least, 400 M USD of debt for Kazakhstan, LLCR of 1.4."""
    file = tmp_path / "limits.toml"
    file.write_text(
        "equity_min_frac = 0.25\nllcr_min_ratio = 1.4\nsovereign_debt_max_usd = { KZ = 4e8 }\n"
        '[source."IBRD loan"]\namount_max_usd = 3e8\ntenor_max_years = 15\nshare_frac = [0.0, 0.4]\n'
        '[source."Equity of the grid companies"]\nshare_frac = [0.1, 0.9]\n',
        encoding="utf-8",
    )
    plan, limits = read_plan(PLAN), read_limits(file)
    found = optimise(plan, load_structure("blended"), "charge", for_structure(limits, load_structure("blended")))
    assert found.value.value is not None
    result = finance(plan, found.structure)
    raised = {row.source.name: row.amount_usd_nominal for row in result.tranche_measures}
    assert raised["IBRD loan"] <= 3e8 * 1.01
    assert next(s for s in found.structure.sources if s.name == "IBRD loan").tenor_years == 15
    assert found.structure.covenants.llcr_min_ratio == 1.4
    owned = sum(s.share_frac for s in found.structure.sources if s.kind == "equity")
    assert owned >= 0.25 - 1e-9
    backed = sum(raised[s.name] for s in found.structure.sources if s.kind in SOVEREIGN_KINDS)
    assert backed * dict(found.structure.borrowers)["KZ"] <= 4e8 * 1.01


def test_bad_limits_are_told_together(tmp_path: Path) -> None:
    """A share above one, a cover below one and an unknown key in one message; a source of no mix by its nearest."""
    file = tmp_path / "limits.toml"
    file.write_text("equity_min_frac = 1.5\nllcr_min_ratio = 0.5\nequity_max_frac = 0.5\n", encoding="utf-8")
    with pytest.raises(BadInput) as problem:
        read_limits(file)
    assert len(problem.value.problems) == 3
    file.write_text('[source."IBRD lone"]\ntenor_max_years = 10\n', encoding="utf-8")
    with pytest.raises(BadInput, match="IBRD loan"):
        compare_mixes(str(PLAN), Request(mixes="blended", goal="charge", limits=read_limits(file)))


@pytest.mark.slow
def test_the_frontier_and_the_risk_stand_in_the_record() -> None:
    """What was asked for is beside the measures of each mix."""
    entry = as_record(compare_mixes(str(PLAN), Request(mixes="blended", draws=100, frontier=True)))["blended"]
    assert entry["risk"]["draws"] == 100
    grants = [row["grants_frac"] for row in entry["frontier"] if row["grants_frac"] is not None]
    assert grants == sorted(grants, reverse=True)


def test_a_smaller_cable_cuts_the_flow_and_a_larger_one_does_not() -> None:
    """100 MW all year: at ratings above, the energy sent is this run's; cut at 60 MW it is 60 % of it."""
    small = with_flows(replace(CASPIAN, capacity_mw=60.0), CASPIAN, dispatch())
    large = with_flows(replace(CASPIAN, capacity_mw=4000.0, poles=4), CASPIAN, dispatch())
    own = link_year(CASPIAN, dispatch())
    assert small.year.sent_mwh == pytest.approx(0.6 * own.sent_mwh)
    assert small.full_hours == 8760
    assert large.year.sent_mwh == pytest.approx(own.sent_mwh)
    assert large.full_hours == 0
    exact = 8760 * replace(CASPIAN, capacity_mw=60.0).flow(60.0).received_mw
    assert small.year.received_mwh == pytest.approx(exact, rel=1e-6)


def test_other_ratings_keep_the_route() -> None:
    """The shipped sizes in order, each with the case's own ends and lengths; 1 GW is a monopole, 4 GW two bipoles."""
    kinds = cable_types()
    assert [kind.capacity_mw for kind in kinds] == [1000.0, 2000.0, 4000.0]
    links = [at_rating(CASPIAN, kind) for kind in kinds]
    assert {(link.from_bus, link.to_bus, link.subsea_km, link.land_km) for link in links} == {
        (CASPIAN.from_bus, CASPIAN.to_bus, CASPIAN.subsea_km, CASPIAN.land_km)
    }
    assert [(link.configuration, link.poles) for link in links] == [
        ("symmetrical_monopole", 1),
        ("bipole", 2),
        ("bipole", 4),
    ]
