"""What a query also means: abbreviations, British and American spellings, Chinese and English terms.

Owns the table ``query_terms.yaml``. Refuses to change the words of the query: it only adds to them.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

_CJK = re.compile(r"[\u3400-\u9fff]")


class Kind(StrEnum):
    ABBREVIATION = "abbreviation"
    SPELLING = "spelling"
    TRANSLATION = "translation"


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

    @property
    def for_vectors(self) -> str:
        """English added to a Chinese query lets an English-only model find English passages."""
        english = [a for a in self.added if not _CJK.search(a)]
        return " ".join(english) if self.chinese and english else self.text


@functools.cache
def _table() -> list[tuple[list[tuple[re.Pattern[str], str]], list[str]]]:
    raw = yaml.safe_load((Path(__file__).parent / "query_terms.yaml").read_text("utf-8"))
    return [([(_pattern(way), way) for way in row.any], row.any) for row in _Table.model_validate(raw).rows]


def _pattern(way: str) -> re.Pattern[str]:
    if _CJK.search(way):
        return re.compile(re.escape(way))
    # An abbreviation counts only as written: "cap" on a bottle is not community-acquired pneumonia.
    shouted = sum(c.isupper() for c in way) >= 2 and " " not in way
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(way)}(?![A-Za-z0-9])", 0 if shouted else re.IGNORECASE)


def understand(text: str) -> Query:
    """The query with what the table adds to it."""
    added: list[str] = []
    pairs: list[tuple[str, tuple[str, ...]]] = []
    for patterns, ways in _table():
        said = {way for pattern, way in patterns if pattern.search(text)}
        if said:
            others = tuple(way for way in ways if way not in said)
            added += others
            pairs += [(way, others) for way in sorted(said)]
    letters = [c for c in text if c.isalpha()]
    chinese = bool(letters) and len(_CJK.findall(text)) / len(letters) > 0.3
    return Query(text, tuple(dict.fromkeys(added)), chinese, tuple(pairs))
