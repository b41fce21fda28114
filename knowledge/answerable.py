"""Whether the library answers a query at all: a calibrated score of the best passages and their document.

Owns the signs and their weights. Refuses to rank. The weights are a logistic regression on the ``tune`` half of
``evals/cases/library_questions.yaml``; the other half is what figures are reported on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.formulary import open_formulary
from knowledge.keyword import KeywordIndex, terms
from knowledge.query import Query

ENOUGH = 0.5
"""Least probability at which a query counts as answered."""
AROUND = 30
"""Passages before and after the best one that count as its document: a long book holds every word somewhere."""
NO_SIMILARITY = 0.45
"""Taken in place of the similarity of a Chinese query under the embedded English-only model."""
NUMBER = re.compile(r"[\d.]+")
_WEIGHTS = {"document": 2.8, "passage": 1.7, "similarity": 1.3, "strange": -1.5, "topic": 1.2, "names": -1.9}
_BIAS = -2.1
_MOST_NAMES = 2
_WORD = re.compile(r"[A-Za-z][A-Za-z]*(?:-[A-Za-z]+)*")
_NAME_ENDING = re.compile(
    r"(?:itis|osis|oses|omas?|a?emia|path(?:y|ies)|rrh?o?ea|plasia|trophy|lepsy|penia|lithiasis|iasis"
    r"|mab|nib|vir|prazole|sartan|pril|statin|gliptin|gliflozin|glutide|cillin|mycin|floxacin|azole|dipine|olol|setron"
    r"|triptan|parin|xaban|prene|thyroxine|cycline|apine)$",
    re.IGNORECASE,
)
"""Endings of names of diseases and of medicines."""
_CHINESE_NAME_ENDING = re.compile(r"(?:征|[病症炎疹瘤癌疮癣痔疝亢菌]|林|韦|平)$")


@dataclass(frozen=True)
class Signs:
    """Each in [0, 1], but ``names`` 0 to 2: names of diseases or medicines in the query that its document lacks."""

    document: float
    passage: float
    similarity: float
    strange: float
    topic: float
    names: float

    @property
    def probability(self) -> float:
        return 1 / (
            1 + math.exp(-_BIAS - sum(weight * getattr(self, name) for name, weight in _WEIGHTS.items()))
        )


def answerability(
    query: Query,
    keyword: KeywordIndex,
    doc_ids: Sequence[str],
    rows: Sequence[int],
    similarity: float | None,
    topic: float,
) -> float:
    """Probability in [0, 1] that the passages ``rows``, best first, answer the query.

    ``similarity`` is the best cosine; None where the model does not know the query's language.
    """
    words = [word for word in dict.fromkeys(terms(query.text)) if not NUMBER.fullmatch(word)]
    if not words or not rows:
        return 0.0
    otherwise = _otherwise(query)
    rarity = np.array([keyword.rarity(word) for word in words])
    total = float(rarity.sum()) or 1.0
    best = rows[0]
    around = range(max(0, best - AROUND), min(len(doc_ids), best + AROUND + 1))
    near = np.array([row for row in around if doc_ids[row] == doc_ids[best]], np.intp)
    looked_at = np.array(rows, np.intp)

    def held(word: str, texts: NDArray[np.intp]) -> NDArray[np.bool_]:
        found = keyword.holding(word, texts)
        for other in otherwise.get(word, ()):
            found |= keyword.holding(other, texts)
        return found

    in_document = np.array([held(word, near).any() for word in words])
    in_passages = np.array([held(word, looked_at) for word in words])
    unknown = [
        w
        for w in words
        if w not in keyword.frequency and not otherwise.get(w, set()) & keyword.frequency.keys()
    ]
    return Signs(
        document=float(rarity @ in_document) / total,
        passage=float((rarity @ in_passages).max()) / total,
        similarity=NO_SIMILARITY if similarity is None else float(np.clip(similarity, 0, 1)),
        strange=len(unknown) / len(words),
        topic=topic,
        names=min(_MOST_NAMES, _missing_names(query, lambda term: bool(held(term, near).any()))),
    ).probability


def _otherwise(query: Query) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for way, others in query.said:
        for word in terms(way):
            found.setdefault(word, set()).update(t for other in others for t in terms(other))
    return found


def _missing_names(query: Query, in_document: Callable[[str], bool]) -> int:
    """Names that the document holds in no way. Medicines of the formulary are left out: guidelines name their classes."""
    known = {m.text.casefold() for m in open_formulary().names_in(query.text)}
    missing = 0
    for match in _WORD.finditer(query.text):
        word, before = match.group(), query.text[: match.start()].rstrip()
        proper = word[0].isupper() and len(word) > 3 and bool(before) and before[-1] not in ".?!:"
        if (proper or _NAME_ENDING.search(word)) and word.casefold() not in known:
            missing += not all(map(in_document, terms(word)))
    if query.chinese:
        for word in dict.fromkeys(terms(query.text)):
            if len(word) > 1 and _CHINESE_NAME_ENDING.search(word) and word not in known:
                missing += not in_document(word)
    return missing
