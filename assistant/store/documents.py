"""Documents: drafts, their versions, and the signature that makes one version a document.

A version never changes: an edit is a new, unsigned version, and what was signed stays readable as it was signed. Owns what
a signature covers. Refuses to know how a document was composed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, Select, and_, func, insert, select

from assistant.domain.answer_json import answer_from_json
from assistant.domain.open_points import OpenPoint, open_points
from assistant.errors import AccessDenied, BadInput
from assistant.store.access import RIGHTS, Actor, Right, require_patient
from assistant.store.audit import Act, Action, Audit, Clock, Outcome
from assistant.store.database import stamp
from assistant.store.tables import document_versions, documents, signatures


class DocumentKind(StrEnum):
    DISCHARGE = "discharge"
    PLAN = "plan"
    HANDOUT = "handout"
    NOTE = "note"
    ADMISSION = "admission"
    REFERRAL = "referral"
    HANDOVER = "handover"
    OTHER = "other"


@dataclass(frozen=True)
class Signature:
    """``intact``: the version is, to the letter, what was signed."""

    user_id: str
    user_name: str
    signed_at: str
    intact: bool


@dataclass(frozen=True)
class DocumentVersion:
    document_id: str
    number: int
    patient_id: str
    kind: DocumentKind
    title: str
    language: str
    text: str
    answer: dict[str, Any]
    author_id: str
    author_name: str
    created_at: str
    sha256: str
    signature: Signature | None

    @property
    def signed(self) -> bool:
        return self.signature is not None and self.signature.intact


class Documents:
    def __init__(self, audit: Audit, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def save_draft(
        self,
        actor: Actor,
        patient_id: str,
        kind: DocumentKind,
        title: str,
        text: str,
        answer: Mapping[str, Any],
        *,
        language: str = "en",
        idempotency_key: str | None = None,
    ) -> DocumentVersion:
        """Keep a new document with its first version; the same ``idempotency_key`` again returns what was kept."""
        if answer.get("settled"):
            raise BadInput("A new draft has nothing settled yet: open points are settled in it, by name.")
        key = idempotency_key or uuid4().hex
        with self._audit.act(actor, Right.DRAFT, Action.ADD, "document", "", patient_id) as act:
            require_patient(act.connection, actor, patient_id)
            same = (documents.c.patient_id == patient_id) & (documents.c.idempotency_key == key)
            kept = act.connection.execute(select(documents.c.id).where(same)).scalar_one_or_none()
            if kept is not None:
                act.object_id, act.outcome = kept, Outcome.REPEATED
                return self._one(act.connection, kept, 1)
            act.object_id = uuid4().hex
            act.connection.execute(
                insert(documents).values(
                    id=act.object_id,
                    patient_id=patient_id,
                    kind=kind.value,
                    title=title,
                    language=language,
                    idempotency_key=key,
                    created_at=stamp(self._clock()),
                )
            )
            return self._add_version(act, actor, act.object_id, 1, text, answer)

    def edit(
        self, actor: Actor, document_id: str, text: str, answer: Mapping[str, Any], *, base: int
    ) -> DocumentVersion:
        """Keep a new, unsigned version made from version ``base``.

        Raises BadInput where another version came in between, AccessDenied where an open point is settled by someone
        who may not sign, or in another's name.
        """
        with self._audit.act(actor, Right.DRAFT, Action.EDIT, "document", document_id) as act:
            latest = self._require(act, actor, document_id)
            if latest.number != base:
                raise BadInput(
                    f"{latest.author_name} saved version {latest.number} while you edited version {base}. "
                    "Open it and make your changes there."
                )
            before = latest.answer.get("settled") or []
            added = [row for row in answer.get("settled") or [] if row not in before]
            if added and (
                Right.SIGN not in RIGHTS[act.role] or any(row["by"] != actor.name for row in added)
            ):
                raise AccessDenied("Only someone who may sign settles an open point, and in their own name.")
            return self._add_version(act, actor, document_id, base + 1, text, answer)

    def sign(self, actor: Actor, document_id: str, number: int, *, sha256: str) -> DocumentVersion:
        """Sign a version as it was read: ``sha256`` is the one that came with it.

        Raises BadInput where it is not the latest version, is not what was read, has open points that nobody has
        settled, or someone else signed it.
        """
        with self._audit.act(actor, Right.SIGN, Action.SIGN, "document", document_id) as act:
            latest = self._require(act, actor, document_id)
            if latest.number != number:
                raise BadInput(
                    f"Version {number} is not the latest; read version {latest.number} before you sign."
                )
            if sha256 != latest.sha256 or _digest(latest) != latest.sha256:
                raise BadInput("The text is not the one you read; open it again before you sign.")
            if latest.signature is not None:
                if latest.signature.user_id != actor.user_id:
                    raise BadInput(f"{latest.signature.user_name} has already signed version {number}.")
                act.outcome = Outcome.REPEATED
                return latest
            still_open = _open_points(latest)
            if still_open:
                raise BadInput(
                    f"{len(still_open)} open point(s) stand in version {number}, the first: “{still_open[0].text[:120]}”. "
                    "Settle each, or override it with a reason, before you sign."
                )
            act.connection.execute(
                insert(signatures).values(
                    document_id=document_id,
                    number=number,
                    user_id=actor.user_id,
                    user_name=actor.name,
                    signed_at=stamp(self._clock()),
                    sha256=sha256,
                )
            )
            return self._one(act.connection, document_id, number)

    def versions(self, actor: Actor, document_id: str) -> tuple[DocumentVersion, ...]:
        """Every version, oldest first. For those who draft; a patient reads ``signed_for_patient``."""
        with self._audit.act(actor, Right.READ_RECORD, Action.READ, "document", document_id) as act:
            self._require(act, actor, document_id)
            query = _versions().where(documents.c.id == document_id).order_by(document_versions.c.number)
            return tuple(_version(row) for row in act.connection.execute(query))

    def latest(self, actor: Actor, document_id: str) -> DocumentVersion:
        with self._audit.act(actor, Right.READ_RECORD, Action.READ, "document", document_id) as act:
            return self._require(act, actor, document_id)

    def for_patient(self, actor: Actor, patient_id: str) -> tuple[DocumentVersion, ...]:
        """The latest version of each document of a patient, the newest document first. For those who draft."""
        with self._audit.act(actor, Right.READ_RECORD, Action.READ, "documents", "", patient_id) as act:
            require_patient(act.connection, actor, patient_id)
            newest = (
                select(document_versions.c.document_id, func.max(document_versions.c.number).label("number"))
                .group_by(document_versions.c.document_id)
                .subquery()
            )
            at_newest = and_(
                newest.c.document_id == document_versions.c.document_id,
                newest.c.number == document_versions.c.number,
            )
            query = _versions().join(newest, at_newest).where(documents.c.patient_id == patient_id)
            rows = act.connection.execute(query.order_by(documents.c.created_at.desc(), documents.c.id))
            return tuple(_version(row) for row in rows)

    def signed_for_patient(self, actor: Actor, patient_id: str) -> tuple[DocumentVersion, ...]:
        """The last signed version of each document: all that the patient view may show.

        A version that is not to the letter what was signed is left out.
        """
        with self._audit.act(
            actor, Right.READ_SIGNED, Action.READ, "signed_documents", "", patient_id
        ) as act:
            require_patient(act.connection, actor, patient_id)
            query = _versions().where(documents.c.patient_id == patient_id, signatures.c.user_id.is_not(None))
            rows = act.connection.execute(query.order_by(documents.c.created_at, document_versions.c.number))
            last = {version.document_id: version for version in map(_version, rows) if version.signed}
            return tuple(reversed(last.values()))

    def export(self, actor: Actor, document_id: str, number: int) -> DocumentVersion:
        """A version to be written to a file that leaves the system; audited as such."""
        with self._audit.act(actor, Right.READ_RECORD, Action.EXPORT, "document", document_id) as act:
            self._require(act, actor, document_id)
            return self._one(act.connection, document_id, number)

    def _require(self, act: Act, actor: Actor, document_id: str) -> DocumentVersion:
        """The latest version, for someone who cares for its patient."""
        query = (
            _versions()
            .where(documents.c.id == document_id)
            .order_by(document_versions.c.number.desc())
            .limit(1)
        )
        row = act.connection.execute(query).one_or_none()
        if row is None:
            raise AccessDenied("You are not on this patient's care team, or there is no such document.")
        act.patient_id = row.patient_id
        require_patient(act.connection, actor, row.patient_id)
        return _version(row)

    def _one(self, connection: Connection, document_id: str, number: int) -> DocumentVersion:
        query = _versions().where(documents.c.id == document_id, document_versions.c.number == number)
        row = connection.execute(query).one_or_none()
        if row is None:
            raise BadInput(f"The document has no version {number}.")
        return _version(row)

    def _add_version(
        self, act: Act, actor: Actor, document_id: str, number: int, text: str, answer: Mapping[str, Any]
    ) -> DocumentVersion:
        about = act.connection.execute(select(documents).where(documents.c.id == document_id)).one()
        kept = json.dumps(answer, ensure_ascii=False, sort_keys=True)
        act.connection.execute(
            insert(document_versions).values(
                document_id=document_id,
                number=number,
                text=text,
                answer=kept,
                author_id=actor.user_id,
                author_name=actor.name,
                created_at=stamp(self._clock()),
                sha256=_sha256(document_id, number, about, text, kept),
            )
        )
        return self._one(act.connection, document_id, number)


def _versions() -> Select[Any]:
    signed_by = [
        signatures.c.user_id.label("signer_id"),
        signatures.c.user_name.label("signer_name"),
        signatures.c.signed_at,
        signatures.c.sha256.label("signed_sha256"),
    ]
    about = [documents.c.patient_id, documents.c.kind, documents.c.title, documents.c.language]
    signature_of = and_(
        signatures.c.document_id == document_versions.c.document_id,
        signatures.c.number == document_versions.c.number,
    )
    return (
        select(document_versions, *about, *signed_by)
        .join(documents, documents.c.id == document_versions.c.document_id)
        .outerjoin(signatures, signature_of)
    )


def _version(row: Row[Any]) -> DocumentVersion:
    computed = _sha256(row.document_id, row.number, row, row.text, row.answer)
    signature = None
    if row.signer_id is not None:
        signature = Signature(row.signer_id, row.signer_name, row.signed_at, computed == row.signed_sha256)
    return DocumentVersion(
        row.document_id,
        row.number,
        row.patient_id,
        DocumentKind(row.kind),
        row.title,
        row.language,
        row.text,
        json.loads(row.answer),
        row.author_id,
        row.author_name,
        row.created_at,
        row.sha256,
        signature,
    )


def _open_points(version: DocumentVersion) -> tuple[OpenPoint, ...]:
    try:
        answer = answer_from_json(version.answer)
    except (KeyError, ValueError):
        return ()  # kept by another program: it has no sections and sentences of ours to be open
    return open_points(answer)


def _digest(version: DocumentVersion) -> str:
    kept = json.dumps(version.answer, ensure_ascii=False, sort_keys=True)
    return _sha256(version.document_id, version.number, version, version.text, kept)


def _sha256(document_id: str, number: int, about: Row[Any] | DocumentVersion, text: str, answer: str) -> str:
    """Covers what is read and whom it is about: a signed text moved to another patient is no longer signed."""
    whole = [
        document_id,
        number,
        about.patient_id,
        str(about.kind),
        about.title,
        about.language,
        text,
        answer,
    ]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()
