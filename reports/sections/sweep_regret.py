"""The choice of least regret over the scenarios of a sweep."""

from __future__ import annotations

from collections.abc import Sequence

from reports.content import Block, Column, Page, Table, Text
from reports.language import say, word
from reports.numbers import number
from reports.sections.sweep_sizes import source
from reports.sweep_results import Row, SweepResults

STRATEGIES_MAX = 12
SCENARIOS_MAX = 5
NAMES_MAX = 6


def regret(results: SweepResults) -> tuple[Page, ...]:
    """C4: what each strategy loses in each scenario against the best one there."""
    rows = results.tables.get("regret", ())
    if not rows:
        return (_one_scenario(results),)
    blocks: list[Block] = []
    robust = []
    for measure in dict.fromkeys(str(row["measure"]) for row in rows):
        own = [row for row in rows if row["measure"] == measure]
        robust += [str(row["strategy"]) for row in own if row["least_regret"]][:1]
        blocks.append(_regret_table(own, measure))
    page = Page(
        "Robust choice",
        say("Least regret over {scenarios} scenarios: {robust}", scenarios=len(results.scenarios), robust=robust[0]),
        "Regret is what a strategy loses in a scenario against the best strategy there; the robust one has the "
        "smallest largest regret (Savage 1951). Scenarios carry no probabilities: others may choose otherwise.",
        tuple(blocks),
        source(results, "study/regret"),
    )
    return (page,)


MEASURE_WORDS = {
    "value_a_year_usd_real": "value a year, real",
    "saving_usd_real": "saving over the hours that were run, real",
    "equity_npv_usd_nominal": "worth to the owners, nominal",
}
MEASURE_NOTES = {
    "value_a_year_usd_real": "Value: what the system saves against the smallest size, times availability, less annuity "
    "and running cost of cable and inland package. ",
    "saving_usd_real": "Value: what the system saves against the smallest size, without the cost of the cable. ",
    "equity_npv_usd_nominal": "Value: net present value of the owners' flows at the return that they require, 0 for "
    "not building. Grants and cheap loans count as gains, whoever gives them. ",
}


def _one_scenario(results: SweepResults) -> Page:
    text = "Every axis of this sweep is a size or a mix. Another one (a price, a weather year) makes scenarios."
    return Page(
        "Robust choice",
        "Not examined: one scenario has no regret",
        "",
        (Text((text,)),),
        source(results, "study/regret"),
    )


def _regret_table(every: Sequence[Row], measure: str) -> Table:
    rows = [row for row in every if row["regret_usd"] is not None]
    scenarios = list(dict.fromkeys(str(row["scenario"]) for row in rows))
    worst = {str(row["strategy"]): float(row["regret_max_usd"]) for row in rows}
    shown = sorted(worst, key=lambda name: worst[name])[:STRATEGIES_MAX]
    known = {(str(row["strategy"]), str(row["scenario"])): float(row["regret_usd"]) for row in rows}
    told = scenarios[:SCENARIOS_MAX]
    cells = tuple(
        (name, *(number(known[name, one] / 1e6, "money_musd") for one in told), number(worst[name] / 1e6, "money_musd"))
        for name in shown
    )
    columns = (
        Column("Strategy", width=1.4),
        *(Column(one, "M USD", True, 1) for one in told),
        Column("Largest regret", "M USD", True, 0.8),
    )
    note = (
        word(MEASURE_NOTES.get(measure, ""))
        + _more_scenarios(len(scenarios), len(scenarios) - len(told))
        + _more_strategies(len(worst) - len(shown))
        + _left_out([str(row["strategy"]) for row in every if row["regret_usd"] is None])
    )
    what = MEASURE_WORDS.get(measure, measure)
    return Table(say("Regret: {what}", what=what), columns, cells, note=note.strip(), strong_rows=(0,), small=True)


def _more_scenarios(count: int, more: int) -> str:
    if more <= 0:
        return ""
    return say("Largest over all {scenarios} scenarios, {more} not shown. ", scenarios=count, more=more)


def _more_strategies(more: int) -> str:
    return say("{more} strategies of larger regret are in study/regret. ", more=more) if more > 0 else ""


def _left_out(strategies: Sequence[str]) -> str:
    """Mixes that are no strategies."""
    if not strategies:
        return ""
    names = "; ".join(strategies[:NAMES_MAX]) + ("; ..." if len(strategies) > NAMES_MAX else "")
    return say(
        "Left out, each with its reason in study/regret: {count} that default in a scenario, have no equity or were "
        "not financed in all ({names}).",
        count=len(strategies),
        names=names,
    )
