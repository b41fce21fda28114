"""A draft or signed document as blocks for the sheet, with its open points and what a version changed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.domain.answer import (
    Answer,
    MedicationChange,
    MedicineState,
    Section,
    Sentence,
    Settled,
    Verdict,
)
from assistant.domain.evidence import EvidenceKind
from assistant.domain.open_points import OpenPoint, PointKind
from assistant.domain.record import PatientRecord
from assistant.export.markdown import source_marks
from assistant.ui.changes import Change, Mark
from assistant.ui.components.drawing import Marks, line, mark_row
from assistant.ui.components.sheet import Block
from assistant.ui.texts import say

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
