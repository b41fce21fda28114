"""The course told by problem: each statement under the diagnosis it speaks of, nothing forced under one."""

from __future__ import annotations

import pytest

from assistant.domain.record import Assertion, Condition, DiagnosisRole, PatientRecord, Place, Statement
from assistant.tasks.problems import GENERAL, group_by_problem


def _record(*names: str) -> PatientRecord:
    conditions = [
        Condition(n, Assertion.PRESENT, DiagnosisRole.PRINCIPAL if i == 0 else DiagnosisRole.SECONDARY, Place("c", i, i + 1, n))
        for i, n in enumerate(names)
    ]  # fmt: skip
    return PatientRecord("p", "en", (), conditions=tuple(conditions))


def _said(*texts: str, apart: int = 10) -> list[Statement]:
    out, at = [], 100
    for text in texts:
        out.append(Statement(text, "progress", Place("c", at, at + len(text), text)))
        at += len(text) + apart
    return out


def _grouped(record: PatientRecord, said: list[Statement]) -> dict[str, list[str]]:
    return {name: [s.text for s in statements] for name, statements in group_by_problem(record, said)}


@pytest.mark.parametrize(
    ("diagnoses", "text", "problem"),
    [
        (("Septic shock", "AKI on CKD 3a"), "Blood cx 2/2 GNR.", "Septic shock"),
        (("Septic shock", "AKI on CKD 3a"), "Naproxen stopped, creatinine 2.9.", "AKI on CKD 3a"),
        (("Heart failure", "Gout flare"), "Colchicine 500 mcg bd started.", "Gout flare"),
        (("急性胆管炎", "痛风"), "予秋水仙碱0.5mg bid。", "痛风"),
        (("Heart failure", "Gout flare"), "Daughter visited.", GENERAL),
        (("Heart failure",), "Gout excluded.", GENERAL),
        (("type 2 resp failure",), "ReSPECT form completed.", GENERAL),
        (("type 2 resp failure",), "resp rate settling.", "type 2 resp failure"),
    ],
)
def test_a_statement_stands_under_the_problem_it_speaks_of(
    diagnoses: tuple[str, ...], text: str, problem: str
) -> None:
    assert _grouped(_record(*diagnoses), _said(text)) == {problem: [text]}


def test_problems_come_in_the_order_of_the_diagnoses_and_the_rest_last() -> None:
    record = _record("Septic shock", "AKI")
    said = _said("Walked with aid.", "Creatinine 2.9.", "Antibiotics started.")
    assert list(_grouped(record, said)) == ["Septic shock", "AKI", GENERAL]


def test_a_short_sentence_right_behind_goes_with_what_it_follows() -> None:
    record = _record("Ureteral stone", "AKI")
    said = _said("Cystoscopy with ureteral stent.", "No complication.", apart=1)
    assert _grouped(record, said) == {
        "Ureteral stone": ["Cystoscopy with ureteral stent.", "No complication."]
    }


def test_every_statement_is_told_exactly_once() -> None:
    record = _record("Sepsis", "AKI", "AF")
    said = _said("Creatinine up, antibiotics given, warfarin held.", "AF with sepsis.", "Nothing of note.")
    told = [text for texts in _grouped(record, said).values() for text in texts]
    assert sorted(told) == sorted(s.text for s in said)
