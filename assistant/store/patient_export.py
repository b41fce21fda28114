"""All that is held on one patient, as files: the record as it came, what was said, what was written, who looked.

Owns what such an export holds and its FHIR R4 bundle. Refuses to know where the files go.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection, Select, select

from assistant.store.tables import (
    audit,
    care_team,
    check_in_answers,
    check_ins,
    conversations,
    document_versions,
    documents,
    emergency_access,
    feedback,
    goal_states,
    messages,
    patients,
    signatures,
    team_questions,
)

_ENDINGS = {"bundle": "json", "chart": "txt", "pdf": "pdf"}
_GENDERS = {"male", "female", "other", "unknown"}


@dataclass(frozen=True)
class PatientFiles:
    """Content by relative path; the names are ours, never the uploader's."""

    files: dict[str, bytes]


def patient_files(connection: Connection, patient_id: str) -> PatientFiles | None:
    """None where there is no such patient."""
    row = connection.execute(select(patients).where(patients.c.id == patient_id)).one_or_none()
    if row is None:
        return None
    about = {name: value for name, value in row._mapping.items() if name != "source"}
    about["care_team"] = _rows(connection, select(care_team).where(care_team.c.patient_id == patient_id))
    about["emergency_access"] = _rows(
        connection, select(emergency_access).where(emergency_access.c.patient_id == patient_id)
    )
    talks = _talks(connection, patient_id)
    written = _documents(connection, patient_id)
    looked = select(audit).where(audit.c.patient_id == patient_id).order_by(audit.c.seq)
    files = {
        f"record.{_ENDINGS.get(row.source_kind, 'bin')}": bytes(row.source),
        "patient.json": _json(about),
        "conversations.json": _json(talks),
        "check_ins.json": _json(_check_ins(connection, patient_id)),
        "team_questions.json": _json(
            _rows(connection, select(team_questions).where(team_questions.c.patient_id == patient_id))
        ),
        "audit.json": _json(_rows(connection, looked)),
        "fhir.json": _json(_bundle(about, written)),
    }
    for document in written:
        for version in document["versions"]:
            stem = PurePosixPath("documents") / f"{document['kind']}-{document['id'][:8]}-{version['number']}"
            files[f"{stem}.md"] = version["text"].encode()
            files[f"{stem}.json"] = _json({**document, "versions": [version]})
    return PatientFiles(files)


def _talks(connection: Connection, patient_id: str) -> list[dict[str, Any]]:
    talks = _rows(connection, select(conversations).where(conversations.c.patient_id == patient_id))
    for talk in talks:
        theirs = messages.c.conversation_id == talk["id"]
        talk["messages"] = _rows(connection, select(messages).where(theirs).order_by(messages.c.position))
        for message in talk["messages"]:
            message["answer"] = json.loads(message["answer"]) if message["answer"] else None
            rated = select(feedback).where(feedback.c.message_id == message["id"])
            message["feedback"] = _rows(connection, rated)
    return talks


def _check_ins(connection: Connection, patient_id: str) -> list[dict[str, Any]]:
    theirs = select(check_ins).where(check_ins.c.patient_id == patient_id).order_by(check_ins.c.day)
    found = _rows(connection, theirs)
    for one in found:
        one["questions"] = json.loads(one["questions"])
        said = select(check_in_answers).where(check_in_answers.c.check_in_id == one["id"])
        one["answers"] = _rows(connection, said.order_by(check_in_answers.c.given_at))
        for row in one["answers"]:
            row["answers"] = json.loads(row["answers"])
    return found


def _documents(connection: Connection, patient_id: str) -> list[dict[str, Any]]:
    found = _rows(connection, select(documents).where(documents.c.patient_id == patient_id))
    for document in found:
        theirs = document_versions.c.document_id == document["id"]
        query = select(document_versions).where(theirs).order_by(document_versions.c.number)
        document["versions"] = _rows(connection, query)
        ticked = select(goal_states).where(goal_states.c.document_id == document["id"])
        document["goals"] = _rows(connection, ticked)
        for version in document["versions"]:
            version["answer"] = json.loads(version["answer"])
            signed = (signatures.c.document_id == document["id"]) & (signatures.c.number == version["number"])
            version["signatures"] = _rows(connection, select(signatures).where(signed))
    return found


def _bundle(about: dict[str, Any], written: list[dict[str, Any]]) -> dict[str, Any]:
    """A FHIR R4 collection: the Patient, and a DocumentReference for each version."""
    patient: dict[str, Any] = {"resourceType": "Patient", "id": about["id"]}
    if about["name"]:
        patient["name"] = [{"text": about["name"]}]
    if about["mrn"]:
        patient["identifier"] = [{"value": about["mrn"]}]
    if about["sex"] in _GENDERS:
        patient["gender"] = about["sex"]
    resources = [patient]
    for document in written:
        for version in document["versions"]:
            attachment = {
                "contentType": "text/markdown",
                "data": base64.b64encode(version["text"].encode()).decode(),
                "title": document["title"],
                "creation": version["created_at"],
            }
            resources.append(
                {
                    "resourceType": "DocumentReference",
                    "id": f"{document['id']}-{version['number']}",
                    "status": "current",
                    "docStatus": "final" if version["signatures"] else "preliminary",
                    "subject": {"reference": f"Patient/{about['id']}"},
                    "description": f"{document['kind']}, version {version['number']}"
                    + ("" if version["signatures"] else " (AI-assisted draft, not signed)"),
                    "content": [{"attachment": attachment}],
                }
            )
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}


def _rows(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()
