"""Results that the chart last calls pending, and who is to follow them up.

Owns their names, owners and the question whether the result has come after all. Refuses what is awaited and gives no result: a
bed, an appointment, a letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from assistant.domain.record import PendingResult
from assistant.records.date_forms import DATE
from assistant.records.dates import ChartDates
from assistant.records.list_numbers import past_number
from assistant.records.observation_names import observation_names
from assistant.records.sections import Segment
from assistant.records.sentences import list_items
from assistant.records.text_spans import Span, inside


class _Rows(BaseModel):
    model_config = ConfigDict(extra="forbid")
    strong: list[str]
    weak: list[str]
    test: list[str]
    no_test: list[str]


@cache
def _words() -> dict[str, re.Pattern[str]]:
    raw = yaml.safe_load(Path(__file__).with_name("pending.yaml").read_text(encoding="utf-8"))
    rows = _Rows.model_validate(raw)
    return {k: re.compile("|".join(getattr(rows, k)), re.IGNORECASE) for k in _Rows.model_fields}


_ELSEWHERE = {"family_history", "home_medications", "social_history", "past_medical_history", "allergies"}
_AT_DISCHARGE = {"follow_up", "discharge_orders", "condition_at_discharge", "disposition", "instructions"}
_NOTHING = re.compile(
    r"(?i)\b(?:nothing|no (?:\w+ )?results?|none|nil)\b.{0,12}(?:pending|outstanding|awaited)|\bno (?:pending|outstanding)\b|无待|\bto be sent\b"
)
_UNTIL = re.compile(
    r"(?i)\b(?:held|hold|holding|withheld|continue|stay|NBM|nil by mouth|isolat\w+|empiric\w*)\b[^,;.]*\bpending\s+\w"
)
"""``hold metformin pending repeat creatinine`` says until when, not that a result is out."""
_OWNER = re.compile(
    r"(?P<doer>\b(?:(?:Dr|Mr|Mrs|Ms|Miss|Prof)\.? [A-Z][\w'’-]+(?:'s (?:office|team|clinic|secretary))?|GP|PCP|ID|[A-Z][a-z]+ (?:clinic|team|nurse)|(?:\w+ )?(?:clinic|team|nurse|surgeons?|consultant|midwife|ward|office|registrar)|(?i:rheum\w*|cardiology|nephrology|renal|hepatology|haematology|hematology|oncology|neurology|urology|gastro\w*|endocrine?\w*|microbiology|surgery)))"
    r"\s+(?:to|will|'ll|is|are|is to|following|follows?|chasing|f/u)\b"
    r"|(?:\s[-–—]+\s*|\(|（|\bby\s|->\s?|→\s?|\bto be chased by\s|\bwill be followed by\s|\bowner:?\s|\bresponsible:?\s)(?P<owner>(?:Dr\.? |Mr |Ms |Prof\.? )?[A-Z][\w'’./& -]{1,40}?)(?:\s(?:to|will|follows?|chas\w+)[^)]*)?(?:\)|）|\.?$)"
    r"|由(?P<zh>[一-鿿]{2,10}?)(?:负责|随访|追踪|跟进|联系|通知|查看|$|[，。；）)])|(?:——|—)(?P<zh2>[一-鿿]{2,10})(?:负责|随访|追踪|跟进)"
)
_GENERIC = re.compile(
    r"(?i)^(?:the |a |its? |formal |final |official )*(?:reports?|results?|read|final|it|this|that|these|formal|level|sensitivit\w+|报告|结果|检查结果|检验结果|化验|报告结果)?$"
)
_TRIM_AFTER = re.compile(
    r"(?i)(?:[\s:：,，—–-]|\b(?:is|are|was|were|still|currently|remains?|results?|to be|also|but|now|all|尚|仍|结果仍)\b)+$"
)
_DONE = re.compile(
    r"(?i)\s*(?:抽了|已抽|抽过|送了|留了|查了|已做|已完善|已送检|已送|已查|已行|已完成|送检|\b(?:(?:was|were|has been|have been) )?(?:done|taken|sent|performed|collected)\b.*)$"
)


def read_pending(
    segments: Sequence[Segment], dates: ChartDates, document_id: str, struck: Sequence[tuple[int, int]]
) -> list[PendingResult]:
    """The pending section, and what the chart last calls pending; beside a section only what the discharge says."""
    out: list[PendingResult] = []
    for segment in segments:
        if segment.section == "pending":
            for sentence in segment.statements:
                if out and tells_how_to_live(sentence.text):
                    continue
                if out and _IF.match(sentence.text):
                    out[-1] = _followed_by(out[-1], sentence, segment)
                    continue
                for item, then in _with_what_follows(list(list_items(sentence)), sentence):
                    _add(out, past_number(item, segment), sentence, dates, document_id, then=then)
    listed = bool(out)
    text = "".join(s.span.text for s in segments)
    for segment in segments:
        at_discharge = segment.note.discharge or segment.section in _AT_DISCHARGE
        if segment.section in {*_ELSEWHERE, "pending"} or (listed and not at_discharge):
            continue
        for sentence in segment.statements:
            if inside(struck, sentence.start) or _NOTHING.search(sentence.text):
                continue
            for name in _named(sentence, weak=segment.note.discharge):
                if not _resolved(name.text, text, sentence.text):
                    _add(out, sentence, sentence, dates, document_id, name=name)
    return out


def tells_how_to_live(text: str) -> bool:
    """Whether words behind the results tell what to do at home, and name no test."""
    return bool(_LIVES.search(text)) and not _is_test(text)


_LIVES = re.compile(r"回家|上学|幼儿园|休息|歇|休假|上班|饮食|运动|活动|洗澡|别玩|陪护|接走|接回")
"""Behind the results on one line: ``爸妈带回家，幼儿园歇两周``."""
_IF = re.compile(
    r"(?i)\W*(?:if|in case|should|when|once)\b(?=.{0,24}\b(?:positive|negative|abnormal|grows?|raised|low|high|malignan\w*|back|confirmed)\b)|\W*(?:若|如|一旦)(?:果)?.{0,8}(?:阳性|阴性|异常)"
)


def _with_what_follows(items: Sequence[Span], sentence: Span) -> list[tuple[Span, str | None]]:
    """``biopsy; if positive, quadruple therapy, no clarithromycin``: one result, and what is to be done with it."""
    at = next((n for n, item in enumerate(items) if n and _IF.match(item.text)), None)
    if at is None:
        return [(item, None) for item in items]
    then = sentence.text[items[at].start - sentence.start : items[-1].end - sentence.start].strip(" .。")
    return [*((item, None) for item in items[: at - 1]), (items[at - 1], then)]


def _followed_by(result: PendingResult, sentence: Span, segment: Segment) -> PendingResult:
    """The result with what the next sentence says to do with it."""
    then = sentence.text.strip(" .。")
    start = result.place.start - segment.span.start
    if start < 0 or result.then:
        return result
    whole = segment.span.sub(start, sentence.end - segment.span.start)
    return replace(result, then=then, place=whole.place(result.place.document_id))


def _named(sentence: Span, *, weak: bool) -> list[Span]:
    """The tests that the sentence calls pending: before the word, or behind it where it opens the clause."""
    text = sentence.text
    out = []
    for clause in _clauses(sentence):
        at = clause.start - sentence.start
        cue = (
            _words()["strong"].search(clause.text) or (weak and _words()["weak"].search(clause.text)) or None
        )
        if cue is None or _UNTIL.search(clause.text):
            continue
        if cue.group().startswith("送") and _CAME_BACK.search(text, at + cue.end()):
            continue
        start, end = at, at + cue.start()
        before = _TRIM_AFTER.sub("", text[start:end])
        before = text[start:end].rstrip() if _OF_A_MEETING.search(text[start:end].rstrip()) else before
        if len(before.strip(" -•(（[")) < 2 and cue.end() < len(clause.text):
            behind = re.match(r"[\s:：-]*(?P<name>[^,，;；.。()（）]+)", text[at + cue.end() :])
            behind = None if behind and _WHERE_OR_WHEN.match(behind["name"].strip()) else behind
            start, end = (
                (at + cue.end() + behind.start("name"), at + cue.end() + behind.end("name"))
                if behind
                else (start, end)
            )
        if (len(before.strip(" -•(（[")) < 2 and start == at) or _GENERIC.match(before.strip()):
            earlier = [c for c in _clauses(sentence) if c.end <= clause.start]
            while len(earlier) > 1 and _SPECIMEN_ONLY.fullmatch(earlier[-1].text.strip()):
                end = earlier[-2].end - sentence.start
                earlier.pop()
            start = earlier[-1].start - sentence.start if earlier else start
            start += _OTHER_TEST.match(text[start:end]).end()  # type: ignore[union-attr]
            whole = _TRIM_AFTER.sub("", text[start:end])
            taken = _DONE.search(whole.partition("，")[0].partition(",")[0])
            end = start + (taken.start() if taken and taken.start() > 1 else len(whole))
        else:
            end = start + len(before)
        name = _bare(sentence.sub(start, end))
        if _is_test(name.text) or _OF_A_MEETING.search(name.text):
            out += [*_listed_before(clause, sentence), name]
    return out


_SPECIMEN_ONLY = re.compile(
    r"(?:送检)?(?:标本|样本)(?:已?于?(?:20\d\d[-/.年])?\d{1,2}[-/.月]\d{1,2}日?)?\s?(?:已?(?:送检?|外送|留取|采集))?"
)
"""``粪便抗原，标本01-16送检，未回``: the test stands before what was sent for it."""
_OTHER_TEST = re.compile(r"(?:.*\s/\s)?(?:改(?:为|查|送|行|做)?(?=[一-鿿A-Za-z]{2}))?")
_CAME_BACK = re.compile(r"示|回报|证实|阳性|阴性|正常|异常|诊断")
_HAS_ITS_RESULT = re.compile(
    r"\d\s?(?:$|[a-zA-Zμ%/(（])|正常|异常|阴性|阳性|[见示高低]|↑|↓|已回|CT|MRI|X线|片|超声|B超|彩超|心电图"
)


def _listed_before(clause: Span, sentence: Span) -> list[Span]:
    """``GAD抗体、C肽：11-12 送检未回``: the tests of the same enumeration; one with its result ends it, a picture has its own report."""
    out: list[Span] = []
    start = clause.start
    for part in reversed([c for c in _clauses(sentence) if c.end <= clause.start]):
        joint = sentence.text[part.end - sentence.start : start - sentence.start].strip()
        name = _bare(part)
        if joint != "、" or _HAS_ITS_RESULT.search(part.text) or not _is_test(name.text):
            break
        out.insert(0, name)
        start = part.start
    return out


_OF_A_MEETING = re.compile(r"(?i)\bMDT (?:results?|outcome|decision|report|discussion)$")
"""``MDT result awaited``: no test, yet what it says is still to come."""
_LEAD = re.compile(
    r"\s*\|?\s*(?:待[查回报][:：]|(?:20\d\d[-/.年])?\d{1,2}[-/.月]\d{1,2}日?\s?(?:已?送检?|外送|抽取|留取|送)|(?:已|另)?送检?(?=[一-鿿A-Za-z]))\s*"
)
_SENT_BEFORE = re.compile(
    r"(?i)\s*(?:\(?\b(?:(?:was|were|has been|have been) )?(?:taken|sent|collected|drawn)\b[^|]*$|[（(]?(?:20\d\d[-/.年])?\d{1,2}[-/.月]\d{1,2}日?\s?(?:已?送检?|外送)[)）]?$|(?:已?送检?|已查|外送)$|(?<=[一-鿿])\s\d{1,2}[-/月]\d{1,2}日?$|(?<=[一-鿿A-Za-z)）])\s?[:：]\s?(?:20\d\d[-/.年])?\d{1,2}[-/.月]\d{1,2}日?$)"
)


def _bare(name: Span) -> Span:
    """The test alone: without its day, its label, the day it was sent, the row of its table and the sentence before a dash."""
    name = _undated(name)
    lead = _LEAD.match(name.text)
    if lead and lead.end() < len(name.text):
        name = name.sub(lead.end(), len(name.text))
    if "|" in name.text.strip(" |"):
        cells = [c for c in name.text.split("|") if re.search(r"\w", c)]
        at = name.text.index(cells[0])
        name = name.sub(at, at + len(cells[0]))
    meeting = re.search(r"(?i)\bMDT (?:results?|outcome|decision|report|discussion)$", name.text)
    dash = [m.end() for m in re.finditer(r"\s[-–—]\s", name.text)]
    if meeting or (dash and _is_test(name.text[dash[-1] :]) and not _is_test(name.text[: dash[-1]])):
        name = name.sub(meeting.start() if meeting else dash[-1], len(name.text))
    sent = _SENT_BEFORE.search(name.text)
    if sent and sent.start() > 1:
        name = name.sub(0, sent.start())
    if _OF_A_MEETING.search(name.text):
        return name
    return name.sub(0, len(_TRIM_AFTER.sub("", name.text)) or len(name.text))


_WHERE_OR_WHEN = re.compile(r"(?i)(?:at|on|as|from|by|yet|when|in|for|to)\b")


def _undated(name: Span) -> Span:
    """Without the day that opens the line."""
    day = DATE.match(name.text)
    lead = re.match(r"[\s:：,，–-]*", name.text[day.end() :]) if day else None
    return name.sub(day.end() + lead.end(), len(name.text)) if day and lead else name


def _clauses(sentence: Span) -> list[Span]:
    """Parts between commas; ``,`` inside brackets parts nothing, and a bracket that says it is its own part's word."""
    return list(list_items(sentence))


def names_a_test(text: str) -> bool:
    """Whether the words name a test that a laboratory or a department does."""
    return _words()["test"].search(text) is not None


def _is_test(name: str) -> bool:
    if not re.search(r"\w{2}", name) or len(name) > 90:
        return False
    if _words()["no_test"].search(name) and not re.search(
        r"(?i)\b(?:biops|histol|path|cultur|swab|report|result|films?\b)|病理|报告|结果", name
    ):
        return False
    parted = re.sub(
        r"(?<=[A-Za-z\d])(?=[一-鿿])|(?<=[一-鿿])(?=[A-Za-z])", " ", name
    )  # `ANA和ANCA` is two words
    test = _words()["test"]
    return bool(test.search(name) or test.search(parted) or observation_names()[0].search(name))


def _resolved(name: str, text: str, sentence: str) -> bool:
    """Whether a result of that name stands later in the chart."""
    words = re.findall(r"(?!(?:and|for|the)\b)[A-Za-z][\w-]{2,}|\b[A-Z]\w+", name)
    stem = re.escape(words[-1] if words and name.isascii() else name[-4:])
    at = text.find(sentence)
    return bool(
        re.search(
            rf"(?i){stem}\w*(?:[^.;\n]{{0,25}}(?:neg\b|negative|no growth|positive|grew|阴性|阳性|示|回报[:：])|[ \t]?[:：=]?[ \t]?[<>]?\d+(?:\.\d+)?(?![\d/]|[- ]?(?:monthly|weekly|yearly|months?|weeks?|years?|个?月|周|年)))",
            text[at + len(sentence) :],
        )
    )


_SIGNED_BY = re.compile(
    r"\W*(?:主治|住院|主任|副主任|经治|管床|记录|责任)?(?:医师|医生|护士|药师)\s?[:：]?\s?[一-鿿]{2,4}(?:\W|$)"
)
_SAYS_PENDING = re.compile(
    r"(?i)\W*(?:(?:以上|上述|检验|检查)?(?:结果|报告)?(?:均|都|尚|仍|还)?(?:未回报?|未出|待回报?|待报|未归|没回来?)|results? (?:still )?(?:pending|awaited|outstanding|not back))\W*"
)
"""``结果未回`` in a list says that the others are out, and is no test itself."""
_NONE = re.compile(r"(?i)^(?:none|nil|n/?a|no |nothing|无)\W*(?:pending|outstanding)?\W*$")


def _add(
    out: list[PendingResult],
    item: Span,
    sentence: Span,
    dates: ChartDates,
    document_id: str,
    *,
    name: Span | None = None,
    then: str | None = None,
) -> None:
    text = name.text if name else item.text
    if _SIGNED_BY.match(text):
        return
    if len(text) < 2 or _NONE.match(text) or _NOTHING.search(text) or _SAYS_PENDING.fullmatch(text):
        return
    behind = item.text[(name.end - item.start if name else 0) :]
    owner = _OWNER.search(behind)
    who = next((g for g in owner.groups() if g), None) if owner else None
    who = None if who and re.search(r"(?i)\b(?:results?|pending|awaited|outstanding)\b", who) else who
    if name is None:
        if owner and owner.start() > 2:
            text = item.text[: owner.start()]
        if out and re.match(
            r"(?i)^(?:to be |will be |(?:we|you|they|I) (?:will|would|can|should)\b|results? to |GP to |Dr |to )",
            text,
        ):
            return
        text = _SAID_TWICE.sub("", text.rstrip(" 。."))
        text = text[lead.end() :] if (lead := _LEAD.match(text)) else text
        text = _SENT_IN_BRACKETS.sub("", text)
    text = text.strip(" .。-–(（,，:：")
    text = _RESULT_OF.sub("", text)
    if any(_same(text, p.name) for p in out):
        return
    sent = re.search(r"(?i)\b(?:sent|taken|collected)\b", sentence.text)
    token = dates.first(sentence.text[sent.end() :]) if sent else None
    if sent is None and (before := _SENT_ZH.search(sentence.text)):
        token = dates.first(before["day"])
    end = sentence.text.index(then) + len(then) if then else item.end - sentence.start
    place = sentence.sub(item.start - sentence.start, end).place(document_id)
    out.append(PendingResult(text, place, who, dates.iso(token) if token else None, then))


_SENT_IN_BRACKETS = re.compile(
    r"(?<=.)\s?[（(](?:20\d\d[-/.年])?\d{1,2}[-/.月]\d{1,2}日?\s?(?:已?送检?|外送)[)）]$"
)
_RESULT_OF = re.compile(r"(?<=[A-Za-z一-鿿\d)）])\s?(?:检查|检验)?(?<!病理)(?:结果|报告)$")
"""``TSH 结果``: the test is the TSH."""
_SENT_ZH = re.compile(
    r"(?P<day>(?:20\d\d[-/.年])?\d{1,2}[-/.月]\d{1,2}日?)\s?(?:已)?(?:送检?|外送|送外院|留取|采集|抽取)"
)
_SAID_TWICE = re.compile(
    r"(?i)\s*[-–—:：]?\s*(?:still )?(?:pending|awaited|outstanding|待回报|待报|未回)\s*$"
)


def _same(a: str, b: str) -> bool:
    """``histology`` of the letter is the ``gallbladder histology`` of the list."""
    one, other = (re.sub(r"\W+", " ", t).casefold().strip() for t in (a, b))
    return one in other or other in one
