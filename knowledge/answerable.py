"""Whether the library answers a query at all: a calibrated score of the best passages and their document.

Owns the signs and their weights. Refuses to rank. The weights are a logistic regression on the questions of
``evals/cases/library_questions.yaml`` and the ``tune`` half of ``first_sight.yaml``; the other half is what figures are
reported on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.conditions import conditions_in
from knowledge.everyday import specificity
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
_WEIGHTS = {
    "document": 4.7,
    "passage": 1.7,
    "similarity": 1.0,
    "strange": -2.1,
    "topic": 0.9,
    "names": -2.8,
    "untreated": -3.4,
}
_BIAS = -2.25
_MOST_NAMES = 2
_TREATED = 3
"""Passages of a document in which a condition stands that it treats; of a short one a quarter is enough."""
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
    """Each in [0, 1], but ``names`` 0 to 2: names of diseases or medicines in the query that its document lacks.

    An everyday word that the library lacks (``mum``, ``still``) says little; a term of the field says much.
    """

    document: float
    passage: float
    similarity: float
    strange: float
    topic: float
    names: float
    untreated: float = 0.0

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
    special = np.array([specificity(word) for word in words])
    rarity = special * np.array([keyword.rarity(word) for word in words])
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
    unknown = np.array(
        [w not in keyword.frequency and not otherwise.get(w, set()) & keyword.frequency.keys() for w in words]
    )
    return Signs(
        document=float(rarity @ in_document) / total,
        passage=float((rarity @ in_passages).max()) / total,
        similarity=NO_SIMILARITY if similarity is None else float(np.clip(similarity, 0, 1)),
        strange=float(special @ unknown) / float(special.sum()),
        topic=topic,
        untreated=_untreated(query, lambda term: held(term, near)),
        names=min(_MOST_NAMES, _missing_names(query, lambda term: bool(held(term, near).any()))),
    ).probability


def _otherwise(query: Query) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for way, others in query.said:
        for word in terms(way):
            found.setdefault(word, set()).update(t for other in others for t in terms(other))
    return found


def _untreated(query: Query, held: Callable[[str], NDArray[np.bool_]]) -> float:
    """Share of the conditions named that the document mentions at most in passing; 0 where none is named."""
    named = conditions_in(query.text)
    if not named:
        return 0.0
    passing = 0
    for words in named:
        together = np.logical_and.reduce([held(word) for word in words])
        passing += int(together.sum()) < min(_TREATED, max(1, len(together) // 4))
    return passing / len(named)


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
