"""Functions of spreadsheets as expressions, each with the answer that a spreadsheet gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from reports.excel.expressions import Call, Expression, Operand, Range, Unanswered, Value, expression


def _call(name: str, answer: Callable[[tuple[Expression, ...], int], Value], *arguments: Operand) -> Expression:
    return Call(name, tuple(expression(each) for each in arguments), answer)


def _gathered(arguments: Sequence[Expression], column: int) -> list[float]:
    found: list[float] = []
    for each in arguments:
        found += each.numbers(column) if isinstance(each, Range) else [each.number(column)]
    return found


def total(*arguments: Operand) -> Expression:
    """SUM."""
    return _call("SUM", lambda given, column: math.fsum(_gathered(given, column)), *arguments)


def least(*arguments: Operand) -> Expression:
    """MIN."""
    return _call("MIN", lambda given, column: min(_gathered(given, column), default=0.0), *arguments)


def most(*arguments: Operand) -> Expression:
    """MAX."""
    return _call("MAX", lambda given, column: max(_gathered(given, column), default=0.0), *arguments)


def median(cells: Range) -> Expression:
    """MEDIAN."""

    def answer(given: tuple[Expression, ...], column: int) -> Value:
        ordered = sorted(_gathered(given, column))
        middle = len(ordered) // 2
        return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2.0

    return _call("MEDIAN", answer, cells)


def average(cells: Range) -> Expression:
    """AVERAGE of the numbers of a range."""

    def answer(given: tuple[Expression, ...], column: int) -> Value:
        found = _gathered(given, column)
        if not found:
            raise Unanswered("nothing to average")
        return math.fsum(found) / len(found)

    return _call("AVERAGE", answer, cells)


def absolute(operand: Operand) -> Expression:
    """ABS."""
    return _call("ABS", lambda given, column: abs(given[0].number(column)), operand)


def whole_part(operand: Operand) -> Expression:
    """INT."""
    return _call("INT", lambda given, column: float(math.floor(given[0].number(column))), operand)


def rounded(operand: Operand) -> Expression:
    """To a whole number, a half to the even one, as the model rounds."""
    given = expression(operand)
    half = absolute(given - whole_part(given) - 0.5) < 1e-9
    plain = _call("ROUND", lambda args, column: float(math.floor(args[0].number(column) + 0.5)), given, 0)
    halved = _call("ROUND", lambda args, column: float(math.floor(args[0].number(column) + 0.5)), given / 2.0, 0)
    return choose_if(half, halved * 2.0, plain)


def choose_if(condition: Operand, then: Operand, otherwise: Operand) -> Expression:
    """IF; only the chosen branch is evaluated."""

    def answer(given: tuple[Expression, ...], column: int) -> Value:
        return given[1 if given[0].value(column) else 2].value(column)

    return _call("IF", answer, condition, then, otherwise)


def both(*conditions: Operand) -> Expression:
    """AND."""
    return _call("AND", lambda given, column: all(bool(each.value(column)) for each in given), *conditions)


def if_error(operand: Operand, otherwise: Operand) -> Expression:
    """IFERROR."""

    def answer(given: tuple[Expression, ...], column: int) -> Value:
        try:
            return given[0].value(column)
        except ArithmeticError:
            return given[1].value(column)

    return _call("IFERROR", answer, operand, otherwise)


def is_number(operand: Operand) -> Expression:
    """ISNUMBER."""
    return _call("ISNUMBER", lambda given, column: not isinstance(given[0].value(column), str | bool), operand)


def product_sum(*cells: Range) -> Expression:
    """SUMPRODUCT of ranges of one length, all of numbers."""

    def answer(given: tuple[Expression, ...], column: int) -> Value:
        parts = [each.values(column) for each in given if isinstance(each, Range)]
        return math.fsum(math.prod(map(float, row)) for row in zip(*parts, strict=True))

    return _call("SUMPRODUCT", answer, *cells)


def sum_where(keys: Range, key: Operand, cells: Range) -> Expression:
    """SUMIF: the cells below keys equal to `key`."""

    def answer(given: tuple[Expression, ...], column: int) -> Value:
        wanted = given[1].value(column)
        found, amounts = given[0], given[2]
        assert isinstance(found, Range)
        assert isinstance(amounts, Range)
        pairs = zip(found.values(column), amounts.values(column), strict=True)
        return math.fsum(float(amount) for at, amount in pairs if at == wanted and not isinstance(amount, str))

    return _call("SUMIF", answer, keys, key, cells)


def item(cells: Range, number: Operand) -> Expression:
    """INDEX: the cell of that number, counted from 1."""

    def answer(given: tuple[Expression, ...], column: int) -> Value:
        assert isinstance(given[0], Range)
        return given[0].cell(int(given[1].number(column)), column)

    return _call("INDEX", answer, cells, number)


def position(sought: Operand, cells: Range) -> Expression:
    """MATCH: number of the first cell equal to `sought`."""

    def answer(given: tuple[Expression, ...], column: int) -> Value:
        assert isinstance(given[1], Range)
        values = given[1].values(column)
        wanted = given[0].value(column)
        if wanted not in values:
            raise Unanswered("not found")
        return float(values.index(wanted) + 1)

    return _call("MATCH", answer, sought, cells, 0)


def pick(number: Operand, options: Sequence[Expression]) -> Expression:
    """CHOOSE: the option of that number, counted from 1."""

    def answer(given: tuple[Expression, ...], column: int) -> Value:
        return given[int(given[0].number(column))].value(column)

    return _call("CHOOSE", answer, number, *options)


def rate_of_return(flows: Range, guess: Operand) -> Expression:
    """IRR: rate per cell of the range at which the flows are worth nothing, by Newton's method from the guess."""

    def answer(given: tuple[Expression, ...], column: int) -> Value:
        assert isinstance(given[0], Range)
        return _newton([float(each) for each in given[0].values(column)], given[1].number(column))

    return _call("IRR", answer, flows, guess)


NEWTON_STEPS = 50


def _newton(flows: Sequence[float], rate: float) -> float:
    if not (min(flows) < 0.0 < max(flows)):
        raise Unanswered("the flows never change sign")
    for _ in range(NEWTON_STEPS):
        worth = slope = 0.0
        for number, flow in enumerate(flows):
            factor = (1.0 + rate) ** -number
            worth += flow * factor
            slope -= number * flow * factor / (1.0 + rate)
        step = worth / slope if slope else math.inf
        rate -= step
        if not -1.0 < rate < 1e3:
            raise Unanswered("no rate of return found")
        if abs(step) < 1e-15:
            break
    return rate
