"""Runs all of it and writes docs/hard-use.md: `python -m tests.hard [--mutations N --kills N --damages N --seed S]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.hard import inputs, mutations, places
from tests.hard.trial import Outcome, greengrid

RESULTS = Path(__file__).parents[2] / "docs" / "hard-use.md"
WORKERS = 2


def groups(folder: Path, mutated: int, killed: int, damaged: int, seed: int) -> Iterator[tuple[str, list[Outcome]]]:
    """What was tried, group by group."""
    with ThreadPoolExecutor(WORKERS) as pool:
        work = partial(mutations.mutate, seed=seed, folder=folder)
        yield "random mutations of the shipped cases and tables", list(pool.map(work, range(mutated)))
        place = folder / "kills"
        whole = place / "run"
        code, errors = greengrid("run", "tiny", "-o", str(whole), *mutations.A_DAY)
        assert code == 0, errors
        wreck = partial(places.damage, seed=seed, whole=whole, folder=folder)
        yield "finished runs with a damaged file", list(pool.map(wreck, range(damaged)))
    ends = [places.kill(number, seed, place) for number in range(killed)]
    yield "runs killed at a random moment, each over a whole one", [*ends, places.after_kills(place)]
    yield "a full disk", [found for size in (40, 200, 400) if (found := places.full_disk(folder, size))]
    yield "a read-only folder", [places.read_only(folder)]
    yield "two runs into one folder", [places.two_at_once(place)]
    yield "no plant, one plant", [inputs.with_plants(folder, count) for count in (0, 1)]
    yield "one hour; a leap year", [inputs.one_hour(folder), inputs.leap_year(folder)]
    yield "file names with spaces and Cyrillic", [inputs.odd_folder(folder)]
    yield "hostile text, through PDF and page", inputs.hostile_text(folder)
    yield "a table of 3 GB", [inputs.huge_table(folder)]


def table(found: Iterable[tuple[str, list[Outcome]]]) -> str:
    """The counts as a page of the docs."""
    lines = [
        "# Hard use", "", "Written by `make hard` (`python -m tests.hard`). Every command ran in a process of its own;",
        "wrong is a trace, an exit code other than 0, 1 or 2 (3 where the disk is full), a refusal without a message,",
        "or something half-made left behind.", "",
        "| tried | times | exit codes | wrong |", "| --- | --- | --- | --- |",
    ]  # fmt: skip
    for name, outcomes in found:
        codes = ", ".join(f"{count} x {code}" for code, count in sorted(Counter(o.code for o in outcomes).items()))
        wrong = sum(bool(outcome.wrong) for outcome in outcomes)
        lines.append(f"| {name} | {len(outcomes)} | {codes or 'not possible here'} | {wrong} |")
    lines += ["", "-9 is a run that the trial itself killed.", ""]
    return "\n".join(lines)


def main() -> int:
    """Everything; 1 where anything went wrong, with each told."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, count in (("mutations", 200), ("kills", 100), ("damages", 50), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=count)
    asked = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as name:
        for title, outcomes in groups(Path(name), asked.mutations, asked.kills, asked.damages, asked.seed):
            found.append((title, outcomes))
            wrong = [outcome for outcome in outcomes if outcome.wrong]
            sys.stdout.write(f"{title}: {len(outcomes)} tried, {len(wrong)} wrong\n")
            for outcome in wrong:
                sys.stdout.write(f"  {outcome.name}: {outcome.wrong}\n    {outcome.errors.strip()[-600:]}\n")
            sys.stdout.flush()
    RESULTS.write_text(table(found), encoding="utf-8")
    return int(any(outcome.wrong for _, outcomes in found for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
