"""Words for BM25 and the BM25 index itself: English stems, Chinese words.

Owns how text becomes terms. Refuses to know what a term means; synonyms are added to the query in ``query.py``.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NOTHING = "∅"
CHINESE = re.compile(r"[\u3400-\u9fff]")
_TOKEN = re.compile(r"[a-z0-9]+(?:[.'’][a-z0-9]+)*|[\u3400-\u9fff]+")
_STOP = frozenset(
    "a an and are as at be been but by can could did do does for from had has have how i if in into is it its may me my of on or our"
    " should so such than that the their them then there these they this those to was we were what when where which who whom whose"
    " why will with would you your patient patients".split()
)
_STOP_CHINESE = frozenset(
    "的 了 是 在 和 与 及 或 有 吗 呢 什么 怎么 如何 哪些 哪 一 个 应 该 应该 可以 患者 病人 请问 怎样 多少 几 为".split()
)


@functools.cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


@functools.cache
def _segmenter() -> Any:
    import jieba

    jieba.setLogLevel(logging.ERROR)
    return jieba.Tokenizer()


def counts_of(word: str) -> int:
    """How often the segmenter's dictionary counts a Chinese word in general texts; 0 where it does not hold it."""
    segmenter = _segmenter()
    segmenter.check_initialized()
    return int(segmenter.FREQ.get(word) or 0)


def terms(text: str) -> list[str]:
    """Stems of Latin words and words of Chinese runs, stop words left out; longer Chinese words also by their parts."""
    found: list[str] = []
    latin: list[str] = []
    for token in _TOKEN.findall(text.lower()):
        if token[0] >= "\u3400":
            words = _segmenter().cut_for_search(token)
            found += [word for word in words if word not in _STOP_CHINESE and word.strip()]
        elif token not in _STOP:
            latin.append(token.replace("’", "'"))
    return found + list(_stemmer().stemWords(latin))


@dataclass(frozen=True)
class Numbered:
    """Texts as numbers of their terms; a term is held once, however often it stands in the library."""

    rows: list[list[int]]
    vocabulary: dict[str, int]

    def grouped(self, group_of: Sequence[int]) -> Numbered:
        """The rows joined by group; groups are numbered from 0."""
        joined: list[list[int]] = [[] for _ in range(max(group_of, default=-1) + 1)]
        for row, group in zip(self.rows, group_of, strict=True):
            joined[group] += row
        return Numbered(joined, self.vocabulary)


def numbered(texts: Iterable[Sequence[str]]) -> Numbered:
    """Takes the texts one by one, so that only one at a time stands in memory as words."""
    vocabulary: dict[str, int] = {}
    rows = [
        [vocabulary.setdefault(word, len(vocabulary)) for word in (list(words) or [_NOTHING])]
        for words in texts
    ]
    return Numbered(rows, vocabulary)


class KeywordIndex:
    """BM25 (Lucene's variant, k1 = 1.2, b = 0.75) over texts already cut into terms: postings of int32 and float32."""

    def __init__(self, texts: Iterable[Sequence[str]] | Numbered) -> None:
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.ERROR)
        given = texts if isinstance(texts, Numbered) else numbered(texts)
        self._size = len(given.rows)
        self._number = dict(given.vocabulary)
        self._first: NDArray[np.int64] = np.zeros(len(self._number) + 1, np.int64)
        self._rows: NDArray[np.int32] = np.zeros(0, np.int32)
        self._values: NDArray[np.float32] = np.zeros(0, np.float32)
        if given.rows:
            bm25 = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
            bm25.index((given.rows, dict(self._number)), show_progress=False)
            self._first = np.asarray(bm25.scores["indptr"], np.int64)
            self._rows = np.asarray(bm25.scores["indices"], np.int32)
            self._values = np.asarray(bm25.scores["data"], np.float32)
        held = np.diff(self._first)
        self.frequency: dict[str, int] = {word: int(held[n]) for word, n in self._number.items()}

    def scores(self, words: Sequence[str], weights: Sequence[float] | None = None) -> NDArray[np.float32]:
        """Score of every text, ``(texts,)``; ``weights`` make an added synonym count for less."""
        total = np.zeros(self._size, np.float32)
        for word, weight in zip(words, weights or [1.0] * len(words), strict=True):
            number = self._number.get(word)
            if number is not None:
                at = slice(self._first[number], self._first[number + 1])
                total[self._rows[at]] += np.float32(weight) * self._values[at]
        return total

    def holding(self, word: str, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which of the texts ``rows`` hold the word, ``(len(rows),)``."""
        number = self._number.get(word)
        if number is None:
            return np.zeros(len(rows), np.bool_)
        held = self._rows[self._first[number] : self._first[number + 1]]
        place = np.minimum(np.searchsorted(held, rows), len(held) - 1)
        return np.asarray(held[place] == rows, np.bool_)

    def rarity(self, word: str) -> float:
        """Inverse document frequency, as Lucene has it; for an unknown word that of a word seen in no passage."""
        seen = self.frequency.get(word, 0)
        return float(np.log(1 + (self._size - seen + 0.5) / (seen + 0.5)))
