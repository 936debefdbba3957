"""A sweep's file: which keys of a case take which values, and how the values are combined."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from greengrid.case_keys import SEED_MAX, Number, Part, Positive, Text, Whole
from greengrid.errors import BadInput, Problem
from greengrid.toml_file import parse_toml, read_toml
from greengrid.validation import problems_of, shown

CASES_MAX = 200_000
VALUES_MAX = 10_000
RANGE_KEYS = frozenset({"low", "high", "step"})
Design = Literal["grid", "list", "latin_hypercube"]
Value = Any


class Interval(Part):
    """Values from low to high: in steps, or (latin_hypercube alone) anywhere between."""

    low: Number
    high: Number
    step: Positive | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Interval:
        if self.low >= self.high:
            raise ValueError("low below high")
        if self.step is not None and (self.high - self.low) / self.step > VALUES_MAX:
            raise ValueError(f"at most {VALUES_MAX:,} steps")
        return self

    def values(self) -> list[float | int]:
        """Every step from low on, high included where a step ends there."""
        assert self.step is not None
        count = int((self.high - self.low) / self.step + 1e-9) + 1
        found = [self.low + self.step * k for k in range(count)]
        whole = all(float(value).is_integer() for value in (self.low, self.step))
        return [round(value) for value in found] if whole else found


class _File(Part):
    """What a sweep's TOML may say."""

    design: Design = "grid"
    """grid: every combination; list: the first values of all axes, then the second ones, ...; latin_hypercube: so many
    points, each axis spread evenly."""
    points: Whole | None = Field(default=None, ge=1, le=CASES_MAX)
    """Number of cases of a latin_hypercube."""
    seed: Whole | None = Field(default=None, ge=0, le=SEED_MAX)
    """Of a latin_hypercube."""
    start: Literal["neighbour", "cold"] = "neighbour"
    """neighbour: a dispatch begins where that of the next cable size ended, the same optimum in a fraction of the time;
    cold: every case from nothing, as a single run does."""
    security: Literal["none", "all"] | tuple[Text, ...] = "none"
    """Parts of the security study that are done of every dispatch, as `greengrid security` does of a run: none, all, or
    a list of their names."""
    fixed: dict[str, Any] = Field(default_factory=dict)
    """Overrides that hold for every case."""
    axes: dict[str, Any]
    """Override path -> its values: a list, or { low, high, step }."""

    @model_validator(mode="after")
    def _consistent(self) -> _File:
        drawn = self.design == "latin_hypercube"
        if drawn and (self.points is None or self.seed is None):
            raise ValueError("points and seed with design = latin_hypercube")
        if not drawn and (self.points is not None or self.seed is not None):
            raise ValueError(f"no points and no seed with design = {self.design}")
        return self


@dataclass(frozen=True)
class Axis:
    """One override path and what it may be."""

    path: str
    keys: tuple[str, ...]
    """The path as the keys of nested tables."""
    values: tuple[Value, ...]
    """Empty for an interval."""
    interval: Interval | None = None

    def nested(self, value: Value) -> dict[str, Any]:
        """The tables of a case that say this value."""
        content: Any = value
        for key in reversed(self.keys):
            content = {key: content}
        return dict(content)

    def at(self, share: float) -> Value:
        """The value at a share from 0 to 1 (exclusive) of the axis."""
        if self.interval is not None and self.interval.step is None:
            return self.interval.low + share * (self.interval.high - self.interval.low)
        return self.values[int(share * len(self.values))]


@dataclass(frozen=True)
class SweepFile:
    """A checked sweep."""

    label: str
    design: Design
    start: Literal["neighbour", "cold"]
    security: tuple[str, ...] | None
    """Names of parts; empty: all of them; None: no study."""
    fixed: tuple[Axis, ...]
    """Axes of one value each."""
    axes: tuple[Axis, ...]
    points: tuple[tuple[Value, ...], ...]
    """Case by case, one value an axis."""


def read_sweep(path: Path) -> SweepFile:
    """A sweep's file, checked; raises `BadInput` with every problem."""
    return make_sweep(read_toml(path, "a TOML file of a sweep"), str(path))


def make_sweep(content: Mapping[str, Any], label: str) -> SweepFile:
    """A sweep from plain values; `label` names their origin in problems."""
    try:
        file = _File.model_validate(content)
    except ValidationError as error:
        remedy = 'An axis is a line below [axes]: "link.caspian.capacity_mw" = [0, 1000, 2000]'
        raise BadInput(problems_of(error, label, _File, remedy)) from None
    problems: list[Problem] = []
    axes = tuple(_axes(file.axes, f"{label}, axes", file.design, problems))
    fixed = tuple(_fixed(file.fixed, f"{label}, fixed", problems))
    problems += _overlaps([*axes, *fixed], label)
    if not axes and not problems:
        problems.append(Problem(f"{label}, axes", "no axis", "at least one"))
    if not problems:
        problems += _size_problems(file, axes, label)
    if problems:
        raise BadInput(problems)
    security = {"none": None, "all": ()}[file.security] if isinstance(file.security, str) else file.security
    return SweepFile(label, file.design, file.start, security, fixed, axes, tuple(_points(file, axes)))


def _axes(content: Mapping[str, Any], where: str, design: Design, problems: list[Problem]) -> Iterable[Axis]:
    for path, keys, found in _leaves(content, where, problems):
        here = f'{where}."{path}"'
        if isinstance(found, list):
            before = len(problems)
            problems += _list_problems(found, here)
            if len(problems) == before:
                yield Axis(path, keys, tuple(found))
            continue
        if not isinstance(found, Mapping):
            remedy = "One value for every case stands below [fixed]"
            problems.append(Problem(here, shown(found), "a list of values, or { low, high, step }", remedy))
            continue
        try:
            interval = Interval.model_validate(found)
        except ValidationError as error:
            problems += problems_of(error, here, Interval)
            continue
        if interval.step is None and design != "latin_hypercube":
            problems.append(Problem(f"{here}, step", "nothing", f"a step, as design = {design} needs single values"))
            continue
        yield Axis(path, keys, tuple(interval.values()) if interval.step else (), interval)


def _fixed(content: Mapping[str, Any], where: str, problems: list[Problem]) -> Iterable[Axis]:
    for path, keys, found in _leaves(content, where, problems, ranges=False):
        yield Axis(path, keys, (found,))


def _leaves(
    content: Mapping[str, Any], where: str, problems: list[Problem], *, ranges: bool = True
) -> Iterable[tuple[str, tuple[str, ...], Any]]:
    """(path, keys, value) of every entry; tables that are no range are part of the path."""
    for name, value in content.items():
        keys = path_keys(name)
        if keys is None or keys[0] == "extends":
            expected = "a key of a case, for example link.caspian.capacity_mw"
            problems.append(Problem(where, shown(name), expected, 'A name with spaces: plant."My plant".capacity_mw'))
            continue
        if isinstance(value, Mapping) and value and not (ranges and set(value) <= RANGE_KEYS):
            inner = {_joined(name, key): below for key, below in value.items()}
            yield from _leaves(inner, where, problems, ranges=ranges)
            continue
        yield name, keys, value


def _joined(path: str, key: str) -> str:
    plain = key.replace("_", "").replace("-", "").isalnum()
    return f"{path}.{key}" if plain or '"' in key or ("." in key and _parses(f"{path}.{key}")) else f'{path}."{key}"'


def _parses(path: str) -> bool:
    return path_keys(path) is not None


def path_keys(path: str) -> tuple[str, ...] | None:
    """The keys of nested tables that a path names; None for what is no path."""
    try:
        content: Any = parse_toml(f"{path} = 0") if path.isprintable() else {}
    except ValueError:
        return None
    keys = []
    while isinstance(content, dict) and len(content) == 1:
        ((key, content),) = content.items()
        keys.append(key)
    return tuple(keys) if keys and content == 0 else None


def _list_problems(values: Sequence[Value], where: str) -> list[Problem]:
    if not values:
        return [Problem(where, "an empty list", "at least one value")]
    if len(values) > VALUES_MAX:
        return [Problem(where, f"{len(values):,} values", f"at most {VALUES_MAX:,}")]
    return []


def _overlaps(axes: Sequence[Axis], label: str) -> list[Problem]:
    """Two entries that set the same key, or one that sets a table of which the other sets a part."""
    found = []
    for number, own in enumerate(axes):
        for other in axes[:number]:
            shorter = min(len(own.keys), len(other.keys))
            if own.keys[:shorter] == other.keys[:shorter]:
                where = f"{label}, {own.path} and {other.path}"
                found.append(Problem(where, "two entries that set the same key", "each key once"))
    return found


def _size_problems(file: _File, axes: Sequence[Axis], label: str) -> list[Problem]:
    where = f"{label}, axes"
    if file.design == "list":
        lengths = {axis.path: len(axis.values) for axis in axes}
        if len(set(lengths.values())) > 1:
            found = ", ".join(f"{path}: {count}" for path, count in lengths.items())
            return [Problem(where, f"lists of different lengths ({found})", "as many values on every axis")]
        return []
    if file.design == "grid":
        found_problems = [
            Problem(f'{where}."{axis.path}"', f"{shown(value)} twice", "each value once")
            for axis in axes
            for value in _repeated(axis.values)
        ]
        count = 1
        for axis in axes:
            count *= len(axis.values)
        if count > CASES_MAX:
            found_problems.append(Problem(where, f"{count:,} cases", f"at most {CASES_MAX:,}"))
        return found_problems
    return []


def _repeated(values: Sequence[Value]) -> list[Value]:
    texts = [json.dumps(value, sort_keys=True, default=str) for value in values]
    return [value for number, value in enumerate(values) if texts[number] in texts[:number]]


def _points(file: _File, axes: Sequence[Axis]) -> Iterable[tuple[Value, ...]]:
    if file.design == "list":
        return zip(*(axis.values for axis in axes), strict=True)
    if file.design == "grid":
        return itertools.product(*(axis.values for axis in axes))
    return _drawn(file, axes)


def _drawn(file: _File, axes: Sequence[Axis]) -> Iterable[tuple[Value, ...]]:
    """Latin hypercube (McKay, Beckman and Conover 1979): each axis is cut in as many strata as there are points."""
    import numpy as np
    from scipy.stats import qmc

    sampler = qmc.LatinHypercube(len(axes), rng=np.random.default_rng(file.seed))
    for row in sampler.random(file.points or 0).tolist():
        yield tuple(axis.at(share) for axis, share in zip(axes, row, strict=True))
