"""One ranking from two: dense similarity and BM25, each put on the scale 0 to 1, then summed with weights.

Owns weights, the handicap of superseded editions and the limit per document. Refuses to know where scores come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
DENSE_WEIGHT = 0.6
DOCUMENT_SHARE = 0.6
"""Of the words' weight, what goes to the whole document: a list of symptoms is spread over its passages."""
MAX_PER_DOCUMENT = 3


def scaled(scores: Scores) -> Scores:
    """Scores of the candidates between 0 (worst) and 1 (best); all 0 where they do not differ."""
    if not len(scores):
        return scores
    low, high = float(scores.min()), float(scores.max())
    return np.asarray((scores - low) / (high - low), np.float32) if high > low else np.zeros_like(scores)


def fused(
    dense: Scores, keyword: Scores, document: Scores, dense_weight: float | Scores = DENSE_WEIGHT
) -> Scores:
    """Weighted sum in [0, 1] of similarity, BM25 of the passage and BM25 of its document; a zero BM25 stays zero."""
    words = (1 - DOCUMENT_SHARE) * _of_best(keyword) + DOCUMENT_SHARE * _of_best(document)
    return np.asarray(dense_weight * scaled(dense) + (1 - dense_weight) * words, np.float32)


def _of_best(scores: Scores) -> Scores:
    top = float(scores.max()) if len(scores) else 0.0
    return np.asarray(scores / top, np.float32) if top > 0 else scores


def diverse(order: Sequence[int], doc_ids: Sequence[str], k: int, limit: int = MAX_PER_DOCUMENT) -> list[int]:
    """The first ``k`` of ``order`` with at most ``limit`` of one document, filled up with the others only at the end."""
    taken: dict[str, int] = {}
    kept: list[int] = []
    spare: list[int] = []
    for row in order:
        doc_id = doc_ids[row]
        if taken.get(doc_id, 0) < limit:
            taken[doc_id] = taken.get(doc_id, 0) + 1
            kept.append(row)
            if len(kept) == k:
                return kept
        else:
            spare.append(row)
    return (kept + spare)[:k]


def handicapped(
    scores: Mapping[int, float], doc_ids: Sequence[str], superseded_by: Mapping[str, str]
) -> dict[int, float]:
    """Scores with each superseded edition below the best passage of the edition that replaced it."""
    best: dict[str, float] = {}
    for row, score in scores.items():
        best[doc_ids[row]] = max(best.get(doc_ids[row], 0.0), score)
    found = {}
    for row, score in scores.items():
        newer = superseded_by.get(doc_ids[row], "")
        found[row] = min(score * 0.9, best.get(newer, score) * 0.95) if newer else score
    return found
