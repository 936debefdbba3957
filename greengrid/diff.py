"""Two finished runs side by side: what differs in the input, and what in the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greengrid.errors import BadInput, Problem
from greengrid.store import check_digests, read_summary
from greengrid.summary import Summary
from greengrid.toml_file import read_toml

NOISE_FRAC = 1e-9
"""Numbers closer than this, relative to the larger, are the same: another start of the solver moves the last digits."""
BEHIND = ("case", "timings_s", "calibration", "schema_version")
"""Parts of the summary that say what was run, not what came out."""
ROUNDING = ("gap_frac", "balance_residual_max_mw")
Value = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One key that differs; a value that one side lacks is None there, as is one that does not exist."""

    key: str
    first: Value
    second: Value

    @property
    def change(self) -> float | None:
        """Second less first, in the key's unit; None for what are not two numbers."""
        if not (_is_number(self.first) and _is_number(self.second)):
            return None
        return float(self.second) - float(self.first)  # type: ignore[arg-type]

    @property
    def change_frac(self) -> float | None:
        """The change as a share of the first."""
        change = self.change
        return None if change is None or not self.first else change / abs(float(self.first))


@dataclass(frozen=True)
class RunDifference:
    """Everything that two runs do not share."""

    names: tuple[str, str]
    input: tuple[Difference, ...]
    """Keys of the case, bytes of tables and weather files, versions of libraries."""
    result: tuple[Difference, ...]
    same: int
    """Keys of the result that are the same in both."""
    notes: tuple[str, ...]
    """What keeps the two from being compared."""


def compare_folders(first: Path, second: Path) -> RunDifference:
    """Compares two run folders; raises `BadInput` with the problems of both where one is missing or damaged."""
    runs: list[_Run] = []
    problems: list[Problem] = []
    for folder in (first, second):
        try:
            runs.append(_Run.of(folder))
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(problems)
    own, other = runs
    result = differences(own.result, other.result)
    known = own.result.keys() | other.result.keys()
    return RunDifference(
        names=(_name(first), _name(second)),
        input=differences(own.input, other.input),
        result=result,
        same=len(known) - len(result),
        notes=tuple(_notes(own, other)),
    )


def _name(folder: Path) -> str:
    return folder.resolve().name


@dataclass(frozen=True)
class _Run:
    case: Mapping[str, Any]
    """As written: a run of an earlier version has other keys."""
    summary: Summary
    input: dict[str, Value]
    result: dict[str, Value]

    @classmethod
    def of(cls, folder: Path) -> _Run:
        summary = read_summary(folder)
        check_digests(folder)
        case = read_toml(folder / "case.toml", "the case of a finished run")
        content = leaves(case)
        content |= {"network tables (SHA-256)": summary.case.network_digest}
        content |= {"weather files (SHA-256)": summary.case.weather_digest}
        content |= {f"version of {name}": value for name, value in _versions(folder).items()}
        measured = {key: value for key, value in summary.model_dump(mode="json").items() if key not in BEHIND}
        return cls(case, summary, content, leaves(measured))


def _versions(folder: Path) -> dict[str, str]:
    import json

    path = folder / "versions.json"
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {str(name): str(version) for name, version in content.items()}


def leaves(content: Mapping[str, Any], prefix: str = "") -> dict[str, Value]:
    """Nested tables and lists as names with dots."""
    found: dict[str, Value] = {}
    for key, value in content.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found |= leaves(value, f"{name}.")
        elif isinstance(value, list | tuple):
            found |= leaves({str(number): item for number, item in enumerate(value, start=1)}, f"{name}.")
        else:
            found[name] = value
    return found


def differences(first: Mapping[str, Value], second: Mapping[str, Value]) -> tuple[Difference, ...]:
    """Keys in the order of the first, then those of the second alone; equal to rounding is equal."""
    keys = [*first, *(key for key in second if key not in first)]
    found = (Difference(key, first.get(key), second.get(key)) for key in keys)
    return tuple(one for one in found if not _same(one))


def _same(one: Difference) -> bool:
    if one.key.endswith(ROUNDING):
        return True
    if _is_number(one.first) and _is_number(one.second):
        size = max(abs(float(one.first)), abs(float(one.second)))  # type: ignore[arg-type]
        return abs(one.change or 0.0) <= NOISE_FRAC * size
    return one.first == one.second and type(one.first) is type(one.second)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _notes(first: _Run, second: _Run) -> list[str]:
    own, other = first.summary, second.summary
    notes = []
    if own.price_base_year != other.price_base_year:
        notes.append(f"real money is of {own.price_base_year} and of {other.price_base_year}: not comparable as it is")
    hours, basis = ([run.case.get(key) for run in (first, second)] for key in ("hours", "prices_basis"))
    if hours[0] != hours[1]:
        notes.append(f"hours are {hours[0]} and {hours[1]}: energies and costs cover other spans")
    if basis[0] != basis[1]:
        notes.append("one run is at economic, one at domestic prices: costs say other things")
    gaps = [run.dispatch.objective_usd_real - run.dispatch.lower_bound_usd_real for run in (own, other)]
    saved = abs(own.dispatch.objective_usd_real - other.dispatch.objective_usd_real)
    if 0 < saved < sum(max(0.0, gap) for gap in gaps):
        notes.append("the costs differ by less than both certificates leave open: not distinguishable")
    return notes


def as_record(found: RunDifference) -> dict[str, object]:
    """For JSON."""

    def plain(rows: tuple[Difference, ...]) -> list[dict[str, object]]:
        return [
            {
                "key": row.key,
                "first": row.first,
                "second": row.second,
                "change": row.change,
                "change_frac": row.change_frac,
            }
            for row in rows
        ]

    return {
        "first": found.names[0],
        "second": found.names[1],
        "input": plain(found.input),
        "result": plain(found.result),
        "same": found.same,
        "notes": list(found.notes),
    }
