"""The page put together: one HTML file with style, script, fonts and data inside, which asks no server for anything."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from reports.content import Report
from reports.figures import FONTS
from reports.view import atlas as atlas_json
from reports.view import document
from reports.view.values import Atlas, Options

HERE = Path(__file__).parent
FACES = (("Regular", 400), ("Semibold", 600))


def page(report: Report | None, atlas: Atlas | None, options: Options | None, title: str = "", digest: str = "") -> str:
    """The whole page: map with hours, selectors over a sweep, report; what is None is left out.

    `title` and `digest` are of a sweep without a report. The same values give the same text.
    """
    data: dict[str, Any] = {}
    if atlas is not None:
        data["map"] = atlas_json.payload(atlas)
    if options is not None:
        data["sweep"] = asdict(options)
    parts = {
        "title": escape(report.title if report else title),
        "kicker": escape(f"{report.subtitle} · digest {report.digest[:8]}" if report else "sweep"),
        "standing": escape(report.standing if report else ""),
        "digest": escape(report.digest[:8] if report else digest[:8]),
        "sweep": _read("sweep.html") if options is not None else "",
        "map": _read("map.html") if atlas is not None else "",
        "contents": document.contents(report) if report else "",
        "pages": document.pages(report) if report else "",
        "style": _faces() + _read("page.css"),
        "script": _read("page.js"),
        "data": inert(data),
    }
    return _filled(_read("page.html"), parts)


def inert(data: object) -> str:
    """JSON that no browser can take for markup, whatever stands in its texts."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, sort_keys=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _filled(template: str, parts: dict[str, str]) -> str:
    """Every @name@ of the template replaced once; what is put in is not searched again."""
    pieces = template.split("@")
    assert all(name in parts for name in pieces[1::2]), pieces[1::2]
    return "".join(parts[piece] if k % 2 else piece for k, piece in enumerate(pieces))


def _read(name: str) -> str:
    return (HERE / name).read_text("utf-8")


def _faces() -> str:
    def face(name: str, weight: int) -> str:
        content = base64.b64encode((FONTS / f"SourceSansPro-{name}.woff").read_bytes()).decode("ascii")
        return (
            f'@font-face{{font-family:"Source Sans Pro";font-weight:{weight};'
            f"src:url(data:font/woff;base64,{content})}}\n"
        )

    return "".join(face(name, weight) for name, weight in FACES)
