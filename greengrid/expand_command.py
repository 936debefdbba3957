"""`greengrid expand`: wind, sun, storage and the link chosen together, with a bound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greengrid.console import CaseArgument, DebugOption, JsonOption, SetOption, as_text, guard, make_reporter

if TYPE_CHECKING:
    from greengrid.expansion.study import Expansion, YearCheck


SiteOption = Annotated[
    float, typer.Option(min=0, max=20_000, help="Most of more wind or sun at each known site; 0: the programme alone.")
]
ReachOption = Annotated[
    float, typer.Option(min=0, max=5000, help="Known sites this near to an end of the Caspian link are candidates.")
]
PackagesOption = Annotated[
    bool,
    typer.Option(
        help="Try no link and every inland package of the tables, each in its own network and paid in full, with the "
        "link up to its size; the bound holds over all. --no-packages: the case's network, works at the cost of the "
        "packages' envelope."
    ),
]
RateOption = Annotated[
    float | None,
    typer.Option(min=0, max=0.3, help="Real rate of the annuities. Default: the project's rate less inflation."),
]
GapOption = Annotated[
    float, typer.Option(min=1e-7, max=1e-3, help="Gap to end at, as a share of the year's whole cost.")
]


def expand(
    case: CaseArgument,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the result; whole or not at all.")
    ],
    set_: SetOption = None,
    renewable_ratio: Annotated[
        float, typer.Option(min=0.01, max=20, help="Most of each programme plant, over its capacity in the case.")
    ] = 2.0,
    battery_mw: Annotated[
        float, typer.Option(min=0, max=20_000, help="Most battery power in each zone of the candidates; 0: none.")
    ] = 1000.0,
    battery_hours: Annotated[float, typer.Option(min=0.5, max=12, help="Hours of full power a battery holds.")] = 4.0,
    link_mw: Annotated[float, typer.Option(min=1, max=20_000, help="Largest rating of the Caspian link.")] = 4000.0,
    rate: RateOption = None,
    gap: GapOption = 1e-4,
    site_mw: SiteOption = 2000.0,
    reach_km: ReachOption = 1200.0,
    packages: PackagesOption = True,
    check: Annotated[bool, typer.Option("--check", help="Dispatch the year with the capacities found.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an earlier expansion in that folder.")] = False,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Choose wind, sun, batteries and the Caspian link together, at least cost.

    Least of annual investment and operation on four weeks, one per season, nearest to the season's mean; stores end
    each week as they began. Candidates lie between 0 and a bound: each wind and solar plant of the programme, more wind
    and sun where the tables' stations of every zone near the link stand, a battery in each of those zones, the link,
    and the inland 500 kV works, package by package. The link keeps its loss coefficients. The gap is certified by
    duals over all packages. DIR/case.toml runs the choice over the year.

    \b
    greengrid expand tiny -o out/expanded --check
    greengrid expand base -o out/expanded --set dispatch.green=hourly --rate 0.05
    greengrid run out/expanded/case.toml -o out/expanded-run
    """

    def work() -> str:
        from greengrid.case import load_case
        from greengrid.expansion.costs import real_rate_pa
        from greengrid.expansion.record import MARK, as_record, write
        from greengrid.expansion.settings import Settings
        from greengrid.expansion.study import expand as run
        from greengrid.interruptible import interruptible
        from greengrid.store import writing

        loaded = load_case(case, set_ or ())
        rate_pa = real_rate_pa(loaded) if rate is None else rate
        settings = Settings(
            renewable_most_ratio=renewable_ratio,
            battery_most_mw=battery_mw,
            battery_duration_h=battery_hours,
            link_most_mw=link_mw,
            rate_real_pa=rate_pa,
            gap_frac=gap,
            each_package=packages,
            site_most_mw=site_mw,
            reach_km=reach_km,
        )
        with writing(out, replace=replace, subfolders=(), mark=MARK) as folder, make_reporter() as reporter:
            found = interruptible(lambda: run(loaded, settings, folder, reporter, check_year=check))
            write(found, loaded, folder, out)
        return as_text(as_record(found)) if as_json else text(found, out)

    typer.echo(guard(work, debug))


def text(expansion: Expansion, out: Path) -> str:
    """What was chosen, how sure it is, and what to do next."""
    from greengrid.expansion.record import candidate_rows

    found = expansion.found
    lines = [
        f"{'':<44}{'chosen':>10}{'most':>10}{'costs':>12}{'worth':>12}",
        f"{'':<44}{'MW':>10}{'MW':>10}" + f"{'USD/MW/a':>12}" * 2,
    ]
    for row in candidate_rows(expansion):
        costs = float(str(row["annual_usd_real_per_mw"])) + float(str(row["package_usd_real_per_mw"]))
        lines.append(
            f"{row['name']!s:<44}{row['capacity_mw']:>10,.1f}{row['most_mw']:>10,.0f}{costs:>12,.0f}"
            f"{row['worth_usd_real_per_mw']:>12,.0f}"
        )
    investment = expansion.box.investment_usd(found.capacity_mw)
    lines += [
        "",
        f"Cost {found.cost_usd / 1e6:,.1f} M USD/a: investment {investment / 1e6:,.1f}, operation on the weeks "
        f"{expansion.operation_usd / 1e6:,.1f}; real rate {expansion.settings.rate_real_pa:.1%}",
        f"No choice within the bounds costs less than {found.lower_bound_usd / 1e6:,.1f} M USD/a: gap "
        f"{found.gap_frac:.1e} after {len(found.trials)} trials",
        *_remarks(expansion),
        f"The choice over the year: greengrid run {out / 'case.toml'} -o {out}-run",
    ]
    return "\n".join(lines)


def _remarks(expansion: Expansion) -> list[str]:
    weeks = ", ".join(f"{week.season} day {week.first_hour // 24 + 1}" for week in expansion.weeks)
    lines = [f"Weeks from: {weeks}"]
    link_mw = float(expansion.found.capacity_mw[-1])
    for each in expansion.packages:
        works = f"with the inland package of {each.package_mw:,.0f} MW" if each.package_mw > 0 else "without a link"
        bound = f"not below {each.lower_bound_usd / 1e6:,.1f}"
        lines.append(f"Least cost found {works}: {each.cost_usd / 1e6:,.1f} M USD/a ({bound})")
    if expansion.box.lines and not expansion.packages and link_mw > expansion.package_mw:
        lines.append(
            f"The network holds the inland package of {expansion.package_mw:,.0f} MW, the link chosen is larger: "
            f"expand again with --set reinforcement.package_mw={link_mw:.0f}"
        )
    return [*lines, *(year_text(expansion.year) if expansion.year is not None else ())]


def year_text(year: YearCheck) -> list[str]:
    """What the year says of the weeks, with a verdict."""
    from greengrid.expansion.study import YEAR_TOLERANCE_FRAC

    lines = [
        f"Operation over the year {year.operation_usd / 1e6:,.1f} M USD/a (gap {year.gap_frac:.1e}): the weeks say "
        f"{year.estimate_usd / 1e6:,.1f}, {year.difference_frac:+.1%}",
        f"Check: the weeks are within {YEAR_TOLERANCE_FRAC:.0%} of the year: they stand for it"
        if year.within_tolerance
        else f"Check: the weeks are NOT within {YEAR_TOLERANCE_FRAC:.0%} of the year and do not stand for it: take "
        "the choice as a start and compare runs of the year around it",
    ]
    if year.saving_usd is not None and year.saving_estimate_usd is not None:
        lines.append(
            f"Saving over the case's own capacities, investment included: {year.saving_usd / 1e6:,.1f} M USD/a over "
            f"the year, {year.saving_estimate_usd / 1e6:,.1f} by the weeks"
        )
    return lines
