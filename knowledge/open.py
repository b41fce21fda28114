"""The library as its users see it: open a directory, take documents in, search.

One process owns a directory and writes, others read; their searches use the vectors in SQLite where the index belongs to
the owner. Refuses to know formats, ranking or the page.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge import loaders
from knowledge.apart import Limits
from knowledge.embedding import DEFAULT_MODEL, Embedder, Vectors
from knowledge.filters import Filters
from knowledge.formats.document import LoadedDocument
from knowledge.ingest import STARTER_COLLECTION, Intake, Progress, cut
from knowledge.library import LibraryStore, indexed_text
from knowledge.load_apart import load_apart
from knowledge.originals import Originals
from knowledge.owner import Owner
from knowledge.page_image import page_image as draw_page
from knowledge.rerank import Reranker
from knowledge.search import Search
from knowledge.types import Guideline, IngestReport, Passage, SearchResult

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

_log = logging.getLogger(__name__)
STARTER = Path(__file__).parent / "guidelines"


def open_library(
    directory: Path,
    *,
    embedding_model: str | None = None,
    rerank_model: str | None = None,
    starter: bool = False,
    chroma_url: str = "",
    progress: Progress | None = None,
) -> Library:
    """Opens or makes the library in ``directory``.

    ``starter`` takes in the guidelines that come with the program, those alone that changed. ``embedding_model`` is a
    folder or a model in the hub's cache; empty for the embedded one. ``chroma_url`` is a Chroma server for the index; empty
    for the embedded one. Raises StoreTooNew, StoreUnavailable; searches then raise IndexUnavailable where it is down.
    """
    library = Library(Path(directory), embedding_model or "", chroma_url, rerank_model or "")
    if starter:
        library.add_starter(progress)
    return library


def starter_texts() -> list[str]:
    """What is embedded of the guidelines that come with the program."""
    entries = [entry for file in sorted(STARTER.glob("*.md")) for entry in loaders.load(file)]
    good = [entry for entry in entries if isinstance(entry, LoadedDocument)]
    return [indexed_text(p.title, p.section, p.text) for e in good for p in cut(e, STARTER_COLLECTION)[1]]


class Library:
    """Guidelines in one directory; safe to share between threads."""

    def __init__(
        self, directory: Path, embedding_model: str = "", chroma_url: str = "", rerank_model: str = ""
    ) -> None:
        self.directory = directory
        self._store = LibraryStore(directory)
        self._embedder = Embedder(embedding_model)
        self._owner = Owner(directory)
        self._intake = Intake(self._store, self._embedder)
        reranker = Reranker(rerank_model) if rerank_model else None
        self._search = Search(directory, self._store, self._embedder, self._owner, chroma_url, reranker)
        self._originals = Originals(directory)
        self._writing = threading.RLock()

    def ingest(
        self,
        paths: Sequence[Path | str],
        *,
        collection: str = "library",
        progress: Progress | None = None,
        names: Mapping[Path, str] | None = None,
        limits: Limits | None = None,
        confined: bool = False,
    ) -> IngestReport:
        """Takes files and folders in; a document of the same id is replaced, what cannot be read is reported.

        ``progress(done, total, name)`` counts documents. Each batch is durable when done: after a kill, the same call goes on.
        Files are read in a child process under ``limits``; ``names`` gives a file's own name where it is stored under another.
        ``confined``: all go into ``collection`` whatever they say of themselves, and an id that another collection has is refused.
        Raises StoreInUse, EmbeddingModelNotFound.
        """
        with self._writing:
            self._owner.claim()
            files = loaders.find_files([Path(p) for p in paths])
            loaded = load_apart(files, names=names, limits=limits)
            report = self._intake.take_in(
                loaded,
                collection,
                progress,
                expected=loaders.count_documents(files) if progress else 0,
                confined=confined,
            )
            self._keep_originals(report, files, names or {})
            return report

    def _keep_originals(self, report: IngestReport, files: Sequence[Path], names: Mapping[Path, str]) -> None:
        of_path = {names.get(file, str(file)): file for file in files}
        kept = 0
        for taken in report.taken:
            file = of_path.get(taken.path)
            if file is not None and file.is_file():
                kept += self._originals.keep(self._store.document(taken.doc_id), file)
        if kept:
            self._originals.sweep(self._store.documents())

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        language: str | None = None,
        collections: Collection[str] | None = None,
        doc_ids: Collection[str] | None = None,
        publishers: Collection[str] | None = None,
        year_from: int | None = None,
        year_to: int | None = None,
        populations: Collection[str] | None = None,
        grades: Collection[str] | None = None,
        topics: Collection[str] | None = None,
    ) -> SearchResult:
        """The ``k`` best passages, at most three of one document while others bear on the query.

        All filters given must hold; within one, any of its values. Raises BadFilter.
        """
        filters = Filters(
            language, collections, doc_ids, publishers, year_from, year_to, populations, grades, topics
        )
        return self._search.search(query, k, filters)

    def documents(self) -> list[Guideline]:
        """All documents, superseded ones included, by title."""
        return self._store.documents()

    def document(self, doc_id: str) -> Guideline:
        """Raises UnknownDocument."""
        return self._store.document(doc_id)

    def passages(self, doc_id: str) -> list[Passage]:
        """Passages of one document in reading order. Raises UnknownDocument."""
        return self._store.passages(doc_id)

    def page_image(self, doc_id: str, page: int, lines: Sequence[str] = ()) -> tuple[bytes, int] | None:
        """Page ``page`` (from 1) of a document that came as PDF, as PNG, and how many of ``lines`` are marked on it.

        None for other formats, and where the page cannot be drawn. Raises UnknownDocument.
        """
        file = self._originals.of(self._store.document(doc_id))
        return draw_page(file, page, lines) if file else None

    def similarities(self, query: str, texts: Sequence[str]) -> list[float]:
        """Cosine of the query with each text, -1 to 1: for ranking sentences of passages already found."""
        return self._search.similarities(query, texts)

    def question_vector(self, text: str) -> Vectors | None:
        """The unit vector of a question by the shipped model; None where another model is set, for which nothing was learned.

        Raises EmbeddingModelNotFound.
        """
        return self._embedder.query(text) if self._embedder.name == DEFAULT_MODEL else None

    def knows(self, word: str) -> bool:
        """True where a word or another way of saying it stands in some passage, or is a word of everyday language."""
        return self._search.knows(word)

    def remove(self, doc_id: str) -> None:
        """Takes a document out; a starter guideline stays out until its file changes. Raises UnknownDocument, StoreInUse."""
        with self._writing:
            self._owner.claim()
            digest = self._store.hashes().get(doc_id, ("",))[0]
            self._store.remove(doc_id)
            self._store.put_note(f"removed:{doc_id}", digest)
            self._originals.sweep(self._store.documents())

    def reindex(self) -> int:
        """Throws the index away and makes it again from the library; the number of passages. Raises StoreInUse."""
        with self._writing:
            self._owner.claim()
            return self._search.reindex()

    def close(self) -> None:
        with self._writing:
            self._search.close()
            self._store.close()
            self._owner.release()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def as_langchain_retriever(self, k: int = 10, **filters: Any) -> BaseRetriever:
        """``filters`` are keywords of ``search``; they hold for every query of the retriever."""
        from knowledge.langchain import GuidelineRetriever

        return GuidelineRetriever(library=self, k=k, filters=filters)

    def add_starter(self, progress: Progress | None = None) -> None:
        """Takes in the shipped guidelines that changed since the last start; a reader leaves that to the owner."""
        files = sorted(STARTER.glob("*.md"))
        state = hashlib.sha256()
        for file in files:
            state.update(file.name.encode() + b"\0" + file.read_bytes())
        if self._store.note("starter") == state.hexdigest():
            return
        with self._writing:
            if not self._owner.try_to_claim():
                return
            loaded = [entry for file in files for entry in loaders.load(file)]
            report = self._intake.take_in(loaded, STARTER_COLLECTION, progress, keep_removed=True)
            for skipped in report.skipped:
                _log.warning("starter guideline left out: %s", skipped.path)
            present = {str(file) for file in files}
            for doc_id, (_, _, source) in self._store.hashes().items():
                if Path(source).parent == STARTER and source not in present:
                    self._store.remove(doc_id)
            self._store.put_note("starter", state.hexdigest())
