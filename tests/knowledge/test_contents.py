from __future__ import annotations

from knowledge.contents import Entry, contents, passage_at
from knowledge.types import Passage


def _passage(start: int, section: str, page: int | None = None) -> Passage:
    return Passage(f"d#{start}", "d", "T", "x" * 10, start, start + 10, section, page=page)


def test_each_heading_stands_once_at_its_first_passage_with_the_headings_above_it() -> None:
    passages = [
        _passage(0, ""),
        _passage(20, "Treatment > Drugs", 2),
        _passage(40, "Treatment > Drugs", 2),
        _passage(60, "Treatment > Duration", 3),
        _passage(80, "Prevention > Duration", 4),
    ]
    assert contents(passages[::-1]) == (
        Entry("Treatment", 1, 20, 2),
        Entry("Drugs", 2, 20, 2),
        Entry("Duration", 2, 60, 3),
        Entry("Prevention", 1, 80, 4),
        Entry("Duration", 2, 80, 4),
    )


def test_a_document_without_headings_has_no_contents() -> None:
    assert contents([_passage(0, ""), _passage(20, "")]) == ()


def test_a_character_between_passages_belongs_to_the_next_and_one_behind_all_to_the_last() -> None:
    passages = [_passage(20, "A"), _passage(40, "B")]
    assert [passage_at(passages, n).section for n in (0, 25, 30, 49, 99)] == ["A", "A", "B", "B", "B"]  # type: ignore[union-attr]
    assert passage_at([], 3) is None
