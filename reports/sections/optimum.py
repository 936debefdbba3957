"""The best shares of the sources of each mix."""

from __future__ import annotations

from collections.abc import Sequence

from reports.content import Block, Column, Page, Table, Text
from reports.language import say
from reports.numbers import NOT_APPLICABLE, number, show
from reports.results import Results, Row
from reports.sections.choice import best_mix, maybe
from reports.sections.source_line import source_line

PRICE = "price_usd_per_mwh"
GOALS = {
    "charge": "lowest required charge",
    "subsidy": "least subsidy that passes",
    "equity_npv": "highest worth to the owners",
}


def optimum(results: Results) -> tuple[Page, ...]:
    """The best shares of each mix's own sources."""
    rows = [row for row in results.static.get("optimum", ()) if row["source"]]
    best = best_mix(results)
    if not rows or best is None:
        return ()
    page = Page(
        "Best shares",
        _optimum_headline(rows),
        "Each source between half and twice the share that its mix states, grants not above theirs, owners at least "
        "half of theirs: an assumption in place of lenders' answers. Found by successive linear programs, with a "
        "sculpted loan by direct search to 0.01 % of uses; judged by the whole model.",
        (_optimum_table(rows), _share_table(rows, best[0]), *_left_out(results)),
        source_line(results, "optimum"),
        follows=True,
    )
    return (page,)


def _mixes(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(str(row["mix"]) for row in rows))


def _optimum_headline(rows: Sequence[Row]) -> str:
    found = [row for row in rows if row["value"] is not None]
    if not found:
        return say("No shares were found for {goal}", goal=GOALS[str(rows[0]["goal"])])
    best = min(found, key=lambda row: float(row["value"]))
    return say(
        "Other shares of its own sources bring {mix} from {before} to {after}",
        mix=best["mix"],
        before=show(maybe(best["value_before"]), PRICE),
        after=show(float(best["value"]), PRICE),
    )


def _optimum_table(rows: Sequence[Row]) -> Table:
    cells = []
    for mix in _mixes(rows):
        own = [row for row in rows if row["mix"] == mix]
        first = own[0]
        held = sum(1 for row in own if row.get("bound"))
        cells.append(
            (
                mix,
                number(maybe(first["value_before"]), PRICE),
                number(maybe(first["value"]), PRICE),
                say("{held} of {all}", held=held, all=len(own)),
                str(first["note"] or NOT_APPLICABLE),
            )
        )
    columns = (
        Column("Mix", width=1),
        Column("Required charge, shares as stated", "USD/MWh", True, 1.3),
        Column("at the best shares", "USD/MWh", True, 1.1),
        Column("Shares at a limit", width=0.8),
        Column("Note", width=1.8),
    )
    caption = say("Best shares for the {goal}", goal=GOALS[str(rows[0]["goal"])])
    return Table(caption, columns, tuple(cells), small=True)


def _share_table(rows: Sequence[Row], mix: str) -> Table:
    own = [row for row in rows if row["mix"] == mix]
    cells = tuple(
        (
            str(row["source"]),
            number(maybe(row["share_frac"]), "share_fine_frac"),
            number(maybe(row["share_best_frac"]), "share_fine_frac"),
            str(row.get("bound") or NOT_APPLICABLE),
        )
        for row in own
    )
    columns = (
        Column("Source", width=2),
        Column("Stated share", "% of uses", True, 1),
        Column("Best share", "% of uses", True, 1),
        Column("Limit that holds it", width=1.4),
    )
    return Table(say("Shares of {mix}", mix=mix), columns, cells, small=True)


def _left_out(results: Results) -> list[Block]:
    """Mixes without an optimum, with why."""
    lines = tuple(
        f"{row['mix']}: {row['note']}" for row in results.static.get("optimum", ()) if not row["source"] and row["note"]
    )
    return [Text(lines, voice="note", title="Mixes without an optimum")] if lines else []
