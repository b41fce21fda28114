"""Check-ins after discharge as they are kept: what is asked on which day, and what was answered.

Owns who may arrange, answer and read them. Only what a clinician or nurse arranged is asked. An answer is never written over:
answering again is another row. Refuses to know what the questions mean and how urgent an answer is: both come from above.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from assistant.domain.answer import Urgency
from assistant.errors import BadInput
from assistant.store.access import Actor, Right, may_open, require_patient
from assistant.store.audit import Action, Audit, Clock, Outcome
from assistant.store.database import stamp
from assistant.store.tables import check_in_answers, check_ins, patients

LONGEST_ANSWER_CHARS = 2000
MOST_QUESTIONS = 60


@dataclass(frozen=True)
class Planned:
    """One check-in to arrange; ``questions`` are ids."""

    day: int
    due_on: date
    questions: tuple[str, ...]


@dataclass(frozen=True)
class Given:
    """An answer with the urgency that the rules gave it when it came in, and why."""

    question: str
    answer: str
    urgency: Urgency
    why: str


@dataclass(frozen=True)
class Answered:
    id: str
    given: tuple[Given, ...]
    given_by: str
    given_at: str
    seen_at: str | None
    seen_by: str | None


@dataclass(frozen=True)
class KeptCheckIn:
    """``answers``: oldest first; more than one where the patient answered again."""

    id: str
    patient_id: str
    day: int
    due_on: date
    questions: tuple[str, ...]
    answers: tuple[Answered, ...] = ()

    @property
    def unseen(self) -> tuple[Given, ...]:
        return tuple(g for a in self.answers if a.seen_at is None for g in a.given)

    @property
    def urgency(self) -> Urgency | None:
        """The gravest of what nobody has ticked off; None where nothing waits."""
        return min((g.urgency for g in self.unseen), key=list(Urgency).index, default=None)


@dataclass(frozen=True)
class CheckInLine:
    """``urgency``: the gravest of what waits to be read; None where nothing waits."""

    patient_id: str
    day: int
    due_on: date
    answered: bool
    urgency: Urgency | None


class CheckIns:
    def __init__(self, audit: Audit, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def arrange(self, actor: Actor, patient_id: str, planned: Sequence[Planned]) -> tuple[KeptCheckIn, ...]:
        """Keep the schedule. A day that was answered stays as it was asked; any other day is arranged anew."""
        if not planned or any(not p.questions or len(p.questions) > MOST_QUESTIONS for p in planned):
            raise BadInput(
                f"A check-in has no question, or more than {MOST_QUESTIONS}. Arrange it from the schedule."
            )
        with self._audit.act(actor, Right.DRAFT, Action.ADD, "check_ins", "", patient_id) as act:
            require_patient(act.connection, actor, patient_id)
            kept = {c.day: c for c in _of(act.connection, check_ins.c.patient_id == patient_id)}
            answered = {day for day, c in kept.items() if c.answers}
            waiting = [c.id for day, c in kept.items() if day not in answered]
            act.connection.execute(delete(check_ins).where(check_ins.c.id.in_(waiting)))
            for one in planned:
                if one.day not in answered:
                    act.connection.execute(insert(check_ins).values(**self._row(actor, patient_id, one)))
            return _of(act.connection, check_ins.c.patient_id == patient_id)

    def _row(self, actor: Actor, patient_id: str, one: Planned) -> dict[str, object]:
        return {
            "id": uuid4().hex,
            "patient_id": patient_id,
            "day": one.day,
            "due_on": one.due_on.isoformat(),
            "questions": json.dumps(one.questions),
            "arranged_by": actor.user_id,
            "arranged_at": stamp(self._clock()),
        }

    def due(self, actor: Actor, patient_id: str, today: date) -> KeptCheckIn | None:
        """The newest check-in whose day has come and that nobody answered: what the patient is asked now."""
        with self._audit.act(actor, Right.CONVERSE, Action.READ, "check_in", "", patient_id) as act:
            require_patient(act.connection, actor, patient_id)
            kept = [c for c in _of(act.connection, check_ins.c.patient_id == patient_id) if c.due_on <= today]
            return kept[-1] if kept and not kept[-1].answers else None

    def answer(
        self,
        actor: Actor,
        patient_id: str,
        check_in_id: str,
        given: Sequence[Given],
        *,
        idempotency_key: str | None = None,
    ) -> str:
        """Keep the answers; returns their id. The same ``idempotency_key`` again returns what was kept."""
        key = idempotency_key or uuid4().hex
        if any(len(g.answer) > LONGEST_ANSWER_CHARS for g in given):
            raise BadInput(f"An answer is longer than {LONGEST_ANSWER_CHARS} characters. Shorten it.")
        with self._audit.act(actor, Right.CONVERSE, Action.ADD, "check_in", "", patient_id) as act:
            asked = self._one(act.connection, actor, patient_id, check_in_id)
            act.object_id = asked.id
            same = (check_in_answers.c.check_in_id == asked.id) & (check_in_answers.c.idempotency_key == key)
            kept = act.connection.execute(select(check_in_answers.c.id).where(same)).scalar_one_or_none()
            if kept is not None:
                act.outcome = Outcome.REPEATED
                return str(kept)
            unknown = {g.question for g in given} - set(asked.questions)
            if unknown or not given:
                raise BadInput(
                    f"The check-in does not ask {', '.join(sorted(unknown)) or 'nothing'}. Answer what it asks."
                )
            made = uuid4().hex
            act.connection.execute(
                insert(check_in_answers).values(
                    id=made,
                    check_in_id=asked.id,
                    answers=json.dumps([asdict(g) for g in given], ensure_ascii=False),
                    given_by=actor.user_id,
                    given_at=stamp(self._clock()),
                    idempotency_key=key,
                )
            )
            return made

    def for_patient(self, actor: Actor, patient_id: str) -> tuple[KeptCheckIn, ...]:
        """Every check-in of a patient with its answers, by day. For the care team."""
        with self._audit.act(actor, Right.READ_RECORD, Action.READ, "check_ins", "", patient_id) as act:
            require_patient(act.connection, actor, patient_id)
            return _of(act.connection, check_ins.c.patient_id == patient_id)

    def across(self, actor: Actor) -> tuple[CheckInLine, ...]:
        """One line for every check-in of every patient that ``actor`` cares for; what was said is read by patient."""
        mine = check_ins.c.patient_id.in_(select(patients.c.id).where(may_open(actor.user_id)))
        with self._audit.act(actor, Right.READ_RECORD, Action.LIST, "check_ins") as act:
            return tuple(
                CheckInLine(c.patient_id, c.day, c.due_on, bool(c.answers), c.urgency)
                for c in _of(act.connection, mine)
            )

    def mark_seen(self, actor: Actor, patient_id: str, check_in_id: str, answers: Sequence[str]) -> None:
        """Someone of the care team has read these answers (ids) and acted on them; later ones stay open."""
        with self._audit.act(actor, Right.READ_RECORD, Action.REVIEW, "check_in", "", patient_id) as act:
            act.object_id = self._one(act.connection, actor, patient_id, check_in_id).id
            unseen = (
                (check_in_answers.c.check_in_id == act.object_id)
                & check_in_answers.c.id.in_(list(answers))
                & check_in_answers.c.seen_at.is_(None)
            )
            changed = act.connection.execute(
                update(check_in_answers)
                .where(unseen)
                .values(seen_by=actor.user_id, seen_at=stamp(self._clock()))
            )
            if not changed.rowcount:
                act.outcome = Outcome.REPEATED

    def _one(self, connection: Connection, actor: Actor, patient_id: str, check_in_id: str) -> KeptCheckIn:
        require_patient(connection, actor, patient_id)
        found = _of(connection, (check_ins.c.patient_id == patient_id) & (check_ins.c.id == check_in_id))
        if not found:
            raise BadInput("There is no such check-in for this patient. Open the list again.")
        return found[0]


def _of(connection: Connection, which: Any) -> tuple[KeptCheckIn, ...]:
    query: Select[Any] = select(check_ins).where(which).order_by(check_ins.c.patient_id, check_ins.c.day)
    rows = connection.execute(query).all()
    ids = select(check_ins.c.id).where(which)
    replies: dict[str, list[Answered]] = {}
    said = select(check_in_answers).where(check_in_answers.c.check_in_id.in_(ids))
    for row in connection.execute(said.order_by(check_in_answers.c.given_at, check_in_answers.c.id)):
        replies.setdefault(row.check_in_id, []).append(_answered(row))
    return tuple(
        KeptCheckIn(
            row.id,
            row.patient_id,
            row.day,
            date.fromisoformat(row.due_on),
            tuple(json.loads(row.questions)),
            tuple(replies.get(row.id, ())),
        )
        for row in rows
    )


def _answered(row: Row[Any]) -> Answered:
    return Answered(
        row.id, tuple(_given(json.loads(row.answers))), row.given_by, row.given_at, row.seen_at, row.seen_by
    )


def _given(rows: Iterable[Mapping[str, str]]) -> Iterable[Given]:
    for row in rows:
        yield Given(row["question"], row["answer"], Urgency(row["urgency"]), row["why"])
