"""Answers, documents and running turns as blocks for the sheet: plain data, no markup.

Owns what the reader sees of a verdict, an origin, an alert. Refuses to know the browser and the session.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from assistant.domain.answer import (
    Alert,
    Origin,
    RedFlag,
    Sentence,
    Severity,
    Urgency,
    Verdict,
    Withheld,
)
from assistant.domain.evidence import Evidence
from assistant.ui.components.sheet import Block
from assistant.ui.texts import say

Marks = Mapping[Evidence, str]
_TONE = {Severity.STOP: "red", Severity.CAUTION: "amber", Severity.NOTE: "grey"}


def mark_row(evidence: Sequence[Evidence], marks: Marks) -> list[dict[str, str]]:
    """One mark a source, in order; the title is what a pointer or a screen reader gets."""
    unique = {marks[e]: e for e in evidence if e in marks}
    return [{"mark": mark, "title": _source_line(e)} for mark, e in unique.items()]


def _source_line(e: Evidence) -> str:
    return ", ".join(p for p in (e.title or e.id, e.publisher, e.edition, e.date[:10]) if p)


def line(sentence: Sentence, marks: Marks, language: str, *, edit: str = "") -> Block:
    tone = {
        Origin.RECORD: "record",
        Origin.MODEL: "model",
        Origin.GUIDELINE: "guideline",
        Origin.RULE: "rule",
    }.get(sentence.origin, "clinician")
    if sentence.verdict is Verdict.PARTIAL:
        tone = "partial"
    elif sentence.verdict is not Verdict.SUPPORTED:
        tone = "unverified"
    why = ""
    if sentence.verdict is not Verdict.SUPPORTED:
        why = say(f"verdict_{sentence.verdict.value}", language)
        if sentence.reason:
            why += f": {sentence.reason}"
    if sentence.origin is Origin.CLINICIAN:
        why = say("by_clinician", language) + (f"; {why}" if why else "")
    return {
        "kind": "line",
        "text": sentence.text,
        "tone": tone,
        "label": say(f"origin_{sentence.origin.value}", language),
        "why": why,
        "marks": mark_row(sentence.evidence, marks),
        "edit": edit,
    }


def alerts(raised: Iterable[Alert], marks: Marks, language: str) -> list[Block]:
    """Stops first, then cautions; notes are folded away."""
    order = [Severity.STOP, Severity.CAUTION, Severity.NOTE]
    blocks = [
        {
            "kind": "alert",
            "tone": _TONE[alert.severity],
            "title": f"{say(f'severity_{alert.severity.value}', language)} · {say(f'alert_{alert.kind.value}', language)}.",
            "text": alert.text,
            "marks": mark_row(alert.evidence, marks),
            "small": "",
        }
        for alert in sorted(raised, key=lambda a: order.index(a.severity))
    ]
    loud = [b for b in blocks if b["tone"] != "grey"]
    quiet = [b for b in blocks if b["tone"] == "grey"]
    if quiet:
        loud.append({"kind": "fold", "title": say("notes", language, n=len(quiet)), "items": quiet})
    return loud


def red_flags(flags: Iterable[RedFlag], language: str) -> list[Block]:
    return [
        {
            "kind": "alert",
            "tone": "red" if flag.urgency is Urgency.EMERGENCY else "amber",
            "title": f"{say(f'urgency_{flag.urgency.value}', language)}: {flag.condition}.",
            "text": flag.action,
            "marks": [],
            "small": "  ·  ".join(
                p
                for p in (say("flag_quote", language, quote=flag.quote) if flag.quote else "", flag.source)
                if p
            ),
        }
        for flag in flags
    ]


def withheld(items: Sequence[Withheld], language: str) -> list[Block]:
    if not items:
        return []
    rows: list[Block] = [{"kind": "notice", "text": say("withheld_why", language)}]
    rows += [{"kind": "withheld", "text": f"“{w.text}”", "why": w.reason} for w in items]
    return [{"kind": "fold", "title": say("withheld", language, n=len(items)), "items": rows}]
