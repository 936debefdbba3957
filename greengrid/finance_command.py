"""`greengrid finance`: funding mixes on a plan that is already there, as a table or as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from financing.compare import Comparison, compare
from financing.loading import shipped_structures
from financing.optimise import GOALS
from financing.risk import Risk, risk
from greengrid.case import load_case, shipped_cases
from greengrid.errors import BadInput, Problem
from greengrid.optimum import GOAL_WORDS, optimum_rows
from greengrid.plans import NAME, read_plan
from greengrid.store import check_digests, read_summary

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


def compare_mixes(
    source: str, mixes: str, *, draws: int = 0, seed: int = 1, goal: str | None = None, as_json: bool
) -> str:
    """The comparison as text, with the risk of each mix over `draws` draws and its best shares for a goal, if asked.

    Raises `BadInput` or `FinancingProblems` with every problem.
    """
    names = mix_names(mixes)
    plan = read_plan(_plan_of(source))
    comparison = compare(plan, names)
    risks = [risk(plan, result.structure, draws=draws, seed=seed) for result in comparison.results] if draws else []
    if goal is not None and goal not in GOALS:
        raise BadInput([Problem("--optimise", repr(goal), f"one of {', '.join(GOALS)}")])
    best = [row for result in comparison.results for row in optimum_rows(plan, result.structure, goal)] if goal else []
    if as_json:
        entries = comparison.summary()
        for each in risks:
            entries[each.mix]["risk"] = each.row()
        for row in best:
            entries[str(row["mix"])].setdefault("optimum", []).append(row)  # type: ignore[attr-defined]
        return json.dumps(entries, indent=2, ensure_ascii=False, allow_nan=False)
    parts = [_text(comparison)]
    if risks:
        parts.append(_risk_text(risks))
    if best:
        parts.append(_optimum_text(best))
    return "\n\n".join(parts)


def _optimum_text(rows: list[dict[str, object]]) -> str:
    """Mix by mix: the goal before and after, then its sources."""
    goal = str(rows[0]["goal"])
    lines = [
        f"Best shares for {GOAL_WORDS[goal]}: each source between half and twice its share, grants not above theirs"
    ]
    for mix in dict.fromkeys(str(row["mix"]) for row in rows):
        own = [row for row in rows if row["mix"] == mix]
        first, scale = own[0], 1e-6 if goal != "charge" else 1.0
        before, value = (_shown(first[key], "{:,.1f}", scale) for key in ("value_before", "value"))  # type: ignore[arg-type]
        unit = "USD/MWh" if goal == "charge" else "M USD"
        lines.append(f"{mix}: {before} -> {value} {unit} {first['note']}".rstrip())
        lines += [
            f"  {row['source']:<32} {row['share_frac']:>6.1%} -> {row['share_best_frac']:>6.1%}"
            for row in own
            if row["source"]
        ]
    return "\n".join(lines)


def mix_names(mixes: str) -> list[str]:
    """`all` or names with commas."""
    names = [name.strip() for name in mixes.split(",") if name.strip()]
    if not names:
        expected = f"all or names among {', '.join(shipped_structures())}"
        raise BadInput([Problem("--mixes", repr(mixes), expected)])
    return list(shipped_structures()) if names == ["all"] else names


def _plan_of(source: str) -> Path:
    """A folder or file as given; a case's name stands for its finished run in out/NAME, if that is the same case."""
    path = Path(source)
    if path.is_dir():
        check_digests(path, only=[NAME])
    if path.exists() or source not in shipped_cases():
        return path
    folder = Path("out") / source
    case = load_case(source)
    if not (folder / "summary.json").is_file():
        remedy = f"greengrid run {source} -o {folder}"
        raise BadInput([Problem(source, "no finished run of this case", f"one in {folder}", remedy)])
    if read_summary(folder).case.digest != case.digest:
        remedy = f"Name the folder itself, or greengrid run {source} -o {folder} --replace"
        raise BadInput([Problem(str(folder), "a run of another version of this case", "the same digest", remedy)])
    return folder


def _risk_text(risks: list[Risk]) -> str:
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


def _shown(value: float | None, form: str, scale: float) -> str:
    return "none" if value is None else form.format(value * scale)


def _text(comparison: Comparison) -> str:
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
