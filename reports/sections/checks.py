"""Every check of the calculation beside its tolerance: what makes a figure of these pages stand or fall."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from reports.content import Column, Page, Table
from reports.language import say, word
from reports.numbers import NOT_APPLICABLE, number, scientific
from reports.results import Results, link_name
from reports.sections.source_line import source_line
from reports.sentences import GAP_TARGET, RESIDUAL_TOLERANCE_MW

LINK_TOLERANCE_FRAC = 1e-5
"""Single precision of the hourly tables."""
MONEY_TOLERANCE_USD = 1.0


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    unit: str
    value: float
    tolerance: float | None
    """None: no bound, the value is told."""

    @property
    def holds(self) -> bool:
        return self.tolerance is None or abs(self.value) <= self.tolerance


def checks(results: Results) -> tuple[Page, ...]:
    """One page."""
    found = [*_of_dispatch(results), *_of_links(results), *_of_ac(results), *_of_money(results)]
    broken = [check for check in found if not check.holds]
    page = Page(
        "Checks",
        _headline(found, broken),
        "Each check is made again here from the run's tables; a check without tolerance is told, not judged.",
        (_table(found),),
        source_line(results, "summary.json, links_sent, links_received, mixes, tranches, balances"),
    )
    return (page,)


def _headline(found: list[Check], broken: list[Check]) -> str:
    bounded = sum(1 for check in found if check.tolerance is not None)
    if not broken:
        return say("All {count} checks with a tolerance hold", count=bounded)
    names = ", ".join(check.name for check in broken[:3])
    return say("{broken} of {count} checks fail: {names}", broken=len(broken), count=bounded, names=names)


def _of_dispatch(results: Results) -> list[Check]:
    facts = results.summary["dispatch"]
    return [
        Check(word("Gap of the dispatch"), word("of its cost"), results.gap_frac, GAP_TARGET),
        Check(
            word("Largest residual of a node's balance"),
            word("MW"),
            float(facts["balance_residual_max_mw"]),
            RESIDUAL_TOLERANCE_MW,
        ),
        Check(word("Energy not served"), word("MWh"), float(facts["ens_mwh"] or 0.0), None),
    ]


def _of_links(results: Results) -> list[Check]:
    """What a link takes in, gives out and loses must add up."""
    found = []
    for link in results.links:
        name = str(link["name"])
        facts = results.summary["links"][name]
        sent = float(sum(results.hourly["links_sent"][f"{name}:{way}"].sum() for way in ("forward", "reverse")))
        if sent <= 0:
            continue
        told = float(facts["sent_mwh"])
        label = say("{link}: energy of the hours against the year's", link=link_name(name))
        found.append(Check(label, word("of the year's"), sent / told - 1.0 if told else 1.0, LINK_TOLERANCE_FRAC))
        against = sum(results.received_mwh(name)) - float(facts["received_mwh"])
        label = say("{link}: energy received, hours against the year's", link=link_name(name))
        found.append(Check(label, word("of the year's"), against / told if told else 1.0, LINK_TOLERANCE_FRAC))
    return found


def _of_ac(results: Results) -> list[Check]:
    facts = results.summary.get("security") or {}
    checked = int(facts.get("hours_checked") or 0)
    if not checked:
        return []
    unsolved = float(checked - int(facts.get("hours_converged") or 0))
    return [Check(word("Checked hours without an AC solution"), word("h"), unsolved, 0.0)]


def _of_money(results: Results) -> list[Check]:
    """Sources equal uses, and every loan ends at nothing."""
    raised: dict[str, float] = defaultdict(float)
    equity = set()
    for row in results.static.get("tranches", ()):
        raised[str(row["mix"])] += float(row["amount_usd_nominal"])
        if str(row["kind"]) == "equity":
            equity.add((str(row["mix"]), str(row["tranche"])))
    found = [
        Check(
            say("{mix}: sources less uses", mix=row["mix"]),
            "USD",
            raised[str(row["mix"])] - float(row["uses_usd_nominal"]),
            MONEY_TOLERANCE_USD,
        )
        for row in results.static.get("mixes", ())
        if row.get("uses_usd_nominal") is not None and str(row["mix"]) in raised
    ]
    last: dict[tuple[str, str], tuple[int, float]] = {}
    for row in results.static.get("balances", ()):
        key = (str(row["mix"]), str(row["tranche"]))
        if key not in equity:
            last[key] = max(last.get(key, (0, 0.0)), (int(row["year"]), float(row["closing_usd_nominal"])))
    left: dict[str, float] = defaultdict(float)
    for (mix, _), (_, closing) in last.items():
        left[mix] += closing
    ends = (Check(say("{mix}: debt left at the end", mix=mix), "USD", left[mix], None) for mix in sorted(left))
    return [*found, *ends]


def _table(found: list[Check]) -> Table:
    columns = (
        Column("Check", width=2.4),
        Column("Value", numeric=True),
        Column("Tolerance", numeric=True),
        Column("In", width=1),
        Column("Holds"),
    )
    rows = tuple(
        (
            check.name,
            _amount(check),
            NOT_APPLICABLE if check.tolerance is None else _small(check.tolerance),
            check.unit,
            word("told") if check.tolerance is None else word("yes") if check.holds else word("NO"),
        )
        for check in found
    )
    return Table("Checks of the calculation", columns, rows, small=True)


def _amount(check: Check) -> str:
    return _small(check.value) if check.tolerance is not None else number(check.value, "count")


def _small(value: float) -> str:
    return number(value, "count") if value == int(value) else scientific(value)
