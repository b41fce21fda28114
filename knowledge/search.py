"""Search over the store as it now stands: the snapshot in memory and the vector index, renewed when the store changes.

Owns when either is stale. Refuses to rank (``retriever``) and to take documents in.
"""

from __future__ import annotations

import difflib
import logging
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge import retriever
from knowledge.chroma import place_for
from knowledge.differing import differing
from knowledge.embedding import DEFAULT_MODEL, Embedder, Vectors
from knowledge.filters import Filters
from knowledge.grades import grades_in
from knowledge.index import IndexBroken, VectorIndex
from knowledge.keyword import KeywordIndex, numbered, terms
from knowledge.library import LibraryStore, StoredPassage, indexed_text
from knowledge.owner import Owner
from knowledge.query import understand
from knowledge.rerank import Reranker
from knowledge.types import ScoredPassage, SearchResult

SENTENCES_KEPT = 20_000
_log = logging.getLogger(__name__)


class Search:
    """Answers queries from one store; safe to share between threads."""

    def __init__(
        self,
        directory: Path,
        store: LibraryStore,
        embedder: Embedder,
        owner: Owner,
        chroma_url: str = "",
        reranker: Reranker | None = None,
    ) -> None:
        self._directory = directory
        self._store = store
        self._embedder = embedder
        self._owner = owner
        self._reranker = reranker
        self._chroma_url = chroma_url
        place_for(directory, chroma_url)  # an address that is none is refused on opening
        self._reading = threading.RLock()
        self._snapshot: retriever.Snapshot | None = None
        self._index: VectorIndex | None = None
        self._indexed_revision = -1
        self._sentences: dict[str, NDArray[np.float16]] = {}

    def search(self, query: str, k: int, filters: Filters) -> SearchResult:
        """The ``k`` best passages, at most three of one document while others bear on the query."""
        snapshot = self._current()
        ranked = retriever.search(
            snapshot,
            query,
            k,
            self._embedder.query,
            self._nearest(snapshot),
            snapshot.allowed(filters),
            multilingual=self._multilingual,
            reranker=self._reranker,
        )
        ids = [snapshot.passage_ids[row] for row in ranked.rows]
        found = self._store.passages_by_id(ids)
        hits = tuple(
            ScoredPassage(found[i], s) for i, s in zip(ids, ranked.scores, strict=True) if i in found
        )
        differences = differing([hit.passage for hit in hits], snapshot.guidelines)
        return SearchResult(query, hits, ranked.abstained, differences, ranked.answerability)

    def similarities(self, query: str, texts: Sequence[str]) -> list[float]:
        """Cosine of the query with each text, -1 to 1: for ranking sentences of passages already found.

        Vectors of the texts are kept for the next question, at most ``SENTENCES_KEPT`` of them.
        """
        if not texts:
            return []
        with self._reading:
            new = [text for text in dict.fromkeys(texts) if text not in self._sentences]
            if len(self._sentences) + len(new) > SENTENCES_KEPT:
                self._sentences, new = {}, list(dict.fromkeys(texts))
            if new:
                made = self._embedder.passages(new).astype(np.float16)
                self._sentences |= dict(zip(new, made, strict=True))
            vectors = np.stack([self._sentences[text] for text in texts]).astype(np.float32)
        return [float(v) for v in vectors @ self._embedder.query(understand(query).for_vectors)]

    def knows(self, word: str) -> bool:
        """True where a word, another way of saying it, or a word spelt nearly so stands in some passage, or where the
        embedding model's vocabulary holds it whole: a word of everyday language.

        A question about a name that is not known here is out of the library's reach.
        """
        frequency = self._current().keyword.frequency
        forms = [term for form in (word, *understand(word).added) for term in terms(form)]
        if not forms or any(form in frequency for form in forms) or self._embedder.has_word(word):
            return True
        return len(word) > 4 and bool(difflib.get_close_matches(forms[0], frequency, n=1, cutoff=0.85))

    def reindex(self) -> int:
        """Makes the index again from the store; the number of passages."""
        with self._reading:
            self._close_index()
            (self._directory / "index" / "current.json").unlink(missing_ok=True)
            self._snapshot = None
            snapshot = self._current()
            self._nearest(snapshot)
            return len(snapshot.passage_ids)

    def close(self) -> None:
        with self._reading:
            self._close_index()
            self._snapshot = None

    def _current(self) -> retriever.Snapshot:
        revision = self._store.revision()
        snapshot = self._snapshot
        if snapshot is not None and snapshot.revision == revision:
            return snapshot
        with self._reading:
            if self._snapshot is None or self._snapshot.revision != revision:
                self._snapshot = self._build(revision)
            return self._snapshot

    def _build(self, revision: int) -> retriever.Snapshot:
        read = _Reading(self._embedder.name)
        words = numbered(map(read.take, self._store.stored()))
        vectors = read.vectors(self._embedder)
        if read.stale and self._owner.try_to_claim():
            rows = [(read.passage_ids[row], vectors[row].tobytes()) for row in read.stale]
            self._store.put_vectors(rows, self._embedder.name)
            revision = self._store.revision()
        ids = read.passage_ids
        number = {doc_id: row for row, doc_id in enumerate(dict.fromkeys(read.doc_ids))}
        document_of = [number[doc_id] for doc_id in read.doc_ids]

        def texts_of(rows: Sequence[int]) -> list[str]:
            found = self._store.passages_by_id([ids[row] for row in rows])
            passages = [found.get(ids[row]) for row in rows]
            return [indexed_text(p.title, p.section, p.text) if p else "" for p in passages]

        return retriever.Snapshot(
            revision=revision,
            passage_ids=ids,
            doc_ids=read.doc_ids,
            vectors=vectors,
            keyword=KeywordIndex(words),
            document_keyword=KeywordIndex(words.grouped(document_of)),
            document_of=np.array(document_of, np.intp),
            guidelines={g.doc_id: g for g in self._store.documents(with_text=False)},
            row_of={i: row for row, i in enumerate(ids)},
            grades=read.grades,
            texts_of=texts_of,
        )

    def _nearest(self, snapshot: retriever.Snapshot) -> Callable[[Vectors, int], list[str]] | None:
        """The index's search where this process owns the directory and the index answers; else None: all vectors."""
        if not snapshot.passage_ids:
            return None
        with self._reading:
            if not self._owner.try_to_claim():
                return None
            index = self._index or VectorIndex(self._directory, self._embedder.name, self._chroma_url)
            try:
                if self._index is None or self._indexed_revision != snapshot.revision:
                    index.open(snapshot.passage_ids, snapshot.vectors, snapshot.revision)  # type: ignore[arg-type]
                    self._index, self._indexed_revision = index, snapshot.revision
            except IndexBroken as error:
                _log.warning("vector index left aside: %s", error)
                return None

        def nearest(vector: Vectors, n: int) -> list[str]:
            try:
                return index.nearest(vector, n)
            except IndexBroken as error:
                _log.warning("vector index left aside: %s", error)
                self._index = None
                similarity = snapshot.vectors.astype(np.float32) @ vector
                return [snapshot.passage_ids[row] for row in np.argsort(-similarity)[:n]]

        return nearest

    @property
    def _multilingual(self) -> bool:
        return not self._embedder.name.endswith(DEFAULT_MODEL)

    def _close_index(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None


class _Reading:
    """What is kept of each passage as the store is read once through; its text is kept only where its vector is stale."""

    def __init__(self, model: str) -> None:
        self._model = model
        self.passage_ids: list[str] = []
        self.doc_ids: list[str] = []
        self.grades: list[str] = []
        self.stale: dict[int, str] = {}
        self._vectors = bytearray()

    def take(self, stored: StoredPassage) -> list[str]:
        """Keeps the passage; its terms."""
        if stored.model == self._model:
            self._vectors += stored.vector
        else:
            self.stale[len(self.passage_ids)] = stored.indexed
        self.passage_ids.append(stored.passage_id)
        self.doc_ids.append(stored.doc_id)
        self.grades.append(sys.intern(grades_in(stored.indexed)))
        return terms(stored.indexed)

    def vectors(self, embedder: Embedder) -> NDArray[np.float16]:
        """Of all passages, ``(passages, dim)``; another model's are made anew."""
        total = len(self.passage_ids)
        if not total:
            return np.zeros((0, 0), np.float16)
        held = np.frombuffer(self._vectors, np.float16)
        if not self.stale:
            return held.reshape(total, -1)
        made = embedder.passages(list(self.stale.values())).astype(np.float16)
        joined = np.empty((total, made.shape[1]), np.float16)
        stale = np.zeros(total, np.bool_)
        stale[list(self.stale)] = True
        joined[stale] = made
        joined[~stale] = held.reshape(total - len(made), -1)
        return joined
