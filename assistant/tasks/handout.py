"""What the patient takes home: plain words, every dose, date and warning kept, and questions to teach back.

Sections after AHRQ's IDEAL discharge planning: life at home, medicines, warning signs, test results, appointments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.domain.answer import Alert, MedicationChange, Origin, Sentence, Verdict, Withheld
from assistant.domain.events import Event, SentenceShown, SentenceWithheld, Stage, StageName
from assistant.domain.medicines import ReconciledMedicine
from assistant.domain.record import Assertion, DiagnosisRole, PatientRecord
from assistant.records.reconcile import reconcile
from assistant.safety.patient_state import patient_state
from assistant.tasks.base import SectionSpec, Task, Turn
from assistant.tasks.discharge_facts import URGENT, instruction_statements, when_and_who
from assistant.tasks.gathering import Unit
from assistant.tasks.matching import Problem, fits_patient, problems_of, sentences_of
from assistant.tasks.medicines import full_name, left_open
from assistant.tasks.ordering import check_orders, hold_back, stopped_drugs, without_proposals
from assistant.tasks.plain_words import in_plain_words, plain_frequency, plain_route
from assistant.tasks.stating import record_evidence, ruled, stated, tidy
from assistant.tasks.writing import write
from assistant.verification.terms import terms_in

SECTIONS = (
    SectionSpec("why_in_hospital", "Why you were in hospital", "您为什么住院"),
    SectionSpec("medicines", "Your medicines", "您的药物"),
    SectionSpec("life_at_home", "Life at home", "在家怎么做"),
    SectionSpec("warning_signs", "Get help", "何时求助"),
    SectionSpec("tests", "Test results still to come", "还没出的检查结果"),
    SectionSpec("appointments", "Your appointments", "您的复诊"),
    SectionSpec("allergies", "Your allergies", "您的过敏"),
    SectionSpec("teach_back", "Show that you know", "请您说一说"),
)
PER_GUIDELINE = 6
INSTRUCTIONS = {
    "en": "Write one or two short sentences to the patient, with easy words, that say why they were in hospital.",
    "zh": "用一到两句简短易懂的话告诉患者为什么住院。",
}


def compose(turn: Turn) -> Iterator[Event]:
    record = turn.record
    alerts = (yield from check_orders(turn, record)).alerts
    yield Stage(StageName.RETRIEVE)
    problems = problems_of(turn, record)
    yield Stage(StageName.RETRIEVE, done=True, count=sum(len(p.guidelines) for p in problems))

    yield Stage(StageName.COMPOSE)
    yield from _why(turn, record)
    medicines = reconcile(without_proposals(turn, record), turn.services.formulary)
    for sentence in _medicines(turn, record, medicines, alerts):
        yield SentenceShown("medicines", sentence)
    yield from _home_and_warnings(turn, record, problems, alerts)
    for sentence in _tests(turn, record):
        yield SentenceShown("tests", sentence)
    for sentence in _appointments(turn, record):
        yield SentenceShown("appointments", sentence)
    for sentence in _allergies(turn, record):
        yield SentenceShown("allergies", sentence)
    for sentence in _teach_back(turn, record, medicines):
        yield SentenceShown("teach_back", sentence)
    yield Stage(StageName.COMPOSE, done=True)


def _why(turn: Turn, record: PatientRecord) -> Iterator[Event]:
    chosen = [
        c
        for c in record.conditions
        if c.assertion is Assertion.PRESENT and c.role in (DiagnosisRole.PRINCIPAL, DiagnosisRole.SECONDARY)
    ]
    facts = [record_evidence(record, c.place) for c in chosen[:4]]
    for item in write(
        turn, INSTRUCTIONS[turn.language], facts, max_new_tokens=64, budget_s=turn.services.draft_budget_s
    ):
        if isinstance(item, Withheld):
            yield SentenceWithheld(item)
        elif len(terms_in(item.text)) >= 3:
            yield SentenceShown("why_in_hospital", item)
    for c in chosen[:5]:
        name = tidy(c.name)
        plain = in_plain_words(name, turn.language)
        told = f"{plain} ({name})" if plain else name
        text = turn.say(f"You were treated for: {told}.", f"您因以下疾病接受治疗：{told}。")
        yield SentenceShown("why_in_hospital", stated(record, text, [c.place]))
    if not chosen and record.encounter and record.encounter.reason:
        reason = record.encounter.reason
        plain = in_plain_words(reason, turn.language)
        text = turn.say(
            f"You came because of: {plain or reason}.", f"您因为以下原因住院：{plain or reason}。"
        )
        yield SentenceShown("why_in_hospital", stated(record, text, record.encounter.places))


def _medicines(
    turn: Turn, record: PatientRecord, medicines: Sequence[ReconciledMedicine], alerts: Sequence[Alert]
) -> Iterator[Sentence]:
    stopped = stopped_drugs(alerts)
    for medicine in medicines:
        places = [s.place for s in medicine.statements]
        alert = stopped.get(medicine.generic or "")
        if alert is not None and medicine.change is not MedicationChange.STOPPED:
            text = turn.say(
                f"Do not take {medicine.name} until your doctor has checked it.",
                f"医生核实之前不要服用{medicine.name}。",
            )
            yield stated(record, text, places, change=medicine.change)
            continue
        yield stated(record, _plain_medicine(turn, medicine), places, change=medicine.change)
    if not medicines:
        yield ruled(
            turn.say(
                "No medicines to take home are recorded. Ask your care team.",
                "病历中没有带回家的药。请询问医护人员。",
            )
        )


def _plain_medicine(turn: Turn, medicine: ReconciledMedicine) -> str:
    zh = turn.language == "zh"
    name = full_name(medicine)
    if left_open(medicine):
        # Silence in a list is no order to stop: a patient who stops an anticoagulant on it may have a stroke.
        return (
            f"出院前请问医生：{name}还要不要继续用？"
            if zh
            else f"Ask before you leave: should you go on with {name}?"
        )
    if medicine.change is MedicationChange.STOPPED:
        if medicine.held:
            when = tidy(medicine.restart_condition or "")
            if when:
                return (
                    f"暂时停用{name}。恢复条件：{when}。"
                    if zh
                    else f"Stop {name} for now. When to start again: {when}."
                )
            return (
                f"暂时停用{name}。请问医生何时恢复。"
                if zh
                else f"Stop {name} for now. Ask when to start it again."
            )
        return f"停用{name}。不要再吃。" if zh else f"Stop {name}. Do not take it any more."
    how = " ".join(
        p
        for p in (
            medicine.dose or "",
            plain_route(medicine.route or "", turn.language),
            plain_frequency(medicine.frequency or "", turn.language),
        )
        if p
    )
    until = f", {tidy(medicine.duration)}" if medicine.duration else ""
    word = {
        MedicationChange.NEW: turn.say("This one is new.", "这是新加的药。"),
        MedicationChange.CHANGED: turn.say("The dose has changed.", "剂量有变化。"),
        MedicationChange.CONTINUED: turn.say("This is the same as before.", "和以前一样。"),
    }[medicine.change]
    old = ""
    if medicine.change is MedicationChange.CHANGED and medicine.previous_dose:
        old = turn.say(f" Before: {medicine.previous_dose}.", f"以前是 {medicine.previous_dose}。")
    if zh:
        return f"{name} {how}{until}。{word}{old}"
    return f"Take {name} {how}{until}. {word}{old}"


def _home_and_warnings(
    turn: Turn, record: PatientRecord, problems: Sequence[Problem], alerts: Sequence[Alert]
) -> Iterator[Event]:
    """First what the team wrote for this patient, then the patient pages of the guidelines about their problems."""
    for statement in instruction_statements(record):
        key = "warning_signs" if URGENT.search(statement.text) else "life_at_home"
        text = tidy(statement.text)
        yield SentenceShown(
            key,
            stated(
                record, text + ("" if text.endswith((".", "。")) else turn.say(".", "。")), [statement.place]
            ),
        )
    library = turn.services.library
    if library is None:
        return
    age = patient_state(record, turn.services.formulary).age_years
    taken: set[str] = set()
    for problem in problems[:4]:
        for guideline in problem.guidelines[:1]:
            if guideline.doc_id in taken or guideline.language != turn.language:
                continue
            taken.add(guideline.doc_id)
            units: list[Unit] = [
                u
                for u in sentences_of(library, guideline, "for_patients")
                if fits_patient(u.text, record, age)
            ]
            for unit in units[: PER_GUIDELINE * 2]:
                key = "warning_signs" if URGENT.search(unit.text) else "life_at_home"
                sentence = Sentence(unit.text, Verdict.SUPPORTED, Origin.GUIDELINE, (unit.evidence(),))
                held = hold_back(turn, sentence, alerts)
                yield SentenceWithheld(held) if held else SentenceShown(key, sentence)
    line = turn.say(
        "If you feel very unwell, call your emergency number or go to the emergency department.",
        "如果感觉很不舒服，请拨打 120 或去急诊。",
    )
    yield SentenceShown("warning_signs", ruled(line))


def _tests(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    for p in record.pending_results:
        who = (
            turn.say(f" {p.owner} will follow it up.", f"由{p.owner}跟进。")
            if p.owner
            else turn.say(" Ask who will call you.", "请问清由谁通知您。")
        )
        yield stated(
            record,
            turn.say(f"We are waiting for: {tidy(p.name)}.", f"还在等的结果：{tidy(p.name)}。") + who,
            [p.place],
        )
    if not record.pending_results:
        yield ruled(turn.say("No test results are still to come.", "没有还在等的检查结果。"))


def _appointments(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    said: set[str] = set()
    for f in record.follow_ups:
        text = tidy(f.text)
        if text.casefold() in said:
            continue
        said.add(text.casefold())
        yield stated(
            record,
            text + ("" if text.endswith((".", "。")) else turn.say(".", "。")) + when_and_who(turn, f),
            [f.place],
        )
    if not said:
        yield ruled(
            turn.say(
                "No appointment is recorded. Ask your care team.", "病历中没有复诊安排。请询问医护人员。"
            )
        )


def _allergies(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    known = [a for a in record.allergies if not a.none_known]
    for a in known:
        reaction = f" ({tidy(a.reaction)})" if a.reaction else ""
        text = turn.say(
            f"You are allergic to {a.substance}{reaction}. Tell every doctor.",
            f"您对{a.substance}过敏{reaction}。看病时请告诉医生。",
        )
        yield stated(record, text, [a.place])
    if not known and record.allergies:
        yield stated(
            record,
            turn.say("You have no known allergies.", "您没有已知的过敏。"),
            [record.allergies[0].place],
        )
    if not record.allergies:
        yield ruled(
            turn.say(
                "Your allergies are not written down. Tell us if you have any.",
                "没有记录您的过敏情况。如有过敏请告诉我们。",
            )
        )


def _teach_back(
    turn: Turn, record: PatientRecord, medicines: Sequence[ReconciledMedicine]
) -> Iterator[Sentence]:
    """Questions whose answers stand in the handout itself."""
    stopped = [m for m in medicines if m.change is MedicationChange.STOPPED and not left_open(m)]
    new = [m for m in medicines if m.change in (MedicationChange.NEW, MedicationChange.CHANGED)]
    yield ruled(turn.say("Why were you in hospital?", "您这次为什么住院？"))
    if new:
        text = turn.say(f"How do you take {new[0].name}?", f"{new[0].name}怎么吃？")
        yield stated(record, text, [s.place for s in new[0].statements], origin=Origin.RULE)
    if stopped:
        text = turn.say("Which medicines did we stop?", "哪些药停了？")
        yield stated(record, text, [s.place for m in stopped for s in m.statements], origin=Origin.RULE)
    yield ruled(turn.say("What would make you call for help at once?", "出现什么情况您要马上求助？"))
    if record.follow_ups:
        text = turn.say("When is your next visit?", "下次复诊是什么时候？")
        yield stated(record, text, [f.place for f in record.follow_ups], origin=Origin.RULE)


TASK = Task(
    name="handout",
    en="Take-home handout",
    zh="患者须知",
    sections=SECTIONS,
    compose=compose,
    audience="patient",
    commands=("leaflet", "takehome"),
    examples=(
        "Make a handout for the patient",
        "Explain it to the patient in plain words",
        "给患者写一份出院须知",
    ),
)
