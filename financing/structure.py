"""A funding mix as the rest of the package sees it: every number present, each with its origin."""

from __future__ import annotations

from dataclasses import dataclass, replace

DEBT_KINDS = ("concessional_loan", "sovereign_loan", "green_bond", "commercial_loan", "mezzanine")
KINDS = ("grant", *DEBT_KINDS, "equity")
REPAYMENT_STYLES = ("annuity", "equal_principal", "bullet", "sinking_fund", "sculpted", "custom")
DRAW_ORDERS = ("pro_rata", "equity_first", "equity_last")
CURRENCIES = ("USD", "EUR", "KZT", "AZN", "UZS")
SENIOR = 1
ACCRUAL_RATIO = {"30/360": 1.0, "act/365": 1.0, "act/act": 1.0, "act/360": 365.0 / 360.0}
"""Interest of a year of 365 days over rate x balance (2006 ISDA Definitions, section 4.16); leap days left out."""
DRAWN = ("with_debt", "first", "last")
GRACE_INTEREST = ("paid", "capitalised")
SWEEP_ORDERS = ("inverse", "pro_rata")


@dataclass(frozen=True, slots=True)
class Source:
    """One source of money. Rates are yearly fractions in the source's own currency.

    For a grant only name, lender, currency and share count; for equity also `target_irr_pa`.
    """

    name: str
    kind: str
    lender: str
    currency: str
    share_frac: float
    """Share of total uses; of a sculpted loan the largest share (gearing cap), what it leaves falls to equity."""
    rate_pa: float = 0.0
    """Contract rate to the lender, base plus margin less greenium."""
    greenium_pa: float = 0.0
    """Of a green bond: what it yields less than an ordinary one."""
    drawn: str = "with_debt"
    """Of a grant: with the debt, before everyone else, or last (a viability gap paid against completed works)."""
    floating: bool = False
    """Priced by the market at signing or later: moves with a rate shock, unlike a fixed concessional rate."""
    day_count: str = "30/360"
    """How interest accrues over a period; Act/360 of a dollar or euro loan costs 365/360 of its rate."""
    withholding_tax_frac: float = 0.0
    """Of interest, withheld where the borrower sits; the contract is grossed up, so that the lender gets its rate. Of
    equity: of its dividends, which its owners get less of."""
    on_lending_margin_pa: float = 0.0
    guarantee_fee_pa: float = 0.0
    tenor_years: float = 0.0
    grace_years: float = 0.0
    """From signing; runs at least to the start of operation."""
    grace_interest: str = "paid"
    """What falls due in operation before the first repayment: paid, or capitalised, added to the loan. Interest during
    construction is a use that the whole mix pays for, either way."""
    base_steps_pa: tuple[float, ...] = ()
    """Of a floating loan: its base rate in each year from signing less that at signing; the last one holds on."""
    repayment: str = "equal_principal"
    dscr_target_ratio: float | None = None
    sinking_fund_rate_pa: float | None = None
    principal_frac: tuple[float, ...] = ()
    """Custom style: share of the loan repaid in each payment of the operating years, from the first on."""
    front_end_fee_frac: float = 0.0
    commitment_fee_pa: float = 0.0
    issue_cost_frac: float = 0.0
    second_party_opinion_usd: float = 0.0
    verification_usd_pa: float = 0.0
    placed_frac: float = 1.0
    """Of a bond: the share that the market takes; `share_frac` is what is left of it."""
    backstop: str = ""
    """Of a bond: who takes the rest."""
    seniority: int = SENIOR
    target_irr_pa: float = 0.0
    origin: str = ""
    """Term row, date, evidence grade and source; what the mix sets itself."""

    @property
    def is_debt(self) -> bool:
        """Whether it is borrowed and repaid."""
        return self.kind in DEBT_KINDS

    @property
    def accrued_rate_pa(self) -> float:
        """What reaches the lender in a year of 365 days, in equal periods; at signing."""
        return self.rate_pa * ACCRUAL_RATIO[self.day_count]

    @property
    def project_rate_pa(self) -> float:
        """What the project pays as interest, at signing: lender's rate plus on-lending margin."""
        return self.project_rate_of_pa(self.accrued_rate_pa)

    def project_rate_of_pa(self, accrued_rate_pa: float) -> float:
        """The lender's rate grossed up for tax withheld, plus the on-lending margin."""
        return accrued_rate_pa / (1.0 - self.withholding_tax_frac) + self.on_lending_margin_pa

    def accrued_rates_pa(self, years: int) -> tuple[float, ...]:
        """The lender's rate in each of `years` years from signing, never below zero."""
        if not self.base_steps_pa:
            return (self.accrued_rate_pa,) * years
        steps = (*self.base_steps_pa, *(self.base_steps_pa[-1],) * years)[:years]
        return tuple(max(0.0, self.rate_pa + step) * ACCRUAL_RATIO[self.day_count] for step in steps)


@dataclass(frozen=True, slots=True)
class Covenants:
    """Tests that a mix must meet; None is not tested."""

    dscr_min_ratio: float | None = None
    llcr_min_ratio: float | None = None
    lock_up_dscr_ratio: float | None = None
    """Dividends stay in the company in periods of a year below it."""
    gearing_max_frac: float | None = None
    public_debt_max_frac_of_gdp: float | None = None
    """Of each borrower's public debt with its share of the sovereign-backed loans added."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Cash beyond all service that repays loans early, once a year, before dividends.

    While a swept loan is outstanding owners are paid once a year, after the sweep.
    """

    share_frac: float
    above_dscr_ratio: float | None
    """Only what a year's cash has beyond this many times its service; None: everything that is left."""
    tranches: tuple[str, ...]
    """Names of loans; the senior ones first, in this order among equals."""
    order: str
    """inverse: the last repayments fall away first; pro_rata: all that are left shrink alike."""


@dataclass(frozen=True, slots=True)
class Structure:
    """One checked funding mix; build it with `load_structure` or `structure_from`."""

    name: str
    title: str
    description: str
    payments_per_year: int
    draw_order: str
    dsra_months: float
    maintenance_reserve_years: int
    """Years over which a major repair is saved for; 0 for no reserve."""
    reserve_interest_pa: float
    requires_revenue: tuple[str, ...]
    """Revenue models of which the plan must have one; empty for any."""
    eligibility: str
    """What is not settled about getting this money; shown with every result."""
    covenants: Covenants
    appreciation_pa: tuple[tuple[str, float], ...]
    """(currency, yearly rise of its price in USD) of every other currency used."""
    borrowers: tuple[tuple[str, float], ...]
    """(country, share) of the sovereign-backed debt."""
    sources: tuple[Source, ...]
    file: str = ""
    sweep: Sweep | None = None
    forward_rise_pa: tuple[tuple[str, tuple[float, ...]], ...] = ()
    """(currency, yearly rises of its price in USD in the first years from signing); `appreciation_pa` holds after."""
    parity_inflation_pa: tuple[tuple[str, float], ...] = ()
    """(currency, inflation at home) where purchasing-power parity with the plan's inflation gives `appreciation_pa`."""

    @property
    def debts(self) -> tuple[Source, ...]:
        """Borrowed sources, in the order of the file."""
        return tuple(source for source in self.sources if source.is_debt)

    @property
    def share_of_grants_frac(self) -> float:
        """Grants as a share of total uses."""
        return sum(source.share_frac for source in self.sources if source.kind == "grant")

    @property
    def dividend_tax_frac(self) -> float:
        """Tax withheld on dividends, weighted by the owners' shares."""
        owners = [source for source in self.sources if source.kind == "equity"]
        weight = sum(source.share_frac for source in owners)
        return sum(each.share_frac * each.withholding_tax_frac for each in owners) / weight if weight > 0.0 else 0.0

    def with_grant_added(self, extra_frac: float) -> Structure:
        """The mix with a further grant of that share of uses; every other source but grants shrinks in proportion."""
        if extra_frac <= 0.0:
            return self
        scale = max(0.0, 1.0 - extra_frac / (1.0 - self.share_of_grants_frac))
        shrunk = [
            source if source.kind == "grant" else replace(source, share_frac=source.share_frac * scale)
            for source in self.sources
        ]
        grant = Source("extra grant", "grant", "not named", "USD", extra_frac, origin="searched, not offered by anyone")
        return replace(self, sources=(*shrunk, grant))

    def with_bonds_placed(self, placed_frac: float | None = None) -> Structure:
        """The mix where the market takes that share of every green bond; None: each bond's own `placed_frac`.

        The rest falls to the bond's backstop, or to owners and other lenders in proportion where it names none.
        """
        shares = {each.name: each.share_frac for each in self.sources}
        for bond in self.sources:
            taken = bond.placed_frac if placed_frac is None else placed_frac
            backing = self._backing(bond) if bond.kind == "green_bond" and taken < 1.0 else ()
            weights = [each.share_frac for each in backing]
            weights = weights if sum(weights) > 0.0 else [1.0] * len(backing)
            missing = (1.0 - taken) * bond.share_frac if backing else 0.0
            shares[bond.name] -= missing
            for each, weight in zip(backing, weights, strict=True):
                shares[each.name] += missing * weight / sum(weights)
        return replace(self, sources=tuple(replace(each, share_frac=shares[each.name]) for each in self.sources))

    def _backing(self, bond: Source) -> tuple[Source, ...]:
        others = tuple(each for each in self.sources if each.kind not in ("green_bond", "grant"))
        return tuple(each for each in others if each.name == bond.backstop) or others

    def with_rates_shifted(self, shift_pa: float) -> Structure:
        """The mix with every market-priced rate moved by `shift_pa`; fixed concessional rates stay."""
        moved = tuple(
            replace(source, rate_pa=max(0.0, source.rate_pa + shift_pa))
            if source.is_debt and source.floating
            else source
            for source in self.sources
        )
        return replace(self, sources=moved)

    def with_currencies_shifted(self, shift_pa: float) -> Structure:
        """The mix with the yearly rise of every other currency in USD moved by `shift_pa`."""
        forward = tuple((code, tuple(rise + shift_pa for rise in rises)) for code, rises in self.forward_rise_pa)
        constant = tuple((code, rise + shift_pa) for code, rise in self.appreciation_pa)
        return replace(self, appreciation_pa=constant, forward_rise_pa=forward)

    def at_parity(self, inflation_pa: float) -> Structure:
        """The mix with every currency of `parity_inflation_pa` on its path: (1+i)/(1+i at home) - 1 a year, i the
        dollar's inflation (relative purchasing-power parity, Cassel 1918)."""
        if not self.parity_inflation_pa:
            return self
        rises = tuple((code, (1.0 + inflation_pa) / (1.0 + home) - 1.0) for code, home in self.parity_inflation_pa)
        return replace(self, appreciation_pa=(*self.appreciation_pa, *rises), parity_inflation_pa=())
