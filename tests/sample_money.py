"""Tables by which mixes are chosen, of the synthetic run: numbers of the right shape, none of them a result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Rows = list[dict[str, Any]]
FIRST_YEAR, YEARS, LOAN_YEARS = 2035, 30, 18
SIZES = ((1000.0, 40.0), (2000.0, 66.0), (4000.0, 130.0))
OUTLETS = ("RO", "TR", "gas replaced in Azerbaijan")
BLOWS = ("base case", "capex +25 %", "cable fault of 65 days in year 2", "all together")


def money_tables(mixes: Sequence[str]) -> dict[str, Rows]:
    """Every table of the pages on choosing."""
    return {
        "risk": [_risk(mix, k) for k, mix in enumerate(mixes)],
        "risk_years": [row for mix in mixes for row in _risk_years(mix)],
        "risk_curves": [row for mix in mixes for row in _curve(mix)],
        "covers": [row for mix in mixes for row in _covers(mix)],
        "waterfall": [row for mix in mixes for row in _waterfall(mix)],
        "downside": [row for mix in mixes for row in _downside(mix)],
        "optimum": [row for mix in mixes for row in _optimum(mix)],
        "revenue": _revenue(),
        "sizes": [_size(mixes[0], size, charge) for size, charge in SIZES],
        "size_frontier": [row for size, charge in SIZES for row in _frontier(mixes[0], size, charge)],
        "price_levels": [row for size, charge in SIZES for row in _levels(mixes[0], size, charge)],
        **_benefits(),
    }


def _risk(mix: str, k: int) -> dict[str, Any]:
    row: dict[str, Any] = {"mix": mix, "draws": 5000, "seed": 1}
    for measure, scale in (
        ("npv_prefinance_usd_nominal", 1e9),
        ("equity_npv_usd_nominal", 5e8),
        ("equity_irr_pa", 0.05),
        ("dscr_min_ratio", 1.0),
    ):
        row |= {f"{measure}_p10": -scale, f"{measure}_p50": 0.2 * scale, f"{measure}_p90": scale}
        row |= {f"{measure}_mean": 0.1 * scale, f"{measure}_exists_frac": 0.9}
    share = 0.0004 if k == 1 else 0.3
    return row | {
        "breach_probability_frac": 0.42,
        "default_probability_frac": share,
        "breach_probability_low_frac": 0.40,
        "breach_probability_high_frac": 0.44,
        "default_probability_low_frac": 0.9 * share,
        "default_probability_high_frac": 1.1 * share,
        "probability_error_frac": 0.007,
        "dscr_covenant_ratio": 1.2,
        "not_varied": "weather year: one year was dispatched | inflation",
    }


def _risk_years(mix: str) -> Rows:
    spread = (("p10", -0.4), ("p25", -0.2), ("p50", 0.0), ("p75", 0.2), ("p90", 0.4))
    return [
        {
            "mix": mix,
            "operating_year": year,
            "exists_frac": 1.0,
            **{f"{name}_ratio": 1.1 + 0.04 * year + shift for name, shift in spread},
            "below_covenant_frac": 0.3,
        }
        for year in range(1, LOAN_YEARS + 1)
    ]


def _curve(mix: str) -> Rows:
    return [
        {
            "mix": mix,
            "share_frac": share / 100,
            "npv_prefinance_usd_nominal": (share - 70) * 4e7,
            "equity_npv_usd_nominal": (share - 60) * 1e7,
            "equity_irr_pa": share / 1000,
            "dscr_min_ratio": share / 60,
        }
        for share in range(1, 100)
    ]


def _covers(mix: str) -> Rows:
    return [
        {
            "mix": mix,
            "year": FIRST_YEAR + k,
            "cfads_usd_nominal": 2.6e8 + 3e6 * k,
            "service_usd_nominal": 2.3e8,
            "dscr_ratio": 1.13 + 0.013 * k if k != 3 else 0.9,
            "llcr_ratio": 1.2 + 0.05 * k,
            "reserve_closing_usd_nominal": 1.1e8,
            "dscr_covenant_ratio": 1.2,
            "lock_up_ratio": 1.1,
            "below_covenant": 1.13 + 0.013 * k < 1.2 or k == 3,
        }
        for k in range(LOAN_YEARS)
    ]


def _waterfall(mix: str) -> Rows:
    names = (
        *("cfads", "net_vat_returned", "reserve_interest", "senior_paid", "subordinated_paid", "reserve_draw"),
        *("reserve_top_up", "reserve_release", "reserve_closing", "senior_arrears", "subordinated_arrears"),
        *("unfunded_cost", "swept", "retained", "dividends", "check"),
    )
    amounts = dict.fromkeys(names, 0.0) | {"cfads": 2.6e8, "senior_paid": 2.3e8, "dividends": 3e7}
    return [
        {"mix": mix, "year": FIRST_YEAR + k, **{f"{name}_usd_nominal": amounts[name] for name in names}}
        for k in range(YEARS)
    ]


def _downside(mix: str) -> Rows:
    return [
        {
            "mix": mix,
            "name": name,
            "change": "what is changed, in words",
            "dscr_min_ratio": 1.3 - 0.2 * k,
            "dscr_min_year": FIRST_YEAR + k,
            "llcr_min_ratio": 1.5 - 0.2 * k,
            "equity_irr_pa": None if k == 2 else 0.11 - 0.02 * k,
            "first_breach_year": None if k == 0 else 2036,
            "reserve_left_usd_nominal": 1e8 - 3e7 * k,
            "default_year": None if k < 2 else 2036,
            "unpaid_usd_nominal": 5e8 * k,
            "dscr_covenant_ratio": 1.2,
            "llcr_covenant_ratio": 1.3,
            "equity_target_pa": 0.1,
        }
        for k, name in enumerate(BLOWS)
    ]


def _optimum(mix: str) -> Rows:
    common = {"mix": mix, "goal": "charge", "unit": "USD/MWh real", "value": 41.0, "value_before": 48.2, "note": ""}
    return [
        {**common, "source": source, "share_frac": share, "share_best_frac": best, "bound": bound}
        for source, share, best, bound in (
            ("loan of a development bank", 0.6, 0.7, ""),
            ("grant", 0.1, 0.1, "its most"),
            ("owners", 0.3, 0.2, "its least"),
        )
    ]


def _revenue() -> Rows:
    return [
        {
            "stream": "take-or-pay capacity charge",
            "model": "capacity_charge",
            "counterparty": "shippers",
            "indexation_frac": 1.0,
            "year": FIRST_YEAR + k,
            "amount_usd_real": 3.4e8,
            "amount_usd_nominal": 3.4e8 * 1.02 ** (10 + k),
            "source": "assumption of the sample",
        }
        for k in range(YEARS)
    ]


def _size(mix: str, size: float, charge: float) -> dict[str, Any]:
    return {
        "capacity_mw": size,
        "own": size == 2000.0,
        "voltage_kv": 320.0 if size < 2000 else 525.0,
        "configuration": "symmetrical_monopole" if size < 2000 else "bipole",
        "poles": 1 if size < 2000 else int(size // 1000),
        "full_hours": 2000 if size < 2000 else 0,
        "received_mwh": 5.4e6,
        "availability_frac": 0.94,
        "capex_usd_real": 2.5e6 * size,
        "works_usd_real": 6e8,
        "lcot_usd_per_mwh": charge + 4,
        "mix": mix,
        "required_charge_usd_per_mwh": charge,
        "note": "",
    }


def _frontier(mix: str, size: float, charge: float) -> Rows:
    rows = []
    for k in range(13):
        at = 130.0 * k / 12
        share = None if at < 0.2 * charge else max(0.0, 0.9 * (1 - at / charge))
        rows.append(
            {
                "capacity_mw": size,
                "mix": mix,
                "charge_usd_per_mwh": at,
                "extra_grant_frac": share,
                "grants_frac": None if share is None else 0.1 + share,
                "extra_grant_usd_nominal": None if share is None else share * 3e6 * size,
                "binding_test": "running cost" if share is None else "minimum DSCR" if share else "",
                "note": "" if share is not None else "no grant closes the gap",
            }
        )
    return rows


def _levels(mix: str, size: float, charge: float) -> Rows:
    rows = []
    for number, outlet in enumerate(OUTLETS):
        for level in (0.8, 1.0, 1.25, 1.5, 2.0):
            affordable = 80.0 * (level - 1.1) + 5 * number
            share = None if affordable < 10 else max(0.0, 1 - affordable / charge)
            rows.append(
                {
                    "capacity_mw": size,
                    "outlet": outlet,
                    "own_outlet": number == 0,
                    "price_level_ratio": level,
                    "price_usd_per_mwh": 100.0 * level,
                    "affordable_charge_usd_per_mwh": affordable,
                    "affordable_low_usd_per_mwh": affordable - 150,
                    "affordable_high_usd_per_mwh": affordable + 90,
                    "mix": mix,
                    "required_charge_usd_per_mwh": charge,
                    "extra_grant_frac": share,
                    "grants_frac": share,
                    "extra_grant_usd_nominal": None if share is None else share * 3e6 * size,
                    "binding_test": "",
                    "note": "",
                }
            )
    return rows


def _benefits() -> dict[str, Rows]:
    countries = ("KZ", "UZ", "AZ", "GE", "rest_of_world")
    parts = ("consumers", "producers", "network", "links", "trade", "transit", "border_carbon")
    surplus = [
        {"country": country, "part": part, "amount_usd_real": 1e7 * ((3 * k + 5 * n) % 17 - 8)}
        for k, country in enumerate(countries)
        for n, part in enumerate(parts)
    ]
    shares = [
        {
            "key": key,
            "country": country,
            "gain_usd_real": 1e8 - 2e7 * k,
            "cost_usd_real": 1e8,
            "net_usd_real": -2e7 * k + 3e7 * n,
        }
        for n, key in enumerate(("thirds", "territory", "benefit", "compensate_losers"))
        for k, country in enumerate(countries[:4])
    ]
    whole = {
        "with_link": "sample",
        "without_link": "no-link",
        "surplus_usd_real": 2.4e8,
        "carbon_low_usd_real": 1e8,
        "carbon_usd_real": 5e8,
        "carbon_high_usd_real": 7e8,
        "emissions_change_tco2": -1.7e6,
        "curtailment_change_mwh": -4e6,
        "link_loss_change_mwh": 1.5e5,
        "ens_change_mwh": 0.0,
        "investment_usd_real": 5.7e9,
        "running_usd_real": 6.8e7,
        "err_pa": 0.093,
        "err_reason": "",
        "notes": "not calibrated to the official feasibility study | one weather year; every later year repeats it",
    }
    economic = [
        {
            "rate_pa": rate,
            "enpv_usd_real": 7e9 - 8e10 * rate,
            "enpv_without_carbon_usd_real": -2e9,
            "benefit_cost_ratio": 2.3 - 12 * rate,
        }
        for rate in (0.03, 0.05, 0.06, 0.09)
    ]
    owner = {
        "country": "KZ",
        "zone": "KZ-West",
        "capacity_mw": 2193.0,
        "floor_price_usd_per_mwh": 38.4,
        "confidence": "B",
        "without_curtailed_frac": 0.578,
        "with_curtailed_frac": 0.0,
        "without_capture_price_usd_per_mwh": None,
        "with_capture_price_usd_per_mwh": 45.6,
        "without_irr_real_pa": None,
        "with_irr_real_pa": 0.094,
        "without_sold_mwh": 3e6,
        "with_sold_mwh": 7e6,
    }
    developers = [{**owner, "technology": technology} for technology in ("solar", "wind_onshore")]
    return {
        "benefits": [whole],
        "benefits_surplus": surplus,
        "benefits_shares": shares,
        "benefits_economic": economic,
        "benefits_developers": developers,
    }
