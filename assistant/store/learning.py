"""What clinicians signed, changed and rated, for training on the hospital's own data: asked for by who holds the machine, audited.

Owns which rows leave and with which names to be taken out of them. Refuses to redact and to know what is learned.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from assistant.store.access import Actor, Right
from assistant.store.audit import Action, Audit
from assistant.store.tables import (
    conversations,
    document_versions,
    documents,
    feedback,
    messages,
    patients,
    signatures,
    users,
)


@dataclass(frozen=True)
class SignedWork:
    """A signed document beside its first draft, as ``Answer.to_json``; ``names`` are those of people in its record."""

    patient_id: str
    kind: str
    language: str
    drafted: dict[str, Any]
    signed: dict[str, Any]
    names: tuple[str, ...]


@dataclass(frozen=True)
class RatedAnswer:
    """An answer with its question; ``thumb`` is 1 or -1. ``patient_id`` is "" where it was about no patient."""

    patient_id: str
    question: str
    answer: dict[str, Any]
    thumb: int
    names: tuple[str, ...]


class Learning:
    """Every reading is one audited export. Only who maintains the machine may; see ``Right.MAINTAIN``."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    def signed(self, actor: Actor) -> tuple[SignedWork, ...]:
        """The last signed version of each document whose text is, to the letter, what was signed."""
        with self._audit.act(actor, Right.MAINTAIN, Action.EXPORT, "training", "signed") as act:
            query = (
                select(
                    document_versions,
                    documents.c.patient_id,
                    documents.c.kind,
                    documents.c.language,
                    signatures.c.sha256.label("signed_sha256"),
                )
                .join(documents, documents.c.id == document_versions.c.document_id)
                .join(
                    signatures,
                    (signatures.c.document_id == document_versions.c.document_id)
                    & (signatures.c.number == document_versions.c.number),
                )
                .order_by(document_versions.c.document_id, document_versions.c.number)
            )
            rows = act.connection.execute(query).all()
            last = {row.document_id: row for row in rows if row.signed_sha256 == row.sha256}
            return tuple(
                SignedWork(
                    row.patient_id,
                    row.kind,
                    row.language,
                    _first_draft(act.connection, document_id),
                    json.loads(row.answer),
                    _names(act.connection, row.patient_id),
                )
                for document_id, row in last.items()
            )

    def rated(self, actor: Actor) -> tuple[RatedAnswer, ...]:
        """Every rated answer, in the order of rating."""
        with self._audit.act(actor, Right.MAINTAIN, Action.EXPORT, "training", "feedback") as act:
            query = (
                select(messages, feedback.c.thumb, conversations.c.patient_id)
                .join(feedback, feedback.c.message_id == messages.c.id)
                .join(conversations, conversations.c.id == messages.c.conversation_id)
                .where(messages.c.answer.is_not(None))
                .order_by(feedback.c.created_at, messages.c.id)
            )
            return tuple(
                RatedAnswer(
                    row.patient_id or "",
                    _question_before(act.connection, row.conversation_id, row.position),
                    json.loads(row.answer),
                    int(row.thumb),
                    _names(act.connection, row.patient_id),
                )
                for row in act.connection.execute(query).all()
            )


def _first_draft(connection: Connection, document_id: str) -> dict[str, Any]:
    theirs = document_versions.c.document_id == document_id
    query = select(document_versions.c.answer).where(theirs, document_versions.c.number == 1)
    draft: dict[str, Any] = json.loads(connection.execute(query).scalar_one())
    return draft


def _question_before(connection: Connection, conversation_id: str, position: int) -> str:
    query = (
        select(messages.c.text)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.position < position,
            messages.c.role == "user",
        )
        .order_by(messages.c.position.desc())
        .limit(1)
    )
    return connection.execute(query).scalar() or ""


def _names(connection: Connection, patient_id: str | None) -> tuple[str, ...]:
    """The patient's name and number, and the names of all who have accounts: what must not be learned by heart."""
    found = [row.name for row in connection.execute(select(users.c.name))]
    if patient_id:
        query = select(patients.c.name, patients.c.mrn).where(patients.c.id == patient_id)
        for row in connection.execute(query):
            found += [row.name, row.mrn]
    return tuple(dict.fromkeys(name for name in found if name))
