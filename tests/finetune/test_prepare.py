from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finetune.duplicates import without_repeats
from finetune.errors import FineTuneError
from finetune.prepare import leaks, prepare, read_examples, train_texts
from finetune.synthesize import Example
from knowledge.formulary import Formulary


def _note(text: str) -> Example:
    return Example("course", "own", "own", (text,), "It was so [1].")


def test_prepare_writes_both_parts_and_a_card_that_agrees(
    tmp_path: Path, formulary: Formulary, tokenizer: Any
) -> None:
    stats = prepare(tmp_path, formulary, tokenizer, notes=12, questions=3, held=4, seed=1)
    train, held = read_examples(tmp_path / "train.jsonl"), read_examples(tmp_path / "held.jsonl")
    assert (len(train), len(held)) == (stats["train"]["examples"], stats["held"]["examples"])
    assert {e.evidence for e in train}.isdisjoint(e.evidence for e in held)
    assert stats == json.loads((tmp_path / "stats.json").read_text("utf-8"))
    assert stats["data_sha256"] in (tmp_path / "DATA_CARD.md").read_text("utf-8")
    again = prepare(tmp_path / "again", formulary, tokenizer, notes=12, questions=3, held=4, seed=1)
    assert again["data_sha256"] == stats["data_sha256"]


def test_the_same_note_twice_is_kept_once() -> None:
    assert len(without_repeats([_note("no fever"), _note("no fever"), _note("no rash")])) == 2


@pytest.mark.parametrize(
    ("text", "leaked"),
    [
        ("HOLD ramipril until seen in clinic as creatinine was high", True),
        ("and so hold ramipril until seen in clinic as creatinine fell", True),
        ("hold ramipril until seen in clinic", False),
        ("stop ramipril until seen in clinic as potassium was high", False),
    ],
)
def test_eight_words_in_a_row_from_training_are_a_leak(text: str, leaked: bool) -> None:
    known = train_texts([_note("hold ramipril until seen in clinic as creatinine was high")])
    assert leaks(_note(text), known) is leaked


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{not json", "row 1"),
        ('{"task": "course", "evidence": ["x"]}', "reply"),
        ('{"task": "poem", "evidence": ["x"], "reply": "y"}', "poem"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "train.jsonl").write_text(line, "utf-8")
    with pytest.raises(FineTuneError, match=said):
        read_examples(tmp_path / "train.jsonl")


def test_missing_data_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(FineTuneError, match="python -m finetune prepare"):
        read_examples(tmp_path / "train.jsonl")
