"""The library for LangChain: a retriever, a loader and a splitter. Owns the translation, nothing else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import BaseDocumentTransformer, Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from knowledge.chunking import TARGET_SIZE, Heading, chunk, markdown_headings, plain_headings
from knowledge.errors import DocumentUnreadable
from knowledge.loaders import LoadedDocument, find_files, load
from knowledge.types import SearchResult

_log = logging.getLogger(__name__)
_HEADINGS = "headings"


class GuidelineRetriever(BaseRetriever):
    """Returns nothing where the library abstains, so that a chain never writes from what only stands near.

    ``filters`` are keyword arguments of ``Library.search``, such as ``collections``.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)
    library: Any
    k: int = 10
    filters: dict[str, Any] = Field(default_factory=dict)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        result: SearchResult = self.library.search(query, self.k, **self.filters)
        if result.abstained:
            return []
        rows = result.to_json()["passages"]
        return [
            Document(
                page_content=row["text"],
                id=row["passage_id"],
                metadata={k: v for k, v in row.items() if k != "text"},
            )
            for row in rows
        ]


class GuidelineLoader(BaseLoader):
    """Files and folders in any format the library reads, one LangChain document a guideline.

    ``strict`` raises DocumentUnreadable at the first file or row that cannot be read; otherwise it is left out and logged.
    """

    def __init__(self, *paths: Path | str, strict: bool = True) -> None:
        self._paths = [Path(p) for p in paths]
        self._strict = strict

    def lazy_load(self) -> Iterator[Document]:
        for file in find_files(self._paths):
            for entry in load(file):
                if isinstance(entry, LoadedDocument):
                    yield _document(entry)
                elif self._strict:
                    raise DocumentUnreadable(f"{entry.path}: {entry.reason}")
                else:
                    _log.warning("left out: %s", entry.path)


def _document(entry: LoadedDocument) -> Document:
    head = entry.head.model_dump(exclude={"doc_id"})
    metadata = {name: value for name, value in head.items() if value}
    marks = [[h.start, h.end, h.level, h.title] for h in entry.headings]
    metadata |= {
        "doc_id": entry.doc_id,
        "source": entry.source_path,
        "pages": list(entry.pages),
        _HEADINGS: marks,
    }
    return Document(page_content=entry.text, id=entry.doc_id, metadata=metadata)


class PassageSplitter(BaseDocumentTransformer):
    """Cuts along headings and sentences as the library does; ``target`` is in characters, a Chinese one counting three.

    A document that did not come from ``GuidelineLoader`` is read for Markdown or plain headings first.
    """

    def __init__(self, target: int = TARGET_SIZE) -> None:
        self._target = target

    def split_documents(self, documents: Any) -> list[Document]:
        """Pieces in order; each is exactly ``text[start:end]`` of its document, with its ``section`` and ``page``."""
        found = []
        for document in documents:
            text, head = document.page_content, dict(document.metadata)
            marks, pages = head.pop(_HEADINGS, None), head.pop("pages", ())
            headings = (
                [Heading(*mark) for mark in marks]
                if marks is not None
                else markdown_headings(text) or plain_headings(text)
            )
            for c in chunk(text, headings, pages=pages, target=self._target):
                place = {
                    "start": c.start,
                    "end": c.end,
                    "section": c.section,
                    "passage_grade": c.grade,
                    "page": c.page,
                }
                found.append(Document(page_content=text[c.start : c.end], metadata=head | place))
        return found

    def transform_documents(self, documents: Any, **_: Any) -> list[Document]:
        return self.split_documents(documents)
