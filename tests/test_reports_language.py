"""Reports in other languages: one catalogue, no message without its translation, numbers as the language has them."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import reports
from greengrid.report import make_report
from reports.content import Column, sentences
from reports.language import (
    ENGLISH,
    LANGUAGES,
    LETTERS,
    MESSAGES,
    catalogue,
    left_english,
    say,
    speaking,
    spoken,
    translated,
    word,
)
from reports.numbers import money, number, scientific, show
from reports.sections.glossary import terms
from tests.sample_run import Sample, write_sample

OTHERS = tuple(language for language in LANGUAGES if language != ENGLISH)
ROOT = Path(reports.__file__).parent
WEATHER = ("weather", "weather_bands")
"""The report of `greengrid weather` is in English only."""


def said() -> Iterator[tuple[str, str]]:
    """(module, text) of every constant text that passes `say` or `word`."""
    for path in sorted(ROOT.rglob("*.py")):
        if path.stem in WEATHER:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("say", "word"):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield path.stem, first.value


def placeholders(text: str) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(text) if name is not None})


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_has_its_translation(language: str) -> None:
    """No text that passes the catalogue in the code is missing from it."""
    known = catalogue(language)
    assert [f"{module}: {text}" for module, text in said() if text not in known] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_message_stands_once(language: str) -> None:
    """No English text has two translations in one catalogue."""
    tables = tomllib.loads((MESSAGES / f"{language}.toml").read_text("utf-8"))
    assert sum(len(table) for table in tables.values()) == len(catalogue(language))


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_are_those_of_the_english_text(language: str) -> None:
    """A translation fills the same places, no more and no fewer, and is not empty."""
    wrong = [text for text, other in catalogue(language).items() if placeholders(text) != placeholders(other)]
    assert wrong == []
    assert all(other.strip() for other in catalogue(language).values())


def test_numbers_are_written_as_the_language_writes_them() -> None:
    """Decimal comma and Russian units; English again outside."""
    with speaking("ru"):
        assert number(1234.5, "price_usd_per_mwh") == "1\u202f234,5"
        assert show(11.44, "energy_twh") == "11,4\u00a0ТВт·ч"
        assert money(2.357e9) == "2,36\u00a0млрд долл. США"
        assert scientific(8e-6) == "8e\u22126"
        assert number(0.004, "energy_twh") == "<0,1"
    assert show(11.44, "energy_twh") == "11.4\u00a0TWh"
    assert spoken() == ENGLISH


def test_words_among_the_values_are_looked_up_too() -> None:
    """A sentence's values that the catalogue knows are told in its language; unknown ones stay."""
    with speaking("ru"):
        assert say("cost: {part}", part="coal") == "стоимость: уголь"
        assert say("cost: {part}", part="Ångström") == "стоимость: Ångström"
        assert word("no such message") == "no such message"
        assert translated(Column("Price", "MW")) == Column("Цена", "МВт")


def test_a_sentence_of_a_table_is_told_with_its_numbers() -> None:
    """The catalogue holds places for the numbers, which come out as the language writes them; tuples of a text and a
    number are walked through, tuples of numbers left alone."""
    with speaking("ru"):
        told = word("default in 2037: 1,206.6 M USD stay unpaid after the reserve")
        assert told == "дефолт в 2037 году: 1\u202f206,6 млн долл. США не оплачено после резерва"
        assert word("requires 99.40 USD/MWh; the chain can afford -22.30").endswith("может дать \u221222,30")
        assert word("N-1 and 2 x UZ_Lochin 500 stay") == "N-1 and 2 x UZ_Lochin 500 stay"
        assert translated((("thermal limit", 100.0), ("coal", 2.0))) == (("термический предел", 100.0), ("уголь", 2.0))
        assert translated((1.0, 2.0)) == (1.0, 2.0)


def test_a_language_that_nobody_speaks_is_refused() -> None:
    """No silent English."""
    with pytest.raises(ValueError, match="'de' is none of en, ru"), speaking("de"):
        pass


def test_an_english_sentence_in_a_russian_report_is_seen() -> None:
    """Four plain words in a row without a Russian letter; names and codes are none."""
    with speaking("ru"):
        assert left_english("the price is what it costs")
        assert not left_english("цена is what it costs here")
        assert not left_english("IBRD IFL Jul 2024")
        assert not left_english("KZ_Aktau 500")
    assert not left_english("the price is what it costs")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("run") / "sample", Sample())


def test_titles_heads_and_captions_are_russian(folder: Path) -> None:
    """Every page's title has Russian letters; a page that holds an English sentence says so at its foot."""
    made = make_report(folder, "full", "ru")
    assert made.language == "ru"
    for page in made.pages:
        assert LETTERS["ru"].search(page.title), page.title
        with speaking("ru"):
            english = [text for text in sentences(page) if left_english(text)]
        assert bool(english) == ("на английском языке" in page.source), (page.title, english[:2])


def test_russian_pages_say_the_same_numbers(folder: Path) -> None:
    """The numbers of the two languages' first pages are the same but for the decimal mark."""
    digits = re.compile(r"\d[\d\u202f]*(?:[.,]\d+)?")
    english, russian = (make_report(folder, "summary", language).pages[0] for language in ("en", "ru"))
    first = sorted(text.replace(".", ",") for text in digits.findall(english.headline + english.lead))
    assert first == sorted(digits.findall(russian.headline + russian.lead))


def test_the_glossary_is_whole() -> None:
    """Each term has both names and both meanings, stands once, and they are sorted."""
    rows = terms()
    assert len(rows) >= 60
    assert all(set(row) == {"en", "ru", "meaning_en", "meaning_ru"} and all(row.values()) for row in rows)
    names = [row["en"].lower() for row in rows]
    assert names == sorted(set(names))
    assert all(LETTERS["ru"].search(row["meaning_ru"]) for row in rows)
