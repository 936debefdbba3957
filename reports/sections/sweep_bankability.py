"""Net present value and bankability over size and mix, and the grant that closes the gap."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reports import palette
from reports.charts import FULL_MM, Axis
from reports.content import Block, Column, Page, Table
from reports.language import say, word
from reports.money_charts import Cell, Frontier, Line, Matrix
from reports.numbers import JOIN, number, show
from reports.sections.sweep_sizes import gw, sizes_left_out, source
from reports.sweep_results import Row, SweepResults, spread

DSCR_BOUNDS = (1.0, 1.15, 1.3, 1.5)
DSCR_KEY = ((0, "below 1.00x"), (1, "to 1.15x"), (2, "to 1.30x"), (3, "to 1.50x"), (4, "above"))
GRANT_BOUNDS = (0.5, 0.3, 0.15, 1e-9)
GRANT_KEY = ((0, "above 50 %, or none is enough"), (1, "to 50 %"), (2, "to 30 %"), (3, "to 15 %"), (4, "none needed"))
RETURN_BOUNDS = (0.0, 0.05, 0.08, 0.12)
RETURN_KEY = ((0, "below 0 %, or none"), (1, "to 5 %"), (2, "to 8 %"), (3, "to 12 %"), (4, "above 12 %"))
NPV_KEY = ((0, "below 0"), (4, "0 or more"))
SCENARIOS_MAX = 3
SIZES_MAX = 10
LINES_MAX = 4
REASONS_MAX = 3
COLOURS = (palette.ACCENT, palette.LIMIT, palette.INK, palette.MUTED)


def bankability(results: SweepResults) -> tuple[Page, ...]:
    """C3: worth, cover, return and grant needed by size and mix, for the first scenarios; then the frontier."""
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
        blocks += [*_worth_map(own, scenario), _cover_map(own, scenario), _return_map(own, scenario)]
        blocks += _grant_map(own, scenario)
    page = Page(
        "NPV and bankability by size and mix",
        headline,
        say(
            "Net present value at each mix's own cost of capital, least debt service cover and equity IRR by size, at "
            "the contract's charge; and the further grant, as a share of all uses, with which the mix would pass its "
            "cover and return tests at that charge, the grant taking the place of every other source in proportion. "
            "{nearest}{value}",
            nearest="" if passing else _nearest(results.best),
            value=_left_out(results),
        ),
        (*blocks, _worth_table(results)),
        source(results, "study/bankability"),
    )
    return (page, *_frontier(results))


def _nearest(best: Row) -> str:
    """Where the required charge is nearest to the affordable one, on either side of it."""
    size, gap = best.get("nearest_mw"), best.get("nearest_gap_usd_per_mwh")
    if size is None or gap is None:
        return ""
    place = gw(size) + (f" ({best['scenario']})" if best["scenario"] else "")
    if gap > 0:
        return say(
            "Nearest is {size}: the least charge required is {gap} above what the chain affords. ",
            size=place,
            gap=show(gap, "price_usd_per_mwh"),
        )
    return say(
        "Nearest is {size}: the chain affords the least charge required, {gap} to spare; another test fails. ",
        size=place,
        gap=show(-gap, "price_usd_per_mwh"),
    )


def _cover(row: Row) -> float:
    return float(row["dscr_min_ratio"])


def _left_out(results: SweepResults) -> str:
    of_all = _sizes(results.tables["bankability"])
    text = sizes_left_out(len(spread(of_all, SIZES_MAX)), len(of_all), "study/bankability")
    more = len(results.scenarios) - SCENARIOS_MAX
    return text + (say("{more} more scenarios are in study/bankability. ", more=more) if more > 0 else "")


def _sizes(rows: Sequence[Row]) -> list[float]:
    return sorted({float(row["size_mw"]) for row in rows})


def _matrix(
    rows: Sequence[Row], cell: Callable[[Row], Cell], words: tuple[str, str], key: tuple[tuple[int, str], ...]
) -> Matrix:
    sizes, mixes = spread(_sizes(rows), SIZES_MAX), sorted({str(row["mix"]) for row in rows})
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


def _worth_map(rows: Sequence[Row], scenario: str) -> tuple[Matrix, ...]:
    if all(row.get("npv_usd_nominal") is None for row in rows):
        return ()

    def cell(row: Row) -> Cell:
        worth = row["npv_usd_nominal"]
        return Cell("none", None) if worth is None else Cell(_musd(worth), 4 if worth >= 0 else 0)

    words = say("Net present value, M USD nominal{scenario}", scenario=_where(scenario)), word("net present value")
    return (_matrix(rows, cell, words, NPV_KEY),)


def _musd(amount_usd: float | None) -> str:
    return "none" if amount_usd is None else number(amount_usd / 1e6, "money_musd")


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
    if all(_grant_state(row) == "not computed" for row in rows):
        return ()

    def cell(row: Row) -> Cell:
        share = row["extra_grant_frac"]
        if share is None:
            state = _grant_state(row)
            return Cell(state, 0 if state == "none enough" else None)
        return Cell(f"{number(share, 'share_frac')}{JOIN}%", sum(share <= bound for bound in GRANT_BOUNDS))

    return (
        _matrix(
            rows,
            cell,
            (say("Further grant needed, share of uses{scenario}", scenario=_where(scenario)), word("grant share")),
            GRANT_KEY,
        ),
    )


def _grant_state(row: Row) -> str:
    """found, none needed, none enough, failed or not computed; sweeps of before told no such state."""
    return str(row.get("grant_state") or ("not known" if row["extra_grant_frac"] is None else "found"))


def _worth_table(results: SweepResults) -> Table:
    """Worth, returns, cover, charges and grant in money of every mix at the sizes shown, of the first scenario."""
    rows = sorted(results.of("bankability", results.scenarios[0]), key=lambda row: (row["size_mw"], row["mix"]))
    sizes = spread(_sizes(rows), SIZES_MAX)
    cells = tuple(_worth_cells(row) for row in rows if float(row["size_mw"]) in sizes)
    columns = (
        Column("Size, mix", width=1.2),
        Column("NPV", "M USD", True, 0.7),
        Column("Equity IRR", "%", True, 0.6),
        Column("Least DSCR", "x", True, 0.6),
        Column("Required", "USD/MWh", True, 0.8),
        Column("Affordable", "USD/MWh", True, 0.8),
        Column("Grant", "M USD", True, 0.9),
        Column("Verdict", width=2),
    )
    note = word("NPV: at the mix's own cost of capital. Charges real, NPV and grant nominal. ")
    note = (note + _grant_reasons(results)).strip()
    caption = say("NPV and bankability per mix{scenario}", scenario=_where(results.scenarios[0]))
    return Table(caption, columns, cells, note=note, small=True)


def _worth_cells(row: Row) -> tuple[str, ...]:
    share = row["extra_grant_frac"]
    return (
        f"{gw(float(row['size_mw']))}, {row['mix']}",
        _musd(row.get("npv_usd_nominal")),
        "none" if row["equity_irr_pa"] is None else number(row["equity_irr_pa"], "irr_pa"),
        "no debt" if row["dscr_min_ratio"] is None else number(row["dscr_min_ratio"], "cover_ratio"),
        number(row["required_charge_usd_per_mwh"], "price_usd_per_mwh"),
        number(row["affordable_charge_usd_per_mwh"], "price_usd_per_mwh", signed=True),
        _grant_state(row) if share is None else _musd(row["extra_grant_usd_nominal"]),
        f"{row['verdict']}: {row['verdict_test']}",
    )


def _grant_reasons(results: SweepResults) -> str:
    """Why cells of the whole map have no grant, reason by reason."""
    rows = results.tables["bankability"]
    states = [_grant_state(row) for row in rows if row["extra_grant_frac"] is None]
    text = ""
    if "none enough" in states:
        text += word("None enough: revenue does not cover running cost and tax if all is given. ")
    for state, words in REASON_WORDS.items():
        count = states.count(state)
        notes = dict.fromkeys(str(row["grant_note"]) for row in rows if _grant_state(row) == state)
        if count:
            told = "; ".join(list(notes)[:REASONS_MAX]).replace("\n", "; ")
            text += say(words, count=count, of_all=len(rows), reasons=told)
    return text


REASON_WORDS = {
    "failed": "The grant of {count} of {of_all} cells could not be calculated: {reasons}. ",
    "not computed": "The grant of {count} of {of_all} cells was not computed: {reasons}. ",
}


def _frontier(results: SweepResults) -> tuple[Page, ...]:
    rows = results.tables.get("frontier", ())
    lines: list[Line] = []
    sizes = sorted({float(row["size_mw"]) for row in rows})
    for size in spread(sizes, LINES_MAX):
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
            "Each line falls to the share of grants that the mix holds itself, at the charge it requires ({mixes}). "
            "{left_out}",
            mixes=mixes,
            left_out=sizes_left_out(len(spread(sizes, LINES_MAX)), len(sizes), "study/frontier"),
        ),
        (chart,),
        source(results, "study/frontier"),
    )
    return (page,)
