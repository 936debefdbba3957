"""What is kept of a dispatch and of a financed case: flat numbers that go to disk, over the wire and into the table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from greengrid.cashflows import LinkYear
from greengrid.netback import Input
from greengrid.project import DispatchedYear
from greengrid.summary import Summary

LEFT_OUT = ("source", "confidence", "notes")
"""Texts of the summary that say where an input comes from."""
COUNTED = ("findings",)
"""Lists of which a table says how many there are."""
APART = ("case", "financing", "financing_note", "timings_s", "calibration", "schema_version")
"""Parts of the summary that differ between cases of one dispatch, between runs, or say nothing about it."""


@dataclass(frozen=True)
class DispatchRecord:
    """One dispatch with its AC check, and what financing takes from it."""

    key: str
    measures: dict[str, Any]
    """Flat names of the summary's parts -> value."""
    case: dict[str, Any]
    """The summary's part on the case, which each case fills with its own name and digest."""
    year: dict[str, Any] | None
    """Links and export chain of a whole year; None for a part of one."""
    work_s: float
    """Time it took; in no table."""

    def to_json(self) -> str:
        """Sorted, without NaN."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> DispatchRecord:
        """Raises ValueError or TypeError for what is no record."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class FinanceRecord:
    """One case's funding mixes."""

    digest: str
    mixes: dict[str, dict[str, Any]]
    note: str
    """Why there are none."""
    project: dict[str, float] = field(default_factory=dict)
    """Costs of the project by flat name, real USD: none where nothing is financed."""
    problem: str = ""
    """Why the case could not be financed."""
    mixes_digest: str = ""
    """Of the files of its funding mixes, which the case names and does not hold."""

    @property
    def identity(self) -> tuple[str, str]:
        """What the record was made of, beside the dispatch."""
        return self.digest, self.mixes_digest


def flat(content: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as names with dots; a list as text, or as its length where its items are records, unless the table
    says their number itself."""
    found: dict[str, Any] = {}
    for key, value in content.items():
        if key in LEFT_OUT or content.get(f"{key}_count") is not None:
            continue
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found |= flat(value, f"{name}.")
        elif isinstance(value, list | tuple):
            counted = key in COUNTED or any(isinstance(item, Mapping) for item in value)
            found |= {f"{name}.count": len(value)} if counted else {name: json.dumps(list(value))}
        else:
            found[name] = value
    return found


def measures_of(summary: Summary) -> dict[str, Any]:
    """The measures of a summary but those of financing."""
    content = summary.model_dump(mode="json")
    return flat({key: value for key, value in content.items() if key not in APART})


def pack_year(year: DispatchedYear) -> dict[str, Any]:
    """A dispatched year as plain values."""
    return {
        "links": {name: asdict(link) for name, link in year.links.items()},
        "realised": {name: asdict(value) for name, value in year.realised.items()},
        "later": {
            str(number): {name: asdict(link) for name, link in links.items()} for number, links in year.later.items()
        },
    }


def unpack_year(content: Mapping[str, Any]) -> DispatchedYear:
    """The dispatched year again."""
    later = {int(number): _links(links) for number, links in content["later"].items()}
    realised = {name: Input(**value) for name, value in content["realised"].items()}
    return DispatchedYear(_links(content["links"]), realised, (), later)


def _links(content: Mapping[str, Any]) -> dict[str, LinkYear]:
    return {name: LinkYear(**link) for name, link in content.items()}
