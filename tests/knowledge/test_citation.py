from __future__ import annotations

import datetime as dt

import pytest

from knowledge.citation import vancouver
from knowledge.types import Guideline

CITED = dt.date(2026, 11, 21)
FULL = {
    "publisher": "Infectious Diseases Society of America",
    "edition": "Update 2024",
    "published": "2024-07-18",
    "url": "https://example.org/cap",
}


@pytest.mark.parametrize(
    ("fields", "place", "reference"),
    [
        (
            FULL,
            {},
            "Infectious Diseases Society of America. Pneumonia in adults [Internet]. Update 2024. "
            "2024 Jul 18 [cited 2026 Nov 21]. Available from: https://example.org/cap",
        ),
        (
            FULL,
            {"section": "Treatment > Duration", "page": 12},
            "Infectious Diseases Society of America. Pneumonia in adults [Internet]. Update 2024. "
            "2024 Jul 18 [cited 2026 Nov 21]. Duration; p. 12. Available from: https://example.org/cap",
        ),
        ({"published": "2023-08"}, {}, "Pneumonia in adults. 2023 Aug."),
        ({"published": "2023", "edition": "2023"}, {}, "Pneumonia in adults. 2023."),
        ({"publisher": "中华医学会"}, {}, "中华医学会. Pneumonia in adults. [date unknown]."),
        ({"published": "spring 2019"}, {"page": 3}, "Pneumonia in adults. spring 2019. p. 3."),
        ({"published": "2023-13"}, {}, "Pneumonia in adults. 2023."),
    ],
)
def test_a_reference_names_what_the_guideline_says_and_invents_nothing(
    fields: dict[str, str], place: dict[str, object], reference: str
) -> None:
    guideline = Guideline("cap", "Pneumonia in adults", "x", **fields)
    assert vancouver(guideline, cited=CITED, **place) == reference  # type: ignore[arg-type]


def test_a_title_that_ends_in_a_question_mark_gets_no_second_stop() -> None:
    guideline = Guideline("q", "Which antibiotic?", "x", "NICE", published="2025")
    assert vancouver(guideline, cited=CITED) == "NICE. Which antibiotic? 2025."
