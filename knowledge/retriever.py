"""Query to passages, or abstention.

Owns the search of one state of the library held in memory. Refuses to write, and to know files or processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from knowledge import fusion
from knowledge.answerable import ENOUGH, NUMBER, answerability
from knowledge.embedding import Vectors
from knowledge.everyday import specificity
from knowledge.filters import Filters
from knowledge.keyword import KeywordIndex, terms
from knowledge.persons import age_in, left_out
from knowledge.query import Query, understand
from knowledge.rerank import Reranker
from knowledge.topics import Topics
from knowledge.types import Guideline

CANDIDATES = 100
ANSWERING = 5
"""Passages that are looked at to tell whether the query is answered."""
ADDED_WEIGHT = 0.7
"""What another way of saying counts beside a word that was asked; it counts in full where the library holds nothing of
the words asked (a brand, a lay word)."""
NUMBER_WEIGHT = 0.3
"""The patient's own figures (age, readings) seldom stand in a guideline, and where they do it is by chance."""
EVERYDAY_WEIGHT = 0.4
"""What the most everyday word counts beside a term of the field: it stands in few guidelines, and where it does by chance."""
TOPIC_WEIGHT = 0.15
"""What it adds to a guideline's passages that the query names its topic."""
UNFIT_WEIGHT = 0.15
"""What a guideline loses whose population leaves out the patient of the question: a child of seven, a man of eighty."""
CHINESE_DENSE_WEIGHT = 0.15
"""The embedded model knows no Chinese; a multilingual one keeps the full weight."""
TRANSLATED_DENSE_WEIGHT = fusion.DENSE_WEIGHT
"""Of a Chinese query for English passages: what the table could translate of it is compared."""


@dataclass(frozen=True)
class Ranked:
    """Rows of the snapshot, best first, with scores from 0 to about 1; ``answerability`` in [0, 1]."""

    rows: tuple[int, ...]
    scores: tuple[float, ...]
    answerability: float

    @property
    def abstained(self) -> bool:
        return self.answerability < ENOUGH


@dataclass(frozen=True)
class Snapshot:
    """One revision of the library, ready to be searched. ``vectors`` is float16 ``(passages, dim)``, unit rows."""

    revision: int
    passage_ids: Sequence[str]
    doc_ids: Sequence[str]
    vectors: NDArray[np.float16]
    keyword: KeywordIndex
    document_keyword: KeywordIndex
    document_of: NDArray[np.intp]
    """Row of each passage's document in ``document_keyword``."""
    guidelines: dict[str, Guideline]
    row_of: dict[str, int]
    grades: Sequence[str]
    """Grades printed in each passage, ``; `` between them."""
    texts_of: Callable[[Sequence[int]], list[str]]
    """What was indexed of these rows, read from the store: texts are not kept in memory."""

    @cached_property
    def topics(self) -> Topics:
        return Topics(self.guidelines.values())

    @cached_property
    def chinese(self) -> NDArray[np.bool_]:
        """Which documents are in Chinese."""
        found = np.zeros(int(self.document_of.max()) + 1, np.bool_)
        for doc_id, row in zip(self.doc_ids, self.document_of, strict=True):
            guideline = self.guidelines.get(doc_id)
            found[row] = guideline is not None and guideline.language.startswith("zh")
        return found

    @cached_property
    def superseded(self) -> dict[str, str]:
        """doc_id → the edition that replaced it."""
        return {d: g.superseded_by for d, g in self.guidelines.items() if g.superseded_by}

    def allowed(self, filters: Filters) -> NDArray[np.bool_] | None:
        """Which rows the filters leave; None where there is no filter."""
        if not filters.any:
            return None
        stands = filters.guideline()
        kept = {g.doc_id for g in self.guidelines.values() if stands(g)}
        mask = np.fromiter((d in kept for d in self.doc_ids), bool, len(self.doc_ids))
        if filters.grades is not None:
            for row in np.flatnonzero(mask):
                mask[row] = filters.graded(self.grades[int(row)])
        return mask


def search(
    snapshot: Snapshot,
    text: str,
    k: int,
    vector_of: Callable[[str], Vectors],
    nearest: Callable[[Vectors, int], list[str]] | None,
    mask: NDArray[np.bool_] | None = None,
    *,
    multilingual: bool = False,
    reranker: Reranker | None = None,
) -> Ranked:
    """Ranks passages for ``text``; ``nearest`` is the index, and without it all vectors are compared."""
    query = understand(text)
    if not len(snapshot.passage_ids) or not text.strip() or (mask is not None and not mask.any()):
        return Ranked((), (), 0.0)
    vector = vector_of(text if multilingual else query.for_vectors)
    keyword = _keyword_scores(snapshot.keyword, query)
    document = _keyword_scores(snapshot.document_keyword, query)
    if mask is not None:
        keyword = np.where(mask, keyword, 0.0).astype(np.float32)
    depth = max(CANDIDATES, 3 * k)
    near = None if mask is not None or nearest is None else nearest(vector, depth)
    rows = _candidates(snapshot, keyword, vector, near, mask, depth)
    dense = snapshot.vectors[rows].astype(np.float32) @ vector
    weight = _dense_weights(snapshot, rows, query, multilingual)
    scores = dict(
        zip(
            rows.tolist(),
            fusion.fused(dense, keyword[rows], document[snapshot.document_of[rows]], weight).tolist(),
            strict=True,
        )
    )
    reached = {snapshot.doc_ids[row] for row in rows}
    named = {d: weight for d, weight in snapshot.topics.named(query).items() if d in reached}
    scores = {row: s + TOPIC_WEIGHT * named.get(snapshot.doc_ids[row], 0.0) for row, s in scores.items()}
    unfit = left_out(age_in(text), snapshot.guidelines.values())
    scores = {r: s - UNFIT_WEIGHT * (snapshot.doc_ids[r] in unfit) for r, s in scores.items()}
    scores = fusion.handicapped(scores, snapshot.doc_ids, snapshot.superseded)
    order = sorted(scores, key=lambda row: (-scores[row], row))
    if reranker is not None:
        scores = _reread(snapshot, text, order, scores, reranker)
        order = sorted(scores, key=lambda row: (-scores[row], row))
    kept = fusion.diverse(order, snapshot.doc_ids, k)
    kept.sort(key=lambda row: (-scores[row], row))
    similarity = dict(zip(rows.tolist(), dense.tolist(), strict=True))
    foreign = query.chinese and not multilingual
    best = kept[:ANSWERING]
    answers = answerability(
        query,
        snapshot.keyword,
        snapshot.doc_ids,
        best,
        None if foreign else max((similarity[row] for row in best), default=0.0),
        max(named.values(), default=0.0),
    )
    return Ranked(tuple(kept), tuple(scores[r] for r in kept), answers)


def _reread(
    snapshot: Snapshot, text: str, order: Sequence[int], scores: dict[int, float], reranker: Reranker
) -> dict[int, float]:
    """The scores already given, dealt out again in the order of the cross-encoder; a superseded edition stays below."""
    current = [row for row in order if not snapshot.guidelines[snapshot.doc_ids[row]].superseded_by]
    read = reranker.order(text, snapshot.texts_of(current))
    dealt = sorted((scores[row] for row in current), reverse=True)
    return scores | {current[place]: score for place, score in zip(read, dealt, strict=True)}


def _keyword_scores(keyword: KeywordIndex, query: Query) -> NDArray[np.float32]:
    """BM25 of the words asked; where a passage says one of them otherwise, the better way counts, never their sum.

    Summed, a row of five synonyms outweighed the rest of the question.
    """
    words = list(dict.fromkeys(terms(query.text)))
    asked = set(words)
    total = keyword.scores(words, [_weight(word) for word in words])
    for way, others in query.said:
        said = list(dict.fromkeys(terms(way)))
        weight = ADDED_WEIGHT if any(word in keyword.frequency for word in said) else 1.0
        own = keyword.scores(said, [_weight(word) for word in said])
        best = own
        for other in others:
            meant = list(dict.fromkeys(terms(other)))
            if any(word in keyword.frequency for word in meant) and not asked.issuperset(meant):
                best = np.maximum(best, weight * keyword.scores(meant))
        total = total + (best - own)
    return np.asarray(total, np.float32)


def _dense_weights(
    snapshot: Snapshot, rows: NDArray[np.intp], query: Query, multilingual: bool
) -> NDArray[np.float32]:
    """What similarity counts for each row: little where the model does not know the language of query and passage."""
    if not query.chinese or multilingual:
        return np.full(len(rows), fusion.DENSE_WEIGHT, np.float32)
    translated = query.for_vectors != query.text
    chinese = snapshot.chinese[snapshot.document_of[rows]]
    return np.where(chinese | (not translated), CHINESE_DENSE_WEIGHT, TRANSLATED_DENSE_WEIGHT).astype(
        np.float32
    )


def _weight(word: str) -> float:
    if NUMBER.fullmatch(word):
        return NUMBER_WEIGHT
    return EVERYDAY_WEIGHT + (1 - EVERYDAY_WEIGHT) * specificity(word)


def _candidates(
    snapshot: Snapshot,
    keyword: NDArray[np.float32],
    vector: Vectors,
    near: list[str] | None,
    mask: NDArray[np.bool_] | None,
    depth: int,
) -> NDArray[np.intp]:
    best = _top(keyword, depth)
    best = best[keyword[best] > 0]
    if near is not None:
        dense = np.fromiter((snapshot.row_of[i] for i in near if i in snapshot.row_of), np.intp)
    else:
        similarity = _all_similarities(snapshot.vectors, vector)
        if mask is not None:
            similarity[~mask] = -2.0
        dense = _top(similarity, depth)
        dense = dense[similarity[dense] > -2.0]
    return np.union1d(best, dense).astype(np.intp)


def _top(scores: NDArray[np.float32], n: int) -> NDArray[np.intp]:
    if n >= len(scores):
        return np.arange(len(scores))
    return np.argpartition(-scores, n)[:n]


def _all_similarities(vectors: NDArray[np.float16], vector: Vectors) -> NDArray[np.float32]:
    """In blocks, so that the whole library never stands in memory twice."""
    parts = [vectors[i : i + 8192].astype(np.float32) @ vector for i in range(0, len(vectors), 8192)]
    return np.concatenate(parts).astype(np.float32)
