"""The first page: the answer in numbers, the money they are in, and what they depend on."""

from __future__ import annotations

from reports.charts import WIDE_MM
from reports.content import Page, Pair, Stack, Text
from reports.language import say, word
from reports.numbers import money, scientific, show
from reports.results import Results, link_name
from reports.sections.choice import AFFORDABLE, best_mix, best_outlet, own_outlet, passes
from reports.sections.examined import not_examined
from reports.sections.grid import TERRITORY, region_map
from reports.sections.headline import headline_numbers
from reports.sentences import GAP_TARGET, SINGLE_RUN, Standing, unserved, verdict

PRICE = "price_usd_per_mwh"
LABELS_MAX, ARROWS_MAX = 7, 4
"""Places and borders that the small map names."""


def standing(results: Results) -> Standing:
    """What the verdict is chosen by."""
    best = best_mix(results)
    mix = best[1] if best else {}
    checks, dispatch, link = results.summary.get("security") or {}, results.summary["dispatch"], results.project_link
    checked = int(checks.get("hours_checked") or 0)
    return Standing(
        gap_frac=results.gap_frac,
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
        outlet=own_outlet(results) or "",
        best_outlet=best_outlet(results),
    )


def answer(results: Results) -> tuple[Page, ...]:
    """The first page of the summary: the answer, the map, the few numbers, the conditions."""
    facts = standing(results)
    chosen = verdict(facts)
    lead = (
        say("Verdict: {state}. {unserved} ", state=chosen.state, unserved=unserved(facts.unserved_mwh))
        if results.whole_year
        else ""
    )
    lead += say(
        "Every figure is the model's, for this case and this weather year ({single_run}).", single_run=SINGLE_RUN
    )
    page = Page(
        title="The answer",
        headline=chosen.text,
        lead=lead,
        blocks=(
            Pair(
                Stack((region_map(results, WIDE_MM, LABELS_MAX, ARROWS_MAX), *_conditions(results))),
                headline_numbers(results),
                WIDE_MM,
            ),
            Text((TERRITORY,), voice="note"),
        ),
        source=_source(results),
        cover=True,
    )
    return (page,)


def _conditions(results: Results) -> tuple[Text, ...]:
    if not results.whole_year:
        return ()
    lines = _money_conditions(results)
    lines.append(say("Not examined in this run: {studies}.", studies=", ".join(not_examined(results))))
    if not results.static.get("benefits"):
        lines.append(
            say(
                "Welfare gain and CO2 avoided need the same case {links}: greengrid benefits.",
                links="without the link" if results.links else "with a link",
            )
        )
    return (Text(tuple(lines), voice="list", title="What it depends on"),)


def _money_conditions(results: Results) -> list[str]:
    best = best_mix(results)
    if best is None or best[1].get("affordable_charge_usd_per_mwh") is None:
        return []
    required = float(best[1]["required_charge_usd_per_mwh"])
    gap = float(best[1][AFFORDABLE]) - required
    distance = show(abs(gap), PRICE)
    if gap >= 0:
        return [
            say(
                "It holds while the chain keeps {distance} more than {best} requires.", distance=distance, best=best[0]
            ),
            say(
                "It fails if the price in {value} falls, the border carbon cost applies in full, or the link "
                "costs more than its central estimate: the ranges stand beside each step.",
                value=own_outlet(results) or "the market",
            ),
        ]
    better = best_outlet(results)
    other = (
        say(
            ", or {better} by way of {better_2}", better=show(max(required - better[1], 0.0), PRICE), better_2=better[0]
        )
        if better
        else ""
    )
    lines = [
        say(
            "No, unless the chain gains {distance}{other}: a higher price, no border carbon cost for proven "
            "green power, cheaper cables or a larger grant. {value}",
            distance=distance,
            other=other,
            value=_largest_steps(results),
        ).rstrip()
    ]
    return [*lines, *_worth_using(results)]


def _largest_steps(results: Results) -> str:
    """The two steps that take most from the price."""
    steps = results.static.get("netback", ())
    taken = [row for row in steps[1:] if not str(row["step"]).startswith("=") and float(row["paid_central"]) < 0]
    if len(taken) < 2:
        return ""
    first, second = sorted(taken, key=lambda row: float(row["paid_central"]))[:2]
    amounts = (f"{word(str(row['step']))} {show(-float(row['paid_central']), PRICE)}" for row in (first, second))
    price = show(float(steps[0]["paid_central"]), PRICE)
    return say("Most is taken from the price of {price} by: {amounts}.", price=price, amounts=", ".join(amounts))


def _worth_using(results: Results) -> list[str]:
    """The other reading: the cables stand and nobody charges for them."""
    steps = results.static.get("netback", ())
    if not steps:
        return []
    sunk, outlet = float(steps[-1]["sunk_central"]), own_outlet(results)
    use = "worth using once it stands" if sunk > 0 else "not worth using even where it stands"
    where = say(" sold in {outlet}", outlet=outlet) if outlet else ""
    return [
        say(
            "Worth building is not worth using: with the cables built and charged to nobody, a MWh{where} "
            "leaves {sunk} after the renewable power is paid: {use}.",
            where=where,
            sunk=show(sunk, PRICE, signed=True),
            use=use,
        )
    ]


def _source(results: Results) -> str:
    foresight_usd = results.summary["dispatch"].get("foresight_cost_usd_real")
    told = say(
        "Model: case {name}, {hours}, gap {gap} (target {gap_target}), summary.json.",
        name=results.name,
        hours=show(results.hours, "time_h"),
        gap=scientific(results.gap_frac),
        gap_target=scientific(GAP_TARGET),
    )
    if foresight_usd is None:
        return told
    cost = money(float(foresight_usd))
    return told + say(" Seven-day foresight costs {cost} more than perfect foresight.", cost=cost)
