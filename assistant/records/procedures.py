"""Procedures of a chart and whether they were done, planned or cancelled.

Owns the status and the day that the record's last word gives. Refuses to call a procedure done without a word, a report or an
entry of its day that says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.domain.record import Assertion, Procedure, ProcedureStatus
from assistant.records.assertion import assertion_of
from assistant.records.dates import ChartDates
from assistant.records.procedure_names import key, name_range, pattern, side
from assistant.records.procedure_words import (
    CANCELLED,
    CANCELLED_BEFORE,
    DENIED,
    DONE,
    EARLIER_AFTER,
    EARLIER_BEFORE,
    NEVER_MEANT,
    NEVER_MEANT_BEFORE,
    NO_NEED,
    NOT_DONE_ZH,
    ON_STANDBY,
    ONE_MORE,
    PLANNED,
    PLANNED_AFTER,
    REPORTED,
    SAYS_ITSELF,
    SIGN,
)
from assistant.records.procedures_of_diagnosis import with_those_of_the_diagnosis
from assistant.records.sections import Segment
from assistant.records.text_spans import Span, inside

_SKIPPED = {"family_history", "allergies", "home_medications", "discharge_medications", "social_history", "past_medical_history", "instructions", "code_status", "advance_care", "pending"}  # fmt: skip
_FUTURE = {"plan", "assessment", "follow_up", "discharge_orders", "orders"}
_HISTORY = {"history_of_present_illness", "chief_complaint", "admission"}
_CLAUSE_END = re.compile(r"[;；。]|\.\s")


@dataclass(frozen=True)
class _Mention:
    """One procedure in its clause; ``before`` and ``after`` reach to its neighbours."""

    sentence: Span
    start: int
    end: int
    left: int
    right: int
    before: str
    after: str
    opens_entry: bool

    @property
    def core(self) -> str:
        return self.sentence.text[self.start : self.end]

    @property
    def clause(self) -> str:
        return self.sentence.text[self.left : self.right]


def read_procedures(
    segments: Sequence[Segment],
    dates: ChartDates,
    document_id: str,
    struck: Sequence[tuple[int, int]],
    text: str = "",
) -> list[Procedure]:
    """One entry a procedure: a cancellation outweighs an earlier plan. ``text`` is the chart, for its headings."""
    out: list[Procedure] = []
    seen: set[int] = set()
    for segment in segments:
        if segment.note.index not in seen:
            seen.add(segment.note.index)
            out += _headed(segment, dates, document_id, text)
        if segment.section in _SKIPPED - {"past_medical_history"}:
            continue
        for sentence in segment.sentences:
            if inside(struck, sentence.start):
                continue
            done_before = False
            for mention in _mentions(sentence, segment, dates):
                found = _procedure(mention, segment, dates, document_id, after_done=done_before)
                done_before = found is not None and found.status is ProcedureStatus.DONE
                if found is not None:
                    out.append(found)
    return with_those_of_the_diagnosis(_settled(out), segments, document_id, struck)


def _headed(segment: Segment, dates: ChartDates, document_id: str, text: str) -> list[Procedure]:
    """``急诊冠脉造影（10-20）：`` heads the report of what was done."""
    head = segment.note.heading
    found = pattern().search(head)
    at = text.find(head, segment.note.start) if found else -1
    if found is None or at < 0 or not segment.note.date or PLANNED.search(head) or CANCELLED.search(head):
        return []
    if segment.section in _SKIPPED or CANCELLED_BEFORE.search(segment.span.text[:12]):
        return []
    start, end = name_range(head, found.start(), found.end())
    place = Span(at, at + len(head), head).place(document_id)
    return [Procedure(head[start:end].strip(), ProcedureStatus.DONE, place, segment.note.date[:10])]


def _mentions(sentence: Span, segment: Segment, dates: ChartDates) -> Iterator[_Mention]:
    text = sentence.text
    matches = list(pattern().finditer(text))
    for i, match in enumerate(matches):
        left = max((m.end() for m in _CLAUSE_END.finditer(text, 0, match.start())), default=0)
        behind = _CLAUSE_END.search(text, match.end())
        right = behind.start() if behind else len(text)
        bounds = (
            max(left, matches[i - 1].end() if i else 0),
            min(right, matches[i + 1].start() if i + 1 < len(matches) else right),
        )
        if bounds[1] < right and re.fullmatch(
            r"\s*(?:\w+\s){0,2}(?:and|\+|&|,|/|及|和)\s*(?:\w+\s)?", text[match.end() : bounds[1]]
        ):
            bounds = bounds[0], right
        yield _Mention(
            sentence, match.start(), match.end(), left, right,
            text[left if bounds[0] == left else bounds[0] : match.start()], text[match.end() : bounds[1]],
            _opens_entry(sentence, match.start(), left, segment, dates),
        )  # fmt: skip


_GOES_ON = re.compile(
    r"(?i)[\w-]+\s+(?:tube |catheter |drain |wound |site )*(?:draining|output|patent|working|function\w*|clean|dry|care|bag|site|wound|dressing|in situ|day \d|d\d)"
)
"""``10/11: Nephrostomy draining 1.2 L`` was not done on that day."""


def _opens_entry(sentence: Span, at: int, left: int, segment: Segment, dates: ChartDates) -> bool:
    """``05/11 LSCS under spinal``: the procedure is the first thing that a dated entry tells."""
    lead = sentence.text[left:at]
    token = dates.first(lead)
    start = left + token.end if token and token.start <= 2 else None
    if start is None:
        line = segment.span.text[: sentence.start - segment.span.start + at].rpartition("\n")[2]
        token = dates.first(line)
        if token is None or token.start > 3:
            heading = segment.note.heading.strip()
            headed = dates.first(heading)
            alone = headed is not None and headed.start <= 1 and len(heading) - headed.end <= 7
            if not alone or segment.span.text[: sentence.start - segment.span.start].strip():
                return False  # a ward round's first words may be a plan
            words = re.findall(r"[A-Za-z]{2,}|[一-鿿]", lead)
            return len(words) <= 3 and not PLANNED.search(lead)
        lead = line
    words = re.findall(r"[A-Za-z]{2,}|[一-鿿]", lead[token.end :]) if token else []
    return len(words) <= 3 and not PLANNED.search(lead)


def _procedure(
    mention: _Mention, segment: Segment, dates: ChartDates, document_id: str, *, after_done: bool
) -> Procedure | None:
    if _earlier(mention, segment, dates):
        return None
    day = _day(mention, segment, dates)
    dated = _dated_itself(mention, segment, dates, day)
    if segment.section == "past_medical_history" and not dated:
        return None
    if mention.core.casefold() == "drainage" and SIGN.search(mention.clause):
        return None
    status = _status(mention, segment, dates, day, after_done=after_done, dated=dated)
    undated = segment.section == "header" and not _in_stay(day, segment, dates)
    if status is None or (undated and status is ProcedureStatus.DONE) or mention.core == "手术":
        return None
    sentence = mention.sentence
    start, end = name_range(sentence.text, mention.start, mention.end)
    place = sentence.sub(min(mention.left, start), max(mention.right, end))
    return Procedure(sentence.sub(start, end).text, status, place.place(document_id), day)


def _dated_itself(mention: _Mention, segment: Segment, dates: ChartDates, day: str | None) -> bool:
    """``no bleed (OGD 09/09)``, ``no stenosis on angiography 11/7``: a day of the stay right behind the name says that it was done.

    Beside a diagnosis it stands in brackets or behind what it found; a plan's day is one to come.
    """
    token = dates.first(mention.after)
    if token is None or token.start > 1 or not _in_stay(day, segment, dates) or DENIED.search(mention.before):
        return False
    if segment.section in {"assessment", "discharge_diagnosis", "past_medical_history"}:
        return bool(re.search(r"(?i)[(（]\s?(?:\w+\s)?$|\b(?:on|at|by|per)\s(?:\w+\s)?$", mention.before))
    return segment.section not in _FUTURE


def _earlier(mention: _Mention, segment: Segment, dates: ChartDates) -> bool:
    """What was done before this stay, or stands ready and was not used."""
    years = [int(y) for y in re.findall(r"(?<![\d/.-])((?:19|20)\d\d)(?![\d/-])", mention.clause)]
    now = segment.note.date or (dates.admitted.isoformat() if dates.admitted else None)
    status_post = segment.section in _HISTORY and re.search(r"(?i)\bs/p\b", mention.before)
    return bool(
        EARLIER_AFTER.match(mention.after)
        or ON_STANDBY.match(mention.after)
        or EARLIER_BEFORE.search(mention.before)
        or (years and now and max(years) < int(now[:4]))
        or (status_post and not dates.first(mention.clause))
    )


_IN_PLACE = re.compile(r"(?i)\s*(?:tube |catheter |stent |drain )?(?:in situ|in place)\b|\s*(?:管)?在位")
_OF_DIAGNOSES = {"discharge_diagnosis", "assessment", "past_medical_history", "admission_diagnosis"}
_OF_ANOTHER = re.compile(
    r"(?i)[,;]\s*(?=(?!but\b|then\b|now\b|later\b|subsequently\b|this\b|it\b|which\b|was\b|is\b|and\b|no\b|not\b|so\b|therefore\b|due\b|as\b|after\b|because\b|eventually\b|but\b|cancel)[a-z]+(?:\s[a-z]+)?\s(?:was |were |is )?not\s)"
)
"""``Ureteroscopy planned, stent not placed``: it is the stent that was not placed."""


_COUNTED = re.compile(
    r"\s?(?:[x×*]\s?)?(?:\d+|[一二两三四五])\s?次\s?[（(]\s?(?:20\d\d[-/.年])?\d{1,2}[-/.月]\d"
)
"""``血浆置换1次（11-06）``: how often, and when, under a heading ``治疗`` too."""


def _status(
    mention: _Mention,
    segment: Segment,
    dates: ChartDates,
    day: str | None,
    *,
    after_done: bool,
    dated: bool,
) -> ProcedureStatus | None:
    before, after, text = mention.before, mention.after, mention.sentence.text
    if NOT_DONE_ZH.search(before) or re.match(r"未(?!行)|无需|不需|没有|不予|否认", mention.core):
        return None
    if NEVER_MEANT.match(after) or NEVER_MEANT_BEFORE.search(before):
        return None  # a ceiling of care, or what was not called for: nothing was cancelled
    if ONE_MORE.search(before) and NO_NEED.match(after):
        return None
    if _IN_PLACE.match(after) and segment.section in _OF_DIAGNOSES:
        return None  # a diagnosis that names what is in place tells no day of it
    if CANCELLED.search(_OF_ANOTHER.split(after[:60])[0]) or CANCELLED_BEFORE.search(before):
        return ProcedureStatus.CANCELLED
    if segment.section in {"procedures", "operation"} and not PLANNED.search(before):
        return ProcedureStatus.DONE
    if dated and not PLANNED.search(before[-50:]):
        return ProcedureStatus.DONE
    if assertion_of(text, mention.start, mention.end) in {
        Assertion.NEGATED,
        Assertion.RULED_OUT,
        Assertion.FAMILY,
    }:
        return None
    if (
        re.search(r"(?i)\b(?:after|until|ceiling|only)\b", mention.clause[:80])
        or PLANNED.search(before[-50:])
        or PLANNED_AFTER.search(after)
    ):
        return ProcedureStatus.PLANNED
    if _COUNTED.match(after) and _in_stay(day, segment, dates):
        return ProcedureStatus.DONE
    told = DONE.search(before[-30:]) or DONE.search(after[:40]) or SAYS_ITSELF.search(mention.core)
    arrow = after_done and re.search(r"(?:->|→)\s*$", before)
    if told or arrow:
        return ProcedureStatus.DONE
    if segment.section in _FUTURE or re.search(
        r"\?|(?i:\b(?:if|when|tomorrow|await\w*|book\w*)\b)", after[:30]
    ):
        return None
    dated = dates.first(mention.clause) is not None and _in_stay(day, segment, dates)
    if _GOES_ON.match(text[mention.start :]):
        return None
    if dated or mention.opens_entry or (REPORTED.match(after) and _in_stay(day, segment, dates)):
        return ProcedureStatus.DONE
    return None


def _in_stay(day: str | None, segment: Segment, dates: ChartDates) -> bool:
    """A day between the admission and the entry that tells of it."""
    if day is None:
        return False
    first = dates.admitted.isoformat() if dates.admitted else day
    last = segment.note.date or (dates.discharged.isoformat() if dates.discharged else None)
    return first <= day and (last is None or day <= last[:10])


def _day(mention: _Mention, segment: Segment, dates: ChartDates) -> str | None:
    """The day nearest to the procedure: behind it, before it, at the head of its line, else of the entry."""
    behind, before = dates.first(mention.after), dates.tokens(mention.before)
    close = behind if behind and (behind.start <= 24 or not before) else None
    token = close or (before[-1] if before else behind)
    if token is None:
        offset = mention.sentence.start - segment.span.start + mention.start
        line = segment.span.text[:offset].rpartition("\n")[2]
        lead = dates.first(line)
        token = lead if lead and lead.start <= 3 else None
    found = dates.iso(token) if token else segment.note.date
    return found[:10] if found else None


def _settled(found: list[Procedure]) -> list[Procedure]:
    out: list[Procedure] = []
    for procedure in found:
        same = [i for i, p in enumerate(out) if _same(p, procedure)]
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
        elif procedure.status is last.status is ProcedureStatus.DONE and procedure.date != last.date:
            out.append(procedure)
    return out


def _same(a: Procedure, b: Procedure) -> bool:
    """One name, and no two sides."""
    sides = {side(a.name), side(b.name)} - {""}
    return key(a.name) == key(b.name) and len(sides) < 2
