"""Medicines' names in running text: longest match, English and Chinese, in one pass.

Owns how a name is told from the letters around it. Refuses to know what a medicine does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_ALNUM_RUN = re.compile(r"[a-z0-9α-ωµ]+|[㐀-鿿]")
_JOINERS = str.maketrans(
    {"-": " ", "‐": " ", "‑": " ", "–": " ", "/": " ", "／": " ", "’": "'", "\n": " ", "+": " ", "、": "、"}
)
_SHORT_ABBREVIATION = 5


@dataclass(frozen=True)
class DrugMention:
    """``text`` is characters ``start:end`` of the searched text; ``generic`` is lower-case English."""

    generic: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class ClassMention:
    """``drug_class`` is an id of ``classes.yaml``."""

    drug_class: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class _Entry:
    folded: str
    verbatim: str
    target: str | None
    case_matters: bool


def fold(text: str) -> str:
    """Lower case with hyphens, slashes and line ends as spaces; the length never changes."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lowered.translate(_JOINERS)


class NameIndex:
    """Names → targets. A name whose target is None hides the shorter names inside it."""

    def __init__(self, names: Iterable[tuple[str, str | None]]) -> None:
        self._by_first: dict[str, list[_Entry]] = {}
        self._exact: dict[str, str] = {}
        for name, target in names:
            folded = fold(name)
            first = _ALNUM_RUN.match(folded)
            if first is None:
                raise ValueError(f"the name {name!r} must begin with a letter or digit; correct its row")
            entry = _Entry(folded, name, target, _is_abbreviation(name))
            self._by_first.setdefault(first.group(), []).append(entry)
            if target is not None:
                self._exact.setdefault(folded, target)
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: -len(entry.folded))

    def __len__(self) -> int:
        return len(self._exact)

    def exact(self, name: str) -> str | None:
        """The target of the whole name, case ignored; None where it is no name here."""
        return self._exact.get(fold(name.strip()))

    def search(self, text: str) -> Iterable[tuple[str, int, int]]:
        """``(target, start, end)`` of each name, left to right, never overlapping."""
        folded = fold(text)
        free_from = 0
        for run in _ALNUM_RUN.finditer(folded):
            start = run.start()
            entries = self._by_first.get(run.group())
            if entries is None or start < free_from:
                continue
            for entry in entries:
                end = start + len(entry.folded)
                if not folded.startswith(entry.folded, start) or _inside_a_word(folded, end):
                    continue
                if entry.case_matters and text[start:end] != entry.verbatim:
                    continue
                free_from = end
                if entry.target is not None:
                    yield entry.target, start, end
                break


def _is_abbreviation(name: str) -> bool:
    return name.isascii() and len(name) <= _SHORT_ABBREVIATION and name.isupper()


def _inside_a_word(folded: str, end: int) -> bool:
    if end >= len(folded):
        return False
    last, following = folded[end - 1], folded[end]
    return last.isascii() and last.isalnum() and following.isascii() and following.isalnum()
