"""A chart's notes and the runs of text in one section of one note.

Owns the two types that every reader of a chart takes. Refuses to know how they are found (``layout``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from assistant.records.sentences import split_sentences
from assistant.records.text_spans import Span


@dataclass(frozen=True)
class Note:
    """One entry of the chart. ``date`` is ISO where the chart lets it be derived."""

    index: int
    section: str
    heading: str = ""
    date: str | None = None
    author: str | None = None
    discharge: bool = False
    start: int = 0


@dataclass(frozen=True)
class Segment:
    """A run of text in one section of one note; ``label`` is the heading or label that opened it, as written."""

    section: str
    span: Span
    note: Note
    label: str = ""
    label_start: int = 0

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """Split once: eight readers ask for them."""
        return tuple(split_sentences(self.span))

    @cached_property
    def statements(self) -> tuple[Span, ...]:
        """Sentences, ended by semicolons too."""
        return tuple(split_sentences(self.span, at_semicolon=True))
