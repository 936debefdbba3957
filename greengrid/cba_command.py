"""`greengrid cba`: the link in the form of the ENTSO-E guideline, from finished runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

import typer

from greengrid.console import DebugOption, guard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greengrid.cba import Analysis, Pair
    from greengrid.cba_indicators import Indicator

WIDTH = 120
"""Of a definition, in characters."""


def cba(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Finished runs of a whole year, or sweeps of them.")
    ],
    years: Annotated[
        int, typer.Option(min=1, max=60, help="Horizon of the NPV from commissioning; at most while the link is run.")
    ] = 25,
    rate: Annotated[
        float, typer.Option(min=0.0, max=0.3, help="Real discount rate of the NPV, as a share: 0.04 for 4 %.")
    ] = 0.04,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: indicators with their ranges, and every pair by itself.")
    ] = False,
    debug: DebugOption = False,
) -> None:
    """Cost-benefit analysis of the Caspian link: indicators B1 to B9, PINT and TOOT.

    TOOT compares runs with and without the link where the Black Sea link is present, PINT where it is absent. Runs of
    other weather years or prices give ranges, and so does a sweep with link.caspian.capacity_mw at nothing and at one
    size beside its other axes, costs among them. Which run is which is read from its case.

    \b
    greengrid cba out/base out/no-link
    greengrid cba out/base out/no-link out/no-black-sea out/neither
    greengrid cba out/sweep-of-weather-and-prices
    """

    def work() -> str:
        from greengrid.cba import analyse

        found = analyse(folders, horizon_years=years, rate_pa=rate)
        return json.dumps(record(found), indent=2, allow_nan=False) if as_json else text(found)

    typer.echo(guard(work, debug))


def record(found: Analysis) -> dict[str, object]:
    """For JSON: every indicator with what it is and its value by form, then every pair."""
    from greengrid.cba_indicators import INDICATORS

    by_form = _by_form(found.pairs)
    worths = {form: _worths(pairs) for form, pairs in by_form.items()}
    return {
        "horizon_years": found.horizon_years,
        "rate_pa": found.rate_pa,
        "indicators": [_indicator_record(each, by_form) for each in INDICATORS],
        "npv_usd_real": {form: _spread(values) for form, values in worths.items() if values},
        "pairs": [_pair_record(pair) for pair in found.pairs],
        "notes": _notes(found.pairs),
        "without_partner": list(found.alone),
    }


def _indicator_record(each: Indicator, by_form: Mapping[str, Sequence[Pair]]) -> dict[str, object]:
    of = each.of
    values = {form: _spread([of(pair.found) for pair in pairs]) for form, pairs in by_form.items()} if of else {}
    return {
        "code": each.code,
        "name": each.name,
        "unit": each.unit,
        "definition": each.definition,
        "why_not_stated": each.why_not,
        "forms": values,
    }


def _spread(values: Sequence[float]) -> dict[str, float]:
    """The first scenario's value, the least and the most of all."""
    return {"value": values[0], "least": min(values), "most": max(values)}


def _pair_record(pair: Pair) -> dict[str, object]:
    """One form in one scenario."""
    from greengrid.benefits import as_record
    from greengrid.cba_indicators import INDICATORS

    return {
        "form": pair.form,
        "scenario": pair.scenario,
        "runs": list(pair.found.names),
        "indicators": {each.code: each.of(pair.found) for each in INDICATORS if each.of is not None},
        "npv_usd_real": pair.npv_usd_real,
        "npv_years": pair.npv_years,
        "benefits": as_record(pair.found),
    }


def _by_form(pairs: Sequence[Pair]) -> dict[str, list[Pair]]:
    return {form: [pair for pair in pairs if pair.form == form] for form in dict.fromkeys(pair.form for pair in pairs)}


def _worths(pairs: Sequence[Pair]) -> list[float]:
    return [pair.npv_usd_real for pair in pairs if pair.npv_usd_real is not None]


def _notes(pairs: Sequence[Pair]) -> list[str]:
    """Of all pairs, each once."""
    return list(dict.fromkeys(note for pair in pairs for note in pair.found.notes))


def text(found: Analysis) -> str:
    """The guideline's table, what its lines mean, then B1 by country."""
    by_form = _by_form(found.pairs)
    lines = [f"{'':<5}{'with less without':<26}{'unit':<9}" + "".join(f"{form:>32}" for form in by_form)]
    lines += [*_indicator_lines(by_form), _worth_line(by_form), "", *_horizon_lines(found)]
    lines += ["", "What they are:", *_legend()]
    for form, pairs in by_form.items():
        lines += ["", f"B1 by country, {form}, M USD/a:", *_countries(pairs)]
    missing = {"TOOT", "PINT"} - set(by_form)
    lines += ["", *(f"{form}: not among the runs given" for form in sorted(missing))]
    lines += [f"Without a partner, left out: {place}" for place in found.alone]
    scenarios = sorted({pair.scenario for pair in found.pairs} - {""})
    lines += [f"Scenario beside the first: differs in {name}" for name in scenarios]
    return "\n".join([*lines, *(f"Note: {note}" for note in _notes(found.pairs))])


def _indicator_lines(by_form: Mapping[str, Sequence[Pair]]) -> Iterable[str]:
    from greengrid.cba_indicators import INDICATORS

    for each in INDICATORS:
        of, head = each.of, f"{each.code:<5}{each.name:<26}{each.unit:<9}"
        if of is None:
            yield f"{head}  not stated: {each.why_not}"
        else:
            yield head + "".join(f"{_range([of(pair.found) for pair in pairs]):>32}" for pairs in by_form.values())


def _worth_line(by_form: Mapping[str, Sequence[Pair]]) -> str:
    cells = [[worth / 1e6 for worth in _worths(pairs)] for pairs in by_form.values()]
    worth = "".join(f"{_range(values) if values else 'not stated':>32}" for values in cells)
    return f"{'':<5}{'NPV at commissioning':<26}{'M USD':<9}{worth}"


def _horizon_lines(found: Analysis) -> Iterable[str]:
    counted = sorted({pair.npv_years for pair in found.pairs if pair.npv_years is not None})
    short = f" (no more than {counted[0]} are run)" if counted and counted[0] < found.horizon_years else ""
    yield (
        f"NPV: {found.horizon_years} years{short} at {found.rate_pa * 100:g} % real, B1 and B2b less all costs, "
        "nothing left at the end."
    )
    yield "Money is in B1 and B2b alone: B2a, B3, B5 and B6 repeat in tonnes and MWh what those hold."
    for reason in dict.fromkeys(pair.found.costs_left_out for pair in found.pairs if pair.found.costs_left_out):
        yield f"NPV not stated where {reason}"


def _legend() -> Iterable[str]:
    from greengrid.cba_indicators import INDICATORS

    for each in INDICATORS:
        head = f"  {each.code:<5}"
        yield from wrap(f"{head}{each.definition} ({each.unit})", WIDTH, subsequent_indent=" " * len(head))


def _range(values: Sequence[float]) -> str:
    """The first scenario's value, with the range over all where there are more."""
    if len(values) == 1:
        return f"{values[0]:,.1f}"
    return f"{values[0]:,.1f} ({min(values):,.1f} to {max(values):,.1f})"


def _countries(pairs: Sequence[Pair]) -> Iterable[str]:
    from greengrid.benefits_command import PARTS, WORDS

    tables = [pair.found.surplus_usd_real for pair in pairs]
    parts = [part for part in PARTS if any(part in row for table in tables for row in table.values())]
    yield f"  {'':<14}" + "".join(f"{WORDS.get(part, part):>15}" for part in parts) + f"{'sum':>24}"
    for country, row in tables[0].items():
        cells = "".join(f"{row.get(part, 0.0) / 1e6:>15,.1f}" for part in parts)
        sums = [sum(table.get(country, {}).values()) / 1e6 for table in tables]
        yield f"  {WORDS.get(country, country):<14}{cells}{_range(sums):>24}"
