"""The audit trail: who did what to which patient's things, and with what outcome. No audit, no act.

Owns the only way into a writing transaction (``act``): the row that tells of an act commits with the act or neither does,
and a refusal leaves its own row. Refuses to know what was said or written: identifiers only, never clinical text.

Rows are numbered without gaps and each carries the hash of the one before; ``anchor`` keeps the head outside the database.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Row, insert, select
from sqlalchemy.exc import IntegrityError

from assistant.errors import AccessDenied, StorageFailed
from assistant.store.access import Actor, Right, Role, close_overdue, require
from assistant.store.anchor import GENESIS, Anchor, Head
from assistant.store.database import Database, stamp
from assistant.store.liveness import require_live
from assistant.store.tables import audit

Clock = Callable[[], datetime]
_MADE_HERE = re.compile(r"(?:[a-z]{1,8}-)?[0-9a-f]{8,64}")
"""Ids that Bedside draws or hashes; a prefix such as ``c-`` says of what."""
_OF_THE_PROGRAM = re.compile(r"|system|operator:\d{1,10}|first-accounts|signed|feedback")
_CHOSEN = re.compile(r"[A-Za-z0-9_.:\-]{0,64}")
_CHOSEN_KINDS = frozenset({"guideline", "collection", "scope", "adapter"})
"""Of these the ids are names that whoever keeps the shelf or the adapters chose; they are nothing of a patient."""


class Action(StrEnum):
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    CHANGE_PASSWORD = "change_password"
    ADD = "add"
    LIST = "list"
    READ = "read"
    EDIT = "edit"
    SIGN = "sign"
    EXPORT = "export"
    SHARE = "share"
    UNSHARE = "unshare"
    DISABLE = "disable"
    ENABLE = "enable"
    ASK = "ask"
    RATE = "rate"
    BREAK_GLASS = "break_glass"
    REVIEW = "review"
    REMOVE = "remove"
    VERIFY = "verify"
    ROTATE = "rotate"
    BACKUP = "backup"
    RESTORE = "restore"
    ERASE = "erase"


class Outcome(StrEnum):
    OK = "ok"
    DENIED = "denied"
    REPEATED = "repeated"
    """The same request came twice, and the second changed nothing."""


@dataclass(frozen=True)
class AuditRow:
    seq: int
    time: str
    user_id: str
    action: str
    object_kind: str
    object_id: str
    patient_id: str
    outcome: str
    previous: str
    hash: str


@dataclass(frozen=True)
class Verdict:
    """What ``verify`` found. ``problems`` is empty when the trail is whole; one plain line each otherwise."""

    rows: int
    problems: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not self.problems


@dataclass
class Act:
    """One act under way. Its object may become known only inside the transaction; ``role`` is the account's as it stands."""

    connection: Connection
    user_id: str
    action: Action
    object_kind: str
    object_id: str
    patient_id: str
    outcome: Outcome = Outcome.OK
    role: Role = Role.SYSTEM


class Audit:
    def __init__(self, database: Database, anchor: Anchor, clock: Clock) -> None:
        self._database = database
        self._anchor = anchor
        self._clock = clock

    @contextmanager
    def act(
        self, actor: Actor, right: Right, action: Action, kind: str, object_id: str = "", patient_id: str = ""
    ) -> Iterator[Act]:
        """A writing transaction for what ``actor`` does by ``right``; committed with its audit row on leaving.

        Raises:
            SessionEnded: the actor's session is over.
            AccessDenied: the account may not, or the body said so; nothing is changed but for the row that tells of it.
            StorageFailed: the act or its audit row could not be written; neither was.
        """
        begun: Act | None = None
        try:
            with self.unchecked(actor.user_id, action, kind, object_id, patient_id) as begun:
                now = self._clock()
                require_live(begun.connection, actor, now)
                begun.role = require(begun.connection, actor, right)
                close_overdue(begun.connection, actor.user_id, stamp(now))
                yield begun
        except AccessDenied:
            known = begun or Act(None, actor.user_id, action, kind, object_id, patient_id)  # type: ignore[arg-type]
            with self.unchecked(actor.user_id, action, kind, known.object_id, known.patient_id) as denial:
                denial.outcome = Outcome.DENIED
            raise

    @contextmanager
    def unchecked(
        self, user_id: str, action: Action, kind: str, object_id: str = "", patient_id: str = ""
    ) -> Iterator[Act]:
        """As ``act``, for what happens before anyone is signed in."""
        with self._database.write() as connection:
            act = Act(connection, user_id, action, kind, object_id, patient_id)
            yield act
            self._commit(act)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A view for questions that show nobody anything, such as whether a page may stay open."""
        with self._database.read() as connection:
            yield connection

    def write(
        self,
        actor: Actor,
        action: Action,
        kind: str,
        object_id: str = "",
        patient_id: str = "",
        *,
        right: Right,
    ) -> None:
        """Record an act that happens outside the store, such as an export, before it happens."""
        with self.act(actor, right, action, kind, object_id, patient_id):
            pass

    def _commit(self, act: Act) -> None:
        connection = act.connection
        last = connection.execute(
            select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
        ).one_or_none()
        previous = Head(last.seq, last.hash) if last else GENESIS
        fields = {
            "seq": previous.seq + 1,
            "time": stamp(self._clock()),
            "user_id": _identifier(act.user_id),
            "action": act.action.value,
            "object_kind": act.object_kind,
            "object_id": _identifier(act.object_id, act.object_kind),
            "patient_id": _identifier(act.patient_id),
            "outcome": act.outcome.value,
            "previous": previous.hash,
        }
        head = Head(previous.seq + 1, _digest(fields))
        try:
            connection.execute(insert(audit).values(**fields, hash=head.hash))
        except IntegrityError as fault:
            raise StorageFailed(
                f"The audit row {head.seq} cannot be written ({type(fault.orig).__name__}). Nothing was done; "
                "mend the database, then try again."
            ) from fault
        with self._anchor.advance(previous, head, str(fields["time"])):
            connection.commit()

    def verify(self) -> Verdict:
        """Recompute the whole chain and hold it against the anchor: finds edits, deletions, reorderings and cut tails."""
        with self._database.write() as connection, self._anchor.held():
            rows = [_row(row) for row in connection.execute(select(audit).order_by(audit.c.seq))]
            try:
                state = self._anchor.read()
            except ValueError as fault:
                return Verdict(len(rows), (*_chain_problems(rows), str(fault)))
        head = Head(rows[-1].seq, rows[-1].hash) if rows else GENESIS
        problems = list(_chain_problems(rows))
        if state is None:
            if rows:
                problems.append("The anchor file is missing: rows cut from the end could not be noticed.")
            return Verdict(len(rows), tuple(problems))
        if not state.allows(head):
            problems.append(
                f"The trail ends at row {head.seq}, and the anchor knows row {state.confirmed.seq}: "
                + (
                    "rows were cut from the end."
                    if head.seq < state.confirmed.seq
                    else "rows were rewritten or added."
                )
            )
        problems += [
            f"At {b.time} {b.reason} (row {b.expected_seq} expected, row {b.found_seq} found)."
            for b in state.breaks
        ]
        return Verdict(len(rows), tuple(problems))

    def check(self, actor: Actor) -> Verdict:
        """``verify`` for someone who may read the trail; that it was verified is a row."""
        self.write(actor, Action.VERIFY, "audit", right=Right.READ_AUDIT)
        return self.verify()

    def search(
        self,
        actor: Actor,
        *,
        user_id: str | None = None,
        patient_id: str | None = None,
        action: Action | None = None,
        outcome: Outcome | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before_seq: int | None = None,
        object_kind: str | None = None,
        limit: int = 200,
    ) -> tuple[AuditRow, ...]:
        """Rows that match, newest first; page on with ``before_seq``. Looking is itself a row."""
        equal = {
            audit.c.user_id: user_id,
            audit.c.patient_id: patient_id,
            audit.c.action: action,
            audit.c.outcome: outcome,
            audit.c.object_kind: object_kind,
        }
        query = select(audit).order_by(audit.c.seq.desc()).limit(limit)
        query = query.where(*(column == str(value) for column, value in equal.items() if value is not None))
        query = query.where(*_between(since, until))
        if before_seq is not None:
            query = query.where(audit.c.seq < before_seq)
        with self.act(actor, Right.READ_AUDIT, Action.READ, "audit") as act:
            return tuple(_row(row) for row in act.connection.execute(query))

    def export(
        self,
        actor: Actor,
        *,
        patient_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[AuditRow, ...]:
        """Every row that matches, oldest first, for a file that leaves the system; the export is a row before it is one."""
        query = select(audit).order_by(audit.c.seq).where(*_between(since, until))
        if patient_id is not None:
            query = query.where(audit.c.patient_id == patient_id)
        with self.act(actor, Right.READ_AUDIT, Action.EXPORT, "audit", "", patient_id or "") as act:
            return tuple(_row(row) for row in act.connection.execute(query))


def _between(since: datetime | None, until: datetime | None) -> Iterator[ColumnElement[bool]]:
    if since is not None:
        yield audit.c.time >= stamp(since)
    if until is not None:
        yield audit.c.time < stamp(until)


def _identifier(value: str, kind: str = "") -> str:
    """Ids come back from pages and links: what has not the shape of one of ours might be words, and words stay out."""
    shapes = (_MADE_HERE, _OF_THE_PROGRAM, *((_CHOSEN,) if kind in _CHOSEN_KINDS else ()))
    return value if any(shape.fullmatch(value) for shape in shapes) else "not-an-id"


def _row(row: Row[tuple[object, ...]]) -> AuditRow:
    return AuditRow(**row._asdict())


def _digest(fields: dict[str, object]) -> str:
    canonical = json.dumps([fields[c.name] for c in audit.columns if c.name != "hash"], separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _chain_problems(rows: list[AuditRow]) -> Iterator[str]:
    previous = GENESIS
    for row in rows:
        if row.seq != previous.seq + 1:
            yield f"Rows {previous.seq + 1} to {row.seq - 1} are missing."
        elif row.previous != previous.hash:
            yield f"Row {row.seq} does not follow row {previous.seq}: rows were reordered, replaced or deleted."
        if _digest({c.name: getattr(row, c.name) for c in audit.columns}) != row.hash:
            yield f"Row {row.seq} was edited."
        previous = Head(row.seq, row.hash)
