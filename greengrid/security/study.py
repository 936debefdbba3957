"""The security study of a dispatch: its parts, one after another, and what they found as one ranked list.

A part is a function of a `SecurityRun`; it returns tables, hourly series, figures and violations. To add one, write
the function in a module of its own and name it in PARTS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from greengrid.case import Case
from greengrid.dispatch.result import Dispatch
from greengrid.errors import BadInput, Problem
from greengrid.hourly import HourlyTable
from greengrid.inputs import Inputs
from greengrid.progress import Reporter
from greengrid.security.findings import Finding, Violation, ranked

Figure = float | int | str | None


@dataclass(frozen=True)
class SecurityRun:
    """What every part starts from: a case, its grid and prices, and its dispatch, just solved or read back."""

    case: Case
    inputs: Inputs
    dispatch: Dispatch


@dataclass(frozen=True)
class PartResult:
    """What one part found."""

    violations: tuple[Violation, ...] = ()
    """Broken limits; `Violation.remedy` says what would help where `findings.REMEDY` does not know the kind."""
    tables: Mapping[str, Sequence[object]] = field(default_factory=dict)
    """Records (dataclasses or mappings) by table name."""
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Columns of tables that may come without rows."""
    hourly: Mapping[str, HourlyTable] = field(default_factory=dict)
    """Hourly series by table name."""
    figures: Mapping[str, Figure] = field(default_factory=dict)
    """For `security.parts` in summary.json; the unit is in the name."""


@dataclass(frozen=True, slots=True)
class Part:
    """One question of the study."""

    name: str
    """Of the command's --parts and of `security.parts` in summary.json."""
    title: str
    """Of the progress line."""
    work: Callable[[SecurityRun, Reporter], PartResult]


PARTS: tuple[Part, ...] = ()
"""In the order in which they run."""


@dataclass(frozen=True)
class SecurityStudy:
    """What all parts found."""

    results: Mapping[str, PartResult]
    findings: tuple[Finding, ...]


def study(run: SecurityRun, reporter: Reporter, names: Sequence[str] = ()) -> SecurityStudy:
    """Does the named parts (all without names) and ranks everything they found together.

    Raises `BadInput` for names that are no part's.
    """
    chosen = chosen_parts(names)
    results = {}
    for part in chosen:
        reporter.stage(part.title)
        results[part.name] = part.work(run, reporter)
    return SecurityStudy(results, ranked(violation for result in results.values() for violation in result.violations))


def chosen_parts(names: Sequence[str]) -> tuple[Part, ...]:
    """The parts of that name in their order; all without names."""
    known = [part.name for part in PARTS]
    problems = [Problem("--parts", repr(name), f"some of {', '.join(known)}") for name in names if name not in known]
    if problems:
        raise BadInput(problems)
    return tuple(part for part in PARTS if not names or part.name in names)
