"""The open model of the Caspian Green Energy Corridor: what a script imports.

    from greengrid import load_case, run

    finished = run(load_case("tiny"), "out/tiny")
    finished.table("links_received")

Names are loaded when they are first asked for, so that the command line answers at once.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greengrid.api import Run, compare_mixes, open_run, read_plan, run
    from greengrid.case import Case, load_case, shipped_cases
    from greengrid.errors import BadInput, CalculationFailed

__all__ = [
    "BadInput",
    "CalculationFailed",
    "Case",
    "Run",
    "compare_mixes",
    "load_case",
    "open_run",
    "read_plan",
    "run",
    "shipped_cases",
]

_HOMES = {
    "BadInput": "errors",
    "CalculationFailed": "errors",
    "Case": "case",
    "load_case": "case",
    "shipped_cases": "case",
    "Run": "api",
    "compare_mixes": "api",
    "open_run": "api",
    "read_plan": "api",
    "run": "api",
}
_SIBLINGS = ("networks", "financing", "reports")


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'greengrid' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"greengrid.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def _intruders() -> list[str]:
    """Folders of the reader's own that stand before our packages of the same name on Python's path."""
    home = Path(__file__).resolve().parent.parent
    found = []
    for name in _SIBLINGS:
        spec = find_spec(name)
        places = list(spec.submodule_search_locations or ()) if spec else []
        if not any(Path(place).resolve() == home / name for place in places):
            found.append(f"{name}: found {places[0] if places else 'nothing'}, expected {home / name}")
    return found


if _intruders():
    raise ImportError(
        "another package stands where one of greengrid's own is expected; rename it or start Python elsewhere: "
        + "; ".join(_intruders())
    )
