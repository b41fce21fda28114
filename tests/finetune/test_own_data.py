from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.domain.answer import Answer, Origin, Section, Sentence, Verdict
from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.store.learning import RatedAnswer, SignedWork
from finetune.errors import FineTuneError
from finetune.own_data import from_feedback, from_own, from_signed, is_held

NOTE = "hold ramipril (AKI), seen by Dr Okonkwo"
NAMES = ("Ada Example", "Ngozi Okonkwo", "84731902")


def _evidence(text: str) -> Evidence:
    return Evidence(EvidenceKind.RECORD, "note", text, 0, len(text))


def _sentence(text: str, origin: Origin = Origin.MODEL, quote: str = NOTE) -> Sentence:
    return Sentence(text, Verdict.SUPPORTED, origin, (_evidence(quote),))


def _document(*sentences: Sentence) -> dict[str, Any]:
    section = Section("hospital_course", "Hospital course", sentences)
    return Answer("discharge", "en", "m", (section,)).to_json()


def _work(drafted: Sentence, signed: Sentence, patient: str = "train-me") -> SignedWork:
    return SignedWork(patient, "discharge", "en", _document(drafted), _document(signed), NAMES)


def _patient(*, held: bool, seed: int = 7) -> str:
    return next(name for name in (f"p{n}" for n in range(200)) if is_held(name, seed) is held)


DRAFT = _sentence("2026-03-02: Ramipril was given")
EDITED = _sentence("2026-03-02: Ramipril was held because of AKI", Origin.CLINICIAN)


def test_an_edited_sentence_is_what_to_write_and_is_preferred_to_the_draft() -> None:
    found = from_feedback([_work(DRAFT, EDITED, _patient(held=False))], [], 7)
    (example,) = found.train
    (pair,) = found.pairs
    assert (example.task, example.reply) == ("course", "Ramipril was held because of AKI [1].")
    assert (pair.chosen, pair.rejected) == (example.reply, "Ramipril was given [1].")
    assert pair.evidence == example.evidence


@pytest.mark.parametrize(
    ("signed", "examples"),
    [
        (DRAFT, 1),  # signed as the model wrote it
        (replace(DRAFT, origin=Origin.RECORD), 0),  # code stated it
        (replace(EDITED, verdict=Verdict.UNSUPPORTED), 0),  # the record does not bear it out
        (replace(EDITED, evidence=()), 0),
    ],
)
def test_signed_sentences_that_teach_are_taken_and_no_others(signed: Sentence, examples: int) -> None:
    found = from_signed([_work(DRAFT, signed, _patient(held=False))], 7)
    assert len(found.train) == examples


def test_an_unchanged_document_gives_no_pair() -> None:
    found = from_feedback([_work(DRAFT, DRAFT, _patient(held=False))], [], 7)
    assert found.pairs == ()
    assert found.train == ()


def test_names_numbers_and_dates_of_birth_are_taken_out_before_anything_is_written() -> None:
    quote = "Ada Example (MRN 84731902, DOB 04/05/1951) told Dr Okonkwo: hold ramipril (AKI)"
    work = _work(
        _sentence("Ramipril was given", quote=quote),
        _sentence("Ada Example had ramipril held because of AKI", Origin.CLINICIAN, quote),
        _patient(held=False),
    )
    found = from_feedback([work], [], 7)
    texts = " ".join([*found.train[0].evidence, found.train[0].reply, found.pairs[0].rejected])
    for gone in ("Ada", "Example", "84731902", "Okonkwo", "1951"):
        assert gone not in texts
    assert "ramipril" in texts
    named = [p for p in texts.split() if p.startswith("[NAME_1]") or "[NAME_1]" in p]
    assert len(named) >= 2  # one person has one placeholder in evidence and reply


def test_a_patients_rows_are_all_on_one_side() -> None:
    works = [_work(DRAFT, DRAFT, f"p{n % 40}") for n in range(120)]
    found = from_signed(works, 7)
    assert len(found.train) + len(found.held) == 120
    assert 0 < len(found.held) < 60
    held = {f"p{n}" for n in range(40) if is_held(f"p{n}", 7)}
    assert len(found.held) == 3 * len(held)


def _rated(reply: str, thumb: int, patient: str = "") -> RatedAnswer:
    section = Section("answer", "Answer", (_sentence(reply),))
    answer = Answer("ask", "en", "m", (section,)).to_json()
    return RatedAnswer(patient, "Why was ramipril held?", answer, thumb, NAMES)


def test_a_thumb_up_teaches_and_is_preferred_to_a_thumb_down_on_the_same_question() -> None:
    patient = _patient(held=False)
    up, down = (
        _rated("Ramipril was held because of AKI", 1, patient),
        _rated("Ramipril was held", -1, patient),
    )
    found = from_feedback([], [up, down], 7)
    assert [e.reply for e in found.train] == ["Ramipril was held because of AKI [1]."]
    assert [(p.chosen, p.rejected) for p in found.pairs] == [
        ("Ramipril was held because of AKI [1].", "Ramipril was held [1].")
    ]
    assert from_feedback([], [down], 7).train == ()
    assert from_feedback([], [up], 7).pairs == ()


def test_a_teams_own_rows_are_redacted_and_bad_ones_named(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    good = {
        "task": "course",
        "evidence": ["seen by Dr Okonkwo, no fever"],
        "reply": "There was no fever [1].",
    }
    path.write_text("\n".join(json.dumps({**good, "patient": f"p{n}"}) for n in range(30)), "utf-8")
    found = from_own(path, 7)
    assert len(found.train) + len(found.held) == 30
    assert "Okonkwo" not in found.train[0].evidence[0]
    path.write_text(json.dumps({**good, "task": "poem"}), "utf-8")
    with pytest.raises(FineTuneError, match="row 1: task 'poem'"):
        from_own(path, 7)
    path.write_text('{"task": "course"}', "utf-8")
    with pytest.raises(FineTuneError, match="evidence"):
        from_own(path, 7)
