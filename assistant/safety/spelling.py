"""Sets common misspellings right before rules read a message, and keeps the way back to each original place.

Owns no medical meaning. The text as the person wrote it is never changed; only a copy is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_FOLD = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "“": '"', "”": '"', "，": "，"})
_WIDE = {
    code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}
_SHORTEST_GUESSED = 5


def _one_letter_less(word: str) -> Iterator[str]:
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


class Speller:
    """Known misspellings by table; other words one letter (or one swap) off the vocabulary by deletion index."""

    def __init__(
        self, misspelt: Mapping[str, str], vocabulary: Iterable[str], real_words: Iterable[str]
    ) -> None:
        self._table = dict(misspelt)
        self._vocabulary = frozenset(vocabulary)
        self._real = frozenset(real_words) | self._vocabulary
        self._index: dict[str, str] = {}
        for word in sorted(self._vocabulary):
            for key in (word, *_one_letter_less(word)):
                self._index.setdefault(key, word)
        self._guess = lru_cache(maxsize=4096)(self._guess_once)

    def correct(self, word: str) -> str:
        """``word`` as the rules spell it; itself when it is no near miss."""
        known = self._table.get(word)
        if known is not None:
            return known
        return word if len(word) < _SHORTEST_GUESSED or word in self._real else self._guess(word)

    def _guess_once(self, word: str) -> str:
        if word.endswith(("s", "ed", "ing")) and word.rstrip("s") in self._vocabulary:
            return word
        if word.endswith("in") and word + "g" in self._vocabulary:
            return word + "g"
        for key in (word, *_one_letter_less(word)):
            near = self._index.get(key)
            if near is not None and near[0] == word[0] and _one_step(word, near):
                return near
        return word

    def normalise(self, text: str) -> tuple[str, list[int], list[int]]:
        """The text to read, with places in it and the offsets in ``text`` they stand for (both ascending)."""
        folded = "".join(
            c.lower() if len(c.lower()) == 1 else c for c in text.translate(_FOLD).translate(_WIDE)
        )
        pieces: list[str] = []
        places, offsets = [0], [0]
        length, done = 0, 0
        for match in _WORD.finditer(folded):
            word = match.group()
            right = self.correct(word)
            if right == word:
                continue
            pieces += [folded[done : match.start()], right]
            length += match.start() - done
            places.append(length)
            offsets.append(match.start())
            length += len(right)
            places.append(length)
            offsets.append(match.end())
            done = match.end()
        pieces.append(folded[done:])
        return "".join(pieces), places, offsets


def _one_step(word: str, near: str) -> bool:
    """One insertion, deletion, substitution or swap of neighbours apart."""
    if abs(len(word) - len(near)) > 1:
        return False
    if len(word) != len(near):
        longer, shorter = sorted((word, near), key=len, reverse=True)
        return shorter in set(_one_letter_less(longer))
    differing = [i for i, (a, b) in enumerate(zip(word, near, strict=True)) if a != b]
    if len(differing) == 1:
        # A changed last letter is nearly always another inflection or another word.
        return len(word) >= 6 and differing[0] < len(word) - 1
    if len(differing) != 2 or differing[1] != differing[0] + 1:
        return False
    i, j = differing
    return word[i] == near[j] and word[j] == near[i]
