"""What the patient takes home: plain words, every dose, date and warning kept, and questions to teach back.

Sections after AHRQ's IDEAL discharge planning: life at home, medicines, warning signs, test results, appointments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.domain.answer import MedicationChange, Origin, Sentence, Withheld
from assistant.domain.events import Event, SentenceShown, SentenceWithheld, Stage, StageName
from assistant.domain.medicines import ReconciledMedicine
from assistant.domain.record import Assertion, Condition, DiagnosisRole, FollowUp, PatientRecord
from assistant.records.reconcile import reconcile
from assistant.safety.patient_state import patient_state
from assistant.tasks.base import SectionSpec, Task, Turn
from assistant.tasks.discharge_facts import when_and_who
from assistant.tasks.findings import lumps
from assistant.tasks.handout_advice import handout_advice
from assistant.tasks.handout_medicines import handout_medicines
from assistant.tasks.matching import problems_of
from assistant.tasks.medicines import left_open
from assistant.tasks.ordering import check_orders, without_proposals
from assistant.tasks.plain_words import PlainWriter, in_plain_words
from assistant.tasks.stating import record_evidence, ruled, stated, tidy
from assistant.tasks.stay_facts import places_of
from assistant.tasks.writing import write
from assistant.verification.terms import terms_in

SECTIONS = (
    SectionSpec("why_in_hospital", "Why you were in hospital", "您为什么住院"),
    SectionSpec("medicines", "Your medicines", "您的药物"),
    SectionSpec("warning_signs", "Go to emergency", "马上去急诊"),
    SectionSpec("call_us", "Call us", "打电话问我们"),
    SectionSpec("life_at_home", "Life at home", "在家怎么做"),
    SectionSpec("appointments", "Your appointments", "您的复诊"),
    SectionSpec("tests", "Test results still to come", "还没出的检查结果"),
    SectionSpec("allergies", "Your allergies", "您的过敏"),
    SectionSpec("teach_back", "Show that you know", "请您说一说"),
)
CHILD_YEARS = 12
"""Below this age the sheet speaks to the parent: give, not take."""
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
    writer = PlainWriter(turn.language)
    age = patient_state(record, turn.services.formulary).age_years
    child = age is not None and age < CHILD_YEARS
    yield from _why(turn, record, writer, child=child)
    medicines = reconcile(without_proposals(turn, record), turn.services.formulary)
    for sentence in handout_medicines(turn, record, medicines, alerts, writer, child=child):
        yield SentenceShown("medicines", sentence)
    yield from handout_advice(turn, record, problems, medicines, alerts, writer)
    for key, sentences in (
        ("appointments", _appointments(turn, record, writer)),
        ("tests", _tests(turn, record, writer)),
        ("allergies", _allergies(turn, record, writer, child=child)),
        ("teach_back", _teach_back(turn, record, medicines, child=child)),
    ):
        for sentence in sentences:
            yield SentenceShown(key, sentence)
    yield Stage(StageName.COMPOSE, done=True)


def _why(turn: Turn, record: PatientRecord, writer: PlainWriter, *, child: bool) -> Iterator[Event]:
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
    you = "Your child was" if child else "You were"
    explained: set[str] = set()
    for c in chosen[:6]:
        yield SentenceShown("why_in_hospital", _treated_for(turn, record, c, writer, you, explained))
    if not chosen and record.encounter and record.encounter.reason:
        reason = writer.plain(tidy(record.encounter.reason)).rstrip(".。")
        plain = in_plain_words(record.encounter.reason, turn.language)
        text = turn.say(
            f"You came because of: {plain or reason}.", f"您因为以下原因住院：{plain or reason}。"
        )
        places = places_of(record.encounter, record.encounter.reason)
        yield SentenceShown("why_in_hospital", stated(record, text, places))


def _treated_for(
    turn: Turn, record: PatientRecord, c: Condition, writer: PlainWriter, you: str, explained: set[str]
) -> Sentence:
    """The diagnosis in plain words with its name beside it; what it means is said once."""
    name = writer.plain(tidy(c.name)).rstrip(".。")
    plain = in_plain_words(tidy(c.name), turn.language)
    by_chance = re.match(r"(?i)\W*found by chance\W*(.*)|(.*?)\W*(?:found by chance|检查时偶然看到)$", name)
    if by_chance and (by_chance.group(1) or by_chance.group(2)):
        rest = by_chance.group(1) or by_chance.group(2)
        text = turn.say(f"We also saw this by chance: {rest}.", f"检查时还偶然看到：{rest}。")
        return stated(record, text + writer.meanings(text), [c.place])
    fresh = plain if plain not in explained else ""
    explained.add(plain)
    if turn.language == "zh":
        told = f"{fresh}——{name}" if fresh else name
        text = f"您因为这个病治疗：{told}。"
    else:
        told = f"{fresh}. The doctors call it: {name}" if fresh else name
        text = f"{you} treated for: {told}."
    return stated(record, text + writer.meanings(text), [c.place])


def _tests(turn: Turn, record: PatientRecord, writer: PlainWriter) -> Iterator[Sentence]:
    for p in record.pending_results:
        name = writer.plain(tidy(p.name)).rstrip(".。")
        sent = writer.dated(p.sent[:10]) if p.sent else ""
        text = turn.say(f"We are waiting for: {name}.", f"还在等的结果：{name}。")
        if sent and sent not in text:
            text += turn.say(f" It was sent on {sent}.", f"送检日期：{sent}。")
        text += writer.meanings(text)
        if p.owner:
            owner = writer.plain(tidy(p.owner)).rstrip(".。")
            text += turn.say(f" {owner} will follow it up.", f"由{owner}跟进。")
        else:
            text += turn.say(" Ask who will call you.", "请问清由谁通知您。")
        yield stated(record, text, [p.place])
    if not record.pending_results:
        yield ruled(
            turn.say(
                "We found no test result that is still to come. Ask us before you leave.",
                "没有找到还没出的检查结果。出院前请再问一下。",
            )
        )


def _appointments(turn: Turn, record: PatientRecord, writer: PlainWriter) -> Iterator[Sentence]:
    said: set[str] = set()
    for f in sorted(record.follow_ups, key=lambda f: f.incidental):
        text = tidy(f.text)
        if text.casefold() in said or _is_diagnosis(f, record):
            continue
        said.add(text.casefold())
        told = writer.plain(text)
        lead = ""
        if f.incidental:
            told = re.sub(r"(?i)^\W*(?:found by chance|检查时偶然看到)\W*", "", told)
            if len(told) < 6:
                continue
            lead = turn.say(
                "We also found something by chance. Ask your doctor about it. ",
                "另外检查时看到一个情况，请问医生：",
            )
        who_when = writer.dated(when_and_who(turn, f))
        told = lead + told[:1].upper() + told[1:].rstrip(".。") + turn.say(".", "。") + who_when
        yield stated(record, told + writer.meanings(told), [f.place])
    for lump in lumps(record):
        told = writer.plain(tidy(lump.text)).rstrip(".。")
        lead = turn.say(
            "A scan showed something that needs more tests. Ask your doctor about it. ",
            "影像检查有一个需要进一步检查的情况，请问医生：",
        )
        text = f"{lead}{told}{turn.say('.', '。')}"
        yield stated(record, text + writer.meanings(text), [lump.place])
    if not said:
        yield ruled(
            turn.say(
                "We found no appointment for you. Ask us before you leave.",
                "没有找到您的复诊安排。出院前请问医护人员。",
            )
        )


def _is_diagnosis(f: FollowUp, record: PatientRecord) -> bool:
    """An incidental finding that is only the diagnosis list again; that stands under why you were in hospital."""
    return f.incidental and any(
        c.place.document_id == f.place.document_id
        and f.place.start <= c.place.start
        and c.place.end <= f.place.end
        and c.role is DiagnosisRole.PRINCIPAL
        for c in record.conditions
    )


def _allergies(turn: Turn, record: PatientRecord, writer: PlainWriter, *, child: bool) -> Iterator[Sentence]:
    known = [a for a in record.allergies if not a.none_known]
    you = "Your child is" if child else "You are"
    for a in known:
        reaction = writer.plain(tidy(a.reaction)).rstrip(".。") if a.reaction else ""
        text = turn.say(f"{you} allergic to {a.substance}.", f"您对{a.substance}过敏。")
        if reaction:
            text += turn.say(f" It caused: {reaction}.", f"曾经引起：{reaction}。")
        text += writer.meanings(text) + turn.say(" Tell every doctor.", "看病时请告诉医生。")
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
    turn: Turn, record: PatientRecord, medicines: Sequence[ReconciledMedicine], *, child: bool
) -> Iterator[Sentence]:
    """Questions whose answers stand in the handout itself; ``teach_back.py`` checks what is answered."""
    stopped = [m for m in medicines if m.change is MedicationChange.STOPPED and not left_open(m)]
    new = [m for m in medicines if m.change in (MedicationChange.NEW, MedicationChange.CHANGED)]
    yield ruled(
        turn.say(
            "Why was your child in hospital?" if child else "Why were you in hospital?", "您这次为什么住院？"
        )
    )
    if new:
        verb = "give" if child else "take"
        text = turn.say(f"How do you {verb} {new[0].name}?", f"{new[0].name}怎么吃？")
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
