"""The library as its users see it: open a directory, take documents in, search.

Owns who may write: one process owns a directory through a lock, others read; their searches use the vectors in SQLite
where the index belongs to the owner. Refuses to know formats, ranking or the page.
"""

from __future__ import annotations

import difflib
import hashlib
import logging
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from knowledge import loaders, retriever
from knowledge.chunking import chunk
from knowledge.embedding import DEFAULT_MODEL, Embedder, Vectors
from knowledge.errors import StoreInUse
from knowledge.index import IndexBroken, VectorIndex
from knowledge.keyword import KeywordIndex, terms
from knowledge.library import LibraryStore, indexed_text
from knowledge.loaders import LoadedDocument
from knowledge.query import understand
from knowledge.shipped_vectors import starter_vectors
from knowledge.types import Guideline, IngestReport, Passage, ScoredPassage, SearchResult, Skipped

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

_log = logging.getLogger(__name__)
Progress = Callable[[int, int, str], None]
STARTER_COLLECTION = "starter"
STARTER = Path(__file__).parent / "guidelines"
_BATCH_PASSAGES = 256


def open_library(
    directory: Path,
    *,
    embedding_model: str | None = None,
    starter: bool = False,
    progress: Progress | None = None,
) -> Library:
    """Opens or makes the library in ``directory``.

    ``starter`` takes in the guidelines that come with the program, those alone that changed. ``embedding_model`` is a
    folder or a model in the hub's cache; empty for the embedded one. Raises StoreTooNew, StoreUnavailable.
    """
    library = Library(Path(directory), embedding_model or "")
    if starter:
        library.add_starter(progress)
    return library


def starter_texts() -> list[str]:
    """What is embedded of the guidelines that come with the program."""
    entries = [entry for file in sorted(STARTER.glob("*.md")) for entry in loaders.load(file)]
    good = [entry for entry in entries if isinstance(entry, LoadedDocument)]
    return [indexed_text(p.title, p.section, p.text) for e in good for p in _cut(e, STARTER_COLLECTION)[1]]


class Library:
    """Guidelines in one directory; safe to share between threads."""

    def __init__(self, directory: Path, embedding_model: str = "") -> None:
        self.directory = directory
        self._store = LibraryStore(directory)
        self._embedder = Embedder(embedding_model)
        self._writing = threading.RLock()
        self._reading = threading.RLock()
        self._snapshot: retriever.Snapshot | None = None
        self._index: VectorIndex | None = None
        self._lock: Any = None

    def ingest(
        self, paths: Sequence[Path | str], *, collection: str = "library", progress: Progress | None = None
    ) -> IngestReport:
        """Takes files and folders in; a document of the same id is replaced, what cannot be read is reported.

        ``progress(done, total, name)`` counts documents. Each batch is durable when done: after a kill, the same call goes on.
        Raises StoreInUse, EmbeddingModelNotFound.
        """
        with self._writing:
            self._own()
            files = loaders.find_files([Path(p) for p in paths])
            loaded = [entry for file in files for entry in loaders.load(file)]
            return self._take_in(loaded, collection, progress)

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        language: str | None = None,
        collections: Collection[str] | None = None,
        doc_ids: Collection[str] | None = None,
        publishers: Collection[str] | None = None,
    ) -> SearchResult:
        """The ``k`` best passages, at most three of one document while others bear on the query."""
        snapshot = self._current()
        mask = snapshot.allowed(language, collections, doc_ids, publishers)
        ranked = retriever.search(
            snapshot,
            query,
            k,
            self._embedder.query,
            self._nearest(snapshot),
            mask,
            multilingual=self._multilingual,
        )
        ids = [snapshot.passage_ids[row] for row in ranked.rows]
        found = self._store.passages_by_id(ids)
        hits = tuple(
            ScoredPassage(found[i], s) for i, s in zip(ids, ranked.scores, strict=True) if i in found
        )
        return SearchResult(query, hits, ranked.abstained)

    def documents(self) -> list[Guideline]:
        """All documents, superseded ones included, by title."""
        return self._store.documents()

    def document(self, doc_id: str) -> Guideline:
        """Raises UnknownDocument."""
        return self._store.document(doc_id)

    def passages(self, doc_id: str) -> list[Passage]:
        """Passages of one document in reading order. Raises UnknownDocument."""
        return self._store.passages(doc_id)

    def similarities(self, query: str, texts: Sequence[str]) -> list[float]:
        """Cosine of the query with each text, -1 to 1: for ranking sentences of passages already found."""
        if not texts:
            return []
        vectors = self._embedder.passages(texts)
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

    def remove(self, doc_id: str) -> None:
        """Takes a document out; a starter guideline stays out until its file changes. Raises UnknownDocument, StoreInUse."""
        with self._writing:
            self._own()
            digest = self._store.hashes().get(doc_id, ("",))[0]
            self._store.remove(doc_id)
            self._store.put_note(f"removed:{doc_id}", digest)

    def reindex(self) -> int:
        """Throws the index away and makes it again from the library; the number of passages. Raises StoreInUse."""
        with self._writing, self._reading:
            self._own()
            self._close_index()
            (self.directory / "index" / "current.json").unlink(missing_ok=True)
            self._snapshot = None
            snapshot = self._current()
            self._nearest(snapshot)
            return len(snapshot.passage_ids)

    def close(self) -> None:
        with self._writing, self._reading:
            self._close_index()
            self._snapshot = None
            self._store.close()
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def as_langchain_retriever(self, k: int = 10) -> BaseRetriever:
        from knowledge.langchain import GuidelineRetriever

        return GuidelineRetriever(library=self, k=k)

    def add_starter(self, progress: Progress | None = None) -> None:
        """Takes in the shipped guidelines that changed since the last start; a reader leaves that to the owner."""
        files = sorted(STARTER.glob("*.md"))
        state = hashlib.sha256()
        for file in files:
            state.update(file.name.encode() + b"\0" + file.read_bytes())
        if self._store.note("starter") == state.hexdigest():
            return
        with self._writing:
            if not self._try_to_own():
                return
            loaded = [entry for file in files for entry in loaders.load(file)]
            report = self._take_in(loaded, STARTER_COLLECTION, progress, keep_removed=True)
            for skipped in report.skipped:
                _log.warning("starter guideline left out: %s", skipped.path)
            present = {str(file) for file in files}
            for doc_id, (_, _, source) in self._store.hashes().items():
                if Path(source).parent == STARTER and source not in present:
                    self._store.remove(doc_id)
            self._store.put_note("starter", state.hexdigest())

    def _take_in(
        self,
        loaded: Sequence[LoadedDocument | Skipped],
        collection: str,
        progress: Progress | None,
        keep_removed: bool = False,
    ) -> IngestReport:
        skipped = [entry for entry in loaded if isinstance(entry, Skipped)]
        known = self._store.hashes()
        texts = {text: doc_id for doc_id, (_, text, _) in known.items()}
        seen: dict[str, str] = {}
        pending: list[tuple[LoadedDocument, str]] = []
        total = len(loaded) - len(skipped)
        documents = passages = waiting = 0
        for entry in loaded:
            if isinstance(entry, Skipped):
                continue
            clash = _clash(entry, seen, texts)
            if clash:
                skipped.append(Skipped(entry.source_path, clash))
                continue
            seen[entry.doc_id] = entry.source_path
            texts.setdefault(entry.text_hash, entry.doc_id)
            documents += 1
            digest = hashlib.sha256(f"{entry.content_hash}{collection}".encode()).hexdigest()
            if (
                keep_removed
                and self._store.note(f"removed:{entry.doc_id}") == digest
                and entry.doc_id not in known
            ):
                documents -= 1
                continue
            if known.get(entry.doc_id, ("",))[0] == digest:
                passages += self._store.count(entry.doc_id)
            else:
                pending.append((entry, digest))
                waiting += 1 + len(entry.text) // 900
            if waiting >= _BATCH_PASSAGES:
                passages += self._commit(pending, collection)
                pending, waiting = [], 0
            if progress:
                progress(documents, total, entry.doc_id)
        passages += self._commit(pending, collection)
        if progress:
            progress(total, total, "")
        return IngestReport(documents, passages, tuple(skipped))

    def _commit(self, batch: Sequence[tuple[LoadedDocument, str]], collection: str) -> int:
        if not batch:
            return 0
        cut = [(entry, digest, *_cut(entry, collection)) for entry, digest in batch]
        indexed = [indexed_text(p.title, p.section, p.text) for *_, ps in cut for p in ps]
        make = starter_vectors if collection == STARTER_COLLECTION else Embedder.passages
        vectors = make(self._embedder, indexed)
        entries = []
        first = 0
        for entry, digest, guideline, ps in cut:
            extra = {
                "content_hash": digest,
                "text_hash": entry.text_hash,
                "sources": "\n".join(entry.head.sources),
                "unchecked": "\n".join(entry.head.unchecked),
            }
            entries.append((guideline, extra, ps, vectors[first : first + len(ps)]))
            first += len(ps)
        self._store.replace(entries, self._embedder.name)
        return first

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
        stored, stale = self._store.stored(self._embedder.name)
        vectors = {s.passage_id: s.vector for s in stored}
        if stale:
            texts = {s.passage_id: s.indexed for s in stored}
            fresh = self._embedder.passages([texts[i] for i in stale]).astype(np.float16)
            vectors |= {i: row.tobytes() for i, row in zip(stale, fresh, strict=True)}
            if self._try_to_own():
                self._store.put_vectors([(i, vectors[i]) for i in stale], self._embedder.name)
                revision = self._store.revision()
        matrix = np.frombuffer(b"".join(vectors[s.passage_id] for s in stored), np.float16)
        ids = [s.passage_id for s in stored]
        words = [terms(s.indexed) for s in stored]
        of_document: dict[str, list[str]] = {}
        for s, found in zip(stored, words, strict=True):
            of_document.setdefault(s.doc_id, []).extend(found)
        number = {doc_id: row for row, doc_id in enumerate(of_document)}
        return retriever.Snapshot(
            revision=revision,
            passage_ids=ids,
            doc_ids=[s.doc_id for s in stored],
            vectors=matrix.reshape(len(ids), -1) if ids else np.zeros((0, 0), np.float16),
            keyword=KeywordIndex(words),
            document_keyword=KeywordIndex(list(of_document.values())),
            document_of=np.array([number[s.doc_id] for s in stored], np.intp),
            guidelines={g.doc_id: g for g in self._store.documents(with_text=False)},
            row_of={i: row for row, i in enumerate(ids)},
            indexed=[s.indexed for s in stored],
        )

    def _nearest(self, snapshot: retriever.Snapshot) -> Callable[[Vectors, int], list[str]] | None:
        """The index's search where this process owns the directory and the index answers; else None: all vectors."""
        if not snapshot.passage_ids:
            return None
        with self._reading:
            if not self._try_to_own():
                return None
            index = self._index or VectorIndex(self.directory, self._embedder.name)
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

    _indexed_revision = -1

    @property
    def _multilingual(self) -> bool:
        return not self._embedder.name.endswith(DEFAULT_MODEL)

    def _close_index(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    def _own(self) -> None:
        if not self._try_to_own():
            raise StoreInUse(
                f"Another process has the guideline store {self.directory} open for writing. Close it (or use its page), then try again."
            )

    def _try_to_own(self) -> bool:
        from filelock import FileLock, Timeout

        with self._reading:
            if self._lock is not None:
                return True
            lock = FileLock(self.directory / "owner.lock", timeout=0, thread_local=False)
            try:
                lock.acquire()
            except Timeout:
                return False
            self._lock = lock
            return True


def _clash(entry: LoadedDocument, seen: dict[str, str], texts: dict[str, str]) -> str:
    if entry.doc_id in seen:
        return f"the id {entry.doc_id!r} was already taken by {seen[entry.doc_id]}. Give one of them another doc_id."
    twin = texts.get(entry.text_hash, entry.doc_id)
    if not entry.named and twin != entry.doc_id:
        return f"the same text is already in the library as {twin!r}."
    return ""


def _cut(entry: LoadedDocument, collection: str) -> tuple[Guideline, list[Passage]]:
    head = entry.head
    fields = head.model_dump(exclude={"doc_id", "sources", "unchecked", "collection"})
    home = head.collection or collection
    guideline = Guideline(
        doc_id=entry.doc_id, text=entry.text, collection=home, source_path=entry.source_path, **fields
    )
    passages = []
    for number, c in enumerate(chunk(entry.text, entry.headings, pages=entry.pages)):
        text = entry.text[c.start : c.end]
        mark = hashlib.sha256(indexed_text(head.title, c.section, text).encode()).hexdigest()[:8]
        passages.append(
            Passage(
                f"{entry.doc_id}#{number}-{mark}",
                entry.doc_id,
                head.title,
                text,
                c.start,
                c.end,
                c.section,
                grade=c.grade,
                page=c.page,
            )
        )
    return guideline, passages
