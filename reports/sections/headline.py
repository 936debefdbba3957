"""The few numbers of the cover: of a financed link, of a case without one, of a part of a year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.content import Number, Numbers
from reports.language import say, word
from reports.numbers import hours, money, number, show
from reports.results import Results, country_name, link_name
from reports.sections.choice import AFFORDABLE, best_mix, best_outlet, own_outlet
from reports.sentences import SINGLE_RUN, ac_hours

NOT_COMPUTED = "not computed"


def headline_numbers(results: Results) -> Numbers:
    """Annual figures only of a whole year."""
    return _numbers(results) if results.whole_year else _partial_numbers(results)


def _numbers(results: Results) -> Numbers:
    if results.project_link is None:
        return Numbers(
            (_demand(results), _renewable(results), _trade(results), _emissions(results), _security(results))
        )
    return Numbers(
        (
            _welfare(results) or _rent(results),
            _delivered(results),
            _avoided(results) or _emissions(results),
            _secure(results) or _security(results),
            _bankability(results),
        )
    )


def _partial_numbers(results: Results) -> Numbers:
    """What a part of a year can say: powers and checks, no energy and no money of a year."""
    first, last = (str(results.clock[k].astype("datetime64[D]")) for k in (0, -1))
    demand = results.hourly["demand"].summed() / 1e3
    peak = Number(
        "Highest demand",
        show(float(demand.max()), "power_gw"),
        say("in the {hours} that were run", hours=show(results.hours, "time_h")),
        say("{first} to {last}; lowest {demand}", first=first, last=last, demand=show(float(demand.min()), "power_gw")),
    )
    return Numbers((peak, *(_flow(results, str(link["name"])) for link in results.links), _security(results)))


def _flow(results: Results, name: str) -> Number:
    flow = results.link_flow_mw(name)
    low, mean, high = (show(float(value), "power_mw", signed=True) for value in (flow.min(), flow.mean(), flow.max()))
    return Number(
        link_name(name),
        mean,
        say("mean power sent in the {hours} that were run", hours=show(results.hours, "time_h")),
        say("from {low} to {high}; + = forward, as the link is named in the case", low=low, high=high),
    )


def _demand(results: Results) -> Number:
    demand = {
        country: float(results.summary["dispatch"]["demand_mwh"].get(country) or 0) for country in results.countries
    }
    parts = ", ".join(f"{country_name(country)} {show(used / 1e6, 'energy_twh')}" for country, used in demand.items())
    return Number("Demand", say("{amount}/a", amount=show(sum(demand.values()) / 1e6, "energy_twh")), SINGLE_RUN, parts)


def _renewable(results: Results) -> Number:
    facts = results.summary["dispatch"]
    made = {country: sum(map(float, parts.values())) for country, parts in facts["generation_mwh"].items()}
    shares = {country: float((facts.get("res_share_frac") or {}).get(country) or 0) for country in results.countries}
    total = sum(made.get(country, 0.0) for country in shares)
    share = sum(made.get(country, 0.0) * part for country, part in shares.items()) / total if total else 0.0
    parts = ", ".join(f"{country_name(country)} {show(part, 'share_frac')}" for country, part in shares.items())
    return Number(
        "Wind, sun and water", show(share, "share_frac"), SINGLE_RUN, say("share of generation: {parts}", parts=parts)
    )


def _trade(results: Results) -> Number:
    bought, sold = (float(results.hourly[table].values.sum()) / 1e6 for table in ("import", "export"))
    return Number(
        "Net export over the borders",
        say("{amount}/a", amount=show(sold - bought, "energy_twh", signed=True)),
        SINGLE_RUN,
        say(
            "{sold} sold to and {bought} bought from countries outside the model",
            sold=show(sold, "energy_twh"),
            bought=show(bought, "energy_twh"),
        ),
    )


def _link_summary(results: Results) -> tuple[str, Mapping[str, Any]] | None:
    link = results.project_link
    if link is None:
        return None
    return str(link["name"]), results.summary["links"][str(link["name"])]


def _delivered(results: Results) -> Number:
    label = "Energy delivered by the link"
    found = _link_summary(results)
    if found is None or results.project_link is None:
        return Number(label, "–", SINGLE_RUN, "this case has no link")
    name, facts = found
    link = results.project_link
    forward, reverse = results.received_mwh(name)
    ends = [country_name(str(results.bus(str(link[end]))["country"])) for end in ("to_bus", "from_bus")]
    used = facts["sent_mwh"] / (facts["capacity_mw"] * results.hours)
    return Number(
        label,
        say("{amount}/a", amount=show(facts["received_mwh"] / 1e6, "energy_twh")),
        SINGLE_RUN,
        say(
            "{forward} to {ends}, {reverse} to {ends_2}; {value} used {used}, at its limit in {hours}",
            forward=show(forward / 1e6, "energy_twh"),
            ends=ends[0],
            reverse=show(reverse / 1e6, "energy_twh"),
            ends_2=ends[1],
            value=show(facts["capacity_mw"], "power_mw"),
            used=show(used, "share_frac"),
            hours=hours(facts["hours_at_limit"], results.hours),
        ),
    )


def _rent(results: Results) -> Number:
    label = "Congestion rent of the link"
    found = _link_summary(results)
    if found is None or found[1].get("rent_usd_real") is None:
        return Number(label, "–", SINGLE_RUN, "this case has no link" if found is None else NOT_COMPUTED)
    return Number(
        label,
        say("{amount}/a", amount=money(found[1]["rent_usd_real"], signed=True)),
        SINGLE_RUN,
        "price difference between its ends, losses paid, at nodal prices; it is not revenue: "
        "no nodal market exists there",
    )


def _welfare(results: Results) -> Number | None:
    """Gain of a year against the same case without the link; None where the run was not compared."""
    rows = results.static.get("benefits", ())
    if not rows:
        return None
    whole = rows[0]
    surplus = float(whole["surplus_usd_real"])
    low, high = (money(surplus + float(whole[f"carbon_{end}usd_real"]), signed=True) for end in ("low_", "high_"))
    gains: dict[str, float] = {}
    for row in results.static.get("benefits_surplus", ()):
        gains[str(row["country"])] = gains.get(str(row["country"]), 0.0) + float(row["amount_usd_real"])
    parts = (f"{country_name(country)} {money(gain, signed=True)}" for country, gain in gains.items())
    return Number(
        "Welfare gain",
        say("{amount}/a", amount=money(surplus, signed=True)),
        say("with the shadow value of carbon {low} to {high}", low=low, high=high),
        say("against {without}: {parts}", without=whole["without_link"], parts=", ".join(parts)),
    )


def _avoided(results: Results) -> Number | None:
    rows = results.static.get("benefits", ())
    if not rows:
        return None
    return Number(
        "CO2 avoided",
        say("{amount}/a", amount=show(-float(rows[0]["emissions_change_tco2"]) / 1e6, "co2_mt", signed=True)),
        SINGLE_RUN,
        word(
            "against the same system without the link; modelled countries and their neighbours; leakage elsewhere is "
            "not counted"
        ),
    )


def _secure(results: Results) -> Number | None:
    """What the link may carry under N-1; None where that was not studied."""
    link = results.project_link
    done = ((results.summary.get("security") or {}).get("parts") or {}).get("secure-transfer") or {}
    name = str(link["name"]) if link is not None else ""
    held = done.get(f"{name}_forward_p05_mw")
    if held is None:
        return None
    return Number(
        "Secure export",
        show(float(held) / 1e3, "power_gw"),
        say(
            "held in 95 % of hours under N-1; in half of them {median}",
            median=show(float(done[f"{name}_forward_p50_mw"]) / 1e3, "power_gw"),
        ),
        say("the dispatch sends more in {hours}", hours=hours(done[f"{name}_forward_hours_beyond"], results.hours)),
    )


def _emissions(results: Results) -> Number:
    total = sum(value or 0.0 for value in results.summary["dispatch"]["emissions_tco2"].values())
    return Number(
        "CO2 of the modelled countries",
        say("{amount}/a", amount=show(total / 1e6, "co2_mt")),
        SINGLE_RUN,
        word("power plants of ")
        + ", ".join(country_name(c) for c in results.countries)
        + say(
            "; CO2 avoided: {not_computed}, it needs the same case {links}",
            not_computed=NOT_COMPUTED,
            links="without the link" if results.links else "with a link",
        ),
    )


def _security(results: Results) -> Number:
    label = "Hours that solve in AC"
    checks = results.summary.get("security") or {}
    checked, solved = int(checks.get("hours_checked") or 0), int(checks.get("hours_converged") or 0)
    if checked == 0:
        return Number(label, NOT_COMPUTED, SINGLE_RUN, ac_hours(0, 0, results.hours))
    least, most = (show(checks.get(key), "voltage_pu") for key in ("voltage_min_pu", "voltage_max_pu"))
    loading = show(checks.get("loading_max_frac"), "loading_frac")
    findings = len(checks.get("findings") or ())
    return Number(
        label,
        say("{solved} of {checked}", solved=number(solved, "count"), checked=number(checked, "count")),
        say("the most telling {checked} of {hours}", checked=checked, hours=show(results.hours, "time_h")),
        say(
            "voltage {least} to {most}, highest loading {loading}, {findings} findings; N-1 export: {not_computed}",
            least=least,
            most=most,
            loading=loading,
            findings=findings,
            not_computed=NOT_COMPUTED,
        ),
    )


def _bankability(results: Results) -> Number:
    label = "Affordable against required charge"
    best = best_mix(results)
    if best is None:
        return Number(label, "–", SINGLE_RUN, "nothing is financed in this case")
    name, mix = best
    affordable = number(mix.get(AFFORDABLE), PRICE)
    required = show(mix["required_charge_usd_per_mwh"], PRICE)
    details = [say("{value} against {name}", value=own_outlet(results) or "the chain", name=name)]
    better, cover = best_outlet(results), mix.get("dscr_min_ratio")
    if better is not None:
        details.append(say("best outlet {better}: {better_2}", better=better[0], better_2=show(better[1], PRICE)))
    if cover is not None:
        details.append(say("at the contract charge min DSCR {cover}", cover=show(cover, "cover_ratio")))
    details.append(word(str(mix.get("verdict_test") or NOT_COMPUTED)))
    return Number(label, f"{affordable} / {required}", _margin_range(results), "; ".join(details))


PRICE = "price_usd_per_mwh"


def _margin_range(results: Results) -> str:
    """What the last step of the chain spans."""
    steps = results.static.get("netback", ())
    if not steps:
        return SINGLE_RUN
    low, high = (show(float(steps[-1][key]), PRICE, signed=True) for key in ("low", "high"))
    return say("margin after all charges: {low} to {high}, every input at its worst or best", low=low, high=high)
