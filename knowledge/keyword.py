"""Words for BM25 and the BM25 index itself: English stems, Chinese words.

Owns how text becomes terms. Refuses to know what a term means; synonyms are added to the query in ``query.py``.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


class KeywordIndex:
    """BM25 (Lucene's variant, k1 = 1.2, b = 0.75) over texts already cut into terms; built in memory."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.ERROR)
        self._size = len(texts)
        self._bm25: Any = None
        corpus = [list(words) or ["∅"] for words in texts]
        self.frequency: dict[str, int] = {}
        for words in corpus:
            for word in set(words):
                self.frequency[word] = self.frequency.get(word, 0) + 1
        if corpus:
            self._bm25 = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
            self._bm25.index(corpus, show_progress=False)

    def scores(self, words: Sequence[str], weights: Sequence[float] | None = None) -> NDArray[np.float32]:
        """Score of every text, ``(texts,)``; ``weights`` make an added synonym count for less."""
        total = np.zeros(self._size, np.float32)
        if self._bm25 is None:
            return total
        for word, weight in zip(words, weights or [1.0] * len(words), strict=True):
            if word in self.frequency:
                total += weight * np.asarray(self._bm25.get_scores([word]), np.float32)
        return total

    def rarity(self, word: str) -> float:
        """Inverse document frequency, as Lucene has it; for an unknown word that of a word seen in no passage."""
        seen = self.frequency.get(word, 0)
        return float(np.log(1 + (self._size - seen + 0.5) / (seen + 0.5)))
