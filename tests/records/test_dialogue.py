"""Speaker labels in the ways people write them; a chart with the same letters is no conversation."""

from __future__ import annotations

import pytest

from assistant.records.dialogue import Speaker, read_dialogue, spoken_sentences

LABELS = {
    "brackets": "[doctor] any pain ?\n[patient] no .",
    "words": "Doctor: any pain?\nPatient: no.",
    "short": "DR: any pain?\nPT: no.",
    "letters": "D: any pain?\nP: no.",
    "bold": "**Doctor:** any pain?\n**Patient:** no.",
    "times before": "[00:01] Doctor: any pain?\n[00:04] Patient: no.",
    "times after": "Doctor (00:01): any pain?\nPatient (00:04): no.",
    "dashes": "Doctor - any pain?\nPatient - no.",
    "captions": "<v Doctor>any pain?\n<v Patient>no.",
    "names": "Dr. Okafor: any pain?\nMrs. Marlowe: no.",
    "Chinese": "医生：疼吗？\n患者：不疼。",
    "one paragraph": "Doctor: any pain? Patient: no. Doctor: any fever? Patient: no.",
    "a Chinese paragraph": "医生：疼吗？患者：不疼。医生：发烧吗？患者：没有。",
    "windows line ends": "Doctor: any pain?\r\nPatient: no.\r\n",
}


@pytest.mark.parametrize("style", LABELS)
def test_each_style_gives_the_turns_at_their_places(style: str) -> None:
    text = LABELS[style]
    dialogue = read_dialogue(text)
    assert dialogue is not None
    assert [t.speaker for t in dialogue.turns[:2]] == [Speaker.CLINICIAN, Speaker.PATIENT]
    assert all(text[t.start : t.end] == t.text for t in dialogue.turns)
    assert dialogue.turns[1].text in ("no.", "no .", "不疼。")
    assert not dialogue.inferred


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Doctor: hello",
        "Plan: fluids\nD: 5\nImpression: flu",
        "Patient: Edith Marlowe, 78 F\nAdmitted: 2026-03-02\nAllergies: penicillin",
        "Patient: Edith\nPatient: Marlowe",
        "Past history: seen by doctor. Patient well.",
    ],
)
def test_a_chart_is_no_conversation(text: str) -> None:
    assert read_dialogue(text) is None


def test_a_turn_goes_on_until_the_next_label() -> None:
    dialogue = read_dialogue("Doctor: hello\nhow are you?\nPatient: I cough")
    assert dialogue is not None
    assert [t.text for t in dialogue.turns] == ["hello\nhow are you?", "I cough"]


def test_relatives_and_nurses_are_not_the_patient() -> None:
    dialogue = read_dialogue("Doctor: a\nMother: b\nNurse: c\n[patient_guest] d\nPatient: e")
    assert dialogue is not None
    assert [t.speaker.value for t in dialogue.turns] == [
        "clinician",
        "relative",
        "other",
        "relative",
        "patient",
    ]


def test_unnamed_speakers_are_told_apart_by_their_words_and_that_is_said() -> None:
    dialogue = read_dialogue(
        "Speaker 1: What brings you in? Any fever?\nSpeaker 2: My head hurts, I feel sick"
    )
    assert dialogue is not None
    assert dialogue.inferred
    assert [t.speaker for t in dialogue.turns] == [Speaker.CLINICIAN, Speaker.PATIENT]


def test_a_spoken_decimal_does_not_end_a_sentence() -> None:
    dialogue = read_dialogue("Doctor: fever of one hundred . four today . lungs clear .\nPatient: ok")
    assert dialogue is not None
    pieces = [text for text, _, _ in spoken_sentences(dialogue.turns[0])]
    assert pieces == ["fever of one hundred . four today .", "lungs clear ."]
