"""An expansion as a folder: expansion.json, tables as CSV, and the case that `greengrid run` takes."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from greengrid.case import Case, check_case
from greengrid.expansion.study import YEAR_TOLERANCE_FRAC, Expansion
from greengrid.store import write_case, write_json

MARK = "expansion.json"
NETWORK = "network"


def write(expansion: Expansion, original: Case, folder: Path, place: Path) -> None:
    """Everything into `folder`, which will stand at `place`."""
    write_json(folder / MARK, as_record(expansion))
    _write_csv(folder / "candidates.csv", candidate_rows(expansion))
    _write_csv(folder / "trials.csv", _trial_rows(expansion))
    write_case(folder, _final_case(expansion, original, folder, place))


def _final_case(expansion: Expansion, original: Case, folder: Path, place: Path) -> Case:
    """On the case's own tables if nothing that they lack was chosen, else on the copy beside it."""
    content = expansion.case.model_dump(mode="json", exclude_none=True)
    added = [each.name for each in expansion.candidates if each.added]
    if any(expansion.case.plant[name].capacity_mw > 0 for name in added):
        content["network"] = str(place / NETWORK)
        # The tables stand where the case will look for them only when all is in place.
        return Case.model_validate(content)
    shutil.rmtree(folder / NETWORK, ignore_errors=True)
    content["network"] = original.network
    for name in added:
        content["plant"].pop(name, None)
    return check_case(content, "the expanded case")


def candidate_rows(expansion: Expansion) -> list[dict[str, object]]:
    """One row per candidate: capacity, bounds, cost and worth of one more MW."""
    rows: list[dict[str, object]] = []
    package = package_usd_per_mw(expansion)
    triples = zip(
        expansion.candidates, expansion.found.capacity_mw.tolist(), expansion.worth_usd_per_mw.tolist(), strict=True
    )
    for each, capacity_mw, worth in triples:
        rows.append(
            {
                "name": each.name,
                "kind": each.kind,
                "place": each.place,
                "capacity_mw": capacity_mw,
                "reference_mw": each.reference_mw,
                "most_mw": each.most_mw,
                "annual_usd_real_per_mw": each.annual_usd_per_mw,
                "package_usd_real_per_mw": package if each.kind == "link" else 0.0,
                "worth_usd_real_per_mw": worth,
                "confidence": each.confidence,
                "source": each.source,
            }
        )
    return rows


def package_usd_per_mw(expansion: Expansion) -> float:
    """Slope of the inland package's envelope at the chosen size, upwards; 0 where none is built."""
    size = expansion.found.capacity_mw
    slopes = [(line.constant_usd + float(line.slope_usd_per_mw @ size), line) for line in expansion.box.lines]
    if not slopes:
        return 0.0
    largest = max(value for value, _ in slopes)
    return max(float(line.slope_usd_per_mw[-1]) for value, line in slopes if value >= largest - 1e-6)


def _trial_rows(expansion: Expansion) -> list[dict[str, object]]:
    names = [f"{each.name}_mw" for each in expansion.candidates]
    return [
        {
            "trial": number,
            "cost_usd_real": trial.cost_usd,
            "best_usd_real": trial.best_usd,
            "lower_bound_usd_real": trial.lower_bound_usd,
            **dict(zip(names, trial.capacity_mw.tolist(), strict=True)),
        }
        for number, trial in enumerate(expansion.found.trials, 1)
    ]


def as_record(expansion: Expansion) -> dict[str, object]:
    """The whole as plain values."""
    found, year = expansion.found, expansion.year
    investment = expansion.box.investment_usd(found.capacity_mw)
    return {
        "cost_usd_real": found.cost_usd,
        "lower_bound_usd_real": found.lower_bound_usd,
        "gap_frac": found.gap_frac,
        "gap_of_investment_frac": (found.cost_usd - found.lower_bound_usd) / investment if investment > 0 else None,
        "investment_usd_real": investment,
        "operation_usd_real": expansion.operation_usd,
        "trials": len(found.trials),
        "rate_real_pa": expansion.settings.rate_real_pa,
        "package_mw": expansion.package_mw,
        "packages": [
            {
                "package_mw": each.package_mw,
                "cost_usd_real": each.cost_usd,
                "lower_bound_usd_real": each.lower_bound_usd,
            }
            for each in expansion.packages
        ],
        "candidates": candidate_rows(expansion),
        "weeks": [
            {"season": week.season, "first_hour": week.first_hour, "weight": week.weight} for week in expansion.weeks
        ],
        "year": None
        if year is None
        else {
            "operation_usd_real": year.operation_usd,
            "estimate_usd_real": year.estimate_usd,
            "difference_frac": year.difference_frac,
            "tolerance_frac": YEAR_TOLERANCE_FRAC,
            "within_tolerance": year.within_tolerance,
            "gap_frac": year.gap_frac,
            "saving_usd_real": year.saving_usd,
            "saving_estimate_usd_real": year.saving_estimate_usd,
        },
    }


def _write_csv(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
