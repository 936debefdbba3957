"""`greengrid cba`: the link in the form of the ENTSO-E guideline, from finished runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greengrid.console import DebugOption, guard

if TYPE_CHECKING:
    from greengrid.cba import Pair


def cba(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Finished runs of a whole year, or sweeps of them.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: one record per form and scenario.")] = False,
    debug: DebugOption = False,
) -> None:
    """Cost-benefit analysis of the Caspian link: indicators B1 to B9, PINT and TOOT.

    TOOT compares runs with and without the link where the Black Sea link is present, PINT where it is absent. Runs of
    other weather years or prices give ranges, and so does a sweep with link.caspian.capacity_mw at nothing and at one
    size beside its other axes. Which run is which is read from its case.

    \b
    greengrid cba out/base out/no-link
    greengrid cba out/base out/no-link out/no-black-sea out/neither
    greengrid cba out/sweep-of-weather-and-prices
    """

    def work() -> str:
        from greengrid.cba import analyse

        pairs = analyse(folders)
        return json.dumps([record(pair) for pair in pairs], indent=2, allow_nan=False) if as_json else text(pairs)

    typer.echo(guard(work, debug))


def record(pair: Pair) -> dict[str, object]:
    """One form in one scenario, for JSON."""
    from greengrid.benefits import as_record
    from greengrid.cba import INDICATORS

    return {
        "form": pair.form,
        "scenario": pair.scenario,
        "runs": list(pair.found.names),
        "indicators": {each.code: each.of(pair.found) for each in INDICATORS if each.of is not None},
        "npv_usd_real": pair.npv_usd_real,
        "benefits": as_record(pair.found),
    }


def text(pairs: Sequence[Pair]) -> str:
    """The guideline's table, then B1 by country."""
    from greengrid.cba import HORIZON_YEARS, INDICATORS, RATE_PA

    forms = list(dict.fromkeys(pair.form for pair in pairs))
    lines = [f"{'':<5}{'with less without':<26}{'unit':<9}" + "".join(f"{form:>24}" for form in forms)]
    for each in INDICATORS:
        head = f"{each.code:<5}{each.name:<26}{each.unit:<9}"
        of = each.of
        if of is None:
            lines.append(f"{head}  {each.meaning}")
            continue
        lines.append(head + "".join(f"{_range([of(p.found) for p in pairs if p.form == form]):>24}" for form in forms))
    worth = "".join(f"{_range([p.npv_usd_real / 1e6 for p in pairs if p.form == form]):>24}" for form in forms)
    lines.append(f"{'':<5}{'NPV at commissioning':<26}{'M USD':<9}{worth}")
    lines += [
        "",
        f"NPV: {HORIZON_YEARS} years at {RATE_PA:.0%} real, B1 and B2b less all costs, nothing left at the end.",
        "Money is in B1 and B2b alone: B2a, B3, B5 and B6 repeat in tonnes and MWh what those hold.",
    ]
    for form in forms:
        lines += ["", f"B1 by country, {form}, M USD/a:", *_countries([pair for pair in pairs if pair.form == form])]
    missing = {"TOOT", "PINT"} - set(forms)
    lines += [f"{form}: not among the runs given" for form in sorted(missing)]
    lines += [f"Scenario beside the first: differs in {name}" for name in sorted({p.scenario for p in pairs} - {""})]
    return "\n".join([*lines, "Not calibrated to the official feasibility study."])


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
