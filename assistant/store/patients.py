"""Patients: the source record exactly as it came, what lists show of it, and who may open it.

The source's bytes are never altered. Owns the care team. Refuses to know how a record is read.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, or_, select

from assistant.errors import BadInput, StorageFailed
from assistant.store.access import (
    RIGHTS,
    SYSTEM,
    Actor,
    Right,
    Role,
    may_open,
    on_team,
    require_patient,
    require_team,
)
from assistant.store.audit import Act, Action, Audit, Clock, Outcome
from assistant.store.database import stamp
from assistant.store.tables import care_team, patients, users, ward_members, wards
from assistant.store.usernames import folded

_TO_NAME_THE_PATIENT = ("name", "language")
_TO_TELL_PATIENTS_APART = (*_TO_NAME_THE_PATIENT, "sex", "birth_date", "age_text", "mrn")


class SourceKind(StrEnum):
    BUNDLE = "bundle"
    CHART = "chart"
    PDF = "pdf"


@dataclass(frozen=True)
class RecordSource:
    """The file as it was given. ``filename`` is for showing; nothing is opened by it."""

    kind: SourceKind
    content: bytes
    filename: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class PatientDisplay:
    """What a list of patients shows, as the record states it; None where it is silent."""

    name: str | None = None
    sex: str | None = None
    birth_date: str | None = None
    age_text: str | None = None
    mrn: str | None = None
    language: str = "en"
    admitted: str | None = None
    discharged: str | None = None
    problem: str | None = None
    """One line: why the patient is here."""


@dataclass(frozen=True)
class PatientRow:
    id: str
    display: PatientDisplay
    source_kind: SourceKind
    filename: str
    ward_id: str | None
    added_at: str


class Patients:
    def __init__(self, audit: Audit, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def add(
        self, actor: Actor, source: RecordSource, display: PatientDisplay, *, ward_id: str | None = None
    ) -> str:
        """Keep a record; returns the patient's id. The same bytes given twice are one patient.

        With ``ward_id`` the patient belongs to that ward, and ``actor`` must too; else to ``actor`` until shared.
        """
        with self._audit.act(actor, Right.ADD_PATIENT, Action.ADD, "patient") as act:
            scope = self._scope(act.connection, actor, ward_id)
            mine = or_(patients.c.scope == scope, on_team(actor.user_id))
            known: str | None = act.connection.execute(
                select(patients.c.id).where(patients.c.source_sha256 == source.sha256, mine).limit(1)
            ).scalar_one_or_none()
            act.object_id = act.patient_id = known or uuid4().hex
            if known:
                act.outcome = Outcome.REPEATED
                return known
            self._insert(act, actor, source, display, ward_id, scope)
            return act.patient_id

    def visible_to(self, actor: Actor) -> tuple[PatientRow, ...]:
        """The patients that ``actor`` cares for, latest admission first."""
        columns = [c for c in patients.c if c.name != "source"]
        with self._audit.act(actor, Right.READ_SIGNED, Action.LIST, "patient") as act:
            rows = act.connection.execute(select(*columns).where(may_open(actor.user_id)))
            # The database cannot sort what it cannot read.
            found = sorted(rows, key=lambda row: (row.name or "", row.id))
            found.sort(key=lambda row: row.admitted or "", reverse=True)
            return tuple(_patient(row, act.role) for row in found)

    def still_open(self, actor: Actor, patient_id: str) -> bool:
        """Whether a page that shows this patient may go on showing: asked before what was read earlier is drawn again."""
        mine = (patients.c.id == patient_id) & may_open(actor.user_id, now=stamp(self._clock()))
        with self._audit.reading() as connection:
            return connection.execute(select(patients.c.id).where(mine)).one_or_none() is not None

    def with_number(self, actor: Actor, mrn: str) -> tuple[str, ...]:
        """Ids of the patients with this hospital number, for who searches the trail; no name comes with them."""
        wanted = "".join(mrn.split()).casefold()
        with self._audit.act(actor, Right.READ_AUDIT, Action.LIST, "patient") as act:
            rows = act.connection.execute(select(patients.c.id, patients.c.mrn)).all()
        return tuple(row.id for row in rows if row.mrn and "".join(row.mrn.split()).casefold() == wanted)

    def team(self, actor: Actor, patient_id: str) -> tuple[tuple[str, str, Role], ...]:
        """The care team by name: user id, user name, role. The ward's people open the patient beside them."""
        query = (
            select(users.c.id, users.c.username, users.c.role)
            .join(care_team, care_team.c.user_id == users.c.id)
            .where(care_team.c.patient_id == patient_id)
        )
        with self._audit.act(actor, Right.READ_RECORD, Action.LIST, "care_team", "", patient_id) as act:
            require_patient(act.connection, actor, patient_id)
            rows = sorted(act.connection.execute(query), key=lambda row: str(row.username))
            return tuple((row.id, row.username, Role(row.role)) for row in rows)

    def row(self, actor: Actor, patient_id: str) -> PatientRow:
        columns = [c for c in patients.c if c.name != "source"]
        with self._audit.act(actor, Right.READ_SIGNED, Action.READ, "patient", patient_id, patient_id) as act:
            require_patient(act.connection, actor, patient_id)
            row = act.connection.execute(select(*columns).where(patients.c.id == patient_id)).one()
            return _patient(row, act.role)

    def source(self, actor: Actor, patient_id: str) -> RecordSource:
        """The record's bytes. Raises StorageFailed where they are no longer what was kept."""
        with self._audit.act(actor, Right.READ_RECORD, Action.READ, "record", patient_id, patient_id) as act:
            require_patient(act.connection, actor, patient_id)
            row = act.connection.execute(select(patients).where(patients.c.id == patient_id)).one()
        source = RecordSource(SourceKind(row.source_kind), bytes(row.source), row.filename)
        if source.sha256 != row.source_sha256:
            raise StorageFailed(
                "This record was changed in storage after it was added. Restore it from a backup."
            )
        return source

    def share(self, actor: Actor, patient_id: str, user_id: str) -> None:
        """Put a colleague, or the patient's own account, on the care team. Emergency access does not share."""
        with self._audit.act(
            actor, Right.SHARE_PATIENT, Action.SHARE, "care_team", user_id, patient_id
        ) as act:
            require_team(act.connection, actor, patient_id)
            self._share(act, actor, patient_id, users.c.id == user_id)

    def share_by_name(self, actor: Actor, patient_id: str, username: str) -> None:
        """As ``share``, for the user name that a colleague is known by."""
        with self._audit.act(actor, Right.SHARE_PATIENT, Action.SHARE, "care_team", "", patient_id) as act:
            require_team(act.connection, actor, patient_id)
            self._share(act, actor, patient_id, users.c.username == folded(username))

    def unshare(self, actor: Actor, patient_id: str, user_id: str) -> None:
        with self._audit.act(
            actor, Right.SHARE_PATIENT, Action.UNSHARE, "care_team", user_id, patient_id
        ) as act:
            require_team(act.connection, actor, patient_id)
            member = (care_team.c.patient_id == patient_id) & (care_team.c.user_id == user_id)
            act.connection.execute(delete(care_team).where(member))

    def _share(self, act: Act, actor: Actor, patient_id: str, whom: ColumnElement[bool]) -> None:
        account = act.connection.execute(select(users).where(whom)).one_or_none()
        if account is None or account.disabled_at is not None:
            raise BadInput("There is no such account.")
        act.object_id = account.id
        teams = select(care_team.c.patient_id).where(care_team.c.user_id == account.id)
        theirs = act.connection.execute(teams).scalars().all()
        if patient_id in theirs:
            act.outcome = Outcome.REPEATED
            return
        if account.role == Role.PATIENT and theirs:
            raise BadInput("This account is another patient's; a patient's account opens one patient alone.")
        self._join(act, actor, patient_id, account.id)

    def _scope(self, connection: Connection, actor: Actor, ward_id: str | None) -> str:
        if ward_id is None:
            if actor == SYSTEM:
                raise BadInput("A patient that the program loads needs a ward; name one.")
            return f"user:{actor.user_id}"
        if connection.execute(select(wards.c.id).where(wards.c.id == ward_id)).one_or_none() is None:
            raise BadInput(f"There is no ward {ward_id!r}.")
        member = (ward_members.c.ward_id == ward_id) & (ward_members.c.user_id == actor.user_id)
        if (
            actor != SYSTEM
            and connection.execute(select(ward_members.c.user_id).where(member)).one_or_none() is None
        ):
            raise BadInput(
                f"You do not work on the ward {ward_id!r}; add the patient without a ward and share it."
            )
        return f"ward:{ward_id}"

    def _insert(
        self,
        act: Act,
        actor: Actor,
        source: RecordSource,
        display: PatientDisplay,
        ward_id: str | None,
        scope: str,
    ) -> None:
        act.connection.execute(
            insert(patients).values(
                id=act.patient_id,
                source_kind=source.kind.value,
                source=source.content,
                filename=source.filename,
                source_sha256=source.sha256,
                scope=scope,
                ward_id=ward_id,
                added_by=actor.user_id,
                added_at=stamp(self._clock()),
                **vars(display),
            )
        )
        if ward_id is None:
            self._join(act, actor, act.patient_id, actor.user_id)

    def _join(self, act: Act, actor: Actor, patient_id: str, user_id: str) -> None:
        act.connection.execute(
            insert(care_team).values(
                patient_id=patient_id, user_id=user_id, added_by=actor.user_id, added_at=stamp(self._clock())
            )
        )


def _patient(row: Row[tuple[object, ...]], role: Role) -> PatientRow:
    """What a list shows to ``role``: who may not read the record sees who it is, and nothing that it says."""
    shown = {name: getattr(row, name) for name in PatientDisplay.__dataclass_fields__}
    if Right.READ_RECORD in RIGHTS[role]:
        display, filename = PatientDisplay(**shown), row.filename
    else:
        kept = _TO_NAME_THE_PATIENT if role is Role.PATIENT else _TO_TELL_PATIENTS_APART
        display, filename = PatientDisplay(**{name: shown[name] for name in kept}), ""
    return PatientRow(row.id, display, SourceKind(row.source_kind), filename, row.ward_id, row.added_at)
