"""Which sentences of the retrieved guidelines answer a question best, and whether they do at all.

Owns the weights of ``sentence_signs``: a pairwise logistic regression on the odd half of ``evals/cases/library_answers.jsonl``,
which the suite ``answers`` measures with its other half. Refuses to search and to word anything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from assistant.tasks.base import GuidelineSearch
from assistant.tasks.gathering import Unit, units_of
from assistant.tasks.sentence_signs import SIGNS, Candidate, signs_of
from knowledge.query import understand
from knowledge.types import Passage, SearchResult

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

WEIGHTS = {
    "en": (0.95, 2.37, 2.64, 13.3, 0.96, 0.87, 4.32, 1.34, 0.95, 2.47, -4.0, -0.28, -2.1, 1.17, 0.0, 0.0),
    "zh": (3.01, 1.36, 4.02, 3.59, 0.31, 1.75, 4.66, 1.72, 0.91, 1.29, -4.0, -0.74, -1.93, 0.02, 2.18, 1.32),
}
"""In the order of ``SIGNS``, by the question's language. ``unfit`` is set by hand: a dose for another age or route must not come first."""
BY_LIBRARY, BY_LIKENESS, ENOUGH = 0.68, 2.18, 0.67
"""Of the judgement whether a question is answered: a logistic regression on the fitted half, on the same questions in a library
without their guidelines, and on unanswerable ones; at ``ENOUGH`` seven in a hundred questions of the fitted half are declined."""
READ_WHOLE = 3
"""Documents of which every passage is looked through; of the others only the passages found."""
AROUND = 20
"""Passages of a long document that are read around those found."""
NEAR_BEST = 0.8
"""Share of the best passage's score from which on a document is read whole."""
_LEAST_LIKELY = 1e-4
_YEAR = re.compile(r"(?<![\d.,/-])(20\d\d)(?![\d/]|[.,-]\d)")


def rank_units(
    question: str,
    result: SearchResult,
    library: GuidelineSearch,
    formulary: Formulary,
    *,
    limit: int,
    patient: bool = False,
) -> list[Unit]:
    """The sentences that answer the question best, best first, without repeats; scores are of one question only."""
    candidates = _candidates(result, library)
    if not candidates:
        return []
    signs = signs_of(question, candidates, library, formulary, patient=patient)
    weights = WEIGHTS["zh" if understand(question).chinese else "en"]
    scores = signs @ np.array(weights, np.float32)
    order = sorted(range(len(candidates)), key=lambda i: -scores[i])
    likeness = signs[:, SIGNS.index("likeness")]
    best = [(candidates[i], float(scores[i]), float(likeness[i])) for i in order[:limit]]
    return [Unit(c.passage, c.start, c.end, c.text, score, alike) for c, score, alike in best]


def answered(result: SearchResult, units: Sequence[Unit]) -> bool:
    """Whether the best of the ranked sentences answer the question: the library's own judgement and their likeness to it."""
    if not units:
        return False
    held = min(max(result.answerability, _LEAST_LIKELY), 1 - _LEAST_LIKELY)
    likeness = max(unit.likeness for unit in units[:3])
    return BY_LIBRARY * math.log(held / (1 - held)) + BY_LIKENESS * likeness > ENOUGH


def asks_of_times_to_come(question: str, today: date) -> bool:
    """``What will the 2035 guideline recommend?``: no guideline of today tells."""
    return any(int(year) > today.year for year in _YEAR.findall(question))


def _candidates(result: SearchResult, library: GuidelineSearch) -> list[Candidate]:
    """Sentences of the passages found and of all passages of the best documents; each text once."""
    if not result.passages:
        return []
    best = max(hit.score for hit in result.passages)
    scored = {hit.passage.passage_id: (hit.passage, hit.score) for hit in result.passages}
    documents: dict[str, float] = {}
    for hit in result.passages:
        documents[hit.passage.doc_id] = max(documents.get(hit.passage.doc_id, 0.0), hit.score)
    whole = sorted(documents, key=lambda d: -documents[d])[:READ_WHOLE]
    for doc_id in whole:
        if documents[doc_id] >= NEAR_BEST * best:
            for passage in _around(library.passages(doc_id), scored.keys()):
                scored.setdefault(passage.passage_id, (passage, 0.0))
    found: list[Candidate] = []
    seen: set[str] = set()
    for passage, score in scored.values():
        for start, end, text in units_of(passage):
            key = re.sub(r"\W+", "", text).casefold()
            if key not in seen:
                seen.add(key)
                found.append(Candidate(passage, score, start, end, text))
    return found


def _around(passages: Sequence[Passage], found: Collection[str]) -> list[Passage]:
    """All of a short document; of a long one what stands near the passages found."""
    if len(passages) <= 2 * AROUND:
        return list(passages)
    at = [i for i, p in enumerate(passages) if p.passage_id in found]
    return [p for i, p in enumerate(passages) if any(abs(i - j) <= AROUND // 2 for j in at)]
