"""The canonical store: documents, their passages and vectors, in SQLite.

Owns what the library holds. Refuses to rank. Everything else on disk (the Chroma
index) can be thrown away and made again from here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import event

from knowledge import tables
from knowledge.editions import mark_superseded
from knowledge.embedding import Vectors
from knowledge.errors import StoreTooNew, StoreUnavailable, UnknownDocument
from knowledge.tables import guideline_of, passage_of, row_of
from knowledge.types import Guideline, Passage


@dataclass(frozen=True)
class StoredPassage:
    """What search reads of one passage; ``indexed`` is title, heading path and text, ``vector`` float16, of ``model``."""

    passage_id: str
    doc_id: str
    indexed: str
    vector: bytes
    model: str


def indexed_text(title: str, section: str, text: str) -> str:
    """What is searched: the title and the heading path stand before the passage, which alone is shown."""
    head = " > ".join(part for part in (title, section) if part)
    return f"{head}: {text}" if head else text


class LibraryStore:
    """SQLite file ``library.sqlite`` in ``directory``; safe to share between threads.

    Raises StoreTooNew where a newer version wrote it, StoreUnavailable where it cannot be opened.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / "library.sqlite"
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(
                f"The guideline store {directory} cannot be made ({error.strerror}). Choose another --store."
            ) from error
        self._engine = sa.create_engine(f"sqlite:///{self.path}", connect_args={"timeout": 30})
        event.listen(self._engine, "connect", _configure)
        try:
            self._prepare()
        except sa.exc.DatabaseError as error:
            self._engine.dispose()
            raise StoreUnavailable(
                f"The guideline store {self.path} cannot be opened ({error.orig}). Restore it from a backup, or move it away and ingest again."
            ) from error

    def _prepare(self) -> None:
        with self._engine.begin() as db:
            if sa.inspect(db).has_table("meta"):
                found = int(self._meta(db, "schema_version", "0"))
                if found > tables.SCHEMA_VERSION:
                    raise StoreTooNew(
                        f"The guideline store {self.path} has schema {found}; this program knows up to {tables.SCHEMA_VERSION}. Update the program."
                    )
                return
            tables.metadata.create_all(db)
            self._put(db, "schema_version", str(tables.SCHEMA_VERSION))
            self._put(db, "revision", "0")

    @staticmethod
    def _meta(db: sa.Connection, key: str, default: str) -> str:
        return db.scalar(sa.select(tables.meta.c.value).where(tables.meta.c.key == key)) or default

    @staticmethod
    def _put(db: sa.Connection, key: str, value: str) -> None:
        db.execute(sa.text("INSERT OR REPLACE INTO meta(key, value) VALUES (:k, :v)"), {"k": key, "v": value})

    def close(self) -> None:
        self._engine.dispose()

    def revision(self) -> int:
        """Grows with every change; whoever caches compares it."""
        with self._engine.connect() as db:
            return int(self._meta(db, "revision", "0"))

    def note(self, key: str, default: str = "") -> str:
        with self._engine.connect() as db:
            return self._meta(db, key, default)

    def put_note(self, key: str, value: str) -> None:
        with self._engine.begin() as db:
            self._put(db, key, value)

    def replace(
        self, entries: Iterable[tuple[Guideline, dict[str, Any], Sequence[Passage], Vectors]], model: str
    ) -> None:
        """Puts documents in, or in place of those of the same id, all in one transaction."""
        with self._engine.begin() as db:
            for guideline, extra, passages, vectors in entries:
                self._delete(db, guideline.doc_id)
                db.execute(tables.documents.insert(), row_of(guideline) | extra)
                rows = [
                    {"passage_id": p.passage_id, "doc_id": p.doc_id, "ordinal": i, "start": p.start, "end": p.end,
                     "section": p.section, "grade": p.grade, "page": p.page, "model": model,
                     "vector": vectors[i].astype(np.float16).tobytes()}
                    for i, p in enumerate(passages)
                ]  # fmt: skip
                if rows:
                    db.execute(tables.passages.insert(), rows)
            mark_superseded(db)
            self._grow(db)

    def put_vectors(self, rows: Sequence[tuple[str, bytes]], model: str) -> None:
        with self._engine.begin() as db:
            for passage_id, vector in rows:
                db.execute(
                    tables.passages.update()
                    .where(tables.passages.c.passage_id == passage_id)
                    .values(vector=vector, model=model)
                )
            self._grow(db)

    def remove(self, doc_id: str) -> None:
        with self._engine.begin() as db:
            if not self._delete(db, doc_id):
                raise _unknown(doc_id)
            mark_superseded(db)
            self._grow(db)

    @staticmethod
    def _delete(db: sa.Connection, doc_id: str) -> int:
        db.execute(tables.passages.delete().where(tables.passages.c.doc_id == doc_id))
        return int(db.execute(tables.documents.delete().where(tables.documents.c.doc_id == doc_id)).rowcount)

    def _grow(self, db: sa.Connection) -> None:
        self._put(db, "revision", str(int(self._meta(db, "revision", "0")) + 1))

    def hashes(self) -> dict[str, tuple[str, str, str]]:
        """doc_id → (content hash, text hash, source path)."""
        d = tables.documents.c
        with self._engine.connect() as db:
            rows = db.execute(sa.select(d.doc_id, d.content_hash, d.text_hash, d.source_path))
            return {r.doc_id: (r.content_hash, r.text_hash, r.source_path) for r in rows}

    def documents(self, *, with_text: bool = True) -> list[Guideline]:
        columns = [c for c in tables.documents.c if with_text or c.name != "text"]
        with self._engine.connect() as db:
            rows = db.execute(
                sa.select(*columns).order_by(tables.documents.c.title, tables.documents.c.doc_id)
            ).mappings()
            return [guideline_of(dict(row)) for row in rows]

    def document(self, doc_id: str) -> Guideline:
        with self._engine.connect() as db:
            row = (
                db.execute(sa.select(tables.documents).where(tables.documents.c.doc_id == doc_id))
                .mappings()
                .first()
            )
        if row is None:
            raise _unknown(doc_id)
        return guideline_of(dict(row))

    def passages(self, doc_id: str) -> list[Passage]:
        guideline = self.document(doc_id)
        return self._read(tables.passages.c.doc_id == doc_id, {doc_id: guideline})

    def passages_by_id(self, passage_ids: Sequence[str]) -> dict[str, Passage]:
        return {p.passage_id: p for p in self._read(tables.passages.c.passage_id.in_(passage_ids), {})}

    def _read(self, where: sa.ColumnElement[bool], known: dict[str, Guideline]) -> list[Passage]:
        with self._engine.connect() as db:
            rows = db.execute(
                sa.select(tables.passages)
                .where(where)
                .order_by(tables.passages.c.doc_id, tables.passages.c.ordinal)
            ).all()
            missing = {r.doc_id for r in rows} - known.keys()
            found = (
                db.execute(sa.select(tables.documents).where(tables.documents.c.doc_id.in_(missing)))
                .mappings()
                .all()
            )
            known = known | {str(row["doc_id"]): guideline_of(dict(row)) for row in found}
        return [passage_of(row, known[row.doc_id]) for row in rows]

    def count(self, doc_id: str | None = None) -> int:
        query = sa.select(sa.func.count()).select_from(tables.passages)
        with self._engine.connect() as db:
            return int(
                db.scalar(query if doc_id is None else query.where(tables.passages.c.doc_id == doc_id)) or 0
            )

    def stored(self) -> Iterator[StoredPassage]:
        """Every passage, document by document, one document's text in memory at a time."""
        p, d = tables.passages.c, tables.documents.c
        columns = (p.passage_id, p.doc_id, p.start, p.end, p.section, p.model, p.vector)
        with self._engine.connect() as db:
            db.exec_driver_sql("BEGIN")  # both queries read one state of the store
            documents = db.execute(sa.select(d.doc_id, d.title, d.text).order_by(d.doc_id)).yield_per(20)
            rows = db.execute(sa.select(*columns).order_by(p.doc_id, p.ordinal)).yield_per(500)
            document = next(documents, None)
            for r in rows:
                while document is not None and document.doc_id < r.doc_id:
                    document = next(documents, None)
                if document is None:
                    return
                body = document.text[r.start : r.end]
                yield StoredPassage(
                    r.passage_id,
                    document.doc_id,
                    indexed_text(document.title, r.section, body),
                    r.vector,
                    r.model,
                )


def _configure(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()


def _unknown(doc_id: str) -> UnknownDocument:
    return UnknownDocument(f"No document has the id {doc_id!r}. `knowledge list` names them.")
