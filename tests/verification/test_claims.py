from __future__ import annotations

import pytest

from assistant.verification.claims import split_clauses, split_sentences, stream_sentences, take_citations


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith gave 1.5 mg. It helped.", ["Dr. Smith gave 1.5 mg.", "It helped."]),
        ("血压低。暂停缬沙坦；继续观察", ["血压低。", "暂停缬沙坦；", "继续观察"]),
        ("- first item\n- second item", ["first item", "second item"]),
        ("pH 7.33 rose to 7.41", ["pH 7.33 rose to 7.41"]),
        ("", []),
    ],
)
def test_sentences_end_where_they_end(text: str, expected: list[str]) -> None:
    assert split_sentences(text) == expected


def test_streamed_sentences_equal_those_of_the_whole_text_however_it_is_cut() -> None:
    text = "Creatinine was 1.9. Dr. Hart stopped it. 血压低。No more!"
    for size in range(1, 9):
        chunks = [text[i : i + size] for i in range(0, len(text), size)]
        assert list(stream_sentences(chunks)) == split_sentences(text)


@pytest.mark.parametrize(
    ("sentence", "text", "numbers"),
    [
        ("It was held [2].", "It was held.", (2,)),
        ("It was held [1, 3].", "It was held.", (1, 3)),
        ("It was held [1-3].", "It was held.", (1, 2, 3)),
        ("已停用【2】。", "已停用。", (2,)),
        ("Grade [Class I, Level A]", "Grade [Class I, Level A]", ()),
    ],
)
def test_citation_marks_are_taken_out_and_read(sentence: str, text: str, numbers: tuple[int, ...]) -> None:
    assert take_citations(sentence) == (text, numbers)


def test_a_thousands_mark_is_no_clause_end() -> None:
    assert split_clauses("lipase 1,960, then 240") == ["lipase 1,960", "240"]
