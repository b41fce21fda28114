"""An answer as Markdown: titles, sentences with source marks, alerts, what is missing, and the list of sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.domain.answer import Answer, MedicineState, Sentence, Severity, Verdict
from assistant.domain.evidence import Evidence, EvidenceKind

if TYPE_CHECKING:
    from assistant.export.fhir_document import Signature

_SEVERITY = {
    "en": {Severity.STOP: "STOP", Severity.CAUTION: "CAUTION", Severity.NOTE: "NOTE"},
    "zh": {Severity.STOP: "停止", Severity.CAUTION: "注意", Severity.NOTE: "提示"},
}
_DRAFT = {
    "en": "AI-assisted draft. Not valid until a clinician has reviewed and signed it.",
    "zh": "人工智能辅助生成的草稿，经临床医生审阅并签名后方为有效。",
}
CHAT = "ask"


def other_problems(language: str) -> str:
    """The heading over what belongs to no single problem."""
    return "其他" if language == "zh" else "Otherwise"


def draft_label(answer: Answer) -> str:
    """The visible label that every unsigned document carries; empty for a chat answer."""
    return "" if answer.task == CHAT else _DRAFT[answer.language]


TABLE_TITLES = {
    "en": ("Change", "Medicine", "Before admission", "At discharge", "Note"),
    "zh": ("变化", "药物", "入院前", "出院时", "说明"),
}
_STATES = {
    MedicineState.NEW: ("new", "新增"),
    MedicineState.CHANGED: ("changed", "调整"),
    MedicineState.STOPPED: ("stopped", "停用"),
    MedicineState.HELD: ("held", "暂停"),
    MedicineState.CONTINUED: ("continued", "继续"),
    MedicineState.CONFIRM: ("to confirm", "待确认"),
}


def table_row(sentence: Sentence, language: str) -> tuple[str, ...] | None:
    """The sentence as cells under ``TABLE_TITLES``; None where it is no line of the reconciliation table.

    A line that is not borne out stays a sentence: its cells would look checked.
    """
    row = sentence.medicine
    if row is None or sentence.verdict is not Verdict.SUPPORTED:
        return None
    return (_STATES[row.state][language == "zh"], row.name, row.home, row.discharge, row.note)


def settled_lines(answer: Answer) -> list[str]:
    """What was open and how a clinician closed it, one line each."""
    return [f"{s.text} — {s.reason} ({s.by}, {s.at[:16].replace('T', ' ')} UTC)" for s in answer.settled]


def settled_title(language: str) -> str:
    return "签名前处理的事项" if language == "zh" else "Settled before signing"


def source_marks(answer: Answer) -> dict[Evidence, str]:
    """Each cited evidence → its mark: ``R1`` for the record, ``1`` for guidelines and formulary, in order of first use."""
    marks: dict[Evidence, str] = {}
    counts = {"R": 0, "": 0}
    for evidence in _cited(answer):
        if evidence not in marks:
            prefix = "R" if evidence.kind is EvidenceKind.RECORD else ""
            counts[prefix] += 1
            marks[evidence] = f"{prefix}{counts[prefix]}"
    return marks


def _cited(answer: Answer) -> list[Evidence]:
    shown = [e for section in answer.sections for s in section.sentences for e in s.evidence]
    return shown + [e for alert in answer.alerts for e in alert.evidence]


def signed_line(answer: Answer, signature: Signature) -> str:
    """The line that replaces the draft label once a clinician has signed."""
    when = signature.signed_at.strftime("%Y-%m-%d %H:%M %Z")
    if answer.language == "zh":
        return f"人工智能辅助生成；已由 {signature.name} 于 {when} 审阅并签名。"
    return f"AI-assisted; reviewed and signed by {signature.name} on {when}."


def to_markdown(answer: Answer, *, sources: bool = True, signed: str = "") -> str:
    """The whole answer. A section that is required and empty is named as missing, never filled."""
    zh = answer.language == "zh"
    marks = source_marks(answer)
    lines: list[str] = []
    label = signed or draft_label(answer)
    if label:
        lines += [f"_{label}_", ""]
    for flag in answer.red_flags:
        lines += [f"**{'紧急' if zh else 'Urgent'}: {flag.condition}** — {flag.action}", ""]
    for alert in answer.alerts:
        lines.append(
            f"> **{_SEVERITY[answer.language][alert.severity]} · {alert.kind.value}** {alert.text}{_refs(alert.evidence, marks)}"
        )
    if answer.alerts:
        lines.append("")
    for section in answer.sections:
        if not section.sentences and not section.required:
            continue
        if len(answer.sections) > 1:
            lines += [f"## {section.title}", ""]
        if not section.sentences:
            lines += [f"_{'缺失：病历中未找到。' if zh else 'Missing: not found in the record.'}_", ""]
            continue
        group = ""
        for s in section.sentences:
            if s.group != group:
                group = s.group
                lines += ["", f"**{group or other_problems(answer.language)}**", ""]
            lines.append(f"- {_line(s, marks, zh)}")
        lines.append("")
    for notice in answer.notices:
        lines += [f"_{notice}_", ""]
    if answer.settled:
        lines += [
            f"### {settled_title(answer.language)}",
            "",
            *(f"- {line}" for line in settled_lines(answer)),
            "",
        ]
    if sources and marks:
        lines += [f"### {'来源' if zh else 'Sources'}", ""]
        lines += _source_lines(answer, marks, zh)
    return "\n".join(lines).strip() + "\n"


def _source_lines(answer: Answer, marks: dict[Evidence, str], zh: bool) -> list[str]:
    """A line a source; the record's words that the document tells already are listed by their places alone."""
    told = " ".join(" ".join(s.text.split()) for section in answer.sections for s in section.sentences)
    quoted: list[str] = []
    places: dict[str, list[str]] = {}
    for evidence, mark in marks.items():
        if evidence.kind is EvidenceKind.RECORD and " ".join(evidence.quote.split()).rstrip(" .。") in told:
            where = f"{mark} {evidence.start}–{evidence.end}"
            places.setdefault(evidence.title or evidence.id, []).append(where)
        else:
            quoted.append(f"- [{mark}] {cite(evidence)}")
    told_of = "原文位置（字符）" if zh else "in its own words at characters"
    return [f"- {title}, {told_of}: {'; '.join(where)}" for title, where in places.items()] + quoted


def _table(sentences: Sequence[Sentence], marks: dict[Evidence, str], language: str) -> list[str]:
    rows = [(cells, s) for s in sentences if (cells := table_row(s, language))]
    if not rows:
        return []
    titles = (*TABLE_TITLES[language], "来源" if language == "zh" else "Source")
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    for cells, sentence in rows:
        shown = [
            " ".join(c.replace("|", "\\|").split()) or "–" for c in (*cells, _refs(sentence.evidence, marks))
        ]
        lines.append(f"| {' | '.join(shown)} |")
    return [*lines, ""]


def _line(sentence: Sentence, marks: dict[Evidence, str], zh: bool) -> str:
    unsure = "" if sentence.verdict is Verdict.SUPPORTED else (" _（未核实）_" if zh else " _(unverified)_")
    return f"{sentence.text}{_refs(sentence.evidence, marks)}{unsure}"


def _refs(evidence: tuple[Evidence, ...], marks: dict[Evidence, str]) -> str:
    unique = dict.fromkeys(marks[e] for e in evidence)
    return f" [{', '.join(unique)}]" if unique else ""


def cite(evidence: Evidence) -> str:
    """One line that finds the source again: title, publisher, edition, grade, or the record's document and date."""
    parts = [
        evidence.title or evidence.id,
        evidence.publisher,
        evidence.edition,
        evidence.section,
        evidence.grade,
        evidence.date,
    ]
    line = ", ".join(p for p in parts if p)
    quote = " ".join(evidence.quote.split())
    quote = quote if len(quote) <= 160 else quote[:157] + "…"
    return f"{line}: “{quote}”"
