"""Guidelines that differ on the question: both are shown, newer first, and marked; those that agree are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.domain.answer import Origin
from knowledge.open import open_library
from tests.turns import answer, services, shown, texts

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

QUESTION = "What is the A1C goal in type 2 diabetes?"


def _guideline(folder: Path, doc_id: str, publisher: str, published: str, goal: str) -> Path:
    path = folder / f"{doc_id}.md"
    path.write_text(
        f"---\ndoc_id: {doc_id}\ntitle: Type 2 diabetes {doc_id}\npublisher: {publisher}\nedition: '{published}'\n"
        f"published: '{published}'\ntopics: [type 2 diabetes]\n---\n# Type 2 diabetes\n\n## Goals\n"
        f"- A1C goal in type 2 diabetes: {goal}\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def two(tmp_path: Path) -> Callable[[str, str], list[Path]]:
    def write(old: str, new: str) -> list[Path]:
        return [
            _guideline(tmp_path, "old", "House A", "2015", old),
            _guideline(tmp_path, "new", "House B", "2025", new),
        ]

    return write


@pytest.mark.parametrize(
    ("language", "mark"), [("en", "Guidelines differ, newer first"), ("zh", "指南之间有差异")]
)
def test_both_are_shown_newer_first_with_publisher_and_year(
    tmp_path: Path,
    two: Callable[[str, str], list[Path]],
    formulary: Formulary,
    language: str,
    mark: str,
) -> None:
    with open_library(tmp_path / "store") as library:
        library.ingest(two("below 8 % for adults.", "below 7 % for adults."))
        result = answer(services(library, formulary), "ask", question=QUESTION, language=language)
    (told,) = [s for s in shown(result) if s.text.startswith(mark)]
    assert told.text.index("House B") < told.text.index("House A")
    assert all(part in told.text for part in ("below 7 %", "2025", "below 8 %", "2015"))
    assert [e.publisher for e in told.evidence] == ["House B", "House A"]
    quotes = [s for s in shown(result) if s.origin is Origin.GUIDELINE]
    assert {s.evidence[0].publisher for s in quotes} == {"House A", "House B"}
    assert all(s.text == s.evidence[0].quote for s in quotes)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("below 7 % for adults.", "below 7 % for most adults."),
        ("below 7 % for adults.", "below 8 % for older adults."),
    ],
)
def test_guidelines_that_agree_or_speak_of_others_are_not_marked(
    tmp_path: Path, two: Callable[[str, str], list[Path]], formulary: Formulary, old: str, new: str
) -> None:
    with open_library(tmp_path / "store") as library:
        library.ingest(two(old, new))
        result = answer(services(library, formulary), "ask", question=QUESTION)
    assert "differ" not in texts(result)
    assert "A1C goal" in texts(result)
