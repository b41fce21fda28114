"""What is still to come: follow-up, pending results, incidental findings with the action they need.

Owns these lists from their own sections, and from sentences elsewhere that say so. Refuses to invent a date or owner.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.domain.record import FollowUp, PendingResult
from assistant.records.dates import ChartDates
from assistant.records.sections import Segment
from assistant.records.sentences import list_items, split_clauses
from assistant.records.text_spans import Span, inside

_INCIDENTAL = re.compile(
    r"(?i)\bincidental(?:ly|oma)?\b|\bincidental finding\b|偶然发现|意外发现|偶发|顺带发现|另见"
)
_WHEN = re.compile(
    r"(?i)(?:in|within|after|at|for)?\s?\b\d+(?:\s?[-–]\s?\d+)?\s?(?:/52|/7|/12|weeks?|wks?|days?|months?|mo\b|years?|yrs?|wk\b)(?:\s?\([^)]{2,14}\))?|\d+(?:[-~]\d+)?(?:个)?(?:周|天|月|年)(?:内|后)?|\b(?:tomorrow|next week|mid-\w+|one week|two weeks|six weeks)\b"
)
_WHO = re.compile(
    r"(?:\b(?:GP|PCP|Dr\.?|Mr|Ms|Prof\.?|RN)\b(?:\s(?:Dr\.?\s)?[A-Z][\w'’-]+){0,2})|\b[A-Z][\w/]*(?: \w+)? [Cc]linic(?: (?:Dr|Mr|Ms|Prof)\.? [A-Z][\w'’-]+)?"
    r"|\b(?i:surgery|cardiology|neurology|endo(?:crin\w+)?|renal|nephrology|urology|vascular|GI|gastro\w*|resp(?:iratory)?|pulm\w*|oncology|ortho\w*|haematology|hematology|district nurse|ESD|rehab|physio\w*|dermatology|rheum\w*|psychiatry|ID)\b(?:\s[A-Z][\w'’-]+)?|[一-鿿]{1,8}(?:科|门诊)(?:门诊)?(?:[（(][一-鿿]{2,4}[)）])?"
)
_ARRANGED = re.compile(
    r"(?i)\b(?:clinic|follow[- ]?up|f/u|appointment|appt|review(?:ed)? (?:in|by|at|with)|visit|recheck|repeat (?:CT|MRI|US|CXR|bloods|labs|scan|U&E|BMP)|referral|refer(?:red)? to|surveillance|outpatient)\b|门诊|复诊|随访|复查"
)
_PENDING = re.compile(
    r"(?i)\b(?:pending|awaited|awaiting|outstanding|not (?:yet )?back|to follow|still out|results? to come|sent(?! (?:home|to ED|for (?:ED|admission))))\b|待报|待回报|未回报|结果未回|未归|外送|已送检|未出"
)
_PENDING_STRONG = re.compile(
    r"(?i)\b(?:pending|awaited|awaiting|outstanding|not (?:yet )?back|still out)\b|待报|待回报|未回|未归|未出结果"
)
_OWNER = re.compile(
    r"(?:\s[-–—]+\s*|\(|（|\bby\s|->\s?|→\s?|\bto be chased by\s|\bwill be followed by\s)(?P<owner>(?:Dr\.? |Mr |Ms |Prof\.? )?[A-Z][\w'’./& -]{1,40}?)(?:\s(?:to|will|clinic|follows?|chas\w+)[^)]*)?(?:\)|）|\.?$)|(?:由|——|—)(?P<zh>[一-鿿]{2,10})(?:负责|随访|追踪|跟进)?"
)


def read_follow_ups(
    segments: Sequence[Segment], dates: ChartDates, document_id: str, struck: Sequence[tuple[int, int]]
) -> list[FollowUp]:
    """Arrangements of the follow-up section, of the discharge note, and incidental findings anywhere."""
    out: list[FollowUp] = []
    for segment in segments:
        for sentence in segment.sentences:
            if inside(struck, sentence.start):
                continue
            found = _INCIDENTAL.search(sentence.text)
            if found:
                span = sentence.sub(_incidental_start(sentence.text, found.start()), len(sentence.text))
                out.append(_follow_up(span, dates, document_id, incidental=True))
            elif segment.section == "follow_up":
                for part in split_clauses(sentence):
                    part = part.sub(_lead(part.text), len(part.text))
                    if not re.match(r"(?i)^(?:none|nil|n/a|无)\W*$", part.text):
                        out.append(_follow_up(part, dates, document_id))
            elif (
                segment.note.discharge
                and segment.section
                in {"condition_at_discharge", "disposition", "plan", "discharge_orders", "hospital_course"}
                and (
                    _ARRANGED.search(sentence.text)
                    and (
                        dates.first(sentence.text)
                        or _WHEN.search(sentence.text)
                        or _WHO.search(sentence.text)
                    )
                    and not re.search(r"(?i)\bhold|\bheld|暂停|停用|恢复", sentence.text)
                )
            ):
                out.append(_follow_up(sentence, dates, document_id))
    return out


def _incidental_start(text: str, cue: int) -> int:
    """The cue where it heads its clause; else (``nodule 1.4 cm (found incidentally)``) the start of that clause."""
    before = text[:cue]
    if re.search(r"(?:^|[.,;:，。；：]|\s[-–—]+|\band)\s*$", before) and before.count("(") == before.count(
        ")"
    ):
        return cue
    return max((m.end() for m in re.finditer(r"[。；;]|\.\s", before)), default=0)


def _who(text: str) -> str:
    return re.sub(r"^(?:\d*个?[月周天年]\d*[内后]?|建议|内|后|请|转)+", "", text.strip())


def _lead(text: str) -> int:
    match = re.match(r"^(?:[-•*·\s]|\(?\d{1,2}[.)、）]\s?(?!\d))+", text)
    return match.end() if match else 0


def _follow_up(span: Span, dates: ChartDates, document_id: str, *, incidental: bool = False) -> FollowUp:
    token = dates.first(span.text)
    when = span.text[token.start : token.end] if token else None
    if when is None:
        period = _WHEN.search(span.text)
        when = period.group().strip() if period else None
    who = _WHO.search(span.text)
    return FollowUp(
        span.text, span.place(document_id), when, who.group().strip() if who else None, incidental
    )


def read_pending(
    segments: Sequence[Segment], dates: ChartDates, document_id: str, struck: Sequence[tuple[int, int]]
) -> list[PendingResult]:
    """The pending section; where the chart has none, results that it last calls pending."""
    out: list[PendingResult] = []
    for segment in segments:
        if segment.section == "pending":
            for sentence in segment.statements:
                for item in list_items(sentence):
                    _add(out, item.sub(_lead(item.text), len(item.text)), sentence, dates, document_id)
    if out:
        return out
    text_after = "".join(s.span.text for s in segments)
    for segment in segments:
        if segment.section in {"family_history", "home_medications", "social_history"}:
            continue
        for sentence in segment.statements:
            if inside(struck, sentence.start):
                continue
            cue = _PENDING_STRONG.search(sentence.text) or (
                segment.note.discharge and _PENDING.search(sentence.text)
            )
            if not cue or re.search(
                r"(?i)\b(?:nothing|no results?|none|nil)\b.{0,12}(?:pending|outstanding)|无待", sentence.text
            ):
                continue
            name = re.split(
                r"[,，:：]", sentence.text[: cue.start()] if cue.start() > 3 else sentence.text[cue.end() :]
            )[-1].strip(" :：-(（,")
            if name and not _resolved(name, text_after, sentence.text):
                _add(out, sentence, sentence, dates, document_id, name=name)
    return out


def _resolved(name: str, text: str, sentence: str) -> bool:
    """Whether a result of that name stands later in the chart."""
    stem = re.escape(name.split()[-1] if name.isascii() else name[-4:])
    at = text.find(sentence)
    return bool(
        re.search(
            rf"(?i){stem}\w*[^.;\n]{{0,25}}(?:neg\b|negative|no growth|positive|grew|:\s*\S|阴性|阳性|示|回报[:：])",
            text[at + len(sentence) :],
        )
    )


def _add(
    out: list[PendingResult],
    item: Span,
    sentence: Span,
    dates: ChartDates,
    document_id: str,
    *,
    name: str | None = None,
) -> None:
    text = name or item.text
    if len(text) < 2 or re.match(
        r"(?i)^(?:none|nil|n/?a|no |nothing|无)\W*(?:pending|outstanding)?\W*$", text
    ):
        return
    owner = _OWNER.search(item.text)
    who = (owner["owner"] or owner["zh"]) if owner else None
    if name is None and owner and owner.start() > 2:
        text = item.text[: owner.start()]
    if out and re.match(r"(?i)^(?:to be |will be |results? to |GP to |Dr |to )", text):
        return
    sent = re.search(r"(?i)\b(?:sent|taken|collected)\b", sentence.text)
    token = dates.first(sentence.text[sent.end() :]) if sent else None
    out.append(
        PendingResult(
            text.strip(" .。-–(（"), item.place(document_id), who, dates.iso(token) if token else None
        )
    )
