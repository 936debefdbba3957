"""The words of these pages in English and Russian, with what they mean here."""

from __future__ import annotations

import tomllib
from functools import cache

from reports.content import Column, Page, Table
from reports.language import ENGLISH, MESSAGES, say, spoken
from reports.results import Results


@cache
def terms() -> tuple[dict[str, str], ...]:
    """Rows with `en`, `ru`, `meaning_en`, `meaning_ru`, sorted by the English term."""
    rows = tomllib.loads((MESSAGES / "glossary.toml").read_text("utf-8"))["term"]
    return tuple(sorted(rows, key=lambda row: str(row["en"]).lower()))


def glossary(_results: Results) -> tuple[Page, ...]:
    """The same for every case."""
    meaning = "meaning_en" if spoken() == ENGLISH else f"meaning_{spoken()}"
    rows = tuple((row["en"], row["ru"], row[meaning]) for row in terms())
    columns = (
        Column("English", width=1.1),
        Column("\u0420\u0443\u0441\u0441\u043a\u0438\u0439", width=1.2),
        Column("Meaning here", width=2.6),
    )
    page = Page(
        "Glossary",
        say("{count} terms in English and Russian", count=len(rows)),
        "",
        (Table("Terms, sorted by English", columns, rows, small=True),),
        "",
        follows=True,
    )
    return (page,)
