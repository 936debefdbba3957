"""A yearly plan as a file: written into every run's folder, read from there or from a user's own TOML."""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from financing.plan import Plan
from greengrid.errors import BadInput, Problem

NAME = "plan.json"


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
    problems += _not_finite(content, str(file))
    try:
        plan = TypeAdapter(Plan).validate_python({key: value for key, value in content.items() if key in known})
    except ValidationError as error:
        for item in error.errors(include_url=False):
            where = ".".join(str(part) for part in item["loc"])
            problems.append(Problem(f"{file}, {where}", repr(item["input"])[:80], str(item["msg"])))
        raise BadInput(problems) from None
    if problems:
        raise BadInput(problems)
    return plan


def _near(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f'Did you mean "{near[0]}"?' if near else ""


def _content(file: Path, asked: Path) -> Mapping[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
        content = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except FileNotFoundError:
        expected = "the folder of a finished run with a financed link, or a yearly plan in TOML"
        remedy = "A case is run first: greengrid run CASE -o DIR"
        raise BadInput([Problem(str(asked), "no plan", expected, remedy)]) from None
    except (OSError, ValueError) as error:
        raise BadInput([Problem(str(file), f"unreadable: {error}", "a yearly plan in JSON or TOML")]) from None
    if not isinstance(content, dict):
        raise BadInput([Problem(str(file), type(content).__name__, "a table of keys")])
    return content


def _not_finite(value: object, where: str) -> list[Problem]:
    """Every number that is not finite, wherever it stands."""
    if isinstance(value, float) and not math.isfinite(value):
        return [Problem(where, str(value), "a finite number")]
    parts: list[tuple[object, object]] = []
    if isinstance(value, Mapping):
        parts = list(value.items())
    elif isinstance(value, list | tuple):
        parts = list(enumerate(value))
    return [problem for key, part in parts for problem in _not_finite(part, f"{where}, {key}")]
