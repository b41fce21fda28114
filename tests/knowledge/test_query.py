from __future__ import annotations

import pytest

from knowledge.keyword import terms
from knowledge.query import understand


@pytest.mark.parametrize(
    ("query", "added"),
    [
        ("MI treatment", "myocardial infarction"),
        ("dose in DKA", "diabetic ketoacidosis"),
        ("treatment of hemorrhage", "haemorrhage"),
        ("高血压的治疗", "hypertension"),
        ("atrial fibrillation", "房颤"),
        ("paracetamol dose", "acetaminophen"),
    ],
)
def test_a_query_is_also_said_otherwise(query: str, added: str) -> None:
    assert added in understand(query).added


@pytest.mark.parametrize(
    ("query", "not_added"),
    [
        ("child-proof cap of the bottle", "community-acquired pneumonia"),
        ("family history", "myocardial infarction"),
        ("mia", "myocardial infarction"),
        ("afternoon dose", "atrial fibrillation"),
    ],
)
def test_an_abbreviation_counts_only_as_it_is_written(query: str, not_added: str) -> None:
    assert not_added not in understand(query).added


def test_a_chinese_query_is_embedded_by_its_english_words() -> None:
    query = understand("社区获得性肺炎用什么药？")
    assert query.chinese
    assert "pneumonia" in query.for_vectors
    assert understand("pneumonia 肺炎 in adults at home").chinese is False


def test_terms_are_stems_and_chinese_words() -> None:
    assert terms("Treating the fractures") == terms("treated fracture")
    assert "高血压" in terms("高血压患者的血压目标")
    assert terms("the of 的") == []
