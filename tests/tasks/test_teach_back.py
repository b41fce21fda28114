"""A patient's typed answers against their own handout."""

from __future__ import annotations

import pytest

from assistant.domain.answer import Answer, MedicationChange, Origin, Section, Sentence, Verdict
from assistant.tasks.teach_back import Kind, Outcome, check, questions_of

NEW, STOPPED = MedicationChange.NEW, MedicationChange.STOPPED


def _line(text: str, change: MedicationChange | None = None) -> Sentence:
    return Sentence(text, Verdict.SUPPORTED, Origin.RECORD, (), change)


EN = Answer(
    "handout",
    "en",
    "none",
    (
        Section("why_in_hospital", "Why", (_line("You were treated for: a lung infection."),)),
        Section(
            "medicines",
            "Your medicines",
            (
                _line("Amoxicillin: take 500 mg by mouth, three times a day. When: morning, noon, evening. This one is new.", NEW),
                _line("Losartan: take 50 mg by mouth, once a day. Same as before.", MedicationChange.CONTINUED),
                _line("Naproxen: stop. Do not take it any more.", STOPPED),
                _line("Zopiclone: stop. Do not take it any more.", STOPPED),
            ),
        ),
        Section("warning_signs", "Go to emergency", (_line("Call an ambulance for chest pain."), _line("Go to hospital for black, sticky stools."))),
        Section("appointments", "Your appointments", (_line("Chest clinic 18 March 2026, Dr Low."),)),
    ),
)  # fmt: skip
ZH = Answer(
    "handout",
    "zh",
    "none",
    (
        Section("medicines", "您的药物", (_line("阿莫西林胶囊：500mg，口服，每天三次。时间：早上、中午、傍晚。这是新加的药。", NEW), _line("布洛芬：停用，不要再用。", STOPPED))),
        Section("warning_signs", "马上去急诊", (_line("胸痛15分钟不好，打120。"),)),
        Section("appointments", "您的复诊", (_line("呼吸科门诊2026年3月18日。"),)),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "kind", "said", "outcome"),
    [
        (EN, Kind.WHY, "I had an infection in my lungs", Outcome.RIGHT),
        (EN, Kind.WHY, "I do not know", Outcome.UNCLEAR),
        (EN, Kind.MEDICINE, "500 mg three times a day", Outcome.RIGHT),
        (EN, Kind.MEDICINE, "500mg morning, lunch and dinner", Outcome.RIGHT),
        (EN, Kind.MEDICINE, "50 mg three times a day", Outcome.WRONG),
        (EN, Kind.MEDICINE, "500 mg once a day", Outcome.WRONG),
        (EN, Kind.MEDICINE, "I don't take it", Outcome.WRONG),
        (EN, Kind.MEDICINE, "losartan, 50 mg", Outcome.WRONG),
        (EN, Kind.MEDICINE, "three times a day", Outcome.PARTLY),
        (EN, Kind.MEDICINE, "the white one", Outcome.UNCLEAR),
        (EN, Kind.STOPPED, "naproxen and zopiclone", Outcome.RIGHT),
        (EN, Kind.STOPPED, "Naproxin, zopiclone", Outcome.RIGHT),
        (EN, Kind.STOPPED, "naproxen", Outcome.PARTLY),
        (EN, Kind.STOPPED, "amoxicillin", Outcome.WRONG),
        (EN, Kind.STOPPED, "none", Outcome.WRONG),
        (EN, Kind.STOPPED, "I still take naproxen and zopiclone", Outcome.WRONG),
        (EN, Kind.EMERGENCY, "if my chest hurts", Outcome.RIGHT),
        (EN, Kind.EMERGENCY, "tarry poo", Outcome.RIGHT),
        (EN, Kind.EMERGENCY, "chest pain, but I would wait and see", Outcome.WRONG),
        (EN, Kind.EMERGENCY, "a runny nose", Outcome.UNCLEAR),
        (EN, Kind.VISIT, "March 18", Outcome.RIGHT),
        (EN, Kind.VISIT, "18/3", Outcome.RIGHT),
        (EN, Kind.VISIT, "March 28", Outcome.WRONG),
        (EN, Kind.VISIT, "the chest clinic", Outcome.PARTLY),
        (ZH, Kind.MEDICINE, "一次500毫克，一天三次", Outcome.RIGHT),
        (ZH, Kind.MEDICINE, "一天两次，每次500mg", Outcome.WRONG),
        (ZH, Kind.MEDICINE, "不吃了", Outcome.WRONG),
        (ZH, Kind.MEDICINE, "不知道", Outcome.UNCLEAR),
        (ZH, Kind.STOPPED, "布洛芬", Outcome.RIGHT),
        (ZH, Kind.STOPPED, "阿莫西林", Outcome.WRONG),
        (ZH, Kind.EMERGENCY, "胸口疼", Outcome.RIGHT),
        (ZH, Kind.EMERGENCY, "胸口疼就忍一忍", Outcome.WRONG),
        (ZH, Kind.VISIT, "3月18号", Outcome.RIGHT),
        (ZH, Kind.VISIT, "3月28号", Outcome.WRONG),
    ],
)
def test_an_answer_is_held_against_the_handout(
    answer: Answer, kind: Kind, said: str, outcome: Outcome
) -> None:
    question = next(q for q in questions_of(answer) if q.kind is kind)
    found = check(question, said, answer)
    assert found.outcome is outcome, found
    assert bool(found.misunderstood) is (outcome is not Outcome.RIGHT)


def test_what_was_misunderstood_is_explained_with_the_handouts_own_lines() -> None:
    question = next(q for q in questions_of(EN) if q.kind is Kind.MEDICINE)
    found = check(question, "50 mg once a day", EN)
    assert found.again == question.lines
    assert "50mg" in found.misunderstood
    assert "1 a day" in found.misunderstood


def test_questions_are_about_this_patients_new_medicines_and_never_about_one_under_a_stop_alert() -> None:
    held = Answer(
        "handout",
        "en",
        "none",
        (
            Section(
                "medicines", "m", (_line("Aspirin: do not take it until your doctor has checked it.", NEW),)
            ),
        ),
    )
    assert [q.kind for q in questions_of(EN)] == list(Kind)
    assert questions_of(held) == ()
