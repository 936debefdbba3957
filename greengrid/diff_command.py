"""`greengrid diff`: two finished runs side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greengrid.console import EXIT_FINDINGS, DebugOption, StrictOption, guard

if TYPE_CHECKING:
    from greengrid.diff import Difference, RunDifference, Value

WIDTH = 26
SECTIONS = {
    "dispatch": "Dispatch", "links": "Links", "interfaces": "Interfaces", "security": "Security",
    "financing": "Financing", "weather": "Weather", "network": "Network",
}  # fmt: skip


def diff(
    first: Annotated[Path, typer.Argument(metavar="DIR_A", help="A finished run's folder.")],
    second: Annotated[Path, typer.Argument(metavar="DIR_B", help="Another one.")],
    least: Annotated[
        float,
        typer.Option(metavar="SHARE", min=0.0, max=1.0, help="Leave out numbers that change by less: 0.01 for 1 %."),
    ] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, all differences.")] = False,
    strict: StrictOption = False,
    debug: DebugOption = False,
) -> None:
    """Say what two runs do not share: first the input, then the result, side by side.

    Numbers that differ in the last digits alone count as the same. With --strict the exit code is 1 where anything
    differs.

    \b
    greengrid diff out/base out/no-link
    greengrid diff out/base out/mine --least 0.01
    greengrid diff out/base out/mine --json
    """

    def work() -> RunDifference:
        from greengrid.diff import compare_folders

        return compare_folders(first, second)

    found = guard(work, debug)
    typer.echo(_json(found) if as_json else text(found, least))
    if strict and (found.input or found.result):
        raise typer.Exit(EXIT_FINDINGS)


def _json(found: RunDifference) -> str:
    from greengrid.diff import as_record

    return json.dumps(as_record(found), indent=2, ensure_ascii=False, allow_nan=False)


def text(found: RunDifference, least_frac: float = 0.0) -> str:
    """Input, then the result by section; keys that changed by less than a share are counted."""
    names = found.names
    lines = [f"Input: {_count(len(found.input))} of {names[0]} and {names[1]}"]
    lines += _rows(found.input, names)
    shown = [row for row in found.result if row.change_frac is None or abs(row.change_frac) >= least_frac]
    hidden = len(found.result) - len(shown)
    lines += ["", f"Result: {_count(len(found.result))}, {found.same:,} are the same"]
    if hidden:
        lines.append(f"  ({hidden:,} that change by less than {least_frac:.2%} are left out)")
    for key in dict.fromkeys(row.key.split(".")[0] for row in shown):
        lines += ["", SECTIONS.get(key, key)]
        lines += _rows(tuple(row for row in shown if row.key.split(".")[0] == key), names)
    return "\n".join([*lines, *(f"Note: {note}" for note in found.notes)])


def _count(number: int) -> str:
    return "no key differs" if not number else "one key differs" if number == 1 else f"{number:,} keys differ"


def _rows(rows: tuple[Difference, ...], names: tuple[str, str]) -> list[str]:
    if not rows:
        return []
    width = max(len(row.key) for row in rows)
    head = f"  {'':<{width}}  {_cut(names[0]):>{WIDTH}}  {_cut(names[1]):>{WIDTH}}  {'change':>{WIDTH}}"
    return [head, *(_row(row, width) for row in rows)]


def _row(row: Difference, width: int) -> str:
    change = "" if row.change is None else f"{row.change:+,.6g}"
    if row.change_frac is not None:
        change += f" ({row.change_frac:+.2%})"
    return (
        f"  {row.key:<{width}}  {_shown(row.first):>{WIDTH}}  {_shown(row.second):>{WIDTH}}  {change:>{WIDTH}}".rstrip()
    )


def _shown(value: Value) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,.8g}" if isinstance(value, int | float) else _cut(value)


def _cut(text_: str) -> str:
    return text_ if len(text_) <= WIDTH else f"{text_[: WIDTH - 3]}..."
