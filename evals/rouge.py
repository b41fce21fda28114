"""ROUGE-1, -2 and -L as F-measures (Lin 2004), after Porter stemming, as the field's package counts them.

Owns the measure alone. Tokens are runs of ``a-z0-9`` in lower case; words of more than three letters are stemmed. ROUGE-L is
over the whole text; ROUGE-Lsum is the summary-level one: union of longest common subsequences over lines. Chinese characters are
tokens of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

_TOKEN = re.compile(r"[a-z0-9]+|[\u4e00-\u9fff]")


@cache
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word)) if len(word) > 3 else word


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("porter")


def tokens(text: str) -> list[str]:
    return [_stem(t) for t in _TOKEN.findall(text.lower())]


def rouge(candidate: str, reference: str) -> dict[str, float]:
    """``rouge1``, ``rouge2``, ``rougeL``, ``rougeLsum``: 0 to 1; 0 where either text has no token."""
    a, b = tokens(candidate), tokens(reference)
    return {
        "rouge1": _of_grams(a, b, 1),
        "rouge2": _of_grams(a, b, 2),
        "rougeL": _f(len(_lcs(a, b)), len(a), len(b)),
        "rougeLsum": _summary_level(candidate, reference),
    }


def _of_grams(a: Sequence[str], b: Sequence[str], n: int) -> float:
    left, right = (Counter(zip(*(words[i:] for i in range(n)), strict=False)) for words in (a, b))
    return _f(sum((left & right).values()), sum(left.values()), sum(right.values()))


def _f(shared: int, candidate: int, reference: int) -> float:
    if not shared:
        return 0.0
    precision, recall = shared / candidate, shared / reference
    return 2 * precision * recall / (precision + recall)


def _lcs(a: Sequence[str], b: Sequence[str]) -> list[int]:
    """Indexes into ``a`` of one longest common subsequence of the two."""
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a)):
        row, following = table[i], table[i + 1]
        for j, word in enumerate(b):
            following[j + 1] = row[j] + 1 if a[i] == word else max(row[j + 1], following[j])
    found: list[int] = []
    i, j = len(a), len(b)
    while i and j:
        if a[i - 1] == b[j - 1]:
            found.append(i - 1)
            i, j = i - 1, j - 1
        elif table[i - 1][j] >= table[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return found[::-1]


def _summary_level(candidate: str, reference: str) -> float:
    theirs = [t for t in (tokens(line) for line in reference.split("\n")) if t]
    ours = [t for t in (tokens(line) for line in candidate.split("\n")) if t]
    left_theirs = Counter(t for line in theirs for t in line)
    left_ours = Counter(t for line in ours for t in line)
    sizes = sum(left_ours.values()), sum(left_theirs.values())
    shared = 0
    for line in theirs:
        union = sorted({index for other in ours for index in _lcs(line, other)})
        for index in union:
            word = line[index]
            if left_theirs[word] > 0 and left_ours[word] > 0:
                shared += 1
                left_theirs[word] -= 1
                left_ours[word] -= 1
    return _f(shared, *sizes)
