"""Names that spreadsheets accept, made of names that people give."""

from __future__ import annotations

import re
import unicodedata

SHEET_LETTERS_MAX = 31
WORD_LETTERS_MAX = 40
RESERVED = ("history",)


def word(text: str, number: int) -> str:
    """Lower-case letters, digits and underscores; `s<number>` where nothing of the text is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    found = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:WORD_LETTERS_MAX].strip("_")
    return found if found[:1].isalpha() else f"s{number}_{found}".rstrip("_")


class Names:
    """Unique names of cells; each contains an underscore, so that none is read as an address such as TAX1."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def of(self, *parts: str) -> str:
        """A name not given before."""
        stem = "_".join(part for part in parts if part)
        stem = stem if "_" in stem else f"{stem}_value"
        return _free(stem, self.taken, "_{}")


class SheetNames:
    """Unique names of sheets, without the characters and length that programs refuse."""

    def __init__(self) -> None:
        self.taken: set[str] = set(RESERVED)

    def of(self, text: str) -> str:
        """A name not given before."""
        clean = re.sub(r"[\[\]:*?/\\'\x00-\x1f]", "_", text).strip()[:SHEET_LETTERS_MAX] or "sheet"
        return _free(clean, self.taken, "~{}", SHEET_LETTERS_MAX)


def _free(stem: str, taken: set[str], form: str, longest: int = 200) -> str:
    name, number = stem, 1
    while name.lower() in taken:
        number += 1
        tail = form.format(number)
        name = stem[: longest - len(tail)] + tail
    taken.add(name.lower())
    return name
