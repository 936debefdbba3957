"""Row types of the two tables that say where weather is taken from: climates of sites, and who takes which site."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from greengrid.weather.rows import (
    Confidence,
    Country,
    Fraction,
    MaybeAngle,
    MaybeFraction,
    MaybePositive,
    Months,
    NotNegative,
    Row,
    Text,
)


class Site(Row):
    """Climate of one place: monthly clearness of the sky, wind at 100 m, temperature."""

    SERIES: ClassVar[dict[str, str]] = {
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
    zone: Text
    """Zone of the data set in which the site lies."""
    wind_fast_frac: Fraction
    """Share of the score's variance that lasts hours and reaches 150 km; the rest lasts days and reaches far."""
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


class Place(Row):
    """A wind or solar plant (`Plant.plant`) or a zone of demand, and the site whose weather it takes."""

    name: Text
    kind: Literal["plant", "zone"]
    country: Country
    zone: Text
    technology: Literal["wind_onshore", "wind_offshore", "solar", "demand"]
    latitude_deg: MaybeAngle
    longitude_deg: MaybeAngle
    """Of a zone: where its load lies; empty for a plant, whose place stands in plants.csv."""
    site: Text
    rule: Literal["own", "nearest of zone", "nearest of country", "nearest of all"]
    """Own: the site describes this very place (within 60 km); else the nearest of the kind in zone, country, or all."""
    distance_km: NotNegative
    yield_basis: Literal["plant", "site", "climate", "none"]
    """Whose yield the series meets: the plant's stated one, the one stated at its site, or what the climate gives."""
    capacity_factor_frac: MaybeFraction
    """The plant's stated yield over capacity, all losses taken off; only with the basis "plant"."""
    radius_km: MaybePositive
    """Stated spread of an aggregate; empty: by capacity."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.yield_basis == "plant") != (self.capacity_factor_frac is not None):
            raise ValueError('a capacity factor with the basis "plant" and with no other')
        if (self.kind == "zone") != (self.technology == "demand"):
            raise ValueError("the technology demand for zones and for them alone")
        if (self.kind == "zone") != (self.latitude_deg is not None and self.longitude_deg is not None):
            raise ValueError("latitude and longitude for zones and for them alone")
        return self
