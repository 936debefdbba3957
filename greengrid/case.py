"""One run's description: a frozen, checked case read from TOML. Every choice that moves money or physics is written."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from greengrid.case_keys import (
    Demand,
    Dispatch,
    LinkCase,
    LinkName,
    Part,
    PlantCase,
    Prices,
    Reinforcement,
    Security,
    Text,
    Weather,
    Whole,
)
from greengrid.case_money import Currency, CurrencyCode, Financing, Project, Revenue
from greengrid.errors import BadInput, Problem
from greengrid.own_limits import InterfaceCase
from greengrid.toml_file import parse_toml, read_toml
from greengrid.validation import problems_of, shown

SHIPPED = Path(__file__).parent / "cases"


class Case(Part):
    """One run."""

    name: str = Field(pattern=r"^[\w .-]{1,60}$")
    """Short name: letters, digits, space, dot, dash, underscore."""
    title: Text = Field(min_length=1, max_length=160)
    year: Whole = Field(ge=2000, le=2100)
    """Year of the staged data set, for example 2025, 2030 or 2035."""
    years: tuple[Annotated[Whole, Field(ge=2000, le=2100)], ...] = ()
    """Further years that are dispatched for financing, for example [2030, 2035]: what the project carries and earns is
    interpolated between them; before the first as in it, after the last flat in real terms (project.growth)."""
    network: Text = Field(min_length=1)
    """Shipped data set (corridor, tiny) or a folder of the same tables."""
    programme: Literal["corridor", "none"]
    """Whether the corridor's renewable programme stands; it never depends on a link."""
    prices_basis: Literal["economic", "domestic"]
    """Fuel at opportunity cost, or at domestic tariffs."""
    price_base_year: Whole = Field(ge=2020, le=2030)
    hours: str = Field(pattern=r"^(all|\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2})$")
    """"all", or first and day after the last: 2035-01-10..2035-01-24. A part of a year has no annual figures."""
    ac_hours: Literal["all"] | Annotated[Whole, Field(ge=0, le=8784)]
    """Hours of the AC power flow: "all", solved in batch, or so many of the telling ones (peaks, links full, ...), all
    of which are taken; 0 for none."""
    weather: Weather
    demand: Demand
    prices: Prices
    link: dict[LinkName, LinkCase]
    plant: dict[str, PlantCase]
    interface: dict[str, InterfaceCase] = Field(default_factory=dict)
    """Own limits of cuts, by name, for example "KZ-UZ", which nobody publishes."""
    reinforcement: Reinforcement
    dispatch: Dispatch
    security: Security = Security()
    project: Project
    revenue: Revenue
    currency: dict[CurrencyCode, Currency] = Field(default_factory=dict)
    """Paths of the currencies that revenue is paid in."""
    financing: Financing

    @model_validator(mode="after")
    def _consistent(self) -> Case:
        unknown = [name for name in self.project.links if name not in self.link]
        if unknown:
            links = sorted(self.link) or "none"
            raise ValueError(f"links of the case: project.links names {unknown}, but the links are {links}")
        if self.revenue.currency != "USD" and self.revenue.currency not in self.currency:
            known = sorted(self.currency) or "none"
            raise ValueError(f"a path of {self.revenue.currency} under [currency.{self.revenue.currency}], not {known}")
        if self.security.losses == "corrected" and self.ac_hours != "all":
            raise ValueError('ac_hours = "all", as security.losses = "corrected" takes its losses from every hour')
        if self.financed_links and not self.financing.mixes:
            raise ValueError("financing.mixes with at least one mix, as project.links is set")
        return self

    @property
    def built_links(self) -> tuple[str, ...]:
        """Links with a rating, in the case's order."""
        return tuple(name for name, link in self.link.items() if link.capacity_mw > 0)

    @property
    def financed_links(self) -> tuple[str, ...]:
        """Links of the project that are built."""
        return tuple(name for name in self.project.links if name in self.built_links)

    @property
    def later_years(self) -> tuple[int, ...]:
        """Years that are dispatched beside the case's own, in order."""
        return tuple(sorted(set(self.years) - {self.year}))

    def in_year(self, year: int) -> Case:
        """The same case in one further year alone."""
        return self.model_copy(update={"year": year, "years": ()})

    @property
    def digest(self) -> str:
        """SHA-256 of the case's content, whatever the order or layout of its file."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()

    def window(self) -> tuple[datetime, datetime] | None:
        """The part of the year that is run, or None for all of it."""
        if self.hours == "all":
            return None
        first, last = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in self.hours.split(".."))
        return first, last


def shipped_cases() -> dict[str, Path]:
    """Shipped cases by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}


def load_case(name_or_path: str | Path, overrides: Iterable[str] | Mapping[str, object] = ()) -> Case:
    """Reads a shipped case by name or a TOML file, applies overrides and checks the whole.

    Overrides are texts `key.path=value`, as on the command line, or a mapping of key paths to numbers, texts, truth
    values or lists of them: `{"link.caspian.capacity_mw": 1500}`.
    A file may begin with `extends = "base"` (a shipped name or a path): it then says only what differs. Raises
    `BadInput` with every problem found.
    """
    content = _read(name_or_path)
    label = str(name_or_path)
    problems: list[Problem] = []
    if isinstance(overrides, Mapping):
        overrides = [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in overrides.items()]
    for override in overrides:
        _override(content, override, problems)
    if problems:
        raise BadInput(problems)
    return check_case(content, label)


def check_case(content: Mapping[str, Any], label: str) -> Case:
    """A case from plain values; `label` names its origin in problems."""
    try:
        case = Case.model_validate(content)
    except ValidationError as error:
        remedy = 'Write what is missing, or begin the file with extends = "base"'
        raise BadInput(_with_near_links(problems_of(error, label, Case, remedy), content)) from None
    problems = _window_problems(case, label)
    if problems:
        raise BadInput(problems)
    return case


def _window_problems(case: Case, label: str) -> list[Problem]:
    try:
        window = case.window()
    except ValueError as error:
        return [Problem(f"{label}, hours", repr(case.hours), f"two dates ({error})")]
    if window is None:
        return []
    first, last = window
    if first >= last or first.year != case.year or last > datetime(case.year + 1, 1, 1, tzinfo=UTC):
        expected = f"a first day before the last, both within {case.year}"
        return [Problem(f"{label}, hours", repr(case.hours), expected, "The last day is not included")]
    return []


def _read(name_or_path: str | Path, depth: int = 0) -> dict[str, Any]:
    """The merged content of a case and what it extends."""
    shipped = shipped_cases()
    path = shipped.get(str(name_or_path), Path(name_or_path))
    if _is_absent(path):
        expected = "a shipped case's name or a TOML file"
        raise BadInput([Problem(str(name_or_path), "no such case", expected, _near_case(path))])
    content = read_toml(path, "a TOML file of a case")
    parent = content.pop("extends", None)
    if parent is None:
        return content
    if not isinstance(parent, str) or depth > 4:
        raise BadInput([Problem(f"{path}, extends", shown(parent), "the name or path of one case, at most four deep")])
    base = parent if parent in shipped else path.parent / parent
    if _is_absent(shipped.get(str(base), Path(base))):
        expected = "a shipped case's name or a path from this file's folder"
        raise BadInput([Problem(f"{path}, extends", f"no such case: {parent!r}", expected, _near_case(Path(parent)))])
    return merge(_read(base, depth + 1), content)


def _is_absent(path: Path) -> bool:
    try:
        return not path.exists()
    except OSError:
        return False  # a name that cannot exist is said by the reader


def _near_case(path: Path) -> str:
    """What the user may have meant: a file of that name here, or a shipped case."""
    file = path.with_name(f"{path.name}.toml") if path.name else path
    if file.is_file():
        return f'Did you mean "{file}"?'
    near = difflib.get_close_matches(path.stem.lower(), shipped_cases(), n=1)
    return f'Did you mean "{near[0]}"?' if near else "`greengrid cases` lists them; `greengrid new NAME` writes one"


def merge(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key; everything else is replaced."""
    merged = dict(base)
    for key, value in change.items():
        old = merged.get(key)
        merged[key] = merge(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
    return merged


def _override(content: dict[str, Any], override: str, problems: list[Problem]) -> None:
    path, separator, text = override.partition("=")
    where, expected = f"--set {shown(override)[1:-1]}", "key.path=value, for example link.caspian.capacity_mw=1500"
    if not separator or not path.strip() or not override.isprintable():
        problems.append(Problem(where, shown(override), f"{expected}, on one line"))
        return
    if path.strip() == "extends":
        problems.append(Problem(where, "extends", "a key of the case", "It stands in a file only; name that file"))
        return
    try:
        change: Any = parse_toml(f"{path} = {text}")
    except ValueError:
        try:
            change = parse_toml(f"{path} = {json.dumps(text.strip(), ensure_ascii=False)}")
        except ValueError as error:
            remedy = "A name with spaces stands in quotes: --set 'plant.\"My plant\".capacity_mw=0'"
            problems.append(Problem(where, f"not a key and a value: {error}", expected, remedy))
            return
    if _is_empty(change):
        remedy = "A link or plant is left out with capacity_mw=0"
        problems.append(Problem(where, "an empty table, which changes nothing", "the keys to change", remedy))
    merged = merge(content, change)
    content.clear()
    content.update(merged)


def _is_empty(change: object) -> bool:
    while isinstance(change, Mapping) and change:
        change = next(iter(change.values()))
    return isinstance(change, Mapping)


def _with_near_links(problems: list[Problem], content: Mapping[str, Any]) -> list[Problem]:
    """A link that lacks nearly everything is most often a known link spelled wrong."""
    links = content.get("link")
    names = list(links) if isinstance(links, Mapping) else []
    found = []
    for problem in problems:
        name = problem.where.rpartition("link.")[2]
        near = difflib.get_close_matches(name, [other for other in names if other != name], n=1)
        spelled_wrong = name in names and "keys missing" in problem.found and near
        found.append(replace(problem, remedy=f'Did you mean "{near[0]}"?') if spelled_wrong else problem)
    return found
