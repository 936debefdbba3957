"""One row type per weather table: what a column means, its unit and its range.

Confidence grades: A a published source names the figure; B one fair source or a short calculation; C an estimate with
an anchor; D assumed.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Confidence = Literal["A", "B", "C", "D"]
Country = Literal["KZ", "UZ", "AZ", "GE"]
Text = Annotated[str, Field(min_length=1)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Ratio = Annotated[float, Field(gt=0, le=5)]
Months = Annotated[tuple[Ratio, ...], Field(min_length=12, max_length=12)]
Hours = Annotated[tuple[Ratio, ...], Field(min_length=24, max_length=24)]


def _empty_is_none(value: Any) -> Any:
    return None if value == "" else value


MaybeFraction = Annotated[Annotated[float, Field(gt=0, lt=1)] | None, BeforeValidator(_empty_is_none)]
MaybePositive = Annotated[Positive | None, BeforeValidator(_empty_is_none)]


class Row(BaseModel):
    """A row of a table: frozen, no unknown columns, no NaN.

    `SERIES` names the fields that a file spreads over numbered columns: {"index_ratio": "index_{:02d}_ratio"} gathers
    index_01_ratio, index_02_ratio, ... into one tuple.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    SERIES: ClassVar[dict[str, str]] = {}

    source: Text
    confidence: Confidence

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, data: Any) -> Any:
        cells = dict(data)
        for field, pattern in cls.SERIES.items():
            match = re.compile(re.sub(r"\{.*?\}", r"\\d\\d", pattern)).fullmatch
            names = sorted(name for name in cells if match(name))
            if names:
                cells[field] = tuple(cells.pop(name) for name in names)
        return cells

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """The header of the file, in the order of the fields."""
        names: list[str] = []
        for field in cls.model_fields:
            pattern = cls.SERIES.get(field)
            names += [field] if pattern is None else [pattern.format(number) for number in cls._numbers(pattern)]
        return tuple(names)

    @staticmethod
    def _numbers(pattern: str) -> range:
        return range(24) if pattern.startswith("h") else range(1, 13)


class Site(Row):
    """Climate of one place: monthly clearness of the sky, wind at 100 m, temperature."""

    SERIES = {
        "clearness_ratio": "clearness_{:02d}_ratio",
        "clearness_deviation_ratio": "clearness_deviation_{:02d}_ratio",
        "wind_index_ratio": "wind_index_{:02d}_ratio",
    }
    site: Text
    country: Country
    latitude_deg: Annotated[float, Field(ge=-66, le=66)]
    longitude_deg: Annotated[float, Field(ge=-180, le=180)]
    elevation_m: Annotated[float, Field(ge=-430, le=6000)]
    irradiation_raw_kwh_per_m2: MaybePositive
    """Reanalysis before the correction by ground stations; for the record only."""
    irradiation_kwh_per_m2: Annotated[float, Field(ge=300, le=3000)]
    """Global horizontal irradiation of an average year, corrected."""
    wind_use: Literal["onshore", "offshore", "none"]
    """Which farms may take the site's wind; none for a place that only describes sun."""
    wind_speed_100m_m_per_s: Annotated[float, Field(gt=0, le=20)]
    weibull_shape_ratio: Annotated[float, Field(ge=1, le=5)]
    wind_capacity_factor_frac: MaybeFraction
    """Stated yield over capacity, all losses taken off; empty where none is published."""
    wind_zone: Text
    """Zone of Kazakhstan, elsewhere the country."""
    wind_diurnal_frac: Fraction
    """Amplitude of the daily cycle of wind speed over its mean."""
    wind_peak_utc_h: Annotated[float, Field(ge=0, lt=24)]
    sun_follows_wind_ratio: Annotated[float, Field(gt=-1, lt=1)]
    """Correlation of the day's score of clearness with that of the slow wind field."""
    temperature_january_deg_c: Annotated[float, Field(ge=-40, le=40)]
    temperature_july_deg_c: Annotated[float, Field(ge=-10, le=50)]
    clearness_ratio: Annotated[tuple[Annotated[float, Field(gt=0, lt=0.8)], ...], Field(min_length=12, max_length=12)]
    """Monthly mean of irradiation over extraterrestrial."""
    clearness_deviation_ratio: Annotated[
        tuple[Annotated[float, Field(gt=0, lt=0.4)], ...], Field(min_length=12, max_length=12)
    ]
    """Standard deviation of its daily values."""
    wind_index_ratio: Months
    """Monthly mean wind speed over the annual mean."""
    wind_source: Text
    wind_confidence: Confidence


class CurvePoint(Row):
    """One point of a turbine's power curve, of its rated power."""

    turbine: Text
    wind_class: Literal["onshore", "offshore"]
    wind_speed_m_per_s: NotNegative
    output_frac: Fraction


class Mounting(Row):
    """How the solar plants of a country are built where nothing else is known."""

    country: Country
    mounting: Literal["fixed", "tracker"]
    tilt_deg: Annotated[float, Field(ge=0, le=90)]
    dc_ac_ratio: Annotated[float, Field(ge=0.5, le=3)]
    loss_frac: Annotated[float, Field(ge=0, lt=1)]
    """All losses from the module to the grid, the inverter's nominal one included."""
    bifacial_gain_frac: Annotated[float, Field(ge=0, le=0.3)]
    """What the modules' back adds over the year."""


class PlantException(Row):
    """A fact about one plant (`Plant.plant`) that overrides what its site says."""

    plant: Text
    quantity: Literal["capacity_factor_frac", "radius_km"]
    value: Positive

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.quantity == "capacity_factor_frac" and self.value >= 1:
            raise ValueError(f"a capacity factor of {self.value:g} is not below 1")
        return self


class DemandMonths(Row):
    """Season of a country's demand: mean of each month over the annual mean, and the weekend."""

    SERIES = {"index_ratio": "index_{:02d}_ratio"}
    country: Country
    utc_offset_h: Annotated[float, Field(ge=-12, le=14)]
    weekend_ratio: Ratio
    """Mean of Saturday and Sunday over that of Monday to Friday."""
    index_ratio: Months


class DemandHours(Row):
    """Shape of a day over its mean, by local hour-beginning."""

    SERIES = {"hours_ratio": "h{:02d}_ratio"}
    country: Country
    season: Literal["winter", "summer"]
    day: Literal["weekday", "weekend"]
    hours_ratio: Hours


class HydroRow(Row):
    """Water of one plant (`Plant.plant`), or with "*" of any other plant of the country."""

    SERIES = {"share_frac": "share_{:02d}_frac"}
    plant: Text
    country: Country
    basin: Text
    basis_mw: MaybePositive
    """With "*": the capacity that makes the stated energy; empty for a named plant."""
    energy_average_gwh: Positive
    energy_dry_gwh: Positive
    energy_wet_gwh: Positive
    share_frac: Annotated[tuple[Fraction, ...], Field(min_length=12, max_length=12)]
    storage_gwh: NotNegative
    release_min_frac: Fraction
    note: str

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.energy_dry_gwh <= self.energy_average_gwh <= self.energy_wet_gwh:
            raise ValueError("energy of a dry, an average and a wet year out of order")
        if abs(sum(self.share_frac) - 1) > 0.02:
            raise ValueError(f"monthly shares sum to {sum(self.share_frac):.3f}, not 1")
        if (self.plant == "*") != (self.basis_mw is not None):
            raise ValueError('basis_mw belongs to the rows "*" and to no other')
        return self


class MarketLevel(Row):
    """Price level, season and scatter of a neighbour's market, real USD of 2025."""

    SERIES = {"index_ratio": "index_{:02d}_ratio"}
    market: Text
    clock: Text
    """Hours ahead of UTC, or EU-east for EET with summer time."""
    low_2025_usd_per_mwh: Positive
    central_2025_usd_per_mwh: Positive
    high_2025_usd_per_mwh: Positive
    low_2030_usd_per_mwh: Positive
    central_2030_usd_per_mwh: Positive
    high_2030_usd_per_mwh: Positive
    low_2035_usd_per_mwh: Positive
    central_2035_usd_per_mwh: Positive
    high_2035_usd_per_mwh: Positive
    index_ratio: Months
    deviation_hourly_usd_per_mwh: Positive
    """Standard deviation of all hourly prices of a year near the level of 2025."""
    deviation_daily_usd_per_mwh: Positive
    """The same of daily means."""
    hours_below_5_usd_frac: Fraction


class MarketHours(Row):
    """Shape of a day over the year's mean of that season, by the market's local hour."""

    SERIES = {"hours_ratio": "h{:02d}_ratio"}
    market: Text
    season: Literal["winter", "summer"]
    """Winter is October to March."""
    hours_ratio: Hours
