"""A personal care or rehabilitation plan: what the guidelines ask for this patient's problems, changed by the patient's facts.

Each recommendation is a guideline's sentence with edition and grade; each personal fact cites the record. Advice that an
alert stops is left out and the plan says so and why.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from assistant.domain.answer import Alert, Sentence, Withheld
from assistant.domain.events import Event, SentenceShown, SentenceWithheld, Stage, StageName
from assistant.domain.evidence import Evidence
from assistant.domain.record import PatientRecord
from assistant.safety.patient_state import patient_state
from assistant.tasks.base import SectionSpec, Task, Turn
from assistant.tasks.booked import Booked, arrangements, booked_for, later_than_advised
from assistant.tasks.conflicts import conflict_sentences, differing_target, one_target_each
from assistant.tasks.counting import counts_from
from assistant.tasks.discharge_facts import allergy_sentences
from assistant.tasks.findings import home_oxygen, lumps
from assistant.tasks.fitting import Fit, discharge_day
from assistant.tasks.gathering import Unit
from assistant.tasks.matching import Problem, is_rehabilitation, problems_of
from assistant.tasks.medicines import medicine_sentences
from assistant.tasks.ordering import check_orders, given_up, hold_back
from assistant.tasks.orders_left import orders_left
from assistant.tasks.own_orders import OwnOrders, outranked_sentences
from assistant.tasks.plan_advice import PER_GUIDELINE, advice_for, guideline_ids
from assistant.tasks.plan_sentences import arranged, awaited, check_ins, from_guideline, measured, proposals
from assistant.tasks.record_lines import line_of, lines_for_plan
from assistant.tasks.stating import record_evidence, ruled, stated, tidy
from assistant.tasks.who_does import who_does_what
from assistant.tasks.writing import write
from assistant.verification.terms import terms_in

SECTIONS = (
    SectionSpec("problems", "Problems", "问题"),
    SectionSpec("goals", "Goals", "目标"),
    SectionSpec("actions", "Actions", "措施"),
    SectionSpec("medications", "Medicines", "用药"),
    SectionSpec("monitoring", "Monitoring", "监测"),
    SectionSpec("lifestyle_or_exercise", "Lifestyle or exercise", "生活方式与锻炼"),
    SectionSpec("safety_limits", "Safety limits", "安全限度"),
    SectionSpec("red_flags", "Red flags", "警示症状"),
    SectionSpec("follow_up", "Follow-up", "随访"),
    SectionSpec("cautions", "Cautions for this patient", "个体化注意事项"),
    SectionSpec("who_does_what", "Who does what", "分工", required=False),
)
INSTRUCTIONS = {
    "en": "Write one or two sentences that say what this plan must take into account for this patient.",
    "zh": "用一到两句话写出本计划需要考虑的患者情况。",
}


@dataclass
class _Gathered:
    """What the plan is made from, and what came up while it was laid out."""

    problems: Sequence[Problem]
    start: date | None
    fit: Fit
    orders: OwnOrders
    units: dict[str, list[Unit]]
    differing: Sequence[tuple[Unit, Unit]]
    booked: Sequence[Booked]
    lines: dict[str, list[Sentence]]
    left_out: list[tuple[Unit, Withheld]] = field(default_factory=list)
    later: list[tuple[Unit, Booked, date]] = field(default_factory=list)
    """Booked visits later than a guideline advises, with the advised last day."""


def compose(turn: Turn) -> Iterator[Event]:
    record = turn.record
    yield Stage(StageName.RETRIEVE)
    began = time.perf_counter()
    found = _gather(turn, record)
    turn.retrieve_s = time.perf_counter() - began
    count, guidelines = sum(map(len, found.units.values())), len(guideline_ids(found.problems))
    yield Stage(StageName.RETRIEVE, done=True, count=count, total=guidelines)

    offered = [u.text for units in found.units.values() for u in units]
    checked = yield from check_orders(turn, record, offered=offered)
    yield Stage(StageName.COMPOSE)
    yield from _problems(turn, record, found.problems)
    for part in ("problems", *PER_GUIDELINE):
        yield from _own_lines(turn, record, part, found, checked.all)
        yield from _advice(turn, record, part, found, checked.all)
    for sentence in medicine_sentences(turn, record, checked.alerts):
        yield SentenceShown("medications", sentence)
    for sentence in proposals(turn, record, checked.alerts):
        yield SentenceShown("medications", sentence)
    yield from _cautions(turn, record, checked.alerts, found.left_out)
    yield from _changed_by_facts(turn, record, found)
    watched = [s for part in ("monitoring", "safety_limits", "red_flags") for s in found.lines[part]]
    for sentence in who_does_what(turn, record, found.booked, watched):
        yield SentenceShown("who_does_what", sentence)
    yield Stage(StageName.COMPOSE, done=True)


def _gather(turn: Turn, record: PatientRecord) -> _Gathered:
    problems = problems_of(turn, record, rehab=turn.request.kind == "rehab")
    today = turn.services.today()
    start = discharge_day(record, today)
    state = patient_state(record, turn.services.formulary)
    fit = Fit.of(record, state, turn.services.formulary)
    orders = OwnOrders.of(record)
    units = advice_for(turn, record, problems, state.age_years, fit, orders)
    units["goals"], differing = one_target_each(units.get("goals", []))
    booked = arrangements(record, start)
    lines = lines_for_plan(turn, record)
    to_do, warnings = orders_left(turn, record, [s for part in lines.values() for s in part])
    lines["actions"] += to_do
    lines["red_flags"] += warnings
    return _Gathered(problems, start, fit, orders, units, differing, booked, lines)


def _own_lines(
    turn: Turn, record: PatientRecord, part: str, found: _Gathered, alerts: tuple[Alert, ...]
) -> Iterator[Event]:
    """What the patient's own facts put into a part of the plan."""
    own = list(found.lines[part])
    if part == "monitoring":
        own += measured(turn, record)
    said = " ".join(s.text for s in own)
    if part == "actions":
        own += [line_of(turn, record, s) for s in home_oxygen(record) if tidy(s.text) not in said]
    if part == "follow_up":
        own += [line_of(turn, record, s) for s in lumps(record)]
        booked = arranged(turn, record, found.booked, found.start)
        own = [*booked, *own, *awaited(turn, record), *check_ins(turn, record)]
    for sentence in own:
        held = hold_back(turn, sentence, alerts)
        yield SentenceWithheld(held) if held is not None else SentenceShown(part, sentence)


def _advice(
    turn: Turn, record: PatientRecord, part: str, found: _Gathered, alerts: tuple[Alert, ...]
) -> Iterator[Event]:
    """The guidelines' sentences of a part, but for visits that are booked already and advice that an alert stops."""
    for unit in found.units.get(part, ()):
        start = counts_from(record, unit, found.start)
        if part == "follow_up" and (settled := booked_for(unit.text, found.booked, start)) is not None:
            latest = later_than_advised(unit.text, settled, start)
            if latest is not None:
                found.later.append((unit, settled, latest))
            continue
        sentence = from_guideline(turn, record, unit, part, found.booked)
        held = hold_back(turn, sentence, alerts) or given_up(turn, record, sentence, part)
        if held is not None:
            found.left_out.append((unit, held))
            yield SentenceWithheld(held)
            continue
        yield SentenceShown(part, sentence)


def _changed_by_facts(turn: Turn, record: PatientRecord, found: _Gathered) -> Iterator[Event]:
    """Conflicts between guidelines, habits the record settles, what dates count from, and booked dates later than advised."""
    for told in (_dating(turn, record, found.start), _no_programme(turn, found.problems)):
        if told:
            yield SentenceShown("cautions", ruled(told))
    for sentence in conflict_sentences(turn, record):
        yield SentenceShown("cautions", sentence)
    for sentence in outranked_sentences(turn, record, found.orders):
        yield SentenceShown("cautions", sentence)
    for kept, other in found.differing:
        yield SentenceShown("cautions", differing_target(turn, kept, other))
    for habit, statement in found.fit.settled.items():
        why = found.fit.reason(habit, chinese=turn.language == "zh")
        text = f"{why}{turn.say(': ', '：')}{tidy(statement.text).rstrip('.。')}{turn.say('.', '。')}"
        yield SentenceShown("cautions", ruled(text, evidence=(record_evidence(record, statement.place),)))
    for unit, settled, latest in found.later:
        on = settled.on.isoformat() if settled.on else ""
        visit = tidy(settled.follow_up.text).rstrip(".。")
        advice = re.sub(r"\s*\[[^\]]*\]\.?$", "", unit.text).rstrip(".。")
        text = turn.say(
            f"Booked later than advised: {visit} is on {on}; the guideline asks by {latest.isoformat()} ({advice}). Ask for an earlier date or say why not.",
            f"预约晚于指南建议：{visit}为{on}；指南建议不晚于{latest.isoformat()}（{advice}）。请提前或说明理由。",
        )
        evidence = (record_evidence(record, settled.follow_up.place), unit.evidence())
        yield SentenceShown("cautions", ruled(text, evidence=evidence))


def _dating(turn: Turn, record: PatientRecord, start: date | None) -> str:
    """What the dates of the plan count from, where it is not a day of discharge that the record gives."""
    if start is None:
        return turn.say(
            "The day of discharge could not be read from this record: no due dates are counted. Set them by hand.",
            "未能从病历读出出院日期，本计划不推算日期，请手工填写。",
        )
    if record.encounter is None or not record.encounter.discharged:
        return turn.say(
            f"The record gives no day of discharge: dates are counted from {start.isoformat()}.",
            f"病历未写出院日期，日期自{start.isoformat()}起推算。",
        )
    return ""


def _no_programme(turn: Turn, problems: Sequence[Problem]) -> str:
    """Says it where a rehabilitation plan has no rehabilitation guideline to follow."""
    if turn.request.kind != "rehab" or any(is_rehabilitation(g) for p in problems for g in p.guidelines):
        return ""
    return turn.say(
        "No rehabilitation guideline in this library is about these problems: what follows is their exercise advice and the record's own. A therapist must set the programme.",
        "本库没有针对这些问题的康复指南：以下为相关指南的运动建议和病历内容，训练方案须由康复治疗师制定。",
    )


def _problems(turn: Turn, record: PatientRecord, problems: Sequence[Problem]) -> Iterator[Event]:
    for problem in problems:
        names = ", ".join(f"{g.title} ({g.publisher} {g.edition})" for g in problem.guidelines)
        elsewhere = ", ".join(g.title for g in problem.elsewhere)
        by = (
            turn.say(f"; plan after: {names}", f"；依据：{names}")
            if names
            else turn.say(
                f"; no guideline in English in this library (in another language: {elsewhere})",
                f"；本库无对应中文指南（外文：{elsewhere}）",
            )
            if elsewhere
            else turn.say("; no guideline in this library", "；本库无对应指南")
        )
        text = f"{tidy(problem.condition.name)}{by}{turn.say('.', '。')}"
        yield SentenceShown("problems", stated(record, text, [problem.condition.place]))
    facts = [record_evidence(record, p.condition.place) for p in problems[:4]]
    facts += [record_evidence(record, a.place) for a in record.allergies[:2]]
    for item in write(
        turn, INSTRUCTIONS[turn.language], facts, max_new_tokens=80, budget_s=turn.services.draft_budget_s
    ):
        if isinstance(item, Withheld):
            yield SentenceWithheld(item)
        elif len(terms_in(item.text)) >= 3:
            yield SentenceShown("problems", item)


def _cautions(
    turn: Turn, record: PatientRecord, alerts: Sequence[Alert], left_out: Sequence[tuple[Unit, Withheld]]
) -> Iterator[Event]:
    """What of this patient changed the standard plan, and how."""
    for sentence in allergy_sentences(turn, record):
        yield SentenceShown("cautions", sentence)
    for alert in alerts:
        yield SentenceShown("cautions", replace(ruled(alert.text), evidence=alert.evidence))
    reasons: dict[str, list[Evidence]] = {}
    for unit, held in left_out:
        reasons.setdefault(held.reason, []).append(unit.evidence())
    for reason, evidence in reasons.items():
        titles = ", ".join(dict.fromkeys(f"{e.title}, {e.edition}" for e in evidence))
        text = turn.say(
            f"Left out of the standard plan ({titles}): advice to avoid here. {reason}",
            f"标准方案（{titles}）中应避免、未采用的建议：{reason}",
        )
        yield SentenceShown("cautions", ruled(text, evidence=tuple(evidence)))


TASK = Task(
    name="plan",
    en="Care plan",
    zh="照护计划",
    sections=SECTIONS,
    compose=compose,
    commands=("careplan", "rehab"),
    examples=("Make a care plan", "Write a rehabilitation plan", "制定照护计划", "制定康复计划"),
)
