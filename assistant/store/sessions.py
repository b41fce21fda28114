"""Sessions: what signing in gives, and when it ends. Idle 15 minutes, 12 hours at most, or sooner when someone ends it.

Owns tokens; only their hash is kept, so that a copy of the database opens no page. Refuses to know passwords.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from assistant.store.access import Actor, Role, SessionEnded
from assistant.store.audit import Action, Audit, Clock
from assistant.store.database import Database, moment, stamp
from assistant.store.tables import sessions, users

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=12)
_NOTED_EVERY = timedelta(seconds=30)
"""Activity is written down no more often than this: a page asks many times a minute."""


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
        actor = Actor(account.id, Role(account.role), account.name, account.username, account.must_change)
        return Session(token, actor, now + ABSOLUTE)

    def actor(self, token: str) -> Actor:
        now = self._clock()
        with self._database.read() as connection:
            row = connection.execute(
                select(
                    sessions,
                    users.c.role,
                    users.c.name,
                    users.c.username,
                    users.c.must_change,
                    users.c.disabled_at,
                )
                .join(users, users.c.id == sessions.c.user_id)
                .where(sessions.c.token_hash == _hash(token))
            ).one_or_none()
        if row is None or row.ended_at is not None or row.disabled_at is not None:
            raise SessionEnded("You are signed out. Sign in again.")
        if now - moment(row.seen_at) > IDLE or now - moment(row.created_at) > ABSOLUTE:
            self.end(token)
            raise SessionEnded("The session ended because it was idle or too old. Sign in again.")
        if now - moment(row.seen_at) >= _NOTED_EVERY:
            with self._database.write() as connection:
                still = (sessions.c.token_hash == row.token_hash) & sessions.c.ended_at.is_(None)
                connection.execute(update(sessions).where(still).values(seen_at=stamp(now)))
        return Actor(row.user_id, Role(row.role), row.name, row.username, row.must_change)

    def end(self, token: str) -> None:
        with self._database.read() as connection:
            open_one = (sessions.c.token_hash == _hash(token)) & sessions.c.ended_at.is_(None)
            user_id = connection.execute(select(sessions.c.user_id).where(open_one)).scalar_one_or_none()
        if user_id is None:
            return
        with self._audit.unchecked(user_id, Action.SIGN_OUT, "session") as act:
            act.connection.execute(update(sessions).where(open_one).values(ended_at=stamp(self._clock())))

    def end_all(self, connection: Connection, user_id: str) -> None:
        theirs = (sessions.c.user_id == user_id) & sessions.c.ended_at.is_(None)
        connection.execute(update(sessions).where(theirs).values(ended_at=stamp(self._clock())))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
