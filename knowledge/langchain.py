"""The library as a LangChain retriever. Owns the translation of passages into LangChain documents, nothing else."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from knowledge.types import SearchResult


class GuidelineRetriever(BaseRetriever):
    """Returns nothing where the library abstains, so that a chain never writes from what only stands near."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    library: Any
    k: int = 10
    filters: dict[str, Any] = Field(default_factory=dict)
    """Keywords of ``Library.search``: language, publishers, year_from, year_to, populations, grades, topics …"""

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
