"""The pages on a weather year: statistics by hand, words for what is missed, two pages whatever is told."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from pypdf import PdfReader

from reports.charts import Chart
from reports.figures import draw, style
from reports.pdf import pdf
from reports.sections.weather import report
from reports.weather_statistics import (
    correlation_by_distance,
    daily_anomaly,
    distance_km,
    duration,
    mean_by,
    ramp_shares,
    weighted,
)
from reports.weather_values import Band, SiteSeries, WeatherYear

HOURS = 8760


def site(name: str, technology: str, country: str, place: tuple[float, float], seed: int) -> SiteSeries:
    """A site with made-up hours: a day's arch for the sun, a slow walk for the wind."""
    dice = np.random.default_rng(seed)
    if technology == "solar":
        values = np.maximum(np.sin((np.arange(HOURS) % 24 - 3) / 12 * np.pi), 0) * dice.uniform(0.5, 0.9, HOURS)
    else:
        values = np.clip(0.4 + np.convolve(dice.normal(0, 0.1, HOURS + 23), np.ones(24), "valid") / 3, 0, 1)
    return SiteSeries(name, technology, country, *place, 100.0, 0.35 if seed % 2 else None, values)


def year(bands: tuple[Band, ...] = (), notes: tuple[str, ...] = ()) -> WeatherYear:
    """A weather year of 50 sites in four countries."""
    places = [(40 + k % 10, 44 + 0.8 * k) for k in range(50)]
    countries = ("AZ", "KZ", "UZ", "GE")
    series = tuple(
        site(f"Site {k} of a long name", "solar" if k % 2 else "wind_onshore", countries[k % 4], places[k], k)
        for k in range(50)
    )
    months = np.repeat(np.arange(1, 13), HOURS // 12)
    demand = (("KZ", 10_000 + 2_000 * np.sin(np.arange(HOURS) / 50)),)
    return WeatherYear(
        "A title", "mine", 2035, "0" * 64, "A year drawn from seed 1.", 2025, months, np.arange(HOURS) % 24, series,
        demand, bands, notes,
    )  # fmt: skip


BANDS = (
    Band("wind KZ-North", "capacity factor", 0.36, 0.335, 0.375, ""),
    Band("wind KZ-North", "lag-1", 0.95, 0.976, 1.0, "the wind is too rough"),
    Band("wind KZ-North / wind KZ-South", "correlation", 0.2, 0.0, 0.4, ""),
    Band("demand AZ", "load factor", 0.7, 0.54, 0.62, ""),
)


def beyond(axes: Axes) -> list[Text]:
    """Tick labels outside the view, which are never drawn."""
    found = []
    for side, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        for tick in side.get_major_ticks():
            if not min(limits) <= tick.get_loc() <= max(limits):
                found.append(tick.label1)
    return found


def test_statistics_by_hand() -> None:
    """A weighted fleet, a mean by group, a duration curve and ramps of four hours."""
    one = replace(site("a", "solar", "AZ", (40.0, 50.0), 1), values=np.array([0.0, 0.2, 0.4, 0.4]), capacity_mw=300.0)
    two = replace(one, values=np.array([0.4, 0.2, 0.0, 0.0]), capacity_mw=100.0)
    assert weighted([one, two]).tolist() == pytest.approx([0.1, 0.2, 0.3, 0.3])
    places, means = mean_by(np.array([1.0, 1.0, 2.0, 2.0]), one.values)
    assert (places.tolist(), means.tolist()) == ([1.0, 2.0], pytest.approx([0.1, 0.4]))
    hours, sorted_percent = duration(one.values)
    assert sorted_percent.tolist() == pytest.approx([40, 40, 20, 0])
    assert hours.tolist() == [0, 1, 2, 3]
    step, share = ramp_shares(one.values)
    assert dict(zip(step.round(6).tolist(), share.tolist(), strict=True)) == pytest.approx(
        {0.0: 100 / 3, 20.0: 200 / 3}
    )


def test_correlation_stands_at_its_distance() -> None:
    """Baku and Tashkent lie 1,630 km apart; a series and its negative correlate as -1; a flat one is left out."""
    baku, tashkent = site("Baku", "wind_onshore", "AZ", (40.41, 49.87), 2), None
    tashkent = replace(baku, latitude_deg=41.31, longitude_deg=69.28, values=1 - baku.values)
    flat = replace(baku, values=np.full(HOURS, 0.5))
    assert distance_km(baku, tashkent) == pytest.approx(1630, rel=0.01)
    far, alike = correlation_by_distance([baku, tashkent, flat], lambda values: values)
    assert far == (pytest.approx(distance_km(baku, tashkent)),)
    assert alike == (pytest.approx(-1.0),)


def test_anomaly_has_no_season() -> None:
    """A yearly cycle all but disappears; a single odd day stays."""
    days = np.repeat(np.sin(np.arange(365) / 365 * 2 * np.pi), 24)
    days[200 * 24 : 201 * 24] += 1
    anomaly = daily_anomaly(days)
    assert anomaly[200] == pytest.approx(1 - 1 / 31, abs=0.02)
    assert np.abs(np.delete(anomaly, range(180, 221)))[20:-20].max() < 0.03


def test_misses_are_told_by_how_much_and_why() -> None:
    """Two of four bands are missed: the text gives amount, side and reason, the table an arrow."""
    made = report(year(BANDS))
    page = made.pages[1]
    assert page.headline == "2 of 4 acceptance bands hold; the widest miss is lag-1 of wind KZ-North"
    words = str(page.blocks)
    assert "Wind KZ-North, lag-1: 0.026 below its band: the wind is too rough." in words
    assert "Demand AZ, load factor: 0.08 above its band." in words
    assert "0.950\\xa0↓" in words
    assert "0.70\\xa0↑" in words


def test_all_held_and_none_known_are_said() -> None:
    """Headlines of the other two cases."""
    assert report(year(BANDS[:1])).pages[1].headline == "All 1 acceptance bands hold"
    assert "hour to hour" in report(year()).pages[1].headline


@pytest.mark.slow
def test_two_pages_with_fifty_sites_and_every_miss_told() -> None:
    """Long names, 64 bands of which ten are missed with long reasons, own files: still two pages."""
    zones = [f"wind zone {k}" for k in range(12)]
    many = [Band(z, q, 0.3, 0.2, 0.4, "") for z in zones for q in ("capacity factor", "hourly step", "lag-1", "lag-24")]
    many += [Band(f"{zones[k]} / {zones[k + 1]}", "correlation", 0.9, 0.2, 0.4, "why " * 45) for k in range(5)]
    many += [Band(f"{zones[k]} / {zones[k + 2]}", "correlation", 0.3, 0.2, 0.4, "") for k in range(10)]
    full = year((*many, Band("demand AZ", "load factor", 0.7, 0.54, 0.62, "")), ("filled " * 40,) * 4)
    content = pdf(report(full))
    assert len(PdfReader(io.BytesIO(content)).pages) == 2
    assert content == pdf(report(full))


@pytest.mark.slow
def test_no_words_on_words_in_the_figures() -> None:
    """Boxes of all letters of each figure, as drawn, are apart and on the canvas."""
    charts: list[Chart] = list(report(year(BANDS)).charts())
    assert len(charts) == 9
    with style():
        for chart in charts:
            figure = draw(chart)
            FigureCanvasAgg(figure).draw()
            found = [t for t in figure.findobj(Text) if t.get_text() and t.get_visible()]
            boxes = [(t.get_text(), Text.get_window_extent(t).shrunk(0.96, 0.8)) for t in found]
            hidden = {id(label) for axes in figure.axes for label in beyond(axes)}
            inside = [pair for pair, t in zip(boxes, found, strict=True) if id(t) not in hidden]
            for number, (words, box) in enumerate(inside):
                for other, second in inside[:number]:
                    assert not box.overlaps(second), (chart.caption, words, other)


def test_a_case_with_wind_alone_and_one_without_any() -> None:
    """What is not there is said, nothing is drawn empty."""
    whole = year()
    wind = replace(whole, series=tuple(one for one in whole.series if one.is_wind))
    assert "No sun in this case" in str(report(wind).pages[0].blocks)
    assert report(wind).pages[0].headline.startswith("Wind gives")
    none = replace(whole, series=(), demand=())
    assert "neither wind nor sun" in report(none).pages[0].headline
    assert len(report(none).charts()) == 0
