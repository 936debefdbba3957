"""What may be changed about a mix: limits of each source and over kinds of money, as rows of a linear program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from financing.countries import load_countries
from financing.lender_rules import EIB_SHARE_MAX_FRAC
from financing.shadow_prices import Row
from financing.structure import Source, Structure

SOVEREIGN_KINDS = ("concessional_loan", "sovereign_loan", "green_bond")
WIDEST_FACTOR = 2.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be changed: (least, most) share of uses by source, and limits over kinds."""

    share: Mapping[str, tuple[float, float]]
    concessional_min_frac: float = 0.0
    """Grants and concessional loans together."""
    equity_min_frac: float = 0.0
    gearing_max_frac: float = 1.0
    sovereign_debt_max_frac_of_gdp: float | None = None
    """New sovereign-backed debt of each borrower, against its GDP."""
    sovereign_debt_max_usd: Mapping[str, float] = field(default_factory=dict)
    """The same in money, by borrower."""
    amount_max_usd: Mapping[str, float] = field(default_factory=dict)
    """Of a source."""
    tenor_max_years: Mapping[str, float] = field(default_factory=dict)
    """Of a loan; grace shortens with it."""
    dscr_min_ratio: float | None = None
    """In place of the mix's own covenant, as the next."""
    llcr_min_ratio: float | None = None

    @property
    def named(self) -> frozenset[str]:
        """Sources that have a limit of their own."""
        return frozenset((*self.share, *self.amount_max_usd, *self.tenor_max_years))


def usual_limits(structure: Structure) -> Limits:
    """Half to twice what the mix states, no more grant than it states, equity at least half: nobody has offered more.

    An assumption in place of lenders' answers; state your own limits where you have them.
    """
    share = {}
    for source in structure.sources:
        most = source.share_frac if source.kind == "grant" else min(1.0, WIDEST_FACTOR * source.share_frac)
        share[source.name] = (source.share_frac / WIDEST_FACTOR, most)
    owned = sum(source.share_frac for source in structure.sources if source.kind == "equity")
    cap = structure.covenants.gearing_max_frac
    return Limits(share, equity_min_frac=owned / WIDEST_FACTOR, gearing_max_frac=1.0 if cap is None else cap)


def for_structure(limits: Limits, structure: Structure) -> Limits:
    """Limits given for several mixes as they hold for one: its own sources, the usual range where none is given."""
    usual = usual_limits(structure)
    own = {source.name for source in structure.sources}

    def kept(values: Mapping[str, float]) -> dict[str, float]:
        return {name: value for name, value in values.items() if name in own}

    return replace(
        limits,
        share={name: limits.share.get(name, usual.share[name]) for name in usual.share},
        amount_max_usd=kept(limits.amount_max_usd),
        tenor_max_years=kept(limits.tenor_max_years),
    )


def limited(structure: Structure, limits: Limits) -> Structure:
    """The mix with the tenors and covenants of the limits."""
    covenants = replace(
        structure.covenants,
        dscr_min_ratio=structure.covenants.dscr_min_ratio if limits.dscr_min_ratio is None else limits.dscr_min_ratio,
        llcr_min_ratio=structure.covenants.llcr_min_ratio if limits.llcr_min_ratio is None else limits.llcr_min_ratio,
    )
    sources = tuple(_shortened(source, limits.tenor_max_years.get(source.name)) for source in structure.sources)
    return replace(structure, sources=sources, covenants=covenants)


def _shortened(source: Source, most_years: float | None) -> Source:
    if most_years is None or not source.is_debt or source.tenor_years <= most_years:
        return source
    grace = source.grace_years * most_years / source.tenor_years
    return replace(source, tenor_years=most_years, grace_years=grace)


def limit_rows(structure: Structure, limits: Limits, uses_usd: float) -> list[Row]:
    """Limits over kinds of money and of amounts, on the shares and the charge."""
    sources = structure.sources
    kinds = np.array([source.kind for source in sources])
    debt = np.array([source.is_debt for source in sources], dtype=np.float64)
    soft = np.isin(kinds, ("grant", "concessional_loan")).astype(np.float64)
    owned = (kinds == "equity").astype(np.float64)
    rows = [
        (-soft, -limits.concessional_min_frac, "grants and concessional loans, least"),
        (-owned, -limits.equity_min_frac, "owners' money, least"),
        (debt, limits.gearing_max_frac, "all loans, most"),
    ]
    bank = np.array(["EIB" in source.lender and source.is_debt for source in sources], dtype=np.float64)
    if bank.any():
        rows.append((bank, EIB_SHARE_MAX_FRAC, "loans of the EIB, most"))
    for number, source in enumerate(sources):
        if source.name in limits.amount_max_usd:
            most = limits.amount_max_usd[source.name] / uses_usd
            rows.append((np.eye(len(sources))[number], most, f"amount of {source.name}, most"))
    rows += [
        (np.isin(kinds, SOVEREIGN_KINDS) * share, most / uses_usd, f"sovereign-backed debt of {country}, most")
        for country, share, most in _of_borrowers(structure, limits)
    ]
    return [Row(np.append(coefficients, 0.0) * uses_usd, bound * uses_usd, name) for coefficients, bound, name in rows]


def _of_borrowers(structure: Structure, limits: Limits) -> list[tuple[str, float, float]]:
    """(country, share of the sovereign-backed debt, most of it in USD) of every borrower with a limit."""
    found = []
    for country, share in structure.borrowers:
        row, most = load_countries().get(country), limits.sovereign_debt_max_usd.get(country)
        bounds = [] if most is None else [most]
        if limits.sovereign_debt_max_frac_of_gdp is not None and row is not None:
            bounds.append(limits.sovereign_debt_max_frac_of_gdp * row.gdp_usd)
        if bounds and share > 0.0:
            found.append((country, share, min(bounds)))
    return found
