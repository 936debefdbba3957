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
MaybeAngle = Annotated[Annotated[float, Field(ge=-180, le=180)] | None, BeforeValidator(_empty_is_none)]


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


class DemandMonths(Row):
    """Season of a country's demand: mean of each month over the annual mean, and the weekend."""

    SERIES = {"index_ratio": "index_{:02d}_ratio"}
    country: Country
    utc_offset_h: Annotated[float, Field(ge=-12, le=14)]
    weekend_ratio: Ratio
    """Mean of Saturday and Sunday over that of Monday to Friday."""
    temperature_deviation_winter_k: Annotated[float, Field(ge=0, le=15)]
    temperature_deviation_summer_k: Annotated[float, Field(ge=0, le=15)]
    """Standard deviation of a day's temperature about the season's, in the middle of winter and of summer."""
    heating_frac_per_k: Annotated[float, Field(ge=0, le=0.05)]
    cooling_frac_per_k: Annotated[float, Field(ge=0, le=0.05)]
    """Demand added by a degree below the season's mean in winter, above it in summer."""
    index_ratio: Months


class DemandHours(Row):
    """Shape of a day over its mean, by local hour-beginning."""

    SERIES = {"hours_ratio": "h{:02d}_ratio"}
    country: Country
    season: Literal["winter", "summer"]
    day: Literal["weekday", "weekend"]
    hours_ratio: Hours


class Holiday(Row):
    """A public holiday with a fixed date; its demand has a weekend's shape and level."""

    country: Country
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    holiday: Text


class Variability(Row):
    """How much a year's mean of one resource differs from year to year."""

    resource: Literal["wind", "sun", "water"]
    deviation_frac: Fraction
    """Standard deviation of annual values over their mean; of water 0, as dry and wet years stand in hydro.csv."""
    length_km: Positive
    """Distance at which two places' annual deviations correlate as 1/e."""


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


class WaterYearRow(Row):
    """What all hydro plants of a country made in a past year."""

    country: Country
    year: Annotated[int, Field(ge=1990, le=2100)]
    energy_gwh: Positive
    low_gwh: Positive
    high_gwh: Positive

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.low_gwh <= self.energy_gwh <= self.high_gwh:
            raise ValueError("low, central and high energy out of order")
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
    latitude_deg: Annotated[float, Field(ge=-66, le=66)]
    longitude_deg: Annotated[float, Field(ge=-180, le=180)]
    """Where the market's weather is taken."""
    follows_wind_ratio: Annotated[float, Field(gt=-1, lt=1)]
    follows_sun_ratio: Annotated[float, Field(gt=-1, lt=1)]
    follows_temperature_ratio: Annotated[float, Field(gt=-1, lt=1)]
    """Correlation of the price's noise with the wind and clearness there, and with cold in winter and heat in
    summer."""
    weather_source: Text
    weather_confidence: Confidence


class MarketHours(Row):
    """Shape of a day over the year's mean of that season, by the market's local hour."""

    SERIES = {"hours_ratio": "h{:02d}_ratio"}
    market: Text
    season: Literal["winter", "summer"]
    """Winter is October to March."""
    hours_ratio: Hours
