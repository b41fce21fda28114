from __future__ import annotations

import pytest

from knowledge.answerable import ENOUGH, answerability
from knowledge.keyword import KeywordIndex, terms
from knowledge.query import understand

SHELF = (
    "Gout > Treatment: Colchicine 0.5 mg twice daily for an acute gout attack; prednisolone is another choice.",
    "Gout > Goals: Serum urate below 6 mg/dL under allopurinol.",
    "Cellulitis > Treatment: Flucloxacillin for 5 to 7 days for cellulitis of the leg.",
)
DOCUMENTS = ("gout", "gout", "cellulitis")


def _answered(question: str, row: int, similarity: float, topic: float = 0.0) -> bool:
    keyword = KeywordIndex([terms(text) for text in SHELF])
    rows = [row, *(r for r in range(len(SHELF)) if r != row)]
    return answerability(understand(question), keyword, DOCUMENTS, rows, similarity, topic) >= ENOUGH


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("What is given for an acute gout attack?", 0),
        ("Which urate level under allopurinol?", 1),
        ("A 68-year-old with 39.2 and cellulitis: how many days of flucloxacillin?", 2),
    ],
)
def test_a_question_whose_words_its_document_holds_is_answered(question: str, row: int) -> None:
    assert _answered(question, row, 0.6, 1.0)


@pytest.mark.parametrize(
    "question",
    [
        "How is otitis treated?",
        "What is the dose of velnaxomab in psoriasis?",
        "When does the train to Geneva leave?",
        "红烧肉要炖多长时间？",
    ],
)
def test_a_question_of_other_things_is_declined(question: str) -> None:
    assert not _answered(question, 0, 0.3)


def test_a_disease_that_the_nearest_document_lacks_counts_against_it() -> None:
    assert _answered("treatment of an acute gout attack", 0, 0.6, 1.0)
    assert not _answered("treatment of acute sarcoidosis with vasculitis", 0, 0.6)


def test_an_empty_question_is_not_answered() -> None:
    assert not _answered("?", 0, 0.9)
    assert not _answered("12 34", 0, 0.9)
