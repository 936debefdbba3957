"""What a report says, as immutable values: pages of sentences, numbers, tables and charts, each with its unit.

Nothing here knows a file, a grid or a renderer. The charts' own values are in `reports.charts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reports.charts import Chart


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraphs in one voice: body, note (small), box (on a band), list (each paragraph a bullet)."""

    paragraphs: tuple[str, ...]
    voice: str = "body"
    title: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """One headline number: what it is, how much, how sure, and what it covers."""

    label: str
    value: str
    """Ready to print, unit included."""
    range_text: str
    detail: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """The few numbers that a reader takes away."""

    items: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """Head of a table column; `unit` stands in brackets behind the name, empty where there is none."""

    name: str
    unit: str = ""
    numeric: bool = False
    width: float = 0.0
    """Share of the free width; 0 takes what the text needs."""

    @property
    def head(self) -> str:
        return f"{self.name} ({self.unit})" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of ready text under a repeated head. The first column is text and names the row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    strong_rows: tuple[int, ...] = ()
    """Totals and the chosen row."""
    small: bool = False

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{self.caption}: {len(row)} cells under {len(self.columns)} columns: {row}")


Single = Text | Numbers | Table | Chart


@dataclass(frozen=True, slots=True)
class Stack:
    """Blocks below one another on one side of a pair."""

    blocks: tuple[Single, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two blocks side by side with 4 mm between them; together as wide as the text (170 mm)."""

    left: Single | Stack
    right: Single | Stack
    left_mm: float = 83.0


Block = Single | Pair


def pieces(block: Block | Stack) -> tuple[Single, ...]:
    """A block without its pairs and stacks, in reading order."""
    if isinstance(block, Pair):
        return (*pieces(block.left), *pieces(block.right))
    return block.blocks if isinstance(block, Stack) else (block,)


@dataclass(frozen=True, slots=True)
class Page:
    """One finding: a short title for the bookmarks, a sentence as headline, a lead, blocks and the source line."""

    title: str
    headline: str
    lead: str
    blocks: tuple[Block, ...]
    source: str
    cover: bool = False
    follows: bool = False
    """Stands below the page before where there is room."""
    slug: str = ""
    """Short name in English letters, for files; set where the report is put together."""
    contents: bool = False
    """Ends with the list of all pages."""

    def __post_init__(self) -> None:
        """A headline that begins with a name in small letters still begins with a capital."""
        object.__setattr__(self, "headline", self.headline[:1].upper() + self.headline[1:])


def sentences(page: Page) -> tuple[str, ...]:
    """What a page says in its own words: titles, captions, heads and notes, without the cells of tables."""
    found = [page.title, page.headline, page.lead]
    for piece in (piece for block in page.blocks for piece in pieces(block)):
        if isinstance(piece, Text):
            found += [piece.title, *piece.paragraphs]
        elif isinstance(piece, Table):
            found += [piece.caption, piece.note, *(column.name for column in piece.columns)]
        elif isinstance(piece, Numbers):
            found += [text for item in piece.items for text in (item.label, item.range_text, item.detail)]
        else:
            found += [piece.caption, piece.alt]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a renderer needs. `document_date` is fixed by the case, never by a clock."""

    title: str
    subtitle: str
    case_name: str
    year: int
    digest: str
    document_date: date
    standing: str
    """Foot of every page."""
    pages: tuple[Page, ...]
    language: str = "en"

    def charts(self) -> tuple[Chart, ...]:
        """All charts, in reading order."""
        blocks = (piece for page in self.pages for block in page.blocks for piece in pieces(block))
        return tuple(piece for piece in blocks if isinstance(piece, Chart))
