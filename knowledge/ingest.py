"""Documents into the store: cut, embedded and committed batch by batch, so that a killed run goes on where it was.

Owns what is new, what clashes and what is unchanged. Refuses to know formats, search or who may write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from knowledge.chunking import chunk
from knowledge.embedding import Embedder
from knowledge.formats.document import LoadedDocument
from knowledge.library import LibraryStore, indexed_text
from knowledge.shipped_vectors import starter_vectors
from knowledge.types import Guideline, IngestReport, Passage, Skipped, Taken

Progress = Callable[[int, int, str], None]
STARTER_COLLECTION = "starter"
_BATCH_PASSAGES = 256


class Intake:
    """Takes loaded documents into one store."""

    def __init__(self, store: LibraryStore, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    def take_in(
        self,
        loaded: Iterable[LoadedDocument | Skipped],
        collection: str,
        progress: Progress | None,
        keep_removed: bool = False,
        expected: int = 0,
        confined: bool = False,
    ) -> IngestReport:
        """Takes documents as they are read, so that what was read is safe before the next file is opened.

        ``expected`` is about how many there will be, for ``progress``. ``confined`` keeps every document in ``collection``,
        whatever its head says, and refuses one whose id another collection has.
        """
        skipped: list[Skipped] = []
        taken: list[Taken] = []
        known = self._store.hashes()
        texts = {text: doc_id for doc_id, (_, text, _) in known.items()}
        homes = {g.doc_id: g.collection for g in self._store.documents(with_text=False)} if confined else {}
        seen: dict[str, str] = {}
        pending: list[tuple[LoadedDocument, str]] = []
        documents = passages = waiting = 0
        for entry in loaded:
            if isinstance(entry, Skipped):
                skipped.append(entry)
                continue
            clash = _clash(entry, seen, texts)
            if confined:
                entry = replace(entry, head=entry.head.model_copy(update={"collection": ""}))
                clash = clash or _foreign(entry.doc_id, homes, collection)
            if clash:
                skipped.append(Skipped(entry.source_path, clash))
                continue
            seen[entry.doc_id] = entry.source_path
            texts.setdefault(entry.text_hash, entry.doc_id)
            digest = hashlib.sha256(f"{entry.content_hash}{collection}".encode()).hexdigest()
            removed = keep_removed and self._store.note(f"removed:{entry.doc_id}") == digest
            if removed and entry.doc_id not in known:
                continue
            documents += 1
            if known.get(entry.doc_id, ("",))[0] == digest:
                taken.append(Taken(entry.doc_id, entry.source_path, "unchanged"))
                passages += self._store.count(entry.doc_id)
            else:
                change: Literal["added", "replaced"] = "replaced" if entry.doc_id in known else "added"
                taken.append(Taken(entry.doc_id, entry.source_path, change))
                pending.append((entry, digest))
                waiting += 1 + len(entry.text) // 900
            if waiting >= _BATCH_PASSAGES:
                passages += self._commit(pending, collection)
                pending, waiting = [], 0
            if progress:
                done = documents + len(skipped)
                progress(done, max(done, expected), entry.doc_id)
        passages += self._commit(pending, collection)
        if progress:
            done = documents + len(skipped)
            progress(done, done, "")
        return IngestReport(documents, passages, tuple(skipped), tuple(taken))

    def _commit(self, batch: Sequence[tuple[LoadedDocument, str]], collection: str) -> int:
        if not batch:
            return 0
        pieces = [(entry, digest, *cut(entry, collection)) for entry, digest in batch]
        indexed = [indexed_text(p.title, p.section, p.text) for *_, ps in pieces for p in ps]
        make = starter_vectors if collection == STARTER_COLLECTION else Embedder.passages
        vectors = make(self._embedder, indexed)
        entries = []
        first = 0
        for entry, digest, guideline, ps in pieces:
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


def _clash(entry: LoadedDocument, seen: dict[str, str], texts: dict[str, str]) -> str:
    if entry.doc_id in seen:
        return f"the id {entry.doc_id!r} was already taken by {seen[entry.doc_id]}. Give one of them another doc_id."
    twin = texts.get(entry.text_hash, entry.doc_id)
    if not entry.named and twin != entry.doc_id:
        return f"the same text is already in the library as {twin!r}."
    return ""


def _foreign(doc_id: str, homes: Mapping[str, str], collection: str) -> str:
    if homes.get(doc_id, collection) == collection:
        return ""
    return (
        f"the id {doc_id!r} belongs to a document of another collection. "
        "Rename the file, or give it another doc_id."
    )


def cut(entry: LoadedDocument, collection: str) -> tuple[Guideline, list[Passage]]:
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
