"""Random damage to the shipped cases and tables: odd values in single places, rows lost, doubled or cut."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from random import Random
from typing import Any

import tomlkit

from greengrid.case import load_case, shipped_cases
from tests.hard.trial import Outcome, greengrid, judged

NETWORK = Path(__file__).parents[2] / "networks" / "tiny"
ODD: tuple[Any, ...] = (
    0, -1, 1, 1e-12, 1e12, -1e300, 0.5, 99999999, True, "", " ", "nan", "inf", "-inf", "1,5", "=cmd()", "#import",
    "<script>alert(1)</script>", "Қазақстан", "x" * 300, "../../etc", "\u202e", "0x10", [], [1, 2], {"a": 1},
)  # fmt: skip
ODD_CELLS = tuple(str(value) for value in ODD if not isinstance(value, list | dict))
A_DAY = ("--hours", "2035-01-10..2035-01-11", "--set", "ac_hours=2")


def damaged_case(random: Random, folder: Path) -> Path:
    """A whole shipped case with one value put wrong, or one key gone, or one too many."""
    name = random.choice(sorted(shipped_cases()))
    content = load_case(name).model_dump(mode="json", exclude_none=True)
    content["network"] = "tiny" if random.random() < 0.5 else content["network"]
    inner = content
    while True:
        key = random.choice(sorted(inner))
        if isinstance(inner[key], dict) and inner[key] and random.random() < 0.9:
            inner = inner[key]
            continue
        break
    kind = random.choice(("change", "change", "change", "drop", "add"))
    if kind == "drop":
        del inner[key]
    elif kind == "add":
        inner[f"{key}_x"] = inner[key]
    else:
        inner[key] = random.choice(ODD)
    path = folder / "case.toml"
    path.write_text(tomlkit.dumps(content), encoding="utf-8")
    return path


def damaged_tables(random: Random, folder: Path) -> Path:
    """A copy of the tables of `tiny` with one cell, row or column put wrong."""
    target = folder / "tables"
    shutil.copytree(NETWORK, target)
    path = random.choice(sorted(target.glob("*.csv")))
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    if len(rows) > 1:
        row, column = random.randrange(1, len(rows)), random.randrange(len(rows[0]))
        kind = random.choice(("cell", "cell", "cell", "cell", "lose", "double", "cut", "head"))
        if kind == "cell":
            rows[row][column] = random.choice(ODD_CELLS)
        elif kind == "lose":
            del rows[row]
        elif kind == "double":
            rows.insert(row, list(rows[row]))
        elif kind == "cut":
            rows[row] = rows[row][:column]
        else:
            rows[0][column] += "x"
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")
    return target


def mutate(number: int, seed: int, folder: Path) -> Outcome:
    """One mutation: checked, and where it passes the check and is small, run for a day as well."""
    random = Random(seed * 1_000_003 + number)
    place = folder / f"m{number}"
    place.mkdir()
    if random.random() < 0.5:
        arguments = [str(damaged_case(random, place))]
    else:
        arguments = ["tiny", "--set", f"network={damaged_tables(random, place)}"]
    name = f"mutation {number} of seed {seed}"
    code, errors = greengrid("check", *arguments)
    found = judged(name, code, errors)
    if not found.wrong and code == 0 and _is_small(arguments):
        code, errors = greengrid("run", *arguments, "-o", str(place / "out"), *A_DAY)
        found = judged(name, code, errors)
        whole = (place / "out" / "report.pdf").is_file()
        if not found.wrong and whole != (code in (0, 1)):
            found = Outcome(name, code, errors, "a half-made folder")
    shutil.rmtree(place)
    return found


def _is_small(arguments: list[str]) -> bool:
    return arguments[0] == "tiny" or 'network = "tiny"' in Path(arguments[0]).read_text(encoding="utf-8")
