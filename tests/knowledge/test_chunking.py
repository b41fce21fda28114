from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from knowledge.chunking import TARGET_SIZE, chunk, language_of, markdown_headings, plain_headings, size
from knowledge.grades import grades_in

GUIDELINE = """# Asthma in adults

## Relief
Give salbutamol 100 micrograms by inhaler, e.g. with a spacer. Repeat after 20 minutes. [Strong, moderate]

| Step | Medicine |
|---|---|
| 1 | Low-dose ICS |

## Review
### In primary care
See the patient within two working days. [1B]
"""


def test_a_passage_stands_under_its_heading_path_and_carries_its_grade() -> None:
    found = {
        GUIDELINE[c.start : c.end]: (c.section, c.grade)
        for c in chunk(GUIDELINE, markdown_headings(GUIDELINE))
    }
    assert found["See the patient within two working days. [1B]"] == (
        "Asthma in adults > Review > In primary care",
        "1B",
    )
    relief = next(text for text in found if "salbutamol" in text)
    assert found[relief] == ("Asthma in adults > Relief", "Strong, moderate")
    assert "| 1 | Low-dose ICS |" in relief


@example("000000000000压压\n |\n0", 20)  # an indented table before prose
@given(st.text(alphabet="ab .!?\n#|。血压0-[", max_size=3000), st.integers(20, 200))
def test_passages_come_in_order_never_overlap_and_lose_no_word(text: str, target: int) -> None:
    headings = markdown_headings(text)
    chunks = chunk(text, headings, target=target)
    last = 0
    for c in chunks:
        assert last <= c.start < c.end <= len(text)
        assert text[c.start : c.end] == text[c.start : c.end].strip()
        last = c.end
    covered = set().union(
        *(range(c.start, c.end) for c in chunks), *(range(h.start, h.end) for h in headings)
    )
    assert all(text[i].isspace() for i in range(len(text)) if i not in covered)


def test_long_prose_is_cut_at_sentences_and_no_passage_is_over_the_target() -> None:
    text = "Dr. Lee gave 5 mg of morphine at once. The pain score fell from 8 to 3. " * 60
    chunks = chunk(text, [])
    assert len(chunks) > 3
    for c in chunks:
        assert size(text[c.start : c.end]) <= TARGET_SIZE
        assert text[c.start : c.end].endswith(("once.", "3."))


def test_chinese_counts_three_times_and_is_cut_at_its_full_stops() -> None:
    text = "高血压患者应当限制钠盐摄入。" * 80
    chunks = chunk(text, [])
    assert len(chunks) >= 4
    assert all(
        text[c.start : c.end].endswith("。") and size(text[c.start : c.end]) <= TARGET_SIZE for c in chunks
    )
    assert language_of(text) == "zh"
    assert language_of("Blood pressure 血压 should be measured on both arms") == "en"


def test_the_page_of_a_passage_is_that_of_its_first_character() -> None:
    text = "One.\n\nTwo.\n\nThree."
    pages = [c.page for c in chunk(text, [], pages=[0, 6, 12], target=6)]
    assert pages == [1, 2, 3]


@pytest.mark.parametrize(
    ("line", "is_heading"),
    [
        ("TREATMENT OF GOUT", True),
        ("3.2 Initial assessment", True),
        ("二、治疗", True),
        ("3.2 mmol/L was the lowest value", False),
        ("- Rest and fluids", False),
        ("Give oxygen to keep saturation at 94 %.", False),
    ],
)
def test_headings_of_plain_text(line: str, is_heading: bool) -> None:
    text = f"Some words before.\n{line}\nSome words after."
    assert (line in [h.title for h in plain_headings(text)]) is is_heading


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("Start a statin. [Class I, Level A]", "Class I, Level A"),
        (
            "Offer naloxone. [Strong, moderate] Teach the family. [Conditional, low]",
            "Strong, moderate; Conditional, low",
        ),
        ("Give it. [Grade 1B] And again. [Grade 1B]", "Grade 1B"),
        ("限盐。[强推荐, 中等质量]", "强推荐, 中等质量"),
        ("限盐。【Ⅰ类, A级】", "Ⅰ类, A级"),
        ("As shown before [12] and [3–5].", ""),
        ("See [strong evidence](https://example.org).", ""),
        ("The dose [sic] was given [see table 2].", ""),
        ("[x] done", ""),
    ],
)
def test_grades_are_told_from_other_brackets(text: str, grade: str) -> None:
    assert grades_in(text) == grade
