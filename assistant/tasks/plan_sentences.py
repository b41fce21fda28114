"""The sentences of a plan that code states: arrangements, check-ins, results awaited, measures, proposals, and a guideline's
advice with what the record says to it.

Owns the wording. Refuses to know which part of the plan a sentence stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from assistant.domain.answer import Alert, Origin, Sentence, Verdict
from assistant.domain.evidence import Evidence
from assistant.domain.record import MedicationAction, MedicationPhase, PatientRecord
from assistant.safety.cross_checks import ordered_medicines
from assistant.tasks.base import Turn
from assistant.tasks.booked import Booked, asks_for_a_day, due_by_record
from assistant.tasks.check_in import schedule
from assistant.tasks.counting import due_for
from assistant.tasks.fitting import discharge_day
from assistant.tasks.gathering import Unit
from assistant.tasks.goals import Now, measure_of, own_target, percent_hba1c, reached, value_of
from assistant.tasks.ordering import review_first, without_proposals
from assistant.tasks.record_lines import measures, value_now
from assistant.tasks.stating import record_evidence, ruled, stated, tidy


def arranged(
    turn: Turn, record: PatientRecord, booked: Sequence[Booked], start: date | None
) -> Iterator[Sentence]:
    """The record's own arrangements with their calendar dates, in order of time."""
    for b in booked:
        f = b.follow_up
        text = re.sub(r"[.。]$", "", tidy(f.text))
        who = f.who if f.who and f.who not in f.text else ""
        told = f"{text}{turn.say('; ', '；')}{who}" if who else text
        if b.on is not None:
            told += turn.say(f". Date: {b.on.isoformat()}.", f"。日期：{b.on.isoformat()}。")
        elif (by := due_by_record(f, start)) is not None:
            told += turn.say(
                f". Counted from discharge: {by.isoformat()}.", f"。自出院日推算：{by.isoformat()}。"
            )
        elif asks_for_a_day(f.text):
            told += turn.say(". No date is recorded: book one.", "。病历未写日期：请预约。")
        else:
            told += turn.say(".", "。")
        yield stated(record, told, [f.place])


def check_ins(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    """The calls after discharge with what is asked, each question by the condition that asks for it."""
    visits = schedule(
        record, language=turn.language, today=turn.services.today(), formulary=turn.services.formulary
    )
    for visit in visits:
        asked = " ".join(q.text for q in visit.questions if q.because is not None)
        if not asked:
            continue
        evidence = {(q.because.id, q.because.start): q.because for q in visit.questions if q.because}
        text = turn.say(
            f"Check-in on day {visit.day} after discharge: {asked} Date: {visit.on.isoformat()}.",
            f"出院后第{visit.day}天随访询问：{asked} 日期：{visit.on.isoformat()}。",
        )
        yield ruled(text, evidence=tuple(evidence.values()))


def awaited(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    for p in record.pending_results:
        owner = turn.say(f"; {p.owner}", f"；{p.owner}") if p.owner else ""
        yield stated(
            record,
            f"{turn.say('Result awaited', '待报结果')}{turn.say(': ', '：')}{tidy(p.name)}{owner}{turn.say('.', '。')}",
            [p.place],
        )


def measured(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    """Outcome measures with the patient's own values, first and newest, and what was not measured yet."""
    for latest, first in measures(record):
        was = turn.say(f"; was {value_now(first)}", f"；此前{value_now(first)}") if first else ""
        text = f"{latest.name}{turn.say(': now ', '：现为')}{value_now(latest)}{was}{turn.say('.', '。')}"
        yield stated(record, text, [latest.place, *([first.place] if first else [])])


def from_guideline(
    turn: Turn, record: PatientRecord, unit: Unit, part: str, booked: Sequence[Booked] = ()
) -> Sentence:
    """A guideline's sentence; a goal also gets the own value now, whether it is reached, and the date it is due."""
    if part == "goals":
        return _goal(turn, record, unit, booked)
    evidence: list[Evidence] = [unit.evidence()]
    text = unit.text
    if part == "actions":
        found = _in_place(turn, record, unit.text)
        if found is not None:
            text = f"{_open_end(text)} {found[0]}"
            evidence.append(found[1])
    elif part == "follow_up" and not _ONLY_IF.search(unit.text):
        due = due_for(record, unit, discharge_day(record, turn.services.today()))
        if due is not None:
            text = f"{_open_end(text)} {turn.say('By', '时间')}: {due.isoformat()}."
    return Sentence(text, Verdict.SUPPORTED, Origin.GUIDELINE, tuple(evidence))


def _goal(turn: Turn, record: PatientRecord, unit: Unit, booked: Sequence[Booked]) -> Sentence:
    """The target, the patient's own newest value, and the day by which it is due or looked at again."""
    evidence: list[Evidence] = [unit.evidence()]
    text = _open_end(unit.text)
    start = discharge_day(record, turn.services.today())
    measure = measure_of(unit.text)
    now = value_of(record, measure) if measure is not None else None
    met = reached(unit.text, now) if now is not None else None
    if now is not None:
        text = f"{text} {_value_line(turn, now, met)}"
        own = own_target(turn, unit.text, now)
        text = f"{text} {own}" if own else text
        evidence += [record_evidence(record, p, date=now.when) for p in now.places]
    due = None if met else due_for(record, unit, start)
    if due is not None:
        text = f"{text} {turn.say('Due', '截止日期')}: {due.isoformat()}."
    elif (review := _review(booked, start)) is not None:
        text = f"{text} {turn.say('Review', '复核日期')}: {review.isoformat()}."
    return Sentence(text, Verdict.SUPPORTED, Origin.GUIDELINE, tuple(evidence))


def _value_line(turn: Turn, now: Now, met: bool | None) -> str:
    """``Latest on record: 8.4 % (2026-03-02): not reached yet.``"""
    when = f" ({now.when})" if now.when else ""
    percent = ""
    if now.measure == "hba1c" and now.unit == "mmol/mol" and now.number:
        percent = f" = {percent_hba1c(now.number)} %"
    verdict = ""
    if met is not None:
        verdict = (
            turn.say(": reached, keep it", "：已达标，保持")
            if met
            else turn.say(": not reached yet", "：未达标")
        )
    return f"{turn.say('Latest on record', '最近记录')}: {now.text}{percent}{when}{verdict}."


_ONLY_IF = re.compile(r"\b(?:when|if|suspected|poor after|refer)\b|怀疑|如有|未达标|转诊", re.IGNORECASE)
"""A visit on a condition has no date until the condition is met."""


_AGAINST = re.compile(
    r"\b(?:not (?:be )?(?:recommended|used?|offered|given|started|routine\w*)|do not|should not|avoid|stop|instead of)\b|不推荐|不建议|不应|避免|禁用|停用",
    re.IGNORECASE,
)
_RATHER_THAN = re.compile(
    r"\bin preference to\b|\brather than\b|\bpreferred (?:over|to)\b|\bover\b|优于|而非|而不是", re.IGNORECASE
)
"""What stands behind it is what the advice is not for."""
_FOR_WHOM = re.compile(r"^(?:In|For|After|With|When|If)\b[^,]*,\s|^[^，。]{2,40}(?:者|时|患者|后)，")
"""``In type 2 diabetes not at goal on metformin, a GLP-1 receptor agonist ...``: metformin is not what is advised."""


def _in_place(turn: Turn, record: PatientRecord, text: str) -> tuple[str, Evidence] | None:
    """The medicine by which this patient already follows the advice, in the record's words."""
    if not re.search(r"recommended|\b(?:Offer|Use|Start|Give|Treat)\b|should|应|推荐|首选", text):
        return None
    if _AGAINST.search(text):
        return None
    text = _FOR_WHOM.sub("", _RATHER_THAN.split(text, maxsplit=1)[0])
    formulary = turn.services.formulary
    drugs = {m.generic for m in formulary.names_in(text)}
    classes = {c.drug_class for c in formulary.classes_in(text)}
    for m in record.medications:
        if m.phase is not MedicationPhase.DISCHARGE or m.action is not MedicationAction.TAKE or not m.generic:
            continue
        if m.generic in drugs or classes & formulary.tags(m.generic):
            how = " ".join(dict.fromkeys(p for p in (m.dose, m.frequency) if p))
            said = f"{m.name} {how}".strip()
            return turn.say(f"In place: {said}.", f"已在用：{said}。"), record_evidence(record, m.place)
    return None


def _review(booked: Sequence[Booked], start: date | None) -> date | None:
    """The first booked visit at least a week after discharge; twelve weeks after discharge where none is booked."""
    if start is None:
        return None
    later = (b.on for b in booked if b.on is not None and b.on >= start + timedelta(days=7))
    return min(later, default=start + timedelta(weeks=12))


def _open_end(text: str) -> str:
    return text if re.search(r"[.。!！?？\]]$", text) else text + "."


def proposals(turn: Turn, record: PatientRecord, alerts: Sequence[Alert]) -> Iterator[Sentence]:
    """What the record proposes and has not yet ordered: as proposed where nothing speaks against it, else as a question."""
    formulary = turn.services.formulary
    standing = without_proposals(turn, record).medications
    listed = {m.generic for m in standing if m.generic and m.phase is not MedicationPhase.INPATIENT}
    weigh = review_first(alerts)
    said: set[str] = set()
    for order in ordered_medicines(record, formulary=formulary):
        if (
            not order.proposed
            or order.generic in listed
            or order.evidence is None
            or order.evidence.quote in said
        ):
            continue
        said.add(order.evidence.quote)
        named = {order.generic} | {m.generic for m in formulary.names_in(order.evidence.quote)}
        against = list(dict.fromkeys(a.text for drug in sorted(named) for a in weigh.get(drug, ())))
        if against:
            text = turn.say(
                f"Do not start {order.name} as proposed in the record until a clinician has settled: {' '.join(against)}",
                f"临床医生核实前不要按病历中的拟定方案使用{order.name}：{''.join(against)}",
            )
            yield ruled(text, evidence=(order.evidence,))
            continue
        quote = tidy(order.evidence.quote)
        text = turn.say(f"Proposed in the record: {quote}", f"病历拟定：{quote}")
        yield Sentence(text, Verdict.SUPPORTED, Origin.RECORD, (order.evidence,))
