"""What a script or a notebook asks for: run a case, open a finished run, compare funding mixes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from financing.compare import Comparison, compare
from financing.plan import Plan
from greengrid.case import Case, load_case
from greengrid.errors import BadInput, Problem
from greengrid.plans import read_plan as _read_plan
from greengrid.progress import Reporter
from greengrid.store import TABLES, check_digests, read_summary
from greengrid.study import run as _run
from greengrid.summary import Summary

if TYPE_CHECKING:
    import pandas as pd

CLOCK = "hour_utc"


@dataclass(frozen=True)
class Run:
    """A finished run: its folder, its checked summary and its tables."""

    folder: Path
    summary: Summary

    @cached_property
    def case(self) -> Case:
        """The case as it was run, every key in it."""
        return load_case(self.folder / "case.toml")

    @property
    def tables(self) -> tuple[str, ...]:
        """Names that `table` knows."""
        return tuple(sorted(path.stem for path in (self.folder / TABLES).glob("*.parquet")))

    def table(self, name: str) -> pd.DataFrame:
        """One table as a data frame; hourly tables have the hour (UTC, hour-beginning) as their index.

        Columns of an hourly table are names (plants, zones, `link:forward`); their unit is the table's: MW, for
        `level` MWh, for `prices` and `market_prices` USD/MWh. Raises `BadInput` for a name that the run does not have.
        """
        import pandas as pd

        path = self.folder / TABLES / f"{name}.parquet"
        if not path.is_file():
            raise BadInput([Problem(str(path), "no such table", f"one of {', '.join(self.tables)}")])
        frame = pd.read_parquet(path)
        return frame.set_index(CLOCK) if CLOCK in frame.columns else frame

    def plan(self) -> Plan:
        """The yearly plan that the financing takes; raises `BadInput` where a part of a year was run."""
        return read_plan(self.folder)

    def compare_mixes(self, *mixes: str | Path) -> Comparison:
        """Funding mixes on this run: shipped names or TOML files; all shipped ones if none is named."""
        return compare_mixes(self.plan(), *mixes)


def run(case: Case | str | Path, folder: str | Path, *, replace: bool = False, progress: bool = False) -> Run:
    """Runs a case into a folder, whole or not at all.

    `case` may be a checked case, a shipped name or a TOML file; `progress` shows bars or lines on standard error.
    Raises `BadInput` with every problem before any work, `CalculationFailed` for a calculation without a whole result.
    """
    checked = case if isinstance(case, Case) else load_case(case)
    target = Path(folder)
    with Reporter(sys.stderr if progress else None) as reporter:
        summary = _run(checked, target, reporter=reporter, replace=replace)
    return Run(target, summary)


def open_run(folder: str | Path) -> Run:
    """A finished run; raises `BadInput` where the folder is none or a file is no longer what the run wrote."""
    place = Path(folder)
    summary = read_summary(place)
    check_digests(place)
    return Run(place, summary)


def read_plan(source: str | Path) -> Plan:
    """The yearly plan of a run's folder or of a TOML file (`greengrid schema plan` lists its keys)."""
    return _read_plan(Path(source))


def compare_mixes(plan: Plan, *mixes: str | Path) -> Comparison:
    """What each funding mix makes of a plan: charge, NPV, cover ratios, verdict; all shipped mixes if none is named."""
    from financing.loading import shipped_structures

    names: Iterable[str] = (str(mix) for mix in mixes) if mixes else shipped_structures()
    return compare(plan, tuple(names))
