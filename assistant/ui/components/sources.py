"""The source beside the answer: the guideline around the exact place, or the record's document at the characters cited.

Owns how a citation is found again. Refuses to change a source's text: it is cut at paragraph ends, never reworded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.domain.record import Observation, PatientRecord
from assistant.errors import BedsideError
from assistant.export.markdown import cite
from assistant.ui import state
from assistant.ui.components.sheet import mounted
from knowledge.errors import KnowledgeError

AROUND_CHARS = 700
LONGEST_DOCUMENT_CHARS = 30_000
Part = dict[str, Any]


def parts_of(text: str, start: int, end: int, *, around: int | None = None) -> list[Part]:
    """``text`` with characters ``start:end`` marked; cut to ``around`` characters either side, at line ends."""
    start, end = max(0, min(start, len(text))), max(0, min(end, len(text)))
    first, last = 0, len(text)
    if around is not None:
        if start > around:
            cut = text.find("\n", start - around, start)
            first = cut + 1 if cut >= 0 else start - around
        if len(text) - end > around:
            cut = text.rfind("\n", end, end + around)
            last = cut if cut >= 0 else end + around
    rows: list[Part] = [
        {"text": ("…" if first else "") + text[first:start]},
        {"text": text[start:end], "mark": True},
        {"text": text[end:last] + ("…" if last < len(text) else "")},
    ]
    return [row for row in rows if row["text"]]


def show_source(
    evidence: Evidence,
    mark: str,
    record: PatientRecord | None,
    *,
    key: str,
    closable: bool = True,
    tall: bool = False,
) -> str | None:
    """Draws it; returns ``open`` or ``close`` where the reader asked for that. ``tall``: it has the column to itself."""
    data: dict[str, Any] = {
        "cap": f"{state.t('cap_' + evidence.kind.value)} {mark}",
        "title": evidence.title,
        "chips": [],
        "parts": [{"text": evidence.quote, "mark": True}],
        "whole": False,
        "headings": evidence.kind is EvidenceKind.GUIDELINE,
        "table": None,
        "open": "",
        "cite": cite(evidence),
        "close": state.t("close_source") if closable else "",
        "tall": tall,
        "copy": state.t("copy_citation"),
        "copied": state.t("sheet_copied"),
        "copy_failed": state.t("sheet_copy_failed"),
    }
    if evidence.kind is EvidenceKind.RECORD and record is not None:
        _of_record(data, evidence, record)
    elif evidence.kind is EvidenceKind.GUIDELINE:
        _of_guideline(data, evidence)
    else:
        data["chips"] = _chips(evidence)
    return _draw(data, key)


def show_document(record: PatientRecord, document_id: str, start: int, end: int, *, key: str) -> None:
    """One document of the record to read, at the place."""
    document = record.document(document_id)
    data: dict[str, Any] = {
        "cap": state.t("cap_record") + (f" · {document.date[:16]}" if document.date else ""),
        "title": document.title,
        "chips": [],
        "parts": parts_of(document.text, start, end) if end > start else [{"text": document.text}],
        "whole": True,
        "headings": False,
        "table": None,
        "open": "",
        "cite": "",
        "close": "",
        "copy": "",
        "copied": "",
        "copy_failed": "",
    }
    _draw(data, key)


def _draw(data: dict[str, Any], key: str) -> str | None:
    result = mounted("source", '<div class="source"></div>')(
        data=data, key=key, on_open_change=state.touch, on_close_change=state.touch
    )
    if result.open:
        return "open"
    return "close" if result.close else None


def _of_record(data: dict[str, Any], evidence: Evidence, record: PatientRecord) -> None:
    try:
        document = record.document(evidence.id)
    except KeyError:
        data["chips"] = [{"text": state.t("source_gone"), "tone": "amber"}]
        return
    when = evidence.date or document.date or ""
    data["title"] = document.title + (f" · {when[:16].replace('T', ' ')}" if when else "")
    if document.text[evidence.start : evidence.end] != evidence.quote:
        data["chips"] = [{"text": state.t("source_moved"), "tone": "amber"}]
        return
    around = None if len(document.text) <= LONGEST_DOCUMENT_CHARS else LONGEST_DOCUMENT_CHARS // 2
    data["parts"] = parts_of(document.text, evidence.start, evidence.end, around=around)
    data["table"] = course_table(record, evidence)


def _of_guideline(data: dict[str, Any], evidence: Evidence) -> None:
    data["chips"] = _chips(evidence)
    try:
        guideline = state.parts().library.document(evidence.id)
    except (KnowledgeError, BedsideError):
        data["chips"].append({"text": state.t("source_gone"), "tone": "amber"})
        return
    if guideline.text[evidence.start : evidence.end] != evidence.quote:
        data["chips"].append({"text": state.t("source_moved"), "tone": "amber"})
        return
    data["parts"] = parts_of(guideline.text, evidence.start, evidence.end, around=AROUND_CHARS)
    data["open"] = state.t("open_in_guideline")


def _chips(e: Evidence) -> list[dict[str, str]]:
    chips = [{"text": text, "tone": ""} for text in (e.publisher, e.edition, e.published[:10]) if text]
    if e.published and e.published in e.edition:
        chips = chips[:2]
    if e.grade:
        chips.append({"text": e.grade, "tone": "ok"})
    if e.section:
        chips.append({"text": e.section.split(" > ")[-1], "tone": ""})
    if e.superseded_by:
        chips.append({"text": state.t("superseded", by=e.superseded_by), "tone": "amber"})
    return chips


def course_table(record: PatientRecord, evidence: Evidence) -> list[list[dict[str, Any]]] | None:
    """The course of the results that the place holds: up to four analytes and four times, the cited one marked."""
    cited = [
        o
        for o in record.observations
        if o.place.document_id == evidence.id
        and o.place.start < evidence.end
        and evidence.start < o.place.end
        and o.number is not None
    ]
    names = list(dict.fromkeys(o.name for o in cited))[:4]
    series = {name: _course(record.observations, name) for name in names}
    times = sorted({o.time or "" for row in series.values() for o in row if o.time})[-4:]
    if not names or len(times) < 2:
        return None
    table: list[list[dict[str, Any]]] = [[{"text": ""}, *({"text": _short(moment)} for moment in times)]]
    for name in names:
        unit = next((o.unit for o in series[name] if o.unit), "")
        row: list[dict[str, Any]] = [{"text": f"{name} {unit}".strip()}]
        for moment in times:
            found = next((o for o in series[name] if o.time == moment), None)
            row.append({"text": found.value if found else "", "mark": found in cited if found else False})
        table.append(row)
    return table


def _course(observations: Sequence[Observation], name: str) -> list[Observation]:
    return [
        o for o in observations if o.name == name and o.number is not None and o.assertion.value == "present"
    ]


def _short(moment: str) -> str:
    return moment[5:16].replace("T", " ") if len(moment) >= 10 else moment
