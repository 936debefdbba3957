"""The security study of a dispatch: its parts, one after another, and what they found as one ranked list.

A part is a function of a `SecurityRun`; it returns tables, hourly series, figures and violations. To add one, write
the function in a module of its own and name it in PARTS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from greengrid.errors import BadInput, Problem
from greengrid.progress import Reporter
from greengrid.security.adequacy_part import adequacy
from greengrid.security.batch_part import ac_outages
from greengrid.security.findings import Finding, ranked
from greengrid.security.outages_part import n_minus_1
from greengrid.security.part import Figure, Part, PartResult, SecurityRun
from greengrid.security.pole_outage_part import pole_outages
from greengrid.security.secure_transfer_part import secure_transfers
from greengrid.security.short_circuit_part import short_circuit
from greengrid.security.year_part import ac_power_flow

PARTS: tuple[Part, ...] = (
    Part("ac", "AC power flow", ac_power_flow, in_run=True),
    Part("short-circuit", "short circuit", short_circuit, in_run=True),
    Part("n-1", "N-1 screening", n_minus_1, in_run=True),
    Part("secure-transfer", "N-1 secure transfer", secure_transfers, in_run=True),
    Part("pole-outage", "pole and link outage", pole_outages, in_run=True),
    Part("adequacy", "adequacy", adequacy),
    Part("ac-outages", "outages in AC", ac_outages),
)
"""In the order in which they run. A part that screens outages has them confirmed in AC by `batch_outages.confirm` of
`year_part.solve_of(run, reporter)`, which is solved once for all parts."""


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


def study_of_run(run: SecurityRun, reporter: Reporter) -> SecurityStudy:
    """The parts that `greengrid run` does itself; none where the case asks for no hours of the AC power flow."""
    names = [part.name for part in PARTS if part.in_run]
    return study(run, reporter, names) if run.case.ac_hours else SecurityStudy({}, ())


def chosen_parts(names: Sequence[str]) -> tuple[Part, ...]:
    """The parts of that name in their order; all without names."""
    known = [part.name for part in PARTS]
    problems = [Problem("--parts", repr(name), f"some of {', '.join(known)}") for name in names if name not in known]
    if problems:
        raise BadInput(problems)
    return tuple(part for part in PARTS if not names or part.name in names)


__all__ = ["PARTS", "Figure", "Part", "PartResult", "SecurityRun", "SecurityStudy", "chosen_parts", "study"]
