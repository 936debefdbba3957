"""Several funding mixes on the same project, side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from financing.loading import load_structure
from financing.package import finance
from financing.plan import Plan
from financing.problems import FinancingProblem, FinancingProblems
from financing.result import FinanceResult
from financing.structure import Structure

UNITS = {"_usd_nominal": "USD nominal", "_usd_per_mwh": "USD/MWh real", "_pa": "1/year", "_ratio": "1", "_frac": "1"}
HIGHER_IS_BETTER = (
    "npv_usd_nominal",
    "equity_npv_usd_nominal",
    "equity_irr_pa",
    "dscr_min_ratio",
    "dscr_average_ratio",
    "llcr_min_ratio",
    "grant_element_frac",
)
LOWER_IS_BETTER = ("required_charge_usd_per_mwh", "extra_grant_usd_nominal", "cost_of_capital_pa")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Results in the order asked for. The project before financing is the same in all of them."""

    results: tuple[FinanceResult, ...]

    @property
    def npv_prefinance_usd_nominal(self) -> float:
        """Worth of the project before financing, the same for every mix."""
        return self.results[0].measures.npv_prefinance_usd_nominal

    def summary(self) -> dict[str, dict[str, object]]:
        """Mix -> its entry of a run's summary."""
        return {result.mix: result.summary() for result in self.results}

    def rows(self) -> list[dict[str, object]]:
        """Tidy rows: mix, measure, value, unit, reason (why there is no value)."""
        rows = []
        for result in self.results:
            flat = result.mix_row()
            for key, value in flat.items():
                if key == "mix" or key.endswith("_reason"):
                    continue
                unit = next((unit for suffix, unit in UNITS.items() if key.endswith(suffix)), "")
                reason = flat.get(f"{key}_reason", "")
                rows.append({"mix": result.mix, "measure": key, "value": value, "unit": unit, "reason": reason})
        return rows

    def ranked_by(self, measure: str) -> tuple[str, ...]:
        """Mixes from best to worst by one measure of the summary; those without a value come last.

        Raises ValueError for a measure that has no better and worse.
        """
        if measure not in (*HIGHER_IS_BETTER, *LOWER_IS_BETTER):
            known = ", ".join((*HIGHER_IS_BETTER, *LOWER_IS_BETTER))
            raise ValueError(f"cannot rank by {measure!r}; known: {known}")
        sign = -1.0 if measure in HIGHER_IS_BETTER else 1.0

        def key(result: FinanceResult) -> tuple[bool, float]:
            value = result.mix_row()[measure]
            return (True, 0.0) if not isinstance(value, float) else (False, sign * value)

        return tuple(result.mix for result in sorted(self.results, key=key))


def compare(plan: Plan, structures: Iterable[Structure | str | Path]) -> Comparison:
    """Finances one plan with several mixes, given as structures, shipped names or paths.

    Raises FinancingProblems with the problems of all mixes together, or where two mixes bear the same name.
    """
    problems: list[FinancingProblem] = []
    results: list[FinanceResult] = []
    for given in structures:
        try:
            structure = given if isinstance(given, Structure) else load_structure(given)
            results.append(finance(plan, structure))
        except FinancingProblems as error:
            problems += [problem for problem in error.problems if problem not in problems]
    names = [result.mix for result in results]
    problems += [
        FinancingProblem("mixes", f"the name {name!r} twice", "a name of its own for each mix")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if not names and not problems:
        problems.append(FinancingProblem("mixes", "none", "at least one funding mix"))
    if problems:
        raise FinancingProblems(problems)
    return Comparison(tuple(results))
