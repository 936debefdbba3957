"""The funding mixes of a run with every number resolved, kept in its folder: a mix is then what it was in the run."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from financing.loading import load_structure
from financing.structure import Structure
from greengrid.errors import BadInput, Problem
from greengrid.store import RUN_AGAIN
from greengrid.validation import problems_of

NAME = "mixes.json"


def write_mixes(folder: Path, structures: Sequence[Structure]) -> None:
    """Sources, terms and covenants of every mix, as JSON."""
    entries = [dataclasses.asdict(each) for each in structures]
    text = json.dumps(entries, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def read_mixes(folder: Path) -> tuple[Structure, ...]:
    """The mixes of a finished run; of a folder from before they were kept, the mixes that its case names.

    Raises `BadInput` for a file that cannot be read.
    """
    file = folder / NAME
    if not file.is_file():
        return tuple(load_structure(name) for name in _named(folder))
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return TypeAdapter(tuple[Structure, ...]).validate_python(content)
    except ValidationError as error:
        raise BadInput(problems_of(error, str(file), Structure, RUN_AGAIN)) from None
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput([Problem(str(file), f"unreadable: {error}", "the mixes of a finished run", RUN_AGAIN)]) from None


def _named(folder: Path) -> list[str]:
    path = folder / "case.toml"
    try:
        names = tomllib.loads(path.read_text(encoding="utf-8"))["financing"]["mixes"]
        return [str(name) for name in names]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput([Problem(str(path), f"no mixes: {error}", "a case with [financing] mixes", RUN_AGAIN)]) from None
