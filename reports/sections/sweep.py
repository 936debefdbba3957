"""The report of a sweep over cable sizes: the marginal curve, the sizes side by side, and how it was made."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date

from reports.charts import FULL_MM, Axis
from reports.content import Block, Column, Page, Report, Table, Text
from reports.language import ENGLISH, say, speaking
from reports.numbers import NOT_APPLICABLE, number, show
from reports.sections.sweep_bankability import bankability, regret
from reports.sections.translation import finished
from reports.sentences import STANDING
from reports.sweep_charts import SizeCurves
from reports.sweep_results import Row, SweepResults

ROWS_MAX = 12
SECURITY_ROWS_MAX = 28
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


def source(results: SweepResults, tables: str) -> str:
    """The source line of a page."""
    return say(
        "Model: sweep of case {name}, {finished} of {cases} cases. Data: {tables}.",
        name=results.name,
        finished=results.finished,
        cases=results.cases,
        tables=tables,
    )


def marginal(results: SweepResults) -> tuple[Page, ...]:
    """C1: what one more MW saves, as dual and as finite difference, against what it costs."""
    scenario = results.scenarios[0]
    rows = results.of("capacity", scenario)
    best = next((row for row in results.tables["best"] if row["scenario"] == scenario), {})
    page = Page(
        "Marginal value of the cable",
        _best_headline(best, rows),
        say(
            "{scenario}The line is the dual of the rating at each size, with the losses and the idle draw that "
            "a larger cable brings; the marks are the saving from one size to the next. By the law of "
            "diminishing returns each mark lies between the line's values on both sides. {value}",
            scenario=_scenario_words(results, scenario),
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
            value=_size(rows[-2]),
            value_2=_size(rows[-1]),
            step=show(step, "plain"),
        )
    if best["welfare_mw"] == 0:
        return "In this case no size is worth its cost: the highest value is that of no cable"
    text = say("In this case the value is highest at {best}", best=_gw(best["welfare_mw"]))
    if best["flat_low_mw"] != best["flat_high_mw"]:
        text += say("; {best} to {best_2} is as good", best=_gw(best["flat_low_mw"]), best_2=_gw(best["flat_high_mw"]))
    if best["at_end"]:
        text += ": best of those tried, the optimum may lie beyond"
    return text


def _gw(size_mw: float) -> str:
    return show(size_mw / 1e3, "power_gw")


def _size(row: Row) -> str:
    return _gw(float(row["size_mw"]))


def _scenario_words(results: SweepResults, scenario: str) -> str:
    count = len(results.scenarios)
    return (
        say("Shown: {scenario}, the first of {count} scenarios. ", scenario=scenario, count=count) if count > 1 else ""
    )


def _agreement(rows: Sequence[Row]) -> str:
    """Whether every mark lies between the duals of its ends; the worst distance where one does not."""
    worst, at = 0.0, ""
    for below, above in itertools.pairwise(rows):
        duals = [row.get("built_worth_usd_real_per_mw") for row in (below, above)]
        step = above.get("step_saving_usd_real_per_mw")
        if None in duals or not step:
            continue
        low, high = sorted(duals)  # type: ignore[type-var]
        outside = max(0.0, low - step, step - high) / abs(step)
        if outside > worst:
            worst, at = outside, say("{below} and {above}", below=_size(below), above=_size(above))
    if worst <= AGREE_FRAC:
        return "Here they do."
    distance = show(worst, "share_frac")
    return say(
        "Not so between {at}, by {distance}: the inland package, the ramp or the design changes there.",
        at=at,
        distance=distance,
    )


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
            f"{_gw(row['first_mw'])} + {_gw(row['first_mw'])}",
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


def sizes(results: SweepResults) -> tuple[Page, ...]:
    """C2: the sizes side by side, energy first, then money, then security where it was studied."""
    scenario = results.scenarios[0]
    rows = results.of("capacity", scenario)
    shown = _thinned(rows)
    most = max(rows, key=lambda row: float(row["saving_usd_real"]))
    blocks: list[Block] = [_energy_table(shown), _money_table(shown, results), *_security_table(shown)]
    page = Page(
        "Sizes side by side",
        say(
            "The largest saving is {money_musd} at {most}, against {most_2}",
            money_musd=show(most["saving_usd_real"] / 1e6, "money_musd"),
            most=_size(most),
            most_2=_gw(most["reference_mw"]),
        ),
        say(
            "{scenario}Savings and changes are against the smallest size of the sweep{most}, over the hours "
            "that were run{whole_year}.",
            scenario=_scenario_words(results, scenario),
            most=", a cable of 0 GW" if most["reference_mw"] == 0 else "",
            whole_year=" (a whole year)" if most["whole_year"] else " (a part of a year)",
        ),
        tuple(blocks),
        source(results, "study/capacity"),
    )
    return (page,)


def _thinned(rows: Sequence[Row]) -> Sequence[Row]:
    """At most twelve rows, first and last among them."""
    if len(rows) <= ROWS_MAX:
        return rows
    places = sorted({round(k * (len(rows) - 1) / (ROWS_MAX - 1)) for k in range(ROWS_MAX)})
    return [rows[k] for k in places]


def _cells(row: Row, columns: Sequence[tuple[str, str, float, bool]]) -> tuple[str, ...]:
    found = []
    for key, quantity, factor, signed in columns:
        value = row.get(key)
        found.append(NOT_APPLICABLE if value is None else number(float(value) * factor, quantity, signed=signed))
    return (_size(row), *found)


ENERGY = (
    ("received_mwh", "energy_small_twh", 1e-6, False),
    ("utilisation_frac", "share_frac", 1.0, False),
    ("limit_h", "time_h", 1.0, False),
    ("loss_mwh", "energy_gwh", 1e-3, False),
    ("res_mwh", "energy_small_twh", 1e-6, False),
    ("curtailed_mwh", "energy_small_twh", 1e-6, False),
    ("system_change_tco2", "plain", 1e-6, True),
)


def _energy_table(rows: Sequence[Row]) -> Table:
    columns = (
        Column("Size"),
        Column("Received", "TWh", True),
        Column("Utilisation", "%", True),
        Column("At limit", "h", True),
        Column("Cable losses", "GWh", True),
        Column("RES used", "TWh", True),
        Column("Curtailed", "TWh", True),
        Column("CO2 change", "Mt", True),
    )
    note = (
        "RES: wind, sun and water. CO2: four countries, with power bought less power sold at the factor of each market."
    )
    return Table("Energy by size", columns, tuple(_cells(row, ENERGY) for row in rows), note=note, small=True)


MONEY = (
    ("saving_usd_real", "money_musd", 1e-6, True),
    ("welfare_gain_usd_real", "money_musd", 1e-6, True),
    ("rent_usd_real", "money_musd", 1e-6, True),
    ("reinforcement_usd_real", "money_musd", 1e-6, False),
    ("cost_a_year_usd_real", "money_musd", 1e-6, False),
    ("value_a_year_usd_real", "money_musd", 1e-6, True),
    ("npv_prefinance_usd_nominal", "money_musd", 1e-6, True),
    ("best_required_usd_per_mwh", "price_usd_per_mwh", 1.0, False),
    ("affordable_usd_per_mwh", "price_usd_per_mwh", 1.0, True),
)


def _money_table(rows: Sequence[Row], results: SweepResults) -> Table:
    columns = (
        Column("Size"),
        Column("Saving", "M USD", True),
        Column("B1", "M USD", True),
        Column("Rent", "M USD", True),
        Column("Inland AC", "M USD", True),
        Column("Cost a year", "M USD", True),
        Column("Value a year", "M USD", True),
        Column("NPV", "M USD", True),
        Column("Required", "USD/MWh", True),
        Column("Affordable", "USD/MWh", True),
    )
    note = say(
        "Real USD of {price_base_year} but NPV (before financing, nominal). Cost a year: annuity of cable "
        "and inland package at 4 % and running cost. Value a year: saving x availability less that. "
        "Required: least charge over the mixes. B1: surplus of all countries, rest of the world included; "
        "it differs from the saving by what changes hands with it.",
        price_base_year=results.price_base_year,
    )
    return Table("Money by size", columns, tuple(_cells(row, MONEY) for row in rows), note=note, small=True)


def _security_table(rows: Sequence[Row]) -> tuple[Block, ...]:
    """What the AC check and the security study of each size found, measure by measure."""
    names = sorted({key for row in rows for key in row if key.startswith("security.") and row[key] is not None})
    told = sorted((name for name in names if any(float(row.get(name) or 0.0) for row in rows)), key=_weight)
    if not told:
        text = (
            "AC not run in this sweep: voltages, N-1 secure transfer, largest infeed and short-circuit ratio unknown."
        )
        return (Text((text,), voice="note", title="Security"),)
    columns = (Column("Measure", width=2), *(Column(_size(row), "", True, 1) for row in rows[:8]))
    cells = tuple(
        (
            name.removeprefix("security.").removeprefix("parts.").replace("_", " ").replace(".", ": "),
            *(_plain(row.get(name)) for row in rows[:8]),
        )
        for name in told[:SECURITY_ROWS_MAX]
    )
    return (Table("Security by size", columns, cells, small=True),)


TELLING = ("secure-transfer.", "n-1.", "pole-outage.", "short-circuit.", "ac.")
"""Parts of the security study in the order of their telling; the rest follows."""


def _weight(name: str) -> tuple[int, str]:
    place = next((number for number, part in enumerate(TELLING) if f".{part}" in name), len(TELLING))
    return place, name


def _plain(value: object) -> str:
    if not isinstance(value, int | float):
        return NOT_APPLICABLE
    return number(float(value), "plain" if abs(float(value)) < 100 else "count")


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
