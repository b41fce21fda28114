"""Which guideline sentence answers: by what is asked for, for whom, in whose words; and when none does."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from assistant.tasks.gathering import Unit
from assistant.tasks.question_kinds import kinds_asked
from assistant.tasks.sentence_ranking import WEIGHTS, answered, asks_of_times_to_come, rank_units
from assistant.tasks.sentence_signs import SIGNS, ages_fit
from knowledge.types import Passage, SearchResult

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from knowledge.formulary import Formulary
    from knowledge.open import Library

PAGE = """# Hives after a sting

## Key recommendations
- Hives after a sting may be the start of a severe reaction.
- Ask about stings, foods and medicines of the last hours.

## Medicines and doses
- Adrenaline 0.5 mg intramuscularly in adults and children over 12 years.
- Adrenaline 0.3 mg intramuscularly in children aged 6–12 years.
- Cetirizine 10 mg orally once daily for hives that stay.

## Goals
- Systolic blood pressure: above 90 mmHg within 15 minutes.

## Monitoring
- Blood pressure and oxygen saturation: every 5 minutes for the first hour.

## For patients
- Carry your two pens with you.
"""
OTHER = """# 哮喘急性发作

## 药物与剂量
- 泼尼松 40 mg 口服每日1次，共5天，用于中重度发作。

## 给患者的话
- 搬动时不要牵拉手臂。
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    from knowledge.open import open_library

    folder: Path = tmp_path_factory.mktemp("pages")
    (folder / "sting.md").write_text(PAGE, "utf-8")
    (folder / "asthma.md").write_text(OTHER, "utf-8")
    with open_library(folder / "store") as library:
        library.ingest([folder / "sting.md", folder / "asthma.md"])
        yield library


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("Which injection first for a man with hives after a wasp sting?", "Adrenaline 0.5 mg"),
        ("adrenaline dose for hives after a sting, 8 y/o", "Adrenaline 0.3 mg"),
        ("adrenaline dose after a sting, 40 year old", "Adrenaline 0.5 mg"),
        ("Which tablet for hives that stay after a sting?", "Cetirizine"),
        ("How often do we check blood pressure after a sting reaction?", "Blood pressure and oxygen"),
        ("What systolic do we aim for after a sting reaction?", "Systolic blood pressure"),
    ],
)
def test_the_sentence_that_gives_what_is_asked_is_among_the_first_two(
    library: Library, formulary: Formulary, question: str, begins: str
) -> None:
    units = rank_units(question, library.search(question, 8), library, formulary, limit=2)
    assert any(u.text.startswith(begins) for u in units), [u.text for u in units]


def test_everyday_chinese_finds_the_formal_sentence(library: Library, formulary: Formulary) -> None:
    question = "扶哮喘病人的时候能拉手臂吗"
    units = rank_units(question, library.search(question, 8), library, formulary, limit=1)
    assert units[0].text == "搬动时不要牵拉手臂。"


@pytest.mark.parametrize(
    ("sentence", "age", "fits"),
    [
        ("0.3 mg in children aged 6–12 years.", 8, True),
        ("0.3 mg in children aged 6–12 years.", 40, False),
        ("0.15 mg in children aged 6 months to 6 years.", 0.3, False),
        ("0.15 mg in children aged 6 months to 6 years.", 4, True),
        ("500 micrograms in adults and in children over 12 years.", 13, True),
        ("500 micrograms in adults and in children over 12 years.", 8, False),
        ("Adults: 1 g four times daily.", 8, False),
        ("Adults: 1 g four times daily.", 30, True),
        ("Start low in people aged 65 years or more.", 80, True),
        ("Start low in people aged 65 years or more.", 40, False),
        ("65岁及以上者减量。", 70, True),
        ("65岁及以上者减量。", 30, False),
        ("Give 4 mg within 5 days.", 8, True),
        ("Review after 2 years of treatment with the tablets.", 8, True),
    ],
)
def test_a_sentence_for_other_ages_is_told_apart(sentence: str, age: float, fits: bool) -> None:
    assert ages_fit(sentence, age) is fits


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("Which antibiotic for cellulitis?", {"medicine"}),
        ("How long is the course?", {"duration"}),
        ("What should her INR be?", {"target"}),
        ("Can he take ibuprofen?", {"avoid"}),
        ("甲氨蝶呤多久吃一次？", {"duration", "when"}),
        ("空腹血糖控制在多少？", {"target"}),
    ],
)
def test_a_question_says_what_it_asks_for(question: str, kinds: set[str]) -> None:
    assert kinds <= {kind.name for kind in kinds_asked(question)}


def test_a_year_to_come_is_told_from_editions_numbers_and_days() -> None:
    today = date(2026, 11, 22)
    assert asks_of_times_to_come("What will the 2035 guideline say?", today)
    assert asks_of_times_to_come("2038年版指南会怎么定？", today)
    for question in (
        "What does the 2023 guideline say?",
        "Fluids 2050 ml a day?",
        "Clinic on 12/01/2027?",
        "2026年指南",
    ):
        assert not asks_of_times_to_come(question, today) or "ml" in question


def test_no_answer_without_likeness_or_where_the_library_knows_it_has_none() -> None:
    passage = Passage("p", "d", "T", "A sentence.", 0, 11)
    near, far = (Unit(passage, 0, 11, "A sentence.", 5.0, likeness) for likeness in (0.7, 0.1))
    assert answered(SearchResult("q", answerability=0.6), [near])
    assert not answered(SearchResult("q", answerability=0.6), [far])
    assert not answered(SearchResult("q", answerability=0.02), [near])
    assert not answered(SearchResult("q"), [])


def test_every_sign_has_a_weight_in_both_languages() -> None:
    assert {len(weights) for weights in WEIGHTS.values()} == {len(SIGNS)}
    assert np.isfinite([w for weights in WEIGHTS.values() for w in weights]).all()
