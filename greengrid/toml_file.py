"""A user's TOML as plain values; everything that is no TOML ends in one clear problem."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from greengrid.errors import BadInput, Problem

BYTES_MAX = 1_000_000


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """The content of a file; `what` says what it should be. Raises `BadInput`, also for a folder or a device."""
    try:
        if path.is_dir():
            raise BadInput([Problem(str(path), "a folder", what, _inside(path))])
        if not path.is_file():
            raise BadInput([Problem(str(path), "no such file", what)])
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise BadInput([Problem(_shortened(path), f"unreadable: {error.strerror}", what)]) from None
    if len(raw) > BYTES_MAX:
        raise BadInput([Problem(str(path), f"more than {BYTES_MAX:,} bytes", f"{what} of at most {BYTES_MAX:,} bytes")])
    try:
        return parse_toml(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadInput([Problem(str(path), "bytes that are not UTF-8 text", f"{what} in UTF-8")]) from None
    except ValueError as error:
        raise BadInput([Problem(str(path), f"not TOML: {error}", what)]) from None


def parse_toml(text: str) -> dict[str, Any]:
    """The values of a TOML text; raises ValueError, also for tables nested without end."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _inside(folder: Path) -> str:
    case = folder / "case.toml"
    return f"Did you mean {case}?" if case.is_file() else "Name the file in it"


def _shortened(path: Path) -> str:
    text = str(path)
    return text if len(text) <= 200 else f"{text[:197]}..."
