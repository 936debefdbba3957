"""What the commands share: options, exit codes, and how work that fails ends in one clear message."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from greengrid.errors import CalculationFailed

if TYPE_CHECKING:
    from greengrid.progress import Reporter

Result = TypeVar("Result")
EXIT_FINDINGS, EXIT_BAD_INPUT, EXIT_FAILED, EXIT_INTERRUPTED = 1, 2, 3, 130
CaseArgument = Annotated[
    str, typer.Argument(metavar="CASE", help="A shipped case's name (see `greengrid cases`) or a TOML file.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override a key of the case, checked like the file: --set link.caspian.capacity_mw=1500. May be repeated.",
    ),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Exit with 1 when there are findings or warnings.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show the trace of an error.")]


def as_text(result: object) -> str:
    """A result as JSON text: a pydantic model by its own rules, a dataclass field by field, NaN refused."""
    import json
    from dataclasses import asdict, is_dataclass

    from pydantic import BaseModel

    if isinstance(result, BaseModel):
        return json.dumps(result.model_dump(mode="json"), indent=2, ensure_ascii=False, allow_nan=False)
    content = asdict(result) if is_dataclass(result) and not isinstance(result, type) else result
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)


def make_reporter() -> Reporter:
    """Progress on the terminal or quiet lines elsewhere."""
    from greengrid.progress import Reporter

    return Reporter(sys.stderr)


def guard(work: Callable[[], Result], debug: bool) -> Result:
    """Runs a command's work; bad input and failed calculations end in one clear message and their exit code."""
    try:
        return work()
    except KeyboardInterrupt:
        fail("Stopped. Nothing was written.", EXIT_INTERRUPTED)
    except Exception as error:
        if debug:
            raise
        fail(*_message(error))


def _message(error: Exception) -> tuple[str, int]:
    """What a user reads of an error, and the exit code."""
    problems = getattr(error, "problems", None)
    if problems:
        count = "One problem" if len(problems) == 1 else f"{len(problems)} problems"
        return "\n".join([f"{count} in the input:", *(f"  {problem}" for problem in problems)]), EXIT_BAD_INPUT
    from financing.problems import FinancingFailed

    if isinstance(error, CalculationFailed | FinancingFailed):
        return f"The calculation failed: {error}", EXIT_FAILED
    if isinstance(error, MemoryError):
        return "The calculation failed: the memory does not suffice. Run a part of the year: --hours", EXIT_FAILED
    return f"The calculation failed unexpectedly: {type(error).__name__}: {error}. Add --debug.", EXIT_FAILED


TOLD: set[int] = set()
"""Exit codes that came with a message: an interrupt before a command's own work has none."""


def fail(message: str, code: int) -> NoReturn:
    """Ends the command with a message and its exit code."""
    typer.echo(message, err=True)
    TOLD.add(code)
    raise typer.Exit(code)
