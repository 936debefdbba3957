"""The reference pages, made from the program itself each time the docs are built: commands, keys of files, tables of a
network. A hook of mkdocs; nothing here is kept by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer.main
from pydantic import TypeAdapter

TARGET = Path(__file__).parent / "reference"
WORDS = {"number": "number", "integer": "whole number", "string": "text", "boolean": "true or false", "object": "table"}
MADE = "*Made from the program when these pages were built.*"


def on_pre_build(config: object) -> None:
    """Writes every page of the reference that changed."""
    TARGET.mkdir(exist_ok=True)
    for name, text in pages().items():
        path = TARGET / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """File name -> Markdown."""
    from financing.plan import Plan
    from greengrid.case import Case
    from greengrid.summary import Summary

    return {
        "commands.md": commands(),
        "case.md": _schema(
            "Keys of a case", "A TOML file; `greengrid new NAME` writes one with every key. `greengrid schema case` is "
            "the same as JSON schema.", TypeAdapter(Case).json_schema(),
        ),
        "plan.md": _schema(
            "Keys of a yearly plan", "What `greengrid finance PLAN.toml` takes in place of a run.",
            TypeAdapter(Plan).json_schema(),
        ),
        "summary.md": _schema(
            "Keys of summary.json", "The contract for scripts; `greengrid schema summary` is the same as JSON schema.",
            TypeAdapter(Summary).json_schema(),
        ),
        "tables.md": tables(),
        "laws.md": laws(),
        "plain-limits.md": plain_limits(),
        "python.md": f"# Python\n\n{MADE}\n\nNames for scripts: `from greengrid import load_case, run`.\n\n"
        "::: greengrid.case.load_case\n\n::: greengrid.api\n",
    }  # fmt: skip


def commands() -> str:
    """Every command with its arguments, options and examples."""
    from greengrid.cli import app

    group: Any = typer.main.get_command(app)
    parts = ["# Commands", MADE, group.help or "", group.epilog or ""]
    for name in sorted(group.commands):
        command = group.commands[name]
        context = command.context_class(command, info_name=f"greengrid {name}")
        words, _, examples = (command.help or "").partition("\b\n")
        parts += [f"## greengrid {name}", f"`{command.get_usage(context).removeprefix('Usage: ')}`", _joined(words)]
        if examples:
            parts.append(f"```console\n{examples.strip()}\n```")
        rows = [row for parameter in command.params if (row := _parameter(parameter, context))]
        parts.append("\n".join(["| argument | meaning |", "| --- | --- |", *rows]) if rows else "")
    return "\n\n".join(parts) + "\n"


def _parameter(parameter: Any, context: Any) -> str:
    record = parameter.get_help_record(context)
    if record is None:
        metavar = getattr(parameter, "metavar", None) or parameter.human_readable_name.upper()
        record = (str(metavar), str(getattr(parameter, "help", "") or ""))
    return f"| `{_cell(record[0])}` | {_cell(record[1])} |"


def _schema(title: str, lead: str, schema: Mapping[str, Any]) -> str:
    parts = [f"# {title}", MADE, lead, _properties(schema)]
    for name, part in sorted(schema.get("$defs", {}).items()):
        if "properties" in part:
            parts += [f"## {name}", _joined(part.get("description", "")), _properties(part)]
    return "\n\n".join(parts) + "\n"


def _properties(part: Mapping[str, Any]) -> str:
    required = set(part.get("required", ()))
    lines = ["| key | value | meaning |", "| --- | --- | --- |"]
    for name, given in part.get("properties", {}).items():
        left_out = "" if name in required else _default(given)
        lines.append(f"| `{name}` | {_cell(_type(given))}{left_out} | {_cell(given.get('description', ''))} |")
    return "\n".join(lines)


def _default(given: Mapping[str, Any]) -> str:
    default = given.get("default")
    return "; may be left out" if default in (None, {}, []) else f"; left out: `{default}`"


def _type(given: Mapping[str, Any]) -> str:
    """A type as a reader says it, with its range."""
    if "$ref" in given:
        name = given["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    choices = [f"`{value}`" for value in given.get("enum", ())] or ([f"`{given['const']}`"] if "const" in given else [])
    for key in ("anyOf", "oneOf", "allOf"):
        choices += [_type(part) for part in given.get(key, ()) if part.get("type") != "null"]
    if choices:
        joint = ", " if "enum" in given else " or "
        return joint.join(dict.fromkeys(choices))
    return _collection(given) or WORDS.get(str(given.get("type")), "value") + _range(given)


def _collection(given: Mapping[str, Any]) -> str:
    """A list or a table of named values; empty for anything else."""
    if given.get("type") == "array":
        return f"list of {_type(given['items'])}" if given.get("items") else "list"
    inner = given.get("additionalProperties") or next(iter(given.get("patternProperties", {}).values()), None)
    return f"table: name = {_type(inner)}" if isinstance(inner, dict) else ""


def _range(given: Mapping[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {given[key]:g}" for key, sign in signs.items() if isinstance(given.get(key), int | float)]
    return f" ({', '.join(bounds)})" if bounds else ""


def tables() -> str:
    """The tables of a network folder, column by column."""
    from networks.rows import OPTIONAL_TABLES, TABLE_ROWS

    parts = ["# Tables of a network", MADE, "A folder of CSV files; a case names it with `network = \"path\"`. "
             "Numbers carry their unit in the name of the column."]  # fmt: skip
    for name, row in TABLE_ROWS.items():
        parts += [f"## {name}{' (may be left out)' if name in OPTIONAL_TABLES else ''}", _joined(row.__doc__ or "")]
        parts.append("\n".join(["| column | value | meaning |", "| --- | --- | --- |", *_columns(row)]))
    return "\n\n".join(parts) + "\n"


def laws() -> str:
    """The laws that decide the figures, as the report's method page states them."""
    from reports.sections.method import LAWS

    rows = (f"| {_cell(law)} | {_cell(words)} | {_cell(source)} |" for law, words, source in LAWS)
    return "\n".join(["| law | in words and symbols | source |", "| --- | --- | --- |", *rows]) + "\n"


def plain_limits() -> str:
    """What the model cannot say, as the report puts it."""
    from reports.sections.assumptions import PLAIN

    return "\n".join(f"* {line}" for line in PLAIN) + "\n"


def _columns(row: type[Any]) -> Iterator[str]:
    for name, given in row.model_json_schema()["properties"].items():
        yield f"| `{name}` | {_cell(_type(given))} | {_cell(given.get('description', ''))} |"


def _joined(text: str) -> str:
    return " ".join(text.split())


def _cell(text: Iterable[str] | str) -> str:
    return _joined(str(text)).replace("|", "\\|")
