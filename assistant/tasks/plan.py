"""A personal care or rehabilitation plan: what the guidelines ask for this patient's problems, changed by the patient's facts.

Each recommendation is a guideline's sentence with edition and grade; each personal fact cites the record. Advice that an
alert stops is left out and the plan says so and why.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from assistant.domain.answer import Alert, Origin, Sentence, Verdict, Withheld
from assistant.domain.events import Event, SentenceShown, SentenceWithheld, Stage, StageName
from assistant.domain.evidence import Evidence
from assistant.domain.record import Assertion, MedicationPhase, Observation, PatientRecord, Place
from assistant.domain.stay import iso_date, sort_key
from assistant.safety.cross_checks import ordered_medicines
from assistant.safety.patient_state import patient_state
from assistant.tasks.base import SectionSpec, Task, Turn
from assistant.tasks.discharge_facts import allergy_sentences, follow_up_sentences
from assistant.tasks.gathering import Unit
from assistant.tasks.matching import Problem, fits_patient, pick, problems_of, sentences_of
from assistant.tasks.medicines import medicine_sentences
from assistant.tasks.ordering import check_orders, hold_back, review_first, without_proposals
from assistant.tasks.stating import day, record_evidence, ruled, stated, tidy
from assistant.tasks.writing import write
from assistant.verification.terms import canonical, terms_in

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
)
PER_GUIDELINE = {
    "goals": 3,
    "actions": 4,
    "monitoring": 3,
    "lifestyle_or_exercise": 3,
    "safety_limits": 3,
    "red_flags": 4,
    "follow_up": 2,
}
INSTRUCTIONS = {
    "en": "Write one or two sentences that say what this plan must take into account for this patient.",
    "zh": "用一到两句话写出本计划需要考虑的患者情况。",
}


def compose(turn: Turn) -> Iterator[Event]:
    record = turn.record
    rehab = turn.request.kind == "rehab"
    began = time.perf_counter()
    yield Stage(StageName.RETRIEVE)
    problems = problems_of(turn, record, rehab=rehab)
    state = patient_state(record, turn.services.formulary)
    units = _units(turn, record, problems, state.age_years)
    turn.retrieve_s = time.perf_counter() - began
    yield Stage(
        StageName.RETRIEVE, done=True, count=sum(map(len, units.values())), total=len(_guidelines(problems))
    )

    checked = yield from check_orders(turn, record, offered=[u.text for us in units.values() for u in us])
    yield Stage(StageName.COMPOSE)
    yield from _problems(turn, record, problems)
    left_out: list[tuple[Unit, Withheld]] = []
    for part in PER_GUIDELINE:
        for unit in units.get(part, ()):
            sentence = _from_guideline(turn, record, unit, part)
            held = hold_back(turn, sentence, checked.all)
            if held is not None:
                left_out.append((unit, held))
                yield SentenceWithheld(held)
                continue
            yield SentenceShown(part, sentence)
    for sentence in medicine_sentences(turn, record, checked.alerts):
        yield SentenceShown("medications", sentence)
    for sentence in _proposals(turn, record, checked.alerts):
        yield SentenceShown("medications", sentence)
    for sentence in follow_up_sentences(turn, record):
        yield SentenceShown("follow_up", sentence)
    yield from _cautions(turn, record, checked.alerts, left_out)
    yield Stage(StageName.COMPOSE, done=True)


_ACT = re.compile(
    r"^(?:Give|Use|Offer|Start|Stop|Treat|Consider|Check|Measure|Assess|Refer|Arrange|Plan|Review|Avoid|Do not|Add|Keep|Aim|Begin|"
    r"Continue|Reduce|Increase|Titrate|Screen|Teach|Advise|Encourage|Provide|Vaccinate|Choose|Combine|Monitor|Target|Prefer|Restart|Hold)\b"
    r"|\b(?:recommended|should|suggested|advised|preferred|first choice|indicated)\b|建议|推荐|应|首选|避免|给予",
)
"""Advice, as against definitions and background."""


_ACUTE = re.compile(
    r"\b(?:door|first medical contact|shock|resuscitation|within (?:\d+ )?(?:minutes?|hours?)|by day \d|thrombolysis|per hour|/hour)\b|"
    r"首次医疗接触|休克|复苏|溶栓|分钟内|小时内|导丝|第1小时",
    re.IGNORECASE,
)
"""Advice for the first hours: it belongs to the stay, not to a plan for the time after."""


def _belongs(text: str, part: str) -> bool:
    """True where the sentence is of use in a plan: advice rather than definition, and not for the first hours."""
    if part in ("goals", "actions", "monitoring") and _ACUTE.search(text):
        return False
    return part != "actions" or bool(_ACT.search(text))


def _guidelines(problems: Sequence[Problem]) -> set[str]:
    return {g.doc_id for p in problems for g in p.guidelines}


def _units(
    turn: Turn, record: PatientRecord, problems: Sequence[Problem], age: float | None
) -> dict[str, list[Unit]]:
    """Part → sentences for this patient, principal problem first, each guideline once."""
    library = turn.services.library
    if library is None:
        return {}
    words = {t.stem for s in record.statements[:400] for t in terms_in(s.text)}
    words |= {t.stem for c in record.conditions for t in terms_in(c.name)}
    drugs = {m.generic for m in record.medications if m.generic}
    units: dict[str, list[Unit]] = {}
    taken: set[str] = set()
    for problem in problems:
        for guideline in problem.guidelines:
            if guideline.doc_id in taken:
                continue
            taken.add(guideline.doc_id)
            for part, limit in PER_GUIDELINE.items():
                fitting = [
                    u
                    for u in sentences_of(library, guideline, part)
                    if fits_patient(u.text, record, age) and _belongs(u.text, part)
                ]
                chosen = pick(fitting, words, drugs, limit if len(taken) <= 3 else max(1, limit // 2))
                units.setdefault(part, []).extend(chosen)
    return units


def _problems(turn: Turn, record: PatientRecord, problems: Sequence[Problem]) -> Iterator[Event]:
    for problem in problems:
        names = ", ".join(f"{g.title} ({g.publisher} {g.edition})" for g in problem.guidelines)
        by = (
            turn.say(f"; plan after: {names}", f"；依据：{names}")
            if names
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


def _from_guideline(turn: Turn, record: PatientRecord, unit: Unit, part: str) -> Sentence:
    """A guideline's sentence; a goal also gets the patient's latest value and the date it is due."""
    evidence: list[Evidence] = [unit.evidence()]
    text = unit.text
    if part == "goals":
        latest = latest_value(record, unit.text)
        if latest is not None:
            now = f"{latest.value}{' ' + latest.unit if latest.unit and latest.unit not in latest.value else ''}"
            when = f" ({day(latest.time)})" if latest.time else ""
            text = f"{_open_end(text)} {turn.say('Latest on record', '最近记录')}: {latest.name} {now}{when}."
            evidence.append(record_evidence(record, latest.place, date=latest.time or ""))
        due = due_date(unit.text, _start(turn, record))
        if due is not None:
            text = f"{_open_end(text)} {turn.say('Due', '截止日期')}: {due.isoformat()}."
    elif part == "follow_up":
        due = due_date(unit.text, _start(turn, record))
        if due is not None:
            text = f"{_open_end(text)} {turn.say('By', '时间')}: {due.isoformat()}."
    return Sentence(text, Verdict.SUPPORTED, Origin.GUIDELINE, tuple(evidence))


def _open_end(text: str) -> str:
    return text if re.search(r"[.。!！?？\]]$", text) else text + "."


def _start(turn: Turn, record: PatientRecord) -> date:
    stay = record.encounter
    return (iso_date(stay.discharged) if stay and stay.discharged else None) or turn.services.today()


_SPAN = re.compile(
    r"\b(?:within|in|by|after|at)\s+(\d{1,2})(?:\s*(?:-|–|to)\s*(\d{1,2}))?\s*(day|week|month)s?\b|(\d{1,2})(?:[-–至](\d{1,2}))?\s*(天|周|个月)(?:内|后)",
    re.I,
)
_DAYS = {"day": 1, "week": 7, "month": 30, "天": 1, "周": 7, "个月": 30}


def due_date(text: str, start: date) -> date | None:
    """The date a guideline's "within 3 months" falls on, counted from ``start`` (months as calendar months)."""
    match = _SPAN.search(text)
    if not match:
        return None
    number = int(match.group(2) or match.group(1) or match.group(5) or match.group(4))
    unit = (match.group(3) or match.group(6)).lower()
    if _DAYS[unit] != 30:
        return start + timedelta(days=number * _DAYS[unit])
    month = start.month - 1 + number
    year, month = start.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(start.day, last))


def latest_value(record: PatientRecord, goal: str) -> Observation | None:
    """The newest valid result of the measure that opens a goal (``Blood pressure: below 130/80 …``)."""
    measure = canonical(re.split(r"[:：]", goal, maxsplit=1)[0]).casefold()
    wanted = {t.stem for t in terms_in(measure)}
    if not wanted or len(wanted) > 5:
        return None
    hits = [
        o
        for o in record.observations
        if o.assertion is Assertion.PRESENT
        and (words := {t.stem for t in terms_in(o.name)})
        and (words <= wanted or wanted <= words)
    ]
    return max(hits, key=lambda o: sort_key(o.time), default=None)


def _proposals(turn: Turn, record: PatientRecord, alerts: Sequence[Alert]) -> Iterator[Sentence]:
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


def _overlap(evidence: Evidence, place: Place) -> bool:
    return evidence.id == place.document_id and evidence.start < place.end and place.start < evidence.end


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
