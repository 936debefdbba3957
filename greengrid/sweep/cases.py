"""The cases of a sweep: built, checked one and all before anything starts, and sorted by the dispatch they share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from greengrid.case import Case, check_case, load_case, merge
from greengrid.costs import UnitCosts
from greengrid.errors import BadInput, Problem
from greengrid.inputs import check_mixes, read_inputs
from greengrid.sweep.axes import Axis, SweepFile
from greengrid.validation import shown
from greengrid.weather.files import digest as files_digest

NAMES_SHOWN_MAX = 3
Item = TypeVar("Item")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SweepCase:
    """One point of a sweep."""

    number: int
    """From 0, in the order of the file."""
    values: tuple[Any, ...]
    """One an axis."""
    content: Mapping[str, Any]
    """The whole case as plain values."""
    digest: str
    """Of the case, as in its summary."""
    dispatch_key: str
    """Digest of all that the dispatch and the AC check depend on."""


@dataclass(frozen=True)
class Sweep:
    """A checked sweep, ready to run."""

    file: SweepFile
    base: Case
    """With what is fixed for all."""
    cases: tuple[SweepCase, ...]
    dispatches: Mapping[str, Mapping[str, Any]]
    """Dispatch key -> a case with that dispatch and nothing financed, in the order of the sweep."""
    parents: Mapping[str, str]
    """Dispatch key -> the one whose basis it starts from; without an entry it starts from nothing."""


def make_cases(
    base_case: str, file: SweepFile, overrides: Iterable[str] = (), progress: Progress | None = None
) -> Sweep:
    """Builds and checks every case of a sweep; raises `BadInput` with all problems of all of them."""
    content = load_case(base_case, overrides).model_dump(mode="json", exclude_none=True)
    for fixed in file.fixed:
        content = merge(content, fixed.nested(fixed.values[0]))
    _check_alone(content, file)
    if file.security is not None:
        from greengrid.security.study import chosen_parts

        chosen_parts(file.security)
    cases = _checked(content, file)
    own = check_case(content, f"{file.label}, fixed")
    dispatches, keys = _read_all(cases, content, file, progress or (lambda what, done, total: None))
    swept = tuple(replace(one, dispatch_key=keys[one.number]) for one in cases)
    return Sweep(file, own, swept, dispatches, parents_of(dispatches) if file.start == "neighbour" else {})


def _check_alone(content: Mapping[str, Any], file: SweepFile) -> None:
    """Every value of every axis in the case by itself: a wrong path or value is told once, not in every case."""
    own = [Problem(f"{file.label}, fixed: {p.where}", p.found, p.expected, p.remedy) for p in _problems(content)]
    problems = list(own)
    for axis in file.axes:
        for value in axis.values or (axis.at(0.0), axis.at(0.999999)):
            where = f'{file.label}, axes."{axis.path}" = {shown(value)}'
            found = _problems(merge(content, axis.nested(value)))
            problems += [Problem(f"{where}: {p.where}", p.found, p.expected, p.remedy) for p in found if _of(axis, p)]
    if problems:
        raise BadInput(dict.fromkeys(problems))


def _of(axis: Axis, problem: Problem) -> bool:
    """Whether a problem is about the key of an axis; those of keys together are told case by case."""
    path, where = ".".join(axis.keys), problem.where.removeprefix("case, ")
    return where == path or where.startswith(f"{path}.")


def _problems(content: Mapping[str, Any]) -> tuple[Problem, ...]:
    try:
        check_case(content, "case")
    except BadInput as error:
        return error.problems
    return ()


def _checked(content: Mapping[str, Any], file: SweepFile) -> list[SweepCase]:
    found, problems = [], _Problems(file)
    for number, values in enumerate(file.points):
        own = dict(content)
        for axis, value in zip(file.axes, values, strict=True):
            own = merge(own, axis.nested(value))
        try:
            case = check_case(own, "case")
        except BadInput as error:
            problems.add(number, error.problems)
            continue
        found.append(SweepCase(number, values, own, case.digest, ""))
    problems.raise_any()
    return found


class _Problems:
    """Problems of many cases, each told once with the cases that have it."""

    def __init__(self, file: SweepFile) -> None:
        self.file = file
        self.cases: dict[Problem, list[int]] = {}

    def add(self, number: int, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.cases.setdefault(problem, []).append(number)

    def raise_any(self) -> None:
        if self.cases:
            raise BadInput(
                Problem(f"{self._named(numbers)}: {one.where}", one.found, one.expected, one.remedy)
                for one, numbers in self.cases.items()
            )

    def _named(self, numbers: Sequence[int]) -> str:
        first = [point_text(self.file, number) for number in numbers[:NAMES_SHOWN_MAX]]
        more = len(numbers) - len(first)
        return "; ".join(first) + (f" and {more:,} more cases" if more else "")


def point_text(file: SweepFile, number: int) -> str:
    """A case in words: its number, from 1, and what its axes say."""
    pairs = zip(file.axes, file.points[number], strict=True)
    return f"case {number + 1} ({', '.join(f'{axis.path} = {shown(value)}' for axis, value in pairs)})"


def _read_all(
    cases: Sequence[SweepCase], base: Mapping[str, Any], file: SweepFile, progress: Progress
) -> tuple[dict[str, Mapping[str, Any]], dict[int, str]]:
    """Reads the inputs of every dispatch, and every mix and cost, so that what is bad is known before hours of work."""
    problems = _Problems(file)
    groups: dict[str, list[SweepCase]] = {}
    for one in cases:
        text = json.dumps(dispatched_part(one.content, base), sort_keys=True)
        groups.setdefault(text, []).append(one)
    dispatches: dict[str, Mapping[str, Any]] = {}
    keys: dict[int, str] = {}
    for done, group in enumerate(groups.values()):
        progress("checking", done, len(groups))
        # In the order of the file: columns follow the order of links, and ties are broken by the order of columns.
        content = dispatched_part(group[0].content, base)
        try:
            key = dispatch_key(content, file.security)
        except BadInput as error:
            for one in group:
                problems.add(one.number, error.problems)
            continue
        dispatches[key] = content
        keys |= {one.number: key for one in group}
    _check_finance(cases, problems)
    problems.raise_any()
    return dispatches, keys


def dispatched_part(content: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """A case without what money alone depends on: the base's terms, nothing financed, costs of links the tables'."""
    part = {key: value for key, value in content.items() if key not in MONEY_ALONE}
    part |= {key: base[key] for key in MONEY_ALONE if key in base}
    part["project"] = dict(base["project"]) | {"links": []}
    part["financing"] = {"mixes": []}
    part["reinforcement"] = dict(content["reinforcement"]) | {"paid_by": "tso"}
    part["link"] = {name: {**link, "cost": {}} for name, link in content["link"].items()}
    return part


MONEY_ALONE = ("name", "title", "project", "revenue", "currency", "financing")
"""Keys of a case that no dispatch reads; beside them reinforcement.paid_by and the costs of links."""


def dispatch_key(content: Mapping[str, Any], security: Sequence[str] | None = None) -> str:
    """SHA-256 of a dispatched part, the bytes of the tables and weather files it reads, this program's version and the
    parts of the security study that are done of it."""
    from importlib import metadata

    case = check_case(content, "case")
    inputs = read_inputs(case)
    own = {key: value for key, value in case.model_dump(mode="json").items() if key not in MONEY_ALONE}
    weather = files_digest({str(kind): entries for kind, entries in case.weather.files.items()})
    parts = [own, inputs.network_digest, weather, metadata.version("greengrid")]
    if security is not None:
        parts.append(sorted(security))
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _check_finance(cases: Sequence[SweepCase], problems: _Problems) -> None:
    """Every list of mixes that is used and every set of costs, once."""
    groups: dict[str, list[SweepCase]] = {}
    for one in cases:
        case = check_case(one.content, "case")
        costs = {name: link.cost for name, link in case.link.items()}
        mixes = case.financing.mixes if case.financed_links else ()
        groups.setdefault(json.dumps([mixes, costs, case.price_base_year], sort_keys=True), []).append(one)
    for group in groups.values():
        case = check_case(group[0].content, "case")
        try:
            check_mixes(case)
            for link in case.link.values():
                UnitCosts.of(case.price_base_year, link.cost)
        except BadInput as error:
            for one in group:
                problems.add(one.number, error.problems)


def parents_of(dispatches: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Which dispatch each one starts from: one whose problem differs in numbers alone.

    Cases with the same prices and demand are a chain in the order of their links' ratings, from the one in the middle
    outwards; the middle of every other chain starts from that of the first. The order is that of the cases and of
    nothing else, so that a resumed sweep starts every case where the first one would have.
    """
    groups: dict[str, dict[str, list[tuple[Any, str]]]] = {}
    for key, content in dispatches.items():
        links = content["link"]
        like = {name: {k: v for k, v in link.items() if k not in LINK_NUMBERS} for name, link in links.items()}
        built = [name for name, link in links.items() if link["capacity_mw"] > 0]
        own = {name: value for name, value in content.items() if name not in (*MONEY_ALONE, "link", "prices", "demand")}
        own["demand"] = content["demand"]["level"]
        shape = json.dumps([own, like, built], sort_keys=True)
        chain = json.dumps([content["prices"], content["demand"]], sort_keys=True)
        order = [[link[k] for k in LINK_NUMBERS if k in link] for link in links.values()]
        groups.setdefault(shape, {}).setdefault(chain, []).append((order, key))
    parents: dict[str, str] = {}
    for chains in groups.values():
        ordered = [[key for _, key in sorted(members)] for _, members in sorted(chains.items())]
        root = _middle(_middle(ordered))
        for keys in ordered:
            middle = len(keys) // 2
            parents |= {keys[k]: keys[k + 1 if k < middle else k - 1] for k in range(len(keys)) if k != middle}
            if keys[middle] != root:
                parents[keys[middle]] = root
    return parents


def _middle(items: Sequence[Item]) -> Item:
    return items[len(items) // 2]


LINK_NUMBERS = (
    "capacity_mw",
    "ramp_max_mw_per_h",
    "resistance_ohm_per_km",
    "voltage_kv",
    "station_idle_loss_frac",
    "station_full_loss_frac",
    "station_linear_loss_frac",
    "pole_overload_ratio",
    "hurdle_usd_per_mwh",
    "poles",
    "configuration",
    "source",
)
"""What may differ between a dispatch and the one it starts from, the rating first."""
