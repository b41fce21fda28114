"""The handout as a patient reads it, laid out once for print view, PDF and Word: boxes, medicines table, plain sections.

Owns the order on the sheet, which part is a box, which a table, the colours and the large type. Refuses to know how it was composed; source marks are left to the
clinician's exports, since a patient reads no footnotes (the list of sources stays, at the end).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from assistant.domain.answer import Answer, MedicationChange, Section
from assistant.domain.medicine_row import DayTime, MedicineRow, row_of

if TYPE_CHECKING:
    from assistant.export.pages import Pages

BODY_PT = 16
"""Large print: 16 point or more (RNIB and UKAAF clear and large print guidelines)."""
HEAD_PT = 20
SMALL_PT = 12
LABEL_PT = 11
SOURCE_PT = 8
GREY = "465460"
TONES = {"red": ("FDE8E8", "991B1B"), "amber": ("FDF0D3", "7C4A03")}
"""Ground and ink of a box, as RGB in hex."""
HEAD_GROUND = "EBEFF3"
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


class Sheet(Protocol):
    """What a kind of file can draw; ``ink`` is RGB in hex."""

    def title(self, text: str) -> None: ...
    def patient(self, text: str) -> None: ...
    def small(self, text: str, size_pt: float, ink: str) -> None: ...
    def box(self, part: Part) -> None: ...
    def table(self, part: Part) -> None: ...
    def bullets(self, part: Part) -> None: ...


def fill(sheet: Sheet, answer: Answer, pages: Pages) -> None:
    """Draws the handout from top to bottom: label of the draft or the signature, alerts of a draft, parts, sources."""
    sheet.title(pages.title)
    if pages.patient:
        sheet.patient(pages.patient)
    if pages.label:
        sheet.small(pages.label, LABEL_PT, GREY if pages.signed else TONES["red"][1])
    for alert in () if pages.signed else pages.alerts:
        sheet.small(f"! {alert}", LABEL_PT, TONES["red"][1])
    for part in parts_of(answer):
        draw = sheet.table if part.rows else sheet.box if part.tone else sheet.bullets
        draw(part)
    if pages.sources:
        sheet.small("来源" if answer.language == "zh" else "Where this comes from", SMALL_PT, GREY)
        for mark, text in pages.sources:
            sheet.small(f"[{mark}] {text}", SOURCE_PT, GREY)


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
