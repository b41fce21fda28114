"""Check-ins after discharge from schedule to nurse's list: what is arranged, how answers are read, what is called first.

Joins the rules (``tasks.check_in``) to what is kept (``store``), for the page and the command line alike. Refuses to know who
may do it: the store decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from assistant.domain.answer import Urgency
from assistant.domain.record import PatientRecord
from assistant.store import CheckInLine, Given, KeptCheckIn, Planned
from assistant.tasks.check_in import question_text, read_answer, schedule
from knowledge.formulary import Formulary

if TYPE_CHECKING:
    from assistant.store import Actor, Store

OVERDUE, DUE, AHEAD, SEEN = "overdue", "due", "ahead", "seen"
_ORDER = (
    *(Urgency.EMERGENCY.value, Urgency.URGENT.value, OVERDUE, Urgency.ROUTINE.value, DUE),
    *(Urgency.SELF_CARE.value, AHEAD, SEEN),
)
"""What a nurse calls first. Silence past the day stands before an answer that only wants reading."""


def planned(record: PatientRecord, today: date, formulary: Formulary) -> tuple[Planned, ...]:
    """The check-ins that the record's diagnoses and medicines ask for, as they are arranged."""
    visits = schedule(record, language=record.language, today=today, formulary=formulary)
    return tuple(Planned(v.day, v.on, tuple(q.id for q in v.questions)) for v in visits)


def given(kept: KeptCheckIn, answers: Mapping[str, str]) -> tuple[Given, ...]:
    """A reading for every question asked; one without an answer is to be asked again."""
    found = (read_answer(kept.patient_id, kept.day, q, answers.get(q, "")) for q in kept.questions)
    return tuple(Given(r.question, r.answer.strip(), r.urgency, r.why) for r in found)


def standing(line: CheckInLine, today: date) -> str:
    """Where a check-in stands: an urgency while answers wait to be read, else overdue, due, ahead or seen."""
    if line.urgency is not None:
        return line.urgency.value
    if line.answered:
        return SEEN
    return OVERDUE if line.due_on < today else DUE if line.due_on == today else AHEAD


def in_order(lines: Iterable[CheckInLine], today: date) -> list[tuple[str, CheckInLine]]:
    """The lines with where they stand, what is called first first."""
    found = [(standing(line, today), line) for line in lines]
    return sorted(found, key=lambda f: (_ORDER.index(f[0]), f[1].due_on, f[1].patient_id, f[1].day))


def line_of(kept: KeptCheckIn) -> CheckInLine:
    return CheckInLine(kept.patient_id, kept.day, kept.due_on, bool(kept.answers), kept.urgency)


def as_json(store: Store, actor: Actor, patient: str, today: date, language: str) -> dict[str, Any]:
    """A patient's check-ins, what is called first first, and the questions kept for the team."""
    kept = {c.day: c for c in store.check_ins.for_patient(actor, patient)}
    rows = in_order((line_of(c) for c in kept.values()), today)
    questions = store.team_questions.for_patient(actor, patient)
    return {
        "patient": patient,
        "check_ins": [_row(kept[line.day], where, language) for where, line in rows],
        "questions": [
            {"text": q.text, "urgency": q.urgency.value, "asked_at": q.asked_at, "seen_at": q.seen_at}
            for q in sorted(questions, key=lambda q: (q.seen_at is not None, list(Urgency).index(q.urgency)))
        ],
    }


def _row(kept: KeptCheckIn, where: str, language: str) -> dict[str, Any]:
    return {
        "day": kept.day,
        "due_on": kept.due_on.isoformat(),
        "status": where,
        "urgency": kept.urgency.value if kept.urgency else None,
        "questions": [{"id": q, "text": question_text(q, language)} for q in kept.questions],
        "answers": [
            {
                "given_at": a.given_at,
                "seen_at": a.seen_at,
                "given": [
                    {"question": g.question, "answer": g.answer, "urgency": g.urgency.value, "why": g.why}
                    for g in a.given
                ],
            }
            for a in kept.answers
        ],
    }
