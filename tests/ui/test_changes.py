from __future__ import annotations

import pytest

from assistant.domain.answer import Answer, Origin, Section, Sentence, Settled, Verdict
from assistant.ui.changes import Mark, changes, words


def _answer(*texts: str, settled: tuple[Settled, ...] = ()) -> Answer:
    said = tuple(Sentence(t, Verdict.SUPPORTED, Origin.RECORD) for t in texts)
    return Answer("discharge", "en", "none", (Section("course", "Course", said),), settled=settled)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Lisinopril 5 mg daily.", "Lisinopril 10 mg daily."),
        ("肌酐 110 umol/L。", "肌酐 101 umol/L。"),
        ("", "New."),
        ("Gone.", ""),
    ],
)
def test_the_parts_of_a_change_give_back_both_texts(old: str, new: str) -> None:
    parts = words(old, new)
    assert "".join(p.text for p in parts if p.mark is not Mark.ADDED) == old
    assert "".join(p.text for p in parts if p.mark is not Mark.REMOVED) == new


def test_a_reworded_sentence_is_one_change_and_the_untouched_ones_are_none() -> None:
    found = changes(_answer("A stays.", "Dose is 5 mg."), _answer("A stays.", "Dose is 10 mg."))
    assert [(c.section, c.old(), c.new()) for c in found] == [("Course", "Dose is 5 mg.", "Dose is 10 mg.")]


def test_what_came_and_what_went_are_told_apart() -> None:
    found = changes(_answer("Completely other words here."), _answer("Nothing alike remains."))
    assert {(c.old(), c.new()) for c in found} == {
        ("", "Nothing alike remains."),
        ("Completely other words here.", ""),
    }


def test_a_reason_given_between_two_versions_is_a_change() -> None:
    settled = Settled("alert:1", "Penicillin", "tested", "Dr A", "2026-03-05T09:00:00+00:00")
    (found,) = changes(_answer("A."), _answer("A.", settled=(settled,)))
    assert found.new() == "Penicillin: tested (Dr A)"


def test_a_version_does_not_differ_from_itself() -> None:
    assert changes(_answer("A.", "B."), _answer("A.", "B.")) == ()
