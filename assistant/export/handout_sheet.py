"""The handout as a patient reads it, laid out once for print view, PDF and Word: boxes, medicines table, plain sections.

Owns which part is a box, which a table, and the large type. Refuses to know how it was composed; source marks are left to the
clinician's exports, since a patient reads no footnotes (the list of sources stays, at the end).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.domain.answer import Answer, MedicationChange, Section
from assistant.domain.medicine_row import DayTime, MedicineRow, row_of

BODY_PT = 16
"""Large print: 16 point or more (RNIB and UKAAF clear and large print guidelines)."""
BOXES = {"warning_signs": "red", "call_us": "amber"}
CHANGES = {
    "en": {
        MedicationChange.NEW: "New",
        MedicationChange.CHANGED: "Changed",
        MedicationChange.STOPPED: "Stop",
        MedicationChange.CONTINUED: "Same",
    },
    "zh": {
        MedicationChange.NEW: "新加",
        MedicationChange.CHANGED: "有变化",
        MedicationChange.STOPPED: "停用",
        MedicationChange.CONTINUED: "不变",
    },
}
HEADS = {
    "en": ("Medicine", "How", "Morning", "Noon", "Evening", "Bedtime"),
    "zh": ("药名", "怎么用", "早上", "中午", "傍晚", "睡前"),
}
UNSAID = {"en": "The time is not written down. Ask us.", "zh": "没写什么时候用，请问我们。"}
DAY = tuple(DayTime)


@dataclass(frozen=True)
class Part:
    """``tone`` is red, amber or empty; ``rows`` only for the medicines."""

    key: str
    title: str
    tone: str
    lines: tuple[str, ...]
    rows: tuple[MedicineRow, ...] = ()


def parts_of(answer: Answer) -> tuple[Part, ...]:
    """The sections with something to say, the medicines as rows."""
    return tuple(_part(section, answer.language) for section in answer.sections if section.sentences)


def _part(section: Section, language: str) -> Part:
    if section.key == "medicines" and any(s.change is not None for s in section.sentences):
        rows = tuple(row_of(s, language) for s in section.sentences)
        return Part(section.key, section.title, "", (), rows)
    lines = tuple(s.text for s in section.sentences)
    return Part(section.key, section.title, BOXES.get(section.key, ""), lines)


def cell_text(row: MedicineRow) -> str:
    """How it is taken, then the notes."""
    return " ".join((row.how, *row.notes)).strip()


def change_word(row: MedicineRow, language: str) -> str:
    return CHANGES[language][row.change] if row.change else ""


def asks_for_times(rows: Sequence[MedicineRow]) -> bool:
    """Whether some medicine has no time of day: its frames stay empty, to be ticked together."""
    return any(not r.times and r.change is not MedicationChange.STOPPED and r.name for r in rows)
