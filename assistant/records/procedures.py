"""Procedures of a chart and whether they were done, planned or cancelled.

Owns the status that the record's last word gives. Refuses to call a procedure done without a word that says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from assistant.domain.record import Assertion, Procedure, ProcedureStatus
from assistant.records.assertion import assertion_of
from assistant.records.dates import ChartDates
from assistant.records.sections import Segment
from assistant.records.text_spans import Span, inside

_CANCELLED = re.compile(
    r"(?i)\b(?:cancel\w*|called off|not (?:done|needed|required|performed|indicated|proceeded|undertaken|pursued|for)|deferred|postponed|abandoned|aborted|no longer (?:needed|required|indicated|planned)|stood down|did not (?:go ahead|proceed|happen)|declined|refused|withdrawn|scrapped)\b"
    r"|取消|未行|暂不|未做|未予|暂不|不行|暂缓|推迟|延期|放弃|拒绝|中止|改期|无需|未实施|未输|不需"
)
_CANCELLED_BEFORE = re.compile(f"(?:{_CANCELLED.pattern.removeprefix('(?i)')})[^,，]{{0,14}}$", re.IGNORECASE)
_PLANNED = re.compile(
    r"(?i)\b(?:plan(?:ned|s)?|book(?:ed)?|schedul\w+|list(?:ed)?|await\w*|for|consider\w*|pending|will|to have|to be|needs?|request\w*|refer\w*|interval|elective|arrange\w*|may need|candidate|if|consented|on the list|tomorrow|before|prior to|in \d+|recommend\w*|discuss\w*)\b"
    r"|拟|计划|备|待|预约|择期|安排|建议|必要时|考虑|准备|讨论|评估"
)
_DONE = re.compile(
    r"(?i)\b(?:s/p|status post|underwent|performed|done|completed|had|received|inserted|placed|removed|successful\w*|uncomplicated|post-?op|postoperative|POD|today|showed|shows|revealed|yesterday|in theatre|under (?:GA|LA|spinal)|on \d|by (?:Dr|Mr)|drained|without complication\w*|given|started|weaned|extubated|placement|insertion|no complications?)\b"
    r"|已行|取出|引出|置入|植入|拔除|行(?!走|动|为)|术中|术后|顺利|成功|完成|示|见|提示|予"
)
_SCAN = {
    "family_history",
    "allergies",
    "home_medications",
    "discharge_medications",
    "social_history",
    "past_medical_history",
    "instructions",
    "code_status",
    "advance_care",
    "pending",
    "header",
}


_EARLIER_AFTER = re.compile(
    r"\s*术后(?!第|\s?\d+\s?[天小]|出现|恢复)|\s*术?后?\s*\d+\s?余?年|\s*\d+ years? ago"
)
_ON_STANDBY = re.compile(r"(?i)\W{0,3}(?:备用|未用|未启用|on standby|standby|not used)")
_EARLIER_BEFORE = re.compile(
    r"(?i)(?:\b(?:previous|prior|hx of|history of|h/o|old|known)\s+(?:\w+\s+){0,2}|既往|曾行|距)$"
)
"""What was done before this stay: ``冠心病 PCI术后``, ``previous CABG``."""


def _in_past_year(clause: str, segment: Segment) -> bool:
    """``DES to LAD 2019`` in a note of 2024."""
    years = [int(y) for y in re.findall(r"(?<![\d/.-])((?:19|20)\d\d)(?![\d/-])", clause)]
    return bool(years and segment.note.date and max(years) < int(segment.note.date[:4]))


_WITH = re.compile(
    r"\s+(?:with|and|\+)\s+(?:an?\s+)?(?:[A-Za-z-]+\s+){0,3}?(?i:stent(?:ing)?|drain|biops\w+|clip\w*|banding|injection|mesh|graft)(?:\s+(?:placement|insertion|placed|inserted))?\b"
)
"""What was done in the same act: ``Cystoscopy with L ureteral stent placement``."""


@cache
def _pattern() -> re.Pattern[str]:
    raw = yaml.safe_load(Path(__file__).with_name("procedures.yaml").read_text(encoding="utf-8"))
    return re.compile("|".join(TypeAdapter(list[str]).validate_python(raw)))


def read_procedures(
    segments: Sequence[Segment], dates: ChartDates, document_id: str, struck: Sequence[tuple[int, int]]
) -> list[Procedure]:
    """One entry a procedure: a cancellation outweighs an earlier plan."""
    out: list[Procedure] = []
    for segment in segments:
        if segment.section in _SCAN:
            continue
        for sentence in segment.sentences:
            if inside(struck, sentence.start):
                continue
            for match in _pattern().finditer(sentence.text):
                found = _procedure(sentence, match, segment, dates, document_id)
                if found is not None:
                    out.append(found)
    return _settled(out)


def _procedure(
    sentence: Span, match: re.Match[str], segment: Segment, dates: ChartDates, document_id: str
) -> Procedure | None:
    text = sentence.text
    left = max((m.end() for m in re.finditer(r"[;；。]|\.\s", text[: match.start()])), default=0)
    right_match = re.search(r"[;；。]|\.\s", text[match.end() :])
    right = match.end() + right_match.start() if right_match else len(text)
    clause = text[left:right]
    after, before = text[match.end() : right], text[left : match.start()]
    status = None
    if (
        _EARLIER_AFTER.match(after)
        or _ON_STANDBY.match(after)
        or _EARLIER_BEFORE.search(before)
        or _in_past_year(clause, segment)
    ):
        return None
    if _CANCELLED.search(after[:60]) or _CANCELLED_BEFORE.search(before):
        status = ProcedureStatus.CANCELLED
    elif segment.section in {"procedures", "operation"} and not _PLANNED.search(before):
        status = ProcedureStatus.DONE
    elif assertion_of(text, match.start(), match.end()) in {
        Assertion.NEGATED,
        Assertion.RULED_OUT,
        Assertion.FAMILY,
    }:
        return None
    elif (
        re.search(r"(?i)\b(?:after|until|ceiling|only)\b", clause[:80])
        or _PLANNED.search(before[-50:])
        or re.search(
            r"(?i)^(?:\W*\w+){0,2}\W+(?:was |is |were )?(?:planned|booked|scheduled|arranged|listed)\b|^\W{0,3}(?:if|planned|booked|to be|scheduled|in \d|pending|\d{1,2}/\d{1,2} -|待|拟)",
            after,
        )
    ):
        status = ProcedureStatus.PLANNED
    elif _DONE.search(before[-30:]) or _DONE.search(after[:40]):
        status = ProcedureStatus.DONE
    if status is None:
        return None
    token = dates.first(clause)
    date = dates.iso(token) if token else segment.note.date
    start, end = match.start(), match.end()
    name = sentence.sub(start, end)
    whole = _WITH.match(text, end)
    if whole:
        name = sentence.sub(start, whole.end())
    name_text = re.sub(r"^(?:拟行|已行|行|备|予|暂不|未|因|并|及|和|了)", "", name.text)
    place = sentence.sub(left, right)
    return Procedure(name_text, status, place.place(document_id), date[:10] if date else None)


def _key(name: str) -> str:
    bare = re.sub(r"(?i)\blap(?:aroscopic)?\.?\s+|insertion|implantation|术$", "", name).strip().casefold()
    return bare[:5]


def _settled(found: list[Procedure]) -> list[Procedure]:
    out: list[Procedure] = []
    for procedure in found:
        same = [i for i, p in enumerate(out) if _key(p.name) == _key(procedure.name)]
        if not same:
            out.append(procedure)
            continue
        last = out[same[-1]]
        if procedure.status is ProcedureStatus.CANCELLED and last.status is ProcedureStatus.PLANNED:
            out[same[-1]] = replace(procedure)
        elif procedure.status != last.status and not (
            procedure.status is ProcedureStatus.PLANNED and last.status is ProcedureStatus.DONE
        ):
            if last.status is ProcedureStatus.PLANNED:
                out[same[-1]] = procedure
            else:
                out.append(procedure)
    return out
