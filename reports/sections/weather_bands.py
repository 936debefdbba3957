"""The acceptance bands in print: which hold, by how much the others are missed, and why."""

from __future__ import annotations

from collections.abc import Sequence

from reports.content import Block, Column, Pair, Table
from reports.numbers import JOIN, MINUS, NOT_APPLICABLE, significant
from reports.weather_values import Band

LINE_LETTERS = 125
NOTE_LETTERS = 200


def lines(text: str) -> int:
    """Lines that a text takes as a note of full width."""
    return 1 + len(text) // LINE_LETTERS


def fitting(texts: Sequence[str], lines_max: int) -> list[str]:
    """As many of the texts as have room, and how many have not."""
    told: list[str] = []
    for text in texts:
        if sum(map(lines, [*told, text])) > lines_max - 1:
            return [*told, f"{len(texts) - len(told)} more: see bands.csv and weather.json."]
        told.append(text)
    return told


def table_rows(bands: Sequence[Band]) -> int:
    """Rows of the longer of the two tables; the left one's note is as high as four."""
    shared = {band.series for band in bands if band.quantity in SHARED}
    return max(len(shared) + 4, sum(band.quantity not in SHARED for band in bands))


def clipped(note: str) -> str:
    """A note cut to what a page can hold; the whole stands in weather.json."""
    return note if len(note) <= NOTE_LETTERS else note[:NOTE_LETTERS].rstrip() + " …"


def bands_headline(bands: Sequence[Band]) -> str:
    """How many bands hold, and the widest miss."""
    if not bands:
        return "How the fleets vary from hour to hour and from place to place"
    held = sum(band.holds for band in bands)
    if held == len(bands):
        return f"All {len(bands)} acceptance bands hold"
    worst = max((band for band in bands if not band.holds), key=_miss_ratio)
    return f"{held} of {len(bands)} acceptance bands hold; the widest miss is {worst.quantity} of {worst.series}"


def _miss(band: Band) -> float:
    return band.found - band.high if band.found > band.high else band.found - band.low


def _miss_ratio(band: Band) -> float:
    return abs(_miss(band)) / ((band.high - band.low) or 1.0)


SHARED: dict[str, str] = {
    "capacity factor": "CF",
    "hourly step": "Step",
    "hourly step at its level": "Step",
    "hourly step over mean": "Step",
    "lag-1": "Lag 1",
    "lag-24": "Lag 24",
    "hours below 5 %": "< 5 %",
    "monthly rms": "Rms",
}
"""Measures that most series have, and the column they stand in."""


def band_tables(bands: Sequence[Band]) -> Block:
    """Left: series by the measures they share; right: pairs of series, and measures that few have."""
    shared = [band for band in bands if band.quantity in SHARED]
    others = [band for band in bands if band.quantity not in SHARED]
    if not shared or not others:
        return _matrix(shared) if shared else _listed(others)
    return Pair(_matrix(shared), _listed(others))


def _matrix(bands: Sequence[Band]) -> Table:
    names = list(dict.fromkeys(band.series for band in bands))
    heads = [head for head in dict.fromkeys(SHARED.values()) if any(SHARED[band.quantity] == head for band in bands)]
    cells: dict[tuple[str, str], str] = {}
    for band in bands:
        key = band.series, SHARED[band.quantity]
        cells[key] = " · ".join(part for part in (cells.get(key, ""), _cell(band)) if part)
    rows = tuple((_head(name), *(cells.get((name, head), NOT_APPLICABLE) for head in heads)) for name in names)
    columns = (Column("Series", width=1), *(Column(head, numeric=True) for head in heads))
    note = (
        f"{ABOVE} {BELOW}: above or below its band. CF: capacity factor; step: standard deviation of hourly changes "
        "(solar: at the public model's level; demand: over the mean); lag: autocorrelation over so many hours; "
        "< 5 %: share of hours; rms: of the months against the public model."
    )
    return Table("What the method gives, against the bands", columns, rows, note=note, small=True)


def _listed(bands: Sequence[Band]) -> Table:
    rows = tuple(
        (_pair_name(band), _cell(band), f"{_plain(band.low, band.quantity)} to {_plain(band.high, band.quantity)}")
        for band in bands
    )
    columns = (Column("Pair or measure", width=1), Column("Found", numeric=True), Column("Band", numeric=True))
    return Table("Correlations and other measures", columns, rows, note="All bands: bands.csv.", small=True)


FINE = ("capacity factor", "hourly step", "lag-", "monthly rms")
"""Quantities whose third decimal tells something."""


def _plain(value: float, quantity: str) -> str:
    text = f"{value:.{3 if quantity.startswith(FINE) else 2}f}"
    return text.replace("-", MINUS) if float(text) != 0 else text.replace("-", "")


def _pair_name(band: Band) -> str:
    """ "wind A / wind B" with its measure -> "Wind A – B"; what is added to a plain correlation follows."""
    names = [name.partition(",")[0] for name in band.series.split(" / ")]
    kinds = [name.partition(" ")[0] for name in names]
    more = band.quantity.replace("daily correlation", "daily").replace("correlation", "").replace("hours", "h").strip()
    if len(names) == 2 and kinds[0] == kinds[1]:
        names[1] = names[1].partition(" ")[2]
    elif len(names) == 2 and names[0].partition(" ")[2] == names[1].partition(" ")[2]:
        names = [f"{kinds[0]} and {names[1]}"]
    joined = " – ".join(names)
    return f"{joined[:1].upper()}{joined[1:]}" + (f", {more}" if more else "")


ABOVE, BELOW = "↑", "↓"


def _cell(band: Band) -> str:
    found = _plain(band.found, band.quantity)
    return found if band.holds else f"{found}{JOIN}{ABOVE if band.found > band.high else BELOW}"


def _head(quantity: str) -> str:
    return quantity[:1].upper() + quantity[1:]


def misses(bands: Sequence[Band]) -> list[str]:
    """By how much and why, the widest misses first."""
    missed = sorted((band for band in bands if not band.holds), key=lambda band: -_miss_ratio(band))
    told = []
    for band in missed:
        side = "above" if band.found > band.high else "below"
        amount = significant(abs(_miss(band)), 2)
        reason = f": {band.note}" if band.note else ""
        told.append(f"{_head(band.series)}, {band.quantity}: {amount} {side} its band{reason}.".replace("..", "."))
    return told
