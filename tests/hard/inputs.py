"""Hard inputs: no plant, one plant, one hour, a leap year, odd names, hostile text, a table of gigabytes."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

from tests.hard.mutations import A_DAY, NETWORK
from tests.hard.trial import Outcome, greengrid, judged

HOSTILE = ('=cmd("x")', "+1+1", "@SUM(A1)", '#import "x"', "$x$ [a](b) *b* _i_", "<script>alert(1)</script>",
           "'; DROP TABLE plants;--", "\u202eevil", "a\\nb")  # fmt: skip


def with_plants(folder: Path, count: int) -> Outcome:
    """A network of none or one plant: run whole, or refused with the reason."""
    tables = folder / f"plants{count}"
    shutil.copytree(NETWORK, tables)
    for name in ("plants.csv", "plant_connections.csv"):
        path = tables / name
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        kept = rows[: 1 + count]
        path.write_text("".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in kept), encoding="utf-8")
    out = str(folder / f"out-plants{count}")
    code, errors = greengrid("run", "tiny", "--set", f"network={tables}", "-o", out, *A_DAY)
    return judged(f"{count} plants", code, errors)


def one_hour(folder: Path) -> Outcome:
    """The shortest span a run may ask for."""
    span = "2035-01-10T05..2035-01-10T06"
    code, errors = greengrid("run", "tiny", "-o", str(folder / "hour"), "--hours", span)
    return judged("one hour", code, errors)


def leap_year(folder: Path) -> Outcome:
    """The last two days of February 2032, one of which other years lack, on tables that have that year."""
    tables = folder / "leap"
    shutil.copytree(NETWORK, tables)
    for name in ("demand.csv", "border_limits.csv"):
        path = tables / name
        path.write_text(path.read_text(encoding="utf-8").replace(",2030,", ",2032,"), encoding="utf-8")
    changes = ("--set", f"network={tables}", "--set", "year=2032", "--hours", "2032-02-28..2032-03-01")
    code, errors = greengrid("run", "tiny", "-o", str(folder / "leap-out"), *changes, "--set", "ac_hours=2")
    return judged("a leap year", code, errors, (0,))


def odd_folder(folder: Path) -> Outcome:
    """Spaces and Cyrillic in every path of a run."""
    place = folder / "Каспий и море"
    place.mkdir()
    case = place / "мой случай.toml"
    case.write_text('extends = "tiny"\nname = "odd"\n', encoding="utf-8")
    code, errors = greengrid("run", str(case), "-o", str(place / "итог 1"), *A_DAY)
    return judged("spaces and Cyrillic in names", code, errors, (0,))


def hostile_text(folder: Path) -> list[Outcome]:
    """Text made to break out of a PDF's layout, a page or a table, as a case's title, on its way to every output."""
    found = []
    for number, text in enumerate(HOSTILE):
        out = folder / f"hostile{number}"
        title = f"title={json.dumps(text)}"
        code, errors = greengrid("run", "tiny", "-o", str(out), *A_DAY, "--set", title)
        outcome = judged(f"title {text!r}", code, errors)
        if not outcome.wrong and code == 0:
            code, errors = greengrid("view", str(out))
            outcome = judged(outcome.name, code, errors, (0,))
            page = (out / "view.html").read_text(encoding="utf-8") if code == 0 else ""
            if len(re.findall("<script", page)) != 2:
                outcome = Outcome(outcome.name, code, errors, "markup of a title reached the page")
        found.append(outcome)
    return found


def huge_table(folder: Path) -> Outcome:
    """A table of three gigabytes of zeros, which take no room on the disk: refused by size, not read."""
    tables = folder / "huge"
    shutil.copytree(NETWORK, tables)
    with (tables / "lines.csv").open("r+b") as file:
        file.truncate(3_000_000_000)
    code, errors = greengrid("check", "tiny", "--set", f"network={tables}")
    found = judged("a table of 3 GB", code, errors, (2,))
    return found if found.wrong or "bytes" in errors else Outcome(found.name, code, errors, "not refused by size")
