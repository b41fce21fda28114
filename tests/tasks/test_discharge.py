"""What the discharge summary tells of a chart, and where each sentence says it stands."""

from __future__ import annotations

import re

import pytest

from assistant.conversation import Conversation
from assistant.domain.answer import Answer, Sentence
from assistant.records.chart import read_chart
from assistant.tasks.base import Request, Services
from assistant.tasks.course_choice import ROUTINE_MIN_CHARS, chosen_statements
from assistant.tasks.question import _without_name
from knowledge.formulary import open_formulary

HEAD = "Patient: Ann Example\nAdmitted: 02/11/2026\n"


def drafted(chart: str) -> Answer:
    formulary = open_formulary()
    record = read_chart(chart, formulary=formulary)
    return Conversation(Services(None, formulary)).answer(Request("discharge", record=record))


def section(answer: Answer, key: str) -> list[Sentence]:
    return [s for part in answer.sections if part.key == key for s in part.sentences]


def course(entries: str) -> str:
    return "\n".join(s.text for s in chosen_statements(read_chart(HEAD + entries)))


def test_the_reason_and_the_disposition_cite_their_own_lines() -> None:
    answer = drafted(HEAD + "PC: black stools x3 days\n05/11/2026 d/c home. Follow up: GP 2 weeks.\n")
    (reason,) = section(answer, "reason_for_admission")
    assert [e.quote for e in reason.evidence] == ["black stools x3 days"]
    assert all("home" in e.quote for e in section(answer, "disposition")[0].evidence)


def test_events_that_no_keyword_names_are_told_and_bare_values_are_not() -> None:
    told = course(
        "PC: fall\n03/11 TWOC failed, residual 550 - LTC in.\n04/11 Na 134, K 4.4.\n05/11 CRP 12.\n"
    )
    assert "TWOC failed" in told
    assert "134" not in told
    assert "CRP" not in told


def test_what_is_decided_for_a_collapse_is_told_before_any_routine() -> None:
    routine = "".join(
        f"0{1 + i % 9}/11 slept well, ate breakfast and walked with daughter {i}.\n" for i in range(60)
    )
    told = course("PC: fall\n" + routine + "09/11 DNACPR discussed and in place.\n")
    assert "DNACPR" in told
    assert len(told) <= ROUTINE_MIN_CHARS + 0.15 * len(routine) + 100


@pytest.mark.parametrize(
    "remark",
    [
        "RN: lines on BKA belong to bed 5E-09, entered on wrong chart. She has no amputation.",
        "Remove ticagrelor from the drug chart.",
        "? head strike.",
    ],
)
def test_remarks_on_the_record_and_open_thoughts_are_no_events(remark: str) -> None:
    assert not course(f"PC: fall\n03/11 {remark}\n")


def test_an_entry_that_begins_with_a_ward_is_not_taken_for_a_heading() -> None:
    told = course(
        "PC: fever\n03/11 L JJ stent under GA.\nITU o/n for noradrenaline (max 0.08), weaned 04/11 06:00.\n"
    )
    assert "noradrenaline" in told


def test_a_medicine_of_the_ward_that_the_list_leaves_out_raises_no_alert() -> None:
    ward = "Allergies: vancomycin - red man syndrome\nPC: foot ulcer\n03/11 Started vancomycin 1 g IV BD in ED.\n"
    listed = "06/11 home.\nDischarge medications:\nflucloxacillin 500 mg QDS 7 days\nparacetamol 1 g QDS\n"
    without = drafted(HEAD + ward + listed)
    assert not [a for a in without.alerts if "ancomycin" in a.text]
    with_it = drafted(HEAD + ward + listed + "vancomycin 125 mg PO QDS 10 days\n")
    assert [a for a in with_it.alerts if "ancomycin" in a.text]


def test_an_order_behind_the_allergies_is_no_allergy() -> None:
    record = read_chart("Allergy box: codeine - nausea. eGFR 84. Flucloxacillin 1 g QDS for 7 days.")
    assert [a.substance for a in record.allergies] == ["codeine"]


def test_strength_and_count_are_one_dose() -> None:
    answer = drafted(
        HEAD
        + "PC: cramps\nHome meds: sevelamer 800 mg 3 tabs TID\n06/11 home.\nDischarge medications:\nsevelamer 800 mg - 4 tabs (3200 mg) TID with meals\n"
    )
    (told,) = [s for s in section(answer, "medications") if "evelamer" in s.text]
    assert "800 mg - 4 tabs (3200 mg)" in told.text
    assert told.text.startswith("Changed")


@pytest.mark.parametrize(
    ("question", "name", "kept"),
    [
        ("Which antibiotic treats pneumonia in Edith Marlowe?", "Edith Marlowe", "Which antibiotic treats pneumonia in ?"),
        ("Is Marlowe's stone to be removed?", "Edith Marlowe", "Is stone to be removed?"),
        ("王芳能吃华法林吗？", "王芳", "能吃华法林吗？"),
        ("Kidney stone of 8 mm", "Ruth Stone", "Kidney stone of 8 mm"),
    ],
)  # fmt: skip
def test_the_patients_name_is_not_searched_for(question: str, name: str, kept: str) -> None:
    assert re.sub(r"\s+", " ", _without_name(question, name)).strip() == kept
