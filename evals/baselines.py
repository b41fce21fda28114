"""The plain pipelines that the library's search is set beside: dense only, BM25 only, reciprocal rank fusion of both.

Chunks of 1,000 characters without titles or headings, the same embedding model, the same words. Knows no library.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK_CHARS = 1000
RRF_K = 60
"""Cormack, Clarke, Buettcher 2009."""
DEPTH = 100
NAMES = ("dense only", "BM25 only", "plain RRF")


class Baselines:
    """All three over ``documents`` as (doc_id, text)."""

    def __init__(self, documents: Sequence[tuple[str, str]], embedder: Any) -> None:
        from knowledge.keyword import KeywordIndex, terms

        self._terms = terms
        self._embedder = embedder
        pieces = [
            (doc_id, text[first : first + CHUNK_CHARS])
            for doc_id, text in documents
            for first in range(0, max(1, len(text)), CHUNK_CHARS)
        ]
        self._doc_ids = [doc_id for doc_id, _ in pieces]
        self._vectors: NDArray[np.float32] = embedder.passages([text for _, text in pieces])
        self._words = KeywordIndex([terms(text) for _, text in pieces])

    def ranked(self, query: str) -> dict[str, list[str]]:
        """Documents, best first, at most ten, by each baseline's name."""
        dense = np.argsort(-(self._vectors @ self._embedder.query(query)))[:DEPTH]
        words = self._words.scores(self._terms(query))
        keyword = [row for row in np.argsort(-words, kind="stable")[:DEPTH] if words[row] > 0]
        fused: dict[int, float] = {}
        for rows in (dense, keyword):
            for rank, row in enumerate(rows):
                fused[int(row)] = fused.get(int(row), 0.0) + 1 / (RRF_K + rank + 1)
        both = sorted(fused, key=lambda row: -fused[row])
        rankings: list[Sequence[Any]] = [list(dense), keyword, both]
        return {name: self._documents(rows) for name, rows in zip(NAMES, rankings, strict=True)}

    def _documents(self, rows: Sequence[Any]) -> list[str]:
        return list(dict.fromkeys(self._doc_ids[row] for row in rows))[:10]
