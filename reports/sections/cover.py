"""The first page: the answer in numbers, the money they are in, and what they depend on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.content import Number, Numbers, Page, Text
from reports.numbers import hours, money, number, scientific, show
from reports.results import Results, country_name, link_name
from reports.sentences import GAP_TARGET, SINGLE_RUN, Standing, ac_hours, unserved, verdict

NOT_COMPUTED = "not computed"


def best_mix(results: Results) -> tuple[str, Mapping[str, Any]] | None:
    """The mix that asks the least charge, those that pass their tests first."""
    known = [
        (name, mix) for name, mix in sorted(results.mixes.items()) if mix.get("required_charge_usd_per_mwh") is not None
    ]
    return min(known, key=lambda item: (not passes(item[1]), item[1]["required_charge_usd_per_mwh"]), default=None)


def passes(mix: Mapping[str, Any]) -> bool:
    return str(mix.get("verdict") or "").lower().startswith("pass")


def standing(results: Results) -> Standing:
    """What the verdict is chosen by."""
    best = best_mix(results)
    mix = best[1] if best else {}
    checks, dispatch, link = results.summary.get("security") or {}, results.summary["dispatch"], results.project_link
    checked = int(checks.get("hours_checked") or 0)
    return Standing(
        gap_frac=float(dispatch["gap_frac"]),
        balance_residual_max_mw=float(dispatch["balance_residual_max_mw"]),
        affordable_usd_per_mwh=mix.get("affordable_charge_usd_per_mwh"),
        required_usd_per_mwh=mix.get("required_charge_usd_per_mwh"),
        mix=best[0] if best else None,
        mix_passes=passes(mix),
        dscr_min_ratio=mix.get("dscr_min_ratio"),
        unsolved_ac_hours=checked - int(checks.get("hours_converged") or 0) if checked else None,
        unserved_mwh=float(dispatch["ens_mwh"] or 0.0),
        financed=bool(results.mixes),
        link=link_name(str(link["name"])) if link else None,
        whole_year=results.whole_year,
    )


def answer(results: Results) -> tuple[Page, ...]:
    """The cover."""
    facts = standing(results)
    chosen = verdict(facts)
    blocks = [_money_box(results)]
    lead = f"Verdict state: {chosen.state}. {unserved(facts.unserved_mwh)} " if results.whole_year else ""
    lead += f"Every figure is the model's, for this case and this weather year ({SINGLE_RUN})."
    page = Page(
        title="The answer",
        headline=chosen.text,
        lead=lead,
        blocks=(*((_numbers(results),) if results.whole_year else ()), *blocks, *_conditions(results)),
        source=_source(results),
        cover=True,
    )
    return (page,)


def _numbers(results: Results) -> Numbers:
    return Numbers(
        (_delivered(results), _rent(results), _emissions(results), _security(results), _bankability(results))
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
        f"{show(facts['received_mwh'] / 1e6, 'energy_twh')}/a",
        SINGLE_RUN,
        f"{show(forward / 1e6, 'energy_twh')} to {ends[0]}, {show(reverse / 1e6, 'energy_twh')} to {ends[1]}; "
        f"{show(facts['capacity_mw'], 'power_mw')} used {show(used, 'share_frac')}, "
        f"at its limit in {hours(facts['hours_at_limit'], results.hours)}",
    )


def _rent(results: Results) -> Number:
    label = "Congestion rent of the link"
    found = _link_summary(results)
    if found is None or found[1].get("rent_usd_real") is None:
        return Number(label, "–", SINGLE_RUN, "this case has no link" if found is None else NOT_COMPUTED)
    return Number(
        label,
        f"{money(found[1]['rent_usd_real'], signed=True)}/a",
        SINGLE_RUN,
        "price difference between its ends, losses paid, at nodal prices; it is not revenue: "
        "no nodal market exists there",
    )


def _emissions(results: Results) -> Number:
    total = sum(value or 0.0 for value in results.summary["dispatch"]["emissions_tco2"].values())
    return Number(
        "CO2 of the modelled countries",
        f"{show(total / 1e6, 'co2_mt')}/a",
        SINGLE_RUN,
        "power plants of " + ", ".join(country_name(c) for c in results.countries) + "; CO2 avoided: "
        f"{NOT_COMPUTED}, it needs the same case without the link",
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
        f"{solved} of {checked}",
        f"the most telling {checked} of {show(results.hours, 'time_h')}",
        f"voltage {least} to {most}, highest loading {loading}, {findings} findings; N-1 export: {NOT_COMPUTED}",
    )


def _bankability(results: Results) -> Number:
    label = "Affordable against required charge"
    best = best_mix(results)
    if best is None:
        return Number(label, "–", SINGLE_RUN, "nothing is financed in this case")
    name, mix = best
    affordable = number(mix.get("affordable_charge_usd_per_mwh"), "price_usd_per_mwh")
    required = show(mix["required_charge_usd_per_mwh"], "price_usd_per_mwh")
    cover = mix.get("dscr_min_ratio")
    detail = f"best mix {name}"
    if cover is not None:
        detail += f"; min DSCR {show(cover, 'cover_ratio')}"
    return Number(
        label, f"{affordable} / {required}", SINGLE_RUN, f"{detail}; {mix.get('verdict_test') or NOT_COMPUTED}"
    )


def _money_box(results: Results) -> Text:
    base = results.price_base_year
    return Text(
        (
            f"Currency US dollar. System results are real USD of {base}; cash flows, debt and NPV are nominal USD at "
            f"the date of each flow; charges in USD/MWh are real USD of {base}. M = million, bn = thousand million.",
            f"Hours are UTC unless a figure says otherwise. 1 TWh = 1{chr(0x202F)}000{chr(0x202F)}000 MWh. "
            "Differences carry a sign; – means: does not apply.",
        ),
        voice="box",
        title="Money and units",
    )


def _conditions(results: Results) -> tuple[Text, ...]:
    if not results.whole_year:
        return ()
    lines = _money_conditions(results)
    lines.append(
        "Not examined in this run: welfare gain and CO2 avoided (they need the same case without the link), N-1 "
        "security, short circuit, frequency after a pole outage, other weather years."
    )
    return (Text(tuple(lines), voice="list", title="What it depends on"),)


def _money_conditions(results: Results) -> list[str]:
    best = best_mix(results)
    if best is None or best[1].get("affordable_charge_usd_per_mwh") is None:
        return []
    gap = float(best[1]["affordable_charge_usd_per_mwh"]) - float(best[1]["required_charge_usd_per_mwh"])
    distance = show(abs(gap), "price_usd_per_mwh")
    if gap < 0:
        return [
            f"It holds if the chain gains {distance}: a higher Romanian price, no border carbon cost for proven green "
            "power, a cheaper link or a larger grant, each in the steps of the financing pages.",
            "It fails as it stands: what the chain leaves for the link is below what every mix requires.",
        ]
    return [
        f"It holds while the chain keeps {distance} more than {best[0]} requires.",
        "It fails if the Romanian price falls, the border carbon cost applies in full, or the link costs more than its "
        "central estimate: the ranges stand beside each step.",
    ]


def _source(results: Results) -> str:
    gap = scientific(results.summary["dispatch"]["gap_frac"])
    return (
        f"Model: case {results.name}, {show(results.hours, 'time_h')}, gap {gap} (target {scientific(GAP_TARGET)}), "
        "summary.json."
    )


def source_line(results: Results, tables: str) -> str:
    """The source line of a page: the case, how exact it is, and the tables it was read from."""
    gap = scientific(results.summary["dispatch"]["gap_frac"])
    return f"Model: case {results.name}, {show(results.hours, 'time_h')}, gap {gap}. Data: {tables}."
