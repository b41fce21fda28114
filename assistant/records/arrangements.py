"""What is still to come: follow-up, pending results, incidental findings with the action they need.

Owns these lists from their own sections, and from sentences elsewhere that say so. Refuses to invent a date or owner.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.domain.record import FollowUp
from assistant.records.already_done import RESULT_OF_REPEAT, repeat_behind, to_come
from assistant.records.date_forms import DATE, WEEKS_OF_PREGNANCY
from assistant.records.dates import ChartDates
from assistant.records.list_numbers import past_number
from assistant.records.named_days import is_short_item, names_a_day
from assistant.records.named_services import names_a_service, without_period
from assistant.records.no_arrangement import arranges_nothing
from assistant.records.observation_names import observation_names
from assistant.records.pending_results import names_a_test
from assistant.records.sections import Segment
from assistant.records.sentences import list_items, numbered_parts, split_clauses
from assistant.records.text_spans import Span, inside

_INCIDENTAL = re.compile(
    r"(?i)\bincidental(?:ly|oma)?\b|\bincidental finding\b|偶然发现|意外发现|顺带发现|另见"
)
_WHEN = re.compile(
    r"(?i)(?:in|within|after|at|for)?\s?\b\d+(?:\s?[-–]\s?\d+)?\s?(?:/52|/7|/12|weeks?|wks?|days?|months?|mo\b|years?|yrs?|wk\b)(?:\s?\((?=[^)]*\d)[^)]{2,14}\))?|20\d\d年\d{1,2}月(?:份|[底初]|[上中下]旬)?(?!\s?\d)|明年(?:\d{1,2}月(?!\s?\d))?|(?<!\d)\d+(?:[-~]\d+)?(?:个)?(?:周|天|月(?!\s?\d)|年(?!\s?\d))(?:内|后)?|[早中晚]孕期(?:内|前)?|孕[早中晚]期(?:内|前)?|半年(?:内|后)?|[一二两三四五六]个?[月周年](?:内|后)?|(?<![\d-])20\d\d-(?:0[1-9]|1[0-2])(?![\d-])|\b\d+[-–]\d+ ?h(?:ours|rs?)?\b|\b(?:in|within|after) \d+ ?h(?:ours|rs?)?\b|\b(?:in|within|after) (?:an?|the next)? ?(?:day|week|fortnight|month|year)\b|\b(?:a |one |per )?fortnight\b|\b(?:one|two|three|four|five|six|eight|ten|twelve)[ -](?:days?|weeks?|months?|years?)\b|\b\d+[- ]monthly\b|\b(?:in |by |early |mid-?|late )?(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]* (?:20)?\d\d\b(?!\s?[/:])|\b(?:tomorrow|next week|mid-\w+|one week|two weeks|six weeks)\b"
)
_WHO = re.compile(
    r"(?:\b(?:GP|PCP|Dr\.?|Mr|Ms|Prof\.?|RN)\b(?:\s(?:Dr\.?\s)?[A-Z][\w'’-]+){0,2})|\b(?!(?:No|The|Our|Jan\w*|Feb\w*|Mar(?:ch)?|Apr\w*|May|June?|July?|Aug\w*|Sep\w*|Oct\w*|Nov\w*|Dec\w*)\b)[A-Z][\w/]*(?: \w+)? [Cc]linic(?: (?:Dr|Mr|Ms|Prof)\.? [A-Z][\w'’-]+)?"
    r"|\b(?i:surgery|cardiology|neurology|endo(?:crin\w+)?|renal|nephrology|urology|vascular|GI|gastro\w*|resp(?:iratory)?|pulm\w*|oncology|ortho\w*|haematology|hematology|district nurse|ESD|rehab|physio\w*|dermatology|rheum\w*|psychiatry|ID)\b(?:\s[A-Z][\w'’-]+)?|[一-鿿]{1,8}(?:科|门诊)(?:门诊)?(?:[（(][一-鿿]{2,4}[)）])?"
)
_ARRANGED = re.compile(
    r"(?i)\b(?:clinic|follow[- ]?up|f/u(?:p)?|appointment|appt|OPA|OPD|O/P|review(?:ed)? (?:in|by|at|with)|visit|re-?check|repeat (?!prescri|dose)[A-Za-z&-]{2,}|rpt|booked|phone call|referral|refer(?:red)? to|surveillance|outpatient|"
    r"waiting list|elective(?:ly)?|TWOC|wound check|(?:suture|clip|staple|stitch)\w* (?:removal|out)|remove (?:sutures|clips|staples|stitches|stent|JJ|drain|PICC)|(?:GP|PCP|practice nurse|district nurse|DN|midwife|health visitor|CPN|CMHT|CRHT)\s(?:to|please|will|visit|review|re-?check|repeat|check|titrate|f/u)|requested)\b"
    r"|\b(?:OPAT|(?:specialist |asthma |diabetes |heart failure |stoma |community |district |epilepsy |tissue viability )nurse|hospital at home|home visit)\b"
    r"|门诊|复诊|随访|复查|换药|拆线|拆除|取出|返院|随诊|(?:[一-鿿]{1,4}科|普外|胸外|泌外|肝胆|血管外|小儿泌尿)[^，。；]{0,4}(?:评估|查|就诊|会诊|处理|看)|(?:后|半年|年|月)(?:复)?(?:胃镜|肠镜|CT|MRI|超声|B超|心超|彩超)|肿瘤科|评估化疗|[一-鿿]{1,6}科\s?(?:预约)?\s?\d{1,2}[-/.月]\d{1,2}|(?:天|周|月|年)(?:后|内|时)?(?:[（(][^（）()]{2,12}[)）])?[^，。；]{0,4}(?:查|测)[^，。；]{2}|[内前]\s?查一?[次下]"
)
_TASK = re.compile(
    r"(?i)\b(?:GP|PCP|practice nurse|district nurse|DN|midwife|health visitor|\w+ clinic|\w+ team|endo|cardiology|renal|urology)\b[^.;]{0,12}\b(?:to|please|will|re-?check|review|repeat|check|titrate|monitor|chase|f/u|restart)\b|门诊|复诊|随访|复查"
)
_MEDICINE_LINE = re.compile(
    r"(?i)^[\s\W\d]*(?:(?:STOP|HOLD|CONTINUE|START|NEW|CHANGED?|TAKE)\w*[:\s]+)?[A-Za-z-]{4,}[^.;]{0,30}?\d+(?:\.\d+)?\s?(?:mg|mcg|microg(?:ram)?s?|g|units?|ml|puffs?|tabs?)\b|(?:mg|片|粒|单位)\s?(?:qd|bid|tid|qn|每日)"
)
_NO_NEED = re.compile(
    r"(?i)(?!.*\bunless\b)\b(?:no|not|without)\b[^.;]{0,24}\b(?:needed|required|necessary|indicated|FU|f/u|follow[- ]?up)\b|无需(?:随访|复查|复诊)"
)
_TO_SEE = re.compile(
    r"^\W*(?:[\w&+/]+ ){0,5}\(?(?:Dr\.?|Prof\.?|NP|PA) [A-Z]|^\W*(?:[\w&+/]+ ){0,3}(?:PCP|GP|OPA|CPA|FLS)\b|^\W*(?:\w+ ){0,2}visits?\b|^\W*(?:weekly|fortnightly|monthly|labs?|bloods|FBC|CBC|BMP|CMP|UEC|LFTs?|INR|U&E)\b"
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


_LINE_OF_HELD = re.compile(
    r"(?i)\W*(?:withheld|held|on hold|hold|paused|suspended|stopped)\s?[:：]|\W*[^，。；：:\s]{1,14}\s?[：:]\s?(?:暂停|停用)"
)


def read_follow_ups(
    segments: Sequence[Segment], dates: ChartDates, document_id: str, struck: Sequence[tuple[int, int]]
) -> list[FollowUp]:
    """Arrangements of the follow-up section, of the discharge note, and incidental findings anywhere."""
    out: list[FollowUp] = []
    closing = _closing(segments, dates)
    for segment in segments:
        for sentence in segment.sentences:
            if inside(struck, sentence.start):
                continue
            found = _INCIDENTAL.search(sentence.text)
            if found:
                start = _incidental_start(sentence.text, found.start())
                before = sentence.sub(0, start)
                if start and segment.section in _OF_ARRANGEMENTS:
                    parts = to_come(_arranged(before, segment, dates, closing), before, dates)
                    out += [_follow_up(p, dates, document_id) for p in parts]
                span = sentence.sub(start, len(sentence.text))
                out.append(_follow_up(span, dates, document_id, incidental=True))
            else:
                parts = to_come(_arranged(sentence, segment, dates, closing), sentence, dates)
                out += [_follow_up(p, dates, document_id) for p in parts]
    return out


_OF_ARRANGEMENTS = {"follow_up", "discharge_orders", "plan", "instructions"}
_TITLE_REACH = 300
_OF_THE_END = re.compile(r"(?i)\bdischarge|\bd/c\b|\btransfer of care\b|\bletter to\b|出院")
_REQUEST = re.compile(
    r"(?i)^\W*(?:please|kindly|grateful if|(?:I|we) would be grateful|(?:could|would) you(?: please| kindly)?)\b"
)
_CONDITION = re.compile(
    r"(?i)\b(?:if|unless|when|worse\w*)\b|^\W*(?:return|come back|call|ring|phone|seek)\b|[<>≥≤]|如|若|即返"
)


def _closing(segments: Sequence[Segment], dates: ChartDates) -> int:
    """Where the last words of the stay begin: after the list of what to take, in a summary in its last entry."""
    listed = [s for s in segments if s.section == "discharge_medications"]
    end = segments[-1].span.end if segments else 0
    first = listed[0].span.start if listed else end
    head = "".join(s.span.text for s in segments)[:_TITLE_REACH]
    if segments and _OF_THE_END.search(head):
        last = segments[-1].note.index
        first = min(first, *(s.span.start for s in segments if s.note.index == last))
    return first


def _closes(segment: Segment, dates: ChartDates, closing: int) -> bool:
    """Whether the text is of the discharge: by its entry, or by standing after the list, in no entry of an earlier day."""
    if segment.note.discharge:
        return True
    left, day = dates.discharged, (segment.note.date or "")[:10]
    return segment.span.start >= closing and not (day and left and day < left.isoformat())


def _arranged(sentence: Span, segment: Segment, dates: ChartDates, closing: int) -> list[Span]:
    """The parts of a sentence that arrange something; under its own label all that arrange anything."""
    if segment.section == "follow_up":
        parts = [past_number(q, segment) for p in split_clauses(sentence) for q in _each_visit(p, dates)]
        return [
            p
            for p in parts
            if not re.match(r"(?i)^(?:none|nil|n/a|无)\W*$", p.text) and not arranges_nothing(p.text)
        ]
    if segment.section in _LETTER and _REQUEST.match(sentence.text) and dates.first(sentence.text):
        return [sentence] if _says_when(sentence.text, dates) or _test_when(sentence.text, dates) else []
    if segment.section == "discharge_medications" and _LINE_OF_HELD.match(sentence.text):
        return []  # what is held, and until when, is told with the medicines
    closes = _closes(segment, dates, closing)
    if segment.section == "instructions" and (closes or dates.discharged):
        parts = [past_number(q, segment) for p in numbered_parts(sentence) for q in _of_clauses(p, dates)]
        visits = [v for p in parts for v in _each_visit(p, dates)]
        told = [
            v
            for v in visits
            if not _CONDITION.search(v.text) and _has_time(v.text, dates) and _is_visit(v.text, dates)
        ]
        return _with_short_items(visits, told, dates)
    if not closes and segment.section != "discharge_medications":
        return []
    if segment.section in _AT_DISCHARGE or (segment.section == "header" and segment.span.start >= closing):
        numbered = [past_number(q, segment) for p in numbered_parts(sentence) for q in _of_clauses(p, dates)]
        items = [v for p in numbered for v in _each_visit(p, dates)]
        visits = [
            v
            for v in items
            if _says_when(v.text, dates)
            or (_lists_plans(segment) and (_test_when(v.text, dates) or _service_when(v.text, dates)))
        ]
        if segment.section in _PLANS:
            ordered = segment.section == "discharge_orders"
            visits = _with_short_items(items, visits, dates, ordered=ordered)
        visits = [v for v in visits if not arranges_nothing(v.text)]
        return [w for v in visits for w in (_beside_medicines(v, dates) if _HELD.search(v.text) else [v])]
    if segment.section == "discharge_medications" and _MEDICINE_LINE.match(sentence.text):
        return _beside_medicines(past_number(sentence, segment), dates)
    if segment.section == "discharge_medications":
        own = past_number(sentence, segment)
        visits = [v for v in _each_visit(own, dates) if _says_when(v.text, dates)]
        return visits or _beside_medicines(own, dates)
    return []


def _with_short_items(
    items: Sequence[Span], told: list[Span], dates: ChartDates, *, ordered: bool = False
) -> list[Span]:
    """And those that say no more than a name and a day to come: ``心衰门诊 11-22；胃镜 11-28；电生理 12-10``.

    Behind a visit of the same line any name is taken for another; alone only a test's, or of the discharge orders.
    """
    out: list[Span] = []
    for item in items:
        short = is_short_item(item.text, dates) and (out or _ZH_TEST.search(item.text))
        if item in told or short or (ordered and names_a_day(item.text, dates)):
            out.append(item)
    return out


def _lists_plans(segment: Segment) -> bool:
    """Where a test with a time is one to come: the plan, and the entry of the discharge itself."""
    return segment.section in _PLANS or (
        segment.note.discharge and segment.section == "condition_at_discharge"
    )


def _service_when(text: str, dates: ChartDates) -> bool:
    """``OB 6 wk (Jan 5)``, ``Int Med Daigle 3 mo w/ urine ACR``: a service and a time to come, in few words."""
    if not names_a_service(text) or _VALUE.search(text) or _NO_NEED.search(text):
        return False
    return bool(_WHEN.search(text) or dates.first(text)) and not _CONDITION.search(text)


_LETTER = {"header", "hospital_course"}
_PLANS = {"plan", "discharge_orders"}


def _of_clauses(part: Span, dates: ChartDates) -> list[Span]:
    """Parts between semicolons; one that is no visit itself goes on about the visit before it."""
    out: list[Span] = []
    for clause in list_items(part, ";；"):
        english = part.text[clause.start - part.start - 2 : clause.start - part.start].strip() == ";"
        goes_on = re.search("评估|择期|讨论", clause.text) if re.search("[一-鿿]", clause.text) else english
        own = _is_visit(clause.text, dates) or is_short_item(clause.text, dates)
        if out and goes_on and not own and not _CONDITION.search(clause.text):
            out[-1] = part.sub(out[-1].start - part.start, clause.end - part.start)
        else:
            out.append(clause)
    return out


def _has_time(text: str, dates: ChartDates) -> bool:
    return bool(dates.first(text) or _WHEN.search(text))


def _is_visit(text: str, dates: ChartDates) -> bool:
    return _says_when(text, dates) or _test_when(text, dates)


_VALUE = re.compile(
    r"(?i)\d\s?(?:mmol|umol|µmol|g/|mg/|ng/|pg/|U/L|IU/|%|mm\b|cm\b)|\b(?:was|were|had|showed|grew|has been)\b"
)
_EVERY_DAY = re.compile(r"每[日天晚晨]|超过|来院|返院|就诊|(?i:\b(?:daily|every day)\b)")
_FOR_SO_LONG = re.compile(r"(?i)^\s*for\b")
_DOSED_IF = re.compile(r"(?i)\bif\b.*\d\s?(?:mg|mcg|g|units?)\b")
"""``Action plan: if sputum goes green, prednisolone 30 mg 5/7``: no test in five days."""
_KEPT = re.compile(
    r"(?i)室温|常温|冷藏|保存|存放|贮存|储存|有效期?|开封|开启后|\b(?:keeps?|kept|stor(?:e|ed|age)|expir\w+|discard\w*|room temperature|fridge|once opened|shelf)\b"
)
"""How long an opened pen, drops or strips may be used: ``笔芯室温28天`` is no day to come on."""


_ZH_TAKEN = re.compile(r"抽血|[一-鿿\s]查[^出见体房过找看]")


def _test_when(text: str, dates: ChartDates) -> bool:
    """``TSH in 4 weeks``, ``4周CT``: a test with a period, no value of it."""
    period = _WHEN.search(text)
    ahead = period is not None and not (
        _FOR_SO_LONG.match(period.group())
        or re.search(r"(?:至少|共|持续|满|\b[x×])\s*$", text[: period.start()])
    )
    told, left = dates.first(text) if _ZH_TAKEN.search(text) else None, dates.discharged
    ahead = ahead or bool(told and left and (dates.iso(told) or "") > left.isoformat())
    asked = bool(re.search(r"(?i)\b(?:check|book\w*|schedul\w*|due)\b|预约", text) and dates.first(text))
    if (
        not (ahead or asked)
        or _EVERY_DAY.search(text)
        or (_KEPT.search(text) and not _ARRANGED.search(text))
        or _VALUE.search(text)
        or _NO_NEED.search(text)
        or _MEDICINE_LINE.match(text)
        or _DOSED_IF.search(text)
    ):
        return False
    if re.search(r"[一-鿿]{2}", text):
        return _ZH_TEST.search(text) is not None
    return bool(names_a_test(text) or observation_names()[0].search(text) or _SCOPE.search(text))


_ZH_TEST = re.compile(
    r"查|监测|预约|(?<![A-Za-z])(?:CT|MRI|TSH|INR|HbA1c|OCT)(?![A-Za-z])|超声|心超|彩超|B超|X线|胸片|镜|血常规|肝功|肾功|血脂|(?<![低高])血糖|甲功|电解质|心电图|造影|骨密度"
)
_SCOPE = re.compile(
    r"(?i)\b(?:UEC|U&Es?|UECs|FBC|FBE|CBC|CMP|BMP|LFTs?|INR|HbA1c|A1c|CRP|TFTs?|RFTs?|electrolytes|bloods?)\b|\b\w*scopy\b|\bOGTT\b|\bbanding\b|\bscreening\b|镜"
)


def _each_visit(part: Span, dates: ChartDates) -> list[Span]:
    """``Podiatry 12/11, ID 24/11``: each visit with its own day; what has none belongs to the visit before it."""
    out: list[Span] = []
    dated = False
    for item in (h for i in list_items(part, ",，") for h in _halves(i, dates)):
        own = bool(dates.first(item.text) or _WHEN.search(item.text))
        words = len(re.findall(r"[A-Za-z]{3,}|[一-鿿]{2}", _WHEN.sub(" ", DATE.sub(" ", item.text))))
        if out and not (own and dated and words >= 1):
            out[-1] = part.sub(out[-1].start - part.start, item.end - part.start)
        else:
            out.append(item)
        dated = dated or own
    return out


def _halves(item: Span, dates: ChartDates) -> list[Span]:
    """``Nurse call 14 May and clinic 21 May``: two visits, each with its day."""
    for joint in re.finditer(r"\s(?:and|&|plus)\s", item.text):
        left, right = item.sub(0, joint.start()), item.sub(joint.end(), len(item.text))
        if dates.first(left.text) and dates.first(right.text) and _ARRANGED.search(right.text):
            return [left, right]
    return [item]


def _says_when(text: str, dates: ChartDates) -> bool:
    """An arrangement with a day, a period or a person; what is said to need none is no arrangement."""
    if RESULT_OF_REPEAT.search(text):
        return False
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


_BEHIND = re.compile(r"(?i)\b(?:was due|originally|instead of|since|taken|sent|done|last)\s+$")
"""Before a day that is past: ``Cycle 4 was due 31 May``."""


def _follow_up(span: Span, dates: ChartDates, document_id: str, *, incidental: bool = False) -> FollowUp:
    tokens = dates.tokens(span.text)
    ahead = [t for t in tokens if not _BEHIND.search(span.text[max(0, t.start - 16) : t.start])]
    token = next(iter(ahead or tokens), None)
    when = repeat_behind(span.text) or (span.text[token.start : token.end] if token else None)
    if when is None:
        period = WEEKS_OF_PREGNANCY.search(span.text) or _WHEN.search(span.text)
        when = period.group().strip() if period else None
    who = _WHO.search(span.text)
    return FollowUp(
        span.text, span.place(document_id), when, without_period(who.group()) if who else None, incidental
    )
