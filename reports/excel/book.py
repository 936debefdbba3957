"""The whole workbook out of a book's values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.excel.dashboard import dashboard_sheets
from reports.excel.drawdown import sum_of
from reports.excel.expressions import Constant
from reports.excel.measures_block import MeasureWriter
from reports.excel.mix_sheet import Check, MixSheet, MixWriter, Shared
from reports.excel.names import Names, SheetNames
from reports.excel.project_sheets import Operation, capex_lines, inputs_of, operation_of, timeline_of
from reports.excel.sheet import LABEL, SINGLE, Line, Look, Sheet, Single
from reports.excel.summary_sheets import TIED, checks_sheet, measures_sheet, static_tables
from reports.excel.terms_sheet import Terms, terms_of
from reports.excel.values import Book, Mix
from reports.excel.writer import workbook_bytes

AGREEMENT_FRAC = 1e-9
"""A sheet whose values differ from the model's by more, in the book as it is written, is not shown as formulas."""
PAIRED = {"maintenance_reserve_in": 1.0, "maintenance_reserve_out": -1.0}
NO_FORMULAS = "No formulas in this workbook: the sheets of the mixes say what of the plan it has none for."
NO_SHEET = "This mix is not in the workbook as formulas"


def workbook(book: Book) -> bytes:
    """The .xlsx file; the same book gives the same bytes."""
    return workbook_bytes(sheets_of(book), book.title)


def sheets_of(book: Book) -> list[Sheet]:
    """All sheets in the order of the file."""
    return _Builder(book).sheets()


@dataclass
class _Made:
    mix: Mix
    sheet: Sheet
    made: MixSheet | None


class _Builder:
    """Builds sheets in the order of dependence; the file has them in the order of reading."""

    def __init__(self, book: Book) -> None:
        self.book, self.project = book, book.project
        self.names, self.titles = Names(), SheetNames()
        years = self.project.years
        self.cover = self._sheet("Cover")
        self.board = self._sheet("Dashboard")
        self.inputs = self._sheet("Inputs")
        self.by_year = self._sheet("Inputs_by_year", years)
        self.terms = self._sheet("Terms")
        self.timeline = self._sheet("Timeline", years)
        self.capex = self._sheet("Capex", years)
        self.operation = self._sheet("Operation", years)
        self.measures = self._sheet("Measures")
        self.chart_data = self._sheet("Chart_data", years)
        self.sensitivity = self._sheet("Sensitivity")
        self.checks = self._sheet("Checks")
        self.sources = self._sheet("Sources")
        self.failing = Single(self.checks, 1, SINGLE, Constant(0.0), "")
        self.has_formulas = True

    def _sheet(self, name: str, periods: int = 0) -> Sheet:
        return Sheet(self.titles.of(name), periods)

    def sheets(self) -> list[Sheet]:
        """All sheets."""
        shared = self._project_sheets()
        problems = [f"no formulas for the plan's {name}" for name in self.project.not_expressed]
        problems += project_differences(shared.operation, self.book.mixes)
        if problems:
            return self._numbers_only(problems)
        mixes = [self._mix(mix, number, shared) for number, mix in enumerate(self.book.mixes)]
        pairs = [(each.mix, each.made) for each in mixes]
        self._title(self.measures, "Measures of every mix")
        measures_sheet(self.measures, pairs, shared.operation)
        live = [each for each in mixes if each.made is not None]
        dashboard_sheets(self.board, self.chart_data, [each.made for each in live if each.made is not None], shared)
        static_tables(self.sensitivity, self.book.sensitivity)
        static_tables(self.sources, [self.book.assumptions])
        groups = [(each.sheet.name, each.made.checks) for each in live if each.made is not None]
        checks_sheet(self.checks, [(self.operation.name, self._project_checks(shared)), *groups], self.failing)
        self.checks.row = 1
        self.checks.put(LABEL, "Checks that fail", Look(part="label"))
        self.checks.put(SINGLE, self.failing.content, Look("count", "total"))
        loops = [each.made.loop for each in live if each.made is not None and each.made.loop is not None]
        inner = [each.sheet for each in mixes]
        found = [
            self.cover, self.board, self.inputs, self.by_year, self.terms, self.timeline, self.capex, self.operation,
            *inner, self.measures, self.sensitivity, self.checks, self.sources, self.chart_data, *loops,
        ]  # fmt: skip
        self._cover(found, mixes)
        return found

    def _numbers_only(self, problems: Sequence[str]) -> list[Sheet]:
        """The book of a plan that has something without formulas: the model's figures as numbers, and why."""
        self.has_formulas = False
        mixes = [self._static_mix(mix, problems) for mix in self.book.mixes]
        self.measures, self.sensitivity, self.sources = Sheet("Measures"), Sheet("Sensitivity"), Sheet("Sources")
        for sheet in (self.measures, self.sensitivity, self.sources):
            self._title(sheet, sheet.title)
        measures_sheet(self.measures, [(each.mix, None) for each in mixes], None)
        static_tables(self.sensitivity, self.book.sensitivity)
        static_tables(self.sources, [self.book.assumptions])
        found = [self.cover, *(each.sheet for each in mixes), self.measures, self.sensitivity, self.sources]
        self._cover(found, mixes)
        return found

    def _title(self, sheet: Sheet, words: str) -> None:
        """Two rows on top: what the sheet is, and whether every check of the book holds."""
        sheet.put(LABEL, words, Look(part="title"))
        sheet.row += 1
        if sheet is not self.checks and self.has_formulas:
            sheet.put(LABEL, "Checks of the book that fail (must be 0)", Look(part="note"))
            sheet.put(SINGLE if sheet.periods else self._check_column(sheet), self.failing, Look("count", "check"))
            sheet.row += 1

    def _check_column(self, sheet: Sheet) -> int:
        """Beside the words; on the sheet of inputs they run over its narrow first column."""
        return 2 if sheet is self.inputs else 1

    def _project_sheets(self) -> Shared:
        book = self.book
        self._title(self.inputs, "Inputs")
        self._title(self.by_year, "Inputs by year")
        self._title(self.terms, "Terms of every source of money")
        self._title(self.timeline, "Timeline")
        self._title(self.capex, "Investment")
        self._title(self.operation, "Operation before financing")
        self._title(self.board, f"{book.title}: funding mixes")
        self._title(self.chart_data, "Rows behind the charts")
        self._title(self.sensitivity, "Sensitivities of the model: no formulas")
        self._title(self.checks, "Checks")
        self._title(self.sources, "Assumptions and where they come from")
        axis = self._calendar(self.by_year)
        inputs = inputs_of(self.project, self.names, self.inputs, self.by_year)
        years = timeline_of(self.project, inputs, self.timeline)
        axis.formula = years.year
        for sheet in (self.capex, self.operation):
            self._calendar(sheet).formula = years.year
        capex = capex_lines(self.project, inputs, years, self.capex)
        operation = operation_of(self.project, inputs, years, self.operation, capex)
        self.inputs.widths = {0: 6, 1: 52, 2: 16, 3: 14, 4: 14, 5: 14, 6: 7, 7: 30, 8: 90}
        self.terms.widths = {0: 48, 1: 10} | {column: 24 for column in range(2, 12)}
        self.timeline.freeze = (2, 9)
        for sheet in (self.by_year, self.timeline, self.capex, self.operation):
            sheet.evaluate()
        return Shared(inputs, years, operation)

    def _calendar(self, sheet: Sheet) -> Line:
        """The year above every column, in the frozen pane."""
        line = sheet.line("Year", "", None, "year", part="axis")
        sheet.freeze = (sheet.row, 9)
        return line

    def _project_checks(self, shared: Shared) -> list[Check]:
        spreads = [
            Check(f"shares spent of {part.name} less 1", line.sum - 1, Constant(1.0))
            for part, line in zip(self.project.capex, shared.inputs.spreads, strict=True)
            if line.sum is not None
        ]
        whole = shared.inputs.tax
        taxed = [
            Check("countries' shares of the profit less 1", sum_of([each.share for each in whole]) - 1, Constant(1.0))
        ]
        return [*spreads, *(taxed if whole else [])]

    def _mix(self, mix: Mix, number: int, shared: Shared) -> _Made:
        if mix.not_expressed:
            return self._static_mix(mix, [f"no formulas for: {', '.join(mix.not_expressed)}"])
        mark, taken = self.terms.mark, set(self.names.taken)
        terms = terms_of(mix, self.names, self.terms, number)
        count = self.project.years * mix.payments_per_year
        sheet, loop = self._sheet(f"Mix_{mix.name}", count), self._sheet(f"Loop_{mix.name}", count)
        self._title(sheet, f"{mix.title} ({mix.name})")
        self._title(loop, f"Passes that close {mix.name}")
        made = self._written(mix, terms, shared, sheet, loop)
        problems = differences(made) if isinstance(made, MixSheet) else [made]
        if isinstance(made, MixSheet) and not problems:
            return _Made(mix, sheet, made)
        self.terms.back_to(mark)
        self.names.taken = taken
        self.titles.taken -= {sheet.name.lower(), loop.name.lower()}
        return self._static_mix(mix, problems)

    def _written(self, mix: Mix, terms: Terms, shared: Shared, sheet: Sheet, loop: Sheet) -> MixSheet | str:
        """The mix's sheet with every value worked out, or why there is none."""
        try:
            made = MixWriter(mix, terms, shared, sheet, loop).write()
            MeasureWriter(made, shared).write()
            loop.evaluate()
            sheet.evaluate()
        except ArithmeticError as problem:
            return f"a formula has no answer: {problem}"
        return made

    def _static_mix(self, mix: Mix, reasons: Sequence[str]) -> _Made:
        """The model's yearly figures as numbers, and why there are no formulas."""
        sheet = self._sheet(f"Mix_{mix.name}", self.project.years)
        self._title(sheet, f"{mix.title} ({mix.name})")
        sheet.put(LABEL, NO_SHEET, Look(part="check"))
        sheet.row += 1
        for reason in reasons:
            sheet.note(reason)
        sheet.note("The figures below are the model's, as numbers: changing an input does not change them.")
        first = self.project.first_year
        sheet.line("Year", "", [float(first + number) for number in range(self.project.years)], "year", part="axis")
        sheet.freeze = (sheet.row, 9)
        for name, values in mix.yearly.items():
            sheet.line(name.replace("_", " "), "USD", values, part="given")
        return _Made(mix, sheet, None)

    def _cover(self, sheets: Sequence[Sheet], mixes: Sequence[_Made]) -> None:
        book, cover = self.book, self.cover
        cover.put(0, book.title, Look(part="title"))
        cover.row = 2
        facts = (
            ("Case", book.case), ("Digest of the case", book.digest), ("Made by", f"greengrid {book.version}"),
            ("Again with", book.commands),
            ("Money", f"nominal USD of the flow's date, real ({self.project.price_base_year} prices) where it says so"),
            ("Figures", "cells hold USD; money is shown in millions"),
            ("Time", "flows fall at the end of their period; year 1 is not discounted"),
        )  # fmt: skip
        for label, words in facts:
            cover.put(0, label, Look(part="label"))
            cover.put(1, words, Look(part="label"))
            cover.row += 1
        if self.has_formulas:
            cover.put(0, "Checks that fail (must be 0)", Look(part="label"))
            cover.put(1, self.failing, Look("count", "big"))
        else:
            cover.put(0, NO_FORMULAS, Look(part="check"))
        cover.row += 1
        _colours(cover)
        cover.heading("Sheets")
        for sheet in sheets[1:]:
            cover.put(0, sheet.name, Look(), link=sheet.name)
            cover.put(1, _PURPOSES.get(sheet.name, _purpose(sheet, mixes)), Look(part="label"))
            cover.row += 1
        cover.heading("Notes")
        for line in _NOTES:
            cover.note(line)
        cover.widths = {0: 34, 1: 120}


def _purpose(sheet: Sheet, mixes: Sequence[_Made]) -> str:
    for each in mixes:
        if each.sheet is sheet:
            return each.mix.title if each.made is not None else f"{each.mix.title}: {NO_SHEET.lower()}"
    return "passes that close a loop without a closed form"


def _colours(cover: Sheet) -> None:
    cover.heading("Colours")
    for part, words in (
        ("input", "an input: change it"), ("formula", "a formula"), ("link", "a formula that takes from another sheet"),
        ("given", "a number or a term as the model gave it"), ("check", "a check: zero"),
    ):  # fmt: skip
        cover.put(0, words, Look(part=part))
        cover.row += 1


_PURPOSES = {
    "Dashboard": "one mix at a glance, by list; charts follow every input",
    "Inputs": "every single input of the project with name, range, grade and source",
    "Inputs_by_year": "what differs from year to year: spending, revenue, energy, running cost",
    "Terms": "terms of every loan, grant and owner, mix by mix",
    "Timeline": "years, phases, price index, discount factors",
    "Capex": "investment by part and year, nominal",
    "Operation": "revenue, running cost, tax and cash before financing, levelised cost",
    "Measures": "mixes side by side: live, as the model gave them, and the change",
    "Sensitivity": "tornado, downside and risk of the model, as numbers",
    "Checks": "every check with its residual",
    "Sources": "every assumption with grade and source",
    "Chart_data": "rows behind the dashboard",
}
_NOTES = (
    "One formula per row over time; no macros, no circular references, no volatile functions, no links to other files.",
    "Columns follow the years and the payments per year: for others, run the model again.",
    "Interest, fees and reserve of construction hang on the sum of uses. Where all sources are drawn together the loop",
    "is closed in algebra; drawn in turn, or with a loan sized by its cover, it is unrolled in passes apart.",
    "Either way the sheet Checks shows what is left open.",
    "What the dispatch gave (energy, losses) and what the cost build-up gave (running cost) are inputs here.",
    "Not calibrated to the official feasibility study. Not an offer, advice or credit opinion.",
)


def differences(made: MixSheet) -> list[str]:
    """Where the sheet's values differ from the model's: yearly items, then measures."""
    mix, per_year = made.mix, made.mix.payments_per_year
    scale = made.closed.uses.number(0)
    found = []
    for name, wanted in mix.yearly.items():
        if name == SHARED_ITEM:
            continue
        line, sign = _line_of(made, name)
        values = [0.0] * len(wanted) if line is None else _by_year(line, per_year, sign)
        worst = max(abs(a - b) for a, b in zip(values, wanted, strict=True))
        if worst > AGREEMENT_FRAC * scale:
            where = "no row for it" if line is None else f"differs from the model by up to {worst:,.2f} USD"
            found.append(f"{name.replace('_', ' ')}: {where}")
    for key, cell in made.measures.items():
        wanted_value, value = mix.measures.get(key), cell.value(0)
        if isinstance(wanted_value, bool | str | None) or key in TIED:
            continue
        if isinstance(value, str) or abs(value - wanted_value) > 1e-7 * max(1.0, abs(wanted_value)):
            found.append(f"{key}: {value} here, {wanted_value} by the model")
    return found


def project_differences(operation: Operation, mixes: Sequence[Mix]) -> list[str]:
    """Where the project's rows differ from the model's, which are the same for every mix."""
    wanted = mixes[0].yearly.get(SHARED_ITEM) if mixes else None
    if wanted is None:
        return []
    cash = [operation.cash.number(column) for column in range(len(wanted))]
    scale = sum(abs(value) for value in wanted)
    worst = max(abs(a - b) for a, b in zip(cash, wanted, strict=True))
    return (
        [f"cash before financing differs from the model by up to {worst:,.2f} USD"]
        if worst > AGREEMENT_FRAC * scale
        else []
    )


def _line_of(made: MixSheet, name: str) -> tuple[Line | None, float]:
    """The row that carries an item of the model, and which sign of it counts (0: all)."""
    if name in PAIRED:
        return made.items["maintenance_reserve"], PAIRED[name]
    if name in made.items:
        return made.items[name], 0.0
    if name in made.yearly:
        return made.yearly[name], 0.0
    return getattr(made.fall, ALIASES.get(name, name), None), 0.0


SHARED_ITEM = "net_project_cash_prefinance"
"""On the sheet Operation, the same for every mix; its worth is held against the model's there."""
ALIASES = {"unfunded_cost": "unfunded"}


def _by_year(line: Line, per_year: int, sign: float) -> list[float]:
    values = [float(line.value(column)) for column in range(line.sheet.periods)]
    if sign:
        values = [max(0.0, sign * value) for value in values]
    return [sum(values[start : start + per_year]) for start in range(0, len(values), per_year)]
