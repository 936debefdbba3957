"""`greengrid benefits`: two finished runs, with and without a link, as a page of text or as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greengrid.console import DebugOption, guard

if TYPE_CHECKING:
    from greengrid.benefits import Benefits

PARTS = ("consumers", "producers", "network", "links", "trade", "transit", "border_carbon")
WORDS = {"rest_of_world": "rest of world", "border_carbon": "border carbon"}
KEY_WORDS = {
    "thirds": "equal thirds",
    "territory": "where it stands",
    "benefit": "in proportion to gains",
    "compensate_losers": "losers made whole",
}


def compare_runs(
    with_link: Annotated[Path, typer.Argument(metavar="WITH", help="Run folder with the link.")],
    without_link: Annotated[Path, typer.Argument(metavar="WITHOUT", help="The same case without it.")],
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the comparison as tables in WITH, where greengrid report shows it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    debug: DebugOption = False,
) -> None:
    """Say what a link is worth to the countries: benefits against costs, who gains and who pays.

    Compares two finished runs that differ in the link alone; solves nothing.

    \b
    greengrid run base -o out/base
    greengrid run no-link -o out/no-link
    greengrid benefits out/base out/no-link
    greengrid benefits out/base out/no-link --keep
    greengrid report out/base
    """

    def work() -> str:
        from greengrid.benefits import as_record, benefits

        found = benefits(with_link, without_link)
        if keep:
            from greengrid.benefits_tables import keep as keep_tables

            keep_tables(found, with_link)
        return json.dumps(as_record(found), indent=2, allow_nan=False) if as_json else text(found)

    typer.echo(guard(work, debug))


def text(found: Benefits) -> str:
    """One page: indicators, economics, countries under each key."""
    first, second = found.names
    lines = [f"{first} against {second}, M USD a year unless said otherwise, real", ""]
    lines += _surplus_lines(found)
    low, central, high = (value / 1e6 for value in found.carbon_usd_real)
    tonnes = sum(found.emissions_change_tco2.values()) / 1e6
    lines += [
        "",
        f"B1 socio-economic welfare         {found.surplus_total_usd_real / 1e6:>10,.1f}",
        f"B2 carbon above its price         {central:>10,.1f}   ({low:,.1f} to {high:,.1f}; {tonnes:+.3f} MtCO2)",
        f"B3 curtailed wind and sun         {found.curtailment_change_mwh / 1e3:>+10,.1f} GWh",
        f"B5 losses of the links            {found.link_loss_change_mwh / 1e3:>+10,.1f} GWh (their cost is in B1)",
        f"B6 energy not served              {found.ens_change_mwh / 1e3:>+10,.2f} GWh (nothing out of service)",
    ]
    return "\n".join(
        [*lines, "", *_cost_lines(found), *_developer_lines(found), "", *(f"Note: {note}" for note in found.notes)]
    )


def _cost_lines(found: Benefits) -> list[str]:
    """Costs, economics and sharing keys, or why there are none."""
    if found.investment_usd_real is None or found.running_usd_real is None:
        return [f"Costs, ENPV, ERR and sharing keys are left out: {found.costs_left_out}"]
    rate = found.err_pa
    return [
        f"Investment {found.investment_usd_real / 1e6:,.0f} M USD with the inland package, whoever pays; running "
        f"{found.running_usd_real / 1e6:,.1f} M USD a year",
        "rate    ENPV M USD   without B2   benefit/cost",
        *(
            f"{each.rate_pa:>4.0%}  {each.enpv_usd_real / 1e6:>12,.0f} "
            f"{each.enpv_without_carbon_usd_real / 1e6:>12,.0f} {each.benefit_cost_ratio:>14.2f}"
            for each in found.economic
        ),
        f"ERR {rate.value:.1%}" if rate.value is not None else f"ERR: {rate.reason}",
        "",
        *_share_lines(found),
    ]


def _surplus_lines(found: Benefits) -> list[str]:
    parts = [part for part in PARTS if any(part in row for row in found.surplus_usd_real.values())]
    lines = [f"{'':<14}" + "".join(f"{WORDS.get(part, part):>15}" for part in parts) + f"{'sum':>12}"]
    for country, row in found.surplus_usd_real.items():
        cells = "".join(f"{row.get(part, 0.0) / 1e6:>15,.1f}" for part in parts)
        lines.append(f"{WORDS.get(country, country):<14}{cells}{sum(row.values()) / 1e6:>12,.1f}")
    return lines


def _share_lines(found: Benefits) -> list[str]:
    countries = list(dict.fromkeys(share.country for share in found.shares))
    net = {(share.key, share.country): share.net_usd_real / 1e6 for share in found.shares}
    lines = ["Gain in B1 less share of the cost, by key" + "".join(f"{country:>10}" for country in countries)]
    lines += [
        f"  {KEY_WORDS[key]:<39}" + "".join(f"{net[key, country]:>10,.1f}" for country in countries)
        for key in KEY_WORDS
    ]
    return lines


def _developer_lines(found: Benefits) -> list[str]:
    if not found.developers:
        return ["", "Owners of wind and sun: the link moves neither their price nor their curtailment"]
    lines = [
        "",
        "Owners of wind and sun, without -> with the link",
        f"  {'zone':<18}{'':<15}{'curtailed %':>16}{'captured USD/MWh':>20}{'return % real':>18}{'floor USD/MWh':>16}",
    ]
    for own, other in found.developers:
        cells = (
            f"{other.curtailed_frac * 100:.1f} -> {own.curtailed_frac * 100:.1f}",
            f"{_number(other.capture_price_usd_per_mwh)} -> {_number(own.capture_price_usd_per_mwh)}",
            f"{_number(other.irr_real_pa, 100)} -> {_number(own.irr_real_pa, 100)}",
            _number(own.floor_price_usd_per_mwh),
        )
        kind = own.technology.replace("_", " ")
        lines.append(f"  {own.zone:<18}{kind:<15}{cells[0]:>16}{cells[1]:>20}{cells[2]:>18}{cells[3]:>16}")
    return lines


def _number(value: float | None, scale: float = 1.0) -> str:
    return "none" if value is None else f"{value * scale:.1f}"
