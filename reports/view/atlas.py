"""The map and its hours as one JSON value: projected places, and hourly series as packed whole numbers."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np

from reports import palette
from reports.maps import outline
from reports.projection import albers
from reports.results import country_name, link_name, place_name
from reports.view.values import Array, Atlas

PRICE_STEP_USD_PER_MWH = 0.1
LARGEST = 32767
MARGIN_KM = 140.0
PRICE_QUANTILES = (0.02, 0.98)
"""Colours span these, so that one hour of shedding does not make all others alike."""
KEEP_KM = 4.0
"""Outlines need no more detail on a screen."""


def payload(atlas: Atlas) -> dict[str, Any]:
    """Everything the page's script reads about the hours. Powers are whole MW, prices tenths of a USD/MWh."""
    x, y = _projected(atlas)
    frame = _frame(x, y)
    prices = atlas.price_usd_per_mwh
    low, high = np.quantile(prices, PRICE_QUANTILES) if prices.size else (0.0, 1.0)
    return {
        "hours": len(atlas.hours_utc),
        "first_hour_utc": str(atlas.hours_utc[0]) if len(atlas.hours_utc) else "",
        "frame": [round(value, 1) for value in frame],
        "land": _land(frame),
        "places": [
            [place.name, place.country, round(float(a), 1), round(float(-b), 1)]
            for place, a, b in zip(atlas.places, x, y, strict=True)
        ],
        "branches": [
            [branch.name, branch.start, branch.end, round(branch.voltage_kv), round(branch.flow_max_mw)]
            for branch in atlas.branches
        ],
        "cables": [[cable.name, cable.start, cable.end, round(cable.capacity_mw)] for cable in atlas.cables],
        "names": _names(atlas),
        "countries": {code: country_name(code) for code in sorted({place.country for place in atlas.places})},
        "price_range": [round(float(low), 1), round(float(max(high, low + 1)), 1)],
        "series": {
            "branch_mw": packed(atlas.branch_flow_mw, 1.0),
            "cable_mw": packed(atlas.cable_flow_mw, 1.0),
            "price": packed(prices, PRICE_STEP_USD_PER_MWH),
        },
        "mix": {
            country: {name: packed(series[:, None], 1.0) for name, series in sorted(parts.items())}
            for country, parts in atlas.mix_mw.items()
        },
        "colours": {"technology": {**palette.TECHNOLOGY}, "country": {**palette.COUNTRY}},
    }


def _names(atlas: Atlas) -> dict[str, str]:
    """How a reader knows each bus, line and link."""
    given = [place.name for place in atlas.places] + [branch.name for branch in atlas.branches]
    return {name: place_name(name) for name in given} | {cable.name: link_name(cable.name) for cable in atlas.cables}


def packed(values: Array, step: float) -> str:
    """Whole steps as 16-bit differences from hour to hour, item by item, deflated, in base 64.

    A difference d stands as 2 d, or as -2 d - 1 where it is negative; all low bytes come before all high ones: numbers
    of few bits side by side deflate to a fifth less.
    Shape (hours, items). Values beyond 32,767 steps are cut there: a larger power or price is not drawn differently.
    """
    whole = np.clip(np.rint(np.nan_to_num(values) / step), -LARGEST, LARGEST).astype(np.int64).T
    # Differences wrap around at 16 bits, as do the sums that undo them.
    steps = np.diff(whole, axis=1, prepend=0).astype("<i2").ravel() if whole.size else np.zeros(0, dtype="<i2")
    folded = ((steps << 1) ^ (steps >> 15)).astype("<u2").view(np.uint8)
    planes = np.concatenate([folded[0::2], folded[1::2]])
    return base64.b64encode(zlib.compress(planes.tobytes(), 9)).decode("ascii")


def _projected(atlas: Atlas) -> tuple[Array, Array]:
    longitude = np.array([place.longitude_deg for place in atlas.places])
    latitude = np.array([place.latitude_deg for place in atlas.places])
    return albers(longitude, latitude)


def _frame(x: Array, y: Array) -> tuple[float, float, float, float]:
    """Left, top, width, height in km, with y downward as on a screen."""
    if not x.size:
        return (0.0, 0.0, 1.0, 1.0)
    left, right, bottom, top = x.min(), x.max(), y.min(), y.max()
    return (
        float(left - MARGIN_KM),
        float(-top - MARGIN_KM),
        float(right - left + 2 * MARGIN_KM),
        float(top - bottom + 2 * MARGIN_KM),
    )


def _land(frame: tuple[float, float, float, float]) -> list[list[str]]:
    """(country, path) of every outline that touches the frame."""
    left, top, width, height = frame
    found = []
    for country, rings in outline():
        drawn = []
        for ring in rings:
            x, y = albers(ring[:, 0], ring[:, 1])
            y = -y
            if x.max() < left or x.min() > left + width or y.max() < top or y.min() > top + height:
                continue
            drawn.append(_path(x, y))
        if any(drawn):
            found.append([country, "".join(drawn)])
    return found


def _path(x: Array, y: Array) -> str:
    points = [(round(float(x[0])), round(float(y[0])))]
    for a, b in zip(x[1:], y[1:], strict=True):
        if abs(a - points[-1][0]) + abs(b - points[-1][1]) >= KEEP_KM:
            points.append((round(float(a)), round(float(b))))
    return "M" + "L".join(f"{a} {b}" for a, b in points) + "Z" if len(points) > 2 else ""
