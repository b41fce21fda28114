"""What the operator does to the whole store: rotate its key, back it up, restore it, erase, keep to periods.

Each is one audited act. Owns their order, so that a fault in between loses nothing and leaves nothing behind. Refuses to
know the command line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select, update

from assistant.errors import BadInput, StorageFailed
from assistant.store.access import Actor, Right
from assistant.store.anchor import GENESIS, Anchor, AnchorState, Head
from assistant.store.audit import Action, Audit, Clock, Outcome
from assistant.store.backup import BackupContent, load_backup, verify_backup, write_backup
from assistant.store.database import Database, stamp, wrapped_keys
from assistant.store.erasure import Erased, ErasureReason, Erasures, erase_patient, erase_rows, overdue
from assistant.store.immutable import put_aside
from assistant.store.patient_export import PatientFiles, patient_files
from assistant.store.sealed_types import SealedBytes, SealedHash, SealedName, SealedText
from assistant.store.tables import (
    audit,
    conversations,
    data_keys,
    documents,
    metadata,
    patients,
    sessions,
    users,
)

_SEALED = (SealedText, SealedBytes, SealedHash, SealedName)


@dataclass(frozen=True)
class Periods:
    """How many days each kind is kept after its last use; 0 keeps it. The audit trail is never cut."""

    conversations_days: int = 0
    drafts_days: int = 0
    patients_days: int = 0
    sessions_days: int = 90


@dataclass(frozen=True)
class Kept:
    """What a run of the periods deleted, by kind."""

    conversations: int
    drafts: int
    patients: int
    sessions: int


class Upkeep:
    def __init__(self, database: Database, audit_: Audit, clock: Clock, anchor: Path) -> None:
        self._database = database
        self._audit = audit_
        self._clock = clock
        self._anchor = Anchor(anchor)
        self._erasures = Erasures(anchor.with_name("erased.jsonl"))

    def rotate(self, actor: Actor, *, new_master: bool = True) -> int:
        """Seal every row anew under a fresh data key; returns how many rows.

        With ``new_master`` a fresh master key goes first into the key file; older ones stay there, because older backups
        are sealed with them.
        """
        source = self._database.source
        master = source.add() if new_master else source.load_or_make()
        keys, rows = self._database.keys, 0
        with self._audit.act(actor, Right.MAINTAIN, Action.ROTATE, "data_key") as act:
            connection = act.connection
            before = wrapped_keys(connection)
            made = keys.make(master)
            act.object_id = made.id
            position = connection.execute(select(func.max(data_keys.c.position))).scalar_one() + 1
            connection.execute(insert(data_keys).values(position=position, **vars(made)))
            keys.activate(made.id)
            with put_aside(connection):
                for table in metadata.sorted_tables:
                    rows += _reseal(connection, table.name)
            connection.execute(delete(data_keys).where(data_keys.c.id.in_([key.id for key in before])))
        self._scrub()
        return rows

    def backup(self, actor: Actor, target: Path) -> BackupContent:
        """An encrypted copy of everything, read back before it is named a backup."""
        made = stamp(self._clock())
        self._audit.write(actor, Action.BACKUP, "database", right=Right.MAINTAIN)
        return write_backup(self._database, target, made)

    def restore(self, actor: Actor, source: Path, *, replace_all: bool = False) -> BackupContent:
        """Put a backup in place of all there is, or change nothing.

        Patients who were erased since are erased again. The trail goes on from the backup's last row; where rows were lost
        by it, ``audit verify`` says so from then on.

        Raises:
            BadInput: not a whole backup of ours; or the database is in use and ``replace_all`` was not said.
        """
        content = verify_backup(source, self._database.source)
        with self._audit.act(actor, Right.MAINTAIN, Action.RESTORE, "database") as act:
            used = act.connection.execute(select(func.count()).select_from(users)).scalar_one()
            used += act.connection.execute(select(func.count()).select_from(patients)).scalar_one()
            if used and not replace_all:
                raise BadInput(
                    "The database holds accounts or patients already. To lose them for what the backup holds, say --replace."
                )
            load_backup(self._database, act.connection, source)
            self._database.keys.hold(wrapped_keys(act.connection))
            for patient_id in self._erasures.ids():
                erase_patient(act.connection, patient_id)
            # Signed out, disabled or given a new password since: nobody comes back in by an old page.
            act.connection.execute(update(sessions).values(ended_at=stamp(self._clock())))
            if not used:
                self._follow(act.connection)
        self._scrub()
        return content

    def _follow(self, connection: Connection) -> None:
        """On a new machine the anchor begins where the restored trail ends."""
        last = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1))
        row = last.one_or_none()
        head = Head(row.seq, row.hash) if row else GENESIS
        with self._anchor.held():
            try:
                state = self._anchor.read() or AnchorState()
            except ValueError:
                return  # the break is for the trail to tell
            if state.confirmed.seq <= head.seq:
                self._anchor.write(replace(state, confirmed=head, pending=None))

    def erase(self, actor: Actor, patient_id: str, reason: ErasureReason) -> Erased:
        """Erase a patient everywhere. Raises BadInput where there is none; the files are scrubbed all the same."""
        gone = self._erase(actor, patient_id, reason)
        self._scrub()
        if gone is None:
            raise BadInput("There is no such patient; nothing was erased.")
        return gone

    def _erase(self, actor: Actor, patient_id: str, reason: ErasureReason) -> Erased | None:
        with self._audit.act(
            actor, Right.MAINTAIN, Action.ERASE, f"patient.{reason.value}", patient_id, patient_id
        ) as act:
            gone = erase_patient(act.connection, patient_id)
            if gone is None:
                act.outcome = Outcome.REPEATED
            else:
                self._erasures.note(patient_id, stamp(self._clock()))
        return gone

    def _scrub(self) -> None:
        try:
            self._database.scrub()
        except StorageFailed as fault:
            raise StorageFailed(
                f"It is done, but what the rows were may still lie in the files. {fault} Stop the app and run this again."
            ) from fault

    def export_patient(self, actor: Actor, patient_id: str) -> PatientFiles:
        """All that is held on one patient, as files."""
        with self._audit.act(actor, Right.MAINTAIN, Action.EXPORT, "patient", patient_id, patient_id) as act:
            found = patient_files(act.connection, patient_id)
            if found is None:
                raise BadInput("There is no such patient; nothing was exported.")
            return found

    def keep_to(self, actor: Actor, periods: Periods, *, dry_run: bool = False) -> Kept:
        """Delete what the periods have run out for; with ``dry_run`` only count it."""
        days = {
            "conversations": periods.conversations_days,
            "drafts": periods.drafts_days,
            "patients": periods.patients_days,
        }
        cutoffs = {kind: self._before(n) for kind, n in days.items() if n > 0}
        with self._audit.act(actor, Right.MAINTAIN, Action.ERASE, "retention") as act:
            found = overdue(act.connection, cutoffs)
            stale = sessions.c.seen_at < self._before(periods.sessions_days)
            old = act.connection.execute(select(func.count()).select_from(sessions).where(stale)).scalar_one()
            if not dry_run:
                erase_rows(act.connection, conversations, "id", found.get("conversations", []))
                erase_rows(act.connection, documents, "id", found.get("drafts", []))
                if periods.sessions_days > 0:
                    act.connection.execute(delete(sessions).where(stale))
        if any(found.values()) and not dry_run:
            for patient_id in found.get("patients", []):
                self._erase(actor, patient_id, ErasureReason.RETENTION)
            self._scrub()
        return Kept(
            conversations=len(found.get("conversations", [])),
            drafts=len(found.get("drafts", [])),
            patients=len(found.get("patients", [])),
            sessions=old if periods.sessions_days > 0 else 0,
        )

    def _before(self, days: int) -> str:
        return stamp(self._clock() - timedelta(days=days))


def _reseal(connection: Connection, name: str) -> int:
    """Read each row with the key that sealed it and write it with the active one."""
    table = metadata.tables[name]
    sealed = [column for column in table.columns if isinstance(column.type, _SEALED)]
    if not sealed:
        return 0
    ids = list(table.primary_key.columns)
    rows = connection.execute(select(*ids)).all()
    for key in rows:
        this = [column == value for column, value in zip(ids, key, strict=True)]
        plain = connection.execute(select(*sealed).where(*this)).one()._mapping
        connection.execute(update(table).where(*this).values({c.name: plain[c.name] for c in sealed}))
    return len(rows)
