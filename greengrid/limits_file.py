"""The limits of a mix's sources as a user writes them: TOML in, checked limits out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from financing.limits import Limits
from greengrid.errors import BadInput
from greengrid.toml_file import read_toml
from greengrid.validation import problems_of

Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(gt=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SourceLimits(_Part):
    """Limits of one source of money."""

    share_frac: tuple[Share, Share] | None = Field(None, description="Least and most, of uses")
    amount_max_usd: Amount | None = Field(None, description="Nominal USD over construction")
    tenor_max_years: Amount | None = Field(None, description="From signing; grace shortens with it")

    @field_validator("share_frac")
    @classmethod
    def _ordered(cls, share_frac: tuple[float, float] | None) -> tuple[float, float] | None:
        if share_frac is not None and share_frac[0] > share_frac[1]:
            raise ValueError("a least share no larger than the most")
        return share_frac


class LimitsFile(_Part):
    """All limits; a source that is not named may move between half and twice its share, a grant not above it."""

    concessional_min_frac: Share = Field(0.0, description="Grants and concessional loans together, least share of uses")
    equity_min_frac: Share = Field(0.0, description="Owners' money, least share of uses")
    gearing_max_frac: Share = Field(1.0, description="All loans, most share of uses")
    dscr_min_ratio: Annotated[float, Field(ge=1)] | None = Field(None, description="In place of the mix's covenant")
    llcr_min_ratio: Annotated[float, Field(ge=1)] | None = Field(None, description="In place of the mix's covenant")
    sovereign_debt_max_frac_of_gdp: Annotated[float, Field(gt=0)] | None = Field(
        None, description="New sovereign-backed debt of each borrower, of its GDP"
    )
    sovereign_debt_max_usd: dict[str, Amount] = Field(
        default_factory=dict, description="The same in nominal USD, by country: { KZ = 1e9 }"
    )
    source: dict[str, SourceLimits] = Field(
        default_factory=dict, description='One table a source: [source."IBRD loan"]'
    )


def read_limits(path: Path) -> Limits:
    """Limits of a TOML file; raises `BadInput` with every problem."""
    content = read_toml(path, "limits of the sources in TOML")
    try:
        given = LimitsFile.model_validate(content)
    except ValidationError as error:
        raise BadInput(problems_of(error, str(path), LimitsFile)) from None
    own = given.source
    return Limits(
        share={name: each.share_frac for name, each in own.items() if each.share_frac is not None},
        concessional_min_frac=given.concessional_min_frac,
        equity_min_frac=given.equity_min_frac,
        gearing_max_frac=given.gearing_max_frac,
        sovereign_debt_max_frac_of_gdp=given.sovereign_debt_max_frac_of_gdp,
        sovereign_debt_max_usd=given.sovereign_debt_max_usd,
        amount_max_usd={name: each.amount_max_usd for name, each in own.items() if each.amount_max_usd is not None},
        tenor_max_years={name: each.tenor_max_years for name, each in own.items() if each.tenor_max_years is not None},
        dscr_min_ratio=given.dscr_min_ratio,
        llcr_min_ratio=given.llcr_min_ratio,
    )
