"""One mix at a glance: chosen by a list, measures with their targets, native charts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from reports.excel.charts import HEIGHT, Chart, Series
from reports.excel.expressions import Expression, expression
from reports.excel.functions import choose_if, is_number, item, pick, position, sum_where
from reports.excel.mix_sheet import MixSheet, Shared
from reports.excel.sheet import Block, Line, Look, Sheet, Single
from reports.excel.values import Mix

COLOURS = ("#12263F", "#22C3A6", "#8296D4", "#2C5E12", "#8F5480", "#F7E463", "#C45E09", "#0B58B0")
"""By place in the mix: the chosen mix changes what stands there."""
CFADS, SERVICE, LIMIT, ACCENT = "#8296D4", "#12263F", "#8C1D18", "#0B58B0"
COVER_TOP = 4.0
"""Where the axis of cover ratios ends: late years with little service would flatten the rest."""
SOURCES_MAX = len(COLOURS)
NO_MIX = "No mix of this run is in the workbook as formulas; the sheets of the mixes say why."
Measure = tuple[str, str, str, str, str]
MEASURES: tuple[Measure, ...] = (
    ("uses_usd_nominal", "Sum of uses", "M USD", "money", ""),
    ("dscr_min_ratio", "Least DSCR", "x", "ratio", "dscr_min_ratio"),
    ("dscr_average_ratio", "Average DSCR", "x", "ratio", ""),
    ("llcr_min_ratio", "Least LLCR", "x", "ratio", "llcr_min_ratio"),
    ("equity_irr_pa", "Return of the owners", "1/year", "rate", "target"),
    ("equity_npv_usd_nominal", "Worth to the owners", "M USD", "money", "zero"),
    ("npv_usd_nominal", "Worth at the mix's cost of capital", "M USD", "money", "zero"),
    ("cost_of_capital_pa", "Cost of capital", "1/year", "rate", ""),
    ("grant_element_frac", "Grant element at 5 %", "1", "share", ""),
    ("default_periods", "Periods in default", "1", "count", "none"),
    ("passes", "Covers and return at this revenue", "", "general", ""),
)


def dashboard_sheets(board: Sheet, data: Sheet, mixes: Sequence[MixSheet], shared: Shared) -> None:
    """Fills the dashboard and the sheet of rows behind its charts."""
    if not mixes:
        board.note(NO_MIX)
        return
    index = _selection(board, data, mixes)
    _table(board, index, mixes)
    _charts(board, _Data(data, index, mixes, shared))
    data.evaluate()


def _selection(board: Sheet, data: Sheet, mixes: Sequence[MixSheet]) -> Single:
    """The chosen mix as a number; names stand in cells, so that the list takes them from there."""
    data.heading("Mixes to choose from")
    names = []
    for each in mixes:
        data.put(0, each.mix.title, Look(part="label"))
        names.append(data.value_at(5, each.mix.name))
        data.row += 1
    board.row += 1
    board.put(0, "Mix (choose from the list)", Look(part="label"))
    chosen = board.value_at(1, _best(mixes).name, part="input", name="dashboard_mix")
    cells = Block(tuple(names))
    board.selections.append((board.row, 1, f"{data.quoted}!{names[0].address}:{names[-1].address}"))
    board.row += 1
    index = data.single("Number of the chosen mix", "1", position(chosen, cells), "count")
    board.put(
        0,
        pick(
            index,
            [Single(data, names[0].row + number, 0, expression(each.mix.title)) for number, each in enumerate(mixes)],
        ),
        Look(part="note"),
    )
    board.row += 1
    return index


def _best(mixes: Sequence[MixSheet]) -> Mix:
    """The mix that requires the least charge, as on the report's first page; the first of all where none has one."""

    def charge(mix: Mix) -> float:
        required = mix.measures.get("required_charge_usd_per_mwh")
        return float(required) if isinstance(required, float) else math.inf

    return min((each.mix for each in mixes), key=charge)


def _table(board: Sheet, index: Single, mixes: Sequence[MixSheet]) -> None:
    board.row += 1
    heads = (
        ("Measure", "head"),
        ("Value", "head right"),
        ("Unit", "head"),
        ("Target", "head right"),
        ("State", "head"),
    )
    for column, (title, part) in enumerate(heads):
        board.put(column, title, Look(part=part))
    board.row += 1
    for key, label, unit, form, aim in MEASURES:
        if key not in mixes[0].measures and key != "uses_usd_nominal":
            continue
        board.put(0, label, Look(part="label"))
        value = board.value_at(1, pick(index, [_measure(each, key) for each in mixes]), form, part="total")
        board.put(2, unit, Look(part="unit"))
        targets = [_target(each, aim) for each in mixes]
        if any(target is not None for target in targets):
            shown = [expression("none") if target is None else target for target in targets]
            target = board.value_at(3, pick(index, shown), form)
            reached = value <= target if aim == "none" else value >= target - 1e-6
            state = choose_if(
                is_number(target), choose_if(is_number(value), choose_if(reached, "met", "missed"), "none"), ""
            )
            board.put(4, state, Look(part="state"))
        board.row += 1


def _measure(made: MixSheet, key: str) -> Expression:
    return made.closed.uses if key == "uses_usd_nominal" else made.measures[key]


def _target(made: MixSheet, aim: str) -> Expression | None:
    if aim in ("zero", "none"):
        return expression(0.0)
    return made.target if aim == "target" else made.terms.covenants.get(aim)


class _Data:
    """Rows over the years of the chosen mix."""

    def __init__(self, sheet: Sheet, index: Single, mixes: Sequence[MixSheet], shared: Shared) -> None:
        self.sheet, self.index, self.mixes, self.years = sheet, index, mixes, shared.years
        sheet.heading("Years")
        self.year = sheet.line("Calendar year", "year", expression(shared.years.year), "year")

    def chosen(self, label: str | Expression, form: str, told: Callable[[MixSheet], Expression]) -> Line:
        """A row that takes its cells from the chosen mix."""
        return self.sheet.line(label, "USD", pick(self.index, [told(each) for each in self.mixes]), form)

    def summed(self, made: MixSheet, line: Line) -> Expression:
        """A year's sum of a row of periods."""
        return sum_where(made.axis.number.whole, self.years.number, line.whole)

    def at_end(self, made: MixSheet, line: Line) -> Expression:
        """A row of periods at the end of a year."""
        return item(line.whole, self.years.number * made.axis.periods_per_year)

    def source_name(self, place: int) -> Expression:
        """Name of a source by its place; empty where the mix has fewer."""
        options = [
            each.terms.source_names[place] if place < len(each.mix.sources) else expression("–") for each in self.mixes
        ]
        return pick(self.index, options)


def _charts(board: Sheet, data: _Data) -> None:
    data.sheet.heading("Cash and service")
    cash = data.chosen("Cash for debt service", "money", lambda each: data.summed(each, each.items["cfads"]))
    service = data.chosen("Debt service", "money", lambda each: data.summed(each, each.items["debt_service"]))
    covers = [_cover(data), _covenant(data)]
    most_sources = min(SOURCES_MAX, max(len(each.mix.sources) for each in data.mixes))
    data.sheet.heading("Balances at the end of the year")
    balances = [
        data.chosen(data.source_name(place), "money", lambda each, place=place: _balance(data, each, place))  # type: ignore[misc]
        for place in range(most_sources)
    ]
    data.sheet.heading("Draws")
    draws = [
        data.chosen(data.source_name(place), "money", lambda each, place=place: _draw(data, each, place))  # type: ignore[misc]
        for place in range(most_sources)
    ]
    top = board.row + 1
    below = top + HEIGHT // 20 + 1
    by_place = [Series(line, "column", colour) for line, colour in zip(balances, COLOURS, strict=False)]
    drawn = [Series(line, "column", colour) for line, colour in zip(draws, COLOURS, strict=False)]
    lines = (Series(covers[0], "line", ACCENT), Series(covers[1], "line", LIMIT))
    cover = (Series(cash, "column", CFADS), Series(service, "line", SERVICE))
    board.charts = [
        Chart("Cash for debt service against service", "M USD nominal", data.year, cover, top, 0),
        Chart(
            "Debt service cover of the year (cut at 4)", "x", data.year, lines, top, 5, form="0.0", top_value=COVER_TOP
        ),
        Chart("Debt outstanding by source", "M USD nominal", data.year, tuple(by_place), below, 0, stacked=True),
        Chart("Money drawn by source", "M USD nominal", data.year, tuple(drawn), below, 5, stacked=True),
    ]
    board.widths = {0: 40, 1: 20, 2: 10, 3: 12, 4: 12}


def _cover(data: _Data) -> Line:
    """0 in years without service: a chart has no gap for words."""
    return data.chosen("DSCR", "ratio", lambda each: data.summed(each, each.yearly["dscr"]))


def _covenant(data: _Data) -> Line:
    return data.chosen(
        "Covenant", "ratio",
        lambda each: choose_if(data.summed(each, each.items["debt_service"]) > 0, _least_cover(each), 0),
    )  # fmt: skip


def _least_cover(made: MixSheet) -> Expression:
    found = made.terms.covenants.get("dscr_min_ratio")
    return expression(1.0) if found is None else found


def _balance(data: _Data, made: MixSheet, place: int) -> Expression:
    found = next((each for each in made.tranches if each.number == place), None)
    return expression(0.0) if found is None else data.at_end(made, found.closing)


def _draw(data: _Data, made: MixSheet, place: int) -> Expression:
    return data.summed(made, made.draws[place]) if place < len(made.draws) else expression(0.0)
