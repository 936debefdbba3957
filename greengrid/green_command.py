"""`greengrid green`: what it costs that exports are matched by renewables, by the hour up to the year."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greengrid.console import DebugOption, JsonOption, SetOption, as_text, guard, make_reporter

if TYPE_CHECKING:
    from greengrid.green_matching import Matching

MARK = "green.json"


def green(
    case: Annotated[
        str, typer.Argument(metavar="CASE|DIR", help="A shipped case, a TOML file, or the folder of a finished run.")
    ],
    set_: SetOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Also write green.json and green.csv there.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an earlier result in that folder.")] = False,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Match exports to the European Union with contracted renewables: not, by the hour, day, month and year.

    Dispatches the case once under each rule, all else equal (dispatch.green_plants: who is contracted; the programme by
    default), and shows cost, exports, the premium that the exports must earn, and the coal and gas that ran meanwhile.

    \b
    greengrid green tiny
    greengrid green base -o out/green
    greengrid green out/base --set dispatch.reserve=none
    """

    def work() -> str:
        from greengrid.case import load_case
        from greengrid.green_matching import compare_rules
        from greengrid.interruptible import interruptible
        from greengrid.store import writing

        stored = Path(case) / "case.toml"
        loaded = load_case(stored if stored.is_file() else case, set_ or ())
        if out is None:
            with make_reporter() as reporter:
                return _shown(interruptible(lambda: compare_rules(loaded, reporter)), as_json)
        with writing(out, replace=replace, subfolders=(), mark=MARK) as folder, make_reporter() as reporter:
            found = interruptible(lambda: compare_rules(loaded, reporter))
            _write(found, folder)
        return _shown(found, as_json)

    typer.echo(guard(work, debug))


def _shown(found: Sequence[Matching], as_json: bool) -> str:
    return as_text([asdict(each) for each in found]) if as_json else text(found)


def _write(found: Sequence[Matching], folder: Path) -> None:
    from greengrid.store import write_json

    rows = [asdict(each) for each in found]
    write_json(folder / MARK, rows)
    for row in rows:
        row["matched_mwh"] = found[0].matched_mwh.get(str(row["rule"]), "")
    with (folder / "green.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def text(found: Sequence[Matching]) -> str:
    """One line a rule, then what the columns mean."""
    free = found[0]
    heads = ("cost", "above none", "exported", "matched by", "premium", "marginal", "coal", "gas", "emissions")
    units = ("M USD", "M USD", "GWh", "GWh", "USD/MWh", "USD/MWh", "GWh", "GWh", "kt CO2")
    lines = ["".join([f"{'rule':<9}", *(f"{each:>12}" for each in row)]) for row in (heads, units)]
    lines[1] = " " * 9 + lines[1][9:]
    for each in found:
        cells = (
            each.operation_usd_real / 1e6,
            (each.operation_usd_real - free.operation_usd_real) / 1e6,
            each.exported_mwh / 1e3,
            (each.contracted_mwh - each.forfeited_mwh) / 1e3 if each.rule != "none" else None,
            each.premium_usd_per_mwh,
            each.premium_marginal_usd_per_mwh if each.rule != "none" else None,
            each.coal_mwh / 1e3,
            each.gas_mwh / 1e3,
            each.emissions_tco2 / 1e3,
        )
        lines.append(f"{each.rule:<9}" + "".join(_cell(cell) for cell in cells))
    shares = ", ".join(
        f"{amount / free.exported_mwh:.0%} {rule}" for rule, amount in free.matched_mwh.items() if free.exported_mwh > 0
    )
    gap = max(each.gap_frac for each in found)
    lines += [
        "",
        f"Over {free.hours:,} hours; certified gap at most {gap:.1e}.",
        f"Without a rule contracted plants matched {shares or 'nothing'} of the exports.",
        "premium: cost above none over the MWh exported; marginal: worth of one more contracted MWh.",
        "matched by: what contracted plants sent to the border; above the exports by what links lose on the way.",
        "coal, gas and emissions are of the modelled countries in the same hours.",
    ]
    if free.hours < 8760:
        lines.append(
            "A part of a year: the accounts also close at its end, so that longer periods match less than a year."
        )
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    # Rounding of two equal optima must not show as minus nothing.
    return "-".rjust(12) if value is None else f"{round(value, 2) + 0.0:>12,.2f}"
