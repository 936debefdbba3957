"""What `greengrid run` says when it is done: the answer in a few lines, from the summary alone."""

from __future__ import annotations

from greengrid.summary import DispatchSummary, Summary

_WHY_LEFT = "relief costs more than consumers who are paid to stand back, or nothing holds them"


def account_of_run(summary: Summary) -> str:
    """Cost and its proof, energy not served, a line for each link, AC power flow, financing."""
    dispatch, security = summary.dispatch, summary.security
    span = "the whole year" if dispatch.whole_year else f"{dispatch.hours} hours, a part of the year"
    demand_mwh = sum(dispatch.demand_mwh.values())
    short = "none" if dispatch.ens_mwh < 0.5 else f"{dispatch.ens_mwh:,.0f} MWh of {demand_mwh:,.0f} MWh demanded"
    count = len(security.findings) if security.findings_count is None else security.findings_count
    findings = f"{count} finding{'' if count == 1 else 's'}"
    checked = f"{security.hours_converged} of {security.hours_checked} hours solved, {findings}"
    if security.hvdc_gap_max_mw is not None:
        checked += f"; links as circuits lose within {security.hvdc_gap_max_mw:.1f} MW of what the dispatch counted"
    return "\n".join(
        [
            f"{summary.case.name}: {span}, cost {dispatch.objective_usd_real / 1e6:,.1f} M USD of "
            f"{summary.price_base_year}, {_proof(dispatch.gap_frac)}",
            *_told(dispatch),
            *_weather(summary),
            f"  energy not served: {short}",
            *_links(summary),
            f"  AC power flow: {checked if security.hours_checked else 'none asked for'}",
            f"  financing: {_financing(summary)}",
        ]
    )


def _weather(summary: Summary) -> list[str]:
    """Which year of an ensemble was run; nothing for the typical year."""
    weather = summary.weather
    if weather is None or weather.number is None:
        return []
    lines = [f"  weather: year {weather.number} of {weather.years} drawn from seed {weather.seed}; {weather.rule}"]
    if weather.p50_number is not None and weather.p90_number is not None:
        p50, p90 = (weather.proxy_mwh[number - 1] / 1e6 for number in (weather.p50_number, weather.p90_number))
        ranked = f"P50 is year {weather.p50_number} ({p50:.2f} TWh), P90 year {weather.p90_number} ({p90:.2f} TWh)"
        lines.append(f"  {ranked} by that proxy; only the year that was run is dispatched")
    return lines


def _told(dispatch: DispatchSummary) -> list[str]:
    """What a reader must know of how the cost came about."""
    lines = []
    if dispatch.foresight_cost_usd_real is not None:
        cost = f"{round(dispatch.foresight_cost_usd_real / 1e6, 3) + 0.0:,.3f} M USD"
        lines.append(f"  seven-day foresight costs {cost} more than perfect foresight")
    if dispatch.security_cost_usd_real is not None:
        cost = f"{round(dispatch.security_cost_usd_real / 1e6, 3) + 0.0:,.3f} M USD"
        lines.append(f"  N-1 security costs {cost}; {dispatch.outage_rows:,} pairs of outage and limit are held")
        lines.append(f"  room for the loss of a unit, pole or island is kept in {dispatch.loss_rows:,} hours of limits")
        if dispatch.outage_rows_left or dispatch.loss_rows_left:
            what = f"{dispatch.outage_rows_left:,} pairs and room in {dispatch.loss_rows_left:,} hours of limits"
            lines.append(f"  left to automatics: {what} (table secure_left): {_WHY_LEFT}")
    if dispatch.stood_back_mwh >= 0.5:
        lines.append(f"  paid to stand back: {dispatch.stood_back_mwh:,.0f} MWh of consumers")
    if dispatch.green is not None:
        green, burned = dispatch.green, sum(dispatch.green.coal_and_gas_mwh.values())
        lines.append(
            f"  green rule: {green.exported_mwh / 1e3:,.1f} GWh sent to the EU, covered from "
            f"{green.contracted_mwh / 1e3:,.1f} GWh of contracted plants; one more MWh is worth "
            f"{green.premium_mean_usd_per_mwh:,.2f} USD; coal and gas made {burned / 1e3:,.0f} GWh meanwhile"
        )
    if dispatch.repaired_device_hours:
        cost = f"{dispatch.repair_cost_usd_real / 1e3:,.1f} thousand USD"
        lines.append(f"  held to one way: {dispatch.repaired_device_hours} hours of links and batteries, {cost}")
    return lines


def _proof(gap_frac: float) -> str:
    return "proven the least" if gap_frac < 1e-9 else f"at most {100 * gap_frac:.2g} % above the least possible"


def _links(summary: Summary) -> list[str]:
    return [
        f"  link {name}: {link.received_forward_mwh / 1e3:,.1f} GWh received forward, "
        f"{link.received_reverse_mwh / 1e3:,.1f} GWh back, {100 * link.utilisation_frac:.0f} % used"
        for name, link in summary.links.items()
    ] or ["  no HVDC link is built"]


def _financing(summary: Summary) -> str:
    if not summary.financing:
        return f"none ({summary.financing_note})"
    mixes = summary.financing
    passing = [name for name, mix in mixes.items() if mix.verdict == "passes"]
    parts = [f"{', '.join(passing) or 'none'} of {len(mixes)} mixes passes its tests"]
    required = [
        (mix.required_charge_usd_per_mwh, name)
        for name, mix in mixes.items()
        if mix.required_charge_usd_per_mwh is not None
    ]
    if required:
        least, name = min(required)
        parts.append(f"least charge required {least:.1f} USD/MWh ({name})")
    affordable = next(iter(mixes.values())).affordable_charge_usd_per_mwh
    if affordable is not None:
        parts.append(f"the chain can afford {affordable:.1f} USD/MWh")
    return "; ".join(parts)
