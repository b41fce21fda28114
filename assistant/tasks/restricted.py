"""The guideline library with some collections alone in it, for a turn that asks no others.

Owns the restriction: what is not in the collections chosen is not there, for searching and for reading.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistant.tasks.base import GuidelineSearch
from knowledge.errors import UnknownDocument
from knowledge.types import Guideline, Passage, SearchResult


@dataclass(frozen=True)
class RestrictedLibrary:
    library: GuidelineSearch
    collections: tuple[str, ...]

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        language: str | None = None,
        collections: Collection[str] | None = None,
    ) -> SearchResult:
        asked = self.collections if collections is None else set(collections) & set(self.collections)
        return self.library.search(query, k, language=language, collections=asked)

    def documents(self) -> list[Guideline]:
        return [g for g in self.library.documents() if g.collection in self.collections]

    def document(self, doc_id: str) -> Guideline:
        """Raises UnknownDocument, also for one of another collection."""
        found = self.library.document(doc_id)
        if found.collection not in self.collections:
            raise UnknownDocument(
                f"No document of the collections chosen has the id {doc_id!r}. Choose more."
            )
        return found

    def passages(self, doc_id: str) -> list[Passage]:
        """Raises UnknownDocument, also for one of another collection."""
        return self.library.passages(self.document(doc_id).doc_id)

    def similarities(self, query: str, texts: Sequence[str]) -> list[float]:
        return self.library.similarities(query, texts)

    def knows(self, word: str) -> bool:
        return self.library.knows(word)
