"""One row type per economy table: what a column means, its unit and its range."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Confidence = Literal["A", "B", "C", "D"]
Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Text = Annotated[str, Field(min_length=1)]
Year = Annotated[int, Field(ge=2000, le=2100)]
Country = Literal["KZ", "UZ", "AZ", "GE"]
CountryOrAll = Literal["KZ", "UZ", "AZ", "GE", "all"]
Basis = Literal["economic", "domestic"]


class Row(BaseModel):
    """A row of a table: frozen, no unknown columns, no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _ordered(low: float, central: float, high: float) -> None:
    if not low <= central <= high:
        raise ValueError(f"low {low:g}, central {central:g}, high {high:g} are out of order")


class FuelPrice(Row):
    """Price of a fuel at the power station, real USD of 2025 per MWh of net calorific value."""

    country: CountryOrAll
    fuel: Literal["coal", "coal_south", "gas", "fuel_oil", "uranium"]
    basis: Basis
    year: Year
    usd_per_mwh_th: NotNegative
    low_usd_per_mwh_th: NotNegative
    high_usd_per_mwh_th: NotNegative
    original: str
    source: Text
    confidence: Confidence
    notes: str

    @model_validator(mode="after")
    def _check(self) -> Self:
        _ordered(self.low_usd_per_mwh_th, self.usd_per_mwh_th, self.high_usd_per_mwh_th)
        return self


class CarbonPrice(Row):
    """Carbon price that power stations really pay at home."""

    country: Country
    year: Year
    usd_per_tco2: NotNegative
    low_usd_per_tco2: NotNegative
    high_usd_per_tco2: NotNegative
    original: str
    source: Text
    confidence: Confidence
    notes: str

    @model_validator(mode="after")
    def _check(self) -> Self:
        _ordered(self.low_usd_per_tco2, self.usd_per_tco2, self.high_usd_per_tco2)
        return self


def _months(text: str) -> tuple[int, ...]:
    """Months of "4-6;9-10"; an empty text means no season: every month."""
    if not text:
        return tuple(range(1, 13))
    months: list[int] = []
    for span in text.split(";"):
        first, _, last = span.partition("-")
        months += range(int(first), int(last or first) + 1)
    if not all(1 <= month <= 12 for month in months):
        raise ValueError(f"{text!r} names a month outside 1..12")
    return tuple(months)


class Technology(Row):
    """Unit parameters of one technology in one country; the latest `built_from_year` not after the plant's counts."""

    technology: Text
    country: CountryOrAll
    built_from_year: Annotated[int, Field(ge=0, le=2100)]
    fuel: Literal["coal", "gas", "fuel_oil", "uranium", ""]
    efficiency_frac: Annotated[float, Field(gt=0, le=1)]
    efficiency_low_frac: Annotated[float, Field(gt=0, le=1)]
    efficiency_high_frac: Annotated[float, Field(gt=0, le=1)]
    variable_cost_usd_per_mwh: NotNegative
    variable_cost_low_usd_per_mwh: NotNegative
    variable_cost_high_usd_per_mwh: NotNegative
    start_cost_usd_per_mw: NotNegative
    stable_min_frac: Fraction
    ramp_frac_per_h: Positive
    up_min_h: NotNegative
    down_min_h: NotNegative
    unit_mw: Positive
    inertia_s: NotNegative
    forced_outage_frac: Fraction
    planned_outage_frac: Fraction
    planned_outage_months: tuple[int, ...]
    emission_tco2_per_mwh_th: NotNegative
    notes: str
    source: Text
    confidence: Confidence

    @field_validator("planned_outage_months", mode="before")
    @classmethod
    def _season(cls, text: object) -> tuple[int, ...]:
        return _months(str(text))

    @model_validator(mode="after")
    def _check(self) -> Self:
        _ordered(self.efficiency_low_frac, self.efficiency_frac, self.efficiency_high_frac)
        _ordered(
            self.variable_cost_low_usd_per_mwh, self.variable_cost_usd_per_mwh, self.variable_cost_high_usd_per_mwh
        )
        return self


class Monthly(Row):
    """Twelve monthly values for a group of technologies."""

    country: Country
    zone: Text
    technologies: tuple[str, ...]
    kind: Literal["must_run_of_available_frac", "available_frac", "fuel_limit_frac"]
    built_until_year: Year
    """Only plants up to this year of commissioning."""
    m01: Fraction
    m02: Fraction
    m03: Fraction
    m04: Fraction
    m05: Fraction
    m06: Fraction
    m07: Fraction
    m08: Fraction
    m09: Fraction
    m10: Fraction
    m11: Fraction
    m12: Fraction
    range_note: str
    source: Text
    confidence: Confidence

    @field_validator("technologies", mode="before")
    @classmethod
    def _split(cls, text: object) -> tuple[str, ...]:
        return tuple(str(text).split(";"))

    @property
    def months(self) -> tuple[float, ...]:
        return (
            *(self.m01, self.m02, self.m03, self.m04, self.m05, self.m06),
            *(self.m07, self.m08, self.m09, self.m10, self.m11, self.m12),
        )


class PlantException(Row):
    """A value of one plant that differs from its technology; linear between the years that are given."""

    country: Country
    plant_contains: Text
    field: Literal["efficiency_frac", "in_service_frac", "must_run_of_available_frac", "first_month"]
    year: Year
    value: NotNegative
    low: NotNegative
    high: NotNegative
    unit: Literal["frac", "month"]
    reason: Text
    source: Text
    confidence: Confidence

    @model_validator(mode="after")
    def _check(self) -> Self:
        _ordered(self.low, self.value, self.high)
        if self.field == "first_month" and not (1 <= self.value <= 12 and self.value == int(self.value)):
            raise ValueError(f"{self.value:g} is no month 1..12")
        if self.unit == "frac" and self.high > 1:
            raise ValueError("a fraction lies between 0 and 1")
        return self


class EnergyCap(Row):
    """Annual cap on a group of plants, in force from one year to another."""

    name: Text
    country: Country
    technologies: tuple[str, ...]
    kind: Literal["energy_twh", "capacity_factor_frac"]
    from_year: Year
    to_year: Year
    value: Positive
    low: Positive
    high: Positive
    reason: Text
    source: Text
    confidence: Confidence

    @field_validator("technologies", mode="before")
    @classmethod
    def _split(cls, text: object) -> tuple[str, ...]:
        return tuple(str(text).split(";"))

    @model_validator(mode="after")
    def _check(self) -> Self:
        _ordered(self.low, self.value, self.high)
        if self.kind == "capacity_factor_frac" and self.high > 1:
            raise ValueError("a capacity factor lies between 0 and 1")
        return self


class MarketRow(Row):
    """A neighbour's market in one year; its price level and shape belong to the weather year."""

    market: Text
    year: Year
    slope_usd_per_mwh_per_gw: NotNegative
    sell_factor_frac: Fraction
    import_energy_max_twh: NotNegative | None
    export_energy_max_twh: NotNegative | None
    emission_tco2_per_mwh: NotNegative
    emission_source: Text
    import_source: str
    export_source: str
    source: Text
    confidence: Confidence
    notes: str

    @field_validator("import_energy_max_twh", "export_energy_max_twh", mode="before")
    @classmethod
    def _blank(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.import_energy_max_twh is None) != (self.import_source == ""):
            raise ValueError("an import cap and its source go together")
        if (self.export_energy_max_twh is None) != (self.export_source == ""):
            raise ValueError("an export cap and its source go together")
        return self


class Quantity(Row):
    """One sourced number with its range; `year` is the year it holds for, or blank where it holds always."""

    name: Text
    year: Year | None
    unit: Text
    low: float
    central: float
    high: float
    basis: str
    """Legal reference, price year or the original value."""
    source: Text
    confidence: Confidence
    notes: str

    @field_validator("year", mode="before")
    @classmethod
    def _blank(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _check(self) -> Self:
        _ordered(self.low, self.central, self.high)
        return self
