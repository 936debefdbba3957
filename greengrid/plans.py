"""A yearly plan as a file: written into every run's folder, read from there or from a user's own TOML."""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from financing.plan import Plan
from greengrid.errors import BadInput, Problem
from greengrid.store import read_summary
from greengrid.toml_file import read_toml
from greengrid.validation import problems_of

NAME = "plan.json"
YEARS_MAX = 200
YEARLY = ("received_mwh", "losses_usd_real", "avoided_tco2", "opex_usd_real")
AMOUNT = "amount_usd_real"
MAY_BE_ABSENT = ("avoided_tco2", "affordable_charge_usd_per_mwh")


def write_plan(folder: Path, plan: Plan) -> None:
    """The plan that the mixes were applied to, as JSON."""
    text = json.dumps(dataclasses.asdict(plan), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def read_plan(path: Path) -> Plan:
    """A plan from a run's folder, a JSON or a TOML file; raises `BadInput` with every problem."""
    file = path / NAME if path.is_dir() else path
    content = _content(file, path)
    known = [field.name for field in dataclasses.fields(Plan)]
    problems = [
        Problem(f"{file}, {key}", "an unknown key", f"one of {', '.join(known)}", _near(key, known))
        for key in content
        if key not in known
    ]
    problems += _not_finite(content, f"{file}, ")
    try:
        plan = TypeAdapter(Plan).validate_python(_whole(content, known))
    except ValidationError as error:
        remedy = "The keys and their units: greengrid schema plan"
        raise BadInput([*problems, *problems_of(error, str(file), Plan, remedy)]) from None
    if problems:
        raise BadInput(problems)
    return plan


def _whole(content: Mapping[str, Any], known: list[str]) -> dict[str, Any]:
    """Known keys; an absent value may be left out, and one number stands for the same in every operating year."""
    whole = {**dict.fromkeys(MAY_BE_ABSENT), **{key: value for key, value in content.items() if key in known}}
    years = whole.get("operation_years")
    if isinstance(years, bool) or not isinstance(years, int) or not 1 <= years <= YEARS_MAX:
        return whole
    for key in YEARLY:
        whole[key] = _every_year(whole.get(key), years)
    if isinstance(whole.get("revenue"), list):
        whole["revenue"] = [
            {**stream, AMOUNT: _every_year(stream[AMOUNT], years)}
            if isinstance(stream, dict) and AMOUNT in stream
            else stream
            for stream in whole["revenue"]
        ]
    return {key: value for key, value in whole.items() if value is not None or key in MAY_BE_ABSENT}


def _every_year(value: object, years: int) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return [value] * years if is_number else value


def _near(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f'Did you mean "{near[0]}"?' if near else ""


def _content(file: Path, asked: Path) -> Mapping[str, Any]:
    if not file.exists():
        expected = "the folder of a finished run with a financed link, or a yearly plan in TOML"
        raise BadInput([Problem(str(asked), "no plan", expected, _why_absent(asked))])
    if file.suffix != ".json":
        return read_toml(file, "a yearly plan in JSON or TOML")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput([Problem(str(file), f"unreadable: {error}", "a yearly plan in JSON or TOML")]) from None
    if not isinstance(content, dict):
        raise BadInput([Problem(str(file), type(content).__name__, "a table of keys")])
    return content


def _why_absent(folder: Path) -> str:
    """A finished run without a plan says itself why there is none."""
    if not (folder / "summary.json").is_file():
        return "A case is run first: greengrid run CASE -o DIR"
    return f"The run says: {read_summary(folder).financing_note}"


def _not_finite(value: object, where: str) -> list[Problem]:
    """Every number that is not finite, wherever it stands."""
    if isinstance(value, float) and not math.isfinite(value):
        return [Problem(where.removesuffix("."), str(value), "a finite number")]
    parts: list[tuple[object, object]] = []
    if isinstance(value, Mapping):
        parts = list(value.items())
    elif isinstance(value, list | tuple):
        parts = list(enumerate(value))
    return [problem for key, part in parts for problem in _not_finite(part, f"{where}{key}.")]
