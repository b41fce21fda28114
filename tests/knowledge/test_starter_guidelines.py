"""Every summary of the starter library: its head, its sections, its doses, and that no text stands twice."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

import pytest

from knowledge.front_matter import FrontMatter, split_front_matter
from knowledge.open import STARTER

FILES = sorted(STARTER.glob("*.md"))
EVERY_FILE = pytest.mark.parametrize("name", [file.name for file in FILES])
NUMBER = r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?"
UNITS = r"mg|g|micrograms?|mcg|μg|µg|IU|units?|mL|毫克|克|微克|单位"
# A clearance (30 mL/min) and a concentration (70 mg/dL) are conditions of a dose, not doses.
DOSE = re.compile(
    rf"(?<![\d.,])({NUMBER})(?:\s?[–~-]\s?({NUMBER}))?\s?({UNITS})(?![A-Za-z]|/min(?!ute)|/dL|/L|/g|/mL|/mmol)"
)
ROUTE = re.compile(
    r"oral|intraven|intramus|intraoss|subling|under the tongue|nebuli|subcutan|rectal|nasal|inhal|spacer|skin|topical"
    r"|patch|gum|lozenge|口服|静脉|皮下|肌内|肌注|吸入|雾化|舌下|含服|静滴|静推|鼻",
    re.IGNORECASE,
)
HOW_OFTEN = re.compile(
    r"once|twice|times|daily|every|each|over|bolus|infusion|/day|/h|a day|in the first|at bedtime|at night|in 24 hours|as needed|repeat|doses?\b|per |on day|maximum|at most|次|每|持续|泵|滴注|静滴|推注|按需|最大|最多|/日|/d|顿|单剂",
    re.IGNORECASE,
)


@cache
def read(name: str) -> tuple[FrontMatter, str]:
    return split_front_matter((STARTER / name).read_text(encoding="utf-8"), name)


def sections(body: str) -> dict[str, list[str]]:
    """Heading of the second level → its lines that are not blank."""
    return {
        title: [line for line in lines if line.strip()]
        for title, *lines in (part.split("\n") for part in re.split(r"^## ", body, flags=re.MULTILINE)[1:])
    }


def doses(lines: list[str]) -> list[tuple[float, float, str]]:
    """Each amount as least, most and unit."""
    return [
        (float(low.replace(",", "")), float((high or low).replace(",", "")), unit)
        for line in lines
        for low, high, unit in DOSE.findall(line)
    ]


def medicine_lines(name: str) -> list[str]:
    return next(
        (
            lines
            for title, lines in sections(read(name)[1]).items()
            if re.match(r"Medicines|药物|用药", title)
        ),
        [],
    )


def test_the_library_is_broad_and_speaks_both_languages() -> None:
    languages = [read(file.name)[0].language for file in FILES]
    assert len(languages) >= 70
    assert languages.count("zh") >= 12
    assert set(languages) == {"en", "zh"}


@EVERY_FILE
def test_the_head_says_what_where_from_and_what_was_not_checked(name: str) -> None:
    head, _ = read(name)
    assert head.doc_id == name.removesuffix(".md")
    for field in ("title", "publisher", "edition", "population", "topics", "grade", "sources", "unchecked"):
        assert getattr(head, field), field
    assert re.fullmatch(r"(19|20)\d\d(-[01]\d(-[0-3]\d)?)?", head.published), head.published
    assert re.fullmatch(r"((19|20)\d\d(-[01]\d(-[0-3]\d)?)?)?", head.next_review), head.next_review
    assert re.match(r"https?://", head.url) or (head.language == "zh" and not head.url)


@EVERY_FILE
def test_no_section_is_empty_and_a_summary_is_neither_a_note_nor_a_book(name: str) -> None:
    head, body = read(name)
    found = sections(body)
    assert len(found) >= 8
    assert all(found.values()), [title for title, lines in found.items() if not lines]
    length = len(re.findall(r"[\u4e00-\u9fff]", body)) if head.language == "zh" else len(body.split())
    assert 600 <= length <= 3500 if head.language == "zh" else 600 <= length <= 2000


@EVERY_FILE
def test_every_dose_parses_and_its_range_runs_upwards(name: str) -> None:
    lines = medicine_lines(name)
    assert lines, "no section on medicines"
    for low, high, unit in doses(lines):
        assert 0 < low <= high, (low, high, unit)
        assert (high <= 60) if unit in {"g", "克"} else (high <= 10_000), (high, unit)


@EVERY_FILE
def test_a_dose_with_a_route_says_how_often_or_how_much_at_most(name: str) -> None:
    silent = [
        line
        for line in medicine_lines(name)
        if DOSE.search(line) and ROUTE.search(line) and not HOW_OFTEN.search(line)
    ]
    assert silent == []


def test_no_recommendation_stands_word_for_word_in_two_summaries() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    for file in FILES:
        for lines in sections(read(file.name)[1]).values():
            places["\n".join(lines)].add(file.name)
            for line in lines:
                if len(line) >= 100:
                    places[line].add(file.name)
    assert {text: where for text, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize(
    ("line", "read_as"),
    [
        ("Aspirin 75–150 mg orally once daily", [(75.0, 150.0, "mg")]),
        ("Benzylpenicillin 1,200 mg once", [(1200.0, 1200.0, "mg")]),
        ("Adrenaline 0.5 mg, then 1 mg", [(0.5, 0.5, "mg"), (1.0, 1.0, "mg")]),
        ("螺内酯10~20 mg口服每日1次", [(10.0, 20.0, "mg")]),
        ("avoid below 30 mL/min", []),
        ("glucose above 180 mg/dL", []),
        ("for 5 days in 2 months", []),
    ],
)
def test_an_amount_is_read_and_its_look_alike_is_not(
    line: str, read_as: list[tuple[float, float, str]]
) -> None:
    assert doses([line]) == read_as
