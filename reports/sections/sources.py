"""Long sources, numbered: a table's rows carry a short number, the sources stand below in their own table."""

from __future__ import annotations

from collections.abc import Iterable

from reports.content import Column, Table
from reports.numbers import NOT_APPLICABLE

LETTERS_MAX = 420


class SourceList:
    """The distinct sources of one page in the order of their first use, numbered with a prefix."""

    def __init__(
        self, prefix: str, texts: Iterable[str], ignored: Iterable[str] = (), *, letters_max: int = LETTERS_MAX
    ) -> None:
        self._prefix, self._letters_max = prefix, letters_max
        skipped = {"", *ignored}
        self._texts = [text for text in dict.fromkeys(texts) if text not in skipped]

    def number(self, text: str) -> str:
        """The number of a source, or a dash for none."""
        return f"{self._prefix}{self._texts.index(text) + 1}" if text in self._texts else NOT_APPLICABLE

    def table(self, caption: str) -> tuple[Table, ...]:
        """All sources, long ones cut; nothing where there are none."""
        if not self._texts:
            return ()
        rows = tuple((self.number(text), self._clipped(text)) for text in self._texts)
        cut = any(len(text) > self._letters_max for text in self._texts)
        note = "Long entries are cut; the run's tables hold them whole." if cut else ""
        return (Table(caption, (Column("No."), Column("Source", width=1)), rows, note=note, small=True),)

    def _clipped(self, text: str) -> str:
        return text if len(text) <= self._letters_max else text[: self._letters_max - 1].rstrip() + "…"
