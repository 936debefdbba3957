"""Rules that a mix must keep: arithmetic of shares and tenors, and what lenders may and may not pay for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from financing.problems import FinancingProblem
from financing.structure import SENIOR, Source, Structure
from financing.terms import load_terms

if TYPE_CHECKING:
    from financing.mix_file import MixEntry

SUM_TOLERANCE = 1e-9
CAPITALISING = ("annuity", "equal_principal", "bullet")
PREFERRED = ("World Bank", "ADB", "AIIB", "EBRD", "EIB")
"""Multilateral lenders, whose loans states serve before others and never reschedule."""
EIB_SHARE_MAX_FRAC = 0.5
"""The EIB finances at most half of a project's cost (terms.csv row EIB_GLOBAL)."""


def rule_problems(structure: Structure, mix: MixEntry, file: str) -> list[FinancingProblem]:
    """Every broken rule of a mix whose single fields are sound."""
    return [
        *_share_problems(structure, file),
        *_gearing_problems(structure, mix, file),
        *(problem for source in structure.debts for problem in _tenor_problems(source, f"{file} {source.name}")),
        *_reference_problems(structure, file),
        *_sweep_problems(structure, file),
        *_backstop_problems(structure, file),
        *_lender_problems(structure, mix, file),
    ]


def _share_problems(structure: Structure, file: str) -> Iterator[FinancingProblem]:
    total = sum(source.share_frac for source in structure.sources)
    if abs(total - 1.0) > SUM_TOLERANCE:
        yield FinancingProblem(f"{file} sources share_frac", f"a sum of {total:.9g}", "shares that sum to one")
    names = [source.name for source in structure.sources]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield FinancingProblem(f"{file} sources", f"the name {name!r} twice", "a name of its own for each source")
    borrowed = sum(share for _, share in structure.borrowers)
    if structure.borrowers and abs(borrowed - 1.0) > SUM_TOLERANCE:
        yield FinancingProblem(f"{file} borrowers", f"a sum of {borrowed:.9g}", "shares that sum to one")


def _gearing_problems(structure: Structure, mix: MixEntry, file: str) -> Iterator[FinancingProblem]:
    debt_frac = sum(source.share_frac for source in structure.debts)
    rows = [load_terms().get(entry.term or "") for entry in mix.sources]
    known = [row.gearing_max_frac for row in rows if row is not None and row.gearing_max_frac is not None]
    cap = structure.covenants.gearing_max_frac
    cap = cap if cap is not None else min(known, default=1.0)
    if debt_frac > cap + SUM_TOLERANCE:
        yield FinancingProblem(f"{file} sources", f"gearing of {debt_frac:.4g}", f"at most the cap of {cap:.4g}")
    sculpted = [source.name for source in structure.debts if source.repayment == "sculpted"]
    if len(sculpted) > 1:
        yield FinancingProblem(f"{file} sources", f"sculpted: {', '.join(sculpted)}", "at most one sculpted loan")
    if sculpted and not any(source.kind == "equity" for source in structure.sources):
        yield FinancingProblem(f"{file} sources", "a sculpted loan without equity", "equity to carry what it leaves")


def _tenor_problems(source: Source, where: str) -> Iterator[FinancingProblem]:
    too_short = source.tenor_years < source.grace_years
    if source.repayment not in ("bullet", "sinking_fund"):
        too_short = source.tenor_years <= source.grace_years
    if too_short:
        found = f"tenor {source.tenor_years:g} years, grace {source.grace_years:g} years"
        yield FinancingProblem(f"{where} tenor_years", found, "a tenor longer than the grace")
    if source.grace_interest == "capitalised" and source.repayment not in CAPITALISING:
        found = f"capitalised grace interest of a {source.repayment} loan"
        yield FinancingProblem(f"{where} grace_interest", found, f'"paid", or repayment {", ".join(CAPITALISING)}')
    if source.seniority != SENIOR and any(word in source.lender for word in PREFERRED):
        found = f"rank {source.seniority} for {source.lender}"
        yield FinancingProblem(f"{where} seniority", found, "rank 1: development banks are preferred creditors")
    if source.rate_pa < 0.0:
        yield FinancingProblem(f"{where} rate_pa", f"{source.rate_pa:g} after greenium", "a rate of at least 0")
    if source.repayment == "custom" and abs(sum(source.principal_frac) - 1.0) > 1e-6:
        found = f"a sum of {sum(source.principal_frac):.9g}"
        yield FinancingProblem(f"{where} principal_frac", found, "shares that sum to one")


def _reference_problems(structure: Structure, file: str) -> Iterator[FinancingProblem]:
    known = {"USD", *dict(structure.appreciation_pa), *dict(structure.parity_inflation_pa)}
    for source in structure.debts:
        if source.currency not in known:
            yield FinancingProblem(
                f"{file} currencies",
                f"no path for {source.currency} ({source.name})",
                f"[currencies.{source.currency}] with source and appreciation_pa or inflation_pa",
            )


def _sweep_problems(structure: Structure, file: str) -> Iterator[FinancingProblem]:
    if structure.sweep is None:
        return
    debts = {source.name: source for source in structure.debts}
    for name in structure.sweep.tranches:
        where = f"{file} sweep.tranches"
        if name not in debts:
            yield FinancingProblem(
                where, repr(name), f"one of {', '.join(debts) or 'the loans, of which there are none'}"
            )
        elif debts[name].repayment == "sinking_fund" or debts[name].grace_interest == "capitalised":
            found = f"{name}, whose debt service a prepayment does not lower"
            yield FinancingProblem(where, found, "a loan without sinking fund that pays its interest")
    if len(set(structure.sweep.tranches)) < len(structure.sweep.tranches):
        yield FinancingProblem(f"{file} sweep.tranches", "a name twice", "each loan once")


def _backstop_problems(structure: Structure, file: str) -> Iterator[FinancingProblem]:
    able = [each.name for each in structure.sources if each.kind not in ("green_bond", "grant")]
    for source in structure.sources:
        if source.backstop and source.backstop not in able:
            expected = f"one of {', '.join(able)}" if able else "a loan or equity in the mix"
            yield FinancingProblem(f"{file} {source.name} backstop", repr(source.backstop), expected)


def _lender_problems(structure: Structure, mix: MixEntry, file: str) -> Iterator[FinancingProblem]:
    eib_frac = sum(source.share_frac for source in structure.debts if "EIB" in source.lender)
    if eib_frac > EIB_SHARE_MAX_FRAC + SUM_TOLERANCE:
        yield FinancingProblem(f"{file} sources", f"EIB loans of {eib_frac:.3g}", "at most half of the cost")
    cef = [entry.name for entry in mix.sources if entry.term == "EU_CEF_PMI"]
    if cef and mix.leg != "black_sea":
        yield FinancingProblem(
            f"{file} sources",
            f"a CEF grant ({', '.join(cef)}) for the Caspian leg",
            "CEF grants only for the Black Sea leg, which is on the EU list",
            "Use EU_NIP (NDICI), eligibility unconfirmed",
        )
    unconfirmed = any(entry.term == "EU_NIP" for entry in mix.sources) and mix.leg == "caspian"
    if unconfirmed and "unconfirmed" not in structure.eligibility:
        yield FinancingProblem(
            f"{file} eligibility", repr(structure.eligibility), 'the words "eligibility unconfirmed" with NDICI grants'
        )
