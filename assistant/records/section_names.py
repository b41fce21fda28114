"""The names of sections and notes (``sections.yaml``) and how far each reaches.

Owns the words and the patterns made of them. Refuses to know where in a chart a name is a heading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

HAN = re.compile(r"[一-鿿]")


class _SectionRow(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reach: Literal["line", "block"]
    labels: list[str]
    composed: list[list[str]] = []
    note: bool = False

    def all_labels(self) -> list[str]:
        made = ("".join(parts) for parts in product(*self.composed)) if self.composed else ()
        return [*self.labels, *made]


class NoteRow(BaseModel):
    """A kind of note: the words of its header, and the section its unlabelled text belongs to."""

    model_config = ConfigDict(extra="forbid")
    section: str
    words: list[str]
    discharge: bool = False


class _MadeOf(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    section: str
    has: list[list[str]]
    none_of: list[str] = Field(alias="not")
    most_words: int = 60
    most_letters: int = 60


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sections: dict[str, _SectionRow]
    made_of: list[_MadeOf]
    notes: list[NoteRow]
    bare: dict[str, list[str]]
    told: dict[str, list[str]]


@dataclass(frozen=True)
class MadeOf:
    """A heading told by its words: one of every group, none of the others, and no more words than that."""

    section: str
    groups: tuple[re.Pattern[str], ...]
    none_of: re.Pattern[str] | None
    most_words: int
    most_letters: int

    def fits(self, heading: str) -> bool:
        return (
            len(heading.split()) <= self.most_words
            and len(heading) <= self.most_letters
            and all(g.search(heading) for g in self.groups)
            and not (self.none_of and self.none_of.search(heading))
        )


@dataclass(frozen=True)
class SectionNames:
    """Words in small letters with their section or note, and patterns that find them in a line.

    ``reach`` says how far a section goes on: its ``line``, or the ``block`` up to the next heading. ``bare`` are the labels
    that may open a line without a colon, ``told`` the openings of
    a dictated sentence.
    """

    label: dict[str, str]
    reach: dict[str, str]
    note: dict[str, NoteRow]
    inline: re.Pattern[str]
    zh_inline: re.Pattern[str]
    note_word: re.Pattern[str]
    bare: dict[str, str]
    made_of: tuple[MadeOf, ...]
    told: tuple[tuple[str, re.Pattern[str]], ...]

    def section_of(self, heading: str) -> str | None:
        """The section of a heading: as it stands in a list, else by the words it is made of."""
        known = self.label.get(key_of(heading))
        if known or len(heading) > _LONGEST_HEADING:
            return known
        return next((row.section for row in self.made_of if row.fits(heading)), None)


@cache
def section_names() -> SectionNames:
    """The names in ``sections.yaml``, read once."""
    raw = yaml.safe_load(Path(__file__).with_name("sections.yaml").read_text(encoding="utf-8"))
    rules = _Rules.model_validate(raw)
    label = {w.casefold(): key for key, row in rules.sections.items() for w in row.all_labels()}
    reach: dict[str, str] = {key: row.reach for key, row in rules.sections.items()}
    note = {w.casefold(): row for row in rules.notes for w in row.words}
    english = sorted((w for w in label if not HAN.search(w)), key=len, reverse=True)
    chinese = sorted((w for w in label if HAN.search(w)), key=len, reverse=True)
    inline = re.compile(
        rf"(?i)(?<![\w/&-])(?P<label>{'|'.join(re.escape(w) for w in english)})\s{{0,2}}"
        r"(?:\([^()\n]{1,40}\))?\s{0,2}(?P<sep>[:：]|\s[-–—]{1,2}\s(?=\S))"
    )
    zh_inline = re.compile(
        rf"(?i)(?P<label>{'|'.join(_spaced(w) for w in chinese)})(?:[（(][^（()）\n]{{1,24}}[)）])?\s{{0,2}}(?P<sep>[:：])"
    )
    bare = {w: key for key, labels in rules.bare.items() for w in labels}
    told = tuple((key, re.compile("|".join(rows), re.IGNORECASE)) for key, rows in rules.told.items())
    words = sorted(note, key=len, reverse=True)
    latin = "|".join(re.escape(w) for w in words if not HAN.search(w))
    han = "|".join(re.escape(w) for w in words if HAN.search(w))
    note_word = re.compile(rf"(?i)(?<![\w/])(?=[A-Za-z])(?:{latin})(?![\w/]|['’]d\b)|(?=[一-鿿\w])(?:{han})")
    made_of = tuple(
        MadeOf(
            row.section,
            tuple(_any_word(group) for group in row.has),
            _any_word(row.none_of) if row.none_of else None,
            row.most_words,
            row.most_letters,
        )
        for row in rules.made_of
    )
    return SectionNames(label, reach, note, inline, zh_inline, note_word, bare, made_of, told)


_LONGEST_HEADING = 60


def _any_word(words: list[str]) -> re.Pattern[str]:
    """Any of the words; English ones whole."""
    parts = [re.escape(w) if HAN.search(w) else rf"(?<![\w/-]){re.escape(w)}(?![\w/-])" for w in words]
    return re.compile("|".join(parts), re.IGNORECASE)


def _spaced(word: str) -> str:
    """``主诉`` as some forms print it: ``主  诉``."""
    return r"[ \u3000]{0,4}".join(word) if len(word) <= 4 and not word.isascii() else word


def key_of(text: str) -> str:
    """A heading without its number, frame and colon, in small letters: how ``SectionNames.label`` knows it."""
    text = re.sub(r"^[\s（(]*(?:\d{1,2}|[一二三四五六七八九十]{1,2})[\s)）.、]+", "", text)
    return re.sub(r"\s+", " ", text).strip(" :：.-=*#】【[]_").casefold()
