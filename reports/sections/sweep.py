"""The report of a sweep over cable sizes: the marginal curve, the sizes side by side, and how it was made."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date

from reports.charts import FULL_MM, Axis
from reports.content import Block, Column, Page, Report, Table, Text
from reports.language import ENGLISH, say, speaking, word
from reports.numbers import number, show
from reports.sections.sweep_bankability import bankability
from reports.sections.sweep_regret import regret
from reports.sections.sweep_sizes import gw, scenario_words, size_of, sizes, source
from reports.sections.translation import finished
from reports.sentences import STANDING
from reports.sweep_charts import SizeCurves
from reports.sweep_results import Row, SweepResults

AGREE_FRAC = 0.02
"""Dual and finite difference of neighbouring sizes bracket each other within this share, or the page says where not."""


def report(results: SweepResults, document_date: date, language: str = ENGLISH) -> Report:
    """All pages that the sweep has data for, in one of `reports.language.LANGUAGES`."""
    with speaking(language):
        pages = (*marginal(results), *sizes(results), *bankability(results), *regret(results), *method(results))
        made = Report(
            title=say("Sweep of {title}", title=results.title),
            subtitle=say(
                "case {name}, year {year}, {finished} of {cases} cases",
                name=results.name,
                year=results.year,
                finished=results.finished,
                cases=results.cases,
            ),
            case_name=results.name,
            year=results.year,
            digest=results.digest,
            document_date=document_date,
            standing=STANDING,
            pages=pages,
            language=language,
        )
        return finished(made)


def marginal(results: SweepResults) -> tuple[Page, ...]:
    """C1: what one more MW saves, as dual and as finite difference, against what it costs."""
    scenario = results.scenarios[0]
    rows = results.of("capacity", scenario)
    best = results.best
    page = Page(
        "Marginal value of the cable",
        _best_headline(best, rows),
        say(
            "{scenario}The line is the dual of the rating at each size, with the losses and the idle draw that "
            "a larger cable brings; the marks are the saving from one size to the next. By the law of "
            "diminishing returns each mark lies between the line's values on both sides. {value}",
            scenario=scenario_words(results, scenario),
            value=_agreement(rows),
        ),
        (_curve(rows, best, results), *_staged(results)),
        source(results, "study/capacity, study/best, study/staged"),
    )
    return (page,)


def _best_headline(best: Row, rows: Sequence[Row]) -> str:
    if not best or best.get("welfare_mw") is None:
        step = rows[-1].get("step_saving_usd_real_per_mw")
        return say(
            "From {value} to {value_2} each further MW saves {step} USD over the hours that were run",
            value=size_of(rows[-2]),
            value_2=size_of(rows[-1]),
            step=show(step, "plain"),
        )
    if best["welfare_mw"] == 0:
        return "In this case no size is worth its cost: the highest value is that of no cable"
    text = say("In this case the value is highest at {best}", best=gw(best["welfare_mw"]))
    if best["flat_low_mw"] != best["flat_high_mw"]:
        text += say("; {best} to {best_2} is as good", best=gw(best["flat_low_mw"]), best_2=gw(best["flat_high_mw"]))
    if best["at_end"]:
        text += ": best of those tried, the optimum may lie beyond"
    return text


def _agreement(rows: Sequence[Row]) -> str:
    """Whether every mark lies between the duals of its ends; the worst distance where one does not, and what changes
    there of what was compared."""
    worst, at, changes = 0.0, "", None
    for below, above in itertools.pairwise(rows):
        duals = [row.get("built_worth_usd_real_per_mw") for row in (below, above)]
        step = above.get("step_saving_usd_real_per_mw")
        if None in duals or not step:
            continue
        low, high = sorted(duals)  # type: ignore[type-var]
        outside = max(0.0, low - step, step - high) / abs(step)
        if outside > worst:
            worst, at = outside, say("{below} and {above}", below=size_of(below), above=size_of(above))
            changes = above.get("step_changes")
    if worst <= AGREE_FRAC:
        return "Here they do."
    text = say("Not so between {at}, by {distance}: ", at=at, distance=show(worst, "share_frac"))
    if changes is None:
        return text + say("what changes there beside the size was not recorded.")
    if not changes:
        return text + say(
            "inland package and swept keys of the cable are the same on both sides; no other cause was looked for."
        )
    return text + say("there these change too: {changes}.", changes=", ".join(map(word, changes.split(", "))))


def _curve(rows: Sequence[Row], best: Row, results: SweepResults) -> SizeCurves:
    dual = [(float(row["size_mw"]), row["built_worth_usd_real_per_mw"]) for row in rows]
    known = [(size / 1e3, value / 1e3) for size, value in dual if value is not None]
    pairs = list(itertools.pairwise(rows))
    dots = [
        ((float(a["size_mw"]) + float(b["size_mw"])) / 2e3, float(b["step_saving_usd_real_per_mw"]) / 1e3)
        for a, b in pairs
    ]
    steps = [
        (float(a["size_mw"]) / 1e3, float(b["size_mw"]) / 1e3, float(b["step_cost_usd_real_per_mw"]) / 1e3)
        for a, b in pairs
        if b.get("step_cost_usd_real_per_mw") is not None
    ]
    flat = (best.get("flat_low_mw"), best.get("flat_high_mw")) if best else (None, None)
    chosen = best.get("welfare_mw") if best else None
    first, last = known[0], known[-1]
    return SizeCurves(
        caption="Saving and cost of one more MW over the size of the cable; band: sizes as good as the best",
        alt=say(
            "Line with marks. Size in GW, value of one more MW in thousand USD of {price_base_year}. The dual "
            "falls from {first} at {first_2} GW to {last} at {last_2} GW. Data: the table of sizes.",
            price_base_year=results.price_base_year,
            first=number(first[1], "plain"),
            first_2=number(first[0], "plain"),
            last=number(last[1], "plain"),
            last_2=number(last[0], "plain"),
        ),
        width_mm=FULL_MM,
        height_mm=85.0,
        sizes=tuple(size for size, _ in known),
        line=tuple(value for _, value in known),
        line_label="saving, dual",
        dots=tuple(dots),
        dots_label="saving, step to step",
        steps=tuple(steps),
        steps_label="cost of the step",
        band=(flat[0] / 1e3, flat[1] / 1e3) if flat[0] is not None and flat[1] is not None else None,
        best=chosen / 1e3 if chosen is not None else None,
        best_label="highest value",
        axis=Axis(
            say("One more MW{whole_year}", whole_year="" if not rows[0]["whole_year"] else ", a year"),
            "thousand USD/MW",
        ),
        across=Axis("Size", "GW"),
    )


def _staged(results: SweepResults) -> tuple[Block, ...]:
    rows = results.tables.get("staged", ())
    if not rows:
        return ()
    cells = tuple(
        (
            f"{gw(row['first_mw'])} + {gw(row['first_mw'])}",
            *(number(row[key] / 1e6, "money_musd", signed=True) for key in STAGED),
            f"{row['built_in']} of {row['scenarios']}",
        )
        for row in rows
    )
    columns = (
        Column("Stages", width=1),
        *(Column(name, "M USD", True, 1) for name in ("At once", "Staged", "Staged if worth it", "Worth of waiting")),
        Column("Second stage built", width=1),
    )
    note = say(
        "Present value at the start of operation, 4 % real, second stage {wait_years} years later at the "
        "cost of the first and of what its inland package adds; scenarios weigh the same. Worth of "
        "waiting: staged if worth it against at once, each at least nothing. Two cables are dispatched as "
        "one of their size.",
        wait_years=rows[0]["wait_years"],
    )
    return (Table("Building in two stages", columns, cells, note=note, small=True),)


STAGED = ("once_usd_real", "staged_usd_real", "option_usd_real", "waiting_usd_real")


def method(results: SweepResults) -> tuple[Page, ...]:
    """What the figures are, and what they are not."""
    lines = (
        say("Swept: {axes}.", axes=", ".join(results.axes)),
        "Every size is dispatched to proven optimality. A size starts from the basis of its neighbour: the same "
        "optimum, found sooner.",
        "Saving is what the dispatch minimises: fuel, operation, trade, shedding. It grows and is concave in the size "
        "where package, loss coefficients and reserve stay as they are.",
        "Where the inland package changes with the size (reinforcement.package_mw = 0), its own benefit and its steps "
        "are part of the saving; the smallest size stands without it.",
        "One weather year and one planning year stand for all operating years, flat in real terms.",
        "Costs of cable and package are the central ones of the tables; ranges stand in study/capacity and in the "
        "report of a single run.",
        "The cable's length, rating and cost are assumptions: not calibrated to the official feasibility study.",
    )
    return (
        Page(
            "How it was made",
            say("{finished} of {cases} cases were run and compared", finished=results.finished, cases=results.cases),
            "What the pages before rest on.",
            (Text(lines, voice="list"),),
            source(results, "sweep.json, sweep.parquet"),
        ),
    )
