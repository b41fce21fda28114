"""The sentences that the strike-out reads, and which flags withdraw nothing: the patient's own bed, whom the patient met.

Owns those types and exceptions. Refuses to find what a flag withdraws (``strikeouts``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.records.sections import Note
from assistant.records.strikeout_words import cues
from assistant.records.text_spans import Span


@dataclass(frozen=True)
class Sentence:
    """A sentence with its place in the chart's layout."""

    span: Span
    section: str
    note: Note
    label: str = ""
    segment: int = 0


@dataclass(frozen=True)
class Struck:
    """Indexes of withdrawn sentences, and of the flags that withdrew them."""

    sentences: frozenset[int]
    flags: frozenset[int]


POINTS_BACK = re.compile(
    r"(?i)\b(?:error|wrong\w*|above|copied|pasted|entered|written|charted|belongs?)\b|误|错|上述|以上|前述|粘贴|作废"
)


_BED = re.compile(
    r"(?i)\b(?:bed|room|rm|side ?room|cot)\s?(?:no\.?\s?)?[:#-]?\s?(?P<bed>(?:[A-Z]{1,4}-?)?\d[\w-]*)"
)
_HEAD_CHARS = 600


def own_bed(sentences: Sequence[Sentence]) -> str | None:
    """The bed that the head of the chart gives this patient."""
    for sentence in sentences:
        if sentence.section != "header" or sentence.span.start > _HEAD_CHARS:
            break
        found = _BED.search(sentence.span.text)
        if found:
            return found["bed"].casefold()
    return None


def of_the_own_bed(text: str, own_bed: str | None) -> bool:
    """``Drain chart only is of bed 16``, said of the patient in bed 16, confirms."""
    named = {m["bed"].casefold() for m in _BED.finditer(text)}
    return own_bed is not None and named == {own_bed}


def tells_of_contacts(sentence: Sentence) -> bool:
    """``Neighbour sputum positive for TB`` in a history tells whom the patient met."""
    if sentence.section not in {"family_history", "social_history"}:
        return False
    return not (POINTS_BACK.search(sentence.span.text) or cues().delete.search(sentence.span.text))


WORD = re.compile(r"[A-Za-z][A-Za-z0-9'’-]*[A-Za-z0-9]|[A-Z]{2,}")


def content_words(text: str) -> frozenset[str]:
    """The words of a sentence that tell it from others, in Chinese runs of three letters."""
    words = {w.casefold() for w in WORD.findall(text)} - cues().common
    han = "".join(re.findall(r"[一-鿿]", text))
    words |= {han[i : i + 3] for i in range(max(0, len(han) - 2))}
    return frozenset(words)
