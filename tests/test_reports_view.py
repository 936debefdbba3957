"""The page for the browser: packed hours come back, hostile text stays text, nothing is asked of a network."""

from __future__ import annotations

import base64
import json
import re
import zlib
from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reports.charts import Axis, Layer, RankedBars
from reports.content import Column, Number, Numbers, Page, Pair, Report, Table, Text
from reports.view.atlas import packed, payload
from reports.view.page import inert, page
from reports.view.values import Atlas, Branch, Cable, Option, Options, Place

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&\u2028'\""


def unpacked(text: str, hours: int) -> np.ndarray:
    """What the page's script does: shape (hours, items)."""
    low, high = np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=np.uint8).reshape(2, -1).astype(np.int64)
    folded = low | high << 8
    steps = np.where(folded % 2, -(folded + 1) // 2, folded // 2).reshape(-1, hours)
    return np.cumsum(steps, axis=1).astype(np.int16).T.astype(float)


def an_atlas(name: str = "KZ_A 500") -> Atlas:
    """Two places, a line, a cable and three hours."""
    series = np.array([[10.0], [-20.0], [30.0]])
    return Atlas(
        np.arange("2035-01-01T00", "2035-01-01T03", dtype="datetime64[h]"),
        (Place(name, "KZ", 43.0, 51.0), Place("AZ_B 500", "AZ", 40.3, 49.6)),
        (Branch(name, 0, 1, 500.0, 100.0),),
        (Cable("caspian", 0, 1, 50.0),),
        series,
        series,
        np.array([[30.0, 31.0], [-5.0, 40.0], [12.3, 3000.0]]),
        {"KZ": {"wind": np.array([1.0, 2.0, 3.0]), "demand": np.array([5.0, 6.0, 7.0])}},
    )


def a_report(text: str) -> Report:
    """One page with every block, each holding the text."""
    table = Table(text, (Column(text), Column(text, "MW", numeric=True)), ((text, text),), note=text)
    curve = RankedBars(
        caption=text, alt=text, width_mm=83.0, height_mm=40.0, names=("one", "two"),
        layers=(Layer("x", "#0B58B0", (2.0, 1.0)),), axis=Axis("Power", "GW"),
    )  # fmt: skip
    blocks = (
        Text((text,), "list", text),
        Numbers((Number(text, text, text, text),)),
        table,
        Pair(curve, curve),
    )
    pages = (Page(text, text, text, blocks, text),)
    return Report(text, text, text, 2035, "0123456789", date(2025, 1, 1), text, pages)


@settings(derandomize=True, max_examples=30, deadline=None)
@given(
    values=st.tuples(st.integers(1, 30), st.integers(1, 4)).flatmap(
        lambda shape: arrays(np.float64, shape, elements=st.floats(-32000, 32000, width=32))
    )
)
def test_packed_hours_come_back(values: np.ndarray) -> None:
    """Every value is within half a step of what was packed, whatever its sign and jumps."""
    assert np.abs(unpacked(packed(values, 1.0), len(values)) - values).max() <= 0.5


def test_values_beyond_the_range_are_cut_there() -> None:
    """A price of 99,999 is shown as the largest, not as a negative one."""
    assert unpacked(packed(np.array([[99999.0], [0.0]]), 0.1), 2)[0, 0] == 32767


def test_places_keep_their_directions() -> None:
    """East is to the right and north is up (smaller y) on the screen."""
    places = payload(an_atlas())["places"]
    (_, _, x_kazakh, y_kazakh), (_, _, x_azeri, y_azeri) = places
    assert x_kazakh > x_azeri
    assert y_kazakh < y_azeri


def test_hostile_text_stays_text() -> None:
    """Markup in any name, sentence or cell is escaped: the page has exactly its own two scripts and no handler."""
    options = Options((HOSTILE,), (HOSTILE,), (Option({HOSTILE: HOSTILE}, {HOSTILE: 1.0}),), {HOSTILE: HOSTILE})
    text = page(a_report(HOSTILE), an_atlas(HOSTILE), options)
    assert len(re.findall(r"<script", text)) == 2
    assert "<img" not in text
    assert "onerror=alert(2)>" not in text.replace("&gt;", "")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    assert json.loads(data[1])["map"]["places"][0][0] == HOSTILE


def test_inert_json_has_no_markup() -> None:
    """No bracket of markup is left, and the value is the same."""
    text = inert({"a": HOSTILE})
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"a": HOSTILE}


def test_nothing_is_asked_of_a_network() -> None:
    """The policy forbids every address, and no address stands where a browser would load it."""
    text = page(a_report("plain"), an_atlas(), None)
    assert "default-src 'none'" in text
    assert not re.findall(r'(?:src|href)="(?!#)', text)
    assert not re.findall(r"url\((?!#|data:)", text)


def test_the_same_values_give_the_same_page() -> None:
    """Two pages of one report are equal to the byte."""
    assert page(a_report("x"), an_atlas(), None) == page(a_report("x"), an_atlas(), None)


def test_two_figures_do_not_share_names() -> None:
    """Every id of the page is unique, though both figures are the same chart."""
    names = re.findall(r'\bid="([^"]+)"', page(a_report("x"), None, None))
    assert len(names) == len(set(names))
    assert len(names) > 4
