"""Long sources, numbered: a table's rows carry a short number, the sources stand below in their own table."""

from __future__ import annotations

from collections.abc import Iterable

from reports.content import Column, Table
from reports.numbers import NOT_APPLICABLE

LETTERS_MAX = 420


class SourceList:
    """The distinct sources of one page in the order of their first use, numbered with a prefix."""

    def __init__(self, prefix: str, texts: Iterable[str], ignored: Iterable[str] = ()) -> None:
        self._prefix = prefix
        skipped = {"", *ignored}
        self._texts = [text for text in dict.fromkeys(texts) if text not in skipped]

    def number(self, text: str) -> str:
        """The number of a source, or a dash for none."""
        return f"{self._prefix}{self._texts.index(text) + 1}" if text in self._texts else NOT_APPLICABLE

    def table(self, caption: str) -> tuple[Table, ...]:
        """All sources, long ones cut; nothing where there are none."""
        if not self._texts:
            return ()
        rows = tuple((self.number(text), _clipped(text)) for text in self._texts)
        note = "Long entries are cut; the run's tables hold them whole." if any(map(_is_long, self._texts)) else ""
        return (Table(caption, (Column("No."), Column("Source", width=1)), rows, note=note, small=True),)


def _is_long(text: str) -> bool:
    return len(text) > LETTERS_MAX


def _clipped(text: str) -> str:
    return text[: LETTERS_MAX - 1].rstrip() + "…" if _is_long(text) else text
