"""What pydantic finds, in our words: where, what was found, what is expected, what to do."""

from __future__ import annotations

import dataclasses
import difflib
import typing
from collections.abc import Mapping
from datetime import date, time

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from greengrid.errors import Problem

MISSING_MAX = 3
"""Keys missing from one table are named each on its own up to here, and together beyond."""
A_TABLE, A_LIST = "a table of keys", 'a list, for example ["one", "two"]'
EXPECTED = {
    "dataclass_type": A_TABLE,
    "dict_type": A_TABLE,
    "float_parsing": "a number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_type": "a whole number",
    "list_type": A_LIST,
    "model_attributes_type": A_TABLE,
    "model_type": A_TABLE,
    "string_type": "text",
    "tuple_type": A_LIST,
}
NUMBERS = ("float_type", "float_parsing", "int_type", "int_parsing")
Path = tuple[int | str, ...]


def problems_of(error: ValidationError, label: str, model: object, missing_remedy: str = "") -> list[Problem]:
    """One problem per finding; `label` names the file, `model` the class that knows the keys."""
    found: list[Problem] = []
    missing: dict[Path, list[str]] = {}
    for item in error.errors(include_url=False):
        path = tuple(part for part in item["loc"] if part != "[key]")
        if item["type"] == "missing":
            missing.setdefault(path[:-1], []).append(str(path[-1]))
        else:
            found.append(_problem(item, path, label, model))
    for parent, keys in missing.items():
        found += _missing(parent, keys, label, model, missing_remedy)
    return found


def _missing(parent: Path, keys: list[str], label: str, model: object, remedy: str) -> list[Problem]:
    if len(keys) <= MISSING_MAX:
        return [Problem(_where(label, (*parent, key)), "nothing", "a value", remedy) for key in keys]
    where = _where(label, parent)
    return [Problem(where, f"{len(keys)} keys missing", f"values of {', '.join(keys)}", remedy)]


def _problem(item: ErrorDetails, path: Path, label: str, model: object) -> Problem:
    where = _where(label, path)
    if item["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        known = known_keys(model, path[:-1])
        near = difflib.get_close_matches(str(path[-1]), known, n=1)
        remedy = f'Did you mean "{near[0]}"?' if near else ""
        return Problem(where, "an unknown key", f"one of {', '.join(known)}", remedy)
    return Problem(where, shown(item["input"]), _expected(item, path, model), _remedy(item, path))


def _where(label: str, path: Path) -> str:
    return f"{label}, {'.'.join(str(part) for part in path)}" if path else label


def _expected(item: ErrorDetails, path: Path, model: object) -> str:
    if item["type"] in EXPECTED:
        return EXPECTED[item["type"]]
    if item["type"] == "string_pattern_mismatch":
        if item["loc"][-1] == "[key]":
            return "a name of letters, digits, dash and underscore"
        return _described(model, path) or "one line of plain text without control characters"
    message = str(item["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    return message[0].lower() + message[1:]


def _remedy(item: ErrorDetails, path: Path) -> str:
    value, key = item["input"], str(path[-1]) if path else ""
    if item["type"] in NUMBERS and isinstance(value, str):
        if _number(value) is not None:
            return "Leave the quotes out"
        if "," in value and _number(value.replace(",", ".")) is not None:
            return "Write a decimal point, and no separator of thousands"
        return "Write a share, 0.008 for 0.8 %" if value.rstrip().endswith("%") else ""
    too_high = item["type"] in ("less_than", "less_than_equal") and isinstance(value, int | float)
    if too_high and key.endswith(("_frac", "_pa")) and 0 < value <= 100:
        return f"If {value} is per cent, write {value / 100:g}"
    return ""


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def shown(value: object) -> str:
    """A value as it may stand in a message; a whole table is named, not printed."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | time):
        return value.isoformat()
    text = "this table" if isinstance(value, Mapping) and value else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def known_keys(model: object, path: Path) -> list[str]:
    """Names of the keys of the part of a model that a path leads to."""
    return sorted(_fields(_part(model, path)))


def _part(model: object, path: Path) -> object:
    """The class behind a path: through fields, and through the values of tables and lists."""
    for part in path:
        model = _fields(model).get(str(part), model)
        arguments = [argument for argument in typing.get_args(model) if argument is not Ellipsis]
        model = next((argument for argument in reversed(arguments) if _fields(argument)), model)
    return model


def _fields(model: object) -> dict[str, object]:
    """Name -> type of the fields of a model or dataclass; nothing for other types."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        return {name: field.annotation for name, field in model.model_fields.items()}
    if isinstance(model, type) and dataclasses.is_dataclass(model):
        return dict(typing.get_type_hints(model))
    return {}


def _described(model: object, path: Path) -> str:
    """What the docstring of a field says of it."""
    parent = _part(model, path[:-1])
    if not (path and isinstance(parent, type) and issubclass(parent, BaseModel)):
        return ""
    field = parent.model_fields.get(str(path[-1]))
    return (field.description or "").rstrip(".") if field else ""
