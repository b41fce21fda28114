"""Which goals of a plan are reached: ticked off by someone of the care team, and by whom.

Owns that a tick belongs to the goal's very words: a goal that was edited is another goal and starts unticked. The document and
its signature stay untouched. Refuses to judge whether a value reaches a target.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select

from assistant.errors import AccessDenied, BadInput
from assistant.store.access import Actor, Right, require_patient
from assistant.store.audit import Act, Action, Audit, Clock
from assistant.store.database import stamp
from assistant.store.tables import document_versions, documents, goal_states, users

GOALS = "goals"


@dataclass(frozen=True)
class GoalState:
    done: bool
    set_at: str
    set_by_name: str


def goal_hash(goal: str) -> str:
    """What a goal is known by: its words, spaces evened out."""
    return hashlib.sha256(" ".join(goal.split()).encode()).hexdigest()


class GoalStates:
    def __init__(self, audit: Audit, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def set(self, actor: Actor, document_id: str, goal: str, *, done: bool) -> GoalState:
        """Tick a goal of the latest version, or take the tick back."""
        with self._audit.act(actor, Right.DRAFT, Action.EDIT, "goal", document_id) as act:
            self._require(act, actor, document_id)
            wanted = goal_hash(goal)
            if wanted not in _goals(act.connection, document_id):
                raise BadInput("This goal is not in the plan's latest version. Open the plan again.")
            this = (goal_states.c.document_id == document_id) & (goal_states.c.goal_sha256 == wanted)
            act.connection.execute(delete(goal_states).where(this))
            act.connection.execute(
                insert(goal_states).values(
                    id=uuid4().hex,
                    document_id=document_id,
                    goal_sha256=wanted,
                    done=done,
                    set_by=actor.user_id,
                    set_at=stamp(self._clock()),
                )
            )
            return _states(act.connection, document_id)[wanted]

    def of(self, actor: Actor, document_id: str) -> Mapping[str, GoalState]:
        """What was ticked in a document, by ``goal_hash``."""
        with self._audit.act(actor, Right.READ_RECORD, Action.READ, "goal", document_id) as act:
            self._require(act, actor, document_id)
            return _states(act.connection, document_id)

    def _require(self, act: Act, actor: Actor, document_id: str) -> None:
        patient = act.connection.execute(
            select(documents.c.patient_id).where(documents.c.id == document_id)
        ).scalar_one_or_none()
        if patient is None:
            raise AccessDenied("You are not on this patient's care team, or there is no such document.")
        act.patient_id = patient
        require_patient(act.connection, actor, patient)


def _goals(connection: Connection, document_id: str) -> set[str]:
    """Hashes of the goals in the latest version."""
    newest = (
        select(document_versions.c.answer)
        .where(document_versions.c.document_id == document_id)
        .order_by(document_versions.c.number.desc())
        .limit(1)
    )
    answer = json.loads(connection.execute(newest).scalar_one())
    sections = [s for s in answer.get("sections") or [] if s.get("key") == GOALS]
    return {goal_hash(row["text"]) for s in sections for row in s.get("sentences") or []}


def _states(connection: Connection, document_id: str) -> dict[str, GoalState]:
    rows = connection.execute(
        select(goal_states, users.c.name)
        .join(users, users.c.id == goal_states.c.set_by)
        .where(goal_states.c.document_id == document_id)
    )
    return {r.goal_sha256: GoalState(r.done, r.set_at, r.name) for r in rows}
