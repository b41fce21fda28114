"""What differs between two versions of a document, sentence by sentence and word by word.

Owns the comparison. Refuses to know versions in storage and how a change is drawn.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.domain.answer import Answer, Section


class Mark(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Part:
    text: str
    mark: Mark


@dataclass(frozen=True)
class Change:
    """One sentence that came, went or was reworded. Its parts in order give the old text, or the new one."""

    section: str
    parts: tuple[Part, ...]

    def old(self) -> str:
        return "".join(p.text for p in self.parts if p.mark is not Mark.ADDED)

    def new(self) -> str:
        return "".join(p.text for p in self.parts if p.mark is not Mark.REMOVED)


_WORD = re.compile(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+|\s+")
LIKE = 0.45
"""Two sentences with at least this share of words in common are one sentence reworded."""


def changes(before: Answer, after: Answer) -> tuple[Change, ...]:
    """Every difference in what is shown and in what was settled, in the order of the newer version."""
    found: list[Change] = []
    old = {s.key: s for s in before.sections}
    for section in after.sections:
        found += _of_section(section.title, _texts(old.pop(section.key, None)), _texts(section))
    for section in old.values():
        found += _of_section(section.title, _texts(section), [])
    settled = [[f"{s.text}: {s.reason} ({s.by})" for s in a.settled] for a in (before, after)]
    found += _of_section("", *settled)
    return tuple(found)


def _texts(section: Section | None) -> list[str]:
    return [s.text for s in section.sentences] if section else []


def _of_section(title: str, old: Sequence[str], new: Sequence[str]) -> list[Change]:
    found = []
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        gone, come = list(old[a:b]), list(new[c:d])
        for text in come:
            match = max(gone, key=lambda t: _likeness(t, text), default=None)
            if match is not None and _likeness(match, text) >= LIKE:
                gone.remove(match)
                found.append(Change(title, words(match, text)))
            else:
                found.append(Change(title, (Part(text, Mark.ADDED),)))
        found += [Change(title, (Part(text, Mark.REMOVED),)) for text in gone]
    return found


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(a=_WORD.findall(one), b=_WORD.findall(other), autojunk=False).ratio()


def words(old: str, new: str) -> tuple[Part, ...]:
    """The rewording of one sentence, word by word (Chinese: sign by sign)."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    parts: list[Part] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(Part("".join(before[a:b]), Mark.SAME))
            continue
        parts += [
            Part(text, mark)
            for text, mark in (("".join(before[a:b]), Mark.REMOVED), ("".join(after[c:d]), Mark.ADDED))
            if text
        ]
    return tuple(parts)
