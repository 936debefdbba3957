"""The docs say what is: every command and option exists, every case in them loads, every link leads somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from greengrid import load_case
from greengrid.cli import app
from greengrid.sweep.axes import make_sweep
from greengrid.sweep.cases import make_cases

ROOT = Path(__file__).parents[1]
PAGES = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")} - set((ROOT / "docs" / "reference").glob("*")))
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
INDENTED = re.compile(r"^    (greengrid .*)$", re.MULTILINE)
SPANNED = re.compile(r"`(greengrid [a-z][^`]*)`")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def blocks(kind: str) -> Iterator[tuple[Path, str]]:
    """Code blocks of a language on all pages."""
    for page in PAGES:
        for language, text in BLOCK.findall(page.read_text(encoding="utf-8")):
            if language == kind:
                yield page, text


def commands() -> Iterator[tuple[Path, str]]:
    """Every line that calls the program, from blocks, indented lines and running text."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for _, block in BLOCK.findall(text):
            yield from ((page, line.strip()) for line in block.splitlines() if line.strip().startswith("greengrid "))
        yield from ((page, line) for line in (*INDENTED.findall(text), *SPANNED.findall(text)))


def test_every_command_and_option_exists() -> None:
    """A command that was renamed, or an option that is gone, is found on the page that still names it."""
    known: Any = typer.main.get_command(app)
    wrong = []
    for page, line in commands():
        words = shlex.split(line.partition("  #")[0].replace("...", "x"), comments=True)
        command = known.commands.get(words[1])
        if command is None:
            wrong.append(f"{page.name}: {line}: no such command")
            continue
        options = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
        wrong += [
            f"{page.name}: {line}: {w}" for w in words[2:] if w.startswith("-") and w.partition("=")[0] not in options
        ]
    assert wrong == []


def test_there_are_commands_to_check() -> None:
    """The search finds the README's and the tutorial's commands."""
    assert len({line for _, line in commands()}) > 40


def test_every_sweep_in_the_docs_is_whole() -> None:
    """Blocks of TOML with axes are sweeps of `base`, all of whose cases can be run."""
    sweeps = [content for _, text in blocks("toml") if "axes" in (content := tomllib.loads(text))]
    assert len(sweeps) >= 3
    for content in sweeps:
        assert make_cases("base", make_sweep(content, "docs")).dispatches


def test_every_case_in_the_docs_loads(tmp_path: Path) -> None:
    """Blocks of TOML that extend a shipped case are whole cases; files they name need not be there."""
    found = 0
    for page, text in blocks("toml"):
        content = tomllib.loads(text)
        if "extends" in content and "weather" not in content:
            path = tmp_path / f"{page.stem}{found}.toml"
            path.write_text(text, encoding="utf-8")
            assert load_case(path).name == content["name"], page
            found += 1
    assert found


def test_every_link_leads_somewhere() -> None:
    """Files that pages link to are there; the reference is made when the docs are built."""
    lost = []
    for page in PAGES:
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            if "reference/" not in target and not (page.parent / target).exists():
                lost.append(f"{page.name}: {target}")
    assert lost == []


def test_the_reference_names_every_command_and_key() -> None:
    """Commands, the case's own keys and the network's tables each have their line."""
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        import reference
    finally:
        sys.path.pop(0)
    made = reference.pages()
    known: Any = typer.main.get_command(app)
    assert [name for name in known.commands if f"## greengrid {name}\n" not in made["commands.md"]] == []
    assert "`capacity_mw`" in made["case.md"]
    assert "(#linkcase)" in made["case.md"]
    assert "## line_types" in made["tables.md"]


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    """mkdocs in strict mode, where the extra `docs` is installed."""
    pytest.importorskip("mkdocs", reason="extra `docs` is not installed")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(tmp_path / "site")]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}  # a notice of its makers about another product
    done = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
