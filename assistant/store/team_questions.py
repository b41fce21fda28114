"""Questions that a patient keeps for the care team.

Owns who may ask, read and tick them off. Refuses to answer: the team does that in person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert, select, update

from assistant.domain.answer import Urgency
from assistant.errors import BadInput
from assistant.store.access import Actor, Right, may_open, require_patient
from assistant.store.audit import Action, Audit, Clock, Outcome
from assistant.store.database import stamp
from assistant.store.tables import patients, team_questions

LONGEST_QUESTION_CHARS = 2000


@dataclass(frozen=True)
class TeamQuestion:
    """``urgency`` as the rules gave it when it was asked."""

    id: str
    patient_id: str
    text: str
    urgency: Urgency
    asked_at: str
    seen_at: str | None


@dataclass(frozen=True)
class QuestionLine:
    patient_id: str
    asked_at: str
    urgency: Urgency


class TeamQuestions:
    def __init__(self, audit: Audit, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def ask(
        self,
        actor: Actor,
        patient_id: str,
        text: str,
        urgency: Urgency,
        *,
        idempotency_key: str | None = None,
    ) -> TeamQuestion:
        """Keep a question; the same ``idempotency_key`` again returns what was kept."""
        words, key = text.strip(), idempotency_key or uuid4().hex
        if not words or len(words) > LONGEST_QUESTION_CHARS:
            raise BadInput(
                f"The question has {len(words)} characters; 1 to {LONGEST_QUESTION_CHARS} are expected."
            )
        with self._audit.act(actor, Right.CONVERSE, Action.ASK, "team_question", "", patient_id) as act:
            require_patient(act.connection, actor, patient_id)
            same = (team_questions.c.patient_id == patient_id) & (team_questions.c.idempotency_key == key)
            kept = _of(act.connection, same)
            if kept:
                act.object_id, act.outcome = kept[0].id, Outcome.REPEATED
                return kept[0]
            act.object_id = uuid4().hex
            act.connection.execute(
                insert(team_questions).values(
                    id=act.object_id,
                    patient_id=patient_id,
                    text=words,
                    urgency=urgency.value,
                    asked_by=actor.user_id,
                    asked_at=stamp(self._clock()),
                    idempotency_key=key,
                )
            )
            return _of(act.connection, same)[0]

    def own(self, actor: Actor, patient_id: str) -> tuple[TeamQuestion, ...]:
        """The questions that were asked from this account, oldest first."""
        with self._audit.act(actor, Right.CONVERSE, Action.LIST, "team_question", "", patient_id) as act:
            require_patient(act.connection, actor, patient_id)
            theirs = team_questions.c.asked_by == actor.user_id
            return _of(act.connection, theirs & (team_questions.c.patient_id == patient_id))

    def for_patient(self, actor: Actor, patient_id: str) -> tuple[TeamQuestion, ...]:
        """Every question kept for a patient, oldest first. For the care team."""
        with self._audit.act(actor, Right.READ_RECORD, Action.READ, "team_question", "", patient_id) as act:
            require_patient(act.connection, actor, patient_id)
            return _of(act.connection, team_questions.c.patient_id == patient_id)

    def across(self, actor: Actor) -> tuple[QuestionLine, ...]:
        """One line for every question that nobody has ticked off; its words are read by patient."""
        mine = team_questions.c.patient_id.in_(select(patients.c.id).where(may_open(actor.user_id)))
        with self._audit.act(actor, Right.READ_RECORD, Action.LIST, "team_question") as act:
            waiting = _of(act.connection, mine & team_questions.c.seen_at.is_(None))
            return tuple(QuestionLine(q.patient_id, q.asked_at, q.urgency) for q in waiting)

    def mark_seen(self, actor: Actor, patient_id: str, question_id: str) -> None:
        """Someone of the care team has seen to it."""
        with self._audit.act(actor, Right.READ_RECORD, Action.REVIEW, "team_question", "", patient_id) as act:
            require_patient(act.connection, actor, patient_id)
            this = (team_questions.c.patient_id == patient_id) & (team_questions.c.id == question_id)
            if not _of(act.connection, this):
                raise BadInput("There is no such question of this patient. Open the list again.")
            act.object_id = question_id
            changed = act.connection.execute(
                update(team_questions)
                .where(this, team_questions.c.seen_at.is_(None))
                .values(seen_by=actor.user_id, seen_at=stamp(self._clock()))
            )
            if not changed.rowcount:
                act.outcome = Outcome.REPEATED


def _of(connection: Connection, which: Any) -> tuple[TeamQuestion, ...]:
    rows = connection.execute(
        select(team_questions).where(which).order_by(team_questions.c.asked_at, team_questions.c.id)
    )
    return tuple(
        TeamQuestion(r.id, r.patient_id, r.text, Urgency(r.urgency), r.asked_at, r.seen_at) for r in rows
    )
