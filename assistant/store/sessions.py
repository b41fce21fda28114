"""Sessions: what signing in gives, and how it is ended. ``liveness`` knows when it is over by itself.

Owns tokens; only their hash is kept, so that a copy of the database opens no page. Refuses to know passwords.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from assistant.store.access import Actor, Role, SessionEnded
from assistant.store.audit import Action, Audit, Clock
from assistant.store.database import Database, stamp
from assistant.store.liveness import ABSOLUTE, activity_due, ended, note_activity, session_row, worn_out
from assistant.store.tables import sessions, users


@dataclass(frozen=True)
class Session:
    """``token`` is shown once and kept by the page; it is never stored."""

    token: str
    actor: Actor
    expires_at: datetime

    @property
    def must_change_password(self) -> bool:
        return self.actor.must_change_password


class Sessions:
    def __init__(
        self, database: Database, audit: Audit, clock: Clock, random: Callable[[int], bytes]
    ) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self._random = random

    def open(self, connection: Connection, user_id: str) -> Session:
        token = base64.urlsafe_b64encode(self._random(32)).decode().rstrip("=")
        now = self._clock()
        connection.execute(
            insert(sessions).values(
                token_hash=_hash(token), user_id=user_id, created_at=stamp(now), seen_at=stamp(now)
            )
        )
        account = connection.execute(select(users).where(users.c.id == user_id)).one()
        actor = Actor(
            account.id, Role(account.role), account.name, account.username, account.must_change, _hash(token)
        )
        return Session(token, actor, now + ABSOLUTE)

    def actor(self, token: str) -> Actor:
        """Who holds this token; counts as activity. Raises SessionEnded."""
        now = self._clock()
        with self._database.read() as connection:
            row = session_row(connection, _hash(token))
        if row is None or ended(row):
            raise SessionEnded("You are signed out. Sign in again.")
        if worn_out(row, now):
            self.end(token)
            raise SessionEnded("The session ended because it was idle or too old. Sign in again.")
        if activity_due(row, now):
            with self._database.write() as connection:
                note_activity(connection, row.token_hash, now)
        return Actor(row.user_id, Role(row.role), row.name, row.username, row.must_change, row.token_hash)

    def live(self, token: str) -> bool:
        """Whether the session still goes on. Asking is no activity, so that an open page may ask by itself."""
        with self._database.read() as connection:
            row = session_row(connection, _hash(token))
        return row is not None and not ended(row) and not worn_out(row, self._clock())

    def end(self, token: str, *, everywhere: bool = False) -> None:
        """End this session, or with ``everywhere`` all of its account; a token that is not one is no error."""
        with self._database.read() as connection:
            open_one = (sessions.c.token_hash == _hash(token)) & sessions.c.ended_at.is_(None)
            user_id = connection.execute(select(sessions.c.user_id).where(open_one)).scalar_one_or_none()
        if user_id is None:
            return
        with self._audit.unchecked(user_id, Action.SIGN_OUT, "session") as act:
            if everywhere:
                self.end_all(act.connection, user_id)
            else:
                now = stamp(self._clock())
                act.connection.execute(update(sessions).where(open_one).values(ended_at=now))

    def end_all(self, connection: Connection, user_id: str) -> None:
        theirs = (sessions.c.user_id == user_id) & sessions.c.ended_at.is_(None)
        connection.execute(update(sessions).where(theirs).values(ended_at=stamp(self._clock())))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
