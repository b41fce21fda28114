"""Emergency access ("break the glass"): a patient outside one's care team, opened for an hour with a reason.

Owns the reasons, the time limit and the review afterwards. The patient is named by the hospital number, letter by letter, so
that nobody browses strangers. The explanation is kept here for the reviewer and stays out of the audit trail, which
names this row. It gives a look and a draft, never the right to decide who else may look.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select, update

from assistant.errors import AccessDenied, BadInput
from assistant.store.access import Actor, Right, on_team
from assistant.store.audit import Action, Audit, Clock, Outcome
from assistant.store.database import stamp
from assistant.store.tables import emergency_access, patients, users

LASTS = timedelta(hours=1)
MIN_EXPLANATION_CHARS = 10
MAX_EXPLANATION_CHARS = 500


class Reason(StrEnum):
    EMERGENCY = "emergency"
    """Life or limb at risk, and nobody of the care team at hand."""
    COVERING = "covering"
    """Covering for a colleague tonight."""
    CONSULT = "consult"
    """Asked for an opinion by the care team."""
    OTHER = "other"


@dataclass(frozen=True)
class Opened:
    """One emergency access. ``patient_id`` opens the patient until ``expires_at``."""

    id: str
    patient_id: str
    user_id: str
    username: str
    reason: Reason
    explanation: str
    opened_at: str
    expires_at: str
    closed_at: str | None
    reviewed_at: str | None


class EmergencyAccess:
    def __init__(self, audit: Audit, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def open(self, actor: Actor, mrn: str, reason: Reason, explanation: str) -> Opened:
        """Open the patient with this hospital number for an hour; a second opening while one lasts gives that one.

        Raises:
            BadInput: the explanation says too little or too much, or the patient is on the actor's list already.
            AccessDenied: no such patient, or a number that is not one patient's alone.
        """
        words = " ".join(explanation.split())
        if not MIN_EXPLANATION_CHARS <= len(words) <= MAX_EXPLANATION_CHARS:
            raise BadInput(
                f"Say why you need this record, in {MIN_EXPLANATION_CHARS} to {MAX_EXPLANATION_CHARS} characters "
                f"(you wrote {len(words)}). It will be reviewed."
            )
        with self._audit.act(actor, Right.BREAK_GLASS, Action.BREAK_GLASS, "emergency_access") as act:
            # Numbers are compared here and not by the database, where they may stand encrypted.
            rows = act.connection.execute(select(patients.c.id, patients.c.mrn)).all()
            found = [row.id for row in rows if row.mrn and _folded(row.mrn) == _folded(mrn)]
            if len(found) != 1:
                raise AccessDenied("No patient alone has this hospital number; check it letter by letter.")
            act.patient_id = found[0]
            theirs = (patients.c.id == found[0]) & on_team(actor.user_id)
            if act.connection.execute(select(patients.c.id).where(theirs)).one_or_none():
                raise BadInput("This patient is on your list already; open it there.")
            lasting = (
                (emergency_access.c.user_id == actor.user_id)
                & (emergency_access.c.patient_id == found[0])
                & emergency_access.c.closed_at.is_(None)
            )
            kept = act.connection.execute(select(emergency_access).where(lasting)).one_or_none()
            if kept is not None:
                act.object_id, act.outcome = kept.id, Outcome.REPEATED
                return _opened(kept._mapping, actor.username)
            now = self._clock()
            act.object_id = uuid4().hex
            values: dict[str, str | None] = {
                "id": act.object_id,
                "patient_id": found[0],
                "user_id": actor.user_id,
                "reason": reason.value,
                "explanation": words,
                "opened_at": stamp(now),
                "expires_at": stamp(now + LASTS),
                "closed_at": None,
                "reviewed_at": None,
            }
            act.connection.execute(insert(emergency_access).values(**values))
        return _opened(values, actor.username)

    def close(self, actor: Actor, access_id: str) -> None:
        """End one's own access before its time."""
        with self._audit.act(actor, Right.BREAK_GLASS, Action.UNSHARE, "emergency_access", access_id) as act:
            mine = (emergency_access.c.id == access_id) & (emergency_access.c.user_id == actor.user_id)
            row = act.connection.execute(select(emergency_access).where(mine)).one_or_none()
            if row is None:
                raise AccessDenied("This emergency access is another user's, or there is none.")
            act.patient_id = row.patient_id
            act.connection.execute(
                update(emergency_access)
                .where(mine, emergency_access.c.closed_at.is_(None))
                .values(closed_at=stamp(self._clock()))
            )

    def everything(self, actor: Actor, *, limit: int = 200) -> tuple[Opened, ...]:
        """For review: who opened whom and why, the latest first."""
        query = (
            select(emergency_access, users.c.username)
            .join(users, users.c.id == emergency_access.c.user_id)
            .order_by(emergency_access.c.opened_at.desc(), emergency_access.c.id)
            .limit(limit)
        )
        with self._audit.act(actor, Right.READ_AUDIT, Action.LIST, "emergency_access") as act:
            return tuple(_opened(row._mapping, row.username) for row in act.connection.execute(query))

    def review(self, actor: Actor, access_id: str) -> None:
        """Note that somebody who reads the trail has looked at this access. Not one's own."""
        with self._audit.act(actor, Right.READ_AUDIT, Action.REVIEW, "emergency_access", access_id) as act:
            this = emergency_access.c.id == access_id
            row = act.connection.execute(select(emergency_access).where(this)).one_or_none()
            if row is None or row.user_id == actor.user_id:
                raise AccessDenied("There is no such emergency access for you to review.")
            act.patient_id = row.patient_id
            act.connection.execute(
                update(emergency_access)
                .where(this, emergency_access.c.reviewed_at.is_(None))
                .values(reviewed_at=stamp(self._clock()), reviewed_by=actor.user_id)
            )


def _opened(row: Any, username: str) -> Opened:
    return Opened(
        id=row["id"],
        patient_id=row["patient_id"],
        user_id=row["user_id"],
        username=username,
        reason=Reason(row["reason"]),
        explanation=row["explanation"],
        opened_at=row["opened_at"],
        expires_at=row["expires_at"],
        closed_at=row["closed_at"],
        reviewed_at=row["reviewed_at"],
    )


def _folded(number: str) -> str:
    return "".join(unicodedata.normalize("NFKC", number).split()).casefold()
