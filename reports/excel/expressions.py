"""Expressions that are written as spreadsheet formulas and evaluated here by the same rules.

One tree gives both the text of a cell and the value cached in it, so the two cannot drift apart; the recalculation by
other programs in the tests is what proves that they read the text as it is meant here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from reports.excel.sheet import Sheet

Value = float | str | bool
Operand: TypeAlias = "Expression | float | int | str"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a formula stands: its sheet, and its position on the time axis (0 for cells off the axis)."""

    sheet: Sheet
    column: int = 0


class Unanswered(ArithmeticError):
    """A formula that a spreadsheet would answer with an error: a root that is not there, a division by zero."""


class Expression:
    """Part of a formula. `precedence` decides about brackets; an atom has the highest."""

    precedence: int = 9

    def text(self, place: Place) -> str:
        """As typed into a cell at `place`, without the leading =."""
        raise NotImplementedError

    def value(self, column: int) -> Value:
        """What the cell shows, at a position of the time axis."""
        raise NotImplementedError

    def number(self, column: int) -> float:
        """The value as arithmetic takes it; raises Unanswered for words."""
        value = self.value(column)
        if isinstance(value, str):
            raise Unanswered(f"{value!r} is no number")
        return float(value)

    def __add__(self, other: Operand) -> Expression:
        return _join("+", self, other)

    def __radd__(self, other: Operand) -> Expression:
        return _join("+", other, self)

    def __sub__(self, other: Operand) -> Expression:
        return _join("-", self, other)

    def __rsub__(self, other: Operand) -> Expression:
        return _join("-", other, self)

    def __mul__(self, other: Operand) -> Expression:
        return _join("*", self, other)

    def __rmul__(self, other: Operand) -> Expression:
        return _join("*", other, self)

    def __truediv__(self, other: Operand) -> Expression:
        return _join("/", self, other)

    def __rtruediv__(self, other: Operand) -> Expression:
        return _join("/", other, self)

    def __pow__(self, other: Operand) -> Expression:
        return _join("^", self, other)

    def __rpow__(self, other: Operand) -> Expression:
        return _join("^", other, self)

    def __lt__(self, other: Operand) -> Expression:
        return _join("<", self, other)

    def __le__(self, other: Operand) -> Expression:
        return _join("<=", self, other)

    def __gt__(self, other: Operand) -> Expression:
        return _join(">", self, other)

    def __ge__(self, other: Operand) -> Expression:
        return _join(">=", self, other)

    def equals(self, other: Operand) -> Expression:
        """self = other."""
        return _join("=", self, other)


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Expression):
    """A number that belongs to the formula, never to the case: 0, 1, a tolerance."""

    content: float

    def text(self, place: Place) -> str:
        return repr(int(self.content)) if float(self.content).is_integer() else repr(self.content).upper()

    def value(self, column: int) -> Value:
        return self.content


@dataclass(frozen=True, slots=True, eq=False)
class Words(Expression):
    """A text of the book's own; what users name never enters a formula."""

    content: str

    def text(self, place: Place) -> str:
        return '"' + self.content.replace('"', '""') + '"'

    def value(self, column: int) -> Value:
        return self.content


def expression(operand: Operand) -> Expression:
    """Numbers and words as expressions."""
    if isinstance(operand, Expression):
        return operand
    return Words(operand) if isinstance(operand, str) else Constant(float(operand))


PRECEDENCE = {"<": 1, "<=": 1, ">": 1, ">=": 1, "=": 1, "+": 3, "-": 3, "*": 4, "/": 4, "^": 5}
COMPARISONS: dict[str, Callable[[Value, Value], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq,
}  # fmt: skip


class _Join(Expression):
    """Two operands with an operator between them."""

    def __init__(self, sign: str, left: Expression, right: Expression) -> None:
        self.sign, self.left, self.right = sign, left, right
        self.precedence = PRECEDENCE[sign]

    def text(self, place: Place) -> str:
        left, right = self.left.text(place), self.right.text(place)
        if self.left.precedence < self.precedence:
            left = f"({left})"
        loses_grouping = self.sign in "-/^" and self.right.precedence == self.precedence
        if self.right.precedence < self.precedence or loses_grouping:
            right = f"({right})"
        return f"{left}{self.sign}{right}"

    def value(self, column: int) -> Value:
        if self.sign in COMPARISONS:
            return COMPARISONS[self.sign](self.left.value(column), self.right.value(column))
        left, right = self.left.number(column), self.right.number(column)
        if self.sign == "+":
            return left + right
        if self.sign == "-":
            return left - right
        if self.sign == "*":
            return left * right
        if self.sign == "/" and right == 0.0:
            raise Unanswered("division by zero")
        return left / right if self.sign == "/" else float(left**right)


def _join(sign: str, left: Operand, right: Operand) -> Expression:
    first, second = expression(left), expression(right)
    if sign == "+" and _is(first, 0.0):
        return second
    if (sign in "+-" and _is(second, 0.0)) or (sign in "*/" and _is(second, 1.0)):
        return first
    if sign == "*" and _is(first, 1.0):
        return second
    if sign == "*" and (_is(first, 0.0) or _is(second, 0.0)):
        return Constant(0.0)
    return _Join(sign, first, second)


def _is(each: Expression, content: float) -> bool:
    return isinstance(each, Constant) and each.content == content


class Range(Expression):
    """Cells of one row side by side; what sums and other functions take."""

    def values(self, column: int) -> list[Value]:
        """Contents of the cells in order."""
        raise NotImplementedError

    def cell(self, number: int, column: int) -> Value:
        """One cell, counted from 1."""
        return self.values(column)[number - 1]

    def numbers(self, column: int) -> list[float]:
        """Only the numbers, as spreadsheet functions skip words in a range."""
        return [float(value) for value in self.values(column) if not isinstance(value, str)]

    def value(self, column: int) -> Value:
        raise Unanswered("a range has no single value")


@dataclass(frozen=True, slots=True, eq=False)
class Call(Expression):
    """A function; `answer` evaluates it from its arguments at a position."""

    name: str
    arguments: tuple[Expression, ...]
    answer: Callable[[tuple[Expression, ...], int], Value]

    def text(self, place: Place) -> str:
        return f"{self.name}({','.join(each.text(place) for each in self.arguments)})"

    def value(self, column: int) -> Value:
        return self.answer(self.arguments, column)
