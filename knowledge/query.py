"""What a query also means: abbreviations, spellings, lay words, Chinese and English terms, brand and generic names.

Owns the table ``query_terms.yaml``; medicines come from the formulary. Refuses to change the words of the query: it only
adds to them.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from knowledge.formulary import open_formulary

_CJK = re.compile(r"[\u3400-\u9fff]")


class Kind(StrEnum):
    ABBREVIATION = "abbreviation"
    SPELLING = "spelling"
    TRANSLATION = "translation"
    LAY = "lay"
    PUBLISHER = "publisher"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Kind
    any: list[str] = Field(min_length=2)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")
    source: str
    date: object
    rows: list[_Row]


@dataclass(frozen=True)
class Query:
    """``text`` as asked; ``added`` other ways of saying what stands in it; ``chinese`` where a third or more is."""

    text: str
    added: tuple[str, ...]
    chinese: bool
    said: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Each way of saying found in the text, with the others of its row."""
    same: frozenset[str] = frozenset()
    """Of ``added``, what means just the same: a translation, a spelling, an abbreviation, a medicine's other name."""

    @property
    def for_vectors(self) -> str:
        """English added to a Chinese query lets an English-only model find English passages."""
        english = [a for a in self.added if not _CJK.search(a)]
        return " ".join(english) if self.chinese and english else self.text


@functools.cache
def _rows() -> list[_Row]:
    raw = yaml.load(
        (Path(__file__).parent / "query_terms.yaml").read_text("utf-8"),
        Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),
    )
    return _Table.model_validate(raw).rows


_START = 2
"""Letters by which a way of saying is looked up: most of the several thousand ways begin with none that the text holds."""


@functools.cache
def _table() -> list[_Row]:
    return [row for row in _rows() if row.kind is not Kind.PUBLISHER]


@functools.cache
def _by_start() -> dict[str, list[tuple[int, int, str, re.Pattern[str], str]]]:
    """First letters → (row, place in it, the way in small letters, its pattern, the way)."""
    found: dict[str, list[tuple[int, int, str, re.Pattern[str], str]]] = {}
    for number, row in enumerate(_table()):
        for place, way in enumerate(row.any):
            lower = way.lower()
            found.setdefault(lower[:_START], []).append((number, place, lower, _pattern(way), way))
    return found


def publisher_names(name: str) -> list[str]:
    """The name as given, and the others of its row: initials for the full name and back."""
    wanted = name.casefold()
    rows = [
        row.any
        for row in _rows()
        if row.kind is Kind.PUBLISHER and wanted in {way.casefold() for way in row.any}
    ]
    return list(dict.fromkeys([name, *(way for row in rows for way in row)]))


def _pattern(way: str) -> re.Pattern[str]:
    if _CJK.search(way):
        return re.compile(re.escape(way))
    # An abbreviation counts only as written: "cap" on a bottle is not community-acquired pneumonia.
    shouted = sum(c.isupper() for c in way) >= 2 and " " not in way
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(way)}(?![A-Za-z0-9])", 0 if shouted else re.IGNORECASE)


@dataclass(frozen=True)
class _Said:
    """A way of saying at its place in the text, with the other ways of its row."""

    start: int
    end: int
    way: str
    others: tuple[str, ...]
    exact: bool

    def within(self, other: _Said) -> bool:
        return (
            other.start <= self.start
            and self.end <= other.end
            and other.end - other.start > self.end - self.start
        )


@functools.lru_cache(maxsize=512)
def understand(text: str) -> Query:
    """The query with what the table and the formulary add to it."""
    found = [*_in_table(text), *_medicines(text)]
    # "Ketoacidosis in diabetes" is one idea: the shorter name inside a longer one would count it twice.
    outer = [one for one in found if not any(one.within(other) for other in found)]
    pairs: dict[str, dict[str, None]] = {}
    for one in outer:
        pairs.setdefault(one.way, {}).update(dict.fromkeys(one.others))
    said = {one.way.casefold() for one in outer}
    letters = [c for c in text if c.isalpha()]
    return Query(
        text,
        tuple(dict.fromkeys(other for one in outer for other in one.others if other.casefold() not in said)),
        bool(letters) and len(_CJK.findall(text)) / len(letters) > 0.3,
        tuple((way, tuple(others)) for way, others in pairs.items()),
        frozenset(other for one in outer if one.exact for other in one.others),
    )


def _in_table(text: str) -> list[_Said]:
    folded = text.lower()
    starts = {*folded, *(folded[i : i + _START] for i in range(len(folded)))}
    hits: dict[int, list[tuple[int, str, re.Match[str]]]] = {}
    for start in starts & _by_start().keys():
        for number, place, lower, pattern, way in _by_start()[start]:
            if lower in folded and (m := pattern.search(text)):
                hits.setdefault(number, []).append((place, way, m))
    found = []
    for number, ways in sorted(hits.items()):
        row = _table()[number]
        said = {way for _, way, _ in ways}
        others = tuple(way for way in row.any if way not in said)
        in_order = sorted(ways, key=lambda hit: hit[0])
        found += [_Said(m.start(), m.end(), way, others, row.kind is not Kind.LAY) for _, way, m in in_order]
    return found


def _medicines(text: str) -> list[_Said]:
    """Each medicine as written, with its generic name in both languages and, of a combination, its ingredients."""
    formulary = open_formulary()
    found = []
    for mention in formulary.names_in(text):
        medicine = formulary.medicines.get(mention.generic)
        if medicine is None:
            continue
        names = dict.fromkeys([medicine.generic, medicine.chinese, *medicine.of])
        others = tuple(n for n in names if n and n.casefold() != mention.text.casefold())
        if others:
            found.append(_Said(mention.start, mention.start + len(mention.text), mention.text, others, True))
    return found
