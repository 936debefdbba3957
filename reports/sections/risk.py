"""What may go wrong with the money: many draws of the best mix, and the named downside stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.charts import FULL_MM, HALF_MM, Axis
from reports.content import Block, Column, Page, Pair, Table
from reports.language import say, word
from reports.money_charts import Cell, Cumulative, Fan, Matrix
from reports.numbers import NOT_APPLICABLE, money, number, show
from reports.results import Results, Row
from reports.sections.choice import best_mix
from reports.sections.source_line import source_line

RATIO, SHARE = "cover_ratio", "share_fine_frac"
FEW_HITS = 10
"""Below so many draws a frequency is not printed as one."""
SPREADS = (
    ("NPV before financing (M USD nominal)", "npv_prefinance_usd_nominal", "money_musd", 1e-6),
    ("NPV to the owners (M USD nominal)", "equity_npv_usd_nominal", "money_musd", 1e-6),
    ("Equity IRR (%)", "equity_irr_pa", "irr_pa", 1.0),
    ("Lowest DSCR (x)", "dscr_min_ratio", RATIO, 1.0),
)
"""(words, key, quantity, factor) of each measure over the draws."""
MARKED = (0.1, 0.5, 0.9)


def risk(results: Results) -> tuple[Page, ...]:
    """Fan, distribution and probabilities; nothing where no draw was made."""
    best = best_mix(results)
    rows = results.static.get("risk", ())
    own = next((row for row in rows if best and row["mix"] == best[0]), None)
    if own is None:
        return ()
    page = Page(
        "Risk",
        _headline(own),
        say(
            "Each draw takes {mix} through construction, debt and waterfall with its own cost overrun, delay, running "
            "cost, market rates, currencies and cable faults; loans stay as sized on the plan. Seed {seed}, Latin "
            "hypercube with rank correlation. Not varied: {not_varied}.",
            mix=own["mix"],
            seed=own["seed"],
            not_varied="; ".join(map(word, filter(None, str(own["not_varied"]).split(" | ")))) or "nothing",
        ),
        (*_figures(results, own), _spread_table(own), _probability_table(rows)),
        source_line(results, "risk, risk_years, risk_curves"),
    )
    return (page,)


def _headline(row: Row) -> str:
    covenant = float(row.get("dscr_covenant_ratio") or 1.0)
    return say(
        "{mix}: the lowest DSCR falls below {covenant} in {breach} of {draws} draws; default in {default}",
        mix=row["mix"],
        covenant=show(covenant, RATIO),
        breach=frequency(row["breach_probability_frac"], row["draws"]),
        draws=number(float(row["draws"]), "count"),
        default=frequency(row["default_probability_frac"], row["draws"]),
    )


def frequency(share_frac: float, draws: int) -> str:
    """A share of the draws; in a thin tail only that it is thin."""
    hits = round(share_frac * draws)
    if hits < FEW_HITS:
        return say("fewer than {few}", few=FEW_HITS) if hits else say("none")
    return show(share_frac, SHARE)


def _figures(results: Results, own: Row) -> list[Block]:
    years = [row for row in results.static.get("risk_years", ()) if row["mix"] == own["mix"]]
    curve = [row for row in results.static.get("risk_curves", ()) if row["mix"] == own["mix"]]
    points = [(float(row["npv_prefinance_usd_nominal"]), float(row["share_frac"])) for row in curve
              if row["npv_prefinance_usd_nominal"] is not None]  # fmt: skip
    if len(years) < 2 or len(points) < 2:
        return []
    return [Pair(_fan(years, float(own.get("dscr_covenant_ratio") or 1.0)), _curve(points))]


def _fan(years: Sequence[Row], covenant: float) -> Fan:
    bands = {name: tuple(float(row[f"{name}_ratio"]) for row in years) for name in ("p10", "p25", "p50", "p75", "p90")}
    numbers = tuple(int(row["operating_year"]) for row in years)
    least = min(range(len(numbers)), key=bands["p50"].__getitem__)
    return Fan(
        caption="DSCR by operating year over the draws that still owe",
        alt=say(
            "Fan. Operating years {first} to {last}, DSCR. Lowest median {value} in year {year}. Data: table "
            "risk_years of the run.",
            first=numbers[0],
            last=numbers[-1],
            value=show(bands["p50"][least], RATIO),
            year=numbers[least],
        ),
        width_mm=HALF_MM,
        height_mm=62.0,
        years=numbers,
        axis=Axis("DSCR", "x"),
        across=Axis("Operating year", "1 = first"),
        limits=((show(covenant, RATIO), covenant),),
        **bands,
    )


def _curve(points: Sequence[tuple[float, float]]) -> Cumulative:
    marks = []
    for share in MARKED:
        value, _ = min(points, key=lambda point: abs(point[1] - share))
        marks.append((f"P{share * 100:.0f} {money(value, signed=True)}", value / 1e6, share * 100))
    return Cumulative(
        caption="Draws whose NPV before financing, the same for every mix, is at or below a value",
        alt=say(
            "Curve. NPV in M USD nominal against share of the draws. {marks}.", marks="; ".join(m[0] for m in marks)
        ),
        width_mm=HALF_MM,
        height_mm=62.0,
        values=tuple(value / 1e6 for value, _ in points),
        shares=tuple(share * 100 for _, share in points),
        marks=tuple(marks),
        axis=Axis("Draws at or below", "%"),
        across=Axis("NPV before financing", "M USD nominal"),
    )


def _spread_table(own: Row) -> Table:
    cells = []
    for words, key, quantity, factor in SPREADS:
        values = (own.get(f"{key}_{name}") for name in ("p10", "p50", "p90"))
        exists = own.get(f"{key}_exists_frac")
        shown = (_value(value, quantity, factor) for value in values)
        cells.append((words, *shown, number(None if exists is None else float(exists), "share_frac")))
    columns = (
        Column("Measure", width=2),
        Column("P10", "as named", True, 1),
        Column("P50", "as named", True, 1),
        Column("P90", "as named", True, 1),
        Column("Draws in which it exists", "%", True, 1.2),
    )
    note = "A tenth of the draws in which the measure exists lies below P10, a tenth above P90."
    return Table(say("Spread of {mix}", mix=own["mix"]), columns, tuple(cells), note=note, small=True)


def _value(value: Any, quantity: str, factor: float) -> str:
    return NOT_APPLICABLE if value is None else number(float(value) * factor, quantity)


def _probability_table(rows: Sequence[Row]) -> Table:
    cells = tuple(
        (
            str(row["mix"]),
            number(float(row.get("dscr_covenant_ratio") or 1.0), RATIO),
            *(_value(row.get(f"dscr_min_ratio_{name}"), RATIO, 1.0) for name in ("p10", "p50", "p90")),
            *(_probability(row, kind) for kind in ("breach", "default")),
        )
        for row in sorted(rows, key=lambda row: (float(row["default_probability_frac"]), str(row["mix"])))
    )
    columns = (
        Column("Mix", width=1.2),
        Column("Covenant", "x", True, 0.8),
        Column("Lowest DSCR P10", "x", True, 0.9),
        Column("P50", "x", True, 0.7),
        Column("P90", "x", True, 0.7),
        Column("Below the covenant", "% of draws", True, 1.6),
        Column("Default", "% of draws", True, 1.6),
    )
    note = (
        "In brackets: 95 % interval of the probability by Wilson's formula, of the number of draws alone; it says "
        "nothing of the distributions, most of which are assumptions."
    )
    return Table("Every mix over the same draws", columns, cells, note=note, small=True)


def _probability(row: Row, kind: str) -> str:
    text = number(float(row[f"{kind}_probability_frac"]), SHARE)
    ends = [row.get(f"{kind}_probability_{end}_frac") for end in ("low", "high")]
    if None in ends:
        return text
    low, high = (number(float(end), SHARE) for end in ends if end is not None)
    return text + " " + say("({low} to {high})", low=low, high=high)


DSCR, LLCR, RETURN = "dscr_min_ratio", "llcr_min_ratio", "equity_irr_pa"
TESTS = (
    (DSCR, "dscr_covenant_ratio", "Lowest DSCR", RATIO),
    (LLCR, "llcr_covenant_ratio", "Lowest LLCR", RATIO),
    (RETURN, "equity_target_pa", "Equity IRR", "irr_pa"),
)
CLASS_BOUNDS = (0.85, 1.0, 1.1, 1.25)
"""Of the measure over its test."""
CLASS_WORDS = ("under 85 % of the test", "below the test", "met by up to 10 %", "by 10 to 25 %", "by more than 25 %")


def downside(results: Results) -> tuple[Page, ...]:
    """The stack of blows on the best mix: tests as a matrix, and what breaks first."""
    best = best_mix(results)
    rows = [row for row in results.static.get("downside", ()) if best and row["mix"] == best[0]]
    if not rows or best is None:
        return ()
    page = Page(
        "Downside",
        _stack_headline(best[0], rows),
        "Loans stay as sized in the base case and a dearer project is paid for in the mix's shares. Each blow alone, "
        "then all at once.",
        (_matrix(rows), _stack_table(best[0], rows)),
        source_line(results, "downside"),
    )
    return (page,)


def blow(row: Row) -> str:
    """A case by its name, with a true minus."""
    return word(str(row["name"])).replace(" -", " \u2212")


def breaks(row: Row) -> bool:
    """Whether a test of the mix fails in this case."""
    return any(_rank(row, *pair) in (0, 1) for pair in _tests(row)) or row["default_year"] is not None


def _tests(row: Row) -> list[tuple[str, str]]:
    return [(key, test) for key, test, _, _ in TESTS if row.get(test) is not None]


def _rank(row: Mapping[str, Any], key: str, test: str) -> int | None:
    """Class of a measure against its test; a return that does not exist is the worst."""
    wanted = row.get(test)
    if wanted is None:
        return None
    value = row.get(key)
    if value is None:
        return 0 if key == RETURN else None
    share = float(value) / float(wanted) + 1e-9
    return sum(share >= bound for bound in CLASS_BOUNDS)


def _stack_headline(mix: str, rows: Sequence[Row]) -> str:
    base, blows = rows[0], rows[1:]
    known = [row for row in blows[:-1] if row[DSCR] is not None]
    hardest = blow(min(known, key=lambda row: float(row[DSCR]))) if known else "none"
    broken = sum(breaks(row) for row in blows)
    if breaks(base):
        return say(
            "{mix} fails a test before any blow; the hardest single blow is {case}; with all the lowest DSCR is "
            "{value}",
            mix=mix,
            case=hardest,
            value=show(rows[-1][DSCR], RATIO),
        )
    return say(
        "{mix}: in {broken} of {count} downside cases a test breaks; the hardest single blow is {case}",
        mix=mix,
        broken=broken,
        count=len(blows),
        case=hardest,
    )


def _matrix(rows: Sequence[Row]) -> Matrix:
    tests = [each for each in TESTS if rows[0].get(each[1]) is not None]
    cells = []
    for row in rows:
        own = [Cell(_printed(row, key, test, quantity), _rank(row, key, test)) for key, test, _, quantity in tests]
        defaulted = row["default_year"]
        own.append(
            Cell(
                "no default" if defaulted is None else say("default {defaulted}", defaulted=int(defaulted)),
                4 if defaulted is None else 0,
            )
        )
        cells.append(tuple(own))
    heads = [
        say("{words} (test {quantity})", words=words, quantity=show(float(rows[0][test]), quantity))
        for _, test, words, quantity in tests
    ]
    return Matrix(
        caption="Tests of the mix under each blow; the colour tells how far a value is from its test",
        alt=say(
            "Matrix of {rows} cases and {columns} tests. Base: {base}; all together: {all}. Data: the table below.",
            rows=len(rows),
            columns=len(heads) + 1,
            base=cells[0][0].text,
            all=cells[-1][0].text,
        ),
        width_mm=FULL_MM,
        height_mm=16.0 + 6.4 * len(rows),
        rows=tuple(map(blow, rows)),
        columns=(*heads, "Default"),
        cells=tuple(cells),
        key=tuple(enumerate(CLASS_WORDS)),
    )


def _printed(row: Row, key: str, test: str, quantity: str) -> str:
    value = row.get(key)
    if value is None:
        return "none"
    return show(float(value), quantity, missed_bound=float(row[test]))


def _stack_table(mix: str, rows: Sequence[Row]) -> Table:
    cells = tuple(
        (
            blow(row),
            str(row.get("change") or NOT_APPLICABLE),
            number(row[DSCR], RATIO),
            _year(row["dscr_min_year"]),
            _year(row.get("first_breach_year")),
            _millions(row.get("reserve_left_usd_nominal")),
            _millions(row.get("unpaid_usd_nominal")),
            _year(row["default_year"]),
        )
        for row in rows
    )
    columns = (
        Column("Case", width=1.5),
        Column("What is changed", width=1.7),
        Column("Lowest DSCR", "x", True, 0.8),
        Column("In", width=0.5),
        Column("First breach", width=0.8),
        Column("Least reserve left", "M USD", True, 0.9),
        Column("Most unpaid", "M USD", True, 0.9),
        Column("Default", width=0.6),
    )
    note = (
        "First breach: first year with the DSCR below its test. Most unpaid: largest amount of service and running "
        "cost owed at the end of a period, interest on arrears included."
    )
    caption = say("Downside of {mix}: one blow at a time, and all", mix=mix)
    return Table(caption, columns, cells, note=note, strong_rows=(0, len(cells) - 1), small=True)


def _year(value: Any) -> str:
    return NOT_APPLICABLE if value is None else str(int(value))


def _millions(value: Any) -> str:
    return NOT_APPLICABLE if value is None else number(float(value) / 1e6, "money_musd")
