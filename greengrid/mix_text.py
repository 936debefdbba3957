"""A comparison of funding mixes as a page of text."""

from __future__ import annotations

from collections.abc import Sequence

from financing.compare import Comparison
from financing.risk import Risk
from greengrid.mix_comparison import RANKS, Compared
from greengrid.optimum import GOAL_WORDS

COLUMNS = (
    ("required_charge_usd_per_mwh", "required USD/MWh", "{:.1f}", 1.0),
    ("affordable_charge_usd_per_mwh", "affordable USD/MWh", "{:.1f}", 1.0),
    ("lcot_usd_per_mwh", "levelised USD/MWh", "{:.1f}", 1.0),
    ("npv_usd_nominal", "NPV M USD", "{:,.0f}", 1e-6),
    ("equity_irr_pa", "equity IRR %", "{:.1f}", 100.0),
    ("dscr_min_ratio", "min DSCR", "{:.2f}", 1.0),
    ("llcr_min_ratio", "min LLCR", "{:.2f}", 1.0),
    ("grant_element_frac", "grant element %", "{:.0f}", 100.0),
)
SUBSIDIES = (
    ("subsidy_usd_nominal", "{:,.0f}", 1e-6),
    ("subsidy_usd_nominal_per_mwh", "{:.2f}", 1.0),
    ("subsidy_usd_nominal_per_tco2", "{:.1f}", 1.0),
)


def text_of(found: Compared) -> str:
    """The table, the ranking, and what else was asked for."""
    parts = [_table(found.comparison), _subsidy_text(found.comparison)]
    if found.request.rank:
        parts.append(_ranking(found))
    if found.risks:
        parts.append(_risk_text(found.risks))
    if found.optimum:
        parts.append(_optimum_text(found.optimum, found.shadow_prices, own_limits=found.request.limits is not None))
    if found.frontier:
        parts.append(_frontier_text(found.frontier))
    return "\n\n".join(parts)


def _table(comparison: Comparison) -> str:
    width = max(len(result.mix) for result in comparison.results)
    lines = [f"{'mix':<{width}}  " + "  ".join(title for _, title, _, _ in COLUMNS) + "  verdict"]
    for name, entry in comparison.summary().items():
        cells = []
        for key, title, form, scale in COLUMNS:
            value = entry[key]
            shown = form.format(value * scale) if isinstance(value, float) else "none"
            cells.append(f"{shown:>{len(title)}}")
        lines.append(f"{name:<{width}}  " + "  ".join(cells) + f"  {entry['verdict']}: {entry['verdict_test']}")
    before = comparison.npv_prefinance_usd_nominal / 1e6
    lines.append(f"NPV before financing, the same for every mix: {before:,.0f} M USD nominal")
    return "\n".join(lines)


def _subsidy_text(comparison: Comparison) -> str:
    """Grants and the soft part of loans, per delivered MWh and per avoided tonne of CO2."""
    width = max(len(result.mix) for result in comparison.results)
    lines = [f"{'mix':<{width}}  subsidy M USD  USD/MWh  USD/tCO2"]
    for result in comparison.results:
        row = result.mix_row()
        cells = [
            f"{_shown(row[key], form, scale):>{wide}}"  # type: ignore[arg-type]
            for (key, form, scale), wide in zip(SUBSIDIES, (13, 7, 8), strict=True)
        ]
        lines.append(f"{result.mix:<{width}}  " + "  ".join(cells))
    reason = comparison.results[0].mix_row().get("subsidy_usd_nominal_per_tco2_reason")
    return "\n".join([*lines, *([f"USD/tCO2 not computed: {reason}"] if reason else [])])


def _ranking(found: Compared) -> str:
    """Place, mix and value; a mix without a value stands last with the reason."""
    key, words = RANKS[str(found.request.rank)]
    lines = [f"Ranked by {words}"]
    risks = {each.mix: each.default_probability_frac for each in found.risks}
    for place, result in enumerate(found.comparison.results, start=1):
        row = result.mix_row()
        value = risks[result.mix] if not key else row[key]
        shown = _amount(key, float(value)) if isinstance(value, float) else f"none: {row.get(f'{key}_reason', '')}"
        lines.append(f"{place:>3}  {result.mix:<16} {shown}")
    return "\n".join(lines)


def _amount(key: str, value: float) -> str:
    if key.endswith("_usd_nominal"):
        return f"{value / 1e6:,.0f} M USD nominal"
    if key.endswith("_usd_per_mwh"):
        return f"{value:,.1f} USD/MWh real"
    return f"{value:.2f}" if key.endswith("_ratio") else f"{value:.1%}"


def _shown(value: float | None, form: str, scale: float) -> str:
    return "none" if value is None else form.format(value * scale)


def _risk_text(risks: Sequence[Risk]) -> str:
    width = max(len(each.mix) for each in risks)
    first = risks[0]
    lines = [
        f"Risk over {first.draws:,} draws, seed {first.seed}: a tenth of the draws lie below P10, a tenth above P90",
        f"{'mix':<{width}}  NPV before financing, M USD: P10, P50, P90  least DSCR: P10, P50, P90  "
        "DSCR below covenant %  default %",
    ]
    for each in risks:
        worth, cover = each.npv_prefinance_usd_nominal, each.dscr_min_ratio
        money = ", ".join(_shown(value, "{:,.0f}", 1e-6) for value in (worth.p10, worth.p50, worth.p90))
        ratios = ", ".join(_shown(value, "{:.2f}", 1.0) for value in (cover.p10, cover.p50, cover.p90))
        lines.append(
            f"{each.mix:<{width}}  {money:>42}  {ratios:>26}  {each.breach_probability_frac:>21.1%}  "
            f"{each.default_probability_frac:>9.1%}"
        )
    lines.append("Not varied: " + "; ".join(first.not_varied))
    return "\n".join(lines)


def _optimum_text(rows: Sequence[dict[str, object]], prices: Sequence[dict[str, object]], *, own_limits: bool) -> str:
    """Mix by mix: the goal before and after, then its sources and what its limits are worth."""
    goal = str(rows[0]["goal"])
    limits = "within the limits given" if own_limits else "between half and twice its share, grants not above theirs"
    lines = [f"Best shares for {GOAL_WORDS[goal]}: each source {limits}"]
    for mix in dict.fromkeys(str(row["mix"]) for row in rows):
        own = [row for row in rows if row["mix"] == mix]
        first, scale = own[0], 1e-6 if goal != "charge" else 1.0
        before, value = (_shown(first[key], "{:,.1f}", scale) for key in ("value_before", "value"))  # type: ignore[arg-type]
        unit = "USD/MWh" if goal == "charge" else "M USD"
        lines.append(f"{mix}: {before} -> {value} {unit} {first['note']}".rstrip())
        lines += [
            f"  {row['source']:<32} {row['share_frac']:>6.1%} -> {row['share_best_frac']:>6.1%} {row['bound']}".rstrip()
            for row in own
            if row["source"]
        ]
        held = [price for price in prices if price["mix"] == mix]
        if held:
            lines.append(f"  shadow prices: what one step more room in a limit changes, {unit}")
        lines += [f"    {price['limit']}, per {price['per']}: {price['change'] * scale:+,.3f}" for price in held]  # type: ignore[operator]
    return "\n".join(lines)


def _frontier_text(rows: Sequence[dict[str, object]]) -> str:
    """Smallest grants by charge, mix by mix."""
    lines = ["Smallest share of grants with which a mix passes, by charge", "mix              USD/MWh  grants %  test"]
    for row in rows:
        share = row["grants_frac"]
        grants = "none" if share is None else f"{share:.1%}"
        asks = row["binding_test"] if share is not None else "no grant suffices: running cost and tax are not covered"
        lines.append(f"{row['mix']:<16} {row['charge_usd_per_mwh']:>7.1f}  {grants:>8}  {asks}".rstrip())
    return "\n".join(lines)
