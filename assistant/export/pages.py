"""What DOCX and PDF print alike: title, patient line, label, sections with marks, medicines as a table, alerts, sources."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from assistant.domain.answer import Answer, MedicationChange, Section, Sentence, Verdict
from assistant.domain.evidence import Evidence
from assistant.domain.record import PatientRecord
from assistant.export.markdown import (
    TABLE_TITLES,
    cite,
    draft_label,
    other_problems,
    settled_lines,
    settled_title,
    signed_line,
    source_marks,
    table_row,
)

if TYPE_CHECKING:
    from assistant.export.fhir_document import Signature

_TITLES = {
    "discharge": ("Discharge summary", "出院小结"),
    "plan": ("Care plan", "照护计划"),
    "handout": ("Going home: what you need to know", "出院须知"),
    "ask": ("Answer", "回答"),
    "note": ("Visit note", "门诊病历"),
    "admission": ("Admission record", "入院记录"),
    "referral": ("Referral letter", "转诊信"),
    "handover": ("Nursing handover", "护理交接班"),
}
_CHANGE = {
    MedicationChange.NEW: ("new", "新增"),
    MedicationChange.CHANGED: ("changed", "调整"),
    MedicationChange.STOPPED: ("stopped", "停用"),
    MedicationChange.CONTINUED: ("continued", "继续"),
}


@dataclass(frozen=True)
class Line:
    text: str
    marks: str
    note: str
    """Empty, or why the line is not fully supported."""
    change: str
    cells: tuple[str, ...] = ()
    """The line of the reconciliation table under ``Pages.table_titles``, marks last; empty for other lines."""
    heading: str = ""
    """The problem that this line and those after it tell of, where it changes."""


@dataclass(frozen=True)
class Block:
    title: str
    lines: tuple[Line, ...]
    missing: str
    """Said instead of lines where a required section is empty."""


@dataclass(frozen=True)
class Pages:
    title: str
    patient: str
    label: str
    signed: bool
    alerts: tuple[str, ...]
    blocks: tuple[Block, ...]
    sources: tuple[tuple[str, str], ...]
    footer: str
    language: str
    table_titles: tuple[str, ...] = ()
    settled_title: str = ""
    settled: tuple[str, ...] = ()

    @property
    def keywords(self) -> str:
        """What a file says of its making in its metadata."""
        return "AI-assisted" if self.signed else "AI-assisted draft"


def lay_out(
    answer: Answer, record: PatientRecord | None, signature: Signature | None, now: datetime
) -> Pages:
    """The document as titles, lines and notes; ``now`` is printed as the time of export."""
    zh = answer.language == "zh"
    marks = source_marks(answer)
    en_title, zh_title = _TITLES.get(answer.task, (answer.task, answer.task))
    patient = ""
    if record is not None:
        p = record.patient
        patient = (" · ").join(x for x in (p.name, p.age_text, p.birth_date, p.mrn) if x)
    blocks = tuple(
        Block(
            section.title,
            _lines(section, marks, zh),
            ("缺失：病历中未找到。" if zh else "Missing: not found in the record.")
            if not section.sentences
            else "",
        )
        for section in answer.sections
        if section.sentences or section.required
    )
    footer = (
        f"Bedside · {answer.model} · {'导出' if zh else 'exported'} {now.strftime('%Y-%m-%d %H:%M %Z')}"
        + ("" if signature is None else f" · SHA-256 {getattr(signature, 'sha256', '')[:16]}")
    )
    return Pages(
        title=answer.title or (zh_title if zh else en_title),
        patient=printable(patient),
        label=signed_line(answer, signature) if signature else draft_label(answer),
        signed=signature is not None,
        alerts=tuple(
            printable(f"{a.severity.value.upper()} · {a.kind.value}: {a.text}") for a in answer.alerts
        ),
        blocks=blocks,
        sources=tuple((mark, printable(cite(evidence))) for evidence, mark in marks.items()),
        footer=footer,
        language=answer.language,
        table_titles=(*TABLE_TITLES[answer.language], "来源" if zh else "Source"),
        settled_title=settled_title(answer.language),
        settled=tuple(printable(line) for line in settled_lines(answer)),
    )


def _lines(section: Section, marks: dict[Evidence, str], zh: bool) -> tuple[Line, ...]:
    out: list[Line] = []
    group = ""
    for sentence in section.sentences:
        line = _line(sentence, marks, zh)
        if sentence.group != group:
            group = sentence.group
            line = replace(line, heading=printable(group or other_problems("zh" if zh else "en")))
        out.append(line)
    return tuple(out)


def _line(sentence: Sentence, marks: dict[Evidence, str], zh: bool) -> Line:
    unique = dict.fromkeys(marks[e] for e in sentence.evidence)
    note = ""
    if sentence.verdict is not Verdict.SUPPORTED:
        note = "（未核实）" if zh else "(unverified)"
    change = _CHANGE[sentence.change][zh] if sentence.change else ""
    cells = table_row(sentence, "zh" if zh else "en")
    marked = ", ".join(unique)
    row = tuple(printable(c) or "–" for c in (*cells, marked)) if cells else ()
    return Line(printable(sentence.text), marked, note, change, row)


def printable(text: str) -> str:
    """Without control characters and halves of surrogate pairs, which neither a Word file nor a PDF can hold."""
    return _UNPRINTABLE.sub("", text)


_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
