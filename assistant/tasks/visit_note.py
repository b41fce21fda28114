"""The visit note: a conversation between clinician and patient as a SOAP note, each sentence pointing at the turns it is from.

Code states what was said, in the speakers' words; the model may reword a patient's statement, checked against that statement.
A record without a conversation gives the same note from its own entries, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from assistant.domain.answer import Sentence
from assistant.domain.events import Event, SentenceShown, Stage, StageName
from assistant.domain.record import PatientRecord, Place, SourceDocument
from assistant.records.dialogue import Dialogue, DialogueTurn, read_dialogue
from assistant.tasks.base import SectionSpec, Task, Turn
from assistant.tasks.hospital_course import COVERED_SHARE
from assistant.tasks.ordering import check_orders
from assistant.tasks.record_sections import RecordSections, unsigned
from assistant.tasks.stating import stated
from assistant.tasks.visit_facts import NoteItem, note_items
from assistant.tasks.writing import reword
from assistant.verification.terms import terms_in

SECTIONS = (
    SectionSpec("subjective", "Subjective", "主观资料（S）"),
    SectionSpec("history", "Past, family and social history", "既往史、家族史与个人史", required=False),
    SectionSpec("medications", "Medicines and allergies", "用药与过敏", required=False),
    SectionSpec("objective", "Objective", "客观资料（O）"),
    SectionSpec("assessment", "Assessment", "评估（A）"),
    SectionSpec("plan", "Plan", "计划（P）"),
    SectionSpec("signature", "Signature", "签名"),
)
INSTRUCTIONS = {
    "en": "Write what the patient said as one clinical sentence in the third person.",
    "zh": "把患者说的话写成一句病历用语。",
}
EXAMPLES = (
    (
        ["yeah so i've had this cough for like two weeks and it's worse at night"],
        "The patient has had a cough for two weeks, and it is worse at night [1].",
    ),
    (
        ["no i don't really drink , maybe a beer on weekends"],
        "The patient does not really drink, maybe a beer on weekends [1].",
    ),
)
MIN_WORDS = 12
"""A shorter statement gains nothing from rewording."""


def compose(turn: Turn) -> Iterator[Event]:
    record = turn.record
    yield Stage(StageName.RECORD)
    found = conversation_of(record)
    yield Stage(StageName.RECORD, done=True, count=len(found[1].turns) if found else 0)
    yield Stage(StageName.COMPOSE)
    if found:
        yield from _from_conversation(turn, record, *found)
    else:
        turn.notices.append(
            turn.say(
                "This record holds no conversation with named speakers; the note is laid out from its entries.",
                "本记录中没有标明说话人的对话；以下按病历条目列出。",
            )
        )
        yield from check_orders(turn, record)
        for key, sentence in _from_record(turn, record):
            yield SentenceShown(key, sentence)
    yield SentenceShown("signature", unsigned(turn))
    yield Stage(StageName.COMPOSE, done=True)


def conversation_of(record: PatientRecord) -> tuple[SourceDocument, Dialogue] | None:
    """The record's document that is a conversation; of several, the longest."""
    found = [(d, read_dialogue(d.text)) for d in record.documents if d.kind != "fhir"]
    conversations = [(d, dialogue) for d, dialogue in found if dialogue is not None]
    return max(conversations, key=lambda c: len(c[1].turns), default=None)


def _from_conversation(
    turn: Turn, record: PatientRecord, document: SourceDocument, dialogue: Dialogue
) -> Iterator[Event]:
    if dialogue.inferred:
        turn.notices.append(
            turn.say(
                "The labels do not say who is the clinician; it was taken from the words. Check who said what.",
                "对话未标明谁是医生，系根据话语推断，请核对说话人。",
            )
        )
    left_s = turn.services.draft_budget_s
    for item in note_items(dialogue, document.text, turn.services.formulary):
        before = turn.model_s
        yield from _tell(turn, record, document, dialogue, item, left_s)
        left_s -= turn.model_s - before


def _tell(
    turn: Turn,
    record: PatientRecord,
    document: SourceDocument,
    dialogue: Dialogue,
    item: NoteItem,
    left_s: float,
) -> Iterator[Event]:
    """The item as code states it; a patient's longer statement as the model words it, where that is right and whole."""
    places = [_place(document, start, end) for start, end in item.spans]
    sentence = _with_turns(stated(record, item.text, places), dialogue)
    if item.spoken and len(item.text.split()) >= MIN_WORDS:
        told = yield from reword(
            turn,
            INSTRUCTIONS[turn.language],
            sentence.evidence,
            item.text,
            budget_s=left_s,
            examples=EXAMPLES,
        )
        if _covers(told, places):
            for written in told:
                yield SentenceShown(item.section, _with_turns(written, dialogue))
            return
    yield SentenceShown(item.section, sentence)


def _covers(told: list[Sentence], places: list[Place]) -> bool:
    """Nothing of substance in the statement is lost, and nothing of it is still in the first person."""
    if not told or any(re.search(r"\b(?:I|my|me)\b|我", s.text) for s in told):
        return False
    wanted = {t.stem for p in places for t in terms_in(p.quote)}
    held = {t.stem for s in told for t in terms_in(s.text)}
    return len(wanted & held) >= COVERED_SHARE * len(wanted)


def _place(document: SourceDocument, start: int, end: int) -> Place:
    return Place(document.id, start, end, document.text[start:end])


def _with_turns(sentence: Sentence, dialogue: Dialogue) -> Sentence:
    """Each piece of evidence under the number and label of its turn."""

    def named(start: int) -> str:
        turn: DialogueTurn | None = next((t for t in dialogue.turns if t.start <= start < t.end), None)
        return f"turn {turn.number} · {turn.label}" if turn else ""

    return replace(sentence, evidence=tuple(replace(e, section=named(e.start)) for e in sentence.evidence))


def _from_record(turn: Turn, record: PatientRecord) -> Iterator[tuple[str, Sentence]]:
    parts = RecordSections(turn, record)
    for key, sentences in (
        ("subjective", parts.complaint()),
        ("subjective", parts.present_illness()),
        ("history", parts.history()),
        ("medications", parts.home_medicines()),
        ("medications", parts.allergies()),
        ("objective", parts.examination()),
        ("objective", parts.results()),
        ("assessment", parts.diagnoses()),
        ("plan", parts.plan()),
    ):
        for sentence in sentences:
            yield key, sentence


TASK = Task(
    name="note",
    en="Visit note",
    zh="门诊病历（SOAP）",
    sections=SECTIONS,
    compose=compose,
    commands=("soap", "visit_note", "门诊病历"),
    examples=(
        "Write the visit note from this conversation",
        "Turn this consultation into a SOAP note",
        "根据对话写门诊病历",
    ),
)
