"""What is still to come: follow-up, pending results, incidental findings with the action they need.

Owns these lists from their own sections, and from sentences elsewhere that say so. Refuses to invent a date or owner.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.domain.record import FollowUp
from assistant.records.dates import DATE, ChartDates
from assistant.records.list_numbers import past_number
from assistant.records.sections import Segment
from assistant.records.sentences import list_items, numbered_parts, split_clauses
from assistant.records.text_spans import Span, inside

_INCIDENTAL = re.compile(
    r"(?i)\bincidental(?:ly|oma)?\b|\bincidental finding\b|偶然发现|意外发现|顺带发现|另见"
)
_WHEN = re.compile(
    r"(?i)(?:in|within|after|at|for)?\s?\b\d+(?:\s?[-–]\s?\d+)?\s?(?:/52|/7|/12|weeks?|wks?|days?|months?|mo\b|years?|yrs?|wk\b)(?:\s?\((?=[^)]*\d)[^)]{2,14}\))?|\d+(?:[-~]\d+)?(?:个)?(?:周|天|月|年)(?:内|后)?|半年(?:内|后)?|[一二两三四五六]个?[月周年](?:内|后)?|\b(?:in |by |early |mid-?|late )?(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]* (?:20)?\d\d\b(?!\s?[/:])|\b(?:tomorrow|next week|mid-\w+|one week|two weeks|six weeks)\b"
)
_WHO = re.compile(
    r"(?:\b(?:GP|PCP|Dr\.?|Mr|Ms|Prof\.?|RN)\b(?:\s(?:Dr\.?\s)?[A-Z][\w'’-]+){0,2})|\b[A-Z][\w/]*(?: \w+)? [Cc]linic(?: (?:Dr|Mr|Ms|Prof)\.? [A-Z][\w'’-]+)?"
    r"|\b(?i:surgery|cardiology|neurology|endo(?:crin\w+)?|renal|nephrology|urology|vascular|GI|gastro\w*|resp(?:iratory)?|pulm\w*|oncology|ortho\w*|haematology|hematology|district nurse|ESD|rehab|physio\w*|dermatology|rheum\w*|psychiatry|ID)\b(?:\s[A-Z][\w'’-]+)?|[一-鿿]{1,8}(?:科|门诊)(?:门诊)?(?:[（(][一-鿿]{2,4}[)）])?"
)
_ARRANGED = re.compile(
    r"(?i)\b(?:clinic|follow[- ]?up|f/u(?:p)?|appointment|appt|OPA|OPD|O/P|review(?:ed)? (?:in|by|at|with)|visit|re-?check|repeat (?:CT|MRI|US|CXR|bloods|labs|scan|U&E|BMP|BP)|rpt|referral|refer(?:red)? to|surveillance|outpatient|"
    r"waiting list|elective(?:ly)?|TWOC|wound check|(?:suture|clip|staple|stitch)\w* (?:removal|out)|remove (?:sutures|clips|staples|stitches|stent|JJ|drain|PICC)|(?:GP|PCP|practice nurse|district nurse|DN|midwife|health visitor|CPN|CMHT|CRHT)\s(?:to|please|will|visit|review|re-?check|repeat|check|titrate|f/u)|requested)\b"
    r"|\b(?:OPAT|(?:specialist |asthma |diabetes |heart failure |stoma |community |district |epilepsy |tissue viability )nurse|hospital at home|home visit)\b"
    r"|门诊|复诊|随访|复查|换药|拆线|拆除|取出|返院|随诊|[一-鿿]{1,4}科[^，。；]{0,4}(?:评估|查|就诊|会诊|处理)|(?:后|半年|年|月)(?:复)?(?:胃镜|肠镜|CT|MRI|超声|B超|心超|彩超)|肿瘤科|评估化疗"
)
_TASK = re.compile(
    r"(?i)\b(?:GP|PCP|practice nurse|district nurse|DN|midwife|health visitor|\w+ clinic|\w+ team|endo|cardiology|renal|urology)\b[^.;]{0,12}\b(?:to|please|will|re-?check|review|repeat|check|titrate|monitor|chase|f/u|restart)\b|门诊|复诊|随访|复查"
)
_MEDICINE_LINE = re.compile(
    r"(?i)^[\s\W\d]*(?:(?:STOP|HOLD|CONTINUE|START|NEW|CHANGED?|TAKE)\w*[:\s]+)?[A-Za-z-]{4,}[^.;]{0,30}?\d+(?:\.\d+)?\s?(?:mg|mcg|micrograms?|g|units?|ml|puffs?|tabs?)\b|(?:mg|片|粒|单位)\s?(?:qd|bid|tid|qn|每日)"
)
_NO_NEED = re.compile(
    r"(?i)(?!.*\bunless\b)\b(?:no|not|without)\b[^.;]{0,24}\b(?:needed|required|necessary|indicated|FU|f/u|follow[- ]?up)\b|无需(?:随访|复查|复诊)"
)
_TO_SEE = re.compile(
    r"^\W*(?:[\w&+/]+ ){0,5}(?:Dr\.?|Prof\.?|NP|PA) [A-Z]|^\W*(?:[\w&+/]+ ){0,3}(?:PCP|GP|OPA|CPA|FLS)\b|^\W*(?:\w+ ){0,2}visits?\b|^\W*(?:weekly|fortnightly|monthly|labs?|bloods|FBC|CBC|BMP|U&E)\b"
)
"""``Psychiatry Dr. Amin 05/29 0900``, ``PCP Dr. Reyes 2 wk - LFTs``: whom to see, and when."""
_AT_DISCHARGE = {
    "condition_at_discharge",
    "disposition",
    "plan",
    "discharge_orders",
    "hospital_course",
    "progress",
}
_DOSE_ALONE = re.compile(
    r"(?i)\b(?:re-?start|resume|increase|reduce|titrate|uptitrate|continue|change)\b(?: (?:it|at|to|up to|dose|the dose))*\s*(?:\d|if\b|when\b|once\b|after\b|$)"
)
_HELD = re.compile(r"(?i)\bhold|\bheld|暂停|停用|恢复")


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
            else:
                out += [_follow_up(p, dates, document_id) for p in _arranged(sentence, segment, dates)]
    return out


def _arranged(sentence: Span, segment: Segment, dates: ChartDates) -> list[Span]:
    """The parts of a sentence that arrange something; under its own label all of them."""
    if segment.section == "follow_up":
        parts = [past_number(q, segment) for p in split_clauses(sentence) for q in _each_visit(p, dates)]
        return [p for p in parts if not re.match(r"(?i)^(?:none|nil|n/a|无)\W*$", p.text)]
    if not segment.note.discharge and segment.section != "discharge_medications":
        return []
    if segment.section in _AT_DISCHARGE:
        numbered = [past_number(p, segment) for p in numbered_parts(sentence)]
        visits = [v for p in numbered for v in _each_visit(p, dates) if _says_when(v.text, dates)]
        return [w for v in visits for w in (_beside_medicines(v, dates) if _HELD.search(v.text) else [v])]
    if segment.section == "discharge_medications" and _MEDICINE_LINE.match(sentence.text):
        return _beside_medicines(past_number(sentence, segment), dates)
    if segment.section == "discharge_medications":
        own = past_number(sentence, segment)
        return [v for v in _each_visit(own, dates) if _says_when(v.text, dates)] or _beside_medicines(
            own, dates
        )
    return []


def _each_visit(part: Span, dates: ChartDates) -> list[Span]:
    """``Podiatry 12/11, ID 24/11``: each visit with its own day; what has none belongs to the visit before it."""
    out: list[Span] = []
    dated = False
    for item in list_items(part, ",，"):
        own = bool(dates.first(item.text) or _WHEN.search(item.text))
        words = len(re.findall(r"[A-Za-z]{3,}|[一-鿿]{2}", _WHEN.sub(" ", DATE.sub(" ", item.text))))
        if out and not (own and dated and words >= 1):
            out[-1] = part.sub(out[-1].start - part.start, item.end - part.start)
        else:
            out.append(item)
        dated = dated or own
    return out


def _says_when(text: str, dates: ChartDates) -> bool:
    """An arrangement with a day, a period or a person; what is said to need none is no arrangement."""
    visit = _TO_SEE.search(text) and (dates.first(text) or _WHEN.search(text))
    if not (_ARRANGED.search(text) or _TASK.search(text) or visit) or _NO_NEED.search(text):
        return False
    return bool(dates.first(text) or _WHEN.search(text) or _WHO.search(text))


def _beside_medicines(sentence: Span, dates: ChartDates) -> list[Span]:
    """What a discharge list says in passing: ``ramipril remains held - GP recheck U&E 1/52``, from the clause it stands in."""
    text = sentence.text
    task = _TASK.search(text) or (None if _HELD.search(text) else _ARRANGED.search(text))
    if task is None or not _says_when(text[task.start() :], dates):
        return []
    before = [
        p.start - sentence.start for p in list_items(sentence) if p.start - sentence.start <= task.start()
    ]
    start = before[-1] if before else 0
    if _DOSE_ALONE.search(text[start:]) and _MEDICINE_LINE.match(text):
        return [sentence]  # `GP to restart 2.5 mg` says of which medicine only with the whole line
    if start == 0 and _MEDICINE_LINE.match(text) and not _HELD.search(text):
        return []
    return [sentence.sub(start, len(text))]


def _incidental_start(text: str, cue: int) -> int:
    """The cue where it heads its clause; else (``nodule 1.4 cm (found incidentally)``) the start of that clause."""
    before = text[:cue]
    if re.search(r"(?:^|[.,;:，。；：]|\s[-–—]+|\band)\s*$", before) and before.count("(") == before.count(
        ")"
    ):
        return cue
    return max((m.end() for m in re.finditer(r"[。；;]|\.\s", before)), default=0)


def _who(text: str) -> str | None:
    """``1周后心内科门诊`` without its period."""
    return re.sub(r"^(?:\d*个?[月周天年]\d*[内后]?|建议|内|后|请|转|至|到|于|赴)+", "", text.strip()) or None


def _follow_up(span: Span, dates: ChartDates, document_id: str, *, incidental: bool = False) -> FollowUp:
    token = dates.first(span.text)
    when = span.text[token.start : token.end] if token else None
    if when is None:
        period = _WHEN.search(span.text)
        when = period.group().strip() if period else None
    who = _WHO.search(span.text)
    return FollowUp(span.text, span.place(document_id), when, _who(who.group()) if who else None, incidental)
