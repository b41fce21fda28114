"""Conversations: each belongs to one user, about one patient or none, and nobody else reads it.

A message is on disk before ``append`` returns. Owns order and "stored once". Refuses to know what an answer means.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, exists, func, insert, or_, select, update

from assistant.errors import AccessDenied, BadInput
from assistant.store.access import Actor, Right, Role, may_open, require_patient
from assistant.store.audit import Action, Audit, Clock, Outcome
from assistant.store.database import stamp
from assistant.store.tables import conversations, feedback, messages, patients


class Speaker(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"


class Thumb(StrEnum):
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class Conversation:
    id: str
    patient_id: str | None
    title: str
    language: str
    created_at: str
    updated_at: str


@dataclass(frozen=True)
class Message:
    """``answer`` is the public JSON of an answer (``Answer.to_json``); None for what the user wrote."""

    id: str
    position: int
    role: Speaker
    text: str
    answer: dict[str, Any] | None
    created_at: str


class Conversations:
    def __init__(self, audit: Audit, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def start(
        self, actor: Actor, patient_id: str | None = None, *, title: str = "", language: str = "en"
    ) -> Conversation:
        now = stamp(self._clock())
        conversation = Conversation(uuid4().hex, patient_id, title, language, now, now)
        with self._audit.act(
            actor, Right.CONVERSE, Action.ADD, "conversation", conversation.id, patient_id or ""
        ) as act:
            if patient_id is not None:
                require_patient(act.connection, actor, patient_id)
            act.connection.execute(insert(conversations).values(user_id=actor.user_id, **vars(conversation)))
        return conversation

    def append(
        self,
        actor: Actor,
        conversation_id: str,
        role: Speaker,
        text: str,
        *,
        answer: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> Message:
        """Keep a message; it is durable when this returns.

        The same ``idempotency_key`` again returns the message already kept, so that a caller that heard no answer may
        repeat itself. Raises BadInput where the key comes back with other words.
        """
        key = idempotency_key or uuid4().hex
        action = Action.ASK if role is Speaker.USER else Action.ADD
        with self._audit.act(actor, Right.CONVERSE, action, "message", conversation_id) as act:
            act.patient_id = _require_own(act.connection, actor, conversation_id).patient_id or ""
            theirs = messages.c.conversation_id == conversation_id
            kept = act.connection.execute(
                select(messages).where(theirs, messages.c.idempotency_key == key)
            ).one_or_none()
            if kept is not None:
                act.outcome = Outcome.REPEATED
                if (kept.text, kept.role) != (text, role.value):
                    raise BadInput(
                        "This request was already used for another message; send it with a new key."
                    )
                return _message(kept, act.role)
            last = act.connection.execute(select(func.max(messages.c.position)).where(theirs)).scalar()
            now = stamp(self._clock())
            row: dict[str, Any] = {
                "id": uuid4().hex,
                "position": (last or 0) + 1,
                "role": role.value,
                "text": text,
                "answer": None if answer is None else json.dumps(answer, ensure_ascii=False),
                "created_at": now,
            }
            act.connection.execute(
                insert(messages).values(conversation_id=conversation_id, idempotency_key=key, **row)
            )
            act.connection.execute(
                update(conversations).where(conversations.c.id == conversation_id).values(updated_at=now)
            )
            act.object_id = row["id"]
        return Message(row["id"], row["position"], role, text, None if answer is None else dict(answer), now)

    def history(self, actor: Actor, conversation_id: str) -> tuple[Message, ...]:
        """All messages, in order. To a patient's own account without what was withheld: unchecked text is for those who check."""
        with self._audit.act(actor, Right.CONVERSE, Action.READ, "conversation", conversation_id) as act:
            act.patient_id = _require_own(act.connection, actor, conversation_id).patient_id or ""
            theirs = messages.c.conversation_id == conversation_id
            rows = act.connection.execute(select(messages).where(theirs).order_by(messages.c.position))
            return tuple(_message(row, act.role) for row in rows)

    def rename(self, actor: Actor, conversation_id: str, title: str) -> None:
        with self._audit.act(actor, Right.CONVERSE, Action.EDIT, "conversation", conversation_id) as act:
            act.patient_id = _require_own(act.connection, actor, conversation_id).patient_id or ""
            act.connection.execute(
                update(conversations).where(conversations.c.id == conversation_id).values(title=title)
            )

    def rate(self, actor: Actor, message_id: str, thumb: Thumb, note: str = "") -> None:
        """Keep what the reader thought of an answer; a second thought replaces the first."""
        with self._audit.act(actor, Right.CONVERSE, Action.RATE, "message", message_id) as act:
            found = select(messages.c.conversation_id).where(messages.c.id == message_id)
            conversation_id = act.connection.execute(found).scalar_one_or_none() or ""
            act.patient_id = _require_own(act.connection, actor, conversation_id).patient_id or ""
            mine = (feedback.c.message_id == message_id) & (feedback.c.user_id == actor.user_id)
            act.connection.execute(delete(feedback).where(mine))
            act.connection.execute(
                insert(feedback).values(
                    message_id=message_id,
                    user_id=actor.user_id,
                    thumb=1 if thumb is Thumb.UP else -1,
                    note=note,
                    created_at=stamp(self._clock()),
                )
            )

    def list(self, actor: Actor, patient_id: str | None = None) -> tuple[Conversation, ...]:
        """The user's own conversations, the latest first; about ``patient_id`` alone where it is given."""
        # The title of a talk may say what the patient has: it closes with the patient.
        about_open = exists().where(patients.c.id == conversations.c.patient_id, may_open(actor.user_id))
        mine = conversations.c.user_id == actor.user_id
        query = select(conversations).where(mine, or_(conversations.c.patient_id.is_(None), about_open))
        if patient_id is not None:
            query = query.where(conversations.c.patient_id == patient_id)
        with self._audit.act(actor, Right.CONVERSE, Action.LIST, "conversation", "", patient_id or "") as act:
            if patient_id is not None:
                require_patient(act.connection, actor, patient_id)
            rows = act.connection.execute(
                query.order_by(conversations.c.updated_at.desc(), conversations.c.id)
            )
            return tuple(_conversation(row) for row in rows)


def _require_own(connection: Connection, actor: Actor, conversation_id: str) -> Conversation:
    own = (conversations.c.id == conversation_id) & (conversations.c.user_id == actor.user_id)
    row = connection.execute(select(conversations).where(own)).one_or_none()
    if row is None:
        raise AccessDenied("This conversation is another user's, or there is none.")
    if row.patient_id is not None:
        require_patient(connection, actor, row.patient_id)
    return _conversation(row)


def _conversation(row: Row[tuple[object, ...]]) -> Conversation:
    return Conversation(row.id, row.patient_id, row.title, row.language, row.created_at, row.updated_at)


def _message(row: Row[tuple[object, ...]], role: Role) -> Message:
    answer = None if row.answer is None else json.loads(row.answer)
    if role is Role.PATIENT and answer and answer.get("withheld"):
        answer["withheld"] = []
    return Message(row.id, row.position, Speaker(row.role), row.text, answer, row.created_at)
