"""Bankability over size and mix, the grant that closes the gap, and the choice of least regret."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reports import palette
from reports.charts import FULL_MM, Axis
from reports.content import Block, Column, Page, Table, Text
from reports.language import say, word
from reports.money_charts import Cell, Frontier, Line, Matrix
from reports.numbers import JOIN, number, show
from reports.sweep_results import Row, SweepResults

DSCR_BOUNDS = (1.0, 1.15, 1.3, 1.5)
DSCR_KEY = ((0, "below 1.00x"), (1, "to 1.15x"), (2, "to 1.30x"), (3, "to 1.50x"), (4, "above"))
GRANT_BOUNDS = (0.5, 0.3, 0.15, 1e-9)
GRANT_KEY = ((0, "above 50 %, or none is enough"), (1, "to 50 %"), (2, "to 30 %"), (3, "to 15 %"), (4, "none needed"))
RETURN_BOUNDS = (0.0, 0.05, 0.08, 0.12)
RETURN_KEY = ((0, "below 0 %, or none"), (1, "to 5 %"), (2, "to 8 %"), (3, "to 12 %"), (4, "above 12 %"))
SCENARIOS_MAX = 3
SIZES_MAX = 10
LINES_MAX = 4
STRATEGIES_MAX = 12
COLOURS = (palette.ACCENT, palette.LIMIT, palette.INK, palette.MUTED)


def bankability(results: SweepResults) -> tuple[Page, ...]:
    """C3: cover, return and grant needed by size and mix, for the first scenarios; then the frontier."""
    rows = results.tables.get("bankability", ())
    if not rows:
        return ()
    passing = [row for row in rows if row["verdict"] == "passes"]
    best = max((row for row in rows if row["dscr_min_ratio"] is not None), key=_cover, default=None)
    headline = say(
        "{passing} of {value} combinations of size and mix pass their lenders' tests",
        passing=len(passing),
        value=len(rows),
    )
    if not passing and best is not None:
        headline = say(
            "No size and mix passes: the highest least cover is {best} ({mix})",
            best=show(_cover(best), "cover_ratio"),
            mix=best["mix"],
        )
    blocks: list[Block] = []
    for scenario in results.scenarios[:SCENARIOS_MAX]:
        own = results.of("bankability", scenario)
        blocks += [_cover_map(own, scenario), _return_map(own, scenario), *_grant_map(own, scenario)]
    page = Page(
        "Bankability by size and mix",
        headline,
        say(
            "Least debt service cover and equity IRR of every mix at every size, at the contract's charge; and the "
            "further grant, as a share of all uses, with which the mix would pass its cover and return tests at that "
            "charge, the grant taking the place of every other source in proportion. {value}",
            value=_left_out(results),
        ),
        (*blocks, _return_table(results)),
        _source(results, "study/bankability"),
    )
    return (page, *_frontier(results))


def _source(results: SweepResults, tables: str) -> str:
    return say(
        "Model: sweep of case {name}, {finished} of {cases} cases. Data: {tables}.",
        name=results.name,
        finished=results.finished,
        cases=results.cases,
        tables=tables,
    )


def _cover(row: Row) -> float:
    return float(row["dscr_min_ratio"])


def _left_out(results: SweepResults) -> str:
    more = len(results.scenarios) - SCENARIOS_MAX
    return say("{more} more scenarios are in study/bankability. ", more=more) if more > 0 else ""


def _sizes(rows: Sequence[Row]) -> list[float]:
    return sorted({float(row["size_mw"]) for row in rows})[:SIZES_MAX]


def _matrix(
    rows: Sequence[Row], cell: Callable[[Row], Cell], words: tuple[str, str], key: tuple[tuple[int, str], ...]
) -> Matrix:
    sizes, mixes = _sizes(rows), sorted({str(row["mix"]) for row in rows})
    known = {(str(row["mix"]), float(row["size_mw"])): row for row in rows}
    cells = tuple(
        tuple(cell(known[mix, size]) if (mix, size) in known else Cell("not run", None) for size in sizes)
        for mix in mixes
    )
    spoken = "; ".join(
        f"{mix}: "
        + ", ".join(
            f"{each.text} at {number(size / 1e3, 'power_gw')} GW" for size, each in zip(sizes, own, strict=True)
        )
        for mix, own in list(zip(mixes, cells, strict=True))[:3]
    )
    return Matrix(
        caption=words[0],
        alt=say(
            "Fields. Size in GW by funding mix, {words}. {spoken}. Data: the table below.",
            words=words[1],
            spoken=spoken,
        ),
        width_mm=FULL_MM,
        height_mm=20.0 + 6.5 * len(mixes),
        rows=tuple(mixes),
        columns=tuple(show(size / 1e3, "power_gw") for size in sizes),
        cells=cells,
        key=key,
    )


def _where(scenario: str) -> str:
    return f", {scenario}" if scenario else ""


def _cover_map(rows: Sequence[Row], scenario: str) -> Matrix:
    def cell(row: Row) -> Cell:
        if row["dscr_min_ratio"] is None:
            return Cell("no debt", None)
        return Cell(show(_cover(row), "cover_ratio"), sum(_cover(row) >= bound for bound in DSCR_BOUNDS))

    return _matrix(
        rows,
        cell,
        (say("Least debt service cover{scenario}", scenario=_where(scenario)), word("least cover ratio")),
        DSCR_KEY,
    )


def _return_map(rows: Sequence[Row], scenario: str) -> Matrix:
    def cell(row: Row) -> Cell:
        reached = row["equity_irr_pa"]
        if reached is None:
            return Cell("none", 0)
        return Cell(f"{number(reached, 'irr_pa')}{JOIN}%", sum(reached >= bound for bound in RETURN_BOUNDS))

    return _matrix(
        rows,
        cell,
        (say("Equity IRR{scenario}", scenario=_where(scenario)), word("equity IRR")),
        RETURN_KEY,
    )


def _grant_map(rows: Sequence[Row], scenario: str) -> tuple[Matrix, ...]:
    if all(row["extra_grant_frac"] is None and row["grant_note"] == "not asked" for row in rows):
        return ()

    def cell(row: Row) -> Cell:
        share = row["extra_grant_frac"]
        if share is None:
            return Cell("none enough", 0)
        return Cell(f"{number(share, 'share_frac')}{JOIN}%", sum(share <= bound for bound in GRANT_BOUNDS))

    return (
        _matrix(
            rows,
            cell,
            (say("Further grant needed, share of uses{scenario}", scenario=_where(scenario)), word("grant share")),
            GRANT_KEY,
        ),
    )


def _return_table(results: SweepResults) -> Table:
    """Return, charges and grant in money, of the first scenario."""
    rows = sorted(results.of("bankability", results.scenarios[0]), key=lambda row: (row["size_mw"], row["mix"]))
    cells = tuple(
        (
            f"{show(float(row['size_mw']) / 1e3, 'power_gw')}, {row['mix']}",
            "none" if row["equity_irr_pa"] is None else number(row["equity_irr_pa"], "irr_pa"),
            number(row["required_charge_usd_per_mwh"], "price_usd_per_mwh"),
            number(row["affordable_charge_usd_per_mwh"], "price_usd_per_mwh", signed=True),
            "none"
            if row["extra_grant_usd_nominal"] is None
            else number(row["extra_grant_usd_nominal"] / 1e6, "money_musd"),
            f"{row['verdict']}: {row['verdict_test']}",
        )
        for row in rows[:40]
    )
    columns = (
        Column("Size, mix", width=1.2),
        Column("Equity IRR", "%", True, 0.7),
        Column("Required", "USD/MWh", True, 0.7),
        Column("Affordable", "USD/MWh", True, 0.7),
        Column("Grant", "M USD", True, 0.7),
        Column("Verdict", width=2.4),
    )
    note = "Charges real, grant nominal. Grant of none: revenue does not cover running cost and tax if all is given."
    return Table("Returns, charges and grants", columns, cells, note=note, small=True)


def _frontier(results: SweepResults) -> tuple[Page, ...]:
    rows = results.tables.get("frontier", ())
    lines: list[Line] = []
    sizes = sorted({float(row["size_mw"]) for row in rows})
    for size in _spread(sizes, LINES_MAX):
        own = [row for row in rows if float(row["size_mw"]) == size and row["grants_frac"] is not None]
        if len(own) > 1:
            x = tuple(float(row["charge_usd_per_mwh"]) for row in own)
            y = tuple(100 * float(row["grants_frac"]) for row in own)
            lines.append(Line(show(size / 1e3, "power_gw"), COLOURS[len(lines)], x, y))
    if not lines:
        return ()
    mixes = ", ".join(sorted({str(row["mix"]) for row in rows}))
    chart = Frontier(
        caption="All grants of the least demanding mix over the charge that is paid, by size of the cable",
        alt=say(
            "Falling lines. Charge in USD/MWh, grants in per cent of uses. {lines} sizes; without further "
            "grant they end at {line_lines} USD/MWh. Data: study/frontier.",
            lines=len(lines),
            line_lines=", ".join(number(line.x[-1], "price_usd_per_mwh") for line in lines),
        ),
        width_mm=FULL_MM,
        height_mm=85.0,
        lines=tuple(lines),
        rings=(),
        uprights=(),
        axis=Axis("Grants, share of uses", "%"),
        across=Axis("Charge, real", "USD/MWh"),
    )
    least = min(lines, key=lambda line: line.x[-1])
    page = Page(
        "Subsidy against tariff",
        say(
            "Without a further grant the least charge is {x}, at {label}",
            x=show(least.x[-1], "price_usd_per_mwh"),
            label=least.label,
        ),
        say(
            "Each line falls to the share of grants that the mix holds itself, at the charge it requires ({mixes}).",
            mixes=mixes,
        ),
        (chart,),
        _source(results, "study/frontier"),
    )
    return (page,)


def _spread(values: Sequence[float], count: int) -> list[float]:
    """So many of the values, the ends among them."""
    if len(values) <= count:
        return list(values)
    return [values[round(k * (len(values) - 1) / (count - 1))] for k in range(count)]


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
        blocks.append(_regret_table(own, MEASURE_WORDS.get(measure, measure)))
    page = Page(
        "Robust choice",
        say("Least regret over {scenarios} scenarios: {robust}", scenarios=len(results.scenarios), robust=robust[0]),
        "Regret is what a strategy loses in a scenario against the best strategy there; the robust one has the "
        "smallest largest regret (Savage 1951). Scenarios carry no probabilities: others may choose otherwise.",
        tuple(blocks),
        _source(results, "study/regret"),
    )
    return (page,)


MEASURE_WORDS = {
    "value_a_year_usd_real": "value a year, real",
    "saving_usd_real": "saving over the hours that were run, real",
    "equity_npv_usd_nominal": "worth to the owners, nominal",
}


def _one_scenario(results: SweepResults) -> Page:
    text = "Every axis of this sweep is a size or a mix. Another one (a price, a weather year) makes scenarios."
    return Page(
        "Robust choice",
        "Not examined: one scenario has no regret",
        "",
        (Text((text,)),),
        _source(results, "study/regret"),
    )


def _regret_table(rows: Sequence[Row], what: str) -> Table:
    scenarios = list(dict.fromkeys(str(row["scenario"]) for row in rows))
    worst = {str(row["strategy"]): float(row["regret_max_usd"]) for row in rows}
    shown = sorted(worst, key=lambda name: worst[name])[:STRATEGIES_MAX]
    known = {(str(row["strategy"]), str(row["scenario"])): float(row["regret_usd"]) for row in rows}
    told = scenarios[:5]
    cells = tuple(
        (name, *(number(known[name, one] / 1e6, "money_musd") for one in told), number(worst[name] / 1e6, "money_musd"))
        for name in shown
    )
    columns = (
        Column("Strategy", width=1.4),
        *(Column(one, "M USD", True, 1) for one in told),
        Column("Largest regret", "M USD", True, 0.8),
    )
    more = len(scenarios) - len(told)
    note = (
        say("Largest over all {scenarios} scenarios, {more} not shown.", scenarios=len(scenarios), more=more)
        if more > 0
        else ""
    )
    return Table(say("Regret: {what}", what=what), columns, cells, note=note, strong_rows=(0,), small=True)
