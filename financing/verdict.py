"""passes | fails, and the test that decides."""

from __future__ import annotations

from collections.abc import Iterator

from financing.operation import TEST_TOLERANCE, Outcome, equity_target_pa
from financing.result import Measures, Test, Verdict

DEFAULT_WORDS = "default in"
REVENUE_WORDS = "the mix requires revenue of"


def verdict_of(outcome: Outcome, measures: Measures) -> Verdict:
    """All tests of a mix in order of weight; the first that fails decides."""
    tests = tuple(_tests(outcome, measures))
    failed = [test for test in tests if not test.passed]
    deciding = failed[0].words if failed else "; ".join(test.words for test in tests[-2:])
    return Verdict(not failed, deciding, tests)


def breaks_down(deciding: str) -> bool:
    """Whether the words of the deciding test tell of a default, or of a mix that the plan's revenue rules out before
    defaults are asked for."""
    return deciding.startswith((DEFAULT_WORDS, REVENUE_WORDS))


def _tests(outcome: Outcome, measures: Measures) -> Iterator[Test]:
    yield from _revenue_test(outcome)
    yield _default_test(outcome)
    covenants = outcome.model.structure.covenants
    cover = measures.cover
    if covenants.dscr_min_ratio is not None and cover.least.value is not None:
        wanted = covenants.dscr_min_ratio
        words = f"minimum DSCR {cover.least.value:.2f} in {cover.least_year} against a covenant of {wanted:.2f}"
        yield Test("minimum DSCR", cover.least.value >= wanted - TEST_TOLERANCE, words)
    llcr = measures.llcr_min_ratio.value
    if covenants.llcr_min_ratio is not None and llcr is not None:
        wanted = covenants.llcr_min_ratio
        words = f"minimum LLCR {llcr:.2f} in {measures.llcr_min_year} against a covenant of {wanted:.2f}"
        yield Test("minimum LLCR", llcr >= wanted - TEST_TOLERANCE, words)
    yield from _equity_test(outcome, measures)
    yield from _debt_burden_test(measures, covenants.public_debt_max_frac_of_gdp)
    yield from _affordability_test(measures)


def _revenue_test(outcome: Outcome) -> Iterator[Test]:
    wanted = outcome.model.structure.requires_revenue
    if not wanted:
        return
    models = sorted({stream.model for stream in outcome.model.project.plan.revenue})
    words = f"{REVENUE_WORDS} {' or '.join(wanted)}; the plan has {', '.join(models) or 'none'}"
    yield Test("revenue model", any(model in wanted for model in models), words)


def _default_test(outcome: Outcome) -> Test:
    fall, timeline = outcome.waterfall, outcome.model.timeline
    period = fall.default_period
    if period is None:
        later = fall.deferred_periods
        words = "debt service and running cost are paid in full"
        words += f", subordinated service late in {later} periods" if later else ", on time"
        return Test("default", True, words)
    year = outcome.model.project.plan.operation_first_year + period // timeline.payments_per_year
    unpaid = fall.senior_arrears[period] + fall.subordinated_arrears[period] + fall.unfunded_cost[period]
    return Test("default", False, f"{DEFAULT_WORDS} {year}: {unpaid / 1e6:,.1f} M USD stay unpaid after the reserve")


def _equity_test(outcome: Outcome, measures: Measures) -> Iterator[Test]:
    target_pa = equity_target_pa(outcome.model)
    if target_pa is None:
        return
    reached = measures.equity_irr_pa
    if reached.value is None:
        worth = measures.equity_npv_usd_nominal.value or 0.0
        words = f"equity IRR: {reached.reason}; NPV at the required {target_pa:.1%} is {worth / 1e6:,.0f} M USD"
        yield Test("equity IRR", worth >= 0.0, words)
        return
    words = f"equity IRR {reached.value:.2%} against a required {target_pa:.2%}"
    yield Test("equity IRR", reached.value >= target_pa - TEST_TOLERANCE, words)


def _debt_burden_test(measures: Measures, limit_frac: float | None) -> Iterator[Test]:
    """Of the borrower that comes closest to the limit; debt at completion against GDP and public debt of today."""
    after = [
        (debt.gdp_frac + debt.public_debt_frac_of_gdp, debt)
        for debt in measures.sovereign_debt
        if debt.gdp_frac is not None and debt.public_debt_frac_of_gdp is not None
    ]
    if limit_frac is None or not after:
        return
    reached, worst = max(after, key=lambda pair: pair[0])
    words = (
        f"public debt of {worst.country} rises from {worst.public_debt_frac_of_gdp:.1%} to {reached:.1%} of GDP "
        f"against a limit of {limit_frac:.0%}"
    )
    yield Test("debt burden", reached <= limit_frac, words)


def _affordability_test(measures: Measures) -> Iterator[Test]:
    affordable, required = measures.affordable_charge_usd_per_mwh.value, measures.required_charge_usd_per_mwh
    if affordable is None:
        return
    if required.value is None:
        yield Test("affordability", False, f"required charge: {required.reason}")
        return
    words = f"requires {required.value:.2f} USD/MWh; the chain can afford {affordable:.2f}"
    yield Test("affordability", required.value <= affordable, words)
