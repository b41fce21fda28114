"""Whom a guideline's sentence is for: each row names a sentence that is there, and says what it waits for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from knowledge.for_whom import FOLDER, MARKS, for_whom

GUIDELINES = Path("knowledge/guidelines")
TABLES = sorted(FOLDER.glob("*.yaml"))


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("**", ""))


@pytest.mark.parametrize("table", TABLES, ids=lambda p: p.stem)
def test_every_row_begins_a_sentence_of_its_guideline(table: Path) -> None:
    text = _plain((GUIDELINES / f"{table.stem}.md").read_text(encoding="utf-8"))
    read = for_whom(table.stem)
    assert read.ward or read.needs or read.unless
    named = (*read.ward, *(start for start, _ in (*read.needs, *read.unless)))
    missing = [s for s in named if _plain(s) not in text]
    assert not missing
    assert all(len(start.strip()) >= 4 for start in named), "a row that is nearly empty fits every sentence"


def test_there_is_a_table_for_most_guidelines() -> None:
    assert len(TABLES) > 80


@pytest.mark.parametrize(
    ("doc_id", "sentence", "known", "left_out"),
    [
        ("head-injury-nice-ng232", "Transfer to neurosurgery: without delay once stabilized.", "", True),
        ("head-injury-nice-ng232", "A baby with a swelling on the head needs emergency care.", "AGE65", True),
        ("head-injury-nice-ng232", "A baby with a swelling on the head needs emergency care.", "INFANT", False),
        ("head-injury-nice-ng232", "More than one vomit after a head injury needs emergency care.", "", False),
        ("rheumatoid-arthritis-acr-2021", "Methotrexate once weekly only: a daily dose can kill.", "sulfasalazine", True),
        ("rheumatoid-arthritis-acr-2021", "Methotrexate once weekly only: a daily dose can kill.", "methotrexate", False),
        ("acute-coronary-syndromes-acc-aha-2025", "Dual antiplatelet therapy: at least 12 months without high bleeding risk.", "clopidogrel", False),
        ("acute-coronary-syndromes-acc-aha-2025", "Dual antiplatelet therapy: at least 12 months without high bleeding risk.", "clopidogrel ; apixaban ; oral_anticoagulant", True),
        ("hip-fracture-nice-cg124-apta-2021", "Keep the weight-bearing limit and hip precautions that the surgeon wrote.", "LIMITED_WEIGHT", False),
        ("no-such-guideline", "Transfer to neurosurgery: without delay.", "", False),
        ("../guidelines/x", "Anything.", "", False),
    ],
)  # fmt: skip
def test_a_sentence_is_left_out_for_whom_it_is_not(
    doc_id: str, sentence: str, known: str, left_out: bool
) -> None:
    assert for_whom(doc_id).leaves_out(sentence, known) is left_out


def test_a_mark_is_a_word_of_its_own() -> None:
    women = next(p for t in TABLES for _, p in for_whom(t.stem).needs if "(?-i:FEMALE)" in p.pattern)
    assert women.search("x ; FEMALE")
    assert not women.search("x ; MALE")
    men = [p for t in TABLES for _, p in for_whom(t.stem).needs if "(?-i:MALE)" in p.pattern]
    assert not any(p.search("x ; FEMALE") for p in men)
    assert "MALE" in MARKS
