"""Erasing: a patient everywhere, or what a retention period has run out for.

Rows are found by following the foreign keys from the patient, so that a table added later is not forgotten. The audit trail
keeps that it happened and no word of why in free text. Owns the deletion and the list of who was erased, by which a
restored backup forgets them again. Refuses to know pages and files that left the system.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, func, or_, select

from assistant.errors import StorageFailed
from assistant.store.access import Role
from assistant.store.tables import (
    audit,
    care_team,
    check_in_answers,
    check_ins,
    conversations,
    document_versions,
    messages,
    metadata,
    patients,
    signatures,
    team_questions,
    users,
)

_CHUNK = 500


class ErasureReason(StrEnum):
    """Why, as a code: free text could say what must be forgotten."""

    PATIENT_REQUEST = "patient_request"
    RETENTION = "retention"
    LEGAL_ORDER = "legal_order"
    WRONG_PATIENT = "wrong_patient"
    DUPLICATE = "duplicate"
    TEST_DATA = "test_data"
    OTHER = "other"


@dataclass(frozen=True)
class Erased:
    """What went, and what a person should still look at.

    Attributes:
        rows: deleted rows by table.
        also_held: other patients with the same record or number; perhaps the same person.
        mentions: conversations about no or another patient in which the name or number stands.
        exports: files that left the system according to the trail; they are not within reach.
    """

    patient_id: str
    rows: dict[str, int]
    also_held: tuple[str, ...]
    mentions: tuple[str, ...]
    exports: int


def erase_rows(connection: Connection, table: Table, column: str, values: Sequence[Any]) -> dict[str, int]:
    """Delete the rows of ``table`` with these values, and before them every row that refers to them."""
    counts: dict[str, int] = {}
    for chunk in _chunks(values):
        chosen = table.c[column].in_(chunk)
        if "id" in table.c:
            ids = connection.execute(select(table.c.id).where(chosen)).scalars().all()
            for child, foreign in _referring(table):
                if ids and child is not table:
                    _add(counts, erase_rows(connection, child, foreign.name, ids))
        gone = connection.execute(delete(table).where(chosen)).rowcount
        _add(counts, {table.name: gone} if gone else {})
    return counts


def erase_patient(connection: Connection, patient_id: str) -> Erased | None:
    """Delete a patient with all that hangs on them; None where there is no such patient."""
    row = connection.execute(select(patients).where(patients.c.id == patient_id)).one_or_none()
    if row is None:
        return None
    same = patients.c.source_sha256 == row.source_sha256
    also = set(connection.execute(select(patients.c.id).where(same, patients.c.id != patient_id)).scalars())
    if row.mrn:
        others = connection.execute(select(patients.c.id, patients.c.mrn).where(patients.c.id != patient_id))
        also |= {other.id for other in others if other.mrn == row.mrn}
    accounts = _accounts_of(connection, patient_id)
    left = select(func.count()).select_from(audit)
    exports = connection.execute(
        left.where(audit.c.patient_id == patient_id, audit.c.action == "export", audit.c.outcome == "ok")
    ).scalar_one()
    counts = erase_rows(connection, patients, "id", [patient_id])
    _add(counts, erase_rows(connection, users, "id", accounts))
    mentions = tuple(_mentions(connection, [word for word in (row.name, row.mrn) if word and len(word) > 1]))
    return Erased(patient_id, counts, tuple(sorted(also)), mentions, exports)


def _accounts_of(connection: Connection, patient_id: str) -> list[str]:
    """Accounts of the patient's own: role patient, on this care team and no other, author of nothing."""
    joined = select(users.c.id).join(care_team, care_team.c.user_id == users.c.id)
    own = joined.where(care_team.c.patient_id == patient_id, users.c.role == Role.PATIENT.value)
    elsewhere = select(care_team.c.user_id).where(care_team.c.patient_id != patient_id)
    wrote = select(document_versions.c.author_id).union(select(signatures.c.user_id))
    return list(
        connection.execute(own.where(users.c.id.not_in(elsewhere), users.c.id.not_in(wrote))).scalars()
    )


def _mentions(connection: Connection, words: list[str]) -> Iterator[str]:
    if not words:
        return
    for talk in connection.execute(select(conversations.c.id, conversations.c.title)).all():
        said = select(messages.c.text, messages.c.answer).where(messages.c.conversation_id == talk.id)
        texts = [talk.title, *(part for row in connection.execute(said) for part in row if part)]
        if any(word in part for word in words for part in texts):
            yield talk.id


def _referring(table: Table) -> list[tuple[Table, Column[Any]]]:
    return [
        (child, column)
        for child in metadata.sorted_tables
        for column in child.columns
        for key in column.foreign_keys
        if key.column.table is table
    ]


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def _add(counts: dict[str, int], more: dict[str, int]) -> None:
    for name, number in more.items():
        counts[name] = counts.get(name, 0) + number


class Erasures:
    """The list of erased patients' ids, beside the audit anchor: a backup from before does not know of them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, patient_id: str, time: str) -> None:
        try:
            handle = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
            with open(handle, "a", encoding="utf-8") as file:
                file.write(json.dumps({"patient_id": patient_id, "time": time}) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as fault:
            raise StorageFailed(
                f"The list of erased patients {self._path} cannot be written ({fault.strerror}). Nothing was erased."
            ) from fault

    def ids(self) -> tuple[str, ...]:
        try:
            lines = self._path.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return ()
        return tuple(dict.fromkeys(json.loads(line)["patient_id"] for line in lines if line.endswith("}")))


def overdue(connection: Connection, cutoffs: dict[str, str]) -> dict[str, list[str]]:
    """Ids of what a retention period has run out for, by kind; ``cutoffs`` gives the time before which it has.

    Kinds: ``conversations`` by their last message, ``drafts`` (documents that nobody signed) by their last version,
    ``patients`` by the last thing that happened to them.
    """
    found: dict[str, list[str]] = {}
    documents = metadata.tables["documents"]
    if "conversations" in cutoffs:
        old = conversations.c.updated_at < cutoffs["conversations"]
        found["conversations"] = list(connection.execute(select(conversations.c.id).where(old)).scalars())
    if "drafts" in cutoffs:
        signed = select(signatures.c.document_id)
        lately = select(document_versions.c.document_id).where(
            document_versions.c.created_at >= cutoffs["drafts"]
        )
        unsigned = documents.c.id.not_in(signed) & documents.c.id.not_in(lately)
        found["drafts"] = list(connection.execute(select(documents.c.id).where(unsigned)).scalars())
    if "patients" in cutoffs:
        cutoff = cutoffs["patients"]
        talked = select(conversations.c.patient_id).where(
            conversations.c.updated_at >= cutoff, conversations.c.patient_id.is_not(None)
        )
        wrote = (
            select(documents.c.patient_id)
            .join(document_versions, document_versions.c.document_id == documents.c.id)
            .where(document_versions.c.created_at >= cutoff)
        )
        answered = (
            select(check_ins.c.patient_id)
            .join(check_in_answers, check_in_answers.c.check_in_id == check_ins.c.id)
            .where(check_in_answers.c.given_at >= cutoff)
        )
        arranged = select(check_ins.c.patient_id).where(check_ins.c.arranged_at >= cutoff)
        asked = select(team_questions.c.patient_id).where(team_questions.c.asked_at >= cutoff)
        active = (talked, wrote, answered, arranged, asked)
        busy = or_(*(patients.c.id.in_(ids) for ids in active), patients.c.added_at >= cutoff)
        found["patients"] = list(connection.execute(select(patients.c.id).where(~busy)).scalars())
    return found
