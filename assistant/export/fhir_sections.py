"""Sections of a FHIR Composition: code, narrative and what each refers to.

Narrative text is escaped: nothing of it can become markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from assistant.domain.answer import Answer, Section, Sentence, Verdict
from assistant.domain.evidence import Evidence
from assistant.export.fhir_entries import (
    Entry,
)
from assistant.export.markdown import (
    TABLE_TITLES,
    cite,
    settled_lines,
    settled_title,
    table_row,
)

Marks = Mapping[Evidence, str]


_MISSING = {"en": "Not found in the record.", "zh": "病历中未找到。"}


_UNVERIFIED = {"en": "(unverified)", "zh": "（未核实）"}


_SECTION_CODES = {
    "reason_for_admission": ("46241-6", "Hospital admission diagnosis Narrative - Reported"),
    "diagnoses": ("11535-2", "Hospital discharge Dx Narrative"),
    "procedures": ("47519-4", "History of Procedures Document"),
    "hospital_course": ("8648-8", "Hospital course Narrative"),
    "results": ("30954-2", "Relevant diagnostic tests/laboratory data Narrative"),
    "condition_at_discharge": ("10184-0", "Hospital discharge physical findings Narrative"),
    "disposition": ("18776-5", "Plan of care note"),
    "medications": ("10183-2", "Hospital discharge medications Narrative"),
    "allergies": ("48765-2", "Allergies and adverse reactions Document"),
    "follow_up": ("18776-5", "Plan of care note"),
    "patient_instructions": ("8653-8", "Hospital Discharge instructions"),
    "chief_complaint": ("10154-3", "Chief complaint Narrative - Reported"),
    "present_illness": ("10164-2", "History of Present illness Narrative"),
    "past_history": ("11348-0", "History of Past illness Narrative"),
    "home_medications": ("10160-0", "History of Medication use Narrative"),
    "personal_history": ("29762-2", "Social history Narrative"),
    "family_history": ("10157-6", "History of family member diseases Narrative"),
    "review_of_systems": ("10187-3", "Review of systems Narrative - Reported"),
    "examination": ("29545-1", "Physical findings Narrative"),
    "initial_diagnosis": ("51848-0", "Evaluation note"),
    "assessment": ("51848-0", "Evaluation note"),
    "plan": ("18776-5", "Plan of care note"),
    "subjective": ("61150-9", "Subjective Narrative"),
    "objective": ("61149-1", "Objective Narrative"),
    "reason_for_referral": ("42349-1", "Reason for referral (narrative)"),
}
"""LOINC, of the value set "Document Section Codes" of FHIR, which C-CDA on FHIR draws on."""


_OF_TASK = {
    ("referral", "diagnoses"): ("51848-0", "Evaluation note"),
    ("referral", "medications"): ("10160-0", "History of Medication use Narrative"),
    ("handover", "medications"): ("10160-0", "History of Medication use Narrative"),
    ("note", "medications"): ("10160-0", "History of Medication use Narrative"),
}
"""Sections that are no discharge section where the document is another."""


def alert_sections(answer: Answer) -> list[dict[str, Any]]:
    """What the cross-checks raised travels with the document: who receives it must not know less."""
    if not answer.alerts:
        return []
    lines = [f"{alert.severity.value.upper()}: {alert.text}" for alert in answer.alerts]
    title = "安全警示" if answer.language == "zh" else "Safety alerts"
    return [{"title": title, "text": narrative("generated", lines, answer.language)}]


def is_shown(section: Section) -> bool:
    return bool(section.sentences) or section.required


def closing_sections(answer: Answer, marks: Marks) -> list[dict[str, Any]]:
    """What was settled before signing, and the sources that the marks name."""
    chinese = answer.language == "zh"
    made = []
    if answer.settled:
        text = narrative("additional", settled_lines(answer), answer.language)
        made.append({"title": settled_title(answer.language), "text": text})
    if marks:
        lines = [f"[{mark}] {cite(evidence)}" for evidence, mark in marks.items()]
        text = narrative("additional", lines, answer.language)
        made.append({"title": "来源" if chinese else "Sources", "text": text})
    return made


def section_of(answer: Answer, section: Section, entries: Iterable[Entry], marks: Marks) -> dict[str, Any]:
    language = answer.language
    rows = [(cells, s) for s in section.sentences if (cells := table_row(s, language))]
    lines = [_line(s, language, marks) for s in section.sentences if not table_row(s, language)]
    made: dict[str, Any] = {"title": section.title}
    named = _OF_TASK.get((answer.task, section.key)) or _SECTION_CODES.get(section.key)
    if named:
        made["code"] = {"coding": [{"system": "http://loinc.org", "code": named[0], "display": named[1]}]}
    table = [(*cells, _refs(s, marks)) for cells, s in rows]
    empty = not lines and not table
    made["text"] = narrative(
        "empty" if empty else "generated", [_MISSING[language]] if empty else lines, language, table
    )
    references = [{"reference": entry.url} for entry in entries]
    if references:
        made["entry"] = references
    elif empty:
        made["emptyReason"] = {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/list-empty-reason",
                    "code": "unavailable",
                    "display": "Unavailable",
                }
            ]
        }
    return made


def _line(sentence: Sentence, language: str, marks: Marks) -> str:
    unsure = "" if sentence.verdict is Verdict.SUPPORTED else f" {_UNVERIFIED[language]}"
    refs = _refs(sentence, marks)
    return f"{sentence.text}{f' [{refs}]' if refs else ''}{unsure}"


def _refs(sentence: Sentence, marks: Marks) -> str:
    return ", ".join(dict.fromkeys(marks[e] for e in sentence.evidence))


def narrative(
    status: str, lines: list[str], language: str, table: Sequence[Sequence[str]] = ()
) -> dict[str, str]:
    """XHTML with the text escaped and control characters, which XML forbids, left out."""

    def clean(text: str) -> str:
        return escape("".join(c for c in text if c >= " " or c in "\n\t"))

    body = ""
    if table:
        titles = (*TABLE_TITLES[language], "来源" if language == "zh" else "Source")
        head = "".join(f"<th>{clean(title)}</th>" for title in titles)
        rows = "".join(f"<tr>{''.join(f'<td>{clean(cell)}</td>' for cell in row)}</tr>" for row in table)
        body = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    body += "".join(f"<p>{clean(line)}</p>" for line in lines)
    return {
        "status": status,
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml" lang="{language}" xml:lang="{language}">{body}</div>',
    }
