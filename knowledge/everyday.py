"""How clinical a word is: what everybody says every day counts for less than a term of the field.

Owns the reading of two frequency lists that come with what is installed: the embedded model's vocabulary, which stands in
order of frequency, and the segmenter's dictionary with counts. Refuses to know medicine: a word is special or it is not.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from pathlib import Path

from knowledge.embedding import DEFAULT_MODEL, model_folder
from knowledge.errors import EmbeddingModelNotFound
from knowledge.keyword import CHINESE, counts_of, terms

LEAST = 0.1
"""Weight of the most everyday word."""
_FIRST_WORD, _LAST_WORD = 2_000, 20_000
"""Places in the vocabulary: up to the first a word is said every day, from the last on it is special."""
_OFTEN, _SELDOM = 5_000, 50
"""Counts in the Chinese dictionary, likewise."""

Specificity = Callable[[str], float]


def specificity(term: str) -> float:
    """Weight of a term (as ``keyword.terms`` gives it) from ``LEAST`` (everyday) to 1 (special, or in neither list)."""
    if CHINESE.match(term):
        count = counts_of(term)
        return 1.0 if count <= _SELDOM else _between(math.log(_OFTEN / count) / math.log(_OFTEN / _SELDOM))
    place = _english().get(term)
    if place is None:
        return 1.0
    return _between(math.log(place / _FIRST_WORD) / math.log(_LAST_WORD / _FIRST_WORD))


def _between(value: float) -> float:
    return max(LEAST, min(1.0, value))


@functools.cache
def _english() -> dict[str, int]:
    """Stem → place of its most frequent word; empty where the embedded model is not installed."""
    try:
        lines = (Path(model_folder(DEFAULT_MODEL)) / "vocab.txt").read_text("utf-8").splitlines()
    except (EmbeddingModelNotFound, OSError):
        return {}
    words = [(word, place) for place, word in enumerate(lines, 1) if word.isascii() and word.isalpha()]
    found: dict[str, int] = {}
    for word, place in words:
        for stem in terms(word):
            found.setdefault(stem, place)
    return found
