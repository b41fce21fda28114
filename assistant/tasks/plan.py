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
from assistant.domain.record import MedicationAction, MedicationPhase, PatientRecord
from assistant.safety.cross_checks import ordered_medicines
from assistant.safety.patient_state import patient_state
from assistant.tasks.base import SectionSpec, Task, Turn
from assistant.tasks.booked import Booked, arrangements, booked_for, due_by_record, later_than_advised
from assistant.tasks.check_in import schedule
from assistant.tasks.conflicts import conflict_sentences, differing_target, one_target_each
from assistant.tasks.discharge_facts import allergy_sentences
from assistant.tasks.fitting import Fit, discharge_day
from assistant.tasks.gathering import Unit
from assistant.tasks.goals import due_date, measure_of, own_target, percent_hba1c, reached, value_of
from assistant.tasks.matching import Problem, fits_patient, is_rehabilitation, pick, problems_of, sentences_of
from assistant.tasks.medicines import medicine_sentences
from assistant.tasks.ordering import check_orders, hold_back, review_first, without_proposals
from assistant.tasks.record_lines import lines_for_plan, measures, value_now
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
PER_GUIDELINE = {
    "goals": 3,
    "actions": 3,
    "monitoring": 3,
    "lifestyle_or_exercise": 3,
    "safety_limits": 3,
    "red_flags": 4,
    "follow_up": 2,
}
PER_PART = {
    "goals": 9,
    "actions": 9,
    "monitoring": 8,
    "lifestyle_or_exercise": 8,
    "safety_limits": 8,
    "red_flags": 9,
    "follow_up": 6,
}
REHAB_MORE = {"goals": 8, "monitoring": 5, "lifestyle_or_exercise": 14, "safety_limits": 4}
"""A rehabilitation guideline gives its whole programme: outcome measures, FITT, phases, progression, when to stop."""
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
    start = discharge_day(record, turn.services.today())
    state = patient_state(record, turn.services.formulary)
    fit = Fit.of(record, state, turn.services.formulary)
    units = _units(turn, record, problems, state.age_years, fit)
    units["goals"], differing = one_target_each(units.get("goals", []))
    booked = arrangements(record, start)
    lines = lines_for_plan(turn, record)
    turn.retrieve_s = time.perf_counter() - began
    yield Stage(
        StageName.RETRIEVE, done=True, count=sum(map(len, units.values())), total=len(_guidelines(problems))
    )

    offered = [u.text for us in units.values() for u in us]
    checked = yield from check_orders(turn, record, offered=offered)
    yield Stage(StageName.COMPOSE)
    yield from _problems(turn, record, problems)
    left_out: list[tuple[Unit, Withheld]] = []
    later: list[tuple[Unit, Booked, date]] = []
    for part in ("problems", *PER_GUIDELINE):
        own = [*lines[part], *(_measured(turn, record, rehab) if part == "monitoring" else ())]
        if part == "follow_up":
            own = [
                *_arranged(turn, record, booked, start),
                *own,
                *_awaited(turn, record),
                *_check_ins(turn, record),
            ]
        for sentence in own:
            held = hold_back(turn, sentence, checked.all)
            yield SentenceWithheld(held) if held is not None else SentenceShown(part, sentence)
        for unit in units.get(part, ()):
            if part == "follow_up" and (settled := booked_for(unit.text, booked, start)) is not None:
                latest = later_than_advised(unit.text, settled, start)
                if latest is not None:
                    later.append((unit, settled, latest))
                continue
            sentence = _from_guideline(turn, record, unit, part, booked)
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
    yield from _cautions(turn, record, checked.alerts, left_out)
    yield from changed_by_facts(turn, record, fit, differing, later)
    own_lines = [s for part in ("monitoring", "safety_limits", "red_flags") for s in lines[part]]
    for sentence in who_does_what(turn, record, booked, own_lines):
        yield SentenceShown("who_does_what", sentence)
    yield Stage(StageName.COMPOSE, done=True)


def changed_by_facts(
    turn: Turn,
    record: PatientRecord,
    fit: Fit,
    differing: Sequence[tuple[Unit, Unit]],
    later: Sequence[tuple[Unit, Booked, date]],
) -> Iterator[Event]:
    """Conflicts between guidelines, habits the record settles, and booked dates later than advised."""
    for sentence in conflict_sentences(turn, record):
        yield SentenceShown("cautions", sentence)
    for kept, other in differing:
        yield SentenceShown("cautions", differing_target(turn, kept, other))
    for habit, statement in fit.settled.items():
        why = fit.reason(habit, chinese=turn.language == "zh")
        text = f"{why}{turn.say(': ', '：')}{tidy(statement.text).rstrip('.。')}{turn.say('.', '。')}"
        yield SentenceShown("cautions", ruled(text, evidence=(record_evidence(record, statement.place),)))
    for unit, settled, latest in later:
        on = settled.on.isoformat() if settled.on else ""
        arranged = tidy(settled.follow_up.text).rstrip(".。")
        advice = re.sub(r"\s*\[[^\]]*\]\.?$", "", unit.text).rstrip(".。")
        text = turn.say(
            f"Booked later than advised: {arranged} is on {on}; the guideline asks by {latest.isoformat()} ({advice}). Ask for an earlier date or say why not.",
            f"预约晚于指南建议：{arranged}为{on}；指南建议不晚于{latest.isoformat()}（{advice}）。请提前或说明理由。",
        )
        evidence = (record_evidence(record, settled.follow_up.place), unit.evidence())
        yield SentenceShown("cautions", ruled(text, evidence=evidence))


def _arranged(turn: Turn, record: PatientRecord, booked: Sequence[Booked], start: date) -> Iterator[Sentence]:
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
        else:
            told += turn.say(". No date is recorded: book one.", "。病历未写日期：请预约。")
        yield stated(record, told, [f.place])


def _check_ins(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    """The calls after discharge with what is asked, each question by the condition that asks for it."""
    for visit in schedule(record, language=turn.language, today=turn.services.today()):
        asked = " ".join(q.text for q in visit.questions if q.because is not None)
        if not asked:
            continue
        evidence = {(q.because.id, q.because.start): q.because for q in visit.questions if q.because}
        text = turn.say(
            f"Check-in on day {visit.day} after discharge: {asked} Date: {visit.on.isoformat()}.",
            f"出院后第{visit.day}天随访询问：{asked} 日期：{visit.on.isoformat()}。",
        )
        yield ruled(text, evidence=tuple(evidence.values()))


def _awaited(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    for p in record.pending_results:
        owner = turn.say(f"; {p.owner}", f"；{p.owner}") if p.owner else ""
        yield stated(
            record,
            f"{turn.say('Result awaited', '待报结果')}{turn.say(': ', '：')}{tidy(p.name)}{owner}{turn.say('.', '。')}",
            [p.place],
        )


def _measured(turn: Turn, record: PatientRecord, rehab: bool) -> Iterator[Sentence]:
    """Outcome measures with the patient's own values, first and newest, and what was not measured yet."""
    for latest, first in measures(record):
        was = turn.say(f"; was {value_now(first)}", f"；此前{value_now(first)}") if first else ""
        text = f"{latest.name}{turn.say(': now ', '：现为')}{value_now(latest)}{was}{turn.say('.', '。')}"
        yield stated(record, text, [latest.place, *([first.place] if first else [])])


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


_OVER = re.compile(r"\b(?:resolved|treated|excluded|healed)\b|已愈|已缓解", re.IGNORECASE)
"""A problem that the record calls over: watched and followed up, no longer treated."""
_STILL = frozenset(("monitoring", "follow_up"))


def _units(
    turn: Turn, record: PatientRecord, problems: Sequence[Problem], age: float | None, fit: Fit
) -> dict[str, list[Unit]]:
    """Part → sentences for this patient, principal problem first, each guideline once, nothing said twice."""
    library = turn.services.library
    if library is None:
        return {}
    words = {t.stem for s in record.statements[:400] for t in terms_in(s.text)}
    words |= {t.stem for c in record.conditions for t in terms_in(c.name)}
    drugs = {m.generic for m in record.medications if m.generic}
    units: dict[str, list[Unit]] = {}
    taken: set[str] = set()
    for problem in problems:
        over = bool(_OVER.search(problem.condition.name))
        for guideline in problem.guidelines:
            if guideline.doc_id in taken:
                continue
            taken.add(guideline.doc_id)
            whole = turn.request.kind == "rehab" and bool(is_rehabilitation(guideline))
            for part, limit in PER_GUIDELINE.items():
                if over and part not in _STILL:
                    continue
                fitting = [
                    u
                    for u in sentences_of(library, guideline, part)
                    if fits_patient(u.text, record, age)
                    and _belongs(u.text, part)
                    and not fit.leaves_out(u.text, part)
                ]
                if part == "goals":
                    fitting.sort(key=lambda u: not _has_value(record, u))
                if whole and part == "lifestyle_or_exercise":
                    fitting.sort(
                        key=lambda u: not re.search(r"xercise|ehabilit|康复|运动", u.passage.section)
                    )
                share = limit if len(taken) <= 3 else max(1, limit // 2)
                share = REHAB_MORE.get(part, share) if whole else share
                chosen = fitting[:share] if part == "goals" or whole else pick(fitting, words, drugs, share)
                room = (REHAB_MORE.get(part, PER_PART[part]) if whole else PER_PART[part]) - len(
                    units.get(part, [])
                )
                units.setdefault(part, []).extend(
                    [u for u in chosen if not _repeats(u, units.get(part, []))][: max(0, room)]
                )
    return units


def _has_value(record: PatientRecord, unit: Unit) -> bool:
    measure = measure_of(unit.text)
    return measure is not None and value_of(record, measure) is not None


def _repeats(unit: Unit, others: Sequence[Unit]) -> bool:
    """True where another guideline's sentence says the same with the same figures."""
    words = {t.stem for t in terms_in(unit.text)}
    figures = re.findall(r"\d+", unit.text)
    return any(
        len(words & theirs) >= 0.6 * len(words | theirs) and figures == re.findall(r"\d+", other.text)
        for other in others
        if (theirs := {t.stem for t in terms_in(other.text)})
    )


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


def _from_guideline(
    turn: Turn, record: PatientRecord, unit: Unit, part: str, booked: Sequence[Booked] = ()
) -> Sentence:
    """A guideline's sentence; a goal also gets the own value now, whether it is reached, and the date it is due."""
    evidence: list[Evidence] = [unit.evidence()]
    text = unit.text
    start = discharge_day(record, turn.services.today())
    if part == "goals":
        text = _open_end(text)
        measure = measure_of(unit.text)
        now = value_of(record, measure) if measure is not None else None
        met = None
        if now is not None:
            met = reached(unit.text, now)
            when = f" ({now.when})" if now.when else ""
            percent = (
                f" = {percent_hba1c(now.number)} %"
                if now.measure == "hba1c" and now.unit == "mmol/mol" and now.number
                else ""
            )
            verdict = {True: turn.say(": reached, keep it", "：已达标，保持"), False: turn.say(": not reached yet", "：未达标")}  # fmt: skip
            own = own_target(turn, unit.text, now)
            text = f"{text} {turn.say('Latest on record', '最近记录')}: {now.text}{percent}{when}{verdict.get(met, '') if met is not None else ''}."
            text = f"{text} {own}" if own else text
            evidence += [record_evidence(record, p, date=now.when) for p in now.places]
        due = None if met else due_date(unit.text, start)
        if due is not None:
            text = f"{text} {turn.say('Due', '截止日期')}: {due.isoformat()}."
        else:
            text = f"{text} {turn.say('Review', '复核日期')}: {_review(booked, start).isoformat()}."
    elif part == "actions":
        found = _in_place(turn, record, unit.text)
        if found is not None:
            text = f"{_open_end(text)} {found[0]}"
            evidence.append(found[1])
    elif part == "follow_up":
        due = None if _ONLY_IF.search(unit.text) else due_date(unit.text, start)
        if due is not None:
            text = f"{_open_end(text)} {turn.say('By', '时间')}: {due.isoformat()}."
    return Sentence(text, Verdict.SUPPORTED, Origin.GUIDELINE, tuple(evidence))


_ONLY_IF = re.compile(r"\b(?:when|if|suspected|poor after|refer)\b|怀疑|如有|未达标|转诊", re.IGNORECASE)
"""A visit on a condition has no date until the condition is met."""


def _in_place(turn: Turn, record: PatientRecord, text: str) -> tuple[str, Evidence] | None:
    """The medicine by which this patient already follows the advice, in the record's words."""
    if not re.search(r"recommended|\b(?:Offer|Use|Start|Give|Treat)\b|should|应|推荐|首选", text):
        return None
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


def _review(booked: Sequence[Booked], start: date) -> date:
    """The first booked visit at least a week after discharge; twelve weeks after discharge where none is booked."""
    later = (b.on for b in booked if b.on is not None and b.on >= start + timedelta(days=7))
    return min(later, default=start + timedelta(weeks=12))


def _open_end(text: str) -> str:
    return text if re.search(r"[.。!！?？\]]$", text) else text + "."


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
