"""The language of the pages being made. English is the text in the code; every other language is one catalogue.

A sentence with values passes `say` where it is made; labels, heads and captions without values are looked up once, when
the finished report passes `translated`. What a catalogue lacks stays English and is told on its page (`left_english`).
Another language is one more file in `messages/` with the keys of `ru.toml`; tests compare keys and placeholders.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields, is_dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar, cast

MESSAGES = Path(__file__).parent / "messages"
ENGLISH = "en"
LANGUAGES = (ENGLISH, "ru")
DECIMAL_MARKS: Mapping[str, str] = MappingProxyType({"en": ".", "ru": ","})
LETTERS: Mapping[str, re.Pattern[str]] = MappingProxyType({"ru": re.compile("[а-яё]", re.IGNORECASE)})
"""Letters that only a text in that language has."""
PLAIN_WORDS = re.compile(r"(?:[A-Za-z]?[a-z]{2,}[,;:]? ){3,}")
"""Four English words or more in a row: a sentence, not a name."""
NUMBERS = re.compile(r"(?<![\w-])[-+\u2212]?\d[\d,]*(?:\.\d+)?")
"""Numbers in a text that a run's tables hold, as English writes them."""

FIXED = frozenset({"slug", "voice", "kind", "status", "colour"})
"""Fields that steer the layout and are read by nobody."""

Value = TypeVar("Value")
_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything that is said, formatted or drawn inside is in `language` (one of `LANGUAGES`)."""
    if language not in LANGUAGES:
        raise ValueError(f"{language!r} is none of {', '.join(LANGUAGES)}")
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def spoken() -> str:
    """The language that is spoken now."""
    return _language.get()


def decimal_mark() -> str:
    return DECIMAL_MARKS[_language.get()]


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """English text -> text in `language`; empty for English."""
    if language == ENGLISH:
        return {}
    tables = tomllib.loads((MESSAGES / f"{language}.toml").read_text("utf-8"))
    return {english: text for table in tables.values() for english, text in table.items()}


def say(text: str, /, **values: object) -> str:
    """`text`, a format string in English, in the language that is spoken; values that are words are looked up too."""
    told = {key: word(value) if isinstance(value, str) else value for key, value in values.items()}
    return catalogue(_language.get()).get(text, text).format(**told)


def word(text: str) -> str:
    """A ready text in the language that is spoken; as it is where the catalogue lacks it.

    What a run's tables hold comes with its numbers in it: the catalogue has {0}, {1} ... in their places.
    """
    known = catalogue(_language.get())
    if not known or text in known:
        return known.get(text, text)
    places = count()
    pattern = NUMBERS.sub(lambda _: f"{{{next(places)}}}", text)
    if pattern not in known:
        return text
    return known[pattern].format(*map(_number_here, NUMBERS.findall(text)))


def _number_here(text: str) -> str:
    """A number written in English as the spoken language writes it."""
    return text.replace(",", "\u202f").replace(".", decimal_mark()).replace("-", "\u2212")


def translated(value: Value) -> Value:
    """`value` with every text in it that the catalogue knows replaced: dataclasses and tuples are walked through."""
    if _language.get() == ENGLISH:
        return value
    return cast(Value, _translated(value))


def _translated(value: object) -> object:
    if isinstance(value, str):
        return word(value)
    if isinstance(value, tuple):
        numbers = len(value) > 0 and isinstance(value[0], int | float) and isinstance(value[-1], int | float)
        return value if numbers else tuple(map(_translated, value))
    if is_dataclass(value) and not isinstance(value, type):
        changed = {}
        for field in fields(value):
            if field.name in FIXED:
                continue
            old = getattr(value, field.name)
            new = _translated(old)
            if new is not old:
                changed[field.name] = new
        return replace(value, **changed) if changed else value
    return value


def left_english(text: str) -> bool:
    """Whether a text of a report in another language is still an English sentence."""
    language = _language.get()
    return language != ENGLISH and not LETTERS[language].search(text) and bool(PLAIN_WORDS.search(f"{text} "))
