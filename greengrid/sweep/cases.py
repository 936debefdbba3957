"""The cases of a sweep: built, checked one and all before anything starts, and sorted by the dispatch they share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from greengrid.case import Case, check_case, load_case
from greengrid.errors import BadInput
from greengrid.inputs import Inputs, read_inputs
from greengrid.money_checks import check_money
from greengrid.sweep.axes import SweepFile
from greengrid.sweep.checks import Problems, Usable, security_problems, usable_values, with_fixed
from greengrid.sweep.mixes import mixes_digest
from greengrid.sweep.series import Trial
from greengrid.weather.files import digest as files_digest

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
    mixes_digest: str = ""
    """Of the files of its funding mixes."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """All that its results depend on."""
        return self.dispatch_key, self.digest, self.mixes_digest


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
    base = load_case(base_case, overrides).model_dump(mode="json", exclude_none=True)
    problems = Problems(file)
    problems.tell(security_problems(file))
    content = with_fixed(base, file, problems)
    cases = _built(content, file, problems)
    dispatches, keys = _read_all(cases, content, problems, progress or (lambda what, done, total: None))
    digests = _check_money(cases, problems)
    problems.raise_any()
    own = check_case(content, f"{file.label}, fixed")
    swept = tuple(replace(one, dispatch_key=keys[one.number], mixes_digest=digests[one.number]) for one in cases)
    return Sweep(file, own, swept, dispatches, parents_of(dispatches) if file.start == "neighbour" else {})


def _built(content: Mapping[str, Any], file: SweepFile, problems: Problems) -> list[SweepCase]:
    """Every case that can be built. Where values of several axes leave none, those without the values that are not
    right alone, so that what else is wrong is seen; the case's own problems are told already."""
    without_wrong, without_doubtful = usable_values(content, file, problems)
    found = _points(content, file, without_wrong, problems)
    return found or _points(content, file, without_doubtful, Problems(file))


def _points(content: Mapping[str, Any], file: SweepFile, usable: Usable, problems: Problems) -> list[SweepCase]:
    found = []
    for number, values in enumerate(file.points):
        own = usable.content(content, file, values)
        if own is None:
            continue
        try:
            case = check_case(own, "case")
        except BadInput as error:
            problems.add(number, error.problems)
            continue
        found.append(SweepCase(number, values, own, case.digest, ""))
    return found


def _read_all(
    cases: Sequence[SweepCase], base: Mapping[str, Any], problems: Problems, progress: Progress
) -> tuple[dict[str, Mapping[str, Any]], dict[int, str]]:
    """Reads the inputs of every dispatch, so that what is bad is known before hours of work."""
    groups: dict[str, list[SweepCase]] = {}
    for one in cases:
        text = json.dumps(dispatched_part(one.content, base), sort_keys=True)
        groups.setdefault(text, []).append(one)
    dispatches: dict[str, Mapping[str, Any]] = {}
    keys: dict[int, str] = {}
    trial = Trial()
    for done, group in enumerate(groups.values()):
        progress("checking", done, len(groups))
        # In the order of the file: columns follow the order of links, and ties are broken by the order of columns.
        content = dispatched_part(group[0].content, base)
        try:
            case = check_case(content, "case")
            inputs = read_inputs(case)
            trial.check(case, inputs)
        except BadInput as error:
            for one in group:
                problems.add(one.number, error.problems)
            continue
        key = dispatch_key(case, inputs, problems.file.security)
        dispatches[key] = content
        keys |= {one.number: key for one in group}
    return dispatches, keys


def dispatched_part(content: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """A case without what money alone depends on: the base's terms, nothing financed, costs of links the tables'.

    Where the weather year is one of an ensemble by its rank, the financed link says behind which link it is ranked.
    """
    part = {key: value for key, value in content.items() if key not in MONEY_ALONE}
    part |= {key: base[key] for key in MONEY_ALONE if key in base}
    weather = content["weather"]
    ranked = weather["years"] > 1 and isinstance(weather["draw"], str)
    part["project"] = dict(base["project"]) | {"links": content["project"]["links"] if ranked else []}
    part["financing"] = {"mixes": [A_MIX] if part["project"]["links"] else []}
    part["reinforcement"] = dict(content["reinforcement"]) | {"paid_by": "tso"}
    part["link"] = {name: {**link, "cost": {}} for name, link in content["link"].items()}
    return part


A_MIX = "concessional"
"""Stands where a case with a project must have a mix; nothing is financed with it."""
MONEY_ALONE = ("name", "title", "project", "revenue", "currency", "financing")
"""Keys of a case that no dispatch reads; beside them reinforcement.paid_by and the costs of links."""


def dispatch_key(case: Case, inputs: Inputs, security: Sequence[str] | None = None) -> str:
    """SHA-256 of a dispatched part, the bytes of the tables and weather files it reads, this program's version and the
    parts of the security study that are done of it."""
    from importlib import metadata

    own = {key: value for key, value in case.model_dump(mode="json").items() if key not in MONEY_ALONE}
    weather = files_digest({str(kind): entries for kind, entries in case.weather.files.items()})
    parts = [own, inputs.network_digest, weather, metadata.version("greengrid")]
    if security is not None:
        parts.append(sorted(security))
    if case.project.links:
        parts.append(case.project.links)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


PROJECT_CHECKED = {"growth", "construction_first_year", "operation_first_year", "operation_years"}
"""Of the project's keys, those that `check_money` reads."""


def _check_money(cases: Sequence[SweepCase], problems: Problems) -> dict[int, str]:
    """Reads every list of mixes that is used, every set of costs and every growth, once; digests of mixes by case."""
    groups: dict[str, list[SweepCase]] = {}
    for one in cases:
        case = check_case(one.content, "case")
        costs = {name: link.cost for name, link in case.link.items()}
        read = [case.financed_links, case.financing.mixes, costs, case.price_base_year, case.hours]
        project = case.project.model_dump(mode="json", include=PROJECT_CHECKED)
        groups.setdefault(json.dumps([read, project], sort_keys=True), []).append(one)
    digests: dict[int, str] = {}
    for group in groups.values():
        case = check_case(group[0].content, "case")
        try:
            check_money(case)
        except BadInput as error:
            for one in group:
                problems.add(one.number, error.problems)
        digests |= dict.fromkeys((one.number for one in group), mixes_digest(case.financing.mixes))
    return digests


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
