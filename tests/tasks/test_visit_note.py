"""A note says what was said, by whom, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.domain.answer import Answer, Origin
from assistant.tasks.spoken import Sex, asked_and_answered, in_third_person, plain, with_figures
from assistant.tasks.visit_facts import borne_out
from tests.turns import answer, chart, services, shown, texts

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

TALK = """Doctor: Good morning, how are you? Ms. Marlowe is a 52-year-old female with a history of asthma who presents with cough.
Patient: Hi. I've had this cough for two weeks, and it's worse at night.
Doctor: Any fever, chest pain or blood in your sputum?
Patient: No.
Doctor: Are you taking your lisinopril, ten milligrams a day?
Patient: Yes, every morning. I'm allergic to penicillin, I got a rash.
Doctor: Does anyone in your family have lung disease?
Patient: My father had lung cancer.
Doctor: Okay, let me listen to your lungs. Your lungs have wheezes on the right side. Your blood pressure is 132 over 80.
Patient: Okay.
Doctor: I think this cough is likely due to the lisinopril. I'm going to stop the lisinopril and start losartan 25 milligrams a day, okay?
Patient: Sounds good.
Doctor: I'd like you to come back in four weeks. Any questions?
Patient: No. Did you watch the football?
"""
GESPRAECH_ZH = """医生：哪里不舒服？
患者：咳嗽三天了，有点痰。
医生：有没有胸痛、气短？
患者：没有。
医生：对什么药过敏吗？
患者：对青霉素过敏。
医生：听一下肺，右肺有湿啰音，体温38.5度。
患者：好的。
医生：考虑是肺炎，先拍个胸片，给您开阿奇霉素，每天一次，三天后复查。
患者：谢谢医生。
"""


@pytest.fixture(scope="module")
def note(formulary: Formulary) -> Answer:
    return answer(services(None, formulary), "note", record=chart(formulary, TALK), language="en")


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("subjective", "52-year-old female"),
        ("subjective", "Patient has had this cough for two weeks, and it's worse at night."),
        ("subjective", "Denies fever, chest pain or blood"),
        ("medications", "ten milligrams a day"),
        ("medications", "allergic to penicillin"),
        ("history", "father had lung cancer"),
        ("objective", "wheezes on the right side"),
        ("objective", "132 over 80"),
        ("assessment", "likely due to the lisinopril"),
        ("plan", "Stop the lisinopril and start losartan 25 mg a day."),
        ("plan", "Patient to come back in four weeks."),
    ],
)
def test_what_was_said_stands_in_its_part(note: Answer, section: str, words: str) -> None:
    assert words in texts(note, section)


@pytest.mark.parametrize("words", ["football", "Sounds good", "questions", "Good morning"])
def test_small_talk_is_left_out(note: Answer, words: str) -> None:
    assert words not in texts(note)


def test_each_sentence_points_at_the_turns_it_is_from(note: Answer) -> None:
    denial = next(s for s in shown(note) if s.text.startswith("Denies"))
    assert [e.section for e in denial.evidence] == ["turn 3 · Doctor", "turn 4 · Patient"]
    cited = [e for s in shown(note) if s.origin is not Origin.RULE for e in s.evidence]
    assert cited
    assert all(TALK[e.start : e.end] == e.quote for e in cited)


def test_a_chinese_conversation_gives_a_chinese_note(formulary: Formulary) -> None:
    note = answer(services(None, formulary), "note", record=chart(formulary, GESPRAECH_ZH), language="zh")
    assert "否认胸痛、气短" in texts(note, "subjective")
    assert "青霉素过敏" in texts(note, "medications")
    assert "右肺有湿啰音" in texts(note, "objective")
    assert "阿奇霉素" in texts(note, "plan")
    assert "谢谢" not in texts(note)


def test_a_chart_gives_the_note_from_its_entries_and_says_so(formulary: Formulary) -> None:
    note = answer(services(None, formulary), "note", record=chart(formulary), language="en")
    assert any("no conversation" in n for n in note.notices)
    assert "cough and fever" in texts(note, "subjective")


@pytest.mark.parametrize(
    ("question", "reply", "finding", "denied"),
    [
        ("Any chest pain?", "No.", "chest pain", True),
        ("Any chest pain?", "No, not that I've noticed.", "chest pain", True),
        ("Any chest pain?", "No, just when I run.", "chest pain", None),
        ("Any chest pain?", "Not really, sometimes.", "chest pain", None),
        ("Any chest pain?", "Yes.", "chest pain", False),
        ("Have you had nausea or vomiting?", "Yes.", "nausea or vomiting", None),
        ("Have you had nausea or vomiting?", "No.", "nausea or vomiting", True),
        ("Any questions?", "No.", "", None),
        ("Is it dry or wet?", "No.", "", None),
        ("Any pain on the right?", "No.", "pain on the right", True),
    ],
)
def test_a_no_denies_the_finding_asked_for_and_a_yes_to_a_list_does_not_affirm_each(
    question: str, reply: str, finding: str, denied: bool | None
) -> None:
    found = asked_and_answered(question, reply, zh=False)
    assert (found.finding, found.denied) == (finding, denied)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("forty milligrams", "40 mg"),
        ("one hundred and twenty five milligrams", "125 mg"),
        ("two fifty milligrams", "two fifty milligrams"),
        ("point five milligrams", "point five milligrams"),
        ("two point five milligrams", "two point five milligrams"),
        ("one oh five milligrams", "one oh five milligrams"),
        ("a thousand milligrams", "a thousand milligrams"),
        ("81 milligrams", "81 mg"),
    ],
)
def test_a_dose_becomes_figures_only_where_the_words_mean_one_number(spoken: str, written: str) -> None:
    assert with_figures(spoken) == written


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("um , the pain is on the right .", "the pain is on the right."),
        ("i , i 've had it , you know , since monday .", "I've had it, since monday."),
        ("i 'll let you know what it means", "I'll let you know what it means"),
        ("we did an x- ray", "we did an x- ray"),
        ("take it twice , okay ?", "take it twice."),
        ("no no fever", "no fever"),
    ],
)
def test_fillers_go_and_meaning_stays(spoken: str, written: str) -> None:
    assert plain(spoken) == written


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("I've been coughing and my chest hurts", "Patient has been coughing and her chest hurts"),
        ("I don't smoke", "Patient does not smoke"),
        ("I wake up and take it", None),
        ("I told you it hurts", None),
        ("I reckon so", None),
    ],
)
def test_the_first_person_is_turned_only_where_grammar_is_sure(said: str, told: str | None) -> None:
    assert in_third_person(said, Sex.FEMALE) == told


def test_a_word_or_number_that_nobody_said_is_not_borne_out() -> None:
    assert borne_out("Patient denies fever.", "any fever? no")
    assert not borne_out("Patient denies fever and 3 falls.", "any fever? no")
    assert not borne_out("Start losartan.", "start lisinopril")


def test_a_model_that_invents_changes_nothing(formulary: Formulary) -> None:
    plainly = answer(services(None, formulary), "note", record=chart(formulary, TALK), language="en")
    lying = services(None, formulary, "The patient had a fever of 39 and took amoxicillin 500 mg [1].")
    lied = answer(lying, "note", record=chart(formulary, TALK), language="en")
    assert texts(lied) == texts(plainly)
