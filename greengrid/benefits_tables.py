"""A comparison of two runs as tables in the folder of the run with the link, where its report shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from greengrid.errors import BadInput, Problem
from greengrid.kept_tables import keep_tables

if TYPE_CHECKING:
    from greengrid.benefits import Benefits
    from greengrid.developers import DeveloperRow


def keep(found: Benefits, folder: Path) -> tuple[str, ...]:
    """Writes the tables and their digests into a run's folder, replacing those of an earlier comparison.

    Raises `BadInput` for a comparison without costs, which is not about the financed link of the run's report, and
    where the folder cannot be written. Gives the names of the tables.
    """
    if found.costs_left_out:
        expected = "a comparison with and without the links that the run finances"
        raise BadInput([Problem(str(folder), found.costs_left_out, expected, "Leave out --keep")])
    tables = benefits_tables(found)
    keep_tables(folder, tables, COLUMNS)
    return tuple(tables)


COLUMNS: Mapping[str, Sequence[str]] = {"benefits_developers": ("country", "zone", "technology")}


def benefits_tables(found: Benefits) -> dict[str, list[dict[str, object]]]:
    """Tidy rows; real USD of the price base year, a year where the name says nothing else."""
    low, central, high = found.carbon_usd_real
    return {
        "benefits": [
            {
                "with_link": found.names[0],
                "without_link": found.names[1],
                "surplus_usd_real": found.surplus_total_usd_real,
                "carbon_low_usd_real": low,
                "carbon_usd_real": central,
                "carbon_high_usd_real": high,
                "emissions_change_tco2": sum(found.emissions_change_tco2.values()),
                "curtailment_change_mwh": found.curtailment_change_mwh,
                "link_loss_change_mwh": found.link_loss_change_mwh,
                "ens_change_mwh": found.ens_change_mwh,
                "investment_usd_real": found.investment_usd_real,
                "running_usd_real": found.running_usd_real,
                "err_pa": found.err_pa.value,
                "err_reason": found.err_pa.reason,
                "notes": " | ".join(found.notes),
            }
        ],
        "benefits_surplus": [
            {"country": country, "part": part, "amount_usd_real": amount}
            for country, parts in found.surplus_usd_real.items()
            for part, amount in parts.items()
        ],
        "benefits_shares": [
            {
                "key": share.key,
                "country": share.country,
                "gain_usd_real": share.gain_usd_real,
                "cost_usd_real": share.cost_usd_real,
                "net_usd_real": share.net_usd_real,
            }
            for share in found.shares
        ],
        "benefits_economic": [
            {
                "rate_pa": each.rate_pa,
                "enpv_usd_real": each.enpv_usd_real,
                "enpv_without_carbon_usd_real": each.enpv_without_carbon_usd_real,
                "benefit_cost_ratio": each.benefit_cost_ratio,
            }
            for each in found.economic
        ],
        "benefits_developers": [_pair(own, other) for own, other in found.developers],
    }


def _pair(own: DeveloperRow, other: DeveloperRow) -> dict[str, object]:
    """One kind of plant and zone, with the link and without it."""
    return {
        "country": own.country,
        "zone": own.zone,
        "technology": own.technology,
        "capacity_mw": own.capacity_mw,
        "floor_price_usd_per_mwh": own.floor_price_usd_per_mwh,
        "confidence": own.confidence,
        **{
            f"{way}_{name}": getattr(row, name)
            for way, row in (("without", other), ("with", own))
            for name in ("curtailed_frac", "capture_price_usd_per_mwh", "irr_real_pa", "sold_mwh")
        },
    }
