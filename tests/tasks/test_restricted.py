from __future__ import annotations

from typing import Any

import pytest

from assistant.conversation import Conversation
from assistant.tasks.base import Request, Services
from assistant.tasks.restricted import RestrictedLibrary
from knowledge.errors import UnknownDocument
from knowledge.formulary import open_formulary
from knowledge.types import Guideline, SearchResult


class Shelf:
    def __init__(self) -> None:
        self.asked: list[Any] = []

    def search(self, query: str, k: int = 10, **filters: Any) -> SearchResult:
        self.asked.append(filters.get("collections", "all"))
        return SearchResult(query, abstained=True)

    def documents(self) -> list[Guideline]:
        return [Guideline("a", "A", "x", collection="starter"), Guideline("b", "B", "x", collection="c-1")]

    def document(self, doc_id: str) -> Guideline:
        return next(g for g in self.documents() if g.doc_id == doc_id)

    def passages(self, doc_id: str) -> list[Any]:
        return []

    def similarities(self, query: str, texts: list[str]) -> list[float]:
        return [0.0] * len(texts)

    def knows(self, word: str) -> bool:
        return True


def test_what_is_not_in_the_collections_chosen_is_not_there() -> None:
    library = RestrictedLibrary(Shelf(), ("c-1",))  # type: ignore[arg-type]
    assert [g.doc_id for g in library.documents()] == ["b"]
    assert library.document("b").title == "B"
    with pytest.raises(UnknownDocument, match="collections chosen"):
        library.document("a")
    with pytest.raises(UnknownDocument):
        library.passages("a")


@pytest.mark.parametrize(("chosen", "asked", "said"), [(("c-1",), ("c-1",), True), ((), "all", False)])
def test_a_turn_searches_the_collections_chosen_and_its_answer_says_so(
    chosen: tuple[str, ...], asked: Any, said: bool
) -> None:
    shelf = Shelf()
    conversation = Conversation(Services(library=shelf, formulary=open_formulary()))  # type: ignore[arg-type]
    answer = conversation.answer(
        Request("ask", question="How long is pneumonia treated?", collections=chosen)
    )
    assert set(map(str, shelf.asked)) == {str(asked)}
    assert any("collections chosen" in notice for notice in answer.notices) is said
