"""Reading a funding mix: TOML in, checked `Structure` out, or every problem at once."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from financing.lender_rules import rule_problems
from financing.mix_file import MixEntry, SourceEntry, problems_of
from financing.problems import FinancingProblem, FinancingProblems
from financing.structure import CURRENCIES, DEBT_KINDS, Covenants, Source, Structure, Sweep
from financing.terms import Term, base_rates_pa, load_terms

if TYPE_CHECKING:
    from collections.abc import Iterable

STRUCTURES_FOLDER = Path(__file__).with_name("structures")
FROM_TERM = ("tenor_years", "grace_years", "front_end_fee_frac", "commitment_fee_pa", "guarantee_fee_pa")
ALWAYS_STATED = {
    "sovereign_loan": ("on_lending_margin_pa",),
    "concessional_loan": ("on_lending_margin_pa",),
    "green_bond": ("issue_cost_frac", "second_party_opinion_usd", "verification_usd_pa"),
}
MONEY_MARKET = ("SOFR", "EURIBOR")
PLAIN = ("name", "kind", "share_frac", "term", "lender", "currency", "source", "drawn")
OF_KIND = {"grant": PLAIN, "equity": (*PLAIN, "target_irr_pa", "withholding_tax_frac")}
OF_BONDS = ("greenium", "greenium_pa", "placed_frac", "backstop")
OF_STYLE = {"sculpted": "dscr_target_ratio", "sinking_fund": "sinking_fund_rate_pa", "custom": "principal_frac"}


def shipped_structures() -> tuple[str, ...]:
    """Names of the shipped mixes, sorted."""
    return tuple(sorted(path.stem for path in STRUCTURES_FOLDER.glob("*.toml")))


def structure_path(name_or_path: str | Path) -> Path:
    """The TOML file of a shipped mix's name, or of a path that ends in .toml; it need not exist."""
    path = Path(name_or_path)
    return path if path.suffix == ".toml" else STRUCTURES_FOLDER / f"{name_or_path}.toml"


def load_structure(name_or_path: str | Path) -> Structure:
    """A shipped mix by name, or a user's own by the path of its TOML file.

    Raises FinancingProblems with every problem found: a file that is missing or no TOML, unknown keys, currencies,
    instruments or term ids, NaN, negative rates, a tenor not longer than its grace, shares not summing to one,
    a cover target below one, gearing above its cap, broken lender rules.
    """
    path = structure_path(name_or_path)
    if Path(name_or_path).suffix != ".toml" and str(name_or_path) not in shipped_structures():
        expected = f"one of {', '.join(shipped_structures())}, or the path of a .toml file"
        raise FinancingProblems([FinancingProblem("funding mix", repr(str(name_or_path)), expected)])
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FinancingProblems([FinancingProblem(str(path), str(error), "a readable TOML file in UTF-8")]) from error
    return structure_from(data, path.name)


def structure_from(data: Mapping[str, Any], file: str = "funding mix") -> Structure:
    """A mix from the content of its file. Raises FinancingProblems like `load_structure`."""
    try:
        mix = MixEntry.model_validate(dict(data))
    except ValidationError as error:
        raise FinancingProblems(problems_of(error, file)) from error
    problems: list[FinancingProblem] = []
    rates_pa = {name: (rate,) for name, rate in (base_rates_pa() | mix.base_rates).items()} | mix.base_paths
    sources = tuple(
        _Resolver(entry, f"{file} sources.{number} ({entry.name})", rates_pa, problems).source()
        for number, entry in enumerate(mix.sources)
    )
    structure = Structure(
        name=mix.name,
        title=mix.title,
        description=" ".join(mix.description.split()),
        payments_per_year=mix.payments_per_year,
        draw_order=mix.draw_order,
        dsra_months=mix.dsra_months,
        maintenance_reserve_years=mix.maintenance_reserve_years,
        reserve_interest_pa=mix.reserve_interest_pa,
        requires_revenue=mix.requires_revenue,
        eligibility=" ".join(mix.eligibility.split()),
        covenants=Covenants(**mix.covenants.model_dump()),
        **_currency_paths(mix),
        borrowers=tuple(mix.borrowers.items()),
        sources=sources,
        file=file,
        sweep=None if mix.sweep is None else Sweep(**mix.sweep.model_dump()),
    )
    problems += rule_problems(structure, mix, file)
    if problems:
        raise FinancingProblems(problems)
    return structure.with_bonds_placed()


def _currency_paths(mix: MixEntry) -> dict[str, Any]:
    """The three ways to state a currency's path, as fields of the structure."""
    constant, forward, parity = [], [], []
    for code, entry in mix.currencies.items():
        if entry.appreciation_pa is not None:
            constant.append((code, entry.appreciation_pa))
        if entry.inflation_pa is not None:
            parity.append((code, entry.inflation_pa))
        if entry.forward_usd:
            rises = tuple(after / before - 1.0 for before, after in itertools.pairwise(entry.forward_usd))
            forward.append((code, rises))
    return {
        "appreciation_pa": tuple(constant),
        "forward_rise_pa": tuple(forward),
        "parity_inflation_pa": tuple(parity),
    }


class _Resolver:
    """Fills one source from its term row, noting every gap as a problem and every default as origin."""

    def __init__(
        self,
        entry: SourceEntry,
        where: str,
        rates_pa: Mapping[str, tuple[float, ...]],
        problems: list[FinancingProblem],
    ) -> None:
        self.entry, self.where, self.rates_pa, self.problems = entry, where, rates_pa, problems
        self.term = self._row(entry.term, "term", self._kinds_of_term())

    def _kinds_of_term(self) -> tuple[str, ...]:
        return DEBT_KINDS if self.entry.kind in DEBT_KINDS else (self.entry.kind,)

    def _problem(self, field: str, found: str, expected: str, remedy: str = "") -> None:
        self.problems.append(FinancingProblem(f"{self.where} {field}", found, expected, remedy))

    def _row(self, term_id: str | None, field: str, kinds: Iterable[str]) -> Term | None:
        if term_id is None:
            return None
        term = load_terms().get(term_id)
        if term is None or term.kind not in kinds:
            found = repr(term_id) if term is None else f"{term_id}, a {term.kind} row"
            known = sorted(row.id for row in load_terms().values() if row.kind in kinds)
            self._problem(field, found, f"one of {', '.join(known)}")
            return None
        return term

    def _number(self, field: str, required: bool = True) -> float:
        own = getattr(self.entry, field)
        value = own if own is not None else getattr(self.term, field, None)
        if value is None and required:
            row = f"term {self.term.id} gives none" if self.term else "no term row named"
            self._problem(field, "nothing", f"a number ({row})", f"State {field} in the mix")
        return float(value) if value is not None else 0.0

    def _rate_pa(self) -> tuple[float, bool, tuple[float, ...]]:
        """Contract rate at signing, whether it is priced by the market at signing or later, and the steps of a base
        rate whose path is stated."""
        base = self.entry.base or (self.term.base if self.term else "")
        moves = base not in ("fixed", "") or self.entry.kind in ("green_bond", "commercial_loan", "mezzanine")
        if self.entry.rate_pa is not None:
            return self.entry.rate_pa, moves, ()
        margin_pa = self.entry.margin_pa
        if margin_pa is None and self.term is not None:
            margin_pa = self.term.rate_central_pa
        if margin_pa is None:
            self._problem("rate_pa", "nothing", "a rate, or a term row that gives one", "State rate_pa in the mix")
            return 0.0, moves, ()
        if base == "fixed":
            return margin_pa, moves, ()
        if base not in self.rates_pa:
            self._problem("base", repr(base), f'"fixed" or one of {", ".join(sorted(self.rates_pa))}')
            return 0.0, moves, ()
        path = self.rates_pa[base]
        steps = tuple(level - path[0] for level in path) if len(path) > 1 else ()
        return path[0] + margin_pa, moves, steps

    def _day_count(self) -> str:
        """As stated, else that of the money market the loan is priced over, else of bonds and fixed loans."""
        if self.entry.day_count is not None:
            return self.entry.day_count
        base = self.entry.base or (self.term.base if self.term else "")
        return "act/360" if base.startswith(MONEY_MARKET) else "30/360"

    def _greenium_pa(self) -> float:
        row = self._row(self.entry.greenium, "greenium", ("greenium",))
        if self.entry.greenium_pa is not None:
            return self.entry.greenium_pa
        return row.rate_central_pa or 0.0 if row else 0.0

    def _guarantee_fee_pa(self) -> float:
        row = self._row(self.entry.guarantee, "guarantee", ("guarantee",))
        if self.entry.guarantee_fee_pa is None and row is not None:
            return row.guarantee_fee_pa or 0.0
        return self._number("guarantee_fee_pa")

    def _currency(self) -> str:
        currency = self.entry.currency or (self.term.currency if self.term else "")
        if currency not in CURRENCIES:
            self._problem("currency", repr(currency), f"one of {', '.join(CURRENCIES)}")
        return currency

    def _origin(self) -> str:
        parts = [] if self.term is None else [_cite(self.term)]
        for row_id in (self.entry.guarantee, self.entry.greenium):
            if row_id is not None and row_id in load_terms():
                parts.append(_cite(load_terms()[row_id]))
        given = self.entry.model_dump(exclude_none=True, exclude_defaults=True)
        plain = {"name", "kind", "share_frac", "term", "guarantee", "greenium", "source"}
        own = [f"{key} = {value}" for key, value in given.items() if key not in plain]
        if own:
            parts.append(f"set in the mix: {', '.join(own)}")
        if self.entry.source:
            parts.append(self.entry.source)
        if self.term is None and not self.entry.source:
            self._problem("source", "nothing", "a term row or a source", "Say where the numbers come from")
        return "; ".join(parts)

    def source(self) -> Source:
        """The source with every number in place."""
        entry = self.entry
        lender = entry.lender or (self.term.lender if self.term else entry.name)
        plain = Source(entry.name, entry.kind, lender, self._currency(), entry.share_frac, origin=self._origin())
        if entry.drawn != "with_debt" and entry.kind != "grant":
            self._problem("drawn", repr(entry.drawn), "a grant, or no such key", "Loans and equity follow draw_order")
        self._refuse_what_is_not_used()
        if entry.kind == "grant":
            return replace(plain, drawn=entry.drawn)
        if entry.kind == "equity":
            return self._equity(plain)
        return self._debt(plain)

    def _refuse_what_is_not_used(self) -> None:
        """Keys that say nothing about this kind of money, or this way of repaying it."""
        given = self.entry.model_dump(exclude_none=True, exclude_defaults=True)
        kind, style = self.entry.kind, self.entry.repayment or (self.term.repayment if self.term else "")
        for key in given:
            if key not in OF_KIND.get(kind, given) or (kind in DEBT_KINDS and key == "target_irr_pa"):
                self._problem(key, repr(given[key]), f"no such key of kind {kind}", "Leave it out")
            elif key in OF_BONDS and kind != "green_bond":
                self._problem(key, repr(given[key]), "a green bond, or no such key", "Leave it out")
            elif key in OF_STYLE.values() and OF_STYLE.get(style) != key:
                self._problem(key, repr(given[key]), f"no such key with {style} repayment", "Leave it out")

    def _equity(self, plain: Source) -> Source:
        target = self.entry.target_irr_pa
        if target is None and self.term is not None:
            target = self.term.rate_central_pa
        if target is None:
            self._problem("target_irr_pa", "nothing", "the return that equity requires", "State target_irr_pa")
        return replace(plain, target_irr_pa=target or 0.0, withholding_tax_frac=self.entry.withholding_tax_frac or 0.0)

    def _debt(self, plain: Source) -> Source:
        entry = self.entry
        repayment = entry.repayment or (self.term.repayment if self.term else "")
        if not repayment:
            self._problem("repayment", "nothing", "a repayment style", "State repayment in the mix")
        rate_pa, floating, steps_pa = self._rate_pa()
        style_field = OF_STYLE.get(repayment, "")
        stated = ALWAYS_STATED.get(entry.kind, ())
        numbers = {field: self._number(field) for field in FROM_TERM if field != "guarantee_fee_pa"}
        optional = ("on_lending_margin_pa", "issue_cost_frac", "second_party_opinion_usd", "verification_usd_pa")
        numbers |= {field: self._number(field, required=field in stated) for field in optional}
        if style_field in ("dscr_target_ratio", "sinking_fund_rate_pa"):
            numbers[style_field] = self._number(style_field)
        return replace(
            plain,
            rate_pa=rate_pa - self._greenium_pa(),
            greenium_pa=self._greenium_pa(),
            day_count=self._day_count(),
            withholding_tax_frac=entry.withholding_tax_frac or 0.0,
            floating=floating,
            base_steps_pa=steps_pa,
            grace_interest=entry.grace_interest,
            repayment=repayment,
            principal_frac=entry.principal_frac,
            guarantee_fee_pa=self._guarantee_fee_pa(),
            seniority=entry.seniority,
            placed_frac=1.0 if entry.placed_frac is None else entry.placed_frac,
            backstop=entry.backstop or "",
            **numbers,  # type: ignore[arg-type]
        )


def _cite(term: Term) -> str:
    return f"{term.id} ({term.date}, evidence {term.evidence}): {term.source}"
