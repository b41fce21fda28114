"""The one way a guideline enters the library from the page, and leaves it: the right is asked and the row left first.

Owns the order (right, audit row, change) and the clean-up of uploaded files. Refuses to know pages.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.config import Settings
from assistant.errors import StorageFailed
from assistant.store import Action, Actor, Store
from assistant.upload_names import shown_name, stored_name
from knowledge.apart import Limits
from knowledge.open import Library
from knowledge.types import IngestReport, Skipped

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Given:
    """A file as it was handed over."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Shelf:
    library: Library
    store: Store
    settings: Settings

    def add(
        self, actor: Actor, files: Sequence[Given], collection: str, progress: Progress | None = None
    ) -> IngestReport:
        """Takes files into ``collection``; a document of the same id in it is replaced, of another collection refused.

        Raises AccessDenied before anything is read, StorageFailed where the files cannot be put down, KnowledgeError.
        """
        self.store.collections.allow(actor, Action.ADD, collection)
        limit = self.settings.max_upload_mb
        large = [f for f in files if len(f.content) > limit * 1024 * 1024]
        skipped = tuple(
            Skipped(shown_name(f.name), f"larger than {limit} MB. Split it, or leave pictures out.")
            for f in large
        )
        folder = self.settings.knowledge_dir / "uploads" / secrets.token_hex(8)
        try:
            names = self._put_down(folder, [f for f in files if f not in large])
            report = self.library.ingest(
                list(names),
                collection=collection,
                progress=progress,
                names=names,
                limits=Limits(self.settings.guideline_read_s, self.settings.read_memory_mb),
                confined=True,
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return IngestReport(report.documents, report.passages, skipped + report.skipped, report.taken)

    def _put_down(self, folder: Path, files: Sequence[Given]) -> dict[Path, str]:
        try:
            folder.mkdir(parents=True)
            names = {}
            for file in files:
                path = folder / stored_name(file.name)
                path.write_bytes(file.content)
                names[path] = shown_name(file.name)
        except OSError as error:
            raise StorageFailed(
                f"The files could not be stored ({error.strerror}). Nothing was added; free some space and try again."
            ) from error
        return names

    def remove(self, actor: Actor, doc_id: str) -> None:
        """Raises AccessDenied for a document of a collection that ``actor`` does not keep, UnknownDocument."""
        found = self.library.document(doc_id)
        self.store.collections.allow(actor, Action.REMOVE, found.collection, doc_id)
        self.library.remove(doc_id)
