from __future__ import annotations

import re

import pytest

from finetune.figures import declines
from finetune.notes import Note, NoteWriter, words
from finetune.synthesize import (
    DECLINED,
    drug_names,
    is_right,
    note_examples,
    question_examples,
    variety,
)
from knowledge.formulary import Formulary

OWN = {"drug", "units", "sats", "litres", "clock", "act", "state", "fact", "aside"}


def _styles() -> list[str]:
    around = words("around")
    rows = [row for rows in words("facts").values() for row in rows]
    return rows + [row for kind in ("reason", "so", "time", "aside") for row in around[kind]]


def test_every_style_has_one_clause_and_names_only_slots_that_exist() -> None:
    for style in _styles():
        short, mark, plain = style.removeprefix("!").partition(" | ")
        assert mark, style
        slots = {s.rstrip("0123456789") for s in re.findall(r"\{(\w+)\}", style)}
        assert slots <= set(words("slots")) | OWN, style
        assert set(re.findall(r"\{\w+\}", short)) == set(re.findall(r"\{\w+\}", plain)), style


def test_same_seed_same_examples_and_another_seed_others(formulary: Formulary) -> None:
    first = list(note_examples(30, 5, formulary))
    assert first == list(note_examples(30, 5, formulary))
    assert {e.evidence for e in first}.isdisjoint(e.evidence for e in note_examples(30, 6, formulary))


def test_held_out_notes_use_styles_that_training_never_sees(formulary: Formulary) -> None:
    held = {s.removeprefix("!").partition(" | ")[0] for s in _styles() if s.startswith("!")}
    trained = {s.partition(" | ")[0] for s in _styles() if not s.startswith("!")}
    assert held.isdisjoint(trained)
    writer = NoteWriter(1, drug_names(formulary))
    templates = " ".join(writer.note().template for _ in range(300))
    assert not [style for style in held if f":{style}|" in templates or templates.endswith(f":{style}")]


@pytest.mark.parametrize(
    ("note", "sentences", "right"),
    [
        ("hold ramipril (AKI).", ("The plan was to hold ramipril because of AKI",), True),
        ("hold ramipril (AKI).", ("The plan was to stop ramipril because of AKI",), False),
        ("hold ramipril (AKI).", ("The plan was to hold ramipril",), False),
        ("ramipril 5 mg od started", ("Ramipril 5 mg once daily was started",), True),
        ("ramipril 5 mg od started", ("Ramipril 10 mg once daily was started",), False),
        ("ramipril 5 mg od started", ("Enalapril 5 mg once daily was started",), False),
        ("no fever", ("There was no fever",), True),
        ("no fever", ("There was fever",), False),
    ],
)
def test_only_true_and_whole_wordings_become_examples(
    note: str, sentences: tuple[str, ...], right: bool, formulary: Formulary
) -> None:
    assert is_right(Note(note, sentences, "own"), formulary) is right


def test_a_command_in_a_note_is_left_out_of_the_right_answer(formulary: Formulary) -> None:
    examples = [e for e in note_examples(20, 3, formulary, injected=1.0) if e.source == "injected"]
    assert len(examples) == 20
    for example in examples:
        assert not re.search(
            r"ignore|instruction|prompt|SYSTEM|pirate|output|BYPASS", example.reply, re.IGNORECASE
        )


def test_no_template_covers_more_than_a_twentieth(formulary: Formulary) -> None:
    report = variety(list(note_examples(300, 2, formulary)))
    assert report["examples"] == 300
    assert report["largest_template_share"] <= 0.05
    assert report["templates"] > 150


def test_the_variety_report_sees_a_repeated_phrase(formulary: Formulary) -> None:
    one = next(note_examples(1, 2, formulary, injected=0.0))
    report = variety([one] * 10)
    assert report["largest_template_share"] == 1.0
    assert report["templates"] == 1


def test_questions_cite_the_sentence_they_were_made_from_or_decline(formulary: Formulary) -> None:
    examples = list(question_examples(40, 4, formulary))
    declined = [e for e in examples if e.source == "unanswerable"]
    assert 2 <= len(declined) <= 20
    assert all(declines(e.reply) for e in declined)
    for example in examples:
        assert 2 <= len(example.evidence) <= 6
        if example.source != "unanswerable":
            text, number = re.fullmatch(r"(.+) \[(\d)\]\.", example.reply).groups()  # type: ignore[union-attr]
            assert example.evidence[int(number) - 1].rstrip(".") == text


def test_held_out_questions_stand_on_other_guidelines(formulary: Formulary) -> None:
    trained = {text for e in question_examples(60, 1, formulary) for text in e.evidence}
    held = {text for e in question_examples(30, 1, formulary, held=True) for text in e.evidence}
    assert trained.isdisjoint(held)


def test_training_declines_more_often_and_in_more_words_than_is_measured(formulary: Formulary) -> None:
    trained = [e for e in question_examples(120, 4, formulary, silent=0.3) if e.source == "unanswerable"]
    measured = [e for e in question_examples(120, 4, formulary, held=True) if e.source == "unanswerable"]
    assert len({e.reply for e in trained}) > 3
    assert {e.reply for e in measured} == {DECLINED}


def test_commands_that_are_measured_never_stood_in_training() -> None:
    trained, measured = (
        {command for command in words("around")["injected"] if command.startswith("!") == held}
        for held in (False, True)
    )
    assert len(trained) >= 30
    assert len(measured) >= 6
    beginnings = {tuple(c.lower().split()[:3]) for c in trained}
    assert not [c for c in measured if tuple(c.removeprefix("!").lower().split()[:3]) in beginnings]


def test_a_held_out_note_holds_only_held_out_commands(formulary: Formulary) -> None:
    commands = [c.removeprefix("!") for c in words("around")["injected"] if c.startswith("!")]
    fixed = [c.split("{")[0] for c in commands]
    for held in (False, True):
        made = note_examples(12, 5, formulary, held=held, injected=1.0)
        told = [any(f in e.evidence[0] for f in fixed) for e in made]
        assert told == [held] * 12
