"""The hospital course: what happened, day by day. The model words it from numbered statements of the record; what it does
not cover, or words wrongly, stands in the record's own words. Structured records give dated events instead of notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from assistant.domain.answer import Sentence, Withheld
from assistant.domain.events import Event, SentenceShown, SentenceWithheld
from assistant.domain.record import Assertion, PatientRecord, Place, ProcedureStatus, Statement
from assistant.domain.stay import Period, period_of, sort_key
from assistant.tasks.base import Turn
from assistant.tasks.stating import day, record_evidence, stated, tidy
from assistant.tasks.writing import write
from assistant.verification.terms import terms_in

COURSE_SECTIONS = (
    "assessment",
    "plan",
    "progress",
    "consult",
    "treatment",
    "procedure",
    "nursing",
    "therapy",
    "course",
)
MAX_SHARE = 0.3
"""Largest part of the record's characters that the quoted course may take: a summary is not a copy."""
MIN_CHARS = 1200
FACTS_PER_CALL = 6
COVERED_SHARE = 0.7
"""A statement need not be quoted where checked model sentences hold this share of its content words."""
INSTRUCTIONS = {
    "en": "Write what happened in one or two sentences.",
    "zh": "用一到两句话写出发生了什么。",
}
_WEIGHTS = (
    (4, r"\b(?:stop\w*|held|hold|withheld|discontinu\w*|switch\w*|chang\w*|start\w*|commenc\w*|increas\w*|reduc\w*|replac\w*|resum\w*|restart\w*|wean\w*)\b|停|改|加量|减量|加用|暂停|恢复"),
    (4, r"\bcancel\w*|\bnot (?:needed|done|required|given)\b|取消|未行|未输|未予"),
    (4, r"\b(?:exclud\w+|ruled out|no evidence|negative for|diagnos\w+|confirm\w+|consistent with|likely|secondary to|due to|caus\w+)\b|排除|诊断|考虑|证实|所致"),
    (3, r"\b(?:transfus\w+|intubat\w*|ventilat\w*|surgery|operation|drain\w*|scope|endoscop\w+|biops\w+|catheter\w*|dialysis|ICU|HDU|theatre|OR)\b|手术|输血|置管|穿刺|内镜|转入"),
    (3, r"\b(?:incidental\w*|toxic\w*|interaction|reaction|allerg\w*|fall|bleed\w*|delirium|complicat\w*|fever|pressure (?:sore|injury))\b|偶然发现|中毒|过敏|出血|跌倒|并发"),
    (2, r"\b\d+(?:\.\d+)?\s*(?:mg|mcg|g|units?|mL)\b|\d+\s*(?:mg|g|ml|单位)"),
    (1, r"\b(?:improv\w+|better|worse\w*|stable|afebrile|tolerat\w+|mobil\w+|walk\w*)\b|好转|改善|加重|平稳"),
)  # fmt: skip
_PATTERNS = [(weight, re.compile(pattern, re.IGNORECASE)) for weight, pattern in _WEIGHTS]


def hospital_course(turn: Turn, record: PatientRecord) -> Iterator[Event]:
    """Sentences of the course in time order, each shown as soon as it is checked."""
    chosen = _chosen(record)
    if not chosen:
        yield from _events_of(turn, record)
        return
    left_s = turn.services.draft_budget_s
    for date, statements in groupby(chosen, key=lambda s: day(s.date)):
        group = list(statements)
        for start in range(0, len(group), FACTS_PER_CALL):
            began = turn.model_s
            yield from _tell(turn, record, date, group[start : start + FACTS_PER_CALL], left_s)
            left_s -= turn.model_s - began


def _tell(
    turn: Turn, record: PatientRecord, date: str, group: Sequence[Statement], left_s: float
) -> Iterator[Event]:
    evidence = [record_evidence(record, s.place, date=s.date or "", section=s.section) for s in group]
    told: list[Sentence] = []
    lead = f"{date}{turn.say(': ', '：')}" if date else ""
    for item in write(turn, INSTRUCTIONS[turn.language], evidence, max_new_tokens=96, budget_s=left_s):
        if isinstance(item, Withheld):
            yield SentenceWithheld(item)
        elif _worth(item):
            told.append(item)
            yield SentenceShown("hospital_course", _dated(item, lead))
    for statement in group:
        if not _covered(statement, told):
            text = tidy(statement.text)
            ended = text if re.search(r"[.!?。！？]$", text) else text + turn.say(".", "。")
            yield SentenceShown(
                "hospital_course", stated(record, lead + ended, [statement.place], date=statement.date or "")
            )


def _dated(sentence: Sentence, lead: str) -> Sentence:
    from dataclasses import replace

    return replace(sentence, text=lead + sentence.text)


def _worth(sentence: Sentence) -> bool:
    """A checked sentence of one or two content words says too little to be shown."""
    return len(terms_in(sentence.text)) >= 3


def _covered(statement: Statement, told: Sequence[Sentence]) -> bool:
    wanted = {t.stem for t in terms_in(statement.text)}
    here = (statement.place.document_id, statement.place.start)
    words = {
        t.stem for s in told for t in terms_in(s.text) if any((e.id, e.start) == here for e in s.evidence)
    }
    figures = set(re.findall(r"\d+(?:\.\d+)?", statement.text))
    said = " ".join(s.text for s in told)
    return (
        bool(wanted)
        and len(wanted & words) >= COVERED_SHARE * len(wanted)
        and all(f in said for f in figures)
    )


def weight(text: str) -> int:
    """How much a statement matters to a reader of the course; 0 for routine."""
    return sum(points for points, pattern in _PATTERNS if pattern.search(text))


def _chosen(record: PatientRecord) -> list[Statement]:
    """The statements that matter most within the share allowed, in time order."""
    candidates = [
        s
        for s in record.statements_in(*COURSE_SECTIONS)
        if s.assertion not in (Assertion.ERRONEOUS, Assertion.FAMILY)
        and period_of(s.date, record.encounter) in (Period.DURING, Period.UNKNOWN)
    ]
    limit = max(MIN_CHARS, int(MAX_SHARE * sum(len(d.text) for d in record.documents)))
    ranked = sorted(enumerate(candidates), key=lambda item: (-weight(item[1].text), item[0]))
    kept: list[tuple[int, Statement]] = []
    used = 0
    seen: set[str] = set()
    for index, statement in ranked:
        plain = re.sub(r"\W+", "", statement.text).casefold()
        if weight(statement.text) < 2 or plain in seen or used + len(statement.text) > limit:
            continue
        seen.add(plain)
        used += len(statement.text)
        kept.append((index, statement))
    kept.sort(key=lambda item: (sort_key(day(item[1].date)), item[0]))
    return [statement for _, statement in kept]


def _events_of(turn: Turn, record: PatientRecord) -> Iterator[Event]:
    """Dated events of a structured record: what was found, done and given during the stay."""
    stay = record.encounter
    events: list[tuple[str, str, Place]] = []
    for c in record.conditions:
        if c.onset and c.assertion is Assertion.PRESENT and period_of(c.onset, stay) is Period.DURING:
            events.append((c.onset, turn.say(f"{c.name} was recorded.", f"记录诊断：{c.name}。"), c.place))
    for p in record.procedures:
        if p.date and p.status is ProcedureStatus.DONE and period_of(p.date, stay) is Period.DURING:
            events.append((p.date, turn.say(f"{p.name} was done.", f"完成：{p.name}。"), p.place))
    for m in record.medications:
        if m.date and period_of(m.date, stay) is Period.DURING and m.action.value == "take":
            events.append((m.date, turn.say(f"{m.name} was ordered.", f"开具：{m.name}。"), m.place))
    for s in record.statements:
        if s.section == "diagnostic_report" and period_of(s.date, stay) is Period.DURING:
            events.append((s.date or "", tidy(s.text) + turn.say(".", "。"), s.place))
    seen: set[tuple[str, str]] = set()
    for moment, text, place in sorted(events, key=lambda e: sort_key(e[0])):
        key = (day(moment), text)
        if key in seen:
            continue
        seen.add(key)
        lead = f"{day(moment)}{turn.say(': ', '：')}"
        yield SentenceShown("hospital_course", stated(record, lead + text, [place], date=moment))
    if not seen and stay and stay.reason and stay.places:
        text = turn.say(
            f"Admitted for {stay.reason}; no notes of the stay are in this record.",
            f"因{stay.reason}入院；本记录中没有住院期间的病程。",
        )
        yield SentenceShown("hospital_course", stated(record, text, stay.places))
