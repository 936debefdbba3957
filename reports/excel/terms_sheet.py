"""Terms of every source of every mix, as named inputs: one block per mix, one column per source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.excel.expressions import Expression, Operand, expression
from reports.excel.names import Names, word
from reports.excel.sheet import Look, Sheet, Single
from reports.excel.values import Lender, Mix

FIRST_SOURCE = 2
DEBT_FIELDS: tuple[tuple[str, str, str, str], ...] = (
    ("rate_pa", "Rate of the contract", "1/year", "rate"),
    ("on_lending_margin_pa", "On-lending margin", "1/year", "rate"),
    ("guarantee_fee_pa", "Guarantee fee on the balance", "1/year", "rate"),
    ("withholding_tax_frac", "Withholding tax, grossed up", "1", "share"),
    ("accrual_ratio", "Interest of a 365-day year over rate x balance", "1", "factor"),
    ("commitment_fee_pa", "Commitment fee on what is not drawn", "1/year", "rate"),
    ("front_end_fee_frac", "Front-end fee on the commitment", "1", "rate"),
    ("issue_cost_frac", "Issue cost on the commitment", "1", "rate"),
    ("opinion_usd", "Second-party opinion, once", "USD", "dollars"),
    ("verification_usd_pa", "Verification while outstanding", "USD/year", "dollars"),
    ("tenor_years", "Tenor from signing", "years", "years"),
    ("grace_years", "Grace from signing", "years", "years"),
)
OWNER_FIELDS: tuple[tuple[str, str, str, str], ...] = (
    ("target_irr_pa", "Return that the owners require", "1/year", "rate"),
    ("withholding_tax_frac", "Tax withheld on the owners' dividends", "1", "share"),
)
STYLE_FIELDS = {
    "sculpted": ("dscr_target_ratio", "Cover that sizes the loan", "1", "ratio"),
    "sinking_fund": ("sinking_fund_rate_pa", "Interest of the sinking fund", "1/year", "rate"),
}


@dataclass
class Terms:
    """One mix's inputs as cells."""

    mix: Mix
    source_names: list[Single]
    shares: list[Expression]
    """Share of uses of each source; the owners' follow from the others'."""
    cells: dict[tuple[int, str], Single]
    dsra_months: Single
    maintenance_years: Single
    reserve_interest: Single
    covenants: dict[str, Single]
    appreciation: dict[str, Single]

    def of(self, number: int, field: str) -> Expression:
        """An input of a source."""
        return self.cells[number, field]

    def project_rate(self, number: int) -> Expression:
        """What the project pays as interest per year."""
        accrued = self.accrued_rate(number)
        return accrued / (1 - self.of(number, "withholding_tax_frac")) + self.of(number, "on_lending_margin_pa")

    def accrued_rate(self, number: int) -> Expression:
        """What reaches the lender per year."""
        return self.of(number, "rate_pa") * self.of(number, "accrual_ratio")


def terms_of(mix: Mix, names: Names, sheet: Sheet, number: int) -> Terms:
    """Adds the mix's block to the sheet of terms."""
    stem = word(mix.name, number)
    sheet.heading(f"{mix.title} ({mix.name})")
    sheet.put(0, "Source", Look(part="head"))
    titles = [sheet.value_at(FIRST_SOURCE + place, each.name, part="head") for place, each in enumerate(mix.sources)]
    sheet.row += 1
    for label, told in _DESCRIPTIONS:
        _words(sheet, label, [told(each) for each in mix.sources], "label")
    cells: dict[tuple[int, str], Single] = {}
    codes = [f"{stem}_{word(each.name, place + 1)}" for place, each in enumerate(mix.sources)]
    shares = _shares(mix, names, sheet, codes)
    for field, label, unit, form in (*DEBT_FIELDS, *_style_fields(mix)):
        sheet.put(0, label, Look(part="label"))
        sheet.put(1, unit, Look(part="unit"))
        for place, each in enumerate(mix.sources):
            if each.is_debt and (field not in _STYLE_NAMES or STYLE_FIELDS.get(each.repayment, ("",))[0] == field):
                name = names.of(codes[place], field)
                cells[place, field] = sheet.value_at(
                    FIRST_SOURCE + place, getattr(each, field), form, part="input", name=name
                )
        sheet.row += 1
    for field, label, unit, form in OWNER_FIELDS:
        sheet.put(0, label, Look(part="label"))
        sheet.put(1, unit, Look(part="unit"))
        for place, each in enumerate(mix.sources):
            if each.kind == "equity":
                name, value = names.of(codes[place], field), getattr(each, field)
                cells[place, field] = sheet.value_at(FIRST_SOURCE + place, value, form, part="input", name=name)
        sheet.row += 1
    _words(sheet, "Where the numbers come from", [each.origin for each in mix.sources], "source")
    return Terms(mix, titles, shares, cells, *_of_the_mix(mix, names, sheet, stem))


_STYLE_NAMES = {fields[0] for fields in STYLE_FIELDS.values()}
_DESCRIPTIONS: tuple[tuple[str, Callable[[Lender], str]], ...] = (
    ("Kind", lambda each: each.kind.replace("_", " ")),
    ("Lender or owner", lambda each: each.lender),
    ("Currency", lambda each: each.currency),
    ("Repayment", lambda each: each.repayment.replace("_", " ") if each.is_debt else "none"),
    ("Rank", lambda each: ("senior" if each.seniority == 1 else "subordinated") if each.is_debt else "none"),
)


def _style_fields(mix: Mix) -> list[tuple[str, str, str, str]]:
    used = {each.repayment for each in mix.sources if each.is_debt}
    return [fields for style, fields in STYLE_FIELDS.items() if style in used]


def _words(sheet: Sheet, label: str, texts: list[str], part: str) -> None:
    sheet.put(0, label, Look(part="label"))
    for place, text in enumerate(texts):
        sheet.put(FIRST_SOURCE + place, text, Look(part=part))
    sheet.row += 1


def _shares(mix: Mix, names: Names, sheet: Sheet, codes: list[str]) -> list[Expression]:
    """Shares of uses as inputs; what they leave falls to the owners by their parts, or to the last source."""
    equity = [place for place, each in enumerate(mix.sources) if each.kind == "equity"]
    residual = equity or [len(mix.sources) - 1]
    weight = sum(mix.sources[place].share_frac for place in residual)
    sheet.put(0, "Part of what the others leave", Look(part="label"))
    sheet.put(1, "1", Look(part="unit"))
    parts = {
        place: sheet.value_at(
            FIRST_SOURCE + place, mix.sources[place].share_frac / weight if weight > 0.0 else 1.0 / len(residual),
            "share", part="input", name=names.of(codes[place], "part_frac"),
        )
        for place in residual
    }  # fmt: skip
    sheet.row += 1
    sheet.put(0, "Share of uses; of a sculpted loan the largest share", Look(part="label"))
    sheet.put(1, "1", Look(part="unit"))
    found: dict[int, Expression] = {}
    left: Operand = 1.0
    for place, each in enumerate(mix.sources):
        if place not in residual:
            name = names.of(codes[place], "share_frac")
            found[place] = sheet.value_at(FIRST_SOURCE + place, each.share_frac, "share", part="input", name=name)
            left = expression(left) - found[place]
    for place in residual:
        name = names.of(codes[place], "share_frac")
        content = expression(left) * parts[place]
        found[place] = sheet.value_at(FIRST_SOURCE + place, content, "share", name=name)
    sheet.row += 1
    return [found[place] for place in range(len(mix.sources))]


def _of_the_mix(
    mix: Mix, names: Names, sheet: Sheet, stem: str
) -> tuple[Single, Single, Single, dict[str, Single], dict[str, Single]]:
    def add(label: str, unit: str, value: float, form: str, field: str) -> Single:
        sheet.put(0, label, Look(part="label"))
        sheet.put(1, unit, Look(part="unit"))
        found = sheet.value_at(FIRST_SOURCE, value, form, part="input", name=names.of(stem, field))
        sheet.row += 1
        return found

    months = add("Debt service held in reserve", "months", mix.dsra_months, "years", "dsra_months")
    saving = add(
        "Saving for each major repair", "years", mix.maintenance_reserve_years, "count", "maintenance_reserve_years"
    )
    interest = add(
        "Interest of the reserve before tax", "1/year", mix.reserve_interest_pa, "rate", "reserve_interest_pa"
    )
    tests = (
        ("dscr_min_ratio", "Covenant: least DSCR", mix.dscr_min_ratio),
        ("llcr_min_ratio", "Covenant: least LLCR", mix.llcr_min_ratio),
        ("lock_up_dscr_ratio", "No dividends below a DSCR of", mix.lock_up_dscr_ratio),
    )
    covenants = {field: add(label, "1", value, "ratio", field) for field, label, value in tests if value is not None}
    appreciation = {
        code: add(f"Yearly rise of {code} in USD", "1/year", rise, "rate", f"{code.lower()}_appreciation_pa")
        for code, rise in mix.appreciation_pa.items()
    }
    return months, saving, interest, covenants, appreciation
