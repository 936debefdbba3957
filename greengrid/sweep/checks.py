"""What is wrong with a sweep, all of it at once: a value that cannot be used hides nothing else.

Values that are wrong by themselves are left out, so that the cases with the other ones are still built and read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from greengrid.case import check_case, merge
from greengrid.errors import BadInput, Problem
from greengrid.sweep.axes import Axis, SweepFile
from greengrid.validation import shown

NAMES_SHOWN_MAX = 3
Content = Mapping[str, Any]


class Problems:
    """Problems of a sweep: those of its file, and those of its cases, each told once with the cases that have it."""

    def __init__(self, file: SweepFile) -> None:
        self.file = file
        self.of_file: dict[Problem, None] = {}
        self.cases: dict[Problem, dict[int, None]] = {}

    def tell(self, problems: Iterable[Problem]) -> None:
        """Of the file."""
        self.of_file |= dict.fromkeys(problems)

    def add(self, number: int, problems: Iterable[Problem]) -> None:
        """Of a case."""
        for problem in problems:
            self.cases.setdefault(problem, {})[number] = None

    def raise_any(self) -> None:
        """Raises `BadInput` with all of them, those of the file first."""
        of_cases = [
            replace(one, where=f"{self._named(list(numbers))}: {one.where}") for one, numbers in self.cases.items()
        ]
        if self.of_file or of_cases:
            raise BadInput([*self.of_file, *of_cases])

    def _named(self, numbers: Sequence[int]) -> str:
        first = [point_text(self.file, number) for number in numbers[:NAMES_SHOWN_MAX]]
        more = len(numbers) - len(first)
        return "; ".join(first) + (f" and {more:,} more cases" if more else "")


def point_text(file: SweepFile, number: int) -> str:
    """A case in words: its number, from 1, and what its axes say."""
    pairs = zip(file.axes, file.points[number], strict=True)
    return f"case {number + 1} ({', '.join(f'{axis.path} = {shown(value)}' for axis, value in pairs)})"


@dataclass(frozen=True)
class Usable:
    """Which values of each axis can be used."""

    wrong: tuple[frozenset[str], ...]
    """By axis, values as JSON."""
    none_good: tuple[bool, ...]
    """By axis, whether no value can be used."""

    def content(self, base: Content, file: SweepFile, values: Sequence[Any]) -> Content | None:
        """The case of a point. A wrong value is left out where the rest would not be seen without it, on an axis with
        no good value or in a list of cases; else there is no such case (None): other points hold the rest."""
        own = base
        for axis, value, wrong, none_good in zip(file.axes, values, self.wrong, self.none_good, strict=True):
            if none_good or (wrong and _text(value) in wrong):
                if not none_good and file.design != "list":
                    return None
                continue
            own = merge(own, axis.nested(value))
        return own


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def security_problems(file: SweepFile) -> list[Problem]:
    """Names of parts of the security study that do not exist."""
    from greengrid.security.study import chosen_parts

    try:
        chosen_parts(file.security or ())
    except BadInput as error:
        return [replace(problem, where=f"{file.label}, security") for problem in error.problems]
    return []


def with_fixed(base: Content, file: SweepFile, problems: Problems) -> Content:
    """The base case with what is fixed; entries that cannot be used are told and left out."""
    merged = _merged(base, file.fixed)
    found = _problems(merged)
    problems.tell(replace(one, where=f"{file.label}, fixed: {one.where}") for one in found)
    if not found:
        return merged
    good = _merged(base, [axis for axis in file.fixed if not any(_of(axis, one) for one in found)])
    return base if _problems(good) else good


def _merged(base: Content, axes: Iterable[Axis]) -> Content:
    for axis in axes:
        base = merge(base, axis.nested(axis.values[0]))
    return base


def usable_values(content: Content, file: SweepFile, problems: Problems) -> tuple[Usable, Usable]:
    """Every value of every axis in the case by itself: a wrong path or value is told once, not in every case.

    First without the values that are wrong themselves; second also without those that are not right alone, though
    together with others they may be.
    """
    wrong: list[list[str]] = []
    alone: list[list[str]] = []
    counts = []
    for axis in file.axes:
        tried = axis.values or (axis.at(0.0), axis.at(0.999999))
        counts.append(len({_text(value) for value in tried}) if axis.values else 1)
        wrong.append([])
        alone.append([])
        for value in tried:
            found = _problems(merge(content, axis.nested(value)))
            own = [one for one in found if _of(axis, one)]
            where = f'{file.label}, axes."{axis.path}" = {shown(value)}'
            problems.tell(replace(one, where=f"{where}: {one.where}") for one in own)
            alone[-1] += [_text(value)] if found else []
            wrong[-1] += [_text(value)] if own else []
    return _usable(wrong, counts), _usable(alone, counts)


def _usable(wrong: Sequence[Sequence[str]], counts: Sequence[int]) -> Usable:
    sets = tuple(frozenset(values) for values in wrong)
    return Usable(sets, tuple(len(values) >= count for values, count in zip(sets, counts, strict=True)))


def _of(axis: Axis, problem: Problem) -> bool:
    """Whether a problem is about the key of an axis; those of keys together are told case by case."""
    path, where = ".".join(axis.keys), problem.where.removeprefix("case, ")
    return where == path or where.startswith(f"{path}.")


def _problems(content: Content) -> tuple[Problem, ...]:
    try:
        check_case(content, "case")
    except BadInput as error:
        return error.problems
    return ()
