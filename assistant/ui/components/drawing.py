"""Answers, documents and running turns as blocks for the sheet: plain data, no markup.

Owns what the reader sees of a verdict, an origin, an alert. Refuses to know the browser and the session.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from assistant.domain.answer import (
    Alert,
    Answer,
    MedicationChange,
    MedicineState,
    Origin,
    RedFlag,
    Section,
    Sentence,
    Settled,
    Severity,
    Urgency,
    Verdict,
    Withheld,
)
from assistant.domain.events import (
    AlertRaised,
    Event,
    RedFlagRaised,
    SentenceShown,
    SentenceWithheld,
    Stage,
    StageName,
)
from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.domain.open_points import OpenPoint, PointKind
from assistant.domain.record import PatientRecord
from assistant.export.markdown import source_marks
from assistant.tasks.base import SectionSpec
from assistant.tasks.registry import task_named
from assistant.ui.changes import Change, Mark
from assistant.ui.components.sheet import Block
from assistant.ui.texts import say

Marks = Mapping[Evidence, str]
_TONE = {Severity.STOP: "red", Severity.CAUTION: "amber", Severity.NOTE: "grey"}
_STATE_TONE = {
    MedicineState.NEW: "ok",
    MedicineState.CHANGED: "amber",
    MedicineState.STOPPED: "red",
    MedicineState.HELD: "red",
    MedicineState.CONTINUED: "",
    MedicineState.CONFIRM: "amber",
}
_STATE_OF = {
    MedicationChange.NEW: MedicineState.NEW,
    MedicationChange.CHANGED: MedicineState.CHANGED,
    MedicationChange.STOPPED: MedicineState.STOPPED,
    MedicationChange.CONTINUED: MedicineState.CONTINUED,
}
LONGEST_LABEL_CHARS = 24
"""Before the colon of a medicine's sentence: ``Stop for now (hold)``."""
AROUND_CHARS = 110
"""Of the record or guideline either side of a place, as a pointer on its mark shows it."""
_TABLES = ("medications", "medicines")


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


def stage_chips(events: Iterable[Event], language: str) -> list[dict[str, object]]:
    """One chip a stage, in the order they began; a stage under way breathes."""
    stages: dict[StageName, Stage] = {}
    flags = 0
    for event in events:
        if isinstance(event, Stage):
            stages[event.name] = event
        flags += isinstance(event, RedFlagRaised)
    chips: list[dict[str, object]] = []
    for name, stage in stages.items():
        text = say(f"stage_{name.value}", language, n=stage.count or 0)
        tone = ""
        if stage.done:
            tone = "red" if name is StageName.GUARD and flags else "ok"
            count = "" if stage.count is None else str(stage.count)
            key = f"done_{name.value}"
            if name is StageName.GUARD:
                key = "done_guard_flags" if flags else "done_guard"
                count = str(flags)
            elif name is StageName.RETRIEVE and stage.total is not None:
                key = "done_retrieve_of"
            text = say(key, language, n=count, total=stage.total or 0)
        chips.append(
            {
                "text": ("✓ " if stage.done and tone == "ok" else "") + text,
                "tone": tone,
                "busy": not stage.done,
            }
        )
    return chips


def running(
    events: Sequence[Event], task: str, language: str, sections_of: Sequence[SectionSpec] = ()
) -> list[Block]:
    """A turn at work: stages, alerts first, then each sentence that has passed its check.

    ``sections_of`` are a template's sections, where one arranges the document.
    """
    all_sections = sections_of or task_named(task).sections
    chips = stage_chips(events, language) or [
        {"text": say("opening_short", language), "tone": "", "busy": True}
    ]
    blocks: list[Block] = [{"kind": "chips", "items": chips}]
    shown: dict[str, list[Sentence]] = {}
    held = []
    for event in events:
        if isinstance(event, SentenceShown):
            shown.setdefault(event.section, []).append(event.sentence)
        elif isinstance(event, SentenceWithheld):
            held.append(event.withheld)
    raised = [e.alert for e in events if isinstance(e, AlertRaised)]
    specs = [s for s in all_sections if s.key in shown]
    sections = tuple(Section(s.key, s.title(language), tuple(shown[s.key])) for s in specs)
    draft = Answer(task=task, language=language, model="", sections=sections, alerts=tuple(raised))
    marks = source_marks(draft)
    blocks += red_flags([e.red_flag for e in events if isinstance(e, RedFlagRaised)], language)
    blocks += alerts(raised, marks, language)
    for section in sections:
        if len(all_sections) > 1:
            blocks.append({"kind": "head", "text": section.title})
        blocks += [line(s, marks, language) for s in section.sentences]
    return blocks + withheld(held, language)


def finished(
    answer: Answer, language: str, *, rated: str = "", plain: str = "", can_rate: bool = True
) -> list[Block]:
    """A chat answer: alerts, sentences, what was withheld, how long it took."""
    marks = source_marks(answer)
    blocks: list[Block] = [{"kind": "chips", "items": what_was_done(answer, language)}]
    blocks += red_flags(answer.red_flags, language) + alerts(answer.alerts, marks, language)
    for section in answer.sections:
        if len(answer.sections) > 1 and section.sentences:
            blocks.append({"kind": "head", "text": section.title})
        blocks += [line(s, marks, language) for s in section.sentences]
    blocks += [{"kind": "notice", "text": notice} for notice in answer.notices]
    blocks += withheld(answer.withheld, language)
    blocks.append(
        {"kind": "foot", "text": timings(answer, language), "copy": plain, "rate": can_rate, "rated": rated}
    )
    return blocks


def what_was_done(answer: Answer, language: str) -> list[dict[str, object]]:
    """The stages of a finished answer, by what they left in it."""
    shown = [s for section in answer.sections for s in section.sentences]
    cited = {e for s in shown for e in s.evidence}
    facts = [e for e in cited if e.kind is EvidenceKind.RECORD]
    passages = [e for e in cited if e.kind is EvidenceKind.GUIDELINE]
    good = sum(s.verdict is Verdict.SUPPORTED for s in shown)
    flags = len(answer.red_flags)
    chips: list[dict[str, object]] = [
        {"text": say("done_guard_flags", language, n=flags), "tone": "red"}
        if flags
        else {"text": "✓ " + say("done_guard", language), "tone": "ok"}
    ]
    if facts:
        chips.append({"text": "✓ " + say("done_record", language, n=len(facts)), "tone": "ok"})
    if passages:
        total = len({e.id for e in passages})
        chips.append(
            {"text": "✓ " + say("done_retrieve_of", language, n=len(passages), total=total), "tone": "ok"}
        )
    if answer.abstained:
        chips.append({"text": say("abstained", language), "tone": "amber"})
    elif shown:
        of = good + len(answer.withheld) + (len(shown) - good)
        chips.append(
            {
                "text": "✓ " + say("done_verify_of", language, n=good, total=of),
                "tone": "ok" if good == of else "amber",
            }
        )
    return chips


def timings(answer: Answer, language: str) -> str:
    took = answer.timings
    parts = []
    if took.first_token_s:
        parts.append(say("first_token", language, s=f"{took.first_token_s:.1f}"))
    parts.append(say("whole", language, s=f"{took.total_s:.1f}"))
    model = answer.model + (f" + {answer.adapter}" if answer.adapter else "")
    parts.append(say("no_model", language) if answer.model == "none" else model)
    return " · ".join(parts)


def document(
    answer: Answer,
    language: str,
    *,
    editable: bool,
    headline: Sequence[Block] = (),
    record: PatientRecord | None = None,
) -> list[Block]:
    """A draft or signed document, section by section, with what is complete and what is missing.

    ``language`` is the interface's; section titles are the document's own. With the ``record`` each mark shows its place.
    """
    marks = source_marks(answer)
    blocks = list(headline)
    for section in answer.sections:
        if not section.sentences and not section.required:
            continue
        missing = section.key in answer.missing or (section.required and not section.sentences)
        head: Block = {"kind": "head", "text": section.title, "at": f"{section.key}:"}
        if missing:
            head["chip"] = {"text": say("missing", language), "tone": "amber"}
        elif section.required:
            head["chip"] = {"text": say("complete", language), "tone": "ok"}
        if editable:
            head["add"] = f"{section.key}:+"
        blocks.append(head)
        if not section.sentences:
            blocks.append({"kind": "missing", "text": say("not_in_record", language)})
        blocks += _lines(section, marks, language, editable)
    blocks += [{"kind": "notice", "text": notice} for notice in answer.notices]
    return with_places(blocks, answer, record)


def with_places(blocks: list[Block], answer: Answer, record: PatientRecord | None) -> list[Block]:
    """Each mark of ``blocks`` with the words it stands for and what is around them, for the pointer that rests on it."""
    at = {mark: evidence for evidence, mark in source_marks(answer).items()}
    documents = {d.id: d.text for d in record.documents} if record else {}

    def place(row: dict[str, str]) -> dict[str, str]:
        evidence = at.get(row["mark"])
        if evidence is None:
            return row
        text = documents.get(evidence.id, "") if evidence.kind is EvidenceKind.RECORD else ""
        before = after = ""
        if text[evidence.start : evidence.end] == evidence.quote:
            first = max(0, evidence.start - AROUND_CHARS)
            before = ("…" if first else "") + text[first : evidence.start]
            after = text[evidence.end : evidence.end + AROUND_CHARS]
            after += "…" if len(text) > evidence.end + AROUND_CHARS else ""
        return row | {"quote": evidence.quote[:600], "before": before, "after": after}

    placed = []
    for block in blocks:
        block = dict(block)
        if "marks" in block:
            block["marks"] = [place(m) for m in block["marks"]]
        for inside in ("rows", "items"):
            if block["kind"] in ("medicines", "fold") and inside in block:
                block[inside] = [
                    {**r, "marks": [place(m) for m in r["marks"]]} if "marks" in r else r
                    for r in block[inside]
                ]
        placed.append(block)
    return placed


def _lines(section: Section, marks: Marks, language: str, editable: bool) -> list[Block]:
    blocks: list[Block] = []
    rows = []
    group = ""
    for index, sentence in enumerate(section.sentences):
        if sentence.group != group:
            group = sentence.group
            blocks.append({"kind": "subhead", "text": group or say("otherwise", language)})
        at = f"{section.key}:{index}"
        edit = at if editable else ""
        if section.key in _TABLES and sentence.change is not None and sentence.verdict is Verdict.SUPPORTED:
            rows.append(_medicine(sentence, marks, language, edit) | {"at": at})
        else:
            blocks.append(line(sentence, marks, language, edit=edit) | {"at": at})
    if rows:
        compared = any(row["cells"] for row in rows)
        noted = compared or any(row["note"] for row in rows)
        columns = ["change", "medicine", *(["home", "discharge"] if compared else [])]
        columns += [*(["note"] if noted else []), "source"]
        titles = [say(f"column_{c}", language) for c in columns]
        blocks.insert(0, {"kind": "medicines", "titles": titles, "rows": rows})
    return blocks


def _medicine(sentence: Sentence, marks: Marks, language: str, edit: str) -> Block:
    """One line of the reconciliation table: home beside discharge where the sentence carries both, else its words."""
    assert sentence.change is not None
    row = sentence.medicine
    state = row.state if row else _state_of(sentence)
    text = sentence.text.rstrip(".。")
    label, colon, rest = text.partition("：" if "：" in text.split("；")[0] else ": ")
    body = rest if colon and len(label) < LONGEST_LABEL_CHARS else text
    medicine, _, note = body.partition("；" if "；" in text else "; ")
    return {
        "change": {"text": say(f"change_{state.value}", language), "tone": _STATE_TONE[state]},
        "cells": [row.name, row.home, row.discharge, row.note] if row else [],
        "medicine": medicine,
        "note": note,
        "text": sentence.text,
        "marks": mark_row(sentence.evidence, marks),
        "edit": edit,
    }


def _state_of(sentence: Sentence) -> MedicineState:
    assert sentence.change is not None
    held = re.search(r"\(hold\)|\bfor now\b|暂停|暂时停", sentence.text, re.IGNORECASE)
    return MedicineState.HELD if held else _STATE_OF[sentence.change]


def open_point(
    point: OpenPoint, settled: Settled | None, language: str, *, alike: int, may_settle: bool
) -> Block:
    """One row of the checklist; ``alike`` counts the open points of its kind, for one reason that closes all."""
    text = point.text if len(point.text) <= 220 else point.text[:219] + "…"
    grave = point.kind in (PointKind.ALERT, PointKind.UNVERIFIED)
    why = ""
    if settled is not None:
        why = say(
            "settled_by", language, reason=settled.reason, by=settled.by, at=settled.at[:16].replace("T", " ")
        )
    everything = settled is None and may_settle and alike > 1
    return {
        "kind": "point",
        "tone": "done" if settled else "stop" if grave else "todo",
        "text": say(f"point_{point.kind.value}", language, text=text, n=point.count),
        "why": why,
        "at": point.at,
        "settle": f"settle:{point.key}" if settled is None and may_settle else "",
        "all": f"settle:{point.kind.value}:*" if everything else "",
        "all_label": say("settle_all", language, n=alike) if everything else "",
    }


def version_changes(found: Sequence[Change], language: str) -> list[Block]:
    """What differs, under the titles of the sections it is in."""
    if not found:
        return [{"kind": "notice", "text": say("no_changes", language)}]
    blocks: list[Block] = []
    title = None
    for change in found:
        if change.section != title:
            title = change.section
            blocks.append({"kind": "head", "text": title or say("settled_points", language)})
        words = {m: say(f"diff_{m.value}", language) for m in (Mark.ADDED, Mark.REMOVED)}
        blocks.append(
            {
                "kind": "diff",
                "parts": [
                    {
                        "text": p.text,
                        "mark": p.mark.value,
                        "label": "" if p.mark is Mark.SAME else words[p.mark],
                    }
                    for p in change.parts
                ],
            }
        )
    return blocks
