"""The last line of a page: which case, how exact, and which tables it was read from."""

from __future__ import annotations

from reports.language import say
from reports.numbers import scientific, show
from reports.results import Results


def source_line(results: Results, tables: str) -> str:
    """The source line of a page; `tables` names the run's tables."""
    return say(
        "Model: case {case}, {hours}, gap {gap}. Data: {tables}.",
        case=results.name,
        hours=show(results.hours, "time_h"),
        gap=scientific(results.gap_frac),
        tables=tables,
    )
