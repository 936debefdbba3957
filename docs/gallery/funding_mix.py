"""A funding mix of your own beside a shipped one, on a run of a whole year."""

from pathlib import Path

from greengrid import load_case, run

MIX = """
name = "mine"
title = "Nine tenths development bank, one tenth equity"
description = "Made up for this example."
eligibility = "Made up for this example."
leg = "caspian"
payments_per_year = 2
draw_order = "pro_rata"
dsra_months = 6
maintenance_reserve_years = 5
reserve_interest_pa = 0.03

[covenants]
dscr_min_ratio = 1.2
lock_up_dscr_ratio = 1.1
public_debt_max_frac_of_gdp = 0.6

[borrowers]
KZ = 0.5
AZ = 0.5

[[sources]]
name = "IBRD loan"
kind = "sovereign_loan"
term = "IBRD_IFL"
share_frac = 0.9
on_lending_margin_pa = 0.005
guarantee = "GOV_GUAR"

[[sources]]
name = "Equity of the grid companies"
kind = "equity"
term = "EQUITY_TSO"
share_frac = 0.1
"""


def main(folder: Path) -> dict[str, float | None]:
    """Gives the charge that each mix requires, in USD/MWh."""
    finished = run(load_case("tiny", {"hours": "all", "ac_hours": 0}), folder / "year")
    own = folder / "mine.toml"
    own.write_text(MIX, encoding="utf-8")
    required = {}
    for result in finished.compare_mixes("blended", own).results:
        required[result.mix] = result.measures.required_charge_usd_per_mwh.value
        print(f"{result.mix}: requires {required[result.mix]:.1f} USD/MWh")
    return required


if __name__ == "__main__":
    main(Path("out"))
