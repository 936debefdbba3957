"""RESULTS.md from what was measured: one section per file of numbers, ratios against the peer of the same run."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks import ac_year, sweep
from tests.benchmarks.growth import exponent

TARGET = Path(__file__).parent / "RESULTS.md"
TITLES = {
    "week": (168, "One week"),
    "two-weeks": (336, "Two weeks"),
    "month": (730, "One month"),
    "two-months": (1460, "Two months"),
}
OWN = "greengrid"
YEAR_HOURS = 8760


def write(folder: Path) -> None:
    """Writes the page anew from every file of numbers in the folder; other sections stay as they stand on it."""
    found = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    page = TARGET.read_text(encoding="utf-8")
    parts = [_head(found, page)]
    for name, (title, section) in SECTIONS.items():
        parts.append(section(found[name]) if name in found else kept(page, title))
    TARGET.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def kept(page: str, title: str) -> str:
    """The section as it stands on a page; empty where it is not there."""
    if title not in page:
        return ""
    rest = page[page.index(title) :]
    end = rest.find("\n## ", len(title))
    return (rest if end < 0 else rest[:end]).strip()


def _head(found: dict[str, Any], page: str) -> str:
    versions = dict(_told(page, "Versions: ", ", ", " "))
    for section in found.values():
        for row in section["rows"]:
            side = "PyPSA's environment: " if row["tool"].startswith("PyPSA") else ""
            versions |= {f"{side}{name}": version for name, version in row["answer"].get("versions", {}).items()}
    before = {line for line, _ in _told(page, "Machine: ", "; ", None)}
    machines = sorted(before | {section["machine"] for section in found.values()})
    return "\n".join(
        [
            "# Measured",
            "",
            "Written by `make bench` (`python -m tests.benchmarks.run`); what is measured and how: `README.md`.",
            "",
            "Every measurement is a process of its own, pinned to one core unless it says otherwise. *Work* is what",
            "the tool does from the data in memory to dispatch, flows and prices (for PyPSA: `optimize` on a network",
            "that stands already); *wall*, *processor* and *memory* are of the whole process, start and imports",
            "included. Ratios are work against work, same run, same machine; beside them the ratio of the processor",
            "time of the same work, which other work on the machine disturbs less.",
            "Each section says when it was measured; the versions are those of the sections measured last.",
            "",
            f"Machine: {'; '.join(machines)}.",
            "",
            "Versions: " + ", ".join(f"{name} {version}" for name, version in sorted(versions.items())) + ".",
        ]
    )


def _told(page: str, start: str, between: str, inside: str | None) -> list[tuple[str, str]]:
    """What a line of the page lists, each item split at its last `inside`."""
    line = next((line for line in page.splitlines() if line.startswith(start)), "")
    items = [item for item in line.removeprefix(start).removesuffix(".").split(between) if item]
    return [(item, "") if inside is None else (item.rsplit(inside, 1)[0], item.rsplit(inside, 1)[1]) for item in items]


def _note(section: dict[str, Any]) -> str:
    shared = "; other work ran on the machine meanwhile" if section["shared"] else ""
    return f"Measured {section['measured']}{shared}."


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _cells(row: dict[str, Any]) -> list[str]:
    """Work, wall, processor, memory."""
    work = _number(row["answer"]["work_s"]) if row["answer"] else row["failure"].splitlines()[-1][:60]
    return [work, _number(row["wall_s"]), _number(row["cpu_s"]), f"{row['peak_gb']:.2f}"]


def _span(title: tuple[int, str], section: dict[str, Any]) -> str:
    hours, name = title
    rows = section["rows"]
    own = {row["seed"]: row for row in rows if row["tool"] == OWN}
    lines, ratios = [], {}
    for row in rows:
        if row["tool"].startswith("pandapower"):
            continue
        mine = own[row["seed"]]
        ratio = ratio_cpu = difference = ""
        if row["answer"] and mine["answer"] and row is not mine:
            times = row["answer"]["work_s"] / mine["answer"]["work_s"]
            times_cpu = row["answer"]["work_cpu_s"] / mine["answer"]["work_cpu_s"]
            ratios.setdefault(row["tool"], []).append((times, times_cpu))
            ratio, ratio_cpu = f"{times:.1f}", f"{times_cpu:.1f}"
            best = mine["answer"]["objective_usd"]
            difference = f"{row['answer']['objective_usd'] / best - 1:+.1e}"
        elif row is mine and mine["answer"]:
            difference = f"gap {mine['answer']['gap_frac']:.0e}"
        lines.append([str(row["seed"]), row["tool"], str(row["runs"]), *_cells(row), ratio, ratio_cpu, difference])
    heads = [
        "seed", "tool", "runs", "work s", "wall s", "processor s", "memory GB", "times ours", "by processor time",
        "cost against ours",
    ]  # fmt: skip
    text = [f"## {name}: {hours} h", "", _note(section), "", _table(heads, lines), ""]
    text += [
        f"Median over seeds: {tool} takes {statistics.median(wall for wall, _ in found):.1f} times as long as "
        f"greengrid, {statistics.median(cpu for _, cpu in found):.1f} times its processor time."
        for tool, found in ratios.items()
    ]
    return "\n".join([*text, *_pandapower(rows, own, hours)])


def _pandapower(rows: list[dict[str, Any]], own: dict[int, Any], hours: int) -> list[str]:
    done = next((row for row in rows if row["tool"].startswith("pandapower") and row["answer"]), None)
    if done is None:
        return []
    answer = done["answer"]
    whole = answer["hour_s"] * hours
    mine = own[done["seed"]]["answer"].get("work_s")
    ratio = f", {whole / mine:.0f} times ours" if mine else ""
    return [
        f"pandapower `rundcopp`: {answer['hour_s']:.3f} s per hour over {answer['hours']} sampled hours "
        f"({answer['converged']} of {answer['hours'] + 1} converged), **extrapolated** to {whole:,.0f} s for {hours} h"
        f"{ratio}; it has no storage, no ramps and no water."
    ]


def _build(section: dict[str, Any]) -> str:
    rows = section["rows"]
    own = {row["seed"]: row for row in rows if row["tool"] == OWN}
    lines = []
    for row in rows:
        mine = own[row["seed"]]
        whole = row["answer"] and mine["answer"] and row is not mine
        ratio = f"{row['answer']['work_s'] / mine['answer']['work_s']:.1f}" if whole else ""
        size = f"{row['answer']['rows']:,} x {row['answer']['columns']:,}" if row["answer"] else ""
        lines.append([str(row["seed"]), row["tool"], str(row["runs"]), *_cells(row), size, ratio])
    heads = ["seed", "tool", "runs", "work s", "wall s", "processor s", "memory GB", "rows x columns", "times ours"]
    return "\n".join(
        [
            f"## Building the year's problem: {YEAR_HOURS:,} h",
            "",
            _note(section),
            "Ours: from the data set to a HiGHS that holds the undecomposed program (network limits become rows when",
            "violated).",
            "PyPSA: `create_model` alone, on a network that stands already.",
            "",
            _table(heads, lines),
        ]
    )


def _year(section: dict[str, Any]) -> str:
    lines = [[*_cells(row), *_certificate(row["answer"])] for row in section["rows"]]
    heads = ["work s", "wall s", "processor s", "memory GB", "gap", "rounds", "rows x columns"]
    title = f"## The synthetic year: {YEAR_HOURS:,} h, two cores"
    return "\n".join([title, "", _note(section), "", _table(heads, lines)])


def _certificate(answer: dict[str, Any]) -> list[str]:
    if not answer:
        return ["", "", ""]
    return [f"{answer['gap_frac']:.1e}", str(answer["rounds"]), f"{answer['rows']:,} x {answer['columns']:,}"]


def _base(section: dict[str, Any]) -> str:
    row = section["rows"][0]
    answer = row["answer"]
    lines = [
        [step["what"], _number(step["work_s"]), f"{step['gap_frac']:.1e}", f"{step['objective_usd'] / 1e6:,.3f}"]
        for step in answer.get("steps", [])
    ]
    heads = ["what", "s", "gap", "M USD"]
    return "\n".join(
        [
            "## The shipped case `base`: 8,760 h, two cores",
            "",
            _note(section),
            f"Whole process: wall {_number(row['wall_s'])} s, processor {_number(row['cpu_s'])} s, "
            f"memory {row['peak_gb']:.2f} GB. Building the problem: {_number(answer.get('build_s', 0.0))} s. "
            f"{row['failure']}",
            "The grid with its AC package stays; the second solve changes the link's rating alone and starts from the",
            "first one's basis and limit rows.",
            "",
            _table(heads, lines),
        ]
    )


def _options(section: dict[str, Any]) -> str:
    lines = []
    for row in section["rows"]:
        answer = row["answer"]
        cost = f"{answer['objective_usd'] / 1e6:,.3f}" if answer else ""
        lines.append([f"`{row['option']}`", *_cells(row), *_certificate(answer), cost])
    heads = ["option", "work s", "wall s", "processor s", "memory GB", "gap", "rounds", "rows x columns", "M USD"]
    text = [
        "## Options of the dispatch: the year of `base` cold, two cores",
        "",
        _note(section),
        "`base` itself holds reserve for the largest pole and ramps by class; each row changes one thing.",
        "",
    ]
    return "\n".join([*text, _table(heads, lines)])


def _growth(section: dict[str, Any]) -> str:
    lines, fits = [], []
    rows = [row for row in section["rows"] if row["answer"]]
    for row in rows:
        size = f"{row['answer']['rows']:,} x {row['answer']['columns']:,}"
        lines.append([str(row["hours"]), str(row["copies"]), str(row["runs"]), *_cells(row), size])
    for hours in sorted({row["hours"] for row in rows}):
        of = [row for row in rows if row["hours"] == hours]
        copies = [row["copies"] for row in of]
        time = exponent(copies, [row["answer"]["work_s"] for row in of])
        memory = exponent(copies, [row["peak_gb"] for row in of])
        fits.append(f"{hours} h: time grows with the network to the power {time:.2f}, memory {memory:.2f}.")
    heads = ["hours", "copies", "runs", "work s", "wall s", "processor s", "memory GB", "rows x columns"]
    title = "## Growth: the network once, twice, four times, a link from copy to copy"
    return "\n".join([title, "", _note(section), "", _table(heads, lines), "", *fits])


SECTIONS: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    **{name: (f"## {title}: {hours} h", partial(_span, (hours, title))) for name, (hours, title) in TITLES.items()},
    "build": ("## Building the year", _build),
    "year": ("## The synthetic year", _year),
    "base": ("## The shipped case `base`", _base),
    "options": ("## Options of the dispatch", _options),
    "growth": ("## Growth", _growth),
    "ac-year": ("## AC power flow of the year", lambda found: ac_year.section(found, _note(found))),
    "sweep": ("## Sweeps", lambda found: sweep.section(found, _note(found))),
    "draws": ("## Draws of the funding mixes", lambda found: ""),
}
"""Heading and writer of each section in order; draws are written by a command of their own."""
